//! What became of a plan, for scripts: one form for `apply` and `rollback`.

use std::error::Error;

use schemars::JsonSchema;
use serde::Serialize;

use super::left_alone::LeftAlone;
use super::plan_json::{Account, FORMAT_VERSION};
use super::report::{answered, why, with_causes};
use crate::engine::{Action, Counts, Outcome, Plan, Report, Resource, Settled};

/// What became of each change of a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules apply --format json, callrules rollback --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The account.
    account: Account<'a>,
    /// How many changes ended how.
    summary: Summary,
    /// Whether Ctrl-C or SIGTERM ended the run before its end.
    stopped: bool,
    /// Why nothing more was written although nobody stopped the run.
    error: Option<String>,
    /// Every change, user by user, in the order in which they were sent.
    changes: Vec<Changed<'a>>,
    /// Users of whom nothing was tried because they are in no plan, each with the reason.
    left_out: &'a [String],
    /// In a rollback: each user of whom something has moved since the apply, so that nothing of theirs is
    /// undone, and what has moved.
    left_alone: Vec<String>,
}

/// How many changes ended how.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Summary {
    /// Changes that were carried out.
    done: usize,
    /// Changes that failed.
    failed: usize,
    /// Changes of users that have moved since the plan.
    refused: usize,
    /// Changes that were not sent.
    not_tried: usize,
}

impl From<Counts> for Summary {
    fn from(counts: Counts) -> Self {
        Summary {
            done: counts.done,
            failed: counts.failed,
            refused: counts.refused,
            not_tried: counts.not_tried,
        }
    }
}

/// A change, and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    /// The user's number, where there is one.
    extension_number: Option<&'a str>,
    /// The user's id.
    id: &'a str,
    /// What happens to the resource.
    action: Action,
    /// Which kind of resource it is.
    resource: Resource,
    /// The name of the rule, or the id of the state.
    name: &'a str,
    /// How it ended.
    outcome: Ending,
    /// Why it failed or was refused.
    error: Option<String>,
    /// It is done, but the account answered something else than was asked: what.
    warning: Option<String>,
}

/// How a change ended.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Ending {
    /// It was carried out.
    Done,
    /// The account did not take it.
    Failed,
    /// The user has moved on the account since the plan, so that nothing of it was sent.
    Refused,
    /// A change of this user before it failed, or the run ended before it.
    NotTried,
}

/// The document.
pub fn document<'a, E: Error + 'static>(
    plan: &'a Plan,
    report: &'a Report<'_, E>,
    left_alone: &[LeftAlone],
    left_out: &'a [String],
) -> Document<'a> {
    Document {
        format_version: FORMAT_VERSION,
        account: Account { id: &plan.account },
        summary: report.counts().into(),
        stopped: report.stopped,
        error: report.unwatched.as_ref().map(ToString::to_string),
        changes: report.changes.iter().map(changed).collect(),
        left_out,
        left_alone: left_alone.iter().map(ToString::to_string).collect(),
    }
}

fn changed<'a, E: Error + 'static>(settled: &'a Settled<'_, E>) -> Changed<'a> {
    let Settled {
        user,
        change,
        outcome,
    } = settled;
    let (outcome, error, warning) = match outcome {
        Outcome::Done { otherwise } => {
            let warning = (!otherwise.is_empty()).then(|| answered(otherwise));
            (Ending::Done, None, warning)
        }
        Outcome::Failed(error) => (Ending::Failed, Some(with_causes(error)), None),
        Outcome::Refused(refusal) => (Ending::Refused, Some(why(refusal)), None),
        Outcome::NotTried => (Ending::NotTried, None, None),
    };
    Changed {
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
