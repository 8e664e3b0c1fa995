//! A plan as text for the terminal.

use std::fmt::Write as _;
use std::hash::Hash;

use anstyle::{AnsiColor, Style};
use indexmap::IndexMap;
use serde_json::Value;

use super::WriteOperation;
use super::humanize::{YamlHumanizer, format_count, format_phone_number, pluralize};
use super::list_diff::{self, ListChange};
use super::sanitize;
use crate::model::{ExtensionDirectory, NameIndex, StateId};
use crate::reconcile::{
    AccountDrift, AccountEdit, AccountPlan, CallImpact, ChangeAction, ChangeOrigin, ChangeSummary,
    DeleteReason, DriftedPart, FieldChange, PlannedChange, ResourceKind, UserPlan,
};

/// The style of additions; deletions are red, updates yellow.
const CREATE: Style = AnsiColor::Green.on_default();
const UPDATE: Style = AnsiColor::Yellow.on_default();
const DELETE: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// The number of effects that are listed for a user; further effects are counted.
const MAX_EFFECTS: usize = 12;

/// The number of names in a heading; further users are counted.
const MAX_NAMES: usize = 5;

/// Renders the changes of each user, then a line with the counts. Changes that are the same for
/// several users are printed once. The text has ANSI styles, which the printer strips if the output
/// isn't a terminal.
pub fn render(
    operation: WriteOperation,
    plan: &AccountPlan,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
    drift: DriftContext<'_>,
) -> String {
    let printer = PlanPrinter {
        describe_reason: delete_reason,
        humanizer: YamlHumanizer {
            directory,
            name_index,
        },
    };
    let mut text = String::new();
    if plan.users.iter().any(UserPlan::has_output) {
        let _ = writeln!(text, "{BOLD}{}{BOLD:#}\n", extent_line(plan));
    }
    let mut hidden = 0;
    let mut write_users = |text: &mut String, groups: IndexMap<String, Vec<&UserPlan>>| {
        for (output, users) in groups {
            let (names, more) = first_names(&users);
            hidden += more;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}\n{output}", heading(&names, more));
        }
    };
    let users_with_output = plan.users.iter().filter(|user| has_own_output(user));
    let groups = group_identical(users_with_output, |user| printer.user_text(user));
    write_users(&mut text, groups);
    let drifted = group_identical(drifted_users(plan), |user| printer.drift_text(user));
    if !drifted.is_empty() {
        let _ = writeln!(text, "{BOLD}{}{BOLD:#}\n", drift.title);
        if let Some(note) = drift.audit_note {
            let note = sanitize::sanitize_inline(note);
            let _ = writeln!(text, "{FAINT}note: {note}{FAINT:#}\n");
        }
        let with_command = drifted.into_iter().map(|(output, users)| {
            let mut text = output;
            for (verb, command) in drift.ways_out_for(&users) {
                let _ = writeln!(text, "  To {verb} it: `{command}`");
            }
            (text, users)
        });
        write_users(&mut text, with_command.collect());
    }
    text.push_str(&summary_line(operation, plan));
    text.push('\n');
    if hidden > 0 {
        let _ = writeln!(
            text,
            "{FAINT}{} not shown: {}{FAINT:#}",
            pluralize(hidden, "more user"),
            operation.full_list_hint()
        );
    }
    text
}

/// What is shown with the edits on the account, besides the plan.
#[derive(Debug, Clone, Copy)]
pub struct DriftContext<'a> {
    /// The heading of the edits.
    pub title: &'a str,
    /// What can be done about an edit, such as `keep`, with the command for it, without users.
    pub ways_out: &'a [(&'static str, String)],
    /// What is not known about who edited the account.
    pub audit_note: Option<&'a str>,
}

impl DriftContext<'_> {
    /// Returns the ways out with the commands for these users.
    pub(super) fn ways_out_for(&self, users: &[&UserPlan]) -> Vec<(&'static str, String)> {
        let ways_out = self.ways_out.iter();
        ways_out
            .map(|(verb, command)| (*verb, command_for_users(command, users)))
            .collect()
    }
}

/// The number of edits that are listed for a user; earlier ones are counted.
const MAX_EDITS: usize = 3;

/// Returns one line for each of the last edits: `edited by Kim Lee on 2026-11-20 at 17:02 UTC
/// (CHANGE_FORWARDING_PHONE_ORDER: ruleName Work Hours)`.
pub(super) fn edit_lines(edits: &[AccountEdit]) -> Vec<String> {
    let line = |edit: &AccountEdit| {
        let by = edit.by.as_deref().unwrap_or("an unknown user");
        // Minutes are enough, and the same for edits at the same time.
        let at = edit.at.as_ref().and_then(|at| at.split_once('T'));
        let at = at.map_or_else(String::new, |(date, time)| {
            format!(" on {date} at {} UTC", time.get(..5).unwrap_or(time))
        });
        let details: Vec<String> = edit
            .details
            .iter()
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        let details = match details.len() {
            0 => String::new(),
            _ => format!(": {}", details.join(", ")),
        };
        let text = format!("edited by {by}{at} ({}{details})", edit.action);
        sanitize::sanitize_inline(&text).into_owned()
    };
    let mut lines: Vec<String> = edits.iter().take(MAX_EDITS).map(line).collect();
    lines.dedup();
    if edits.len() > MAX_EDITS {
        let more = pluralize(edits.len() - MAX_EDITS, "earlier edit");
        lines.push(format!("and {more} in the audit trail"));
    }
    lines
}

/// Returns the users with edits on the account.
pub(super) fn drifted_users(plan: &AccountPlan) -> impl Iterator<Item = &UserPlan> {
    plan.users.iter().filter(|user| user.drift.is_some())
}

/// Returns whether there is anything to show of a user besides edits on the account.
fn has_own_output(user: &UserPlan) -> bool {
    own_changes(user).next().is_some() || !user.notes.is_empty() || !user.unmanaged.is_empty()
}

/// Returns the changes that do more than undo edits on the account, which are shown separately.
pub(super) fn own_changes(user: &UserPlan) -> impl Iterator<Item = &PlannedChange> {
    let is_own = |change: &&PlannedChange| change.origin != ChangeOrigin::Account;
    user.changes.iter().filter(is_own)
}

/// Returns a command for the first few users.
fn command_for_users(command: &str, users: &[&UserPlan]) -> String {
    let mut command = command.to_owned();
    for user in users.iter().take(MAX_NAMES) {
        match &user.extension_number {
            Some(number) => command += &format!(" --user {number}"),
            None => command += &format!(" --user id:{}", user.id),
        }
    }
    if users.len() > MAX_NAMES {
        command += " …";
    }
    command
}

/// Returns how many users change, and the numbers that newly receive calls of many users.
fn extent_line(plan: &AccountPlan) -> String {
    let (users, in_scope) = (plan.summary().users, plan.users.len());
    let verb = if in_scope == 1 { "changes" } else { "change" };
    let mut text = format!(
        "{} of {} {verb}.",
        format_count(users),
        pluralize(in_scope, "user")
    );
    for sentence in new_number_sentences(plan) {
        text += &format!(" {sentence}");
    }
    text
}

/// Returns a sentence for each number that newly receives calls of many users.
pub(super) fn new_number_sentences(plan: &AccountPlan) -> impl Iterator<Item = String> {
    plan.widely_used_new_numbers()
        .into_iter()
        .map(|(number, users)| {
            let number = format_phone_number(&sanitize::sanitize_inline(number));
            let users = pluralize(users, "user");
            format!("Calls of {users} go to {number}, which gets none of them now.")
        })
}

/// Returns the counts: `Plan: 1 to create, 1 to update for 1 of 38 users`.
pub(super) fn summary_line(operation: WriteOperation, plan: &AccountPlan) -> String {
    let user_count = plan.users.len();
    if plan.is_empty() {
        return operation.no_changes_message(user_count);
    }
    let ChangeSummary {
        create,
        update,
        delete,
        users: changed_users,
    } = plan.summary();
    let counts: Vec<String> = [(create, "create"), (update, "update"), (delete, "delete")]
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, verb)| format!("{} to {verb}", format_count(*number)))
        .collect();
    format!(
        "{}: {} for {} of {}",
        operation.plan_title(),
        counts.join(", "),
        format_count(changed_users),
        pluralize(user_count, "user")
    )
}

/// The requests of this kind that RingCentral accepts per minute, unless the API app has another
/// limit \[docs\].
pub(super) const REQUESTS_PER_MINUTE: usize = 40;

/// Returns the estimated duration in parentheses, or an empty string up to a minute.
pub fn duration_suffix(requests: usize) -> String {
    estimated_duration(requests).map_or_else(String::new, |duration| {
        format!(" ({duration} at {REQUESTS_PER_MINUTE} a minute)")
    })
}

/// Returns the estimated duration, such as `about 15 minutes`, or `None` up to a minute.
pub(super) fn estimated_duration(requests: usize) -> Option<String> {
    match requests.div_ceil(REQUESTS_PER_MINUTE) {
        0 | 1 => None,
        minutes @ 2..120 => Some(format!("about {minutes} minutes")),
        minutes => Some(format!(
            "about {} hours",
            format_count(minutes.div_ceil(60))
        )),
    }
}

/// Returns the noun for a kind of resource. The API's names for both parts of a state are too
/// similar.
pub fn resource_label(resource: ResourceKind) -> &'static str {
    match resource {
        ResourceKind::InteractionRule => "interaction rule",
        ResourceKind::StateRule => "call handling",
        ResourceKind::State => "state settings",
    }
}

/// Returns the user's name and extension number or id: `Alex Morgan · 101`.
pub fn user_label(user: &UserPlan) -> String {
    match (
        &user.extension_number,
        &*sanitize::sanitize_inline(&user.name),
    ) {
        (Some(number), "") => number.clone(),
        (Some(number), name) => format!("{name} · {number}"),
        (None, "") => format!("id {}", user.id),
        (None, name) => format!("{name} · id {}", user.id),
    }
}

/// Groups users by their output, in the order of each group's first user.
pub(super) fn group_identical<'p, T: Eq + Hash>(
    users: impl Iterator<Item = &'p UserPlan>,
    output_of: impl Fn(&UserPlan) -> T,
) -> IndexMap<T, Vec<&'p UserPlan>> {
    let mut groups: IndexMap<T, Vec<&UserPlan>> = IndexMap::new();
    for user in users {
        groups.entry(output_of(user)).or_default().push(user);
    }
    groups
}

/// Returns the labels of the first few users, and the number of the others.
pub(super) fn first_names(users: &[&UserPlan]) -> (Vec<String>, usize) {
    let first = users.iter().take(MAX_NAMES);
    let names: Vec<String> = first.map(|user| user_label(user)).collect();
    let more = users.len() - names.len();
    (names, more)
}

/// Renders the changes of one user for readers who don't know the YAML files.
pub(super) fn render_changes(
    plan: &UserPlan,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> String {
    let printer = PlanPrinter {
        describe_reason: plain_delete_reason,
        humanizer: YamlHumanizer {
            directory,
            name_index,
        },
    };
    let mut text = String::new();
    for change in own_changes(plan) {
        printer.write_change(&mut text, change.into());
    }
    text
}

/// Renders what undoing the edits on the account changes, for readers who don't know the YAML
/// files.
pub(super) fn render_drift(
    drift: &AccountDrift,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> String {
    let printer = PlanPrinter {
        describe_reason: plain_delete_reason,
        humanizer: YamlHumanizer {
            directory,
            name_index,
        },
    };
    let mut text = String::new();
    for part in &drift.parts {
        printer.write_change(&mut text, part.into());
    }
    text
}

/// Returns the heading with the users whom the changes below are for.
fn heading(names: &[String], more: usize) -> String {
    let listed = names.join(", ");
    let users = format_count(names.len() + more);
    match (names.len(), more) {
        (1, 0) => format!("{BOLD}{listed}{BOLD:#}"),
        (_, 0) => format!("{BOLD}{listed}{BOLD:#}{FAINT}  (the same for each){FAINT:#}"),
        (_, more) => format!(
            "{BOLD}{listed} and {} more{BOLD:#}{FAINT}  (the same for each of {users}){FAINT:#}",
            format_count(more)
        ),
    }
}

/// Returns why a rule is deleted, with the keys of the YAML files.
fn delete_reason(reason: DeleteReason) -> &'static str {
    match reason {
        DeleteReason::NotDeclared => "not in the file; deleted because of `prune: all`",
        DeleteReason::DeclaredNull => "removed: set to `null` in the file",
        DeleteReason::CreatedByApply => "created by the apply that is rolled back",
        DeleteReason::RequestedByApply => {
            "requested by the apply that is rolled back, which got no response"
        }
    }
}

/// Returns why a rule is deleted, for readers who don't know the YAML files.
fn plain_delete_reason(reason: DeleteReason) -> &'static str {
    match reason {
        DeleteReason::NotDeclared => "not in the files",
        DeleteReason::DeclaredNull => "removed in the file",
        other => delete_reason(other),
    }
}

/// A change as it is shown.
#[derive(Clone, Copy)]
struct ChangeView<'a> {
    action: ChangeAction,
    resource: ResourceKind,
    name: &'a str,
    reason: Option<DeleteReason>,
    fields: &'a [FieldChange],
    /// The body that is sent, if it is known.
    body: Option<&'a Value>,
}

impl<'a> From<&'a PlannedChange> for ChangeView<'a> {
    /// Shows a change with the body that is sent.
    fn from(change: &'a PlannedChange) -> Self {
        ChangeView {
            action: change.action,
            resource: change.resource,
            name: &change.name,
            reason: change.reason,
            fields: &change.fields,
            body: change.request.body.as_ref(),
        }
    }
}

impl<'a> From<&'a DriftedPart> for ChangeView<'a> {
    /// Shows what undoing an edit changes; its body is unknown.
    fn from(part: &'a DriftedPart) -> Self {
        ChangeView {
            action: part.action,
            resource: part.resource,
            name: &part.name,
            reason: part.reason,
            fields: &part.fields,
            body: None,
        }
    }
}

struct PlanPrinter<'a> {
    humanizer: YamlHumanizer<'a>,
    /// Returns why a rule is deleted.
    describe_reason: fn(DeleteReason) -> &'static str,
}

impl PlanPrinter<'_> {
    // Writing to a string cannot fail: the results of `writeln!` are dropped throughout.
    fn user_text(&self, plan: &UserPlan) -> String {
        let mut text = String::new();
        for change in own_changes(plan) {
            self.write_change(&mut text, change.into());
            if change.origin == ChangeOrigin::Both {
                text.push_str("        also edited on the account: see below\n");
            }
        }
        for note in &plan.notes {
            let _ = writeln!(
                text,
                "  {FAINT}note: {}{FAINT:#}",
                sanitize::sanitize_inline(note)
            );
        }
        if own_changes(plan).next().is_some() {
            self.write_impact(&mut text, &plan.impact);
        }
        if !plan.unmanaged.is_empty() {
            let unmanaged: Vec<_> = plan
                .unmanaged
                .iter()
                .map(|name| sanitize::sanitize_inline(name))
                .collect();
            let _ = writeln!(
                text,
                "  {FAINT}unmanaged: {}{FAINT:#}",
                unmanaged.join(", ")
            );
        }
        text
    }

    /// Returns what undoing the user's edits on the account changes.
    fn drift_text(&self, plan: &UserPlan) -> String {
        let mut text = String::new();
        if let Some(AccountDrift {
            parts,
            impact,
            edits,
        }) = &plan.drift
        {
            for part in parts {
                self.write_change(&mut text, part.into());
            }
            self.write_impact(&mut text, impact);
            for line in edit_lines(edits) {
                let _ = writeln!(text, "  {line}");
            }
        }
        text
    }

    fn write_impact(&self, text: &mut String, impact: &[CallImpact]) {
        let effects = super::impact::describe_effects(&self.humanizer, impact);
        match effects.len() {
            0 => {
                let _ = writeln!(
                    text,
                    "  {FAINT}Callers won't notice any difference.{FAINT:#}"
                );
            }
            count => {
                let _ = writeln!(text, "  {BOLD}What callers will notice{BOLD:#}");
                for effect in effects.iter().take(MAX_EFFECTS) {
                    let _ = writeln!(text, "        {effect}");
                }
                if count > MAX_EFFECTS {
                    let more = format_count(count - MAX_EFFECTS);
                    let _ = writeln!(
                        text,
                        "        … and {more} more; use `--format json` to see all"
                    );
                }
            }
        }
    }

    fn write_change(&self, text: &mut String, change: ChangeView<'_>) {
        let (sign, style) = match change.action {
            ChangeAction::Create => ('+', CREATE),
            ChangeAction::Update => ('~', UPDATE),
            ChangeAction::Delete => ('-', DELETE),
        };
        let kind = resource_label(change.resource);
        let reason = change
            .reason
            .map(|reason| format!("  ({})", (self.describe_reason)(reason)))
            .unwrap_or_default();
        let name = sanitize::sanitize_inline(change.name);
        let _ = writeln!(
            text,
            "  {style}{sign} {kind:<16}  {name}{style:#}{FAINT}{reason}{FAINT:#}"
        );
        match change.action {
            ChangeAction::Create => self.write_new_rule(text, change),
            // A state that the plan adds has no previous values.
            ChangeAction::Update if change.fields.iter().all(|field| field.before.is_null()) => {
                if change.resource == ResourceKind::StateRule && change.name == StateId::AFTER_HOURS
                {
                    let _ = writeln!(text, "        before handled by work hours, which are 24/7");
                }
                self.write_new_rule(text, change);
            }
            ChangeAction::Update => self.write_fields(text, change),
            ChangeAction::Delete => {}
        }
    }

    fn write_new_rule(&self, text: &mut String, change: ChangeView<'_>) {
        let part = |path: &str| {
            let field = change.fields.iter().find(|field| field.path == path);
            field.map(|field| field.after.clone())
        };
        let is_set_to = |path: &str, value: bool| part(path) == Some(Value::Bool(value));
        let queue_calls = if is_set_to("queueCallsIncluded", true) {
            " · includes queue calls"
        } else {
            ""
        };
        let when = self.humanizer.describe_conditions(part);
        if !when.is_empty() {
            let _ = writeln!(text, "        when   {when}{queue_calls}");
        }
        let _ = writeln!(
            text,
            "        then   {}",
            self.humanizer.describe_dispatching(part)
        );
        if is_set_to("enabled", false) {
            let _ = writeln!(
                text,
                "        off    created disabled: matches no calls until it is enabled"
            );
        }
    }

    fn write_fields(&self, text: &mut String, change: ChangeView<'_>) {
        let fields = change.fields;
        let [type_before, type_after] = dispatch_types(change);
        let labels: Vec<String> = fields
            .iter()
            .map(|field| field_label(&field.path))
            .collect();
        let width = labels
            .iter()
            .map(|label| label.chars().count())
            .max()
            .unwrap_or_default();
        for (field, label) in fields.iter().zip(labels) {
            let head = format!("{label:<width$}");
            let path = short_path(&field.path);
            let (before, after) = (&field.before, &field.after);
            if let (Value::Array(before), Value::Array(after)) = (before, after) {
                let key = path.rsplit('.').next().unwrap_or(path);
                let rings = [type_before, type_after].map(|kind| kind != Some("Terminate"));
                self.write_list(text, &head, key, [before, after], rings);
            } else if let Some([before, after]) = list_diff::split_long_dates(before, after) {
                self.write_list(
                    text,
                    &head,
                    "ranges",
                    [before.dates, after.dates],
                    [true; 2],
                );
                if before.rest != after.rest {
                    self.write_field(text, &head, path, &before.rest, &after.rest);
                }
            } else {
                self.write_field(text, &head, path, before, after);
            }
            // With `Terminate` nothing rings, and the other types never use its destination.
            let needs_terminate = match path {
                "terminate" => Some(true),
                _ if path.starts_with("ring") || path == "noAnswer" => Some(false),
                _ => None,
            };
            if let (Some(kind), Some(needs_terminate)) = (type_after, needs_terminate)
                && needs_terminate != (kind == "Terminate")
            {
                let gap = " ".repeat(width);
                let _ = writeln!(text, "        {gap}  (no effect with type {kind})");
            }
        }
    }

    fn write_field(
        &self,
        text: &mut String,
        head: &str,
        path: &str,
        before: &Value,
        after: &Value,
    ) {
        let before = self.humanizer.describe_value(path, before);
        let after = self.humanizer.describe_value(path, after);
        let _ = writeln!(text, "        {head}  {before} → {after}");
    }

    /// Writes the items that were added to a list and removed from it. `rings` is whether ring
    /// groups ring before and after the change.
    fn write_list(
        &self,
        text: &mut String,
        head: &str,
        key: &str,
        [before, after]: [&[Value]; 2],
        [rang, rings]: [bool; 2],
    ) {
        let changes = list_diff::diff_list(key, before, after);
        let added = changes
            .iter()
            .filter(|(change, _)| *change == ListChange::Added)
            .count();
        let removed = changes.len() - added;
        let summary = if key == "ring" && before.len() == after.len() {
            format!("{} of {} changed", added.max(removed), before.len())
        } else {
            format!(
                "{} → {} ({} added, {} removed)",
                format_count(before.len()),
                format_count(after.len()),
                format_count(added),
                format_count(removed)
            )
        };
        let _ = writeln!(text, "        {head}  {summary}");
        let changes = list_diff::merge_switched_groups(changes);
        let listed = list_diff::truncate_balanced(&changes);
        for (change, item) in &listed {
            let (sign, style) = match change {
                ListChange::Added | ListChange::SwitchedOn => ('+', CREATE),
                ListChange::Removed | ListChange::SwitchedOff => ('-', DELETE),
            };
            let suffix = match change {
                ListChange::SwitchedOn if rang && rings => " (rings again)",
                ListChange::SwitchedOn if rings => " (rings)",
                ListChange::SwitchedOff if rang => " (no longer rings)",
                ListChange::SwitchedOff => " (silent as before)",
                ListChange::SwitchedOn | ListChange::Added | ListChange::Removed => "",
            };
            let description = self
                .humanizer
                .describe_value(key, &Value::Array(vec![(*item).clone()]));
            let _ = writeln!(
                text,
                "          {style}{sign} {description}{suffix}{style:#}"
            );
        }
        if changes.len() > listed.len() {
            let more = format_count(changes.len() - listed.len());
            let _ = writeln!(text, "          … and {more} more");
        }
    }
}

/// Returns the dispatching types before and after a change.
fn dispatch_types(change: ChangeView<'_>) -> [Option<&str>; 2] {
    let sent = change
        .body
        .and_then(|body| body["dispatching"]["type"].as_str());
    let is_type = |field: &&FieldChange| field.path == "dispatching.type";
    match change.fields.iter().find(is_type) {
        Some(field) => [field.before.as_str(), field.after.as_str()],
        None => [sent, sent],
    }
}

/// Returns a path without `dispatching.` or `conditions.`, which readers don't need.
fn short_path(path: &str) -> &str {
    path.strip_prefix("dispatching.")
        .or_else(|| path.strip_prefix("conditions."))
        .unwrap_or(path)
}

/// Returns the label of a field: its YAML key, or words for a ring group, such as
/// `first ring group: ring time`.
fn field_label(path: &str) -> String {
    let path = short_path(path);
    let group = || {
        let (index, key) = path.strip_prefix("ring[")?.split_once(']')?;
        let ordinal = match index {
            "0" => "first",
            "1" => "second",
            "2" => "third",
            _ => return None,
        };
        let part = match key.strip_prefix('.')? {
            "seconds" => "ring time",
            "startOffset" => "start",
            "enabled" => "rings",
            other => other,
        };
        Some(format!("{ordinal} ring group: {part}"))
    };
    match path {
        "ring" => "ring groups".to_owned(),
        _ => group().unwrap_or_else(|| path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::duration_suffix;

    #[test]
    fn duration_suffix_is_empty_up_to_a_minute() {
        assert_eq!(duration_suffix(40), "");
        assert_eq!(duration_suffix(41), " (about 2 minutes at 40 a minute)");
        assert_eq!(
            duration_suffix(4_760),
            " (about 119 minutes at 40 a minute)"
        );
        assert_eq!(duration_suffix(40_000), " (about 17 hours at 40 a minute)");
    }
}
