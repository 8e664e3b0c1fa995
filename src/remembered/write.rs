//! Writing what is remembered: the lists that were read, and those of before that hold.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

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
    pub(super) fn begin(folder: &Path) -> io::Result<Spool> {
        Ok(Spool {
            file: tempfile::tempfile_in(folder)?,
            places: Vec::new(),
            written: 0,
        })
    }

    pub(super) fn add(
        &mut self,
        (user, list): Key,
        read_at: Timestamp,
        bodies: &impl Serialize,
    ) -> io::Result<()> {
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
        Ok(())
    }

    pub(super) fn has(&self) -> HashSet<Key> {
        let keys = self.places.iter();
        keys.map(|place| (place.user.clone(), place.list)).collect()
    }
}

/// Writes the file as a whole or not at all: the lists of before that are kept, and the new ones.
pub(super) fn write(
    path: &Path,
    kept: Option<(Memory, Vec<Place>)>,
    new: Option<Spool>,
    origin: Origin,
    since: Since,
) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = Hashing::over(BufWriter::new(file.as_file_mut()));
    let mut places = Vec::new();
    if let Some((mut memory, kept)) = kept {
        for place in kept {
            let packed = memory.packed(&place)?;
            let start = out.written;
            out.write_all(&packed)?;
            places.push(Place { start, ..place });
        }
    }
    if let Some(mut spool) = new {
        let before = out.written;
        spool.file.rewind()?;
        io::copy(&mut spool.file.take(spool.written), &mut out)?;
        let moved = |place: Place| Place {
            start: before + place.start,
            ..place
        };
        places.extend(spool.places.into_iter().map(moved));
    }
    let foot = Foot {
        origin,
        since,
        places,
    };
    end(&mut out, &foot)?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Forgets the lists of users who are about to be changed: their records may come late, or never. A file that
/// cannot be used goes as a whole.
pub fn forget(path: &Path, origin: &Origin, users: &HashSet<&ExtensionId>) -> io::Result<()> {
    let memory = match Memory::open(path, origin) {
        Ok(memory) => memory,
        Err(Doubt::Nothing) => return Ok(()),
        Err(_) => return fs::remove_file(path),
    };
    let mut kept = memory.places();
    kept.retain(|place| !users.contains(&place.user));
    let since = memory.since().clone();
    write(path, Some((memory, kept)), None, origin.clone(), since)
        .or_else(|_| fs::remove_file(path))
}
