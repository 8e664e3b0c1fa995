//! A plan as the comment in a pull request: what callers will notice first, then the changes, folded.

use std::cmp::Reverse;

use anstream::adapter::strip_str;
use indexmap::IndexMap;

use super::alike::{alike, names};
use super::impact::{self, Change, Effect};
use super::markdown::{Block, LIMIT, Page, code, escaped, fence, in_html, plain};
use super::plan_json::Notice;
use super::say::{Say, count, counted};
use super::{Deed, Folder, diagnostics, plan_text};
use crate::diagnostic::Diagnostic;
use crate::engine::{Objection, Plan, UserPlan};
use crate::model::{Catalogue, Directory, Shard};

/// So many characters are for what concerns single users and single lines, so that none of the sections
/// takes the room of the others.
const SHORT: usize = 8_000;

/// So many are for what callers will notice.
const EFFECTS: usize = 28_000;

/// What holds for every time below that heading stands right under it.
const NOTICED: &str = "What callers will notice\n\nTimes are each user's own.";

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
    /// Whether the account is the embedded sandbox.
    pub is_sandbox: bool,
    /// The command that carries the plan out.
    pub apply: &'a str,
}

impl<'a> Context<'a> {
    fn say(&self) -> Say<'a> {
        Say {
            directory: self.directory,
            catalogue: self.catalogue,
        }
    }
}

/// The comment. What does not fit is counted, never left out in silence.
pub fn render(plan: &Plan, context: Context<'_>) -> String {
    let is_error = |notice: &&Notice<'_>| notice.diagnostic.is_error();
    let (errors, warnings): (Vec<_>, Vec<_>) = context.notices.iter().partition(is_error);
    let mut page = Page::new("`callrules plan`");
    page.add(&head(plan, context, warnings.len()));
    let unread = context
        .unread
        .iter()
        .map(|user| format!("- {}", escaped(user)));
    let left_out = unread
        .map(Block::line)
        .chain(findings(&errors, context.folder));
    page.section("Left out of this plan", left_out.collect(), SHORT);
    page.section(NOTICED, effects(plan, context), EFFECTS);
    page.section("Warnings", findings(&warnings, context.folder), SHORT);
    page.section("Changes", changes(plan, context), LIMIT);
    page.add(&next(plan, context));
    page.finish()
}

/// How much it is, what it takes, and what stands against it.
fn head(plan: &Plan, context: Context<'_>, warnings: usize) -> String {
    let mut text = format!("### {}", plan_text::summary(Deed::Apply, plan));
    if let Some(shard) = context.shard {
        text += &format!(" · part {} of {}", shard.number, shard.of);
    }
    if warnings > 0 {
        text += &format!(" · {}", counted(warnings, "warning"));
    }
    text += "\n\n";
    text += &match context.is_sandbox {
        true => "On the sandbox, not on a live account.".to_owned(),
        false => format!("On account {}.", escaped(&plan.account)),
    };
    let requests = plan.requests();
    if requests > 0 {
        let time = match plan_text::duration(requests) {
            Some(time) => format!("{time}, at {} requests a minute", plan_text::A_MINUTE),
            None => "about a minute at most".to_owned(),
        };
        text += &format!(" Nothing is changed yet. Applying it takes {time}.");
    }
    text += "\n\n";
    for objection in context.objections {
        let (why, flag) = (escaped(&objection.to_string()), objection.flag());
        text += &format!("> **apply will refuse this plan:** {why}; `{flag}` allows it\n\n");
    }
    text
}

/// What to do when all this is read.
fn next(plan: &Plan, context: Context<'_>) -> String {
    let apply = code(context.apply);
    match (plan.is_empty(), context.objections.is_empty()) {
        (true, _) => String::new(),
        (false, true) if context.is_sandbox => format!("{apply} applies it to the sandbox.\n"),
        (false, true) => format!("The merge applies it, or {apply} does.\n"),
        (false, false) => format!("If this is what is meant, {apply} applies it.\n"),
    }
}

/// A table of effects for all users who have the same; those of whom there are most come first.
fn effects(plan: &Plan, context: Context<'_>) -> Vec<Block> {
    let say = context.say();
    let alike = alike(changed(plan), |user| impact::effects(&say, &user.impact));
    let mut alike: Vec<(Vec<Effect>, Vec<&UserPlan>)> = alike.into_iter().collect();
    alike.sort_by_key(|(_, users)| Reverse(users.len()));
    let block = |(effects, users): (Vec<Effect>, Vec<&UserPlan>)| {
        let (named, more) = who(&users, escaped);
        let who = match users.len() {
            1 => format!("**{named}**"),
            all => format!("**{} users**: {named}{more}", count(all)),
        };
        let (head, lines) = match effects.is_empty() {
            true => ("", vec!["Callers will notice nothing of this.".to_owned()]),
            false => (TABLE, effects.iter().map(row).collect()),
        };
        Block {
            head: format!("{who}\n\n{head}"),
            lines,
            foot: "\n".to_owned(),
        }
    };
    alike.into_iter().map(block).collect()
}

/// What was and what will be stand in columns of their own: what is in them may have arrows and colons.
const TABLE: &str = "| When and who | Now | Then |\n|---|---|---|\n";

fn row(effect: &Effect) -> String {
    let cell = |side: fn(&Change) -> &str| {
        let told = effect.changes.iter().map(|change| match change.part {
            Some(part) => format!("*{part}*: {}", escaped(side(change).trim())),
            None => escaped(side(change).trim()),
        });
        told.collect::<Vec<_>>().join("<br>")
    };
    let which = escaped(effect.which.trim());
    let (now, then) = (cell(|change| &change.now), cell(|change| &change.then));
    format!("| **{which}** | {now} | {then} |")
}

/// The users for whom something is to be done.
fn changed(plan: &Plan) -> impl Iterator<Item = &UserPlan> {
    plan.users.iter().filter(|user| !user.changes.is_empty())
}

/// The first few users, and how many more there are.
fn who(users: &[&UserPlan], safe: fn(&str) -> String) -> (String, String) {
    let (named, more) = names(users);
    let named: Vec<String> = named.iter().map(|user| safe(user)).collect();
    let more = match more {
        0 => String::new(),
        more => format!(" and {} more", count(more)),
    };
    (named.join(", "), more)
}

/// So many places of one finding are told.
const PLACES: usize = 5;

/// A line for each finding. Those that differ in the place alone are told once.
fn findings(notices: &[&Notice<'_>], folder: &Folder) -> Vec<Block> {
    let mut alike: IndexMap<String, Vec<String>> = IndexMap::new();
    for notice in notices {
        let place = place(notice.diagnostic, folder);
        alike.entry(finding(notice)).or_default().push(place);
    }
    let line = |(finding, places): (String, Vec<String>)| {
        let few: Vec<&str> = places.iter().take(PLACES).map(String::as_str).collect();
        let more = match places.len() - few.len() {
            0 => String::new(),
            more => format!(" and {} more", count(more)),
        };
        Block::line(format!("- {finding} ({}{more})", few.join(", ")))
    };
    alike.into_iter().map(line).collect()
}

fn finding(notice: &Notice<'_>) -> String {
    let diagnostic = notice.diagnostic;
    let kind = match diagnostic.is_error() {
        true => "error",
        false => "warning",
    };
    let about = [notice.user, notice.rule].into_iter().flatten();
    let about: Vec<String> = about.map(escaped).collect();
    let about = match about.is_empty() {
        true => String::new(),
        false => format!("{}: ", about.join(", ")),
    };
    let message = escaped(&diagnostic.message);
    format!("{kind} {} {about}{message}", diagnostic.code)
}

fn place(diagnostic: &Diagnostic, folder: &Folder) -> String {
    let path = folder.path(&diagnostic.file);
    escaped(&match diagnostics::position(diagnostic) {
        (Some(line), _) => format!("{path}:{line}"),
        (None, _) => path,
    })
}

/// Changes, folded, in the words of the plan for people; told once for all users who have the same.
fn changes(plan: &Plan, context: Context<'_>) -> Vec<Block> {
    let told = |user: &UserPlan| {
        let told = plan_text::changes(user, context.directory, context.catalogue);
        let told = strip_str(&told).to_string();
        // What begins with a sign is coloured.
        let told = told
            .lines()
            .map(|line| plain(line.strip_prefix("  ").unwrap_or(line)));
        let notes = user.notes.iter().map(|note| plain(&format!("i {note}")));
        (user.changes.len(), told.chain(notes).collect::<Vec<_>>())
    };
    let block = |((number, lines), users): ((usize, Vec<String>), Vec<&UserPlan>)| {
        let fence = fence(lines.iter().map(String::as_str), 3);
        let size = counted(number, "change");
        let (named, more) = who(&users, in_html);
        let summary = match users.len() {
            1 => format!("{named}: {size}"),
            all => format!("{} users: {size} each · {named}{more}", count(all)),
        };
        Block {
            head: format!("<details><summary>{summary}</summary>\n\n{fence}diff\n"),
            lines,
            foot: format!("{fence}\n\n</details>\n"),
        }
    };
    alike(changed(plan), told).into_iter().map(block).collect()
}

#[cfg(test)]
mod tests;
