//! What a run that writes is called, to its end.

use std::fmt;

use super::say::counted;

/// What is carried out: a plan out of the files, or the way back from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The account becomes as the files say.
    Apply,
    /// The account becomes as it was before an apply.
    Rollback,
}

impl Deed {
    /// What its list of changes is called.
    pub fn plan(self) -> &'static str {
        match self {
            Deed::Apply => "Plan",
            Deed::Rollback => "Rollback",
        }
    }

    /// That so many users need no change.
    pub fn nothing(self, users: usize) -> String {
        let counted = counted(users, "user");
        match (self, users) {
            (Deed::Apply, 0) => "No changes: no user is in scope.".to_owned(),
            (Deed::Apply, _) => format!("No changes: {counted} as declared."),
            (Deed::Rollback, 0) => "Nothing is undone.".to_owned(),
            (Deed::Rollback, _) => format!("Nothing to undo: {counted} as before that apply."),
        }
    }

    /// What is told before the first of its changes; how many they are says `size`.
    pub fn heading(self, size: &str) -> Option<String> {
        match self {
            Deed::Apply => None,
            Deed::Rollback => Some(format!("Rolling back {size}…\n")),
        }
    }

    /// What is told while it is under way.
    pub fn progress(self) -> &'static str {
        match self {
            Deed::Apply => "Applying changes",
            Deed::Rollback => "Rolling back changes",
        }
    }

    /// Asks for it.
    pub fn question(self, account: &str, server: &str) -> String {
        let what = match self {
            Deed::Apply => "Apply this plan to",
            Deed::Rollback => "Roll this back on",
        };
        format!("{what} account {account} at {server}?")
    }

    /// Where everybody is named.
    pub fn whole(self) -> &'static str {
        match self {
            Deed::Apply => "`callrules plan --format json` has all",
            Deed::Rollback => "the journal has all",
        }
    }

    /// What to do after something was done.
    pub fn next(self) -> Option<&'static str> {
        match self {
            Deed::Apply => None,
            Deed::Rollback => Some(
                "The next apply does again what the files still say: take it back there too, and look \
                 with `callrules plan`.\n",
            ),
        }
    }
}

/// As the command line calls it.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Deed::Apply => "apply",
            Deed::Rollback => "rollback",
        })
    }
}
