//! A file of contacts.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shape::{Never, Shape};
use super::{AnyText, PhonePrefix};

/// Callers that rules refer to by the name of this file, under `callerIds`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(title = "Contacts", extend("minItems" = 1), example = json!([
    { "phoneNumber": "+16501111111", "name": "Kristina Grant" },
    "+1650222",
]))]
pub struct Contacts(pub Vec<ContactSpec>);

/// A caller: a number, or a number with a name.
pub type ContactSpec = Shape<PhonePrefix, ContactForm, Never>;

/// A caller with a name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Contact")]
pub struct ContactForm {
    /// The caller's number, or the beginning of it.
    pub phone_number: PhonePrefix,

    /// What people call the caller.
    #[schemars(with = "Option<AnyText>", example = &"Kristina Grant")]
    pub name: Option<String>,
}
