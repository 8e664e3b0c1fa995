//! Warns about phone numbers that probably do not exist.

use phonenumber::PhoneNumber;

use super::helpers::Place;
use crate::diagnostic::DiagnosticCode;

/// The digits of a number in North America, after the country code.
const NORTH_AMERICAN_DIGITS: usize = 10;

/// Reports a number with a digit too few after +1, or with a 0 after its country code.
pub(super) fn validate_number(number: &str, at: &mut Place<'_>) {
    if let Some((message, help)) = doubt(number) {
        at.report(DiagnosticCode::DoubtfulNumber, message)
            .help(help);
    }
}

/// Returns what is wrong with a number, and how to fix it.
fn doubt(number: &str) -> Option<(String, String)> {
    let digits = number.strip_prefix("+1").unwrap_or_default();
    if digits.len() + 1 == NORTH_AMERICAN_DIGITS {
        return Some((
            format!("`{number}` has one digit too few"),
            format!("numbers that begin with +1 have {NORTH_AMERICAN_DIGITS} more digits"),
        ));
    }
    let parsed = phonenumber::parse(None, number).ok()?;
    let code = parsed.country().code().to_string();
    let rest = number.strip_prefix('+')?.strip_prefix(&code)?;
    let without_zero = format!("+{code}{}", rest.strip_prefix('0')?);
    let corrected = phonenumber::parse(None, &without_zero).ok()?;
    (!has_zero(&parsed)).then_some(())?;
    corrected.is_valid().then(|| {
        (
            format!("`{number}` has a 0 after its country code"),
            format!("the 0 is dialed only within the country: write `{without_zero}`"),
        )
    })
}

/// Returns whether the 0 is a part of the number, as in Italy.
fn has_zero(number: &PhoneNumber) -> bool {
    number.is_valid() && number.national().zeros() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_with_trunk_zero_or_missing_digit_is_doubtful() {
        let help = |number| doubt(number).map(|(_, help)| help);
        assert_eq!(
            help("+49030123456").unwrap(),
            "the 0 is dialed only within the country: write `+4930123456`"
        );
        assert_eq!(
            help("+4402079460958").unwrap(),
            "the 0 is dialed only within the country: write `+442079460958`"
        );
        assert!(help("+165055501").is_none());
        assert!(help("+1650555010").is_some());
        for number in [
            "+16505550101",
            "+390612345678",
            "+4930123456",
            "+1650",
            "+2250707070707",
        ] {
            assert_eq!(help(number), None, "{number}");
        }
    }
}
