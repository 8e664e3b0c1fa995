//! The audit trail: who changed what, and when. It goes on as long as the account is kept.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Extension, stable_id};
use super::tokens::random_text;

/// No record is found for longer. \[spec\]
const DAYS: i64 = 180;

/// Every change, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Trail(Vec<Entry>);

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    /// From when on it can be found.
    found_at: Timestamp,
    /// The record as the API shows it.
    pub(crate) record: Value,
}

impl Trail {
    /// The trail of an account that has just come into being. No two of them begin alike.
    pub(crate) fn begin(account: &Account) -> Trail {
        let mut trail = Trail(Vec::new());
        trail.company(account, "CREATE");
        trail
    }

    pub(crate) fn user_was_changed(&mut self, account: &Account, position: usize) {
        self.extension(account, &account.extensions[position], "UPDATE");
    }

    /// Tells of each extension that is new, another, or gone, and of settings of the account. What an app may
    /// do is no setting of the account, nor is how the trail itself is kept.
    pub(crate) fn account_was_changed(&mut self, before: &Account, after: &Account) {
        let settings = |account: &Account| {
            let mut settings = account.account.clone();
            settings.permissions.clear();
            (settings, account.greetings.clone())
        };
        if settings(before) != settings(after) {
            self.company(after, "UPDATE");
        }
        for extension in &after.extensions {
            match before.by_id(&extension.id) {
                None => self.extension(after, extension, "CREATE"),
                Some(was) if was != extension => self.extension(after, extension, "UPDATE"),
                Some(_) => {}
            }
        }
        let gone = { before.extensions.iter() }.filter(|was| after.by_id(&was.id).is_none());
        gone.for_each(|was| self.extension(after, was, "DELETE"));
    }

    /// What a search may find now: the last records, those that have arrived. The newest is first
    /// \[inferred\].
    pub(crate) fn found(&self, account: &Account, now: Timestamp) -> Vec<&Entry> {
        let oldest = now - SignedDuration::from_hours(24 * DAYS);
        let there = self.0.iter().rev();
        let there = there.filter(|entry| entry.found_at <= now && entry.at >= oldest);
        there.take(account.audit_trail.holds).collect()
    }

    fn extension(&mut self, account: &Account, target: &Extension, event: &str) {
        let target = json!({
            "objectId": target.id,
            "objectType": "Extension",
            "name": target.name,
            "extensionNumber": target.extension_number,
        });
        self.add(account, "CHANGE_USER_INFO", event, target);
    }

    fn company(&mut self, account: &Account, event: &str) {
        let name = &account.account.name;
        let target = json!({ "objectId": "0", "objectType": "Company", "name": name });
        self.add(account, "CHANGE_COMPANY_INFO", event, target);
    }

    /// Whoever signs in is the first enabled user here, and everybody is the same.
    fn add(&mut self, account: &Account, action: &str, event: &str, target: Value) {
        let initiator = account.position("~").map(|at| &account.extensions[at]);
        let initiator = initiator.map_or(json!({}), |user| {
            json!({
                "extensionId": user.id,
                "extensionNumber": user.extension_number,
                "name": user.name,
            })
        });
        let at = Timestamp::now();
        let record = json!({
            "id": stable_id(&[&random_text()]),
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
        self.0.push(Entry {
            at,
            found_at: at + delay,
            record,
        });
    }
}
