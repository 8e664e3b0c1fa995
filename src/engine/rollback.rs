//! The way back from an apply. Pure: no I/O, no clock.
//!
//! What an apply wrote is put back only where it still stands: whoever has changed it since had a reason.
//! A user with one rule that has moved is left as a whole: half of a way back is a state that nobody has
//! ever wanted.

mod step;

use serde_json::{Value, json};

pub use step::{Fate, Step, Stray};

use super::apply::{differences, says_the_same};
use super::fetch::Wanted;
use super::fields;
use super::live::LiveUser;
use super::plan::{Change, FieldChange, Reason, Resource, UserPlan};
use super::seen::Seen;
use super::{rules, states};
use crate::model::words::Words;
use crate::model::{Directory, ExtensionId, Rule, State, StateId, StateSchedule};
use crate::wire::lay::{self, Fill};
use crate::wire::{Body, InteractionRule, StateRule, convert};

/// What must be sent so that a user is as before these writes; or, where something has moved since, what.
pub fn rollback(
    user: &ExtensionId,
    steps: &[Step<'_>],
    live: &LiveUser,
    directory: &Directory,
) -> Result<UserPlan, Vec<Stray>> {
    let words = Words::new(directory);
    let undo = Undo {
        rules: rules::Differ { owner: user, words },
        states: states::Differ { owner: user, words },
        live,
        steps,
    };
    let mut changes = Vec::new();
    let mut strays = Vec::new();
    for step in steps.iter().rev() {
        match undo.step(step) {
            Ok(undone) => changes.extend(undone),
            Err(fate) => strays.push(Stray {
                resource: step.change.resource,
                name: step.change.name.clone(),
                rule_id: step.rule_id(),
                fate,
            }),
        }
    }
    if !strays.is_empty() {
        strays.reverse();
        return Err(strays);
    }
    changes.sort_by_key(|change| (change.resource, change.action));
    let seen = Seen::of(&Wanted::to_undo(user, steps), live, &changes);
    let extension = directory.by_id(user);
    Ok(UserPlan {
        extension_number: extension.and_then(|user| user.number.clone()),
        id: user.clone(),
        name: extension.map(|user| user.name.clone()).unwrap_or_default(),
        changes,
        live_rules: live.rules().len(),
        unmanaged: Vec::new(),
        notes: Vec::new(),
        impact: Vec::new(),
        seen,
    })
}

struct Undo<'a> {
    rules: rules::Differ<'a>,
    states: states::Differ<'a>,
    live: &'a LiveUser,
    steps: &'a [Step<'a>],
}

impl Undo<'_> {
    fn step(&self, step: &Step<'_>) -> Result<Vec<Change>, Fate> {
        Ok(match step.change.resource {
            Resource::InteractionRule => {
                let twins = self.twins(step)?;
                self.rule(step)?.into_iter().chain(twins).collect()
            }
            Resource::StateRule => self.state_rule(step)?.into_iter().collect(),
            Resource::State => {
                let state = self.state(step)?;
                let after_hours = self.after_hours(step, state.is_some());
                state.into_iter().chain(after_hours).collect()
            }
        })
    }

    fn rule(&self, step: &Step<'_>) -> Result<Option<Change>, Fate> {
        let owner = self.rules.owner;
        let before = step.before.and_then(Value::as_object);
        if step.rule_id().is_none() {
            let fit = self
                .live
                .rules()
                .iter()
                .filter(|rule| self.is_of(step, rule));
            let ids: Vec<String> = fit.map(|rule| rule.id.clone()).collect();
            if ids.len() > 1 {
                return Err(Fate::Several(ids));
            }
        }
        match (before, self.now(step)) {
            // It is gone already, or there is another of its name since.
            (None, None) => match self.named(&step.change.name) {
                Some(other) if step.after.is_some() => Err(Fate::NameTaken(other.id.clone())),
                _ => Ok(None),
            },
            (None, Some(made)) if self.stands(step, &made.body) => {
                let reason = match step.after {
                    Some(_) => Reason::MadeByThatApply,
                    None => Reason::AskedForByThatApply,
                };
                Ok(Some(self.rules.delete(made, reason)))
            }
            (None, Some(made)) => Err(self.changed(step, &made.body)),
            (Some(before), Some(now)) if says_the_same(&now.body, before, owner) => Ok(None),
            (Some(before), Some(now)) if self.stands(step, &now.body) => {
                Ok(Some(self.rules.update_with(self.body(before), now)))
            }
            (Some(_), Some(now)) => Err(self.changed(step, &now.body)),
            // It was deleted, by that apply or by somebody since.
            (Some(before), None) if step.change.request.body.is_none() => {
                let name = convert::interaction_rule(before, owner).name;
                match self.named(&name) {
                    None => Ok(Some(self.rules.create_with(self.body(before)))),
                    Some(other) if says_the_same(&other.body, before, owner) => Ok(None),
                    Some(other) => Err(Fate::NameTaken(other.id.clone())),
                }
            }
            (Some(_), None) => Err(match self.named(&step.change.name) {
                Some(other) => Fate::NameTaken(other.id.clone()),
                None => Fate::Gone,
            }),
        }
    }

    /// The live rule that a write was about: by its id. Where there was no answer to tell that, the one of
    /// that name that says what was asked is it.
    fn now(&self, step: &Step<'_>) -> Option<&InteractionRule> {
        self.live.rules().iter().find(|rule| self.is_of(step, rule))
    }

    fn is_of(&self, step: &Step<'_>, rule: &InteractionRule) -> bool {
        match step.rule_id() {
            Some(id) => rule.id == id,
            None => rule.display_name == step.change.name && self.stands(step, &rule.body),
        }
    }

    /// Deletes what a create made beside its rule.
    fn twins(&self, step: &Step<'_>) -> Result<Vec<Change>, Fate> {
        let twins = self.live.rules().iter();
        let twins = twins.filter(|rule| step.twins.contains(&rule.id));
        let undone = |rule: &InteractionRule| match self.stands(step, &rule.body) {
            true => Ok(self.rules.delete(rule, Reason::MadeByThatApply)),
            false => Err(self.changed(step, &rule.body)),
        };
        twins.map(undone).collect()
    }

    /// The live rule of a name that keeps this name.
    fn named(&self, name: &str) -> Option<&InteractionRule> {
        let mut rules = self.live.rules().iter();
        rules.find(|rule| rule.display_name == name && !self.lets_go(rule))
    }

    /// Whether a rule is deleted or renamed on the way back.
    fn lets_go(&self, rule: &InteractionRule) -> bool {
        let owner = self.rules.owner;
        let mut steps = self.steps.iter();
        steps.any(|step| {
            let is_meant = step.change.resource == Resource::InteractionRule
                && (self.is_of(step, rule) || step.twins.contains(&rule.id));
            let before = step.before.and_then(Value::as_object);
            let name = before.map(|before| convert::interaction_rule(before, owner).name);
            is_meant && self.stands(step, &rule.body) && name.as_ref() != Some(&rule.display_name)
        })
    }

    /// Whether a rule is still as the write left it: as the account answered, or, where there was no
    /// answer, as it was asked to be.
    fn stands(&self, step: &Step<'_>, now: &Body) -> bool {
        let owner = self.rules.owner;
        let read = |body: &Body| convert::interaction_rule(body, owner);
        match step.after.and_then(Value::as_object) {
            Some(after) => read(after) == read(now),
            None => as_asked(step.change, owner, now),
        }
    }

    /// How a rule is no longer as the write left it.
    fn changed(&self, step: &Step<'_>, now: &Body) -> Fate {
        let read = |body: &Body| convert::interaction_rule(body, self.rules.owner);
        Fate::Changed(match step.after.and_then(Value::as_object) {
            Some(after) => rules::fields_between(self.rules.words, &read(after), &read(now)),
            None => since_asked(step.change, self.rules.owner, now),
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

    fn state_rule(&self, step: &Step<'_>) -> Result<Option<Change>, Fate> {
        let read = |body: &Body| convert::state_dispatching(body, self.states.owner);
        let before = step.before.and_then(Value::as_object);
        let now = self.live_state(&step.change.name).map(|now| &now.body);
        let (before, now) = match (before, now) {
            (Some(before), Some(now)) => (before, now),
            (Some(_), None) => return Err(Fate::Gone),
            // A state that appeared goes when the work hours are put back, and with it what somebody has
            // said of it since.
            (None, Some(now)) if step.after.is_some() && !self.rings_as_left(step, now) => {
                return Err(self.rings_otherwise(step, now));
            }
            (None, _) => return Ok(None),
        };
        if read(now) == read(before) {
            return Ok(None);
        }
        if !self.rings_as_left(step, now) {
            return Err(self.rings_otherwise(step, now));
        }
        let id = step.change.name.as_str().into();
        let body = dispatching_of(before);
        Ok(Some(self.states.state_rule_with(
            &id,
            body,
            Some(&read(now)),
        )))
    }

    fn state(&self, step: &Step<'_>) -> Result<Option<Change>, Fate> {
        let Some(before_rule) = step.before.and_then(Value::as_object) else {
            return Ok(None);
        };
        let id: StateId = step.change.name.as_str().into();
        let now_rule = &self.live_state(id.as_str()).ok_or(Fate::Gone)?.body;
        let (before, now) = (convert::state(before_rule), convert::state(now_rule));
        if now == before {
            return Ok(None);
        }
        let state = now_rule.get("state").and_then(Value::as_object);
        let answered = step.after.map(|after| convert::state(&embedded(after)));
        let is_as_left = answered.as_ref() == Some(&now)
            || state.is_some_and(|state| as_asked(step.change, self.states.owner, state));
        if !is_as_left {
            let words = self.states.words;
            return Err(Fate::Changed(match answered {
                Some(left) => fields::between(&words.state(&left), &words.state(&now)),
                None => state.map_or_else(Vec::new, |state| {
                    since_asked(step.change, self.states.owner, state)
                }),
            }));
        }
        let body = lay::state(&id, before_rule, &State::default());
        Ok(Some(self.states.state_with(&id, body, &now, &before)))
    }

    /// Whether calls in a state are still handled as a write left it.
    fn rings_as_left(&self, step: &Step<'_>, now: &Body) -> bool {
        let owner = self.states.owner;
        let read = |body: &Body| convert::state_dispatching(body, owner);
        let after = step.after.and_then(Value::as_object);
        after.map(read) == Some(read(now)) || as_asked(step.change, owner, now)
    }

    /// How calls in a state are no longer handled as a write left it.
    fn rings_otherwise(&self, step: &Step<'_>, now: &Body) -> Fate {
        let states::Differ { owner, words } = self.states;
        let told = |body: &Body| {
            let dispatching = convert::state_dispatching(body, owner);
            json!({ "dispatching": words.dispatching(&dispatching) })
        };
        Fate::Changed(match step.after.and_then(Value::as_object) {
            Some(after) => fields::between(&told(after), &told(now)),
            None => since_asked(step.change, owner, now),
        })
    }

    /// What was said of after-hours before the write took them away: with the work hours the state comes
    /// back, and not what was said of it. Also where somebody else has brought it back, such as a
    /// rollback that was killed.
    fn after_hours(&self, step: &Step<'_>, comes_back: bool) -> Option<Change> {
        let read = |body: &Body| convert::state_dispatching(body, self.states.owner);
        let was = step.after_hours.and_then(Value::as_object)?;
        let asked = convert::state(&embedded(step.change.request.body.as_ref()?));
        let now = self
            .live_state(StateId::AFTER_HOURS)
            .map(|now| read(&now.body));
        let is_missing = match &now {
            None => comes_back,
            Some(now) => *now != read(was),
        };
        if !is_always(&asked) || !is_missing {
            return None;
        }
        let id = StateId::AFTER_HOURS.into();
        let body = dispatching_of(was);
        Some(self.states.state_rule_with(&id, body, now.as_ref()))
    }

    fn live_state(&self, id: &str) -> Option<&StateRule> {
        self.live.state_rules().iter().find(|rule| rule.id == id)
    }
}

/// Whether a rule or state says what a write asked for.
fn as_asked(change: &Change, owner: &ExtensionId, now: &Body) -> bool {
    change.request.body.is_some() && since_asked(change, owner, now).is_empty()
}

/// How a rule or state differs from what a write asked for.
fn since_asked(change: &Change, owner: &ExtensionId, now: &Body) -> Vec<FieldChange> {
    differences(change, owner, &Value::Object(now.clone()))
}

/// A state as a state rule embeds it.
fn embedded(state: &Value) -> Body {
    Body::from_iter([("state".to_owned(), state.clone())])
}

fn is_always(state: &State) -> bool {
    matches!(&state.schedule, Some(StateSchedule::Own(schedule)) if schedule.is_always())
}

/// What is written of a state rule.
fn dispatching_of(rule: &Body) -> Body {
    let dispatching = rule.get("dispatching").cloned();
    let dispatching = dispatching.map(|dispatching| ("dispatching".to_owned(), dispatching));
    dispatching.into_iter().collect()
}
