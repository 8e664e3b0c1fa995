//! Scalars with a fixed format: phone numbers, ids, dates and times.
//!
//! Each type checks its text while the file is read and describes the same format in its schema.
//! YAML reads some unquoted text as a number (`101`, `+16505550100`), so the schema also accepts
//! numbers of that length. The reader keeps the text as typed.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::number_help::{digits, e164_help, extension_as_phone_help, is_e164, only_digits_help};
use super::time_help::{date_help, day_help, span_help};
use crate::model::{DateRange, TimeSpan};

/// The length of a date such as `2026-12-24`.
const DATE_LENGTH: usize = 10;

macro_rules! text_type {
    (
        $(#[doc = $doc:literal])+
        $name:ident, numbers: $numbers:expr, pattern: $pattern:expr,
        hint: $hint:literal, examples: $examples:tt, check: $check:expr
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub String);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text)?;
                Ok($name(text))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!({
                    "type": "string",
                    "description": concat!($($doc, "\n"),+).trim(),
                    "pattern": $pattern,
                    "errorMessage": $hint,
                    "examples": $examples,
                });
                let numbers: Option<RangeInclusive<u64>> = $numbers;
                if let Some(numbers) = numbers {
                    schema.insert("type".to_owned(), json!(["string", "integer"]));
                    schema.insert("minimum".to_owned(), (*numbers.start()).into());
                    if *numbers.end() < u64::MAX {
                        schema.insert("maximum".to_owned(), (*numbers.end()).into());
                    }
                }
                schema
            }
        }
    };
}
pub(super) use text_type;

text_type! {
    /// An extension number, as dialed inside the company.
    ExtensionNumber, numbers: Some(0..=99_999_999), pattern: "^[0-9]{1,8}$",
    hint: "expected an extension number: one to eight digits, such as 101",
    examples: ["101"],
    check: |text| {
        if digits(text, 1..=8) {
            Ok(())
        } else {
            let help = only_digits_help(text).unwrap_or_else(|| {
                "write the number that coworkers dial, or `email:` with the user's address".to_owned()
            });
            Err(format!(
                "`{text}` is not an extension number: one to eight digits, such as 101\n{help}"
            ))
        }
    }
}

text_type! {
    /// A phone number in E.164 format: a plus sign, the country code and the number, digits only.
    PhoneNumber, numbers: Some(10_000..=999_999_999_999_999), pattern: "^\\+[1-9][0-9]{4,14}$",
    hint: "expected a phone number in E.164 format: a plus sign, the country code and the number, digits only, such as +14082324343",
    examples: ["+14082324343"],
    check: |text| {
        if is_e164(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a phone number in E.164 format\n{}",
                extension_as_phone_help(text).unwrap_or_else(|| e164_help(text))
            ))
        }
    }
}

text_type! {
    /// A phone number in E.164 format, or only its first digits, such as the country code and area
    /// code. First digits match every number that starts with them.
    PhonePrefix, numbers: Some(1..=999_999_999_999_999), pattern: "^\\+[1-9][0-9]{0,14}$",
    hint: "expected a phone number in E.164 format or its first digits: a plus sign and digits only, such as +16501111111 or +1650",
    examples: ["+16501111111", "+1650"],
    check: |text| {
        if text.strip_prefix('+').is_some_and(|n| !n.starts_with('0') && digits(n, 1..=15)) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a phone number in E.164 format, nor the first digits of one\n{}",
                e164_help(text)
            ))
        }
    }
}

text_type! {
    /// The e-mail address in the user's contact details.
    Email, numbers: None, pattern: "^[^@\\s]+@[^@\\s]+$",
    hint: "expected an e-mail address, such as alex.morgan@acme.example",
    examples: ["alex.morgan@acme.example"],
    check: |text| {
        if is_email(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not an e-mail address\nwrite the address in the user's contact details, \
                 such as alex.morgan@acme.example"
            ))
        }
    }
}

text_type! {
    /// An id that RingCentral assigned.
    Id, numbers: Some(0..=u64::MAX), pattern: "^[0-9]{1,40}$",
    hint: "expected an id: digits only",
    examples: ["63700001004"],
    check: check_id
}

text_type! {
    /// The id of a RingCentral account.
    AccountId, numbers: Some(0..=u64::MAX), pattern: "^[0-9]{1,40}$",
    hint: "expected an account id: digits only",
    examples: ["37439510"],
    check: check_id
}

text_type! {
    /// The id of the user's own recording. Own recordings can't be referred to by name.
    GreetingId, numbers: Some(0..=u64::MAX), pattern: "^[0-9]{1,40}$",
    hint: "expected the id of a recording: digits only",
    examples: ["5072424004"],
    check: |text| {
        let help = "use the id of the recording; to use a standard greeting by name, set `preset`";
        check_id(text).map_err(|message| format!("{message}\n{help}"))
    }
}

text_type! {
    /// The name of a shared file, without its folder and extension.
    FileName, numbers: Some(0..=u64::MAX), pattern: "\\S",
    hint: "expected the name of a file, without its folder and extension",
    examples: ["us-holidays"],
    check: |text| match text.trim() {
        "" => Err("the file name is missing".to_owned()),
        _ => Ok(()),
    }
}

text_type! {
    /// A time span in the user's time zone: `08:00-16:00`, or `all-day`. A span over midnight, such
    /// as `22:00-06:00`, continues on the next day.
    SpanText, numbers: None,
    pattern: "^(all-day|\\s*([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?\\s*[-–—]\\s*(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?|24:00(:00)?)\\s*)$",
    hint: "expected a time span such as 08:00-16:00, or all-day",
    examples: ["08:00-16:00", "22:00-06:00", "all-day"],
    check: |text| match TimeSpan::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{error}\n{}", span_help(text))),
    }
}

text_type! {
    /// A date and time in the user's time zone, such as `2026-12-24T17:00`, or only a date. A date
    /// as a start means the beginning of that day, as an end the end of that day.
    DateOrTime, numbers: None,
    pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ](([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?|24:00(:00)?))?$",
    hint: "expected a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24",
    examples: ["2026-12-24T17:00", "2026-12-24"],
    check: |text| match DateRange::parse_bound(text, false) {
        Ok(_) => Ok(()),
        Err(error) => Err(date_help(text, &error)),
    }
}

text_type! {
    /// A date, such as `2026-12-24`: the whole day in the user's time zone.
    WholeDay, numbers: None,
    pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
    hint: "expected a date such as 2026-12-24, or a range with `start` and `end`",
    examples: ["2026-12-24"],
    check: |text| match DateRange::parse_bound(text, false) {
        Ok(_) if text.len() == DATE_LENGTH => Ok(()),
        Ok(_) => Err(day_help(text)),
        Err(error) => Err(date_help(text, &error)),
    }
}

/// Schema for free text. It also accepts unquoted text that YAML reads as a number or a boolean.
#[derive(Debug)]
pub struct AnyText;

impl JsonSchema for AnyText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

pub(in crate::config) fn is_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, host)) => {
            let is_forbidden = |c: char| c.is_whitespace() || c == '@';
            !name.is_empty()
                && !host.is_empty()
                && !text.replacen('@', "", 1).contains(is_forbidden)
        }
        None => false,
    }
}

fn check_id(text: &str) -> Result<(), String> {
    if digits(text, 1..=40) {
        Ok(())
    } else {
        let help = only_digits_help(text).map_or(String::new(), |help| format!("\n{help}"));
        Err(format!("`{text}` is not an id: digits only{help}"))
    }
}
