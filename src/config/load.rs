//! Loads and validates a configuration repository.
//!
//! Each file is read once. The repository keeps the texts, so that problems that only the account
//! shows can be placed in them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path as FilePath;
use std::sync::Arc;

use indexmap::IndexMap;
use rayon::prelude::*;
use serde::de::DeserializeOwned;

use super::finding::DiagnosticDedup;
use super::parse_diagnostics::diagnostics_from_errors;
use super::profiles::{ProfileFiles, ProfileSet, half_overrides};
use super::references::{
    CALENDARS, CONTACTS, FileReferences, PROFILES, ReferencedFileKind, ReferencedFiles,
};
use super::repository::{Repository, SourceFiles, load_node, parse_source};
use super::test_cases::TestUsers;
use super::types::{LoadedTests, LoadedUser, RepositorySettings, UserFile};
use super::{ConfigFinding, curly_quotes, files, resolve, validate};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::files::{RepositoryRoot, canonical_path};
use crate::yaml::{self, LenientValue, SourceFile, YamlError, YamlNode, YamlPath};

/// The file that marks the root of a repository.
pub const SETTINGS_FILE: &str = "callrules.yaml";
/// The folder that contains the user files.
const USERS_FOLDER: &str = "users";
/// The folder that contains the test files.
const TESTS_FOLDER: &str = "tests";
/// The file extensions of YAML files.
const YAML_EXTENSIONS: &[&str] = &["yaml", "yml"];

/// The maximum number of problems that are reported for one file.
const MAX_PROBLEMS: usize = yaml::MAX_ERRORS - 1;
/// The maximum size of all files of a repository together, in bytes: 20,000 users with 25 KB each.
const MAX_TOTAL_BYTES: usize = 512 * 1024 * 1024;
/// The number of user files per batch: enough to use all cores, but few trees in memory at once.
const BATCH_SIZE: usize = 64;

/// The result of loading a repository.
#[derive(Debug)]
pub struct LoadedRepository {
    /// The repository; `None` if there is any error.
    pub repository: Option<Repository>,
    /// All errors and warnings, sorted by file and position.
    pub diagnostics: Vec<Diagnostic>,
    /// The number of files that were read.
    pub files: usize,
}

/// The new texts of files that are not saved yet, by path.
pub type FileEdits = BTreeMap<String, String>;

/// Loads and validates everything below `root`. Continues after errors to report all of them.
pub fn load(root: &FilePath) -> LoadedRepository {
    load_edited(root, &FileEdits::new())
}

/// Loads everything below `root` like [`load`], as if these edits were saved.
pub fn load_edited(root: &FilePath, edits: &FileEdits) -> LoadedRepository {
    let root = RepositoryRoot::new(root);
    let mut reader = RepositoryReader::new(&root, edits);
    let settings = reader.read_settings();
    // Without `callrules.yaml` this is an unrelated folder, whose files are not validated.
    let is_repository = settings.is_some() || root.has_entry(SETTINGS_FILE);
    let (referenced_files, profiles, users, tests) = if is_repository {
        let ignored = settings.as_ref().and_then(|all| all.ignore.as_deref());
        let referenced_files = reader.read_referenced_files();
        let profiles = reader.read_profiles(&referenced_files);
        let users = reader.read_users(&referenced_files, &profiles, ignored.unwrap_or_default());
        let tests = reader.read_tests(&users);
        (referenced_files, profiles, users, tests)
    } else {
        Default::default()
    };
    let RepositoryReader {
        mut diagnostics,
        sources,
        files,
        ..
    } = reader;
    if let Some(settings) = &settings {
        diagnostics.retain(|diagnostic| !settings.allows(diagnostic.code));
    }
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let is_valid = !diagnostics.iter().any(Diagnostic::is_error);
    let repository = settings.filter(|_| is_valid).map(|settings| Repository {
        settings,
        users,
        referenced_files,
        tests,
        profiles,
        sources,
        root: root.path().to_owned(),
    });
    LoadedRepository {
        repository,
        diagnostics,
        files,
    }
}

/// Reads only `callrules.yaml`. Returns `None` if it does not exist.
///
/// # Errors
/// Returns all diagnostics if the file is invalid.
pub fn read_settings(root: &FilePath) -> Result<Option<RepositorySettings>, Vec<Diagnostic>> {
    let root = RepositoryRoot::new(root);
    if !root.has_entry(SETTINGS_FILE) {
        return Ok(None);
    }
    let edits = FileEdits::new();
    let mut reader = RepositoryReader::new(&root, &edits);
    match reader.read_settings() {
        Some(settings) if !reader.diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(Some(settings))
        }
        _ => Err(reader.diagnostics),
    }
}

/// Returns whether a file that may not exist yet is, or would be read as, a part of the
/// configuration.
pub fn is_configuration_file(root: &FilePath, file: &FilePath) -> bool {
    let file = canonical_path(file);
    let Ok(below) = file.strip_prefix(canonical_path(root)) else {
        return false;
    };
    let folders = [PROFILES, CALENDARS, CONTACTS].map(|kind| kind.folder);
    let mut parts = folders
        .iter()
        .chain(&[SETTINGS_FILE, USERS_FOLDER, TESTS_FOLDER]);
    let first = below.iter().next().unwrap_or_default();
    parts.any(|part| first.eq_ignore_ascii_case(part))
}

/// Parses and validates the text of a user file that is not saved yet.
///
/// # Errors
/// Returns all findings. Syntax and type errors have the root path.
pub fn read_user(text: &str) -> Result<UserFile, Vec<ConfigFinding>> {
    let (node, errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
    let (file, mut findings, errors) = validate_tree(node.as_ref(), errors, |file, _| {
        validate::validate_user_file(file, &[], &ReferencedFiles::default())
    });
    let diagnostics = diagnostics_from_errors(errors, node.as_deref());
    findings.extend(diagnostics.into_iter().map(|diagnostic| {
        let Diagnostic {
            code,
            message,
            help,
            ..
        } = diagnostic;
        let finding = ConfigFinding::new(code, YamlPath::root(), message);
        ConfigFinding { help, ..finding }
    }));
    match file {
        Some(file) if findings.iter().all(|finding| !finding.code.is_error()) => Ok(file),
        _ => Err(findings),
    }
}

impl Repository {
    /// Reads a user file as if it had this text.
    ///
    /// # Errors
    /// Returns the message of the first error.
    pub fn read_edited_user(&self, path: &str, text: &str) -> Result<UserFile, String> {
        let (own, errors) = yaml::parse(&SourceFile::new(path, text.to_owned()));
        let node = own.map(|own| self.profiles.merge_with_profiles(&own));
        let ignored = self.settings.ignore.as_deref().unwrap_or_default();
        let (file, findings, errors) = validate_tree(node.as_ref(), errors, |file, _| {
            validate::validate_user_file(file, ignored, &self.referenced_files)
        });
        let diagnostics = diagnostics_from_errors(errors, node.as_deref());
        let mut messages = diagnostics
            .into_iter()
            .map(|diagnostic| (diagnostic.code, diagnostic.message))
            .chain(
                findings
                    .into_iter()
                    .map(|finding| (finding.code, finding.message)),
            )
            .filter(|(code, _)| code.is_error())
            .map(|(_, message)| message);
        match (messages.next(), file) {
            (None, Some(file)) => Ok(file),
            (message, _) => Err(message.unwrap_or_else(|| "the file has an error".to_owned())),
        }
    }
}

/// Deserializes and validates a tree. Returns its value, the first findings that do not depend
/// on invalid parts, and `errors` with those of the value. `check` receives the value with the tree
/// that it was read from.
fn validate_tree<T: DeserializeOwned>(
    node: Option<&Arc<YamlNode>>,
    mut errors: Vec<YamlError>,
    check: impl FnOnce(&T, &YamlNode) -> Vec<ConfigFinding>,
) -> (Option<T>, Vec<ConfigFinding>, Vec<YamlError>) {
    let Some(node) = node else {
        return (None, Vec::new(), errors);
    };
    let LenientValue {
        value,
        errors: more,
        tree,
    } = yaml::deserialize_lenient::<T>(node);
    errors.extend(more);
    let curly = curly_quotes::curly_quote_errors(node, &errors);
    errors.extend(curly);
    let findings = value.as_ref().map(|value| check(value, &tree));
    let findings = findings.into_iter().flatten();
    let findings = findings.map(|finding| finding.before_cut(&tree, node));
    let reliable = findings.filter(|finding| finding.is_reliable(node, &errors));
    // A long list can have many findings, of which only the first ones are shown.
    let shown = reliable.take(MAX_PROBLEMS + 1).collect();
    (value, shown, errors)
}

/// A file as a tree, with its syntax errors.
struct SourceDocument {
    source: Arc<SourceFile>,
    node: Option<Arc<YamlNode>>,
    errors: Vec<YamlError>,
}

impl SourceDocument {
    fn open(root: &RepositoryRoot, path: &str, edits: &FileEdits) -> Result<Self, Box<Diagnostic>> {
        let text = match edits.get(path) {
            Some(text) => text.clone(),
            None => files::read_text(root, path)
                .map_err(|error| files::unreadable_file_diagnostic(path, &error))?,
        };
        let source = SourceFile::new(path, text);
        let (node, errors) = parse_source(&source);
        Ok(SourceDocument {
            source,
            node,
            errors,
        })
    }

    /// Parses the document into a `T`, and returns it with all diagnostics of the file.
    fn validate<T: DeserializeOwned>(
        self,
        check: impl FnOnce(&T, &YamlNode) -> Vec<ConfigFinding>,
    ) -> (Option<T>, Vec<Diagnostic>) {
        let (value, findings, errors) = validate_tree(self.node.as_ref(), self.errors, check);
        let findings = findings.into_iter();
        let diagnostics = findings.filter_map(|finding| Some(finding.in_tree(self.node.as_ref()?)));
        let errors = diagnostics_from_errors(errors, self.node.as_deref());
        (value, diagnostics.chain(errors).collect())
    }
}

struct RepositoryReader<'a> {
    root: &'a RepositoryRoot,
    edits: &'a FileEdits,
    diagnostics: Vec<Diagnostic>,
    dedup: DiagnosticDedup,
    sources: SourceFiles,
    /// The files that other files refer to by name: their kinds, names and paths.
    named_files: Vec<(&'static ReferencedFileKind, String, String)>,
    /// The number of files, including those that could not be read.
    files: usize,
    /// The size of all files that were read, in bytes.
    total_bytes: usize,
}

impl<'a> RepositoryReader<'a> {
    fn new(root: &'a RepositoryRoot, edits: &'a FileEdits) -> Self {
        RepositoryReader {
            root,
            edits,
            diagnostics: Vec::new(),
            dedup: DiagnosticDedup::default(),
            sources: SourceFiles::new(),
            named_files: Vec::new(),
            files: 0,
            total_bytes: 0,
        }
    }

    fn read_settings(&mut self) -> Option<RepositorySettings> {
        if !self.root.has_entry(SETTINGS_FILE) {
            let message = format!(
                "{} is not a configuration repository: it has no {SETTINGS_FILE}",
                self.root.path().display()
            );
            let help = "select the repository with `-C DIR`, or create one with `callrules init`";
            self.files += 1;
            self.report(SETTINGS_FILE, DiagnosticCode::NoRepository, message, help);
            return None;
        }
        let document = self.open(SETTINGS_FILE)?;
        let account = YamlPath::root().key("account");
        let account_span = document.node.as_ref().map(|node| node.find(&account).0);
        let mut settings: RepositorySettings = self.validate(document, |settings, _| {
            validate::validate_settings(settings)
        })?;
        settings.account_line = account_span.map(|span| span.line_column().0);
        Some(settings)
    }

    /// Reads and validates all calendars and contacts.
    fn read_referenced_files(&mut self) -> ReferencedFiles {
        let contacts = self.read_folder(&CONTACTS, |_, file| validate::validate_contacts(file));
        ReferencedFiles {
            calendars: self.read_folder(&CALENDARS, |calendar, _| {
                validate::validate_calendar(calendar)
            }),
            contacts: contacts
                .into_iter()
                .map(|(name, list)| (name, resolve::resolve_contacts(&list)))
                .collect(),
        }
    }

    /// Reads the files of a kind by name. An invalid file becomes an empty value, so that
    /// references to it are not reported as well.
    fn read_folder<T: DeserializeOwned + Default>(
        &mut self,
        kind: &'static ReferencedFileKind,
        check: fn(&T, &YamlNode) -> Vec<ConfigFinding>,
    ) -> IndexMap<String, T> {
        let mut all = IndexMap::new();
        for (name, path) in self.named_files(kind) {
            let document = self.open(&path);
            let value = document.and_then(|document| self.validate(document, check));
            all.entry(name).or_insert(value.unwrap_or_default());
        }
        all
    }

    /// Reads and validates the profiles. Missing parts are not reported, because user files may add
    /// them.
    fn read_profiles(&mut self, referenced_files: &ReferencedFiles) -> ProfileSet {
        let mut nodes = ProfileFiles::new();
        let mut documents = Vec::new();
        for (name, path) in self.named_files(&PROFILES) {
            let document = self.open(&path);
            let node = document.as_ref().and_then(|document| document.node.clone());
            nodes.insert(name.clone(), node);
            documents.extend(document.map(|document| (name, document)));
        }
        let profiles = ProfileSet::new(nodes);
        for (name, document) in documents {
            let mut findings = profiles.find_cycles(&name);
            let node = document.node.iter();
            findings.extend(node.flat_map(|node| profiles.unknown_profiles(node)));
            self.validate(document, |file: &UserFile, _| {
                findings.extend(validate::validate_profile(file, referenced_files));
                findings.retain(|finding| !file.allows(finding.code));
                findings
            });
        }
        profiles
    }

    /// Reads the user files in parallel and merges them with their profiles. Reports their problems
    /// in order. `ignored` holds the name patterns that the settings ignore.
    fn read_users(
        &mut self,
        referenced_files: &ReferencedFiles,
        profiles: &ProfileSet,
        ignored: &[String],
    ) -> Vec<LoadedUser> {
        let paths = self.list_files(USERS_FOLDER, YAML_EXTENSIONS);
        let mut uses = FileReferences::default();
        let mut users: Vec<LoadedUser> = Vec::new();
        // The references of an unreadable file are unknown. A missing folder is reported
        // separately.
        let mut all_known = !paths.is_empty();
        let (root, edits) = (self.root, self.edits);
        let read = |path: &String| {
            let mut document = SourceDocument::open(root, path, edits)?;
            let source = document.source.clone();
            let own = document.node.take();
            let mut unknown = Vec::new();
            if let Some(node) = &own {
                unknown = profiles.unknown_profiles(node);
                let merged = profiles.merge_with_profiles(node);
                unknown.extend(half_overrides(&merged));
                document.node = Some(merged);
            }
            let parsed = document.validate(|file: &UserFile, _| {
                let mut findings = validate::validate_user_file(file, ignored, referenced_files);
                findings.append(&mut unknown);
                findings.retain(|finding| !file.allows(finding.code));
                findings
            });
            Ok::<_, Box<Diagnostic>>((source, own, parsed))
        };
        for paths in paths.chunks(BATCH_SIZE) {
            if !self.check_capacity() {
                return users;
            }
            let batch: Vec<_> = paths.par_iter().map(read).collect();
            for (path, result) in paths.iter().zip(batch) {
                self.files += 1;
                let (source, own, (file, diagnostics)) = match result {
                    Ok(document) => document,
                    Err(diagnostic) => {
                        self.diagnostics.push(*diagnostic);
                        all_known = false;
                        continue;
                    }
                };
                self.count_bytes(&source);
                self.sources.insert(path.clone(), source);
                match &own {
                    Some(node) => uses.record(node),
                    None => all_known = false,
                }
                self.record(path, diagnostics);
                let path = path.clone();
                users.extend(file.map(|file| LoadedUser { path, file }));
            }
        }
        self.check_one_file_per_user(&users, profiles);
        if profiles.record_uses(&mut uses) && all_known {
            let unused = self.named_files.iter();
            let unused = unused.filter(|(kind, name, _)| !uses.contains(kind, name));
            let findings = unused.map(|(kind, _, path)| kind.unused_file_finding().in_file(path));
            self.diagnostics.extend(findings);
        }
        users
    }

    fn check_one_file_per_user(&mut self, users: &[LoadedUser], profiles: &ProfileSet) {
        let mut first: HashMap<(&str, String), &str> = HashMap::new();
        for user in users {
            let [number, email, id] = user.file.identity();
            let identifiers = [
                number.map(|number| ("extension", number.to_owned())),
                email.map(|email| ("email", email.to_lowercase())),
                id.map(|id| ("id", id.to_owned())),
            ];
            for (key, name) in identifiers.into_iter().flatten() {
                let message = format!("`{name}` is described by two files");
                let Some(other) = first.insert((key, name), &user.path) else {
                    continue;
                };
                let path = YamlPath::root().key(key);
                let finding = ConfigFinding::new(DiagnosticCode::TwoFiles, path, message)
                    .with_label(format!("the other file is {other}"))
                    .with_help("move the rules of one file into the other");
                let node = load_node(&self.sources, profiles, &user.path);
                self.diagnostics.push(match node {
                    Some(node) => finding.in_tree(&node),
                    None => finding.in_file(&user.path),
                });
            }
        }
    }

    /// Reads the test files and validates them against the user files.
    fn read_tests(&mut self, users: &[LoadedUser]) -> Vec<LoadedTests> {
        // The users and rules of an invalid file are unknown, so references to them are not
        // checked.
        let is_valid = !self.diagnostics.iter().any(Diagnostic::is_error);
        let test_users = is_valid.then(|| TestUsers::from_users(users));
        let paths = self.list_files(TESTS_FOLDER, YAML_EXTENSIONS).into_iter();
        let read = |path: String| {
            let document = self.open(&path)?;
            let file = self.validate(document, |file, _| {
                validate::validate_tests(file, &path, test_users.as_ref())
            })?;
            Some(LoadedTests { path, file })
        };
        paths.filter_map(read).collect()
    }

    /// Returns the name and path of each file of a kind, and reports duplicate names.
    fn named_files(&mut self, kind: &'static ReferencedFileKind) -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = Vec::new();
        let mut first: HashMap<String, String> = HashMap::new();
        for path in self.list_files(kind.folder, kind.file_extensions) {
            let name = files::file_stem(&path, kind.folder);
            let other = first.entry(name.clone()).or_insert_with(|| path.clone());
            if *other != path {
                let finding = kind.duplicate_name_finding(&name, other);
                self.diagnostics.push(finding.in_file(&path));
            }
            self.named_files.push((kind, name.clone(), path.clone()));
            named.push((name, path));
        }
        named
    }

    /// Lists the files of a folder and records diagnostics about files with wrong names.
    fn list_files(&mut self, folder: &str, extensions: &[&str]) -> Vec<String> {
        let (paths, mut diagnostics) = files::files_below(self.root, folder, extensions);
        let errors = diagnostics.iter().filter(|problem| problem.is_error());
        self.files += errors.count();
        if folder == USERS_FOLDER && paths.is_empty() && diagnostics.is_empty() {
            // A repository without users is probably a mistake.
            let message =
                format!("there are no user files: `{USERS_FOLDER}/` contains no YAML file");
            let help = format!("create `{USERS_FOLDER}/NAME.yaml`, or run `callrules import`");
            self.report(SETTINGS_FILE, DiagnosticCode::FileIgnored, message, &help);
        }
        self.diagnostics.append(&mut diagnostics);
        paths
    }

    /// Reports a problem of a file as a whole.
    fn report(&mut self, file: &str, code: DiagnosticCode, message: String, help: &str) {
        let finding = ConfigFinding::new(code, YamlPath::root(), message).with_help(help);
        self.diagnostics.push(finding.in_file(file));
    }

    /// Checks whether another file may be read, and reports once if there is too much.
    fn check_capacity(&mut self) -> bool {
        let was_full = self.total_bytes == usize::MAX;
        if self.total_bytes <= MAX_TOTAL_BYTES {
            return true;
        }
        self.total_bytes = usize::MAX;
        if !was_full {
            let megabytes = MAX_TOTAL_BYTES / (1024 * 1024);
            let message = format!("the repository has more than {megabytes} MB of files");
            let help = "split it into several repositories";
            self.report(SETTINGS_FILE, DiagnosticCode::Unreadable, message, help);
        }
        false
    }

    fn count_bytes(&mut self, source: &SourceFile) {
        self.total_bytes = self.total_bytes.saturating_add(source.text.len());
    }

    /// Opens a file and keeps its text.
    fn open(&mut self, path: &str) -> Option<SourceDocument> {
        self.files += 1;
        if !self.check_capacity() {
            return None;
        }
        match SourceDocument::open(self.root, path, self.edits) {
            Ok(document) => {
                self.count_bytes(&document.source);
                self.sources
                    .insert(path.to_owned(), document.source.clone());
                Some(document)
            }
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                None
            }
        }
    }

    /// Parses a document into a `T`, validates it, and records its diagnostics.
    fn validate<T: DeserializeOwned>(
        &mut self,
        document: SourceDocument,
        check: impl FnOnce(&T, &YamlNode) -> Vec<ConfigFinding>,
    ) -> Option<T> {
        let source = document.source.clone();
        let (value, diagnostics) = document.validate(check);
        self.record(&source.path, diagnostics);
        value
    }

    /// Records the diagnostics of a file, without those that other files have caused already.
    fn record(&mut self, path: &str, mut diagnostics: Vec<Diagnostic>) {
        diagnostics.retain(|diagnostic| self.dedup.insert(diagnostic, path));
        diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if diagnostics.len() > MAX_PROBLEMS {
            diagnostics.truncate(MAX_PROBLEMS);
            let message =
                format!("more than {MAX_PROBLEMS} problems; only the first ones are shown");
            let code = DiagnosticCode::TooManyProblems;
            diagnostics.push(ConfigFinding::new(code, YamlPath::root(), message).in_file(path));
        }
        self.diagnostics.append(&mut diagnostics);
    }
}
