//! The cache file. Each list is compressed separately, so that one can be read without the others.
//! A footer lists the entries, and a checksum covers everything. So memory use does not grow with
//! the size of the lists.
//!
//! ```text
//! list, list, …, footer: {origin, since, places}, length of the footer,
//! SHA-256 of all before, MAGIC
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BypassReason, CacheIdentity, CacheKey, CacheWatermark, CachedList};
use crate::model::ExtensionId;

/// The last line of the file. Another number means another format.
pub(super) const MAGIC: &str = "callrules remembered 1\n";
const LENGTH_DIGITS: usize = 16;
const SHA256_DIGITS: usize = 64;
const TRAILER_LENGTH: usize = LENGTH_DIGITS + SHA256_DIGITS + MAGIC.len();

/// The footer of the file, with everything except the lists.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CacheFooter {
    #[serde(rename = "origin")]
    pub(super) identity: CacheIdentity,
    #[serde(rename = "since")]
    pub(super) watermark: CacheWatermark,
    #[serde(rename = "places")]
    pub(super) entries: Vec<CacheEntry>,
}

/// The position of a list in the file, in bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CacheEntry {
    pub(super) user: ExtensionId,
    pub(super) list: CachedList,
    /// When the list was read from the account.
    pub(super) read_at: Timestamp,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// A cache file that was opened and verified.
#[derive(Debug)]
pub struct CacheFile {
    file: File,
    /// The last bytes of the file. They include its checksum, so they identify the file.
    trailer: Vec<u8>,
    watermark: CacheWatermark,
    entries: HashMap<CacheKey, CacheEntry>,
}

impl CacheFile {
    /// Opens and verifies a cache file with the expected identity.
    ///
    /// # Errors
    /// If the file is missing, unreadable, damaged, or of another identity.
    pub fn open(path: &Path, identity: &CacheIdentity) -> Result<CacheFile, BypassReason> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BypassReason::NoCache);
            }
            Err(error) => return Err(BypassReason::Unreadable(error)),
        };
        let (footer, trailer) = read_verified_footer(&mut file)
            .map_err(BypassReason::Unreadable)?
            .ok_or(BypassReason::Corrupt)?;
        let actual = &footer.identity;
        for (is_same, part) in [
            (
                actual.callrules == identity.callrules,
                "version of callrules",
            ),
            (actual.server == identity.server, "server"),
            (actual.account == identity.account, "account"),
        ] {
            if !is_same {
                return Err(BypassReason::OtherIdentity(part));
            }
        }
        Ok(CacheFile {
            file,
            trailer,
            watermark: footer.watermark,
            entries: footer
                .entries
                .into_iter()
                .map(|entry| ((entry.user.clone(), entry.list), entry))
                .collect(),
        })
    }

    /// Returns the time up to which the cache includes all changes.
    pub fn watermark(&self) -> &CacheWatermark {
        &self.watermark
    }

    /// Returns whether the cache has a list of this user.
    pub fn has_user(&self, user: &ExtensionId) -> bool {
        let has = |list| self.entries.contains_key(&(user.clone(), list));
        has(CachedList::Rules) || has(CachedList::States)
    }

    pub(super) fn trailer(&self) -> &[u8] {
        &self.trailer
    }

    pub(super) fn entry(&self, key: &CacheKey) -> Option<&CacheEntry> {
        self.entries.get(key)
    }

    /// Returns all entries in file order.
    pub(super) fn entries(&self) -> Vec<CacheEntry> {
        let mut entries: Vec<CacheEntry> = self.entries.values().cloned().collect();
        entries.sort_by_key(|entry| entry.start);
        entries
    }

    /// Reads a list in its compressed form.
    pub(super) fn read_compressed(&mut self, entry: &CacheEntry) -> io::Result<Vec<u8>> {
        read_range(&mut self.file, entry.start, entry.length)
    }

    /// Reads the JSON bodies of a list.
    pub(super) fn read_list(&mut self, entry: &CacheEntry) -> io::Result<Value> {
        let compressed = self.read_compressed(entry)?;
        Ok(serde_json::from_reader(DeflateDecoder::new(&*compressed))?)
    }
}

/// Returns the trailer of the file at `path`, or `None` without a file.
pub(super) fn read_trailer(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(mut file) => {
            let start = file.metadata()?.len().saturating_sub(TRAILER_LENGTH as u64);
            read_range(&mut file, start, TRAILER_LENGTH as u64).map(Some)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the footer and the trailer, or `None` if the file is damaged.
fn read_verified_footer(file: &mut File) -> io::Result<Option<(CacheFooter, Vec<u8>)>> {
    let size = file.metadata()?.len();
    let Some(trailer_start) = size.checked_sub(TRAILER_LENGTH as u64) else {
        return Ok(None);
    };
    let trailer = read_range(file, trailer_start, TRAILER_LENGTH as u64)?;
    let (length, rest) = trailer.split_at(LENGTH_DIGITS);
    let (checksum, magic) = rest.split_at(SHA256_DIGITS);
    file.rewind()?;
    let mut hasher = HashingWriter::wrap(io::sink());
    io::copy(&mut file.take(trailer_start), &mut hasher)?;
    hasher.write_all(length)?;
    if magic != MAGIC.as_bytes() || hasher.hex().as_bytes() != checksum {
        return Ok(None);
    }
    let footer_length = std::str::from_utf8(length)
        .ok()
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let Some(length) = footer_length else {
        return Ok(None);
    };
    let Some(start) = trailer_start.checked_sub(length) else {
        return Ok(None);
    };
    let compressed = read_range(file, start, length)?;
    let footer = serde_json::from_reader(DeflateDecoder::new(&*compressed)).ok();
    Ok(footer.map(|footer| (footer, trailer)))
}

fn read_range(file: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Compresses a value as JSON.
pub(super) fn compress_json(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, value)?;
    encoder.finish()
}

/// Writes the footer and the trailer.
pub(super) fn write_footer(
    out: &mut HashingWriter<impl Write>,
    footer: &CacheFooter,
) -> io::Result<()> {
    let compressed = compress_json(footer)?;
    out.write_all(&compressed)?;
    let length = format!("{:0LENGTH_DIGITS$x}", compressed.len());
    out.write_all(length.as_bytes())?;
    let checksum = out.hex();
    out.write_all(checksum.as_bytes())?;
    out.write_all(MAGIC.as_bytes())?;
    out.flush()
}

/// A writer that counts and hashes what it writes.
pub(super) struct HashingWriter<W> {
    out: W,
    hasher: Sha256,
    pub(super) written: u64,
}

impl<W: Write> HashingWriter<W> {
    pub(super) fn wrap(out: W) -> Self {
        HashingWriter {
            out,
            hasher: Sha256::new(),
            written: 0,
        }
    }

    fn hex(&self) -> String {
        use std::fmt::Write as _;
        let mut hex = String::with_capacity(SHA256_DIGITS);
        for byte in self.hasher.clone().finalize() {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
