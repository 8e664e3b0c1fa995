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

use crate::model::{DateRange, RANGE_DASHES, TimeSpan};

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
            Err(format!("`{text}` is not an extension number: one to eight digits, such as 101"))
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
                "`{text}` is not a phone number in E.164 format\n{}", e164_help(text)
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
            Err(format!("`{text}` is not an e-mail address"))
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
    check: |text| TimeSpan::parse(text).map(|_| ()).map_err(|error| match span_help(text) {
        Some(suggestion) => format!("{error}\nuse 24-hour times: `{suggestion}`"),
        None if let Some(clock) = clock_help(text) => format!(
            "{error}\nwrite a start and an end, such as `08:00-16:00`; `{text}` is `{clock}`"
        ),
        None => format!("{error}\nwrite 24-hour times with a dash: `08:00-16:00`"),
    })
}

text_type! {
    /// A date and time in the user's time zone, such as `2026-12-24T17:00`, or only a date. A date
    /// as a start means the beginning of that day, as an end the end of that day.
    DateOrTime, numbers: None,
    pattern: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ](([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?|24:00(:00)?))?$",
    hint: "expected a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24",
    examples: ["2026-12-24T17:00", "2026-12-24"],
    check: |text| {
        DateRange::parse_bound(text, false).map(|_| ()).map_err(|error| match split_dates(text) {
            Some((start, end)) => {
                format!("`{text}` is a range of dates\nwrite `{{ start: {start}, end: {end} }}`")
            }
            None => format!("{error}\n{}", date_help(text)),
        })
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

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|n| !n.starts_with('0') && digits(n, 5..=15))
}

pub(super) fn digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
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
        Err(format!("`{text}` is not an id: digits only"))
    }
}

/// Returns whether a text is a date, or a date and time.
fn is_date(text: &str) -> bool {
    DateRange::parse_bound(text, false).is_ok()
}

/// Splits a text such as `2026-12-24 to 2026-12-26` into two dates.
fn split_dates(text: &str) -> Option<(&str, &str)> {
    const SEPARATORS: [&str; 8] = [" to ", " until ", " through ", "..", " - ", "–", "—", "/"];
    let split = |separator: &&str| text.split_once(*separator);
    // Dates have dashes themselves.
    let by_dash = || Some((text.get(..10)?, text.get(10..)?.strip_prefix('-')?));
    let splits = SEPARATORS.iter().filter_map(split).chain(by_dash());
    let mut dates = splits.map(|(start, end)| (start.trim(), end.trim()));
    dates.find(|(start, end)| is_date(start) && is_date(end))
}

/// Suggests how to write a date.
fn date_help(text: &str) -> String {
    let mut zones = text.match_indices(['Z', 'z', '+', '-', ' ']);
    let local = zones.find_map(|(at, _)| {
        let local = text.get(..at).filter(|_| at > 10)?;
        is_date(local).then_some(local)
    });
    if let Some(local) = local {
        return format!("remove the time zone: `{local}` is in the user's time zone");
    }
    let has_date_format = text.get(..10).is_some_and(|day| {
        let is_digit = |c: char| c.is_ascii_digit();
        day.split('-')
            .map(|part| part.chars().filter(|c| is_digit(*c)).count())
            .eq([4, 2, 2])
    });
    match year_first(text) {
        Some(date) => format!("write the year first: `{date}`"),
        None if has_date_format => "there is no such date or time".to_owned(),
        None => "write the year first, then month and day with two digits each".to_owned(),
    }
}

/// Converts `12/24/2026` or `24.12.2026` to `2026-12-24`. Returns `None` for a date such as
/// `3/4/2026`, which can be in March or April.
fn year_first(text: &str) -> Option<String> {
    let mut parts = text.split(['/', '.', '-']).map(str::parse::<u32>);
    let (first, second, year) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let ((month @ ..=12, day @ 13..) | (day @ 13.., month @ ..=12)) = (first, second) else {
        return None;
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    (parts.next().is_none() && is_date(&date)).then_some(date)
}

/// Converts a span in another clock format, such as `3pm-4:30pm` or `15.00-16.30`, to 24-hour
/// times. Returns `None` if the result is not a valid span.
fn span_help(text: &str) -> Option<String> {
    let (start, end) = text
        .split_once(" to ")
        .or_else(|| text.split_once(RANGE_DASHES))?;
    let suggestion = match (start.trim().parse::<u32>(), end.trim().parse::<u32>()) {
        // `9-5` may mean 17:00, but `9-17` is clear.
        (Ok(start @ 0..24), Ok(end @ 13..=24)) if start < end => {
            format!("{start:02}:00-{end:02}:00")
        }
        _ => format!("{}-{}", clock_help(start)?, clock_help(end)?),
    };
    TimeSpan::parse(&suggestion).is_ok().then_some(suggestion)
}

/// Converts `3pm`, `4:30 PM` or `15.00` to `15:00`, `16:30` or `15:00`.
fn clock_help(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let half = [("am", 0), ("pm", 12)]
        .into_iter()
        .find_map(|(suffix, offset)| {
            let clock = lower.strip_suffix(suffix)?;
            Some((clock.trim_end(), offset))
        });
    let clock = half.map_or(&*lower, |(clock, _)| clock);
    let (hour, minute) = match clock.split_once([':', '.']) {
        Some((hour, minute)) if digits(minute, 2..=2) => (hour, minute),
        // Without minutes, only `am` or `pm` makes the hour a time of day.
        None if half.is_some() => (clock, "00"),
        _ => return None,
    };
    let hour: u32 = hour.parse().ok()?;
    let hour = match half {
        Some((_, offset)) if (1..=12).contains(&hour) => hour % 12 + offset,
        Some(_) => return None,
        None => hour,
    };
    Some(format!("{hour:02}:{minute}"))
}

/// Suggests how to write a phone number in E.164 format.
fn e164_help(text: &str) -> String {
    let special_help = spreadsheet_help(text)
        .or_else(|| invisible_character_help(text))
        .or_else(|| dialed_digits_help(text));
    if let Some(help) = special_help {
        return help;
    }
    // Letters may be typos (`O` for `0`) or an extension (`x12`). Removing them would give a
    // different number.
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
    let international = if text.trim().starts_with('+') {
        Some(digits.as_str())
    } else {
        digits.strip_prefix("00")
    };
    let suggestion = international
        .map(|digits| format!("+{digits}"))
        .filter(|number| is_e164(number));
    match suggestion {
        Some(number) => format!("remove spaces and punctuation: `{number}`"),
        None if digits.len() > 10 && is_e164(&format!("+{digits}")) => {
            format!("if it starts with the country code, put a plus sign in front: `+{digits}`")
        }
        None if digits.len() == 10 && !digits.starts_with('0') => {
            format!("put the country code in front; for North America: `+1{digits}`")
        }
        None => {
            "write a plus sign, the country code and the number, such as +14082324343".to_owned()
        }
    }
}

/// Returns whether a character is invisible: marks of the writing direction, joiners and spaces
/// without width.
pub(in crate::config) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns help for a number with an invisible character, such as from a web page.
fn invisible_character_help(text: &str) -> Option<String> {
    let invisible = text.chars().find(|c| is_invisible(*c))?;
    let code = u32::from(invisible);
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let fix = if is_e164(&visible) {
        format!("type it again, or write `{visible}`")
    } else {
        "type the number again".to_owned()
    };
    Some(format!(
        "it contains an invisible character (U+{code:04X}): {fix}"
    ))
}

/// Returns help for a number that is followed by an extension or by other digits to dial. Together
/// they would be another number.
fn dialed_digits_help(text: &str) -> Option<String> {
    const MARKS: [&str; 8] = [",", ";", "#", "*", "/", "x", "ext", "(-"];
    let lower = text.to_ascii_lowercase();
    let starts = MARKS.iter().filter_map(|mark| lower.find(mark));
    let (number, rest) = text.split_at_checked(starts.min()?)?;
    if !rest.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits: String = number
        .replace("(0)", "")
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let number = Some(format!("+{digits}")).filter(|_| number.trim().starts_with('+'));
    let number = number.filter(|number| is_e164(number));
    let example = number.map_or(String::new(), |number| format!(", `{number}`"));
    Some(format!(
        "digits to dial after the number are not possible: write the number alone{example}"
    ))
}

/// Suggests a fix for numbers that a spreadsheet changed: formulas, quoted text, powers of ten.
fn spreadsheet_help(text: &str) -> Option<String> {
    let number = text
        .trim_start_matches(['=', '\'', '"'])
        .trim_end_matches('"');
    if number != text && is_e164(number) {
        return Some(format!("write only the number: `{number}`"));
    }
    let (_, power) = text.split_once(['E', 'e'])?;
    let is_power = digits(power.trim_start_matches('+'), 1..=2);
    let is_rounded = is_power && text.starts_with(|c: char| c.is_ascii_digit());
    is_rounded.then(|| {
        "a spreadsheet has lost digits of this number: format the column as text and type the number \
         again with a plus sign and the country code"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_require_e164_and_prefixes_may_be_partial() {
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
        for letters in ["+165055501O3", "+1 650 CALL"] {
            assert!(
                help(letters).starts_with("a phone number has no letters"),
                "{letters}"
            );
        }
        assert!(help("16505550133").ends_with("in front: `+16505550133`"));
        for mangled in ["=\"+16505550133\"", "'+16505550133", "=+16505550133"] {
            assert_eq!(help(mangled), "write only the number: `+16505550133`");
        }
        assert!(help("1.65E+10").starts_with("a spreadsheet has lost digits"));
        // Suggestions are valid, and never a number of another country.
        assert!(!help("020 7946 0958").contains("`+0"));
        assert!(!help("+0016505551234").contains("`+0"));
        assert!(PhonePrefix::try_from("+1650".to_owned()).is_ok());
    }

    #[test]
    fn phone_number_with_more_digits_or_invisible_characters_is_not_glued() {
        let help = |text: &str| {
            let error = PhoneNumber::try_from(text.to_owned()).unwrap_err();
            error.split_once('\n').unwrap().1.to_owned()
        };
        for (text, number) in [
            ("+16505550101,,123#", "+16505550101"),
            ("+1 650-555-0101 #123", "+16505550101"),
            ("+1 (650) 555-0101 / 12", "+16505550101"),
            ("+49 30 1234-0 (-25)", "+493012340"),
            ("+16505550101;ext=123", "+16505550101"),
            ("+1 650 555 0101 x123", "+16505550101"),
            ("+1 650 555 0101 Ext. 123", "+16505550101"),
        ] {
            let expected = format!(
                "digits to dial after the number are not possible: write the number alone, \
                 `{number}`"
            );
            assert_eq!(help(text), expected, "{text}");
        }
        assert!(help("650 555 0101 x123").ends_with("write the number alone"));
        for text in ["+1650\u{200b}5550101", "\u{202a}+16505550101\u{202c}"] {
            let help = help(text);
            assert!(help.contains("(U+20"), "{help}");
            assert!(help.ends_with("or write `+16505550101`"), "{help}");
        }
        assert!(help("\u{feff}650").ends_with("(U+FEFF): type the number again"));
    }

    #[test]
    fn wrong_date_suggests_only_what_it_certainly_means() {
        let explain = |text: &str| DateOrTime::try_from(text.to_owned()).unwrap_err();
        for range in [
            "2026-12-24 to 2026-12-26",
            "2026-12-24 - 2026-12-26",
            "2026-12-24–2026-12-26",
            "2026-12-24/2026-12-26",
            "2026-12-24-2026-12-26",
        ] {
            let expected = format!(
                "`{range}` is a range of dates\nwrite `{{ start: 2026-12-24, end: 2026-12-26 }}`"
            );
            assert_eq!(explain(range), expected);
        }
        for zoned in [
            "2026-12-24T10:00Z",
            "2026-12-24T10:00+01:00",
            "2026-12-24T10:00-08:00",
            "2026-12-24T10:00 UTC",
        ] {
            let error = explain(zoned);
            let help = "remove the time zone: `2026-12-24T10:00` is in the user's time zone";
            assert!(error.ends_with(help), "{error}");
        }
        for date in ["12/24/2026", "24.12.2026"] {
            assert!(explain(date).ends_with("write the year first: `2026-12-24`"));
        }
        assert!(explain("3/4/2026").ends_with("with two digits each"));
        assert!(explain("2026-02-30").ends_with("there is no such date or time"));
    }

    #[test]
    fn spans_accept_any_dash_and_suggest_24_hour_times() {
        let span = |text: &str| SpanText::try_from(text.to_owned());
        for dash in ["15:00–16:30", "15:00 — 16:30", "15:00-16:30"] {
            assert!(span(dash).is_ok(), "{dash}");
        }
        let help = |text: &str| {
            let error = span(text).unwrap_err();
            error.split_once('\n').map(|(_, help)| help.to_owned())
        };
        for (text, suggestion) in [
            ("3pm-4:30pm", "15:00-16:30"),
            ("15.00-16.30", "15:00-16:30"),
            ("12 AM – 12 PM", "00:00-12:00"),
            ("9:00-5pm", "09:00-17:00"),
            ("8-16", "08:00-16:00"),
            ("08:00 to 16:00", "08:00-16:00"),
        ] {
            let expected = format!("use 24-hour times: `{suggestion}`");
            assert_eq!(help(text), Some(expected), "{text}");
        }
        assert_eq!(
            help("2pm").as_deref(),
            Some("write a start and an end, such as `08:00-16:00`; `2pm` is `14:00`")
        );
        let example = "write 24-hour times with a dash: `08:00-16:00`";
        for text in ["soon", "9-5", "13pm-14pm", "25.00-26.00", "08:00-26:00"] {
            assert_eq!(help(text).as_deref(), Some(example), "{text}");
        }
    }
}
