//! Files as they were read, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A file as it was read.
#[derive(Debug)]
pub struct Source {
    /// Its path below the root of the repository, with `/` between the parts.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Where its lines begin, in bytes.
    lines: Vec<usize>,
}

impl Source {
    /// A file with its lines counted.
    pub fn new(path: &str, text: String) -> Arc<Self> {
        let bytes = text.as_bytes();
        // Old spreadsheets end lines with a carriage return alone.
        let ends_line = |at: &usize| match bytes.get(*at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let ends: Vec<usize> = (0..bytes.len())
            .filter(ends_line)
            .map(|at| at + 1)
            .collect();
        Arc::new(Source {
            path: path.to_owned(),
            lines: std::iter::once(0).chain(ends).collect(),
            text,
        })
    }

    /// The line that a byte stands in, counted from 0.
    fn line_of(&self, at: usize) -> usize {
        self.lines
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    fn line_column(&self, at: usize) -> (usize, usize) {
        let line = self.line_of(at);
        let start = self.lines.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..at).unwrap_or_default();
        (line + 1, before.chars().count() + 1)
    }
}

/// A part of a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The part, in bytes.
    pub bytes: Range<usize>,
}

/// Places are equal where they are one place of one reading of a file.
impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.is_in_file_of(other) && self.bytes == other.bytes
    }
}

impl Place {
    /// Whether both are of one file.
    pub fn is_in_file_of(&self, other: &Place) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }

    /// Whether another place begins within this one.
    pub fn contains(&self, other: &Place) -> bool {
        self.is_in_file_of(other) && self.bytes.contains(&other.bytes.start)
    }

    /// Line and column, both counted from 1; columns are characters.
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.bytes.start)
    }

    /// Line and column behind the last letter of the part, counted in the same way.
    pub fn end_line_column(&self) -> (usize, usize) {
        let text = self.source.text.get(self.bytes.clone()).unwrap_or_default();
        self.source
            .line_column(self.bytes.start + text.trim_end().len())
    }

    /// The line that the part begins in: its number, counted from 1, its text, and the part within
    /// it. A long part is cut at the end of its first line.
    pub fn excerpt(&self) -> (usize, &str, Range<usize>) {
        let text = &self.source.text;
        let line = self.source.line_of(self.bytes.start);
        let start = self.source.lines.get(line).copied().unwrap_or_default();
        let end = self.source.lines.get(line + 1).copied();
        let end = end.unwrap_or(text.len());
        let shown = text.get(start..end).unwrap_or_default().trim_end();
        let from = (self.bytes.start - start).min(shown.len());
        let to = (self.bytes.end.max(self.bytes.start) - start).min(shown.len());
        (line + 1, shown, from..to.max(from))
    }
}
