//! Writing what is remembered: the lists that were read, and those of before that hold.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use tempfile::NamedTempFile;

use super::file::{Foot, Hashing, Memory, Place, end, pack};
use super::{Doubt, Key, Origin, Since};
use crate::model::ExtensionId;

/// The lists that this run has read, on disk. The file has no name: it is gone with the program.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    places: Vec<Place>,
    written: u64,
}

impl Spool {
    /// Waits beside the file at `path`, for there is room for it.
    pub(super) fn begin(path: &Path) -> io::Result<Spool> {
        Ok(Spool {
            file: tempfile::tempfile_in(folder(path))?,
            places: Vec::new(),
            written: 0,
        })
    }

    /// Takes a list in; gives how many there are.
    pub(super) fn add(
        &mut self,
        (user, list): Key,
        read_at: Timestamp,
        bodies: &impl Serialize,
    ) -> io::Result<usize> {
        let packed = pack(bodies)?;
        self.file.write_all(&packed)?;
        let length = packed.len() as u64;
        self.places.push(Place {
            user,
            list,
            read_at,
            start: self.written,
            length,
        });
        self.written += length;
        Ok(self.places.len())
    }

    /// Whose lists they are.
    pub(super) fn keys(&self) -> HashSet<Key> {
        let places = self.places.iter();
        places
            .map(|place| (place.user.clone(), place.list))
            .collect()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Puts the file for `path` together, the lists of before that are kept and the new ones. It gets its name later, when nobody
/// reads the one of before any more.
pub(super) fn compose(
    path: &Path,
    kept: Option<(&mut Memory, Vec<Place>)>,
    new: Option<&mut Spool>,
    origin: Origin,
    since: Since,
) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder(path))?;
    let mut out = Hashing::over(BufWriter::new(file.as_file_mut()));
    let mut places = Vec::new();
    if let Some((memory, kept)) = kept {
        for place in kept {
            let packed = memory.packed(&place)?;
            let start = out.written;
            out.write_all(&packed)?;
            places.push(Place { start, ..place });
        }
    }
    if let Some(spool) = new {
        let before = out.written;
        spool.file.rewind()?;
        io::copy(&mut (&mut spool.file).take(spool.written), &mut out)?;
        places.extend(spool.places.iter().map(|place| Place {
            start: before + place.start,
            ..place.clone()
        }));
    }
    let foot = Foot {
        origin,
        since,
        places,
    };
    end(&mut out, &foot)?;
    drop(out);
    file.as_file().sync_all()?;
    Ok(file)
}

/// Forgets the lists of users who are about to be changed: their records may come late, or never. A file that
/// cannot be used goes as a whole.
pub fn forget(path: &Path, origin: &Origin, users: &HashSet<&ExtensionId>) -> io::Result<()> {
    let mut memory = match Memory::open(path, origin) {
        Ok(memory) => memory,
        Err(Doubt::Nothing) => return Ok(()),
        Err(_) => return fs::remove_file(path),
    };
    let mut kept = memory.places();
    kept.retain(|place| !users.contains(&place.user));
    let since = memory.since().clone();
    let file = compose(path, Some((&mut memory, kept)), None, origin.clone(), since);
    drop(memory);
    let replaced = file.and_then(|file| file.persist(path).map_err(io::Error::from));
    replaced.map(drop).or_else(|_| fs::remove_file(path))
}
