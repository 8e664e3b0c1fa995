//! A plan as scripts read it: a contract with a version.

use serde::Serialize;

use super::diagnostics::position;
use crate::diagnostic::Diagnostic;
use crate::engine::{Allowed, Objection, Plan, Seen, Summary, UserPlan, objections};

/// Changes only when a script that reads it must change too.
pub const FORMAT_VERSION: &str = "1.0";

/// What the run knows beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// When the plan was made, as RFC 3339 in UTC.
    pub created_at: &'a str,
    /// How many requests the run has sent.
    pub requests_made: u64,
    /// What people should know, and what kept single users out of the plan.
    pub notices: &'a [Notice<'a>],
    /// Users that could not be read, each with the reason.
    pub unread: &'a [String],
    /// What was read anew and what was not, where that was asked.
    pub remembered: Option<Remembered<'a>>,
}

/// How many users were read anew.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered<'a> {
    /// Users of whom nothing had to be read.
    pub users: usize,
    /// Users who were read.
    pub read: usize,
    /// Up to when the account's audit trail was known before this run; none where it was not.
    pub since: Option<&'a str>,
    /// Why everybody was read, where that was so.
    pub why_all: Option<&'a str>,
}

/// A problem, and the number of the user that it concerns.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The user's number; none where it concerns the repository.
    pub user: Option<&'a str>,
    /// The problem.
    pub diagnostic: &'a Diagnostic,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    format_version: &'static str,
    callrules: &'static str,
    account: Account<'a>,
    created_at: &'a str,
    summary: Summary,
    users: Vec<User>,
    warnings: Vec<Told<'a>>,
    errors: Vec<Told<'a>>,
    guards: Vec<Guard>,
    requests: Requests,
    remembered: Option<Remembered<'a>>,
}

#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct User {
    #[serde(flatten)]
    plan: UserPlan,
}

impl From<&UserPlan> for User {
    fn from(plan: &UserPlan) -> Self {
        let plan = UserPlan {
            // Fingerprints are for `apply` alone.
            seen: Seen::default(),
            ..plan.clone()
        };
        User { plan }
    }
}

#[derive(Serialize, Default)]
struct Told<'a> {
    code: Option<&'static str>,
    message: &'a str,
    user: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> From<&Notice<'a>> for Told<'a> {
    fn from(notice: &Notice<'a>) -> Self {
        let (line, column) = position(notice.diagnostic);
        Told {
            code: Some(notice.diagnostic.code.as_str()),
            message: &notice.diagnostic.message,
            user: notice.user,
            file: Some(&notice.diagnostic.file),
            line,
            column,
        }
    }
}

/// What `apply` will refuse, unless it is allowed.
#[derive(Serialize)]
struct Guard {
    code: &'static str,
    message: String,
    flag: String,
}

impl From<Objection> for Guard {
    fn from(objection: Objection) -> Self {
        Guard {
            code: objection.code(),
            message: objection.to_string(),
            flag: objection.flag(),
        }
    }
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
    let is_error = |notice: &&Notice<'_>| notice.diagnostic.is_error();
    let (errors, warnings): (Vec<&Notice<'_>>, Vec<&Notice<'_>>) =
        context.notices.iter().partition(is_error);
    let unread = context.unread.iter().map(|message| Told {
        message,
        ..Told::default()
    });
    let document = Document {
        format_version: FORMAT_VERSION,
        callrules: env!("CARGO_PKG_VERSION"),
        account: Account { id: &plan.account },
        created_at: context.created_at,
        summary,
        users: users.map(User::from).collect(),
        warnings: warnings.into_iter().map(Told::from).collect(),
        errors: errors.into_iter().map(Told::from).chain(unread).collect(),
        guards: { objections(plan, Allowed::default()).into_iter() }
            .map(Guard::from)
            .collect(),
        remembered: context.remembered,
        requests: Requests {
            made: context.requests_made,
            to_apply: summary.create + summary.update + summary.delete,
        },
    };
    serde_json::to_string_pretty(&document)
}
