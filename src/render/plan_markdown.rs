//! A plan as a pull request comment: first the effects on callers, then the collapsed changes.

use std::cmp::Reverse;

use anstream::adapter::strip_str;
use indexmap::IndexMap;

use super::humanize::{YamlHumanizer, format_count, pluralize};
use super::impact::{self, CallerEffect, EffectChange};
use super::markdown::{
    COMMENT_LIMIT, CommentBlock, CommentPage, escape_html, escape_markdown, fence, inline_code,
    one_line,
};
use super::plan_json::PlanDiagnostic;
use super::plan_text::{self, DriftContext, first_names, group_identical};
use super::{RepoPrefix, WriteOperation, diagnostics, findings};
use crate::diagnostic::Diagnostic;
use crate::model::{ExtensionDirectory, NameIndex};
use crate::reconcile::{AccountPlan, SafetyViolation, UserPlan};

/// The limit in characters for sections on single users or lines, so that none of them uses up the
/// comment.
const SHORT_SECTION_LIMIT: usize = 8_000;

/// The limit in characters for the effects on callers.
const EFFECTS_LIMIT: usize = 28_000;

/// The heading of the effects on callers, with a note on the times below it.
const EFFECTS_TITLE: &str = "What callers will notice\n\nTimes are in each user's time zone.";

/// The facts about a run that are printed with its plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanMarkdownContext<'a> {
    /// The extensions of the account.
    pub directory: &'a ExtensionDirectory,
    /// The names of greetings and devices on the account.
    pub name_index: &'a NameIndex,
    /// Warnings, and the errors that excluded single users from the plan.
    pub diagnostics: &'a [PlanDiagnostic<'a>],
    /// Users who couldn't be read, each with the reason.
    pub unreadable: &'a [String],
    /// The reasons for which apply would refuse the plan.
    pub violations: &'a [SafetyViolation],
    /// The path of the repository inside its checkout.
    pub prefix: &'a RepoPrefix,
    /// Whether the account is the embedded sandbox.
    pub is_sandbox: bool,
    /// The command that applies the plan.
    pub apply_command: &'a str,
    /// What is shown with the edits on the account.
    pub drift: DriftContext<'a>,
}

impl<'a> PlanMarkdownContext<'a> {
    fn humanizer(&self) -> YamlHumanizer<'a> {
        YamlHumanizer {
            directory: self.directory,
            name_index: self.name_index,
        }
    }
}

/// Returns the comment. Items that don't fit are counted.
pub fn render(plan: &AccountPlan, context: PlanMarkdownContext<'_>) -> String {
    let is_error = |entry: &&PlanDiagnostic<'_>| entry.diagnostic.is_error();
    let (errors, warnings): (Vec<_>, Vec<_>) = context.diagnostics.iter().partition(is_error);
    let mut page = CommentPage::new();
    page.push(&header(plan, context, warnings.len()));
    let left_out = context
        .unreadable
        .iter()
        .map(|user| CommentBlock::from_line(format!("- {}", escape_markdown(user))))
        .chain(diagnostic_blocks(&errors, context.prefix));
    page.push_section(
        "Left out of this plan",
        left_out.collect(),
        SHORT_SECTION_LIMIT,
    );
    page.push_section(EFFECTS_TITLE, effect_blocks(plan, context), EFFECTS_LIMIT);
    page.push_section(
        context.drift.title,
        drift_blocks(plan, context),
        EFFECTS_LIMIT,
    );
    page.push_section(
        "Warnings",
        diagnostic_blocks(&warnings, context.prefix),
        SHORT_SECTION_LIMIT,
    );
    page.push_section("Changes", change_blocks(plan, context), COMMENT_LIMIT);
    page.push(&next_step(plan, context));
    page.finish()
}

/// Returns the heading with the counts, the duration of an apply, and the safety violations.
fn header(plan: &AccountPlan, context: PlanMarkdownContext<'_>, warnings: usize) -> String {
    let mut text = format!(
        "### {}",
        plan_text::summary_line(WriteOperation::Apply, plan)
    );
    if warnings > 0 {
        text += &format!(" · {}", pluralize(warnings, "warning"));
    }
    text += "\n\n";
    for sentence in plan_text::new_number_sentences(plan) {
        text += &format!("**{}**\n\n", escape_markdown(&sentence));
    }
    if context.is_sandbox {
        text += "For the sandbox, not a live account.";
    } else {
        text += &format!("For account {}.", escape_markdown(&plan.account));
    }
    let requests = plan.request_count();
    if requests > 0 {
        let duration = match plan_text::estimated_duration(requests) {
            Some(duration) => format!(
                "{duration}, at {} requests a minute",
                plan_text::REQUESTS_PER_MINUTE
            ),
            None => "a minute at most".to_owned(),
        };
        text += &format!(" Nothing has changed yet. Applying this plan will take {duration}.");
    }
    text += "\n\n";
    for violation in context.violations {
        let message = escape_markdown(&violation.to_string());
        let flag = violation.override_flag();
        text += &format!("> **apply will refuse this plan:** {message}; `{flag}` allows it\n\n");
    }
    text
}

/// Returns the instruction how to apply the plan.
fn next_step(plan: &AccountPlan, context: PlanMarkdownContext<'_>) -> String {
    let apply = inline_code(context.apply_command);
    match (plan.is_empty(), context.violations.is_empty()) {
        (true, _) => String::new(),
        (false, true) if context.is_sandbox => {
            format!("To apply this plan to the sandbox, run {apply}.\n")
        }
        (false, true) => format!("To apply this plan, merge the pull request or run {apply}.\n"),
        (false, false) => format!("If this is intended, run {apply}.\n"),
    }
}

/// Returns a table of effects for each group of users with the same effects, largest group first.
fn effect_blocks(plan: &AccountPlan, context: PlanMarkdownContext<'_>) -> Vec<CommentBlock> {
    let humanizer = context.humanizer();
    let mut groups: Vec<(Vec<CallerEffect>, Vec<&UserPlan>)> =
        group_identical(changed_users(plan), |user| {
            impact::describe_effects(&humanizer, &user.impact)
        })
        .into_iter()
        .collect();
    groups.sort_by_key(|(_, users)| Reverse(users.len()));
    let block =
        |(effects, users): (Vec<CallerEffect>, Vec<&UserPlan>)| effect_block(&effects, &users);
    groups.into_iter().map(block).collect()
}

/// Returns the users with a table of effects.
fn effect_block(effects: &[CallerEffect], users: &[&UserPlan]) -> CommentBlock {
    let (names, more) = name_users(users, escape_markdown);
    let title = match users.len() {
        1 => format!("**{names}**"),
        count => format!("**{} users**: {names}{more}", format_count(count)),
    };
    let (head, lines) = if effects.is_empty() {
        ("", vec!["Callers won't notice any difference.".to_owned()])
    } else {
        (TABLE_HEAD, effects.iter().map(effect_row).collect())
    };
    CommentBlock {
        head: format!("{title}\n\n{head}"),
        lines,
        foot: "\n".to_owned(),
    }
}

/// Returns the edits on the account that an apply would undo: for each group of users with the same
/// edits, what callers will notice, how to keep the edits, and the edited fields.
fn drift_blocks(plan: &AccountPlan, context: PlanMarkdownContext<'_>) -> Vec<CommentBlock> {
    let humanizer = context.humanizer();
    let describe = |user: &UserPlan| {
        let drift = user.drift.clone().unwrap_or_default();
        let styled = plan_text::render_drift(&drift, context.directory, context.name_index);
        (
            impact::describe_effects(&humanizer, &drift.impact),
            plan_text::edit_lines(&drift.edits),
            diff_lines(&styled),
        )
    };
    let mut blocks = Vec::new();
    if let Some(note) = context.drift.audit_note
        && plan_text::drifted_users(plan).next().is_some()
    {
        let note = format!("Note: {}\n", escape_markdown(note));
        blocks.push(CommentBlock::from_line(note));
    }
    for ((effects, edits, lines), users) in
        group_identical(plan_text::drifted_users(plan), describe)
    {
        let mut block = effect_block(&effects, &users);
        for edit in edits {
            block.foot += &format!("- {}\n", escape_markdown(&edit));
        }
        for (verb, command) in context.drift.ways_out_for(&users) {
            block.foot += &format!("- to {verb} it: {}\n", inline_code(&command));
        }
        block.foot += "\n";
        blocks.extend([block, diff_block("The edited fields", lines)]);
    }
    blocks
}

/// The head of a table of effects. Before and after have their own columns, because their text may
/// contain arrows and colons.
const TABLE_HEAD: &str = "| Calls | Now | After |\n|---|---|---|\n";

fn effect_row(effect: &CallerEffect) -> String {
    let cell = |side: fn(&EffectChange) -> &str| {
        let lines: Vec<String> = effect
            .changes
            .iter()
            .map(|change| match change.part {
                Some(part) => format!("*{part}*: {}", escape_markdown(side(change).trim())),
                None => escape_markdown(side(change).trim()),
            })
            .collect();
        lines.join("<br>")
    };
    let calls = escape_markdown(effect.calls.trim());
    let (before, after) = (cell(|change| &change.before), cell(|change| &change.after));
    format!("| **{calls}** | {before} | {after} |")
}

/// Returns the users with changes that do more than undo edits on the account.
fn changed_users(plan: &AccountPlan) -> impl Iterator<Item = &UserPlan> {
    let has_own = |user: &&UserPlan| plan_text::own_changes(user).next().is_some();
    plan.users.iter().filter(has_own)
}

/// Returns the escaped names of the first few users, and the text that counts the others.
fn name_users(users: &[&UserPlan], escape: fn(&str) -> String) -> (String, String) {
    let (names, hidden) = first_names(users);
    let escaped: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let more = match hidden {
        0 => String::new(),
        hidden => format!(" and {} more", format_count(hidden)),
    };
    (escaped.join(", "), more)
}

/// The number of positions that are listed for equal diagnostics; further positions are counted.
const MAX_LOCATIONS: usize = 5;

/// Returns a line for each diagnostic. Diagnostics that differ only in their position share a line.
fn diagnostic_blocks(entries: &[&PlanDiagnostic<'_>], prefix: &RepoPrefix) -> Vec<CommentBlock> {
    let mut locations_by_line: IndexMap<String, Vec<String>> = IndexMap::new();
    for entry in entries {
        let location = location(entry.diagnostic, prefix);
        locations_by_line
            .entry(diagnostic_line(entry))
            .or_default()
            .push(location);
    }
    let block = |(line, locations): (String, Vec<String>)| {
        let first: Vec<&str> = locations
            .iter()
            .take(MAX_LOCATIONS)
            .map(String::as_str)
            .collect();
        let more = match locations.len() - first.len() {
            0 => String::new(),
            more => format!(" and {} more", format_count(more)),
        };
        CommentBlock::from_line(format!("- {line} ({}{more})", first.join(", ")))
    };
    locations_by_line.into_iter().map(block).collect()
}

fn diagnostic_line(entry: &PlanDiagnostic<'_>) -> String {
    let diagnostic = entry.diagnostic;
    let severity = findings::level(diagnostic);
    let subjects: Vec<String> = [entry.user, entry.subject]
        .into_iter()
        .flatten()
        .map(escape_markdown)
        .collect();
    let subject = if subjects.is_empty() {
        String::new()
    } else {
        format!("{}: ", subjects.join(", "))
    };
    let message = escape_markdown(&diagnostic.message);
    format!("{severity} {} {subject}{message}", diagnostic.code)
}

fn location(diagnostic: &Diagnostic, prefix: &RepoPrefix) -> String {
    let path = prefix.join(&diagnostic.file);
    escape_markdown(&match diagnostics::line_and_column(diagnostic) {
        (Some(line), _) => format!("{path}:{line}"),
        (None, _) => path,
    })
}

/// Returns a collapsed block of changes for each group of users with the same changes.
fn change_blocks(plan: &AccountPlan, context: PlanMarkdownContext<'_>) -> Vec<CommentBlock> {
    let change_lines = |user: &UserPlan| {
        let styled = plan_text::render_changes(user, context.directory, context.name_index);
        let notes = user
            .notes
            .iter()
            .map(|note| one_line(&format!("note: {note}")));
        let changes = diff_lines(&styled).into_iter();
        let change_count = plan_text::own_changes(user).count();
        (change_count, changes.chain(notes).collect::<Vec<_>>())
    };
    let block = |((change_count, lines), users): ((usize, Vec<String>), Vec<&UserPlan>)| {
        let size = pluralize(change_count, "change");
        let (names, more) = name_users(&users, escape_html);
        let summary = match users.len() {
            1 => format!("{names}: {size}"),
            count => format!("{} users: {size} each · {names}{more}", format_count(count)),
        };
        diff_block(&summary, lines)
    };
    group_identical(changed_users(plan), change_lines)
        .into_iter()
        .map(block)
        .collect()
}

/// Returns the lines of rendered changes, without styles.
fn diff_lines(styled: &str) -> Vec<String> {
    let text = strip_str(styled).to_string();
    // GitHub colors the lines of a diff that start with a sign.
    text.lines()
        .map(|line| one_line(line.strip_prefix("  ").unwrap_or(line)))
        .collect()
}

/// Returns a collapsed block of changed lines under an escaped summary.
fn diff_block(summary: &str, lines: Vec<String>) -> CommentBlock {
    let fence = fence(lines.iter().map(String::as_str), 3);
    CommentBlock {
        head: format!("<details><summary>{summary}</summary>\n\n{fence}diff\n"),
        lines,
        foot: format!("{fence}\n\n</details>\n"),
    }
}

#[cfg(test)]
mod tests;
