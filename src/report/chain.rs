//! Who is asked first to take a call, and who next: the decision chain of a user.

use serde_json::{Value, json};

use super::Say;
use super::world::World;
use crate::model::words::Words;
use crate::model::{HeldRule, StateId, StateRule};
use crate::routing::priority;

/// One that may take a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// As it is now; none where it is new.
    pub before: Option<Said>,
    /// As it shall be; none where it goes away.
    pub after: Option<Said>,
}

/// What something that may take a call does.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Whether it is on; nothing where that goes without saying.
    pub switch: Option<&'static str>,
    /// The priority of a rule.
    pub priority: Option<u8>,
    /// Which calls it takes.
    pub when: String,
    /// What happens to them.
    pub then: String,
}

impl Step {
    /// Whether it is the same in both worlds.
    pub fn is_same(&self) -> bool {
        self.before == self.after
    }
}

/// The decision chain of a user, in the order in which a call goes through it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// The switches, which come first.
    pub switches: Vec<Step>,
    /// The interaction rules, highest priority first.
    pub rules: Vec<Step>,
    /// What takes direct calls that no rule takes.
    pub hours: Vec<Step>,
    /// What takes queue calls that no rule takes.
    pub agent: Vec<Step>,
}

/// What a state is called.
pub(super) fn state_name(id: &str) -> &str {
    match id {
        StateId::FORWARD_ALL_CALLS => "Forward all calls",
        StateId::DND => "Do not disturb",
        StateId::WORK_HOURS => "Work hours",
        StateId::AFTER_HOURS => "After hours",
        StateId::AGENT => "Agent of a queue",
        other => other,
    }
}

pub(super) fn chain(before: &World, after: &World, words: Words<'_>, say: &Say<'_>) -> Chain {
    let teller = Chained {
        before,
        after,
        words,
        say,
    };
    Chain {
        switches: teller.states(&[StateId::FORWARD_ALL_CALLS, StateId::DND]),
        rules: teller.rules(),
        hours: teller.states(&[StateId::WORK_HOURS, StateId::AFTER_HOURS]),
        agent: teller.states(&[StateId::AGENT]),
    }
}

struct Chained<'c> {
    before: &'c World,
    after: &'c World,
    words: Words<'c>,
    say: &'c Say<'c>,
}

impl Chained<'_> {
    fn states(&self, ids: &[&'static str]) -> Vec<Step> {
        let steps = ids.iter().filter_map(|id| {
            let [before, after] = [self.before, self.after].map(|world| {
                let state = world.handling().state(id);
                state.map(|state| self.state(state, world))
            });
            let is_there = before.is_some() || after.is_some();
            is_there.then(|| Step {
                name: state_name(id).to_owned(),
                before,
                after,
            })
        });
        steps.collect()
    }

    fn state(&self, state: &StateRule, world: &World) -> Said {
        let id = state.id.as_str();
        let is_switch = matches!(id, StateId::FORWARD_ALL_CALLS | StateId::DND);
        let switch = is_switch.then_some(match state.state.enabled {
            Some(true) => "on",
            Some(false) => "off",
            None => "taken as off: the files leave it to the user",
        });
        let schedule = self.words.state(&state.state);
        let schedule = { schedule.get("schedule") }.map(|value| self.say.value("schedule", value));
        let when = match (id, schedule) {
            (StateId::AFTER_HOURS, _) => "outside work hours".to_owned(),
            (_, Some(schedule)) => match schedule.as_str() {
                "daily all day" => "at every time".to_owned(),
                "work-hours" => "in work hours".to_owned(),
                "after-hours" => "outside work hours".to_owned(),
                _ => schedule,
            },
            (StateId::WORK_HOURS | StateId::AGENT, None) if matches!(world, World::Declared(_)) => {
                "taken as at every time: the files do not say".to_owned()
            }
            (StateId::FORWARD_ALL_CALLS | StateId::DND, None) => "while it is on".to_owned(),
            (_, None) => "at every time".to_owned(),
        };
        let then = match world.leaves_open(state) {
            true => "as on the account: the files do not say".to_owned(),
            false => {
                self.then(&json!({ "dispatching": self.words.dispatching(&state.dispatching) }))
            }
        };
        Said {
            switch,
            priority: None,
            when,
            then,
        }
    }

    /// The rules of both worlds, each once, in the order of their priority.
    fn rules(&self) -> Vec<Step> {
        let old = self.before.handling().rules();
        let new = self.after.handling().rules();
        let same = |a: &HeldRule, b: &HeldRule| match (&a.id, &b.id) {
            (Some(a), Some(b)) => a == b,
            _ => a.rule.name == b.rule.name,
        };
        let mut steps: Vec<Step> = { new.iter() }
            .map(|after| Step {
                name: after.rule.name.clone(),
                before: { old.iter() }
                    .find(|before| same(before, after))
                    .map(|held| self.rule(held)),
                after: Some(self.rule(after)),
            })
            .collect();
        let gone = old
            .iter()
            .filter(|before| !new.iter().any(|after| same(before, after)));
        steps.extend(gone.map(|before| Step {
            name: before.rule.name.clone(),
            before: Some(self.rule(before)),
            after: None,
        }));
        let rank = |step: &Step| {
            let said = step.after.as_ref().or(step.before.as_ref());
            said.and_then(|said| said.priority).unwrap_or_default()
        };
        steps.sort_by_key(|step| std::cmp::Reverse(rank(step)));
        steps
    }

    fn rule(&self, held: &HeldRule) -> Said {
        let rule = self.words.rule(&held.rule);
        let conditions = held.rule.conditions.as_ref();
        let mut when = self.say.when(|path| at(&rule, path));
        if when.is_empty() {
            when = match conditions {
                Some(_) => "every call".to_owned(),
                None => "the calls that it takes on the account: the files do not say".to_owned(),
            };
        }
        if held.rule.queue_calls_included == Some(true) {
            when += " · queue calls too";
        }
        Said {
            switch: (held.rule.enabled == Some(false)).then_some("off"),
            priority: conditions.map(priority),
            when,
            then: match held.rule.dispatching {
                Some(_) => self.then(&rule),
                None => "as on the account: the files do not say".to_owned(),
            },
        }
    }

    fn then(&self, words: &Value) -> String {
        self.say.then(|path| at(words, path))
    }
}

/// The part of a value at `a.b`.
fn at(value: &Value, path: &str) -> Option<Value> {
    let part = path.split('.').try_fold(value, |value, key| value.get(key));
    part.cloned()
}
