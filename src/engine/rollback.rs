//! The way back from an apply. Pure: no I/O, no clock.
//!
//! What an apply wrote is put back only where it still stands: whoever has changed it since had a reason.

use serde_json::Value;

use super::diff::{LiveUser, Problem, Subject};
use super::fetch::Wanted;
use super::plan::{Change, Reason, Resource, UserPlan};
use super::seen::Seen;
use super::{rules, states};
use crate::model::words::Words;
use crate::model::{Directory, Dispatching, ExtensionId, Rule, State, StateId};
use crate::wire::lay::{self, Fill};
use crate::wire::{Body, InteractionRule, StateRule, convert};

/// What a write did to a rule or state.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What was sent.
    pub change: &'a Change,
    /// The whole rule as it was, for a state the rule that embeds it; none where there was none.
    pub before: Option<&'a Value>,
    /// The whole rule as the account answered, where it did.
    pub after: Option<&'a Value>,
    /// The rule of the state that went away with this write, as it was.
    pub vanished: Option<&'a Value>,
}

/// What must be sent so that a user is as before these writes, and what has moved since and is left
/// alone.
pub fn rollback(
    user: &ExtensionId,
    steps: &[Step<'_>],
    live: &LiveUser,
    directory: &Directory,
) -> (UserPlan, Vec<Problem>) {
    let words = Words::new(directory);
    let undo = Undo {
        rules: rules::Differ { owner: user, words },
        states: states::Differ { owner: user, words },
        live,
    };
    let mut changes = Vec::new();
    let mut problems = Vec::new();
    for step in steps.iter().rev() {
        match undo.step(step) {
            Ok(undone) => changes.extend(undone),
            Err(Moved(what)) => problems.push(Problem {
                subject: match step.change.resource {
                    Resource::InteractionRule => Subject::Rule(step.change.name.clone()),
                    _ => Subject::State(step.change.name.as_str().into()),
                },
                key: None,
                message: what.to_owned(),
                help: None,
                is_warning: true,
            }),
        }
    }
    changes.sort_by_key(|change| (change.resource, change.action));
    let both = Wanted {
        user: user.clone(),
        rules: true,
        states: true,
    };
    let seen = Seen::of(&both, live, &changes);
    let extension = directory.by_id(user);
    let plan = UserPlan {
        extension_number: extension.and_then(|user| user.number.clone()),
        id: user.clone(),
        name: extension.map(|user| user.name.clone()).unwrap_or_default(),
        changes,
        unmanaged: Vec::new(),
        notes: Vec::new(),
        seen,
    };
    (plan, problems)
}

/// Why a write is not undone: somebody else has been there.
struct Moved(&'static str);

const CHANGED: Moved = Moved("has been changed since, and is left alone");
const GONE: Moved = Moved("has been deleted since, and is left alone");
const TAKEN: Moved = Moved("another rule has this name now, and is left alone");

struct Undo<'a> {
    rules: rules::Differ<'a>,
    states: states::Differ<'a>,
    live: &'a LiveUser,
}

impl Undo<'_> {
    fn step(&self, step: &Step<'_>) -> Result<Vec<Change>, Moved> {
        Ok(match step.change.resource {
            Resource::InteractionRule => self.rule(step)?.into_iter().collect(),
            Resource::StateRule => self.state_rule(step)?.into_iter().collect(),
            Resource::State => {
                let state = self.state(step)?;
                // With the schedule its state comes back, but not what was said of it.
                let vanished = step.vanished.filter(|_| state.is_some());
                let vanished = vanished.and_then(Value::as_object).map(|rule| {
                    let id = StateId::AFTER_HOURS.into();
                    self.states.state_rule_with(&id, dispatching_of(rule), None)
                });
                state.into_iter().chain(vanished).collect()
            }
        })
    }

    fn rule(&self, step: &Step<'_>) -> Result<Option<Change>, Moved> {
        let read = |body: &Body| convert::interaction_rule(body, self.rules.owner);
        let before = step.before.and_then(Value::as_object);
        let asked = step.after.or(step.change.request.body.as_ref());
        let asked = asked.and_then(Value::as_object).map(read);
        let now = self.now(step, asked.as_ref());
        let is = |rule: &InteractionRule, wanted: Option<&Rule>| Some(&read(&rule.body)) == wanted;
        match (before, now) {
            (None, None) => Ok(None),
            (None, Some(made)) if is(made, asked.as_ref()) => {
                Ok(Some(self.rules.delete(made, Reason::MadeByThatApply)))
            }
            (None, Some(_)) => Err(CHANGED),
            (Some(before), Some(now)) if is(now, Some(&read(before))) => Ok(None),
            (Some(before), Some(now)) if is(now, asked.as_ref()) => {
                Ok(Some(self.rules.update_with(self.body(before), now)))
            }
            (Some(_), Some(_)) => Err(CHANGED),
            // It was deleted, by that apply or by somebody since.
            (Some(before), None) if step.change.request.body.is_none() => {
                let name = convert::interaction_rule(before, self.rules.owner).name;
                match self
                    .live
                    .rules
                    .iter()
                    .find(|rule| rule.display_name == name)
                {
                    None => Ok(Some(self.rules.create_with(self.body(before)))),
                    Some(other) if is(other, Some(&read(before))) => Ok(None),
                    Some(_) => Err(TAKEN),
                }
            }
            (Some(_), None) => Err(GONE),
        }
    }

    /// The live rule that a write was about: by its id, which for a new one the answer tells. Where there
    /// was no answer, the one of that name and content is it.
    fn now(&self, step: &Step<'_>, asked: Option<&Rule>) -> Option<&InteractionRule> {
        let told = step
            .after
            .and_then(|after| convert::string(after.get("id")));
        let id = step.change.rule_id.clone().or(told);
        self.live.rules.iter().find(|rule| match &id {
            Some(id) => rule.id == *id,
            None => {
                let now = convert::interaction_rule(&rule.body, self.rules.owner);
                Some(&now) == asked
            }
        })
    }

    /// A rule as it was, in the form in which it is written.
    fn body(&self, before: &Body) -> Body {
        let unchanged = Rule {
            enabled: None,
            conditions: None,
            queue_calls_included: None,
            dispatching: None,
            name: convert::interaction_rule(before, self.rules.owner).name,
        };
        // Only a rule without conditions or dispatching has a gap, and then there is nothing to add.
        lay::interaction_rule(Some(before), &unchanged, self.rules.owner, Fill::Nothing)
            .unwrap_or_else(|_| before.clone())
    }

    fn state_rule(&self, step: &Step<'_>) -> Result<Option<Change>, Moved> {
        let read = |body: &Body| convert::state_dispatching(body, self.states.owner);
        let before = step.before.and_then(Value::as_object);
        let asked = step.after.or(step.change.request.body.as_ref());
        let asked: Option<Dispatching> = asked.and_then(Value::as_object).map(read);
        let now = self
            .live_state(&step.change.name)
            .map(|rule| read(&rule.body));
        match (before, now) {
            // A state that appeared goes when the work hours are put back.
            (None, _) => Ok(None),
            (Some(_), None) => Err(GONE),
            (Some(before), Some(now)) if now == read(before) => Ok(None),
            (Some(before), Some(now)) if Some(&now) == asked.as_ref() => {
                let id = step.change.name.as_str().into();
                let body = dispatching_of(before);
                Ok(Some(self.states.state_rule_with(&id, body, Some(&now))))
            }
            (Some(_), Some(_)) => Err(CHANGED),
        }
    }

    fn state(&self, step: &Step<'_>) -> Result<Option<Change>, Moved> {
        let id: StateId = step.change.name.as_str().into();
        let Some(before_rule) = step.before.and_then(Value::as_object) else {
            return Ok(None);
        };
        let before = convert::state(before_rule);
        let asked = step.change.request.body.as_ref();
        let asked = asked.map(|body| convert::state(&embedded(body.clone())));
        let now = self.live_state(id.as_str()).ok_or(GONE)?;
        let now = convert::state(&now.body);
        // What the write did not say, the switch of work hours, is as it was.
        let asked = asked.map(|asked| State {
            enabled: asked.enabled.or(before.enabled),
            schedule: asked.schedule.or_else(|| before.schedule.clone()),
        });
        if now == before {
            return Ok(None);
        }
        if Some(&now) != asked.as_ref() {
            return Err(CHANGED);
        }
        let body = lay::state(&id, before_rule, &State::default());
        Ok(Some(self.states.state_with(&id, body, &now, &before)))
    }

    fn live_state(&self, id: &str) -> Option<&StateRule> {
        self.live.state_rules.iter().find(|rule| rule.id == id)
    }
}

/// A state as a state rule embeds it.
fn embedded(state: Value) -> Body {
    Body::from_iter([("state".to_owned(), state)])
}

/// What is written of a state rule.
fn dispatching_of(rule: &Body) -> Body {
    let dispatching = rule.get("dispatching").cloned();
    let dispatching = dispatching.map(|dispatching| ("dispatching".to_owned(), dispatching));
    dispatching.into_iter().collect()
}
