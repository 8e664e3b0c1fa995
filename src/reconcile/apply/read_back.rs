//! Reads a user again after its writes, and compares what is stored with what was asked for.
//!
//! RingCentral sometimes accepts a write, echoes the request, and does not store it \[field\].

use std::collections::HashSet;

use serde_json::Value;

use super::outcome::{CreatedRule, UserOutcome};
use super::report::{
    ChangeFailure, ChangeOutcome, ChangeResult, StorageMismatch, SuspectedDuplicate,
};
use super::{ApplyObserver, ApplyRun};
use crate::api::RawBody;
use crate::model::{StateId, numeric_order};
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::change::{ChangeAction, PlannedChange, ResourceKind};
use crate::reconcile::fetch::fetch_user;
use crate::reconcile::live_user::{FetchRequest, LiveUser};
use crate::reconcile::merge::differences_from_request;
use crate::reconcile::plan::UserPlan;

/// Compares the applied changes of a user with what is stored now, with one read per family of
/// resources. Changes that are not stored, and creates with a duplicate, count as failed.
pub(super) async fn read_back<'a, A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    user: &'a UserPlan,
    outcome: &mut UserOutcome<'a, AccountErrorOf<A>>,
) {
    let UserOutcome {
        results,
        created_rules,
        prior_rule_ids,
    } = outcome;
    let applied = results
        .iter()
        .filter(|result| result.outcome.is_applied())
        .map(|result| result.change);
    let request = FetchRequest::for_changes(&user.id, applied);
    if request.is_empty() {
        return;
    }
    let stored = match fetch_user(run.account, &request).await {
        Ok(stored) => stored,
        Err(error) => {
            run.note_error(&error);
            // The report mentions that the last writes of a canceled run may not be read back.
            if A::is_canceled(&error) {
                return;
            }
            for result in results.iter_mut() {
                if result.outcome.is_applied() {
                    let failure = ChangeFailure::NotVerified(error.to_string());
                    result.outcome = ChangeOutcome::Failed(failure);
                }
            }
            return;
        }
    };
    for (index, result) in results.iter_mut().enumerate() {
        if !result.outcome.is_applied() {
            continue;
        }
        let created = created_rules.iter().find(|rule| rule.change_index == index);
        let rule_id = match created {
            Some(created) => created.id.as_deref(),
            None => result.change.rule_id.as_deref(),
        };
        let mismatch = find_mismatch(user, result.change, rule_id, &stored);
        if let Some(mismatch) = mismatch {
            let body = stored_body(result.change, rule_id, &stored);
            let body = body.cloned().map(Value::Object);
            let observed =
                run.observer
                    .mismatch_found(user, result.change, body.as_ref(), &mismatch);
            run.record_observer_result(observed);
            result.outcome = ChangeOutcome::Failed(ChangeFailure::NotStored(mismatch));
        }
    }
    let created_ids = created_rules.iter().filter_map(|rule| rule.id.as_ref());
    let known_ids = created_ids.chain(&*prior_rule_ids).collect();
    // Resent creates are checked by `duplicates`, after their earlier requests could complete.
    for created in created_rules.iter().filter(|rule| !rule.was_resent) {
        let Some(result) = results.get_mut(created.change_index) else {
            continue;
        };
        if let Some(duplicate) = find_concurrent_rules(result, created, &known_ids, &stored) {
            let observed = run
                .observer
                .duplicate_suspected(user, result.change, &duplicate);
            run.record_observer_result(observed);
            result.outcome.add_duplicate(duplicate);
        }
    }
}

/// Returns how the stored resource of a change differs from the request. `rule_id` is the id of the
/// changed interaction rule.
pub(super) fn find_mismatch(
    user: &UserPlan,
    change: &PlannedChange,
    rule_id: Option<&str>,
    stored: &LiveUser,
) -> Option<StorageMismatch> {
    let body = stored_body(change, rule_id, stored);
    match (change.action, body) {
        (ChangeAction::Delete, None) => None,
        (ChangeAction::Delete, Some(_)) => Some(StorageMismatch::StillExists),
        (_, None) if is_removed_with_work_hours(user, change) => None,
        (_, None) => Some(StorageMismatch::Missing),
        (_, Some(body)) => {
            let differences = differences_from_request(change, &user.id, body);
            (!differences.is_empty()).then_some(StorageMismatch::Fields(differences))
        }
    }
}

/// Returns the stored resource of a change, in the form of a response to it.
pub(super) fn stored_body<'l>(
    change: &PlannedChange,
    rule_id: Option<&str>,
    stored: &'l LiveUser,
) -> Option<&'l RawBody> {
    match change.resource {
        ResourceKind::InteractionRule => Some(&stored.rule(rule_id?)?.body),
        ResourceKind::StateRule => Some(&stored.state_rule(&change.name)?.body),
        ResourceKind::State => {
            let rule = stored.state_rule(&change.name)?;
            rule.body.get("state").and_then(Value::as_object)
        }
    }
}

/// Returns whether the change is of the after-hours rule, and another change makes the work hours
/// 24/7, which removes that rule.
fn is_removed_with_work_hours(user: &UserPlan, change: &PlannedChange) -> bool {
    change.resource == ResourceKind::StateRule
        && change.name == StateId::AFTER_HOURS
        && user.changes.iter().any(super::order::removes_after_hours)
}

/// Returns the rules with the name of a created rule that appeared at the same time, such as those
/// of another run of the same files. `known_ids` holds the ids of the rules that existed before or
/// were created by this run.
fn find_concurrent_rules<E>(
    result: &ChangeResult<'_, E>,
    created: &CreatedRule,
    known_ids: &HashSet<&String>,
    stored: &LiveUser,
) -> Option<SuspectedDuplicate> {
    let id = created.id.as_ref()?;
    let has_same_name = |rule_id: &String, name: &str| {
        name == result.change.name && (rule_id == id || !known_ids.contains(rule_id))
    };
    let mut ids: Vec<String> = stored
        .rules()
        .iter()
        .filter(|rule| has_same_name(&rule.id, &rule.display_name))
        .map(|rule| rule.id.clone())
        .collect();
    // Ids ascend, so that both runs name the same rule as the younger one.
    ids.sort_by_cached_key(|id| numeric_order(Some(id)));
    (ids.len() > 1 && ids.contains(id)).then_some(SuspectedDuplicate::Concurrent(ids))
}
