//! The conditions of an interaction rule, and the lists of contacts that they refer to.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::constraints;
use super::shorthand::{self, NoRawForm, Shorthand};
use super::{AnyText, FileName, PhoneNumber, PhonePrefix, RawJson, ScheduleSpec};

/// The API's condition types that have keys of their own in [`ConditionsSpec`].
pub(in crate::config) const CONDITION_TYPES_WITH_KEYS: &[&str] =
    &["Interaction", "Schedule", "State"];

/// The calls that a rule matches. A call must meet all conditions.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Conditions")]
pub struct ConditionsSpec {
    /// The caller has one of these numbers, or is on one of these lists from `contacts/`.
    #[schemars(length(min = 1), example = ["+16501111111", "+1650"])]
    pub caller_ids: Option<Vec<CallerIdSpec>>,

    /// The caller dialed one of these phone numbers of the user.
    #[schemars(length(min = 1), example = ["+16505550101"])]
    pub called_numbers: Option<Vec<PhoneNumber>>,

    /// The call comes in at one of these times, in the user's time zone.
    #[schemars(example = json!({ "weekly": { "mon-fri": "08:00-16:00" } }))]
    pub schedule: Option<Box<ScheduleSpec>>,

    /// The call comes in during or outside the user's work hours. RingCentral evaluates this only
    /// together with `callerIds` or `calledNumbers`.
    pub state: Option<ConditionState>,

    /// Conditions that have no key here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "other_schema", example = [json!({ "type": "NewCondition" })])]
    pub other: Option<Vec<RawJson>>,
}

fn other_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    shorthand::api_only(generator, CONDITION_TYPES_WITH_KEYS)
}

/// A state that a condition can require.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionState {
    /// During the user's work hours.
    WorkHours,
    /// Outside the user's work hours.
    AfterHours,
}

/// A caller: a number, a number with a name, or a list of contacts.
pub type CallerIdSpec = Shorthand<PhonePrefix, CallerIdForm, NoRawForm>;

/// A caller with a name, or a list of contacts. `name` requires `phoneNumber`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Caller", extend("allOf" = constraints::all_constraints([
    constraints::exactly_one(
        &["phoneNumber", "contacts"],
        "the caller is missing: add `phoneNumber` or `contacts`",
    ),
    constraints::only_with_key("name", &["phoneNumber"], "`name` needs `phoneNumber`"),
])))]
pub struct CallerIdForm {
    /// The caller's number, or the first digits of it.
    pub phone_number: Option<PhonePrefix>,

    /// A display name for the caller.
    #[schemars(with = "Option<AnyText>", example = &"Kristina Grant")]
    pub name: Option<String>,

    /// A list of callers: the name of a file in `contacts/`, without its extension.
    #[schemars(example = &"vip")]
    pub contacts: Option<FileName>,
}

/// A list of callers. Rules use it by its file name, with `contacts` under `callerIds`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Contacts", extend("minItems" = 1), example = json!([
    { "phoneNumber": "+16501111111", "name": "Kristina Grant" },
    "+1650222",
]))]
pub struct ContactsFile(pub Vec<ContactSpec>);

/// A caller: a number, or a number with a name.
pub type ContactSpec = Shorthand<PhonePrefix, ContactForm, NoRawForm>;

/// A caller's number and display name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Contact")]
pub struct ContactForm {
    /// The caller's number, or the first digits of it.
    pub phone_number: PhonePrefix,

    /// A display name for the caller.
    #[schemars(with = "Option<AnyText>", example = &"Kristina Grant")]
    pub name: Option<String>,
}
