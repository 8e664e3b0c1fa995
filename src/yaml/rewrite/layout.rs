//! The places of values in a text, with what the tree of nodes does not have: anchors, aliases, the
//! headers of block scalars, colons and dashes.

use std::ops::Range;
use std::sync::Arc;

use super::RewriteError;
use crate::yaml::{YamlNode, YamlValue};

/// The place of a value in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValuePlace {
    /// The byte after the colon or the dash.
    pub(super) after: usize,
    /// The first byte of the value, with its anchor. Equals `after` if there is no value.
    pub(super) start: usize,
    /// The byte after the last character of the value.
    pub(super) end: usize,
}

/// The place of an entry of a map.
#[derive(Debug, Clone)]
pub(super) struct EntryPlace {
    /// The byte range of the key.
    pub(super) key: Range<usize>,
    /// The place of the value.
    pub(super) value: ValuePlace,
}

/// The place of an item of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemPlace {
    /// The first byte of the item: its dash, or the value of a list in brackets.
    pub(super) start: usize,
    /// The place of the value.
    pub(super) value: ValuePlace,
}

/// Returns whether a list or map is written in brackets.
pub(super) fn is_flow(text: &str, node: &YamlNode) -> bool {
    matches!(
        text.as_bytes().get(node.span.bytes.start),
        Some(b'{' | b'[')
    ) && !matches!(node.value, YamlValue::Scalar { .. })
}

/// Returns the name of the alias at a byte.
pub(super) fn alias_at(text: &str, at: usize) -> Option<&str> {
    token_at(text, at)?.strip_prefix('*')
}

/// Returns the anchor at a byte, with its `&`.
pub(super) fn anchor_at(text: &str, at: usize) -> Option<&str> {
    token_at(text, at).filter(|token| token.starts_with('&'))
}

/// Returns the text from a byte to the next space or separator.
fn token_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let end = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c));
    rest.get(..end.unwrap_or(rest.len()))
}

/// Returns the places of the entries of a map.
pub(super) fn entry_places(
    text: &str,
    entries: &[(Arc<YamlNode>, Arc<YamlNode>)],
) -> Result<Vec<EntryPlace>, RewriteError> {
    let place = |(key, value): &(Arc<YamlNode>, Arc<YamlNode>)| {
        let key = key.span.bytes.clone();
        let colon = skip_blank(text, key.end, "");
        let after = match text.as_bytes().get(colon) {
            Some(b':') => colon + 1,
            // A key without a value in brackets.
            _ if value.is_null() => key.end,
            _ => return Err(RewriteError::Unsupported("a key without a colon")),
        };
        let value = value_place(text, after, value)?;
        Ok(EntryPlace { key, value })
    };
    entries.iter().map(place).collect()
}

/// Returns the places of the items of a list.
pub(super) fn item_places(text: &str, list: &YamlNode) -> Result<Vec<ItemPlace>, RewriteError> {
    let YamlValue::List(items) = &list.value else {
        return Ok(Vec::new());
    };
    let in_brackets = is_flow(text, list);
    let mut at = list.span.bytes.start + usize::from(in_brackets);
    let mut places = Vec::with_capacity(items.len());
    for item in items {
        let start = skip_blank(text, at, if in_brackets { "," } else { "" });
        let after = match text.as_bytes().get(start) {
            _ if in_brackets => start,
            Some(b'-') => start + 1,
            _ => return Err(RewriteError::Unsupported("a list item without a dash")),
        };
        let value = value_place(text, after, item)?;
        at = value.end;
        places.push(ItemPlace { start, value });
    }
    Ok(places)
}

/// Returns the place of the value that follows a colon or a dash.
fn value_place(text: &str, after: usize, node: &YamlNode) -> Result<ValuePlace, RewriteError> {
    if matches!(&node.value, YamlValue::Scalar { text, is_plain: true } if text.is_empty()) {
        let (start, end) = (after, after);
        return Ok(ValuePlace { after, start, end });
    }
    let start = skip_blank(text, after, "");
    let end = match alias_at(text, start) {
        Some(name) => start + 1 + name.len(),
        None => content_end(text, node)?,
    };
    if end < start {
        return Err(RewriteError::Unsupported("a value before its key"));
    }
    Ok(ValuePlace { after, start, end })
}

/// Returns the byte after the last character of a value, without the comments that follow.
pub(super) fn content_end(text: &str, node: &YamlNode) -> Result<usize, RewriteError> {
    let bytes = &node.span.bytes;
    let trimmed_end = || {
        text.get(..bytes.end)
            .map_or(bytes.end, |all| all.trim_end().len())
    };
    Ok(match &node.value {
        YamlValue::Scalar { .. } => trimmed_end(),
        _ if is_flow(text, node) => bytes.end,
        YamlValue::List(_) => match item_places(text, node)?.last() {
            Some(item) => item.value.end,
            None => trimmed_end(),
        },
        YamlValue::Map(entries) => match entry_places(text, entries)?.last() {
            Some(entry) => entry.value.end,
            None => trimmed_end(),
        },
    })
}

/// Returns the first byte that is neither white space, nor part of a comment, nor one of
/// `separators`.
pub(super) fn skip_blank(text: &str, from: usize, separators: &str) -> usize {
    let mut at = from;
    let mut can_comment = true;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c == '#' && can_comment {
            at = line_end(text, at);
        } else if c.is_whitespace() || separators.contains(c) {
            at += c.len_utf8();
        } else {
            break;
        }
        can_comment = c.is_whitespace() || c == '#';
    }
    at
}

/// Returns the byte at which the line of a byte starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1)
}

/// Returns the byte at which the line of a byte ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |end| at + end);
    if text.get(..end).is_some_and(|all| all.ends_with('\r')) && end > at {
        end - 1
    } else {
        end
    }
}

/// Returns the byte at which the next line starts.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Returns the number of characters before a byte in its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    text.get(line_start(text, at)..at)
        .map_or(0, |before| before.chars().count())
}

/// Returns whether only white space precedes a byte in its line.
pub(super) fn is_first_on_line(text: &str, at: usize) -> bool {
    text.get(line_start(text, at)..at)
        .is_some_and(|before| before.trim().is_empty())
}

/// Returns the column of a line that has only a comment.
fn comment_column(line: &str) -> Option<usize> {
    let comment = line.trim_start();
    comment.starts_with('#').then(|| line.len() - comment.len())
}

/// Returns the start of the comment lines directly above a line that belong to it: those with its
/// indentation.
pub(super) fn own_comments_start(text: &str, line: usize, indent: usize) -> usize {
    let mut start = line;
    while start > 0 {
        let above = line_start(text, start - 1);
        let comment = text.get(above..start).and_then(comment_column);
        if comment != Some(indent) {
            break;
        }
        start = above;
    }
    start
}

/// Returns the end of the last line of an entry or item, before its line break: the line of its
/// last character, or a comment below that is indented more than the entry.
pub(super) fn last_line_end(text: &str, content_end: usize, indent: usize) -> usize {
    let mut end = line_end(text, content_end);
    let mut at = next_line(text, content_end);
    while at < text.len() {
        let line = text.get(at..line_end(text, at)).unwrap_or_default();
        match comment_column(line) {
            Some(column) if column > indent => end = line_end(text, at),
            None if line.trim().is_empty() => {}
            _ => break,
        }
        at = next_line(text, at);
    }
    end
}
