//! `callrules import`

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::files::{self, keep};
use super::planning::{self, Users};
use super::problem;
use super::{Global, output};
use crate::client::{self, Client};
use crate::config::types::Settings;
use crate::config::{self, Repository, User};
use crate::engine::account::Read;
use crate::engine::{self, Fetched, LiveUser, Wanted};
use crate::import::{self, Target};
use crate::init;
use crate::model::{Catalogue, Directory, Extension, ExtensionId, NameList};
use crate::render::shown;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: Users,

    /// Write the files of these users anew where they have some
    ///
    /// Whose they are, their `prune`, `ignore` and `allow` stay, and so do the rules that these leave to the user; comments go,
    /// and what calendars and contacts say is written out. A file that uses profiles is left as it is.
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let repository = match global.directory.join("callrules.yaml").exists() {
        true => Some(planning::repository(global)?.0),
        false if files::holds_any(&global.directory.join("users")) => {
            return Err(Error::NoSettings(global.directory.display().to_string()));
        }
        false => None,
    };
    let account = Account::open(global).await?;
    let done = import(global, arguments, repository.as_ref(), &account).await;
    account.close().await;
    done
}

async fn import(
    global: &Global,
    arguments: &Arguments,
    repository: Option<&Repository>,
    account: &Account,
) -> Result<ExitCode, Error> {
    let Account { client, server, .. } = account;
    let id = client.account_id().await?;
    output::err(&planning::opened(&id, server))?;
    if let Some(repository) = repository {
        planning::right_account(global, &repository.settings, &id)?;
        if repository.settings.account.is_none() {
            output::err(&format!(
                "note: callrules.yaml names no account; with `account: \"{id}\"` in it no other is \
                 ever changed\n"
            ))?;
        }
    }
    let directory = client.directory().await?;
    let there = match repository {
        Some(repository) => there(repository, &directory)?,
        None => HashMap::new(),
    };
    let mut failed = 0;
    let mut users = Vec::new();
    for user in select(&directory, &arguments.users)? {
        match there.get(&user.id) {
            Some(User { path, .. }) if !arguments.force => {
                output::out(&format!("left {path} as it is; `--force` writes it anew\n"))?
            }
            Some(User { path, file }) if file.profiles.is_some() => {
                failed += 1;
                let why = "it uses profiles; edit it, or remove it and import again";
                output::err(&format!("error: {path} was not written anew: {why}\n"))?;
            }
            _ => users.push(user),
        }
    }
    let wanted = users.iter().map(|user| Wanted {
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
    let catalogue = catalogue(client, &users, &fetched).await?;
    // Where nothing could be read, nothing is begun.
    if repository.is_none() && fetched.iter().any(Result::is_ok) {
        for file in init::foundation(Some(&id)) {
            keep(&global.directory, &file.path, &file.text, arguments.force)?;
        }
    }
    let new = init::settings();
    let writer = Writer {
        root: &global.directory,
        settings: repository.map_or(&new, |repository| &repository.settings),
        there: &there,
        directory: &directory,
        catalogue: &catalogue,
    };
    for (user, live) in users.into_iter().zip(fetched) {
        let written = match live {
            Ok(live) => writer.write(user, &live),
            Err(error) => Err(error.to_string()),
        };
        match written {
            Ok(told) => told.iter().try_for_each(|line| output::err(line))?,
            Err(error) => {
                failed += 1;
                output::err(&format!(
                    "error: {} was not imported: {error}\n",
                    shown::name(user.label())
                ))?;
            }
        }
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// The files that there are, by their users.
fn there<'a>(
    repository: &'a Repository,
    directory: &Directory,
) -> Result<HashMap<ExtensionId, &'a User>, Error> {
    let mut there: HashMap<ExtensionId, &User> = HashMap::new();
    let mut mistakes = Vec::new();
    for user in &repository.users {
        let Some(owner) = config::identify(&user.file, directory) else {
            continue;
        };
        if let Some(other) = there.insert(owner, user) {
            mistakes.push(problem::two_files(repository, user, &other.path));
        }
    }
    if mistakes.is_empty() {
        return Ok(there);
    }
    Err(Error::Configuration {
        diagnostics: mistakes,
        files: repository.users.len() + 1,
    })
}

/// Writes the files of users.
struct Writer<'a> {
    root: &'a Path,
    settings: &'a Settings,
    there: &'a HashMap<ExtensionId, &'a User>,
    directory: &'a Directory,
    catalogue: &'a Catalogue,
}

impl Writer<'_> {
    /// Writes the file of one user, and gives what is to be told about it. What goes wrong here is this
    /// user's alone.
    fn write(&self, user: &Extension, live: &LiveUser) -> Result<Vec<String>, String> {
        let before = self.there.get(&user.id);
        let path = match before {
            Some(before) => before.path.clone(),
            None => import::free_path(user, |path| files::is_taken(&self.root.join(path)))
                .ok_or("other files have the names that its file could have; rename one of them")?,
        };
        let target = Target {
            path: &path,
            settings: self.settings,
            before: before.map(|before| &before.file),
        };
        let file = import::user_file(user, live, self.directory, self.catalogue, target)?;
        keep(self.root, &path, &file.text, before.is_some()).map_err(|error| error.to_string())?;
        let notes = file.notes.iter();
        Ok(notes
            .map(|note| format!("warning: {path}: {note}\n"))
            .collect())
    }
}

/// The names of the greetings and devices of these users. Where a list cannot be read, such as the
/// devices of an extension that is gone, the ids will do.
async fn catalogue(
    client: &Client,
    users: &[&Extension],
    fetched: &[Fetched<client::Error>],
) -> Result<Catalogue, Error> {
    let read = users.iter().zip(fetched);
    let read = read.filter_map(|(user, live)| Some((user, live.as_ref().ok()?)));
    let lists: BTreeSet<NameList> = read
        .flat_map(|(user, live): (_, &LiveUser)| import::name_lists(user, live))
        .collect();
    let mut known = Vec::new();
    for (list, named) in engine::look_up(client, lists).await {
        match named {
            Ok(named) => known.push((list, named)),
            Err(error) => output::err(&format!(
                "warning: ids are written where names could be: {error}\n"
            ))?,
        }
    }
    Ok(known.into_iter().collect())
}

/// The users who have call handling rules, or those of them that are named.
fn select<'a>(directory: &'a Directory, wanted: &Users) -> Result<Vec<&'a Extension>, Error> {
    let users = || {
        directory
            .all()
            .iter()
            .filter(|extension| extension.has_rules())
    };
    for selector in &wanted.named {
        if !users().any(|user| selector.names(user)) {
            return Err(Error::NobodyLive {
                selector: selector.clone(),
                help: Users::help(selector, users()),
            });
        }
    }
    let is_meant = |user: &&Extension| {
        wanted.named.is_empty() || wanted.named.iter().any(|selector| selector.names(user))
    };
    Ok(users().filter(is_meant).collect())
}
