//! What git knows: a commit of the repository, for `--changed-since`, and where the repository lies in its
//! checkout.
//!
//! The `git` program is asked: it knows the user's settings, filters and kinds of repository.

use std::env;
use std::fs;
use std::path::{MAIN_SEPARATOR_STR, Path};
use std::process::Command;

use tempfile::TempDir;

use super::error::Error;
use crate::render::Folder;

/// The files of a folder as they were in a commit, in a folder of their own. Nothing of the work tree
/// or of git's own files is touched.
pub(super) fn checkout(folder: &Path, revision: &str) -> Result<TempDir, Error> {
    let git = |arguments: &[&str]| git(folder, arguments, None);
    let top = git(&["rev-parse", "--show-toplevel"])?;
    let below = git(&["rev-parse", "--show-prefix"])?;
    let commit = format!("{revision}^{{commit}}");
    let commit = git(&["rev-parse", "--verify", "--end-of-options", &commit])
        .map_err(|_| no_commit(folder, revision))?;
    let place = TempDir::new()?;
    let index = place.path().join(".index");
    let in_top = |arguments: &[&str]| self::git(Path::new(&top), arguments, Some(&index));
    // A commit in which the folder was not there yet is one with nothing in it.
    let tree = format!("{commit}:{}", below.trim_end_matches('/'));
    if in_top(&["rev-parse", "--verify", "--quiet", &tree]).is_ok() {
        in_top(&["read-tree", &tree])?;
        let prefix = format!("--prefix={}/", place.path().display());
        in_top(&["checkout-index", "--all", "--force", &prefix])?;
    }
    Ok(place)
}

/// Where a folder lies in its checkout; seen from where the program was started, where git knows of none.
pub(super) fn place(folder: &Path) -> Folder {
    if let Ok(below) = git(folder, &["rev-parse", "--show-prefix"], None) {
        return Folder::new(&below);
    }
    let here = env::current_dir().and_then(fs::canonicalize);
    let path = match (fs::canonicalize(folder), here) {
        (Ok(folder), Ok(here)) => match folder.strip_prefix(here) {
            Ok(below) => below.to_owned(),
            Err(_) => folder,
        },
        _ => folder.to_owned(),
    };
    Folder::new(&path.to_string_lossy().replace(MAIN_SEPARATOR_STR, "/"))
}

/// Why a commit is not there: in CI mostly because the clone is shallow.
fn no_commit(folder: &Path, revision: &str) -> Error {
    let shallow = git(folder, &["rev-parse", "--is-shallow-repository"], None);
    Error::NoCommit {
        revision: revision.to_owned(),
        shallow: shallow.is_ok_and(|answer| answer == "true"),
    }
}

/// Runs git in a folder, and gives what it says.
fn git(folder: &Path, arguments: &[&str], index: Option<&Path>) -> Result<String, Error> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command.output().map_err(Error::GitMissing)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::Git(said));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.trim_end_matches(['\n', '\r']).to_owned())
}
