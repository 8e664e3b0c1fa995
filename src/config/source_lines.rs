//! Lines of a file, for hints about its layout.

use std::ops::Range;
use std::sync::Arc;

use crate::yaml::{SourceFile, SourceSpan};

/// A line of a file with its start offset in bytes.
#[derive(Clone, Copy)]
pub(super) struct SourceLine<'a> {
    source: &'a Arc<SourceFile>,
    pub(super) start: usize,
    pub(super) text: &'a str,
}

impl<'a> SourceLine<'a> {
    /// Returns the line at the start of a span.
    pub(super) fn at_span(span: &'a SourceSpan) -> Self {
        let (_, text, within) = span.excerpt();
        SourceLine {
            source: &span.source,
            start: span.bytes.start - within.start.min(span.bytes.start),
            text,
        }
    }

    /// Returns the lines of a file that are neither empty nor comments.
    pub(super) fn content_lines(
        source: &'a Arc<SourceFile>,
    ) -> impl Iterator<Item = SourceLine<'a>> {
        let text = source.text.lines().next().unwrap_or_default().trim_end();
        let first = SourceLine {
            source,
            start: 0,
            text,
        };
        let first = if first.has_content() {
            Some(first)
        } else {
            first.next_line()
        };
        std::iter::successors(first, SourceLine::next_line)
    }

    /// Returns the line at a byte offset in the same file.
    pub(super) fn at_offset(&self, offset: usize) -> SourceLine<'a> {
        let before = self.source.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = self.source.text.get(start..).unwrap_or_default();
        SourceLine {
            source: self.source,
            start,
            text: rest.lines().next().unwrap_or_default().trim_end(),
        }
    }

    /// Returns the text of the file from a byte offset.
    pub(super) fn text_from(&self, offset: usize) -> &'a str {
        self.source.text.get(offset..).unwrap_or_default()
    }

    /// Returns the nearest line above that is neither empty nor a comment.
    pub(super) fn previous_line(&self) -> Option<SourceLine<'a>> {
        let mut end = self.start;
        loop {
            let before = self.source.text.get(..end)?.strip_suffix('\n')?;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let text = before.get(start..)?.trim_end();
            let line = SourceLine {
                source: self.source,
                start,
                text,
            };
            if line.has_content() {
                return Some(line);
            }
            end = start;
        }
    }

    /// Returns the nearest line above that is indented less: the one that this line is part of.
    pub(super) fn parent_line(&self) -> Option<SourceLine<'a>> {
        let mut lines = self.lines_above();
        lines.find(|above| above.indent() < self.indent())
    }

    /// Returns the key at the start of the line, or of the list item in it.
    pub(super) fn key_in_item(&self) -> Option<&'a str> {
        let key = self.key()?;
        Some(key.trim_start_matches(['-', ' ', '"', '\'']))
    }

    /// Returns the number of bytes before the key of the line or of the list item in it.
    pub(super) fn key_column(&self) -> usize {
        self.text.len() - self.text.trim_start_matches(['-', ' ']).len()
    }

    /// Returns the key at the start of the line.
    pub(super) fn key(&self) -> Option<&'a str> {
        let (key, _) = self.text.trim_start().split_once(':')?;
        Some(key.trim_matches(['"', '\'']))
    }

    /// Returns the number of bytes before the text of the line.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Returns the text of the line before a span.
    pub(super) fn text_before(&self, span: &SourceSpan) -> &'a str {
        let width = span.bytes.start.saturating_sub(self.start);
        self.text.get(..width).unwrap_or(self.text)
    }

    /// Returns the lines above that are neither empty nor comments, from the bottom up.
    pub(super) fn lines_above(&self) -> impl Iterator<Item = SourceLine<'a>> + use<'a> {
        std::iter::successors(self.previous_line(), SourceLine::previous_line)
    }

    /// Returns the nearest line below that is neither empty nor a comment.
    pub(super) fn next_line(&self) -> Option<SourceLine<'a>> {
        let file = self.source.text.as_str();
        let mut start = self.start;
        loop {
            start += file.get(start..)?.find('\n')? + 1;
            let text = file.get(start..)?.lines().next()?.trim_end();
            let source = self.source;
            let line = SourceLine {
                source,
                start,
                text,
            };
            if line.has_content() {
                return Some(line);
            }
        }
    }

    /// Returns whether the line is neither empty nor a comment.
    fn has_content(&self) -> bool {
        let text = self.text.trim_start();
        !text.is_empty() && !text.starts_with('#')
    }

    /// Returns whether the line starts with a list item.
    pub(super) fn is_item(&self) -> bool {
        let text = self.text.trim_start();
        text == "-" || text.starts_with("- ")
    }

    /// Returns whether the line starts with a list item in the same column as another line.
    pub(super) fn is_item_in_column_of(&self, other: &SourceLine<'_>) -> bool {
        self.is_item() && self.indent() == other.indent()
    }

    /// Returns the span of the text of the line.
    pub(super) fn span(&self) -> SourceSpan {
        let bytes = self.start + self.indent()..self.start + self.text.len();
        SourceSpan::new(self.source, bytes)
    }

    /// Returns the number of the line, counted from 1.
    pub(super) fn number(&self) -> usize {
        self.span().line_column().0
    }

    /// Returns the span of the character at an offset in the line.
    pub(super) fn span_at(&self, offset: usize) -> SourceSpan {
        self.span_of_offset(self.start + offset)
    }

    /// Returns the span of the character at a byte offset in the file.
    pub(super) fn span_of_offset(&self, offset: usize) -> SourceSpan {
        self.span_of_bytes(offset..offset + 1)
    }

    /// Returns the span of a range of bytes in the file.
    pub(super) fn span_of_bytes(&self, bytes: Range<usize>) -> SourceSpan {
        SourceSpan::new(self.source, bytes)
    }

    /// Returns whether a span is the first colon of the line.
    pub(super) fn is_first_colon(&self, span: &SourceSpan) -> bool {
        let colon = self.text.find(':').map(|at| self.start + at);
        colon == Some(span.bytes.start)
    }
}
