//! Checks creates that were sent more than once for duplicates, at the end of the run.
//!
//! An abandoned request can complete after the lookup that missed it and after the resend. Then two
//! rules have the same name. The duplicate was not in the plan, so it is not deleted here; the
//! create counts as failed.

use std::collections::HashSet;

use serde_json::Value;

use super::report::{ChangeFailure, ChangeOutcome, DuplicateCheck};
use super::user::UserOutcome;
use super::{ApplyObserver, ApplyRun, verify_response};
use crate::api::InteractionRuleRecord;
use crate::model::ExtensionId;
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::plan::PlannedChange;

/// A create that was sent again and then confirmed.
pub(super) struct ResentCreate {
    /// The index of the change in the order of sending.
    pub(super) change_index: usize,
    /// The body of the confirmed rule.
    pub(super) response: Option<Value>,
}

/// Checks the resent creates of all users, after abandoned requests had enough time to complete.
pub(super) async fn check_duplicates<A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    users: &mut [UserOutcome<'_, AccountErrorOf<A>>],
) {
    let has_resent_creates = |user: &&mut UserOutcome<'_, _>| !user.resent_creates.is_empty();
    let mut users: Vec<_> = users.iter_mut().filter(has_resent_creates).collect();
    // If nothing more can be sent, waiting is useless.
    if !users.is_empty() && !run.is_finished() {
        run.account.wait_for_in_flight().await;
    }
    for user in &mut users {
        check_user_duplicates(run, user).await;
    }
}

/// Checks the resent creates of one user.
async fn check_user_duplicates<A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    user: &mut UserOutcome<'_, AccountErrorOf<A>>,
) {
    let Some(owner) = user.results.first().map(|result| &result.user.id) else {
        return;
    };
    let rules = run.account.interaction_rules(owner).await;
    let rules = rules.map_err(|error| {
        run.record_error(&error);
        error.to_string()
    });
    for resent in &user.resent_creates {
        let Some(result) = user.results.get_mut(resent.change_index) else {
            continue;
        };
        let duplicate = match &rules {
            Ok(rules) => resent.duplicate_check(result.change, owner, rules, &user.prior_rule_ids),
            Err(reason) => Some(DuplicateCheck::Failed(reason.clone())),
        };
        if let Some(duplicate) = duplicate {
            run.record_observer_result(run.observer.duplicate_suspected(
                result.user,
                result.change,
                &duplicate,
            ));
            result.outcome = ChangeOutcome::Failed(ChangeFailure::DuplicateCreate(duplicate));
        }
    }
}

impl ResentCreate {
    /// Returns the duplicates among the current rules. `known` holds the ids of the rules that
    /// existed before.
    fn duplicate_check(
        &self,
        change: &PlannedChange,
        owner: &ExtensionId,
        rules: &[InteractionRuleRecord],
        known: &HashSet<String>,
    ) -> Option<DuplicateCheck> {
        let is_ours = |rule: &&InteractionRuleRecord| {
            let body = Value::Object(rule.body.clone());
            rule.display_name == change.name
                && !known.contains(&rule.id)
                && verify_response::response_differences(change, owner, &body).is_empty()
        };
        let confirmed = self
            .response
            .as_ref()
            .and_then(verify_response::response_id);
        let ours = rules.iter().filter(is_ours).map(|rule| rule.id.clone());
        let (kept, surplus): (Vec<String>, Vec<String>) =
            ours.partition(|id| Some(id) == confirmed.as_ref());
        let ids: Vec<String> = kept.into_iter().chain(surplus).collect();
        (ids.len() > 1).then_some(DuplicateCheck::Found(ids))
    }
}
