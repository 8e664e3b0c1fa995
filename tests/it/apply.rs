//! Applies that run unattended: users who changed since the plan are refused, writes with an
//! unknown outcome are looked up, and a signal stops the run in order.

mod chaos;
mod closed_pipes;
mod concurrent_edit;
mod journal_oracle;
mod observer;
mod order;
mod scheduler_stalls;
mod stop;
mod unknown_outcomes;
mod write_responses;

use std::time::Duration;

use callrules::client::{self, ApiClient, ClientConfig, RetryPolicy};
use callrules::config;
use callrules::model::{DesiredUser, NameIndex};
use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{self, AccountPlan, ApplyReport, ChangeOutcome, FetchRequest};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv};

fn client_config(url: &str) -> ClientConfig {
    ClientConfig {
        server: url.parse().unwrap(),
        client_id: "id".to_owned(),
        client_secret: "secret".to_owned().into(),
        jwt: "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl".to_owned().into(),
    }
}

/// Returns a client with short delays between attempts.
pub(crate) fn client(url: &str) -> ApiClient {
    let patience = RetryPolicy {
        retry_delay: Duration::from_millis(5),
        max_elapsed: Duration::from_secs(2),
        in_flight_grace: Duration::from_millis(60),
        lock_delay: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    ApiClient::with_retry_policy(client_config(url), patience).unwrap()
}

/// Resolves the user files of the repository.
async fn resolve_users(env: &TestEnv, client: &ApiClient) -> Vec<DesiredUser> {
    let repository = config::load(env.path()).repository.unwrap();
    let directory = client.directory().await.unwrap();
    let name_index = NameIndex::default();
    let resolve = |user: &config::LoadedUser| {
        config::resolve(
            &user.file,
            &repository.settings,
            &repository.referenced_files,
            &directory,
            &name_index,
        )
        .unwrap()
    };
    repository.users.iter().map(resolve).collect()
}

async fn make_plan(
    client: &ApiClient,
    users: &[DesiredUser],
) -> Result<AccountPlan, client::ClientError> {
    let directory = client.directory().await?;
    let wanted: Vec<FetchRequest> = users.iter().map(FetchRequest::from).collect();
    let live_users = reconcile::fetch_all_users(client, &wanted).await;
    let devices = client.devices().await?;
    let mut plans = Vec::new();
    for (desired, live) in users.iter().zip(live_users) {
        let mut live = live?;
        if live.phones().is_none() {
            live.set_phones(devices.get(&desired.id).map_or(&[], Vec::as_slice));
        }
        let (plan, problems) = reconcile::diff_user(desired, &live, &directory, None);
        assert!(
            problems.iter().all(reconcile::DiffDiagnostic::is_warning),
            "{problems:?}"
        );
        plans.push(plan);
    }
    Ok(AccountPlan {
        account: ACCOUNT.to_owned(),
        users: plans,
    })
}

/// Returns the outcome of each change, in the order of the plan.
fn list_outcomes<E>(report: &ApplyReport<'_, E>) -> Vec<&'static str> {
    let name = |outcome: &ChangeOutcome<E>| match outcome {
        ChangeOutcome::Applied { .. } => "done",
        ChangeOutcome::Failed(_) => "failed",
        ChangeOutcome::Refused(_) => "refused",
        ChangeOutcome::NotAttempted => "not tried",
    };
    let outcomes = report.changes.iter().map(|change| name(&change.outcome));
    outcomes.collect()
}

/// Returns the names of the interaction rules that a user has on the account.
fn list_rule_names(user: &Value) -> Vec<String> {
    let rules = user["interactionRules"].as_array().unwrap().iter();
    let names = rules.map(|rule| rule["displayName"].as_str().unwrap().to_owned());
    names.collect()
}

/// Returns a user file with these rules, each of which forwards the calls of one caller.
fn build_user_file(number: &str, names: &[&str]) -> String {
    let rule = json!({
        "conditions": { "callerIds": ["+16501111111"] },
        "dispatching": { "type": "Terminate", "terminate": { "phoneNumber": "+14082324343" } },
    });
    let rules = names.iter().map(|name| ((*name).to_owned(), rule.clone()));
    let rules: serde_json::Map<_, _> = rules.collect();
    json!({ "extension": number, "interactionRules": rules }).to_string()
}

/// Returns what follows the last blank line: the counts and the report of an apply.
pub(crate) fn last_paragraph(text: &str) -> &str {
    text.rsplit("\n\n").next().unwrap()
}

/// Returns the lines from the first error or warning on: what precedes them differs between runs.
pub(crate) fn problem_lines(text: &str) -> &str {
    let is_problem = |line: &str| line.starts_with("error") || line.starts_with("warning");
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if is_problem(line) {
            return &text[start..];
        }
        start += line.len();
    }
    panic!("no error or warning in:\n{text}");
}

/// Replaces what differs between runs: the address of the sandbox, the path of the repository, and
/// the time in the name of a journal.
pub(crate) fn mask_run(env: &TestEnv, text: &str) -> String {
    let text = env.without_paths(text);
    let url = env.sandbox().url();
    let (_, host) = url.split_once("://").unwrap();
    let text = text.replace(&url, "[server]").replace(host, "[host]");
    let text = text.replace(&env.path().display().to_string(), "[repository]");
    let mut parts = text.split("/journal/");
    let mut masked = parts.next().unwrap().to_owned();
    for part in parts {
        let name = part.find(".jsonl").map_or(part, |end| &part[end..]);
        masked.push_str("/journal/[time]");
        masked.push_str(name);
    }
    masked
}
