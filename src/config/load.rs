//! Reads and checks a repository.

mod document;
mod shared;
mod tests;
mod users;

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use document::{Document, Judged, is_sound, judge, open};
use serde::de::DeserializeOwned;

use super::explain::from_fault;
use super::once::Once;
use super::profiles::{self, Profiles};
use super::shared::{Kind, PROFILES, Shared};
use super::tell::{placed, unplaced};
use super::types::{Settings, TestFile, UserFile};
use super::{Finding, check, files, table};
use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{self, Fault, Node, Path, Source};

/// The file that marks the root of a repository.
pub(super) const SETTINGS: &str = "callrules.yaml";
/// The folder of the user files.
const USERS: &str = "users";
/// How the names of YAML files end.
const YAML: &[&str] = &["yaml", "yml"];

/// More problems of one file than a person mends at once.
const MAX_PROBLEMS: usize = yaml::MAX_FAULTS - 1;

/// A configuration repository without mistakes that can be seen offline.
#[derive(Debug)]
pub struct Repository {
    /// `callrules.yaml`.
    pub settings: Settings,
    /// The user files, by path, with their profiles laid under them.
    pub users: Vec<User>,
    /// The calendars and contacts that they name.
    pub shared: Shared,
    /// The test files, by path.
    pub tests: Vec<Tests>,
    profiles: Profiles,
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

/// A test file.
#[derive(Debug)]
pub struct Tests {
    /// Its path below the root, with `/` between the parts.
    pub path: String,
    /// What it says.
    pub file: TestFile,
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
    let mut reader = Reader::new(root);
    let settings = reader.settings();
    // Without its mark this is some other folder; what else it holds is not ours to judge.
    let is_ours = settings.is_some() || root.join(SETTINGS).exists();
    let (shared, profiles, users) = if is_ours {
        reader.all_but_settings(settings.as_ref())
    } else {
        Default::default()
    };
    let tests = if is_ours {
        reader.tests(&users)
    } else {
        Vec::new()
    };
    let Reader {
        mut diagnostics,
        files,
        ..
    } = reader;
    if let Some(settings) = &settings {
        diagnostics.retain(|told| !settings.allows(told.code));
    }
    diagnostics.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    let repository = settings.filter(|_| sound).map(|settings| Repository {
        settings,
        users,
        shared,
        tests,
        profiles,
        root: root.to_owned(),
    });
    Loaded {
        repository,
        diagnostics,
        files,
    }
}

/// Reads `callrules.yaml` and nothing beside it; `None` where there is none.
///
/// # Errors
/// What is wrong with it.
pub fn settings(root: &FilePath) -> Result<Option<Settings>, Vec<Diagnostic>> {
    if !root.join(SETTINGS).exists() {
        return Ok(None);
    }
    let mut reader = Reader::new(root);
    match reader.settings() {
        Some(settings) if !reader.diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(Some(settings))
        }
        _ => Err(reader.diagnostics),
    }
}

/// The line of the settings, counted from 1, that names the account.
pub fn account_line(root: &FilePath) -> Option<usize> {
    let text = files::text(&root.join(SETTINGS)).ok()?;
    let node = parse(SETTINGS, text).0?;
    let (place, _) = node.locate(&Path::top().key("account"));
    Some(place.line_column().0)
}

impl Repository {
    /// The folder that it was read from.
    pub fn root(&self) -> &FilePath {
        &self.root
    }

    /// Tells a finding with its place. The file is read again: places are kept only while they are
    /// needed.
    pub fn diagnose(&self, file: &str, finding: Finding) -> Diagnostic {
        match self.tree(file) {
            Some(node) => placed(&node, finding),
            None => unplaced(file, finding),
        }
    }

    /// The same for many findings of one file, which is read once.
    pub fn diagnose_all(&self, file: &str, findings: Vec<Finding>) -> Vec<Diagnostic> {
        let tree = if findings.is_empty() {
            None
        } else {
            self.tree(file)
        };
        let tell = |finding| match &tree {
            Some(node) => placed(node, finding),
            None => unplaced(file, finding),
        };
        findings.into_iter().map(tell).collect()
    }

    /// A user file, read again, with its profiles laid under it. `None` where it has gone since.
    pub fn tree(&self, file: &str) -> Option<Arc<Node>> {
        tree(&self.root, &self.profiles, file)
    }
}

fn tree(root: &FilePath, profiles: &Profiles, file: &str) -> Option<Arc<Node>> {
    let text = files::text(&root.join(file)).ok()?;
    Some(profiles.under(&parse(file, text).0?))
}

/// The tree of a file, whichever form it has.
pub(super) fn parse(path: &str, text: String) -> (Option<Arc<Node>>, Vec<Fault>) {
    let source = Source::new(path, text);
    if path.ends_with(".csv") {
        table::parse(&source)
    } else {
        yaml::parse(&source)
    }
}

/// Reads and checks the text of one user file that stands nowhere yet.
///
/// # Errors
/// Every finding; mistakes in the form of the text stand at the top.
pub fn read_user(text: &str) -> Result<UserFile, Vec<Finding>> {
    let (node, mut faults) = yaml::parse(&Source::new("", text.to_owned()));
    let mut found = Vec::new();
    let file = node.and_then(|node| {
        let (file, more) = yaml::read::<UserFile>(&node);
        faults.extend(more);
        if let Some(file) = &file {
            found = check::user_file(file, &[], &Shared::default());
            found.retain(|finding| is_sound(&node, finding, &faults));
        }
        file
    });
    let unreadable = |fault: Fault| {
        let Diagnostic {
            code,
            message,
            help,
            ..
        } = from_fault(fault);
        let finding = Finding::new(code, Path::top(), message);
        Finding { help, ..finding }
    };
    found.extend(faults.into_iter().map(unreadable));
    match file {
        Some(file) if found.iter().all(|finding| !finding.code.is_error()) => Ok(file),
        _ => Err(found),
    }
}

struct Reader<'a> {
    root: &'a FilePath,
    diagnostics: Vec<Diagnostic>,
    told: Once,
    /// The files that others refer to by name: what they are, their names, their paths.
    named: Vec<(&'static Kind, String, String)>,
    files: usize,
}

impl<'a> Reader<'a> {
    fn new(root: &'a FilePath) -> Self {
        Reader {
            root,
            diagnostics: Vec::new(),
            told: Once::default(),
            named: Vec::new(),
            files: 0,
        }
    }

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
        let document = self.open(SETTINGS)?;
        self.take(document, check::settings)
    }

    fn all_but_settings(&mut self, settings: Option<&Settings>) -> (Shared, Profiles, Vec<User>) {
        let shared = self.shared();
        let profiles = self.profiles(&shared);
        let ignored = settings.and_then(|settings| settings.ignore.as_deref());
        let users = self.users(&shared, &profiles, ignored.unwrap_or_default());
        (shared, profiles, users)
    }

    /// The profiles, each checked as far as one can be alone: what it lacks, a user file may add.
    fn profiles(&mut self, shared: &Shared) -> Profiles {
        let mut nodes = profiles::Files::new();
        let mut documents = Vec::new();
        for (name, path) in self.named(&PROFILES) {
            let document = self.open(&path);
            let node = document.as_ref().and_then(|document| document.node.clone());
            nodes.insert(name.clone(), node);
            documents.extend(document.map(|document| (name, document)));
        }
        let profiles = Profiles::new(nodes);
        for (name, document) in documents {
            let mut found = profiles.circles(&name);
            found.extend(document.node.iter().flat_map(|node| profiles.unknown(node)));
            self.take(document, |file: &UserFile| {
                found.extend(check::profile(file, shared));
                found.retain(|finding| !file.allows(finding.code));
                found
            });
        }
        profiles
    }

    /// The files of a folder; what looks wrong there is told.
    fn list(&mut self, folder: &str, endings: &[&str]) -> Vec<String> {
        let (paths, mut told) = files::below(self.root, folder, endings);
        if folder == USERS && paths.is_empty() && told.is_empty() {
            // A repository that describes nobody is hardly meant.
            let message = format!("no user is described: there is no YAML file below `{USERS}/`");
            let finding = Finding::new(Code::NotRead, Path::top(), message).help(format!(
                "write `{USERS}/NAME.yaml`, or begin with `callrules import`"
            ));
            told.push(unplaced(SETTINGS, finding));
        }
        self.files += told.iter().filter(|told| told.is_error()).count();
        self.diagnostics.append(&mut told);
        paths
    }

    fn open(&mut self, path: &str) -> Option<Document> {
        self.files += 1;
        let opened = open(self.root, path);
        opened.map_err(|told| self.diagnostics.push(*told)).ok()
    }

    /// Reads a document into a `T`, checks it, and notes what is wrong.
    fn take<T: DeserializeOwned>(
        &mut self,
        document: Document,
        check: impl FnOnce(&T) -> Vec<Finding>,
    ) -> Option<T> {
        let path = document.path.clone();
        self.note(&path, judge(document, check))
    }

    /// Notes what is wrong with a file, and gives what could be read of it.
    fn note<T>(&mut self, path: &str, judged: Judged<T>) -> Option<T> {
        let Judged { value, mut found } = judged;
        found.retain(|told| self.told.is_due(told, path));
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
}
