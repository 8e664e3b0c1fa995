//! How fully the rate limit is used. The times are figures and no verdicts: what runs here is never asked to
//! be fast. But every user is read, with no request too many, and none meets a 429 that it could have known
//! of.

use std::fmt;
use std::time::{Duration, Instant};

use callrules::client::{Client, Config};
use callrules::engine::account::Read;
use callrules::engine::{self, Wanted};
use callrules::sandbox::{Options, RateLimit, Sandbox, Seed};
use futures::future::join_all;
use serde_json::{Value, json};

const USERS: usize = 500;
const LIMIT: usize = 40;

/// Two lists a user.
const READS: usize = 2 * USERS;

/// A minute of the live service. Shorter windows measure the machine, whose answers then take a good part of
/// one.
const WINDOW: Duration = Duration::from_secs(3);

#[tokio::test]
#[ignore = "takes minutes"]
async fn one_client_and_quick_answers() {
    play(&["slow delay=0.015"], 1).await.are_told(0);
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn answers_that_take_a_live_second() {
    play(&["slow delay=0.05"], 1).await.are_told(0);
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn a_429_out_of_turn_each_200_requests() {
    let figures = play(&["429 every=200", "slow delay=0.015"], 1).await;
    // Each of them is sent again, and may be the 200th then.
    figures.are_told(READS / 200 + 1);
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn two_clients_that_do_not_know_of_each_other() {
    // Each may learn of the other by a refusal, once a window.
    let figures = play(&["slow delay=0.015"], 2).await;
    figures.are_told(2 * READS / LIMIT);
}

/// What came of a scene.
struct Figures {
    clients: usize,
    sent: usize,
    refused: usize,
    in_penalty: usize,
    failed: usize,
    took: Duration,
}

impl Figures {
    /// Tells them, where all is right but for so many refusals that nobody could foresee.
    fn are_told(&self, unforeseen: usize) {
        println!("{self}");
        assert_eq!(self.failed, 0);
        assert!(self.refused <= unforeseen, "{self}");
        // Each client reads the directory too.
        let needed = READS + self.clients;
        assert_eq!(self.sent - self.refused, needed, "{self}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first window is open at once; each further one takes its time.
        let windows = (self.sent - self.refused - 1) / LIMIT;
        let (took, ideal) = (
            self.took.as_secs_f64(),
            (WINDOW * windows as u32).as_secs_f64(),
        );
        writeln!(f)?;
        writeln!(f, "  {USERS} users at {LIMIT} requests in {WINDOW:?}")?;
        writeln!(
            f,
            "  window used    {:.1} %: {took:.2} s, ideal {ideal:.2} s",
            ideal / took * 100.0
        )?;
        writeln!(
            f,
            "  requests       {}, of which {} met a 429",
            self.sent, self.refused
        )?;
        writeln!(f, "  in a penalty   {}", self.in_penalty)?;
        writeln!(f, "  failed users   {} of {USERS}", self.failed)
    }
}

/// Reads all users, each client its part, from a service in which these things go wrong.
async fn play(faults: &[&str], clients: usize) -> Figures {
    let extensions: Vec<Value> = (0..USERS)
        .map(|number| json!({ "extensionNumber": (1000 + number).to_string() }))
        .collect();
    let sandbox = Sandbox::start(Options {
        seed: Seed::from_value(json!({ "extensions": extensions })).unwrap(),
        limit: Some(RateLimit {
            limit: LIMIT as u32,
            window: WINDOW,
        }),
        faults: faults.iter().map(|f| f.parse().unwrap()).collect(),
        ..Options::default()
    })
    .await
    .unwrap();
    let began = Instant::now();
    let parts = (0..clients).map(|part| read(&sandbox, part, clients));
    let failed = join_all(parts).await.into_iter().sum();
    let took = began.elapsed();
    let exchanges = sandbox.exchanges();
    sandbox.stop().await;
    let medium = || exchanges.iter().filter(|e| e.group == "Medium");
    Figures {
        clients,
        sent: medium().count(),
        refused: medium().filter(|e| e.status == 429).count(),
        in_penalty: medium().filter(|e| e.in_penalty).count(),
        failed,
        took,
    }
}

/// Reads every `of`th user with a client of its own; gives how many could not be read.
async fn read(sandbox: &Sandbox, part: usize, of: usize) -> usize {
    let variable = |name: &str| match name {
        "RC_SERVER_URL" => Some(sandbox.url()),
        "RC_USER_JWT" => Some("a.b.c".to_owned()),
        _ => Some("sandbox".to_owned()),
    };
    let client = Client::new(Config::from_env(variable).unwrap()).unwrap();
    let directory = client.directory().await.unwrap();
    let users = directory.all().iter().skip(part).step_by(of);
    let wanted: Vec<Wanted> = users
        .map(|user| Wanted {
            user: user.id.clone(),
            rules: true,
            states: true,
        })
        .collect();
    let fetched = engine::fetch(&client, &wanted, async |_, live| live).await;
    fetched.iter().filter(|user| user.is_err()).count()
}
