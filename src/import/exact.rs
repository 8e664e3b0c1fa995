//! Whether words mean what the account has.

use serde_json::{Map, Value, json};

use crate::config::types::{Settings, UserFile};
use crate::config::{self, Finding, Shared};
use crate::diagnostic::Code;
use crate::engine::{self, LiveUser};
use crate::model::words::Words;
use crate::model::{Catalogue, DesiredUser, Directory, Extension, Ownership, Prune};
use crate::yaml;

/// A user's account, and who would read a file about it.
pub(super) struct Exact<'a> {
    /// The first line of the file.
    pub(super) identity: Map<String, Value>,
    pub(super) settings: &'a Settings,
    pub(super) live: &'a LiveUser,
    pub(super) directory: &'a Directory,
    pub(super) catalogue: &'a Catalogue,
}

impl Exact<'_> {
    pub(super) fn words<'b>(&'b self, user: &'b Extension) -> Words<'b> {
        Words::new(self.directory).with_names(self.catalogue, &user.id)
    }

    /// Whose rules are whose in a file with these patterns, and in its repository.
    pub(super) fn ignoring(&self, patterns: &[String]) -> Result<Ownership, String> {
        let mut file = self.identity.clone();
        if !patterns.is_empty() {
            file.insert("ignore".to_owned(), json!(patterns));
        }
        let declared = read(&Value::Object(file))?.map_err(|found| told(&found))?;
        Ok(self.resolve(&declared)?.ownership)
    }

    /// The words of one part, once it is sure that they mean what the account has. What a state does
    /// not take is not said.
    pub(super) fn part(&self, section: &str, key: &str, words: Value) -> Result<Value, String> {
        let mut file = self.identity.clone();
        file.insert(section.to_owned(), json!({ key: words }));
        let mut file = Value::Object(file);
        let declared = loop {
            match read(&file)? {
                Ok(declared) => break declared,
                Err(found) => drop_what_is_not_taken(&mut file, found)?,
            }
        };
        let mut desired = self.resolve(&declared)?;
        desired.ownership.prune = Prune::None;
        self.changes_nothing(&desired)?;
        Ok(file[section][key].take())
    }

    /// That a finished file says everything as it is: in its repository, no plan has anything to do,
    /// not even where all that is neither declared nor ignored is deleted.
    pub(super) fn whole(&self, text: &str) -> Result<(), String> {
        let declared = config::read_user(text).map_err(|found| told(&found))?;
        let mut desired = self.resolve(&declared)?;
        let mut keys = declared.interaction_rules.iter().flatten();
        if let Some((key, _)) = keys.find(|(key, _)| ignores(&desired.ownership, key)) {
            return Err(format!("the rule `{key}` would be ignored and declared"));
        }
        desired.ownership.prune = Prune::All;
        self.changes_nothing(&desired)
    }

    fn resolve(&self, declared: &UserFile) -> Result<DesiredUser, String> {
        let (directory, catalogue) = (self.directory, self.catalogue);
        config::resolve(
            declared,
            self.settings,
            &Shared::default(),
            directory,
            catalogue,
        )
        .map_err(|found| told(&found))
    }

    fn changes_nothing(&self, desired: &DesiredUser) -> Result<(), String> {
        let (plan, problems) = engine::diff(desired, self.live, self.directory);
        if let Some(problem) = problems.first() {
            return Err(problem.message.clone());
        }
        match plan.changes.first() {
            Some(change) => Err(format!("its words would change `{}`", change.name)),
            None => Ok(()),
        }
    }
}

/// Whether a rule of this name is left alone.
pub(super) fn ignores(ownership: &Ownership, name: &str) -> bool {
    ownership.ignores(name)
}

/// A file as a reader finds it, or what is wrong with it.
fn read(file: &Value) -> Result<Result<UserFile, Vec<Finding>>, String> {
    let text = yaml::write(file).map_err(|error| error.to_string())?;
    Ok(config::read_user(&text))
}

/// Removes the keys that a state does not take; any other finding is the end.
fn drop_what_is_not_taken(file: &mut Value, found: Vec<Finding>) -> Result<(), String> {
    let refused = |finding: &&Finding| {
        matches!(
            finding.code,
            Code::NotInState | Code::NotWithType | Code::BadSchedule
        )
    };
    let removed = { found.iter().filter(refused) }
        .filter(|finding| finding.path.remove_from(file))
        .count();
    if removed == 0 {
        return Err(told(&found));
    }
    Ok(())
}

fn told(found: &[Finding]) -> String {
    let errors = found.iter().filter(|finding| finding.code.is_error());
    errors
        .map(|finding| finding.message.as_str())
        .collect::<Vec<_>>()
        .join("; ")
}
