//! Sends creates. A create with an unknown outcome is looked up before it is sent again, because
//! two rules of the same name would be worse than an error.

use std::collections::HashSet;

use serde_json::Value;

use super::ApplyRun;
use super::outcome::AcceptedWrite;
use super::report::{ChangeFailure, LookupResult};
use crate::api::InteractionRuleRecord;
use crate::model::ExtensionId;
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::change::PlannedChange;
use crate::reconcile::merge::differences_from_request;

/// The total number of attempts of a create.
const MAX_ATTEMPTS: u32 = 3;

/// Creates an interaction rule. `known_ids` holds the ids of the rules that existed before or were
/// created by this run.
pub(super) async fn create_rule<A: ReadWriteAccount, W>(
    run: &ApplyRun<'_, A, W>,
    owner: &ExtensionId,
    change: &PlannedChange,
    known_ids: HashSet<&str>,
) -> Result<AcceptedWrite, ChangeFailure<AccountErrorOf<A>>> {
    let mut attempt = 1;
    let mut previous_error = None;
    let mut may_complete_late = false;
    let created = |response, attempt| AcceptedWrite {
        response,
        was_resent: attempt > 1,
    };
    loop {
        let error = match run.account.send(&change.request).await {
            Ok(response) => return Ok(created(response, attempt)),
            Err(error) => error,
        };
        if let Some(cause) = previous_error.take() {
            run.note_error(&error);
            // The previous attempt has an unknown outcome, and this one was not sent or refused.
            let was_not_sent = A::is_canceled(&error) || A::is_lock_timeout(&error);
            if was_not_sent || may_complete_late && !A::is_outcome_unknown(&error) {
                let lookup = LookupResult::not_found(may_complete_late);
                return Err(ChangeFailure::CreateLookedUp { cause, lookup });
            }
        }
        if !A::is_outcome_unknown(&error) {
            return Err(ChangeFailure::Write(error));
        }
        may_complete_late |= A::may_complete_late(&error);
        match find_created_rule(run, owner, change, &known_ids, &error).await {
            Ok(Some(rule)) => return Ok(created(Some(Value::Object(rule.body)), attempt)),
            Ok(None) if attempt < MAX_ATTEMPTS => previous_error = Some(error),
            Ok(None) => {
                let lookup = LookupResult::not_found(may_complete_late);
                let cause = error;
                return Err(ChangeFailure::CreateLookedUp { cause, lookup });
            }
            Err(lookup) => {
                let cause = error;
                return Err(ChangeFailure::CreateLookedUp { cause, lookup });
            }
        }
        attempt += 1;
    }
}

/// Repeats the lookup until the rule exists, or requests without a response had enough time to
/// complete. Returns `None` if no such rule exists.
async fn find_created_rule<A: ReadWriteAccount, W>(
    run: &ApplyRun<'_, A, W>,
    owner: &ExtensionId,
    change: &PlannedChange,
    known_ids: &HashSet<&str>,
    error: &AccountErrorOf<A>,
) -> Result<Option<InteractionRuleRecord>, LookupResult> {
    let mut lookups = 0;
    while run.account.delay_before_lookup(error, lookups).await {
        match look_up_created_rule(run, owner, change, known_ids).await {
            Ok(None) => lookups += 1,
            result => return result,
        }
    }
    Ok(None)
}

/// Returns the rule that was created, `None` if there is no such rule, or what exists instead.
async fn look_up_created_rule<A: ReadWriteAccount, W>(
    run: &ApplyRun<'_, A, W>,
    owner: &ExtensionId,
    change: &PlannedChange,
    known_ids: &HashSet<&str>,
) -> Result<Option<InteractionRuleRecord>, LookupResult> {
    let rules = run.account.interaction_rules(owner).await;
    let rules = rules.map_err(|error| {
        run.note_error(&error);
        LookupResult::Failed(error.to_string())
    })?;
    let is_it = |rule: &InteractionRuleRecord| {
        rule.display_name == change.name && !known_ids.contains(&*rule.id)
    };
    let mut new: Vec<InteractionRuleRecord> = rules.into_iter().filter(is_it).collect();
    let rule = match new.pop() {
        None => return Ok(None),
        Some(rule) if new.is_empty() => rule,
        Some(rule) => {
            new.push(rule);
            let ids = new.into_iter().map(|rule| rule.id).collect();
            return Err(LookupResult::Multiple(ids));
        }
    };
    let differences = differences_from_request(change, owner, &rule.body);
    if differences.is_empty() {
        Ok(Some(rule))
    } else {
        Err(LookupResult::Different(differences))
    }
}
