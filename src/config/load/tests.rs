//! Reads the test files.

use super::{Reader, Tests, User, YAML};
use crate::config::cases::People;
use crate::config::check;
use crate::diagnostic::Diagnostic;

/// The folder of the test files.
const TESTS: &str = "tests";

impl Reader<'_> {
    /// Every test file, held against the user files.
    pub(super) fn tests(&mut self, users: &[User]) -> Vec<Tests> {
        // Whom a file with mistakes describes, and which rules it has, nobody knows.
        let is_sound = !self.diagnostics.iter().any(Diagnostic::is_error);
        let people = is_sound.then(|| People::of(users));
        let mut all = Vec::new();
        for path in self.list(TESTS, YAML) {
            let Some(document) = self.open(&path) else {
                continue;
            };
            if let Some(file) = self.take(document, |file| check::tests(file, people.as_ref())) {
                all.push(Tests { path, file });
            }
        }
        all
    }
}
