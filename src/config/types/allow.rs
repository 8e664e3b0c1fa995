//! Warnings that are meant.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

use super::text::text_type;
use crate::config::explain::suggest;
use crate::diagnostic::Code;

text_type! {
    /// A warning: its code, such as `W0110`, or its name, such as `long-ring`.
    WarningName, numbers: None, pattern: format!("^({})$", words().join("|")),
    hint: "expected the code or name of a warning, such as W0110 or long-ring",
    examples: ["W0110", "long-ring"],
    check: |text| match Code::find(text) {
        _ if words().iter().any(|word| word == text) => Ok(()),
        Some(code) if code.is_error() => Err(format!(
            "`{text}` is an error\nonly warnings can be allowed: their codes begin with `W`"
        )),
        _ => Err(format!("there is no warning `{text}`\n{}", suggest(text, &words()))),
    }
}

impl WarningName {
    fn names(&self, code: Code) -> bool {
        Code::find(&self.0) == Some(code)
    }
}

/// Whether a list of warnings that are meant has this one. Errors are never meant.
pub(super) fn allows(list: Option<&[WarningName]>, code: Code) -> bool {
    !code.is_error() && list.is_some_and(|list| list.iter().any(|name| name.names(code)))
}

/// Every way to name a warning.
fn words() -> Vec<String> {
    let warnings = Code::ALL.iter().filter(|code| !code.is_error());
    warnings
        .flat_map(|code| [code.name(), code.as_str().to_owned()])
        .collect()
}
