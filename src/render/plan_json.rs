//! A plan as scripts read it: a contract with a version.

use serde::Serialize;

use super::diagnostics::position;
use crate::diagnostic::Diagnostic;
use crate::engine::{Plan, Summary, UserPlan};

/// Changes only when a script that reads it must change too.
pub const FORMAT_VERSION: &str = "1.0";

/// What the run knows beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// When the plan was made, as RFC 3339 in UTC.
    pub created_at: &'a str,
    /// How many requests the run has sent.
    pub requests_made: u64,
    /// What people should know, and what does not stop the run.
    pub warnings: &'a [Diagnostic],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: &'static str,
    callrules: &'static str,
    account: Account<'a>,
    created_at: &'a str,
    summary: Summary,
    users: Vec<User<'a>>,
    warnings: Vec<Warning<'a>>,
    requests: Requests,
}

#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct User<'a> {
    #[serde(flatten)]
    plan: &'a UserPlan,
    impact: [(); 0],
}

#[derive(Serialize)]
struct Warning<'a> {
    code: &'static str,
    message: &'a str,
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Requests {
    made: u64,
    to_apply: usize,
}

/// The document, for standard output.
pub fn render(plan: &Plan, context: Context<'_>) -> Result<String, serde_json::Error> {
    let summary = plan.summary();
    let users = plan.users.iter().filter(|user| user.is_worth_telling());
    let warnings = context.warnings.iter().map(|warning| {
        let (line, column) = position(warning);
        Warning {
            code: warning.code.as_str(),
            message: &warning.message,
            file: &warning.file,
            line,
            column,
        }
    });
    let document = Document {
        format_version: FORMAT_VERSION,
        callrules: env!("CARGO_PKG_VERSION"),
        account: Account { id: &plan.account },
        created_at: context.created_at,
        summary,
        users: users.map(|plan| User { plan, impact: [] }).collect(),
        warnings: warnings.collect(),
        requests: Requests {
            made: context.requests_made,
            to_apply: summary.requests(),
        },
    };
    serde_json::to_string_pretty(&document)
}
