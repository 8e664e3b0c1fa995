//! The overview as scripts read it.

use serde::Serialize;
use serde_json::{Value, json};

use super::counts::Counts;
use super::{Account, Overview};

/// Changes only when a script that reads it must change too.
const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct Total {
    accounts: usize,
    #[serde(flatten)]
    counts: Counts,
}

impl Overview {
    /// The document.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(&json!({
            "formatVersion": FORMAT_VERSION,
            "total": Total {
                accounts: self.accounts.len(),
                counts: self.total(),
            },
            "accounts": self.accounts.iter().map(account).collect::<Vec<_>>(),
        }))
    }
}

fn account(account: &Account) -> Value {
    let files: Vec<&String> = account.files.iter().map(|(file, _)| file).collect();
    let shards = account.parts();
    let shards = shards.map(|of| json!({ "of": of, "missing": account.missing() }));
    json!({
        "account": { "id": account.id },
        "files": files,
        "shards": shards,
        "summary": account.counts.summary,
        "warnings": account.warnings,
        "errors": account.errors,
        "guards": account.guards,
        "requests": account.counts.requests,
    })
}
