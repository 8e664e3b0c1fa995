//! Reads the files with call tests.

use super::{LoadedTests, LoadedUser, RepositoryReader, YAML_EXTENSIONS};
use crate::config::test_cases::TestUsers;
use crate::config::validate;
use crate::diagnostic::Diagnostic;

/// The folder that contains the test files.
const TESTS: &str = "tests";

impl RepositoryReader<'_> {
    /// Reads the test files and validates them against the user files.
    pub(super) fn read_tests(&mut self, users: &[LoadedUser]) -> Vec<LoadedTests> {
        // The users and rules of an invalid file are unknown, so references to them are not
        // checked.
        let is_valid = !self.diagnostics.iter().any(Diagnostic::is_error);
        let test_users = is_valid.then(|| TestUsers::from_users(users));
        let mut all = Vec::new();
        for path in self.list_files(TESTS, YAML_EXTENSIONS) {
            let Some(document) = self.open_document(&path) else {
                continue;
            };
            if let Some(file) = self.parse_document(document, |file| {
                validate::validate_tests(file, test_users.as_ref())
            }) {
                all.push(LoadedTests { path, file });
            }
        }
        all
    }
}
