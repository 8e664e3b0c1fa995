//! Compares a resource with a declaration or a request.
//!
//! Both state only some parts, and the service adds others, such as disabled greetings and names
//! \[docs\]. So the stated parts are encoded into the body of the resource, and the result is
//! decoded again. The resource has all stated parts exactly if that changes nothing.

use serde_json::Value;

use super::change::{FieldChange, FieldMismatch, PlannedChange, ResourceKind};
use super::field_diff::{diff_fields, dispatching_fields, rule_fields};
use crate::api::encode::{self, EncodeError, RequiredPartsMode, RuleOwner};
use crate::api::{RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    CallDispatching, ExtensionDirectory, ExtensionId, RuleDefinition, StateId, StateSettings,
    is_cut_name,
};

/// Returns a rule after the stated parts are written to it.
pub(super) fn merge_rule(
    body: &RawBody,
    stated: &RuleDefinition,
    owner: RuleOwner<'_>,
) -> Result<RuleDefinition, EncodeError> {
    let merged = encode::interaction_rule_body(Some(body), stated, owner, RequiredPartsMode::Omit)?;
    Ok(decode::interaction_rule(&merged, owner.id))
}

/// Returns a dispatching after the stated parts are written to its state rule.
pub(super) fn merge_dispatching(
    id: &StateId,
    body: Option<&RawBody>,
    stated: &CallDispatching,
    owner: RuleOwner<'_>,
) -> Result<CallDispatching, EncodeError> {
    let merged = encode::state_rule_body(id, body, stated, owner, RequiredPartsMode::Omit)?;
    Ok(decode::state_dispatching(&merged, owner.id))
}

/// Returns a state after the stated parts are written to it.
pub(super) fn merge_state(before: &StateSettings, stated: &StateSettings) -> StateSettings {
    let StateSettings { enabled, schedule } = stated;
    StateSettings {
        enabled: enabled.or(before.enabled),
        schedule: schedule.as_ref().or(before.schedule.as_ref()).cloned(),
    }
}

/// Decodes a state that is not embedded in a state rule.
pub(super) fn decode_state(state: &RawBody) -> StateSettings {
    let state = Value::Object(state.clone());
    decode::state(&RawBody::from_iter([("state".to_owned(), state)]))
}

/// Returns the fields in which a resource differs from a request.
pub(super) fn differences_from_request(
    change: &PlannedChange,
    owner: &ExtensionId,
    response: &RawBody,
) -> Vec<FieldMismatch> {
    let Some(request) = change.body() else {
        return Vec::new();
    };
    let no_extensions = ExtensionDirectory::default();
    let yaml_writer = YamlWriter::new(&no_extensions);
    let fields = match change.resource {
        ResourceKind::InteractionRule => {
            let mut stated = decode::interaction_rule(request, owner);
            let stored = decode::interaction_rule(response, owner);
            if is_cut_name(&stored.name, &stated.name) {
                stated.name = stored.name;
            }
            rule_differences(yaml_writer, stated, response, owner)
        }
        ResourceKind::StateRule => {
            let id = StateId(change.name.clone());
            let stated = decode::state_dispatching(request, owner);
            let rule_owner = RuleOwner::for_comparison(owner);
            let merged = merge_dispatching(&id, Some(response), &stated, rule_owner);
            let actual = decode::state_dispatching(response, owner);
            dispatching_fields(yaml_writer, Some(&merged.unwrap_or(stated)), &actual)
        }
        ResourceKind::State => {
            let actual = decode_state(response);
            let id = StateId(change.name.clone());
            let stored = Value::Object(response.clone());
            let stored = RawBody::from_iter([("state".to_owned(), stored)]);
            let rule_owner = RuleOwner::for_comparison(owner);
            let merged = encode::state_body(&id, &stored, &decode_state(request), rule_owner);
            let expected = merge_state(&actual, &decode_state(&merged));
            diff_fields(&yaml_writer.state(&expected), &yaml_writer.state(&actual))
        }
    };
    FieldMismatch::from_changes(fields)
}

/// Returns whether a rule has all parts of another one, whose missing switches have their default.
pub(super) fn has_all_parts_of(rule: &RawBody, reference: &RawBody, owner: &ExtensionId) -> bool {
    let no_extensions = ExtensionDirectory::default();
    let mut stated = decode::interaction_rule(reference, owner);
    stated.enabled.get_or_insert(true);
    stated.queue_calls_included.get_or_insert(false);
    rule_differences(YamlWriter::new(&no_extensions), stated, rule, owner).is_empty()
}

/// Returns the fields in which a rule differs from the stated parts.
fn rule_differences(
    yaml_writer: YamlWriter<'_>,
    stated: RuleDefinition,
    rule: &RawBody,
    owner: &ExtensionId,
) -> Vec<FieldChange> {
    let rule_owner = RuleOwner::for_comparison(owner);
    let expected = merge_rule(rule, &stated, rule_owner).unwrap_or(stated);
    rule_fields(
        yaml_writer,
        &expected,
        &decode::interaction_rule(rule, owner),
    )
}
