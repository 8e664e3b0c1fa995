//! Whom the audit trail lets stand. Pure.

use std::collections::{BTreeSet, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Doubt, MARGIN, Since, TRAIL};
use crate::model::{Directory, ExtensionId};
use crate::wire::{AuditRecord, Touched};

/// What becomes of the lists that were read before.
#[derive(Debug)]
pub enum Verdict {
    /// They hold, but for those that are stale, and are known to be so up to a new time.
    Hold(Stale, Since),
    /// None is used in this run, but another run may know more: they stay what they were.
    Unknown(Doubt),
    /// None is used again.
    Forget(Doubt, Since),
}

/// Whose lists do not hold.
#[derive(Debug, Default)]
pub struct Stale {
    /// Who was touched, and who touched somebody.
    users: HashSet<ExtensionId>,
    /// Who was touched: a change of theirs may change the rules that name them.
    named: HashSet<String>,
}

impl Stale {
    /// Whether somebody's own lists do not hold.
    pub(super) fn is_touched(&self, user: &ExtensionId) -> bool {
        self.users.contains(user)
    }

    /// Whether a list names somebody who was touched.
    pub(super) fn names_touched(&self, list: &Value) -> bool {
        match list {
            Value::String(text) => self.named.contains(text),
            Value::Number(number) => self.named.contains(&number.to_string()),
            Value::Array(items) => items.iter().any(|item| self.names_touched(item)),
            Value::Object(fields) => fields.values().any(|value| self.names_touched(value)),
            Value::Null | Value::Bool(_) => false,
        }
    }
}

/// From when on the audit trail is searched, where this is what is known now.
pub fn search_from(known: Option<&Since>, now: Timestamp) -> Timestamp {
    let as_of = known.map_or(now, |known| known.as_of.min(now));
    before(as_of, MARGIN)
}

/// Holds what is known against the records since [`search_from`]; none of them where some may be missing. `now` is
/// before the search, and before whatever this run reads. `is_remembered` says of whom there are lists.
pub fn decide(
    known: Option<&Since>,
    records: Result<Option<Vec<AuditRecord>>, Doubt>,
    directory: &Directory,
    is_remembered: impl Fn(&ExtensionId) -> bool,
    now: Timestamp,
) -> Verdict {
    let afresh = |known| Since { as_of: now, known };
    let records = match records {
        Ok(Some(records)) => records,
        Ok(None) => return Verdict::Forget(Doubt::Full, afresh(BTreeSet::new())),
        Err(doubt) => return Verdict::Unknown(doubt),
    };
    let found: BTreeSet<&str> = records.iter().filter_map(|r| r.id.as_deref()).collect();
    let from_now_on = afresh(recent(&records, now));
    let Some(known) = known else {
        return Verdict::Hold(Stale::default(), from_now_on);
    };
    let doubt = if known.as_of > now {
        Some(Doubt::Future(known.as_of))
    } else if before(now, TRAIL) > before(known.as_of, MARGIN) {
        Some(Doubt::TooOld(known.as_of))
    } else if known.known.iter().any(|id| !found.contains(&**id)) {
        Some(Doubt::Gap)
    } else {
        None
    };
    if let Some(doubt) = doubt {
        return Verdict::Forget(doubt, from_now_on);
    }
    let is_user = |id: &ExtensionId| {
        let entry = directory.by_id(id);
        entry.map_or_else(|| is_remembered(id), |entry| entry.has_rules())
    };
    match stale(&records, &known.known, is_user) {
        Ok(stale) => Verdict::Hold(stale, from_now_on),
        Err(doubt) => Verdict::Forget(doubt, from_now_on),
    }
}

fn stale(
    records: &[AuditRecord],
    known: &BTreeSet<String>,
    is_user: impl Fn(&ExtensionId) -> bool,
) -> Result<Stale, Doubt> {
    let mut stale = Stale::default();
    for record in records {
        let (Some(id), Some(at)) = (&record.id, record.at) else {
            return Err(Doubt::Unclear);
        };
        if known.contains(id) {
            continue;
        }
        let action = &record.action;
        let everybody = |what: String| Doubt::Everybody { what, at };
        match &record.target {
            // A queue takes agents in, a deleted user leaves the rules of others: whose, nobody says.
            Touched::Extension(id) if !is_user(id) => {
                let what = format!("{action} of extension {}, which is no user here", id.0);
                return Err(everybody(what));
            }
            Touched::Extension(id) => {
                stale.users.insert(id.clone());
                stale.named.insert(id.0.clone());
            }
            Touched::Beyond(kind) => return Err(everybody(format!("{action} of {kind}"))),
        }
        stale.users.extend(record.initiator.clone());
    }
    Ok(stale)
}

/// The records that the next search must find again. Those of its first second it may or may not.
fn recent(records: &[AuditRecord], now: Timestamp) -> BTreeSet<String> {
    let first = search_from(None, now);
    let is_recent = |record: &&AuditRecord| {
        let at = record.at;
        at.is_some_and(|at| at.duration_since(first) > SignedDuration::from_secs(1))
    };
    let recent = records.iter().filter(is_recent);
    recent.filter_map(|record| record.id.clone()).collect()
}

/// So long before; the beginning of time where there is no such time.
pub(super) fn before(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.checked_sub(span).unwrap_or(Timestamp::MIN)
}
