//! The account that the sandbox serves.
//!
//! Its serialized form is the seed format (see the documentation of the parent module). A snapshot
//! of a running sandbox is therefore a seed, and the state file contains one.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Extension types that have call handling rules. \[spec\]
const USER_TYPES: [&str; 4] = ["User", "DigitalUser", "FaxUser", "VirtualUser"];

/// Device types that ring, so that each such device of a user is in the user's rules. Other types,
/// such as `Paging` and `WebRTC`, are not in them. \[inferred\]
const RINGING_DEVICE_TYPES: [&str; 3] = ["HardPhone", "SoftPhone", "OtherPhone"];

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

/// A permission that the developer console grants to an API app. \[spec\]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppPermission {
    /// Permission to read all resources of the account.
    ReadAccounts,
    /// Permission to write rules and states.
    EditExtensions,
    /// Permission to search the audit trail.
    ReadAuditTrail,
}

impl AppPermission {
    /// All permissions that the sandbox supports.
    pub const ALL: [AppPermission; 3] = [
        AppPermission::ReadAccounts,
        AppPermission::EditExtensions,
        AppPermission::ReadAuditTrail,
    ];

    /// Returns the name that RingCentral uses for the permission.
    pub(crate) fn name(self) -> &'static str {
        match self {
            AppPermission::ReadAccounts => "ReadAccounts",
            AppPermission::EditExtensions => "EditExtensions",
            AppPermission::ReadAuditTrail => "ReadAuditTrail",
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
    /// Whether searches for hidden records are refused.
    pub refuses_hidden: bool,
}

impl Default for AuditTrailSettings {
    fn default() -> AuditTrailSettings {
        AuditTrailSettings {
            delay_seconds: 0,
            holds: 10_000,
            refuses_hidden: false,
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
    /// Number of the device, in E.164 format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
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

    /// Returns the device of this extension with this id.
    pub(crate) fn device(&self, id: &str) -> Option<OwnedDevice<'_>> {
        let device = self.devices.iter().find(|device| device.id == id)?;
        let owner = self;
        Some(OwnedDevice { device, owner })
    }

    /// Returns the devices that every rule of this user must contain.
    pub(crate) fn ringing_devices(&self) -> impl Iterator<Item = &SandboxDevice> {
        let rings = |device: &&SandboxDevice| RINGING_DEVICE_TYPES.contains(&device.kind.as_str());
        self.devices.iter().filter(rings)
    }

    /// Returns the user's time zone, or UTC if its name is unknown.
    pub(crate) fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC)
    }

    /// Returns the interaction rule with this id.
    pub fn interaction_rule(&self, id: &str) -> Option<&Value> {
        self.interaction_rules.iter().find(|rule| rule["id"] == id)
    }
}

impl SandboxAccount {
    /// Returns the extension with this extension number.
    pub fn extension(&self, number: &str) -> Option<&SandboxExtension> {
        let mut extensions = self.extensions.iter();
        extensions.find(|e| e.extension_number == number)
    }

    /// Returns the extension with this extension number, for editing.
    pub fn extension_mut(&mut self, number: &str) -> Option<&mut SandboxExtension> {
        let mut extensions = self.extensions.iter_mut();
        extensions.find(|e| e.extension_number == number)
    }

    pub(crate) fn extension_by_id(&self, id: &str) -> Option<&SandboxExtension> {
        self.extensions.iter().find(|e| e.id == id)
    }

    /// Returns the index in `extensions` of the extension in a request path. The id `~` means the
    /// user who signs in: the first enabled user.
    pub(crate) fn extension_index(&self, id: &str) -> Option<usize> {
        self.extensions.iter().position(|e| match id {
            "~" => e.kind == "User" && e.status == "Enabled",
            _ => e.id == id,
        })
    }

    /// Returns the user who signs in, if any user is enabled.
    pub(crate) fn signed_in_user(&self) -> Option<&SandboxExtension> {
        let index = self.extension_index("~")?;
        self.extensions.get(index)
    }

    /// Returns the device with this id.
    pub(crate) fn device(&self, id: &str) -> Option<OwnedDevice<'_>> {
        self.extensions.iter().find_map(|owner| owner.device(id))
    }
}

/// A device, with the extension that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct OwnedDevice<'a> {
    pub(crate) device: &'a SandboxDevice,
    pub(crate) owner: &'a SandboxExtension,
}

impl<'a> OwnedDevice<'a> {
    /// Returns the number of the device: its own, or else the first one of its owner.
    pub(crate) fn phone_number(&self) -> Option<&'a String> {
        let first_number = self.owner.phone_numbers.first();
        self.device.phone_number.as_ref().or(first_number)
    }
}

/// A user, with the account that resolves references of the user's rules.
#[derive(Clone, Copy)]
pub(crate) struct AccountUser<'a> {
    pub(crate) account: &'a SandboxAccount,
    pub(crate) user: &'a SandboxExtension,
}

/// Derives an id of eleven digits that is the same for the same parts on every machine and in every
/// release.
pub(crate) fn stable_id(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\u{1f}").as_bytes());
    let bytes = digest.iter().take(8);
    let number = bytes.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (10_000_000_000 + number % 80_000_000_000).to_string()
}
