//! The assumptions that a trace depends on.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::StateId;
use crate::simulate::{CallAssumption, CallTrace, DispatchingPart};

/// An assumption, or a fact that callrules can't know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TraceNote {
    /// The kind of note, for scripts.
    pub code: &'static str,
    /// The text of the note, for people.
    pub message: String,
}

/// Returns a note for each assumption of a trace.
pub fn assumption_notes(trace: &CallTrace<'_>) -> Vec<TraceNote> {
    let source = trace.known.file.as_deref().unwrap_or("the account");
    trace
        .assumptions
        .iter()
        .map(|assumption| assumption_note(*assumption, source))
        .collect()
}

/// Returns the note for one assumption. `source` is the file or account that doesn't set the fact.
pub(in crate::render) fn assumption_note(
    assumption: CallAssumption<'_>,
    source: &str,
) -> TraceNote {
    let (code, message) = match assumption {
        CallAssumption::Switch(id) => ("switch", format!("{source} doesn't set {id}: assumed off")),
        CallAssumption::Enabled(user_rule) => (
            "enabled",
            format!(
                "{source} doesn't set `enabled` for `{}`: assumed on",
                user_rule.rule.name
            ),
        ),
        CallAssumption::OtherRules => (
            "otherRules",
            format!(
                "the account may have rules that {source} doesn't declare, and one of them may match \
                 the call"
            ),
        ),
        CallAssumption::Rules => (
            "rules",
            format!("{source} doesn't set the user's custom rules: assumed none"),
        ),
        CallAssumption::Schedule(id) => {
            let assumed = match id {
                StateId::AGENT => "the same as work-hours",
                _ => "24/7",
            };
            (
                "schedule",
                format!("{source} doesn't set the schedule of {id}: assumed {assumed}"),
            )
        }
        CallAssumption::Agent => (
            "agent",
            format!("{source} doesn't set agent: the user is assumed to be in no call queue"),
        ),
        CallAssumption::QueueCalls(user_rule) => (
            "queueCalls",
            format!(
                "{source} doesn't set `queueCallsIncluded` for `{}`: assumed off",
                user_rule.rule.name
            ),
        ),
        CallAssumption::UnknownCondition => (
            "unknownCondition",
            "a rule has a condition that callrules doesn't support: assumed not met".to_owned(),
        ),
        CallAssumption::Conditions(user_rule) => (
            "conditions",
            format!(
                "{source} doesn't set the conditions of `{}`: only the account shows whether it \
                 matches this call",
                user_rule.rule.name
            ),
        ),
        CallAssumption::CalledNumber => (
            "dialed",
            "the called number isn't known: assumed to be in no rule's list".to_owned(),
        ),
        CallAssumption::Part(part) => {
            let what = match part {
                DispatchingPart::All => "what happens to the call",
                DispatchingPart::Rings => "who rings",
                DispatchingPart::End => "where the call ends",
            };
            ("handling", format!("{source} doesn't set {what}"))
        }
    };
    TraceNote { code, message }
}
