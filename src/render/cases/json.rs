//! The outcome of tests for scripts.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Tested;
use crate::render::plan_json::FORMAT_VERSION;
use crate::render::story::{Step, trace};

/// What became of the calls of test files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules test --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// How many calls ended as expected.
    summary: Summary,
    /// Every call of every test, in the order of files and lines.
    cases: Vec<Case<'a>>,
}

/// How many calls ended as expected.
#[derive(Debug, Serialize, JsonSchema)]
struct Summary {
    /// All calls.
    cases: usize,
    /// Those that did.
    passed: usize,
    /// Those that did not.
    failed: usize,
}

/// A call, and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
struct Case<'a> {
    /// The name of the test.
    name: &'a str,
    /// Which of its `calls`, counted from 1; `null` where it has one `call`.
    call: Option<usize>,
    /// The file of the test.
    file: &'a str,
    /// The line at which the call stands, counted from 1.
    line: Option<usize>,
    /// Whether all is as expected.
    passed: bool,
    /// What was expected, in the words of the files: of `handledBy`, `endsAt` and `rings` those that the
    /// test says.
    expected: Map<String, Value>,
    /// What happened to that, in the same words.
    got: Map<String, Value>,
    /// Why it failed, for people.
    reasons: Vec<String>,
    /// Everything that was considered, in order.
    trace: Vec<Step>,
}

/// Every call, in the order of files and lines.
pub fn document<'a>(tested: &'a [Tested<'a>]) -> Document<'a> {
    let passed = tested.iter().filter(|tested| tested.is_passed()).count();
    let case = |tested: &'a Tested<'a>| Case {
        name: &tested.case.test,
        call: tested.case.line,
        file: tested.file,
        line: tested.line,
        passed: tested.is_passed(),
        expected: tested.expected(),
        got: tested.got(),
        reasons: tested.reasons(),
        trace: trace(tested.told.story),
    };
    Document {
        format_version: FORMAT_VERSION,
        summary: Summary {
            cases: tested.len(),
            passed,
            failed: tested.len() - passed,
        },
        cases: tested.iter().map(case).collect(),
    }
}
