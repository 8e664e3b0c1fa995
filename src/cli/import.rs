//! `callrules import`: creates files from the users on the account.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Args;
use tokio::sync::OnceCell as AsyncOnceCell;

use super::account::AccountSession;
use super::error::CommandError;
use super::files::{self, write_new};
use super::planning::{self, UserFilterArgs};
use super::problem_diagnostics;
use super::{GlobalArgs, ui};
use crate::client::{self, ApiClient};
use crate::config::types::RepositorySettings;
use crate::config::{self, LoadedUser, Repository};
use crate::import::{self, ImportTarget};
use crate::init;
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, NameIndex, NameListKey, NamedResource,
};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, FetchRequest, FetchResult, LiveUser};
use crate::render::sanitize;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    users: UserFilterArgs,

    /// Overwrite the existing files of these users
    ///
    /// Keeps the identifier, `prune`, `ignore`, `allow` and ignored rules. Removes comments and
    /// expands calendars and contacts. A file that uses profiles is not overwritten.
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &ImportArgs,
) -> Result<ExitCode, CommandError> {
    let repository = if global.directory.join("callrules.yaml").exists() {
        Some(planning::load_repository(global)?.0)
    } else if files::is_non_empty_dir(&global.directory.join("users")) {
        return Err(CommandError::MissingSettings(
            global.directory.display().to_string(),
        ));
    } else {
        None
    };
    let account = AccountSession::open(global).await?;
    let result = import(global, arguments, repository.as_ref(), &account).await;
    account.close().await;
    result
}

/// Reads the users and writes a file for each. Returns exit code 1 if a user was not imported.
async fn import(
    global: &GlobalArgs,
    arguments: &ImportArgs,
    repository: Option<&Repository>,
    account: &AccountSession,
) -> Result<ExitCode, CommandError> {
    let AccountSession { client, server, .. } = account;
    let account_id = client.account_id().await?;
    ui::status(&planning::account_banner(&account_id, server))?;
    if let Some(repository) = repository {
        planning::verify_account(global, &repository.settings, &account_id)?;
        if repository.settings.account.is_none() {
            ui::status(&format!(
                "note: callrules.yaml doesn't name an account; add `account: \"{account_id}\"` so that \
                 no other account can be changed\n"
            ))?;
        }
    }
    let directory = client.directory().await?;
    let existing = match repository {
        Some(repository) => existing_files(repository, &directory)?,
        None => HashMap::new(),
    };
    let mut failed = 0;
    let mut users = Vec::new();
    for user in select_users(&directory, &arguments.users)? {
        match existing.get(&user.id) {
            Some(LoadedUser { path, .. }) if !arguments.force => {
                ui::print_raw(&format!("kept {path} (use `--force` to overwrite)\n"))?;
            }
            Some(LoadedUser { path, file }) if file.profiles.is_some() => {
                failed += 1;
                ui::status(&format!(
                    "error: {path} was not overwritten, because it uses profiles; edit it, or delete \
                     it and import again\n"
                ))?;
            }
            _ => users.push(user),
        }
    }
    let requests: Vec<FetchRequest> = users
        .iter()
        .map(|user| FetchRequest {
            user: user.id.clone(),
            rules: true,
            states: true,
        })
        .collect();
    let new_settings = init::default_settings();
    let writer = UserFileWriter {
        root: &global.directory,
        settings: repository.map_or(&new_settings, |repository| &repository.settings),
        existing_files: &existing,
        directory: &directory,
        start: match repository {
            Some(_) => OnceCell::from(ImportStart::default()),
            None => OnceCell::new(),
        },
        account: &account_id,
        force: arguments.force,
    };
    let paths = writer.assign_paths(&users);
    let names = NameListCache::new(client);
    let progress = account.start_progress("Reading users", requests.len());
    // Each file is written as soon as its user is read, so that an interrupted run loses nothing.
    let write_user = async |index: usize, live: FetchResult<client::ClientError>| {
        progress.step();
        let live = live.map_err(|error| error.to_string())?;
        let (user, path) = (users[index], &paths[index]);
        let name_index = names.load(import::name_lists(user, &live)).await;
        let result = writer.write_user(user, path.as_deref(), &live, &name_index);
        if writer.has_failed() {
            client.cancellation_token().cancel();
        }
        result
    };
    let work = reconcile::fetch_users(client, &requests, write_user);
    let results = progress.watch(work).await;
    let ImportStart { messages, error } = writer.start.into_inner().unwrap_or_default();
    messages
        .iter()
        .try_for_each(|message| ui::print_raw(message))?;
    if let Some(error) = error {
        return Err(error);
    }
    for error in names.errors.into_inner().into_values() {
        ui::status(&format!(
            "warning: files contain ids instead of names: {error}\n"
        ))?;
    }
    for (user, result) in users.iter().zip(results) {
        match result {
            Ok(ImportedFile { message, warnings }) => {
                ui::print_raw(&message)?;
                warnings
                    .iter()
                    .try_for_each(|warning| ui::status(warning))?;
            }
            Err(error) => {
                failed += 1;
                ui::status(&format!(
                    "error: {} was not imported: {error}\n",
                    sanitize::sanitize_inline(&user.full_label())
                ))?;
            }
        }
    }
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// Returns the existing files by the id of their user. Returns an error if two files describe one
/// user.
fn existing_files<'a>(
    repository: &'a Repository,
    directory: &ExtensionDirectory,
) -> Result<HashMap<ExtensionId, &'a LoadedUser>, CommandError> {
    let mut files: HashMap<ExtensionId, &LoadedUser> = HashMap::new();
    let mut errors = Vec::new();
    for user in &repository.users {
        let Some(owner) = config::resolve_owner(&user.file, directory) else {
            continue;
        };
        if let Some(other) = files.insert(owner, user) {
            errors.push(problem_diagnostics::duplicate_file_diagnostic(
                repository,
                user,
                &other.path,
            ));
        }
    }
    if errors.is_empty() {
        return Ok(files);
    }
    Err(CommandError::Configuration {
        diagnostics: errors,
        files: repository.users.len() + 1,
    })
}

/// Writes the imported files, and a new repository if there is none.
struct UserFileWriter<'a> {
    root: &'a Path,
    settings: &'a RepositorySettings,
    existing_files: &'a HashMap<ExtensionId, &'a LoadedUser>,
    directory: &'a ExtensionDirectory,
    /// The result of creating the repository. Set when the first user is written, so that a run
    /// that can read no user creates nothing.
    start: OnceCell<ImportStart>,
    account: &'a str,
    force: bool,
}

impl UserFileWriter<'_> {
    /// Assigns a path to each user's file, independent of the order in which users are read. `None`
    /// if other files have all the names that the file could have.
    fn assign_paths(&self, users: &[&AccountExtension]) -> Vec<Option<String>> {
        let mut assigned: HashSet<String> = HashSet::new();
        let assign = |user: &&AccountExtension| match self.existing_files.get(&user.id) {
            Some(existing) => Some(existing.path.clone()),
            None => {
                let is_taken = |path: &str| {
                    assigned.contains(path) || files::path_exists(&self.root.join(path))
                };
                let path = import::free_path(user, is_taken)?;
                assigned.insert(path.clone());
                Some(path)
            }
        };
        users.iter().map(assign).collect()
    }

    /// Writes the file of one user. An error does not affect other users.
    fn write_user(
        &self,
        user: &AccountExtension,
        path: Option<&str>,
        live: &LiveUser,
        name_index: &NameIndex,
    ) -> Result<ImportedFile, String> {
        if self
            .start
            .get_or_init(|| self.init_repository())
            .error
            .is_some()
        {
            return Err("the repository could not be created".to_owned());
        }
        let path =
            path.ok_or("all possible names for its file are in use; rename one of those files")?;
        let existing = self.existing_files.get(&user.id);
        let target = ImportTarget {
            path,
            settings: self.settings,
            previous: existing.map(|existing| &existing.file),
        };
        let file = import::import_user(user, live, self.directory, name_index, target)?;
        let message = write_new(self.root, path, &file.text, existing.is_some())
            .map_err(|error| error.to_string())?;
        let warnings = file
            .notes
            .iter()
            .map(|note| format!("warning: {path}: {note}\n"))
            .collect();
        Ok(ImportedFile { message, warnings })
    }

    /// Creates the repository. The settings file comes last, so that it marks a complete
    /// repository.
    fn init_repository(&self) -> ImportStart {
        let mut start = ImportStart::default();
        for file in init::base_files(Some(self.account)).into_iter().rev() {
            match write_new(self.root, &file.path, &file.text, self.force) {
                Ok(message) => start.messages.insert(0, message),
                Err(error) => {
                    start.error = Some(error);
                    break;
                }
            }
        }
        start
    }

    /// Returns whether the repository could not be created.
    fn has_failed(&self) -> bool {
        self.start.get().is_some_and(|start| start.error.is_some())
    }
}

/// The result of creating a repository: the files other than those of users.
#[derive(Default)]
struct ImportStart {
    /// One line for each file.
    messages: Vec<String>,
    error: Option<CommandError>,
}

/// The messages about a file that was written.
struct ImportedFile {
    message: String,
    warnings: Vec<String>,
}

/// The content of a name list once it was read, or `None` if it can't be read.
type NameListCell = AsyncOnceCell<Option<Vec<NamedResource>>>;

/// Cache of greeting and device names. Each list is read once, when it is first needed.
struct NameListCache<'a> {
    client: &'a ApiClient,
    lists: RefCell<HashMap<NameListKey, Rc<NameListCell>>>,
    /// The errors of the lists that could not be read.
    errors: RefCell<BTreeMap<NameListKey, client::ClientError>>,
}

impl<'a> NameListCache<'a> {
    fn new(client: &'a ApiClient) -> Self {
        NameListCache {
            client,
            lists: RefCell::default(),
            errors: RefCell::default(),
        }
    }

    /// Returns the names in these lists. A list that can't be read, such as the devices of a
    /// deleted extension, is left out, and the file then contains ids instead of names.
    async fn load(&self, lists: BTreeSet<NameListKey>) -> NameIndex {
        let mut loaded = Vec::new();
        for list in lists {
            let cell = self
                .lists
                .borrow_mut()
                .entry(list.clone())
                .or_default()
                .clone();
            let resources = cell
                .get_or_init(async || self.fetch(list.clone()).await)
                .await;
            loaded.extend(resources.clone().map(|resources| (list, resources)));
        }
        loaded.into_iter().collect()
    }

    /// Reads one list from the account, and records the error if that fails.
    async fn fetch(&self, list: NameListKey) -> Option<Vec<NamedResource>> {
        let results = reconcile::fetch_name_lists(self.client, BTreeSet::from([list])).await;
        let (list, result) = results.into_iter().next()?;
        let record_error = |error| self.errors.borrow_mut().insert(list, error);
        result.map_err(record_error).ok()
    }
}

/// Returns the users with call handling rules that the filter selects. Returns an error for a
/// selector without a match.
fn select_users<'a>(
    directory: &'a ExtensionDirectory,
    filter: &UserFilterArgs,
) -> Result<Vec<&'a AccountExtension>, CommandError> {
    let users = || {
        directory
            .extensions()
            .iter()
            .filter(|extension| extension.has_rules())
    };
    for selector in &filter.selectors {
        if !users().any(|user| selector.matches(user)) {
            return Err(CommandError::NoLiveUser {
                selector: selector.clone(),
                help: UserFilterArgs::no_match_help(selector, users()),
            });
        }
    }
    let is_selected = |user: &&AccountExtension| {
        filter.selectors.is_empty()
            || filter
                .selectors
                .iter()
                .any(|selector| selector.matches(user))
    };
    Ok(users().filter(is_selected).collect())
}
