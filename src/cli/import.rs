//! `callrules import`

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::files::keep;
use super::planning::{self, Users};
use super::{Global, output};
use crate::client::{self, Client};
use crate::config::{self, Repository};
use crate::engine::account::Read;
use crate::engine::{self, Fetched, LiveUser, Wanted};
use crate::import;
use crate::init;
use crate::model::{Catalogue, Directory, Extension, ExtensionId, NameList};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    users: Users,

    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let repository = match global.directory.join("callrules.yaml").exists() {
        true => Some(planning::repository(global)?.0),
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
    let client = &account.client;
    let id = client.account_id().await?;
    if let Some(repository) = repository {
        planning::right_account(&repository.settings, &id)?;
    }
    let directory = client.directory().await?;
    let there: HashMap<ExtensionId, &str> = { repository.iter() }
        .flat_map(|repository| &repository.users)
        .filter_map(|user| {
            Some((
                config::identify(&user.file, &directory)?,
                user.path.as_str(),
            ))
        })
        .collect();
    let users = select(&directory, &arguments.users)?;
    let (skipped, users): (Vec<_>, Vec<_>) =
        { users.into_iter() }.partition(|user| !arguments.force && there.contains_key(&user.id));
    let wanted = users.iter().map(|user| Wanted {
        user: user.id.clone(),
        rules: true,
        states: true,
    });
    let wanted: Vec<Wanted> = wanted.collect();
    let progress = account.progress("Reading users", wanted.len());
    let fetched = engine::fetch(client, &wanted, || progress.step());
    let fetched = progress.watch(fetched).await;
    let catalogue = catalogue(client, &users, &fetched).await?;
    if repository.is_none() {
        for file in init::foundation(Some(&id)) {
            keep(&global.directory, &file.path, &file.text, arguments.force)?;
        }
    }
    for user in skipped {
        let path = there.get(&user.id).copied().unwrap_or_default();
        output::out(&format!("left {path} as it is\n"))?;
    }
    let mut failed = 0;
    for (user, live) in users.into_iter().zip(fetched) {
        let imported = match live {
            Ok(live) => import::user_file(user, &live, &directory, &catalogue),
            Err(error) => Err(error.to_string()),
        };
        match imported {
            Ok(file) => {
                let new = format!("users/{}", file.file_name);
                let path = there.get(&user.id).copied().unwrap_or(&new);
                keep(&global.directory, path, &file.text, arguments.force)?;
                for note in file.notes {
                    output::err(&format!("warning: {path}: {note}\n"))?;
                }
            }
            Err(error) => {
                failed += 1;
                output::err(&format!(
                    "error: {} was not imported: {error}\n",
                    user.label()
                ))?;
            }
        }
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
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
            return Err(Error::NobodyToImport {
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
