//! Saved plans on disk.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::error::Error;
use crate::engine::Saved;

/// Writes a plan as a whole or not at all: half a plan is never found under its name.
pub(super) fn write(path: &Path, plan: &Saved) -> Result<(), Error> {
    let text = plan.to_text()?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let replace = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|error| file_error(path, error))
}

/// Reads a plan back.
pub(super) fn read(path: &Path) -> Result<Saved, Error> {
    let bytes = fs::read(path).map_err(|error| file_error(path, error))?;
    Saved::from_bytes(&bytes).map_err(|why| Error::PlanFile {
        path: path.display().to_string(),
        why,
    })
}

fn file_error(path: &Path, error: io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        error,
    }
}
