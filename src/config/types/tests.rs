//! A test file: calls, and what becomes of them.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::text::{digits, is_email, text_type};
use super::{AnyText, DestinationSpec, PhoneNumber, RingTargetSpec};
use crate::config::schema::rules;
use crate::model::At;

/// The keys of which an expectation has at least one.
const EXPECTATIONS: &[&str] = &["handledBy", "endsAt", "rings"];

/// Calls, and what shall become of each. What a test says nothing of may be as it is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Test file", extend("allOf" = rules::all([each_says_whose_call()])), example = json!({
    "user": "101",
    "tests": [{
        "name": "At night a stranger leaves a message",
        "call": { "from": "+16502222222", "at": "sat 22:10" },
        "expect": { "endsAt": "voicemail" },
    }],
}))]
pub struct TestFile {
    /// Whose calls these are, unless a test says another user: as the user file says it, the extension
    /// number, the e-mail address, or `id:` and the id.
    pub user: Option<UserRef>,

    /// The number that callers dial, unless a call says another.
    pub to: Option<PhoneNumber>,

    /// The tests.
    #[schemars(length(min = 1), example = [json!({
        "name": "At night a stranger leaves a message",
        "call": { "from": "+16502222222", "at": "sat 22:10" },
        "expect": { "endsAt": "voicemail" },
    })])]
    pub tests: Vec<Test>,
}

/// One call, or a list of calls, with what is expected. Say either `call` or `calls`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Test", extend("allOf" = rules::all([
    rules::exactly_one(&["call", "calls"], "which call is tried? add `call`, or `calls` with a list"),
    one_call_needs_an_expectation(),
    each_call_is_expected_something(),
])))]
pub struct Test {
    /// What holds, in a few words, such as `A VIP reaches Alex at night`. Each test of a file has a
    /// name of its own.
    #[schemars(with = "AnyText", length(min = 1), example = &"A VIP reaches Alex at night")]
    pub name: String,

    /// Whose calls these are, in place of what the file says.
    pub user: Option<UserRef>,

    /// The call.
    #[schemars(example = json!({ "from": "+16502222222", "at": "sat 22:10" }))]
    pub call: Option<TestCall>,

    /// What shall become of it. Beside `calls`, what shall become of each, unless it says otherwise.
    #[schemars(example = json!({ "handledBy": "after-hours", "endsAt": "voicemail" }))]
    pub expect: Option<Expectation>,

    /// Many calls, each with what shall become of it.
    #[schemars(length(min = 1), example = [
        json!({ "at": "sat 22:10", "endsAt": "voicemail" }),
        json!({ "from": "+16502222222", "at": "2026-12-25T10:00", "endsAt": { "extension": "900" } }),
    ])]
    pub calls: Option<Vec<TestRow>>,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Call")]
pub struct TestCall {
    /// Who calls. Without this the caller shows no number.
    pub from: Option<PhoneNumber>,

    /// The number that the caller dials.
    pub to: Option<PhoneNumber>,

    /// When the call comes, local to the user.
    pub at: CallTime,

    /// Whether the call comes through a call queue.
    #[schemars(example = true)]
    pub queue: Option<bool>,
}

/// What shall become of a call.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Expectation", extend("allOf" = rules::all([
    rules::at_least_one(EXPECTATIONS, NOTHING_EXPECTED),
])))]
pub struct Expectation {
    /// What takes the call: the name of a rule, the id of a state such as `after-hours`, or
    /// `queue skips` where the queue passes the user over.
    #[schemars(with = "Option<AnyText>", example = &"VIP Calls After-Hours", example = &"work-hours")]
    pub handled_by: Option<String>,

    /// Where the call ends when nobody answers, said as in a dispatching.
    #[schemars(example = json!({ "extension": "900" }))]
    pub ends_at: Option<DestinationSpec>,

    /// Everything that rings, in this order. An empty list: nothing does.
    #[schemars(example = json!(["desktopApps", { "coworker": "102" }]))]
    pub rings: Option<Vec<RingTargetSpec>>,
}

/// A call with what shall become of it, in one line.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "Call with its expectation")]
pub struct TestRow {
    /// Who calls. Without this the caller shows no number.
    pub from: Option<PhoneNumber>,

    /// The number that the caller dials.
    pub to: Option<PhoneNumber>,

    /// When the call comes, local to the user.
    pub at: CallTime,

    /// Whether the call comes through a call queue.
    #[schemars(example = true)]
    pub queue: Option<bool>,

    /// What takes the call: the name of a rule, the id of a state such as `after-hours`, or
    /// `queue skips` where the queue passes the user over.
    #[schemars(with = "Option<AnyText>", example = &"VIP Calls After-Hours", example = &"work-hours")]
    pub handled_by: Option<String>,

    /// Where the call ends when nobody answers, said as in a dispatching.
    #[schemars(example = json!({ "extension": "900" }))]
    pub ends_at: Option<DestinationSpec>,

    /// Everything that rings, in this order. An empty list: nothing does.
    #[schemars(example = json!(["desktopApps", { "coworker": "102" }]))]
    pub rings: Option<Vec<RingTargetSpec>>,
}

impl TestRow {
    /// The call of this line.
    pub fn call(&self) -> TestCall {
        TestCall {
            from: self.from.clone(),
            to: self.to.clone(),
            at: self.at,
            queue: self.queue,
        }
    }

    /// What is expected of it, over what is expected of every line.
    pub fn expect(&self, of_all: Option<&Expectation>) -> Expectation {
        let of_all = of_all.cloned().unwrap_or_default();
        Expectation {
            handled_by: self.handled_by.clone().or(of_all.handled_by),
            ends_at: self.ends_at.clone().or(of_all.ends_at),
            rings: self.rings.clone().or(of_all.rings),
        }
    }
}

impl Expectation {
    /// Whether anything is expected at all.
    pub fn is_empty(&self) -> bool {
        *self == Expectation::default()
    }
}

const NOTHING_EXPECTED: &str =
    "what shall become of the call? add `handledBy`, `endsAt` or `rings`";

fn each_says_whose_call() -> Vec<serde_json::Value> {
    vec![json!({
        "if": { "properties": { "user": false } },
        "then": { "patternProperties": { "^tests$": { "items": {
            "required": ["user"],
            "errorMessage": "whose call is it? add `user` and the user's extension number, here or for \
                             the whole file",
        } } } },
    })]
}

fn one_call_needs_an_expectation() -> Vec<serde_json::Value> {
    vec![json!({
        "if": { "required": ["call"] },
        "then": {
            "required": ["expect"],
            "errorMessage": "what shall become of the call? add `expect`",
        },
    })]
}

fn each_call_is_expected_something() -> Vec<serde_json::Value> {
    let row = json!({ "allOf": rules::at_least_one(EXPECTATIONS, NOTHING_EXPECTED) });
    vec![json!({
        "if": { "properties": { "expect": false } },
        "then": { "patternProperties": { "^calls$": { "items": row } } },
    })]
}

text_type! {
    /// A user whom a file describes, as that file says it: the extension number, the e-mail address, or
    /// `id:` and the id.
    UserRef, numbers: Some(0..=99_999_999), pattern: "^([0-9]{1,8}|id:[0-9]{1,40}|[^@\\s]+@[^@\\s]+)$",
    hint: "expected a user: an extension number, an e-mail address, or `id:` and an id",
    examples: ["101", "alex.morgan@acme.example", "id:63700001004"],
    check: |text| {
        let by_id = text.strip_prefix("id:").is_some_and(|id| digits(id, 1..=40));
        if by_id || digits(text, 1..=8) || is_email(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is nobody's number or address\n\
                 say the user as the user file does: by extension number, by e-mail address, or by \
                 `id:` and the id"
            ))
        }
    }
}

/// When a call comes, local to the user: a date and time such as `2026-11-25T22:10`, or a day of the
/// week and a time, such as `sat 20:00`, for the next such day.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct CallTime(pub At);

impl TryFrom<String> for CallTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse() {
            Ok(At::Now) => Err(
                "`now` is another time whenever the tests run\nwrite a date and time, or a day of \
                 the week and a time"
                    .to_owned(),
            ),
            Ok(at) => Ok(CallTime(at)),
            Err(error) => Err(format!(
                "{error}\nwrite a date and a time, `2026-11-25T22:10`, or a day of the week and a \
                 time, `sat 20:00`"
            )),
        }
    }
}

impl JsonSchema for CallTime {
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
            "description": "When the call comes, local to the user: a date and time such as \
                            `2026-11-25T22:10`, or a day of the week and a time, such as `sat 20:00`, \
                            for the next such day.",
            "pattern": format!("^\\s*({DATE}|{DAY}){TIME}\\s*$"),
            "errorMessage": "expected a date and time such as 2026-11-25T22:10, or a day of the week and a time such as sat 20:00",
            "examples": ["2026-11-25T22:10", "sat 20:00"],
        })
    }
}
