//! Writes the files of a repository, and says so.

use std::fs;
use std::io;
use std::path::Path;

use super::error::Error;
use super::output;

/// Writes a file, unless one is there and may not be overwritten.
pub(super) fn keep(root: &Path, path: &str, text: &str, force: bool) -> Result<(), Error> {
    let file = root.join(path);
    let file_error = |error: io::Error| Error::File {
        path: file.display().to_string(),
        error,
    };
    if file.exists() && !force {
        output::out(&format!("left {path} as it is\n"))?;
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(file_error)?;
    }
    fs::write(&file, text).map_err(file_error)?;
    output::out(&format!("wrote {path}\n"))?;
    Ok(())
}

/// Whether a name is taken, also by something that cannot be read.
pub(super) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether a folder is there and holds anything.
pub(super) fn holds_any(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
