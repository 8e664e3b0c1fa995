//! Reads and writes files. All access to the configuration files of a repository goes through this
//! module.
//!
//! A repository can contain changes of people who are not trusted, such as a pull request. So a
//! link in it leads only to other files in it, only regular files of limited size are read, and
//! nothing is written through a link. This protects from what is committed, not from a process
//! that changes the folder during the run.

mod read;
mod write;

pub use read::{FolderEntry, RepositoryRoot, read_limited};
pub use write::{
    FileAccess, canonical_path, create_dir, is_non_empty_dir, path_exists, require_no_link,
    write_atomically, write_new,
};
