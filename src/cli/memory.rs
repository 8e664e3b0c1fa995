//! `.callrules`: what is remembered between runs, beside the files of a repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::Error;

/// The folder, made where there is none. What is remembered here is nobody's to review or to share.
pub(super) fn folder(root: &Path) -> Result<PathBuf, Error> {
    let folder = root.join(".callrules");
    let file_error = |error: io::Error| Error::File {
        path: folder.display().to_string(),
        error,
    };
    fs::create_dir_all(&folder).map_err(file_error)?;
    fs::write(folder.join(".gitignore"), "*\n").map_err(file_error)?;
    Ok(folder)
}
