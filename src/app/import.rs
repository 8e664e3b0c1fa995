//! Creates files from the users on the account.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use futures::StreamExt;
use tokio::sync::OnceCell as AsyncOnceCell;

use super::account::Account;
use super::error::RunError;
use super::new_call_handling::explain_refusals;
use super::progress::RunProgress;
use super::repository::{account_banner, verify_account, write_new_file};
use super::selection::{duplicate_file_diagnostic, select_live_users};
use crate::client::{ApiClient, ClientError};
use crate::config::types::RepositorySettings;
use crate::config::{self, LoadedUser, Repository};
use crate::files;
use crate::import::{self as user_files, ImportTarget};
use crate::init;
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, GreetingUsage, NameIndex, NameListKey,
    NamedResource, UserSelector,
};
use crate::reconcile::account::{AccountReader, DeviceLists};
use crate::reconcile::{self, FetchRequest, FetchResult, LiveUser};
use crate::render::humanize::{is_or_are, pluralize};
use crate::render::sanitize;

/// The number of users whose files are written at the same time. Writing waits only for names.
const MAX_CONCURRENT_IMPORTS: usize = 8;

/// Which users to import, and whether to overwrite their files.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Imports only these users. Empty: all users with call handling rules.
    pub users: Vec<UserSelector>,
    /// Overwrites the existing files of these users, except files that use profiles.
    pub force: bool,
}

/// What an import wrote, kept and left out.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// One line per file that was written or kept, in order.
    pub files: Vec<String>,
    /// Warnings about the imported users, and the users that were not imported.
    pub problems: Vec<ImportProblem>,
    /// What was imported, what was left out and why.
    pub summary: ImportSummary,
}

/// The counts of an import.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// The number of users whose files were written.
    pub users: usize,
    /// The number of rules in these files.
    pub rules: usize,
    /// The number of states in these files.
    pub states: usize,
    /// The number of parts that the files leave out or write differently, each with a warning.
    pub notes: usize,
    /// The number of users whose existing files were kept.
    pub kept: usize,
    /// The number of extensions that are not users, by type, unless users were selected.
    pub other_extensions: BTreeMap<String, usize>,
}

/// Formats as a few lines.
impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImportSummary {
            users,
            rules,
            states,
            notes,
            kept,
            other_extensions,
        } = self;
        writeln!(
            f,
            "Imported {} with {} and {}.",
            pluralize(*users, "user"),
            pluralize(*rules, "rule"),
            pluralize(*states, "state")
        )?;
        if *users > 0 {
            writeln!(
                f,
                "Left out: whether forward-all-calls and do not disturb are on, which users switch \
                 themselves, and parts that are as in a new user."
            )?;
        }
        if *notes > 0 {
            let (parts, are) = (pluralize(*notes, "more part"), is_or_are(*notes));
            writeln!(
                f,
                "{parts} {are} left out or written differently: see the notes at the top of the files."
            )?;
        }
        if *kept > 0 {
            let (users, have) = (
                pluralize(*kept, "user"),
                if *kept == 1 { "has" } else { "have" },
            );
            writeln!(f, "Passed over {users} who {have} a file already.")?;
        }
        if !other_extensions.is_empty() {
            let counts: Vec<String> = other_extensions
                .iter()
                .map(|(kind, count)| extension_noun(kind, *count))
                .collect();
            let counts = counts.join(", ");
            writeln!(
                f,
                "Passed over {counts}: only users have call handling rules."
            )?;
        }
        Ok(())
    }
}

/// Returns the number of extensions of a type, in words.
fn extension_noun(kind: &str, count: usize) -> String {
    let noun = match kind {
        "Department" => "call queue",
        "IvrMenu" => "IVR menu",
        "Announcement" => "announcement extension",
        "Voicemail" => "message-only extension",
        "SharedLinesGroup" => "shared lines group",
        "PagingOnly" => "paging group",
        "ParkLocation" => "park location",
        "Site" => "site",
        "ApplicationExtension" => "application",
        "Limited" => "limited extension",
        "" => "extension of unknown type",
        other => return format!("{count} of type {}", sanitize::sanitize_inline(other)),
    };
    match (noun, count) {
        ("extension of unknown type", 2..) => format!("{count} extensions of unknown type"),
        _ => pluralize(count, noun),
    }
}

/// A problem of an import.
#[derive(Debug, PartialEq, Eq)]
pub enum ImportProblem {
    /// The file of the user is complete, but not as its reader may expect.
    Warning(String),
    /// A user was not imported.
    NotImported(String),
}

impl ImportReport {
    /// Returns whether every user was imported.
    pub fn is_complete(&self) -> bool {
        !self
            .problems
            .iter()
            .any(|problem| matches!(problem, ImportProblem::NotImported(_)))
    }
}

/// Opens the repository that an import writes into. `None` if there is none yet.
///
/// # Errors
///
/// If the repository has errors, or if the folder has user files but no `callrules.yaml`.
pub fn open_import_target(root: &Path) -> Result<Option<Repository>, RunError> {
    if files::path_exists(&root.join("callrules.yaml")) {
        return Repository::open(root).map(|(repository, _)| Some(repository));
    }
    if files::is_non_empty_dir(&root.join("users")) {
        let message = format!(
            "{} has files in `users/` but no callrules.yaml",
            root.display()
        );
        return Err(RunError::new(message)
            .hinted("create it with `callrules init`, which keeps the files of your users"));
    }
    Ok(None)
}

/// Reads the users and writes a file for each, as soon as it is read. Without a repository in
/// `root`, creates one first.
///
/// # Errors
///
/// If the repository describes another account, if a selector matches no user, or if the
/// repository can't be created. A user that can't be imported is in the report.
pub async fn import(
    root: &Path,
    repository: Option<&Repository>,
    account: &Account,
    options: &ImportOptions,
    progress: &RunProgress,
) -> Result<ImportReport, RunError> {
    let client = account.client();
    let account_id = client.account_id().await?;
    progress.note(account_banner(&account_id, account.server()));
    if let Some(repository) = repository {
        verify_account(&repository.settings, &account_id)?;
        if repository.settings.account.is_none() {
            progress.note(format!(
                "note: callrules.yaml doesn't name an account; add `account: \"{account_id}\"` so \
                 that no other account can be changed"
            ));
        }
    }
    let directory = client.directory().await?;
    let existing = match repository {
        Some(repository) => existing_files(repository, &directory)?,
        None => HashMap::new(),
    };
    let mut report = ImportReport::default();
    if options.users.is_empty() {
        let extensions = directory.extensions().iter();
        for other in extensions.filter(|extension| !extension.has_rules()) {
            *report
                .summary
                .other_extensions
                .entry(other.kind.clone())
                .or_default() += 1;
        }
    }
    let mut users = Vec::new();
    for user in select_live_users(&directory, &options.users)? {
        match existing.get(&user.id) {
            Some(LoadedUser { path, .. }) if !options.force => {
                report.summary.kept += 1;
                report
                    .files
                    .push(format!("kept {path} (use `--force` to overwrite)\n"));
            }
            Some(LoadedUser { path, file }) if file.profiles.is_some() => {
                report.problems.push(ImportProblem::NotImported(format!(
                    "{path} was not overwritten, because it uses profiles; edit it, or delete it \
                     and import again"
                )));
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
        root,
        repository,
        settings: repository.map_or(&new_settings, |repository| &repository.settings),
        existing_files: &existing,
        directory: &directory,
        start: match repository {
            Some(_) => OnceCell::from(ImportStart::default()),
            None => OnceCell::new(),
        },
        account: &account_id,
        force: options.force,
    };
    let paths = writer.assign_paths(&users);
    let names = NameListCache::new(client);
    progress.start_phase("Reading users", requests.len());
    let read_errors = RefCell::new(Vec::new());
    // Each file is written as soon as its user is read, so that an interrupted run loses nothing.
    let import_user = async |index: usize, live: FetchResult<ClientError>| {
        let live = live.map_err(|error| {
            let message = error.to_string();
            read_errors.borrow_mut().push(error);
            message
        })?;
        let (user, path) = (users[index], &paths[index]);
        let name_index = names.load(user_files::name_lists(user, &live)).await;
        let result = writer.write_user(user, path.as_deref(), &live, &name_index);
        if writer.has_failed() {
            client.cancellation_token().cancel();
        }
        result
    };
    let imports = reconcile::fetch_users(client, &requests)
        .inspect(|_| progress.step())
        .map(async |(index, live)| (index, import_user(index, live).await))
        .buffer_unordered(MAX_CONCURRENT_IMPORTS);
    let results = reconcile::in_order(imports).await;
    let read_errors = read_errors.into_inner();
    let users_read = users.len() - read_errors.len();
    if let Some(error) = explain_refusals(client, users_read, &read_errors).await {
        return Err(error);
    }
    let ImportStart { messages, error } = writer.start.into_inner().unwrap_or_default();
    report.files.extend(messages);
    if let Some(error) = error {
        return Err(error);
    }
    for error in names.errors.into_inner() {
        report.problems.push(ImportProblem::Warning(format!(
            "files contain ids instead of names: {error}"
        )));
    }
    for (user, result) in users.iter().zip(results) {
        match result {
            Ok(ImportedFile {
                message,
                warnings,
                rule_count,
                state_count,
            }) => {
                report.files.push(message);
                report.summary.users += 1;
                report.summary.rules += rule_count;
                report.summary.states += state_count;
                report.summary.notes += warnings.len();
                report
                    .problems
                    .extend(warnings.into_iter().map(ImportProblem::Warning));
            }
            Err(error) => report.problems.push(ImportProblem::NotImported(format!(
                "{} was not imported: {error}",
                sanitize::sanitize_inline(&user.full_label())
            ))),
        }
    }
    Ok(report)
}

/// Returns the existing files by the id of their user. Returns an error if two files describe one
/// user.
fn existing_files<'a>(
    repository: &'a Repository,
    directory: &ExtensionDirectory,
) -> Result<HashMap<ExtensionId, &'a LoadedUser>, RunError> {
    let mut files: HashMap<ExtensionId, &LoadedUser> = HashMap::new();
    let mut errors = Vec::new();
    for user in &repository.users {
        let Some(owner) = config::resolve_owner(&user.file, directory) else {
            continue;
        };
        if let Some(other) = files.insert(owner, user) {
            errors.push(duplicate_file_diagnostic(repository, user, &other.path));
        }
    }
    if errors.is_empty() {
        return Ok(files);
    }
    Err(RunError::configuration(errors, repository.file_count()))
}

/// Writes the imported files, and a new repository if there is none.
struct UserFileWriter<'a> {
    root: &'a Path,
    repository: Option<&'a Repository>,
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
                let path = user_files::free_path(user, is_taken)?;
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
        let previous_yaml = self
            .repository
            .and_then(|repository| repository.load_node(path));
        let previous_yaml = previous_yaml.map(|node| node.to_json());
        let target = ImportTarget {
            path,
            settings: self.settings,
            previous: existing.map(|existing| &existing.file),
            previous_yaml: previous_yaml.as_ref(),
        };
        let file = user_files::import_user(user, live, self.directory, name_index, target)?;
        let message = write_new_file(self.root, path, &file.text, existing.is_some())
            .map_err(|error| error.to_string())?;
        let warnings = file
            .notes
            .iter()
            .map(|note| format!("{path}: {note}"))
            .collect();
        Ok(ImportedFile {
            message,
            warnings,
            rule_count: file.rule_count,
            state_count: file.state_count,
        })
    }

    /// Creates the repository. The settings file comes last, so that it marks a complete
    /// repository.
    fn init_repository(&self) -> ImportStart {
        let mut start = ImportStart::default();
        for file in init::base_files(Some(self.account)).into_iter().rev() {
            match write_new_file(self.root, &file.path, &file.text, self.force) {
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
    error: Option<RunError>,
}

/// The messages about a file that was written.
struct ImportedFile {
    message: String,
    warnings: Vec<String>,
    rule_count: usize,
    state_count: usize,
}

/// Something that is read once, or `None` if it can't be read.
type ReadOnce<T> = AsyncOnceCell<Option<T>>;

/// Cache of greeting and device names. Each list is read once, when it is first needed.
struct NameListCache<'a> {
    client: &'a ApiClient,
    devices: ReadOnce<DeviceLists>,
    greetings: RefCell<HashMap<GreetingUsage, Rc<ReadOnce<Vec<NamedResource>>>>>,
    /// The errors of the lists that could not be read.
    errors: RefCell<Vec<ClientError>>,
}

impl<'a> NameListCache<'a> {
    fn new(client: &'a ApiClient) -> Self {
        NameListCache {
            client,
            devices: AsyncOnceCell::new(),
            greetings: RefCell::default(),
            errors: RefCell::default(),
        }
    }

    /// Returns the names in these lists. A list that can't be read is left out, and the file then
    /// contains ids instead of names.
    async fn load(&self, lists: BTreeSet<NameListKey>) -> NameIndex {
        let mut loaded = Vec::new();
        for list in lists {
            let resources = match &list {
                NameListKey::Devices(owner) => self.devices_of(owner).await,
                NameListKey::Greetings(usage) => self.greetings(*usage).await,
            };
            loaded.extend(resources.map(|resources| (list, resources)));
        }
        loaded.into_iter().collect()
    }

    async fn devices_of(&self, owner: &ExtensionId) -> Option<Vec<NamedResource>> {
        let read = async || self.record_error(self.client.devices().await);
        let all = self.devices.get_or_init(read).await.as_ref()?;
        Some(all.get(owner).cloned().unwrap_or_default())
    }

    async fn greetings(&self, usage: GreetingUsage) -> Option<Vec<NamedResource>> {
        let cell = Rc::clone(self.greetings.borrow_mut().entry(usage).or_default());
        let read = async || self.record_error(self.client.greetings(usage).await);
        cell.get_or_init(read).await.clone()
    }

    fn record_error<T>(&self, result: Result<T, ClientError>) -> Option<T> {
        let record_error = |error| self.errors.borrow_mut().push(error);
        result.map_err(record_error).ok()
    }
}
