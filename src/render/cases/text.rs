//! The outcome of tests for people.

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::{RINGS, Tested};
use crate::render::say::{count, counted};
use crate::render::shown;
use crate::render::story::{decision, heading};
use crate::routing::Handler;
use crate::simulate::Missed;

const FAILED: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// Every call that is not as expected: what was expected, what happened, and why.
pub fn failures(tested: &[Tested<'_>]) -> String {
    let failed = tested.iter().filter(|tested| !tested.is_passed());
    failed.map(failure).collect()
}

pub(super) fn failure(tested: &Tested<'_>) -> String {
    let mut text = format!(
        "{FAILED}failed{FAILED:#}  {}  {}\n",
        shown::name(&tested.name()),
        shown::name(&tested.place())
    );
    text += &format!("  {}\n\n", heading(tested.told));
    text += &decision(tested.told, "    ");
    text.push('\n');
    let (expected, got) = (tested.expected(), tested.got());
    for (missed, key) in [
        (Missed::HandledBy, super::HANDLED_BY),
        (Missed::EndsAt, super::ENDS_AT),
        (Missed::Rings, RINGS),
    ] {
        if tested.missed.contains(&missed) {
            let said = |value: Option<&Value>| said(tested, value.unwrap_or(&Value::Null));
            text += &format!("    expected  {key}: {}\n", said(expected.get(key)));
            text += &format!("    got       {key}: {}\n", said(got.get(key)));
        }
    }
    let rests = tested.missed.iter().zip(tested.reasons());
    let rests = rests.filter(|(missed, _)| matches!(missed, Missed::RestsOn(_)));
    let rests: Vec<String> = rests
        .map(|(_, reason)| format!("    {NOTE}!{NOTE:#} {}\n", shown::name(&reason)))
        .collect();
    if !rests.is_empty() {
        text += &rests.concat();
        let is_all = rests.len() == tested.missed.len();
        let luck = if is_all {
            ", so the test would pass by luck"
        } else {
            ""
        };
        text += &format!("      what is expected rests on this{luck}: declare it\n");
    }
    text.push('\n');
    text
}

/// A value of an expectation, as people read it.
fn said(tested: &Tested<'_>, value: &Value) -> String {
    match value {
        Value::Null => match tested.told.story.handler {
            Handler::QueueSkips(_) => "nowhere, for the queue goes on".to_owned(),
            _ => "nothing that is declared".to_owned(),
        },
        Value::String(name) => shown::name(name).into_owned(),
        Value::Array(items) if items.is_empty() => "nobody".to_owned(),
        Value::Array(items) => {
            let items = items.iter().map(|item| tested.told.say().thing(item));
            items.collect::<Vec<_>>().join(", then ")
        }
        Value::Object(map) => match (map.get("either"), map.get("ambiguous")) {
            (Some(Value::Array(ways)), _) => {
                let ways = ways.iter().map(|way| said(tested, way));
                ways.collect::<Vec<_>>().join(", or ")
            }
            (_, Some(Value::Array(rules))) => {
                let rules = rules.iter().map(|rule| said(tested, rule));
                let rules: Vec<String> = rules.collect();
                format!("{}: nobody can say which", rules.join(" or "))
            }
            _ => tested.told.say().thing(value),
        },
        other => other.to_string(),
    }
}

/// `12 calls in 3 test files: all as expected`.
pub fn summary(tested: &[Tested<'_>]) -> String {
    let files: BTreeSet<&str> = tested.iter().map(|tested| tested.file).collect();
    let failed = tested.iter().filter(|tested| !tested.is_passed()).count();
    let all = tested.len();
    let heading = format!(
        "{} in {}",
        counted(all, "call"),
        counted(files.len(), "test file")
    );
    match failed {
        0 => format!("{GOOD}{heading}: all as expected{GOOD:#}\n"),
        failed => format!(
            "{FAILED}{heading}: {} as expected, {} not{FAILED:#}\n",
            count(all - failed),
            count(failed)
        ),
    }
}
