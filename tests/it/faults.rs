//! Injected faults, as an HTTP client sees them.

mod concurrent_edits;
mod delivery;
mod forms;
mod probability;
mod responses;
mod survival;
mod writes;

use std::time::{Duration, Instant};

use callrules::sandbox::{RecordedExchange, SandboxOptions};
use serde_json::{Value, json};

use crate::sandbox::{ALEX_PATH, SandboxClient, acme_seed};

/// Starts a sandbox with these faults, and signs in.
async fn start_with_faults(faults: &[&str]) -> SandboxClient {
    start_with_fault_seed(faults, 0).await
}

async fn start_with_fault_seed(faults: &[&str], fault_seed: u64) -> SandboxClient {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = SandboxOptions {
        faults,
        fault_seed,
        ..SandboxOptions::default()
    };
    SandboxClient::start_with(acme_seed(), options).await
}

fn rules_path() -> String {
    format!("{ALEX_PATH}/voice/interaction-rules")
}

/// Returns a rule that the sandbox accepts.
fn rule_body(name: &str) -> Value {
    let mut rule = crate::support::forwarding(name, "+14155550100", "+14155550199");
    let actions = rule["dispatching"]["actions"].as_array_mut().unwrap();
    actions.push(
        json!({ "type": "RingGroupAction", "enabled": false, "duration": 40,
        "targets": [{ "type": "DeviceRingTarget", "device": { "id": "801" } }] }),
    );
    rule
}

/// Returns the status and the fault of each request after the sign-in.
fn outcomes(api: &SandboxClient) -> Vec<(u16, Option<&'static str>)> {
    let exchanges = api.sandbox.exchanges();
    let outcomes = exchanges.iter().skip(1).map(|e| (e.status, e.fault));
    outcomes.collect()
}

fn last_exchange(api: &SandboxClient) -> RecordedExchange {
    api.sandbox.exchanges().pop().unwrap()
}

/// Returns the names of the first user's rules on the account.
fn live_rule_names(api: &SandboxClient) -> Vec<String> {
    let account = api.sandbox.snapshot();
    let rules = account["extensions"][0]["interactionRules"].as_array();
    let names = rules.unwrap().iter().map(|rule| &rule["displayName"]);
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    (work.await, start.elapsed())
}
