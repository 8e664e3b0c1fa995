//! Decides from the audit trail which cached users are still up to date, without side effects.

use std::collections::{BTreeSet, HashSet};
use std::io;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use thiserror::Error;

use super::{AUDIT_RETENTION, CacheWatermark, OVERLAP};
use crate::api::decode::text_or_number;
use crate::api::{AuditRecord, AuditTarget};
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId};

/// The reason why the cache is not used in a run.
#[derive(Debug, Error)]
pub enum BypassReason {
    /// There is no cache file.
    #[error("there is no cache yet")]
    NoCache,
    /// The cache file cannot be read.
    #[error("the cache cannot be read: {0}")]
    Unreadable(io::Error),
    /// The cache file is not as it was written.
    #[error("the cache is damaged")]
    Corrupt,
    /// The cache is for another account, server or version of callrules.
    #[error("the cache is for another {0}")]
    OtherIdentity(&'static str),
    /// The cache is dated in the future.
    #[error("the cache is from {0}, which is in the future by the server's clock")]
    FromFuture(Timestamp),
    /// The cache is older than the audit trail.
    #[error("the cache is from {0}, and the audit trail does not go back that far")]
    TooOld(Timestamp),
    /// The responses of the server have no date.
    #[error("the server does not report its time")]
    NoServerTime,
    /// The API app lacks the permission for the audit trail.
    #[error("the app lacks the permission ReadAuditTrail")]
    NoPermission,
    /// The search of the audit trail failed.
    #[error("the audit trail cannot be searched: {0}")]
    AuditSearchFailed(String),
    /// The search has reached its record limit, so records may be missing.
    #[error("the audit trail has reached its record limit, so records may be missing")]
    AuditTrailFull,
    /// The service refuses to list hidden records, so some are missing.
    #[error("the audit trail can't be searched for hidden records, so some may be missing")]
    HiddenRecords,
    /// A record that an earlier search found is missing.
    #[error("the audit trail lacks a record that it contained before")]
    AuditTrailGap,
    /// A record lacks its time or its id.
    #[error("the audit trail contains a record without an id or a time")]
    IncompleteRecord,
    /// A change may affect every user.
    #[error("the audit trail contains a change that may affect every user: {change} at {at}")]
    AccountWideChange {
        /// The change, in the words of RingCentral.
        change: String,
        /// The time of the change, by the clock of the server.
        at: Timestamp,
    },
}

/// The decision about the cached lists.
#[derive(Debug)]
pub enum CacheDecision {
    /// Use the lists, except for stale users, and update the watermark.
    Use(StaleUsers, CacheWatermark),
    /// Use no list in this run, but keep the cache, because another run may know more.
    Bypass(BypassReason),
    /// Discard the lists and start with a new watermark.
    Reset(BypassReason, CacheWatermark),
}

/// The users whose cached lists are out of date.
#[derive(Debug, Default)]
pub struct StaleUsers {
    /// Users who were changed, and users who changed something.
    users: HashSet<ExtensionId>,
    /// The ids of changed users. Their change may affect rules that refer to them.
    changed_ids: HashSet<String>,
}

impl StaleUsers {
    /// Returns whether the lists of this user are out of date.
    pub(super) fn is_stale(&self, user: &ExtensionId) -> bool {
        self.users.contains(user)
    }

    /// Returns whether a list refers to a changed user.
    pub(super) fn mentions_changed(&self, list: &[Value]) -> bool {
        list.iter().any(|value| match value {
            Value::String(_) | Value::Number(_) => {
                text_or_number(Some(value)).is_some_and(|text| self.changed_ids.contains(&text))
            }
            Value::Array(items) => self.mentions_changed(items),
            Value::Object(fields) => fields
                .values()
                .any(|value| self.mentions_changed(std::slice::from_ref(value))),
            Value::Null | Value::Bool(_) => false,
        })
    }
}

/// Returns the time from which to search the audit trail, given the watermark of the cache.
pub fn audit_search_start(watermark: Option<&CacheWatermark>, now: Timestamp) -> Timestamp {
    let as_of = watermark.map_or(now, |watermark| watermark.as_of.min(now));
    saturating_before(as_of, OVERLAP)
}

/// Compares the watermark with the audit records since [`audit_search_start`].
///
/// `records` is `Ok(None)` if some may be missing. `now` is a time before the search and before
/// anything that this run reads. `is_cached` returns whether the cache has lists of a user.
pub fn evaluate(
    watermark: Option<&CacheWatermark>,
    records: Result<Option<Vec<AuditRecord>>, BypassReason>,
    directory: &ExtensionDirectory,
    is_cached: impl Fn(&ExtensionId) -> bool,
    now: Timestamp,
) -> CacheDecision {
    let watermark_now = |known_ids| CacheWatermark {
        as_of: now,
        known_ids,
    };
    let records = match records {
        Ok(Some(records)) => records,
        Ok(None) => {
            return CacheDecision::Reset(
                BypassReason::AuditTrailFull,
                watermark_now(BTreeSet::new()),
            );
        }
        Err(reason) => return CacheDecision::Bypass(reason),
    };
    let new_watermark = watermark_now(recent_record_ids(&records, now));
    let Some(watermark) = watermark else {
        return CacheDecision::Use(StaleUsers::default(), new_watermark);
    };
    let is_user = |id: &ExtensionId| {
        let entry = directory.by_id(id);
        entry.map_or_else(|| is_cached(id), AccountExtension::has_rules)
    };
    match find_stale_users(watermark, &records, is_user, now) {
        Ok(stale) => CacheDecision::Use(stale, new_watermark),
        Err(reason) => CacheDecision::Reset(reason, new_watermark),
    }
}

/// Returns the users that changed since the watermark, or why the records do not show them all.
fn find_stale_users(
    watermark: &CacheWatermark,
    records: &[AuditRecord],
    is_user: impl Fn(&ExtensionId) -> bool,
    now: Timestamp,
) -> Result<StaleUsers, BypassReason> {
    let CacheWatermark { as_of, known_ids } = watermark;
    if *as_of > now {
        return Err(BypassReason::FromFuture(*as_of));
    }
    if saturating_before(now, AUDIT_RETENTION) > saturating_before(*as_of, OVERLAP) {
        return Err(BypassReason::TooOld(*as_of));
    }
    let ids = records.iter().filter_map(|record| record.id.as_deref());
    let record_ids: HashSet<&str> = ids.collect();
    if known_ids.iter().any(|id| !record_ids.contains(id.as_str())) {
        return Err(BypassReason::AuditTrailGap);
    }
    let mut stale = StaleUsers::default();
    for record in records {
        let (Some(id), Some(at)) = (&record.id, record.changed_at) else {
            return Err(BypassReason::IncompleteRecord);
        };
        if known_ids.contains(id) {
            continue;
        }
        let action = &record.action;
        let account_wide = |change: String| BypassReason::AccountWideChange { change, at };
        match &record.target {
            // If a queue gets agents or a user is deleted, the rules of other users change, and the
            // record does not name them.
            AuditTarget::Extension(id) if !is_user(id) => {
                let change = format!("{action} of extension {}, which is not a user", id.0);
                return Err(account_wide(change));
            }
            AuditTarget::Extension(id) => {
                stale.users.insert(id.clone());
                stale.changed_ids.insert(id.0.clone());
            }
            AuditTarget::Other(kind) => return Err(account_wide(format!("{action} of {kind}"))),
        }
        stale.users.extend(record.initiator.clone());
    }
    Ok(stale)
}

/// Returns the ids of the records that the next search must find again. Records of its first second
/// are left out, because it may or may not find them.
fn recent_record_ids(records: &[AuditRecord], now: Timestamp) -> BTreeSet<String> {
    let search_start = audit_search_start(None, now);
    let is_recent = |record: &&AuditRecord| {
        let at = record.changed_at;
        at.is_some_and(|at| at.duration_since(search_start) > SignedDuration::from_secs(1))
    };
    records
        .iter()
        .filter(is_recent)
        .filter_map(|record| record.id.clone())
        .collect()
}

/// Returns the time `span` before `time`, or the earliest possible time.
pub(super) fn saturating_before(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.checked_sub(span).unwrap_or(Timestamp::MIN)
}
