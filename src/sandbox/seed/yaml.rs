//! Reading of seed files with the position of every value.
//!
//! Unquoted words are text, as in configuration files: `Off` and `No` are words, `0101` keeps its
//! zero, and only `true`, `false` and whole numbers of keys that are not text are no text.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Marker, Parser, ScalarStyle};

/// Keys whose values are always text, also the items of lists.
const TEXT_KEYS: [&str; 14] = [
    "id",
    "extensionNumber",
    "integrationId",
    "members",
    "name",
    "displayName",
    "firstName",
    "lastName",
    "email",
    "timezone",
    "startTime",
    "endTime",
    "startDateTime",
    "endDateTime",
];
/// Keys whose values are phone numbers, which may be written without quotation marks.
const PHONE_KEYS: [&str; 4] = ["phoneNumber", "phoneNumbers", "mainNumber", "to"];

/// The position of a value in a file: line and column, counted from 1.
pub(super) type FilePosition = (usize, usize);

/// A problem at a position of a file.
pub(super) type SyntaxProblem = (FilePosition, String);

/// A value with its position.
#[derive(Clone, Debug)]
pub(super) struct SeedNode {
    position: FilePosition,
    content: SeedContent,
}

#[derive(Clone, Debug)]
enum SeedContent {
    Scalar { text: String, is_plain: bool },
    List(Vec<SeedNode>),
    Mapping(Vec<(SeedNode, SeedNode)>),
}

/// A list or mapping whose end has not been read.
struct OpenNode {
    position: FilePosition,
    anchor: usize,
    is_mapping: bool,
    items: Vec<SeedNode>,
}

/// Parses a YAML document.
pub(super) fn parse(text: &str) -> Result<SeedNode, SyntaxProblem> {
    let mut root = None;
    let mut anchors: HashMap<usize, SeedNode> = HashMap::new();
    let mut open_nodes: Vec<OpenNode> = Vec::new();
    for step in Parser::new_from_str(text) {
        let (event, span) =
            step.map_err(|error| (position_of(error.marker()), error.kind().to_string()))?;
        let position = position_of(&span.start);
        let mut open = |anchor, is_mapping| {
            open_nodes.push(OpenNode {
                position,
                anchor,
                is_mapping,
                items: Vec::new(),
            });
        };
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                // The parser reports `~` for a missing value.
                let is_missing = is_plain && span.byte_range().is_some_and(|b| b.is_empty());
                let text = if is_missing { "" } else { &*text }.to_owned();
                let content = SeedContent::Scalar { text, is_plain };
                (SeedNode { position, content }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                open(anchor, false);
                continue;
            }
            Event::MappingStart(_, anchor, _) => {
                open(anchor, true);
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open_nodes.pop() {
                Some(closed) => {
                    let anchor = closed.anchor;
                    (closed.finish()?, anchor)
                }
                None => continue,
            },
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(node) => (node.clone(), 0),
                None => return Err((position, "an alias inside its own value".to_owned())),
            },
            Event::DocumentStart(..) if root.is_some() => {
                let problem = "a second document starts here; a seed file has one";
                return Err((position, problem.to_owned()));
            }
            _ => continue,
        };
        if anchor != 0 {
            anchors.insert(anchor, node.clone());
        }
        match open_nodes.last_mut() {
            Some(open) => open.items.push(node),
            None => root = Some(node),
        }
    }
    root.ok_or_else(|| ((1, 1), "the file is empty".to_owned()))
}

fn position_of(marker: &Marker) -> FilePosition {
    (marker.line(), marker.col() + 1)
}

impl OpenNode {
    /// Returns the complete node, or the problem of a key that is there twice.
    fn finish(self) -> Result<SeedNode, SyntaxProblem> {
        let position = self.position;
        if !self.is_mapping {
            let content = SeedContent::List(self.items);
            return Ok(SeedNode { position, content });
        }
        let mut keys = HashSet::new();
        let mut entries = Vec::with_capacity(self.items.len() / 2);
        let mut items = self.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if !keys.insert(key.text().to_owned()) {
                return Err((key.position, format!("duplicate key `{}`", key.text())));
            }
            entries.push((key, value));
        }
        let content = SeedContent::Mapping(entries);
        Ok(SeedNode { position, content })
    }
}

impl SeedNode {
    /// Returns the text of a scalar, and otherwise an empty one.
    fn text(&self) -> &str {
        match &self.content {
            SeedContent::Scalar { text, .. } => text,
            _ => "",
        }
    }

    /// Converts the value of this key to JSON. The items of a list are converted like their list.
    pub(super) fn to_json(&self, key: &str) -> Value {
        match &self.content {
            SeedContent::Scalar { text, is_plain } => match text.as_str() {
                "" | "~" | "null" | "Null" | "NULL" if *is_plain => Value::Null,
                text if *is_plain && PHONE_KEYS.contains(&key) && is_digits(text) => {
                    format!("+{text}").into()
                }
                text if !is_plain || TEXT_KEYS.contains(&key) || PHONE_KEYS.contains(&key) => {
                    text.into()
                }
                "true" | "True" | "TRUE" => true.into(),
                "false" | "False" | "FALSE" => false.into(),
                text => match text.parse::<i64>() {
                    Ok(number) if number.to_string() == text => number.into(),
                    _ => text.into(),
                },
            },
            SeedContent::List(items) => items.iter().map(|item| item.to_json(key)).collect(),
            SeedContent::Mapping(entries) => {
                let fields = entries.iter().map(|(key, value)| {
                    let key = key.text();
                    (key.to_owned(), value.to_json(key))
                });
                Value::Object(fields.collect())
            }
        }
    }

    /// Returns the position of the deepest part of a path such as `extensions[0].devices` that
    /// exists: of its key, or of an item of a list.
    pub(super) fn find(&self, path: &str) -> FilePosition {
        let mut node = self;
        let mut position = self.position;
        for step in path.split(['.', '[']) {
            let child = match &node.content {
                SeedContent::List(items) => {
                    let index: Option<usize> = step.trim_end_matches(']').parse().ok();
                    let item = index.and_then(|index| items.get(index));
                    item.map(|item| (item.position, item))
                }
                SeedContent::Mapping(entries) => {
                    let entry = entries.iter().find(|(key, _)| key.text() == step);
                    entry.map(|(key, value)| (key.position, value))
                }
                SeedContent::Scalar { .. } => None,
            };
            let Some((child_position, child)) = child else {
                break;
            };
            (position, node) = (child_position, child);
        }
        position
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}
