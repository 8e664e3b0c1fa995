//! A create is sent again only after looking: two rules of one name would be worse than an error.

use std::collections::HashSet;

use serde_json::Value;

use super::report::{Failure, Found};
use super::{Run, answer};
use crate::engine::account::{Account, ErrorOf};
use crate::engine::plan::Change;
use crate::model::ExtensionId;
use crate::wire::InteractionRule;

/// How often a create is sent in all.
const ATTEMPTS: u32 = 3;

/// A rule that was created.
pub(super) struct Created {
    /// What the account answered, or what was found there.
    pub(super) answer: Option<Value>,
    /// Whether it was sent more than once. Then a former request may still be carried out: no look can tell
    /// that it never will.
    pub(super) is_repeated: bool,
}

/// Creates an interaction rule; `known` are the ids of the rules that were there before.
pub(super) async fn create<A: Account, W>(
    run: &Run<'_, A, W>,
    owner: &ExtensionId,
    change: &Change,
    known: HashSet<&str>,
) -> Result<Created, Failure<ErrorOf<A>>> {
    let mut attempt = 1;
    let mut former = None;
    let mut may_land = false;
    let created = |answer, attempt| Created {
        answer,
        is_repeated: attempt > 1,
    };
    loop {
        let error = match (run.account.send(&change.request).await, former.take()) {
            (Ok(answer), _) => return Ok(created(answer, attempt)),
            // The former attempt had no clear answer, and this one was not sent.
            (Err(error), Some(cause)) if run.is_stop(&error) => {
                let found = Found::nothing(may_land);
                return Err(Failure::Unclear { cause, found });
            }
            (Err(error), _) if A::is_unclear(&error) => error,
            (Err(error), _) => return Err(Failure::Write(error)),
        };
        may_land |= A::may_still_land(&error);
        match search(run, owner, change, &known, &error).await {
            Ok(rule) => return Ok(created(Some(Value::Object(rule.body)), attempt)),
            Err(Found::Nothing) if attempt < ATTEMPTS => former = Some(error),
            Err(found) => {
                let cause = error;
                let found = match found {
                    Found::Nothing => Found::nothing(may_land),
                    found => found,
                };
                return Err(Failure::Unclear { cause, found });
            }
        }
        attempt += 1;
    }
}

/// Looks until the rule is there, or what is still under way has had its time to arrive.
async fn search<A: Account, W>(
    run: &Run<'_, A, W>,
    owner: &ExtensionId,
    change: &Change,
    known: &HashSet<&str>,
    error: &ErrorOf<A>,
) -> Result<InteractionRule, Found> {
    let mut looks = 0;
    while run.account.wait_to_look(error, looks).await {
        match look(run, owner, change, known).await {
            Err(Found::Nothing) => looks += 1,
            found => return found,
        }
    }
    Err(Found::Nothing)
}

/// The rule that was created, or what is there instead.
async fn look<A: Account, W>(
    run: &Run<'_, A, W>,
    owner: &ExtensionId,
    change: &Change,
    known: &HashSet<&str>,
) -> Result<InteractionRule, Found> {
    let rules = run.account.interaction_rules(owner).await;
    let rules = rules.map_err(|error| {
        run.is_stop(&error);
        Found::Unknown(error.to_string())
    })?;
    let is_it =
        |rule: &InteractionRule| rule.display_name == change.name && !known.contains(&*rule.id);
    let mut new: Vec<InteractionRule> = rules.into_iter().filter(is_it).collect();
    let rule = match new.pop() {
        None => return Err(Found::Nothing),
        Some(rule) if new.is_empty() => rule,
        Some(rule) => {
            new.push(rule);
            let ids = new.into_iter().map(|rule| rule.id).collect();
            return Err(Found::Several(ids));
        }
    };
    let differences = answer::differences(change, owner, &Value::Object(rule.body.clone()));
    match differences.is_empty() {
        true => Ok(rule),
        false => Err(Found::Otherwise(differences)),
    }
}
