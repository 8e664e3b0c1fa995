//! Makes a plan from a repository and an open account, for `plan` and `apply`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use clap::Args;

use super::GlobalArgs;
use super::account::AccountSession;
use super::diff_users::DiffContext;
use super::error::CommandError;
use super::incremental::{self, IncrementalArgs, ReadStats};
use super::lints;
use super::selection::{UserSelection, changed_users, is_in_shard, select_users};
use crate::client::{self, ApiClient};
use crate::config::types::RepositorySettings;
use crate::config::{self, LoadedUser, Repository};
use crate::diagnostic::Diagnostic;
use crate::model::{
    AccountExtension, DesiredUser, ExtensionDirectory, NameIndex, NameListKey, UserSelector,
    UserShard,
};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, AccountPlan, FetchRequest, FetchResult};

/// The options that select the users of a plan.
#[derive(Debug, Args)]
pub(super) struct PlanScope {
    #[command(flatten)]
    pub(super) users: UserFilterArgs,

    /// Only users whose configuration differs from this commit
    ///
    /// A user counts as changed if the user's file, or anything that it uses, differs from that
    /// commit, such as `origin/main` or `HEAD~1`. Formatting alone is not a difference.
    #[arg(long, value_name = "GIT-REF")]
    pub(super) changed_since: Option<String>,
}

impl PlanScope {
    /// Returns the options as command-line arguments.
    pub(super) fn to_args(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for user in &self.users.selectors {
            arguments.extend(["--user".to_owned(), user.to_string()]);
        }
        if let Some(commit) = &self.changed_since {
            arguments.extend(["--changed-since".to_owned(), commit.clone()]);
        }
        arguments
    }
}

/// The option that selects the users of a command.
#[derive(Debug, Args)]
pub(super) struct UserFilterArgs {
    /// Only this user: number, e-mail address, name, or `id:` and the id
    ///
    /// In a name, `*` matches any text and `?` any one character, and case is ignored:
    /// `--user 'Sales *'` matches everyone whose name starts with "Sales". May be repeated.
    #[arg(long = "user", value_name = "USER")]
    pub(super) selectors: Vec<UserSelector>,
}

impl UserFilterArgs {
    /// Returns the help for a selector that matches no user: the closest match, or the syntax.
    pub(super) fn no_match_help<'a>(
        selector: &UserSelector,
        candidates: impl IntoIterator<Item = &'a AccountExtension>,
    ) -> String {
        config::suggest_extension(&selector.to_string(), candidates).unwrap_or_else(|| {
            "select users by extension number, e-mail address, name, or `id:` and the id".to_owned()
        })
    }
}

/// A plan with the diagnostics and data that were collected while making it.
pub(super) struct PlanOutcome {
    pub(super) plan: AccountPlan,
    pub(super) directory: Arc<ExtensionDirectory>,
    /// The names of greetings and devices that the files use.
    pub(super) name_index: NameIndex,
    /// Warnings, and errors that are about one user each.
    pub(super) diagnostics: Vec<UserDiagnostic>,
    /// Users that could not be read, with the reason. They are not in the plan.
    pub(super) unreadable: Vec<UnreadableUser>,
    /// How many users came from the cache. `None` without `--incremental`.
    pub(super) read_stats: Option<ReadStats>,
    /// The URL of the API server, or the name of the embedded sandbox.
    pub(super) server: String,
    /// The number of files in the repository.
    pub(super) file_count: usize,
    /// The number of users in scope.
    pub(super) expected_users: usize,
}

/// A diagnostic about the repository or about one user.
pub(super) struct UserDiagnostic {
    /// The user's extension number. `None` if the diagnostic is about the repository.
    pub(super) user: Option<String>,
    /// The rule or state that the diagnostic is about, unless the message names it.
    pub(super) rule: Option<String>,
    pub(super) diagnostic: Diagnostic,
}

impl PlanOutcome {
    /// Returns whether the plan includes every user in scope.
    pub(super) fn is_complete(&self) -> bool {
        self.unreadable.is_empty() && !self.diagnostics.iter().any(|n| n.diagnostic.is_error())
    }

    /// Returns the number of users in scope that are not in the plan.
    pub(super) fn left_out_count(&self) -> usize {
        self.expected_users - self.plan.users.len()
    }

    /// Returns the users that are not in the plan, one line each, with the reason.
    pub(super) fn left_out_reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self
            .unreadable
            .iter()
            .map(|(user, error)| format!("can't read {user}: {error}"))
            .collect();
        let errors = self
            .diagnostics
            .iter()
            .filter(|located| located.diagnostic.is_error());
        for UserDiagnostic {
            user, diagnostic, ..
        } in errors
        {
            let file = &diagnostic.file;
            let user_label = match user {
                Some(number) => format!("{number} ({file})"),
                None => file.clone(),
            };
            reasons.push(format!("{user_label}: {}", diagnostic.message));
        }
        reasons
    }
}

/// Loads the repository and its warnings. Returns an error if the files have errors.
pub(super) fn load_repository(
    global: &GlobalArgs,
) -> Result<(Repository, Vec<Diagnostic>), CommandError> {
    let loaded = config::load(&global.directory);
    match loaded.repository {
        Some(repository) => Ok((repository, loaded.diagnostics)),
        None => Err(CommandError::Configuration {
            diagnostics: loaded.diagnostics,
            files: loaded.files,
        }),
    }
}

/// Returns the line that names the account and server of a run.
pub(super) fn account_banner(account: &str, server: &str) -> String {
    format!("Account {account} at {server}\n")
}

/// Returns an error if the repository describes a different account than the one that is open.
pub(super) fn verify_account(
    global: &GlobalArgs,
    settings: &RepositorySettings,
    actual: &str,
) -> Result<(), CommandError> {
    match &settings.account {
        Some(expected) if expected.0 != actual => Err(CommandError::WrongAccount {
            expected: expected.0.clone(),
            actual: actual.to_owned(),
            line: config::account_key_line(&global.directory),
        }),
        _ => Ok(()),
    }
}

/// The options of a plan that only the `plan` command has.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct PlanOptions<'a> {
    /// The part of the users in scope to plan.
    pub(super) shard: Option<UserShard>,
    /// If set, users without changes since the last run come from the cache.
    pub(super) incremental: Option<&'a IncrementalArgs>,
}

/// Reads the users in scope from the account and compares them with their files.
pub(super) async fn plan(
    global: &GlobalArgs,
    repository: &Repository,
    warnings: Vec<Diagnostic>,
    account: &AccountSession,
    scope: &PlanScope,
    options: PlanOptions<'_>,
) -> Result<PlanOutcome, CommandError> {
    let (changed, removal_warnings) = changed_users(repository, scope)?;
    let AccountSession { client, server, .. } = account;
    let account_id = client.account_id().await?;
    verify_account(global, &repository.settings, &account_id)?;
    let directory = Arc::new(client.directory().await?);
    let mut selected = select_users(repository, &directory, &scope.users, changed.as_ref())?;
    if let Some(shard) = options.shard {
        selected
            .files
            .retain(|user| is_in_shard(shard, user, &directory));
    }
    let (name_index, mut unreadable) =
        fetch_name_index(client, repository, &mut selected.files, &directory).await?;
    let without_names = unreadable.len();
    let to_request = |desired: DesiredUser| FetchRequest::from(&desired);
    let (files, requests) =
        resolve_users(repository, selected, &directory, &name_index, to_request)?;
    let context = DiffContext {
        repository,
        directory: &directory,
        name_index: &name_index,
    };
    let diff_user = async |index: usize, live: FetchResult<client::ClientError>| match live {
        Ok(live) => Ok(context.diff_user(files[index], live).await),
        Err(error) => Err(error),
    };
    let (diffs, read_stats) = incremental::fetch_users(
        global,
        options.incremental,
        account,
        (&account_id, &directory),
        &requests,
        diff_user,
    )
    .await?;
    let parts = context.collect(files, &requests, diffs);
    unreadable.extend(parts.unreadable);
    let mut diagnostics = Vec::new();
    // Only the first shard reports what is not about one user.
    if options.shard.is_none_or(UserShard::is_first) {
        let repository_warnings = warnings
            .into_iter()
            .chain(removal_warnings)
            .chain(lints::lint_calendars(repository));
        diagnostics.extend(repository_warnings.map(|diagnostic| UserDiagnostic {
            user: None,
            rule: None,
            diagnostic,
        }));
    }
    diagnostics.extend(parts.diagnostics);
    Ok(PlanOutcome {
        plan: AccountPlan {
            account: account_id,
            users: parts.plans,
        },
        directory,
        name_index,
        diagnostics,
        unreadable,
        read_stats,
        server: server.clone(),
        file_count: repository.users.len() + 1,
        expected_users: requests.len() + without_names,
    })
}

/// The label of a user that could not be read, with the error.
pub(super) type UnreadableUser = (String, client::ClientError);

/// Reads the greetings and devices that the files refer to by name.
///
/// If the devices of a user cannot be read, that user is removed from `files` and returned as
/// unreadable. If the standard greetings cannot be read, the whole run fails, because all users
/// share them.
pub(super) async fn fetch_name_index(
    client: &ApiClient,
    repository: &Repository,
    files: &mut Vec<&LoadedUser>,
    directory: &ExtensionDirectory,
) -> Result<(NameIndex, Vec<UnreadableUser>), CommandError> {
    let required_lists =
        |user: &LoadedUser| config::name_lists(&user.file, &repository.referenced_files, directory);
    let lists: BTreeSet<NameListKey> = files.iter().flat_map(|user| required_lists(user)).collect();
    let mut lists_read = Vec::new();
    let mut failed: HashMap<NameListKey, client::ClientError> = HashMap::new();
    for (list, result) in reconcile::fetch_name_lists(client, lists).await {
        match (&list, result) {
            (_, Ok(resources)) => lists_read.push((list, resources)),
            (NameListKey::Devices(_), Err(error)) => {
                failed.insert(list, error);
            }
            (NameListKey::Greetings(_), Err(error)) => return Err(error.into()),
        }
    }
    let mut unreadable = Vec::new();
    if !failed.is_empty() {
        files.retain(|user| {
            let error = required_lists(user)
                .iter()
                .find_map(|list| failed.get(list))
                .cloned();
            let is_readable = error.is_none();
            unreadable.extend(error.map(|error| (user.path.clone(), error)));
            is_readable
        });
    }
    Ok((NameIndex::from_iter(lists_read), unreadable))
}

/// Resolves the files in scope to the desired state of their users, and returns what `map` makes of
/// each. On failure, returns the errors of all files at once.
pub(super) fn resolve_users<'a, T>(
    repository: &Repository,
    selected: UserSelection<'a>,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
    map: impl Fn(DesiredUser) -> T,
) -> Result<(Vec<&'a LoadedUser>, Vec<T>), CommandError> {
    let UserSelection { files, mut errors } = selected;
    let Repository {
        settings,
        referenced_files: shared,
        ..
    } = repository;
    let mut users = Vec::new();
    let mut dedup = config::DiagnosticDedup::default();
    let user_files = files.iter().map(|user| &user.file);
    let results = config::resolve_all(user_files, settings, shared, directory, name_index);
    for (user, result) in files.iter().zip(results) {
        match result {
            Ok(desired) => users.push(map(desired)),
            Err(findings) => {
                let diagnostics = findings
                    .into_iter()
                    .map(|finding| repository.locate_finding(&user.path, finding))
                    .filter(|diagnostic| dedup.insert(diagnostic, &user.path));
                errors.extend(diagnostics);
            }
        }
    }
    errors.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    if errors.is_empty() {
        Ok((files, users))
    } else {
        Err(CommandError::Configuration {
            diagnostics: errors,
            files: repository.users.len() + 1,
        })
    }
}
