//! Test files: calls and their expected outcomes.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::constraints;
use super::number_help::digits;
use super::scalars::{is_email, text_type};
use super::{AnyText, DestinationSpec, PhoneNumber, RingTargetSpec};
use crate::model::CallTime;

/// The keys of an expectation. At least one is required.
const EXPECTATIONS: &[&str] = &["handledBy", "endsAt", "rings"];

/// Calls and their expected outcomes. A test checks only the keys that it sets.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Test file", extend("allOf" = constraints::all_constraints([each_test_needs_user()])), example = json!({
    "user": "101",
    "tests": [{
        "name": "Unknown callers reach voicemail at night",
        "call": { "from": "+16502222222", "at": "sat 22:10" },
        "expect": { "endsAt": "voicemail" },
    }],
}))]
pub struct TestFile {
    /// The user who receives the calls, unless a test sets another user. Use the
    /// `extension`, `email` or `id` line of the user file, with `id:` before an id.
    pub user: Option<UserRef>,

    /// The number that callers dial, unless a call sets another number.
    pub to: Option<PhoneNumber>,

    /// The tests of this file, each with a name.
    #[schemars(length(min = 1), example = [json!({
        "name": "Unknown callers reach voicemail at night",
        "call": { "from": "+16502222222", "at": "sat 22:10" },
        "expect": { "endsAt": "voicemail" },
    })])]
    pub tests: Vec<TestSpec>,
}

/// A loaded test file.
#[derive(Debug)]
pub struct LoadedTests {
    /// The path relative to the repository root, with `/` as separator.
    pub path: String,
    /// The parsed content of the file.
    pub file: TestFile,
}

/// One call or a list of calls, with the expected outcome. Set either `call` or `calls`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Test", extend("allOf" = constraints::all_constraints([
    constraints::exactly_one(&["call", "calls"], "the test has no call: add `call`, or `calls` with a list"),
    call_needs_expectation(),
    each_call_needs_expectation(),
])))]
pub struct TestSpec {
    /// A short description of the expected behavior, such as `A VIP reaches Alex at night`. Names
    /// are unique within a file.
    #[schemars(with = "AnyText", length(min = 1), example = &"A VIP reaches Alex at night")]
    pub name: String,

    /// The user who receives the calls. Overrides the user of the file.
    pub user: Option<UserRef>,

    /// The call to test.
    #[schemars(example = json!({ "from": "+16502222222", "at": "sat 22:10" }))]
    pub call: Option<TestCall>,

    /// The expected outcome. With `calls`, it applies to every call that doesn't set its own.
    #[schemars(example = json!({ "handledBy": "after-hours", "endsAt": "voicemail" }))]
    pub expect: Option<ExpectationSpec>,

    /// Several calls, each with its expected outcome.
    #[schemars(length(min = 1), example = [
        json!({ "at": "sat 22:10", "endsAt": "voicemail" }),
        json!({ "from": "+16502222222", "at": "2026-12-25T10:00", "endsAt": { "extension": "900" } }),
    ])]
    pub calls: Option<Vec<TestRow>>,
}

/// A call to a user at a specific time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Call")]
pub struct TestCall {
    /// The caller's number. If it is not set, the caller hides the number.
    pub from: Option<PhoneNumber>,

    /// The phone number that the caller dials.
    pub to: Option<PhoneNumber>,

    /// When the call comes in, in the user's time zone.
    pub at: CallTimeText,

    /// Whether the call comes in through a call queue.
    #[schemars(example = true)]
    pub queue: Option<bool>,
}

/// The expected outcome of a call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Expectation", extend("allOf" = constraints::all_constraints([
    constraints::at_least_one(EXPECTATIONS, NOTHING_EXPECTED),
])))]
pub struct ExpectationSpec {
    /// What handles the call: the name of a rule, the id of a state such as `after-hours`, or
    /// `queue skips` if the queue skips the user.
    #[schemars(with = "Option<AnyText>", example = &"VIP Calls After-Hours", example = &"work-hours")]
    pub handled_by: Option<String>,

    /// Where the call ends if it is not answered, in the format of `noAnswer`.
    #[schemars(example = json!({ "extension": "900" }))]
    pub ends_at: Option<DestinationSpec>,

    /// Everything that rings, in this order. An empty list means that nothing rings.
    #[schemars(example = json!(["desktopApps", { "coworker": "102" }]))]
    pub rings: Option<Vec<RingTargetSpec>>,
}

/// A call with its expected outcome, in one entry.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Call with its expectation")]
pub struct TestRow {
    /// The caller's number. If it is not set, the caller hides the number.
    pub from: Option<PhoneNumber>,

    /// The phone number that the caller dials.
    pub to: Option<PhoneNumber>,

    /// When the call comes in, in the user's time zone.
    pub at: CallTimeText,

    /// Whether the call comes in through a call queue.
    #[schemars(example = true)]
    pub queue: Option<bool>,

    /// What handles the call: the name of a rule, the id of a state such as `after-hours`, or
    /// `queue skips` if the queue skips the user.
    #[schemars(with = "Option<AnyText>", example = &"VIP Calls After-Hours", example = &"work-hours")]
    pub handled_by: Option<String>,

    /// Where the call ends if it is not answered, in the format of `noAnswer`.
    #[schemars(example = json!({ "extension": "900" }))]
    pub ends_at: Option<DestinationSpec>,

    /// Everything that rings, in this order. An empty list means that nothing rings.
    #[schemars(example = json!(["desktopApps", { "coworker": "102" }]))]
    pub rings: Option<Vec<RingTargetSpec>>,
}

impl TestRow {
    /// Returns the call of this entry.
    pub fn call(&self) -> TestCall {
        TestCall {
            from: self.from.clone(),
            to: self.to.clone(),
            at: self.at,
            queue: self.queue,
        }
    }

    /// Returns the expected outcome: the keys of this entry over those in `common`.
    pub fn expect(&self, common: Option<&ExpectationSpec>) -> ExpectationSpec {
        let common = common.cloned().unwrap_or_default();
        ExpectationSpec {
            handled_by: self.handled_by.clone().or(common.handled_by),
            ends_at: self.ends_at.clone().or(common.ends_at),
            rings: self.rings.clone().or(common.rings),
        }
    }
}

impl ExpectationSpec {
    /// Returns whether no key is set.
    pub fn is_empty(&self) -> bool {
        *self == ExpectationSpec::default()
    }
}

const NOTHING_EXPECTED: &str =
    "the expected outcome is missing: add `handledBy`, `endsAt` or `rings`";

fn each_test_needs_user() -> Vec<serde_json::Value> {
    vec![json!({
        "if": { "properties": { "user": false } },
        "then": { "patternProperties": { "^tests$": { "items": {
            "required": ["user"],
            "errorMessage": "the user is missing: add `user` with an extension number, here or for \
                             the whole file",
        } } } },
    })]
}

fn call_needs_expectation() -> Vec<serde_json::Value> {
    vec![json!({
        "if": { "required": ["call"] },
        "then": {
            "required": ["expect"],
            "errorMessage": "the expected outcome is missing: add `expect`",
        },
    })]
}

fn each_call_needs_expectation() -> Vec<serde_json::Value> {
    let row = json!({ "allOf": constraints::at_least_one(EXPECTATIONS, NOTHING_EXPECTED) });
    vec![json!({
        "if": { "properties": { "expect": false } },
        "then": { "patternProperties": { "^calls$": { "items": row } } },
    })]
}

text_type! {
    /// A user that has a user file: its `extension`, `email` or `id` line, with `id:` before an id.
    UserRef, numbers: Some(0..=99_999_999), pattern: "^([0-9]{1,8}|id:[0-9]{1,40}|[^@\\s]+@[^@\\s]+)$",
    hint: "expected a user: an extension number, an e-mail address, or `id:` and an id",
    examples: ["101", "alex.morgan@acme.example", "id:63700001004"],
    check: |text| {
        let by_id = text.strip_prefix("id:").is_some_and(|id| digits(id, 1..=40));
        if by_id || digits(text, 1..=8) || is_email(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` does not identify a user\n\
                 use the `extension`, `email` or `id` line of the user file, with `id:` before an id"
            ))
        }
    }
}

/// The time of a call in the user's time zone: a date and time such as `2026-11-25T22:10`, or a
/// weekday and a time, such as `sat 20:00`. A weekday means the next one.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct CallTimeText(pub CallTime);

impl TryFrom<String> for CallTimeText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            Ok(CallTime::Now) => Err(
                "`now` is not allowed, because the result would depend on when the tests run\nwrite a \
                 date and time, or a weekday and a time"
                    .to_owned(),
            ),
            Ok(at) => Ok(CallTimeText(at)),
            Err(error) => Err(format!(
                "{error}\nwrite a date and time such as `2026-11-25T22:10`, or a weekday and a time such as \
                 `sat 20:00`"
            )),
        }
    }
}

impl JsonSchema for CallTimeText {
    fn schema_name() -> Cow<'static, str> {
        "CallTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        const TIME: &str = "([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]+)?)?";
        const DATE: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]";
        const DAY: &str =
            "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?) +";
        json_schema!({
            "type": "string",
            "description": "When the call comes in, in the user's time zone: a date and time such as \
                            `2026-11-25T22:10`, or a weekday and a time such as `sat 20:00`. A \
                            weekday means the next one.",
            "pattern": format!("^\\s*({DATE}|{DAY}){TIME}\\s*$"),
            "errorMessage": "expected a date and time such as 2026-11-25T22:10, or a weekday and a time such as sat 20:00",
            "examples": ["2026-11-25T22:10", "sat 20:00"],
        })
    }
}
