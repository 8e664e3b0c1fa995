//! Measures each step from files and responses to a plan, for a thousand different users.
//!
//! `cargo bench --bench pace`. Reports only; nothing is asserted.

mod company;
mod steps;

use std::sync::OnceLock;

use callrules::config::Repository;
use callrules::model::{DesiredUser, ExtensionDirectory};
use callrules::reconcile::{self, LiveUser, UserPlan};
use company::{BenchError, GeneratedAccount, RuleLists, write_files};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tempfile::TempDir;

const USERS: usize = 1_000;

/// The input of the steps.
struct PaceInput {
    folder: TempDir,
    repository: Repository,
    directory: ExtensionDirectory,
    desired: Vec<DesiredUser>,
    lists: Vec<RuleLists>,
}

static INPUT: OnceLock<PaceInput> = OnceLock::new();

fn main() -> Result<(), BenchError> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), USERS, 1)?;
    let account = GeneratedAccount::generate()?;
    let repository = steps::load_repository(folder.path())?;
    let directory = steps::build_directory(USERS);
    let before = PaceInput {
        desired: steps::resolve_users(&repository, &directory)?,
        lists: (0..USERS).map(|user| account.rule_lists(user)).collect(),
        folder,
        repository,
        directory,
    };
    INPUT.get_or_init(|| before);
    divan::main();
    Ok(())
}

fn input() -> &'static PaceInput {
    INPUT.get().expect("it is set up before the first step")
}

/// Returns the live state and the diff of every user.
fn diff_all() -> Vec<(LiveUser, UserPlan)> {
    let PaceInput {
        desired,
        lists,
        directory,
        ..
    } = input();
    let all = desired.iter().zip(lists).map(|(desired, lists)| {
        let live = steps::parse_live_user(desired, lists).expect("the account sent it");
        let (plan, _) = reconcile::diff_user(desired, &live, directory, None);
        (live, plan)
    });
    all.collect()
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        steps::load_repository(input().folder.path()).expect("the files have no mistakes")
    });
}

#[divan::bench]
fn resolve(bencher: Bencher<'_, '_>) {
    let PaceInput {
        repository,
        directory,
        ..
    } = input();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| steps::resolve_users(repository, directory).expect("the names are known"));
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let PaceInput { desired, lists, .. } = input();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (desired, lists) in desired.iter().zip(lists) {
            black_box(steps::parse_live_user(desired, lists).expect("the account sent it"));
        }
    });
}

#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let PaceInput {
        desired, directory, ..
    } = input();
    let compared = diff_all();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (desired, (live, _)) in desired.iter().zip(&compared) {
            black_box(reconcile::diff_user(desired, live, directory, None));
        }
    });
}

#[divan::bench]
fn impact(bencher: Bencher<'_, '_>) {
    let compared = diff_all();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (live, plan) in &compared {
            steps::compute_impact(plan, live, &input().directory);
        }
    });
}

#[divan::bench]
fn lint(bencher: Bencher<'_, '_>) {
    let compared = diff_all();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (live, plan) in &compared {
            steps::lint_plan(plan, live, &input().directory);
        }
    });
}
