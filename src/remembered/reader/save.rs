//! Writing down what is known, now and then and at the end.

use std::collections::HashSet;
use std::io;

use super::super::Key;
use super::super::file::{self, Memory, Place};
use super::super::write::{Spool, compose};
use super::{Read, Remembering, held};

impl<R: Read> Remembering<'_, R> {
    /// Writes down what is known now, unless that has failed before.
    pub(super) fn save(&self) {
        let mut failed = self.failed.borrow_mut();
        if failed.is_none() {
            *failed = self.try_to_save().err();
        }
    }

    fn try_to_save(&self) -> io::Result<()> {
        let mut memory = self.memory.borrow_mut();
        let mut spool = self.spool.borrow_mut();
        let mut end = self.end.borrow_mut();
        let new = spool.keys();
        let kept = match &mut *memory {
            None => None,
            Some(memory) => {
                let kept = self.kept(memory, &new)?;
                Some((memory, kept))
            }
        };
        let (origin, since) = (self.origin.clone(), self.since.clone());
        let file = compose(self.path, kept, Some(&mut spool), origin, since)?;
        let its_end = file::end_of(file.path())?;
        // An apply may have forgotten users whose lists this run still has, and another plan may be older.
        if file::end_of(self.path)? != *end {
            return Err(io::Error::other("another run has written it meanwhile"));
        }
        // Some systems replace no file that is open.
        *memory = None;
        file.persist(self.path)?;
        *end = its_end;
        let own = Memory::open(self.path, &self.origin).ok();
        *memory = own.filter(|own| end.as_deref() == Some(own.end()));
        *spool = Spool::begin(self.path)?;
        self.saved.borrow_mut().extend(new);
        Ok(())
    }

    /// What stays of the lists in the file, beside these new ones.
    fn kept(&self, memory: &mut Memory, new: &HashSet<Key>) -> io::Result<Vec<Place>> {
        let saved = self.saved.borrow();
        let mut kept = Vec::new();
        for place in memory.places() {
            let key = (place.user.clone(), place.list);
            // Where nothing was decided, it is for another run to decide.
            let holds = match &self.stale {
                _ if new.contains(&key) => false,
                _ if saved.contains(&key) => true,
                _ if place.read_at <= self.too_old => false,
                None => true,
                Some(stale) => held(stale, memory, &place)?.is_some(),
            };
            if holds {
                kept.push(place);
            }
        }
        Ok(kept)
    }
}
