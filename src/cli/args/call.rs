//! Callers and called numbers on the command line.

use callrules::config::types::PhoneNumber;

/// The caller of a simulated call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallerArg {
    /// A caller with this number, in E.164 format.
    Number(String),
    /// A caller who withholds the number.
    Anonymous,
}

/// Parses a caller: a phone number or `anonymous`.
pub(crate) fn parse_caller(text: &str) -> Result<CallerArg, String> {
    if text.trim().eq_ignore_ascii_case("anonymous") {
        Ok(CallerArg::Anonymous)
    } else {
        parse_phone_number(text).map(CallerArg::Number)
    }
}

/// Parses a number that starts with `+` and the country code, and returns it in E.164 format.
///
/// Spaces, dashes, dots and parentheses are ignored. `(0)`, the prefix for domestic calls, is an
/// error, because it is ambiguous.
pub(crate) fn parse_phone_number(text: &str) -> Result<String, String> {
    const SEPARATORS: &[char] = &[' ', '\u{a0}', '-', '.', '(', ')'];
    let candidate = if text.contains("(0)") {
        text.to_owned()
    } else {
        text.chars()
            .filter(|character| !SEPARATORS.contains(character))
            .collect()
    };
    match PhoneNumber::try_from(candidate) {
        Ok(number) => Ok(number.0),
        // The message should quote the text as it was typed.
        Err(error) => Err(PhoneNumber::try_from(text.to_owned())
            .err()
            .unwrap_or(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_number_ignores_separators() {
        for text in [
            "+16502222222",
            "+1 650-222-2222",
            " +1 (650) 222.2222 ",
            "+1\u{a0}650\u{a0}222\u{a0}2222",
        ] {
            assert_eq!(
                parse_phone_number(text).as_deref(),
                Ok("+16502222222"),
                "{text}"
            );
        }
    }

    #[test]
    fn ambiguous_phone_number_is_an_error() {
        for text in [
            "650 222 2222",
            "0044 20 7946 0958",
            "+44 (0)20 7946 0958",
            "+1650x",
            "102",
            "",
        ] {
            let message = parse_phone_number(text).unwrap_err();
            assert!(message.contains("E.164"), "{message}");
            assert!(message.contains(&format!("`{text}`")), "{message}");
        }
        assert!(
            parse_phone_number("+44 (0)20 7946 0958")
                .unwrap_err()
                .contains("`+442079460958`")
        );
    }

    #[test]
    fn caller_can_be_anonymous() {
        assert_eq!(parse_caller("Anonymous"), Ok(CallerArg::Anonymous));
        assert_eq!(
            parse_caller("+1 650"),
            Err(parse_phone_number("+1 650").unwrap_err())
        );
    }
}
