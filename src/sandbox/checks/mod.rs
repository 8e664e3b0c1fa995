//! Validation of request bodies.
//!
//! A [`BodyCheck`] collects all errors that the checks of a body find, so that a response lists
//! them together. Checks read the body through [`BodyPart`]s, which know their location in it. If
//! the documents specify nothing, the schema decides. If the schema also specifies nothing, the
//! value is accepted.
//!
//! A new refusal is one function in the file of its subject. Its argument is the [`BodyPart`] that
//! it judges. It reports with [`BodyPart::invalid`] (CMN-101), [`BodyPart::unavailable`] (CMN-109)
//! or, for every other code, [`BodyPart::refuse`]. What only some states allow belongs in
//! [`DispatchingLimits`](dispatching::DispatchingLimits) or
//! [`ScheduleLimits`](schedule::ScheduleLimits).

pub(crate) mod conditions;
pub(crate) mod dispatching;
pub(crate) mod schedule;
pub(crate) mod states;
mod targets;

use std::cell::RefCell;
use std::fmt::Display;

use serde_json::{Map, Value};

use super::account::{AccountUser, SandboxAccount, SandboxExtension};
use super::response::{SandboxApiError, SandboxErrorDetail};

/// Minimum number of digits in a caller id, which may be partial.
const MIN_CALLER_ID_DIGITS: usize = 1;
/// Minimum number of digits in a number that can be dialed. [inferred: the shortest in use, with
/// country code]
const MIN_DIALABLE_DIGITS: usize = 7;

/// Maximum number of digits in a phone number. [docs: E.164]
const MAX_NUMBER_DIGITS: usize = 15;

/// The check of one body: the data it uses, and the errors found so far.
pub(crate) struct BodyCheck<'a> {
    account: &'a SandboxAccount,
    user: &'a SandboxExtension,
    /// Resource as reads return it now; null for a create.
    live: &'a Value,
    /// Whether the body is part of a seed, which may contain what real accounts contain.
    is_seed: bool,
    details: RefCell<Vec<SandboxErrorDetail>>,
}

impl<'a> BodyCheck<'a> {
    pub(crate) fn new(user: AccountUser<'a>, live: &'a Value) -> BodyCheck<'a> {
        BodyCheck {
            account: user.account,
            user: user.user,
            live,
            is_seed: false,
            details: RefCell::default(),
        }
    }

    /// Creates the check of a resource in a seed. Parts of unknown types are accepted, because the
    /// resource itself is the live one.
    pub(crate) fn of_seed(user: AccountUser<'a>, resource: &'a Value) -> BodyCheck<'a> {
        BodyCheck {
            is_seed: true,
            ..BodyCheck::new(user, resource)
        }
    }

    /// Returns a field of the body.
    pub(crate) fn part(&'a self, body: &'a Value, key: &str) -> BodyPart<'a> {
        BodyPart::new(self, body.get(key), key.to_owned())
    }

    /// Returns the errors that the checks have found, in their order.
    pub(crate) fn into_details(self) -> Vec<SandboxErrorDetail> {
        self.details.into_inner()
    }

    /// Returns an error response with all errors, or `Ok` if there are none.
    pub(crate) fn into_result(self) -> Result<(), SandboxApiError> {
        SandboxApiError::from_details(self.into_details())
    }
}

/// A part of a body: its value, if it is present, and its location, as in `parameterName`.
pub(crate) struct BodyPart<'a> {
    check: &'a BodyCheck<'a>,
    value: Option<&'a Value>,
    at: String,
}

impl<'a> BodyPart<'a> {
    fn new(check: &'a BodyCheck<'a>, value: Option<&'a Value>, at: String) -> BodyPart<'a> {
        BodyPart { check, value, at }
    }

    /// Returns a field of this part.
    fn get(&self, key: &str) -> BodyPart<'a> {
        let value = self.value.and_then(|value| value.get(key));
        BodyPart::new(self.check, value, format!("{}.{key}", self.at))
    }

    /// Returns a field of a field of this part.
    fn get_in(&self, outer: &str, inner: &str) -> BodyPart<'a> {
        self.get(outer).get(inner)
    }

    /// Returns this part if it is present.
    fn if_present(self) -> Option<BodyPart<'a>> {
        self.value.is_some().then_some(self)
    }

    /// Returns the value as a string.
    fn as_str(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str)
    }

    /// Returns the `type` of this part, or an empty string.
    fn kind(&self) -> &'a str {
        self.get("type").as_str().unwrap_or_default()
    }

    /// Returns whether the live resource contains exactly this part.
    ///
    /// An unknown action, target or condition is accepted only then: clients may carry it through
    /// but not create it. [inferred from "carry them through unchanged"]
    fn is_live(&self) -> bool {
        let part = self.value.filter(|value| value["type"].is_string());
        part.is_some_and(|part| contains_part(self.check.live, part))
    }

    /// Adds an error with this code and message.
    fn refuse(&self, code: &'static str, message: String) {
        self.check.details.borrow_mut().push(SandboxErrorDetail {
            code,
            message,
            parameter: Some(self.at.clone()),
        });
    }

    /// Adds CMN-101: the value of this part is invalid.
    fn invalid(&self, message: impl Display) {
        let message = format!("Parameter [{}] value is invalid: {message}", self.at);
        self.refuse("CMN-101", message);
    }

    /// Adds CMN-109: the feature that this part requires is off.
    fn unavailable(&self, message: impl Display) {
        self.refuse("CMN-109", format!("[{}]: {message}", self.at));
    }

    /// Returns the value if it is valid, and otherwise adds an error.
    fn require<T>(&self, value: Option<T>, message: impl Display) -> Option<T> {
        if value.is_none() {
            self.invalid(message);
        }
        value
    }

    /// Requires an object and returns its fields.
    fn require_object(&self) -> Option<&'a Map<String, Value>> {
        self.require(
            self.value.and_then(Value::as_object),
            "an object is required",
        )
    }

    /// Returns the items of this part, if it is an array.
    fn items(&self) -> Vec<BodyPart<'a>> {
        let items = self.value.and_then(Value::as_array);
        let part = |(i, item)| BodyPart::new(self.check, Some(item), format!("{}[{i}]", self.at));
        items.into_iter().flatten().enumerate().map(part).collect()
    }

    /// Requires an array with at least `least` items, and returns them.
    fn require_array(&self, least: usize) -> Option<Vec<BodyPart<'a>>> {
        self.require(self.value.and_then(Value::as_array), "a list is required")?;
        let items = Some(self.items()).filter(|items| items.len() >= least);
        self.require(items, format_args!("at least {least} item is required"))
    }

    /// Requires `true` or `false`.
    fn require_boolean(&self) -> Option<bool> {
        self.require(
            self.value.and_then(Value::as_bool),
            "true or false is required",
        )
    }

    /// Requires a nonempty string.
    fn require_text(&self) -> Option<&'a str> {
        let text = self.as_str().filter(|text| !text.is_empty());
        self.require(text, "a string is required")
    }

    /// Requires a string if the value is present.
    fn check_optional_text(&self) {
        if self.value.is_some_and(|value| !value.is_string()) {
            self.invalid("must be a string");
        }
    }

    /// Requires one of the allowed strings.
    fn require_one_of(&self, allowed: &[&str]) -> Option<&'a str> {
        let text = self.as_str().filter(|text| allowed.contains(text));
        self.require(
            text,
            format_args!("one of {} is required", allowed.join(", ")),
        )
    }

    /// Requires an integer from `least` to the 32-bit maximum.
    fn require_number(&self, least: u64) {
        let number = self.value.and_then(Value::as_u64);
        let number = number.filter(|n| *n >= least && i32::try_from(*n).is_ok());
        self.require(
            number,
            format_args!("a whole number from {least} up is required"),
        );
    }

    /// Requires `+` and digits, at least `shortest` of them. A caller id may be partial: a country
    /// code and area code match by prefix. \[docs\]
    ///
    /// Numbers that are stored already are accepted as they are, and seeds may contain longer ones
    /// than E.164 allows. \[field\]
    fn require_phone_number(&self, shortest: usize) {
        let check = self.check;
        let is_stored = self
            .value
            .is_some_and(|number| contains_part(check.live, number));
        if is_stored && !check.is_seed && self.as_str().is_some() {
            return;
        }
        let longest = if check.is_seed {
            usize::MAX
        } else {
            MAX_NUMBER_DIGITS
        };
        let is_valid = |digits: &&str| {
            (shortest..=longest).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0')
        };
        let digits = self.as_str().and_then(|text| text.strip_prefix('+'));
        let message = "a phone number is `+`, country code and digits";
        self.require(digits.filter(is_valid), message);
    }
}

/// Returns whether a value is this part or contains it.
fn contains_part(value: &Value, part: &Value) -> bool {
    value == part
        || match value {
            Value::Array(items) => items.iter().any(|item| contains_part(item, part)),
            Value::Object(fields) => fields.values().any(|item| contains_part(item, part)),
            _ => false,
        }
}

/// Checks an interaction rule of a seed. It may have no name, like some on real accounts.
pub(crate) fn check_seed_rule(check: &BodyCheck, rule: &Value) {
    check.part(rule, "displayName").check_optional_text();
    check.part(rule, "enabled").require_boolean();
    conditions::check(&check.part(rule, "conditions"));
    let dispatching = check.part(rule, "dispatching");
    dispatching::check(&dispatching, &dispatching::INTERACTION_LIMITS);
}

/// Checks a new interaction rule. `displayName`, `enabled`, `conditions` and `dispatching` are all
/// required. [spec, docs]
pub(crate) fn check_new_rule(check: &BodyCheck, body: &Value) {
    check.part(body, "displayName").require_text();
    check.part(body, "enabled").require_boolean();
    conditions::check(&check.part(body, "conditions"));
    let dispatching = check.part(body, "dispatching");
    dispatching::check(&dispatching, &dispatching::NEW_RULE_LIMITS);
}

/// Checks the parts of an interaction rule that an update contains. The others stay as they are.
/// \[field\]
pub(crate) fn check_rule_update(check: &BodyCheck, body: &Value) {
    let part = |key: &str| check.part(body, key).if_present();
    // Real accounts have rules without a name, which updates must keep. [field]
    let is_renamed = |name: &BodyPart| name.value != check.live.get("displayName");
    if let Some(name) = part("displayName").filter(is_renamed) {
        name.require_text();
    }
    if let Some(enabled) = part("enabled") {
        enabled.require_boolean();
    }
    if let Some(list) = part("conditions") {
        conditions::check(&list);
    }
    if let Some(dispatching) = part("dispatching") {
        dispatching::check(&dispatching, &dispatching::INTERACTION_LIMITS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Returns the parameters of the errors that a check of the part `key` finds.
    pub(super) fn error_parameters(
        key: &str,
        value: Value,
        live: &Value,
        run: impl Fn(&BodyPart),
    ) -> Vec<String> {
        let details = error_details(key, value, live, run).into_iter();
        details.filter_map(|detail| detail.parameter).collect()
    }

    /// Returns the errors that a check of the part `key` finds, for [`checked_user`].
    pub(super) fn error_details(
        key: &str,
        value: Value,
        live: &Value,
        run: impl Fn(&BodyPart),
    ) -> Vec<SandboxErrorDetail> {
        let account = SandboxAccount {
            extensions: vec![checked_user()],
            ..SandboxAccount::default()
        };
        let user = AccountUser {
            account: &account,
            user: &account.extensions[0],
        };
        let check = BodyCheck::new(user, live);
        run(&BodyPart {
            check: &check,
            value: Some(&value),
            at: key.to_owned(),
        });
        check.details.into_inner()
    }

    /// Returns the user whose rules the tests check: with a desk phone, and a paging device that
    /// does not ring.
    pub(super) fn checked_user() -> SandboxExtension {
        let devices = json!([
            { "id": "d1", "name": "Phone" },
            { "id": "d9", "name": "Hall", "type": "Paging" },
        ]);
        SandboxExtension {
            id: "7".into(),
            extension_number: "101".into(),
            devices: serde_json::from_value(devices).unwrap(),
            ..SandboxExtension::default()
        }
    }

    #[test]
    fn phone_number_requires_plus_and_enough_digits() {
        let is_accepted = |number: &Value, shortest| {
            let check = |part: &BodyPart| part.require_phone_number(shortest);
            error_parameters("n", number.clone(), &Value::Null, check).is_empty()
        };
        assert!(is_accepted(&json!("+16505550100"), MIN_DIALABLE_DIGITS));
        assert!(is_accepted(&json!("+1650"), MIN_CALLER_ID_DIGITS));
        let invalid = json!([
            "+1650",
            "16505550100",
            "+1 650 555 0100",
            "",
            "+",
            16_505_550_100_u64,
            "+1234567890123456",
            "+06505550100",
        ]);
        for number in invalid.as_array().unwrap() {
            assert!(!is_accepted(number, MIN_DIALABLE_DIGITS), "{number}");
        }
    }

    #[test]
    fn unknown_part_is_accepted_only_if_unchanged() {
        let live = json!({ "dispatching": { "actions": [{ "type": "NewAction", "level": 3 }] } });
        for (part, expected) in [
            (json!({ "level": 3, "type": "NewAction" }), true),
            (json!({ "type": "NewAction", "level": 4 }), false),
            (json!(3), false), // a value, not a part
        ] {
            let check = |part: &BodyPart| assert_eq!(part.is_live(), expected, "{:?}", part.value);
            error_parameters("p", part, &live, check);
        }
    }
}
