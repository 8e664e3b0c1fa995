//! What the service says where it refuses.

use std::fmt;

use serde_json::Value;

use super::errors::Target;
use super::scrub;

/// The longest text of the service that is repeated.
pub(super) const LONGEST: usize = 300;

/// A refusal in the service's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What was asked.
    pub target: Target,
    /// The HTTP status.
    pub status: u16,
    /// Every reason that was given, the main one first; never empty.
    pub problems: Vec<Problem>,
    /// The id under which the vendor's support finds the request.
    pub request_id: Option<String>,
}

/// One entry of an answer's `errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Such as `CMN-101`; empty where the service gave none.
    pub code: String,
    /// For people.
    pub message: String,
    /// The field that is at fault.
    pub parameter: Option<String>,
}

/// Every problem that a body names: its `errors`, else its top level, else the OAuth form.
pub(super) fn problems(body: &Value, secrets: &[&str]) -> Vec<Problem> {
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.map(|text| scrub::clean(text, secrets, LONGEST))
    };
    let problem = |value: &Value, code: &str, message: &str| {
        let problem = Problem {
            code: text(value, code).unwrap_or_default(),
            message: text(value, message).unwrap_or_default(),
            parameter: text(value, "parameterName")
                .or_else(|| text(value.pointer("/parameters/0")?, "parameterName")),
        };
        let says_nothing = problem.code.is_empty() && problem.message.is_empty();
        (!says_nothing).then_some(problem)
    };
    let listed = body.get("errors").and_then(Value::as_array);
    let found: Vec<Problem> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| problem(entry, "errorCode", "message"))
        .collect();
    if !found.is_empty() {
        return found;
    }
    problem(body, "errorCode", "message")
        .or_else(|| problem(body, "error", "error_description"))
        .into_iter()
        .collect()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        if !self.code.is_empty() {
            f.write_str(&self.code)?;
            space = " ";
        }
        if let Some(parameter) = &self.parameter {
            write!(f, "{space}[{parameter}]")?;
            space = " ";
        }
        if !self.message.is_empty() {
            write!(f, "{space}{}", self.message)?;
        }
        Ok(())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused: ", self.target)?;
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "; " })?;
        }
        write!(f, " (status {}", self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for ApiError {}
