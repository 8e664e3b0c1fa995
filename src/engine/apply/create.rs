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

/// Creates an interaction rule; `known` are the ids of the rules that were there before.
pub(super) async fn create<A: Account, W>(
    run: &Run<'_, A, W>,
    owner: &ExtensionId,
    change: &Change,
    known: HashSet<&str>,
) -> Result<Option<Value>, Failure<ErrorOf<A>>> {
    let mut attempt = 1;
    let mut former = None;
    loop {
        let error = match (run.account.send(&change.request).await, former.take()) {
            (Ok(answer), _) => return Ok(answer),
            // The former attempt had no clear answer, and this one was not sent.
            (Err(error), Some(cause)) if run.is_stop(&error) => {
                let found = Found::Nothing;
                return Err(Failure::Unclear { cause, found });
            }
            (Err(error), _) if A::is_unclear(&error) => error,
            (Err(error), _) => return Err(Failure::Write(error)),
        };
        // What is still under way may arrive meanwhile.
        run.account.pause(attempt).await;
        match look(run, owner, change, &known).await {
            Ok(rule) => return Ok(Some(Value::Object(rule.body))),
            Err(Found::Nothing) if attempt < ATTEMPTS => former = Some(error),
            Err(found) => {
                let cause = error;
                return Err(Failure::Unclear { cause, found });
            }
        }
        attempt += 1;
    }
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
    let mut new = rules.into_iter().filter(is_it);
    let Some(rule) = new.next() else {
        return Err(Found::Nothing);
    };
    match new.count() {
        0 => {}
        others => return Err(Found::Several(others + 1)),
    }
    let differences = answer::differences(change, owner, &Value::Object(rule.body.clone()));
    match differences.is_empty() {
        true => Ok(rule),
        false => Err(Found::Otherwise(differences)),
    }
}
