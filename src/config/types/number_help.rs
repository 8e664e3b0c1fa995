//! The form of phone numbers, extension numbers and ids, and help for those in a wrong form. It
//! proposes only what the text certainly means.

use std::ops::RangeInclusive;

use crate::model::{code_point, is_invisible};

/// Returns whether a text is a phone number in E.164 format.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|n| !n.starts_with('0') && digits(n, 5..=15))
}

/// Returns whether a text consists of a number of digits.
pub(super) fn digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Suggests how to write a phone number in E.164 format.
pub(super) fn e164_help(text: &str) -> String {
    let special_help = spreadsheet_help(text)
        .or_else(|| misleading_character_help(text, is_e164))
        .or_else(|| several_numbers_help(text))
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

/// Suggests how to write an extension where its number, name, address or id is expected.
pub(super) fn extension_help(text: &str) -> String {
    if is_e164(text) {
        return format!("for a phone number write `phoneNumber: \"{text}\"`");
    }
    only_digits_help(text).unwrap_or_else(|| {
        "write an extension number of up to eight digits (`\"102\"`), a name, an e-mail address, or \
         `id:` and an id"
            .to_owned()
    })
}

/// Explains a text that is meant to have only digits: invisible characters, letters that look like
/// digits, quotes.
pub(super) fn only_digits_help(text: &str) -> Option<String> {
    let is_number = |text: &str| digits(text, 1..=40);
    let plain = text.trim().trim_matches(['"', '\'', '#', '=']);
    if is_number(plain) {
        return Some(format!("write only the number: `{plain}`"));
    }
    misleading_character_help(text, is_number).or_else(|| {
        let to_digit = |c: char| match c {
            'O' | 'o' => '0',
            'I' | 'l' => '1',
            c => c,
        };
        let letter = text.chars().find(|c| to_digit(*c) != *c)?;
        let fixed: String = text.chars().map(to_digit).collect();
        let has_digits = text.contains(|c: char| c.is_ascii_digit());
        (has_digits && is_number(&fixed))
            .then(|| format!("`{letter}` is a letter: did you mean `{fixed}`?"))
    })
}

/// Returns help for a number with an invisible character, such as from a web page, or with a digit
/// or sign that only looks like the usual one.
fn misleading_character_help(text: &str, is_valid: impl Fn(&str) -> bool) -> Option<String> {
    if let Some(invisible) = text.chars().find(|c| is_invisible(*c)) {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let fix = if is_valid(&visible) {
            format!("type it again, or write `{visible}`")
        } else {
            "type the number again".to_owned()
        };
        let code = code_point(invisible);
        return Some(format!(
            "it contains an invisible character ({code}): {fix}"
        ));
    }
    let is_look_alike =
        |c: &char| !c.is_ascii() && (c.is_numeric() || matches!(c, '＋' | '﹢' | '⁺' | '₊' | '➕'));
    let found = text.chars().find(is_look_alike)?;
    let code = code_point(found);
    Some(format!(
        "`{found}` ({code}) is not the usual character: type the number again"
    ))
}

/// Returns help for several numbers in one text.
fn several_numbers_help(text: &str) -> Option<String> {
    let numbers: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    let are_numbers = numbers.len() > 1 && numbers.iter().all(|number| is_e164(number));
    are_numbers.then(|| "these are several numbers: write each as an item of its own".to_owned())
}

/// Returns help for an extension number where a phone number is expected.
pub(super) fn extension_as_phone_help(text: &str) -> Option<String> {
    digits(text, 2..=6).then(|| {
        format!(
            "a phone number has a plus sign and the country code, such as +14082324343; for an \
             extension write `extension: \"{text}\"`, or in a ring group `coworker: \"{text}\"`"
        )
    })
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
    use super::super::{ExtensionNumber, ExtensionRef, PhoneNumber, PhonePrefix};

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
        for text in [
            "+1650\u{fe0f}5550101",
            "+16505550101\u{3164}",
            "+1650\u{ad}5550101",
        ] {
            assert!(help(text).ends_with("or write `+16505550101`"), "{text:?}");
        }
        for text in ["\u{ff0b}16505550101", "+1650555010\u{661}", "+1650555010１"] {
            assert!(help(text).ends_with("is not the usual character: type the number again"));
        }
        let several = "these are several numbers: write each as an item of its own";
        assert_eq!(help("+16505550101, +16505550102"), several);
        assert!(help("102").ends_with("or in a ring group `coworker: \"102\"`"));
    }

    #[test]
    fn extension_with_letters_or_quotes_suggests_the_number() {
        let help = |text: &str| {
            let error = ExtensionRef::try_from(text.to_owned()).unwrap_err();
            error.split_once('\n').unwrap().1.to_owned()
        };
        for (text, expected) in [
            ("1O2", "`O` is a letter: did you mean `102`?"),
            ("10l", "`l` is a letter: did you mean `101`?"),
            (
                "10\u{200b}2",
                "it contains an invisible character (U+200B): type it again, or write `102`",
            ),
            (
                "１02",
                "`１` (U+FF11) is not the usual character: type the number again",
            ),
            (
                "+14082324343",
                "for a phone number write `phoneNumber: \"+14082324343\"`",
            ),
        ] {
            assert_eq!(help(text), expected, "{text}");
        }
        let own = ExtensionNumber::try_from("101\"".to_owned()).unwrap_err();
        assert!(own.ends_with("write only the number: `101`"), "{own}");
    }
}
