//! The results of the writes of one user, which are checked after the last one.

use std::collections::HashSet;

use serde_json::Value;

use super::report::ChangeResult;

/// The results of one user.
pub(super) struct UserOutcome<'a, E> {
    pub(super) results: Vec<ChangeResult<'a, E>>,
    /// The rules that were created.
    pub(super) created_rules: Vec<CreatedRule>,
    /// The ids of the rules that existed before the first write.
    pub(super) prior_rule_ids: HashSet<String>,
}

/// A rule that was created and confirmed.
pub(super) struct CreatedRule {
    /// The index of the change in the order of sending.
    pub(super) change_index: usize,
    /// The id of the confirmed rule.
    pub(super) id: Option<String>,
    /// Whether the create was sent more than once, so that an earlier request may still complete.
    /// [`duplicates`](super::duplicates) checks these creates at the end of the run.
    pub(super) was_resent: bool,
}

/// A write that the service accepted.
pub(super) struct AcceptedWrite {
    /// The response body, or the rule that a lookup found after a create.
    pub(super) response: Option<Value>,
    /// Whether a create was sent more than once. Then an earlier request may still complete later.
    pub(super) was_resent: bool,
}
