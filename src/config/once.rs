//! Problems that many users share are told once.

use std::collections::HashSet;

use crate::diagnostic::Diagnostic;

/// The problems of profiles that have been told: every user of a profile comes upon them again.
#[derive(Debug, Default)]
pub struct Once(HashSet<Told>);

/// What makes a problem of a profile the same for all its users: what it is and where, and the file that
/// a part of it clashes with.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Told {
    file: String,
    start: usize,
    code: &'static str,
    message: String,
    clash: Option<String>,
}

impl Once {
    /// Whether a problem is still to be told to a user: it stands in the user's own file, or nobody was
    /// told yet.
    pub fn is_due(&mut self, told: &Diagnostic, file: &str) -> bool {
        let (in_file, start, code) = told.sort_key();
        let clash = told.related.as_ref().filter(|related| related.is_clash);
        let is_new = self.0.insert(Told {
            file: in_file.to_owned(),
            start,
            code,
            message: told.message.clone(),
            clash: clash.map(|related| related.place.source.path.clone()),
        });
        is_new || in_file == file
    }
}
