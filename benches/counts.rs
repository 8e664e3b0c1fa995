//! How often memory is asked for, for so many users: a count that is the same on every machine, near enough.
//!
//! `cargo test --bench counts` holds it against `benches/counts.txt`: more than a tenth above it, or growth that
//! is more than in line with the users, fails. `UPDATE_COUNTS=1` before it writes the file anew.

mod company;

use std::alloc::System;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use callrules::config::{self, Repository};
use callrules::engine::{self, Difference, LiveUser};
use callrules::model::{Catalogue, Directory, Extension, ExtensionId};
use callrules::wire::{InteractionRule, StateRule};
use company::{Account, Failure, Lists, directory, write_files};
use serde_json::Value;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts.txt");

const USERS: usize = 250;

/// What is counted, with the count.
type Counts = Vec<(&'static str, usize)>;

fn main() -> Result<(), Failure> {
    let account = Account::set_up()?;
    // What is made once, whoever asks first, counts for nobody.
    count(&account, 2)?;
    let few = count(&account, USERS)?;
    let many = count(&account, 4 * USERS)?;
    let mut told = String::new();
    for (what, count) in &few {
        writeln!(told, "{what} {count}")?;
    }
    print!("{told}");
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        fs::write(KEPT, told)?;
        return Ok(());
    }
    let kept = fs::read_to_string(KEPT)?;
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        let mut lines = kept.lines().filter_map(|line| line.split_once(' '));
        let kept = lines.find(|(kept, _)| kept == what);
        let (_, kept) = kept.ok_or_else(|| format!("{KEPT} does not say `{what}`"))?;
        let kept: usize = kept.parse()?;
        if few * 10 > kept * 11 {
            return Err(format!("{what}: {few} allocations; {kept} are kept").into());
        }
        if many * 10 > few * 44 {
            return Err(
                format!("{what}: {few} allocations, and for four times the users {many}").into(),
            );
        }
    }
    Ok(())
}

/// Reads so many files, resolves them, and compares each user with the account.
fn count(account: &Account, users: usize) -> Result<Counts, Failure> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), users)?;
    let directory = Directory::new(directory(users).iter().map(extension).collect());
    let bodies: Vec<Lists> = (0..users).map(|user| account.lists(user)).collect();
    let mut counts = Counts::new();
    let mut region = Region::new(ALLOCATOR);
    let mut counted = |what| counts.push((what, region.change_and_reset().allocations));

    let repository = load(folder.path())?;
    counted("load");
    let Repository {
        settings, shared, ..
    } = &repository;
    let files = repository.users.iter().map(|user| &user.file);
    let none = Catalogue::default();
    let resolved: Vec<_> =
        config::resolve_all(files, settings, shared, &directory, &none).collect();
    counted("resolve");
    let mut changes = 0;
    for (desired, lists) in resolved.into_iter().zip(&bodies) {
        let desired = desired.map_err(|found| format!("{found:?}"))?;
        let live = live(lists)?;
        let Difference { plan, before, .. } = engine::diff(&desired, &live, &directory);
        let today = jiff::civil::date(2026, 11, 21).at(0, 0, 0, 0);
        engine::impact(&before, &plan.id, &plan.changes, &directory, today);
        engine::handling_after(before, &plan.id, &plan.changes);
        changes += plan.changes.len();
    }
    counted("compare");
    if changes != users / 100 {
        return Err(format!("{changes} changes for {users} users").into());
    }
    Ok(counts)
}

fn load(folder: &Path) -> Result<Repository, Failure> {
    let loaded = config::load(folder);
    loaded
        .repository
        .ok_or_else(|| format!("{:?}", loaded.diagnostics).into())
}

fn live(lists: &Lists) -> Result<LiveUser, Failure> {
    let records = |text: &str| -> Result<Vec<Value>, Failure> {
        let mut list: Value = serde_json::from_str(text)?;
        Ok(serde_json::from_value(list["records"].take())?)
    };
    let rules = records(&lists.rules)?.into_iter();
    let states = records(&lists.states)?.into_iter();
    Ok(LiveUser {
        rules: rules
            .map(InteractionRule::try_from)
            .collect::<Result<_, _>>()?,
        state_rules: states.map(StateRule::try_from).collect::<Result<_, _>>()?,
    })
}

fn extension(record: &Value) -> Extension {
    let text = |pointer| {
        let text = record.pointer(pointer).and_then(Value::as_str);
        text.map(str::to_owned)
    };
    Extension {
        id: ExtensionId(record["id"].to_string()),
        number: text("/extensionNumber"),
        name: text("/name").unwrap_or_default(),
        email: text("/contact/email"),
        kind: text("/type").unwrap_or_default(),
        status: text("/status").unwrap_or_default(),
        time_zone: text("/regionalSettings/timezone/name"),
    }
}
