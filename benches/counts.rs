//! Counts allocations and the bytes that are held, for several numbers of users. The counts are
//! almost the same on every machine.
//!
//! `cargo test --bench counts` compares them with `benches/counts.txt`. A difference of more than a
//! tenth fails, and so does growth that is more than linear. `UPDATE_COUNTS=1` writes the file.

#![expect(clippy::print_stdout, reason = "it reports")]

mod company;
mod steps;

use std::alloc::System;
use std::fmt::Write;
use std::fs;

use callrules::reconcile;
use company::{BenchError, CHANGE_INTERVAL, GeneratedAccount, RuleLists, write_files};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const COUNTS_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/counts.txt");

const USERS: usize = 250;

/// The name of a count, and its value.
type StepCounts = Vec<(&'static str, usize)>;

fn main() -> Result<(), BenchError> {
    let account = GeneratedAccount::generate()?;
    // Data that is created once does not belong to a single run.
    count_steps(&account, 2)?;
    let few = count_steps(&account, USERS)?;
    let many = count_steps(&account, 4 * USERS)?;
    let mut report = String::new();
    for (what, count) in &few {
        writeln!(report, "{what} {count}")?;
    }
    print!("{report}");
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        fs::write(COUNTS_FILE, report)?;
        return Ok(());
    }
    let kept = fs::read_to_string(COUNTS_FILE)?;
    let mut wrong = String::new();
    let named = |line: &str| line.rsplit_once(' ').map(|(what, _)| what.to_owned());
    let is_counted = |line: &&str| {
        few.iter()
            .any(|(what, _)| named(line).as_deref() == Some(what))
    };
    for line in kept.lines().filter(|line| !is_counted(line)) {
        writeln!(wrong, "{COUNTS_FILE} has `{line}`, which is not counted")?;
    }
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        let mut lines = kept.lines().filter_map(|line| line.rsplit_once(' '));
        let kept = lines.find(|(kept, _)| kept == what);
        let (_, kept) = kept.ok_or_else(|| format!("{COUNTS_FILE} lacks `{what}`"))?;
        let kept: usize = kept.parse()?;
        if few * 10 > kept * 11 || few * 11 < kept * 10 {
            writeln!(wrong, "{what}: {few}, where {kept} is kept")?;
        }
        if many * 10 > few * 44 {
            writeln!(wrong, "{what}: {few}, and for four times the users {many}")?;
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

/// Returns the number of allocations and reallocations.
fn allocation_count(stats: &Stats) -> usize {
    stats.allocations + stats.reallocations
}

/// Reads the files, resolves them and compares each user with the account.
fn count_steps(account: &GeneratedAccount, users: usize) -> Result<StepCounts, BenchError> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), users, CHANGE_INTERVAL)?;
    let directory = steps::build_directory(users);
    let bodies: Vec<RuleLists> = (0..users).map(|user| account.rule_lists(user)).collect();
    let mut counts = StepCounts::new();
    let mut region = Region::new(ALLOCATOR);

    let repository = steps::load_repository(folder.path())?;
    let loaded = region.change_and_reset();
    counts.push(("load", allocation_count(&loaded)));
    let retained_bytes = loaded.bytes_allocated - loaded.bytes_deallocated;
    counts.push(("bytes held of what was loaded", retained_bytes));
    let mut counted = |what| counts.push((what, allocation_count(&region.change_and_reset())));
    let resolved = steps::resolve_users(&repository, &directory)?;
    counted("resolve");
    let read = { resolved.iter().zip(&bodies) }
        .map(|(desired, lists)| steps::parse_live_user(desired, lists));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    counted("read");
    let compare = |(desired, live)| reconcile::diff_user(desired, live, &directory, None);
    let compared: Vec<_> = resolved.iter().zip(&read).map(compare).collect();
    counted("diff");
    let mut changes = 0;
    for ((plan, _), live) in compared.iter().zip(&read) {
        changes += plan.changes.len();
        steps::compute_impact(plan, live, &directory);
        steps::lint_plan(plan, live, &directory);
    }
    counted("impact and lint");
    if changes != users / CHANGE_INTERVAL {
        return Err(format!("{changes} changes for {users} users").into());
    }
    Ok(counts)
}
