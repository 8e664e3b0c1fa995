//! Holds what the account answered against what was asked, in the model.

use serde_json::{Map, Value};

use crate::engine::fields;
use crate::engine::plan::{Change, FieldChange, Resource};
use crate::engine::rules;
use crate::model::words::Words;
use crate::model::{Directory, Dispatching, ExtensionId, State, StateId};
use crate::wire::lay::{self, Fill};
use crate::wire::{Body, convert};

/// Where an answer differs from what was asked. What the service adds of its own accord is no
/// difference: it adds greetings that are switched off, and names \[docs\].
pub(in crate::engine) fn differences(
    change: &Change,
    owner: &ExtensionId,
    answer: &Value,
) -> Vec<FieldChange> {
    let (Some(Value::Object(asked)), Value::Object(answer)) = (&change.request.body, answer) else {
        return Vec::new();
    };
    let nobody = Directory::new(Vec::new());
    let words = Words::new(&nobody);
    let id = || StateId(change.name.clone());
    match change.resource {
        Resource::InteractionRule => of_rule(asked, answer, owner, words),
        Resource::StateRule => of_state_rule(&id(), asked, answer, owner, words),
        Resource::State => of_state(asked, answer, words),
    }
}

/// Whether a rule says all that another does; the service may have added to it.
pub(in crate::engine) fn says_the_same(rule: &Body, as_this: &Body, owner: &ExtensionId) -> bool {
    let nobody = Directory::new(Vec::new());
    of_rule(as_this, rule, owner, Words::new(&nobody)).is_empty()
}

/// The id of a rule that was created.
pub(super) fn id(answer: &Value) -> Option<String> {
    answer.get("id")?.as_str().map(str::to_owned)
}

fn of_rule(asked: &Body, answer: &Body, owner: &ExtensionId, words: Words<'_>) -> Vec<FieldChange> {
    let read = |body: &Body| convert::interaction_rule(body, owner);
    let wanted = read(asked);
    // Laid over the answer it changes nothing where the answer says it already.
    let laid = lay::interaction_rule(Some(answer), &wanted, owner, Fill::Nothing);
    let wanted = laid.map_or(wanted, |laid| read(&laid));
    rules::fields_between(words, &wanted, &read(answer))
}

fn of_state_rule(
    id: &StateId,
    asked: &Body,
    answer: &Body,
    owner: &ExtensionId,
    words: Words<'_>,
) -> Vec<FieldChange> {
    let read = |body: &Body| convert::state_dispatching(body, owner);
    let wanted = read(asked);
    let laid = lay::state_rule(id, Some(answer), &wanted, owner, Fill::Nothing);
    let wanted = laid.map_or(wanted, |laid| read(&laid));
    let answered = read(answer);
    if wanted == answered {
        return Vec::new();
    }
    let told = |dispatching: &Dispatching| {
        let said = words.dispatching(dispatching);
        Value::Object(Map::from_iter([("dispatching".to_owned(), said)]))
    };
    fields::between(&told(&wanted), &told(&answered))
}

fn of_state(asked: &Body, answer: &Body, words: Words<'_>) -> Vec<FieldChange> {
    let answered = read_state(answer);
    let wanted = state_after(&answered, asked);
    if wanted == answered {
        return Vec::new();
    }
    fields::between(&words.state(&wanted), &words.state(&answered))
}

/// What a state is after this was sent for it: what is not said stays.
pub(super) fn state_after(before: &State, asked: &Body) -> State {
    let State { enabled, schedule } = read_state(asked);
    State {
        enabled: enabled.or(before.enabled),
        schedule: schedule.or_else(|| before.schedule.clone()),
    }
}

/// A state by itself is read where its rule embeds it.
pub(super) fn read_state(state: &Body) -> State {
    let state = Value::Object(state.clone());
    convert::state(&Body::from_iter([("state".to_owned(), state)]))
}
