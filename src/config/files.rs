//! Finds and reads the files of a repository.

use std::fs;
use std::io;
use std::path::Path as FilePath;

use walkdir::{DirEntry, WalkDir};

use super::Finding;
use super::tell::unplaced;
use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::Path;

/// Larger than any file that people keep by hand, small enough to read without harm.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// The files below a folder whose names end in one of the `kinds`, sorted, as paths below the root;
/// and what is wrong with others. Whatever only looks like such a file is told.
pub(super) fn below(
    root: &FilePath,
    folder: &str,
    kinds: &[&str],
) -> (Vec<String>, Vec<Diagnostic>) {
    let folder = root.join(folder);
    let mut paths = Vec::new();
    let mut told = Vec::new();
    if !folder.exists() {
        return (paths, told);
    }
    // Hidden files are an editor's or a tool's.
    let is_shown = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(&folder)
        .min_depth(1)
        .follow_links(true)
        .sort_by_file_name();
    for entry in entries.into_iter().filter_entry(is_shown) {
        let path = match &entry {
            Ok(entry) => entry.path(),
            Err(error) => error.path().unwrap_or(&folder),
        };
        let relative = relative(root, path);
        let is_ours = path
            .extension()
            .is_some_and(|e| kinds.iter().any(|kind| e == *kind));
        match entry {
            Err(error) => {
                let error = match error.loop_ancestor() {
                    Some(_) => io::Error::other("a link that leads back to a folder above it"),
                    None => error
                        .into_io_error()
                        .unwrap_or_else(|| io::Error::other("a broken link")),
                };
                told.push(unreadable(&relative, &error));
            }
            Ok(entry) if is_ours && entry.file_type().is_dir() => {
                let message = "a folder stands where a file should be";
                let finding = Finding::new(Code::Unreadable, Path::top(), message)
                    .help("rename the folder, or make it a file");
                told.push(unplaced(&relative, finding));
            }
            Ok(_) if is_ours => paths.push(relative),
            Ok(entry) if entry.file_type().is_file() && looks_like(&relative, kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| format!(".{kind}")).collect();
                let message = format!(
                    "this file is not read: its name does not end in {}",
                    kinds.join(" or ")
                );
                let finding = Finding::new(Code::NotRead, Path::top(), message);
                told.push(unplaced(
                    &relative,
                    finding.help("rename it, or move it elsewhere"),
                ));
            }
            Ok(_) => {}
        }
    }
    (paths, told)
}

/// A file that somebody may take for one of ours: `alex.YAML`, `alex.yaml.txt`.
fn looks_like(path: &str, kinds: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    kinds.iter().any(|kind| name.contains(&format!(".{kind}")))
}

fn relative(root: &FilePath, path: &FilePath) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// The name of a file as others refer to it: its path below `folder`, without its ending.
pub(super) fn name(path: &str, folder: &str) -> String {
    let below = path
        .strip_prefix(folder)
        .map_or(path, |rest| rest.trim_start_matches('/'));
    let end = below.rfind('.').unwrap_or(below.len());
    below[..end].to_owned()
}

/// The text of a file, without the mark that some editors put before it.
pub(super) fn text(path: &FilePath) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    if metadata.len() > MAX_BYTES {
        let megabytes = metadata.len() / (1024 * 1024);
        return Err(io::Error::other(format!(
            "it has {megabytes} MB; files have up to {}",
            MAX_BYTES / (1024 * 1024)
        )));
    }
    let bytes = fs::read(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let why = format!("it is not UTF-8 text (line {line})");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// That a file could not be read.
pub(super) fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    let message = format!("cannot be read: {error}");
    let finding = Finding::new(Code::Unreadable, Path::top(), message);
    let finding = match error.kind() {
        io::ErrorKind::InvalidData => finding.help("save it as UTF-8; in Excel as `CSV UTF-8`"),
        _ => finding,
    };
    unplaced(path, finding)
}
