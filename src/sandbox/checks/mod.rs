//! What the API accepts on a write, as pure functions on JSON. Each finds all it can, so that an answer lists
//! every error at once. Where the documents are silent the schema decides, and where both are silent nothing
//! is refused.

pub(crate) mod conditions;
pub(crate) mod dispatching;
pub(crate) mod schedule;
pub(crate) mod states;
mod targets;

use serde_json::{Map, Value};

use super::account::{Account, Extension};
use super::answers::Refusal;

/// What a check may look at beside the body itself.
pub(crate) struct World<'a> {
    pub(crate) account: &'a Account,
    pub(crate) extension: &'a Extension,
    /// The resource as reads show it now; null for a create.
    pub(crate) live: &'a Value,
}

impl World<'_> {
    /// Whether exactly this part stands in the live body. An unknown action, target or condition is accepted
    /// only then: it is carried through, never made up. [inferred from "carry them through unchanged"]
    fn stands_already(&self, part: &Value) -> bool {
        fn stands_in(whole: &Value, part: &Value) -> bool {
            whole == part
                || match whole {
                    Value::Array(items) => items.iter().any(|item| stands_in(item, part)),
                    Value::Object(fields) => fields.values().any(|field| stands_in(field, part)),
                    _ => false,
                }
        }
        let has_type = part.get("type").is_some_and(Value::is_string);
        has_type && stands_in(self.live, part)
    }
}

/// Collects refusals. Every question it answers names the place, the way `parameterName` does.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Refusal>);

impl Findings {
    pub(crate) fn into_refusals(self) -> Vec<Refusal> {
        self.0
    }

    /// CMN-101 at this place.
    fn invalid(&mut self, at: &str, message: impl std::fmt::Display) {
        self.0.push(Refusal {
            code: "CMN-101",
            message: format!("Parameter [{at}] value is invalid: {message}"),
            parameter: Some(at.to_owned()),
        });
    }

    /// CMN-109: the feature that this place needs is off.
    fn unavailable(&mut self, at: &str, message: impl std::fmt::Display) {
        self.0.push(Refusal {
            code: "CMN-109",
            message: format!("[{at}]: {message}"),
            parameter: Some(at.to_owned()),
        });
    }

    fn object<'v>(&mut self, value: Option<&'v Value>, at: &str) -> Option<&'v Map<String, Value>> {
        let fields = value.and_then(Value::as_object);
        if fields.is_none() {
            self.invalid(at, "an object is required");
        }
        fields
    }

    /// An array with at least `least` items.
    fn array<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
        least: usize,
    ) -> Option<&'v Vec<Value>> {
        let Some(items) = value.and_then(Value::as_array) else {
            self.invalid(at, "a list is required");
            return None;
        };
        if items.len() < least {
            self.invalid(at, format_args!("at least {least} item is required"));
            return None;
        }
        Some(items)
    }

    fn boolean(&mut self, value: Option<&Value>, at: &str) -> Option<bool> {
        let found = value.and_then(Value::as_bool);
        if found.is_none() {
            self.invalid(at, "true or false is required");
        }
        found
    }

    /// A text that is not empty.
    fn text<'v>(&mut self, value: Option<&'v Value>, at: &str) -> Option<&'v str> {
        let found = value
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty());
        if found.is_none() {
            self.invalid(at, "a text is required");
        }
        found
    }

    fn optional_text(&mut self, value: Option<&Value>, at: &str) {
        if value.is_some_and(|value| !value.is_string()) {
            self.invalid(at, "must be a text");
        }
    }

    fn one_of<'v>(
        &mut self,
        value: Option<&'v Value>,
        at: &str,
        allowed: &[&str],
    ) -> Option<&'v str> {
        let found = value
            .and_then(Value::as_str)
            .filter(|text| allowed.contains(text));
        if found.is_none() {
            self.invalid(
                at,
                format_args!("one of {} is required", allowed.join(", ")),
            );
        }
        found
    }

    /// A whole number from `least` up.
    fn number(&mut self, value: Option<&Value>, at: &str, least: u64) {
        let found = value.and_then(Value::as_u64);
        if !found.is_some_and(|n| n >= least && n <= i32::MAX as u64) {
            self.invalid(
                at,
                format_args!("a whole number from {least} up is required"),
            );
        }
    }

    /// `+` and digits. A caller id may be partial: a country code and an area code match by prefix. \[docs\]
    fn phone_number(&mut self, value: Option<&Value>, at: &str, shortest: usize) {
        let digits = value
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix('+'));
        let fits = |digits: &str| {
            (shortest..=15).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0')
        };
        if !digits.is_some_and(fits) {
            self.invalid(at, "a phone number is `+`, country code and digits");
        }
    }
}

/// The parts of an interaction rule beside its conditions and dispatching.
pub(crate) fn rule_head(findings: &mut Findings, body: &Value) {
    findings.text(body.get("displayName"), "displayName");
    findings.boolean(body.get("enabled"), "enabled");
}

/// Fewest digits of a caller id, which may be partial.
const PARTIAL: usize = 1;
/// Fewest digits of a number that can be dialled. [inferred: the shortest in use with their country code]
const COMPLETE: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn phone_numbers() {
        let accepted = |number: Value, shortest| {
            let mut findings = Findings::default();
            findings.phone_number(Some(&number), "n", shortest);
            findings.into_refusals().is_empty()
        };
        assert!(accepted(json!("+16505550100"), COMPLETE));
        assert!(accepted(json!("+1650"), PARTIAL));
        for bad in [
            json!("+1650"),
            json!("16505550100"),
            json!("+1 650 555 0100"),
            json!(""),
            json!("+"),
            json!(16505550100_u64),
            json!("+1234567890123456"),
            json!("+06505550100"),
        ] {
            assert!(!accepted(bad.clone(), COMPLETE), "{bad}");
        }
    }

    #[test]
    fn an_unknown_part_is_carried_only_where_it_stands() {
        let live = json!({ "dispatching": { "actions": [{ "type": "NewAction", "level": 3 }] } });
        let world = World {
            account: &Account::default(),
            extension: &Extension::default(),
            live: &live,
        };
        assert!(world.stands_already(&json!({ "level": 3, "type": "NewAction" })));
        assert!(!world.stands_already(&json!({ "type": "NewAction", "level": 4 })));
        assert!(!world.stands_already(&json!(3)), "a value, not a part");
    }
}
