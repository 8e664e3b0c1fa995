//! Writes the cache file from new lists and the kept entries of the previous file.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::file::{CacheEntry, CacheFile, CacheFooter, HashingWriter, compress_json, write_footer};
use super::{BypassReason, CacheIdentity, CacheKey, CacheWatermark};
use crate::model::ExtensionId;

/// The lists that this run has read, in an unnamed temporary file that disappears with the process.
#[derive(Debug)]
pub(super) struct PendingWrites {
    file: File,
    entries: Vec<CacheEntry>,
    written: u64,
}

impl PendingWrites {
    /// Creates the temporary file in the folder of `path`, so both are on the same disk.
    pub(super) fn create(path: &Path) -> io::Result<PendingWrites> {
        Ok(PendingWrites {
            file: tempfile::tempfile_in(parent_dir(path))?,
            entries: Vec::new(),
            written: 0,
        })
    }

    /// Appends a list; returns the number of lists so far.
    pub(super) fn append(
        &mut self,
        (user, list): CacheKey,
        read_at: Timestamp,
        bodies: &impl Serialize,
    ) -> io::Result<usize> {
        let compressed = compress_json(bodies)?;
        self.file.write_all(&compressed)?;
        let length = compressed.len() as u64;
        self.entries.push(CacheEntry {
            user,
            list,
            read_at,
            start: self.written,
            length,
        });
        self.written += length;
        Ok(self.entries.len())
    }

    /// Returns the keys of the lists.
    pub(super) fn keys(&self) -> HashSet<CacheKey> {
        self.entries
            .iter()
            .map(|entry| (entry.user.clone(), entry.list))
            .collect()
    }
}

fn parent_dir(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Assembles a new cache file from the kept entries of the previous one and the new lists. The
/// caller moves the result to `path` once the previous file is closed.
pub(super) fn write_cache_file(
    path: &Path,
    kept: Option<(&mut CacheFile, Vec<CacheEntry>)>,
    new: Option<&mut PendingWrites>,
    identity: CacheIdentity,
    watermark: CacheWatermark,
) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(parent_dir(path))?;
    let mut out = HashingWriter::wrap(BufWriter::new(file.as_file_mut()));
    let mut entries = Vec::new();
    if let Some((cache_file, kept)) = kept {
        for entry in kept {
            let compressed = cache_file.read_compressed(&entry)?;
            let start = out.written;
            out.write_all(&compressed)?;
            entries.push(CacheEntry { start, ..entry });
        }
    }
    if let Some(pending) = new {
        let offset = out.written;
        pending.file.rewind()?;
        io::copy(&mut (&mut pending.file).take(pending.written), &mut out)?;
        entries.extend(pending.entries.iter().map(|entry| CacheEntry {
            start: offset + entry.start,
            ..entry.clone()
        }));
    }
    let footer = CacheFooter {
        identity,
        watermark,
        entries,
    };
    write_footer(&mut out, &footer)?;
    drop(out);
    file.as_file().sync_all()?;
    Ok(file)
}

/// Removes the lists of users who are about to be changed, because their audit records may appear
/// late or never. Deletes an unusable cache file.
///
/// # Errors
/// If the file can be neither replaced nor deleted.
pub fn evict_users(
    path: &Path,
    identity: &CacheIdentity,
    users: &HashSet<&ExtensionId>,
) -> io::Result<()> {
    let mut cache_file = match CacheFile::open(path, identity) {
        Ok(cache_file) => cache_file,
        Err(BypassReason::NoCache) => return Ok(()),
        Err(_) => return fs::remove_file(path),
    };
    let mut kept = cache_file.entries();
    kept.retain(|entry| !users.contains(&entry.user));
    let watermark = cache_file.watermark().clone();
    let new_file = write_cache_file(
        path,
        Some((&mut cache_file, kept)),
        None,
        identity.clone(),
        watermark,
    );
    drop(cache_file);
    let result = new_file.and_then(|file| file.persist(path).map_err(io::Error::from));
    result.map(drop).or_else(|_| fs::remove_file(path))
}
