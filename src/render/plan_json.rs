//! A plan as scripts read it: a contract with a version.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostics::position;
use crate::diagnostic::Diagnostic;
use crate::engine::{Allowed, Objection, Plan, Seen, Summary, UserPlan, objections};
use crate::model::Shard;

/// Changes only when a script that reads it must change too.
pub const FORMAT_VERSION: &str = "1.0";

/// What the run knows beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// When the plan was made, as RFC 3339 in UTC.
    pub created_at: &'a str,
    /// The part of the users that it is for; none where it is for all in scope.
    pub shard: Option<Shard>,
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
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
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
    /// The rule or state that it is about, where the message does not name it.
    pub rule: Option<&'a str>,
    /// The problem.
    pub diagnostic: &'a Diagnostic,
}

/// What would be changed on an account, and what callers will notice of it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules plan --format json")]
pub struct Document<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The version of callrules.
    callrules: &'static str,
    /// The account.
    account: Account<'a>,
    /// When the plan was made, in UTC.
    created_at: &'a str,
    /// The part of the users that it is for; `null` where it is for all in scope.
    shard: Option<Shard>,
    /// Requests by what they do, and how many users they are for.
    summary: Summary,
    /// The users of whom something is to be said, in the order of their numbers.
    users: Vec<UserPlan>,
    /// What people should know.
    warnings: Vec<Told<'a>>,
    /// What kept single users out of the plan.
    errors: Vec<Told<'a>>,
    /// Why `apply` will refuse this plan.
    guards: Vec<Guard>,
    /// How many requests it takes.
    requests: Requests,
    /// What was read anew and what was not; `null` without `--remember`.
    remembered: Option<Remembered<'a>>,
}

/// An account.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Account<'a> {
    /// Its id.
    pub(super) id: &'a str,
}

/// A problem.
#[derive(Debug, Serialize, Default, JsonSchema)]
struct Told<'a> {
    /// The kind of problem; `null` where a user could not be read.
    code: Option<&'static str>,
    /// What is.
    message: &'a str,
    /// The number of the user that it concerns.
    user: Option<&'a str>,
    /// The path in the repository.
    file: Option<&'a str>,
    /// The line, counted from 1.
    line: Option<usize>,
    /// The column in characters, counted from 1.
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
#[derive(Debug, Serialize, JsonSchema)]
struct Guard {
    /// `deletes`: many of the rules in scope would go; `emptied`: users would be left without any.
    code: &'static str,
    /// What it would do.
    message: String,
    /// What allows it, for this plan and no larger one.
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

/// How many requests a plan takes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Requests {
    /// Those that were made for it, sign-in included.
    made: u64,
    /// The writes that `apply` sends.
    to_apply: usize,
    /// The reads that it sends before them: each user that it changes, once more.
    to_read_again: usize,
}

/// A user without the fingerprints, which are for `apply` alone.
fn for_scripts(plan: &UserPlan) -> UserPlan {
    UserPlan {
        seen: Seen::default(),
        ..plan.clone()
    }
}

/// The document, for standard output.
pub fn render(plan: &Plan, context: Context<'_>) -> Result<String, serde_json::Error> {
    let summary = plan.summary();
    let writes = summary.create + summary.update + summary.delete;
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
        shard: context.shard,
        summary,
        users: users.map(for_scripts).collect(),
        warnings: warnings.into_iter().map(Told::from).collect(),
        errors: errors.into_iter().map(Told::from).chain(unread).collect(),
        guards: { objections(plan, Allowed::default()).into_iter() }
            .map(Guard::from)
            .collect(),
        remembered: context.remembered,
        requests: Requests {
            made: context.requests_made,
            to_apply: writes,
            to_read_again: plan.requests() - writes,
        },
    };
    serde_json::to_string_pretty(&document)
}
