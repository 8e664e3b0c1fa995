//! Single calls with what is expected of them, as test files mean them.

use std::collections::HashMap;

use super::load::User;
use super::types::{UserFile, UserRef};
use crate::model::{At, Destination, ExtensionId, RingTarget, Selector, StateId};
use crate::yaml::Path;

/// One call, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its test.
    pub test: String,
    /// Which line of the test's `calls` it is, counted from 1; none where it is the only call.
    pub line: Option<usize>,
    /// Where it stands in its file.
    pub path: Path,
    /// Whose call it is.
    pub user: ExtensionId,
    /// Who calls; none where the caller shows no number.
    pub from: Option<String>,
    /// The number that was dialled, where that is said.
    pub to: Option<String>,
    /// When.
    pub at: At,
    /// Whether it comes through a call queue.
    pub queue: bool,
    /// What is expected.
    pub expected: Expected,
}

/// What is expected of a call. A part that is `None` may be as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// What takes the call.
    pub handled_by: Option<Handler>,
    /// Where it ends. Voicemail without a greeting means any greeting.
    pub ends_at: Option<Destination>,
    /// All that rings, in order.
    pub rings: Option<Vec<RingTarget>>,
}

/// What takes a call, as tests say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handler {
    /// The interaction rule that is declared under this key.
    Rule(String),
    /// A state.
    State(StateId),
    /// Nothing: the queue passes the user over.
    QueueSkips,
}

/// How tests say that the queue passes the user over.
const QUEUE_SKIPS: &str = "queue skips";

const STATES: [&str; 5] = [
    StateId::FORWARD_ALL_CALLS,
    StateId::DND,
    StateId::AGENT,
    StateId::WORK_HOURS,
    StateId::AFTER_HOURS,
];

/// The users whom a repository describes, by all that tests may call them.
#[derive(Debug)]
pub struct People<'a> {
    pub(super) users: &'a [User],
    by_name: HashMap<String, &'a User>,
}

impl<'a> People<'a> {
    /// Of these user files.
    pub fn of(users: &'a [User]) -> Self {
        let mut by_name = HashMap::new();
        for user in users {
            let UserFile {
                id,
                extension,
                email,
                ..
            } = &user.file;
            let id = id.as_ref().map(|id| format!("id:{}", id.0));
            let number = extension.as_ref().map(|number| number.0.clone());
            let email = email.as_ref().map(|email| email.0.to_ascii_lowercase());
            for name in [id, number, email].into_iter().flatten() {
                by_name.entry(name).or_insert(user);
            }
        }
        People { users, by_name }
    }

    /// The user whom a test means.
    pub(super) fn described(&self, user: &UserRef) -> Option<&'a User> {
        let said = user.0.trim();
        let name = match said.contains('@') {
            true => said.to_ascii_lowercase(),
            false => said.to_owned(),
        };
        let selector: Selector = said.parse().ok()?;
        // A number or address in an unexpected form is found here and yet not meant.
        self.by_name
            .get(&name)
            .copied()
            .filter(|User { file, .. }| {
                selector.is_of(
                    file.id.as_ref().map(|id| id.0.as_str()),
                    file.extension.as_ref().map(|number| number.0.as_str()),
                    file.email.as_ref().map(|email| email.0.as_str()),
                )
            })
    }
}

/// What a test means by a name: a rule before all else, since people choose the names of rules.
pub(super) fn handler(name: &str, user: &UserFile) -> Option<Handler> {
    if let Some((key, _)) = rules(user).find(|(key, _)| *key == name) {
        return Some(Handler::Rule(key.to_owned()));
    }
    let mut named = rules(user).filter(|(_, own)| *own == Some(name));
    if let (Some((key, _)), None) = (named.next(), named.next()) {
        return Some(Handler::Rule(key.to_owned()));
    }
    if name == QUEUE_SKIPS {
        return Some(Handler::QueueSkips);
    }
    STATES.contains(&name).then(|| Handler::State(name.into()))
}

/// All that a test of a user can mean.
pub(super) fn handlers(user: &UserFile) -> Vec<String> {
    let rules: Vec<&str> = rules(user).map(|(key, _)| key).collect();
    let others = STATES.into_iter().chain([QUEUE_SKIPS]);
    let others: Vec<&str> = others.filter(|other| !rules.contains(other)).collect();
    rules.into_iter().chain(others).map(str::to_owned).collect()
}

/// The rules that a user shall have: their keys, and their names where these differ.
fn rules(user: &UserFile) -> impl Iterator<Item = (&str, Option<&str>)> {
    let rules = user.interaction_rules.iter().flatten();
    rules.filter_map(|(key, rule)| Some((key.as_str(), rule.as_ref()?.name.as_deref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_calls_a_user_by_number_address_or_id() {
        let user = |path: &str, said: &str| User {
            path: path.to_owned(),
            file: serde_yaml::from_str(said).unwrap(),
        };
        let users = [
            user("a", "extension: \"101\""),
            user("b", "email: Priya@acme.example"),
            user("c", "id: \"1003\""),
        ];
        let people = People::of(&users);
        let path = |said: &str| {
            let user = people.described(&UserRef(said.to_owned()));
            user.map(|user| user.path.as_str())
        };
        for (said, expected) in [
            ("101", Some("a")),
            (" 101 ", Some("a")),
            ("priya@ACME.example", Some("b")),
            ("id:1003", Some("c")),
            ("1003", None),
            ("id:101", None),
            ("102", None),
            ("", None),
        ] {
            assert_eq!(path(said), expected, "{said}");
        }
    }
}
