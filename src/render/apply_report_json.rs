//! The result of an apply or a rollback as JSON.

use std::error::Error;

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::apply_report::{error_chain, refusal_reason, response_warning};
use super::plan_json::PlanAccountRef;
use super::rollback_conflicts::ConflictedUser;
use crate::reconcile::{
    AccountPlan, ApplyCounts, ApplyReport, ChangeAction, ChangeOutcome, ChangeResult, ResourceKind,
};

/// The result of each change of a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules apply --format json, callrules rollback --format json")]
pub struct ApplyDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The account that was changed.
    account: PlanAccountRef<'a>,
    /// The number of changes by outcome.
    summary: ApplyDocumentSummary,
    /// Whether Ctrl-C or SIGTERM stopped the run.
    stopped: bool,
    /// Why the run ended early, other than by a signal.
    error: Option<String>,
    /// Every change, grouped by user, in the order of sending.
    changes: Vec<ApplyChangeEntry<'a>>,
    /// Users without a plan, each with the reason. Nothing was sent for them.
    left_out: &'a [String],
    /// In a rollback: users whose rules or states changed after the apply, with the differences.
    /// Nothing was rolled back for them.
    conflicts: Vec<String>,
}

/// The number of changes by outcome.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ApplyDocumentSummary {
    /// Changes that were applied.
    done: usize,
    /// Changes that RingCentral rejected or did not store, or that failed otherwise.
    failed: usize,
    /// Changes of users who were edited on the account after the plan.
    refused: usize,
    /// Changes that were not sent.
    not_tried: usize,
}

impl From<ApplyCounts> for ApplyDocumentSummary {
    fn from(counts: ApplyCounts) -> Self {
        ApplyDocumentSummary {
            done: counts.applied,
            failed: counts.failed,
            refused: counts.refused,
            not_tried: counts.not_attempted,
        }
    }
}

/// A change and its outcome.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ApplyChangeEntry<'a> {
    /// The user's extension number; `null` if there is none.
    extension_number: Option<&'a str>,
    /// The user's RingCentral id.
    id: &'a str,
    /// Whether the resource is created, updated or deleted.
    action: ChangeAction,
    /// The kind of resource that is changed.
    resource: ResourceKind,
    /// The name of the rule, or the id of the state.
    name: &'a str,
    /// The outcome of the change.
    outcome: ApplyChangeOutcome,
    /// Why the change failed or was refused.
    error: Option<String>,
    /// The difference between the account's response and the request, if the change was applied.
    warning: Option<String>,
}

/// The outcome of a change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum ApplyChangeOutcome {
    /// The change was applied.
    Done,
    /// The change failed, for example because RingCentral rejected it.
    Failed,
    /// The user was edited on the account after the plan, so nothing was sent for this user.
    Refused,
    /// Not sent: an earlier change of this user failed, or the run ended first.
    NotTried,
}

/// Returns the JSON document of a run.
pub fn document<'a, E: Error + 'static>(
    plan: &'a AccountPlan,
    report: &'a ApplyReport<'_, E>,
    conflicts: &[ConflictedUser],
    left_out: &'a [String],
) -> ApplyDocument<'a> {
    ApplyDocument {
        format_version: FORMAT_VERSION,
        account: PlanAccountRef { id: &plan.account },
        summary: report.counts().into(),
        stopped: report.canceled,
        error: (report.observer_error.as_ref().map(ToString::to_string))
            .or_else(|| report.lock_error.as_ref().map(|error| error_chain(error))),
        changes: report.changes.iter().map(change_entry).collect(),
        left_out,
        conflicts: conflicts.iter().map(ToString::to_string).collect(),
    }
}

fn change_entry<'a, E: Error + 'static>(result: &'a ChangeResult<'_, E>) -> ApplyChangeEntry<'a> {
    let ChangeResult {
        user,
        change,
        outcome,
    } = result;
    let (outcome, error, warning) = match outcome {
        ChangeOutcome::Applied {
            differences_from_request,
        } => {
            let warning = (!differences_from_request.is_empty())
                .then(|| response_warning(differences_from_request));
            (ApplyChangeOutcome::Done, None, warning)
        }
        ChangeOutcome::Failed(error) => {
            (ApplyChangeOutcome::Failed, Some(error_chain(error)), None)
        }
        ChangeOutcome::Refused(refusal) => (
            ApplyChangeOutcome::Refused,
            Some(refusal_reason(refusal)),
            None,
        ),
        ChangeOutcome::NotAttempted => (ApplyChangeOutcome::NotTried, None, None),
    };
    ApplyChangeEntry {
        extension_number: user.extension_number.as_deref(),
        id: &user.id.0,
        action: change.action,
        resource: change.resource,
        name: &change.name,
        outcome,
        error,
        warning,
    }
}
