//! What a story rests on, said to people.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::StateId;
use crate::simulate::{Part, Rest, Story};

/// Something that is taken for granted, or cannot be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Note {
    /// The kind, for scripts.
    pub code: &'static str,
    /// The note, for people.
    pub message: String,
}

/// All that a story rests on.
pub fn notes(story: &Story<'_>) -> Vec<Note> {
    let file = story.known.file.as_deref();
    let rests = story.rests.iter();
    rests
        .map(|rest| note(*rest, file.unwrap_or("the account")))
        .collect()
}

/// One thing that a story rests on. `file` is what leaves it open.
pub(in crate::render) fn note(rest: Rest<'_>, file: &str) -> Note {
    let (code, message) = match rest {
        Rest::Switch(id) => (
            "switch",
            format!("whether {id} is on is not declared in {file}: taken as off"),
        ),
        Rest::Enabled(held) => (
            "enabled",
            format!(
                "whether `{}` is on is not declared in {file}: taken as on, as a new rule is",
                held.rule.name
            ),
        ),
        Rest::OtherRules => (
            "otherRules",
            format!(
                "rules that {file} does not declare are left alone: one of them may take the call"
            ),
        ),
        Rest::Rules => (
            "rules",
            format!("the user's custom rules are not declared in {file}: taken as none"),
        ),
        Rest::Schedule(id) => {
            let taken = match id {
                StateId::AGENT => "the same as work-hours",
                _ => "around the clock",
            };
            (
                "schedule",
                format!("the schedule of {id} is not declared in {file}: taken as {taken}"),
            )
        }
        Rest::Agent => (
            "agent",
            format!("agent is not declared in {file}: the user is taken as no agent of any queue"),
        ),
        Rest::QueueCalls(held) => (
            "queueCalls",
            format!(
                "whether `{}` takes queue calls is not declared in {file}: taken as no",
                held.rule.name
            ),
        ),
        Rest::UnknownCondition => (
            "unknownCondition",
            "a rule has a condition that callrules does not know: taken as not met".to_owned(),
        ),
        Rest::Conditions(held) => (
            "conditions",
            format!(
                "the conditions of `{}` are not declared in {file}: only the account knows whether \
                 it takes this call",
                held.rule.name
            ),
        ),
        Rest::Dialled => (
            "dialled",
            "which number was dialled is not said: taken as none that a rule lists".to_owned(),
        ),
        Rest::Part(part) => {
            let what = match part {
                Part::All => "what happens to the call",
                Part::Rings => "who rings",
                Part::End => "where the call ends",
            };
            ("handling", format!("{what} is not declared in {file}"))
        }
    };
    Note { code, message }
}
