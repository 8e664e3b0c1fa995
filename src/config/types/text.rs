//! Text with a form: numbers, ids, times.
//!
//! Each is checked while it is read, and says in its schema what it takes. Where YAML would make a
//! number of unquoted text (`101`, `+16505550100`), the schema takes the numbers of that length too: they
//! reach us as the text that was written.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use crate::model::{DASHES, DateRange, TimeSpan};

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
    /// An extension number, as people dial it.
    ExtensionNumber, numbers: Some(0..=99_999_999), pattern: "^[0-9]{1,8}$",
    hint: "expected an extension number: one to eight digits, such as 101",
    examples: ["101"],
    check: |text| {
        if digits(text, 1..=8) {
            Ok(())
        } else {
            Err(format!("`{text}` is not an extension number: one to eight digits, such as 101"))
        }
    }
}

text_type! {
    /// A phone number in E.164 form: a plus sign, the country code, and the rest, digits only.
    PhoneNumber, numbers: Some(10_000..=999_999_999_999_999), pattern: "^\\+[1-9][0-9]{4,14}$",
    hint: "expected a phone number in E.164 form: a plus sign, the country code and the number, digits only, such as +14082324343",
    examples: ["+14082324343"],
    check: |text| {
        if is_e164(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a phone number in E.164 form\n{}", e164_help(text)
            ))
        }
    }
}

text_type! {
    /// A phone number in E.164 form, or only its beginning, such as country code and area code: then it
    /// means every number that begins so.
    PhonePrefix, numbers: Some(1..=999_999_999_999_999), pattern: "^\\+[1-9][0-9]{0,14}$",
    hint: "expected a phone number in E.164 form or the beginning of one: a plus sign and digits only, such as +16501111111 or +1650",
    examples: ["+16501111111", "+1650"],
    check: |text| {
        if text.strip_prefix('+').is_some_and(|n| !n.starts_with('0') && digits(n, 1..=15)) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a phone number in E.164 form, nor the beginning of one\n{}",
                e164_help(text)
            ))
        }
    }
}

text_type! {
    /// The e-mail address of a user's contact.
    Email, numbers: None, pattern: "^[^@\\s]+@[^@\\s]+$",
    hint: "expected an e-mail address, such as alex.morgan@acme.example",
    examples: ["alex.morgan@acme.example"],
    check: |text| {
        if is_email(text) {
            Ok(())
        } else {
            Err(format!("`{text}` is not an e-mail address"))
        }
    }
}

text_type! {
    /// An id that the account has given.
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
    /// The id of a recording of the user's own: a lost one cannot be found by its name.
    GreetingId, numbers: Some(0..=u64::MAX), pattern: "^[0-9]{1,40}$",
    hint: "expected the id of a recording: digits only",
    examples: ["5072424004"],
    check: |text| {
        let help = "a recording goes by its id; standard greetings have names, under `preset`";
        check_id(text).map_err(|message| format!("{message}\n{help}"))
    }
}

text_type! {
    /// The name of a file that others refer to: without its folder and its ending.
    FileName, numbers: Some(0..=u64::MAX), pattern: "\\S",
    hint: "expected the name of a file, without its folder and ending",
    examples: ["us-holidays"],
    check: |text| match text.trim() {
        "" => Err("a name is missing here".to_owned()),
        _ => Ok(()),
    }
}

text_type! {
    /// A span of time within a day, local to the user: `08:00-16:00`, or `all-day`. A span over
    /// midnight, such as `22:00-06:00`, goes on into the next day.
    SpanText, numbers: None,
    pattern: "^(all-day|\\s*([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?\\s*[-–—]\\s*(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?|24:00(:00)?)\\s*)$",
    hint: "expected a time span such as 08:00-16:00, or all-day",
    examples: ["08:00-16:00", "22:00-06:00", "all-day"],
    check: |text| TimeSpan::parse(text).map(|_| ()).map_err(|error| match span_help(text) {
        Some(meant) => format!("{error}\nwrite it on the clock of 24 hours: `{meant}`"),
        None => error.to_string(),
    })
}

text_type! {
    /// A date and time, local to the user, such as `2026-12-24T17:00`, or a date alone: as a start it
    /// means the first second of that day, as an end the last.
    DateOrTime, numbers: None,
    pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ](([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?|24:00(:00)?))?$",
    hint: "expected a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24",
    examples: ["2026-12-24T17:00", "2026-12-24"],
    check: |text| {
        let is_shaped = text.get(..10).is_some_and(|day| {
            let is_digit = |c: char| c.is_ascii_digit();
            day.split('-').map(|part| part.chars().filter(|c| is_digit(*c)).count()).eq([4, 2, 2])
        });
        let help = match is_shaped {
            true => "the calendar has no such day, or the clock no such time",
            false => "write the year first, then month and day, each with two digits",
        };
        let read = DateRange::parse_end(text, false).map(|_| ());
        read.map_err(|error| format!("{error}\n{help}"))
    }
}

/// The schema of text without a form: whatever stands on the line, also where YAML would make a number
/// or a truth value of it.
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

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|n| !n.starts_with('0') && digits(n, 5..=15))
}

pub(super) fn digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn is_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, host)) => {
            let odd = |c: char| c.is_whitespace() || c == '@';
            !name.is_empty() && !host.is_empty() && !text.replacen('@', "", 1).contains(odd)
        }
        None => false,
    }
}

fn check_id(text: &str) -> Result<(), String> {
    if digits(text, 1..=40) {
        Ok(())
    } else {
        Err(format!("`{text}` is not an id: digits only"))
    }
}

/// The span as it was probably meant, out of `3pm-4:30pm` or `15.00-16.30`, where that would be one.
fn span_help(text: &str) -> Option<String> {
    let (start, end) = text.split_once(DASHES)?;
    let meant = format!("{}-{}", clock_help(start)?, clock_help(end)?);
    TimeSpan::parse(&meant).is_ok().then_some(meant)
}

/// `3pm`, `4:30 PM` or `15.00` as `15:00`, `16:30` and `15:00`.
fn clock_help(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let half = [("am", 0), ("pm", 12)]
        .into_iter()
        .find_map(|(mark, later)| {
            let clock = lower.strip_suffix(mark)?;
            Some((clock.trim_end(), later))
        });
    let clock = half.map_or(&*lower, |(clock, _)| clock);
    let (hour, minute) = match clock.split_once([':', '.']) {
        Some((hour, minute)) if digits(minute, 2..=2) => (hour, minute),
        // An hour alone is a time only where it is said which half of the day is meant.
        None if half.is_some() => (clock, "00"),
        _ => return None,
    };
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        Some((_, later)) if (1..=12).contains(&hour) => hour % 12 + later,
        Some(_) => return None,
        None => hour,
    };
    Some(format!("{hour:02}:{minute}"))
}

/// The number as it was probably meant, where that would be one.
fn e164_help(text: &str) -> String {
    if let Some(help) = spreadsheet_help(text) {
        return help;
    }
    // `O` for `0`, an extension behind it: what is left without the letters is another number.
    if text.contains(char::is_alphabetic) {
        return "a phone number has no letters: write a plus sign, the country code and the number, \
                such as +14082324343"
            .to_owned();
    }
    let digits: String = text
        .replace("(0)", "")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let meant = match (text.trim().starts_with('+'), digits.strip_prefix("00")) {
        (true, _) => Some(digits.as_str()),
        (false, Some(rest)) => Some(rest),
        (false, None) => None,
    };
    let meant = meant.map(|digits| format!("+{digits}"));
    match meant.filter(|meant| is_e164(meant)) {
        Some(meant) => format!("write it without spaces or signs: `{meant}`"),
        None if digits.len() > 10 && is_e164(&format!("+{digits}")) => {
            format!("if it begins with the country code, write a plus sign in front: `+{digits}`")
        }
        None if digits.len() == 10 && !digits.starts_with('0') => {
            format!("write the country code in front; if that is North America: `+1{digits}`")
        }
        None => {
            "write a plus sign, the country code and the number, such as +14082324343".to_owned()
        }
    }
}

/// How to mend what spreadsheets make of numbers: formulas, text with a mark, powers of ten.
fn spreadsheet_help(text: &str) -> Option<String> {
    let number = text
        .trim_start_matches(['=', '\'', '"'])
        .trim_end_matches('"');
    if number != text && is_e164(number) {
        return Some(format!("write the number alone: `{number}`"));
    }
    let (_, power) = text.split_once(['E', 'e'])?;
    let is_power = digits(power.trim_start_matches('+'), 1..=2);
    let is_cut = is_power && text.starts_with(|c: char| c.is_ascii_digit());
    is_cut.then(|| {
        "a spreadsheet has lost digits of this number: make the column text, and type it again with a \
         plus sign and the country code"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_e164_and_callers_may_be_partial() {
        let number = |text: &str| PhoneNumber::try_from(text.to_owned());
        assert!(number("+14082324343").is_ok());
        for wrong in [
            "4082324343",
            "+1 408 232 4343",
            "+04082324343",
            "+1",
            "",
            "+1408232434x",
        ] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
        assert!(
            number("(408) 232-4343")
                .unwrap_err()
                .contains("+14082324343")
        );
        let help = |text: &str| {
            let error = number(text).unwrap_err();
            error.split_once('\n').unwrap().1.to_owned()
        };
        assert!(help("+44 (0)20 7946 0958").contains("`+442079460958`"));
        assert!(help("0044 20 7946 0958").contains("`+442079460958`"));
        for letters in ["+165055501O3", "+1 650 555 0103 x12", "+1 650 CALL"] {
            assert!(
                help(letters).starts_with("a phone number has no letters"),
                "{letters}"
            );
        }
        assert!(help("16505550133").ends_with("in front: `+16505550133`"));
        for mangled in ["=\"+16505550133\"", "'+16505550133", "=+16505550133"] {
            assert_eq!(help(mangled), "write the number alone: `+16505550133`");
        }
        assert!(help("1.65E+10").starts_with("a spreadsheet has lost digits"));
        // Nothing is offered that would be refused, or that is somewhere else.
        assert!(!help("020 7946 0958").contains("`+0"));
        assert!(!help("+0016505551234").contains("`+0"));
        assert!(PhonePrefix::try_from("+1650".to_owned()).is_ok());
    }

    #[test]
    fn spans_take_any_dash_and_lead_other_clocks_to_ours() {
        let span = |text: &str| SpanText::try_from(text.to_owned());
        for dash in ["15:00–16:30", "15:00 — 16:30", "15:00-16:30"] {
            assert!(span(dash).is_ok(), "{dash}");
        }
        let help = |text: &str| {
            let error = span(text).unwrap_err();
            { error.split_once('\n') }.map(|(_, help)| help.to_owned())
        };
        for (text, meant) in [
            ("3pm-4:30pm", "15:00-16:30"),
            ("15.00-16.30", "15:00-16:30"),
            ("12 AM – 12 PM", "00:00-12:00"),
            ("9:00-5pm", "09:00-17:00"),
        ] {
            let expected = format!("write it on the clock of 24 hours: `{meant}`");
            assert_eq!(help(text), Some(expected), "{text}");
        }
        for text in ["soon", "9-17", "13pm-14pm", "25.00-26.00", "9:00-9am"] {
            assert_eq!(help(text), None, "{text}");
        }
    }
}
