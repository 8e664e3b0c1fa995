//! The outcome of tests for scripts.

use serde_json::{Value, json};

use super::Tested;
use crate::render::story::trace;

/// Changes when a script that reads the document must change.
const FORMAT_VERSION: &str = "1.0";

/// Every call, in the order of files and lines.
pub fn json(tested: &[Tested<'_>]) -> Value {
    let failed = tested.iter().filter(|tested| !tested.is_passed()).count();
    let cases = tested.iter().map(|tested| {
        json!({
            "name": tested.case.test,
            "call": tested.case.line,
            "file": tested.file,
            "line": tested.line,
            "passed": tested.is_passed(),
            "expected": tested.expected(),
            "got": tested.got(),
            "reasons": tested.reasons(),
            "trace": trace(tested.told.story),
        })
    });
    json!({
        "formatVersion": FORMAT_VERSION,
        "summary": {
            "cases": tested.len(),
            "passed": tested.len() - failed,
            "failed": failed,
        },
        "cases": cases.collect::<Vec<_>>(),
    })
}
