//! Which calls an interaction rule takes.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shape::{self, Never, Shape};
use super::{AnyText, Api, FileName, PhoneNumber, PhonePrefix, Schedule};
use crate::config::schema::rules;

/// The conditions that the keys of [`Conditions`] stand for.
pub(in crate::config) const CONDITIONS_WITH_WORDS: &[&str] = &["Interaction", "Schedule", "State"];

/// Which calls a rule takes. All conditions that are written must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Conditions")]
pub struct Conditions {
    /// The call comes from one of these numbers, or from one of the lists in `contacts/`.
    #[schemars(length(min = 1), example = ["+16501111111", "+1650"])]
    pub caller_ids: Option<Vec<CallerIdSpec>>,

    /// The caller dialled one of these numbers of the user's.
    #[schemars(length(min = 1), example = ["+16505550101"])]
    pub called_numbers: Option<Vec<PhoneNumber>>,

    /// The call comes at one of these times.
    #[schemars(example = json!({ "weekly": { "mon-fri": "08:00-16:00" } }))]
    pub schedule: Option<Box<Schedule>>,

    /// The call comes within or outside the user's work hours. RingCentral evaluates this only beside
    /// `callerIds` or `calledNumbers`.
    pub state: Option<ConditionState>,

    /// Conditions that have no words here, each in the API's own JSON form.
    #[serde(default)]
    #[schemars(schema_with = "other_schema", example = [json!({ "type": "NewCondition" })])]
    pub other: Option<Vec<Api>>,
}

fn other_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    shape::api_only(generator, CONDITIONS_WITH_WORDS)
}

/// A state that a condition can name.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConditionState {
    /// Within the user's work hours.
    WorkHours,
    /// Outside the user's work hours.
    AfterHours,
}

/// Who calls: a number, a number with a name, or a list of contacts.
pub type CallerIdSpec = Shape<PhonePrefix, CallerIdForm, Never>;

/// A caller with a name, or a list of contacts. `name` goes with `phoneNumber`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Caller", extend("allOf" = rules::all([
    rules::exactly_one(
        &["phoneNumber", "contacts"],
        "who calls? add `phoneNumber` or `contacts`",
    ),
    rules::only_beside("name", &["phoneNumber"], "`name` goes with `phoneNumber`"),
])))]
pub struct CallerIdForm {
    /// The caller's number, or the beginning of it.
    pub phone_number: Option<PhonePrefix>,

    /// What people call the caller.
    #[schemars(with = "Option<AnyText>", example = &"Kristina Grant")]
    pub name: Option<String>,

    /// Everybody on a list: a file in `contacts/`, without its ending.
    #[schemars(example = &"vip")]
    pub contacts: Option<FileName>,
}
