//! A company of so many users: a repository that describes them, and the account that is almost as described.
//!
//! The same number gives the same company. Two users are written by hand, and set up in a sandbox by the
//! program itself; all others are one of these two with their own numbers and ids. So the bodies are those of
//! the service, as far as the sandbox knows it.

mod files;

use std::path::Path;
use std::process::Command;

use callrules::client::{Client, Config};
use callrules::engine::account::Read;
use callrules::model::ExtensionId;
use callrules::sandbox::{Options, Sandbox, Seed};
use serde_json::{Map, Value, json};

/// The account's id.
pub(crate) const ACCOUNT: &str = "37440900";

/// How many users are set up in the sandbox: one who keeps all rules in one file, and one with a profile.
const KINDS: usize = 2;

/// What everything that goes wrong here is.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The ids, numbers and names of a user. All users' are equally long and occur nowhere else, so that one user's
/// can be put in the place of another's.
pub(crate) fn id(user: usize) -> String {
    format!("80{user:07}")
}

fn extension(user: usize) -> String {
    format!("{}", 100_000 + user)
}

fn cell(user: usize) -> String {
    format!("+1650{}", 2_000_000 + user)
}

/// The two lists of a user, as the service sends them.
pub(crate) struct Lists {
    /// The interaction rules.
    pub(crate) rules: String,
    /// The state rules.
    pub(crate) states: String,
}

/// The account of such a company, without its number of users.
pub(crate) struct Account {
    kinds: Vec<Lists>,
}

impl Account {
    /// Sets both kinds of users up in a sandbox, and reads what became of them.
    pub(crate) fn set_up() -> Result<Account, Failure> {
        let folder = tempfile::tempdir()?;
        files::write(folder.path(), KINDS, FEW_DIFFER)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let sandbox = runtime.block_on(Sandbox::start(Options {
            seed: Seed::from_value(seed())?,
            ..Options::default()
        }))?;
        let applied = program(folder.path(), &sandbox.url())
            .args(["apply", "--auto-approve"])
            .output()?;
        if !applied.status.success() {
            return Err(String::from_utf8_lossy(&applied.stderr).into());
        }
        let url = sandbox.url();
        let client = Client::new(Config::from_env(|name| Some(variable(name, &url)))?)?;
        let kinds = (0..KINDS).map(|kind| runtime.block_on(read(&client, kind)));
        Ok(Account {
            kinds: kinds.collect::<Result<_, _>>()?,
        })
    }

    /// What the account has of a user.
    pub(crate) fn lists(&self, user: usize) -> Lists {
        let kind = user % KINDS;
        let own = |text: &String| {
            text.replace(&id(kind), &id(user))
                .replace(&cell(kind), &cell(user))
        };
        let Lists { rules, states } = &self.kinds[kind];
        Lists {
            rules: own(rules),
            states: own(states),
        }
    }
}

/// Of so many files one says something else than the account, as on a day like any other.
pub(crate) const FEW_DIFFER: usize = 100;

/// Writes the repository of a company. One file in `differs` says something else than the account.
pub(crate) fn write_files(folder: &Path, users: usize, differs: usize) -> Result<(), Failure> {
    files::write(folder, users, differs)
}

/// The entries of the account's directory.
pub(crate) fn directory(users: usize) -> Vec<Value> {
    let user = |user: usize| {
        json!({
            "id": id(user).parse::<u64>().unwrap_or_default(),
            "extensionNumber": extension(user),
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

/// The program in a repository, against a server.
pub(crate) fn program(folder: &Path, server: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callrules"));
    command.arg("-C").arg(folder);
    for name in [
        "RC_SERVER_URL",
        "RC_APP_CLIENT_ID",
        "RC_APP_CLIENT_SECRET",
        "RC_USER_JWT",
    ] {
        command.env(name, variable(name, server));
    }
    command.env("CALLRULES_NOW", "2026-11-21T09:00:00");
    command
}

fn variable(name: &str, server: &str) -> String {
    match name {
        "RC_SERVER_URL" => server.to_owned(),
        "RC_USER_JWT" => "a.b.c".to_owned(),
        _ => "company".to_owned(),
    }
}

fn seed() -> Value {
    let user = |user: usize| {
        json!({
            "id": id(user),
            "extensionNumber": extension(user),
            "name": format!("User {user}"),
            "timezone": "America/Los_Angeles",
        })
    };
    let mut extensions: Vec<Value> = (0..KINDS).map(user).collect();
    extensions.push(json!({
        "id": "790000000", "extensionNumber": "900", "type": "Department", "name": "Front desk",
    }));
    json!({ "account": { "id": ACCOUNT, "name": "Company" }, "extensions": extensions })
}

async fn read(client: &Client, kind: usize) -> Result<Lists, Failure> {
    let user = ExtensionId(id(kind));
    let rules = client.interaction_rules(&user).await?;
    let states = client.state_rules(&user).await?;
    Ok(Lists {
        rules: list(rules.into_iter().map(|rule| rule.body)),
        states: list(states.into_iter().map(|rule| rule.body)),
    })
}

/// A list of one page.
fn list(records: impl Iterator<Item = Map<String, Value>>) -> String {
    let records: Vec<Value> = records.map(Value::Object).collect();
    let paging =
        json!({ "page": 1, "perPage": 1000, "totalPages": 1, "totalElements": records.len() });
    json!({ "records": records, "paging": paging }).to_string()
}
