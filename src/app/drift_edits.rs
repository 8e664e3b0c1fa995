//! Finds in the audit trail who edited the users whose account differs from the files.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::incremental::{AUDIT_PERMISSION, may_read_audit_trail};
use crate::api::{AuditRecord, AuditTarget};
use crate::client::{ApiClient, AuditGap, AuditSearch};
use crate::model::ExtensionId;
use crate::reconcile::{AccountEdit, UserPlan};

/// How far back edits are searched. The audit trail goes back further \[spec\], but old records
/// rarely explain a present difference.
const SEARCH_SPAN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Adds to each user with drift the records of the audit trail about that user. Returns a note if
/// they can't be read, or if some may be missing.
///
/// Sends one search, and none without drift. A plan does not depend on the audit trail, so an error
/// is only a note.
pub(super) async fn add_account_edits(
    client: &ApiClient,
    plans: &mut [UserPlan],
) -> Option<String> {
    let drifted: Vec<ExtensionId> = plans
        .iter()
        .filter(|plan| plan.drift.is_some())
        .map(|plan| plan.id.clone())
        .collect();
    if drifted.is_empty() {
        return None;
    }
    let unknown = |reason: &str| Some(format!("it is unknown who edited the account: {reason}"));
    match may_read_audit_trail(client).await {
        Ok(true) => {}
        Ok(false) => {
            return unknown(&format!("the app lacks the permission {AUDIT_PERMISSION}"));
        }
        Err(error) => return unknown(&error.to_string()),
    }
    let now = client.server_time();
    let Some(from) = now.and_then(|now| now.checked_sub(SEARCH_SPAN).ok()) else {
        return unknown("the server does not report its time");
    };
    let AuditSearch { records, gap } = match client.search_audit_trail(from, &drifted).await {
        Ok(search) => search,
        Err(error) => return unknown(&format!("the audit trail can't be searched: {error}")),
    };
    let mut edits: HashMap<&ExtensionId, Vec<AccountEdit>> = HashMap::new();
    for record in &records {
        if let AuditTarget::Extension(id) = &record.target {
            edits.entry(id).or_default().push(account_edit(record));
        }
    }
    for plan in plans {
        if let Some(drift) = &mut plan.drift {
            drift.edits = edits.remove(&plan.id).unwrap_or_default();
        }
    }
    gap.map(|gap| {
        let reason = match gap {
            AuditGap::TooMany => "the audit trail has more records than a search returns",
            AuditGap::Hidden => "the audit trail can't be searched for hidden records",
        };
        format!("some edits may be missing: {reason}")
    })
}

/// Converts a record of the audit trail.
fn account_edit(record: &AuditRecord) -> AccountEdit {
    AccountEdit {
        by: record.initiator_name.clone(),
        at: record.changed_at.map(|at| at.to_string()),
        action: record.action.clone(),
        details: record.details.iter().cloned().collect(),
    }
}
