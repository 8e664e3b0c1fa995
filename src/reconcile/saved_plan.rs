//! A plan in a file, saved by one run and applied by another.
//!
//! A plan file is untrusted input. The checksum detects damage; it is not a signature, because
//! anyone who edits a file can compute it. So each request is verified against the change that it
//! claims to be, and its path must lead to the call handling of its user. Whether a body changes
//! what is shown is checked when the user has been read again (`apply::user`).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::account::is_path_segment;
use super::change::{ChangeAction, DeleteReason, PlannedChange, ResourceKind, WriteMethod};
use super::digest;
use super::plan::{AccountPlan, UserPlan};
use crate::model::{ExtensionId, NameIndex};

/// Incremented when older files would be misread.
const FORMAT_VERSION: &str = "1.0";

/// The version of this program.
const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The key of the checksum, which covers all other keys.
const CHECKSUM_KEY: &str = "checksum";

/// Keys that identify the JSON output of `plan`.
const JSON_OUTPUT_KEYS: [&str; 4] = ["formatVersion", "summary", "users", "guards"];

/// A plan with everything needed to show and apply it in another run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlan {
    /// The time of creation, as RFC 3339 in UTC.
    pub created_at: String,
    /// The address of the server.
    pub server: String,
    /// The plan with all its users.
    pub plan: AccountPlan,
    /// The names of the greetings and devices that the plan mentions.
    pub names: NameIndex,
}

/// Why a file is not a usable plan.
#[derive(Debug, Error)]
pub enum SavedPlanError {
    /// The file is not JSON.
    #[error("it is not a plan, or is damaged: {0}")]
    NotJson(serde_json::Error),
    /// The file is the output of `plan --format json`.
    #[error("this is the output of `plan --format json`, which is for scripts")]
    JsonOutput,
    /// The file is JSON of another kind.
    #[error("it is not a saved plan: the key `{0}` is missing or not text")]
    MissingKey(&'static str),
    /// The file has another format version.
    #[error("its format version is `{0}`, but this callrules reads {FORMAT_VERSION}")]
    UnsupportedFormat(String),
    /// Another version of callrules made the plan.
    #[error("it was made by callrules {0}, but this is {PROGRAM_VERSION}")]
    OtherVersion(String),
    /// The content does not match the checksum.
    #[error("it was changed after it was saved: the checksum does not match")]
    ChecksumMismatch,
    /// The checksum matches, but the content is not a plan.
    #[error("it does not contain a plan: {0}")]
    InvalidContent(serde_json::Error),
    /// A user occurs twice.
    #[error("the user with id {0} occurs twice")]
    DuplicateUser(String),
    /// The parts of a user contradict each other.
    #[error("the plan of the user with id {user} is inconsistent: {reason}")]
    InconsistentUser {
        /// The id of the user.
        user: String,
        /// The parts that contradict each other.
        reason: String,
    },
    /// A request does not match its change.
    #[error(
        "the request for \"{name}\" of the user with id {user} does not match the change: {request}"
    )]
    RequestMismatch {
        /// The id of the user.
        user: String,
        /// The name of the rule or state.
        name: String,
        /// The method and path of the request.
        request: String,
    },
}

impl SavedPlan {
    /// Serializes the plan as the text of a file.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let mut document = serde_json::Map::new();
        document.insert("formatVersion".to_owned(), FORMAT_VERSION.into());
        document.insert("callrules".to_owned(), PROGRAM_VERSION.into());
        if let Value::Object(rest) = serde_json::to_value(self)? {
            document.extend(rest);
        }
        let mut document = Value::Object(document);
        document[CHECKSUM_KEY] = checksum(&document).into();
        Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
    }

    /// Parses and verifies a plan file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SavedPlanError> {
        let mut document: Value = serde_json::from_slice(bytes).map_err(SavedPlanError::NotJson)?;
        let text = |document: &Value, key: &'static str| {
            let text = document.get(key).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or(SavedPlanError::MissingKey(key))
        };
        let checksum_entry = text(&document, CHECKSUM_KEY);
        if checksum_entry.is_err()
            && JSON_OUTPUT_KEYS
                .iter()
                .all(|key| document.get(key).is_some())
        {
            return Err(SavedPlanError::JsonOutput);
        }
        let expected = checksum_entry?;
        let format = text(&document, "formatVersion")?;
        let version = text(&document, "callrules")?;
        if format != FORMAT_VERSION {
            return Err(SavedPlanError::UnsupportedFormat(format));
        }
        if compatible_series(&version) != compatible_series(PROGRAM_VERSION) {
            return Err(SavedPlanError::OtherVersion(version));
        }
        if let Some(keys) = document.as_object_mut() {
            keys.shift_remove(CHECKSUM_KEY);
        }
        if checksum(&document) != expected {
            return Err(SavedPlanError::ChecksumMismatch);
        }
        let saved: SavedPlan =
            serde_json::from_value(document).map_err(SavedPlanError::InvalidContent)?;
        let mut users: HashSet<&ExtensionId> = HashSet::new();
        for user in &saved.plan.users {
            if !users.insert(&user.id) {
                return Err(SavedPlanError::DuplicateUser(user.id.to_string()));
            }
            for change in &user.changes {
                verify_request(user, change)?;
            }
            verify_user_consistency(user)?;
        }
        Ok(saved)
    }
}

/// Returns the part of a version that decides compatibility: its first two numbers.
fn compatible_series(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

/// Returns the SHA-256 of the compact document with sorted keys, so that white space and key order
/// do not matter.
fn checksum(document: &Value) -> String {
    let mut document = document.clone();
    document.sort_all_objects();
    format!("sha256:{}", digest::sha256_hex(document.to_string()))
}

/// Checks that the parts of a user agree, because the safety limits rely on them.
fn verify_user_consistency(user: &UserPlan) -> Result<(), SavedPlanError> {
    let inconsistent = |reason: String| SavedPlanError::InconsistentUser {
        user: user.id.to_string(),
        reason,
    };
    let live_rule_count = user.live_rule_count;
    let fingerprints = user.snapshot.rules.as_ref().map_or(0, Vec::len);
    if fingerprints != live_rule_count && !user.changes.is_empty() {
        return Err(inconsistent(format!(
            "{fingerprints} fingerprints of rules, but {live_rule_count} live rules"
        )));
    }
    let mut changed = HashSet::new();
    for PlannedChange {
        resource,
        name,
        rule_id,
        reason,
        ..
    } in &user.changes
    {
        // Deletes of a rollback do not count for the safety limits, and its plan is never saved.
        if matches!(
            reason,
            Some(DeleteReason::CreatedByApply | DeleteReason::RequestedByApply)
        ) {
            return Err(inconsistent(format!(
                "\"{name}\" has the delete reason of a rollback"
            )));
        }
        let list = match resource {
            ResourceKind::InteractionRule => &user.snapshot.rules,
            ResourceKind::StateRule | ResourceKind::State => &user.snapshot.states,
        };
        if list.is_none() {
            return Err(inconsistent(format!(
                "\"{name}\" is changed but has no fingerprint"
            )));
        }
        // New rules are identified by name, all others by id.
        let is_first = match rule_id {
            Some(id) => changed.insert((*resource, true, id)),
            None => changed.insert((*resource, false, name)),
        };
        if !is_first {
            return Err(inconsistent(format!("\"{name}\" is changed twice")));
        }
    }
    Ok(())
}

/// Checks that a request matches its change.
fn verify_request(user: &UserPlan, change: &PlannedChange) -> Result<(), SavedPlanError> {
    let request = &change.request;
    let rule = change.rule_id.as_deref();
    let claimed = match (change.resource, change.action) {
        (ResourceKind::InteractionRule, ChangeAction::Create) => Some((WriteMethod::Post, None)),
        (ResourceKind::InteractionRule, ChangeAction::Update) => {
            rule.map(|id| (WriteMethod::Patch, Some(id)))
        }
        (ResourceKind::InteractionRule, ChangeAction::Delete) => {
            rule.map(|id| (WriteMethod::Delete, Some(id)))
        }
        (ResourceKind::State | ResourceKind::StateRule, ChangeAction::Update) => {
            Some((WriteMethod::Patch, Some(change.name.as_str())))
        }
        (ResourceKind::State | ResourceKind::StateRule, _) => None,
    };
    let is_claimed = claimed.is_some_and(|(method, id)| {
        request.method == method
            && request.path == change.resource.url_path(&user.id, id)
            && is_path_segment(&user.id.0)
            && id.is_none_or(is_path_segment)
    });
    let has_valid_body = match request.method {
        WriteMethod::Delete => request.body.is_none(),
        WriteMethod::Post | WriteMethod::Patch => matches!(request.body, Some(Value::Object(_))),
    };
    if is_claimed && has_valid_body {
        return Ok(());
    }
    Err(SavedPlanError::RequestMismatch {
        user: user.id.to_string(),
        name: change.name.clone(),
        request: format!("{:?} {}", request.method, request.path.escape_default()),
    })
}

#[cfg(test)]
mod tests;
