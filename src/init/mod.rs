//! What a new configuration repository begins with.
//!
//! The files stand in `template`, as they will stand in the repository, so that they can be read and
//! tried there; the workflows are those of `examples/github`. What depends on this version of the program
//! is made here.

use serde_json::{Map, Value, json};

use crate::config::schema;
use crate::config::types::{Prune, Settings};

/// A file of a new repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it stands below the root, with `/` between the parts.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl File {
    /// Whether it may take the place of a file with this text: that was made by the program, and nothing
    /// in it is anybody's own.
    pub fn may_renew(&self, there: &str) -> bool {
        self.path.starts_with(SCHEMAS) || (self.path == EDITOR && is_made(there))
    }
}

/// Whether editor settings hold what the program writes into them, and nothing else.
fn is_made(settings: &str) -> bool {
    let settings: Option<Map<String, Value>> = serde_json::from_str(settings).ok();
    settings.is_some_and(|settings| settings.keys().eq([ASSOCIATIONS]))
}

/// The folder of the schemas.
const SCHEMAS: &str = "schemas/";
const EDITOR: &str = ".vscode/settings.json";
/// The key under which an editor looks up which files it checks with which schema.
const ASSOCIATIONS: &str = "yaml.schemas";

/// The embedded text of a file of `template`.
macro_rules! template {
    ($path:literal) => {
        ($path, include_str!(concat!("template/", $path)))
    };
}

/// A workflow of the examples, which is the one of a new repository too.
macro_rules! workflow {
    ($name:literal) => {
        (
            concat!(".github/workflows/", $name),
            include_str!(concat!("../../examples/github/", $name)),
        )
    };
}

const SETTINGS: (&str, &str) = template!("callrules.yaml");

/// The line of the settings that waits for the account's id.
const UNKNOWN_ACCOUNT: &str = "# account: \"\"\n";

const EXAMPLE: [(&str, &str); 2] = [
    template!("users/example.yaml"),
    template!("sandbox/account.yaml"),
];

const SURROUNDINGS: [(&str, &str); 7] = [
    template!("README.md"),
    template!(".gitattributes"),
    template!(".gitignore"),
    workflow!("plan.yml"),
    workflow!("apply.yml"),
    workflow!("drift.yml"),
    template!(".vscode/extensions.json"),
];

/// What stands in the workflows in the place of the owner of the repository with the action.
pub const NOBODY: &str = "YOUR_ORG";

/// What every repository has: the settings that mark it, and the schemas that its files name.
pub fn foundation(account: Option<&str>) -> Vec<File> {
    let (path, text) = SETTINGS;
    let text = match account {
        Some(id) => text.replace(UNKNOWN_ACCOUNT, &format!("account: \"{id}\"\n")),
        None => text.to_owned(),
    };
    let schemas = schema::all()
        .into_iter()
        .map(|(name, text)| file(format!("{SCHEMAS}{name}"), text));
    { [file(path, text)].into_iter() }.chain(schemas).collect()
}

/// What the settings of [`foundation`] say of the rules that no file lists.
pub fn settings() -> Settings {
    Settings {
        account: None,
        prune: Prune::All,
        ignore: None,
        allow: None,
    }
}

/// One user and an account who knows that user: for a repository that describes nobody yet.
pub fn example() -> Vec<File> {
    EXAMPLE.map(|(path, text)| file(path, text)).into()
}

/// What helps people to work in a repository: a page to read, the workflows, settings of git and of
/// an editor.
pub fn surroundings() -> Vec<File> {
    let editor = json!({ ASSOCIATIONS: associations() });
    let mut files = SURROUNDINGS.map(|(path, text)| file(path, text)).to_vec();
    files.push(file(EDITOR, format!("{editor:#}\n")));
    files
}

fn file(path: impl Into<String>, text: impl Into<String>) -> File {
    File {
        path: path.into(),
        text: text.into(),
    }
}

/// Which files an editor checks with which schema, also those that do not name it in their first line.
fn associations() -> Map<String, Value> {
    let schemas = schema::all().into_iter();
    schemas
        .filter_map(|(name, _)| Some((format!("{SCHEMAS}{name}"), json!(described_by(name)?))))
        .collect()
}

/// The files of a repository that a schema describes.
fn described_by(schema: &str) -> Option<&'static [&'static str]> {
    Some(match schema {
        "callrules.schema.json" => &["callrules.yaml"],
        "user.schema.json" => &["users/**/*.yaml", "users/**/*.yml"],
        "profile.schema.json" => &["profiles/**/*.yaml", "profiles/**/*.yml"],
        "calendar.schema.json" => &["calendars/**/*.yaml", "calendars/**/*.yml"],
        "contacts.schema.json" => &["contacts/**/*.yaml", "contacts/**/*.yml"],
        "tests.schema.json" => &["tests/**/*.yaml", "tests/**/*.yml"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_account_stands_in_the_settings_where_it_is_known() {
        let settings = |account| foundation(account).swap_remove(0);
        assert_eq!(settings(None).path, "callrules.yaml");
        assert!(settings(None).text.contains(UNKNOWN_ACCOUNT));
        let known = settings(Some("37439510")).text;
        assert!(known.contains("\naccount: \"37439510\"\n"), "{known}");
        assert!(!known.contains(UNKNOWN_ACCOUNT), "{known}");
    }

    #[test]
    fn every_file_of_the_template_is_written_once() {
        let made = |path: &str| path.starts_with("schemas/") || path == ".vscode/settings.json";
        let files = [foundation(None), example(), surroundings()].concat();
        let mut written: Vec<String> = files.into_iter().map(|file| file.path).collect();
        let total = written.len();
        let all: BTreeSet<String> = written.iter().cloned().collect();
        assert_eq!(all.len(), total, "{written:?}");
        written.retain(|path| !made(path));

        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/init/template");
        let there = walkdir::WalkDir::new(&template).into_iter();
        let there = there.map(|entry| entry.unwrap());
        let there = there.filter(|entry| entry.file_type().is_file());
        let there: BTreeSet<String> = there
            .map(|entry| entry.path().strip_prefix(&template).unwrap().to_owned())
            .filter(|path| !path.starts_with(".callrules"))
            .map(|path| path.to_str().unwrap().replace('\\', "/"))
            .chain(["plan", "apply", "drift"].map(|name| format!(".github/workflows/{name}.yml")))
            .collect();
        assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), there);
    }

    /// Whoever adds a schema says here which files it describes.
    #[test]
    fn an_editor_knows_the_files_of_every_schema() {
        for (name, _) in schema::all() {
            assert!(described_by(name).is_some(), "{name}");
        }
        assert_eq!(associations().len(), schema::all().len());
    }
}
