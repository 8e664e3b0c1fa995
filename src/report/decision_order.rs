//! Builds the decision order of a user: which state or rule is checked first, and which next.

use serde_json::{Value, json};

use super::YamlHumanizer;
use crate::model::to_yaml::YamlWriter;
use crate::model::{StateId, StateRule, UserRule};
use crate::routing::priority;
use crate::simulate::{PartialHandling, UndeclaredPart};

/// A state or rule that can handle calls.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionStep {
    /// The display name of the state or rule.
    pub name: String,
    /// The current summary; `None` if it is new.
    pub before: Option<CandidateSummary>,
    /// The desired summary; `None` if it is removed.
    pub after: Option<CandidateSummary>,
}

/// A summary of what a state or rule does.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateSummary {
    /// Whether it is enabled; `None` if it always is.
    pub switch: Option<&'static str>,
    /// The priority of an interaction rule.
    pub priority: Option<u8>,
    /// The calls that it matches.
    pub when: String,
    /// The handling of these calls.
    pub then: String,
}

impl DecisionStep {
    /// Returns whether both summaries are equal.
    pub fn is_same(&self) -> bool {
        self.before == self.after
    }
}

/// The decision order of a user, in the order in which a call is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionOrder {
    /// The switches, which are checked first.
    pub switches: Vec<DecisionStep>,
    /// The interaction rules, highest priority first.
    pub rules: Vec<DecisionStep>,
    /// The states for direct calls without a matching rule.
    pub hours: Vec<DecisionStep>,
    /// The states for queue calls without a matching rule.
    pub agent: Vec<DecisionStep>,
}

/// Returns the display name of a state.
pub(super) fn state_name(id: &str) -> &str {
    match id {
        StateId::FORWARD_ALL_CALLS => "Forward all calls",
        StateId::DND => "Do not disturb",
        StateId::WORK_HOURS => "Work hours",
        StateId::AFTER_HOURS => "After hours",
        StateId::AGENT => "Queue agent",
        other => other,
    }
}

/// Builds the decision order from both sides.
pub(super) fn build_decision_order(
    before: &PartialHandling,
    after: &PartialHandling,
    yaml_writer: YamlWriter<'_>,
    humanizer: &YamlHumanizer<'_>,
) -> DecisionOrder {
    let builder = DecisionOrderBuilder {
        before,
        after,
        yaml_writer,
        humanizer,
    };
    DecisionOrder {
        switches: builder.states(&[StateId::FORWARD_ALL_CALLS, StateId::DND]),
        rules: builder.rules(),
        hours: builder.states(&[StateId::WORK_HOURS, StateId::AFTER_HOURS]),
        agent: builder.states(&[StateId::AGENT]),
    }
}

struct DecisionOrderBuilder<'c> {
    before: &'c PartialHandling,
    after: &'c PartialHandling,
    yaml_writer: YamlWriter<'c>,
    humanizer: &'c YamlHumanizer<'c>,
}

impl DecisionOrderBuilder<'_> {
    /// Returns the steps of these states.
    fn states(&self, ids: &[&'static str]) -> Vec<DecisionStep> {
        let steps = ids.iter().filter_map(|id| {
            let [before, after] = [self.before, self.after].map(|side| {
                let state = side.handling.state(id);
                state.map(|state| self.state(state, side))
            });
            let is_there = before.is_some() || after.is_some();
            is_there.then(|| DecisionStep {
                name: state_name(id).to_owned(),
                before,
                after,
            })
        });
        steps.collect()
    }

    /// Summarizes a state for one side.
    fn state(&self, state: &StateRule, side: &PartialHandling) -> CandidateSummary {
        let id = state.id.as_str();
        let is_switch = matches!(id, StateId::FORWARD_ALL_CALLS | StateId::DND);
        let switch = is_switch.then_some(match state.state.enabled {
            Some(true) => "on",
            Some(false) => "off",
            None => "assumed off (not set in the files)",
        });
        let schedule = self.yaml_writer.state(&state.state);
        let schedule = { schedule.get("schedule") }
            .map(|value| self.humanizer.describe_value("schedule", value));
        let is_assumed =
            id == StateId::AGENT && side.is_undeclared(UndeclaredPart::Schedule(StateId::AGENT));
        let when = match (id, schedule) {
            (StateId::AFTER_HOURS, _) => "outside work hours".to_owned(),
            (_, Some(schedule)) => match schedule.as_str() {
                "daily all day" => "always".to_owned(),
                "work-hours" if is_assumed => {
                    "during work hours (assumed: not set in the files)".to_owned()
                }
                "work-hours" => "during work hours".to_owned(),
                "after-hours" => "outside work hours".to_owned(),
                _ => schedule,
            },
            (StateId::WORK_HOURS | StateId::AGENT, None) if side.file.is_some() => {
                "always (assumed: not set in the files)".to_owned()
            }
            (StateId::FORWARD_ALL_CALLS | StateId::DND, None) => "while it is on".to_owned(),
            (_, None) => "always".to_owned(),
        };
        let then = if side.leaves_undeclared(&state.id) {
            "as on the account (not set in the files)".to_owned()
        } else {
            self.then(&json!({ "dispatching": self.yaml_writer.dispatching(&state.dispatching) }))
        };
        CandidateSummary {
            switch,
            priority: None,
            when,
            then,
        }
    }

    /// Returns the rules of both sides, each once, by priority.
    fn rules(&self) -> Vec<DecisionStep> {
        let old = self.before.handling.rules();
        let new = self.after.handling.rules();
        let same = |a: &UserRule, b: &UserRule| match (&a.id, &b.id) {
            (Some(a), Some(b)) => a == b,
            _ => a.rule.name == b.rule.name,
        };
        let mut steps: Vec<DecisionStep> = new
            .iter()
            .map(|after| DecisionStep {
                name: after.rule.name.clone(),
                before: old
                    .iter()
                    .find(|before| same(before, after))
                    .map(|user_rule| self.rule(user_rule)),
                after: Some(self.rule(after)),
            })
            .collect();
        let gone = old
            .iter()
            .filter(|before| !new.iter().any(|after| same(before, after)));
        steps.extend(gone.map(|before| DecisionStep {
            name: before.rule.name.clone(),
            before: Some(self.rule(before)),
            after: None,
        }));
        let rank = |step: &DecisionStep| {
            let summary = step.after.as_ref().or(step.before.as_ref());
            summary
                .and_then(|summary| summary.priority)
                .unwrap_or_default()
        };
        steps.sort_by_key(|step| std::cmp::Reverse(rank(step)));
        steps
    }

    /// Summarizes an interaction rule.
    fn rule(&self, user_rule: &UserRule) -> CandidateSummary {
        let rule = self.yaml_writer.rule(&user_rule.rule);
        let conditions = user_rule.rule.conditions.as_ref();
        let mut when = self
            .humanizer
            .describe_conditions(|path| value_at(&rule, path));
        if when.is_empty() {
            when = match conditions {
                Some(_) => "every call".to_owned(),
                None => {
                    "the calls that it matches on the account (not set in the files)".to_owned()
                }
            };
        }
        if user_rule.rule.queue_calls_included == Some(true) {
            when += " · queue calls too";
        }
        CandidateSummary {
            switch: (user_rule.rule.enabled == Some(false)).then_some("off"),
            priority: conditions.map(priority),
            when,
            then: match user_rule.rule.dispatching {
                Some(_) => self.then(&rule),
                None => "as on the account (not set in the files)".to_owned(),
            },
        }
    }

    /// Describes the handling of calls.
    fn then(&self, rule: &Value) -> String {
        self.humanizer
            .describe_dispatching(|path| value_at(rule, path))
    }
}

/// Returns the part of a value at a path such as `a.b`.
fn value_at(value: &Value, path: &str) -> Option<Value> {
    let part = path.split('.').try_fold(value, |value, key| value.get(key));
    part.cloned()
}
