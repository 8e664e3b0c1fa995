//! Compares the desired with the live configuration of a user. Pure: no I/O, no clock.

use super::change_builder::ChangeBuilder;
use super::impact::compute_impact;
use super::live_user::{FetchRequest, LiveUser};
use super::plan::UserPlan;
use super::problem::DiffDiagnostic;
use super::projection::project;
use super::{rules, states};
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallHandling, DesiredUser, ExtensionDirectory, LocalDateTime};

/// Returns the changes that make the user match the file, and the problems that were found.
pub fn diff_user(
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> (UserPlan, Vec<DiffDiagnostic>) {
    let builder = ChangeBuilder {
        owner: &desired.id,
        yaml_writer: YamlWriter::new(directory),
    };
    let mut diagnostics = Vec::new();
    let mut changes = Vec::new();
    let mut unmanaged = Vec::new();
    if let Some(declared) = &desired.rules {
        let diff = rules::diff_rules(desired, declared, live, builder, &mut diagnostics);
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

/// Adds to a plan what callers will notice from `now` on, in the user's time zone. Returns the call
/// handling after the changes.
pub fn add_impact(
    plan: &mut UserPlan,
    live: &LiveUser,
    directory: &ExtensionDirectory,
    now: LocalDateTime,
) -> CallHandling {
    let after = project(live.handling().clone(), &plan.id, &plan.changes);
    if !plan.changes.is_empty() {
        plan.impact = compute_impact(live.handling(), &after, directory, now);
    }
    after
}
