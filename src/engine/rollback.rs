//! The way back from an apply. Pure: no I/O, no clock.
//!
//! What an apply wrote is put back only where it still stands: whoever has changed it since had a reason.

use serde_json::Value;

use super::apply::{differences, says_the_same};
use super::diff::{LiveUser, Problem, Subject};
use super::fetch::Wanted;
use super::plan::{Change, Reason, Resource, UserPlan};
use super::seen::Seen;
use super::{rules, states};
use crate::model::words::Words;
use crate::model::{Directory, ExtensionId, Rule, State, StateId, StateSchedule};
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
    /// Beside a change of work hours: the rule of the state after-hours, as it was.
    pub after_hours: Option<&'a Value>,
}

impl Wanted {
    /// The lists in which these steps can be seen.
    pub fn to_undo(user: &ExtensionId, steps: &[Step<'_>]) -> Self {
        let is_rule = |step: &Step<'_>| step.change.resource == Resource::InteractionRule;
        Wanted {
            user: user.clone(),
            rules: steps.iter().any(is_rule),
            states: !steps.iter().all(is_rule),
        }
    }
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
        steps,
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
    let seen = Seen::of(&Wanted::to_undo(user, steps), live, &changes);
    let extension = directory.by_id(user);
    let plan = UserPlan {
        extension_number: extension.and_then(|user| user.number.clone()),
        id: user.clone(),
        name: extension.map(|user| user.name.clone()).unwrap_or_default(),
        changes,
        live_rules: live.rules.len(),
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
    steps: &'a [Step<'a>],
}

impl Undo<'_> {
    fn step(&self, step: &Step<'_>) -> Result<Vec<Change>, Moved> {
        Ok(match step.change.resource {
            Resource::InteractionRule => self.rule(step)?.into_iter().collect(),
            Resource::StateRule => self.state_rule(step)?.into_iter().collect(),
            Resource::State => {
                let state = self.state(step)?;
                let after_hours = self.after_hours(step, state.is_some());
                state.into_iter().chain(after_hours).collect()
            }
        })
    }

    fn rule(&self, step: &Step<'_>) -> Result<Option<Change>, Moved> {
        let owner = self.rules.owner;
        let before = step.before.and_then(Value::as_object);
        match (before, self.now(step)) {
            // It is gone already, or there is another of its name since.
            (None, None) => match self.named(&step.change.name) {
                Some(_) if step.after.is_some() => Err(TAKEN),
                _ => Ok(None),
            },
            (None, Some(made)) if self.stands(step, &made.body) => {
                let reason = match step.after {
                    Some(_) => Reason::MadeByThatApply,
                    None => Reason::AskedForByThatApply,
                };
                Ok(Some(self.rules.delete(made, reason)))
            }
            (None, Some(_)) => Err(CHANGED),
            (Some(before), Some(now)) if says_the_same(&now.body, before, owner) => Ok(None),
            (Some(before), Some(now)) if self.stands(step, &now.body) => {
                Ok(Some(self.rules.update_with(self.body(before), now)))
            }
            (Some(_), Some(_)) => Err(CHANGED),
            // It was deleted, by that apply or by somebody since.
            (Some(before), None) if step.change.request.body.is_none() => {
                let name = convert::interaction_rule(before, owner).name;
                match self.named(&name) {
                    None => Ok(Some(self.rules.create_with(self.body(before)))),
                    Some(other) if says_the_same(&other.body, before, owner) => Ok(None),
                    Some(_) => Err(TAKEN),
                }
            }
            (Some(_), None) => Err(GONE),
        }
    }

    /// The live rule that a write was about: by its id, which for a new one the answer tells. Where there
    /// was no answer, the one of that name that says what was asked is it.
    fn now(&self, step: &Step<'_>) -> Option<&InteractionRule> {
        let told = step
            .after
            .and_then(|after| convert::string(after.get("id")));
        let id = step.change.rule_id.clone().or(told);
        self.live.rules.iter().find(|rule| match &id {
            Some(id) => rule.id == *id,
            None => rule.display_name == step.change.name && self.stands(step, &rule.body),
        })
    }

    /// The live rule of a name that keeps this name.
    fn named(&self, name: &str) -> Option<&InteractionRule> {
        let mut rules = self.live.rules.iter();
        rules.find(|rule| rule.display_name == name && !self.lets_go(rule))
    }

    /// Whether a rule is deleted or renamed on the way back.
    fn lets_go(&self, rule: &InteractionRule) -> bool {
        let owner = self.rules.owner;
        let mut steps = self.steps.iter();
        steps.any(|step| {
            let is_meant = step.change.resource == Resource::InteractionRule
                && self.now(step).is_some_and(|now| now.id == rule.id);
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
        let owner = self.states.owner;
        let read = |body: &Body| convert::state_dispatching(body, owner);
        // A state that appeared goes when the work hours are put back.
        let Some(before) = step.before.and_then(Value::as_object) else {
            return Ok(None);
        };
        let now = &self.live_state(&step.change.name).ok_or(GONE)?.body;
        if read(now) == read(before) {
            return Ok(None);
        }
        if !self.rings_as_left(step, now) {
            return Err(CHANGED);
        }
        let id = step.change.name.as_str().into();
        let body = dispatching_of(before);
        Ok(Some(self.states.state_rule_with(
            &id,
            body,
            Some(&read(now)),
        )))
    }

    fn state(&self, step: &Step<'_>) -> Result<Option<Change>, Moved> {
        let Some(before_rule) = step.before.and_then(Value::as_object) else {
            return Ok(None);
        };
        let id: StateId = step.change.name.as_str().into();
        let now_rule = &self.live_state(id.as_str()).ok_or(GONE)?.body;
        let (before, now) = (convert::state(before_rule), convert::state(now_rule));
        if now == before {
            return Ok(None);
        }
        let state = now_rule.get("state").and_then(Value::as_object);
        let answered = step.after.map(|after| convert::state(&embedded(after)));
        let is_as_left = answered.as_ref() == Some(&now)
            || state.is_some_and(|state| as_asked(step.change, self.states.owner, state));
        if !is_as_left || self.after_hours_were_edited(&before) {
            return Err(CHANGED);
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

    /// With work hours around the clock the state after-hours goes, and with it what somebody has said
    /// of it since it appeared.
    fn after_hours_were_edited(&self, before: &State) -> bool {
        let made = self.steps.iter().find(|step| {
            let Change { resource, name, .. } = step.change;
            *resource == Resource::StateRule && name == StateId::AFTER_HOURS
        });
        let made = made.filter(|step| step.before.is_none() && is_always(before));
        let now = self.live_state(StateId::AFTER_HOURS);
        made.zip(now)
            .is_some_and(|(step, now)| !self.rings_as_left(step, &now.body))
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
        self.live.state_rules.iter().find(|rule| rule.id == id)
    }
}

/// Whether a rule or state says what a write asked for.
fn as_asked(change: &Change, owner: &ExtensionId, now: &Body) -> bool {
    let now = Value::Object(now.clone());
    change.request.body.is_some() && differences(change, owner, &now).is_empty()
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
