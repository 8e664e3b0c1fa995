//! Plans the rollback of an apply. Pure: no I/O, no clock.
//!
//! Reverts a write only if the resource is unchanged since. A user with one changed resource is
//! skipped as a whole, because half a rollback is a configuration that never existed.

mod conflict;

use serde_json::{Value, json};

pub use conflict::{ConflictReason, JournaledWrite, RollbackConflict};

use super::apply::{is_equivalent, response_differences};
use super::fetch::FetchRequest;
use super::field_diff;
use super::live_user::LiveUser;
use super::plan::{DeleteReason, FieldChange, PlannedChange, ResourceKind, UserPlan};
use super::snapshot::UserSnapshot;
use super::{rules, states};
use crate::api::encode::{self, RequiredFields};
use crate::api::{InteractionRuleRecord, RawBody, StateRuleRecord, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    ExtensionDirectory, ExtensionId, RuleDefinition, StateId, StateSchedule, StateSettings,
};

/// Returns the changes that restore a user to the state before these writes, or the conflicts with
/// later edits.
pub fn plan_rollback(
    user: &ExtensionId,
    steps: &[JournaledWrite<'_>],
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> Result<UserPlan, Vec<RollbackConflict>> {
    let words = YamlWriter::new(directory);
    let planner = RollbackPlanner {
        rules: rules::RuleChangeBuilder {
            owner: user,
            yaml_writer: words,
        },
        states: states::StateChangeBuilder {
            owner: user,
            yaml_writer: words,
        },
        live,
        writes: steps,
    };
    let mut changes = Vec::new();
    let mut conflicts = Vec::new();
    for step in steps.iter().rev() {
        match planner.revert_write(step) {
            Ok(reverts) => changes.extend(reverts),
            Err(reason) => conflicts.push(RollbackConflict {
                resource: step.change.resource,
                name: step.change.name.clone(),
                rule_id: step.rule_id(),
                reason,
            }),
        }
    }
    if !conflicts.is_empty() {
        conflicts.reverse();
        return Err(conflicts);
    }
    changes.sort_by_key(|change| (change.resource, change.action));
    let snapshot = UserSnapshot::capture(&FetchRequest::for_rollback(user, steps), live, &changes);
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
        snapshot,
    })
}

/// Reverts the journaled writes of one user.
struct RollbackPlanner<'a> {
    rules: rules::RuleChangeBuilder<'a>,
    states: states::StateChangeBuilder<'a>,
    live: &'a LiveUser,
    writes: &'a [JournaledWrite<'a>],
}

impl RollbackPlanner<'_> {
    /// Returns the changes that revert one write.
    fn revert_write(
        &self,
        step: &JournaledWrite<'_>,
    ) -> Result<Vec<PlannedChange>, ConflictReason> {
        Ok(match step.change.resource {
            ResourceKind::InteractionRule => {
                let duplicates = self.delete_duplicates(step)?;
                self.revert_rule(step)?
                    .into_iter()
                    .chain(duplicates)
                    .collect()
            }
            ResourceKind::StateRule => self.revert_state_rule(step)?.into_iter().collect(),
            ResourceKind::State => {
                let state = self.revert_state(step)?;
                let after_hours = self.restore_after_hours(step, state.is_some());
                state.into_iter().chain(after_hours).collect()
            }
        })
    }

    /// Returns the change that reverts the write of an interaction rule.
    fn revert_rule(
        &self,
        step: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let owner = self.rules.owner;
        let before = step.before.and_then(Value::as_object);
        if step.rule_id().is_none() {
            let fit = self
                .live
                .rules()
                .iter()
                .filter(|rule| self.is_target_of(step, rule));
            let ids: Vec<String> = fit.map(|rule| rule.id.clone()).collect();
            if ids.len() > 1 {
                return Err(ConflictReason::Ambiguous(ids));
            }
        }
        match (before, self.live_rule(step)) {
            // The rule is gone already, or another rule has its name now.
            (None, None) => match self.rule_keeping_name(&step.change.name) {
                Some(other) if step.after.is_some() => {
                    Err(ConflictReason::NameTaken(other.id.clone()))
                }
                _ => Ok(None),
            },
            (None, Some(made)) if self.is_unmodified(step, &made.body) => {
                let reason = match step.after {
                    Some(_) => DeleteReason::CreatedByApply,
                    None => DeleteReason::RequestedByApply,
                };
                Ok(Some(self.rules.delete(made, reason)))
            }
            (None, Some(made)) => Err(self.modified_conflict(step, &made.body)),
            (Some(before), Some(now)) if is_equivalent(&now.body, before, owner) => Ok(None),
            (Some(before), Some(now)) if self.is_unmodified(step, &now.body) => Ok(Some(
                self.rules.update_from_body(self.restored_body(before), now),
            )),
            (Some(_), Some(now)) => Err(self.modified_conflict(step, &now.body)),
            // The rule was deleted, by the apply or later.
            (Some(before), None) if step.change.request.body.is_none() => {
                let name = decode::interaction_rule(before, owner).name;
                match self.rule_keeping_name(&name) {
                    None => Ok(Some(
                        self.rules.create_from_body(self.restored_body(before)),
                    )),
                    Some(other) if is_equivalent(&other.body, before, owner) => Ok(None),
                    Some(other) => Err(ConflictReason::NameTaken(other.id.clone())),
                }
            }
            (Some(_), None) => Err(match self.rule_keeping_name(&step.change.name) {
                Some(other) => ConflictReason::NameTaken(other.id.clone()),
                None => ConflictReason::Missing,
            }),
        }
    }

    /// Returns the live rule of a write: by its id, or, if the write got no response, the rule that
    /// equals the request.
    fn live_rule(&self, step: &JournaledWrite<'_>) -> Option<&InteractionRuleRecord> {
        self.live
            .rules()
            .iter()
            .find(|rule| self.is_target_of(step, rule))
    }

    /// Returns whether a live rule is the one that a write created or changed.
    fn is_target_of(&self, step: &JournaledWrite<'_>, rule: &InteractionRuleRecord) -> bool {
        match step.rule_id() {
            Some(id) => rule.id == id,
            None => rule.display_name == step.change.name && self.is_unmodified(step, &rule.body),
        }
    }

    /// Returns the deletes of duplicates that a repeated create made.
    fn delete_duplicates(
        &self,
        step: &JournaledWrite<'_>,
    ) -> Result<Vec<PlannedChange>, ConflictReason> {
        let delete = |rule: &InteractionRuleRecord| {
            if self.is_unmodified(step, &rule.body) {
                Ok(self.rules.delete(rule, DeleteReason::CreatedByApply))
            } else {
                Err(self.modified_conflict(step, &rule.body))
            }
        };
        self.live
            .rules()
            .iter()
            .filter(|rule| step.duplicate_ids.contains(&rule.id))
            .map(delete)
            .collect()
    }

    /// Returns the live rule that has this name and keeps it during the rollback.
    fn rule_keeping_name(&self, name: &str) -> Option<&InteractionRuleRecord> {
        let mut rules = self.live.rules().iter();
        rules.find(|rule| rule.display_name == name && !self.releases_name(rule))
    }

    /// Returns whether the rollback deletes or renames a rule.
    fn releases_name(&self, rule: &InteractionRuleRecord) -> bool {
        let owner = self.rules.owner;
        let mut steps = self.writes.iter();
        steps.any(|step| {
            let is_affected = step.change.resource == ResourceKind::InteractionRule
                && (self.is_target_of(step, rule) || step.duplicate_ids.contains(&rule.id));
            let before = step.before.and_then(Value::as_object);
            let name = before.map(|before| decode::interaction_rule(before, owner).name);
            is_affected
                && self.is_unmodified(step, &rule.body)
                && name.as_ref() != Some(&rule.display_name)
        })
    }

    /// Returns whether a rule is unchanged since the write: equal to the response, or to the
    /// request if there was no response.
    fn is_unmodified(&self, step: &JournaledWrite<'_>, now: &RawBody) -> bool {
        let owner = self.rules.owner;
        let read = |body: &RawBody| decode::interaction_rule(body, owner);
        match step.after.and_then(Value::as_object) {
            Some(after) => read(after) == read(now),
            None => matches_request(step.change, owner, now),
        }
    }

    /// Returns the conflict that describes how a rule was changed since the write.
    fn modified_conflict(&self, step: &JournaledWrite<'_>, now: &RawBody) -> ConflictReason {
        let read = |body: &RawBody| decode::interaction_rule(body, self.rules.owner);
        ConflictReason::Modified(match step.after.and_then(Value::as_object) {
            Some(after) => {
                rules::diff_rule_fields(self.rules.yaml_writer, &read(after), &read(now))
            }
            None => differences_from_request(step.change, self.rules.owner, now),
        })
    }

    /// Returns the body that restores a rule.
    fn restored_body(&self, before: &RawBody) -> RawBody {
        let unchanged = RuleDefinition {
            enabled: None,
            conditions: None,
            queue_calls_included: None,
            dispatching: None,
            name: decode::interaction_rule(before, self.rules.owner).name,
        };
        // Encoding fails only for a rule without conditions or dispatching, which is restored as it
        // was.
        encode::interaction_rule_body(
            Some(before),
            &unchanged,
            self.rules.owner,
            RequiredFields::Omit,
        )
        .unwrap_or_else(|_| before.clone())
    }

    /// Returns the change that reverts the write of a state rule.
    fn revert_state_rule(
        &self,
        step: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let read = |body: &RawBody| decode::state_dispatching(body, self.states.owner);
        let before = step.before.and_then(Value::as_object);
        let now = self.live_state_rule(&step.change.name).map(|now| &now.body);
        let (before, now) = match (before, now) {
            (Some(before), Some(now)) => (before, now),
            (Some(_), None) => return Err(ConflictReason::Missing),
            // Restoring the work hours removes a state that the apply created, and with it later
            // edits of its rule.
            (None, Some(now))
                if step.after.is_some() && !self.dispatching_unmodified(step, now) =>
            {
                return Err(self.dispatching_conflict(step, now));
            }
            (None, _) => return Ok(None),
        };
        if read(now) == read(before) {
            return Ok(None);
        }
        if !self.dispatching_unmodified(step, now) {
            return Err(self.dispatching_conflict(step, now));
        }
        let id = step.change.name.as_str().into();
        let body = dispatching_body(before);
        Ok(Some(self.states.state_rule_from_body(
            &id,
            body,
            Some(&read(now)),
        )))
    }

    /// Returns the change that reverts the write of a state.
    fn revert_state(
        &self,
        step: &JournaledWrite<'_>,
    ) -> Result<Option<PlannedChange>, ConflictReason> {
        let Some(before_rule) = step.before.and_then(Value::as_object) else {
            return Ok(None);
        };
        let id: StateId = step.change.name.as_str().into();
        let now_rule = &self
            .live_state_rule(id.as_str())
            .ok_or(ConflictReason::Missing)?
            .body;
        let (before, now) = (decode::state(before_rule), decode::state(now_rule));
        if now == before {
            return Ok(None);
        }
        let state = now_rule.get("state").and_then(Value::as_object);
        let answered = step.after.map(|after| decode::state(&embed_state(after)));
        let is_unmodified = answered.as_ref() == Some(&now)
            || state.is_some_and(|state| matches_request(step.change, self.states.owner, state));
        if !is_unmodified {
            let words = self.states.yaml_writer;
            return Err(ConflictReason::Modified(match answered {
                Some(answered) => {
                    field_diff::diff_fields(&words.state(&answered), &words.state(&now))
                }
                None => state.map_or_else(Vec::new, |state| {
                    differences_from_request(step.change, self.states.owner, state)
                }),
            }));
        }
        let body = encode::state_body(&id, before_rule, &StateSettings::default());
        Ok(Some(self.states.state_from_body(&id, body, &now, &before)))
    }

    /// Returns whether the dispatching of a state rule is unchanged since the write.
    fn dispatching_unmodified(&self, step: &JournaledWrite<'_>, now: &RawBody) -> bool {
        let owner = self.states.owner;
        let read = |body: &RawBody| decode::state_dispatching(body, owner);
        let after = step.after.and_then(Value::as_object);
        after.map(read) == Some(read(now)) || matches_request(step.change, owner, now)
    }

    /// Returns the conflict that describes how a dispatching was changed since the write.
    fn dispatching_conflict(&self, step: &JournaledWrite<'_>, now: &RawBody) -> ConflictReason {
        let states::StateChangeBuilder {
            owner,
            yaml_writer: words,
        } = self.states;
        let in_yaml = |body: &RawBody| {
            let dispatching = decode::state_dispatching(body, owner);
            json!({ "dispatching": words.dispatching(&dispatching) })
        };
        ConflictReason::Modified(match step.after.and_then(Value::as_object) {
            Some(after) => field_diff::diff_fields(&in_yaml(after), &in_yaml(now)),
            None => differences_from_request(step.change, owner, now),
        })
    }

    /// Returns the update that restores the after-hours rule. Restoring the work hours brings the
    /// state back, but not its rule. Applies also if the state came back in another way, such as by
    /// a killed rollback.
    fn restore_after_hours(
        &self,
        step: &JournaledWrite<'_>,
        comes_back: bool,
    ) -> Option<PlannedChange> {
        let read = |body: &RawBody| decode::state_dispatching(body, self.states.owner);
        let was = step.after_hours.and_then(Value::as_object)?;
        let asked = decode::state(&embed_state(step.change.request.body.as_ref()?));
        let now = self
            .live_state_rule(StateId::AFTER_HOURS)
            .map(|now| read(&now.body));
        let is_missing = match &now {
            None => comes_back,
            Some(now) => *now != read(was),
        };
        if !has_always_schedule(&asked) || !is_missing {
            return None;
        }
        let id = StateId::AFTER_HOURS.into();
        let body = dispatching_body(was);
        Some(self.states.state_rule_from_body(&id, body, now.as_ref()))
    }

    /// Returns the live rule of a state.
    fn live_state_rule(&self, id: &str) -> Option<&StateRuleRecord> {
        self.live.state_rules().iter().find(|rule| rule.id == id)
    }
}

/// Returns whether a resource equals the request of a write.
fn matches_request(change: &PlannedChange, owner: &ExtensionId, now: &RawBody) -> bool {
    change.request.body.is_some() && differences_from_request(change, owner, now).is_empty()
}

/// Returns the fields in which a resource differs from the request of a write.
fn differences_from_request(
    change: &PlannedChange,
    owner: &ExtensionId,
    now: &RawBody,
) -> Vec<FieldChange> {
    response_differences(change, owner, &Value::Object(now.clone()))
}

/// Wraps a state in the form in which a state rule embeds it.
fn embed_state(state: &Value) -> RawBody {
    RawBody::from_iter([("state".to_owned(), state.clone())])
}

/// Returns whether a state's own schedule is 24/7.
fn has_always_schedule(state: &StateSettings) -> bool {
    matches!(&state.schedule, Some(StateSchedule::Own(schedule)) if schedule.is_always())
}

/// Returns the part of a state rule that is written.
fn dispatching_body(rule: &RawBody) -> RawBody {
    let dispatching = rule.get("dispatching").cloned();
    let dispatching = dispatching.map(|dispatching| ("dispatching".to_owned(), dispatching));
    dispatching.into_iter().collect()
}
