//! Who and what is meant: people, standard greetings and devices, by number, id or name.
//!
//! Numbers and ids are told from names by their look, so that a slip in a number is no name that
//! nobody has.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::text::{digits, is_email, text_type};
use crate::model::is_name;

/// What [`is_name`] says, as a part of a pattern.
macro_rules! name {
    () => {
        "(?!\\s*(id:|([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\\s*$))\\s*(\\p{L}|[^\\s0-9+].*\\p{L}|[0-9].*\\p{L}{2}).*"
    };
}

text_type! {
    /// A person, call queue or other extension of the account: its extension number, its name, its
    /// e-mail address, or `id:` and its id.
    PersonRef, numbers: Some(0..=99_999_999),
    pattern: concat!("^([0-9]{1,8}|id:[0-9]{1,40}|[^@\\s]+@[^@\\s]+|(?!.*@)", name!(), ")$"),
    hint: "expected an extension number, a name, an e-mail address, or `id:` and an id",
    examples: ["102", "Priya Rao", "priya.rao@acme.example", "id:63700001004"],
    check: |text| {
        let by_id = text.strip_prefix("id:").is_some_and(|id| digits(id, 1..=40));
        let by_name = is_name(text) && !text.contains('@');
        if by_id || by_name || digits(text, 1..=8) || is_email(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` names nobody\n\
                 write an extension number of up to eight digits (`\"102\"`), a name, an e-mail \
                 address, or `id:` and an id"
            ))
        }
    }
}

text_type! {
    /// One of the service's standard greetings: its name, or its id. Each place has greetings of its
    /// own.
    PresetRef, numbers: Some(0..=u64::MAX), pattern: concat!("^([0-9]{1,40}|", name!(), ")$"),
    hint: "expected the name of a standard greeting, or its id: digits only",
    examples: ["Acoustic", "66816"],
    check: |text| check_id_or_name(text, "a standard greeting")
}

text_type! {
    /// A device: its name, or its id.
    DeviceRef, numbers: Some(0..=u64::MAX), pattern: concat!("^([0-9]{1,40}|", name!(), ")$"),
    hint: "expected the name of a device, or its id: digits only",
    examples: ["Reception phone", "802636634"],
    check: |text| check_id_or_name(text, "a device")
}

/// Whether an id is said, not a name.
pub(in crate::config) fn is_id(text: &str) -> bool {
    digits(text, 1..=40)
}

/// Whether two references cannot mean the same: they are of one kind, and differ.
pub(in crate::config) fn differ(a: &str, b: &str) -> bool {
    let kind = |text: &str| (is_id(text), text.starts_with("id:"), text.contains('@'));
    let plain = |text: &str| text.trim().to_lowercase();
    kind(a) == kind(b) && plain(a) != plain(b)
}

fn check_id_or_name(text: &str, what: &str) -> Result<(), String> {
    if is_id(text) || is_name(text) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is neither the name nor the id of {what}\n\
         an id has digits only; a name has letters"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_four_ways() {
        for right in [
            "102",
            "id:63700001004",
            "priya.rao@acme.example",
            "Priya Rao",
            "24/7 Support",
        ] {
            assert!(PersonRef::try_from(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in [
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
            let told = PersonRef::try_from(wrong.to_owned()).unwrap_err();
            assert!(
                told.contains("names nobody\nwrite an extension number"),
                "{told}"
            );
        }
    }

    #[test]
    fn greetings_and_devices_have_ids_and_names() {
        for right in ["66816", "Acoustic", "3rd floor", "a@b@c"] {
            assert!(PresetRef::try_from(right.to_owned()).is_ok(), "{right}");
            assert!(DeviceRef::try_from(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in ["", "6681O", "66 816", "id:66816", "+1"] {
            assert!(PresetRef::try_from(wrong.to_owned()).is_err(), "{wrong}");
            assert!(DeviceRef::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_references_of_one_kind_are_sure_to_differ() {
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
