//! Applies to many generated accounts with many faults: each account matches its files in the end,
//! without duplicates or losses, and the journal of each apply matches the account.
//!
//! `CALLRULES_CHAOS` sets the number of accounts. A failure names the seed of its account.

use std::time::Duration;

use callrules::api::encode::{self, RequiredPartsMode};
use callrules::model::{
    CallDestination, CallDispatching, CallSchedule, DesiredRule, DesiredState, DesiredUser,
    ExtensionId, NamePattern, PrunePolicy, RingTarget, RuleDefinition, StateId, StateSchedule,
    StateSettings, UnmanagedPolicy,
};
use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{self, ChangeOutcome, WriteVerification};
use callrules::sandbox::{RecordedExchange, SandboxOptions, SandboxSeed, SandboxServer};
use futures::stream::{self, StreamExt};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::journal_oracle::JournalOracle;
use super::scheduler_stalls::StallMonitor;
use super::{client, list_rule_names, make_plan};
use crate::strategies::{destination, dispatching, rule, week};
use crate::support::ACCOUNT;

/// The number of accounts if `CALLRULES_CHAOS` is not set.
const DEFAULT_ACCOUNTS: u64 = 30;

/// The number of accounts that are tested at the same time.
const CONCURRENT_ACCOUNTS: usize = 8;

/// The most applies that an account may need.
const MAX_APPLIES: usize = 8;

/// The longest stall after which checks of penalties are reliable. The sandbox allows a request a
/// quarter of a second on its way.
const MAX_STALL: Duration = Duration::from_millis(60);

/// Faults that a client survives if it keeps trying.
const TRANSIENT_FAULTS: [&str; 15] = [
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

/// What real accounts do, beyond the specification: they are locked for a while, do not
/// store what they accept, and respond in unusual forms.
const REAL_FAULTS: [&str; 10] = [
    "lock rate=0.2",
    "lock status=409 rate=0.2",
    "lock status=400 rate=0.1",
    "lock status=500 rate=0.1",
    "ignore-write rate=0.15",
    "delete-error rate=0.3",
    "form-decimals rate=1",
    "form-nulls rate=1",
    "form-reversed rate=0.5",
    "form-nfd rate=1",
];

/// The id and extension number of each user. Generated rules do not name these ids.
const USERS: [(&str, &str); 2] = [("1001", "101"), ("1003", "103")];

/// An account, its desired configuration, and its faults.
#[derive(Debug)]
struct ChaosCase {
    live: [Vec<RuleDefinition>; 2],
    wanted: [Vec<DesiredRule>; 2],
    states: [Vec<DesiredState>; 2],
    faults: Vec<String>,
}

fn rename_rule(rule: RuleDefinition, name: String) -> RuleDefinition {
    RuleDefinition { name, ..rule }
}

/// Generates the live and the desired rules of a user. Of up to four live rules some stay, some
/// change, some are deleted and some are ignored; up to two are new.
fn generate_rules() -> impl Strategy<Value = (Vec<RuleDefinition>, Vec<DesiredRule>)> {
    let rule = || rule().boxed();
    let live = proptest::collection::vec((rule(), 0..4_u8, rule()), 0..5);
    let new = proptest::collection::vec(rule(), 0..3);
    (live, new).prop_map(|(live, new)| {
        let mut present = vec![];
        let mut wanted = vec![];
        for (place, (rule, fate, other)) in live.into_iter().enumerate() {
            let name = format!("Rule {place}");
            let (name, rule) = match fate {
                0 => (format!("Personal {place}"), rule),
                _ => (name, rule),
            };
            present.push(rename_rule(rule.clone(), name.clone()));
            match fate {
                1 => wanted.push(desired_rule(rename_rule(rule, name))),
                2 => wanted.push(desired_rule(rename_rule(other, name))),
                _ => {}
            }
        }
        for (place, rule) in new.into_iter().enumerate() {
            wanted.push(desired_rule(rename_rule(rule, format!("New {place}"))));
        }
        (present, wanted)
    })
}

fn desired_rule(rule: RuleDefinition) -> DesiredRule {
    DesiredRule::Present {
        key: rule.name.clone(),
        rule: Box::new(rule),
        id: None,
        renamed_from: None,
    }
}

fn desired_state(
    id: &str,
    state: StateSettings,
    dispatching: Option<CallDispatching>,
) -> DesiredState {
    DesiredState {
        id: StateId::from(id),
        state,
        dispatching,
    }
}

/// Generates work hours, the two switches and the agent state. The handling within work hours is
/// not declared.
fn generate_states() -> impl Strategy<Value = Vec<DesiredState>> {
    let switch = || (option::of(any::<bool>()), option::of(destination()));
    let own = |week| StateSchedule::Own(Box::new(CallSchedule::weekly(week)));
    let agent = (
        option::of(week()),
        dispatching().prop_map(|dispatching| dispatching.ring),
    );
    (week(), switch(), switch(), agent).prop_map(move |(hours, dnd, forward, (turns, ring))| {
        let switched = |id, (enabled, at_once): (_, Option<CallDestination>)| {
            let dispatching = at_once.map(|at_once| CallDispatching {
                terminate: Some(at_once),
                ..CallDispatching::default()
            });
            let state = StateSettings {
                enabled,
                schedule: None,
            };
            desired_state(id, state, dispatching)
        };
        let scheduled = |schedule| StateSettings {
            enabled: None,
            schedule: Some(schedule),
        };
        let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
        let rings = CallDispatching {
            ring,
            ..CallDispatching::default()
        };
        vec![
            desired_state(StateId::WORK_HOURS, scheduled(own(hours)), None),
            switched(StateId::DND, dnd),
            switched(StateId::FORWARD_ALL_CALLS, forward),
            desired_state(
                StateId::AGENT,
                scheduled(turns.map_or(inherited, own)),
                Some(rings),
            ),
        ]
    })
}

fn generate_cases() -> impl Strategy<Value = ChaosCase> {
    let throttled = select(vec![None, None, None, Some(3), Some(9), Some(14)]);
    let transient = subsequence(TRANSIENT_FAULTS.to_vec(), 1..4);
    let real = subsequence(REAL_FAULTS.to_vec(), 0..3);
    let faults = (transient, real).prop_map(|(transient, real)| [transient, real].concat());
    (
        generate_rules(),
        generate_rules(),
        [generate_states(), generate_states()],
        faults,
        throttled,
    )
        .prop_map(
            |((live, wanted), (others, theirs), states, faults, throttled)| {
                let throttled = throttled.map(|nth| format!("429 pause=1 nth={nth}"));
                let faults = faults.into_iter().map(str::to_owned);
                ChaosCase {
                    live: [live, others],
                    wanted: [wanted, theirs],
                    states,
                    faults: throttled.into_iter().chain(faults).collect(),
                }
            },
        )
}

fn generate_case(seed: u64) -> ChaosCase {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut case = generate_cases().new_tree(&mut runner).unwrap().current();
    case.separate_devices();
    case
}

/// The device of the second user.
const OTHER_DEVICE: &str = "7003";

fn replace_device(dispatching: Option<&mut CallDispatching>) {
    let groups = dispatching.and_then(|dispatching| dispatching.ring.as_mut());
    let groups = groups.into_iter().flatten();
    for target in groups.flat_map(|group| &mut group.targets) {
        if let RingTarget::Device { id, .. } = target {
            OTHER_DEVICE.clone_into(id);
        }
    }
}

impl ChaosCase {
    /// Replaces the device in the generated rules of the second user by the user's own.
    fn separate_devices(&mut self) {
        for rule in &mut self.live[1] {
            replace_device(rule.dispatching.as_mut());
        }
        for rule in &mut self.wanted[1] {
            if let DesiredRule::Present { rule, .. } = rule {
                replace_device(rule.dispatching.as_mut());
            }
        }
        for state in &mut self.states[1] {
            replace_device(state.dispatching.as_mut());
        }
    }

    /// Returns whether responses differ from what the account stores, and so does a journal, which
    /// records responses.
    fn responds_otherwise(&self) -> bool {
        let mut faults = self.faults.iter();
        faults.any(|fault| REAL_FAULTS.contains(&fault.as_str()) && !fault.starts_with("lock"))
    }

    fn build_seed(&self) -> SandboxSeed {
        let user = |((id, number), rules): (&(&str, &str), &Vec<RuleDefinition>)| {
            let owner = ExtensionId((*id).to_owned());
            let device = &crate::strategies::rule_owner(&owner).phones[0];
            let body = |rule| {
                encode::interaction_rule_body(
                    None,
                    rule,
                    crate::strategies::rule_owner(&owner),
                    RequiredPartsMode::Add,
                )
                .unwrap()
            };
            let rules = rules.iter().map(body).map(|mut rule| {
                rule.insert("fieldOfTomorrow".to_owned(), unknown_value());
                Value::Object(rule)
            });
            let rules: Vec<Value> = rules.collect();
            json!({
                "id": id, "extensionNumber": number, "name": format!("User {number}"),
                "devices": [{ "id": device, "name": "Desk" }], "interactionRules": rules,
                "states": { "busy": { "enabled": false, "conditions": [], "more": unknown_value() } },
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
        SandboxSeed::from_value(seed).unwrap()
    }

    fn list_desired_users(&self) -> Vec<DesiredUser> {
        let wanted = self.wanted.iter().zip(&self.states);
        let user = |((id, _), (rules, states)): (&(&str, &str), (&Vec<_>, &Vec<_>))| DesiredUser {
            id: ExtensionId((*id).to_owned()),
            rules: Some(rules.clone()),
            unmanaged_policy: UnmanagedPolicy {
                prune: PrunePolicy::All,
                ignore: vec![ignore_pattern()],
            },
            states: states.clone(),
        };
        USERS.iter().zip(wanted).map(user).collect()
    }

    /// Returns the names of the live rules that match the user's `ignore` pattern.
    fn list_ignored_rules(&self, user: usize) -> Vec<String> {
        let names = self.live[user].iter().map(|rule| rule.name.clone());
        names
            .filter(|name| ignore_pattern().matches(name))
            .collect()
    }
}

fn ignore_pattern() -> NamePattern {
    NamePattern::new("Personal*")
}

/// Returns a user's part of the account.
fn read_user(sandbox: &SandboxServer, user: usize) -> Value {
    sandbox.snapshot()["extensions"][user].clone()
}

/// Returns the value of a field that callrules does not know.
fn unknown_value() -> Value {
    json!({ "weight": 0.30000000000000004, "list": [null, { "z": 1, "a": "\u{e9}" }] })
}

/// Returns the parts of a user that no apply may change: ignored rules, an undeclared state, and
/// the handling of a state with only declared hours.
fn list_unmanaged_parts(user: &Value) -> Vec<Value> {
    let rules = user["interactionRules"].as_array().unwrap().iter();
    let is_personal =
        |rule: &&Value| ignore_pattern().matches(rule["displayName"].as_str().unwrap());
    let is_created_by_fault = |rule: &&Value| rule["displayName"] == "Personal, made in the app";
    let states = [&user["states"]["busy"], &user["stateRules"]["work-hours"]];
    rules
        .filter(is_personal)
        .filter(|rule| !is_created_by_fault(rule))
        .chain(states)
        .cloned()
        .collect()
}

/// Returns whether all rules that existed before still have their unknown field.
fn keeps_unknown_fields(before: &Value, now: &Value) -> bool {
    let rules = |user: &Value| user["interactionRules"].as_array().unwrap().clone();
    let old_rules = rules(before);
    let is_old = |rule: &Value| old_rules.iter().any(|old| old["id"] == rule["id"]);
    let mut kept = rules(now).into_iter().filter(is_old);
    kept.all(|rule| rule["fieldOfTomorrow"] == unknown_value())
}

/// Tests one account. Returns the number of its applies and of its faults.
async fn test_account(seed: u64) -> (usize, usize) {
    let monitor = StallMonitor::default();
    let (applies, exchanges) = monitor.measure(Box::pin(apply_until_done(seed))).await;
    // The sandbox compares the time of a request with that of the penalty. After a long stall the
    // client may have sent the request before it could know of the penalty.
    let in_penalty = exchanges.iter().filter(|e| e.avoidable).count();
    let stall = monitor.longest();
    assert!(
        in_penalty == 0 || stall > MAX_STALL,
        "seed {seed}: {in_penalty} requests during a penalty; the longest stall was {stall:?}"
    );
    let faults = exchanges.iter().filter(|e| e.fault.is_some()).count();
    (applies, faults)
}

/// Applies until the plan is empty. Returns the number of applies and all requests.
async fn apply_until_done(seed: u64) -> (usize, Vec<RecordedExchange>) {
    let case = generate_case(seed);
    let faults = case.faults.iter().map(|fault| fault.parse().unwrap());
    let options = SandboxOptions {
        seed: case.build_seed(),
        faults: faults.collect(),
        fault_seed: seed,
        ..SandboxOptions::default()
    };
    let sandbox = SandboxServer::start(options).await.unwrap();
    let users = case.list_desired_users();
    let users_before = [0, 1].map(|user| read_user(&sandbox, user));
    let unmanaged_before = [0, 1].map(|user| list_unmanaged_parts(&users_before[user]));
    let mut applies = 0;
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(
            rounds <= 4 * MAX_APPLIES,
            "seed {seed}: too many failed plans"
        );
        // Each run signs in again. A run without a plan has changed nothing.
        let client = client(&sandbox.url());
        let Ok(plan) = make_plan(&client, &users).await else {
            continue;
        };
        if plan.is_empty() {
            break;
        }
        applies += 1;
        assert!(applies <= MAX_APPLIES, "seed {seed}: {plan:#?}");
        let Ok(directory) = client.directory().await else {
            continue;
        };
        let sent_before = sandbox.exchanges().len();
        let oracle = JournalOracle::new();
        let report = reconcile::apply_plan(
            &client,
            &plan,
            &directory,
            WriteVerification::ReadBack,
            &oracle,
        )
        .await;
        if !case.responds_otherwise() {
            oracle.assert_matches(&sandbox, sent_before, seed);
        }
        for settled in &report.changes {
            if let ChangeOutcome::Applied {
                differences_from_request: otherwise,
            } = &settled.outcome
            {
                assert!(otherwise.is_empty(), "seed {seed}: {settled:#?}");
            }
        }
        for user in [0, 1] {
            let live = read_user(&sandbox, user);
            let mut names = list_rule_names(&live);
            names.sort();
            names.dedup();
            let rules = live["interactionRules"].as_array().unwrap();
            assert_eq!(names.len(), rules.len(), "seed {seed}: {case:#?}");
            let unmanaged = list_unmanaged_parts(&live);
            assert_eq!(unmanaged, unmanaged_before[user], "seed {seed}");
            assert!(
                keeps_unknown_fields(&users_before[user], &live),
                "seed {seed}"
            );
        }
    }
    for user in [0, 1] {
        let mut expected = case.list_ignored_rules(user);
        expected.extend(case.wanted[user].iter().map(|rule| rule.key().to_owned()));
        expected.sort();
        let mut names = list_rule_names(&read_user(&sandbox, user));
        names.retain(|name| name != "Personal, made in the app");
        names.sort();
        assert_eq!(names, expected, "seed {seed}");
    }
    let exchanges = sandbox.exchanges();
    sandbox.stop().await;
    (applies, exchanges)
}

#[tokio::test(flavor = "multi_thread")]
async fn applies_with_faults_converge_to_desired_configuration() {
    let accounts =
        std::env::var("CALLRULES_CHAOS").map_or(DEFAULT_ACCOUNTS, |count| count.parse().unwrap());
    let runs: Vec<(usize, usize)> = stream::iter(0..accounts)
        .map(test_account)
        .buffer_unordered(CONCURRENT_ACCOUNTS)
        .collect()
        .await;
    let faults: usize = runs.iter().map(|(_, faults)| faults).sum();
    let repeated = runs.iter().filter(|(applies, _)| *applies > 1).count();
    let most = runs.iter().map(|(applies, _)| applies).max();
    println!(
        "{accounts} accounts, {faults} faults; {repeated} needed more than one apply, {most:?} at most"
    );
    assert!(
        faults as u64 > accounts,
        "{faults} faults are too few to prove anything"
    );
}
