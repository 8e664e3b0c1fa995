//! Edits YAML text in place: changes the values that differ from a target, and keeps all other
//! bytes, such as comments, order, quotes and anchors.
//!
//! Each step parses the text, finds the first difference, and edits it. So no edit has to know how
//! another one moved the text.

mod format;
mod layout;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use self::format::{TextLayout, WrittenValue, write_key};
use self::layout::{ValuePlace, is_flow};
use super::{MapEntry, SourceFile, YamlNode, YamlValue, YamlWriteError, parse};

/// The largest number of edits of one file: more than any file has values that a person changes.
const MAX_STEPS: usize = 5_000;

/// The reason why a text cannot be edited.
#[derive(Debug)]
pub enum RewriteError {
    /// The text has a form that no person is likely to write; holds the form.
    Unsupported(&'static str),
    /// A value cannot be written.
    Write(YamlWriteError),
}

impl fmt::Display for RewriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RewriteError::Unsupported(form) => write!(f, "the file has {form}"),
            RewriteError::Write(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RewriteError {}

impl From<YamlWriteError> for RewriteError {
    fn from(error: YamlWriteError) -> Self {
        RewriteError::Write(error)
    }
}

/// Returns the text with the value `target`, as [`YamlNode::to_json`] returns it. Only the parts
/// that differ are changed. A key whose value moves to a new key is renamed in place.
///
/// # Errors
/// If the text is not YAML, or has a form that this module does not know.
pub fn rewrite(text: &str, target: &Value) -> Result<String, RewriteError> {
    let mut text = text.to_owned();
    for _ in 0..MAX_STEPS {
        let (Some(root), _) = parse(&SourceFile::new("", text.clone())) else {
            return Err(RewriteError::Unsupported("a form that cannot be edited"));
        };
        if root.to_json() == *target {
            return Ok(text);
        }
        let editor = TextEditor::new(&text, &root)?;
        let mut edits = editor.next_edits(&root, target)?;
        if edits.is_empty() {
            return Err(RewriteError::Unsupported("a form that cannot be edited"));
        }
        edits.sort_by_key(|edit| edit.bytes.start);
        for edit in edits.into_iter().rev() {
            text.replace_range(edit.bytes, &edit.text);
        }
    }
    Err(RewriteError::Unsupported("too many differences"))
}

/// A replacement of a part of a text.
struct TextEdit {
    bytes: Range<usize>,
    text: String,
}

impl TextEdit {
    fn new(bytes: Range<usize>, text: impl Into<String>) -> Vec<Self> {
        let text = text.into();
        vec![TextEdit { bytes, text }]
    }
}

/// What holds a value.
#[derive(Debug, Clone, Copy)]
enum ValueHolder {
    /// The root of the file.
    Root,
    /// A key at this column.
    Key(usize),
    /// A dash at this column.
    Dash(usize),
    /// An entry or item in brackets.
    Brackets,
}

/// A value with its surroundings.
#[derive(Debug, Clone, Copy)]
struct ValueSlot {
    place: ValuePlace,
    holder: ValueHolder,
    /// The number of lists and maps around the value.
    depth: usize,
}

impl ValueSlot {
    fn in_brackets(self) -> bool {
        matches!(self.holder, ValueHolder::Brackets)
    }
}

/// An alias in the text.
struct AliasUse {
    slot: ValueSlot,
    /// The value of its anchor.
    value: Arc<YamlNode>,
}

/// Finds the next edit of a text.
struct TextEditor<'a> {
    text: &'a str,
    layout: TextLayout,
    aliases: Vec<AliasUse>,
}

type EditResult = Result<Vec<TextEdit>, RewriteError>;

impl<'a> TextEditor<'a> {
    fn new(text: &'a str, root: &Arc<YamlNode>) -> Result<Self, RewriteError> {
        let mut editor = TextEditor {
            text,
            layout: TextLayout::of(text, root),
            aliases: Vec::new(),
        };
        let mut aliases = Vec::new();
        editor.collect_aliases(editor.root_slot(root)?, root, &mut aliases)?;
        editor.aliases = aliases;
        Ok(editor)
    }

    fn root_slot(&self, root: &YamlNode) -> Result<ValueSlot, RewriteError> {
        let start = root.span.bytes.start;
        Ok(ValueSlot {
            place: ValuePlace {
                after: start,
                start,
                end: layout::content_end(self.text, root)?,
            },
            holder: ValueHolder::Root,
            depth: 0,
        })
    }

    /// Returns the edits of the first difference.
    fn next_edits(&self, root: &Arc<YamlNode>, target: &Value) -> EditResult {
        self.edit_value(self.root_slot(root)?, root, target)
    }

    /// Returns the values of a list or map with their slots.
    fn children<'n>(
        &self,
        slot: ValueSlot,
        node: &'n YamlNode,
    ) -> Result<Vec<(ValueSlot, &'n Arc<YamlNode>)>, RewriteError> {
        let in_brackets = is_flow(self.text, node);
        let depth = slot.depth + 1;
        Ok(match &node.value {
            YamlValue::Scalar { .. } => Vec::new(),
            YamlValue::Map(entries) => {
                let places = layout::entry_places(self.text, entries)?;
                let child = |(place, (_, value)): (layout::EntryPlace, &'n MapEntry)| {
                    let holder = if in_brackets {
                        ValueHolder::Brackets
                    } else {
                        ValueHolder::Key(layout::column(self.text, place.key.start))
                    };
                    let place = place.value;
                    let slot = ValueSlot {
                        place,
                        holder,
                        depth,
                    };
                    (slot, value)
                };
                places.into_iter().zip(entries).map(child).collect()
            }
            YamlValue::List(items) => {
                let places = layout::item_places(self.text, node)?;
                let child = |(place, value): (layout::ItemPlace, &'n Arc<YamlNode>)| {
                    let holder = if in_brackets {
                        ValueHolder::Brackets
                    } else {
                        ValueHolder::Dash(layout::column(self.text, place.start))
                    };
                    let place = place.value;
                    let slot = ValueSlot {
                        place,
                        holder,
                        depth,
                    };
                    (slot, value)
                };
                places.into_iter().zip(items).map(child).collect()
            }
        })
    }

    fn collect_aliases(
        &self,
        slot: ValueSlot,
        node: &Arc<YamlNode>,
        aliases: &mut Vec<AliasUse>,
    ) -> Result<(), RewriteError> {
        if layout::alias_at(self.text, slot.place.start).is_some() {
            let value = node.clone();
            aliases.push(AliasUse { slot, value });
            return Ok(());
        }
        for (slot, child) in self.children(slot, node)? {
            self.collect_aliases(slot, child, aliases)?;
        }
        Ok(())
    }

    /// Returns the edits of the first difference in a value; none if there is no difference.
    fn edit_value(&self, slot: ValueSlot, node: &Arc<YamlNode>, target: &Value) -> EditResult {
        if node.to_json() == *target {
            return Ok(Vec::new());
        }
        if layout::alias_at(self.text, slot.place.start).is_some() {
            // The anchor keeps its value, for its other aliases.
            return self.replace_value(slot, target);
        }
        let same_value = |alias: &&AliasUse| alias.value.span == node.span;
        if let Some(alias) = self.aliases.iter().find(same_value)
            && let Some(anchor) = layout::anchor_at(self.text, slot.place.start)
        {
            return self.move_anchor(slot, anchor, alias);
        }
        match (&node.value, target) {
            (YamlValue::Map(entries), Value::Object(target))
                if !entries.is_empty() && !target.is_empty() =>
            {
                self.edit_map(slot, node, entries, target)
            }
            (YamlValue::List(items), Value::Array(target))
                if !items.is_empty() && !target.is_empty() =>
            {
                self.edit_list(slot, node, items, target)
            }
            _ => self.replace_value(slot, target),
        }
    }

    /// Moves an anchor to its first alias, so that the value at its old place can change alone.
    fn move_anchor(&self, slot: ValueSlot, anchor: &str, alias: &AliasUse) -> EditResult {
        let value = alias.value.to_json();
        let mut edits = self.write_value(alias.slot, &value, &format!("{anchor} "))?;
        let (start, after_anchor) = (slot.place.start, slot.place.start + anchor.len());
        let is_space = |c: char| c == ' ' || c == '\t';
        let rest = self.text.get(after_anchor..).unwrap_or_default();
        let following = rest.trim_start_matches(is_space);
        edits.extend(if following.starts_with(['\n', '\r']) {
            let before = self.text.get(..start).unwrap_or_default();
            TextEdit::new(before.trim_end_matches(is_space).len()..after_anchor, "")
        } else {
            let spaces = rest.len() - following.len();
            TextEdit::new(start..after_anchor + spaces, "")
        });
        Ok(edits)
    }

    fn edit_map(
        &self,
        slot: ValueSlot,
        node: &YamlNode,
        entries: &[MapEntry],
        target: &Map<String, Value>,
    ) -> EditResult {
        let names: Vec<&str> = entries.iter().filter_map(|(key, _)| key.as_str()).collect();
        if names.len() != entries.len() {
            return Err(RewriteError::Unsupported("a key that is not text"));
        }
        let places = layout::entry_places(self.text, entries)?;
        let is_gone = |name: &str| !target.contains_key(name);
        let new_keys = || {
            target
                .iter()
                .filter(|(key, _)| !names.contains(&key.as_str()))
        };
        for ((name, (_, value)), place) in names.iter().zip(entries).zip(&places) {
            let value = value.to_json();
            let renamed = new_keys().find(|(_, new)| is_gone(name) && **new == value);
            if let Some((new_name, _)) = renamed {
                return Ok(TextEdit::new(place.key.clone(), write_key(new_name)?));
            }
        }
        for (name, (slot, value)) in names.iter().zip(self.children(slot, node)?) {
            if let Some(target) = target.get(*name) {
                let edits = self.edit_value(slot, value, target)?;
                if !edits.is_empty() {
                    return Ok(edits);
                }
            }
        }
        if let Some((key, value)) = new_keys().next() {
            let before = target.keys().take_while(|other| *other != key);
            let before = before.filter_map(|other| names.iter().position(|name| name == other));
            return self.insert_entry(slot, node, &places, before.last(), (key, value));
        }
        match names.iter().position(|name| is_gone(name)) {
            Some(index) => {
                let parts: Vec<Range<usize>> = places
                    .iter()
                    .map(|place| place.key.start..place.value.end)
                    .collect();
                Ok(self.remove_part(node, &parts, index))
            }
            None => Ok(Vec::new()),
        }
    }

    fn edit_list(
        &self,
        slot: ValueSlot,
        node: &YamlNode,
        items: &[Arc<YamlNode>],
        target: &[Value],
    ) -> EditResult {
        let old: Vec<Value> = items.iter().map(|item| item.to_json()).collect();
        let places = layout::item_places(self.text, node)?;
        let remove = |index: usize| {
            let parts: Vec<Range<usize>> = places
                .iter()
                .map(|place| place.start..place.value.end)
                .collect();
            Ok(self.remove_part(node, &parts, index))
        };
        let insert = |before: Option<usize>, value: &Value| {
            self.insert_item(slot, node, &places, before, value)
        };
        let first = capture_diff_slices(Algorithm::Myers, &old, target)
            .into_iter()
            .find(|op| !matches!(op, DiffOp::Equal { .. }));
        match first {
            Some(DiffOp::Delete { old_index, .. }) => remove(old_index),
            Some(DiffOp::Insert {
                old_index,
                new_index,
                ..
            }) => insert(old_index.checked_sub(1), &target[new_index]),
            Some(DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            }) => {
                let is_similar = has_common_part(&old[old_index], &target[new_index]);
                if !is_similar && old_len > new_len {
                    return remove(old_index);
                }
                if !is_similar && old_len < new_len {
                    return insert(old_index.checked_sub(1), &target[new_index]);
                }
                match self.children(slot, node)?.get(old_index) {
                    Some((slot, item)) => self.edit_value(*slot, item, &target[new_index]),
                    None => Ok(Vec::new()),
                }
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Replaces a value as a whole.
    fn replace_value(&self, slot: ValueSlot, target: &Value) -> EditResult {
        self.write_value(slot, target, "")
    }

    /// Replaces a value by a new one after a prefix, such as an anchor.
    fn write_value(&self, slot: ValueSlot, value: &Value, prefix: &str) -> EditResult {
        let ValuePlace { after, start, end } = slot.place;
        let written = self
            .layout
            .write_value(value, slot.depth, slot.in_brackets())?;
        let line_end = layout::line_end(self.text, after);
        let is_below = start > line_end;
        let comment = |range: Range<usize>| {
            let text = self.text.get(range).unwrap_or_default().trim_end();
            text.to_owned()
        };
        let in_brackets = slot.in_brackets();
        let last = match slot.holder {
            ValueHolder::Key(column) | ValueHolder::Dash(column) if is_below => {
                layout::last_line_end(self.text, end, column)
            }
            _ => layout::line_end(self.text, end),
        };
        Ok(match (written, slot.holder) {
            (_, ValueHolder::Root) => {
                return Err(RewriteError::Unsupported("no map of keys"));
            }
            (WrittenValue::Line(text), _) if is_below && !in_brackets => {
                let rest = comment(after..line_end);
                TextEdit::new(after..last, format!(" {prefix}{text}{rest}"))
            }
            (WrittenValue::Line(text), _) => {
                let space = if start == after && !in_brackets {
                    " "
                } else {
                    ""
                };
                TextEdit::new(start..end, format!("{space}{prefix}{text}"))
            }
            (WrittenValue::Block(mut lines), ValueHolder::Dash(column)) => {
                if !prefix.is_empty() {
                    lines.insert(0, prefix.trim_end().to_owned());
                }
                let text = self.layout.join_lines(&lines, column + 2);
                let space = if start == after { " " } else { "" };
                TextEdit::new(start..end, format!("{space}{text}"))
            }
            (WrittenValue::Block(lines), ValueHolder::Key(column)) => {
                let rest = if is_below {
                    comment(after..line_end)
                } else {
                    comment(end..last)
                };
                let mut text = String::new();
                if !prefix.is_empty() {
                    text = format!(" {}", prefix.trim_end());
                }
                text += &rest;
                for line in &lines {
                    text += self.layout.line_break;
                    text += &" ".repeat(column);
                    text += &self.layout.indent_below_key(line);
                }
                TextEdit::new(after..last, text)
            }
            (WrittenValue::Block(_), ValueHolder::Brackets) => {
                return Err(RewriteError::Unsupported("a block in brackets"));
            }
        })
    }

    /// Inserts an entry into a map after the one with the index `before`, or as the first one.
    fn insert_entry(
        &self,
        slot: ValueSlot,
        node: &YamlNode,
        places: &[layout::EntryPlace],
        before: Option<usize>,
        (key, value): (&str, &Value),
    ) -> EditResult {
        let in_brackets = is_flow(self.text, node);
        let lines = self
            .layout
            .write_entry(key, value, slot.depth + 1, in_brackets)?;
        let parts: Vec<Range<usize>> = places
            .iter()
            .map(|place| place.key.start..place.value.end)
            .collect();
        Ok(self.insert_part(&parts, before, &lines, in_brackets))
    }

    /// Inserts an item into a list after the one with the index `before`, or as the first one.
    fn insert_item(
        &self,
        slot: ValueSlot,
        node: &YamlNode,
        places: &[layout::ItemPlace],
        before: Option<usize>,
        value: &Value,
    ) -> EditResult {
        let in_brackets = is_flow(self.text, node);
        let depth = slot.depth + 1;
        let lines = if in_brackets {
            match self.layout.write_value(value, depth, true)? {
                WrittenValue::Line(text) => vec![text],
                WrittenValue::Block(lines) => lines,
            }
        } else {
            self.layout.write_item(value, depth)?
        };
        let parts: Vec<Range<usize>> = places
            .iter()
            .map(|place| place.start..place.value.end)
            .collect();
        Ok(self.insert_part(&parts, before, &lines, in_brackets))
    }

    /// Inserts lines after the part with the index `before`, or before all parts.
    fn insert_part(
        &self,
        parts: &[Range<usize>],
        before: Option<usize>,
        lines: &[String],
        in_brackets: bool,
    ) -> Vec<TextEdit> {
        let text = self.text;
        let Some(first) = parts.first() else {
            return Vec::new();
        };
        let indent = layout::column(text, first.start);
        let new = self.layout.join_lines(lines, indent);
        match before.and_then(|index| parts.get(index)) {
            Some(part) if in_brackets => TextEdit::new(part.end..part.end, format!(", {new}")),
            None if in_brackets => TextEdit::new(first.start..first.start, format!("{new}, ")),
            Some(part) => {
                let at = layout::last_line_end(text, part.end, indent);
                let mut below = self.layout.join_lines(&[String::new(), new], indent);
                if lines.len() > 1 && self.has_blank_lines_between(parts) {
                    below.insert_str(0, self.layout.line_break);
                }
                TextEdit::new(at..at, below)
            }
            None => {
                let after_new = self.layout.join_lines(&[new, String::new()], indent);
                let line = layout::line_start(text, first.start);
                if layout::is_first_on_line(text, first.start) {
                    let at = layout::own_comments_start(text, line, indent);
                    let at = at + indent.min(layout::line_end(text, at) - at);
                    TextEdit::new(at..at, after_new)
                } else {
                    TextEdit::new(first.start..first.start, after_new)
                }
            }
        }
    }

    /// Returns whether a blank line separates the first two parts.
    fn has_blank_lines_between(&self, parts: &[Range<usize>]) -> bool {
        let [first, second, ..] = parts else {
            return false;
        };
        let between = self.text.get(first.end..second.start).unwrap_or_default();
        let line_breaks = between.split_inclusive('\n').skip(1);
        let mut whole_lines = line_breaks.filter(|line| line.ends_with('\n'));
        whole_lines.any(|line| line.trim().is_empty())
    }

    /// Removes one of several entries or items, with its comments.
    fn remove_part(&self, node: &YamlNode, parts: &[Range<usize>], index: usize) -> Vec<TextEdit> {
        let text = self.text;
        let part = &parts[index];
        let next = parts.get(index + 1);
        if is_flow(text, node) {
            let bytes = match (next, index.checked_sub(1)) {
                (Some(next), _) => part.start..next.start,
                (None, Some(previous)) => parts[previous].end..part.end,
                (None, None) => part.clone(),
            };
            return TextEdit::new(bytes, "");
        }
        if !layout::is_first_on_line(text, part.start)
            && let Some(next) = next
        {
            // The first entry of a map after a dash: the next one moves into its place.
            return TextEdit::new(part.start..next.start, "");
        }
        let indent = layout::column(text, part.start);
        let line = layout::line_start(text, part.start);
        let mut start = layout::own_comments_start(text, line, indent);
        let last = layout::last_line_end(text, part.end, indent);
        let mut end = layout::next_line(text, last);
        let is_blank = |line: usize| {
            let line = text.get(line..layout::line_end(text, line));
            line.is_none_or(|line| line.trim().is_empty())
        };
        let above = |line: usize| layout::line_start(text, line.saturating_sub(1));
        if start > 0 && is_blank(above(start)) && (end >= text.len() || is_blank(end)) {
            start = above(start);
        }
        if last == text.len() && start > 0 {
            // The file has no line break at its end, and gets none.
            let line_break = if text.get(..start).is_some_and(|t| t.ends_with("\r\n")) {
                2
            } else {
                1
            };
            start -= line_break;
            end = last;
        }
        TextEdit::new(start..end, "")
    }
}

/// Returns whether two items are versions of the same one: maps with an equal entry.
fn has_common_part(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().any(|(key, value)| new.get(key) == Some(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
