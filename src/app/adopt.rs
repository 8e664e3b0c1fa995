//! Adopts what the account has into the files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::Path;

use futures::StreamExt;

use super::account::Account;
use super::error::RunError;
use super::git;
use super::names::fetch_name_index;
use super::new_call_handling::explain_refusals;
use super::plan_outcome::{UnreadableUser, UserDiagnostic};
use super::progress::RunProgress;
use super::repository::{verify_account, write_new_file};
use super::resolve::{PartialResolution, ResolvedUser, resolve_possible, unreadable_label};
use super::run_time::RunTime;
use super::selection::select_users;
use crate::adopt::{
    self, AdoptableUser, AdoptedFile, AdoptionContext, NotAdoptedPart, UserAdoption,
};
use crate::client::{ApiClient, ClientError};
use crate::config::{self, FileEdits, LoadedUser, Repository};
use crate::diagnostic::Diagnostic;
use crate::files::RepositoryRoot;
use crate::import;
use crate::model::{ExtensionDirectory, NameIndex, NameListKey, UserSelector};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, DiffDiagnostic, FetchRequest, LiveUser, UserPlan};

/// The number of users that are compared at the same time.
const MAX_CONCURRENT_USERS: usize = 8;

/// What to adopt, and where to write it.
#[derive(Debug, Clone)]
pub struct AdoptOptions {
    /// Adopts only these users. Empty: all users of the repository.
    pub users: Vec<UserSelector>,
    /// Adopts only these rules and states. Empty: all that differ.
    pub rules: Vec<String>,
    /// The profile that is changed where every user of it has the same on the account. Other values
    /// from profiles are overridden in the files of their users.
    pub into_profile: Option<String>,
    /// Edits files that have changes that are not committed.
    pub force: bool,
    /// The time of the run.
    pub time: RunTime,
}

/// The edits that make the files match the account. Nothing is written yet.
#[derive(Debug, Default)]
pub struct AdoptOutcome {
    /// The files that change, sorted by path.
    pub files: Vec<AdoptedFile>,
    /// What was left alone, with the reasons.
    pub not_adopted: Vec<NotAdoptedPart>,
    /// Rules on the account that no file declares, by user. They are added if they are named.
    pub unmanaged: Vec<(String, Vec<String>)>,
    /// The files of users whose files don't fit the account.
    pub unresolved: Vec<UserDiagnostic>,
    /// The users that could not be read.
    pub unreadable: Vec<UnreadableUser>,
    /// The errors that the edited files have, such as a test that expects a rule that is gone.
    pub errors_after: Vec<Diagnostic>,
}

impl AdoptOutcome {
    /// Returns whether every selected difference is adopted and the edited files are valid.
    pub fn is_complete(&self) -> bool {
        let AdoptOutcome {
            files: _,
            not_adopted,
            unmanaged: _,
            unresolved,
            unreadable,
            errors_after,
        } = self;
        not_adopted.is_empty()
            && unresolved.is_empty()
            && unreadable.is_empty()
            && errors_after.is_empty()
    }
}

/// A user whose file differs from the account.
struct DriftedUser<'r> {
    resolved: ResolvedUser<'r>,
    live: LiveUser,
    has_changes: bool,
    unmanaged: Vec<String>,
}

impl DriftedUser<'_> {
    fn to_adoptable(&self, directory: &ExtensionDirectory, time: RunTime) -> AdoptableUser<'_> {
        AdoptableUser {
            id: &self.resolved.desired.id,
            file: self.resolved.file,
            live: &self.live,
            now: local_time(directory, &self.resolved, time),
        }
    }
}

/// Reads the users in scope, and edits the texts of their files so that they declare what the
/// account has.
///
/// # Errors
///
/// If no file can be resolved, if a selector matches no user, if a file in scope has changes that
/// are not committed, if the account is not the one that the repository describes, or if the list
/// of users can't be read.
pub async fn adopt(
    repository: &Repository,
    account: &Account,
    options: &AdoptOptions,
    progress: &RunProgress,
) -> Result<AdoptOutcome, RunError> {
    repository.require_users()?;
    let client = account.client();
    verify_account(&repository.settings, &client.account_id().await?)?;
    let directory = client.directory().await?;
    let mut selected = select_users(repository, &directory, &options.users, None)?;
    let scope: HashSet<&str> = selected
        .files
        .iter()
        .map(|user| user.path.as_str())
        .collect();
    let profile_path = match &options.into_profile {
        Some(profile) => Some(add_users_of_profile(
            repository,
            profile,
            &mut selected.files,
        )?),
        None => None,
    };
    if !options.force {
        let paths = selected.files.iter().map(|user| user.path.as_str());
        refuse_uncommitted(repository.root(), paths.chain(profile_path.as_deref()))?;
    }
    let (name_index, mut unreadable) = fetch_name_index(
        client,
        repository,
        &mut selected.files,
        &directory,
        BTreeSet::new(),
    )
    .await?;
    let resolution = resolve_possible(repository, selected, &directory, &name_index)?;
    let PartialResolution {
        users,
        errors: unresolved,
    } = resolution;
    let (drifted, unread) = read_drifted(client, &directory, users, options, progress).await;
    let is_profile_known = unresolved.is_empty() && unreadable.is_empty() && unread.is_empty();
    if options.into_profile.is_some() && !is_profile_known {
        progress.note(
            "warning: the profile was not changed, because not all users could be compared"
                .to_owned(),
        );
    }
    let options = &AdoptOptions {
        into_profile: options.into_profile.clone().filter(|_| is_profile_known),
        ..options.clone()
    };
    let errors = unread.iter().map(|user| &user.error);
    if let Some(error) = explain_refusals(client, drifted.len(), errors).await {
        return Err(error);
    }
    unreadable.extend(unread);
    let name_index = add_names(client, &directory, &drifted, name_index, progress).await;
    let mut outcome = AdoptOutcome {
        unresolved,
        unreadable,
        ..adopt_users(
            repository,
            &directory,
            &name_index,
            &drifted,
            &scope,
            options,
        )
    };
    outcome.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(outcome)
}

/// Adds the users of a profile to the files in scope, because all of them must have the same.
/// Returns the path of the profile.
fn add_users_of_profile<'r>(
    repository: &'r Repository,
    profile: &str,
    files: &mut Vec<&'r LoadedUser>,
) -> Result<String, RunError> {
    let path = repository
        .profile_path(profile)
        .ok_or_else(|| RunError::new(format!("there is no profile `{profile}`")))?;
    let in_scope: HashSet<&str> = files.iter().map(|user| user.path.as_str()).collect();
    let others = repository.users.iter().filter(|user| {
        !in_scope.contains(user.path.as_str()) && repository.uses_profile(&user.path, profile)
    });
    let others: Vec<&LoadedUser> = others.collect();
    files.extend(others);
    Ok(path)
}

/// Returns an error if git has changes of these files that are not committed.
fn refuse_uncommitted<'p>(
    root: &Path,
    paths: impl Iterator<Item = &'p str>,
) -> Result<(), RunError> {
    let uncommitted = git::uncommitted_files(root)?;
    let paths: Vec<&str> = paths.filter(|path| uncommitted.contains(*path)).collect();
    match paths[..] {
        [] => Ok(()),
        [path] => Err(RunError::new(format!(
            "{path} has changes that are not committed"
        ))),
        [first, ..] => Err(RunError::new(format!(
            "{} files have changes that are not committed, such as {first}",
            paths.len()
        ))),
    }
    .map_err(|error| {
        error.hinted(
            "commit or undo them first, so that git shows what was adopted; or add `--force`",
        )
    })
}

/// Reads the users and keeps what differs.
async fn read_drifted<'r>(
    client: &ApiClient,
    directory: &ExtensionDirectory,
    users: Vec<ResolvedUser<'r>>,
    options: &AdoptOptions,
    progress: &RunProgress,
) -> (Vec<DriftedUser<'r>>, Vec<UnreadableUser>) {
    let requests: Vec<FetchRequest> = users
        .iter()
        .map(|user| FetchRequest::from(&*user.desired))
        .collect();
    progress.start_phase("Reading users", requests.len());
    let compare = async |index: usize, live: Result<LiveUser, ClientError>| {
        let mut live = live?;
        let desired = &users[index].desired;
        let now = local_time(directory, &users[index], options.time);
        let (mut plan, mut problems) = reconcile::diff_user(desired, &live, directory, Some(now));
        let is_named = |name: &String| options.rules.contains(name);
        let has_changes = |plan: &UserPlan, problems: &[DiffDiagnostic]| {
            !plan.changes.is_empty()
                || problems.iter().any(|problem| !problem.is_warning())
                || plan.unmanaged.iter().any(is_named)
        };
        // An adopted rule lists the phones too.
        let adopts = has_changes(&plan, &problems) && live.phones().is_none();
        if adopts || reconcile::needs_phones(desired, &live, &plan) {
            let devices = client.devices().await?;
            live.set_phones(
                devices
                    .get(&desired.id)
                    .map(Vec::as_slice)
                    .unwrap_or_default(),
            );
            (plan, problems) = reconcile::diff_user(desired, &live, directory, Some(now));
        }
        let has_changes = has_changes(&plan, &problems);
        Ok::<_, ClientError>((has_changes, live, plan.unmanaged))
    };
    let compared = reconcile::fetch_users(client, &requests)
        .inspect(|_| progress.step())
        .map(async |(index, live)| (index, compare(index, live).await))
        .buffer_unordered(MAX_CONCURRENT_USERS);
    let results = reconcile::in_order(compared).await;
    let (mut drifted, mut unreadable) = (Vec::new(), Vec::new());
    for (resolved, result) in users.into_iter().zip(results) {
        match result {
            Ok((has_changes, live, unmanaged)) => drifted.push(DriftedUser {
                resolved,
                // Only the bodies of users that differ are needed.
                live: if has_changes || options.into_profile.is_some() {
                    live
                } else {
                    LiveUser::default()
                },
                has_changes,
                unmanaged,
            }),
            Err(error) => {
                let label = unreadable_label(&resolved, directory);
                unreadable.push(UnreadableUser { label, error });
            }
        }
    }
    (drifted, unreadable)
}

fn local_time(
    directory: &ExtensionDirectory,
    user: &ResolvedUser<'_>,
    time: RunTime,
) -> crate::model::LocalDateTime {
    let extension = directory.by_id(&user.desired.id);
    time.in_zone(extension.and_then(|extension| extension.time_zone.as_deref()))
}

/// Reads the names of greetings and devices that the account uses and the files do not name. What
/// can't be read is written by its id.
async fn add_names(
    client: &ApiClient,
    directory: &ExtensionDirectory,
    users: &[DriftedUser<'_>],
    name_index: NameIndex,
    progress: &RunProgress,
) -> NameIndex {
    let drifted = users.iter().filter(|user| user.has_changes);
    let lists = drifted.filter_map(|user| {
        let extension = directory.by_id(&user.resolved.desired.id)?;
        Some(import::name_lists(extension, &user.live))
    });
    let lists: BTreeSet<NameListKey> = lists.flatten().collect();
    let missing = lists
        .into_iter()
        .filter(|list| name_index.get(list).is_none());
    let mut all: Vec<_> = name_index.clone().into();
    for (list, result) in reconcile::fetch_name_lists(client, missing.collect()).await {
        match result {
            Ok(resources) => all.push((list, resources)),
            Err(error) => progress.note(format!(
                "warning: files contain ids instead of names: {error}"
            )),
        }
    }
    NameIndex::from(all)
}

/// Edits the profile, and the files in `scope`.
fn adopt_users(
    repository: &Repository,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
    users: &[DriftedUser<'_>],
    scope: &HashSet<&str>,
    options: &AdoptOptions,
) -> AdoptOutcome {
    let mut outcome = AdoptOutcome::default();
    let mut edits = FileEdits::new();
    let context = AdoptionContext {
        repository,
        directory,
        name_index,
        rules: &options.rules,
    };
    let adoptable = |user| DriftedUser::to_adoptable(user, directory, options.time);
    let mut edited_repository = None;
    if let Some(profile) = &options.into_profile {
        let users: Vec<AdoptableUser<'_>> = users
            .iter()
            .filter(|user| repository.uses_profile(&user.resolved.file.path, profile))
            .map(adoptable)
            .collect();
        let reload = |path: &str, text: &str| {
            let edits = BTreeMap::from([(path.to_owned(), text.to_owned())]);
            config::load_edited(repository.root(), &edits).repository
        };
        if let Some((file, edited)) = adopt::adopt_into_profile(context, &users, profile, &reload) {
            edits.insert(file.path.clone(), file.after.clone());
            outcome.files.push(file);
            edited_repository = Some(edited);
        }
    }
    let context = AdoptionContext {
        repository: edited_repository.as_ref().unwrap_or(repository),
        ..context
    };
    let in_scope = |user: &&DriftedUser<'_>| scope.contains(user.resolved.file.path.as_str());
    for user in users.iter().filter(in_scope) {
        let label = user_label(directory, user);
        if user.has_changes {
            let path = &user.resolved.file.path;
            let UserAdoption {
                text,
                changes,
                not_adopted,
            } = adopt::adopt_user(context, adoptable(user));
            let not_adopted = not_adopted.into_iter().map(|part| NotAdoptedPart {
                user: label.clone(),
                part,
            });
            outcome.not_adopted.extend(not_adopted);
            if let (Some(after), Some(before)) = (text, repository.text(path)) {
                edits.insert(path.clone(), after.clone());
                outcome.files.push(AdoptedFile {
                    path: path.clone(),
                    before: before.to_owned(),
                    after,
                    users: vec![label.clone()],
                    changes: changes
                        .into_iter()
                        .map(|change| (label.clone(), change))
                        .collect(),
                });
            }
        }
        let unmanaged = user.unmanaged.iter();
        let unmanaged = unmanaged.filter(|name| !options.rules.contains(name));
        let unmanaged: Vec<String> = unmanaged.cloned().collect();
        if !unmanaged.is_empty() {
            outcome.unmanaged.push((label, unmanaged));
        }
    }
    if !edits.is_empty() {
        let loaded = config::load_edited(repository.root(), &edits);
        let errors = loaded.diagnostics.into_iter().filter(Diagnostic::is_error);
        outcome.errors_after = errors.collect();
    }
    outcome
}

/// Returns the extension number of a user, or the selector of the id.
fn user_label(directory: &ExtensionDirectory, user: &DriftedUser<'_>) -> String {
    let id = &user.resolved.desired.id;
    let number = directory.by_id(id).and_then(|user| user.number.clone());
    number.unwrap_or_else(|| format!("id:{id}"))
}

/// Writes the edited files. Each is complete at every moment.
///
/// # Errors
///
/// If a file was changed after it was read, or can't be written. Files that were written before
/// stay.
pub fn save_adopted(root: &Path, files: &[AdoptedFile]) -> Result<(), RunError> {
    const BYTE_ORDER_MARK: char = '\u{feff}';
    let repository = RepositoryRoot::new(root);
    let mut texts = Vec::new();
    for file in files {
        let current = repository
            .read(&file.path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
            .map_err(|error| RunError::file(&root.join(&file.path), &error))?;
        let text = current.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&current);
        if text != file.before {
            return Err(
                RunError::new(format!("{} was changed during the run", file.path))
                    .hinted("nothing was written; run the command again"),
            );
        }
        let mark = current.strip_suffix(text).unwrap_or_default();
        texts.push(format!("{mark}{}", file.after));
    }
    for (file, text) in files.iter().zip(texts) {
        write_new_file(root, &file.path, &text, true)?;
    }
    Ok(())
}
