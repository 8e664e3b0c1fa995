//! The results of call tests.

mod json;
mod text;

pub use json::{TestDocument, document};
pub use text::{failures, summary};

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Map, Value, json as value};

use super::trace::{TraceView, assumption_note};
use crate::config::{CallTest, ExpectedHandler as Expects, ExpectedOutcome};
use crate::model::RingTarget;
use crate::reconcile::flow_to_yaml;
use crate::routing::{CallFlow, CallHandler};
use crate::simulate::TestMismatch;

/// A call of a test file and its result.
#[derive(Debug)]
pub struct TestedCase<'a> {
    /// The call and its expected result.
    pub case: &'a CallTest,
    /// The path of the test file.
    pub file: &'a str,
    /// The line in the file, counted from 1; `None` if the file no longer exists.
    pub line: Option<usize>,
    /// The trace of the call.
    pub trace: TraceView<'a>,
    /// The differences from the expected result.
    pub mismatches: &'a [TestMismatch<'a>],
}

// The keys of a test's `expect`, used for the expected and the actual values.
const HANDLED_BY: &str = "handledBy";
const ENDS_AT: &str = "endsAt";
const RINGS: &str = "rings";

impl TestedCase<'_> {
    fn is_passed(&self) -> bool {
        self.mismatches.is_empty()
    }

    /// Returns the name of the test, with the number of the call if it has several.
    fn name(&self) -> String {
        match self.case.line {
            Some(line) => format!("{}, call {line}", self.case.test),
            None => self.case.test.clone(),
        }
    }

    /// Returns the file and line of the call: `tests/vip.yaml:8`.
    fn location(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.to_owned(),
        }
    }

    /// Returns the expected values, with the keys of the test file.
    fn expected(&self) -> Map<String, Value> {
        let ExpectedOutcome {
            handled_by,
            ends_at,
            rings,
        } = &self.case.expected;
        let yaml_writer = self.trace.yaml_writer();
        let handled_by = handled_by.as_ref().map(|handler| match handler {
            Expects::Rule(key) => key.as_str(),
            Expects::State(id) => id.as_str(),
            Expects::QueueSkips => QUEUE_SKIPS,
        });
        let rings = rings.as_ref().map(|targets| -> Value {
            targets
                .iter()
                .map(|target| yaml_writer.ring_target(target))
                .collect()
        });
        let values = [
            (HANDLED_BY, handled_by.map(Value::from)),
            (
                ENDS_AT,
                ends_at.as_ref().map(|end| yaml_writer.destination(end)),
            ),
            (RINGS, rings),
        ];
        values
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect()
    }

    /// Returns the actual values of the keys that the test sets.
    fn got(&self) -> Map<String, Value> {
        let expected = self.expected();
        let values = [
            (HANDLED_BY, self.handler()),
            (ENDS_AT, self.per_flow("endsAt")),
            (RINGS, self.per_flow("rings")),
        ];
        values
            .into_iter()
            .filter(|(key, _)| expected.contains_key(*key))
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    fn handler(&self) -> Value {
        let trace = self.trace.trace;
        match &trace.handler {
            CallHandler::Rule(user_rule) => {
                value!(trace.known.declaration_keys(&[user_rule]).first())
            }
            CallHandler::State(state) => value!(state.id.as_str()),
            CallHandler::NoState(id) => value!(id),
            CallHandler::QueueSkips(_) => value!(QUEUE_SKIPS),
            CallHandler::UnreadStates => Value::Null,
            CallHandler::Ambiguous(rules) => {
                value!({ "ambiguous": trace.known.declaration_keys(rules) })
            }
        }
    }

    /// Returns the value of `key` in the call's flow, or in each of its possible flows.
    fn per_flow(&self, key: &str) -> Value {
        let yaml_writer = self.trace.yaml_writer();
        let flows = self.trace.trace.call_flows();
        let mut values: Vec<Value> = flows
            .iter()
            .map(|flow| match key {
                RINGS => self
                    .rung_targets(flow)
                    .into_iter()
                    .map(|target| yaml_writer.ring_target(target))
                    .collect(),
                key => value!(flow_to_yaml(yaml_writer, flow).get(key)),
            })
            .collect();
        match (values.len(), key) {
            (0, RINGS) => value!([]),
            (0, _) => Value::Null,
            (1, _) => values.remove(0),
            _ => value!({ "either": values }),
        }
    }

    /// Returns the targets that ring, in order. Those that ring together have the order in which
    /// the test expects them.
    fn rung_targets<'f>(&self, flow: &'f CallFlow) -> Vec<&'f RingTarget> {
        let expected = self.case.expected.rings.as_deref().unwrap_or_default();
        let position = |target: &RingTarget| {
            let found = expected
                .iter()
                .position(|expected| expected.without_name() == *target);
            found.unwrap_or(expected.len())
        };
        let start = |target: &RingTarget| {
            let stages = flow
                .rings
                .iter()
                .filter(|stage| stage.targets.contains(target));
            stages.map(|stage| stage.after).min().unwrap_or_default()
        };
        let mut targets = flow.all_targets();
        targets.sort_by_key(|target| (start(target), position(target)));
        targets
    }

    /// Returns the reasons why the test failed.
    fn reasons(&self) -> Vec<String> {
        let file = self.trace.trace.known.file.as_deref().unwrap_or_default();
        self.mismatches
            .iter()
            .map(|mismatch| match mismatch {
                TestMismatch::HandledBy => format!("`{HANDLED_BY}` is not as expected"),
                TestMismatch::EndsAt => format!("`{ENDS_AT}` is not as expected"),
                TestMismatch::Rings => format!("`{RINGS}` is not as expected"),
                TestMismatch::Assumption(assumption) => assumption_note(*assumption, file).message,
            })
            .collect()
    }
}

/// The value of `handledBy` in tests if the queue tries the next agent.
const QUEUE_SKIPS: &str = "queue skips";

/// Returns the results as `JUnit` XML for CI systems: a suite for each test file and a case for
/// each call.
///
/// # Errors
/// Fails if the XML can't be serialized.
pub fn junit(tested: &[TestedCase<'_>]) -> Result<String, SerializeError> {
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for result in tested {
        let mut status = TestCaseStatus::success();
        if !result.is_passed() {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let description = anstream::adapter::strip_str(&text::failure(result)).to_string();
            status.set_message(result.reasons().join("; "));
            status.set_description(description);
        }
        let mut case = TestCase::new(result.name(), status);
        case.set_classname(result.file);
        case.extra.insert("file".into(), result.file.into());
        if let Some(line) = result.line {
            case.extra.insert("line".into(), line.to_string().into());
        }
        suites
            .entry(result.file)
            .or_insert_with(|| TestSuite::new(result.file))
            .add_test_case(case);
    }
    let mut report = Report::new("callrules");
    report.add_test_suites(suites.into_values());
    report.to_string()
}
