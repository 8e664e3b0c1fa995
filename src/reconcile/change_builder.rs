//! Builds planned changes from the bodies to send, with the fields that they change.

use serde_json::Value;

use super::change::{
    ChangeAction, ChangeOrigin, DeleteReason, FieldChange, PlannedChange, ResourceKind,
    WriteMethod, WriteRequest,
};
use super::field_diff::{self, dispatching_fields, fields_of_new_rule, rule_fields};
use super::live_user::LiveUser;
use super::merge::{decode_state, merge_state};
use crate::api::encode::{self, RequiredPartsMode, RuleOwner};
use crate::api::{InteractionRuleRecord, RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallDispatching, StateId, StateSettings};

/// Builds the changes of one user.
#[derive(Clone, Copy)]
pub(super) struct ChangeBuilder<'a> {
    pub(super) owner: RuleOwner<'a>,
    pub(super) yaml_writer: YamlWriter<'a>,
}

impl ChangeBuilder<'_> {
    /// Builds the create of a rule with this body.
    pub(super) fn create_rule(self, body: RawBody) -> PlannedChange {
        let rule = decode::interaction_rule(&body, self.owner.id);
        let fields = fields_of_new_rule(self.yaml_writer, &rule);
        self.rule_change(WriteMethod::Post, rule.name, None, fields, Some(body))
    }

    /// Builds the update of a live rule to this body.
    pub(super) fn update_rule(self, live: &InteractionRuleRecord, body: RawBody) -> PlannedChange {
        let before = decode::interaction_rule(&live.body, self.owner.id);
        let after = decode::interaction_rule(&body, self.owner.id);
        let fields = rule_fields(self.yaml_writer, &before, &after);
        self.rule_change(
            WriteMethod::Patch,
            after.name,
            Some(live),
            fields,
            Some(body),
        )
    }

    /// Builds the delete of a live rule.
    pub(super) fn delete_rule(
        self,
        live: &InteractionRuleRecord,
        reason: DeleteReason,
    ) -> PlannedChange {
        let name = live.display_name.clone();
        PlannedChange {
            reason: Some(reason),
            ..self.rule_change(WriteMethod::Delete, name, Some(live), Vec::new(), None)
        }
    }

    /// Builds a change of an interaction rule.
    fn rule_change(
        self,
        method: WriteMethod,
        name: String,
        live: Option<&InteractionRuleRecord>,
        fields: Vec<FieldChange>,
        body: Option<RawBody>,
    ) -> PlannedChange {
        let resource = ResourceKind::InteractionRule;
        PlannedChange {
            action: match method {
                WriteMethod::Post => ChangeAction::Create,
                WriteMethod::Patch => ChangeAction::Update,
                WriteMethod::Delete => ChangeAction::Delete,
            },
            resource,
            name,
            rule_id: live.map(|rule| rule.id.clone()),
            reason: None,
            origin: ChangeOrigin::Unknown,
            fields,
            request: WriteRequest {
                method,
                path: resource.url_path(self.owner.id, live.map(|rule| rule.id.as_str())),
                body: body.map(Value::Object),
            },
        }
    }

    /// Builds the update of a state's rule to this body. `before` is `None` if another change
    /// creates the state.
    pub(super) fn update_state_rule(
        self,
        id: &str,
        before: Option<&CallDispatching>,
        body: RawBody,
    ) -> PlannedChange {
        let after = decode::state_dispatching(&body, self.owner.id);
        let fields = dispatching_fields(self.yaml_writer, before, &after);
        self.state_change(ResourceKind::StateRule, id, fields, body)
    }

    /// Builds the update of a state to this body.
    pub(super) fn update_state(
        self,
        id: &str,
        before: &StateSettings,
        after: &StateSettings,
        body: RawBody,
    ) -> PlannedChange {
        let yaml_writer = self.yaml_writer;
        let fields = field_diff::diff_fields(&yaml_writer.state(before), &yaml_writer.state(after));
        self.state_change(ResourceKind::State, id, fields, body)
    }

    /// Builds the update of a state or its rule.
    fn state_change(
        self,
        resource: ResourceKind,
        id: &str,
        fields: Vec<FieldChange>,
        body: RawBody,
    ) -> PlannedChange {
        PlannedChange {
            action: ChangeAction::Update,
            resource,
            name: id.to_owned(),
            rule_id: None,
            reason: None,
            origin: ChangeOrigin::Unknown,
            fields,
            request: WriteRequest {
                method: WriteMethod::Patch,
                path: resource.url_path(self.owner.id, Some(id)),
                body: Some(Value::Object(body)),
            },
        }
    }

    /// Returns whether each part of the body of a change comes from what it shows or from the live
    /// resource.
    ///
    /// Keys that callrules does not know, and destinations that are not in force, must be those of
    /// the live resource.
    pub(super) fn is_reproducible(self, change: &PlannedChange, live: &LiveUser) -> bool {
        let Some(body) = change.body() else {
            return true;
        };
        let live_body = match (change.resource, &change.rule_id) {
            (ResourceKind::InteractionRule, Some(id)) => live.rule(id).map(|rule| &rule.body),
            (ResourceKind::InteractionRule, None) => None,
            (ResourceKind::StateRule, _) => live.state_rule(&change.name).map(|rule| &rule.body),
            (ResourceKind::State, _) => live
                .state_rule(&change.name)
                .and_then(|rule| rule.body.get("state")?.as_object()),
        };
        let sources = [self.reencode(change, live), live_body.cloned()];
        let sources: Vec<Value> = sources.into_iter().flatten().map(Value::Object).collect();
        is_composed_of(
            &Value::Object(body.clone()),
            &sources.iter().collect::<Vec<_>>(),
        )
    }

    /// Encodes the body of a change again. `None` if that is impossible, or if it is a delete.
    fn reencode(self, change: &PlannedChange, live: &LiveUser) -> Option<RawBody> {
        let (body, owner, mode) = (change.body()?, self.owner, RequiredPartsMode::Add);
        let state = StateId::from(change.name.as_str());
        let live_state = live.state_rule(&change.name).map(|rule| &rule.body);
        match change.resource {
            ResourceKind::InteractionRule => {
                let rule = decode::interaction_rule(body, owner.id);
                let live_rule = match &change.rule_id {
                    Some(id) => Some(&live.rule(id)?.body),
                    None => None,
                };
                encode::interaction_rule_body(live_rule, &rule, owner, mode).ok()
            }
            ResourceKind::StateRule => {
                let dispatching = decode::state_dispatching(body, owner.id);
                encode::state_rule_body(&state, live_state, &dispatching, owner, mode).ok()
            }
            ResourceKind::State => {
                let settings = decode_state(body);
                Some(encode::state_body(&state, live_state?, &settings, owner))
            }
        }
    }

    /// Rebuilds a change from its request, as a plan would show it; `None` if its resource does not
    /// exist.
    pub(super) fn rebuild(self, change: &PlannedChange, live: &LiveUser) -> Option<PlannedChange> {
        let id = &change.name;
        let body = || change.body().cloned();
        let live_rule = || live.rule(change.rule_id.as_ref()?);
        Some(match (change.resource, change.action) {
            (ResourceKind::InteractionRule, ChangeAction::Create) => self.create_rule(body()?),
            (ResourceKind::InteractionRule, ChangeAction::Update) => {
                self.update_rule(live_rule()?, body()?)
            }
            (ResourceKind::InteractionRule, ChangeAction::Delete) => {
                self.delete_rule(live_rule()?, change.reason?)
            }
            (ResourceKind::StateRule, _) => {
                let before = live.state_rule(id);
                let before =
                    before.map(|rule| decode::state_dispatching(&rule.body, self.owner.id));
                self.update_state_rule(id, before.as_ref(), body()?)
            }
            (ResourceKind::State, _) => {
                let before = decode::state(&live.state_rule(id)?.body);
                let after = merge_state(&before, &decode_state(change.body()?));
                self.update_state(id, &before, &after, body()?)
            }
        })
    }
}

/// Returns whether a value has only parts that one of the sources has in the same place. An item of
/// a list must come from a single item.
fn is_composed_of(value: &Value, sources: &[&Value]) -> bool {
    match value {
        Value::Object(entries) => entries.iter().all(|(key, value)| {
            let same_key: Vec<&Value> = sources.iter().filter_map(|from| from.get(key)).collect();
            is_composed_of(value, &same_key)
        }),
        Value::Array(items) => {
            let lists = || sources.iter().filter_map(|from| from.as_array());
            let is_known = |item: &Value| {
                lists()
                    .flatten()
                    .any(|other| other == item || is_composed_of(item, &[other]))
            };
            lists().next().is_some() && items.iter().all(is_known)
        }
        scalar => sources.contains(&scalar),
    }
}
