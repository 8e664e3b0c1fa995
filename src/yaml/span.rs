//! Source files and spans in them.

use std::ops::Range;
use std::sync::Arc;

/// The text of a file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// The path below the root of the repository, separated by `/`.
    pub path: String,
    /// The text of the file.
    pub text: String,
    /// The byte offsets at which lines start.
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Creates a file and finds its lines.
    pub fn new(path: &str, text: String) -> Arc<Self> {
        let bytes = text.as_bytes();
        // Some old spreadsheets end lines with only a carriage return.
        let ends_line = |at: &usize| match bytes.get(*at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let ends: Vec<usize> = (0..bytes.len())
            .filter(ends_line)
            .map(|at| at + 1)
            .collect();
        Arc::new(SourceFile {
            path: path.to_owned(),
            line_starts: std::iter::once(0).chain(ends).collect(),
            text,
        })
    }

    /// Returns the index of the line that contains a byte.
    fn line_index(&self, at: usize) -> usize {
        self.line_starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// Returns the line and column of a byte, counted from 1.
    pub(super) fn line_column(&self, at: usize) -> (usize, usize) {
        let line = self.line_index(at);
        let start = self.line_starts.get(line).copied().unwrap_or_default();
        let before = self.text.get(start..at).unwrap_or_default();
        (line + 1, before.chars().count() + 1)
    }
}

/// A part of a source file.
#[derive(Debug, Clone)]
pub struct SourceSpan {
    /// The file that contains the part.
    pub source: Arc<SourceFile>,
    /// The byte range of the part.
    pub bytes: Range<usize>,
}

/// Compares spans. Spans are equal if they have the same range in the same file.
impl PartialEq for SourceSpan {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.is_same_file(other)
    }
}

impl SourceSpan {
    /// Creates the span of a byte range.
    pub fn new(source: &Arc<SourceFile>, bytes: Range<usize>) -> Self {
        SourceSpan {
            source: source.clone(),
            bytes,
        }
    }

    /// Returns whether both spans are in the same file.
    pub fn is_same_file(&self, other: &SourceSpan) -> bool {
        self.source.path == other.source.path
    }

    /// Returns whether another span starts within this one.
    pub fn contains(&self, other: &SourceSpan) -> bool {
        self.bytes.contains(&other.bytes.start) && self.is_same_file(other)
    }

    /// Returns the line and column of the start, counted from 1. Columns count characters.
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.bytes.start)
    }

    /// Returns the line and column after the last character, counted in the same way.
    pub fn end_line_column(&self) -> (usize, usize) {
        let end = self.bytes.start + self.text().trim_end().len();
        self.source.line_column(end)
    }

    /// Returns the text of the span.
    pub fn text(&self) -> &str {
        self.source.text.get(self.bytes.clone()).unwrap_or_default()
    }

    /// Returns the first line of the span: its number (from 1), its text, and the range of the span
    /// within it. A longer span is cut at the end of that line.
    pub fn excerpt(&self) -> (usize, &str, Range<usize>) {
        let text = &self.source.text;
        let line = self.source.line_index(self.bytes.start);
        let line_start = |line: usize| self.source.line_starts.get(line).copied();
        let start = line_start(line).unwrap_or_default();
        let end = line_start(line + 1).unwrap_or(text.len());
        let shown = text.get(start..end).unwrap_or_default().trim_end();
        let from = (self.bytes.start - start).min(shown.len());
        let to = (self.bytes.end.max(self.bytes.start) - start).min(shown.len());
        (line + 1, shown, from..to.max(from))
    }
}
