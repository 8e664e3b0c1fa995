//! Checks that a plan shows what it sends, because a plan may come from an edited file.

use serde_json::Value;

use super::verify_response;
use crate::api::{RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{ExtensionDirectory, StateId};
use crate::reconcile::live_user::LiveUser;
use crate::reconcile::plan::{ChangeAction, PlannedChange, ResourceKind, UserPlan};
use crate::reconcile::{rules, states};

/// Returns the first change whose shown fields differ from the effect of its request on the live
/// user.
pub(super) fn first_mismatch<'a>(
    user: &'a UserPlan,
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> Option<&'a PlannedChange> {
    let rebuilder = ChangeRebuilder {
        owner: user,
        live,
        yaml_writer: YamlWriter::new(directory),
    };
    let mut changes = user.changes.iter();
    changes.find(|change| rebuilder.rebuild(change).as_ref() != Some(*change))
}

/// Derives changes from their requests.
struct ChangeRebuilder<'a> {
    owner: &'a UserPlan,
    live: &'a LiveUser,
    yaml_writer: YamlWriter<'a>,
}

impl ChangeRebuilder<'_> {
    /// Returns the change as a plan would show it; `None` if its resource does not exist.
    fn rebuild(&self, change: &PlannedChange) -> Option<PlannedChange> {
        let owner = &self.owner.id;
        let words = self.yaml_writer;
        let body = || change.request.body.as_ref().and_then(Value::as_object);
        let rules = rules::RuleChangeBuilder {
            owner,
            yaml_writer: words,
        };
        let states = states::StateChangeBuilder {
            owner,
            yaml_writer: words,
        };
        let id = StateId(change.name.clone());
        Some(match (change.resource, change.action) {
            (ResourceKind::InteractionRule, ChangeAction::Create) => {
                rules.create_from_body(body()?.clone())
            }
            (ResourceKind::InteractionRule, action) => {
                let mut live = self.live.rules().iter();
                let live = live.find(|rule| change.rule_id.as_ref() == Some(&rule.id))?;
                match action {
                    ChangeAction::Delete => rules.delete(live, change.reason?),
                    _ => rules.update_from_body(body()?.clone(), live),
                }
            }
            (ResourceKind::StateRule, _) => {
                let before = self.state_rule(&id);
                let before = before.map(|rule| decode::state_dispatching(rule, owner));
                states.state_rule_from_body(&id, body()?.clone(), before.as_ref())
            }
            (ResourceKind::State, _) => {
                let before = decode::state(self.state_rule(&id)?);
                let after = verify_response::merge_state(&before, body()?);
                states.state_from_body(&id, body()?.clone(), &before, &after)
            }
        })
    }

    /// Returns the live body of a state rule.
    fn state_rule(&self, id: &StateId) -> Option<&RawBody> {
        let mut rules = self.live.state_rules().iter();
        rules
            .find(|rule| rule.id == id.as_str())
            .map(|rule| &rule.body)
    }
}
