//! Creates that were sent more than once, looked at once more at the end of the run.
//!
//! A request that was given up can be carried out after the look that missed it, and after its repetition.
//! Then two rules have one name. The surplus one was in no plan, so nothing deletes it here; but a user who
//! has it is not done.

use std::collections::HashSet;

use serde_json::Value;

use super::report::{Doubt, Failure, Outcome};
use super::user::Ended;
use super::{Run, Watch, answer};
use crate::engine::account::{Account, ErrorOf};
use crate::engine::plan::Change;
use crate::model::ExtensionId;
use crate::wire::InteractionRule;

/// A create that was sent again and then confirmed.
pub(super) struct Repeated {
    /// Which of the user's changes it is, in the order in which they are sent.
    pub(super) place: usize,
    /// The rule that was confirmed.
    pub(super) after: Option<Value>,
}

/// Looks once more where creates were sent again, when what was given up has had its time to arrive.
pub(super) async fn look_again<A: Account, W: Watch>(
    run: &Run<'_, A, W>,
    users: &mut [Ended<'_, ErrorOf<A>>],
) {
    let is_in_doubt = |user: &&mut Ended<'_, _>| !user.repeated.is_empty();
    let mut users: Vec<_> = users.iter_mut().filter(is_in_doubt).collect();
    // Where nothing more can be sent there is nothing to wait for.
    if !users.is_empty() && !run.is_over() {
        run.account.wait_for_the_late().await;
    }
    for user in &mut users {
        look_at(run, user).await;
    }
}

async fn look_at<A: Account, W: Watch>(run: &Run<'_, A, W>, user: &mut Ended<'_, ErrorOf<A>>) {
    let Some(owner) = user.settled.first().map(|settled| &settled.user.id) else {
        return;
    };
    let rules = run.account.interaction_rules(owner).await;
    let rules = rules.map_err(|error| {
        run.is_stop(&error);
        error.to_string()
    });
    for repeated in &user.repeated {
        let Some(settled) = user.settled.get_mut(repeated.place) else {
            continue;
        };
        let doubt = match &rules {
            Ok(rules) => repeated.doubt(settled.change, owner, rules, &user.known),
            Err(reason) => Some(Doubt::Unseen(reason.clone())),
        };
        if let Some(doubt) = doubt {
            run.heard(run.watch.doubted(settled.user, settled.change, &doubt));
            settled.outcome = Outcome::Failed(Failure::Repeated(doubt));
        }
    }
}

impl Repeated {
    /// What is wrong with it, now that these rules are there; `known` are the ids of those that were there
    /// before.
    fn doubt(
        &self,
        change: &Change,
        owner: &ExtensionId,
        rules: &[InteractionRule],
        known: &HashSet<String>,
    ) -> Option<Doubt> {
        let is_ours = |rule: &&InteractionRule| {
            let body = Value::Object(rule.body.clone());
            rule.display_name == change.name
                && !known.contains(&rule.id)
                && answer::differences(change, owner, &body).is_empty()
        };
        let confirmed = self.after.as_ref().and_then(answer::id);
        let ours = rules.iter().filter(is_ours).map(|rule| rule.id.clone());
        let (kept, surplus): (Vec<String>, Vec<String>) =
            ours.partition(|id| Some(id) == confirmed.as_ref());
        let ids: Vec<String> = kept.into_iter().chain(surplus).collect();
        (ids.len() > 1).then_some(Doubt::Twice(ids))
    }
}
