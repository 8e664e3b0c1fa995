//! Contact files: lists of callers that rules refer to.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shorthand::{NoKeyword, Shorthand};
use super::{AnyText, PhonePrefix};

/// A list of callers. Rules use it by its file name, with `contacts` under `callerIds`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Contacts", extend("minItems" = 1), example = json!([
    { "phoneNumber": "+16501111111", "name": "Kristina Grant" },
    "+1650222",
]))]
pub struct ContactsFile(pub Vec<ContactSpec>);

/// A caller: a number, or a number with a name.
pub type ContactSpec = Shorthand<PhonePrefix, ContactForm, NoKeyword>;

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
