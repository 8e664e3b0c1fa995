//! A plan as the comment in a pull request: what callers will notice first, then the changes, folded.

use std::fmt::Write as _;

use anstream::adapter::strip_str;

use super::alike::{alike, names};
use super::deed::Deed;
use super::plan_text;
use super::say::{Say, count};
use super::shown;
use crate::diagnostic::Diagnostic;
use crate::engine::{Objection, Plan, UserPlan};
use crate::model::{Catalogue, Directory};

/// GitHub takes so many characters in a comment \[docs\].
const LIMIT: usize = 65_536;

/// Room for what stands below the sections.
const TAIL: usize = 2_000;

/// What stands beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The people of the account.
    pub directory: &'a Directory,
    /// The names of greetings and devices.
    pub catalogue: &'a Catalogue,
    /// Warnings, and errors that concern one user each.
    pub notices: &'a [&'a Diagnostic],
    /// Users of whom nothing is planned, each with the reason.
    pub left_out: &'a [String],
    /// Why apply would refuse the plan.
    pub objections: &'a [Objection],
}

/// The comment. What does not fit is counted, never left out in silence.
pub fn render(plan: &Plan, context: Context<'_>) -> String {
    let warnings = context.notices.iter().filter(|n| !n.is_error()).count();
    let mut text = format!("### {}", escaped(&plan_text::summary(Deed::Apply, plan)));
    let plural = if warnings == 1 { "" } else { "s" };
    if warnings > 0 {
        let _ = write!(text, " · {} warning{plural}", count(warnings));
    }
    text.push_str("\n\n");
    for objection in context.objections {
        let (why, flag) = (escaped(&objection.to_string()), objection.flag());
        let _ = writeln!(
            text,
            "> **apply will refuse this plan:** {why}; `{flag}` allows it\n"
        );
    }
    let mut sections = Sections { text };
    let left_out = context.left_out.iter();
    sections.add(
        "Left out",
        left_out
            .map(|user| format!("- {}\n", escaped(user)))
            .collect(),
    );
    sections.add("What callers will notice", effects(plan, context));
    let told = context
        .notices
        .iter()
        .map(|notice| finding(notice))
        .collect();
    sections.add("Warnings", told);
    let changed = plan.users.iter().filter(|user| !user.changes.is_empty());
    sections.add(
        "Changes",
        changed.map(|user| changes(user, context)).collect(),
    );
    let mut text = sections.text;
    if !plan.is_empty() && context.objections.is_empty() {
        text.push_str("The merge applies it, or `callrules apply` does.\n");
    }
    text
}

struct Sections {
    text: String,
}

impl Sections {
    /// As many of the blocks as fit, and how many do not.
    fn add(&mut self, title: &str, blocks: Vec<String>) {
        if blocks.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "#### {title}\n");
        let all = blocks.len();
        let mut told = 0;
        for block in blocks {
            if self.text.chars().count() + block.chars().count() > LIMIT - TAIL {
                break;
            }
            self.text.push_str(&block);
            told += 1;
        }
        if told < all {
            let more = count(all - told);
            let _ = writeln!(
                self.text,
                "\n… and {more} more, which `callrules plan` tells."
            );
        }
        self.text.push('\n');
    }
}

/// A list of effects for all users who have the same.
fn effects(plan: &Plan, context: Context<'_>) -> Vec<String> {
    let say = Say {
        directory: context.directory,
        catalogue: context.catalogue,
    };
    let changed = plan.users.iter().filter(|user| !user.changes.is_empty());
    let alike = alike(changed, |user| super::impact::lines(&say, &user.impact));
    let block = |(lines, users): (Vec<String>, Vec<&UserPlan>)| {
        let (named, more) = names(&users);
        let named: Vec<String> = named.iter().map(|user| escaped(user)).collect();
        let mut text = format!("**{}**", named.join(", "));
        if more > 0 {
            let _ = write!(text, " and {} more", count(more));
        }
        text.push('\n');
        if lines.is_empty() {
            text.push_str("- nothing\n");
        }
        for line in lines {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
        text.push('\n');
        text
    };
    alike.into_iter().map(block).collect()
}

fn finding(notice: &Diagnostic) -> String {
    let kind = if notice.is_error() {
        "error"
    } else {
        "warning"
    };
    let (line, _) = super::diagnostics::position(notice);
    let place = match line {
        Some(line) => format!("{}:{line}", notice.file),
        None => notice.file.clone(),
    };
    let message = escaped(&notice.message);
    format!(
        "- {kind} {} {message} ({})\n",
        notice.code.as_str(),
        escaped(&place)
    )
}

/// One user's changes, folded, in the words of the plan for people.
fn changes(user: &UserPlan, context: Context<'_>) -> String {
    let told = plan_text::changes(user, context.directory, context.catalogue);
    let told = strip_str(&told).to_string();
    // What begins with a sign is coloured.
    let told = told
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line));
    let told: String = told.map(|line| format!("{line}\n")).collect();
    // A fence that nothing in it can close.
    let mut fence = "```".to_owned();
    while told.contains(&fence) {
        fence.push('`');
    }
    let number = user.changes.len();
    let plural = if number == 1 { "" } else { "s" };
    let who = escaped(&plan_text::user(user));
    format!(
        "<details><summary>{who}: {number} change{plural}</summary>\n\n{fence}diff\n{told}{fence}\n\n</details>\n"
    )
}

/// Text that is taken as it stands: no markup, no tags, nobody is mentioned.
fn escaped(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let mut escaped = String::with_capacity(text.len());
    for letter in shown::name(&text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(
            escaped("<b>*Jo* @all #1 `x` [a](b)\n\u{202e}"),
            "&lt;b&gt;\\*Jo\\* &#64;all &#35;1 \\`x\\` \\[a\\](b) &lt;U+202E&gt;"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut sections = Sections {
            text: String::new(),
        };
        let blocks: Vec<String> = (0..1_000).map(|_| "x".repeat(99) + "\n").collect();
        sections.add("Changes", blocks);
        assert!(sections.text.chars().count() < LIMIT - TAIL + 100);
        let told = sections.text.matches("x\n").count();
        let more = format!("… and {} more, which", 1_000 - told);
        assert!(sections.text.contains(&more), "{more}");
    }
}
