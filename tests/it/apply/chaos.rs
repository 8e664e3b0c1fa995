//! Many accounts on which much goes wrong: each ends as declared, with nothing twice and nothing lost, and
//! the journal of each apply tells what the account has been through.
//!
//! `CALLRULES_CHAOS` says how many; each has the number of its seed in what it prints.

use std::time::Duration;

use callrules::engine::account::Read;
use callrules::engine::{self, Outcome};
use callrules::model::{
    DesiredRule, DesiredState, DesiredUser, Destination, Dispatching, ExtensionId, NamePattern,
    Ownership, Prune, Rule, Schedule, State, StateId, StateSchedule,
};
use callrules::sandbox::{Exchange, Options, Sandbox, Seed};
use callrules::wire::lay::{self, Fill};
use futures::stream::{self, StreamExt};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::journal_oracle::Ledger;
use super::scheduler_stalls::Standstill;
use super::{client, names, plan};
use crate::strategies::{destination, dispatching, rule, week};
use crate::support::ACCOUNT;

/// How many accounts where the environment does not say.
const ACCOUNTS: u64 = 30;

/// How many at a time.
const AT_ONCE: usize = 8;

/// How often an apply may be run until all is as declared.
const APPLIES: usize = 8;

/// As long as a machine may stand still; the sandbox takes a quarter of a second for the longest way.
const LONG: Duration = Duration::from_millis(60);

/// What a client that keeps trying outlasts.
const PASSING: [&str; 15] = [
    "500 rate=0.1",
    "502 rate=0.1",
    "503 rate=0.2",
    "504 rate=0.1 method=POST",
    "html rate=0.1",
    "html status=200 rate=0.1 path=interaction-rules",
    "not-json rate=0.1",
    "cut rate=0.15",
    "drop-before rate=0.1",
    "drop-after rate=0.15",
    "drop-after method=POST rate=0.5",
    "expired rate=0.03",
    "slow delay=0.05 rate=0.2",
    "429-account pause=1 nth=11",
    "app-create rule='Personal, made in the app' path=1001/comm-handling nth=2",
];

/// The users; the ids are those that generated rules do not name.
const USERS: [(&str, &str); 2] = [("1001", "101"), ("1003", "103")];

/// An account, what is wanted of it, and what goes wrong.
#[derive(Debug)]
struct Case {
    live: [Vec<Rule>; 2],
    wanted: [Vec<DesiredRule>; 2],
    states: [Vec<DesiredState>; 2],
    faults: Vec<String>,
}

fn named(name: String, rule: Rule) -> Rule {
    Rule { name, ..rule }
}

/// Up to five live rules, of which some stay, some change, some go, and new ones.
fn rules() -> impl Strategy<Value = (Vec<Rule>, Vec<DesiredRule>)> {
    let rule = || rule().boxed();
    let live = proptest::collection::vec((rule(), 0..4_u8, rule()), 0..5);
    let new = proptest::collection::vec(rule(), 0..3);
    (live, new).prop_map(|(live, new)| {
        let mut there = vec![];
        let mut wanted = vec![];
        for (place, (rule, fate, other)) in live.into_iter().enumerate() {
            let name = format!("Rule {place}");
            let (name, rule) = match fate {
                0 => (format!("Personal {place}"), rule),
                _ => (name, rule),
            };
            there.push(named(name.clone(), rule.clone()));
            match fate {
                1 => wanted.push(present(named(name, rule))),
                2 => wanted.push(present(named(name, other))),
                _ => {}
            }
        }
        let new = new.into_iter().enumerate();
        wanted.extend(new.map(|(place, rule)| present(named(format!("New {place}"), rule))));
        (there, wanted)
    })
}

fn present(rule: Rule) -> DesiredRule {
    DesiredRule::Present {
        key: rule.name.clone(),
        rule: Box::new(rule),
        id: None,
        renamed_from: None,
    }
}

fn state(id: &str, state: State, dispatching: Option<Dispatching>) -> DesiredState {
    DesiredState {
        id: StateId::from(id),
        state,
        dispatching,
    }
}

/// Work hours, the two switches and the agent; what happens within work hours is not declared.
fn states() -> impl Strategy<Value = Vec<DesiredState>> {
    let switch = || (option::of(any::<bool>()), option::of(destination()));
    let own = |week| StateSchedule::Own(Box::new(Schedule::weekly(week)));
    let agent = (
        option::of(week()),
        dispatching().prop_map(|dispatching| dispatching.ring),
    );
    (week(), switch(), switch(), agent).prop_map(move |(hours, dnd, forward, (turns, ring))| {
        let switched = |id, (enabled, at_once): (_, Option<Destination>)| {
            let dispatching = at_once.map(|at_once| Dispatching {
                at_once: Some(at_once),
                ..Dispatching::default()
            });
            let on = State {
                enabled,
                schedule: None,
            };
            state(id, on, dispatching)
        };
        let at = |schedule| State {
            enabled: None,
            schedule: Some(schedule),
        };
        let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
        let rings = Dispatching {
            ring,
            ..Dispatching::default()
        };
        vec![
            state(StateId::WORK_HOURS, at(own(hours)), None),
            switched(StateId::DND, dnd),
            switched(StateId::FORWARD_ALL_CALLS, forward),
            state(
                StateId::AGENT,
                at(turns.map_or(inherited, own)),
                Some(rings),
            ),
        ]
    })
}

fn case() -> impl Strategy<Value = Case> {
    let throttled = select(vec![None, None, None, Some(3), Some(9), Some(14)]);
    let faults = subsequence(PASSING.to_vec(), 1..4);
    (rules(), rules(), [states(), states()], faults, throttled).prop_map(
        |((live, wanted), (others, theirs), states, faults, throttled)| {
            let throttled = throttled.map(|nth| format!("429 pause=1 nth={nth}"));
            let faults = faults.into_iter().map(str::to_owned);
            Case {
                live: [live, others],
                wanted: [wanted, theirs],
                states,
                faults: throttled.into_iter().chain(faults).collect(),
            }
        },
    )
}

fn generate(seed: u64) -> Case {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    case().new_tree(&mut runner).unwrap().current()
}

impl Case {
    fn seed(&self) -> Seed {
        let user = |((id, number), rules): (&(&str, &str), &Vec<Rule>)| {
            let owner = ExtensionId((*id).to_owned());
            let body = |rule| lay::interaction_rule(None, rule, &owner, Fill::Mandatory).unwrap();
            let rules = rules.iter().map(body).map(|mut rule| {
                rule.insert("fieldOfTomorrow".to_owned(), tomorrow());
                Value::Object(rule)
            });
            let rules: Vec<Value> = rules.collect();
            json!({
                "id": id, "extensionNumber": number, "name": format!("User {number}"),
                "devices": [{ "id": "7001", "name": "Desk" }], "interactionRules": rules,
                "states": { "busy": { "enabled": false, "conditions": [], "more": tomorrow() } },
            })
        };
        let mut extensions: Vec<Value> = USERS.iter().zip(&self.live).map(user).collect();
        extensions.push(json!({ "id": "1002", "extensionNumber": "102", "name": "Priya Rao" }));
        extensions.push(json!({
            "id": "1900", "extensionNumber": "900", "name": "Support", "type": "Department",
            "members": ["101", "103"],
        }));
        let seed =
            json!({ "account": { "id": ACCOUNT, "name": "Test" }, "extensions": extensions });
        Seed::from_value(seed).unwrap()
    }

    fn desired(&self) -> Vec<DesiredUser> {
        let wanted = self.wanted.iter().zip(&self.states);
        let user = |((id, _), (rules, states)): (&(&str, &str), (&Vec<_>, &Vec<_>))| DesiredUser {
            id: ExtensionId((*id).to_owned()),
            rules: Some(rules.clone()),
            ownership: Ownership {
                prune: Prune::All,
                ignore: vec![personal()],
            },
            states: states.clone(),
        };
        USERS.iter().zip(wanted).map(user).collect()
    }

    /// The names of rules that are nobody's business.
    fn personal(&self, user: usize) -> Vec<String> {
        let names = self.live[user].iter().map(|rule| rule.name.clone());
        names.filter(|name| personal().matches(name)).collect()
    }
}

fn personal() -> NamePattern {
    NamePattern::new("Personal*")
}

/// A user's part of the account.
fn live(sandbox: &Sandbox, user: usize) -> Value {
    sandbox.snapshot()["extensions"][user].clone()
}

/// What nobody has thought of yet.
fn tomorrow() -> Value {
    json!({ "weight": 0.30000000000000004, "list": [null, { "z": 1, "a": "\u{e9}" }] })
}

/// What is left alone, as it is: whole rules, a state nobody has declared, and what happens in one of which
/// only the hours are.
fn untouched(user: &Value) -> Vec<Value> {
    let rules = user["interactionRules"].as_array().unwrap().iter();
    let is_personal = |rule: &&Value| personal().matches(rule["displayName"].as_str().unwrap());
    let made = |rule: &&Value| rule["displayName"] == "Personal, made in the app";
    let states = [&user["states"]["busy"], &user["stateRules"]["work-hours"]];
    rules
        .filter(is_personal)
        .filter(|r| !made(r))
        .chain(states)
        .cloned()
        .collect()
}

/// Rules that were there before keep what we do not know of them, changed or not.
fn keeps_the_unknown(before: &Value, now: &Value) -> bool {
    let rules = |user: &Value| user["interactionRules"].as_array().unwrap().clone();
    let before = rules(before);
    let old = |rule: &Value| before.iter().any(|old| old["id"] == rule["id"]);
    let mut kept = rules(now).into_iter().filter(old);
    kept.all(|rule| rule["fieldOfTomorrow"] == tomorrow())
}

/// Applies until nothing is left to do. Gives how many applies and how many faults it took.
async fn survive(seed: u64) -> (usize, usize) {
    let standstill = Standstill::default();
    let (applies, exchanges) = standstill.beside(Box::pin(converge(seed))).await;
    // Whether a request was sent in spite of a penalty is judged by how long it may have been on its way.
    // Where the machine stood still for a good part of that, it says nothing of the client.
    let in_spite = exchanges.iter().filter(|e| e.in_spite).count();
    let longest = standstill.longest();
    assert!(
        in_spite == 0 || longest > LONG,
        "seed {seed}: {in_spite} in spite of a penalty; nothing stood still for more than {longest:?}"
    );
    let faults = exchanges.iter().filter(|e| e.fault.is_some()).count();
    (applies, faults)
}

async fn converge(seed: u64) -> (usize, Vec<Exchange>) {
    let case = generate(seed);
    let faults = case.faults.iter().map(|fault| fault.parse().unwrap());
    let options = Options {
        seed: case.seed(),
        faults: faults.collect(),
        fault_seed: seed,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let desired = case.desired();
    let begin = [0, 1].map(|user| live(&sandbox, user));
    let before = [0, 1].map(|user| untouched(&begin[user]));
    let mut applies = 0;
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds <= 4 * APPLIES, "seed {seed}: no end in sight");
        // Each run signs in anew. One that cannot even plan has changed nothing.
        let client = client(&sandbox.url());
        let Ok(plan) = plan(&client, &desired).await else {
            continue;
        };
        if plan.is_empty() {
            break;
        }
        applies += 1;
        assert!(applies <= APPLIES, "seed {seed}: {plan:#?}");
        let Ok(directory) = client.directory().await else {
            continue;
        };
        let sent_before = sandbox.exchanges().len();
        let ledger = Ledger::new();
        let report = engine::apply(&client, &plan, &directory, &ledger).await;
        ledger.agrees_with(&sandbox, sent_before, seed);
        for settled in &report.changes {
            if let Outcome::Done { otherwise } = &settled.outcome {
                assert!(otherwise.is_empty(), "seed {seed}: {settled:#?}");
            }
        }
        for user in [0, 1] {
            let live = live(&sandbox, user);
            let mut names = names(&live);
            names.sort();
            names.dedup();
            let rules = live["interactionRules"].as_array().unwrap();
            assert_eq!(names.len(), rules.len(), "seed {seed}: {case:#?}");
            assert_eq!(untouched(&live), before[user], "seed {seed}");
            assert!(keeps_the_unknown(&begin[user], &live), "seed {seed}");
        }
    }
    for user in [0, 1] {
        let wanted = case.wanted[user].iter().map(|rule| rule.key().to_owned());
        let mut wanted: Vec<String> = wanted.chain(case.personal(user)).collect();
        wanted.sort();
        let mut names = names(&live(&sandbox, user));
        names.retain(|name| name != "Personal, made in the app");
        names.sort();
        assert_eq!(names, wanted, "seed {seed}");
    }
    let exchanges = sandbox.exchanges();
    sandbox.stop().await;
    (applies, exchanges)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_each_account_ends_as_declared() {
    let accounts = std::env::var("CALLRULES_CHAOS").ok();
    let accounts = accounts.map_or(ACCOUNTS, |count| count.parse().unwrap());
    let runs = stream::iter(0..accounts).map(survive);
    let runs: Vec<(usize, usize)> = runs.buffer_unordered(AT_ONCE).collect().await;
    let faults: usize = runs.iter().map(|(_, faults)| faults).sum();
    let again = runs.iter().filter(|(applies, _)| *applies > 1).count();
    let most = runs.iter().map(|(applies, _)| applies).max();
    println!(
        "{accounts} accounts, {faults} faults; {again} took more than one apply, {most:?} at most"
    );
    assert!(
        faults as u64 > accounts,
        "{faults} faults are too few to prove anything"
    );
}
