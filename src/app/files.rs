//! Writes files atomically.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::error::RunError;

/// Writes a file of a repository atomically, unless it exists and `force` is not set. Returns the
/// line that reports the result.
pub fn write_new(root: &Path, path: &str, text: &str, force: bool) -> Result<String, RunError> {
    let file = root.join(path);
    let to_error = |error| RunError::file(&file, &error);
    if file.exists() && !force {
        return Ok(format!("kept {path}\n"));
    }
    let folder = file.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(to_error)?;
    write_temp(&file, text, &readable_file_builder())
        .and_then(|temp_file| Ok(temp_file.persist(resolve_symlink(&file))?))
        .map_err(to_error)?;
    Ok(format!("wrote {path}\n"))
}

/// Returns whether anything exists at a path, even a broken link.
pub fn path_exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Returns whether a folder exists and is not empty.
pub fn is_non_empty_dir(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Returns the canonical path of a file that may not exist yet.
pub fn canonical_path(file: &Path) -> PathBuf {
    let canonicalize = |path: &Path| fs::canonicalize(path).ok();
    let in_canonical_folder = || Some(canonicalize(parent_dir(file))?.join(file.file_name()?));
    canonicalize(file)
        .or_else(in_canonical_folder)
        .unwrap_or_else(|| file.to_owned())
}

/// Writes a file atomically: a reader never sees a part of it.
pub fn write_atomically(
    path: &Path,
    text: &str,
    builder: &Builder<'_, '_>,
) -> Result<(), RunError> {
    let path = &resolve_symlink(path);
    // Renaming a file over a device such as `/dev/stdout` would replace the device.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let error = io::Error::other("not a regular file");
        return Err(RunError::file(path, &error));
    }
    let folder = parent_dir(path);
    if !folder.is_dir() {
        let error = io::Error::other(format!("there is no folder {}", folder.display()));
        return Err(RunError::file(path, &error));
    }
    let replace = || -> io::Result<()> {
        let file = write_temp(path, text, builder)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|error| RunError::file(path, &error))
}

/// Writes a temporary file in the folder of `path`. The caller renames it to `path`.
fn write_temp(path: &Path, text: &str, builder: &Builder<'_, '_>) -> io::Result<NamedTempFile> {
    let mut file = builder.tempfile_in(parent_dir(&resolve_symlink(path)))?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Follows symbolic links, so that the file is replaced and not the link.
fn resolve_symlink(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the folder of a path, `.` if it has none.
fn parent_dir(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Returns a builder of files with the default permissions instead of private ones.
#[cfg(unix)]
pub fn readable_file_builder<'b>() -> Builder<'b, 'b> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = Builder::new();
    builder.permissions(fs::Permissions::from_mode(0o666));
    builder
}

/// Returns a builder of files with the default permissions instead of private ones.
#[cfg(not(unix))]
pub fn readable_file_builder<'b>() -> Builder<'b, 'b> {
    Builder::new()
}
