//! Checks creates that were sent more than once for duplicates, at the end of the run.
//!
//! A request without a response can complete after the lookup that missed it and after the resend.
//! Then two rules have the same name. The duplicate was not in the plan, so it is not deleted here;
//! the create counts as failed.

use std::collections::HashSet;

use super::outcome::{CreatedRule, UserOutcome};
use super::report::SuspectedDuplicate;
use super::{ApplyObserver, ApplyRun};
use crate::api::InteractionRuleRecord;
use crate::model::ExtensionId;
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::change::PlannedChange;
use crate::reconcile::merge::differences_from_request;

/// Checks the resent creates of all users, after requests without a response had enough time to
/// complete.
pub(super) async fn check_duplicates<A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    users: &mut [UserOutcome<'_, AccountErrorOf<A>>],
) {
    let has_resent_creates = |user: &&mut UserOutcome<'_, _>| {
        let mut created = user.created_rules.iter();
        created.any(|rule| rule.was_resent)
    };
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
        run.note_error(&error);
        error.to_string()
    });
    for resent in user.created_rules.iter().filter(|rule| rule.was_resent) {
        let Some(result) = user.results.get_mut(resent.change_index) else {
            continue;
        };
        let duplicate = match &rules {
            Ok(rules) => find_duplicates(resent, result.change, owner, rules, &user.prior_rule_ids),
            Err(reason) => Some(SuspectedDuplicate::Failed(reason.clone())),
        };
        if let Some(duplicate) = duplicate {
            run.record_observer_result(run.observer.duplicate_suspected(
                result.user,
                result.change,
                &duplicate,
            ));
            result.outcome.add_duplicate(duplicate);
        }
    }
}

/// Returns the duplicates among the current rules. `known` holds the ids of the rules that existed
/// before.
fn find_duplicates(
    resent: &CreatedRule,
    change: &PlannedChange,
    owner: &ExtensionId,
    rules: &[InteractionRuleRecord],
    known: &HashSet<String>,
) -> Option<SuspectedDuplicate> {
    let is_ours = |rule: &&InteractionRuleRecord| {
        rule.display_name == change.name
            && !known.contains(&rule.id)
            && differences_from_request(change, owner, &rule.body).is_empty()
    };
    let mut ids: Vec<String> = rules
        .iter()
        .filter(is_ours)
        .map(|rule| rule.id.clone())
        .collect();
    // The confirmed rule comes first.
    ids.sort_by_key(|id| Some(id) != resent.id.as_ref());
    (ids.len() > 1).then_some(SuspectedDuplicate::Found(ids))
}
