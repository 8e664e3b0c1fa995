//! The folder of a report. Only the pages of an earlier report are replaced or removed there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::RunError;
use crate::files::{self, FileAccess, path_exists};
use crate::report::{INDEX_PAGE, ReportPage, is_page};

/// The file that marks the folder. It has the names of the pages, one per line.
const MARKER_FILE: &str = ".callrules-report";

/// The maximum size of the marker file in bytes.
const MAX_MARKER_BYTES: u64 = 10 * 1024 * 1024;

/// A folder into which a report can be written.
pub struct ReportFolder {
    path: PathBuf,
    /// The pages of an earlier report.
    own_pages: BTreeSet<String>,
    is_forced: bool,
}

impl ReportFolder {
    /// Opens a folder that is empty, missing, or has an earlier report. With `is_forced`, opens any
    /// folder.
    pub fn open(path: &Path, is_forced: bool) -> Result<Self, RunError> {
        let marker = match files::read_limited(&path.join(MARKER_FILE), MAX_MARKER_BYTES) {
            Ok(text) => Some(String::from_utf8_lossy(&text).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(RunError::file(&path.join(MARKER_FILE), &error)),
        };
        let is_report = marker.is_some();
        // `is_page` rejects paths outside the folder, in case the marker file was edited.
        let own_pages = marker
            .iter()
            .flat_map(|text| text.lines())
            .filter(|name| is_page(name))
            .map(str::to_owned)
            .collect();
        let folder = ReportFolder {
            path: path.to_owned(),
            own_pages,
            is_forced,
        };
        if !is_report && !is_forced && path_exists(path) {
            let mut entries = fs::read_dir(path).map_err(|error| RunError::file(path, &error))?;
            if let Some(entry) = entries.next() {
                let entry = entry.map_err(|error| RunError::file(path, &error))?;
                return Err(folder.not_a_report_error(&entry.file_name().to_string_lossy()));
            }
        }
        Ok(folder)
    }

    /// Writes each page atomically, removes pages of deleted users, and returns the path of the
    /// index.
    pub fn write(&self, pages: &[ReportPage]) -> Result<PathBuf, RunError> {
        let is_foreign = |page: &&ReportPage| {
            !self.own_pages.contains(&page.name) && path_exists(&self.path.join(&page.name))
        };
        if let Some(page) = pages.iter().find(is_foreign).filter(|_| !self.is_forced) {
            return Err(self.not_a_report_error(&page.name));
        }
        files::create_dir(&self.path).map_err(|error| RunError::file(&self.path, &error))?;
        let new: BTreeSet<String> = pages.iter().map(|page| page.name.clone()).collect();
        // The marker lists old and new pages first, so that a killed run leaves no unlisted page.
        self.write_marker(self.own_pages.union(&new))?;
        // The index is first in `pages` and written last, so that all its links work.
        for page in pages.iter().rev() {
            self.write_page(&page.name, &page.html)?;
        }
        for removed in self.own_pages.difference(&new) {
            let path = self.path.join(removed);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(RunError::file(&path, &error));
                }
                _ => {}
            }
        }
        self.write_marker(new.iter())?;
        Ok(self.path.join(INDEX_PAGE))
    }

    /// Writes the marker file with the names of all pages.
    fn write_marker<'n>(&self, names: impl Iterator<Item = &'n String>) -> Result<(), RunError> {
        let mut text = String::new();
        for name in names {
            text += name;
            text.push('\n');
        }
        self.write_page(MARKER_FILE, &text)
    }

    /// Writes one file of the folder atomically.
    fn write_page(&self, name: &str, text: &str) -> Result<(), RunError> {
        let path = self.path.join(name);
        files::write_atomically(&path, text.as_bytes(), FileAccess::Shared)
            .map_err(|error| RunError::file(&path, &error))
    }

    /// Returns the error about an entry that is not from a report.
    fn not_a_report_error(&self, entry: &str) -> RunError {
        RunError::new(format!(
            "{} contains files that aren't from a report ({entry})",
            self.path.display()
        ))
        .hinted(
            "use an empty or new folder; with `--force`, the report is written there anyway, and \
             replaces files of the same name",
        )
    }
}
