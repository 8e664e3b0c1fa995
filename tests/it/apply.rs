//! An apply that can be left alone: what moved is refused, what is unclear is looked up, what is asked
//! to stop stops.

mod chaos;
mod closed_pipes;
mod concurrent_edit;
mod journal_oracle;
mod observer;
mod order;
mod scheduler_stalls;
mod stop;
mod unclear_creates;
mod write_responses;

use std::time::Duration;

use callrules::client::{self, Client, Config, Patience};
use callrules::config;
use callrules::engine::account::Read;
use callrules::engine::{self, Outcome, Plan, Report, Wanted};
use callrules::model::{Catalogue, DesiredUser};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv};

fn credentials(url: &str) -> Config {
    Config {
        server: url.parse().unwrap(),
        client_id: "id".to_owned(),
        client_secret: "secret".to_owned().into(),
        jwt: "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl".to_owned().into(),
    }
}

/// A client that does not wait long between attempts.
pub(crate) fn client(url: &str) -> Client {
    let patience = Patience {
        retry_delay: Duration::from_millis(5),
        trouble: Duration::from_secs(2),
        landing: Duration::from_millis(60),
        ..Patience::default()
    };
    Client::with_patience(credentials(url), patience).unwrap()
}

/// What the files of a env ask for.
async fn desired(env: &TestEnv, client: &Client) -> Vec<DesiredUser> {
    let repository = config::load(env.path()).repository.unwrap();
    let directory = client.directory().await.unwrap();
    let catalogue = Catalogue::default();
    let resolve = |user: &config::User| {
        config::resolve(
            &user.file,
            &repository.settings,
            &repository.shared,
            &directory,
            &catalogue,
        )
        .unwrap()
    };
    repository.users.iter().map(resolve).collect()
}

async fn plan(client: &Client, users: &[DesiredUser]) -> Result<Plan, client::Error> {
    let directory = client.directory().await?;
    let wanted: Vec<Wanted> = users.iter().map(Wanted::from).collect();
    let mut plans = Vec::new();
    for (desired, live) in users
        .iter()
        .zip(engine::fetch(client, &wanted, async |_, live| live).await)
    {
        let (plan, problems) = engine::diff(desired, &live?, &directory);
        assert!(problems.iter().all(|p| p.is_warning), "{problems:?}");
        plans.push(plan);
    }
    Ok(Plan {
        account: ACCOUNT.to_owned(),
        users: plans,
    })
}

/// The outcomes, a word each.
fn words<E>(report: &Report<'_, E>) -> Vec<&'static str> {
    let word = |outcome: &Outcome<E>| match outcome {
        Outcome::Done { .. } => "done",
        Outcome::Failed(_) => "failed",
        Outcome::Refused(_) => "refused",
        Outcome::NotTried => "not tried",
    };
    report.changes.iter().map(|s| word(&s.outcome)).collect()
}

/// The names of a user's interaction rules on the account.
fn names(user: &Value) -> Vec<String> {
    let rules = user["interactionRules"].as_array().unwrap().iter();
    let names = rules.map(|rule| rule["displayName"].as_str().unwrap().to_owned());
    names.collect()
}

/// A user file with these rules, each of which forwards calls from one number.
fn file(number: &str, rules: &[&str]) -> String {
    let rule = json!({
        "conditions": { "callerIds": ["+16501111111"] },
        "dispatching": { "type": "Terminate", "terminate": { "phoneNumber": "+14082324343" } },
    });
    let rules: serde_json::Map<_, _> = { rules.iter() }
        .map(|name| ((*name).to_owned(), rule.clone()))
        .collect();
    json!({ "extension": number, "interactionRules": rules }).to_string()
}
