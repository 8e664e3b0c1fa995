//! `.callrules`: the folder in a repository for state between runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::CommandError;

/// Creates the folder if needed and returns its path. Git ignores its content.
pub(super) fn ensure(root: &Path) -> Result<PathBuf, CommandError> {
    let folder = root.join(".callrules");
    let file_error = |error: io::Error| CommandError::File {
        path: folder.display().to_string(),
        error,
    };
    fs::create_dir_all(&folder).map_err(file_error)?;
    fs::write(folder.join(".gitignore"), "*\n").map_err(file_error)?;
    Ok(folder)
}
