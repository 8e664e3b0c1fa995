//! Finds and reads the files of a repository.

use std::fs;
use std::io;
use std::path::Path as FilePath;

use walkdir::{DirEntry, WalkDir};

use super::ConfigFinding;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::YamlPath;

/// The maximum size of a file in bytes: larger than any file that is maintained by hand.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Lists the files below a folder whose extension is one of `extensions`, sorted, as paths relative
/// to the root. Also returns diagnostics for unreadable files and for files with similar names.
pub(super) fn files_below(
    root: &FilePath,
    folder: &str,
    extensions: &[&str],
) -> (Vec<String>, Vec<Diagnostic>) {
    let folder = root.join(folder);
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    if !folder.exists() {
        return (paths, diagnostics);
    }
    // Hidden files belong to editors and tools.
    let is_visible = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(&folder)
        .min_depth(1)
        .follow_links(true)
        .sort_by_file_name();
    for entry in entries.into_iter().filter_entry(is_visible) {
        let path = match &entry {
            Ok(entry) => entry.path(),
            Err(error) => error.path().unwrap_or(&folder),
        };
        let relative = relative_path(root, path);
        let has_extension = path
            .extension()
            .is_some_and(|own| extensions.iter().any(|extension| own == *extension));
        match entry {
            Err(error) => {
                let error = match error.loop_ancestor() {
                    Some(_) => io::Error::other("a symbolic link to a parent folder"),
                    None => error
                        .into_io_error()
                        .unwrap_or_else(|| io::Error::other("a broken symbolic link")),
                };
                diagnostics.push(unreadable_file_diagnostic(&relative, &error));
            }
            Ok(entry) if has_extension && entry.file_type().is_dir() => {
                let message = "this is a folder, but must be a file";
                let finding =
                    ConfigFinding::new(DiagnosticCode::Unreadable, YamlPath::root(), message)
                        .with_help("rename the folder, or replace it by a file");
                diagnostics.push(finding.in_file(&relative));
            }
            Ok(_) if has_extension => paths.push(relative),
            Ok(entry) if entry.file_type().is_file() && is_near_miss(&relative, extensions) => {
                let expected: Vec<String> = extensions
                    .iter()
                    .map(|extension| format!(".{extension}"))
                    .collect();
                let message = format!(
                    "this file is not read: its name does not end in {}",
                    expected.join(" or ")
                );
                let finding =
                    ConfigFinding::new(DiagnosticCode::FileIgnored, YamlPath::root(), message);
                let finding = finding.with_help("rename it, or move it elsewhere");
                diagnostics.push(finding.in_file(&relative));
            }
            Ok(_) => {}
        }
    }
    (paths, diagnostics)
}

/// Returns whether a name resembles one with a supported extension: `alex.YAML`, `alex.yaml.txt`.
fn is_near_miss(path: &str, extensions: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    extensions
        .iter()
        .any(|extension| name.contains(&format!(".{extension}")))
}

fn relative_path(root: &FilePath, path: &FilePath) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// Returns the name by which other files refer to a file: its path below `folder`, without
/// extension.
pub(super) fn file_stem(path: &str, folder: &str) -> String {
    let below = path
        .strip_prefix(folder)
        .map_or(path, |rest| rest.trim_start_matches('/'));
    let end = below.rfind('.').unwrap_or(below.len());
    below[..end].to_owned()
}

/// Reads a file as text, without a byte order mark.
pub(super) fn read_text(path: &FilePath) -> io::Result<String> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::Error::other("it is a folder, not a file"));
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.len() > MAX_BYTES {
        let megabytes = metadata.len() / (1024 * 1024);
        return Err(io::Error::other(format!(
            "it has {megabytes} MB; the limit is {}",
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

/// Returns the diagnostic for a file that could not be read.
pub(super) fn unreadable_file_diagnostic(path: &str, error: &io::Error) -> Diagnostic {
    let message = format!("cannot be read: {error}");
    let finding = ConfigFinding::new(DiagnosticCode::Unreadable, YamlPath::root(), message);
    let finding = match error.kind() {
        io::ErrorKind::InvalidData => {
            finding.with_help("save it as UTF-8; in Excel as `CSV UTF-8`")
        }
        _ => finding,
    };
    finding.in_file(path)
}
