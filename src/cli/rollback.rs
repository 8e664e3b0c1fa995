//! `callrules rollback`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::account::Account;
use super::carry_out::{Manner, Order, carry_out};
use super::comparing::tell_impact;
use super::error::Error;
use super::lock::Lock;
use super::planning::{Planned, right_account};
use super::{Global, output, stop};
use crate::config;
use crate::engine::account::Read;
use crate::engine::{self, Plan, Step, UserPlan, Wanted};
use crate::journal::{self, End, Journal, Whose};
use crate::model::{Catalogue, Directory, ExtensionId};
use crate::render::left_alone::LeftAlone;
use crate::render::{Deed, shown};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The journal of the apply to undo
    ///
    /// `apply` says where it is: below .callrules/journal, unless `--journal` names another place.
    #[arg(value_name = "JOURNAL")]
    file: PathBuf,

    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let journal = read(&arguments.file)?;
    let settings = config::settings(&global.directory);
    let settings = settings.map_err(|diagnostics| Error::Configuration {
        diagnostics,
        files: 1,
    })?;
    let _lock = Lock::hold(&global.directory, Deed::Rollback)?;
    let account = Account::open(global).await?;
    stop::in_order(&account.client.stopper())?;
    let undone = match right(&journal, &account).await {
        Ok(opened) => {
            let right =
                settings.map_or(Ok(()), |settings| right_account(global, &settings, &opened));
            match right {
                Ok(()) => undo(global, arguments, &account, &journal).await,
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    account.close().await;
    undone
}

fn read(path: &Path) -> Result<Journal, Error> {
    let told = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| Error::File {
        path: told.clone(),
        error,
    })?;
    // What is not text is no line of a journal, and the reader says which.
    let text = String::from_utf8_lossy(&text);
    let journal = journal::read(&text);
    let journal = journal.map_err(|error| Error::NoJournal {
        path: told.clone(),
        error,
    })?;
    let how = match journal.end {
        End::Orderly(_) => return Ok(journal),
        End::Early => {
            "has no end: its run was killed, or lines at the end were taken away; what it does not tell is \
             not undone"
                .to_owned()
        }
        End::Torn(line) => format!(
            "is cut off in line {line}: its run was killed while it wrote that; what was under way is \
             settled by looking at the account"
        ),
    };
    output::err(&format!("warning: {told} {how}\n"))?;
    Ok(journal)
}

/// Stops where the journal is of another account; else gives the account's id.
async fn right(journal: &Journal, account: &Account) -> Result<String, Error> {
    let other = |written: &str, opened: &str| Error::JournalOfOther {
        written: written.to_owned(),
        opened: opened.to_owned(),
    };
    if journal.header.server != account.server {
        return Err(other(&journal.header.server, &account.server));
    }
    let opened = account.client.account_id().await?;
    if journal.header.account != opened {
        let written = format!("account {}", journal.header.account);
        return Err(other(&written, &format!("account {opened}")));
    }
    Ok(opened)
}

async fn undo(
    global: &Global,
    arguments: &Arguments,
    account: &Account,
    journal: &Journal,
) -> Result<ExitCode, Error> {
    let planned = async {
        let directory = account.client.directory().await?;
        plan(account, journal, directory).await
    };
    let (planned, left_alone) = stop::before_writes(&account.client.stopper(), planned).await?;
    let again = global.command(&["rollback", &arguments.file.to_string_lossy()]);
    let order = Order {
        deed: Deed::Rollback,
        manner: &arguments.manner,
        canary: None,
        saved: None,
        left_alone: &left_alone,
        again: &again,
    };
    carry_out(global, order, account, &planned).await
}

/// The names of what the plan tells of. Nothing rests on them, so ids are shown where they cannot be read.
async fn names(
    account: &Account,
    users: &[UserPlan],
    directory: &Directory,
) -> Result<Catalogue, Error> {
    let lists = users.iter();
    let lists = lists.flat_map(|user| engine::name_lists(user, directory));
    let mut known = Vec::new();
    for (list, named) in engine::look_up(&account.client, lists.collect()).await {
        match named {
            Ok(named) => known.push((list, named)),
            Err(error) => output::err(&format!(
                "warning: ids are shown where names could be: {error}\n"
            ))?,
        }
    }
    Ok(Catalogue::from_iter(known))
}

/// The way back, and who is left alone because something has moved since.
async fn plan(
    account: &Account,
    journal: &Journal,
    directory: Directory,
) -> Result<(Planned, Vec<LeftAlone>), Error> {
    let mut by_user: BTreeMap<&ExtensionId, (&Whose, Vec<Step<'_>>)> = BTreeMap::new();
    for write in journal
        .writes
        .iter()
        .filter(|write| write.may_have_happened())
    {
        let user = &write.begun.user;
        let (_, steps) = by_user.entry(&user.id).or_insert((user, Vec::new()));
        steps.push(write.step());
    }
    let wanted: Vec<Wanted> = by_user
        .iter()
        .map(|(user, (_, steps))| Wanted::to_undo(user, steps))
        .collect();
    let progress = account.progress("Reading users", wanted.len());
    let fetched = engine::fetch(&account.client, &wanted, async |_, live| {
        progress.step();
        live
    });
    let fetched = progress.watch(fetched).await;
    let mut users = Vec::new();
    let mut unread = Vec::new();
    let mut left_alone = Vec::new();
    for ((user, (whose, steps)), live) in by_user.iter().zip(fetched) {
        let number = whose.extension_number.as_deref().unwrap_or(&user.0);
        let name = format!("{} · {number}", shown::name(&whose.name));
        match live {
            Ok(live) => match engine::rollback(user, steps, &live, &directory) {
                Ok(mut plan) => {
                    tell_impact(&mut plan, &live, &directory);
                    users.push(plan);
                }
                Err(strays) => left_alone.push(LeftAlone { user: name, strays }),
            },
            Err(error) => unread.push((name, error)),
        }
    }
    let catalogue = names(account, &users, &directory).await?;
    let planned = Planned {
        wanted: users.len() + unread.len(),
        plan: Plan {
            account: journal.header.account.clone(),
            users,
        },
        directory: Arc::new(directory),
        catalogue,
        notices: Vec::new(),
        reads: None,
        unread,
        server: account.server.clone(),
        files: 0,
    };
    Ok((planned, left_alone))
}
