//! The account that the sandbox serves. Its serialised form is the seed format (see the module
//! documentation), so a snapshot of a running sandbox is a seed, and the state file holds one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::defaults;
use super::permissions::Permission;

/// Extension types that have call handling rules. \[spec\]
const USER_TYPES: [&str; 4] = ["User", "DigitalUser", "FaxUser", "VirtualUser"];

/// A whole account: settings, how lists are served, and everyone in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Account {
    /// The account itself.
    pub account: Settings,
    /// Default and maximum page size, to exercise paging with few records. Otherwise 100 and 1000. \[spec\]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<usize>,
    /// Lists do not say how many pages there are. \[spec: may be absent\]
    pub omit_total_pages: bool,
    /// Interaction rule lists give a `dispatchingRef` only; the single rule has its dispatching. \[field\]
    pub list_without_dispatching: bool,
    /// Reads show `to` as objects, the way the guide does. \[docs\]
    pub called_numbers_as_objects: bool,
    /// How the audit trail is kept.
    #[serde(skip_serializing_if = "AuditTrail::is_usual")]
    pub audit_trail: AuditTrail,
    /// Standard greetings beyond the built-in ones.
    pub greetings: Vec<Greeting>,
    /// Users, call queues and everything else with an extension number.
    pub extensions: Vec<Extension>,
}

/// Account-wide settings and features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// The account id: digits.
    pub id: String,
    /// The company.
    pub name: String,
    /// The company's main number.
    pub main_number: String,
    /// Whether the account is on new call handling.
    pub new_call_handling: bool,
    /// Whether interaction rules may take queue calls.
    pub queue_calls_in_rules: bool,
    /// Feature `CoworkerLineAndAppsForwarding`: a co-worker's apps may be ring targets.
    pub coworker_apps: bool,
    /// What the app that signs in may do.
    pub permissions: Vec<Permission>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            id: "37439510".into(),
            name: "Sandbox".into(),
            main_number: "+16505550100".into(),
            new_call_handling: true,
            queue_calls_in_rules: true,
            coworker_apps: true,
            permissions: Permission::ALL.to_vec(),
        }
    }
}

/// How the audit trail is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuditTrail {
    /// How long after an edit its record can be found.
    pub delay_seconds: u32,
    /// How many records it holds, the last ones. \[spec: 10,000\]
    pub holds: usize,
}

impl Default for AuditTrail {
    fn default() -> AuditTrail {
        AuditTrail {
            delay_seconds: 0,
            holds: 10_000,
        }
    }
}

impl AuditTrail {
    fn is_usual(&self) -> bool {
        *self == AuditTrail::default()
    }
}

/// A standard greeting of the dictionary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Greeting {
    /// The id that rules refer to as `preset.id`.
    pub id: String,
    /// The name shown to people.
    pub name: String,
    /// `Introductory`, `ConnectingMessage`, `ConnectingAudio`, `Voicemail`, `Announcement`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it may be used: `UserExtensionAnsweringRule`, …
    pub usage_type: String,
}

/// A device of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Device {
    /// The id that `DeviceRingTarget` refers to.
    pub id: String,
    /// The name shown to people.
    pub name: String,
    /// `HardPhone`, `SoftPhone`, `OtherPhone`, …
    #[serde(rename = "type", default = "hard_phone")]
    pub kind: String,
}

fn hard_phone() -> String {
    "HardPhone".into()
}

/// Anything with an extension number: a user, a call queue, …
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Extension {
    /// The extension id: digits. Derived from account id and extension number when left empty.
    pub id: String,
    /// The number people dial.
    pub extension_number: String,
    /// `User`, `Department` (a call queue), …
    #[serde(rename = "type")]
    pub kind: String,
    /// `Enabled`, `Disabled`, `NotActivated`, …
    pub status: String,
    /// The full name.
    pub name: String,
    /// The contact's first name, where it is not the first word of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// The contact's last name, where it is not the rest of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The contact's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The name of the user's time zone.
    pub timezone: String,
    /// Direct numbers, E.164.
    pub phone_numbers: Vec<String>,
    /// Devices.
    pub devices: Vec<Device>,
    /// For a call queue: the extension numbers of its agents.
    pub members: Vec<String>,
    /// False: the states were never materialised: they are not found until state rules are read. \[field\]
    pub materialised: bool,
    /// State id → `{enabled, conditions}`.
    pub states: Map<String, Value>,
    /// State id → `{dispatching}`.
    pub state_rules: Map<String, Value>,
    /// Interaction rules in the API's form.
    pub interaction_rules: Vec<Value>,
}

impl Default for Extension {
    fn default() -> Extension {
        Extension {
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
            materialised: true,
            states: Map::new(),
            state_rules: Map::new(),
            interaction_rules: Vec::new(),
        }
    }
}

impl Extension {
    /// Whether this type of extension has call handling rules. \[spec\]
    pub fn has_rules(&self) -> bool {
        USER_TYPES.contains(&self.kind.as_str())
    }

    /// The interaction rule with this id.
    pub fn interaction_rule(&self, id: &str) -> Option<&Value> {
        self.interaction_rules.iter().find(|rule| rule["id"] == id)
    }
}

impl Account {
    /// The extension with this extension number.
    pub fn extension(&self, number: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|e| e.extension_number == number)
    }

    /// The extension with this extension number, to be edited.
    pub fn extension_mut(&mut self, number: &str) -> Option<&mut Extension> {
        self.extensions
            .iter_mut()
            .find(|e| e.extension_number == number)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Extension> {
        self.extensions.iter().find(|e| e.id == id)
    }

    /// Where in `extensions` the extension of a request path is; `~` is the first enabled user.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.extensions.iter().position(|e| match id {
            "~" => e.kind == "User" && e.status == "Enabled",
            _ => e.id == id,
        })
    }

    pub(crate) fn device(&self, id: &str) -> Option<&Device> {
        self.extensions
            .iter()
            .flat_map(|e| &e.devices)
            .find(|d| d.id == id)
    }

    fn queue_agents(&self) -> std::collections::HashSet<String> {
        let queues = self.extensions.iter().filter(|e| e.kind == "Department");
        queues.flat_map(|queue| queue.members.clone()).collect()
    }

    /// Brings everything that the system itself keeps into line: ids, the states each user has, their default
    /// rules. States and state rules come and go here and nowhere else. \[docs\]
    pub(crate) fn settle(&mut self) {
        let agents = self.queue_agents();
        let account_id = self.account.id.clone();
        for extension in &mut self.extensions {
            if extension.id.is_empty() {
                extension.id = stable_id(&[&account_id, &extension.extension_number]);
            }
            if extension.has_rules() {
                let is_agent = agents.contains(&extension.extension_number);
                settle_states(extension, is_agent);
                settle_rule_ids(extension);
            }
        }
    }
}

fn settle_states(extension: &mut Extension, is_agent: bool) {
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
            for (key, value) in defaults::state(id) {
                fields.entry(key).or_insert(value);
            }
        }
        if extension.state_rules.get(id).is_none() {
            let rule = serde_json::json!({ "dispatching": defaults::state_dispatching(id) });
            extension.state_rules.insert(id.into(), rule);
        }
    }
}

/// After hours exist only while work hours are not 24/7. \[docs\]
fn has_after_hours(extension: &Extension) -> bool {
    let work_hours = extension.states.get("work-hours");
    work_hours.is_some_and(|state| !defaults::is_always(&state["conditions"]))
}

fn settle_rule_ids(extension: &mut Extension) {
    for index in 0..extension.interaction_rules.len() {
        let rule = &extension.interaction_rules[index];
        if rule.get("id").is_some() {
            continue;
        }
        let name = rule["displayName"].as_str().unwrap_or_default();
        let ids = (index..).map(|salt| stable_id(&[&extension.id, name, &salt.to_string()]));
        let Some(id) = ids
            .into_iter()
            .find(|id| extension.interaction_rule(id).is_none())
        else {
            continue;
        };
        if let Some(fields) = extension.interaction_rules[index].as_object_mut() {
            fields.shift_insert(0, "id".into(), id.into());
        }
    }
}

/// An id of eleven digits that is the same for the same parts, on every machine and in every release.
pub(crate) fn stable_id(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\u{1f}").as_bytes());
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (10_000_000_000 + number % 80_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Someone deletes a rule in the app and makes another of the same name.
    #[test]
    fn an_id_is_never_given_to_two_rules() {
        let mut account = Account::default();
        let rules = ["X", "A"].map(|name| json!({ "displayName": name }));
        account.extensions.push(Extension {
            extension_number: "101".into(),
            interaction_rules: rules.into(),
            ..Extension::default()
        });
        account.settle();
        let rules = &mut account.extensions[0].interaction_rules;
        rules.remove(0);
        rules.push(json!({ "displayName": "A" }));
        account.settle();
        let rules = &account.extensions[0].interaction_rules;
        assert_ne!(rules[0]["id"], rules[1]["id"]);
    }
}
