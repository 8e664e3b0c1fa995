//! The configuration examples of the pages: each one loads, plans and applies, or fails with the
//! code that the page names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callrules::client::{ApiClient, ClientConfig};
use callrules::config::{self, Repository};
use callrules::model::NameIndex;
use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{self, AccountPlan, ChangeOutcome, WriteVerification};
use callrules::sandbox::{SandboxOptions, SandboxSeed, SandboxServer};
use callrules::yaml;
use serde_json::Value;

use super::{Block, blocks_in, root};

/// The pages whose YAML and CSV blocks are examples of the configuration language.
const PAGES: [&str; 3] = [
    "docs/concepts/declarations.md",
    "docs/concepts/rule-matching.md",
    "docs/reference/language.md",
];

const SETTINGS: &str = "account: \"37439510\"\nprune: none\n";

/// Starts a sandbox with the account of `examples/acme` and returns it with a client.
pub(super) async fn acme() -> (SandboxServer, ApiClient) {
    let seed = SandboxSeed::load(&root().join("examples/acme/sandbox")).unwrap();
    let options = SandboxOptions {
        seed,
        ..SandboxOptions::default()
    };
    let sandbox = SandboxServer::start(options).await.unwrap();
    let config = ClientConfig::from_env(|name| {
        Some(match name {
            "RC_SERVER_URL" => sandbox.url(),
            "RC_USER_JWT" => "sandbox.sandbox.sandbox".to_owned(),
            _ => "sandbox".to_owned(),
        })
    });
    let client = ApiClient::new(config.unwrap()).unwrap();
    (sandbox, client)
}

/// Returns `callrules.yaml` and the user file of a repository that contains an example.
pub(crate) fn files(block: &Block) -> (String, Option<String>) {
    let text = |indent: usize| -> String {
        let indent = " ".repeat(indent);
        block
            .text
            .lines()
            .map(|line| format!("{indent}{line}\n"))
            .collect()
    };
    let owner = block.note("owner").unwrap_or("102");
    let head = format!("extension: \"{owner}\"\n");
    let user = match block.info.get(1).map(String::as_str) {
        Some("settings") => return (block.text.clone(), None),
        Some("calendar") => using(&head, block, |name| {
            format!("schedule: {{ calendar: {name} }}")
        }),
        Some("contacts") => using(&head, block, |name| {
            format!("callerIds: [{{ contacts: {name} }}]")
        }),
        Some("profile") => format!("{head}profiles: [{}]\n", shared_name(block).unwrap()),
        Some("user") => block.text.clone(),
        Some("tests") => fs::read_to_string(root().join("examples/acme/users/alex.yaml")).unwrap(),
        Some("rules") => format!("{head}interactionRules:\n{}", text(2)),
        // Only members of a queue have the state `agent`.
        Some("states") => format!("extension: \"104\"\nstates:\n{}", text(2)),
        Some("conditions") => format!(
            "{head}interactionRules:\n  Example:\n    conditions:\n{}    \
             dispatching: {{ type: Terminate, terminate: voicemail }}\n",
            text(6)
        ),
        Some("dispatching") => format!(
            "{head}interactionRules:\n  Example:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    \
             dispatching:\n{}",
            text(6)
        ),
        other => panic!("{}: unknown kind of example: {other:?}", block.location()),
    };
    (SETTINGS.to_owned(), Some(user))
}

/// Returns a user file with a rule that refers to the file in an example.
fn using(head: &str, block: &Block, condition: impl Fn(&str) -> String) -> String {
    let condition = condition(&shared_name(block).unwrap());
    format!(
        "{head}interactionRules:\n  Example:\n    conditions: {{ {condition} }}\n    \
         dispatching: {{ type: Terminate, terminate: voicemail }}\n"
    )
}

/// Returns the name by which other files refer to the file in an example.
fn shared_name(block: &Block) -> Option<String> {
    let path = Path::new(block.note("file")?);
    Some(path.file_stem()?.to_str()?.to_owned())
}

/// Returns the configuration examples of all pages.
fn examples() -> Vec<Block> {
    let mut examples = Vec::new();
    for page in PAGES {
        examples.extend(blocks_in(page, "yaml"));
        examples.extend(blocks_in(page, "csv"));
    }
    assert!(examples.len() > 80, "only {} examples", examples.len());
    examples
}

#[tokio::test(flavor = "multi_thread")]
async fn configuration_examples_load_and_apply() {
    let examples = examples();
    let mut failures = Vec::new();
    for block in &examples {
        if let Err(reason) = check_example(block, &examples).await {
            failures.push(format!("{}: {reason}", block.location()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Whether a text refers to the file in an example.
fn is_named(block: &Block, text: &str) -> bool {
    let (Some(path), Some(name)) = (block.note("file"), shared_name(block)) else {
        return false;
    };
    let key = match path.split('/').next() {
        Some("calendars") => "calendar: ",
        Some("contacts") => "contacts: ",
        _ => "profiles: ",
    };
    text.match_indices(key).any(|(at, _)| {
        let value = text[at + key.len()..].lines().next().unwrap_or_default();
        let value = value.split(['}', ']']).next().unwrap_or_default();
        value.split(['[', ',']).any(|named| named.trim() == name)
    })
}

async fn check_example(block: &Block, all: &[Block]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (settings, user) = files(block);
    let mut needed: Vec<&Block> = Vec::new();
    if block.note("file").is_some() {
        needed.push(block);
    }
    let mut texts = vec![&block.text];
    while let Some(text) = texts.pop() {
        for other in all {
            let is_known = needed
                .iter()
                .any(|known| known.location() == other.location());
            if !is_known && is_named(other, text) {
                needed.push(other);
                texts.push(&other.text);
            }
        }
    }
    for other in needed {
        let path = folder.path().join(other.note("file").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &other.text).unwrap();
    }
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    let user = user.unwrap_or_else(|| "extension: \"101\"\n".to_owned());
    fs::write(folder.path().join("users/example.yaml"), user).unwrap();
    if block.info[1..].first().is_some_and(|word| word == "tests") {
        fs::create_dir(folder.path().join("tests")).unwrap();
        fs::write(folder.path().join("tests/example.yaml"), &block.text).unwrap();
    }
    let loaded = config::load(folder.path());
    let found: BTreeSet<&str> = loaded.diagnostics.iter().map(|d| d.code.as_str()).collect();
    let expected: BTreeSet<&str> = block.info.iter().skip(2).map(String::as_str).collect();
    if found != expected {
        return Err(format!("expected {expected:?}: {:#?}", loaded.diagnostics));
    }
    match loaded.repository {
        Some(repository) if block.note("offline").is_none() => converges(&repository).await,
        _ => Ok(()),
    }
}

/// Plans and applies twice. The second plan must be empty.
async fn converges(repository: &Repository) -> Result<(), String> {
    let (sandbox, client) = acme().await;
    for last in [false, true] {
        let plan = plan(repository, &client).await?;
        if last && !plan.is_empty() {
            return Err(format!("the second plan is not empty: {plan:#?}"));
        }
        let directory = client.directory().await.unwrap();
        let report =
            reconcile::apply_plan(&client, &plan, &directory, WriteVerification::ReadBack, &())
                .await;
        for settled in &report.changes {
            match &settled.outcome {
                ChangeOutcome::Applied {
                    differences_from_request: otherwise,
                } if otherwise.is_empty() => {}
                _ => return Err(format!("{settled:#?}")),
            }
        }
    }
    sandbox.stop().await;
    Ok(())
}

async fn plan(repository: &Repository, client: &ApiClient) -> Result<AccountPlan, String> {
    let directory = client.directory().await.unwrap();
    let mut users = Vec::new();
    for user in &repository.users {
        let Repository {
            settings,
            referenced_files: shared,
            ..
        } = repository;
        let lists = config::name_lists(&user.file, shared, &directory);
        let read = reconcile::fetch_name_lists(client, lists).await.into_iter();
        let name_index: NameIndex = read.map(|(list, named)| (list, named.unwrap())).collect();
        let desired = config::resolve(&user.file, settings, shared, &directory, &name_index);
        let desired = desired.map_err(|found| format!("{found:#?}"))?;
        let live = reconcile::fetch_all_users(client, &[(&desired).into()]).await;
        let live = live.into_iter().next().unwrap().unwrap();
        let (plan, mut problems) = reconcile::diff_user(&desired, &live, &directory, None);
        // The rule ids in the examples do not exist in the sandbox.
        problems.retain(|problem| {
            let deletes = problem.message.ends_with("so nothing is deleted");
            problem.key != Some("id") && !deletes
        });
        if !problems.is_empty() {
            return Err(format!("{problems:#?}"));
        }
        users.push(plan);
    }
    Ok(AccountPlan {
        account: client.account_id().await.unwrap(),
        users,
    })
}

/// An independent YAML parser reads the same values from every file and example.
#[test]
fn yaml_examples_parse_the_same_with_serde_yaml() {
    let mut texts: Vec<(String, String)> = examples()
        .into_iter()
        .filter(|block| block.info[0] == "yaml")
        // Parsers differ in what they do with a duplicate key.
        .filter(|block| block.info.last().is_none_or(|code| code != "E0004"))
        .map(|block| (block.location(), block.text))
        .collect();
    for entry in walkdir::WalkDir::new(root().join("examples")) {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "yaml") {
            let text = fs::read_to_string(entry.path()).unwrap();
            texts.push((entry.path().display().to_string(), text));
        }
    }
    for (location, text) in texts {
        let theirs: Value =
            serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{location}: {e}"));
        let (node, faults) = yaml::parse(&yaml::SourceFile::new(&location, text));
        assert!(faults.is_empty(), "{location}: {faults:?}");
        let yaml::LenientValue {
            value: ours,
            errors: faults,
            ..
        } = yaml::deserialize_lenient::<Value>(&node.unwrap());
        assert!(faults.is_empty(), "{location}: {faults:?}");
        assert_eq!(ours, Some(theirs), "{location}");
    }
}
