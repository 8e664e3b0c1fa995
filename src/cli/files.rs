//! Files that the program writes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::error::Error;
use super::output;

/// Writes a file of a repository and says so, unless one is there and may not be overwritten. Half of it is never
/// found under its name.
pub(super) fn keep(root: &Path, path: &str, text: &str, force: bool) -> Result<(), Error> {
    Ok(output::out(&put(root, path, text, force)?)?)
}

/// The same, and gives the line that says so.
pub(super) fn put(root: &Path, path: &str, text: &str, force: bool) -> Result<String, Error> {
    let file = root.join(path);
    let file_error = |error| file_error(&file, error);
    if file.exists() && !force {
        return Ok(format!("left {path} as it is\n"));
    }
    let folder = file.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(file_error)?;
    whole(&file, text, &readable())
        .and_then(|whole| Ok(whole.persist(followed(&file))?))
        .map_err(file_error)?;
    Ok(format!("wrote {path}\n"))
}

/// Whether a name is taken, also by something that cannot be read.
pub(super) fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether a folder is there and holds anything.
pub(super) fn holds_any(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Where a file is, or will be, whichever way its path takes there.
pub(super) fn place(file: &Path) -> PathBuf {
    let there = |path: &Path| fs::canonicalize(path).ok();
    let new = || Some(there(folder(file))?.join(file.file_name()?));
    there(file).or_else(new).unwrap_or_else(|| file.to_owned())
}

/// Writes a file as a whole or not at all: half of it is never found under its name.
pub(super) fn replace(path: &Path, text: &str, builder: &Builder<'_, '_>) -> Result<(), Error> {
    // A device is no place for a file.
    let path = &followed(path);
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let error = io::Error::other("it is no file, and nothing can be saved there");
        return Err(file_error(path, error));
    }
    let folder = folder(path);
    if !folder.is_dir() {
        let error = io::Error::other(format!("there is no folder {}", folder.display()));
        return Err(file_error(path, error));
    }
    let replace = || -> io::Result<()> {
        let file = whole(path, text, builder)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|error| file_error(path, error))
}

/// All of a file, which gets its name when it is kept.
fn whole(path: &Path, text: &str, builder: &Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let mut file = builder.tempfile_in(folder(&followed(path)))?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Where a link leads: the file is replaced, not the link.
fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A new file that others may read as they may read any other.
#[cfg(unix)]
pub(super) fn readable<'b>() -> Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

/// A new file that others may read as they may read any other.
#[cfg(not(unix))]
pub(super) fn readable<'b>() -> Builder<'b, 'b> {
    Builder::new()
}

/// What went wrong with a file.
pub(super) fn file_error(path: &Path, error: io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        error,
    }
}
