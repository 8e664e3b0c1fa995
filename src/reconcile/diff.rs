//! Compares the desired with the live configuration of a user. Pure: no I/O, no clock.

use super::change::PlannedChange;
use super::change_builder::ChangeBuilder;
use super::impact::describe_impact;
use super::live_user::{FetchRequest, LiveUser};
use super::origin::{AccountDrift, DriftedPart, mark_origins};
use super::plan::UserPlan;
use super::problem::DiffDiagnostic;
use super::projection::handling_after;
use super::renames::find_possible_renames;
use super::{rules, states};
use crate::api::encode::RuleOwner;
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallHandling, DateRange, DesiredUser, ExtensionDirectory, LocalDateTime};

/// Returns the changes that make the user match the file, and the problems that were found.
///
/// `now` is the local time of the user. Live schedules that started before equal declared ones
/// without a start; without `now`, those that start later do too.
pub fn diff_user(
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    now: Option<LocalDateTime>,
) -> (UserPlan, Vec<DiffDiagnostic>) {
    let builder = ChangeBuilder {
        owner: RuleOwner {
            id: &desired.id,
            phones: live.phones().unwrap_or_default(),
            now,
        },
        yaml_writer: YamlWriter::new(directory),
    };
    let mut diagnostics = Vec::new();
    let mut changes = Vec::new();
    let mut unmanaged = Vec::new();
    if let Some(declared) = &desired.rules {
        let diff = rules::diff_rules(desired, declared, live, builder, &mut diagnostics);
        diagnostics.extend(find_possible_renames(&diff.changes, live, &desired.id));
        changes.extend(diff.changes);
        unmanaged = diff.unmanaged;
    }
    let states = states::diff_states(desired, live, builder, &mut diagnostics);
    changes.extend(states.changes);
    let plan = UserPlan {
        unmanaged,
        notes: states.notes,
        ..UserPlan::new(&FetchRequest::from(desired), live, changes, directory)
    };
    (plan, diagnostics)
}

/// Returns whether the plan of a user needs the device list of the account: it rings all desk
/// phones or writes a rule, which must list them, and they are not known from the state rules.
pub fn needs_phones(desired: &DesiredUser, live: &LiveUser, plan: &UserPlan) -> bool {
    let writes_rule = |change: &PlannedChange| change.body().is_some();
    live.phones().is_none() && (desired.rings_desk_phones() || plan.changes.iter().any(writes_rule))
}

/// What the files of a commit declare for a user.
#[derive(Debug)]
pub enum ComparedFile {
    /// There was no file of the user.
    Missing,
    /// The file cannot be resolved with the present account.
    Unresolved,
    /// The file declared this.
    Declared(DesiredUser),
}

/// Marks where the changes of a plan come from, and adds the edits on the account that they undo.
///
/// `now` is the local time of the user, and `from` the time from which callers would notice.
pub fn add_origins(
    plan: &mut UserPlan,
    compared: &ComparedFile,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    [now, from]: [LocalDateTime; 2],
) {
    let reverts = match compared {
        ComparedFile::Unresolved => return,
        ComparedFile::Missing => Vec::new(),
        ComparedFile::Declared(compared) => {
            let (reverts, diagnostics) = diff_user(
                &compared.limited_to(live.handling()),
                live,
                directory,
                Some(now),
            );
            if !diagnostics.iter().all(DiffDiagnostic::is_warning) {
                return;
            }
            reverts.changes
        }
    };
    let drift = mark_origins(&mut plan.changes, &reverts);
    if drift.is_empty() {
        return;
    }
    let before = live.handling();
    let after = handling_after(before.clone(), &plan.id, drift.iter().copied());
    plan.drift = Some(AccountDrift {
        parts: drift.into_iter().map(DriftedPart::from).collect(),
        impact: describe_impact(before, &after, directory, from, &[]).0,
        edits: Vec::new(),
    });
}

/// Adds to a plan what callers will notice `from` this time on, in the user's time zone. Returns
/// the call handling after the changes. `closures` are the dates of the calendars.
pub fn add_impact(
    plan: &mut UserPlan,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    from: LocalDateTime,
    closures: &[DateRange],
) -> CallHandling {
    let after = handling_after(live.handling().clone(), &plan.id, &plan.changes);
    if !plan.changes.is_empty() {
        (plan.impact, plan.extent) =
            describe_impact(live.handling(), &after, directory, from, closures);
    }
    after
}
