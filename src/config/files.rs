//! Finds and reads the files of a repository.

use std::io;

use super::ConfigFinding;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::files::{FolderEntry, RepositoryRoot};
use crate::yaml::YamlPath;

/// Lists the files below a folder whose extension is one of `extensions`, sorted, as paths relative
/// to the root. Also returns diagnostics for unreadable files and for files with similar names.
pub(super) fn files_below(
    root: &RepositoryRoot,
    folder: &str,
    extensions: &[&str],
) -> (Vec<String>, Vec<Diagnostic>) {
    let mut paths = Vec::new();
    let mut diagnostics = Vec::new();
    for FolderEntry { path, kind } in root.list(folder) {
        let has_extension = path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| extensions.contains(&extension));
        match kind {
            Err(error) => diagnostics.push(unreadable_file_diagnostic(&path, &error)),
            Ok(kind) if has_extension && kind.is_dir() => {
                let message = "this is a folder, but must be a file";
                let finding =
                    ConfigFinding::new(DiagnosticCode::Unreadable, YamlPath::root(), message)
                        .with_help("rename the folder, or replace it by a file");
                diagnostics.push(finding.in_file(&path));
            }
            Ok(_) if has_extension => paths.push(path),
            Ok(kind) if kind.is_file() && is_near_miss(&path, extensions) => {
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
                diagnostics.push(finding.in_file(&path));
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

/// Returns the name by which other files refer to a file: its path below `folder`, without
/// extension.
pub(super) fn file_stem(path: &str, folder: &str) -> String {
    let below = path
        .strip_prefix(folder)
        .map_or(path, |rest| rest.trim_start_matches('/'));
    let end = below.rfind('.').unwrap_or(below.len());
    below[..end].to_owned()
}

/// Reads a file of a repository as text, without a byte order mark.
pub(super) fn read_text(root: &RepositoryRoot, path: &str) -> io::Result<String> {
    let bytes = root.read(path)?;
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
