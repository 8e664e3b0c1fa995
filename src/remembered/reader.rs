//! Stands between a plan and the account, and reads only what must be read.

mod save;

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::decide::{Stale, Verdict, before};
use super::file::{self, Memory, Place};
use super::write::Spool;
use super::{Doubt, Key, List, Origin, Since};
use crate::engine::account::Read;
use crate::model::{Directory, ExtensionId, GreetingPlace, Named};
use crate::wire::{Body, InteractionRule, StateRule};

/// After so many lists what was read is written down, about every other minute at 40 requests a minute: a first run
/// takes hours, and may be cut off.
pub(super) const OFTEN: usize = 100;

/// An account, as it is or as it was read before.
#[derive(Debug)]
pub struct Remembering<'a, R> {
    account: &'a R,
    /// What was remembered; none where none of it is used again.
    memory: RefCell<Option<Memory>>,
    /// Whose lists do not hold; none where no list is given.
    stale: Option<Stale>,
    since: Since,
    /// Lists that were read before that are read again.
    too_old: Timestamp,
    now: Timestamp,
    path: &'a Path,
    origin: Origin,
    /// The end of the file at `path`, as this run has left it. Another run may write one too.
    end: RefCell<Option<Vec<u8>>>,
    /// What was read and is not written down yet.
    spool: RefCell<Spool>,
    /// What was read and is.
    saved: RefCell<HashSet<Key>>,
    /// Why something could not be kept.
    failed: RefCell<Option<io::Error>>,
    counts: RefCell<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    read: HashSet<ExtensionId>,
    given: HashSet<ExtensionId>,
    aged: HashSet<ExtensionId>,
}

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// How many users were read, at least in part.
    pub read: usize,
    /// How many users were not read at all.
    pub remembered: usize,
    /// How many of those that were read had not been touched, but were last read long ago.
    pub aged: usize,
    /// Whether what was read is remembered now.
    pub kept: io::Result<()>,
}

impl<'a, R: Read> Remembering<'a, R> {
    /// Goes by this verdict on what was remembered in the file at `path`. What nobody has touched is read again too,
    /// where it was last read so long ago. Gives the doubt as well, where there is one.
    pub fn new(
        account: &'a R,
        memory: Option<Memory>,
        verdict: Verdict,
        full_after: SignedDuration,
        now: Timestamp,
        (path, origin): (&'a Path, Origin),
    ) -> io::Result<(Self, Option<Doubt>)> {
        let end = match &memory {
            Some(memory) => Some(memory.end().to_vec()),
            None => file::end_of(path)?,
        };
        let (stale, memory, since, doubt) = match verdict {
            Verdict::Hold(stale, since) => (Some(stale), memory, since, None),
            Verdict::Forget(doubt, since) => (None, None, since, Some(doubt)),
            Verdict::Unknown(doubt) => {
                // What is read now was so at the time of the others too, as far as records go.
                let since = memory.as_ref().map(|memory| memory.since().clone());
                let afresh = || Since {
                    as_of: now,
                    known: Default::default(),
                };
                (None, memory, since.unwrap_or_else(afresh), Some(doubt))
            }
        };
        let remembering = Remembering {
            account,
            memory: RefCell::new(memory),
            stale,
            since,
            too_old: before(now, full_after),
            now,
            path,
            origin,
            end: RefCell::new(end),
            spool: RefCell::new(Spool::begin(path)?),
            saved: RefCell::default(),
            failed: RefCell::default(),
            counts: RefCell::default(),
        };
        Ok((remembering, doubt))
    }

    /// Writes down the rest.
    pub fn finish(self) -> Told {
        self.save();
        let counts = self.counts.take();
        Told {
            read: counts.read.len(),
            remembered: counts.given.difference(&counts.read).count(),
            aged: counts.aged.len(),
            kept: self.failed.take().map_or(Ok(()), Err),
        }
    }

    /// What was remembered of a list; nothing where it must be read.
    fn recall<T: TryFrom<Value>>(&self, key: &Key) -> Option<Vec<T>> {
        let stale = self.stale.as_ref()?;
        let mut memory = self.memory.borrow_mut();
        let memory = memory.as_mut()?;
        let place = memory.place(key)?.clone();
        if stale.is_touched(&key.0) {
            return None;
        }
        if place.read_at <= self.too_old {
            self.counts.borrow_mut().aged.insert(key.0.clone());
            return None;
        }
        // What cannot be read here is read from the account.
        let list = held(stale, memory, &place).ok().flatten()?;
        let Value::Array(bodies) = list else {
            return None;
        };
        let bodies = bodies.into_iter().map(T::try_from);
        bodies.collect::<Result<_, _>>().ok()
    }

    async fn list<T: TryFrom<Value>>(
        &self,
        key: Key,
        read: impl Future<Output = Result<Vec<T>, R::Error>>,
        body: impl Fn(&T) -> &Body,
    ) -> Result<Vec<T>, R::Error> {
        if let Some(list) = self.recall(&key) {
            self.counts.borrow_mut().given.insert(key.0);
            return Ok(list);
        }
        self.counts.borrow_mut().read.insert(key.0.clone());
        let list = read.await?;
        let bodies: Vec<&Body> = list.iter().map(body).collect();
        let waiting = self.spool.borrow_mut().add(key, self.now, &bodies);
        match waiting {
            Ok(waiting) if waiting >= OFTEN => self.save(),
            Ok(_) => {}
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
            }
        }
        Ok(list)
    }
}

/// A list that was read before, unless it names somebody who was touched.
fn held(stale: &Stale, memory: &mut Memory, place: &Place) -> io::Result<Option<Value>> {
    if stale.is_touched(&place.user) {
        return Ok(None);
    }
    let list = memory.list(place)?;
    Ok((!stale.names_touched(&list)).then_some(list))
}

impl<R: Read> Read for Remembering<'_, R> {
    type Error = R::Error;

    async fn account_id(&self) -> Result<String, R::Error> {
        self.account.account_id().await
    }

    async fn directory(&self) -> Result<Directory, R::Error> {
        self.account.directory().await
    }

    async fn greetings(&self, place: GreetingPlace) -> Result<Vec<Named>, R::Error> {
        self.account.greetings(place).await
    }

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<Named>, R::Error> {
        self.account.devices(owner).await
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRule>, R::Error> {
        let read = self.account.interaction_rules(user);
        self.list((user.clone(), List::Rules), read, |rule| &rule.body)
            .await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRule>, R::Error> {
        let read = self.account.state_rules(user);
        self.list((user.clone(), List::States), read, |rule| &rule.body)
            .await
    }
}
