//! What a write did, and what has become of it since.

use serde_json::Value;

use crate::engine::fetch::Wanted;
use crate::engine::plan::{Change, FieldChange, Resource};
use crate::model::ExtensionId;
use crate::wire::convert;

/// What a write did to a rule or state.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What was sent.
    pub change: &'a Change,
    /// The whole rule as it was, for a state the rule that embeds it; none where there was none.
    pub before: Option<&'a Value>,
    /// The whole rule as the account answered, where it did.
    pub after: Option<&'a Value>,
    /// The ids of further rules that it made, where it was carried out more than once.
    pub twins: &'a [String],
    /// Beside a change of work hours: the rule of the state after-hours, as it was.
    pub after_hours: Option<&'a Value>,
}

impl Step<'_> {
    /// The id of the rule that it was about, which for a new one the answer tells.
    pub(super) fn rule_id(&self) -> Option<String> {
        let told = |after: &Value| convert::string(after.get("id"));
        let id = self.change.rule_id.clone();
        let is_rule = self.change.resource == Resource::InteractionRule;
        id.or_else(|| self.after.filter(|_| is_rule).and_then(told))
    }
}

impl Wanted {
    /// The lists in which these steps can be seen.
    pub fn to_undo(user: &ExtensionId, steps: &[Step<'_>]) -> Self {
        let is_rule = |step: &Step<'_>| step.change.resource == Resource::InteractionRule;
        Wanted {
            user: user.clone(),
            rules: steps.iter().any(is_rule),
            states: !steps.iter().all(is_rule),
        }
    }
}

/// A rule or state that is no longer as a write left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// Which kind it is.
    pub resource: Resource,
    /// The name of the rule, or the id of the state.
    pub name: String,
    /// The id by which the account knows the rule, where the write told one.
    pub rule_id: Option<String>,
    /// What has become of it.
    pub fate: Fate,
}

/// What has become of a rule or state since a write.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It says something else: of each part what the write left, and what it is now.
    Changed(Vec<FieldChange>),
    /// It is gone.
    Gone,
    /// The write was never answered, and several rules are as it asked: with these ids.
    Several(Vec<String>),
    /// It is gone, and its name belongs to a rule with this id.
    NameTaken(String),
}
