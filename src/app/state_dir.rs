//! `.callrules`: the folder in a repository for state between runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::RunError;

/// Creates the folder if needed and returns its path. Git ignores its content.
pub(super) fn ensure(root: &Path) -> Result<PathBuf, RunError> {
    let folder = root.join(".callrules");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join(".gitignore"), "*\n"))
        .map_err(|error| RunError::file(&folder, &error))?;
    Ok(folder)
}
