//! The audit trail: who changed what, and when. It is kept as long as the account.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{SandboxAccount, SandboxExtension, stable_id};
use super::tokens::random_hex;

/// Days after which a record is no longer found. \[spec\]
const RETENTION_DAYS: i64 = 180;

/// All recorded changes, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AuditLog(Vec<AuditLogEntry>);

/// A recorded change of the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuditLogEntry {
    pub(crate) at: Timestamp,
    /// Time from which searches return the entry.
    found_at: Timestamp,
    /// Record in the form of the API.
    pub(crate) record: Value,
}

impl AuditLog {
    /// Returns the audit trail of a new account. Its first record has a random id, so that
    /// different accounts have different trails.
    pub(crate) fn start(account: &SandboxAccount) -> AuditLog {
        let mut log = AuditLog(Vec::new());
        log.record_company(account, "CREATE");
        log
    }

    /// Records that a user changed.
    pub(crate) fn record_user_change(&mut self, account: &SandboxAccount, position: usize) {
        self.record_extension(account, &account.extensions[position], "UPDATE");
    }

    /// Records each extension that was added, changed or removed, and changes of account settings.
    ///
    /// The permissions of the API app and the settings of the trail itself are not settings of the
    /// account.
    pub(crate) fn record_account_changes(
        &mut self,
        before: &SandboxAccount,
        after: &SandboxAccount,
    ) {
        let settings = |account: &SandboxAccount| {
            let mut settings = account.account.clone();
            settings.permissions.clear();
            (settings, account.greetings.clone())
        };
        if settings(before) != settings(after) {
            self.record_company(after, "UPDATE");
        }
        for extension in &after.extensions {
            match before.extension_by_id(&extension.id) {
                None => self.record_extension(after, extension, "CREATE"),
                Some(previous) if previous == extension => {}
                Some(_) => self.record_extension(after, extension, "UPDATE"),
            }
        }
        let is_removed = |e: &&SandboxExtension| after.extension_by_id(&e.id).is_none();
        for extension in before.extensions.iter().filter(is_removed) {
            self.record_extension(after, extension, "DELETE");
        }
    }

    /// Returns the entries that a search finds at this time, newest first \[inferred\], up to the
    /// size of the trail.
    pub(crate) fn search(&self, account: &SandboxAccount, now: Timestamp) -> Vec<&AuditLogEntry> {
        let oldest = now - SignedDuration::from_hours(24 * RETENTION_DAYS);
        let is_found = |entry: &&AuditLogEntry| entry.found_at <= now && entry.at >= oldest;
        let entries = self.0.iter().rev().filter(is_found);
        entries.take(account.audit_trail.holds).collect()
    }

    /// Records an event of an extension: `CREATE`, `UPDATE` or `DELETE`.
    fn record_extension(
        &mut self,
        account: &SandboxAccount,
        target: &SandboxExtension,
        event: &str,
    ) {
        let target = json!({
            "objectId": target.id,
            "objectType": "Extension",
            "name": target.name,
            "extensionNumber": target.extension_number,
        });
        self.append(account, "CHANGE_USER_INFO", event, target);
    }

    /// Records an event of the account settings.
    fn record_company(&mut self, account: &SandboxAccount, event: &str) {
        let name = &account.account.name;
        let target = json!({ "objectId": "0", "objectType": "Company", "name": name });
        self.append(account, "CHANGE_COMPANY_INFO", event, target);
    }

    /// Appends an entry. Its initiator is always the first enabled user, because all clients sign
    /// in as that user.
    fn append(&mut self, account: &SandboxAccount, action: &str, event: &str, target: Value) {
        let initiator = account.signed_in_user().map_or(json!({}), |user| {
            json!({
                "extensionId": user.id,
                "extensionNumber": user.extension_number,
                "name": user.name,
            })
        });
        let at = Timestamp::now();
        let record = json!({
            "id": stable_id(&[&random_hex()]),
            "eventTime": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            "initiator": initiator,
            "actionId": action,
            "eventType": event,
            "accountId": account.account.id,
            "accountName": account.account.name,
            "target": target,
            "details": { "parameters": [] },
        });
        let delay = SignedDuration::from_secs(account.audit_trail.delay_seconds.into());
        self.0.push(AuditLogEntry {
            at,
            found_at: at + delay,
            record,
        });
    }
}
