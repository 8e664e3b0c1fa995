//! Creates that were sent more than once, looked at once more when the user's writes are done.
//!
//! A request that was given up can be carried out after the look that missed it, and after its repetition.
//! Then two rules have one name. The surplus one was in no plan, so nothing deletes it here; but a user who
//! has it is not done.

use std::collections::HashSet;

use serde_json::Value;

use super::answer;
use super::report::Doubt;
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

impl Repeated {
    /// What is wrong with it, now that these rules are there; `known` are the ids of those that were there
    /// before.
    pub(super) fn doubt(
        &self,
        change: &Change,
        owner: &ExtensionId,
        rules: &[InteractionRule],
        known: &HashSet<&str>,
    ) -> Option<Doubt> {
        let is_ours = |rule: &&InteractionRule| {
            let body = Value::Object(rule.body.clone());
            rule.display_name == change.name
                && !known.contains(&*rule.id)
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
