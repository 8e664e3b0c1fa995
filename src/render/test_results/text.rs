//! The results of call tests as text.

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::{RINGS, TestedCase};
use crate::render::humanize::{format_count, pluralize};
use crate::render::sanitize;
use crate::render::trace::{heading, render_decision};
use crate::routing::CallHandler;
use crate::simulate::TestMismatch;

const FAILED: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default();
const PASSED: Style = AnsiColor::Green.on_default();

/// Renders each failed call: the expected and the actual result, and the trace.
pub fn failures(tested: &[TestedCase<'_>]) -> String {
    let failures: Vec<String> = tested
        .iter()
        .filter(|result| !result.is_passed())
        .map(failure)
        .collect();
    failures.concat()
}

/// Renders a failed call.
pub(super) fn failure(tested: &TestedCase<'_>) -> String {
    let mut text = format!(
        "{FAILED}failed{FAILED:#}  {}  {}\n",
        sanitize::sanitize_inline(&tested.name()),
        sanitize::sanitize_inline(&tested.location())
    );
    text += &format!("  {}\n\n", heading(tested.trace));
    text += &render_decision(tested.trace, "    ");
    text.push('\n');
    let (expected, got) = (tested.expected(), tested.got());
    for (mismatch, key) in [
        (TestMismatch::HandledBy, super::HANDLED_BY),
        (TestMismatch::EndsAt, super::ENDS_AT),
        (TestMismatch::Rings, RINGS),
    ] {
        if tested.mismatches.contains(&mismatch) {
            let describe =
                |value: Option<&Value>| describe_value(tested, value.unwrap_or(&Value::Null));
            text += &format!("    expected  {key}: {}\n", describe(expected.get(key)));
            text += &format!("    got       {key}: {}\n", describe(got.get(key)));
        }
    }
    let assumptions: Vec<String> = tested
        .mismatches
        .iter()
        .zip(tested.reasons())
        .filter(|(mismatch, _)| matches!(mismatch, TestMismatch::Assumption(_)))
        .map(|(_, reason)| {
            format!(
                "    {NOTE}!{NOTE:#} {}\n",
                sanitize::sanitize_inline(&reason)
            )
        })
        .collect();
    if !assumptions.is_empty() {
        text += &assumptions.concat();
        text += if assumptions.len() == tested.mismatches.len() {
            "      the test would pass only because of this assumption: set it in the file\n"
        } else {
            "      the expected result depends on this assumption: set it in the file\n"
        };
    }
    text.push('\n');
    text
}

/// Describes an expected or actual value.
fn describe_value(tested: &TestedCase<'_>, value: &Value) -> String {
    match value {
        Value::Null => match tested.trace.trace.handler {
            CallHandler::QueueSkips(_) => {
                "nowhere, because the queue tries the next agent".to_owned()
            }
            _ => "nothing (not set in the files)".to_owned(),
        },
        Value::String(name) => sanitize::sanitize_inline(name).into_owned(),
        Value::Array(items) if items.is_empty() => "no phone".to_owned(),
        Value::Array(items) => {
            let descriptions: Vec<String> = items
                .iter()
                .map(|item| tested.trace.humanizer().describe(item))
                .collect();
            descriptions.join(", then ")
        }
        Value::Object(map) => match (map.get("either"), map.get("ambiguous")) {
            (Some(Value::Array(values)), _) => {
                let descriptions: Vec<String> = values
                    .iter()
                    .map(|value| describe_value(tested, value))
                    .collect();
                descriptions.join(", or ")
            }
            (_, Some(Value::Array(rules))) => {
                let names: Vec<String> = rules
                    .iter()
                    .map(|rule| describe_value(tested, rule))
                    .collect();
                format!("{} (ambiguous)", names.join(" or "))
            }
            _ => tested.trace.humanizer().describe(value),
        },
        other => other.to_string(),
    }
}

/// Returns the counts: `12 tests in 3 files: all passed`.
pub fn summary(tested: &[TestedCase<'_>]) -> String {
    let files: BTreeSet<&str> = tested.iter().map(|tested| tested.file).collect();
    let failed = tested.iter().filter(|result| !result.is_passed()).count();
    let total = tested.len();
    let heading = format!(
        "{} in {}",
        pluralize(total, "test"),
        pluralize(files.len(), "file")
    );
    match failed {
        0 => format!("{PASSED}{heading}: all passed{PASSED:#}\n"),
        failed => format!(
            "{FAILED}{heading}: {} passed, {} failed{FAILED:#}\n",
            format_count(total - failed),
            format_count(failed)
        ),
    }
}
