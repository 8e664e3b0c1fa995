//! Reads files of limited size: those of a repository, and those that a command line names.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// The maximum size of a file of a repository in bytes: larger than any file that is maintained by
/// hand.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// The folder of a repository, as far as files are read from it.
#[derive(Debug, Clone)]
pub struct RepositoryRoot {
    path: PathBuf,
    /// The path without links.
    real_path: PathBuf,
}

/// A file or folder in a folder of a repository.
#[derive(Debug)]
pub struct FolderEntry {
    /// The path relative to the root, with `/` between its parts.
    pub path: String,
    /// The type of the file that the path leads to, or why it is not read.
    pub kind: io::Result<FileType>,
}

impl RepositoryRoot {
    /// Creates the root from its path. Reading from a folder that doesn't exist fails.
    pub fn new(path: &Path) -> Self {
        RepositoryRoot {
            path: path.to_owned(),
            real_path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        }
    }

    /// Returns the path of the folder, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether anything exists at a relative path, even a broken link.
    pub fn has_entry(&self, path: &str) -> bool {
        super::path_exists(&self.path.join(path))
    }

    /// Reads a regular file.
    ///
    /// # Errors
    /// If the file is missing, not regular, too large, or leads out of the repository.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let real_path = self.resolve(path)?;
        // A file is not opened before it is known to be regular: opening a pipe waits for a writer.
        let metadata = fs::metadata(&real_path)?;
        if metadata.is_dir() {
            return Err(io::Error::other("it is a folder, not a file"));
        }
        if !metadata.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        read_up_to(&real_path, MAX_BYTES)
    }

    /// Lists what is in a folder and its subfolders, sorted by path. Hidden entries are left out,
    /// because they belong to editors and tools. Each folder is read only once, whatever links lead
    /// to it.
    pub fn list(&self, folder: &str) -> Vec<FolderEntry> {
        let mut entries = Vec::new();
        let mut folders = VecDeque::new();
        if self.has_entry(folder) {
            folders.push_back(folder.to_owned());
        }
        let mut seen = HashSet::new();
        while let Some(path) = folders.pop_front() {
            if let Err(error) = self.list_once(&path, &mut seen, &mut folders, &mut entries) {
                entries.push(FolderEntry {
                    path,
                    kind: Err(error),
                });
            }
        }
        entries.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
        entries
    }

    /// Adds the entries of a folder and its subfolders to `entries`, and links to folders to
    /// `folders`. `seen` has the real paths of the folders that were read.
    fn list_once(
        &self,
        folder: &str,
        seen: &mut HashSet<PathBuf>,
        folders: &mut VecDeque<String>,
        entries: &mut Vec<FolderEntry>,
    ) -> io::Result<()> {
        let real_folder = self.resolve(folder)?;
        if !fs::metadata(&real_folder)?.is_dir() {
            return Ok(());
        }
        if !seen.insert(real_folder.clone()) {
            let message = "it is a symbolic link to a folder that is already read";
            return Err(io::Error::other(message));
        }
        let walk = WalkDir::new(&real_folder).min_depth(1);
        let mut is_new = |entry: &DirEntry| {
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_folder = entry.depth() > 0 && entry.file_type().is_dir();
            (entry.depth() == 0 || !is_hidden)
                && (!is_folder || seen.insert(entry.path().to_owned()))
        };
        for entry in walk.into_iter().filter_entry(&mut is_new) {
            let (real_path, is_link, kind) = match entry {
                Ok(entry) => {
                    let (is_link, kind) = (entry.path_is_symlink(), entry.file_type());
                    (entry.into_path(), is_link, Ok(kind))
                }
                Err(error) => {
                    let path = error.path().unwrap_or(&real_folder).to_owned();
                    (path, false, Err(error.into()))
                }
            };
            let below = real_path.strip_prefix(&real_folder).unwrap_or(&real_path);
            let path = format!("{folder}/{}", slash_path(below));
            let kind = if is_link { self.follow(&path) } else { kind };
            if is_link && kind.as_ref().is_ok_and(FileType::is_dir) {
                folders.push_back(path);
            } else {
                entries.push(FolderEntry { path, kind });
            }
        }
        Ok(())
    }

    /// Returns the type of the file that a link leads to.
    fn follow(&self, path: &str) -> io::Result<FileType> {
        Ok(fs::metadata(self.resolve(path)?)?.file_type())
    }

    /// Returns the real path of a file or folder, which must be in the repository. A link must not
    /// lead to a hidden file: `.git` can contain credentials.
    fn resolve(&self, path: &str) -> io::Result<PathBuf> {
        let given_path = self.path.join(path);
        let real_path = fs::canonicalize(&given_path).map_err(|error| {
            if given_path.is_symlink() {
                io::Error::other("it is a broken symbolic link")
            } else {
                error
            }
        })?;
        let Ok(below) = real_path.strip_prefix(&self.real_path) else {
            return Err(io::Error::other("it leads out of the repository"));
        };
        // A hidden file may be read by its own name, but not through a link.
        if below != Path::new(path) && below.components().any(is_hidden) {
            return Err(io::Error::other("it leads to a hidden file or folder"));
        }
        Ok(real_path)
    }
}

/// Returns whether a part of a path is hidden.
pub(super) fn is_hidden(part: Component<'_>) -> bool {
    part.as_os_str().to_string_lossy().starts_with('.')
}

/// Returns a path with `/` between its parts.
fn slash_path(path: &Path) -> String {
    let parts = path.components();
    let parts = parts.map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Reads a file or a pipe that the command line names.
///
/// # Errors
/// If it can't be read, is a device, or has more than `limit` bytes.
pub fn read_limited(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if is_device(fs::metadata(path)?.file_type()) {
        return Err(io::Error::other("it is a device, not a file"));
    }
    read_up_to(path, limit)
}

/// Returns whether a file is a device, which can be endless.
#[cfg(unix)]
fn is_device(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_char_device() || kind.is_block_device()
}

/// Returns whether a file is a device, which can be endless.
#[cfg(not(unix))]
fn is_device(_: FileType) -> bool {
    false
}

/// Reads a file of at most `limit` bytes.
fn read_up_to(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_large_error(size, limit));
    }
    let mut bytes = Vec::new();
    let size = file.take(limit + 1).read_to_end(&mut bytes)?;
    if size as u64 > limit {
        return Err(too_large_error(size as u64, limit));
    }
    Ok(bytes)
}

/// Returns the error for a file that is larger than its limit. Both are in bytes.
fn too_large_error(size: u64, limit: u64) -> io::Error {
    let megabytes = size.div_ceil(1024 * 1024);
    io::Error::other(format!(
        "it has {megabytes} MB; the limit is {}",
        limit / (1024 * 1024)
    ))
}
