//! The summary of several plans as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::counts::SummaryCounts;
use super::plan_document::{ApplyRequestCounts, SummaryDiagnostic, SummaryGuard};
use super::{MultiPlanSummary, SummarizedAccount};
use crate::reconcile::ChangeSummary;

/// The version of the JSON format. It changes only with incompatible changes.
const FORMAT_VERSION: &str = "1.0";

/// A summary of several plans: the total, and the counts of each account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules summarize --format json")]
pub struct SummaryDocument<'a> {
    /// The version of this format. Reject versions that you don't know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// The totals of all accounts.
    total: SummaryTotal,
    /// Each account, in the order of the given files.
    accounts: Vec<AccountSummary<'a>>,
}

/// The totals of all accounts.
#[derive(Debug, Serialize, JsonSchema)]
struct SummaryTotal {
    /// The number of accounts.
    accounts: usize,
    #[serde(flatten)]
    counts: SummaryCounts,
}

/// The summary of the plans of one account.
#[derive(Debug, Serialize, JsonSchema)]
struct AccountSummary<'a> {
    /// The account of the plans.
    account: SummaryAccountRef<'a>,
    /// The files of its plans.
    files: Vec<&'a str>,
    /// The shards of the account's users; `null` if one plan covers all of them.
    shards: Option<ShardCoverage>,
    /// The number of changes by action, and the number of users that they affect.
    summary: ChangeSummary,
    /// The warnings, once per position.
    warnings: &'a [SummaryDiagnostic],
    /// The errors that excluded single users.
    errors: &'a [SummaryDiagnostic],
    /// The reasons for which `apply` will reject a plan.
    guards: &'a [SummaryGuard],
    /// The number of API requests that `apply` needs.
    requests: ApplyRequestCounts,
}

/// The RingCentral account of a summary.
#[derive(Debug, Serialize, JsonSchema)]
struct SummaryAccountRef<'a> {
    /// The id of the account.
    id: &'a str,
}

/// The shards of an account's users.
#[derive(Debug, Serialize, JsonSchema)]
struct ShardCoverage {
    /// The number of shards.
    of: u32,
    /// The shards without a plan file.
    missing: Vec<u32>,
}

impl MultiPlanSummary {
    /// Returns the JSON document of the summary.
    pub fn to_document(&self) -> SummaryDocument<'_> {
        SummaryDocument {
            format_version: FORMAT_VERSION,
            total: SummaryTotal {
                accounts: self.accounts.len(),
                counts: self.total(),
            },
            accounts: self.accounts.iter().map(AccountSummary::from).collect(),
        }
    }
}

impl<'a> From<&'a SummarizedAccount> for AccountSummary<'a> {
    fn from(account: &'a SummarizedAccount) -> Self {
        let coverage = |of| ShardCoverage {
            of,
            missing: account.missing_shards(),
        };
        AccountSummary {
            account: SummaryAccountRef { id: &account.id },
            files: account.files.iter().map(|(file, _)| &**file).collect(),
            shards: account.shard_count().map(coverage),
            summary: account.counts.summary,
            warnings: &account.warnings,
            errors: &account.errors,
            guards: &account.guards,
            requests: account.counts.requests,
        }
    }
}
