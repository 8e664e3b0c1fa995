//! From a repository and an open account to a plan: what `plan` and `apply` have in common.

use std::collections::HashMap;

use clap::Args;

use super::Global;
use super::account::Account;
use super::error::Error;
use crate::client;
use crate::config::{self, Finding, Repository, User};
use crate::diagnostic::{Code, Diagnostic};
use crate::engine::account::Read;
use crate::engine::{self, Plan, Problem, Subject, UserPlan, Wanted};
use crate::model::{DesiredUser, Directory, ExtensionId};
use crate::yaml::Path;

#[derive(Debug, Args)]
pub(super) struct Scope {
    /// Only this user: an extension number, an e-mail address, or `id:` and an id; may be repeated
    #[arg(long = "user", value_name = "USER")]
    pub(super) users: Vec<String>,
}

/// A plan, and what was learned on the way.
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) directory: Directory,
    /// Warnings, and errors that concern one user each.
    pub(super) notices: Vec<Notice>,
    /// Users that could not be read, with the reason. They are in no plan.
    pub(super) unread: Vec<(String, client::Error)>,
    /// Where the account is.
    pub(super) server: String,
    /// How many files the repository has.
    pub(super) files: usize,
    /// How many users the plan should have.
    wanted: usize,
    /// How many interaction rules were seen.
    pub(super) rules: usize,
}

/// A problem of the repository, or of one user.
pub(super) struct Notice {
    /// The user's number.
    pub(super) user: Option<String>,
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

    /// Whether the plan deletes more than anybody is likely to want: more than a quarter of the rules
    /// seen, and more than four.
    pub(super) fn too_many_deletes(&self, allowed: Option<usize>) -> Option<Error> {
        let deletes = self.plan.summary().delete;
        let limit = allowed.unwrap_or_else(|| (self.rules / 4).max(4));
        (deletes > limit).then_some(Error::TooManyDeletes {
            deletes,
            rules: self.rules,
            limit,
        })
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

/// Stops where the repository describes another account than the one that is open.
pub(super) fn right_account(repository: &Repository, opened: &str) -> Result<(), Error> {
    match &repository.settings.account {
        Some(wanted) if wanted.0 != opened => Err(Error::WrongAccount {
            wanted: wanted.0.clone(),
            opened: opened.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Reads the account and compares.
pub(super) async fn plan(
    repository: &Repository,
    warnings: Vec<Diagnostic>,
    account: &Account,
    scope: &Scope,
) -> Result<Planned, Error> {
    let Account { client, server, .. } = account;
    let account = client.account_id().await?;
    right_account(repository, &account)?;
    let directory = client.directory().await?;
    let (files, users) = resolve(repository, &directory, scope)?;
    let wanted: Vec<Wanted> = users.iter().map(Wanted::from).collect();
    let fetched = engine::fetch(client, &wanted, || {}).await;
    let of_nobody = |diagnostic| Notice {
        user: None,
        diagnostic,
    };
    let mut notices: Vec<Notice> = warnings.into_iter().map(of_nobody).collect();
    let mut unread = Vec::new();
    let mut plans: Vec<UserPlan> = Vec::new();
    let mut rules = 0;
    for ((file, desired), live) in files.into_iter().zip(&users).zip(fetched) {
        let live = match live {
            Ok(live) => live,
            Err(error) => {
                let name = directory
                    .by_id(&desired.id)
                    .map(|user| user.label().to_owned());
                let name = name.unwrap_or_else(|| desired.id.to_string());
                unread.push((format!("{name} ({})", file.path), error));
                continue;
            }
        };
        rules += live.rules.len();
        let (plan, problems) = engine::diff(desired, &live, &directory);
        let settled = problems.iter().all(|problem| problem.is_warning);
        notices.extend(problems.into_iter().map(|problem| Notice {
            user: plan.extension_number.clone(),
            diagnostic: repository.diagnose(&file.path, finding(problem)),
        }));
        if settled {
            plans.push(plan);
        }
    }
    plans.sort_by_cached_key(|user| {
        let number = user.extension_number.clone().unwrap_or_default();
        (number.len(), number, user.id.clone())
    });
    Ok(Planned {
        plan: Plan {
            account,
            users: plans,
        },
        directory,
        notices,
        unread,
        server: server.clone(),
        files: repository.users.len() + 1,
        wanted: users.len(),
        rules,
    })
}

/// The files in scope and what they mean on this account; every mistake of every file at once.
fn resolve<'a>(
    repository: &'a Repository,
    directory: &Directory,
    scope: &Scope,
) -> Result<(Vec<&'a User>, Vec<DesiredUser>), Error> {
    let mut wanted: HashMap<&str, bool> = scope.users.iter().map(|s| (s.as_str(), false)).collect();
    let mut files = Vec::new();
    let mut users: Vec<DesiredUser> = Vec::new();
    let mut mistakes = Vec::new();
    let mut owners: HashMap<ExtensionId, &str> = HashMap::new();
    for user in &repository.users {
        let owner = config::identify(&user.file, directory);
        if !scope.users.is_empty() {
            let mut selects = false;
            for (selector, used) in &mut wanted {
                if config::names(selector, owner.as_ref(), &user.file, directory) {
                    *used = true;
                    selects = true;
                }
            }
            if !selects {
                continue;
            }
        }
        if let Some(owner) = &owner
            && let Some(other) = owners.insert(owner.clone(), &user.path)
        {
            let finding = Finding::new(Code::TwoFiles, Path::top(), "this user has two files")
                .label(format!("the other is {other}"))
                .help("one user, one file: move the rules of one into the other");
            mistakes.push(repository.diagnose(&user.path, finding));
        }
        match config::resolve(
            &user.file,
            &repository.settings,
            &repository.shared,
            directory,
        ) {
            Ok(desired) => {
                files.push(user);
                users.push(desired);
            }
            Err(findings) => {
                let told = findings
                    .into_iter()
                    .map(|f| repository.diagnose(&user.path, f));
                mistakes.extend(told);
            }
        }
    }
    if let Some((nobody, _)) = wanted.iter().find(|(_, used)| !**used) {
        return Err(Error::NobodySelected((*nobody).to_owned()));
    }
    if mistakes.is_empty() {
        Ok((files, users))
    } else {
        Err(Error::Configuration {
            diagnostics: mistakes,
            files: repository.users.len() + 1,
        })
    }
}

/// Where in the file of its user a problem stands.
fn finding(problem: Problem) -> Finding {
    let (code, path) = match &problem.subject {
        Subject::Rule(name) => (
            Code::LiveMismatch,
            Path::top().key("interactionRules").key(name),
        ),
        Subject::State(id) => (
            Code::NoSuchState,
            Path::top().key("states").key(id.as_str()),
        ),
    };
    let code = if problem.is_warning {
        code
    } else {
        Code::LiveMismatch
    };
    let finding = Finding::new(code, path, problem.message);
    match problem.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
