//! Warnings that a file allows.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::scalars::text_type;
use crate::config::parse_diagnostics::suggest;
use crate::diagnostic::DiagnosticCode;

text_type! {
    /// A warning: its code, such as `W0110`, or its name, such as `long-ring`.
    WarningName, numbers: None, pattern: format!("^({})$", warning_names().join("|")),
    hint: "expected the code or name of a warning, such as W0110 or long-ring",
    examples: ["W0110", "long-ring"],
    check: |text| match DiagnosticCode::find(text) {
        _ if warning_names().iter().any(|name| name == text) => Ok(()),
        Some(code) if code.is_error() => Err(format!(
            "`{text}` is an error\nonly warnings can be allowed: their codes start with `W`"
        )),
        _ => Err(format!("there is no warning `{text}`\n{}", suggest(text, &warning_names()))),
    }
}

impl WarningName {
    fn refers_to(&self, code: DiagnosticCode) -> bool {
        DiagnosticCode::find(&self.0) == Some(code)
    }
}

/// Returns whether `allowed` contains the warning `code`. Errors can't be allowed.
pub(super) fn allows(allowed: Option<&[WarningName]>, code: DiagnosticCode) -> bool {
    !code.is_error() && allowed.is_some_and(|names| names.iter().any(|name| name.refers_to(code)))
}

/// Returns the code and the name of each warning.
fn warning_names() -> Vec<String> {
    let warnings = DiagnosticCode::ALL.iter().filter(|code| !code.is_error());
    warnings
        .flat_map(|code| [code.name(), code.as_str().to_owned()])
        .collect()
}
