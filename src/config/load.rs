//! Finds and reads the files of a repository.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use walkdir::WalkDir;

use super::Finding;
use super::check;
use super::explain::from_fault;
use super::types::{Settings, UserFile};
use crate::diagnostic::{Code, Diagnostic, Place, Source};
use crate::yaml::{self, Fault, Node, Path, Span};

/// The file that marks the root of a repository.
const SETTINGS: &str = "callrules.yaml";
/// The folder of the user files.
const USERS: &str = "users";
/// Larger than any file that people keep by hand, small enough to read without harm.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// More problems of one file than a person mends at once.
const MAX_PROBLEMS: usize = 100;

/// A configuration repository without mistakes that can be seen offline.
#[derive(Debug)]
pub struct Repository {
    /// `callrules.yaml`.
    pub settings: Settings,
    /// The user files, by path.
    pub users: Vec<User>,
    root: PathBuf,
}

/// A user file.
#[derive(Debug)]
pub struct User {
    /// Its path below the root, with `/` between the parts.
    pub path: String,
    /// What it says.
    pub file: UserFile,
}

/// A repository as far as it could be read.
#[derive(Debug)]
pub struct Loaded {
    /// The repository, where nothing is wrong with it.
    pub repository: Option<Repository>,
    /// Everything wrong, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// How many files were looked at.
    pub files: usize,
}

/// Reads and checks everything below `root`, and goes on after mistakes.
pub fn load(root: &FilePath) -> Loaded {
    let mut reader = Reader {
        root,
        diagnostics: Vec::new(),
        files: 0,
    };
    let settings = reader.settings();
    let users = match settings {
        // Without its mark this is some other folder; what else it holds is not ours to judge.
        None if !root.join(SETTINGS).exists() => Vec::new(),
        _ => reader.users(),
    };
    let Reader {
        mut diagnostics,
        files,
        ..
    } = reader;
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    let repository = settings.filter(|_| sound).map(|settings| Repository {
        settings,
        users,
        root: root.to_owned(),
    });
    Loaded {
        repository,
        diagnostics,
        files,
    }
}

impl Repository {
    /// Tells a finding with its place. The file is read again: places are kept only while they are
    /// needed.
    pub fn diagnose(&self, file: &str, finding: Finding) -> Diagnostic {
        place_again(&self.root, file, finding)
    }
}

/// Finds the place of a finding in a file that has been read before.
fn place_again(root: &FilePath, file: &str, finding: Finding) -> Diagnostic {
    let Ok(text) = read_text(&root.join(file)) else {
        return unplaced(file, finding);
    };
    let (node, _) = yaml::parse(&text);
    let source = Arc::new(Source::new(file, text));
    match node {
        Some(node) => place(&source, &node, finding),
        None => unplaced(file, finding),
    }
}

/// Reads and checks the text of one user file that stands nowhere yet.
///
/// # Errors
/// Every finding; mistakes in the form of the text come as one at the top.
pub fn read_user(text: &str) -> Result<UserFile, Vec<Finding>> {
    let (node, mut faults) = yaml::parse(text);
    let file = node.and_then(|node| {
        let (file, more) = yaml::read::<UserFile>(&node);
        faults.extend(more);
        file
    });
    let unreadable = |fault: Fault| {
        let why = format!("{:?}", fault.kind);
        Finding::new(Code::BadValue, Path::top(), why)
    };
    let mut found: Vec<Finding> = faults.into_iter().map(unreadable).collect();
    found.extend(file.iter().flat_map(check::user_file));
    match file {
        Some(file) if found.iter().all(|finding| !finding.code.is_error()) => Ok(file),
        _ => Err(found),
    }
}

struct Reader<'a> {
    root: &'a FilePath,
    diagnostics: Vec<Diagnostic>,
    files: usize,
}

impl Reader<'_> {
    fn settings(&mut self) -> Option<Settings> {
        if !self.root.join(SETTINGS).exists() {
            let message = format!(
                "{} is not a configuration repository: it has no {SETTINGS}",
                self.root.display()
            );
            let finding = Finding::new(Code::NoRepository, Path::top(), message).help(
                "name the folder that has one with `-C DIR`, or begin one with `callrules init`",
            );
            self.files += 1;
            self.diagnostics.push(unplaced(SETTINGS, finding));
            return None;
        }
        let settings: Settings = self.read(SETTINGS, |settings: &Settings| {
            let mut found = Vec::new();
            if settings.account.is_none() {
                found.push(
                    Finding::new(
                        Code::AnyAccount,
                        Path::top(),
                        "this repository does not say which account it describes",
                    )
                    .help("add `account:` and the account's id, so that no other is ever changed"),
                );
            }
            found
        })?;
        Some(settings)
    }

    fn users(&mut self) -> Vec<User> {
        let folder = self.root.join(USERS);
        let mut users: Vec<User> = Vec::new();
        if !folder.exists() {
            self.somebody(false);
            return users;
        }
        let told = self.diagnostics.len();
        let files = self.yaml_files(&folder);
        self.somebody(!files.is_empty() || self.diagnostics.len() > told);
        for path in files {
            if let Some(file) = self.read(&path, check::user_file) {
                users.push(User { path, file });
            }
        }
        self.one_file_each(&users);
        users
    }

    /// A repository that describes nobody is hardly meant.
    fn somebody(&mut self, any: bool) {
        if !any {
            let message = format!("no user is described: there is no YAML file below `{USERS}/`");
            let finding = Finding::new(Code::NotRead, Path::top(), message).help(format!(
                "write `{USERS}/NAME.yaml`, or begin with `callrules import`"
            ));
            self.diagnostics.push(unplaced(SETTINGS, finding));
        }
    }

    /// The YAML files below a folder, sorted. Whatever only looks like one is told.
    fn yaml_files(&mut self, folder: &FilePath) -> Vec<String> {
        let mut paths = Vec::new();
        // Hidden files are an editor's or a tool's.
        let is_shown =
            |entry: &walkdir::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
        let entries = WalkDir::new(folder)
            .min_depth(1)
            .follow_links(true)
            .sort_by_file_name();
        for entry in entries.into_iter().filter_entry(is_shown) {
            let path = match &entry {
                Ok(entry) => entry.path(),
                Err(error) => error.path().unwrap_or(folder),
            };
            let relative = relative(self.root, path);
            let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
            match entry {
                Err(error) => {
                    self.files += 1;
                    let error = match error.loop_ancestor() {
                        Some(_) => io::Error::other("a link that leads back to a folder above it"),
                        None => error
                            .into_io_error()
                            .unwrap_or_else(|| io::Error::other("a broken link")),
                    };
                    self.unreadable(&relative, &error);
                }
                Ok(entry) if is_yaml && entry.file_type().is_dir() => {
                    self.files += 1;
                    let message = "a folder stands where a file should be";
                    let finding = Finding::new(Code::Unreadable, Path::top(), message)
                        .help("rename the folder, or make it a file");
                    self.diagnostics.push(unplaced(&relative, finding));
                }
                Ok(_) if is_yaml => paths.push(relative),
                Ok(entry) if entry.file_type().is_file() && looks_like_yaml(&relative) => {
                    let message = "this file is not read: its name does not end in .yaml or .yml";
                    let finding = Finding::new(Code::NotRead, Path::top(), message);
                    self.diagnostics.push(unplaced(
                        &relative,
                        finding.help("rename it, or move it elsewhere"),
                    ));
                }
                Ok(_) => {}
            }
        }
        paths
    }

    /// Reads a file into a `T`, checks it, and notes what is wrong.
    fn read<T: DeserializeOwned>(
        &mut self,
        path: &str,
        check: impl FnOnce(&T) -> Vec<Finding>,
    ) -> Option<T> {
        self.files += 1;
        let text = match read_text(&self.root.join(path)) {
            Ok(text) => text,
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        };
        let (node, mut faults) = yaml::parse(&text);
        let source = Arc::new(Source::new(path, text));
        let mut found = Vec::new();
        let value = node.and_then(|node| {
            let (value, more) = yaml::read::<T>(&node);
            faults.extend(more);
            if let Some(value) = &value {
                // What looks wrong only because a mistake near it was cut out is no mistake.
                let sound = |finding: &Finding| match reach(&node, finding) {
                    Some(reach) => !faults.iter().any(|f| reach.contains(&f.span.start)),
                    None => true,
                };
                let findings = check(value).into_iter().filter(sound).take(MAX_PROBLEMS);
                let findings = findings.map(|finding| place(&source, &node, finding));
                found.extend(findings);
            }
            value
        });
        found.extend(faults.into_iter().map(|fault| from_fault(&source, fault)));
        found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if found.len() > MAX_PROBLEMS {
            found.truncate(MAX_PROBLEMS);
            let message = format!("more than {MAX_PROBLEMS} problems; only the first are told");
            found.push(unplaced(
                path,
                Finding::new(Code::AndMore, Path::top(), message),
            ));
        }
        self.diagnostics.append(&mut found);
        value
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        let message = format!("cannot be read: {error}");
        let finding = Finding::new(Code::Unreadable, Path::top(), message);
        self.diagnostics.push(unplaced(path, finding));
    }

    fn one_file_each(&mut self, users: &[User]) {
        let mut first: HashMap<String, &str> = HashMap::new();
        for user in users {
            let UserFile {
                extension,
                email,
                id,
                ..
            } = &user.file;
            let names = [
                extension.as_ref().map(|e| ("extension", e.0.clone())),
                email.as_ref().map(|e| ("email", e.0.to_lowercase())),
                id.as_ref().map(|i| ("id", i.0.clone())),
            ];
            for (key, name) in names.into_iter().flatten() {
                let Some(other) = first.insert(format!("{key} {name}"), &user.path) else {
                    continue;
                };
                let message = format!("`{name}` has two files");
                let finding = Finding::new(Code::TwoFiles, Path::top().key(key), message)
                    .label(format!("the other is {other}"))
                    .help("one user, one file: move the rules of one into the other");
                let told = place_again(self.root, &user.path, finding);
                self.diagnostics.push(told);
            }
        }
    }
}

/// The part of a file that a finding depends on: what stands at its path, and where it says that a
/// key lacks another, the map around the two. None where it is the absence of something never written.
fn reach(node: &Node, finding: &Finding) -> Option<Span> {
    let lacks_another = matches!(
        finding.code,
        Code::WhichUser | Code::ChooseOne | Code::StateAlone
    );
    let path = if lacks_another {
        finding.path.parent()
    } else {
        finding.path.clone()
    };
    match node.locate(&path) {
        _ if path == Path::top() => Some(node.span.clone()),
        (at, true) => Some(node.around(at.start)),
        (_, false) => None,
    }
}

fn read_text(path: &FilePath) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    if metadata.len() > MAX_BYTES {
        let megabytes = metadata.len() / (1024 * 1024);
        return Err(io::Error::other(format!(
            "it has {megabytes} MB; files have up to {}",
            MAX_BYTES / (1024 * 1024)
        )));
    }
    let bytes = fs::read(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::other(format!("it is not UTF-8 text (byte {at})"))
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// A file that somebody may take for one of ours: `alex.YAML`, `alex.yaml.txt`.
fn looks_like_yaml(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    name.contains(".yaml") || name.contains(".yml")
}

fn relative(root: &FilePath, path: &FilePath) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

fn place(source: &Arc<Source>, node: &Node, finding: Finding) -> Diagnostic {
    let (span, _) = node.locate(&finding.path);
    Diagnostic {
        place: Some(Place {
            source: source.clone(),
            span,
        }),
        ..unplaced(&source.path, finding)
    }
}

fn unplaced(file: &str, finding: Finding) -> Diagnostic {
    Diagnostic {
        code: finding.code,
        message: finding.message,
        label: finding.label,
        help: finding.help,
        file: file.to_owned(),
        place: None,
    }
}
