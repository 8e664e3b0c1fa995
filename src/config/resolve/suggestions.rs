//! Suggestions for unknown names, shared by all files of a run.

use std::collections::HashMap;

use super::extensions;
use crate::model::ExtensionDirectory;

/// A cache of the help text for each unknown name. Each search compares the whole directory.
#[derive(Debug, Default)]
pub(super) struct Suggestions(HashMap<String, String>);

/// The maximum number of searches. More unknown names usually have a common cause, such as the
/// wrong account.
const MAX_SUGGESTIONS: usize = 30;

impl Suggestions {
    /// Returns the help text for an unknown name.
    pub(super) fn help(&mut self, name: &str, directory: &ExtensionDirectory) -> String {
        if let Some(help) = self.0.get(name) {
            return help.clone();
        }
        if self.0.len() == MAX_SUGGESTIONS {
            return "no suggestions, because too many names are unknown: fix the others first"
                .to_owned();
        }
        let help =
            extensions::suggest_extension(name, directory.extensions()).unwrap_or_else(|| {
                let count = directory.extensions().len();
                format!("none of the account's {count} extensions is similar")
            });
        self.0.insert(name.to_owned(), help.clone());
        help
    }
}
