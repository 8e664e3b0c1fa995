//! An account in which people edit, an audit trail that is late, and plans in between.

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
    let folder = path.parent().unwrap();
    let (reader, doubt) =
        Remembering::new(account, memory, verdict, WEEK, time(now), folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let seen = runtime.unwrap().block_on(async {
        let mut seen = Vec::new();
        for user in users {
            let Ok(rules) = reader.interaction_rules(&id(*user)).await;
            seen.push(rules[0].body["at"].as_i64().unwrap());
        }
        seen
    });
    let told = reader.finish(path, origin());
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

const ALL: [usize; USERS] = [0, 1, 2, 3];

/// An account that was read once.
fn read_once() -> (tempfile::TempDir, Account) {
    let folder = tempfile::tempdir().unwrap();
    let account = Account::default();
    account.edit(0, 1, 0);
    let first = run(&account, &folder.path().join("remembered"), &ALL, 10);
    assert_eq!((first.reads, first.doubt), (USERS, None));
    (folder, account)
}

#[test]
fn who_is_not_touched_is_not_read_and_an_edit_is_read_once() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    assert_eq!(run(&account, &path, &ALL, 20).reads, 0);
    account.edit(1, 25, 0);
    let next = run(&account, &path, &ALL, 30);
    assert_eq!((next.reads, next.seen[1]), (1, 25));
    // Its record is found again for some hours, and known.
    assert_eq!(run(&account, &path, &ALL, 40).reads, 0);
    // Whose rules name the first user is read with him.
    account.edit(0, 45, 0);
    assert_eq!(run(&account, &path, &ALL, 50).reads, 2);
}

#[test]
fn an_edit_of_somebody_out_of_scope_is_not_forgotten() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    account.edit(2, 15, 0);
    assert_eq!(run(&account, &path, &[1], 20).reads, 0);
    let all = run(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.seen[2]), (1, 15));
}

#[test]
fn what_cannot_be_searched_is_read_and_nothing_is_lost() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    account.edit(2, 15, 0);
    let memory = Memory::open(&path, &origin()).unwrap();
    let search = Err(Doubt::NoPermission);
    let verdict = decide(
        Some(memory.since()),
        search,
        &directory(),
        |_| true,
        time(20),
    );
    let blind = with(&account, &path, Some(memory), verdict, &[1], 20);
    assert_eq!(blind.reads, 1);
    assert!(blind.doubt.unwrap().contains("ReadAuditTrail"));
    let all = run(&account, &path, &ALL, 30);
    assert_eq!((all.reads, all.seen[2]), (1, 15));
}

#[test]
fn what_may_concern_everybody_or_is_in_doubt_forgets_all() {
    let known = |as_of: i64| Since {
        as_of: time(as_of),
        known: BTreeSet::from(["k".to_owned()]),
    };
    let record = |id: Option<&str>, at: Option<i64>, target: Touched| AuditRecord {
        id: id.map(str::to_owned),
        at: at.map(time),
        action: "CHANGE".to_owned(),
        target,
        initiator: None,
    };
    let user = || Touched::Extension(id(1));
    let seen = || record(Some("k"), Some(0), Touched::Beyond("Company".to_owned()));
    let queue = Touched::Extension(ExtensionId("900".to_owned()));
    let gone = Touched::Extension(ExtensionId("901".to_owned()));
    let company = Touched::Beyond("Company".to_owned());
    let beyond = "concern everybody";
    for (as_of, records, told) in [
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), user())]),
            None,
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), company)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), queue)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), gone)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(None, Some(11), user())]),
            Some("without an id"),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), None, user())]),
            Some("or a time"),
        ),
        (10, Some(vec![]), Some("lost a record")),
        (10, None, Some("as many records as it can")),
        (21, Some(vec![seen()]), Some("still to come")),
        (
            20 - 180 * 86_400,
            Some(vec![seen()]),
            Some("does not go back so far"),
        ),
    ] {
        let is_remembered = |user: &ExtensionId| *user == id(1);
        let known = known(as_of);
        let verdict = decide(
            Some(&known),
            Ok(records),
            &directory(),
            is_remembered,
            time(20),
        );
        match (verdict, told) {
            (Verdict::Hold(stale, since), None) => {
                assert!(stale.is_touched(&id(1)) && !stale.is_touched(&id(2)));
                assert_eq!(since.as_of, time(20));
            }
            (Verdict::Forget(doubt, since), Some(told)) => {
                assert!(doubt.to_string().contains(told), "{doubt}");
                assert_eq!(since.as_of, time(20));
            }
            (verdict, told) => panic!("{verdict:?}, and not {told:?}"),
        }
    }
}

#[test]
fn who_edits_counts_as_touched() {
    let known = Since {
        as_of: time(10),
        known: BTreeSet::new(),
    };
    let record = AuditRecord {
        id: Some("a".to_owned()),
        at: Some(time(11)),
        action: String::new(),
        target: Touched::Extension(id(1)),
        initiator: Some(id(2)),
    };
    let verdict = decide(
        Some(&known),
        Ok(Some(vec![record])),
        &directory(),
        |_| true,
        time(20),
    );
    let Verdict::Hold(stale, _) = verdict else {
        panic!("{verdict:?}");
    };
    assert!(stale.is_touched(&id(2)));
    assert!(stale.names_touched(&json!([{ "extension": { "id": 101 } }])));
    assert!(!stale.names_touched(&json!([{ "extension": { "id": "102" } }])));
}

#[test]
fn what_was_read_long_ago_is_read_again() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let week = WEEK.as_secs();
    assert_eq!(run(&account, &path, &[0, 1], week).reads, 0);
    // Nobody touched them, and each run said so.
    assert_eq!(run(&account, &path, &ALL, week + 10).reads, USERS);
    assert_eq!(run(&account, &path, &ALL, week + 20).reads, 0);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_not_used() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let whole = std::fs::read(&path).unwrap();
    let told = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Memory::open(&path, &origin())
            .err()
            .map(|doubt| doubt.to_string())
    };
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let told = told(&bytes).unwrap_or_else(|| panic!("byte {at} of {}", whole.len()));
        assert!(told.contains("damaged"), "byte {at}: {told}");
    }
    for length in 0..whole.len() {
        assert!(told(&whole[..length]).is_some(), "{length}");
    }
    assert!(told(&[&whole[..], b"\n"].concat()).is_some());
    assert_eq!(told(&whole), None);
    for (other, what) in [
        (
            Origin {
                account: "8".to_owned(),
                ..origin()
            },
            "account",
        ),
        (
            Origin {
                server: "x".to_owned(),
                ..origin()
            },
            "server",
        ),
        (
            Origin {
                callrules: "0.2.0".to_owned(),
                ..origin()
            },
            "version",
        ),
    ] {
        let told = Memory::open(&path, &other).unwrap_err().to_string();
        assert!(told.contains(&format!("of another {what}")), "{told}");
    }
    assert_eq!(run(&account, &path, &ALL, 20).reads, 0);
}

#[test]
fn who_is_about_to_be_changed_is_forgotten() {
    let (folder, account) = read_once();
    let path = folder.path().join("remembered");
    let one = id(1);
    forget(&path, &origin(), &[&one].into()).unwrap();
    assert_eq!(run(&account, &path, &ALL, 20).reads, 1);
    std::fs::write(&path, "else").unwrap();
    forget(&path, &origin(), &[&one].into()).unwrap();
    assert!(!path.exists());
    forget(&path, &origin(), &[&one].into()).unwrap();
}
