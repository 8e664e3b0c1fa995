//! Compares the desired with the live configuration of a user. Pure: no I/O, no clock.

use super::change::PlannedChange;
use super::change_builder::ChangeBuilder;
use super::impact::describe_impact;
use super::live_user::{FetchRequest, LiveUser};
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
