//! The files of a new configuration repository.
//!
//! The `template` folder has the layout of a repository, so that its files can be read and tried in
//! place. The workflows come from `examples/github`. Files that depend on this version are
//! generated here.

use serde_json::{Map, Value, json};

use crate::config::schema;
use crate::config::types::RepositorySettings;

/// A file of a new repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    /// The path relative to the repository root, with `/` as separator.
    pub path: String,
    /// The content of the file.
    pub text: String,
}

impl TemplateFile {
    /// Returns whether this file may overwrite one with the text `existing`, because callrules
    /// generated that text and the user did not edit it.
    pub fn is_refreshable(&self, existing: &str) -> bool {
        self.path.starts_with(SCHEMAS_FOLDER)
            || (self.path == EDITOR_SETTINGS && is_generated(existing))
    }
}

/// Returns whether editor settings contain only the key that callrules generates.
fn is_generated(settings: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(settings)
        .is_ok_and(|settings| settings.keys().eq([ASSOCIATIONS]))
}

/// The folder that contains the JSON schemas.
const SCHEMAS_FOLDER: &str = "schemas/";
const EDITOR_SETTINGS: &str = ".vscode/settings.json";
/// The setting that maps schemas to files in the editor.
const ASSOCIATIONS: &str = "yaml.schemas";

/// Embeds a file of the `template` folder.
macro_rules! template {
    ($path:literal) => {
        ($path, include_str!(concat!("template/", $path)))
    };
}

/// Embeds an example workflow, which new repositories use unchanged.
macro_rules! workflow {
    ($name:literal) => {
        (
            concat!(".github/workflows/", $name),
            include_str!(concat!("../../examples/github/", $name)),
        )
    };
}

const SETTINGS_TEMPLATE: (&str, &str) = template!("callrules.yaml");

/// The line of the settings that is replaced by the account id.
const ACCOUNT_LINE_PLACEHOLDER: &str = "# account: \"\"\n";

const EXAMPLE_TEMPLATES: [(&str, &str); 2] = [
    template!("users/example.yaml"),
    template!("sandbox/account.yaml"),
];

const SUPPORTING_FILES: [(&str, &str); 8] = [
    template!("README.md"),
    template!(".gitattributes"),
    template!(".gitignore"),
    workflow!("plan.yml"),
    workflow!("apply.yml"),
    workflow!("drift.yml"),
    workflow!("adopt.yml"),
    template!(".vscode/extensions.json"),
];

/// The files that each schema describes.
const SCHEMA_GLOBS: [(&str, &[&str]); 6] = [
    ("callrules.schema.json", &["callrules.yaml"]),
    ("user.schema.json", &["users/**/*.yaml", "users/**/*.yml"]),
    (
        "profile.schema.json",
        &["profiles/**/*.yaml", "profiles/**/*.yml"],
    ),
    (
        "calendar.schema.json",
        &["calendars/**/*.yaml", "calendars/**/*.yml"],
    ),
    (
        "contacts.schema.json",
        &["contacts/**/*.yaml", "contacts/**/*.yml"],
    ),
    ("tests.schema.json", &["tests/**/*.yaml", "tests/**/*.yml"]),
];

/// The placeholder in workflows for the owner of the repository that contains the action.
pub const OWNER_PLACEHOLDER: &str = "YOUR_ORG";

/// Returns the files that every repository needs: the settings and the schemas.
pub fn base_files(account: Option<&str>) -> Vec<TemplateFile> {
    let (path, text) = SETTINGS_TEMPLATE;
    let text = match account {
        Some(id) => text.replace(ACCOUNT_LINE_PLACEHOLDER, &format!("account: \"{id}\"\n")),
        None => text.to_owned(),
    };
    let schemas = schema::all_schemas()
        .into_iter()
        .map(|(name, text)| template_file(format!("{SCHEMAS_FOLDER}{name}"), text));
    std::iter::once(template_file(path, text))
        .chain(schemas)
        .collect()
}

/// Returns the settings in [`base_files`], including the policy for undeclared rules.
pub fn default_settings() -> RepositorySettings {
    RepositorySettings::with_prune_none()
}

/// Returns an example user and a sandbox account that contains this user.
pub fn example_files() -> Vec<TemplateFile> {
    EXAMPLE_TEMPLATES
        .map(|(path, text)| template_file(path, text))
        .into()
}

/// Returns the optional files of a repository: README, workflows, and settings for git and editors.
pub fn supporting_files() -> Vec<TemplateFile> {
    let editor = json!({ ASSOCIATIONS: schema_associations() });
    let mut files = SUPPORTING_FILES
        .map(|(path, text)| template_file(path, text))
        .to_vec();
    files.push(template_file(EDITOR_SETTINGS, format!("{editor:#}\n")));
    files
}

fn template_file(path: impl Into<String>, text: impl Into<String>) -> TemplateFile {
    TemplateFile {
        path: path.into(),
        text: text.into(),
    }
}

/// Returns the editor's mapping of schemas to files, for files without a schema comment.
fn schema_associations() -> Map<String, Value> {
    let associations = SCHEMA_GLOBS.into_iter();
    associations
        .map(|(name, globs)| (format!("{SCHEMAS_FOLDER}{name}"), json!(globs)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn base_settings_contain_the_account_if_known() {
        let settings = |account| base_files(account).swap_remove(0);
        assert_eq!(settings(None).path, "callrules.yaml");
        assert!(settings(None).text.contains(ACCOUNT_LINE_PLACEHOLDER));
        let known = settings(Some("37439510")).text;
        assert!(known.contains("\naccount: \"37439510\"\n"), "{known}");
        assert!(!known.contains(ACCOUNT_LINE_PLACEHOLDER), "{known}");
    }

    #[test]
    fn every_template_file_is_written_once() {
        let is_generated =
            |path: &str| path.starts_with("schemas/") || path == ".vscode/settings.json";
        let files = [base_files(None), example_files(), supporting_files()].concat();
        let mut written: Vec<String> = files.into_iter().map(|file| file.path).collect();
        let total = written.len();
        let all: BTreeSet<String> = written.iter().cloned().collect();
        assert_eq!(all.len(), total, "{written:?}");
        written.retain(|path| !is_generated(path));

        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/init/template");
        let expected: BTreeSet<String> = walkdir::WalkDir::new(&template)
            .into_iter()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(&template).unwrap().to_owned())
            .filter(|path| !path.starts_with(".callrules"))
            .map(|path| path.to_str().unwrap().replace('\\', "/"))
            .chain(
                ["plan", "apply", "drift", "adopt"]
                    .map(|name| format!(".github/workflows/{name}.yml")),
            )
            .collect();
        assert_eq!(written.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn every_schema_has_file_globs() {
        let schemas = schema::all_schemas().into_iter().map(|(name, _)| name);
        assert!(schemas.eq(SCHEMA_GLOBS.map(|(name, _)| name)));
    }
}
