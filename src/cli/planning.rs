//! From a repository and an open account to a plan: what `plan` and `apply` have in common.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use clap::Args;

use super::Global;
use super::account::Account;
use super::comparing::Known;
use super::error::Error;
use super::lints;
use super::remember::{self, Reads, Remember};
use super::selection::{Selected, changed, is_in, select};
use crate::client::{self, Client};
use crate::config::types::Settings;
use crate::config::{self, Repository, User};
use crate::diagnostic::Diagnostic;
use crate::engine::account::Read;
use crate::engine::{self, Fetched, Plan, Wanted};
use crate::model::{Catalogue, DesiredUser, Directory, Extension, NameList, Selector, Shard};

/// Which users a plan is for.
#[derive(Debug, Args)]
pub(super) struct Scope {
    #[command(flatten)]
    pub(super) users: Users,

    /// Only users whose configuration differs from that commit
    ///
    /// A user differs when the file, a profile, or anything else that the file uses says something
    /// else of the user than in that commit, such as `origin/main` or `HEAD~1`.
    #[arg(long, value_name = "GIT-REF")]
    pub(super) changed_since: Option<String>,
}

impl Scope {
    /// As the command line says it.
    pub(super) fn words(&self) -> Vec<String> {
        let named = self.users.named.iter();
        let named = named.flat_map(|user| ["--user".to_owned(), user.to_string()]);
        let since = self.changed_since.iter();
        let since = since.flat_map(|commit| ["--changed-since".to_owned(), commit.clone()]);
        named.chain(since).collect()
    }
}

/// Which users a command is for.
#[derive(Debug, Args)]
pub(super) struct Users {
    /// Only this user: number, e-mail address, name, or `id:` and an id
    ///
    /// In a name, `*` stands for any text and `?` for one letter, and capitals do not matter:
    /// `--user 'Sales *'` are all whose name on the account begins so. May be repeated.
    #[arg(long = "user", value_name = "USER")]
    pub(super) named: Vec<Selector>,
}

impl Users {
    /// Where users may be chosen from, for a selector that names none of them.
    pub(super) fn help<'a>(
        selector: &Selector,
        among: impl IntoIterator<Item = &'a Extension>,
    ) -> String {
        config::nearest(&selector.to_string(), among).unwrap_or_else(|| {
            "name users by extension number, e-mail address, name, or `id:` and an id".to_owned()
        })
    }
}

/// A plan, and what was learned on the way.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) directory: Arc<Directory>,
    /// The names that the files needed.
    pub(super) catalogue: Catalogue,
    /// Warnings, and errors that concern one user each.
    pub(super) notices: Vec<Notice>,
    /// Users that could not be read, with the reason. They are in no plan.
    pub(super) unread: Vec<Unread>,
    /// What was read anew and what was not, where that was asked.
    pub(super) reads: Option<Reads>,
    /// Where the account is.
    pub(super) server: String,
    /// How many files the repository has.
    pub(super) files: usize,
    /// How many users the plan should have.
    pub(super) wanted: usize,
}

/// A problem of the repository, or of one user.
pub(super) struct Notice {
    /// The user's number.
    pub(super) user: Option<String>,
    /// The rule or state that it is about, where the message does not name it.
    pub(super) rule: Option<String>,
    pub(super) diagnostic: Diagnostic,
}

impl Planned {
    /// Whether every user in scope was planned.
    pub(super) fn is_complete(&self) -> bool {
        self.unread.is_empty() && !self.notices.iter().any(|n| n.diagnostic.is_error())
    }

    /// How many users are in no plan.
    pub(super) fn left_out(&self) -> usize {
        self.wanted - self.plan.users.len()
    }

    /// Who they are, each with the reason.
    pub(super) fn left_out_names(&self) -> Vec<String> {
        let unread = self.unread.iter();
        let mut names: Vec<String> = unread
            .map(|(user, error)| format!("{user} could not be read: {error}"))
            .collect();
        let errors = self
            .notices
            .iter()
            .filter(|notice| notice.diagnostic.is_error());
        for Notice {
            user, diagnostic, ..
        } in errors
        {
            let file = &diagnostic.file;
            let who = match user {
                Some(number) => format!("{number} ({file})"),
                None => file.clone(),
            };
            names.push(format!("{who}: {}", diagnostic.message));
        }
        names
    }
}

/// Reads the repository; stops where it has mistakes.
pub(super) fn repository(global: &Global) -> Result<(Repository, Vec<Diagnostic>), Error> {
    let loaded = config::load(&global.directory);
    match loaded.repository {
        Some(repository) => Ok((repository, loaded.diagnostics)),
        None => Err(Error::Configuration {
            diagnostics: loaded.diagnostics,
            files: loaded.files,
        }),
    }
}

/// Which account a run is about.
pub(super) fn opened(account: &str, server: &str) -> String {
    format!("Account {account} at {server}\n")
}

/// Stops where the repository describes another account than the one that is open.
pub(super) fn right_account(
    global: &Global,
    settings: &Settings,
    opened: &str,
) -> Result<(), Error> {
    match &settings.account {
        Some(wanted) if wanted.0 != opened => Err(Error::WrongAccount {
            wanted: wanted.0.clone(),
            opened: opened.to_owned(),
            line: config::account_line(&global.directory),
        }),
        _ => Ok(()),
    }
}

/// What only `plan` can be asked for.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// A part of the users in scope.
    pub(super) shard: Option<Shard>,
    /// Not to read again what nobody has touched.
    pub(super) remember: Option<&'a Remember>,
}

/// Reads the account and compares.
pub(super) async fn plan(
    global: &Global,
    repository: &Repository,
    warnings: Vec<Diagnostic>,
    account: &Account,
    scope: &Scope,
    asked: Asked<'_>,
) -> Result<Planned, Error> {
    let (changed, gone) = changed(repository, scope)?;
    let opened = account;
    let Account { client, server, .. } = opened;
    let account = client.account_id().await?;
    right_account(global, &repository.settings, &account)?;
    let directory = Arc::new(client.directory().await?);
    let mut selected = select(repository, &directory, &scope.users, changed.as_ref())?;
    if let Some(shard) = asked.shard {
        let files = &mut selected.files;
        files.retain(|user| is_in(shard, user, &directory));
    }
    let (catalogue, mut unread) =
        catalogue(client, repository, &mut selected.files, &directory).await?;
    let without_names = unread.len();
    let wanted = |desired: DesiredUser| Wanted::from(&desired);
    let (files, wanted) = resolve(repository, selected, &directory, &catalogue, wanted)?;
    let known = Known {
        repository,
        directory: &directory,
        catalogue: &catalogue,
    };
    let compare = async |at: usize, live: Fetched<client::Error>| match live {
        Ok(live) => Ok(known.compare(files[at], live).await),
        Err(error) => Err(error),
    };
    let of = (&*account, &*directory);
    let (compared, reads) =
        remember::fetch(global, asked.remember, opened, of, &wanted, compare).await?;
    let gathered = known.gather(files, &wanted, compared);
    unread.extend(gathered.unread);
    let of_nobody = |diagnostic| Notice {
        user: None,
        rule: None,
        diagnostic,
    };
    let warnings = { warnings.into_iter() }
        .chain(gone)
        .chain(lints::of_calendars(repository));
    let told_here = asked.shard.is_none_or(Shard::is_first);
    let mut notices: Vec<Notice> = warnings.filter(|_| told_here).map(of_nobody).collect();
    notices.extend(gathered.notices);
    Ok(Planned {
        plan: Plan {
            account,
            users: gathered.plans,
        },
        directory,
        catalogue,
        notices,
        unread,
        reads,
        server: server.clone(),
        files: repository.users.len() + 1,
        wanted: wanted.len() + without_names,
    })
}

/// A user that could not be read, and why.
pub(super) type Unread = (String, client::Error);

/// Reads the lists in which these files name something. Whose devices cannot be read, their users are
/// left out; the standard greetings are everybody's.
pub(super) async fn catalogue(
    client: &Client,
    repository: &Repository,
    files: &mut Vec<&User>,
    directory: &Directory,
) -> Result<(Catalogue, Vec<Unread>), Error> {
    let needs = |user: &User| config::name_lists(&user.file, &repository.shared, directory);
    let lists: BTreeSet<NameList> = files.iter().flat_map(|user| needs(user)).collect();
    let mut read = Vec::new();
    let mut failed: HashMap<NameList, client::Error> = HashMap::new();
    for (list, named) in engine::look_up(client, lists).await {
        match (&list, named) {
            (_, Ok(named)) => read.push((list, named)),
            (NameList::Devices(_), Err(error)) => {
                failed.insert(list, error);
            }
            (NameList::Greetings(_), Err(error)) => return Err(error.into()),
        }
    }
    let mut unread = Vec::new();
    if !failed.is_empty() {
        files.retain(|user| {
            let error = needs(user)
                .iter()
                .find_map(|list| failed.get(list))
                .cloned();
            let is_read = error.is_none();
            unread.extend(error.map(|error| (user.path.clone(), error)));
            is_read
        });
    }
    Ok((Catalogue::from_iter(read), unread))
}

/// What the files in scope mean on this account, as much of each as `keep` keeps; or every mistake of every
/// file at once.
pub(super) fn resolve<'a, T>(
    repository: &Repository,
    selected: Selected<'a>,
    directory: &Directory,
    catalogue: &Catalogue,
    keep: impl Fn(DesiredUser) -> T,
) -> Result<(Vec<&'a User>, Vec<T>), Error> {
    let Selected {
        files,
        mut mistakes,
    } = selected;
    let Repository {
        settings, shared, ..
    } = repository;
    let mut users = Vec::new();
    let mut once = config::Once::default();
    let resolved = files.iter().map(|user| &user.file);
    let resolved = config::resolve_all(resolved, settings, shared, directory, catalogue);
    for (user, resolved) in files.iter().zip(resolved) {
        match resolved {
            Ok(desired) => users.push(keep(desired)),
            Err(findings) => {
                let told = findings
                    .into_iter()
                    .map(|f| repository.diagnose(&user.path, f))
                    .filter(|told| once.is_due(told, &user.path));
                mistakes.extend(told);
            }
        }
    }
    mistakes.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    if mistakes.is_empty() {
        Ok((files, users))
    } else {
        Err(Error::Configuration {
            diagnostics: mistakes,
            files: repository.users.len() + 1,
        })
    }
}
