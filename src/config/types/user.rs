//! A user file.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shape::{Never, Shape};
use super::{
    AnyText, Conditions, Dispatching, Email, ExtensionNumber, FileName, Id, Prune, Schedule,
    WarningName, allow,
};
use crate::config::schema::{complete, rules};
use crate::diagnostic::Code;

/// The call handling rules of one user.
///
/// What is not written is left as it is on the account.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "User file", extend("allOf" = rules::all([
    rules::exactly_one(
        &["extension", "email", "id"],
        "whose rules are these? begin with the extension number: `extension: \"101\"`",
    ),
    complete::unless_profiles_add(),
])), example = json!({
    "extension": "101",
    "states": { "work-hours": { "dispatching": { "noAnswer": "voicemail" } } },
}))]
pub struct UserFile {
    /// The user's extension number. Say either `extension`, `email` or `id`.
    pub extension: Option<ExtensionNumber>,

    /// The user's e-mail address, in place of `extension`.
    pub email: Option<Email>,

    /// The account's id for the user, in place of `extension`. It stays when the number changes.
    pub id: Option<Id>,

    /// The profiles that are laid under this file, each over those before it. What this file says
    /// counts; a rule that a profile declares is switched off with `null` behind its name.
    #[schemars(length(min = 1), example = ["us-holidays"])]
    pub profiles: Option<Vec<FileName>>,

    /// What happens to this user's interaction rules that are not declared here, in place of what
    /// `callrules.yaml` says.
    pub prune: Option<Prune>,

    /// Names of rules that the user makes in the app; they are left alone. `*` stands for any text, and
    /// capitals do not matter. They add to those that `callrules.yaml` and the profiles ignore.
    #[schemars(with = "Option<Vec<AnyText>>", example = ["Personal *"], length(min = 1))]
    pub ignore: Option<Vec<String>>,

    /// Warnings that are meant, by code or name: they are not told of this user. They add to those that
    /// `callrules.yaml` and the profiles allow.
    #[schemars(example = ["long-ring"], length(min = 1))]
    pub allow: Option<Vec<WarningName>>,

    /// The user's interaction rules (custom rules) by name. Write `null` behind a name to have that
    /// rule deleted. Without this key the user's interaction rules are not managed.
    #[serde(default)]
    #[schemars(schema_with = "rules_schema", example = json!({
        "Public holidays": {
            "conditions": { "schedule": { "calendar": "us-holidays" } },
            "dispatching": { "type": "Terminate", "terminate": "voicemail" },
        },
    }))]
    pub interaction_rules: Option<IndexMap<String, Option<InteractionRule>>>,

    /// What happens to calls that no interaction rule takes, by the state that the user is in.
    #[schemars(example = json!({
        "work-hours": {
            "schedule": { "weekly": { "mon-fri": "08:00-16:00" } },
            "dispatching": { "noAnswer": "voicemail" },
        },
    }))]
    pub states: Option<States>,
}

impl UserFile {
    /// Whether a warning is meant, as far as this file and its profiles say.
    pub fn allows(&self, code: Code) -> bool {
        allow::allows(self.allow.as_deref(), code)
    }
}

/// A rule, or `null` for a rule that shall not exist: the one place where `null` means something.
fn rules_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let rule = generator.subschema_for::<InteractionRule>();
    schemars::json_schema!({
        "type": "object",
        "errorMessage": "expected rules by their names, such as `Public holidays:`, without dashes before them",
        "additionalProperties": { "if": { "type": "null" }, "else": rule },
        "propertyNames": { "pattern": "\\S", "patternErrorMessage": "a rule needs a name" },
    })
}

/// An interaction rule (custom rule): which calls it takes, and what happens to them.
///
/// A rule that says neither its conditions nor the type of its dispatching changes a rule that is on
/// the account already, and leaves all else of it as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Interaction rule")]
pub struct InteractionRule {
    /// Whether the rule takes calls. A new rule does, unless this says `false`.
    #[schemars(example = true)]
    pub enabled: Option<bool>,

    /// Which calls the rule takes. All conditions must hold. Where this is written it says all of the
    /// rule's conditions.
    #[schemars(example = json!({ "callerIds": ["+16501111111"], "state": "after-hours" }))]
    pub conditions: Option<Box<Conditions>>,

    /// Whether the rule also takes calls that reach the user through a call queue.
    #[schemars(example = true)]
    pub queue_calls_included: Option<bool>,

    /// What happens to the calls that the rule takes.
    #[schemars(example = json!({ "type": "Terminate", "terminate": { "phoneNumber": "+14082324343" } }))]
    pub dispatching: Option<Box<Dispatching>>,

    /// The name that the rule has had so far: it is renamed in place.
    #[schemars(with = "Option<AnyText>", example = &"Holiday")]
    pub renamed_from: Option<String>,

    /// The account's id for the rule, where two rules have the same name.
    pub id: Option<Id>,

    /// The rule's name, where two rules of the user have the same and cannot both stand under it.
    #[schemars(length(min = 1), example = &"Holiday")]
    pub name: Option<String>,
}

/// The states of a user. Exactly one of them is in force at any time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "States")]
pub struct States {
    /// Forward all calls: while it is on, every call goes to one destination at once.
    ///
    /// Takes `enabled`, a `schedule` of one daily span or of date ranges, and a `dispatching` of type
    /// `Terminate`.
    #[schemars(example = json!({
        "schedule": { "calendar": "us-holidays" },
        "dispatching": { "type": "Terminate", "terminate": { "extension": "900" } },
    }))]
    pub forward_all_calls: Option<Box<State>>,

    /// Do not disturb: while it is on, every call goes to one destination at once.
    ///
    /// Takes `enabled` and a `dispatching` of type `Terminate`; it has no schedule.
    #[schemars(example = json!({ "dispatching": { "type": "Terminate", "terminate": "voicemail" } }))]
    pub dnd: Option<Box<State>>,

    /// The user as a member of a call queue.
    ///
    /// Takes a `schedule` (daily, weekly or `work-hours`) and a `dispatching` that rings; where a call
    /// goes that nobody takes is the queue's affair.
    #[schemars(example = json!({
        "schedule": "work-hours",
        "dispatching": {
            "type": "RingAtOnce",
            "ring": [{ "targets": ["desktopApps"], "seconds": 20 }],
        },
    }))]
    pub agent: Option<Box<State>>,

    /// Within working hours.
    ///
    /// Takes a `schedule` (daily or weekly) and a `dispatching` that rings.
    #[schemars(example = json!({
        "schedule": { "weekly": { "mon-fri": "08:00-16:00" } },
        "dispatching": {
            "type": "RingInOrder",
            "ring": [{ "targets": ["desktopApps"], "seconds": 20 }],
            "noAnswer": "voicemail",
        },
    }))]
    pub work_hours: Option<Box<State>>,

    /// Outside working hours. Exists while work hours are not around the clock.
    ///
    /// Takes a `dispatching`; its times are those that work hours leave.
    #[schemars(example = json!({ "dispatching": { "type": "Terminate", "terminate": "voicemail" } }))]
    pub after_hours: Option<Box<State>>,
}

/// When a state holds, and what happens to calls meanwhile.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct State {
    /// Switches `forward-all-calls` or `dnd` on or off. What the user switches in the app is left
    /// alone unless this is written.
    #[schemars(example = false)]
    pub enabled: Option<bool>,

    /// When the state holds.
    pub schedule: Option<StateScheduleSpec>,

    /// What happens to calls while the state holds.
    pub dispatching: Option<Box<Dispatching>>,
}

/// When a state holds: a schedule, or the word `work-hours` for an agent who follows the user's own
/// work hours.
pub type StateScheduleSpec = Shape<StateScheduleWord, Box<Schedule>, Never>;

/// A schedule in one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateScheduleWord {
    /// The same as the user's work hours, also when those change.
    WorkHours,
}
