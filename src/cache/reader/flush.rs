//! Writes the cache file during and at the end of a run.

use std::collections::HashSet;
use std::io;

use super::super::CacheKey;
use super::super::file::{self, CacheEntry, CacheFile};
use super::super::write::{PendingWrites, write_cache_file};
use super::{AccountReader, CachedReader, load_unless_stale};

impl<R: AccountReader> CachedReader<'_, R> {
    /// Writes the cache file, unless an earlier attempt failed.
    pub(super) fn flush(&self) {
        let mut flush_error = self.flush_error.borrow_mut();
        if flush_error.is_none() {
            *flush_error = self.try_flush().err();
        }
    }

    fn try_flush(&self) -> io::Result<()> {
        let mut cache_file = self.cache_file.borrow_mut();
        let mut pending = self.pending.borrow_mut();
        let mut trailer = self.trailer.borrow_mut();
        let new_keys = pending.keys();
        let kept = match &mut *cache_file {
            None => None,
            Some(cache_file) => {
                let kept = self.entries_to_keep(cache_file, &new_keys)?;
                Some((cache_file, kept))
            }
        };
        let (identity, watermark) = (self.identity.clone(), self.watermark.clone());
        let file = write_cache_file(self.path, kept, Some(&mut pending), identity, watermark)?;
        let new_trailer = file::read_trailer(file.path())?;
        // An apply may have evicted users whose lists this run still has, or another plan may have
        // written older lists.
        if file::read_trailer(self.path)? != *trailer {
            return Err(io::Error::other(
                "another run has replaced the cache meanwhile",
            ));
        }
        // Some systems cannot replace an open file.
        *cache_file = None;
        file.persist(self.path)?;
        *trailer = new_trailer;
        let reopened = CacheFile::open(self.path, &self.identity).ok();
        *cache_file = reopened.filter(|file| trailer.as_deref() == Some(file.trailer()));
        *pending = PendingWrites::create(self.path)?;
        self.flushed.borrow_mut().extend(new_keys);
        Ok(())
    }

    /// Returns the entries of the previous file to keep along with the new lists.
    fn entries_to_keep(
        &self,
        cache_file: &mut CacheFile,
        new_keys: &HashSet<CacheKey>,
    ) -> io::Result<Vec<CacheEntry>> {
        let flushed = self.flushed.borrow();
        let mut kept = Vec::new();
        for entry in cache_file.entries() {
            let key = (entry.user.clone(), entry.list);
            // Without a decision about stale users, the entries are left for another run to decide.
            let is_kept = match &self.stale_users {
                _ if new_keys.contains(&key) => false,
                _ if flushed.contains(&key) => true,
                _ if entry.read_at <= self.expired_before => false,
                None => true,
                Some(stale_users) => load_unless_stale(stale_users, cache_file, &entry)?.is_some(),
            };
            if is_kept {
                kept.push(entry);
            }
        }
        Ok(kept)
    }
}
