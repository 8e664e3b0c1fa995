//! What happens to a call.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shape::{self, Never, Shape};
use super::{AnyText, Api, DeviceRef, GreetingId, PersonRef, PhoneNumber, PresetRef};
use crate::config::schema::rules;

/// The actions that `dispatching` has words for.
pub(in crate::config) const ACTIONS_WITH_WORDS: &[&str] = &[
    "PlayWelcomePromptAction",
    "PlayConnectingMessageAction",
    "PlayConnectingPromptAction",
    "ScreeningAction",
    "RingGroupAction",
    "RingAlwaysGroupAction",
    "TerminatingAction",
];

/// What happens to a call. What is not written stays as it is on the account.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Dispatching", extend("allOf" = rules::all([
    // `none` is no recording.
    rules::only_with_type(
        &["Terminate", "Custom"],
        &["greeting", "connectingMessage", "connectingAudio"],
        &json!({
            "type": "string",
            "errorMessage": "only types `RingAtOnce` and `RingInOrder` play recordings",
        }),
    ),
])))]
pub struct Dispatching {
    /// How it rings, or that it does not ring at all.
    #[serde(rename = "type")]
    pub kind: Option<DispatchType>,

    /// What callers hear first, before it rings. `none` switches it off.
    #[schemars(example = json!({ "preset": "Default" }))]
    pub greeting: Option<PromptSpec>,

    /// What callers are told while they are connected. `none` switches it off.
    #[schemars(example = json!({ "custom": "5072424004" }))]
    pub connecting_message: Option<PromptSpec>,

    /// The music or ring tone that callers hear while they are connected. `none` switches it off.
    #[schemars(example = json!({ "preset": "Acoustic" }))]
    pub connecting_audio: Option<PromptSpec>,

    /// Which callers must say their name. `none` switches it off.
    #[schemars(example = json!({ "when": "NoCallerId", "result": "AskToAnswer" }))]
    pub screening: Option<ScreeningSpec>,

    /// Who rings: groups whose targets ring together. The user's own apps always have a place; where
    /// they are not listed they stay silent.
    #[schemars(length(min = 1), example = [
        json!({ "targets": ["desktopApps"], "seconds": 20 }),
        json!({ "targets": ["mobileApps", { "coworker": "102" }], "seconds": 25 }),
    ])]
    pub ring: Option<Vec<RingGroup>>,

    /// The apps that ring all the time, whatever group is due: `mobileApps`, `desktopApps`. An empty
    /// list switches it off. Such an app must not stand in `ring` too.
    #[serde(default)]
    #[schemars(schema_with = "ring_always_schema", example = ["mobileApps"])]
    pub ring_always: Option<Vec<RingTargetSpec>>,

    /// Where a call goes that nobody answers.
    #[schemars(example = json!({ "extension": "900" }))]
    pub no_answer: Option<DestinationSpec>,

    /// Where a call goes at once, with type `Terminate`.
    #[schemars(example = json!({ "phoneNumber": "+14082324343" }))]
    pub terminate: Option<DestinationSpec>,

    /// Actions that have no words here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "actions_schema", example = [json!({ "type": "NewAction" })])]
    pub actions: Option<Vec<Api>>,
}

fn actions_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    shape::api_only(generator, ACTIONS_WITH_WORDS)
}

/// Of all that rings, only apps can ring all the time.
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

/// How a call rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DispatchType {
    /// All targets ring together.
    RingAtOnce,
    /// The groups ring one after the other, in the order written.
    RingInOrder,
    /// Each group rings at its own `startOffset`.
    Custom,
    /// Nothing rings: the call goes to `terminate` at once.
    Terminate,
}

/// A recording, or `none`.
pub type PromptSpec = Shape<PromptWord, Box<GreetingForm>, Never>;

/// A prompt in one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PromptWord {
    /// Nothing: it is switched off.
    None,
}

/// A recording: one of the service's, or one of the user's own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Recording", extend("allOf" = rules::all([
    rules::exactly_one(&["preset", "custom"], "which recording? add `preset` and its name, or `custom` and its id"),
])))]
pub struct GreetingForm {
    /// One of the service's standard greetings, by its name in the app or by id.
    #[schemars(example = &"Acoustic")]
    pub preset: Option<PresetRef>,

    /// A recording of the user's own, by id.
    pub custom: Option<GreetingId>,
}

/// Who must say their name, or `none`.
pub type ScreeningSpec = Shape<PromptWord, ScreeningForm, Never>;

/// Which callers are screened, and how.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Screening")]
pub struct ScreeningForm {
    /// Which callers must say their name.
    pub when: ScreeningWhen,

    /// What the user hears then.
    pub result: Option<ScreeningResult>,
}

/// Which callers are screened.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum ScreeningWhen {
    /// Callers without a caller id.
    NoCallerId,
    /// Callers that are not among the user's contacts.
    UnknownCallerId,
    /// All callers.
    Always,
}

/// What happens when a screened caller has said a name.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum ScreeningResult {
    /// The user hears the name and decides.
    AskToAnswer,
    /// The user hears the name and is connected.
    PlayCallerNameOnly,
}

/// Targets that ring together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Ring group")]
pub struct RingGroup {
    /// Who rings: `mobileApps`, `desktopApps`, a co-worker, a phone number, a device, …
    #[schemars(length(min = 1), example = json!(["mobileApps", { "coworker": "102" }]))]
    pub targets: Vec<RingTargetSpec>,

    /// For how long, in seconds. One ring takes about 5.
    #[schemars(
        range(min = 1),
        example = 20,
        extend("errorMessage" = "expected whole seconds, at least 1 and without quotes")
    )]
    pub seconds: u32,

    /// With type `Custom`: how many seconds after the call came in.
    #[schemars(
        example = 10,
        extend("errorMessage" = "expected whole seconds, without quotes")
    )]
    pub start_offset: Option<u32>,

    /// Whether the group rings. It does, unless this says `false`.
    #[schemars(example = false)]
    pub enabled: Option<bool>,
}

/// Something that rings: a word, a map, or the API's own JSON form.
pub type RingTargetSpec = Shape<RingTargetWord, Box<RingTargetForm>>;

/// Something that rings, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RingTargetWord {
    /// The user's mobile apps.
    MobileApps,
    /// The user's desktop apps.
    DesktopApps,
    /// The desk phone that the user has logged into.
    Hotdesk,
}

/// Something that rings. Say one of these; `name` goes with `phoneNumber`, `extension` with `device`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Ring target", extend("allOf" = rules::all([
    rules::exactly_one(
        &[
            "coworker", "phoneNumber", "device", "mobileAppsOf", "desktopAppsOf", "imsPhoneNumber",
            "fmcPhoneNumber", "integration", "cloudConnector",
        ],
        "who rings? add `coworker`, `phoneNumber`, `device` or another of the keys",
    ),
    rules::only_beside("name", &["phoneNumber"], "`name` goes with `phoneNumber`"),
    rules::only_beside("extension", &["device"], "`extension` goes with `device`"),
])))]
pub struct RingTargetForm {
    /// A co-worker: extension number, name, e-mail address, or `id:` and an id.
    pub coworker: Option<PersonRef>,

    /// Any phone number.
    pub phone_number: Option<PhoneNumber>,

    /// What people call the phone number.
    #[schemars(with = "Option<AnyText>", example = &"Cell")]
    pub name: Option<String>,

    /// A desk phone or soft phone, by its name in the app or by id.
    #[schemars(example = &"Reception phone")]
    pub device: Option<DeviceRef>,

    /// Whose device it is, where it is another's.
    pub extension: Option<PersonRef>,

    /// The mobile apps of a co-worker.
    pub mobile_apps_of: Option<PersonRef>,

    /// The desktop apps of a co-worker.
    pub desktop_apps_of: Option<PersonRef>,

    /// A number of the mobile operator's IMS.
    pub ims_phone_number: Option<PhoneNumber>,

    /// A number with fixed-mobile convergence.
    pub fmc_phone_number: Option<PhoneNumber>,

    /// Another telephone system.
    pub integration: Option<Integration>,

    /// A contact behind a cloud connector.
    #[schemars(example = json!({
        "integrationId": "1111111", "extensionNumber": "88888", "name": "Reception",
    }))]
    pub cloud_connector: Option<Box<CloudConnectorForm>>,
}

/// Another telephone system.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
pub enum Integration {
    /// Microsoft Teams with direct routing.
    MsTeamsDirectRouting,
    /// The mobile operator's FMC.
    FmcLite,
}

/// A contact behind a cloud connector.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Cloud connector contact")]
pub struct CloudConnectorForm {
    /// Which connector.
    #[schemars(with = "AnyText", example = &"1111111")]
    pub integration_id: String,

    /// The number to dial behind it.
    #[schemars(with = "Option<AnyText>", example = &"88888")]
    pub extension_number: Option<String>,

    /// The phone number to dial behind it.
    pub phone_number: Option<PhoneNumber>,

    /// What people call it.
    #[schemars(with = "AnyText", example = &"Reception")]
    pub name: String,
}

/// Where a call ends: a word, a map, or the API's own JSON form.
pub type DestinationSpec = Shape<DestinationWord, Box<DestinationForm>>;

/// Where a call ends, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DestinationWord {
    /// The user's own voicemail.
    Voicemail,
    /// An announcement, after which the call ends.
    Announcement,
}

/// Where a call ends. Say one of these; `name` goes with `phoneNumber`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Destination", extend("allOf" = rules::all([
    rules::exactly_one(
        &["voicemail", "announcement", "extension", "phoneNumber", "cloudConnector"],
        "where does the call go? add `extension`, `phoneNumber` or another of the keys",
    ),
    rules::only_beside("name", &["phoneNumber"], "`name` goes with `phoneNumber`"),
])))]
pub struct DestinationForm {
    /// Voicemail: with a greeting of its own, or another person's.
    #[schemars(example = json!({ "preset": "Default" }))]
    pub voicemail: Option<VoicemailForm>,

    /// An announcement, after which the call ends.
    #[schemars(example = json!({ "preset": "Not available" }))]
    pub announcement: Option<GreetingForm>,

    /// A person or call queue of the account: extension number, name, e-mail address, or `id:` and
    /// an id.
    pub extension: Option<PersonRef>,

    /// Any phone number.
    pub phone_number: Option<PhoneNumber>,

    /// What people call the phone number.
    #[schemars(with = "Option<AnyText>", example = &"Cell")]
    pub name: Option<String>,

    /// A contact behind a cloud connector.
    #[schemars(example = json!({
        "integrationId": "1111111", "extensionNumber": "88888", "name": "Reception",
    }))]
    pub cloud_connector: Option<Box<CloudConnectorForm>>,
}

/// A voicemail box and its greeting.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Voicemail", extend("allOf" = rules::all([
    rules::at_least_one(
        &["preset", "custom", "extension"],
        "this says nothing about voicemail: write the word `voicemail` alone for the user's own",
    ),
    rules::at_most_one(&["preset", "custom"]),
])))]
pub struct VoicemailForm {
    /// The greeting: one of the service's standard greetings, by its name in the app or by id.
    #[schemars(example = &"Default")]
    pub preset: Option<PresetRef>,

    /// The greeting: a recording of the user's own, by id.
    pub custom: Option<GreetingId>,

    /// Whose voicemail, where it is another's: extension number, name, e-mail address, or `id:` and
    /// an id.
    pub extension: Option<PersonRef>,
}
