//! How often memory is asked for, for so many users, and how much of it is held: counts that are the same on
//! every machine, near enough.
//!
//! `cargo test --bench counts` holds them against `benches/counts.txt`: more than a tenth beside it, or growth that
//! is more than in line with the users, fails. `UPDATE_COUNTS=1` before it writes the file anew.

#![expect(clippy::print_stdout, reason = "it reports")]

mod company;
mod steps;

use std::alloc::System;
use std::fmt::Write;
use std::fs;

use callrules::engine;
use company::{Account, FEW_DIFFER, Failure, Lists, write_files};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

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
    let mut wrong = String::new();
    let named = |line: &str| line.rsplit_once(' ').map(|(what, _)| what.to_owned());
    let is_counted = |line: &&str| {
        few.iter()
            .any(|(what, _)| named(line).as_deref() == Some(what))
    };
    for line in kept.lines().filter(|line| !is_counted(line)) {
        writeln!(wrong, "{KEPT} has `{line}`, which nobody counts")?;
    }
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        let mut lines = kept.lines().filter_map(|line| line.rsplit_once(' '));
        let kept = lines.find(|(kept, _)| kept == what);
        let (_, kept) = kept.ok_or_else(|| format!("{KEPT} does not say `{what}`"))?;
        let kept: usize = kept.parse()?;
        if few * 10 > kept * 11 || few * 11 < kept * 10 {
            writeln!(wrong, "{what}: {few}, where {kept} is kept")?;
        }
        if many * 10 > few * 44 {
            writeln!(wrong, "{what}: {few}, and for four times the users {many}")?;
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.into()),
    }
}

/// How often memory was asked for, or for more in its place.
fn asked(stats: &Stats) -> usize {
    stats.allocations + stats.reallocations
}

/// Reads so many files, resolves them, and compares each user with the account.
fn count(account: &Account, users: usize) -> Result<Counts, Failure> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), users, FEW_DIFFER)?;
    let directory = steps::directory(users);
    let bodies: Vec<Lists> = (0..users).map(|user| account.lists(user)).collect();
    let mut counts = Counts::new();
    let mut region = Region::new(ALLOCATOR);

    let repository = steps::load(folder.path())?;
    let loaded = region.change_and_reset();
    counts.push(("load", asked(&loaded)));
    let held = loaded.bytes_allocated - loaded.bytes_deallocated;
    counts.push(("bytes held of what was loaded", held));
    let mut counted = |what| counts.push((what, asked(&region.change_and_reset())));
    let resolved = steps::resolve(&repository, &directory)?;
    counted("resolve");
    let read = { resolved.iter().zip(&bodies) }.map(|(desired, lists)| steps::read(desired, lists));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    counted("read");
    let compare = |(desired, live)| engine::diff(desired, live, &directory);
    let compared: Vec<_> = resolved.iter().zip(&read).map(compare).collect();
    counted("diff");
    let mut changes = 0;
    for ((plan, _), live) in compared.iter().zip(&read) {
        changes += plan.changes.len();
        steps::tell_impact(plan, live, &directory);
        steps::look(plan, live, &directory);
    }
    counted("impact and lint");
    if changes != users / FEW_DIFFER {
        return Err(format!("{changes} changes for {users} users").into());
    }
    Ok(counts)
}
