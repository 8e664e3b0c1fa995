//! Finds rules that were renamed in the file alone.
//!
//! Such a plan creates a rule and deletes one that matches the same calls. What the file does not
//! mention, such as a recorded greeting, would be lost with the old rule.

use std::collections::HashMap;

use serde_json::json;

use super::change::{ChangeAction, DeleteReason, PlannedChange};
use super::live_user::LiveUser;
use super::problem::{DiffDiagnostic, DiffProblemKind, DiffSubject};
use crate::api::decode;
use crate::model::{ExtensionId, RuleConditions, number_key};

/// Returns a warning for each created rule that matches the same calls as a deleted one.
pub(super) fn find_possible_renames(
    changes: &[PlannedChange],
    live: &LiveUser,
    owner: &ExtensionId,
) -> Vec<DiffDiagnostic> {
    let deleted = changes
        .iter()
        .filter(|change| change.reason == Some(DeleteReason::NotDeclared));
    let mut deleted: HashMap<String, &str> = deleted
        .filter_map(|change| {
            let rule = live.rule(change.rule_id.as_deref()?)?;
            let conditions = decode::interaction_rule(&rule.body, owner).conditions?;
            Some((conditions_key(conditions), change.name.as_str()))
        })
        .collect();
    if deleted.is_empty() {
        return Vec::new();
    }
    let created = changes
        .iter()
        .filter(|change| change.action == ChangeAction::Create);
    let renames = created.filter_map(|change| {
        let conditions = decode::interaction_rule(change.body()?, owner).conditions?;
        let old_name = deleted.remove(&conditions_key(conditions))?;
        let message = format!(
            "this rule is created, and `{old_name}`, which matches the same calls, is deleted"
        );
        // A JSON text is valid YAML, whatever the name contains.
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let quoted = if old_name.chars().all(is_plain) {
            old_name.to_owned()
        } else {
            json!(old_name).to_string()
        };
        let help = format!(
            "to rename the rule, add `renamedFrom: {quoted}`; that keeps what the file does not \
             mention, such as a recorded greeting"
        );
        Some(DiffDiagnostic {
            kind: DiffProblemKind::PossibleRename,
            ..DiffDiagnostic::warning(DiffSubject::Rule(change.name.clone()), message, &help)
        })
    });
    renames.collect()
}

/// Returns whether two rules match the same calls.
pub fn matches_same_calls(one: &RuleConditions, other: &RuleConditions) -> bool {
    conditions_key(one.clone()) == conditions_key(other.clone())
}

/// Returns a text that is equal for conditions that match the same calls.
fn conditions_key(mut conditions: RuleConditions) -> String {
    let mut callers: Vec<&str> = conditions
        .caller_ids
        .iter()
        .map(|caller| number_key(&caller.number))
        .collect();
    callers.sort_unstable();
    let callers = callers.join(" ");
    conditions.caller_ids = [].into();
    conditions.called_numbers.sort();
    format!("{callers} {conditions:?}")
}
