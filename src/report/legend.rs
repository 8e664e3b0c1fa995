//! The legend: what callers notice, each entry with a letter and a style.

use serde_json::Value;

use super::YamlHumanizer;
use crate::model::CallDestination;
use crate::reconcile::ImpactBuilder;
use crate::render::impact;
use crate::routing::{CallHandler, CallOutcome, TimeSlot};
use crate::simulate::PartialHandling;

/// The rough kind of an outcome, which decides color and pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LegendKind {
    /// A phone or app rings.
    Rings,
    /// The call goes to voicemail.
    Voicemail,
    /// The call goes to another phone number.
    Number,
    /// The call goes to another extension.
    Extension,
    /// An announcement is played.
    Announcement,
    /// The queue tries the next agent.
    QueueSkips,
    /// Two rules match with the same priority.
    Ambiguous,
    /// The files do not set it.
    Undeclared,
    /// Any other outcome of a call.
    Other,
}

impl LegendKind {
    fn from_outcome(outcome: &CallOutcome) -> Self {
        let flow = match outcome {
            CallOutcome::Flow(flow) => flow,
            CallOutcome::Ambiguous(_) => return LegendKind::Ambiguous,
            CallOutcome::QueueSkips(_) => return LegendKind::QueueSkips,
            CallOutcome::UnreadStates | CallOutcome::NoState(_) => return LegendKind::Undeclared,
        };
        match &flow.end {
            _ if !(flow.rings.is_empty() && flow.rings_always.is_empty()) => LegendKind::Rings,
            Some(CallDestination::Voicemail { .. }) => LegendKind::Voicemail,
            Some(CallDestination::PhoneNumber { .. } | CallDestination::CloudConnector(_)) => {
                LegendKind::Number
            }
            Some(CallDestination::Extension(_)) => LegendKind::Extension,
            Some(CallDestination::Announcement { .. }) => LegendKind::Announcement,
            Some(CallDestination::Other(_)) | None => LegendKind::Other,
        }
    }

    /// Returns the CSS class of the kind.
    pub(super) fn css_class(self) -> &'static str {
        match self {
            LegendKind::Rings => "rings",
            LegendKind::Voicemail => "voicemail",
            LegendKind::Number => "number",
            LegendKind::Extension => "extension",
            LegendKind::Announcement => "announcement",
            LegendKind::QueueSkips => "goes-on",
            LegendKind::Ambiguous => "unclear",
            LegendKind::Undeclared => "open",
            LegendKind::Other => "other",
        }
    }
}

/// An outcome that callers notice.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendEntry {
    /// The letter: `A` to `Z`, then `AA`.
    pub letter: String,
    /// The rough kind of the outcome.
    pub kind: LegendKind,
    /// The number of earlier entries of this kind; each has another shade.
    pub shade: usize,
    /// The full description of the outcome.
    pub text: String,
}

/// All outcomes for the callers of one user, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct CallLegend {
    outcomes: Vec<(CallOutcome, bool)>,
    pub(super) entries: Vec<LegendEntry>,
}

impl CallLegend {
    /// Returns the index of the outcome of a slot, and adds it if it is new.
    pub(super) fn entry_for(
        &mut self,
        slot: &TimeSlot<'_>,
        side: &PartialHandling,
        impact_builder: &ImpactBuilder<'_>,
        humanizer: &YamlHumanizer<'_>,
    ) -> usize {
        let is_open = is_undeclared(side, &slot.by);
        let same =
            |(known, open): &(CallOutcome, bool)| *open == is_open && !known.differs(&slot.outcome);
        if let Some(at) = self.outcomes.iter().position(same) {
            return at;
        }
        let (kind, text) = if is_open {
            let state = describe_handlers(&slot.by).to_lowercase();
            let text = format!("as on the account ({state}; not set in the files)");
            (LegendKind::Undeclared, text)
        } else {
            let mut text = describe_outcome(humanizer, &impact_builder.outcome(&slot.outcome));
            if slot
                .by
                .iter()
                .any(|handler| side.is_partially_declared(handler))
            {
                text += " (parts that the files do not set stay as on the account)";
            }
            (LegendKind::from_outcome(&slot.outcome), text)
        };
        let same_kind = self.entries.iter().filter(|entry| entry.kind == kind);
        self.entries.push(LegendEntry {
            letter: legend_letter(self.entries.len()),
            kind,
            shade: same_kind.count(),
            text,
        });
        self.outcomes.push((slot.outcome.clone(), is_open));
        self.outcomes.len() - 1
    }
}

/// Returns whether the files leave open what all of these handlers do.
fn is_undeclared(side: &PartialHandling, by: &[CallHandler<'_>]) -> bool {
    let is_open = |handler: &CallHandler<'_>| match handler {
        CallHandler::State(state) => side.leaves_undeclared(&state.id),
        _ => false,
    };
    !by.is_empty() && by.iter().all(is_open)
}

/// Describes an outcome, with the prompts before it.
fn describe_outcome(humanizer: &YamlHumanizer<'_>, outcome: &Value) -> String {
    let mut text = impact::describe_outcome(humanizer, outcome);
    for (key, word) in [
        ("greeting", "plays first"),
        ("connectingMessage", "then plays the message"),
        ("connectingAudio", "plays while connecting"),
        ("screening", "screens callers"),
    ] {
        if let Some(value) = outcome.get(key) {
            text += &format!("; {word} {}", humanizer.describe_value(key, value));
        }
    }
    text
}

/// Returns the letter of an entry.
fn legend_letter(number: usize) -> String {
    let last = u8::try_from(number % 26).unwrap_or_default();
    let last = char::from(b'A' + last);
    match number / 26 {
        0 => last.to_string(),
        more => legend_letter(more - 1) + &last.to_string(),
    }
}

/// Describes the handlers of a slot.
pub(super) fn describe_handlers(by: &[CallHandler<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for handler in by {
        let name = describe_handler(handler);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("; ")
}

/// Describes a handler in words.
fn describe_handler(handler: &CallHandler<'_>) -> String {
    match handler {
        CallHandler::Rule(user_rule) => format!("rule “{}”", user_rule.rule.name),
        CallHandler::Ambiguous(rules) => {
            let names: Vec<String> = rules
                .iter()
                .map(|user_rule| format!("“{}”", user_rule.rule.name))
                .collect();
            format!(
                "rules {}: same priority, so RingCentral decides",
                names.join(" or ")
            )
        }
        CallHandler::State(state) => {
            super::decision_order::state_name(state.id.as_str()).to_owned()
        }
        CallHandler::QueueSkips(_) => "the user gets no queue calls then".to_owned(),
        CallHandler::UnreadStates => "the states".to_owned(),
        CallHandler::NoState(id) => super::decision_order::state_name(id).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_the_last() {
        let letters = [0, 1, 25, 26, 27, 52].map(legend_letter);
        assert_eq!(letters, ["A", "B", "Z", "AA", "AB", "BA"]);
    }
}
