//! A plan in a file: made in one run, carried out in another.
//!
//! What comes back is data from outside. The checksum finds damage and slips; it is no signature, for
//! whoever writes a file can write its checksum too. So each request is held against what it claims to
//! do, and none leads anywhere but to the call handling of its user.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::account::{Method, is_segment};
use super::digest;
use super::plan::{Action, Change, Plan, Reason, Resource, UserPlan};
use crate::model::{Catalogue, ExtensionId};

/// Changes when a file of before would be misread.
const FORMAT_VERSION: &str = "1.0";

/// This version of the program.
const CALLRULES: &str = env!("CARGO_PKG_VERSION");

/// The key of the checksum, which is over everything else.
const CHECKSUM: &str = "checksum";

/// Keys by which the document for scripts is known.
const TOLD: [&str; 4] = ["formatVersion", "summary", "users", "guards"];

/// A plan with what it takes to show it and to carry it out elsewhere.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// When the plan was made, as RFC 3339 in UTC.
    pub created_at: String,
    /// Where the account is.
    pub server: String,
    /// The plan.
    pub plan: Plan,
    /// The names of greetings and devices that the plan may mention.
    pub catalogue: Catalogue,
}

/// Why a file is not taken for a plan.
#[derive(Debug, Error)]
pub enum Unusable {
    /// It is not even JSON.
    #[error("it is damaged or cut off: {0}")]
    NotJson(serde_json::Error),
    /// It is what `plan --format json` prints.
    #[error("this is the plan as `--format json` tells it, which is for scripts")]
    ForScripts,
    /// It is JSON of another kind.
    #[error("it is not a saved plan: the key `{0}` is missing, or no text")]
    NotAPlan(&'static str),
    /// Its form is that of another time.
    #[error("its format version is `{0}`, and this callrules reads {FORMAT_VERSION}")]
    Format(String),
    /// Another version of the program would have made another plan.
    #[error("it was made by callrules {0}, and this is {CALLRULES}")]
    Version(String),
    /// Something in it is not as it was saved.
    #[error("it has been changed since it was saved: the checksum does not fit")]
    Changed,
    /// The checksum fits, and the rest is no plan.
    #[error("it holds no plan: {0}")]
    Content(serde_json::Error),
    /// A user stands in it twice.
    #[error("it has the user with id {0} twice")]
    Twice(String),
    /// What it says of a user does not fit together.
    #[error("what it says of the user with id {user} does not fit together: {what}")]
    Pieces {
        /// The user's id.
        user: String,
        /// What does not fit.
        what: String,
    },
    /// A request does something else than what its change says.
    #[error("the request for \"{name}\" of the user with id {user} is none for that: {request}")]
    Request {
        /// The id of the user whom the plan names.
        user: String,
        /// The rule or state that the change names.
        name: String,
        /// The verb and path that are not those of such a change.
        request: String,
    },
}

impl Saved {
    /// The text of the file.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut document = serde_json::Map::new();
        document.insert("formatVersion".to_owned(), FORMAT_VERSION.into());
        document.insert("callrules".to_owned(), CALLRULES.into());
        if let Value::Object(rest) = serde_json::to_value(self)? {
            document.extend(rest);
        }
        let mut document = Value::Object(document);
        document[CHECKSUM] = checksum(&document).into();
        Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
    }

    /// Reads a file back, whatever is in it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unusable> {
        let mut document: Value = serde_json::from_slice(bytes).map_err(Unusable::NotJson)?;
        let text = |document: &Value, key: &'static str| {
            let text = document.get(key).and_then(Value::as_str);
            text.map(str::to_owned).ok_or(Unusable::NotAPlan(key))
        };
        let sum = text(&document, CHECKSUM);
        if sum.is_err() && TOLD.iter().all(|key| document.get(key).is_some()) {
            return Err(Unusable::ForScripts);
        }
        let sum = sum?;
        let format = text(&document, "formatVersion")?;
        let version = text(&document, "callrules")?;
        if format != FORMAT_VERSION {
            return Err(Unusable::Format(format));
        }
        if series(&version) != series(CALLRULES) {
            return Err(Unusable::Version(version));
        }
        if let Some(keys) = document.as_object_mut() {
            keys.shift_remove(CHECKSUM);
        }
        if checksum(&document) != sum {
            return Err(Unusable::Changed);
        }
        let saved: Saved = serde_json::from_value(document).map_err(Unusable::Content)?;
        let mut users: HashSet<&ExtensionId> = HashSet::new();
        for user in &saved.plan.users {
            if !users.insert(&user.id) {
                return Err(Unusable::Twice(user.id.to_string()));
            }
            for change in &user.changes {
                is_what_it_says(user, change)?;
            }
            is_of_one_piece(user)?;
        }
        Ok(saved)
    }
}

/// The versions that make the same plan: those with the same first two numbers.
fn series(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

/// The SHA-256 of the compact document with its keys in order: white space and the order of keys are
/// free.
fn checksum(document: &Value) -> String {
    let mut document = document.clone();
    document.sort_all_objects();
    format!("sha256:{}", digest::sha256(document.to_string()))
}

/// Holds the parts of a user against each other: the guards count by one of them.
fn is_of_one_piece(user: &UserPlan) -> Result<(), Unusable> {
    let wrong = |what: String| Unusable::Pieces {
        user: user.id.to_string(),
        what,
    };
    let counted = user.live_rules;
    let seen = user.seen.rules.as_ref().map_or(0, Vec::len);
    if seen != counted && !user.changes.is_empty() {
        return Err(wrong(format!(
            "{seen} live rules were seen, and {counted} counted"
        )));
    }
    let mut changed = HashSet::new();
    for Change {
        resource,
        name,
        rule_id,
        reason,
        ..
    } in &user.changes
    {
        // What a rollback deletes does not count for the guards; its plan is never saved.
        if matches!(
            reason,
            Some(Reason::MadeByThatApply | Reason::AskedForByThatApply)
        ) {
            return Err(wrong(format!("\"{name}\" is deleted as in a rollback")));
        }
        let list = match resource {
            Resource::InteractionRule => &user.seen.rules,
            Resource::StateRule | Resource::State => &user.seen.states,
        };
        if list.is_none() {
            return Err(wrong(format!("\"{name}\" is changed and was not seen")));
        }
        // A new rule is known by its name, and every other one by its id.
        let is_first = match rule_id {
            Some(id) => changed.insert((*resource, true, id)),
            None => changed.insert((*resource, false, name)),
        };
        if !is_first {
            return Err(wrong(format!("\"{name}\" is changed twice")));
        }
    }
    Ok(())
}

/// Holds a request against its change.
fn is_what_it_says(user: &UserPlan, change: &Change) -> Result<(), Unusable> {
    let request = &change.request;
    let rule = change.rule_id.as_deref();
    let claimed = match (change.resource, change.action) {
        (Resource::InteractionRule, Action::Create) => Some((Method::Post, None)),
        (Resource::InteractionRule, Action::Update) => rule.map(|id| (Method::Patch, Some(id))),
        (Resource::InteractionRule, Action::Delete) => rule.map(|id| (Method::Delete, Some(id))),
        (Resource::State | Resource::StateRule, Action::Update) => {
            Some((Method::Patch, Some(change.name.as_str())))
        }
        (Resource::State | Resource::StateRule, _) => None,
    };
    let is_claimed = claimed.is_some_and(|(method, id)| {
        request.method == method
            && request.path == change.resource.path(&user.id, id)
            && is_segment(&user.id.0)
            && id.is_none_or(is_segment)
    });
    let is_whole = match request.method {
        Method::Delete => request.body.is_none(),
        Method::Post | Method::Patch => matches!(request.body, Some(Value::Object(_))),
    };
    if is_claimed && is_whole {
        return Ok(());
    }
    Err(Unusable::Request {
        user: user.id.to_string(),
        name: change.name.clone(),
        request: format!("{:?} {}", request.method, request.path.escape_default()),
    })
}

#[cfg(test)]
mod tests;
