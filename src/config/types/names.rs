//! References to extensions, standard greetings and devices, by number, id or name.
//!
//! Numbers and ids are distinguished from names by their characters, so a typo in a number is
//! reported as such and is not looked up as a name.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::number_help::{digits, extension_help};
use super::scalars::{is_email, text_type};
use crate::model::is_valid_name;

/// The rule of [`is_valid_name`] as part of a regular expression.
macro_rules! name {
    () => {
        "(?!\\s*(id:|([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\\s*$))\\s*(\\p{L}|[^\\s0-9+].*\\p{L}|[0-9].*\\p{L}{2}).*"
    };
}

text_type! {
    /// A user, call queue or other extension on the account: an extension number, name, e-mail
    /// address, or `id:` and an id.
    ExtensionRef, numbers: Some(0..=99_999_999),
    pattern: concat!("^([0-9]{1,8}|id:[0-9]{1,40}|[^@\\s]+@[^@\\s]+|(?!.*@)", name!(), ")$"),
    hint: "expected an extension number, a name, an e-mail address, or `id:` and an id",
    examples: ["102", "Priya Rao", "priya.rao@acme.example", "id:63700001004"],
    check: |text| {
        let by_id = text.strip_prefix("id:").is_some_and(|id| digits(id, 1..=40));
        let by_name = is_valid_name(text) && !text.contains('@');
        if by_id || by_name || digits(text, 1..=8) || is_email(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` does not identify an extension\n{}",
                extension_help(text)
            ))
        }
    }
}

text_type! {
    /// One of RingCentral's standard greetings: its name or its id. Each use, such as voicemail,
    /// has its own set of greetings.
    PresetRef, numbers: Some(0..=u64::MAX), pattern: concat!("^([0-9]{1,40}|", name!(), ")$"),
    hint: "expected the name of a standard greeting, or its id: digits only",
    examples: ["Acoustic", "66816"],
    check: |text| check_id_or_name(text, "standard greeting")
}

text_type! {
    /// A device: its name or its id.
    DeviceRef, numbers: Some(0..=u64::MAX), pattern: concat!("^([0-9]{1,40}|", name!(), ")$"),
    hint: "expected the name of a device, or its id: digits only",
    examples: ["Reception phone", "802636634"],
    check: |text| check_id_or_name(text, "device")
}

/// Returns whether `text` is an id rather than a name.
pub(in crate::config) fn is_id(text: &str) -> bool {
    digits(text, 1..=40)
}

/// Returns whether two references are known to differ: both are ids, `id:` forms, e-mail addresses
/// or names, and their texts differ apart from case.
pub(in crate::config) fn differ(a: &str, b: &str) -> bool {
    let kind = |text: &str| (is_id(text), text.starts_with("id:"), text.contains('@'));
    let plain = |text: &str| text.trim().to_lowercase();
    kind(a) == kind(b) && plain(a) != plain(b)
}

fn check_id_or_name(text: &str, kind: &str) -> Result<(), String> {
    if is_id(text) || is_valid_name(text) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is neither the name nor the id of a {kind}\n\
         an id has digits only; a name has letters"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_ref_accepts_number_id_email_and_name() {
        for valid in [
            "102",
            "id:63700001004",
            "priya.rao@acme.example",
            "Priya Rao",
            "24/7 Support",
        ] {
            assert!(ExtensionRef::try_from(valid.to_owned()).is_ok(), "{valid}");
        }
        for invalid in [
            "",
            "id:x",
            "a@b@c",
            "@b",
            "a b@c",
            "123456789",
            "1O2",
            "10 2",
            "+14082324343",
            "***",
        ] {
            let message = ExtensionRef::try_from(invalid.to_owned()).unwrap_err();
            assert!(
                message.contains("does not identify an extension\n"),
                "{message}"
            );
        }
    }

    #[test]
    fn preset_and_device_refs_accept_ids_and_names() {
        for valid in ["66816", "Acoustic", "3rd floor", "a@b@c"] {
            assert!(PresetRef::try_from(valid.to_owned()).is_ok(), "{valid}");
            assert!(DeviceRef::try_from(valid.to_owned()).is_ok(), "{valid}");
        }
        for invalid in ["", "6681O", "66 816", "id:66816", "+1"] {
            assert!(
                PresetRef::try_from(invalid.to_owned()).is_err(),
                "{invalid}"
            );
            assert!(
                DeviceRef::try_from(invalid.to_owned()).is_err(),
                "{invalid}"
            );
        }
    }

    #[test]
    fn differ_compares_only_references_of_the_same_kind() {
        for (a, b) in [
            ("1", "2"),
            ("Desk", "Phone"),
            ("id:1", "id:2"),
            ("a@b", "a@c"),
        ] {
            assert!(differ(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("1", "1"),
            ("Desk", "desk"),
            ("1", "Desk"),
            ("1", "id:1"),
            ("A@b", "a@b"),
        ] {
            assert!(!differ(a, b), "{a} {b}");
        }
    }
}
