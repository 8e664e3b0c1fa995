//! Removes duplicates of diagnostics that several users share.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;

/// The diagnostics seen so far. A problem in a profile occurs again for every user of the profile.
#[derive(Debug, Default)]
pub struct DiagnosticDedup(HashSet<DiagnosticKey>);

/// The identity of a problem in a profile: what it is, its location, and the file of the
/// conflicting setting, if any.
#[derive(Debug, PartialEq, Eq, Hash)]
struct DiagnosticKey {
    file: String,
    start: usize,
    code: &'static str,
    message: String,
    conflict_file: Option<String>,
}

impl DiagnosticDedup {
    /// Records a diagnostic and returns whether to report it for the user file `file`: it is new,
    /// or it is in that file itself.
    pub fn insert(&mut self, diagnostic: &Diagnostic, file: &str) -> bool {
        let (in_file, start, code) = diagnostic.sort_key();
        let conflict = diagnostic
            .related
            .as_ref()
            .filter(|related| related.is_conflict);
        let is_new = self.0.insert(DiagnosticKey {
            file: in_file.to_owned(),
            start,
            code,
            message: diagnostic.message.clone(),
            conflict_file: conflict.map(|related| related.span.source.path.clone()),
        });
        is_new || in_file == file
    }
}
