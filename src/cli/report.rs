//! `callrules report`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::planning::{self, Unread, Users};
use super::report_folder::Folder;
use super::{Global, clock, output, selection};
use crate::config::{self, Repository};
use crate::engine::account::Read;
use crate::engine::{self, LiveUser, Wanted};
use crate::model::{DesiredUser, Directory};
use crate::render::{diagnostics, say, shown};
use crate::report::{self, Book, Declared, Page, Person, World};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder for the pages, made where there is none
    ///
    /// Begin with its `index.html`. A folder with an earlier report is brought up to date: pages of users
    /// who are gone go away. What else is there is never touched.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    users: Users,

    /// Show the account beside the files
    ///
    /// It is only read. Without this nothing is asked of an account: the pages show what the files say, and
    /// mark what they do not.
    #[arg(long)]
    live: bool,

    /// Write among other files, and replace those of the same name
    #[arg(long)]
    force: bool,
}

/// The pages, whom they lack, and what keeps files from being carried out.
struct Made {
    pages: Vec<Page>,
    unread: Vec<Unread>,
    problems: Vec<String>,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let (repository, warnings) = planning::repository(global)?;
    // Before anything is asked of an account.
    let folder = Folder::open(&arguments.out, arguments.force)?;
    let files = repository.users.len() + 1;
    if !warnings.is_empty() {
        output::err(&diagnostics::human(&warnings, files))?;
    }
    let made = if arguments.live {
        let account = Account::open(global).await?;
        let made = beside_account(global, &repository, &account, &arguments.users).await;
        account.close().await;
        made?
    } else {
        offline(&repository, &arguments.users)?
    };
    for (user, error) in &made.unread {
        output::err(&format!("error: {user} could not be read: {error}\n"))?;
    }
    for problem in &made.problems {
        output::err(&format!("error: {problem}\n"))?;
    }
    let written = folder.write(&made.pages)?;
    let pages = say::counted(made.pages.len() - 1, "page");
    output::out(&format!(
        "wrote {} and {pages} of users\n",
        written.display()
    ))?;
    let is_whole = made.unread.is_empty() && made.problems.is_empty();
    Ok(ExitCode::from(u8::from(!is_whole)))
}

/// What the files say, without an account.
fn offline(repository: &Repository, users: &Users) -> Result<Made, Error> {
    let known = config::offline(repository);
    let selected = selection::select(repository, &known.directory, users, None)?;
    let (files, desired) = planning::resolve(
        repository,
        selected,
        &known.directory,
        &known.catalogue,
        |user| user,
    )?;
    let now = clock::here();
    let people = files.iter().zip(&desired).map(|(file, desired)| Person {
        id: desired.id.clone(),
        file: &file.path,
        live: None,
        desired: World::Declared(Declared::of(desired)),
        problems: Vec::new(),
        now,
    });
    let mut people: Vec<Person<'_>> = people.collect();
    sort(&mut people, &known.directory);
    let book = Book {
        directory: &known.directory,
        catalogue: &known.catalogue,
        source: "From the files alone: no account was asked.",
    };
    Ok(Made {
        pages: report::pages(book, &people),
        unread: Vec::new(),
        problems: Vec::new(),
    })
}

/// What the account has, and what it will have when the files are applied.
async fn beside_account(
    global: &Global,
    repository: &Repository,
    account: &Account,
    users: &Users,
) -> Result<Made, Error> {
    let Account { client, server, .. } = account;
    let id = client.account_id().await?;
    output::err(&planning::opened(&id, server))?;
    planning::right_account(global, &repository.settings, &id)?;
    let directory = client.directory().await?;
    let mut selected = selection::select(repository, &directory, users, None)?;
    let (catalogue, mut unread) =
        planning::catalogue(client, repository, &mut selected.files, &directory).await?;
    let (files, desired) =
        planning::resolve(repository, selected, &directory, &catalogue, |user| user)?;
    let wanted = desired.iter().map(|user| Wanted {
        user: user.id.clone(),
        rules: true,
        states: true,
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let progress = account.progress("Reading users", wanted.len());
    let fetched = engine::fetch(client, &wanted, async |_, live| {
        progress.step();
        live
    });
    let fetched = progress.watch(fetched).await;
    let mut people = Vec::new();
    for ((file, desired), live) in files.iter().zip(&desired).zip(fetched) {
        match live {
            Ok(live) => people.push(person(&file.path, desired, &live, &directory)),
            Err(error) => {
                let name = directory.by_id(&desired.id).map(|user| user.label());
                let name = name.unwrap_or(&desired.id.0);
                unread.push((format!("{} ({})", shown::name(name), file.path), error));
            }
        }
    }
    sort(&mut people, &directory);
    let source = format!("From the files, beside account {id} at {server}.");
    let book = Book {
        directory: &directory,
        catalogue: &catalogue,
        source: &source,
    };
    let problems = people.iter().flat_map(|person| {
        let problems = person.problems.iter();
        problems.map(|problem| format!("{}: {problem}", person.file))
    });
    Ok(Made {
        pages: report::pages(book, &people),
        unread,
        problems: problems.collect(),
    })
}

fn person<'a>(
    file: &'a str,
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &Directory,
) -> Person<'a> {
    let (plan, problems) = engine::diff(desired, live, directory);
    let before = live.handling().clone();
    let after = engine::handling_after(before.clone(), &desired.id, &plan.changes);
    let user = directory.by_id(&desired.id);
    let problems = problems.iter().filter(|problem| !problem.is_warning);
    Person {
        id: desired.id.clone(),
        file,
        live: Some(World::Whole(before)),
        desired: World::Whole(after),
        problems: problems
            .map(|problem| format!("{}: {}", problem.subject, problem.message))
            .collect(),
        now: clock::local(user.and_then(|user| user.time_zone.as_deref())),
    }
}

/// By number, as people look for each other.
fn sort(people: &mut [Person<'_>], directory: &Directory) {
    people.sort_by_cached_key(|person| {
        let user = directory.by_id(&person.id);
        let number = user
            .and_then(|user| user.number.clone())
            .unwrap_or_default();
        (number.is_empty(), number.len(), number, person.id.clone())
    });
}
