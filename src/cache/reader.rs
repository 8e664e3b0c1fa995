//! An account reader that returns cached lists and reads the others.

mod flush;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::evaluate::{CacheDecision, StaleUsers, saturating_before};
use super::file::{self, CacheEntry, CacheFile};
use super::write::PendingWrites;
use super::{BypassReason, CacheIdentity, CacheKey, CacheWatermark, CachedList};
use crate::api::{InteractionRuleRecord, RawBody, StateRuleRecord};
use crate::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource};
use crate::reconcile::account::AccountReader;

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
    path: &'a Path,
    identity: CacheIdentity,
    /// The trailer of the file at `path` as this run left it. Another run may replace the file.
    trailer: RefCell<Option<Vec<u8>>>,
    /// New lists that are not in the cache file yet.
    pending: RefCell<PendingWrites>,
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
        (path, identity): (&'a Path, CacheIdentity),
    ) -> io::Result<(Self, Option<BypassReason>)> {
        let trailer = match &cache_file {
            Some(cache_file) => Some(cache_file.trailer().to_vec()),
            None => file::read_trailer(path)?,
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
            path,
            identity,
            trailer: RefCell::new(trailer),
            pending: RefCell::new(PendingWrites::create(path)?),
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
        let mut borrowed = self.cache_file.borrow_mut();
        let cache_file = borrowed.as_mut()?;
        let entry = cache_file.entry(key)?.clone();
        if stale_users.is_stale(&key.0) {
            return None;
        }
        if entry.read_at <= self.expired_before {
            self.counts.borrow_mut().expired.insert(key.0.clone());
            return None;
        }
        // A list that cannot be read from the cache is read from the account.
        let list = load_unless_stale(stale_users, cache_file, &entry)
            .ok()
            .flatten()?;
        let Value::Array(bodies) = list else {
            return None;
        };
        bodies
            .into_iter()
            .map(T::try_from)
            .collect::<Result<_, _>>()
            .ok()
    }

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
        let bodies: Vec<&RawBody> = list.iter().map(body).collect();
        let appended = self.pending.borrow_mut().append(key, self.now, &bodies);
        match appended {
            Ok(count) if count >= FLUSH_EVERY => self.flush(),
            Ok(_) => {}
            Err(error) => {
                self.flush_error.borrow_mut().get_or_insert(error);
            }
        }
        Ok(list)
    }
}

/// Loads a cached list, unless its user is stale or it refers to a changed user.
fn load_unless_stale(
    stale_users: &StaleUsers,
    cache_file: &mut CacheFile,
    entry: &CacheEntry,
) -> io::Result<Option<Value>> {
    if stale_users.is_stale(&entry.user) {
        return Ok(None);
    }
    let list = cache_file.read_list(entry)?;
    Ok((!stale_users.mentions_changed(&list)).then_some(list))
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

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<NamedResource>, R::Error> {
        self.account.devices(owner).await
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
