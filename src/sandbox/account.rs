//! The account that the sandbox serves.
//!
//! Its serialized form is the seed format (see the documentation of the parent module). A snapshot
//! of a running sandbox is therefore a seed, and the state file contains one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::defaults;
use super::permissions::AppPermission;

/// Extension types that have call handling rules. \[spec\]
const USER_TYPES: [&str; 4] = ["User", "DigitalUser", "FaxUser", "VirtualUser"];

/// An account: its settings, the options of list responses, and all extensions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SandboxAccount {
    /// Account-wide settings and features.
    pub account: SandboxSettings,
    /// Default and maximum page size of lists; small values exercise paging. Without it, the
    /// default is 100 and the maximum 1000. \[spec\]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<usize>,
    /// Whether lists omit the number of pages. \[spec: may be absent\]
    pub omit_total_pages: bool,
    /// Whether lists of interaction rules contain only a `dispatchingRef`. Reads of a single rule
    /// always contain its dispatching. \[field\]
    pub list_without_dispatching: bool,
    /// Whether reads return `to` as objects, as in the developer guide. \[docs\]
    pub called_numbers_as_objects: bool,
    /// Delay and size of the audit trail.
    #[serde(skip_serializing_if = "AuditTrailSettings::is_default")]
    pub audit_trail: AuditTrailSettings,
    /// Standard greetings in addition to the built-in ones.
    pub greetings: Vec<StandardGreeting>,
    /// Users, call queues and all other extensions.
    pub extensions: Vec<SandboxExtension>,
}

/// Account-wide settings and features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SandboxSettings {
    /// Account id, in digits.
    pub id: String,
    /// Name of the company.
    pub name: String,
    /// Main number of the company, in E.164 format.
    pub main_number: String,
    /// Whether the account uses new call handling.
    pub new_call_handling: bool,
    /// Whether interaction rules may handle queue calls.
    pub queue_calls_in_rules: bool,
    /// Whether the desktop and mobile apps of a co-worker may be ring targets (feature
    /// `CoworkerLineAndAppsForwarding`).
    pub coworker_apps: bool,
    /// Permissions of the API app that signs in.
    pub permissions: Vec<AppPermission>,
}

impl Default for SandboxSettings {
    fn default() -> SandboxSettings {
        SandboxSettings {
            id: "37439510".into(),
            name: "Sandbox".into(),
            main_number: "+16505550100".into(),
            new_call_handling: true,
            queue_calls_in_rules: true,
            coworker_apps: true,
            permissions: AppPermission::ALL.to_vec(),
        }
    }
}

/// Settings of the audit trail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuditTrailSettings {
    /// Seconds until a search finds the record of an edit.
    pub delay_seconds: u32,
    /// Maximum number of records that searches cover, newest first. \[spec: 10,000\]
    pub holds: usize,
}

impl Default for AuditTrailSettings {
    fn default() -> AuditTrailSettings {
        AuditTrailSettings {
            delay_seconds: 0,
            holds: 10_000,
        }
    }
}

impl AuditTrailSettings {
    fn is_default(&self) -> bool {
        *self == AuditTrailSettings::default()
    }
}

/// A standard greeting of the greeting dictionary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandardGreeting {
    /// Id that rules refer to as `preset.id`.
    pub id: String,
    /// Display name of the greeting.
    pub name: String,
    /// Greeting type: `Introductory`, `ConnectingMessage`, `ConnectingAudio`, `Voicemail`,
    /// `Announcement`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where the greeting may be used: `UserExtensionAnsweringRule`, …
    pub usage_type: String,
}

/// A phone that belongs to a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SandboxDevice {
    /// Id that `DeviceRingTarget` refers to.
    pub id: String,
    /// Display name of the device.
    pub name: String,
    /// Device type: `HardPhone`, `SoftPhone`, `OtherPhone`, …
    #[serde(rename = "type", default = "hard_phone")]
    pub kind: String,
}

fn hard_phone() -> String {
    "HardPhone".into()
}

/// Any resource with an extension number: a user, a call queue, …
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SandboxExtension {
    /// Extension id, in digits. If empty, it is derived from the account id and the extension
    /// number.
    pub id: String,
    /// Extension number that callers dial.
    pub extension_number: String,
    /// Extension type: `User`, `Department` (a call queue), …
    #[serde(rename = "type")]
    pub kind: String,
    /// Account status: `Enabled`, `Disabled`, `NotActivated`, …
    pub status: String,
    /// Full name; its first space separates first and last name by default.
    pub name: String,
    /// First name of the contact, if it is not the first word of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name of the contact, if it is not the rest of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// IANA name of the user's time zone.
    pub timezone: String,
    /// Direct numbers, in E.164 format.
    pub phone_numbers: Vec<String>,
    /// Phones of the user.
    pub devices: Vec<SandboxDevice>,
    /// Extension numbers of the agents; only for a call queue.
    pub members: Vec<String>,
    /// Whether the states exist. If false, reads of states return 404 until the state rules are
    /// read. \[field\]
    pub materialized: bool,
    /// State id → `{enabled, conditions}`.
    pub states: Map<String, Value>,
    /// State id → `{dispatching}`.
    pub state_rules: Map<String, Value>,
    /// Interaction rules in the form of the API.
    pub interaction_rules: Vec<Value>,
}

impl Default for SandboxExtension {
    fn default() -> SandboxExtension {
        SandboxExtension {
            id: String::new(),
            extension_number: String::new(),
            kind: "User".into(),
            status: "Enabled".into(),
            name: String::new(),
            first_name: None,
            last_name: None,
            email: None,
            timezone: "America/Los_Angeles".into(),
            phone_numbers: Vec::new(),
            devices: Vec::new(),
            members: Vec::new(),
            materialized: true,
            states: Map::new(),
            state_rules: Map::new(),
            interaction_rules: Vec::new(),
        }
    }
}

impl SandboxExtension {
    /// Returns whether this type of extension has call handling rules. \[spec\]
    pub fn has_rules(&self) -> bool {
        USER_TYPES.contains(&self.kind.as_str())
    }

    /// Returns the interaction rule with this id.
    pub fn interaction_rule(&self, id: &str) -> Option<&Value> {
        self.interaction_rules.iter().find(|rule| rule["id"] == id)
    }
}

impl SandboxAccount {
    /// Returns the extension with this extension number.
    pub fn extension(&self, number: &str) -> Option<&SandboxExtension> {
        self.extensions
            .iter()
            .find(|e| e.extension_number == number)
    }

    /// Returns the extension with this extension number, for editing.
    pub fn extension_mut(&mut self, number: &str) -> Option<&mut SandboxExtension> {
        self.extensions
            .iter_mut()
            .find(|e| e.extension_number == number)
    }

    pub(crate) fn extension_by_id(&self, id: &str) -> Option<&SandboxExtension> {
        self.extensions.iter().find(|e| e.id == id)
    }

    /// Returns the index in `extensions` of the extension in a request path. The id `~` means the
    /// first enabled user.
    pub(crate) fn extension_index(&self, id: &str) -> Option<usize> {
        self.extensions.iter().position(|e| match id {
            "~" => e.kind == "User" && e.status == "Enabled",
            _ => e.id == id,
        })
    }

    pub(crate) fn device(&self, id: &str) -> Option<&SandboxDevice> {
        self.extensions
            .iter()
            .flat_map(|e| &e.devices)
            .find(|d| d.id == id)
    }

    /// Returns the extension numbers of all members of call queues.
    fn queue_agents(&self) -> std::collections::HashSet<String> {
        let queues = self.extensions.iter().filter(|e| e.kind == "Department");
        queues.flat_map(|queue| queue.members.clone()).collect()
    }

    /// Updates what RingCentral maintains by itself: ids, the states of each user, and their
    /// default rules.
    ///
    /// Only this function adds and removes states and state rules. \[docs\]
    pub(crate) fn sync_system_state(&mut self) {
        let agents = self.queue_agents();
        let account_id = self.account.id.clone();
        for extension in &mut self.extensions {
            if extension.id.is_empty() {
                extension.id = stable_id(&[&account_id, &extension.extension_number]);
            }
            if extension.has_rules() {
                let is_agent = agents.contains(&extension.extension_number);
                sync_states(extension, is_agent);
                assign_rule_ids(extension);
            }
        }
    }
}

/// Adds and removes the states of a user, and fills in their default conditions and rules.
fn sync_states(extension: &mut SandboxExtension, is_agent: bool) {
    for id in defaults::STATE_IDS {
        let exists = match id {
            "agent" => is_agent,
            "after-hours" => has_after_hours(extension),
            _ => true,
        };
        if !exists {
            extension.states.shift_remove(id);
            extension.state_rules.shift_remove(id);
            continue;
        }
        let state = extension
            .states
            .entry(id)
            .or_insert_with(|| Map::new().into());
        if let Some(fields) = state.as_object_mut()
            && !(fields.contains_key("enabled") && fields.contains_key("conditions"))
        {
            for (key, value) in defaults::default_state(id) {
                fields.entry(key).or_insert(value);
            }
        }
        if extension.state_rules.get(id).is_none() {
            let rule = serde_json::json!({ "dispatching": defaults::default_dispatching(id) });
            extension.state_rules.insert(id.into(), rule);
        }
    }
}

/// Returns whether the user has an after-hours state, which exists only while work hours are not
/// 24/7. \[docs\]
fn has_after_hours(extension: &SandboxExtension) -> bool {
    let work_hours = extension.states.get("work-hours");
    work_hours.is_some_and(|state| !defaults::is_always(&state["conditions"]))
}

/// Assigns an id to each interaction rule that has none.
fn assign_rule_ids(extension: &mut SandboxExtension) {
    for index in 0..extension.interaction_rules.len() {
        let rule = &extension.interaction_rules[index];
        if rule.get("id").is_some() {
            continue;
        }
        let name = rule["displayName"].as_str().unwrap_or_default();
        let ids = (index..).map(|salt| stable_id(&[&extension.id, name, &salt.to_string()]));
        let mut unused_ids = ids.filter(|id| extension.interaction_rule(id).is_none());
        let Some(id) = unused_ids.next() else {
            continue;
        };
        if let Some(fields) = extension.interaction_rules[index].as_object_mut() {
            fields.shift_insert(0, "id".into(), id.into());
        }
    }
}

/// Derives an id of eleven digits that is the same for the same parts on every machine and in every
/// release.
pub(crate) fn stable_id(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\u{1f}").as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (10_000_000_000 + number % 80_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Imitates a user who deletes a rule in the RingCentral app and creates another of that name.
    #[test]
    fn rule_id_after_delete_and_recreate_is_unique() {
        let mut account = SandboxAccount::default();
        let rules = ["X", "A"].map(|name| json!({ "displayName": name }));
        account.extensions.push(SandboxExtension {
            extension_number: "101".into(),
            interaction_rules: rules.into(),
            ..SandboxExtension::default()
        });
        account.sync_system_state();
        let rules = &mut account.extensions[0].interaction_rules;
        rules.remove(0);
        rules.push(json!({ "displayName": "A" }));
        account.sync_system_state();
        let rules = &account.extensions[0].interaction_rules;
        assert_ne!(rules[0]["id"], rules[1]["id"]);
    }
}
