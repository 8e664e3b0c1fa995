//! Reads a commit for `--changed-since`, the files that are not committed, and the path of the
//! repository within its git checkout.
//!
//! Runs the `git` program, because it supports the user's settings, filters and all kinds of
//! repository.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::path::{MAIN_SEPARATOR_STR, Path};
use std::process::Command;

use tempfile::TempDir;

use super::error::RunError;
use crate::render::RepoPrefix;

/// Checks out the files of a folder, as of a commit, into a temporary folder. Changes neither the
/// work tree nor the index.
pub(super) fn checkout(folder: &Path, revision: &str) -> Result<TempDir, RunError> {
    let git_in_folder = |arguments: &[&str]| run_git(folder, arguments, None);
    let top = git_in_folder(&["rev-parse", "--show-toplevel"])?;
    let prefix = git_in_folder(&["rev-parse", "--show-prefix"])?;
    let commit_spec = format!("{revision}^{{commit}}");
    let commit = git_in_folder(&["rev-parse", "--verify", "--end-of-options", &commit_spec])
        .map_err(|_| unknown_commit_error(folder, revision))?;
    let checkout_dir = TempDir::new()?;
    let index = checkout_dir.path().join(".index");
    let git_in_top = |arguments: &[&str]| run_git(Path::new(&top), arguments, Some(&index));
    // If the folder did not exist in the commit, the checkout stays empty.
    let tree = format!("{commit}:{}", prefix.trim_end_matches('/'));
    if git_in_top(&["rev-parse", "--verify", "--quiet", &tree]).is_ok() {
        git_in_top(&["read-tree", &tree])?;
        let target = format!("--prefix={}/", checkout_dir.path().display());
        git_in_top(&["checkout-index", "--all", "--force", &target])?;
    }
    Ok(checkout_dir)
}

/// Returns the path of a folder within its git checkout. Outside a checkout, the path is relative
/// to the current directory.
pub fn repo_prefix(folder: &Path) -> RepoPrefix {
    if let Ok(prefix) = run_git(folder, &["rev-parse", "--show-prefix"], None) {
        return RepoPrefix::new(&prefix);
    }
    let current_dir = env::current_dir().and_then(fs::canonicalize);
    let path = match (fs::canonicalize(folder), current_dir) {
        (Ok(folder), Ok(current_dir)) => match folder.strip_prefix(current_dir) {
            Ok(relative) => relative.to_owned(),
            Err(_) => folder,
        },
        _ => folder.to_owned(),
    };
    RepoPrefix::new(&path.to_string_lossy().replace(MAIN_SEPARATOR_STR, "/"))
}

/// What git reports outside a checkout.
const NO_CHECKOUT: &str = "not a git repository";

/// Returns the files of a folder that differ from the last commit, as paths in the folder. Outside
/// a checkout there are none.
pub(super) fn uncommitted_files(folder: &Path) -> Result<HashSet<String>, RunError> {
    let prefix = match run_git(folder, &["rev-parse", "--show-prefix"], None) {
        Ok(prefix) => prefix,
        Err(error) if error.to_string().contains(NO_CHECKOUT) => return Ok(HashSet::new()),
        Err(error) => return Err(error),
    };
    let status = [
        "status",
        "--porcelain",
        "-z",
        "--no-renames",
        "--untracked-files=all",
    ];
    let output = run_git(folder, &[&status[..], &["--", "."]].concat(), None)?;
    // Each entry has two letters and a space before its path from the root of the checkout.
    let paths = output
        .split('\0')
        .filter_map(|entry| entry.get(3..)?.strip_prefix(&*prefix));
    Ok(paths.map(str::to_owned).collect())
}

/// Returns the error for a missing commit, with a check for a shallow clone, the usual cause in CI.
fn unknown_commit_error(folder: &Path, revision: &str) -> RunError {
    let is_shallow = run_git(folder, &["rev-parse", "--is-shallow-repository"], None)
        .is_ok_and(|output| output == "true");
    let error = RunError::new(format!("this git repository has no commit `{revision}`"));
    if is_shallow {
        error.hinted(
            "this is a shallow clone without older commits: fetch them with `git fetch \
             --unshallow`, or set `fetch-depth: 0` for `actions/checkout` on GitHub",
        )
    } else {
        error.hinted(
            "fetch it with `git fetch`, or set `fetch-depth: 0` for `actions/checkout` on GitHub; \
             or use a branch that `git branch --all` lists",
        )
    }
}

/// Runs git in a folder, and returns its standard output without line ends. `index` replaces the
/// index file.
fn run_git(folder: &Path, arguments: &[&str], index: Option<&Path>) -> Result<String, RunError> {
    let mut command = Command::new("git");
    // A checkout, or a folder in it that looks like a repository, must not start other programs.
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "safe.bareRepository=explicit",
    ] {
        command.args(["-c", setting]);
    }
    command.arg("-C").arg(folder).args(arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command
        .output()
        .map_err(|error| RunError::new(format!("can't run the program git: {error}")))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let error = RunError::new(format!("git failed: {message}"));
        return Err(if message.contains(NO_CHECKOUT) {
            error.hinted("to compare with a commit, run the command in a git clone")
        } else {
            error
        });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
