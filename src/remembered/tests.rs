//! An account in which people edit, an audit trail that is late, and plans in between.

mod decided;
mod kept;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::account::Read;
use crate::model::{Directory, Extension, GreetingPlace, Named};
use crate::wire::{AuditRecord, InteractionRule, StateRule, Touched};

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);
const USERS: usize = 4;
const ALL: [usize; USERS] = [0, 1, 2, 3];

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn id(user: usize) -> ExtensionId {
    ExtensionId((100 + user).to_string())
}

fn origin() -> Origin {
    Origin {
        account: "7".to_owned(),
        server: "https://api.example".to_owned(),
        callrules: "0.1.0".to_owned(),
    }
}

fn directory() -> Directory {
    let extension = |id: ExtensionId, kind: &str| Extension {
        id,
        number: None,
        name: String::new(),
        email: None,
        kind: kind.to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    let mut all: Vec<_> = (0..USERS).map(|user| extension(id(user), "User")).collect();
    all.push(extension(ExtensionId("900".to_owned()), "Department"));
    Directory::new(all)
}

/// A list says when it was last changed. The list of the last user names the first one.
#[derive(Default)]
struct Account {
    changed: RefCell<BTreeMap<usize, i64>>,
    /// When, whose, and when it can be found.
    trail: RefCell<Vec<(i64, AuditRecord, i64)>>,
    reads: Cell<usize>,
}

impl Account {
    fn edit(&self, user: usize, at: i64, delay: i64) {
        self.changed.borrow_mut().insert(user, at);
        self.record(Touched::Extension(id(user)), at, delay);
    }

    fn record(&self, target: Touched, at: i64, delay: i64) {
        let mut trail = self.trail.borrow_mut();
        let record = AuditRecord {
            id: Some(trail.len().to_string()),
            at: Some(time(at)),
            action: "CHANGE".to_owned(),
            target,
            initiator: None,
        };
        trail.push((at, record, at + delay));
    }

    fn search(&self, from: Timestamp, now: i64) -> Vec<AuditRecord> {
        let trail = self.trail.borrow();
        let found = trail
            .iter()
            .filter(|(at, _, found)| time(*at) >= from && *found <= now);
        found.map(|(_, record, _)| record.clone()).collect()
    }

    fn list(&self, user: &ExtensionId) -> Vec<Value> {
        self.reads.set(self.reads.get() + 1);
        let user = user.0.parse::<usize>().unwrap() - 100;
        let changed = self.changed.borrow().get(&user).copied().unwrap_or(-1);
        let names = if user == USERS - 1 {
            id(0).0
        } else {
            String::new()
        };
        vec![json!({ "id": "r", "displayName": "Rule", "at": changed, "names": { "id": names } })]
    }
}

impl Read for Account {
    type Error = Infallible;

    async fn account_id(&self) -> Result<String, Infallible> {
        Ok("7".to_owned())
    }

    async fn directory(&self) -> Result<Directory, Infallible> {
        Ok(directory())
    }

    async fn greetings(&self, _: GreetingPlace) -> Result<Vec<Named>, Infallible> {
        Ok(Vec::new())
    }

    async fn devices(&self, _: &ExtensionId) -> Result<Vec<Named>, Infallible> {
        Ok(Vec::new())
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRule>, Infallible> {
        let list = self.list(user).into_iter().map(InteractionRule::try_from);
        Ok(list.collect::<Result<_, _>>().unwrap())
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRule>, Infallible> {
        let list = self.list(user).into_iter().map(StateRule::try_from);
        Ok(list.collect::<Result<_, _>>().unwrap())
    }
}

struct Run {
    /// When each user's rules were last changed, as far as this run knows.
    seen: Vec<i64>,
    /// How many lists it took.
    reads: usize,
    doubt: Option<String>,
}

/// A run that wants the rules of these users.
fn run(account: &Account, path: &Path, users: &[usize], now: i64) -> Run {
    let memory = Memory::open(path, &origin()).ok();
    let known = memory.as_ref().map(Memory::since);
    let records = account.search(search_from(known, time(now)), now);
    let is_of = |user: &ExtensionId| memory.as_ref().is_some_and(|memory| memory.is_of(user));
    let verdict = decide(known, Ok(Some(records)), &directory(), is_of, time(now));
    with(account, path, memory, verdict, users, now)
}

fn with(
    account: &Account,
    path: &Path,
    memory: Option<Memory>,
    verdict: Verdict,
    users: &[usize],
    now: i64,
) -> Run {
    account.reads.set(0);
    let file = (path, origin());
    let (reader, doubt) =
        Remembering::new(account, memory, verdict, WEEK, time(now), file).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let seen = runtime.unwrap().block_on(async {
        let mut seen = Vec::new();
        for user in users {
            let Ok(rules) = reader.interaction_rules(&id(*user)).await;
            seen.push(rules[0].body["at"].as_i64().unwrap());
        }
        seen
    });
    let told = reader.finish();
    told.kept.unwrap();
    assert_eq!(told.read, account.reads.get());
    assert_eq!(told.read + told.remembered, users.len());
    Run {
        seen,
        reads: told.read,
        doubt: doubt.map(|doubt| doubt.to_string()),
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Somebody edits a user; the record comes so much later.
    Edit(usize, i64),
    /// Somebody edits the first user, by which the service changes the last one's rules.
    Both(i64),
    /// Somebody edits the company, and so everybody.
    Company(i64),
    /// A plan of these users.
    Plan(BTreeSet<usize>),
    /// Nothing happens for so long.
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let delay = 0..MARGIN.as_secs();
    let users = proptest::collection::btree_set(0..USERS, 1..=USERS);
    let step = prop_oneof![
        3 => (0..USERS, delay.clone()).prop_map(|(user, delay)| Step::Edit(user, delay)),
        1 => delay.clone().prop_map(Step::Both),
        1 => delay.prop_map(Step::Company),
        4 => users.prop_map(Step::Plan),
        4 => (0..100_000_i64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    // Each case writes files, and waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a plan takes for true is no older than the records that it could find: so it misses nothing whose
    /// record is there, however late that came.
    #[test]
    fn no_edit_is_missed_whose_record_is_there(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("remembered");
        let account = Account::default();
        let mut now = 0;
        // Whom it concerns, when it was, and when it can be found.
        let mut edits: Vec<(usize, i64, i64)> = Vec::new();
        for step in steps {
            now += 3;
            match step {
                Step::Edit(user, delay) => {
                    account.edit(user, now, delay);
                    edits.push((user, now, now + delay));
                }
                Step::Both(delay) => {
                    account.edit(0, now, delay);
                    account.changed.borrow_mut().insert(USERS - 1, now);
                    edits.extend([(0, now, now + delay), (USERS - 1, now, now + delay)]);
                }
                Step::Company(delay) => {
                    account.record(Touched::Beyond("Company".to_owned()), now, delay);
                    for user in 0..USERS {
                        account.changed.borrow_mut().insert(user, now);
                        edits.push((user, now, now + delay));
                    }
                }
                Step::Wait(span) => now += span,
                Step::Plan(users) => {
                    let users: Vec<usize> = users.into_iter().collect();
                    let run = run(&account, &path, &users, now);
                    for (user, seen) in users.iter().zip(run.seen) {
                        let due = edits.iter().filter(|(whose, _, found)| whose == user && *found <= now);
                        let due = due.map(|(_, at, _)| *at).max().unwrap_or(-1);
                        prop_assert!(seen >= due, "user {user}: {seen} and not {due}");
                    }
                }
            }
        }
    }
}
