//! A plan as versioned JSON for scripts.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::diagnostics::line_and_column;
use crate::diagnostic::Diagnostic;
use crate::reconcile::{AccountPlan, ChangeSummary, SafetyViolation, UserPlan, UserSnapshot};

/// The facts about a run that are printed with its plan.
#[derive(Debug, Clone, Copy)]
pub struct PlanJsonContext<'a> {
    /// The time of the plan, in UTC, as RFC 3339.
    pub created_at: &'a str,
    /// The number of API requests that the run sent.
    pub requests_made: u64,
    /// Warnings, and the errors that excluded single users from the plan.
    pub diagnostics: &'a [PlanDiagnostic<'a>],
    /// Users who couldn't be read, each with the reason.
    pub unreadable: &'a [String],
    /// The reasons for which `apply` will refuse the plan.
    pub violations: &'a [SafetyViolation],
    /// How many users were read again; `None` without `--incremental`.
    pub incremental: Option<IncrementalStats<'a>>,
}

/// The number of users who were read again, and of those taken from the cache.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncrementalStats<'a> {
    /// The number of users taken from the cache.
    pub users: usize,
    /// The number of users read from the account.
    pub read: usize,
    /// The time up to which the audit trail was known before this run; `null` if it wasn't.
    pub since: Option<&'a str>,
    /// Why all users were read, if they were.
    pub full_read_reason: Option<&'a str>,
}

/// A problem with the user and the rule that it concerns.
#[derive(Debug, Clone, Copy)]
pub struct PlanDiagnostic<'a> {
    /// The user's extension number; `None` if the problem concerns the repository.
    pub user: Option<&'a str>,
    /// The rule or state that is affected, if the message doesn't name it.
    pub subject: Option<&'a str>,
    /// The error or warning.
    pub diagnostic: &'a Diagnostic,
}

/// The changes that `apply` would make to an account, and their effects on callers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules plan --format json")]
pub struct PlanDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The version of callrules that made the plan.
    callrules: &'static str,
    /// The account that the plan is for.
    account: PlanAccountRef<'a>,
    /// The time of the plan, in UTC, as RFC 3339.
    created_at: &'a str,
    /// The number of changes by action, and the number of users that they affect.
    summary: ChangeSummary,
    /// The users with changes, notes or unmanaged rules, ordered by extension number.
    users: Vec<UserPlan>,
    /// The warnings of the plan.
    warnings: Vec<PlanDiagnosticEntry<'a>>,
    /// The errors that excluded single users from the plan.
    errors: Vec<PlanDiagnosticEntry<'a>>,
    /// The reasons for which `apply` will refuse this plan.
    guards: Vec<PlanGuard>,
    /// The number of API requests.
    requests: PlanRequestCounts,
    /// The number of users who were read again; `null` without `--incremental`.
    incremental: Option<IncrementalStats<'a>>,
}

/// The RingCentral account of a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanAccountRef<'a> {
    /// The id of the account.
    pub(super) id: &'a str,
}

/// A warning or an error.
#[derive(Debug, Serialize, Default, JsonSchema)]
struct PlanDiagnosticEntry<'a> {
    /// The diagnostic code; `null` if a user couldn't be read.
    code: Option<&'static str>,
    /// What is wrong, for people.
    message: &'a str,
    /// The extension number of the affected user.
    user: Option<&'a str>,
    /// The path in the repository.
    file: Option<&'a str>,
    /// The line, counted from 1.
    line: Option<usize>,
    /// The column in characters, counted from 1.
    column: Option<usize>,
}

impl<'a> From<&PlanDiagnostic<'a>> for PlanDiagnosticEntry<'a> {
    fn from(entry: &PlanDiagnostic<'a>) -> Self {
        let (line, column) = line_and_column(entry.diagnostic);
        PlanDiagnosticEntry {
            code: Some(entry.diagnostic.code.as_str()),
            message: &entry.diagnostic.message,
            user: entry.user,
            file: Some(&entry.diagnostic.file),
            line,
            column,
        }
    }
}

/// A safety limit that the plan exceeds.
#[derive(Debug, Serialize, JsonSchema)]
struct PlanGuard {
    /// `deletes`: too many rules in scope are deleted. `emptied`: users lose their last rule.
    /// `users`: too many users change. `silenced`: phones of too many users stop ringing.
    code: &'static str,
    /// What the plan would do.
    message: String,
    /// The option that allows this plan, but no larger one.
    flag: String,
}

impl From<&SafetyViolation> for PlanGuard {
    fn from(violation: &SafetyViolation) -> Self {
        PlanGuard {
            code: violation.code(),
            message: violation.to_string(),
            flag: violation.override_flag(),
        }
    }
}

/// The number of API requests of a plan.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PlanRequestCounts {
    /// Requests sent for the plan, including sign-in.
    made: u64,
    /// Writes that `apply` will send.
    to_apply: usize,
    /// Reads that `apply` will send first, to check each user that it changes.
    to_reread: usize,
}

/// Returns a user plan without its snapshot, which only `apply` needs.
fn without_fingerprints(plan: &UserPlan) -> UserPlan {
    UserPlan {
        snapshot: UserSnapshot::default(),
        ..plan.clone()
    }
}

/// Returns the JSON document of a plan.
pub fn render(
    plan: &AccountPlan,
    context: PlanJsonContext<'_>,
) -> Result<String, serde_json::Error> {
    let summary = plan.summary();
    let writes = summary.create + summary.update + summary.delete;
    let users = plan.users.iter().filter(|user| user.has_output());
    let is_error = |entry: &&PlanDiagnostic<'_>| entry.diagnostic.is_error();
    let (errors, warnings): (Vec<&PlanDiagnostic<'_>>, Vec<&PlanDiagnostic<'_>>) =
        context.diagnostics.iter().partition(is_error);
    let unreadable = context
        .unreadable
        .iter()
        .map(|message| PlanDiagnosticEntry {
            message,
            ..PlanDiagnosticEntry::default()
        });
    let document = PlanDocument {
        format_version: FORMAT_VERSION,
        callrules: env!("CARGO_PKG_VERSION"),
        account: PlanAccountRef { id: &plan.account },
        created_at: context.created_at,
        summary,
        users: users.map(without_fingerprints).collect(),
        warnings: warnings
            .into_iter()
            .map(PlanDiagnosticEntry::from)
            .collect(),
        errors: errors
            .into_iter()
            .map(PlanDiagnosticEntry::from)
            .chain(unreadable)
            .collect(),
        guards: context.violations.iter().map(PlanGuard::from).collect(),
        incremental: context.incremental,
        requests: PlanRequestCounts {
            made: context.requests_made,
            to_apply: writes,
            to_reread: plan.request_count() - writes,
        },
    };
    serde_json::to_string_pretty(&document)
}
