//! The results of call tests as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::TestedCase;
use crate::render::FORMAT_VERSION;
use crate::render::trace::{TraceEntry, trace_entries};

/// The results of the calls in test files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules test --format json")]
pub struct TestDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The number of calls by result.
    summary: TestCounts,
    /// Every call of every test, ordered by file and line.
    cases: Vec<TestCaseResult<'a>>,
}

/// The number of calls by result.
#[derive(Debug, Serialize, JsonSchema)]
struct TestCounts {
    /// The number of all calls.
    cases: usize,
    /// The number of calls with the expected result.
    passed: usize,
    /// The number of calls with another result.
    failed: usize,
}

/// A call of a test, and its result.
#[derive(Debug, Serialize, JsonSchema)]
struct TestCaseResult<'a> {
    /// The name of the test.
    name: &'a str,
    /// The position in the test's `calls`, counted from 1; `null` if the test has one `call`.
    call: Option<usize>,
    /// The path of the test file.
    file: &'a str,
    /// The line of the call, counted from 1.
    line: Option<usize>,
    /// Whether the call has the expected result.
    passed: bool,
    /// The expectations as in the test file: those of `handledBy`, `endsAt` and `rings` that the
    /// test sets.
    expected: Map<String, Value>,
    /// The actual values of the same keys.
    got: Map<String, Value>,
    /// Why the call failed the test, for people.
    reasons: Vec<String>,
    /// Every rule and state that was considered, in order.
    trace: Vec<TraceEntry>,
}

/// Returns the JSON document of the results.
pub fn document<'a>(tested: &'a [TestedCase<'a>]) -> TestDocument<'a> {
    let passed = tested.iter().filter(|tested| tested.is_passed()).count();
    let case = |tested: &'a TestedCase<'a>| TestCaseResult {
        name: &tested.case.test,
        call: tested.case.line,
        file: tested.file,
        line: tested.line,
        passed: tested.is_passed(),
        expected: tested.expected(),
        got: tested.got(),
        reasons: tested.reasons(),
        trace: trace_entries(tested.trace.trace),
    };
    TestDocument {
        format_version: FORMAT_VERSION,
        summary: TestCounts {
            cases: tested.len(),
            passed,
            failed: tested.len() - passed,
        },
        cases: tested.iter().map(case).collect(),
    }
}
