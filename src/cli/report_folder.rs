//! The folder of a report: only what a report has made is ever replaced or removed there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::files::{file_error, is_taken, readable};
use crate::report::{INDEX, Page, is_page};

/// The file that marks the folder: the names of the pages, one a line.
const MARK: &str = ".callrules-report";

/// A folder that a report may be written into.
pub(super) struct Folder {
    path: PathBuf,
    /// The pages of an earlier report.
    ours: BTreeSet<String>,
    is_forced: bool,
}

impl Folder {
    /// Takes a folder that is empty, not there yet, or an earlier report.
    pub(super) fn open(path: &Path, is_forced: bool) -> Result<Self, Error> {
        let marked = match fs::read_to_string(path.join(MARK)) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(file_error(&path.join(MARK), error)),
        };
        let is_marked = marked.is_some();
        // The file may have been edited: nothing outside the folder is ours.
        let ours = marked.iter().flat_map(|text| text.lines());
        let ours = ours.filter(|name| is_page(name)).map(str::to_owned);
        let folder = Folder {
            path: path.to_owned(),
            ours: ours.collect(),
            is_forced,
        };
        if !is_marked && !is_forced && is_taken(path) {
            let mut there = fs::read_dir(path).map_err(|error| file_error(path, error))?;
            if let Some(entry) = there.next() {
                let entry = entry.map_err(|error| file_error(path, error))?;
                return Err(folder.holds(&entry.file_name().to_string_lossy()));
            }
        }
        Ok(folder)
    }

    /// Writes the pages, each as a whole or not at all, and removes those of users who are gone. Gives the
    /// path of the index.
    pub(super) fn write(&self, pages: &[Page]) -> Result<PathBuf, Error> {
        let is_foreign =
            |page: &&Page| !self.ours.contains(&page.name) && is_taken(&self.path.join(&page.name));
        if let Some(page) = pages.iter().find(is_foreign).filter(|_| !self.is_forced) {
            return Err(self.holds(&page.name));
        }
        fs::create_dir_all(&self.path).map_err(|error| file_error(&self.path, error))?;
        let new: BTreeSet<String> = pages.iter().map(|page| page.name.clone()).collect();
        // A run that is killed here leaves a folder whose pages are all known as such.
        self.mark(self.ours.union(&new))?;
        // The index last: it leads to what is there.
        for page in pages.iter().rev() {
            self.replace(&page.name, &page.html)?;
        }
        for gone in self.ours.difference(&new) {
            let path = self.path.join(gone);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(file_error(&path, error));
                }
                _ => {}
            }
        }
        self.mark(new.iter())?;
        Ok(self.path.join(INDEX))
    }

    fn mark<'n>(&self, names: impl Iterator<Item = &'n String>) -> Result<(), Error> {
        let text: String = names.map(|name| format!("{name}\n")).collect();
        self.replace(MARK, &text)
    }

    fn replace(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        let replace = || -> io::Result<()> {
            let mut file = readable().tempfile_in(&self.path)?;
            file.write_all(text.as_bytes())?;
            file.persist(&path)?;
            Ok(())
        };
        replace().map_err(|error| file_error(&path, error))
    }

    fn holds(&self, what: &str) -> Error {
        Error::NotAReport {
            folder: self.path.display().to_string(),
            what: what.to_owned(),
        }
    }
}
