//! Profiles: parts of a user file that many share.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Finding;
use super::lay::lay;
use super::shared::{PROFILES, Uses};
use crate::diagnostic::Code;
use crate::yaml::{Node, Path, Value};

/// The profiles of a repository by name, each laid over those that it uses itself.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    files: Files,
    whole: IndexMap<String, Option<Arc<Node>>>,
}

/// The profiles as their files say them; `None` for a file that could not be read.
pub(super) type Files = IndexMap<String, Option<Arc<Node>>>;

impl Profiles {
    pub(super) fn new(files: Files) -> Self {
        let mut profiles = Profiles::default();
        for name in files.keys() {
            profiles.add(name, &files);
        }
        profiles.files = files;
        profiles
    }

    /// Lays a profile over those that it uses. What is being laid already counts as nothing: a circle,
    /// which is told elsewhere, is not followed.
    fn add(&mut self, name: &str, files: &Files) -> Option<Arc<Node>> {
        if let Some(done) = self.whole.get(name) {
            return done.clone();
        }
        let file = files.get(name)?.as_ref();
        self.whole.insert(name.to_owned(), None);
        let laid = file.map(|file| stack(file, |used| self.add(used, files)));
        self.whole.insert(name.to_owned(), laid.clone());
        laid
    }

    /// A user file with its profiles laid under it, in the order that it lists them.
    pub(super) fn under(&self, file: &Arc<Node>) -> Arc<Node> {
        stack(file, |name| self.whole.get(name).cloned().flatten())
    }

    /// The names that a file uses and no profile has.
    pub(super) fn unknown(&self, file: &Node) -> Vec<Finding> {
        let unknown = uses(file)
            .into_iter()
            .enumerate()
            .filter_map(|(index, name)| {
                let at = Path::top().key("profiles").item(index);
                PROFILES.unknown(name, &self.whole, at)
            });
        unknown.collect()
    }

    /// Adds what the used profiles use in their turn. False where one could not be read.
    pub(super) fn add_uses(&self, uses: &mut Uses) -> bool {
        let mut rest: Vec<_> = self.files.iter().collect();
        loop {
            let (used, others): (Vec<_>, Vec<_>) =
                { rest.into_iter() }.partition(|(name, _)| uses.has(&PROFILES, name));
            if used.is_empty() {
                return true;
            }
            for (_, file) in used {
                match file {
                    Some(file) => uses.note(file),
                    None => return false,
                }
            }
            rest = others;
        }
    }

    /// Where profiles use each other in a circle: for each circle, one finding in the file of its first
    /// member.
    pub(super) fn circles(&self, name: &str) -> Vec<Finding> {
        circles(name, &self.files)
    }
}

/// The names of the profiles that a file uses.
pub(super) fn uses(file: &Node) -> Vec<&str> {
    let said = file.entry(PROFILES.key);
    let said = said.filter(|said| matches!(said.value, Value::List(_)));
    said.map(Node::texts).unwrap_or_default()
}

fn circles(name: &str, files: &Files) -> Vec<Finding> {
    let Some(Some(file)) = files.get(name) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (index, used) in uses(file).into_iter().enumerate() {
        let mut way = vec![name];
        if !leads_to(used, name, files, &mut way, &mut HashSet::new())
            || way.iter().any(|member| *member < name)
        {
            continue;
        }
        let way: Vec<String> = way.iter().map(|member| format!("`{member}`")).collect();
        let message = format!("profiles use each other in a circle: {}", way.join(" → "));
        let at = Path::top().key("profiles").item(index);
        found.push(
            Finding::new(Code::Circle, at, message).help("take one of them out of the circle"),
        );
    }
    found
}

/// Whether using `from` means using `goal`, and on which way.
fn leads_to<'a>(
    from: &'a str,
    goal: &str,
    files: &'a Files,
    way: &mut Vec<&'a str>,
    seen: &mut HashSet<&'a str>,
) -> bool {
    if !seen.insert(from) {
        return false;
    }
    way.push(from);
    let arrived = from == goal
        || match files.get(from) {
            Some(Some(file)) => uses(file)
                .into_iter()
                .any(|used| leads_to(used, goal, files, way, seen)),
            _ => false,
        };
    if !arrived {
        way.pop();
    }
    arrived
}

/// A file over the profiles that it uses, each of which lies over those before it.
fn stack(file: &Arc<Node>, mut profile: impl FnMut(&str) -> Option<Arc<Node>>) -> Arc<Node> {
    let below = uses(file)
        .into_iter()
        .filter_map(&mut profile)
        .reduce(|lower, upper| lay(&upper, &lower));
    match below {
        Some(below) => lay(file, &below),
        None => file.clone(),
    }
}
