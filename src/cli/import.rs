//! `callrules import`

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Args;
use tokio::sync::OnceCell as AsyncOnceCell;

use super::account::Account;
use super::error::Error;
use super::files::{self, put};
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
use crate::model::{Catalogue, Directory, Extension, ExtensionId, NameList, Named};
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
    let new = init::settings();
    let writer = Writer {
        root: &global.directory,
        settings: repository.map_or(&new, |repository| &repository.settings),
        there: &there,
        directory: &directory,
        begun: match repository {
            Some(_) => OnceCell::from(Begun::default()),
            None => OnceCell::new(),
        },
        account: &id,
        force: arguments.force,
    };
    let paths = writer.paths(&users);
    let names = Names::new(client);
    let progress = account.progress("Reading users", wanted.len());
    // Each is written as soon as it was read: what ends a long run takes nothing of that away.
    let write = async |at: usize, live: Fetched<client::Error>| {
        progress.step();
        let live = live.map_err(|error| error.to_string())?;
        let (user, path) = (users[at], &paths[at]);
        let catalogue = names.of(import::name_lists(user, &live)).await;
        let written = writer.write(user, path.as_deref(), &live, &catalogue);
        if writer.is_broken() {
            client.stopper().cancel();
        }
        written
    };
    let written = progress.watch(engine::fetch(client, &wanted, write)).await;
    let Begun {
        lines,
        failed: broken,
    } = writer.begun.into_inner().unwrap_or_default();
    lines.iter().try_for_each(|line| output::out(line))?;
    if let Some(error) = broken {
        return Err(error);
    }
    for error in names.failed.into_inner().into_values() {
        output::err(&format!(
            "warning: ids are written where names could be: {error}\n"
        ))?;
    }
    for (user, written) in users.iter().zip(written) {
        match written {
            Ok(Written { line, notes }) => {
                output::out(&line)?;
                notes.iter().try_for_each(|note| output::err(note))?;
            }
            Err(error) => {
                failed += 1;
                output::err(&format!(
                    "error: {} was not imported: {error}\n",
                    shown::name(&user.full_label())
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
    /// What was written of a new repository beside its users. Where nobody can be read, nothing is begun.
    begun: OnceCell<Begun>,
    account: &'a str,
    force: bool,
}

impl Writer<'_> {
    /// Where the file of each user goes, whoever is read first, and whether or not the others can be read;
    /// nothing where its names are taken.
    fn paths(&self, users: &[&Extension]) -> Vec<Option<String>> {
        let mut given: HashSet<String> = HashSet::new();
        let path = |user: &&Extension| match self.there.get(&user.id) {
            Some(before) => Some(before.path.clone()),
            None => {
                let is_taken =
                    |path: &str| given.contains(path) || files::is_taken(&self.root.join(path));
                let path = import::free_path(user, is_taken)?;
                given.insert(path.clone());
                Some(path)
            }
        };
        users.iter().map(path).collect()
    }

    /// Writes the file of one user. What goes wrong here is this user's alone.
    fn write(
        &self,
        user: &Extension,
        path: Option<&str>,
        live: &LiveUser,
        catalogue: &Catalogue,
    ) -> Result<Written, String> {
        if self.begun.get_or_init(|| self.begin()).failed.is_some() {
            return Err("the repository could not be begun".to_owned());
        }
        let path =
            path.ok_or("other files have the names that its file could have; rename one of them")?;
        let before = self.there.get(&user.id);
        let target = Target {
            path,
            settings: self.settings,
            before: before.map(|before| &before.file),
        };
        let file = import::user_file(user, live, self.directory, catalogue, target)?;
        let line = put(self.root, path, &file.text, before.is_some());
        let line = line.map_err(|error| error.to_string())?;
        let notes = file.notes.iter();
        let notes = notes.map(|note| format!("warning: {path}: {note}\n"));
        Ok(Written {
            line,
            notes: notes.collect(),
        })
    }

    /// The settings come last: where they are, everything is.
    fn begin(&self) -> Begun {
        let mut begun = Begun::default();
        for file in init::foundation(Some(self.account)).into_iter().rev() {
            match put(self.root, &file.path, &file.text, self.force) {
                Ok(line) => begun.lines.insert(0, line),
                Err(error) => {
                    begun.failed = Some(error);
                    break;
                }
            }
        }
        begun
    }

    /// Whether there is no repository to write to.
    fn is_broken(&self) -> bool {
        self.begun.get().is_some_and(|begun| begun.failed.is_some())
    }
}

/// What a new repository has beside its users.
#[derive(Default)]
struct Begun {
    /// What is told of each file.
    lines: Vec<String>,
    failed: Option<Error>,
}

/// What is told of a file that was written.
struct Written {
    line: String,
    notes: Vec<String>,
}

/// What a list holds, once it was read; nothing where it cannot be.
type List = AsyncOnceCell<Option<Vec<Named>>>;

/// The names of greetings and devices. Each list is read once, when it is first needed.
struct Names<'a> {
    client: &'a Client,
    lists: RefCell<HashMap<NameList, Rc<List>>>,
    /// Why lists could not be read.
    failed: RefCell<BTreeMap<NameList, client::Error>>,
}

impl<'a> Names<'a> {
    fn new(client: &'a Client) -> Self {
        Names {
            client,
            lists: RefCell::default(),
            failed: RefCell::default(),
        }
    }

    /// What is in these lists. Where one cannot be read, such as the devices of an extension that is gone, the
    /// ids will do.
    async fn of(&self, lists: BTreeSet<NameList>) -> Catalogue {
        let mut known = Vec::new();
        for list in lists {
            let read = self
                .lists
                .borrow_mut()
                .entry(list.clone())
                .or_default()
                .clone();
            let named = read
                .get_or_init(async || self.read(list.clone()).await)
                .await;
            known.extend(named.clone().map(|named| (list, named)));
        }
        known.into_iter().collect()
    }

    async fn read(&self, list: NameList) -> Option<Vec<Named>> {
        let read = engine::look_up(self.client, BTreeSet::from([list])).await;
        let (list, named) = read.into_iter().next()?;
        let failed = |error| self.failed.borrow_mut().insert(list, error);
        named.map_err(failed).ok()
    }
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
