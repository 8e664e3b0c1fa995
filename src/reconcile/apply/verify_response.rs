//! Compares responses with their requests, in the model.

use serde_json::{Map, Value};

use crate::api::encode::{self, RequiredFields};
use crate::api::{RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallDispatching, ExtensionDirectory, ExtensionId, StateId, StateSettings};
use crate::reconcile::field_diff;
use crate::reconcile::plan::{FieldChange, PlannedChange, ResourceKind};
use crate::reconcile::rules;

/// Returns the fields in which a response differs from its request. Additions of the service, such
/// as disabled greetings and names, are not differences \[docs\].
pub(in crate::reconcile) fn response_differences(
    change: &PlannedChange,
    owner: &ExtensionId,
    response: &Value,
) -> Vec<FieldChange> {
    let (Some(Value::Object(requested)), Value::Object(response)) =
        (&change.request.body, response)
    else {
        return Vec::new();
    };
    let no_extensions = ExtensionDirectory::new(Vec::new());
    let words = YamlWriter::new(&no_extensions);
    let id = || StateId(change.name.clone());
    match change.resource {
        ResourceKind::InteractionRule => rule_differences(requested, response, owner, words),
        ResourceKind::StateRule => state_rule_differences(&id(), requested, response, owner, words),
        ResourceKind::State => state_differences(requested, response, words),
    }
}

/// Returns whether a rule has all parts of another one; additions of the service are ignored.
pub(in crate::reconcile) fn is_equivalent(
    rule: &RawBody,
    reference: &RawBody,
    owner: &ExtensionId,
) -> bool {
    let no_extensions = ExtensionDirectory::new(Vec::new());
    rule_differences(reference, rule, owner, YamlWriter::new(&no_extensions)).is_empty()
}

/// Returns the id of a created rule from the response.
pub(super) fn response_id(response: &Value) -> Option<String> {
    response.get("id")?.as_str().map(str::to_owned)
}

/// Compares an interaction rule.
fn rule_differences(
    requested: &RawBody,
    response: &RawBody,
    owner: &ExtensionId,
    words: YamlWriter<'_>,
) -> Vec<FieldChange> {
    let read = |body: &RawBody| decode::interaction_rule(body, owner);
    let expected = read(requested);
    // Encoding the request over the response changes nothing if the response already has all parts.
    let merged =
        encode::interaction_rule_body(Some(response), &expected, owner, RequiredFields::Omit);
    let expected = merged.map_or(expected, |merged| read(&merged));
    rules::diff_rule_fields(words, &expected, &read(response))
}

/// Compares the dispatching of a state rule.
fn state_rule_differences(
    id: &StateId,
    requested: &RawBody,
    response: &RawBody,
    owner: &ExtensionId,
    words: YamlWriter<'_>,
) -> Vec<FieldChange> {
    let read = |body: &RawBody| decode::state_dispatching(body, owner);
    let expected = read(requested);
    let merged =
        encode::state_rule_body(id, Some(response), &expected, owner, RequiredFields::Omit);
    let expected = merged.map_or(expected, |merged| read(&merged));
    let actual = read(response);
    if expected == actual {
        return Vec::new();
    }
    let in_yaml = |dispatching: &CallDispatching| {
        let value = words.dispatching(dispatching);
        Value::Object(Map::from_iter([("dispatching".to_owned(), value)]))
    };
    field_diff::diff_fields(&in_yaml(&expected), &in_yaml(&actual))
}

/// Compares a state with its response.
fn state_differences(
    requested: &RawBody,
    response: &RawBody,
    words: YamlWriter<'_>,
) -> Vec<FieldChange> {
    let actual = decode_state(response);
    let expected = merge_state(&actual, requested);
    if expected == actual {
        return Vec::new();
    }
    field_diff::diff_fields(&words.state(&expected), &words.state(&actual))
}

/// Returns a state after a request; parts that the request omits stay.
pub(super) fn merge_state(before: &StateSettings, requested: &RawBody) -> StateSettings {
    let StateSettings { enabled, schedule } = decode_state(requested);
    StateSettings {
        enabled: enabled.or(before.enabled),
        schedule: schedule.or_else(|| before.schedule.clone()),
    }
}

/// Decodes a state that is not embedded in a state rule.
pub(super) fn decode_state(state: &RawBody) -> StateSettings {
    let state = Value::Object(state.clone());
    decode::state(&RawBody::from_iter([("state".to_owned(), state)]))
}
