//! The file of remembered lists: each list compressed by itself, so that any of them is found without the others;
//! then what they are, and a checksum over all. So the memory needed does not grow with what users have.
//!
//! ```text
//! list, list, …, foot: {origin, since, places}, length of the foot, SHA-256 of all before, MAGIC
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

use super::{Doubt, Key, List, Origin, Since};
use crate::model::ExtensionId;

/// The last line. Another number is another form.
pub(super) const MAGIC: &str = "callrules remembered 1\n";
const LENGTH_DIGITS: usize = 16;
const SHA256_DIGITS: usize = 64;
const END: usize = LENGTH_DIGITS + SHA256_DIGITS + MAGIC.len();

/// What the file holds beside the lists.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Foot {
    pub(super) origin: Origin,
    pub(super) since: Since,
    pub(super) places: Vec<Place>,
}

/// Where a list stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Place {
    pub(super) user: ExtensionId,
    pub(super) list: List,
    /// When it was read from the account.
    pub(super) read_at: Timestamp,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// What was remembered, opened and found whole.
#[derive(Debug)]
pub struct Memory {
    file: File,
    /// Its checksum is in there: no other file ends so.
    end: Vec<u8>,
    since: Since,
    places: HashMap<Key, Place>,
}

impl Memory {
    /// Opens the file, where it is whole and of this origin.
    pub fn open(path: &Path, origin: &Origin) -> Result<Memory, Doubt> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Doubt::Nothing),
            Err(error) => return Err(Doubt::Unreadable(error)),
        };
        let foot = whole(&mut file).map_err(Doubt::Unreadable)?;
        let (foot, end) = foot.ok_or(Doubt::Damaged)?;
        let of = &foot.origin;
        for (is_same, what) in [
            (of.callrules == origin.callrules, "version of callrules"),
            (of.server == origin.server, "server"),
            (of.account == origin.account, "account"),
        ] {
            if !is_same {
                return Err(Doubt::Other(what));
            }
        }
        let places = foot.places.into_iter();
        Ok(Memory {
            file,
            end,
            since: foot.since,
            places: places
                .map(|place| ((place.user.clone(), place.list), place))
                .collect(),
        })
    }

    /// Up to when everything is known.
    pub fn since(&self) -> &Since {
        &self.since
    }

    /// Whether there is a list of this user.
    pub fn is_of(&self, user: &ExtensionId) -> bool {
        let has = |list| self.places.contains_key(&(user.clone(), list));
        has(List::Rules) || has(List::States)
    }

    pub(super) fn end(&self) -> &[u8] {
        &self.end
    }

    pub(super) fn place(&self, key: &Key) -> Option<&Place> {
        self.places.get(key)
    }

    /// Every list, in the order in which they stand.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut places: Vec<Place> = self.places.values().cloned().collect();
        places.sort_by_key(|place| place.start);
        places
    }

    /// A list as it is stored.
    pub(super) fn packed(&mut self, place: &Place) -> io::Result<Vec<u8>> {
        piece(&mut self.file, place.start, place.length)
    }

    /// The bodies of a list.
    pub(super) fn list(&mut self, place: &Place) -> io::Result<Value> {
        let packed = self.packed(place)?;
        Ok(serde_json::from_reader(DeflateDecoder::new(&*packed))?)
    }
}

/// How the file at `path` ends; nothing where there is none.
pub(super) fn end_of(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match File::open(path) {
        Ok(mut file) => {
            let start = file.metadata()?.len().saturating_sub(END as u64);
            piece(&mut file, start, END as u64).map(Some)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The foot and the end, where the file is as it was written.
fn whole(file: &mut File) -> io::Result<Option<(Foot, Vec<u8>)>> {
    let size = file.metadata()?.len();
    let Some(end) = size.checked_sub(END as u64) else {
        return Ok(None);
    };
    let tail = piece(file, end, END as u64)?;
    let (length, rest) = tail.split_at(LENGTH_DIGITS);
    let (checksum, magic) = rest.split_at(SHA256_DIGITS);
    file.rewind()?;
    let mut sum = Hashing::over(io::sink());
    io::copy(&mut file.take(end), &mut sum)?;
    sum.write_all(length)?;
    if magic != MAGIC.as_bytes() || sum.hex().as_bytes() != checksum {
        return Ok(None);
    }
    let length = std::str::from_utf8(length).ok();
    let length = length.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let Some((start, length)) = length.and_then(|length| Some((end.checked_sub(length)?, length)))
    else {
        return Ok(None);
    };
    let packed = piece(file, start, length)?;
    let foot = serde_json::from_reader(DeflateDecoder::new(&*packed)).ok();
    Ok(foot.map(|foot| (foot, tail)))
}

fn piece(file: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// JSON, compressed.
pub(super) fn pack(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut packed, value)?;
    packed.finish()
}

/// Writes the foot and what follows it.
pub(super) fn end(out: &mut Hashing<impl Write>, foot: &Foot) -> io::Result<()> {
    let foot = pack(foot)?;
    out.write_all(&foot)?;
    let length = format!("{:0LENGTH_DIGITS$x}", foot.len());
    out.write_all(length.as_bytes())?;
    let checksum = out.hex();
    out.write_all(checksum.as_bytes())?;
    out.write_all(MAGIC.as_bytes())?;
    out.flush()
}

/// Counts and adds up what is written.
pub(super) struct Hashing<W> {
    out: W,
    sum: Sha256,
    pub(super) written: u64,
}

impl<W: Write> Hashing<W> {
    pub(super) fn over(out: W) -> Self {
        Hashing {
            out,
            sum: Sha256::new(),
            written: 0,
        }
    }

    fn hex(&self) -> String {
        let digest = self.sum.clone().finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.sum.update(&bytes[..count]);
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
