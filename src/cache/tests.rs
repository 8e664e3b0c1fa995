//! Tests of the cache with a simulated account: edits, late audit records, and plans in between.

mod cache_file;
mod evaluate;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::api::{AuditRecord, AuditTarget, InteractionRuleRecord, StateRuleRecord};
use crate::model::{AccountExtension, ExtensionDirectory, GreetingUsage, NamedResource};
use crate::reconcile::account::{AccountReader, DeviceLists};

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);
const USERS: usize = 4;
const ALL: [usize; USERS] = [0, 1, 2, 3];

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn id(user: usize) -> ExtensionId {
    ExtensionId((100 + user).to_string())
}

fn identity() -> CacheIdentity {
    CacheIdentity {
        account: "7".to_owned(),
        server: "https://api.example".to_owned(),
        callrules: "0.1.0".to_owned(),
    }
}

fn directory() -> ExtensionDirectory {
    let extension = |id: ExtensionId, kind: &str| AccountExtension {
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
    ExtensionDirectory::new(all)
}

/// A simulated account. Each list contains the time of its last change, and the list of the last
/// user refers to the first user.
#[derive(Default)]
struct AuditedAccount {
    changed: RefCell<BTreeMap<usize, i64>>,
    /// Time of the change, audit record, and time from which it can be found.
    audit_trail: RefCell<Vec<(i64, AuditRecord, i64)>>,
    reads: Cell<usize>,
}

impl AuditedAccount {
    fn edit(&self, user: usize, at: i64, delay: i64) {
        self.changed.borrow_mut().insert(user, at);
        self.record(AuditTarget::Extension(id(user)), at, delay);
    }

    fn record(&self, target: AuditTarget, at: i64, delay: i64) {
        let mut trail = self.audit_trail.borrow_mut();
        let record = AuditRecord {
            id: Some(trail.len().to_string()),
            changed_at: Some(time(at)),
            action: "CHANGE".to_owned(),
            target,
            initiator: None,
            initiator_name: None,
            details: Vec::new(),
        };
        trail.push((at, record, at + delay));
    }

    fn search(&self, from: Timestamp, now: i64) -> Vec<AuditRecord> {
        let trail = self.audit_trail.borrow();
        trail
            .iter()
            .filter(|(at, _, visible_at)| time(*at) >= from && *visible_at <= now)
            .map(|(_, record, _)| record.clone())
            .collect()
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

impl AccountReader for AuditedAccount {
    type Error = Infallible;

    async fn account_id(&self) -> Result<String, Infallible> {
        Ok("7".to_owned())
    }

    async fn directory(&self) -> Result<ExtensionDirectory, Infallible> {
        Ok(directory())
    }

    async fn greetings(&self, _: GreetingUsage) -> Result<Vec<NamedResource>, Infallible> {
        Ok(Vec::new())
    }

    async fn devices(&self) -> Result<DeviceLists, Infallible> {
        Ok(DeviceLists::default())
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, Infallible> {
        let rules = self
            .list(user)
            .into_iter()
            .map(InteractionRuleRecord::try_from);
        Ok(rules.collect::<Result<_, _>>().unwrap())
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRuleRecord>, Infallible> {
        let rules = self.list(user).into_iter().map(StateRuleRecord::try_from);
        Ok(rules.collect::<Result<_, _>>().unwrap())
    }
}

struct CachedRun {
    /// The last change of the rules of each user, as far as this run knows.
    rules: Vec<i64>,
    /// The number of lists that were read from the account.
    reads: usize,
    bypass_reason: Option<String>,
}

/// Opens the cache, as after an audit search.
fn open_reader<'a>(
    account: &'a AuditedAccount,
    path: &'a Path,
    now: i64,
) -> (CachedReader<'a, AuditedAccount>, Option<BypassReason>) {
    open_reader_after_search(account, path, now, |from| Ok(account.search(from, now)))
}

/// Opens the cache with this result of the audit search.
fn open_reader_after_search<'a>(
    account: &'a AuditedAccount,
    path: &'a Path,
    now: i64,
    search: impl FnOnce(Timestamp) -> Result<Vec<AuditRecord>, BypassReason>,
) -> (CachedReader<'a, AuditedAccount>, Option<BypassReason>) {
    let cache_file = CacheFile::open(path, &identity()).ok();
    let watermark = cache_file.as_ref().map(CacheFile::watermark);
    let records = search(audit_search_start(watermark, time(now))).map(Some);
    let is_cached = |user: &ExtensionId| {
        let file = cache_file.as_ref();
        file.is_some_and(|file| file.has_user(user))
    };
    let decision = evaluate(watermark, records, &directory(), is_cached, time(now));
    let file = (path.to_owned(), identity());
    CachedReader::new(account, cache_file, decision, WEEK, time(now), file).unwrap()
}

/// Runs a plan that reads these users through the cache.
fn run_plan(account: &AuditedAccount, path: &Path, users: &[usize], now: i64) -> CachedRun {
    read_users(account, open_reader(account, path, now), users)
}

/// Reads the rules of these users, and closes the cache.
fn read_users(
    account: &AuditedAccount,
    (reader, reason): (CachedReader<'_, AuditedAccount>, Option<BypassReason>),
    users: &[usize],
) -> CachedRun {
    account.reads.set(0);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let rules = runtime.unwrap().block_on(async {
        let mut changed_at = Vec::new();
        for user in users {
            let Ok(rules) = reader.interaction_rules(&id(*user)).await;
            changed_at.push(rules[0].body["at"].as_i64().unwrap());
        }
        changed_at
    });
    let stats = reader.finish();
    stats.saved.unwrap();
    assert_eq!(stats.read, account.reads.get());
    assert_eq!(stats.read + stats.from_cache, users.len());
    CachedRun {
        rules,
        reads: stats.read,
        bypass_reason: reason.map(|reason| reason.to_string()),
    }
}

#[derive(Debug, Clone)]
enum AccountStep {
    /// A user is edited; the audit record appears after this delay in seconds.
    Edit(usize, i64),
    /// The first user is edited, which also changes the rules of the last one.
    Both(i64),
    /// The company is edited, which changes all users.
    Company(i64),
    /// A plan reads these users.
    Plan(BTreeSet<usize>),
    /// Nothing happens for this many seconds.
    Wait(i64),
}

fn step_strategy() -> impl Strategy<Value = Vec<AccountStep>> {
    let delay = 0..OVERLAP.as_secs();
    let users = proptest::collection::btree_set(0..USERS, 1..=USERS);
    let step = prop_oneof![
        3 => (0..USERS, delay.clone()).prop_map(|(user, delay)| AccountStep::Edit(user, delay)),
        1 => delay.clone().prop_map(AccountStep::Both),
        1 => delay.prop_map(AccountStep::Company),
        4 => users.prop_map(AccountStep::Plan),
        4 => (0..100_000_i64).prop_map(AccountStep::Wait),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    // Each case writes files and waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A plan misses no change whose audit record can be found, however late the record appeared.
    #[test]
    fn every_change_with_a_record_is_seen(steps in step_strategy()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let account = AuditedAccount::default();
        let mut now = 0;
        // The user, the time of the change, and the time from which it can be found.
        let mut edits: Vec<(usize, i64, i64)> = Vec::new();
        for step in steps {
            now += 3;
            match step {
                AccountStep::Edit(user, delay) => {
                    account.edit(user, now, delay);
                    edits.push((user, now, now + delay));
                }
                AccountStep::Both(delay) => {
                    account.edit(0, now, delay);
                    account.changed.borrow_mut().insert(USERS - 1, now);
                    edits.extend([(0, now, now + delay), (USERS - 1, now, now + delay)]);
                }
                AccountStep::Company(delay) => {
                    account.record(AuditTarget::Other("Company".to_owned()), now, delay);
                    for user in 0..USERS {
                        account.changed.borrow_mut().insert(user, now);
                        edits.push((user, now, now + delay));
                    }
                }
                AccountStep::Wait(seconds) => now += seconds,
                AccountStep::Plan(users) => {
                    let users: Vec<usize> = users.into_iter().collect();
                    let run = run_plan(&account, &path, &users, now);
                    for (user, actual) in users.iter().zip(run.rules) {
                        let expected = edits
                            .iter()
                            .filter(|(edited, _, visible_at)| edited == user && *visible_at <= now)
                            .map(|(_, at, _)| *at)
                            .max()
                            .unwrap_or(-1);
                        prop_assert!(actual >= expected, "user {user}: {actual}, not {expected}");
                    }
                }
            }
        }
    }
}
