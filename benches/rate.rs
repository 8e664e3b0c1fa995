//! Measures how fully the rate limit is used.
//!
//! `cargo bench --bench rate`, on an idle machine. A few seconds replace the minute of the live
//! service. Times are reported. Unnecessary requests, avoidable 429 responses and unread users
//! fail.

#![expect(clippy::print_stdout, reason = "it reports")]

use std::time::{Duration, Instant};

use callrules::client::{ApiClient, ClientConfig};
use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{self, FetchRequest};
use callrules::sandbox::{SandboxOptions, SandboxRateLimit, SandboxSeed, SandboxServer};
use futures::future::try_join_all;
use serde_json::{Value, json};

type RateBenchError = Box<dyn std::error::Error>;

/// Two lists for each user and the directory make about 2,000 requests.
const USERS: usize = 1_000;

/// A service and its clients.
struct RateScenario {
    name: &'static str,
    limit: usize,
    /// The window that replaces a minute of the live service.
    window: Duration,
    faults: &'static [&'static str],
    clients: usize,
    /// The number of 429 responses that no client can avoid.
    allowed_refusals: usize,
}

/// Responses that use the same share of the window as half a second of a minute.
const QUICK_RESPONSES: &[&str] = &["slow delay=0.016"];

/// The window in whole seconds, as the rate headers report it.
const WINDOW: Duration = Duration::from_secs(2);

const SCENARIOS: &[RateScenario] = &[
    RateScenario::with_quick_responses(20, Duration::from_secs(1)),
    RateScenario::with_quick_responses(40, WINDOW),
    RateScenario::with_quick_responses(100, Duration::from_secs(3)),
    RateScenario::with_quick_responses(400, Duration::from_secs(6)),
    RateScenario {
        name: "answers of a live second",
        faults: &["slow delay=0.033"],
        ..RateScenario::with_quick_responses(40, WINDOW)
    },
    RateScenario {
        name: "a 429 out of turn each 200 requests",
        faults: &["429 every=200", "slow delay=0.016"],
        // Each of them is sent again, and can then be the 200th again.
        allowed_refusals: 2 * USERS / 200 + 1,
        ..RateScenario::with_quick_responses(40, WINDOW)
    },
    RateScenario {
        name: "two that know nothing of each other",
        clients: 2,
        // Each client may learn of the other through one 429; usually both see it in the remaining
        // limit.
        allowed_refusals: 10,
        ..RateScenario::with_quick_responses(40, WINDOW)
    },
];

impl RateScenario {
    const fn with_quick_responses(limit: usize, window: Duration) -> Self {
        RateScenario {
            name: "quick answers",
            limit,
            window,
            faults: QUICK_RESPONSES,
            clients: 1,
            allowed_refusals: 0,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), RateBenchError> {
    println!("limit   window  requests  refused  in a penalty      time     ideal    used");
    for scene in SCENARIOS {
        run_scenario(scene).await?;
    }
    Ok(())
}

/// Reads all users; each client reads its part.
async fn run_scenario(scene: &RateScenario) -> Result<(), RateBenchError> {
    let extensions: Vec<Value> = (0..USERS)
        .map(|number| json!({ "extensionNumber": (1000 + number).to_string() }))
        .collect();
    let faults: Result<_, _> = scene.faults.iter().map(|fault| fault.parse()).collect();
    let sandbox = SandboxServer::start(SandboxOptions {
        seed: SandboxSeed::from_value(json!({ "extensions": extensions }))?,
        limit: Some(SandboxRateLimit {
            limit: u32::try_from(scene.limit)?,
            window: scene.window,
        }),
        faults: faults?,
        ..SandboxOptions::default()
    })
    .await?;
    let began = Instant::now();
    try_join_all((0..scene.clients).map(|part| read_share(&sandbox, part, scene.clients))).await?;
    let took = began.elapsed().as_secs_f64();
    let exchanges = sandbox.exchanges();
    sandbox.stop().await;

    let asked = exchanges.iter().filter(|e| e.group == "Medium");
    let (refused, taken): (Vec<_>, Vec<_>) = asked.partition(|e| e.status == 429);
    let in_penalty = { refused.iter().chain(&taken) }.filter(|e| e.in_penalty);
    // The first window is open immediately; each further window needs its time.
    let windows = (taken.len() - 1) / scene.limit;
    let ideal = scene.window.as_secs_f64() * f64::from(u32::try_from(windows)?);
    println!(
        "{:>5}  {:>5.1} s  {:>8}  {:>7}  {:>12}  {took:>6.1} s  {ideal:>6.1} s  {:>5.1} %  {}",
        scene.limit,
        scene.window.as_secs_f64(),
        taken.len(),
        refused.len(),
        in_penalty.count(),
        ideal / took * 100.0,
        scene.name,
    );
    let needed = 2 * USERS + scene.clients;
    if taken.len() != needed || refused.len() > scene.allowed_refusals {
        return Err(format!(
            "{needed} requests and at most {} refusals were to be expected",
            scene.allowed_refusals
        )
        .into());
    }
    Ok(())
}

/// Reads every `of`th user with its own client.
async fn read_share(sandbox: &SandboxServer, part: usize, of: usize) -> Result<(), RateBenchError> {
    let variable = |name: &str| match name {
        "RC_SERVER_URL" => Some(sandbox.url()),
        "RC_USER_JWT" => Some("a.b.c".to_owned()),
        _ => Some("sandbox".to_owned()),
    };
    let client = ApiClient::new(ClientConfig::from_env(variable)?)?;
    let directory = client.directory().await?;
    let users = directory.extensions().iter().skip(part).step_by(of);
    let wanted = users.map(|user| FetchRequest {
        user: user.id.clone(),
        rules: true,
        states: true,
    });
    let wanted: Vec<FetchRequest> = wanted.collect();
    let read = reconcile::fetch_all_users(&client, &wanted).await;
    read.into_iter().try_for_each(|user| user.map(drop))?;
    Ok(())
}
