//! Decides from the audit trail which cached users are still up to date, without side effects.

use std::collections::{BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{AUDIT_RETENTION, BypassReason, CacheWatermark, OVERLAP};
use crate::api::{AuditRecord, AuditTarget};
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId};

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
    pub(super) fn mentions_changed(&self, list: &Value) -> bool {
        match list {
            Value::String(text) => self.changed_ids.contains(text),
            Value::Number(number) => self.changed_ids.contains(&number.to_string()),
            Value::Array(items) => items.iter().any(|item| self.mentions_changed(item)),
            Value::Object(fields) => fields.values().any(|value| self.mentions_changed(value)),
            Value::Null | Value::Bool(_) => false,
        }
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
    let record_ids: BTreeSet<&str> = records
        .iter()
        .filter_map(|record| record.id.as_deref())
        .collect();
    let new_watermark = watermark_now(recent_record_ids(&records, now));
    let Some(watermark) = watermark else {
        return CacheDecision::Use(StaleUsers::default(), new_watermark);
    };
    let reason = if watermark.as_of > now {
        Some(BypassReason::FromFuture(watermark.as_of))
    } else if saturating_before(now, AUDIT_RETENTION) > saturating_before(watermark.as_of, OVERLAP)
    {
        Some(BypassReason::TooOld(watermark.as_of))
    } else if watermark
        .known_ids
        .iter()
        .any(|id| !record_ids.contains(&**id))
    {
        Some(BypassReason::AuditTrailGap)
    } else {
        None
    };
    if let Some(reason) = reason {
        return CacheDecision::Reset(reason, new_watermark);
    }
    let is_user = |id: &ExtensionId| {
        let entry = directory.by_id(id);
        entry.map_or_else(|| is_cached(id), AccountExtension::has_rules)
    };
    match find_stale_users(&records, &watermark.known_ids, is_user) {
        Ok(stale) => CacheDecision::Use(stale, new_watermark),
        Err(reason) => CacheDecision::Reset(reason, new_watermark),
    }
}

fn find_stale_users(
    records: &[AuditRecord],
    known_ids: &BTreeSet<String>,
    is_user: impl Fn(&ExtensionId) -> bool,
) -> Result<StaleUsers, BypassReason> {
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
