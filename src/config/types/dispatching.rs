//! Call dispatching: what rings, what callers hear, where calls end.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::constraints;
use super::shorthand::{self, NoRawForm, Shorthand};
use super::{AnyText, DeviceRef, ExtensionRef, GreetingId, PhoneNumber, PresetRef, RawJson};
use crate::model::DispatchType;

/// The API's action types that have keys of their own in [`DispatchingSpec`].
pub(in crate::config) const ACTION_TYPES_WITH_KEYS: &[&str] = &[
    "PlayWelcomePromptAction",
    "PlayConnectingMessageAction",
    "PlayConnectingPromptAction",
    "ScreeningAction",
    "RingGroupAction",
    "RingAlwaysGroupAction",
    "TerminatingAction",
];

/// How a call is handled. Keys that are not set keep the account's setting.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dispatching", extend("allOf" = constraints::all_constraints([
    // `none` is allowed: it plays no recording.
    constraints::only_with_type(
        &["Terminate", "Custom"],
        &["greeting", "connectingMessage", "connectingAudio"],
        &json!({
            "type": "string",
            "errorMessage": "only the types `RingAtOnce` and `RingInOrder` play recordings",
        }),
    ),
])))]
pub struct DispatchingSpec {
    /// How the call rings. `Terminate` forwards it without ringing.
    #[serde(rename = "type")]
    pub kind: Option<DispatchTypeSpec>,

    /// The recording that callers hear before anything rings. `none` switches it off.
    #[schemars(example = json!({ "preset": "Default" }))]
    pub greeting: Option<PromptSpec>,

    /// The message that callers hear while the call is being connected. `none` switches it off.
    #[schemars(example = json!({ "custom": "5072424004" }))]
    pub connecting_message: Option<PromptSpec>,

    /// The music or ring tone that callers hear while the call is being connected. `none` switches
    /// it off.
    #[schemars(example = json!({ "preset": "Acoustic" }))]
    pub connecting_audio: Option<PromptSpec>,

    /// The callers who are asked to state their name. `none` switches it off.
    #[schemars(example = json!({ "when": "NoCallerId", "result": "AskToAnswer" }))]
    pub screening: Option<ScreeningSpec>,

    /// What rings: groups whose targets ring together. The user's own apps are always part of the
    /// call flow; apps that are not listed stay silent.
    #[schemars(length(min = 1), example = [
        json!({ "targets": ["desktopApps"], "seconds": 20 }),
        json!({ "targets": ["mobileApps", { "coworker": "102" }], "seconds": 25 }),
    ])]
    pub ring: Option<Vec<RingGroupSpec>>,

    /// The apps that ring during all groups: `mobileApps`, `desktopApps`. An empty list switches
    /// this off. An app can't be both here and in `ring`.
    #[serde(default)]
    #[schemars(schema_with = "ring_always_schema", example = ["mobileApps"])]
    pub ring_always: Option<Vec<RingTargetSpec>>,

    /// Where unanswered calls go.
    #[schemars(example = json!({ "extension": "900" }))]
    pub no_answer: Option<DestinationSpec>,

    /// Where calls go without ringing, with type `Terminate`.
    #[schemars(example = json!({ "phoneNumber": "+14082324343" }))]
    pub terminate: Option<DestinationSpec>,

    /// Actions that have no key here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "actions_schema", example = [json!({ "type": "NewAction" })])]
    pub actions: Option<Vec<RawJson>>,
}

fn actions_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    shorthand::api_only(generator, ACTION_TYPES_WITH_KEYS)
}

/// Returns the schema of `ringAlways`, which accepts only apps.
fn ring_always_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "array",
        "errorMessage": "expected a list of `mobileApps` and `desktopApps`, each at most once",
        "uniqueItems": true,
        "items": {
            "type": "string",
            "enum": ["mobileApps", "desktopApps"],
            "markdownEnumDescriptions": ["The user's mobile apps.", "The user's desktop apps."],
        },
    })
}

/// The way in which a call rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DispatchTypeSpec {
    /// All targets ring at the same time.
    RingAtOnce,
    /// The groups ring one after the other, in this order.
    RingInOrder,
    /// Each group rings at its own `startOffset`.
    Custom,
    /// Nothing rings first: the call goes straight to `terminate`.
    Terminate,
}

impl From<DispatchTypeSpec> for DispatchType {
    fn from(kind: DispatchTypeSpec) -> Self {
        match kind {
            DispatchTypeSpec::RingAtOnce => DispatchType::RingAtOnce,
            DispatchTypeSpec::RingInOrder => DispatchType::RingInOrder,
            DispatchTypeSpec::Custom => DispatchType::Custom,
            DispatchTypeSpec::Terminate => DispatchType::Terminate,
        }
    }
}

/// A recording, or `none`.
pub type PromptSpec = Shorthand<PromptKeyword, Box<GreetingForm>, NoRawForm>;

/// A prompt that is set with one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromptKeyword {
    /// Switched off on the account.
    None,
}

/// A recording: one of RingCentral's standard greetings, or the user's own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Recording", extend("allOf" = constraints::all_constraints([
    constraints::exactly_one(&["preset", "custom"], "the recording is missing: add `preset` with its name, or `custom` with its id"),
])))]
pub struct GreetingForm {
    /// One of RingCentral's standard greetings: its name in the app, or its id.
    #[schemars(example = &"Acoustic")]
    pub preset: Option<PresetRef>,

    /// The id of the user's own recording.
    pub custom: Option<GreetingId>,
}

/// The callers who are asked for their name, or `none`.
pub type ScreeningSpec = Shorthand<PromptKeyword, ScreeningForm, NoRawForm>;

/// Call screening: which callers are asked for their name, and what happens next.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Screening")]
pub struct ScreeningForm {
    /// Which callers are asked to state their name.
    pub when: ScreeningWhen,

    /// What the user hears after the caller has stated a name.
    pub result: Option<ScreeningResult>,
}

/// The callers who are screened.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum ScreeningWhen {
    /// Callers who show no caller ID.
    NoCallerId,
    /// Callers who are not in the user's contacts.
    UnknownCallerId,
    /// All callers are screened.
    Always,
}

/// What happens after a screened caller has stated a name.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum ScreeningResult {
    /// The user hears the name and decides whether to answer.
    AskToAnswer,
    /// The user hears the name and is connected.
    PlayCallerNameOnly,
}

/// Targets that ring together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Ring group")]
pub struct RingGroupSpec {
    /// What rings: `mobileApps`, `desktopApps`, a co-worker, a phone number, a device, …
    #[schemars(length(min = 1), example = json!(["mobileApps", { "coworker": "102" }]))]
    pub targets: Vec<RingTargetSpec>,

    /// How long the group rings, in seconds. One ring lasts about 5 seconds.
    #[schemars(
        range(min = 1),
        example = 20,
        extend("errorMessage" = "expected whole seconds, at least 1 and without quotes")
    )]
    pub seconds: u32,

    /// With type `Custom`: how many seconds after the start of the call the group begins to ring.
    #[schemars(
        example = 10,
        extend("errorMessage" = "expected whole seconds, without quotes")
    )]
    pub start_offset: Option<u32>,

    /// Whether the group rings. Groups ring unless this is `false`.
    #[schemars(example = false)]
    pub enabled: Option<bool>,
}

/// A ring target: a word, a map, or the API's own JSON form.
pub type RingTargetSpec = Shorthand<RingTargetKeyword, Box<RingTargetForm>>;

/// A ring target that is set with one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RingTargetKeyword {
    /// The user's mobile apps.
    MobileApps,
    /// The user's desktop apps.
    DesktopApps,
    /// All desk phones of the user.
    DeskPhones,
    /// The desk phone that the user has logged into.
    Hotdesk,
}

/// Something that rings. Set exactly one target; `name` requires `phoneNumber`, and `extension`
/// requires `device`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Ring target", extend("allOf" = constraints::all_constraints([
    constraints::exactly_one(
        &[
            "coworker", "phoneNumber", "device", "mobileAppsOf", "desktopAppsOf", "imsPhoneNumber",
            "fmcPhoneNumber", "integration", "cloudConnector",
        ],
        "the ring target is missing: add `coworker`, `phoneNumber`, `device` or another key",
    ),
    constraints::only_with_key("name", &["phoneNumber"], "`name` needs `phoneNumber`"),
    constraints::only_with_key("extension", &["device"], "`extension` needs `device`"),
])))]
pub struct RingTargetForm {
    /// A co-worker: an extension number, name, e-mail address, or `id:` and an id.
    pub coworker: Option<ExtensionRef>,

    /// A phone number inside or outside the account.
    pub phone_number: Option<PhoneNumber>,

    /// A display name for the phone number.
    #[schemars(with = "Option<AnyText>", example = &"Cell")]
    pub name: Option<String>,

    /// A desk phone or soft phone: its name in the app, or its id.
    #[schemars(example = &"Reception phone")]
    pub device: Option<DeviceRef>,

    /// The owner of the device, if it belongs to another user.
    pub extension: Option<ExtensionRef>,

    /// The mobile apps of a co-worker.
    pub mobile_apps_of: Option<ExtensionRef>,

    /// The desktop apps of a co-worker.
    pub desktop_apps_of: Option<ExtensionRef>,

    /// A number in the mobile carrier's IMS network.
    pub ims_phone_number: Option<PhoneNumber>,

    /// A number with fixed-mobile convergence (FMC).
    pub fmc_phone_number: Option<PhoneNumber>,

    /// A connected telephone system.
    pub integration: Option<IntegrationSpec>,

    /// A contact that is reached through a cloud connector.
    #[schemars(example = json!({
        "integrationId": "1111111", "extensionNumber": "88888", "name": "Reception",
    }))]
    pub cloud_connector: Option<Box<CloudConnectorForm>>,
}

/// A telephone system that is connected to RingCentral.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum IntegrationSpec {
    /// Microsoft Teams with Direct Routing.
    MsTeamsDirectRouting,
    /// The mobile carrier's fixed-mobile convergence (FMC).
    FmcLite,
}

/// A contact that is reached through a cloud connector.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Cloud connector contact")]
pub struct CloudConnectorForm {
    /// The id of the cloud connector's integration.
    #[schemars(with = "AnyText", example = &"1111111")]
    pub integration_id: String,

    /// The extension number to dial through the connector.
    #[schemars(with = "Option<AnyText>", example = &"88888")]
    pub extension_number: Option<String>,

    /// The phone number to dial through the connector.
    pub phone_number: Option<PhoneNumber>,

    /// A display name for the contact.
    #[schemars(with = "AnyText", example = &"Reception")]
    pub name: String,
}

/// A destination: a word, a map, or the API's own JSON form.
pub type DestinationSpec = Shorthand<DestinationKeyword, Box<DestinationForm>>;

/// A destination that is set with one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DestinationKeyword {
    /// The user's own voicemail box.
    Voicemail,
    /// An announcement. The call ends after it.
    Announcement,
}

/// Where a call goes. Set exactly one destination; `name` requires `phoneNumber`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Destination", extend("allOf" = constraints::all_constraints([
    constraints::exactly_one(
        &["voicemail", "announcement", "extension", "phoneNumber", "cloudConnector"],
        "the destination is missing: add `extension`, `phoneNumber` or another key",
    ),
    constraints::only_with_key("name", &["phoneNumber"], "`name` needs `phoneNumber`"),
])))]
pub struct DestinationForm {
    /// Voicemail with a specific greeting, or another user's voicemail.
    #[schemars(example = json!({ "preset": "Default" }))]
    pub voicemail: Option<VoicemailForm>,

    /// An announcement. The call ends after it.
    #[schemars(example = json!({ "preset": "Not available" }))]
    pub announcement: Option<GreetingForm>,

    /// A user or call queue on the account: an extension number, name, e-mail address, or `id:` and
    /// an id.
    pub extension: Option<ExtensionRef>,

    /// A phone number inside or outside the account.
    pub phone_number: Option<PhoneNumber>,

    /// A display name for the phone number.
    #[schemars(with = "Option<AnyText>", example = &"Cell")]
    pub name: Option<String>,

    /// A contact that is reached through a cloud connector.
    #[schemars(example = json!({
        "integrationId": "1111111", "extensionNumber": "88888", "name": "Reception",
    }))]
    pub cloud_connector: Option<Box<CloudConnectorForm>>,
}

/// A voicemail box and its greeting.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Voicemail", extend("allOf" = constraints::all_constraints([
    constraints::at_least_one(
        &["preset", "custom", "extension"],
        "this map sets nothing: write only the word `voicemail` for the user's own voicemail",
    ),
    constraints::at_most_one(&["preset", "custom"]),
])))]
pub struct VoicemailForm {
    /// The greeting: one of RingCentral's standard greetings, by its name in the app or its id.
    #[schemars(example = &"Default")]
    pub preset: Option<PresetRef>,

    /// The greeting: the id of the user's own recording.
    pub custom: Option<GreetingId>,

    /// The owner of the voicemail box, if it belongs to another user: an extension number, name,
    /// e-mail address, or `id:` and an id.
    pub extension: Option<ExtensionRef>,
}
