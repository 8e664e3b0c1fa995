//! Faults on demand, seen from the other end of the wire.

mod concurrent_edits;
mod delivery;
mod probability;
mod responses;
mod survival;

use std::time::{Duration, Instant};

use callrules::sandbox::{Exchange, Options};
use serde_json::Value;

use crate::sandbox::{ALEX, Api, acme};

/// A sandbox with faults, and a client that has signed in.
async fn faulty(faults: &[&str]) -> Api {
    seeded(faults, 0).await
}

async fn seeded(faults: &[&str], fault_seed: u64) -> Api {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = Options {
        faults,
        fault_seed,
        ..Options::default()
    };
    Api::with(acme(), options).await
}

fn rules() -> String {
    format!("{ALEX}/voice/interaction-rules")
}

/// A rule that the sandbox takes.
fn rule(name: &str) -> Value {
    crate::support::forwarding(name, "+14155550100", "+14155550199")
}

/// What became of each request, the sign-in aside.
fn log(api: &Api) -> Vec<(u16, Option<&'static str>)> {
    let exchanges = api.sandbox.exchanges();
    let shown = exchanges.iter().skip(1).map(|e| (e.status, e.fault));
    shown.collect()
}

fn last(api: &Api) -> Exchange {
    api.sandbox.exchanges().pop().unwrap()
}

/// The names of the rules that the account holds.
fn names(api: &Api) -> Vec<String> {
    let account = api.sandbox.snapshot();
    let rules = account["extensions"][0]["interactionRules"].as_array();
    let names = rules.unwrap().iter().map(|rule| &rule["displayName"]);
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let begin = Instant::now();
    (what.await, begin.elapsed())
}
