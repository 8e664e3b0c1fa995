//! Validation of request bodies, as pure functions on JSON.
//!
//! Each check collects all errors it can find, so that a response lists them together. If the
//! documents specify nothing, the schema decides. If the schema also specifies nothing, the value
//! is accepted.

pub(crate) mod conditions;
pub(crate) mod dispatching;
pub(crate) mod schedule;
pub(crate) mod states;
mod targets;

use serde_json::{Map, Value};

use super::account::{SandboxAccount, SandboxExtension};
use super::response::SandboxErrorDetail;

/// The data that checks may use in addition to the body itself.
pub(crate) struct BodyCheckContext<'a> {
    pub(crate) account: &'a SandboxAccount,
    pub(crate) extension: &'a SandboxExtension,
    /// Resource as reads return it now; null for a create.
    pub(crate) live: &'a Value,
}

impl BodyCheckContext<'_> {
    /// Returns whether the live resource contains exactly this part.
    ///
    /// An unknown action, target or condition is accepted only then: clients may carry it through
    /// but not create it. [inferred from "carry them through unchanged"]
    fn is_in_live_body(&self, part: &Value) -> bool {
        fn contains_part(value: &Value, part: &Value) -> bool {
            value == part
                || match value {
                    Value::Array(items) => items.iter().any(|item| contains_part(item, part)),
                    Value::Object(fields) => {
                        fields.values().any(|field| contains_part(field, part))
                    }
                    _ => false,
                }
        }
        let has_type = part.get("type").is_some_and(Value::is_string);
        has_type && contains_part(self.live, part)
    }
}

/// Collected errors of a body. The parameter `at` of its methods is the location, as in
/// `parameterName`.
#[derive(Debug, Default)]
pub(crate) struct BodyFindings(Vec<SandboxErrorDetail>);

impl BodyFindings {
    pub(crate) fn into_details(self) -> Vec<SandboxErrorDetail> {
        self.0
    }

    /// Adds CMN-101: the value at this location is invalid.
    fn push_invalid(&mut self, at: &str, message: impl std::fmt::Display) {
        self.0.push(SandboxErrorDetail {
            code: "CMN-101",
            message: format!("Parameter [{at}] value is invalid: {message}"),
            parameter: Some(at.to_owned()),
        });
    }

    /// Adds CMN-109: the feature that this location requires is off.
    fn push_unavailable(&mut self, at: &str, message: impl std::fmt::Display) {
        self.0.push(SandboxErrorDetail {
            code: "CMN-109",
            message: format!("[{at}]: {message}"),
            parameter: Some(at.to_owned()),
        });
    }

    /// Requires an object and returns its fields.
    fn require_object<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
    ) -> Option<&'v Map<String, Value>> {
        let fields = value.and_then(Value::as_object);
        if fields.is_none() {
            self.push_invalid(at, "an object is required");
        }
        fields
    }

    /// Requires an array with at least `least` items.
    fn require_array<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
        least: usize,
    ) -> Option<&'v Vec<Value>> {
        let Some(items) = value.and_then(Value::as_array) else {
            self.push_invalid(at, "a list is required");
            return None;
        };
        if items.len() < least {
            self.push_invalid(at, format_args!("at least {least} item is required"));
            return None;
        }
        Some(items)
    }

    /// Requires `true` or `false`.
    fn require_boolean(&mut self, value: Option<&Value>, at: &str) -> Option<bool> {
        let boolean = value.and_then(Value::as_bool);
        if boolean.is_none() {
            self.push_invalid(at, "true or false is required");
        }
        boolean
    }

    /// Requires a nonempty string.
    fn require_text<'v>(&mut self, value: Option<&'v Value>, at: &str) -> Option<&'v str> {
        let text = value
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        if text.is_none() {
            self.push_invalid(at, "a string is required");
        }
        text
    }

    /// Requires a string if the value is present.
    fn check_optional_text(&mut self, value: Option<&Value>, at: &str) {
        if value.is_some_and(|value| !value.is_string()) {
            self.push_invalid(at, "must be a string");
        }
    }

    /// Requires one of the allowed strings.
    fn require_one_of<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
        allowed: &[&str],
    ) -> Option<&'v str> {
        let text = value
            .and_then(Value::as_str)
            .filter(|text| allowed.contains(text));
        if text.is_none() {
            self.push_invalid(
                at,
                format_args!("one of {} is required", allowed.join(", ")),
            );
        }
        text
    }

    /// Requires an integer from `least` to the 32-bit maximum.
    fn require_number(&mut self, value: Option<&Value>, at: &str, least: u64) {
        let number = value.and_then(Value::as_u64);
        if !number.is_some_and(|n| n >= least && i32::try_from(n).is_ok()) {
            self.push_invalid(
                at,
                format_args!("a whole number from {least} up is required"),
            );
        }
    }

    /// Requires `+` and digits, at least `shortest` of them. A caller id may be partial: a country
    /// code and area code match by prefix. \[docs\]
    fn require_phone_number(&mut self, value: Option<&Value>, at: &str, shortest: usize) {
        let digits = value
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix('+'));
        let is_valid = |digits: &str| {
            (shortest..=15).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0')
        };
        if !digits.is_some_and(is_valid) {
            self.push_invalid(at, "a phone number is `+`, country code and digits");
        }
    }
}

/// Checks the fields of an interaction rule other than its conditions and dispatching.
pub(crate) fn check_rule_head(findings: &mut BodyFindings, body: &Value) {
    findings.require_text(body.get("displayName"), "displayName");
    findings.require_boolean(body.get("enabled"), "enabled");
}

/// Minimum number of digits in a caller id, which may be partial.
const MIN_CALLER_ID_DIGITS: usize = 1;
/// Minimum number of digits in a number that can be dialed. [inferred: the shortest in use, with
/// country code]
const MIN_DIALABLE_DIGITS: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn phone_number_requires_plus_and_enough_digits() {
        let accepted = |number: Value, shortest| {
            let mut findings = BodyFindings::default();
            findings.require_phone_number(Some(&number), "n", shortest);
            findings.into_details().is_empty()
        };
        assert!(accepted(json!("+16505550100"), MIN_DIALABLE_DIGITS));
        assert!(accepted(json!("+1650"), MIN_CALLER_ID_DIGITS));
        for bad in [
            json!("+1650"),
            json!("16505550100"),
            json!("+1 650 555 0100"),
            json!(""),
            json!("+"),
            json!(16_505_550_100_u64),
            json!("+1234567890123456"),
            json!("+06505550100"),
        ] {
            assert!(!accepted(bad.clone(), MIN_DIALABLE_DIGITS), "{bad}");
        }
    }

    #[test]
    fn unknown_part_is_accepted_only_if_unchanged() {
        let live = json!({ "dispatching": { "actions": [{ "type": "NewAction", "level": 3 }] } });
        let context = BodyCheckContext {
            account: &SandboxAccount::default(),
            extension: &SandboxExtension::default(),
            live: &live,
        };
        assert!(context.is_in_live_body(&json!({ "level": 3, "type": "NewAction" })));
        assert!(!context.is_in_live_body(&json!({ "type": "NewAction", "level": 4 })));
        assert!(!context.is_in_live_body(&json!(3)), "a value, not a part");
    }
}
