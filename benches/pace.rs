//! How fast each step from files and answers to a plan is, for a thousand users who all differ.
//!
//! `cargo bench --bench pace`. Reports; nothing is asserted.

mod company;
mod steps;

use std::sync::OnceLock;

use callrules::config::Repository;
use callrules::engine::{self, LiveUser, UserPlan};
use callrules::model::{DesiredUser, Directory};
use company::{Account, Failure, Lists, write_files};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tempfile::TempDir;

const USERS: usize = 1_000;

/// What the steps begin with.
struct Before {
    folder: TempDir,
    repository: Repository,
    directory: Directory,
    desired: Vec<DesiredUser>,
    lists: Vec<Lists>,
}

static BEFORE: OnceLock<Before> = OnceLock::new();

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    write_files(folder.path(), USERS, 1)?;
    let account = Account::set_up()?;
    let repository = steps::load(folder.path())?;
    let directory = steps::directory(USERS);
    let before = Before {
        desired: steps::resolve(&repository, &directory)?,
        lists: (0..USERS).map(|user| account.lists(user)).collect(),
        folder,
        repository,
        directory,
    };
    BEFORE.get_or_init(|| before);
    divan::main();
    Ok(())
}

fn before() -> &'static Before {
    BEFORE.get().expect("it is set up before the first step")
}

/// Every user as the account has it, and what comparing finds.
fn compared() -> Vec<(LiveUser, UserPlan)> {
    let Before {
        desired,
        lists,
        directory,
        ..
    } = before();
    let all = desired.iter().zip(lists).map(|(desired, lists)| {
        let live = steps::read(desired, lists).expect("the account sent it");
        let (plan, _) = engine::diff(desired, &live, directory);
        (live, plan)
    });
    all.collect()
}

#[divan::bench]
fn load(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| steps::load(before().folder.path()).expect("the files have no mistakes"));
}

#[divan::bench]
fn resolve(bencher: Bencher<'_, '_>) {
    let Before {
        repository,
        directory,
        ..
    } = before();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| steps::resolve(repository, directory).expect("the names are known"));
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let Before { desired, lists, .. } = before();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (desired, lists) in desired.iter().zip(lists) {
            black_box(steps::read(desired, lists).expect("the account sent it"));
        }
    });
}

#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let Before {
        desired, directory, ..
    } = before();
    let compared = compared();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (desired, (live, _)) in desired.iter().zip(&compared) {
            black_box(engine::diff(desired, live, directory));
        }
    });
}

#[divan::bench]
fn impact(bencher: Bencher<'_, '_>) {
    let compared = compared();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (live, plan) in &compared {
            steps::tell_impact(plan, live, &before().directory);
        }
    });
}

#[divan::bench]
fn lint(bencher: Bencher<'_, '_>) {
    let compared = compared();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (live, plan) in &compared {
            steps::look(plan, live, &before().directory);
        }
    });
}
