//! The overview as scripts read it.

use schemars::JsonSchema;
use serde::Serialize;

use super::counts::Counts;
use super::document::{Finding, Guard, Requests};
use super::{Account, Overview};
use crate::engine::Summary;

/// Changes only when a script that reads it must change too.
const FORMAT_VERSION: &str = "1.0";

/// Several plans together: what each account has, and all of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "callrules summarize --format json")]
pub struct Told<'a> {
    /// The version of this form. Another one is no form that you know.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: &'static str,
    /// All accounts added up.
    total: Total,
    /// Each account, in the order in which the files were given.
    accounts: Vec<Of<'a>>,
}

/// All accounts added up.
#[derive(Debug, Serialize, JsonSchema)]
struct Total {
    /// How many accounts there are.
    accounts: usize,
    #[serde(flatten)]
    counts: Counts,
}

/// What the plans of one account say.
#[derive(Debug, Serialize, JsonSchema)]
struct Of<'a> {
    /// The account.
    account: Id<'a>,
    /// The files of its plans.
    files: Vec<&'a str>,
    /// The parts that its users are in; `null` where one plan is for all.
    shards: Option<Parts>,
    /// Requests by what they do, and how many users they are for.
    summary: Summary,
    /// What people should know, each place once.
    warnings: &'a [Finding],
    /// What kept single users out.
    errors: &'a [Finding],
    /// Why `apply` will refuse.
    guards: &'a [Guard],
    /// What carrying it out takes.
    requests: Requests,
}

/// An account.
#[derive(Debug, Serialize, JsonSchema)]
struct Id<'a> {
    /// Its id.
    id: &'a str,
}

/// The parts of an account.
#[derive(Debug, Serialize, JsonSchema)]
struct Parts {
    /// How many there are.
    of: u32,
    /// Those that no file has.
    missing: Vec<u32>,
}

impl Overview {
    /// The document.
    pub fn told(&self) -> Told<'_> {
        Told {
            format_version: FORMAT_VERSION,
            total: Total {
                accounts: self.accounts.len(),
                counts: self.total(),
            },
            accounts: self.accounts.iter().map(Of::from).collect(),
        }
    }
}

impl<'a> From<&'a Account> for Of<'a> {
    fn from(account: &'a Account) -> Self {
        let parts = |of| Parts {
            of,
            missing: account.missing(),
        };
        Of {
            account: Id { id: &account.id },
            files: account.files.iter().map(|(file, _)| &**file).collect(),
            shards: account.parts().map(parts),
            summary: account.counts.summary,
            warnings: &account.warnings,
            errors: &account.errors,
            guards: &account.guards,
            requests: account.counts.requests,
        }
    }
}
