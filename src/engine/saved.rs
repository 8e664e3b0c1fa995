//! A plan in a file: made in one run, carried out in another.
//!
//! What comes back is data from outside. The checksum finds damage and slips; it is no signature, for
//! whoever writes a file can write its checksum too. So each request is held against what it claims to
//! do, and none leads anywhere but to the call handling of its user.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::account::{Method, is_segment};
use super::digest;
use super::plan::{Action, Change, Plan, Resource, UserPlan};
use crate::model::{Catalogue, Directory, Extension};

/// Changes when a file of before would be misread.
const FORMAT_VERSION: &str = "1.0";

/// This version of the program.
const CALLRULES: &str = env!("CARGO_PKG_VERSION");

/// The key of the checksum, which is over everything else.
const CHECKSUM: &str = "checksum";

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
    /// Who is in the plan or named in it.
    pub people: Vec<Extension>,
    /// The names of greetings and devices that the plan may mention.
    pub catalogue: Catalogue,
}

/// Why a file is not taken for a plan.
#[derive(Debug, Error)]
pub enum Unusable {
    /// It is not even JSON.
    #[error("it is damaged or cut off: {0}")]
    NotJson(serde_json::Error),
    /// It is JSON of another kind, such as what `plan --format json` prints.
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
    /// Takes of the directory what the plan is about.
    pub fn new(
        created_at: String,
        server: String,
        plan: Plan,
        directory: &Directory,
        catalogue: Catalogue,
    ) -> Self {
        let mut people: Vec<Extension> = Vec::new();
        let changed = plan.users.iter().filter(|user| user.is_worth_telling());
        for user in changed {
            people.extend(directory.by_id(&user.id).cloned());
            let fields = user.changes.iter().flat_map(|change| &change.fields);
            for value in fields.flat_map(|field| [&field.before, &field.after]) {
                named_in(value, directory, &mut people);
            }
        }
        people.sort_by(|a, b| a.id.cmp(&b.id));
        people.dedup();
        Saved {
            created_at,
            server,
            plan,
            people,
            catalogue,
        }
    }

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
        let sum = text(&document, CHECKSUM)?;
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
        for user in &saved.plan.users {
            for change in &user.changes {
                is_what_it_says(user, change)?;
            }
        }
        Ok(saved)
    }
}

/// Everybody whose number stands somewhere in a value. What only looks like a number does no harm.
fn named_in(value: &Value, directory: &Directory, people: &mut Vec<Extension>) {
    match value {
        Value::String(text) => people.extend(directory.by_number(text).into_iter().cloned()),
        Value::Array(items) => { items.iter() }.for_each(|item| named_in(item, directory, people)),
        Value::Object(map) => { map.values() }.for_each(|item| named_in(item, directory, people)),
        _ => {}
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
