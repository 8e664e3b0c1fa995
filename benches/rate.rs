//! How fully the rate limit is used.
//!
//! `cargo bench --bench rate`, on a machine with nothing else to do: a few seconds stand for the minute of the live
//! service. Times are reported. What fails is a request too many, a refusal that could be foreseen, and a user
//! who is not read.

#![expect(clippy::print_stdout, reason = "it reports")]

use std::time::{Duration, Instant};

use callrules::client::{Client, Config};
use callrules::engine::account::Read;
use callrules::engine::{self, Wanted};
use callrules::sandbox::{Options, RateLimit, Sandbox, Seed};
use futures::future::try_join_all;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

/// With two lists for each of them and the directory, 2,000 requests and one or two more.
const USERS: usize = 1_000;

/// A service, and who asks it.
struct Scene {
    what: &'static str,
    limit: usize,
    /// The minute of the live service.
    window: Duration,
    faults: &'static [&'static str],
    clients: usize,
    /// How many refusals nobody can foresee.
    unforeseen: usize,
}

/// Answers that take as much of their window as half a second does of a minute.
const QUICK: &[&str] = &["slow delay=0.016"];

/// Whole seconds: answers tell it in these.
const WINDOW: Duration = Duration::from_secs(2);

const SCENES: &[Scene] = &[
    Scene::quick(20, Duration::from_secs(1)),
    Scene::quick(40, WINDOW),
    Scene::quick(100, Duration::from_secs(3)),
    Scene::quick(400, Duration::from_secs(6)),
    Scene {
        what: "answers of a live second",
        faults: &["slow delay=0.033"],
        ..Scene::quick(40, WINDOW)
    },
    Scene {
        what: "a 429 out of turn each 200 requests",
        faults: &["429 every=200", "slow delay=0.016"],
        // Each of them is sent again, and may be the 200th then.
        unforeseen: 2 * USERS / 200 + 1,
        ..Scene::quick(40, WINDOW)
    },
    Scene {
        what: "two that know nothing of each other",
        clients: 2,
        // Each may learn of the other by one; mostly both learn of it by what is left.
        unforeseen: 10,
        ..Scene::quick(40, WINDOW)
    },
];

impl Scene {
    const fn quick(limit: usize, window: Duration) -> Self {
        Scene {
            what: "quick answers",
            limit,
            window,
            faults: QUICK,
            clients: 1,
            unforeseen: 0,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    println!("limit   window  requests  refused  in a penalty      time     ideal    used");
    for scene in SCENES {
        play(scene).await?;
    }
    Ok(())
}

/// Reads all users, each client its part.
async fn play(scene: &Scene) -> Result<(), Failure> {
    let extensions: Vec<Value> = (0..USERS)
        .map(|number| json!({ "extensionNumber": (1000 + number).to_string() }))
        .collect();
    let faults: Result<_, _> = scene.faults.iter().map(|fault| fault.parse()).collect();
    let sandbox = Sandbox::start(Options {
        seed: Seed::from_value(json!({ "extensions": extensions }))?,
        limit: Some(RateLimit {
            limit: u32::try_from(scene.limit)?,
            window: scene.window,
        }),
        faults: faults?,
        ..Options::default()
    })
    .await?;
    let began = Instant::now();
    try_join_all((0..scene.clients).map(|part| read(&sandbox, part, scene.clients))).await?;
    let took = began.elapsed().as_secs_f64();
    let exchanges = sandbox.exchanges();
    sandbox.stop().await;

    let asked = exchanges.iter().filter(|e| e.group == "Medium");
    let (refused, taken): (Vec<_>, Vec<_>) = asked.partition(|e| e.status == 429);
    let in_penalty = { refused.iter().chain(&taken) }.filter(|e| e.in_penalty);
    // The first window is open at once; each further one takes its time.
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
        scene.what,
    );
    let needed = 2 * USERS + scene.clients;
    if taken.len() != needed || refused.len() > scene.unforeseen {
        return Err(format!(
            "{needed} requests and at most {} refusals were to be expected",
            scene.unforeseen
        )
        .into());
    }
    Ok(())
}

/// Reads every `of`th user with a client of its own.
async fn read(sandbox: &Sandbox, part: usize, of: usize) -> Result<(), Failure> {
    let variable = |name: &str| match name {
        "RC_SERVER_URL" => Some(sandbox.url()),
        "RC_USER_JWT" => Some("a.b.c".to_owned()),
        _ => Some("sandbox".to_owned()),
    };
    let client = Client::new(Config::from_env(variable)?)?;
    let directory = client.directory().await?;
    let users = directory.all().iter().skip(part).step_by(of);
    let wanted = users.map(|user| Wanted {
        user: user.id.clone(),
        rules: true,
        states: true,
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let read = engine::fetch(&client, &wanted, async |_, live| live.map(drop)).await;
    Ok(read.into_iter().collect::<Result<_, _>>()?)
}
