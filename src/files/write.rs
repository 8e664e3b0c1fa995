//! Writes files: each is complete or absent, also on a full disk or after a kill.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use tempfile::Builder;

use super::read::is_hidden;

/// Who can read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAccess {
    /// Only the user who runs the program, because it contains names and numbers.
    Private,
    /// All users whom the system allows by default.
    Shared,
}

impl FileAccess {
    /// Returns a builder of temporary files with these permissions.
    fn temp_file_builder(self) -> Builder<'static, 'static> {
        let mut builder = Builder::new();
        #[cfg(unix)]
        if self == FileAccess::Shared {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        builder
    }
}

/// Writes a file of a repository and the folders that it needs, unless it exists and `force` is not
/// set. Returns whether it was written.
///
/// # Errors
/// If it can't be written, or if a link in the repository leads elsewhere.
pub fn write_new(root: &Path, path: &str, text: &str, force: bool) -> io::Result<bool> {
    let file = root.join(path);
    if path_exists(&file) && !force {
        return Ok(false);
    }
    if let Some(folder) = file.parent() {
        create_dir(folder)?;
    }
    write_atomically(&file, text.as_bytes(), FileAccess::Shared)?;
    Ok(true)
}

/// Writes a file atomically: a reader never sees a part of it.
///
/// # Errors
/// If it can't be written, is not a regular file, or if a link in a repository leads elsewhere.
pub fn write_atomically(path: &Path, content: &[u8], access: FileAccess) -> io::Result<()> {
    let path = resolve_output(path)?;
    // Renaming a file over a device such as `/dev/stdout` would replace the device.
    if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("not a regular file"));
    }
    let folder = parent_dir(&path);
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        return Err(io::Error::other(message));
    }
    let mut file = access.temp_file_builder().tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

/// Creates a folder and its parents.
///
/// # Errors
/// If it can't be created, or if a link in a repository leads elsewhere.
pub fn create_dir(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(resolve_folder(folder)?)
}

/// Checks that a path is not a link, whether or not it exists.
///
/// # Errors
/// If it is one.
pub fn require_no_link(path: &Path) -> io::Result<()> {
    if path.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    Ok(())
}

/// Returns the real path of a file to write. Links that the user of this machine made are followed.
/// A link in a checkout is refused: it can be part of a commit that has not been reviewed.
fn resolve_output(path: &Path) -> io::Result<PathBuf> {
    let folder = resolve_folder(parent_dir(path))?;
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let file = folder.join(name);
    if !file.is_symlink() {
        return Ok(file);
    }
    match find_checkout(&folder) {
        Some(_) => Err(link_error(&file)),
        // A broken link is replaced.
        None => Ok(fs::canonicalize(&file).unwrap_or(file)),
    }
}

/// Returns the real path of a folder that may not exist yet. A link in a checkout must lead to a
/// visible folder of the same checkout.
fn resolve_folder(folder: &Path) -> io::Result<PathBuf> {
    let mut real_path = fs::canonicalize(".")?;
    for part in folder.components() {
        let next = match part {
            Component::CurDir => continue,
            Component::ParentDir => real_path.parent().unwrap_or(&real_path).to_owned(),
            _ => real_path.join(part),
        };
        if !next.is_symlink() {
            real_path = next;
            continue;
        }
        let target = fs::canonicalize(&next)?;
        if let Some(checkout) = find_checkout(&real_path) {
            let below = target.strip_prefix(&checkout);
            if below.map_or(true, |below| below.components().any(is_hidden)) {
                return Err(link_error(&next));
            }
        }
        real_path = target;
    }
    Ok(real_path)
}

/// Returns the error for a link through which nothing is written.
fn link_error(link: &Path) -> io::Error {
    let name = link.file_name().unwrap_or(link.as_os_str());
    io::Error::other(format!(
        "nothing is written through `{}`, a symbolic link in a repository",
        name.display()
    ))
}

/// Returns the outermost folder that has a repository or a git checkout and contains `folder`.
fn find_checkout(folder: &Path) -> Option<PathBuf> {
    let is_checkout = |folder: &&Path| {
        [".git", "callrules.yaml"]
            .iter()
            .any(|name| path_exists(&folder.join(name)))
    };
    folder
        .ancestors()
        .filter(is_checkout)
        .last()
        .map(Path::to_owned)
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

/// Returns the folder of a path, `.` if it has none.
fn parent_dir(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
