//! The cache file: a ZIP archive with one entry for each list and a manifest. One list is read or
//! copied without the others, so memory use does not grow with the size of the lists.
//!
//! The archive has a checksum for the content of each entry but not for its name. So an entry also
//! contains its user, and is not used under a damaged name.

use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::NamedTempFile;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{BypassReason, CacheIdentity, CacheKey, CacheWatermark, CachedList};
use crate::model::ExtensionId;

/// The name of the manifest in the archive.
const MANIFEST_NAME: &str = "manifest";

/// Everything in the file except the lists.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CacheManifest {
    identity: CacheIdentity,
    watermark: CacheWatermark,
    /// A random number that identifies this version of the file.
    revision: u64,
}

/// A list in the cache.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CacheEntry<B = Value> {
    pub(super) user: ExtensionId,
    pub(super) list: CachedList,
    /// When the list was read from the account.
    pub(super) read_at: Timestamp,
    pub(super) bodies: Vec<B>,
}

/// A cache file that was opened.
#[derive(Debug)]
pub struct CacheFile {
    archive: ZipArchive<BufReader<File>>,
    manifest: CacheManifest,
}

impl CacheFile {
    /// Opens a cache file with the expected identity.
    ///
    /// # Errors
    /// If the file is missing, unreadable, damaged, or of another identity.
    pub fn open(path: &Path, identity: &CacheIdentity) -> Result<CacheFile, BypassReason> {
        let file = CacheFile::open_any(path)?;
        let actual = &file.manifest.identity;
        let other_part = if actual.callrules != identity.callrules {
            "version of callrules"
        } else if actual.server != identity.server {
            "server"
        } else if actual.account != identity.account {
            "account"
        } else {
            return Ok(file);
        };
        Err(BypassReason::OtherIdentity(other_part))
    }

    /// Opens a cache file of any identity.
    fn open_any(path: &Path) -> Result<CacheFile, BypassReason> {
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BypassReason::NoCache,
            _ => BypassReason::Unreadable(error),
        })?;
        let archive = ZipArchive::new(BufReader::new(file));
        let mut archive = archive.map_err(|_| BypassReason::Corrupt)?;
        let manifest = read_json(&mut archive, MANIFEST_NAME).ok_or(BypassReason::Corrupt)?;
        Ok(CacheFile { archive, manifest })
    }

    /// Returns the time up to which the cache includes all changes.
    pub fn watermark(&self) -> &CacheWatermark {
        &self.manifest.watermark
    }

    /// Returns the number that identifies this version of the file.
    pub(super) fn revision(&self) -> u64 {
        self.manifest.revision
    }

    /// Returns whether the cache has a list of this user.
    pub fn has_user(&self, user: &ExtensionId) -> bool {
        let has = |list| {
            let name = entry_name(user, list);
            self.archive.index_for_name(&name).is_some()
        };
        has(CachedList::Rules) || has(CachedList::States)
    }

    /// Returns the keys of all lists.
    pub(super) fn keys(&self) -> Vec<CacheKey> {
        let names = self.archive.file_names().flatten();
        names.filter_map(|name| parse_entry_name(&name)).collect()
    }

    /// Reads a list, unless it is missing or damaged.
    pub(super) fn read_entry(&mut self, (user, list): &CacheKey) -> Option<CacheEntry> {
        let entry: CacheEntry = read_json(&mut self.archive, &entry_name(user, *list))?;
        (entry.user == *user && entry.list == *list).then_some(entry)
    }
}

/// Returns the number that identifies the version of the file at `path`; `None` if there is no
/// usable file.
pub(super) fn read_revision(path: &Path) -> Option<u64> {
    let file = CacheFile::open_any(path).ok()?;
    Some(file.revision())
}

/// Returns the name of a list in the archive.
fn entry_name(user: &ExtensionId, list: CachedList) -> String {
    match list {
        CachedList::Rules => format!("rules/{user}"),
        CachedList::States => format!("states/{user}"),
    }
}

/// Returns the user and the list of an archive entry, unless it is the manifest.
fn parse_entry_name(name: &str) -> Option<CacheKey> {
    let (list, user) = name.split_once('/')?;
    let list = match list {
        "rules" => CachedList::Rules,
        "states" => CachedList::States,
        _ => return None,
    };
    Some((ExtensionId(user.to_owned()), list))
}

/// Reads an entry of the archive, unless it is missing or damaged.
fn read_json<T: DeserializeOwned>(
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
) -> Option<T> {
    let entry = archive.by_name(name).ok()?;
    // Reads up to the end, where the checksum is compared.
    serde_json::from_reader(BufReader::new(entry)).ok()
}

/// Writes an entry of the archive.
fn write_json(
    archive: &mut ZipWriter<impl Write + Seek>,
    name: &str,
    content: &impl Serialize,
) -> io::Result<()> {
    archive.start_file(name, SimpleFileOptions::default())?;
    serde_json::to_writer(&mut *archive, content)?;
    Ok(())
}

/// The lists that this run has read, in an unnamed temporary file that disappears with the process.
#[derive(Debug)]
pub(super) struct PendingLists {
    /// Boxed, because the compressor is large.
    archive: Box<ZipWriter<File>>,
    pub(super) keys: HashSet<CacheKey>,
}

impl PendingLists {
    /// Creates the temporary file in the folder of `path`, so both are on the same disk.
    pub(super) fn create(path: &Path) -> io::Result<PendingLists> {
        Ok(PendingLists {
            archive: Box::new(ZipWriter::new(tempfile::tempfile_in(parent_dir(path))?)),
            keys: HashSet::new(),
        })
    }

    /// Appends a list; returns the number of lists so far.
    pub(super) fn append(&mut self, entry: &CacheEntry<impl Serialize>) -> io::Result<usize> {
        let name = entry_name(&entry.user, entry.list);
        write_json(&mut *self.archive, &name, entry)?;
        self.keys.insert((entry.user.clone(), entry.list));
        Ok(self.keys.len())
    }
}

fn parent_dir(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Writes a new cache file from the kept lists of the previous one and the new lists. The caller
/// moves the result to `path` once the previous file is closed.
pub(super) fn write_cache_file(
    path: &Path,
    kept: Option<(&mut CacheFile, Vec<CacheKey>)>,
    new: Option<PendingLists>,
    identity: CacheIdentity,
    watermark: CacheWatermark,
) -> io::Result<NamedTempFile> {
    let file = NamedTempFile::new_in(parent_dir(path))?;
    let mut archive = ZipWriter::new(BufWriter::new(file.as_file()));
    if let Some((previous, keys)) = kept {
        for (user, list) in keys {
            let name = entry_name(&user, list);
            let index = previous.archive.index_for_name(&name);
            let index = index.ok_or(io::ErrorKind::NotFound)?;
            archive.raw_copy_file(previous.archive.by_index_raw(index)?)?;
        }
    }
    if let Some(new) = new {
        archive.merge_archive((*new.archive).finish_into_readable()?)?;
    }
    let manifest = CacheManifest {
        identity,
        watermark,
        // The hash keys of the standard library are random.
        revision: RandomState::new().build_hasher().finish(),
    };
    write_json(&mut archive, MANIFEST_NAME, &manifest)?;
    archive.finish()?.flush()?;
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
    let mut previous = match CacheFile::open(path, identity) {
        Ok(previous) => previous,
        Err(BypassReason::NoCache) => return Ok(()),
        Err(_) => return fs::remove_file(path),
    };
    let mut kept = previous.keys();
    kept.retain(|(user, _)| !users.contains(user));
    let watermark = previous.watermark().clone();
    let kept = Some((&mut previous, kept));
    let new_file = write_cache_file(path, kept, None, identity.clone(), watermark);
    drop(previous);
    let result = new_file.and_then(|file| file.persist(path).map_err(io::Error::from));
    result.map(drop).or_else(|_| fs::remove_file(path))
}
