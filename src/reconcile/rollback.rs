//! Plans the rollback of an apply. Pure: no I/O, no clock.
//!
//! Reverts a write only if the resource is unchanged since. A user with one changed resource is
//! skipped as a whole, because half a rollback is a configuration that never existed.

mod conflict;

use serde_json::Value;

pub use conflict::{ConflictReason, JournaledWrite, RollbackConflict};

use super::change::{DeleteReason, FieldMismatch, PlannedChange, ResourceKind};
use super::change_builder::ChangeBuilder;
use super::field_diff::{diff_fields, dispatching_fields, rule_fields};
use super::live_user::{FetchRequest, LiveUser};
use super::merge::{decode_state, differences_from_request, has_all_parts_of};
use super::plan::UserPlan;
use crate::api::encode::{self, RequiredPartsMode, RuleOwner};
use crate::api::{InteractionRuleRecord, RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{ExtensionDirectory, ExtensionId, RuleDefinition, StateId, StateSettings};

/// Returns the changes that restore a user to the state before these writes, or the conflicts with
/// later edits.
pub fn plan_rollback(
    user: &ExtensionId,
    writes: &[JournaledWrite<'_>],
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> Result<UserPlan, Vec<RollbackConflict>> {
    let planner = RollbackPlanner {
        builder: ChangeBuilder {
            owner: RuleOwner::for_comparison(user),
            yaml_writer: YamlWriter::new(directory),
        },
        live,
        writes,
    };
    let mut changes = Vec::new();
    let mut conflicts = Vec::new();
    for write in writes.iter().rev() {
        match planner.revert_write(write) {
            Ok(reverts) => changes.extend(reverts),
            Err(reason) => conflicts.push(RollbackConflict {
                resource: write.change.resource,
                name: write.change.name.clone(),
                rule_id: write.rule_id(),
                reason,
            }),
        }
    }
    if !conflicts.is_empty() {
        conflicts.reverse();
        return Err(conflicts);
    }
    let request = FetchRequest::for_rollback(user, writes);
    Ok(UserPlan::new(&request, live, changes, directory))
}

/// Reverts the journaled writes of one user.
struct RollbackPlanner<'a> {
    builder: ChangeBuilder<'a>,
    live: &'a LiveUser,
    writes: &'a [JournaledWrite<'a>],
}

impl RollbackPlanner<'_> {
    /// Returns the changes that revert one write.
    fn revert_write(
        &self,
        write: &JournaledWrite<'_>,
    ) -> Result<Vec<PlannedChange>, ConflictReason> {
        let mut changes = Vec::new();
        match write.change.resource {
            ResourceKind::InteractionRule => {
                // A repeated create can have made duplicates.
                for rule in self.live.rules() {
                    if write.duplicate_ids.contains(&rule.id) {
                        self.ensure_unmodified(write, &rule.body)?;
                        let reason = DeleteReason::CreatedByApply;
                        changes.push(self.builder.delete_rule(rule, reason));
                    }
                }
                // Duplicates are deleted after the rule itself.
                changes.splice(0..0, self.revert_rule(write)?);
            }
            ResourceKind::StateRule => changes.extend(self.revert_state_rule(write)?),
            ResourceKind::State => {
                changes.extend(self.revert_state(write)?);
                let after_hours = self.restore_after_hours(write, !changes.is_empty());
                changes.extend(after_hours);
            }
        }
        Ok(changes)
    }

    /// Returns the change that reverts the write of an interaction rule.
    fn revert_rule(
        &self,
        write: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let owner = self.builder.owner.id;
        let targets: Vec<&InteractionRuleRecord> = self
            .live
            .rules()
            .iter()
            .filter(|rule| self.is_target_of(write, rule))
            .collect();
        if targets.len() > 1 && write.rule_id().is_none() {
            let ids = targets.into_iter().map(|rule| rule.id.clone());
            return Err(ConflictReason::Ambiguous(ids.collect()));
        }
        match (write.before_body(), targets.first()) {
            // The rule is gone already, or another rule has its name now.
            (None, None) => match self.rule_keeping_name(&write.change.name) {
                Some(other) if write.after.is_some() => {
                    Err(ConflictReason::NameTaken(other.id.clone()))
                }
                _ => Ok(None),
            },
            (None, Some(created)) => {
                self.ensure_unmodified(write, &created.body)?;
                let reason = match write.after {
                    Some(_) => DeleteReason::CreatedByApply,
                    None => DeleteReason::RequestedByApply,
                };
                Ok(Some(self.builder.delete_rule(created, reason)))
            }
            (Some(before), Some(now)) if has_all_parts_of(&now.body, before, owner) => Ok(None),
            (Some(before), Some(now)) => {
                self.ensure_unmodified(write, &now.body)?;
                let body = self.restored_body(before);
                Ok(Some(self.builder.update_rule(now, body)))
            }
            // The rule was deleted, by the apply or later.
            (Some(before), None) if write.change.request.body.is_none() => {
                let name = decode::interaction_rule(before, owner).name;
                match self.rule_keeping_name(&name) {
                    None => Ok(Some(self.builder.create_rule(self.restored_body(before)))),
                    Some(other) if has_all_parts_of(&other.body, before, owner) => Ok(None),
                    Some(other) => Err(ConflictReason::NameTaken(other.id.clone())),
                }
            }
            (Some(_), None) => Err(match self.rule_keeping_name(&write.change.name) {
                Some(other) => ConflictReason::NameTaken(other.id.clone()),
                None => ConflictReason::Missing,
            }),
        }
    }

    /// Returns whether a live rule is the one that a write created or changed: by its id, or, if
    /// the write got no response, the rule that equals the request.
    fn is_target_of(&self, write: &JournaledWrite<'_>, rule: &InteractionRuleRecord) -> bool {
        match write.rule_id() {
            Some(id) => rule.id == id,
            None => rule.display_name == write.change.name && self.is_unmodified(write, &rule.body),
        }
    }

    /// Returns the live rule that has this name and keeps it during the rollback.
    fn rule_keeping_name(&self, name: &str) -> Option<&InteractionRuleRecord> {
        let mut rules = self.live.rules().iter();
        rules.find(|rule| rule.display_name == name && !self.releases_name(rule))
    }

    /// Returns whether the rollback deletes or renames a rule.
    fn releases_name(&self, rule: &InteractionRuleRecord) -> bool {
        self.writes.iter().any(|write| {
            let is_affected = write.change.resource == ResourceKind::InteractionRule
                && (self.is_target_of(write, rule) || write.duplicate_ids.contains(&rule.id));
            let before = write.before_body();
            let name =
                before.map(|before| decode::interaction_rule(before, self.builder.owner.id).name);
            is_affected
                && self.is_unmodified(write, &rule.body)
                && name.as_ref() != Some(&rule.display_name)
        })
    }

    /// Returns the conflict that describes how a resource was changed since the write, if it was.
    fn ensure_unmodified(
        &self,
        write: &JournaledWrite<'_>,
        now: &RawBody,
    ) -> Result<(), ConflictReason> {
        if self.is_unmodified(write, now) {
            return Ok(());
        }
        let ChangeBuilder { owner, yaml_writer } = self.builder;
        let owner = owner.id;
        let rule = |body| decode::interaction_rule(body, owner);
        let dispatching = |body| decode::state_dispatching(body, owner);
        let state = |body| yaml_writer.state(&decode_state(body));
        let Some(after) = write.after_body() else {
            let fields = differences_from_request(write.change, owner, now);
            return Err(ConflictReason::Modified(fields));
        };
        let fields = match write.change.resource {
            ResourceKind::InteractionRule => rule_fields(yaml_writer, &rule(after), &rule(now)),
            ResourceKind::StateRule => {
                dispatching_fields(yaml_writer, Some(&dispatching(after)), &dispatching(now))
            }
            ResourceKind::State => diff_fields(&state(after), &state(now)),
        };
        Err(ConflictReason::Modified(FieldMismatch::from_changes(
            fields,
        )))
    }

    /// Returns whether a resource is unchanged since the write: equal to the response or, for
    /// states and writes without a response, to the request.
    fn is_unmodified(&self, write: &JournaledWrite<'_>, now: &RawBody) -> bool {
        let owner = self.builder.owner.id;
        let rule = |body| decode::interaction_rule(body, owner);
        let dispatching = |body| decode::state_dispatching(body, owner);
        let equals_request = || {
            write.change.body().is_some()
                && differences_from_request(write.change, owner, now).is_empty()
        };
        match (write.change.resource, write.after_body()) {
            (_, None) => equals_request(),
            (ResourceKind::InteractionRule, Some(after)) => rule(after) == rule(now),
            (ResourceKind::StateRule, Some(after)) => {
                dispatching(after) == dispatching(now) || equals_request()
            }
            (ResourceKind::State, Some(after)) => {
                decode_state(after) == decode_state(now) || equals_request()
            }
        }
    }

    /// Returns the body that restores a rule.
    fn restored_body(&self, before: &RawBody) -> RawBody {
        let owner = self.builder.owner.id;
        let unchanged = RuleDefinition {
            name: decode::interaction_rule(before, owner).name,
            ..RuleDefinition::default()
        };
        // Encoding fails only for a rule without conditions or dispatching, which is restored as it
        // was.
        encode::interaction_rule_body(
            Some(before),
            &unchanged,
            self.builder.owner,
            RequiredPartsMode::Omit,
        )
        .unwrap_or_else(|_| before.clone())
    }

    /// Returns the change that reverts the write of a state rule.
    fn revert_state_rule(
        &self,
        write: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let read = |body| decode::state_dispatching(body, self.builder.owner.id);
        let now = self.live.state_rule(&write.change.name);
        let now = now.map(|rule| &rule.body);
        match (write.before_body(), now) {
            (Some(_), None) => Err(ConflictReason::Missing),
            (Some(before), Some(now)) if read(now) == read(before) => Ok(None),
            (Some(before), Some(now)) => {
                self.ensure_unmodified(write, now)?;
                Ok(Some(self.builder.update_state_rule(
                    &write.change.name,
                    Some(&read(now)),
                    dispatching_body(before),
                )))
            }
            // Restoring the work hours removes a state that the apply created, and with it later
            // edits of its rule.
            (None, Some(now)) if write.after.is_some() => {
                self.ensure_unmodified(write, now)?;
                Ok(None)
            }
            (None, _) => Ok(None),
        }
    }

    /// Returns the change that reverts the write of a state.
    fn revert_state(
        &self,
        write: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let id: StateId = write.change.name.as_str().into();
        let Some(before_rule) = write.before_body() else {
            return Ok(None);
        };
        let now_rule = self.live.state_rule(id.as_str());
        let now_rule = &now_rule.ok_or(ConflictReason::Missing)?.body;
        let (before, now) = (decode::state(before_rule), decode::state(now_rule));
        if now == before {
            return Ok(None);
        }
        let state = now_rule.get("state").and_then(Value::as_object);
        self.ensure_unmodified(write, state.unwrap_or(&RawBody::new()))?;
        let body = encode::state_body(
            &id,
            before_rule,
            &StateSettings::default(),
            self.builder.owner,
        );
        let change = self.builder.update_state(id.as_str(), &now, &before, body);
        Ok(Some(change))
    }

    /// Returns the update that restores the after-hours rule. Restoring the work hours brings the
    /// state back, but not its rule. Applies also if the state came back in another way, such as by
    /// a killed rollback.
    fn restore_after_hours(
        &self,
        write: &JournaledWrite<'_>,
        comes_back: bool,
    ) -> Option<PlannedChange> {
        let read = |body| decode::state_dispatching(body, self.builder.owner.id);
        let before = write.after_hours.and_then(Value::as_object)?;
        let was_removed = decode_state(write.change.body()?).is_always();
        let now = self.live.state_rule(StateId::AFTER_HOURS);
        let now = now.map(|rule| read(&rule.body));
        let is_missing = now.as_ref().map_or(comes_back, |now| *now != read(before));
        (was_removed && is_missing).then(|| {
            let body = dispatching_body(before);
            self.builder
                .update_state_rule(StateId::AFTER_HOURS, now.as_ref(), body)
        })
    }
}

/// Returns the part of a state rule that is written.
fn dispatching_body(rule: &RawBody) -> RawBody {
    let dispatching = rule.get("dispatching").cloned();
    let dispatching = dispatching.map(|dispatching| ("dispatching".to_owned(), dispatching));
    dispatching.into_iter().collect()
}
