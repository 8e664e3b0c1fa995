//! An account reader that returns cached lists and reads the others.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::evaluate::{CacheDecision, StaleUsers, saturating_before};
use super::file::{CacheEntry, CacheFile, PendingLists, read_revision, write_cache_file};
use super::{BypassReason, CacheIdentity, CacheKey, CacheWatermark, CachedList};
use crate::api::{InteractionRuleRecord, RawBody, StateRuleRecord};
use crate::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource};
use crate::reconcile::account::{AccountReader, DeviceLists};

/// After this many new lists the cache is written, about every other minute at 40 requests a
/// minute. A first run may last for hours and be interrupted.
pub(super) const FLUSH_EVERY: usize = 100;

/// An account whose lists come from the cache if they are up to date.
#[derive(Debug)]
pub struct CachedReader<'a, R> {
    account: &'a R,
    /// The previous cache file, unless its lists are discarded.
    cache_file: RefCell<Option<CacheFile>>,
    /// The stale users, or `None` if no cached list may be returned.
    stale_users: Option<StaleUsers>,
    watermark: CacheWatermark,
    /// Lists that were read before this time are read again.
    expired_before: Timestamp,
    now: Timestamp,
    path: PathBuf,
    identity: CacheIdentity,
    /// The revision of the file at `path` as this run left it. Another run may replace the file.
    revision: Cell<Option<u64>>,
    /// New lists that are not in the cache file yet.
    pending: RefCell<PendingLists>,
    /// The keys of the new lists that are in the cache file.
    flushed: RefCell<HashSet<CacheKey>>,
    /// The error that stopped further writes of the cache.
    flush_error: RefCell<Option<io::Error>>,
    counts: RefCell<CacheCounts>,
}

#[derive(Debug, Default)]
struct CacheCounts {
    read: HashSet<ExtensionId>,
    from_cache: HashSet<ExtensionId>,
    expired: HashSet<ExtensionId>,
}

/// The statistics of a run with a cache.
#[derive(Debug)]
pub struct CacheStats {
    /// The number of users who were read, at least in part.
    pub read: usize,
    /// The number of users who came entirely from the cache.
    pub from_cache: usize,
    /// The number of read users who were unchanged, but whose lists were too old.
    pub expired: usize,
    /// Whether the cache was written.
    pub saved: io::Result<()>,
}

impl<'a, R: AccountReader> CachedReader<'a, R> {
    /// Wraps an account according to `decision` about the cache file at `path`. Unchanged users are
    /// also read again if their lists are older than `max_age`. Returns the reason for a bypass as
    /// well, if there is one.
    ///
    /// # Errors
    /// If the cache file or its temporary file cannot be opened.
    pub fn new(
        account: &'a R,
        cache_file: Option<CacheFile>,
        decision: CacheDecision,
        max_age: SignedDuration,
        now: Timestamp,
        (path, identity): (PathBuf, CacheIdentity),
    ) -> io::Result<(Self, Option<BypassReason>)> {
        let revision = match &cache_file {
            Some(cache_file) => Some(cache_file.revision()),
            None => read_revision(&path),
        };
        let (stale_users, cache_file, watermark, reason) = match decision {
            CacheDecision::Use(stale_users, watermark) => {
                (Some(stale_users), cache_file, watermark, None)
            }
            CacheDecision::Reset(reason, watermark) => (None, None, watermark, Some(reason)),
            CacheDecision::Bypass(reason) => {
                // The watermark stays: lists read now include every change up to it.
                let watermark = match &cache_file {
                    Some(cache_file) => cache_file.watermark().clone(),
                    None => CacheWatermark {
                        as_of: now,
                        known_ids: BTreeSet::new(),
                    },
                };
                (None, cache_file, watermark, Some(reason))
            }
        };
        let reader = CachedReader {
            account,
            cache_file: RefCell::new(cache_file),
            stale_users,
            watermark,
            expired_before: saturating_before(now, max_age),
            now,
            pending: RefCell::new(PendingLists::create(&path)?),
            path,
            identity,
            revision: Cell::new(revision),
            flushed: RefCell::default(),
            flush_error: RefCell::default(),
            counts: RefCell::default(),
        };
        Ok((reader, reason))
    }

    /// Writes the remaining lists and returns the statistics.
    pub fn finish(self) -> CacheStats {
        self.flush();
        let counts = self.counts.take();
        CacheStats {
            read: counts.read.len(),
            from_cache: counts.from_cache.difference(&counts.read).count(),
            expired: counts.expired.len(),
            saved: self.flush_error.take().map_or(Ok(()), Err),
        }
    }

    /// Returns a cached list, or `None` if it must be read.
    fn get_cached<T: TryFrom<Value>>(&self, key: &CacheKey) -> Option<Vec<T>> {
        let stale_users = self.stale_users.as_ref()?;
        if stale_users.is_stale(&key.0) {
            return None;
        }
        let entry = self.cache_file.borrow_mut().as_mut()?.read_entry(key)?;
        if entry.read_at <= self.expired_before {
            self.counts.borrow_mut().expired.insert(key.0.clone());
            return None;
        }
        if stale_users.mentions_changed(&entry.bodies) {
            return None;
        }
        let records = entry.bodies.into_iter().map(T::try_from);
        records.collect::<Result<_, _>>().ok()
    }

    /// Returns a cached list, or reads it and adds it to the cache.
    async fn get_or_read<T: TryFrom<Value>>(
        &self,
        key: CacheKey,
        read: impl Future<Output = Result<Vec<T>, R::Error>>,
        body: impl Fn(&T) -> &RawBody,
    ) -> Result<Vec<T>, R::Error> {
        if let Some(list) = self.get_cached(&key) {
            self.counts.borrow_mut().from_cache.insert(key.0);
            return Ok(list);
        }
        self.counts.borrow_mut().read.insert(key.0.clone());
        let list = read.await?;
        let entry = CacheEntry {
            user: key.0,
            list: key.1,
            read_at: self.now,
            bodies: list.iter().map(body).collect(),
        };
        let appended = self.pending.borrow_mut().append(&entry);
        match appended {
            Ok(count) if count >= FLUSH_EVERY => self.flush(),
            Ok(_) => {}
            Err(error) => {
                self.flush_error.borrow_mut().get_or_insert(error);
            }
        }
        Ok(list)
    }

    /// Writes the cache file, unless an earlier attempt failed.
    fn flush(&self) {
        let mut flush_error = self.flush_error.borrow_mut();
        if flush_error.is_none() {
            *flush_error = self.try_flush().err();
        }
    }

    fn try_flush(&self) -> io::Result<()> {
        let mut cache_file = self.cache_file.borrow_mut();
        let new = self.pending.replace(PendingLists::create(&self.path)?);
        let new_keys = new.keys.clone();
        let kept = cache_file.as_mut().map(|cache_file| {
            let mut keys = cache_file.keys();
            keys.retain(|key| !new_keys.contains(key) && self.is_kept(cache_file, key));
            (cache_file, keys)
        });
        let (identity, watermark) = (self.identity.clone(), self.watermark.clone());
        let file = write_cache_file(&self.path, kept, Some(new), identity, watermark)?;
        let revision = read_revision(file.path());
        // An apply may have evicted users whose lists this run still has, or another plan may have
        // written older lists.
        if read_revision(&self.path) != self.revision.get() {
            return Err(io::Error::other(
                "another run has replaced the cache meanwhile",
            ));
        }
        // Some systems cannot replace an open file.
        *cache_file = None;
        file.persist(&self.path)?;
        self.revision.set(revision);
        let reopened = CacheFile::open(&self.path, &self.identity).ok();
        *cache_file = reopened.filter(|file| Some(file.revision()) == revision);
        self.flushed.borrow_mut().extend(new_keys);
        Ok(())
    }

    /// Returns whether a list of the previous file is kept along with the new lists. Damaged lists
    /// are not.
    fn is_kept(&self, cache_file: &mut CacheFile, key: &CacheKey) -> bool {
        if self.flushed.borrow().contains(key) {
            return true;
        }
        let Some(entry) = cache_file.read_entry(key) else {
            return false;
        };
        // Without a decision about stale users, the lists are left for another run to decide.
        let is_stale = self.stale_users.as_ref().is_some_and(|stale_users| {
            stale_users.is_stale(&key.0) || stale_users.mentions_changed(&entry.bodies)
        });
        entry.read_at > self.expired_before && !is_stale
    }
}

impl<R: AccountReader> AccountReader for CachedReader<'_, R> {
    type Error = R::Error;

    async fn account_id(&self) -> Result<String, R::Error> {
        self.account.account_id().await
    }

    async fn directory(&self) -> Result<ExtensionDirectory, R::Error> {
        self.account.directory().await
    }

    async fn greetings(&self, usage: GreetingUsage) -> Result<Vec<NamedResource>, R::Error> {
        self.account.greetings(usage).await
    }

    async fn devices(&self) -> Result<DeviceLists, R::Error> {
        self.account.devices().await
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, R::Error> {
        let read = self.account.interaction_rules(user);
        self.get_or_read((user.clone(), CachedList::Rules), read, |rule| &rule.body)
            .await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRuleRecord>, R::Error> {
        let read = self.account.state_rules(user);
        self.get_or_read((user.clone(), CachedList::States), read, |rule| &rule.body)
            .await
    }
}
