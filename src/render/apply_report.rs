//! The result of an apply or a rollback as text.

use std::error::Error;
use std::fmt::Write as _;

use serde_json::Value;

use super::plan_text::{resource_label, user_label};
use super::sanitize;
use crate::reconcile::{
    ApplyCounts, ApplyReport, ChangeOutcome, FieldMismatch, PlannedChange, ResourceFingerprint,
    ResourceKind, SnapshotDiff, UserRefusal,
};

/// The longest JSON value, in characters, that is printed in a list of differences.
const MAX_VALUE_LEN: usize = 60;

/// Renders the counts, then every change that was not applied as requested, with the reason.
pub fn render_text<E: Error + 'static>(report: &ApplyReport<'_, E>) -> String {
    let ApplyCounts {
        applied,
        failed,
        refused,
        not_attempted,
    } = report.counts();
    let mut text = format!(
        "Done {applied} · failed {failed} · refused {refused} · not tried {not_attempted}\n"
    );
    let mut refused_user = None;
    for result in &report.changes {
        let user = user_label(result.user);
        let change = || format!("{user}: {}", change_label(result.change));
        // Writing to a string cannot fail.
        let _ = match &result.outcome {
            ChangeOutcome::Applied {
                differences_from_request,
            } if differences_from_request.is_empty() => Ok(()),
            ChangeOutcome::Applied {
                differences_from_request,
            } => {
                let warning = response_warning(differences_from_request);
                writeln!(text, "  warning    {}: {warning}", change())
            }
            ChangeOutcome::Failed(error) => {
                writeln!(text, "  failed     {}: {}", change(), error_chain(error))
            }
            // All changes of a user are refused together, so the reason is printed once.
            ChangeOutcome::Refused(_) if refused_user == Some(&result.user.id) => Ok(()),
            ChangeOutcome::Refused(refusal) => {
                refused_user = Some(&result.user.id);
                writeln!(text, "  refused    {user}: {}", refusal_reason(refusal))
            }
            ChangeOutcome::NotAttempted => writeln!(text, "  not tried  {}", change()),
        };
    }
    if report.canceled {
        text.push_str(
            "The run was stopped: requests in flight were completed, but possibly not read back; \
             the rest were not sent.\n",
        );
    }
    if let Some(error) = &report.lock_error {
        let error = error_chain(error);
        let _ = writeln!(text, "No further changes were sent: {error}");
    }
    if let Some(error) = &report.observer_error {
        let _ = writeln!(
            text,
            "No further changes were sent, because the journal can't be written: {error}"
        );
    }
    text
}

/// Returns a line for each user without a plan. Each string in `users` contains the reason.
pub fn left_out_lines(users: &[String]) -> String {
    let lines: Vec<String> = users
        .iter()
        .map(|user| format!("  left out   {user}\n"))
        .collect();
    lines.concat()
}

fn change_label(change: &PlannedChange) -> String {
    quoted_resource(change.resource, &change.name)
}

/// Returns the kind and name of a resource: `interaction rule "Late"`.
pub(super) fn quoted_resource(kind: ResourceKind, name: &str) -> String {
    format!(
        "{} \"{}\"",
        resource_label(kind),
        sanitize::sanitize_inline(name)
    )
}

/// Returns the warning for a change after which the account's response differs from the request.
pub(super) fn response_warning(fields: &[FieldMismatch]) -> String {
    let differences = describe_differences(fields);
    format!("sent, but the account's response differs: {differences}")
}

/// Returns the stored and the requested value of each field: `enabled is false, not true; …`.
pub(super) fn describe_differences(fields: &[FieldMismatch]) -> String {
    let value = |value: &Value| match value.to_string() {
        long if long.chars().count() > MAX_VALUE_LEN => None,
        short => Some(short),
    };
    let field = |field: &FieldMismatch| match (value(&field.requested), value(&field.stored)) {
        (Some(requested), Some(stored)) => format!("{} is {stored}, not {requested}", field.path),
        _ => format!("{} differs", field.path),
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    fields.join("; ")
}

/// Returns why a user's changes were not sent.
pub(super) fn refusal_reason(refusal: &UserRefusal) -> String {
    let SnapshotDiff {
        changed,
        added,
        removed,
    } = match refusal {
        UserRefusal::Drifted(diff) => diff,
        UserRefusal::PlanMismatch { resource, name } => {
            let label = quoted_resource(*resource, name);
            return format!(
                "the plan shows something other than it would send: {label}; plan again"
            );
        }
        UserRefusal::NoSnapshot => {
            return "the plan has no snapshot of this user; plan again".to_owned();
        }
    };
    let lists = [
        ("changed on the account since the plan", changed),
        ("added since the plan", added),
        ("deleted since the plan", removed),
    ];
    let differences: Vec<String> = lists
        .iter()
        .filter(|(_, resources)| !resources.is_empty())
        .map(|(difference, resources)| format!("{difference}: {}", resource_names(resources)))
        .collect();
    differences.join("; ")
}

fn resource_names(resources: &[ResourceFingerprint]) -> String {
    let names: Vec<String> = resources
        .iter()
        .map(|fingerprint| quoted_resource(fingerprint.resource, &fingerprint.name))
        .collect();
    names.join(", ")
}

/// Returns the message of an error and of each of its causes, separated with colons.
pub(super) fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
