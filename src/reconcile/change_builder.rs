//! Builds planned changes from the bodies to send, with the fields that they change.

use serde_json::Value;

use super::change::{
    ChangeAction, ChangeOrigin, DeleteReason, FieldChange, PlannedChange, ResourceKind,
    WriteMethod, WriteRequest,
};
use super::field_diff::{self, dispatching_fields, fields_of_new_rule, rule_fields};
use super::live_user::LiveUser;
use super::merge::{decode_state, merge_state};
use crate::api::encode::RuleOwner;
use crate::api::{InteractionRuleRecord, RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{CallDispatching, StateSettings};

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
