//! Users of whom a rollback undoes nothing, because something of theirs has moved since.

use std::fmt;

use super::report::{named_as, otherwise};
use crate::engine::{Fate, Stray};

/// How to go on where something has moved.
pub const HELP: &str = "what was changed later is not overwritten: if a later run did it, undo that run \
                        first, with its own journal; else put these users right in their files, and apply";

/// A user of whom nothing is undone, and why.
#[derive(Debug)]
pub struct LeftAlone {
    /// `Alex Morgan · 101`.
    pub user: String,
    /// What has moved.
    pub strays: Vec<Stray>,
}

/// `Alex Morgan · 101: interaction rule "Late" has been changed since: enabled is false, not true`.
impl fmt::Display for LeftAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.strays.iter().map(stray).collect();
        write!(f, "{}: {}", self.user, told.join("; "))
    }
}

fn stray(stray: &Stray) -> String {
    let Stray {
        resource: kind,
        name,
        rule_id,
        fate,
    } = stray;
    let what = named_as(*kind, name);
    let id = rule_id.as_ref().map(|id| format!(" (id {id})"));
    let id = id.unwrap_or_default();
    match fate {
        Fate::Changed(fields) if fields.is_empty() => format!("{what} has been changed since"),
        Fate::Changed(fields) => format!("{what} has been changed since: {}", otherwise(fields)),
        Fate::Several(ids) => format!(
            "{what} is there {} times (ids {}), and the journal does not know which one that apply made: \
             delete all but one of them in the app",
            ids.len(),
            ids.join(", ")
        ),
        Fate::Gone => format!("{what}{id} has been deleted since"),
        Fate::NameTaken(other) => format!(
            "{what}{id} has been deleted since, and its name belongs to another rule (id {other}): one \
             that is made again, as by a rollback, has a new id, which this journal does not know"
        ),
    }
}
