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
