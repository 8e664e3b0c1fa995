//! Loads and validates a configuration repository.

mod document;
mod references;
mod tests;
mod users;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use document::{ParsedDocument, SourceDocument, is_reliable, open_document, parse_and_validate};
use serde::de::DeserializeOwned;

use super::dedup::DiagnosticDedup;
use super::locate::{file_level, with_span};
use super::parse_diagnostics::diagnostic_from_error;
use super::profiles::{self, ProfileSet};
use super::references::{PROFILES, ReferencedFileKind, ReferencedFiles};
use super::types::{RepositorySettings, TestFile, UserFile};
use super::{ConfigFinding, csv, files, validate};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::{self, SourceFile, YamlError, YamlNode, YamlPath};

/// The file that marks the root of a repository.
pub(super) const SETTINGS_FILE: &str = "callrules.yaml";
/// The folder that contains the user files.
const USERS_FOLDER: &str = "users";
/// The file extensions of YAML files.
const YAML_EXTENSIONS: &[&str] = &["yaml", "yml"];

/// The maximum number of problems that are reported for one file.
const MAX_PROBLEMS: usize = yaml::MAX_ERRORS - 1;

/// A configuration repository that passed all offline validation.
#[derive(Debug)]
pub struct Repository {
    /// The settings from `callrules.yaml`.
    pub settings: RepositorySettings,
    /// The user files, sorted by path and merged with their profiles.
    pub users: Vec<LoadedUser>,
    /// The calendars and contacts that files refer to.
    pub referenced_files: ReferencedFiles,
    /// The test files, sorted by path.
    pub tests: Vec<LoadedTests>,
    profiles: ProfileSet,
    root: PathBuf,
}

/// A loaded user file.
#[derive(Debug)]
pub struct LoadedUser {
    /// The path relative to the repository root, with `/` as separator.
    pub path: String,
    /// The parsed content of the file.
    pub file: UserFile,
}

/// A loaded test file.
#[derive(Debug)]
pub struct LoadedTests {
    /// The path relative to the repository root, with `/` as separator.
    pub path: String,
    /// The parsed content of the file.
    pub file: TestFile,
}

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

/// Loads and validates everything below `root`. Continues after errors to report all of them.
pub fn load(root: &FilePath) -> LoadedRepository {
    let mut reader = RepositoryReader::new(root);
    let settings = reader.read_settings();
    // Without `callrules.yaml` this is an unrelated folder, whose files are not validated.
    let is_repository = settings.is_some() || root.join(SETTINGS_FILE).exists();
    let (referenced_files, profiles, users) = if is_repository {
        reader.read_contents(settings.as_ref())
    } else {
        Default::default()
    };
    let tests = if is_repository {
        reader.read_tests(&users)
    } else {
        Vec::new()
    };
    let RepositoryReader {
        mut diagnostics,
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
        root: root.to_owned(),
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
    if !root.join(SETTINGS_FILE).exists() {
        return Ok(None);
    }
    let mut reader = RepositoryReader::new(root);
    match reader.read_settings() {
        Some(settings) if !reader.diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(Some(settings))
        }
        _ => Err(reader.diagnostics),
    }
}

/// Returns the 1-based line of the `account` key in `callrules.yaml`.
pub fn account_key_line(root: &FilePath) -> Option<usize> {
    let text = files::read_text(&root.join(SETTINGS_FILE)).ok()?;
    let node = parse_file(SETTINGS_FILE, text).0?;
    let (span, _) = node.find(&YamlPath::root().key("account"));
    Some(span.line_column().0)
}

impl Repository {
    /// Returns the folder that the repository was loaded from.
    pub fn root(&self) -> &FilePath {
        &self.root
    }

    /// Converts a finding to a diagnostic with its span. Reads the file again, because spans are
    /// not kept in memory.
    pub fn locate_finding(&self, file: &str, finding: ConfigFinding) -> Diagnostic {
        match self.load_node(file) {
            Some(node) => with_span(&node, finding),
            None => file_level(file, finding),
        }
    }

    /// Converts several findings of one file to diagnostics, and reads the file only once.
    pub fn locate_findings(&self, file: &str, findings: Vec<ConfigFinding>) -> Vec<Diagnostic> {
        let node = if findings.is_empty() {
            None
        } else {
            self.load_node(file)
        };
        let locate = |finding| match &node {
            Some(node) => with_span(node, finding),
            None => file_level(file, finding),
        };
        findings.into_iter().map(locate).collect()
    }

    /// Reads a user file again and merges it with its profiles. Returns `None` if the file no
    /// longer exists.
    pub fn load_node(&self, file: &str) -> Option<Arc<YamlNode>> {
        load_node(&self.root, &self.profiles, file)
    }
}

fn load_node(root: &FilePath, profiles: &ProfileSet, file: &str) -> Option<Arc<YamlNode>> {
    let text = files::read_text(&root.join(file)).ok()?;
    Some(profiles.stack_for(&parse_file(file, text).0?))
}

/// Parses a YAML or CSV file into a tree.
pub(super) fn parse_file(path: &str, text: String) -> (Option<Arc<YamlNode>>, Vec<YamlError>) {
    let source = SourceFile::new(path, text);
    if path.ends_with(".csv") {
        csv::parse_csv(&source)
    } else {
        yaml::parse(&source)
    }
}

/// Parses and validates the text of a user file that is not saved yet.
///
/// # Errors
/// Returns all findings. Syntax and type errors have the root path.
pub fn read_user(text: &str) -> Result<UserFile, Vec<ConfigFinding>> {
    let (node, mut errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
    let mut findings = Vec::new();
    let file = node.and_then(|node| {
        let (file, more) = yaml::deserialize_lenient::<UserFile>(&node);
        errors.extend(more);
        if let Some(file) = &file {
            findings = validate::validate_user_file(file, &[], &ReferencedFiles::default());
            findings.retain(|finding| is_reliable(&node, finding, &errors));
        }
        file
    });
    let to_finding = |error: YamlError| {
        let Diagnostic {
            code,
            message,
            help,
            ..
        } = diagnostic_from_error(error);
        let finding = ConfigFinding::new(code, YamlPath::root(), message);
        ConfigFinding { help, ..finding }
    };
    findings.extend(errors.into_iter().map(to_finding));
    match file {
        Some(file) if findings.iter().all(|finding| !finding.code.is_error()) => Ok(file),
        _ => Err(findings),
    }
}

struct RepositoryReader<'a> {
    root: &'a FilePath,
    diagnostics: Vec<Diagnostic>,
    dedup: DiagnosticDedup,
    /// The files that other files refer to by name: their kinds, names and paths.
    named_files: Vec<(&'static ReferencedFileKind, String, String)>,
    files: usize,
}

impl<'a> RepositoryReader<'a> {
    fn new(root: &'a FilePath) -> Self {
        RepositoryReader {
            root,
            diagnostics: Vec::new(),
            dedup: DiagnosticDedup::default(),
            named_files: Vec::new(),
            files: 0,
        }
    }

    fn read_settings(&mut self) -> Option<RepositorySettings> {
        if !self.root.join(SETTINGS_FILE).exists() {
            let message = format!(
                "{} is not a configuration repository: it has no {SETTINGS_FILE}",
                self.root.display()
            );
            let finding =
                ConfigFinding::new(DiagnosticCode::NoRepository, YamlPath::root(), message)
                    .with_help(
                        "select the repository with `-C DIR`, or create one with `callrules init`",
                    );
            self.files += 1;
            self.diagnostics.push(file_level(SETTINGS_FILE, finding));
            return None;
        }
        let document = self.open_document(SETTINGS_FILE)?;
        self.parse_document(document, validate::validate_settings)
    }

    fn read_contents(
        &mut self,
        settings: Option<&RepositorySettings>,
    ) -> (ReferencedFiles, ProfileSet, Vec<LoadedUser>) {
        let referenced_files = self.read_referenced_files();
        let profiles = self.read_profiles(&referenced_files);
        let ignored = settings.and_then(|settings| settings.ignore.as_deref());
        let users = self.read_users(&referenced_files, &profiles, ignored.unwrap_or_default());
        (referenced_files, profiles, users)
    }

    /// Reads and validates the profiles. Missing parts are not reported, because user files may add
    /// them.
    fn read_profiles(&mut self, referenced_files: &ReferencedFiles) -> ProfileSet {
        let mut nodes = profiles::ProfileFiles::new();
        let mut documents = Vec::new();
        for (name, path) in self.named_files(&PROFILES) {
            let document = self.open_document(&path);
            let node = document.as_ref().and_then(|document| document.node.clone());
            nodes.insert(name.clone(), node);
            documents.extend(document.map(|document| (name, document)));
        }
        let profiles = ProfileSet::new(nodes);
        for (name, document) in documents {
            let mut findings = profiles.find_cycles(&name);
            findings.extend(
                document
                    .node
                    .iter()
                    .flat_map(|node| profiles.unknown_profiles(node)),
            );
            self.parse_document(document, |file: &UserFile| {
                findings.extend(validate::validate_profile(file, referenced_files));
                findings.retain(|finding| !file.allows(finding.code));
                findings
            });
        }
        profiles
    }

    /// Lists the files of a folder and records diagnostics about files with wrong names.
    fn list_files(&mut self, folder: &str, extensions: &[&str]) -> Vec<String> {
        let (paths, mut diagnostics) = files::files_below(self.root, folder, extensions);
        if folder == USERS_FOLDER && paths.is_empty() && diagnostics.is_empty() {
            // A repository without users is probably a mistake.
            let message =
                format!("there are no user files: `{USERS_FOLDER}/` contains no YAML file");
            let finding = ConfigFinding::new(DiagnosticCode::NotRead, YamlPath::root(), message)
                .with_help(format!(
                    "create `{USERS_FOLDER}/NAME.yaml`, or run `callrules import`"
                ));
            diagnostics.push(file_level(SETTINGS_FILE, finding));
        }
        self.files += diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        self.diagnostics.append(&mut diagnostics);
        paths
    }

    fn open_document(&mut self, path: &str) -> Option<SourceDocument> {
        self.files += 1;
        let result = open_document(self.root, path);
        result
            .map_err(|diagnostic| self.diagnostics.push(*diagnostic))
            .ok()
    }

    /// Parses a document into a `T`, validates it, and records its diagnostics.
    fn parse_document<T: DeserializeOwned>(
        &mut self,
        document: SourceDocument,
        check: impl FnOnce(&T) -> Vec<ConfigFinding>,
    ) -> Option<T> {
        let path = document.path.clone();
        self.record_parsed(&path, parse_and_validate(document, check))
    }

    /// Records the diagnostics of a parsed file and returns its value.
    fn record_parsed<T>(&mut self, path: &str, parsed: ParsedDocument<T>) -> Option<T> {
        let ParsedDocument {
            value,
            mut diagnostics,
        } = parsed;
        diagnostics.retain(|diagnostic| self.dedup.insert(diagnostic, path));
        diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if diagnostics.len() > MAX_PROBLEMS {
            diagnostics.truncate(MAX_PROBLEMS);
            let message =
                format!("more than {MAX_PROBLEMS} problems; only the first ones are shown");
            diagnostics.push(file_level(
                path,
                ConfigFinding::new(DiagnosticCode::TooManyProblems, YamlPath::root(), message),
            ));
        }
        self.diagnostics.append(&mut diagnostics);
        value
    }
}
