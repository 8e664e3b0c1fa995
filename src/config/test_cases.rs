//! The call tests of test files: single calls with their expected outcomes.

use std::collections::HashMap;

use super::types::{LoadedUser, UserFile, UserRef};
use crate::model::{
    ALL_STATES, CallDestination, CallTime, ExtensionId, RingTarget, StateCapabilities, StateId,
    UserSelector, is_similar,
};
use crate::yaml::YamlPath;

/// A single call with its expected outcome.
#[derive(Debug, Clone)]
pub struct CallTest {
    /// The name of the test that contains the call.
    pub test: String,
    /// The 1-based index in the test's `calls`; `None` if the test has a single `call`.
    pub line: Option<usize>,
    /// The path within the test file.
    pub path: YamlPath,
    /// The extension that receives the call.
    pub user: ExtensionId,
    /// The number of the caller; `None` if it is withheld.
    pub from: Option<String>,
    /// The number that the caller dialed, if the test sets it.
    pub to: Option<String>,
    /// When the call comes in, in user-local time.
    pub at: CallTime,
    /// Whether the call comes from a call queue.
    pub queue: bool,
    /// The expected outcome of the call.
    pub expected: ExpectedOutcome,
}

/// The expected outcome of a call. Parts that are `None` are not checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedOutcome {
    /// The rule or state that handles the call.
    pub handled_by: Option<ExpectedHandler>,
    /// Where the call ends. Voicemail without a greeting matches any greeting.
    pub ends_at: Option<CallDestination>,
    /// All ring targets, in order.
    pub rings: Option<Vec<RingTarget>>,
}

/// The expected handler of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedHandler {
    /// The interaction rule that is declared under this key.
    Rule(String),
    /// The state with this id.
    State(StateId),
    /// None, because the queue skips the user.
    QueueSkips,
}

/// The value of `handledBy` if the queue skips the user.
const QUEUE_SKIPS: &str = "queue skips";

/// The users of a repository, indexed by every identifier that tests may use.
#[derive(Debug)]
pub struct TestUsers<'a> {
    users: &'a [LoadedUser],
    by_name: HashMap<String, &'a LoadedUser>,
}

impl<'a> TestUsers<'a> {
    /// Builds the index of the given user files.
    pub fn from_users(users: &'a [LoadedUser]) -> Self {
        let mut by_name = HashMap::new();
        for user in users {
            let [number, email, id] = user.file.identity();
            let id = id.map(|id| format!("id:{id}"));
            let number = number.map(str::to_owned);
            let email = email.map(str::to_ascii_lowercase);
            for name in [id, number, email].into_iter().flatten() {
                by_name.entry(name).or_insert(user);
            }
        }
        TestUsers { users, by_name }
    }

    /// Returns the identifiers by which the files describe their users.
    pub(super) fn identifiers(&self) -> Vec<String> {
        let users = self.users.iter();
        users
            .filter_map(|user| {
                let file = &user.file;
                let reference = file.changeable_reference();
                Some(reference.or_else(|| file.owner_reference())?.1)
            })
            .collect()
    }

    /// Returns the path, key and value of the user that a test file at `path` may mean: the user
    /// whose file has the same name, or else the one with a similar identifier.
    pub(super) fn similar_user(&self, user: &str, path: &str) -> Option<(&str, String, String)> {
        let name = |path: &'a str| path.rsplit('/').next();
        let is_alike = |value: &str| is_similar(user.trim(), value.trim_start_matches("id:"));
        let mut users = self.users.iter().filter_map(|loaded| {
            let file = &loaded.file;
            let reference = file.changeable_reference();
            let (key, value) = reference.or_else(|| file.owner_reference())?;
            let has_same_name = name(&loaded.path) == path.rsplit('/').next();
            let rank = u8::from(!has_same_name);
            (has_same_name || is_alike(&value)).then_some((rank, loaded.path.as_str(), key, value))
        });
        let (_, path, key, value) = users.by_ref().min_by_key(|(rank, ..)| *rank)?;
        Some((
            path,
            key.to_owned(),
            value.trim_start_matches("id:").to_owned(),
        ))
    }

    /// Returns the user that a test refers to.
    pub(super) fn user_for(&self, user: &UserRef) -> Option<&'a LoadedUser> {
        let text = user.0.trim();
        let name = if text.contains('@') {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        };
        let selector: UserSelector = text.parse().ok()?;
        // The index also matches numbers and addresses that selectors do not accept.
        let user = self.by_name.get(&name).copied();
        user.filter(|user| user.file.is_selected_by(&selector))
    }
}

/// Resolves the name of a handler in a test. Rules have priority, because users choose their names.
pub(super) fn parse_handler(name: &str, user: &UserFile) -> Option<ExpectedHandler> {
    if let Some((key, _)) = user_rules(user).find(|(key, _)| *key == name) {
        return Some(ExpectedHandler::Rule(key.to_owned()));
    }
    let mut matches = user_rules(user).filter(|(_, own)| *own == Some(name));
    if let (Some((key, _)), None) = (matches.next(), matches.next()) {
        return Some(ExpectedHandler::Rule(key.to_owned()));
    }
    if name == QUEUE_SKIPS {
        return Some(ExpectedHandler::QueueSkips);
    }
    StateCapabilities::of(name).map(|state| ExpectedHandler::State(state.id.into()))
}

/// Returns all names of handlers that a test of the user may refer to.
pub(super) fn handler_names(user: &UserFile) -> Vec<String> {
    let rules: Vec<&str> = user_rules(user).map(|(key, _)| key).collect();
    let fixed_names = ALL_STATES
        .map(|state| state.id)
        .into_iter()
        .chain([QUEUE_SKIPS]);
    let others: Vec<&str> = fixed_names.filter(|name| !rules.contains(name)).collect();
    rules.into_iter().chain(others).map(str::to_owned).collect()
}

/// Returns the keys of the declared rules of a user, each with its `name` if that is set.
fn user_rules(user: &UserFile) -> impl Iterator<Item = (&str, Option<&str>)> {
    let rules = user.interaction_rules.iter().flatten();
    rules.filter_map(|(key, rule)| Some((key.as_str(), rule.as_ref()?.name.as_deref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_user_matches_by_number_address_or_id() {
        let user = |path: &str, text: &str| LoadedUser {
            path: path.to_owned(),
            file: serde_yaml::from_str(text).unwrap(),
        };
        let users = [
            user("a", "extension: \"101\""),
            user("b", "email: Priya@acme.example"),
            user("c", "id: \"1003\""),
        ];
        let test_users = TestUsers::from_users(&users);
        let path = |name: &str| {
            let user = test_users.user_for(&UserRef(name.to_owned()));
            user.map(|user| user.path.as_str())
        };
        for (name, expected) in [
            ("101", Some("a")),
            (" 101 ", Some("a")),
            ("priya@ACME.example", Some("b")),
            ("id:1003", Some("c")),
            ("1003", None),
            ("id:101", None),
            ("102", None),
            ("", None),
        ] {
            assert_eq!(path(name), expected, "{name}");
        }
    }
}
