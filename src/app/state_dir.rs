//! `.callrules`: the folder in a repository for state between runs.
//!
//! Nothing in it may be a link: a pull request can add one that leads anywhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::RunError;
use crate::files::{self, FileAccess};

/// What git ignores in the folder: everything.
const IGNORED: &str = "*\n";

/// Creates the folder if needed and returns the path of an entry in it. Git ignores its content.
pub(super) fn entry_path(root: &Path, name: &str) -> Result<PathBuf, RunError> {
    let folder = root.join(".callrules");
    let ignore_file = folder.join(".gitignore");
    let path = folder.join(name);
    for path in [&folder, &ignore_file, &path] {
        files::require_no_link(path).map_err(|error| link_error(path, &error))?;
    }
    let create = || {
        fs::create_dir_all(&folder)?;
        if fs::read(&ignore_file).is_ok_and(|text| text == IGNORED.as_bytes()) {
            return Ok(());
        }
        files::write_atomically(&ignore_file, IGNORED.as_bytes(), FileAccess::Shared)
    };
    create().map_err(|error| RunError::file(&folder, &error))?;
    Ok(path)
}

/// Returns the error for a link in the folder.
fn link_error(path: &Path, error: &io::Error) -> RunError {
    RunError::file(path, error).hinted(
        "callrules writes only to files of its own there: remove the link from the repository",
    )
}
