//! Phone numbers as people type them.

use crate::config::types::PhoneNumber;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Somebody with this number, in E.164 form.
    Number(String),
    /// Somebody who shows none.
    Anonymous,
}

/// Reads a caller: a number, or `anonymous`.
pub(super) fn caller(text: &str) -> Result<Caller, String> {
    match text.trim().eq_ignore_ascii_case("anonymous") {
        true => Ok(Caller::Anonymous),
        false => number(text).map(Caller::Number),
    }
}

/// Reads a number with spaces, dashes, dots and brackets in it, where it begins with `+` and the country
/// code. A bracketed zero is for callers inside a country: only a person can say what is meant.
pub(super) fn number(text: &str) -> Result<String, String> {
    const BETWEEN: &[char] = &[' ', '\u{a0}', '-', '.', '(', ')'];
    let plain: String = text.chars().filter(|c| !BETWEEN.contains(c)).collect();
    let typed = match text.contains("(0)") {
        true => text.to_owned(),
        false => plain,
    };
    match PhoneNumber::try_from(typed) {
        Ok(number) => Ok(number.0),
        // What was typed is what the message is about.
        Err(error) => Err(PhoneNumber::try_from(text.to_owned())
            .err()
            .unwrap_or(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_typed_as_people_write_it() {
        for text in [
            "+16502222222",
            "+1 650-222-2222",
            " +1 (650) 222.2222 ",
            "+1\u{a0}650\u{a0}222\u{a0}2222",
        ] {
            assert_eq!(number(text).as_deref(), Ok("+16502222222"), "{text}");
        }
    }

    #[test]
    fn what_could_be_several_numbers_is_none() {
        for text in [
            "650 222 2222",
            "0044 20 7946 0958",
            "+44 (0)20 7946 0958",
            "+1650x",
            "102",
            "",
        ] {
            let told = number(text).unwrap_err();
            assert!(told.contains("E.164"), "{told}");
            assert!(told.contains(&format!("`{text}`")), "{told}");
        }
        assert!(
            number("+44 (0)20 7946 0958")
                .unwrap_err()
                .contains("`+442079460958`")
        );
    }

    #[test]
    fn a_caller_may_show_no_number() {
        assert_eq!(caller("Anonymous"), Ok(Caller::Anonymous));
        assert_eq!(caller("+1 650"), Err(number("+1 650").unwrap_err()));
    }
}
