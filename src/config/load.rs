//! Reads and checks a repository.

use std::collections::{HashMap, HashSet};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::explain::from_fault;
use super::profiles::{self, Profiles};
use super::tell::{placed, reach, unplaced};
use super::types::{Settings, UserFile};
use super::{Finding, check, files};
use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{self, Fault, Node, Path, Source};

/// The file that marks the root of a repository.
const SETTINGS: &str = "callrules.yaml";
/// The folder of the user files.
const USERS: &str = "users";
/// The folder of the profiles.
const PROFILES: &str = "profiles";
/// How the names of YAML files end.
const YAML: &[&str] = &["yaml", "yml"];

/// More problems of one file than a person mends at once.
const MAX_PROBLEMS: usize = 100;

/// A configuration repository without mistakes that can be seen offline.
#[derive(Debug)]
pub struct Repository {
    /// `callrules.yaml`.
    pub settings: Settings,
    /// The user files, by path, with their profiles laid under them.
    pub users: Vec<User>,
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
    let (profiles, users) = if is_ours {
        reader.profiles_and_users(settings.as_ref())
    } else {
        Default::default()
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

impl Repository {
    /// Tells a finding with its place. The file is read again: places are kept only while they are
    /// needed.
    pub fn diagnose(&self, file: &str, finding: Finding) -> Diagnostic {
        match self.tree(file) {
            Some(node) => placed(&node, finding),
            None => unplaced(file, finding),
        }
    }

    /// A user file, read again, with its profiles laid under it. `None` where it has gone since.
    pub fn tree(&self, file: &str) -> Option<Arc<Node>> {
        tree(&self.root, &self.profiles, file)
    }
}

fn tree(root: &FilePath, profiles: &Profiles, file: &str) -> Option<Arc<Node>> {
    let text = files::text(&root.join(file)).ok()?;
    let (node, _) = yaml::parse(&Source::new(file, text));
    Some(profiles.under(&node?))
}

/// Reads and checks the text of one user file that stands nowhere yet.
///
/// # Errors
/// Every finding; mistakes in the form of the text come as one at the top.
pub fn read_user(text: &str) -> Result<UserFile, Vec<Finding>> {
    let (node, mut faults) = yaml::parse(&Source::new("", text.to_owned()));
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
    found.extend(file.iter().flat_map(|file| check::user_file(file, &[])));
    match file {
        Some(file) if found.iter().all(|finding| !finding.code.is_error()) => Ok(file),
        _ => Err(found),
    }
}

/// A file as YAML, with what is wrong with it as such.
struct Document {
    path: String,
    node: Option<Arc<Node>>,
    faults: Vec<Fault>,
}

struct Reader<'a> {
    root: &'a FilePath,
    diagnostics: Vec<Diagnostic>,
    /// Problems of profiles that have been told: every user of a profile comes upon them again.
    told: HashSet<Told>,
    files: usize,
}

impl<'a> Reader<'a> {
    fn new(root: &'a FilePath) -> Self {
        Reader {
            root,
            diagnostics: Vec::new(),
            told: HashSet::new(),
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

    fn profiles_and_users(&mut self, settings: Option<&Settings>) -> (Profiles, Vec<User>) {
        let profiles = self.profiles();
        let paths = self.list(USERS);
        let ignored = settings.and_then(|settings| settings.ignore.as_deref());
        let mut used = HashSet::new();
        let mut users: Vec<User> = Vec::new();
        for path in paths {
            let Some(mut document) = self.open(&path) else {
                continue;
            };
            let mut unknown = Vec::new();
            if let Some(node) = &document.node {
                unknown = profiles.unknown(node);
                used.extend(profiles::uses(node).map(str::to_owned));
                document.node = Some(profiles.under(node));
            }
            let check = |file: &UserFile| {
                let mut found = check::user_file(file, ignored.unwrap_or_default());
                found.append(&mut unknown);
                found
            };
            if let Some(file) = self.take(document, check) {
                users.push(User { path, file });
            }
        }
        self.one_file_each(&users, &profiles);
        (profiles, users)
    }

    /// The profiles, each checked as far as one can be alone: what it lacks, a user file may add.
    fn profiles(&mut self) -> Profiles {
        let mut nodes = profiles::Files::new();
        let mut documents = Vec::new();
        for path in self.list(PROFILES) {
            let document = self.open(&path);
            let node = document.as_ref().and_then(|document| document.node.clone());
            let name = files::name(&path, PROFILES);
            if nodes.insert(name.clone(), node).is_some() {
                let message = format!("two profiles are called `{name}`");
                let finding = Finding::new(Code::TwoFiles, Path::top(), message);
                let finding = finding.help("rename one of the two files");
                self.diagnostics.push(unplaced(&path, finding));
            }
            documents.extend(document.map(|document| (name, document)));
        }
        let profiles = Profiles::new(&nodes);
        for (name, document) in documents {
            let mut found = profiles::circles(&name, &nodes);
            found.extend(document.node.iter().flat_map(|node| profiles.unknown(node)));
            self.take(document, |file: &UserFile| {
                found.extend(check::profile(file));
                found
            });
        }
        profiles
    }

    /// The files of a folder; what looks wrong there is told.
    fn list(&mut self, folder: &str) -> Vec<String> {
        let (paths, mut told) = files::below(self.root, folder, YAML);
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
        match files::text(&self.root.join(path)) {
            Ok(text) => {
                let (node, faults) = yaml::parse(&Source::new(path, text));
                Some(Document {
                    path: path.to_owned(),
                    node,
                    faults,
                })
            }
            Err(error) => {
                self.diagnostics.push(files::unreadable(path, &error));
                None
            }
        }
    }

    /// Reads a document into a `T`, checks it, and notes what is wrong.
    fn take<T: DeserializeOwned>(
        &mut self,
        document: Document,
        check: impl FnOnce(&T) -> Vec<Finding>,
    ) -> Option<T> {
        let Document {
            path,
            node,
            mut faults,
        } = document;
        let mut found = Vec::new();
        let value = node.and_then(|node| {
            let (value, more) = yaml::read::<T>(&node);
            faults.extend(more);
            if let Some(value) = &value {
                // What looks wrong only because a mistake near it was cut out is no mistake.
                let sound = |finding: &Finding| match reach(&node, finding) {
                    Some(reach) => !faults.iter().any(|f| reach.contains(&f.place)),
                    None => true,
                };
                let findings = check(value).into_iter().filter(sound).take(MAX_PROBLEMS);
                found.extend(findings.map(|finding| placed(&node, finding)));
            }
            value
        });
        found.extend(faults.into_iter().map(from_fault));
        found.retain(|told| self.told.insert(Told::from(told)) || told.file == path);
        found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        if found.len() > MAX_PROBLEMS {
            found.truncate(MAX_PROBLEMS);
            let message = format!("more than {MAX_PROBLEMS} problems; only the first are told");
            found.push(unplaced(
                &path,
                Finding::new(Code::AndMore, Path::top(), message),
            ));
        }
        self.diagnostics.append(&mut found);
        value
    }

    fn one_file_each(&mut self, users: &[User], profiles: &Profiles) {
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
                let told = match tree(self.root, profiles, &user.path) {
                    Some(node) => placed(&node, finding),
                    None => unplaced(&user.path, finding),
                };
                self.diagnostics.push(told);
            }
        }
    }
}

/// What makes a problem of a profile the same for all its users: its place and its kind, and the file
/// that a part of it clashes with.
#[derive(PartialEq, Eq, Hash)]
struct Told {
    file: String,
    start: usize,
    code: &'static str,
    clash: Option<String>,
}

impl From<&Diagnostic> for Told {
    fn from(told: &Diagnostic) -> Self {
        let (file, start, code) = told.sort_key();
        let clash = told.related.as_ref().filter(|related| related.is_clash);
        Told {
            file: file.to_owned(),
            start,
            code,
            clash: clash.map(|related| related.place.source.path.clone()),
        }
    }
}
