//! A plan as the comment in a pull request: what callers will notice first, then the changes, folded.

use anstream::adapter::strip_str;

use super::alike::{alike, names};
use super::markdown::{Block, LIMIT, Page, escaped, in_html, plain};
use super::plan_json::Notice;
use super::say::{Say, count};
use super::{Deed, Folder, diagnostics, plan_text};
use crate::engine::{Objection, Plan, UserPlan};
use crate::model::{Catalogue, Directory, Shard};

/// So many characters are for what concerns single users and single lines, so that none of the sections
/// takes the room of the others.
const SHORT: usize = 8_000;

/// So many are for what callers will notice.
const EFFECTS: usize = 28_000;

/// What stands beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The people of the account.
    pub directory: &'a Directory,
    /// The names of greetings and devices.
    pub catalogue: &'a Catalogue,
    /// The part of the users that it is for; none where it is for all in scope.
    pub shard: Option<Shard>,
    /// Warnings, and errors that concern one user each.
    pub notices: &'a [Notice<'a>],
    /// Users that could not be read, each with the reason.
    pub unread: &'a [String],
    /// Why apply would refuse the plan.
    pub objections: &'a [Objection],
    /// Where the files are.
    pub folder: &'a Folder,
}

/// The comment. What does not fit is counted, never left out in silence.
pub fn render(plan: &Plan, context: Context<'_>) -> String {
    let is_error = |notice: &&Notice<'_>| notice.diagnostic.is_error();
    let (errors, warnings): (Vec<_>, Vec<_>) = context.notices.iter().partition(is_error);
    let mut page = Page::new("`callrules plan`");
    page.add(&head(plan, context, warnings.len()));
    let finding = |notice: &Notice<'_>| Block::line(finding(notice, context.folder));
    let unread = context
        .unread
        .iter()
        .map(|user| format!("- {}", escaped(user)));
    let left_out = unread
        .map(Block::line)
        .chain(errors.into_iter().map(finding));
    page.section("Left out of this plan", left_out.collect(), SHORT);
    let title = "What callers will notice: as it is → as it will be";
    page.section(title, effects(plan, context), EFFECTS);
    page.section(
        "Warnings",
        warnings.into_iter().map(finding).collect(),
        SHORT,
    );
    let changed = plan.users.iter().filter(|user| !user.changes.is_empty());
    let changes = changed.map(|user| changes(user, context)).collect();
    page.section("Changes", changes, LIMIT);
    page.add(&next(plan, context.objections));
    page.finish()
}

/// How much it is, what it takes, and what stands against it.
fn head(plan: &Plan, context: Context<'_>, warnings: usize) -> String {
    let mut text = format!("### {}", plan_text::summary(Deed::Apply, plan));
    if let Some(shard) = context.shard {
        text += &format!(" · part {} of {}", shard.number, shard.of);
    }
    if warnings > 0 {
        let plural = if warnings == 1 { "" } else { "s" };
        text += &format!(" · {} warning{plural}", count(warnings));
    }
    text += "\n\n";
    let requests = plan.requests();
    if requests > 0 {
        let plural = if requests == 1 { "" } else { "s" };
        let (number, time) = (count(requests), plan_text::time_for(requests));
        text += "Nothing is changed yet. ";
        text += &format!("To apply it takes {number} request{plural}{time}.\n\n");
    }
    for objection in context.objections {
        let (why, flag) = (escaped(&objection.to_string()), objection.flag());
        text += &format!("> **apply will refuse this plan:** {why}; `{flag}` allows it\n\n");
    }
    text
}

/// What to do when all this is read.
fn next(plan: &Plan, objections: &[Objection]) -> String {
    let flags: Vec<String> = objections.iter().map(Objection::flag).collect();
    match (plan.is_empty(), flags.is_empty()) {
        (true, _) => String::new(),
        (false, true) => "The merge applies it, or `callrules apply` does.\n".to_owned(),
        (false, false) => format!(
            "If this is what is meant, `callrules apply {}` applies it.\n",
            flags.join(" ")
        ),
    }
}

/// A list of effects for all users who have the same.
fn effects(plan: &Plan, context: Context<'_>) -> Vec<Block> {
    let say = Say {
        directory: context.directory,
        catalogue: context.catalogue,
    };
    let changed = plan.users.iter().filter(|user| !user.changes.is_empty());
    let alike = alike(changed, |user| super::impact::lines(&say, &user.impact));
    let block = |(lines, users): (Vec<String>, Vec<&UserPlan>)| {
        let (named, more) = names(&users);
        let named: Vec<String> = named.iter().map(|user| escaped(user)).collect();
        let more = match more {
            0 => String::new(),
            more => format!(" and {} more", count(more)),
        };
        let lines = match lines.is_empty() {
            true => vec!["- nothing".to_owned()],
            false => lines
                .iter()
                .map(|line| format!("- {}", escaped(line)))
                .collect(),
        };
        Block {
            head: format!("**{}**{more}\n", named.join(", ")),
            lines,
            foot: "\n".to_owned(),
        }
    };
    alike.into_iter().map(block).collect()
}

fn finding(notice: &Notice<'_>, folder: &Folder) -> String {
    let diagnostic = notice.diagnostic;
    let kind = if diagnostic.is_error() {
        "error"
    } else {
        "warning"
    };
    let path = folder.path(&diagnostic.file);
    let place = match diagnostics::position(diagnostic) {
        (Some(line), _) => format!("{path}:{line}"),
        (None, _) => path,
    };
    let user = notice.user.map(|user| format!("{}: ", escaped(user)));
    format!(
        "- {kind} {} {}{} ({})",
        diagnostic.code,
        user.unwrap_or_default(),
        escaped(&diagnostic.message),
        escaped(&place)
    )
}

/// One user's changes, folded, in the words of the plan for people.
fn changes(user: &UserPlan, context: Context<'_>) -> Block {
    let told = plan_text::changes(user, context.directory, context.catalogue);
    let told = strip_str(&told).to_string();
    // What begins with a sign is coloured.
    let told = told
        .lines()
        .map(|line| plain(line.strip_prefix("  ").unwrap_or(line)));
    let notes = user.notes.iter().map(|note| plain(&format!("i {note}")));
    let lines: Vec<String> = told.chain(notes).collect();
    // A fence that nothing in it can close.
    let quotes = { lines.iter() }.flat_map(|line| line.split(|letter| letter != '`'));
    let longest = quotes.map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let number = user.changes.len();
    let plural = if number == 1 { "" } else { "s" };
    let who = in_html(&plan_text::user(user));
    Block {
        head: format!(
            "<details><summary>{who}: {} change{plural}</summary>\n\n{fence}diff\n",
            count(number)
        ),
        lines,
        foot: format!("{fence}\n\n</details>\n"),
    }
}

#[cfg(test)]
mod tests;
