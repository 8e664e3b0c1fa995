//! User files: the call handling of one user.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::constraints;
use super::shorthand::{NoRawForm, Shorthand};
use super::{
    AnyText, ConditionsSpec, DispatchingSpec, Email, ExtensionNumber, FileName, Id, PruneSetting,
    ScheduleSpec, WarningName, settings,
};
use crate::diagnostic::DiagnosticCode;
use crate::model::{ALL_STATES, StateCapabilities, UserSelector};

/// The call handling of one user.
///
/// Keys that are not set keep the account's setting.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "User file", extend("allOf" = constraints::all_constraints([
    constraints::at_least_one(
        &["extension", "email", "id"],
        "the user is missing: start with the extension number, `extension: \"101\"`",
    ),
    constraints::at_most_one(&["extension", "email"]),
    constraints::require_unless_profiles(),
])), example = json!({
    "extension": "101",
    "states": { "work-hours": { "dispatching": { "noAnswer": "voicemail" } } },
}))]
pub struct UserFile {
    /// The user's extension number. Set `extension` or `email`, `id`, or `id` and one of the two.
    pub extension: Option<ExtensionNumber>,

    /// The user's e-mail address, instead of `extension`.
    pub email: Option<Email>,

    /// RingCentral's id of the user, which never changes. Together with `extension` or `email` it
    /// protects against a number that is given to another user: that user is then left out.
    pub id: Option<Id>,

    /// Profiles to use. This file is merged on top of its profiles, and each profile on top of
    /// those listed before it. To leave out a rule from a profile, set the rule to `null`.
    #[schemars(length(min = 1), example = ["us-holidays"])]
    pub profiles: Option<Vec<FileName>>,

    /// What happens to the user's interaction rules that are not in this file. Overrides `prune` in
    /// `callrules.yaml`.
    pub prune: Option<PruneSetting>,

    /// Names of rules that the user manages in the app. callrules never changes these rules. `*`
    /// matches any text, and case is ignored. Added to `ignore` of `callrules.yaml` and the
    /// profiles.
    #[schemars(with = "Option<Vec<AnyText>>", example = ["Personal *"], length(min = 1))]
    pub ignore: Option<Vec<String>>,

    /// Warnings to suppress for this user, by code or name. Added to `allow` of `callrules.yaml`
    /// and the profiles.
    #[schemars(example = ["long-ring"], length(min = 1))]
    pub allow: Option<Vec<WarningName>>,

    /// The user's interaction rules (custom rules) by name. To delete a rule, set it to `null`.
    /// Without this key, callrules doesn't manage the user's interaction rules.
    #[serde(default)]
    #[schemars(schema_with = "rules_schema", example = json!({
        "Public holidays": {
            "conditions": { "schedule": { "calendar": "us-holidays" } },
            "dispatching": { "type": "Terminate", "terminate": "voicemail" },
        },
    }))]
    pub interaction_rules: Option<IndexMap<String, Option<InteractionRuleSpec>>>,

    /// How calls that match no interaction rule are handled, by the user's state.
    #[schemars(example = json!({
        "work-hours": {
            "schedule": { "weekly": { "mon-fri": "08:00-16:00" } },
            "dispatching": { "noAnswer": "voicemail" },
        },
    }))]
    pub states: Option<StatesSpec>,
}

impl UserFile {
    /// Returns the key and the value that identify the owner of the file. Ids get the prefix `id:`.
    pub fn owner_reference(&self) -> Option<(&'static str, String)> {
        match self {
            UserFile { id: Some(id), .. } => Some(("id", format!("id:{}", id.0))),
            _ => self.changeable_reference(),
        }
    }

    /// Returns the key and the extension number or e-mail address in the file, which may be given
    /// to another user.
    pub fn changeable_reference(&self) -> Option<(&'static str, String)> {
        let number = self.extension.as_ref();
        let number = number.map(|number| ("extension", number.0.clone()));
        let email = self.email.as_ref().map(|email| ("email", email.0.clone()));
        number.or(email)
    }

    /// Returns whether a selector matches the identifier in the file.
    pub fn is_selected_by(&self, selector: &UserSelector) -> bool {
        let [number, email, id] = self.identity();
        selector.matches_identity(id, number, email)
    }

    /// Returns the extension number, e-mail address and id in the file.
    pub fn identity(&self) -> [Option<&str>; 3] {
        [
            self.extension.as_ref().map(|number| number.0.as_str()),
            self.email.as_ref().map(|email| email.0.as_str()),
            self.id.as_ref().map(|id| id.0.as_str()),
        ]
    }

    /// Returns whether this file or one of its profiles allows the warning `code`.
    pub fn allows(&self, code: DiagnosticCode) -> bool {
        settings::allows(self.allow.as_deref(), code)
    }
}

/// A loaded user file.
#[derive(Debug)]
pub struct LoadedUser {
    /// The path relative to the repository root, with `/` as separator.
    pub path: String,
    /// The parsed content of the file.
    pub file: UserFile,
}

/// Returns the schema of rules by name. Only here `null` is allowed: it deletes the rule.
fn rules_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let rule = generator.subschema_for::<InteractionRuleSpec>();
    schemars::json_schema!({
        "type": "object",
        "errorMessage": "expected a map of rule names, such as `Public holidays:`, without dashes",
        "additionalProperties": { "if": { "type": "null" }, "else": rule },
        "propertyNames": { "pattern": "\\S", "patternErrorMessage": "the name of the rule is missing" },
    })
}

/// An interaction rule (custom rule): the calls that it matches, and how they are handled.
///
/// A rule that sets neither `conditions` nor the `type` of `dispatching` changes an existing rule
/// on the account and keeps the rest of it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Interaction rule")]
pub struct InteractionRuleSpec {
    /// Whether the rule is switched on. A new rule is on unless this is `false`.
    #[schemars(example = true)]
    pub enabled: Option<bool>,

    /// The calls that the rule matches. A call must meet all conditions. They replace all
    /// conditions of the rule on the account.
    #[schemars(example = json!({ "callerIds": ["+16501111111"], "state": "after-hours" }))]
    pub conditions: Option<Box<ConditionsSpec>>,

    /// Whether the rule also handles calls that reach the user through a call queue.
    #[schemars(example = true)]
    pub queue_calls_included: Option<bool>,

    /// How the calls that the rule matches are handled.
    #[schemars(example = json!({ "type": "Terminate", "terminate": { "phoneNumber": "+14082324343" } }))]
    pub dispatching: Option<Box<DispatchingSpec>>,

    /// The previous name of the rule. callrules renames that rule instead of creating a new one.
    #[schemars(with = "Option<AnyText>", example = &"Holiday")]
    pub renamed_from: Option<String>,

    /// RingCentral's id of the rule, if two rules have the same name.
    pub id: Option<Id>,

    /// The rule's name, if two rules of the user have the same name. YAML keys must be unique.
    #[schemars(length(min = 1), example = &"Holiday")]
    pub name: Option<String>,
}

/// The states of a user. Exactly one of them is active at any time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "States")]
pub struct StatesSpec {
    /// Forward all calls: while this state is on, every call goes to one destination, and nothing
    /// rings first.
    ///
    /// Accepts `enabled`, a `schedule` with one daily span or with date ranges, and a `dispatching`
    /// of type `Terminate`.
    #[schemars(example = json!({
        "schedule": { "calendar": "us-holidays" },
        "dispatching": { "type": "Terminate", "terminate": { "extension": "900" } },
    }))]
    pub forward_all_calls: Option<Box<StateSpec>>,

    /// Do not disturb: while this state is on, every call goes to one destination, and nothing
    /// rings first.
    ///
    /// Accepts `enabled` and a `dispatching` of type `Terminate`, but no schedule.
    #[schemars(example = json!({ "dispatching": { "type": "Terminate", "terminate": "voicemail" } }))]
    pub dnd: Option<Box<StateSpec>>,

    /// Calls from a call queue that the user belongs to.
    ///
    /// Accepts a `schedule` (daily, weekly or `work-hours`) and a `dispatching` that rings. The
    /// queue decides where unanswered calls go.
    #[schemars(example = json!({
        "schedule": "work-hours",
        "dispatching": {
            "type": "RingAtOnce",
            "ring": [{ "targets": ["desktopApps"], "seconds": 20 }],
        },
    }))]
    pub agent: Option<Box<StateSpec>>,

    /// Calls during work hours.
    ///
    /// Accepts a `schedule` (daily or weekly) and a `dispatching` that rings.
    #[schemars(example = json!({
        "schedule": { "weekly": { "mon-fri": "08:00-16:00" } },
        "dispatching": {
            "type": "RingInOrder",
            "ring": [{ "targets": ["desktopApps"], "seconds": 20 }],
            "noAnswer": "voicemail",
        },
    }))]
    pub work_hours: Option<Box<StateSpec>>,

    /// Calls outside work hours. This state doesn't exist while work hours are 24/7.
    ///
    /// Accepts a `dispatching`, but no schedule: the state covers all times outside work hours.
    #[schemars(example = json!({ "dispatching": { "type": "Terminate", "terminate": "voicemail" } }))]
    pub after_hours: Option<Box<StateSpec>>,
}

impl StatesSpec {
    /// Returns the states that are declared, with their capabilities.
    pub fn declared(&self) -> impl Iterator<Item = (&'static StateCapabilities, &StateSpec)> {
        let StatesSpec {
            forward_all_calls,
            dnd,
            agent,
            work_hours,
            after_hours,
        } = self;
        let in_table_order = [forward_all_calls, dnd, agent, work_hours, after_hours];
        let states = ALL_STATES.into_iter().zip(in_table_order);
        states.filter_map(|(capabilities, state)| Some((capabilities, state.as_deref()?)))
    }
}

/// When a state is active, and how calls are handled during that time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StateSpec {
    /// Switches `forward-all-calls` or `dnd` on or off. If it is not set, the user controls the
    /// switch in the app.
    #[schemars(example = false)]
    pub enabled: Option<bool>,

    /// The times at which the state is active.
    pub schedule: Option<StateScheduleSpec>,

    /// How calls are handled while the state is active.
    pub dispatching: Option<Box<DispatchingSpec>>,
}

/// The times of a state: a schedule, or the word `work-hours` for an agent state that follows the
/// user's work hours.
pub type StateScheduleSpec = Shorthand<StateScheduleKeyword, Box<ScheduleSpec>, NoRawForm>;

/// A schedule that is set with one word.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateScheduleKeyword {
    /// The user's work hours. Changes to them apply here too.
    WorkHours,
}
