//! A company of a given size: a repository, and an account that almost matches it.
//!
//! The same size gives the same company. Two users are written by hand and set up in a sandbox by
//! the program itself; all others are copies with their own numbers and ids. So the bodies are as
//! realistic as the sandbox.

mod files;

use std::path::Path;
use std::process::Command;

use callrules::client::{ApiClient, ClientConfig};
use callrules::model::ExtensionId;
use callrules::reconcile::account::AccountReader;
use callrules::sandbox::{SandboxOptions, SandboxSeed, SandboxServer};
use serde_json::{Map, Value, json};

/// The id of the account.
pub(crate) const ACCOUNT: &str = "37440900";

/// The number of users in the sandbox: one with all rules in one file, and one with a profile.
const USER_KINDS: usize = 2;

/// The error type of the benches.
pub(crate) type BenchError = Box<dyn std::error::Error>;

/// The ids, numbers and names of a user. They have the same length for all users and occur nowhere
/// else, so that one user's can replace another's.
pub(crate) fn user_id(user: usize) -> String {
    format!("80{user:07}")
}

fn extension_number(user: usize) -> String {
    format!("{}", 100_000 + user)
}

fn cell_number(user: usize) -> String {
    format!("+1650{}", 2_000_000 + user)
}

/// The two lists of a user as the service sends them.
pub(crate) struct RuleLists {
    /// The interaction rules of the user.
    pub(crate) rules: String,
    /// The state rules of the user.
    pub(crate) states: String,
}

/// The account of a company of any size.
pub(crate) struct GeneratedAccount {
    templates: Vec<RuleLists>,
}

impl GeneratedAccount {
    /// Sets up both kinds of users in a sandbox and reads them.
    pub(crate) fn generate() -> Result<GeneratedAccount, BenchError> {
        let folder = tempfile::tempdir()?;
        files::write_repository(folder.path(), USER_KINDS, CHANGE_INTERVAL)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let sandbox = runtime.block_on(SandboxServer::start(SandboxOptions {
            seed: SandboxSeed::from_value(sandbox_seed())?,
            ..SandboxOptions::default()
        }))?;
        let applied = callrules_command(folder.path(), &sandbox.url())
            .args(["apply", "--auto-approve"])
            .output()?;
        if !applied.status.success() {
            return Err(String::from_utf8_lossy(&applied.stderr).into());
        }
        let url = sandbox.url();
        let client = ApiClient::new(ClientConfig::from_env(|name| Some(env_value(name, &url)))?)?;
        let kinds = (0..USER_KINDS).map(|kind| runtime.block_on(fetch_lists(&client, kind)));
        Ok(GeneratedAccount {
            templates: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the lists of a user.
    pub(crate) fn rule_lists(&self, user: usize) -> RuleLists {
        let kind = user % USER_KINDS;
        let own = |text: &String| {
            text.replace(&user_id(kind), &user_id(user))
                .replace(&cell_number(kind), &cell_number(user))
        };
        let RuleLists { rules, states } = &self.templates[kind];
        RuleLists {
            rules: own(rules),
            states: own(states),
        }
    }
}

/// One file in this many differs from the account, as on a typical day.
pub(crate) const CHANGE_INTERVAL: usize = 100;

/// Writes the repository of a company. One file in `differs` differs from the account.
pub(crate) fn write_files(folder: &Path, users: usize, differs: usize) -> Result<(), BenchError> {
    files::write_repository(folder, users, differs)
}

/// Returns the entries of the directory.
pub(crate) fn directory_records(users: usize) -> Vec<Value> {
    let user = |user: usize| {
        json!({
            "id": user_id(user).parse::<u64>().unwrap_or_default(),
            "extensionNumber": extension_number(user),
            "type": "User",
            "status": "Enabled",
            "name": format!("User {user}"),
            "contact": { "email": format!("user{user}@company.example") },
            "regionalSettings": { "timezone": { "name": "America/Los_Angeles" } },
        })
    };
    let queue = json!({
        "id": 790_000_000,
        "extensionNumber": "900",
        "type": "Department",
        "status": "Enabled",
        "name": "Front desk",
    });
    (0..users).map(user).chain([queue]).collect()
}

/// Returns the program in a repository, with a server.
pub(crate) fn callrules_command(folder: &Path, server: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    command.arg("-C").arg(folder);
    for name in [
        "RC_SERVER_URL",
        "RC_APP_CLIENT_ID",
        "RC_APP_CLIENT_SECRET",
        "RC_USER_JWT",
    ] {
        command.env(name, env_value(name, server));
    }
    command.env("CALLRULES_NOW", "2026-11-21T09:00:00");
    command
}

fn env_value(name: &str, server: &str) -> String {
    match name {
        "RC_SERVER_URL" => server.to_owned(),
        "RC_USER_JWT" => "a.b.c".to_owned(),
        _ => "company".to_owned(),
    }
}

fn sandbox_seed() -> Value {
    let user = |user: usize| {
        json!({
            "id": user_id(user),
            "extensionNumber": extension_number(user),
            "name": format!("User {user}"),
            "timezone": "America/Los_Angeles",
        })
    };
    let mut extensions: Vec<Value> = (0..USER_KINDS).map(user).collect();
    extensions.push(json!({
        "id": "790000000", "extensionNumber": "900", "type": "Department", "name": "Front desk",
    }));
    json!({ "account": { "id": ACCOUNT, "name": "Company" }, "extensions": extensions })
}

async fn fetch_lists(client: &ApiClient, kind: usize) -> Result<RuleLists, BenchError> {
    let user = ExtensionId(user_id(kind));
    let rules = client.interaction_rules(&user).await?;
    let states = client.state_rules(&user).await?;
    Ok(RuleLists {
        rules: list_body(rules.into_iter().map(|rule| rule.body)),
        states: list_body(states.into_iter().map(|rule| rule.body)),
    })
}

/// Returns a list with one page.
fn list_body(records: impl Iterator<Item = Map<String, Value>>) -> String {
    let records: Vec<Value> = records.map(Value::Object).collect();
    let paging =
        json!({ "page": 1, "perPage": 1000, "totalPages": 1, "totalElements": records.len() });
    json!({ "records": records, "paging": paging }).to_string()
}
