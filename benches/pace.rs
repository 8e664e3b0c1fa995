//! How fast each step from files and answers to a plan is, for a thousand users who all differ.
//!
//! `cargo bench --bench pace`. Reports; nothing is asserted.

mod company;
mod steps;

use std::sync::OnceLock;

use callrules::config::Repository;
use callrules::engine::{self, Difference};
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

/// What comparing finds of every user.
fn differences() -> Vec<Difference> {
    let before = before();
    let both = before.desired.iter().zip(&before.lists);
    both.map(|(desired, lists)| {
        let live = steps::read(lists).expect("it has been read");
        engine::diff(desired, &live, &before.directory)
    })
    .collect()
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
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for lists in &before().lists {
            black_box(steps::read(lists).expect("the account sent it"));
        }
    });
}

#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let Before {
        desired,
        lists,
        directory,
        ..
    } = before();
    let live: Result<Vec<_>, _> = lists.iter().map(steps::read).collect();
    let live = live.expect("the account sent it");
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for (desired, live) in desired.iter().zip(&live) {
            black_box(engine::diff(desired, live, directory));
        }
    });
}

#[divan::bench]
fn impact(bencher: Bencher<'_, '_>) {
    let differences = differences();
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher.bench(|| {
        for difference in &differences {
            steps::tell_impact(difference, &before().directory);
        }
    });
}

#[divan::bench]
fn lint(bencher: Bencher<'_, '_>) {
    let bencher = bencher.counter(ItemsCount::new(USERS));
    bencher
        .with_inputs(differences)
        .bench_values(|differences| {
            for difference in differences {
                steps::look(difference, &before().directory);
            }
        });
}
