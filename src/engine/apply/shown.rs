//! Whether a plan shows what it sends: it may come from a file, and a file may say anything.

use serde_json::Value;

use super::answer;
use crate::engine::live::LiveUser;
use crate::engine::plan::{Action, Change, Resource, UserPlan};
use crate::engine::{rules, states};
use crate::model::words::Words;
use crate::model::{Directory, StateId};
use crate::wire::{Body, convert};

/// The first change that says something else of itself than its request does to the live user.
pub(super) fn first_untrue<'a>(
    user: &'a UserPlan,
    live: &LiveUser,
    directory: &Directory,
) -> Option<&'a Change> {
    let made_anew = Anew {
        owner: user,
        live,
        words: Words::new(directory),
    };
    let mut changes = user.changes.iter();
    changes.find(|change| made_anew.change(change).as_ref() != Some(*change))
}

/// Makes changes out of requests.
struct Anew<'a> {
    owner: &'a UserPlan,
    live: &'a LiveUser,
    words: Words<'a>,
}

impl Anew<'_> {
    /// The change as a plan would show it; none where there is nothing that it could change.
    fn change(&self, change: &Change) -> Option<Change> {
        let owner = &self.owner.id;
        let words = self.words;
        let body = || change.request.body.as_ref().and_then(Value::as_object);
        let rules = rules::Differ { owner, words };
        let states = states::Differ { owner, words };
        let id = StateId(change.name.clone());
        Some(match (change.resource, change.action) {
            (Resource::InteractionRule, Action::Create) => rules.create_with(body()?.clone()),
            (Resource::InteractionRule, action) => {
                let mut live = self.live.rules().iter();
                let live = live.find(|rule| change.rule_id.as_ref() == Some(&rule.id))?;
                match action {
                    Action::Delete => rules.delete(live, change.reason?),
                    _ => rules.update_with(body()?.clone(), live),
                }
            }
            (Resource::StateRule, _) => {
                let before = self.state_rule(&id);
                let before = before.map(|rule| convert::state_dispatching(rule, owner));
                states.state_rule_with(&id, body()?.clone(), before.as_ref())
            }
            (Resource::State, _) => {
                let before = convert::state(self.state_rule(&id)?);
                let after = answer::state_after(&before, body()?);
                states.state_with(&id, body()?.clone(), &before, &after)
            }
        })
    }

    fn state_rule(&self, id: &StateId) -> Option<&Body> {
        let mut rules = self.live.state_rules().iter();
        rules
            .find(|rule| rule.id == id.as_str())
            .map(|rule| &rule.body)
    }
}
