//! Follows an apply: the journal writes it down, the progress counts it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::Error;
use super::progress::Progress;
use super::{Global, clock, memory};
use crate::engine::{Change, Doubt, Outcome, UserPlan, Watch};
use crate::journal::{self, FORMAT_VERSION, Header, Record, Writer};
use crate::render::Deed;

/// The journal of this apply.
pub(super) struct Journal {
    writer: RefCell<Writer>,
    /// The numbers of the writes. A change is known by where it stands in the plan.
    begun: RefCell<HashMap<*const Change, usize>>,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal in `file`, or among those of the repository under the time of day.
    pub(super) fn begin(
        root: &Path,
        file: Option<&Path>,
        account: &str,
        server: &str,
    ) -> Result<Self, Error> {
        let started_at = clock::now();
        let path = match file {
            Some(file) => file.to_owned(),
            None => free(&memory::folder(root)?.join("journal"), &started_at),
        };
        let header = Header {
            journal: FORMAT_VERSION.to_owned(),
            callrules: env!("CARGO_PKG_VERSION").to_owned(),
            account: account.to_owned(),
            server: server.to_owned(),
            started_at,
        };
        let begun = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let writer = begun.and_then(|()| Writer::begin(&path, &header, clock::now));
        let writer = writer.map_err(|error| Error::Journal {
            path: path.display().to_string(),
            error,
            is_named: file.is_some(),
        })?;
        Ok(Journal {
            writer: RefCell::new(writer),
            begun: RefCell::default(),
            path,
        })
    }

    /// Notes that the run came to its end.
    pub(super) fn end(&self) -> io::Result<()> {
        self.writer.borrow_mut().end()
    }

    /// Where it stands, and the way back.
    pub(super) fn told(&self, global: &Global, deed: Deed) -> String {
        let path = self.path.to_string_lossy();
        let what = match deed {
            Deed::Apply => "undo",
            Deed::Rollback => "undo this rollback",
        };
        let undo = global.command(&["rollback", &path]);
        format!("Journal: {path}  ({what} with `{undo}`)\n")
    }
}

/// A file that is not there yet, under the time of day.
fn free(folder: &Path, time: &str) -> PathBuf {
    let time = time.replace([':', '-'], "");
    let mut path = folder.join(format!("{time}.jsonl"));
    let mut others = 2..;
    while let (true, Some(number)) = (path.exists(), others.next()) {
        path = folder.join(format!("{time}-{number}.jsonl"));
    }
    path
}

/// Who follows an apply.
pub(super) struct Follower<'a> {
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a Progress<'a>,
}

impl Watch for Follower<'_> {
    fn about_to(
        &self,
        user: &UserPlan,
        change: &Change,
        before: Option<&Value>,
        after_hours: Option<&Value>,
    ) -> io::Result<()> {
        let Journal { writer, begun, .. } = self.journal;
        let record = Record {
            before: before.cloned(),
            after_hours: after_hours.cloned(),
        };
        let number = writer.borrow_mut().about_to(user, change, record)?;
        begun.borrow_mut().insert(change, number);
        Ok(())
    }

    fn settled<E>(
        &self,
        _: &UserPlan,
        change: &Change,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &Outcome<E>,
    ) -> io::Result<()> {
        self.progress.step();
        let Journal { writer, begun, .. } = self.journal;
        // What was never sent is not in the journal.
        let Some(number) = begun.borrow().get(&std::ptr::from_ref(change)).copied() else {
            return Ok(());
        };
        let outcome = match outcome {
            Outcome::Done { .. } => journal::Outcome::Done,
            Outcome::Failed(failure) if failure.is_unclear() => journal::Outcome::Unclear,
            Outcome::Failed(_) => journal::Outcome::Failed,
            Outcome::NotTried | Outcome::Refused(_) => journal::Outcome::NotSent,
        };
        writer.borrow_mut().settled(number, outcome, after.cloned())
    }

    fn doubted(&self, _: &UserPlan, change: &Change, doubt: &Doubt) -> io::Result<()> {
        let Journal { writer, begun, .. } = self.journal;
        let Some(number) = begun.borrow().get(&std::ptr::from_ref(change)).copied() else {
            return Ok(());
        };
        let twins = match doubt {
            // The first is the confirmed one, which the journal has.
            Doubt::Twice(ids) => ids.iter().skip(1).cloned().collect(),
            Doubt::Unseen(_) => Vec::new(),
        };
        let told = doubt.to_string();
        writer.borrow_mut().doubted(number, told, twins)
    }
}
