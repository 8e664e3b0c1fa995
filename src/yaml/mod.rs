//! YAML with exact source positions.
//!
//! A library parses the text; this module keeps the positions. A file becomes a tree of
//! [`YamlNode`]s with their byte ranges, `serde` reads the tree (`de`), and [`deserialize_lenient`]
//! continues after an error, so that all errors of a file are reported at once.
//!
//! Scalars stay text until a type requests something else: `101`, `+16505550100` and `09:00:00`
//! mean the same with and without quotes.

mod de;
mod edit;
mod lenient;
mod origins;
mod parse;
mod rewrite;
mod span;
mod write;

use std::sync::Arc;

pub use lenient::{LenientValue, deserialize_lenient};
pub use origins::write_with_origins;
pub use parse::parse;
pub use rewrite::{RewriteError, rewrite};
pub use serde_saphyr::granit_parser::ErrorKind as SyntaxErrorKind;
pub use span::{SourceFile, SourceSpan};
pub use write::{YamlWriteError, write};

/// The largest number of errors that are collected per file. It is larger than the number that is
/// shown, so that the report can mention that there are more.
pub const MAX_ERRORS: usize = 101;

/// Returns whether a text begins or ends with a curly quote, which word processors put in place of
/// straight ones. A name such as `James’` ends with an apostrophe instead.
pub fn has_curly_quotes(text: &str) -> bool {
    text.starts_with(['“', '”', '„', '‘', '’']) || text.ends_with(['“', '”'])
}

/// A YAML value with its span.
#[derive(Debug, Clone)]
pub struct YamlNode {
    /// The value of the node.
    pub value: YamlValue,
    /// The part of the file that it was read from.
    pub span: SourceSpan,
    /// The number of nodes it contains after expanding aliases, including itself.
    size: usize,
}

/// The kinds of YAML values.
#[derive(Debug, Clone)]
pub enum YamlValue {
    /// A scalar with its text.
    Scalar {
        /// The text without quotes and escapes.
        text: String,
        /// Whether it was written without quotes, so that it can be a number, a boolean or null.
        is_plain: bool,
    },
    /// A list of values.
    List(Vec<Arc<YamlNode>>),
    /// A map in the order of writing, with unique keys.
    Map(Vec<MapEntry>),
}

/// The key and the value of a map entry.
pub type MapEntry = (Arc<YamlNode>, Arc<YamlNode>);

impl YamlNode {
    /// Creates a node and counts its size.
    pub fn new(value: YamlValue, span: SourceSpan) -> Arc<Self> {
        let size = 1 + match &value {
            YamlValue::Scalar { .. } => 0,
            YamlValue::List(items) => items.iter().map(|item| item.size).sum(),
            YamlValue::Map(entries) => entries.iter().map(|(k, v)| k.size + v.size).sum(),
        };
        Arc::new(YamlNode { value, span, size })
    }

    /// Returns whether the value is null: empty, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, YamlValue::Scalar { text, is_plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Converts the value to JSON. Numbers that would not be written back unchanged stay text: a
    /// phone number keeps its sign, an extension number its zeros.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            YamlValue::Scalar { .. } if self.is_null() => serde_json::Value::Null,
            YamlValue::Scalar {
                text,
                is_plain: true,
            } => match text.as_str() {
                "true" | "True" | "TRUE" => true.into(),
                "false" | "False" | "FALSE" => false.into(),
                text => match text.parse::<i64>() {
                    Ok(number) if number.to_string() == text => number.into(),
                    _ => text.into(),
                },
            },
            YamlValue::Scalar { text, .. } => text.as_str().into(),
            YamlValue::List(items) => items.iter().map(|item| item.to_json()).collect(),
            YamlValue::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json()))
                .collect(),
        }
    }

    /// Returns the value of a key of a map.
    pub fn get(&self, name: &str) -> Option<&YamlNode> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    /// Returns the key and value of an entry of a map.
    pub fn get_key_value(&self, name: &str) -> Option<(&YamlNode, &YamlNode)> {
        let YamlValue::Map(entries) = &self.value else {
            return None;
        };
        let (key, value) = entries.iter().find(|(key, _)| key.as_str() == Some(name))?;
        Some((key, value))
    }

    /// Returns the text of a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a scalar that is not null, or of each such item of a list.
    pub fn as_str_list(&self) -> Vec<&str> {
        match &self.value {
            YamlValue::Scalar { .. } if self.is_null() => Vec::new(),
            YamlValue::Scalar { text, .. } => vec![text],
            YamlValue::List(items) => items.iter().filter_map(|item| item.as_str()).collect(),
            YamlValue::Map(_) => Vec::new(),
        }
    }

    /// Returns the span of the deepest part of `path` that exists (the key of an entry, or an
    /// item), and whether the whole path exists.
    pub fn find(&self, path: &YamlPath) -> (SourceSpan, bool) {
        let mut span = &self.span;
        let mut node = self;
        for step in path.steps() {
            let Some(child) = node.child(step) else {
                return (span.clone(), false);
            };
            (span, node) = child;
        }
        (span.clone(), true)
    }

    /// Converts a path in this tree to a path in the tree that it was cut from. Items after one
    /// that was cut have other indexes there.
    pub fn path_before_cut(&self, original: &YamlNode, path: &YamlPath) -> YamlPath {
        let mut nodes = Some((self, original));
        let mut converted = YamlPath::root();
        for step in path.steps() {
            let child = nodes.and_then(|(cut, original)| {
                let (span, cut) = cut.child(step)?;
                let step = match step {
                    PathStep::Item(_) => PathStep::Item(original.item_index(span)?),
                    step => step.clone(),
                };
                let (_, original) = original.child(&step)?;
                Some((step, cut, original))
            });
            nodes = child.as_ref().map(|(_, cut, original)| (*cut, *original));
            let step = child.map_or_else(|| step.clone(), |(step, ..)| step);
            converted = converted.join(step);
        }
        converted
    }

    /// Returns the index of the item, or of the entry with the key, at a span.
    fn item_index(&self, span: &SourceSpan) -> Option<usize> {
        match &self.value {
            YamlValue::Scalar { .. } => None,
            YamlValue::List(items) => items.iter().position(|item| item.span == *span),
            YamlValue::Map(entries) => entries.iter().position(|(key, _)| key.span == *span),
        }
    }

    /// Returns the keys on the way to the part at a span, from the outside in. The key itself is
    /// not among its keys.
    pub fn keys_to(&self, at: &SourceSpan) -> Option<Vec<&str>> {
        if self.span == *at {
            return Some(Vec::new());
        }
        match &self.value {
            YamlValue::Scalar { .. } => None,
            YamlValue::List(items) => items.iter().find_map(|item| item.keys_to(at)),
            YamlValue::Map(entries) => entries.iter().find_map(|(key, value)| {
                if key.span == *at {
                    return Some(Vec::new());
                }
                let mut keys = value.keys_to(at)?;
                keys.insert(0, key.as_str()?);
                Some(keys)
            }),
        }
    }

    /// Returns the child for a path step, and the span to report for it.
    fn child(&self, step: &PathStep) -> Option<(&SourceSpan, &YamlNode)> {
        match (&self.value, step) {
            (_, PathStep::Value) => Some((&self.span, self)),
            (YamlValue::Map(_), PathStep::Key(name)) => {
                let (key, value) = self.get_key_value(name)?;
                Some((&key.span, value))
            }
            (YamlValue::Map(entries), PathStep::Item(index)) => {
                let (key, value) = entries.get(*index)?;
                Some((&key.span, value))
            }
            (YamlValue::List(items), PathStep::Item(index)) => {
                let item = items.get(*index)?;
                Some((&item.span, item))
            }
            _ => None,
        }
    }
}

impl YamlNode {
    /// Returns the whole span of the part that [`find`](YamlNode::find) returned: for a key, its
    /// entry with the value.
    pub fn enclosing_span(&self, at: &SourceSpan) -> SourceSpan {
        fn find(node: &YamlNode, at: &SourceSpan) -> Option<SourceSpan> {
            if node.span == *at {
                return Some(node.span.clone());
            }
            match &node.value {
                YamlValue::Scalar { .. } => None,
                YamlValue::List(items) => items.iter().find_map(|item| find(item, at)),
                YamlValue::Map(entries) => entries.iter().find_map(|(key, value)| {
                    if key.span == *at {
                        Some(key.span_to(value))
                    } else {
                        find(value, at)
                    }
                }),
            }
        }
        find(self, at).unwrap_or_else(|| self.span.clone())
    }

    /// Returns the span from this node to the end of another node of the same file.
    fn span_to(&self, last: &YamlNode) -> SourceSpan {
        let mut span = self.span.clone();
        if span.is_same_file(&last.span) {
            span.bytes.end = span.bytes.end.max(last.span.bytes.end);
        }
        span
    }
}

/// The path from the root of a file to one of its parts. Paths share their beginnings, because
/// every checked part has one and few are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct YamlPath(Option<Arc<LastPathStep>>);

/// The last step of a path, and the path before it.
#[derive(Debug, PartialEq, Eq)]
struct LastPathStep {
    step: PathStep,
    parent: YamlPath,
}

/// One step of a [`YamlPath`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum PathStep {
    Key(String),
    Item(usize),
    Value,
}

impl YamlPath {
    /// Returns the path of the root.
    pub fn root() -> Self {
        YamlPath::default()
    }

    /// Returns the path of a map entry.
    pub fn key(&self, name: &str) -> Self {
        self.join(PathStep::Key(name.to_owned()))
    }

    /// Returns the path of a list item, or of a map entry by its index.
    pub fn item(&self, index: usize) -> Self {
        self.join(PathStep::Item(index))
    }

    /// Returns the path of the value of a key, instead of the key.
    pub fn value(&self) -> Self {
        self.join(PathStep::Value)
    }

    /// Returns the path without its last step. The root is its own parent.
    pub fn parent(&self) -> Self {
        let last = self.0.as_ref();
        last.map_or_else(YamlPath::root, |last| last.parent.clone())
    }

    /// Removes the part at this path from a JSON value. Returns false if there is none.
    pub fn remove_from(&self, value: &mut serde_json::Value) -> bool {
        let steps = self.steps();
        let Some((PathStep::Key(last), way)) = steps.split_last() else {
            return false;
        };
        let parent = way.iter().try_fold(value, |value, step| match step {
            PathStep::Key(name) => value.get_mut(name),
            PathStep::Item(index) => value.get_mut(index),
            PathStep::Value => Some(value),
        });
        let map = parent.and_then(serde_json::Value::as_object_mut);
        map.is_some_and(|map| map.shift_remove(last).is_some())
    }

    /// Appends a step to the path.
    fn join(&self, step: PathStep) -> Self {
        let parent = self.clone();
        YamlPath(Some(Arc::new(LastPathStep { step, parent })))
    }

    /// Returns the steps from the root.
    fn steps(&self) -> Vec<&PathStep> {
        let up = std::iter::successors(self.0.as_deref(), |last| last.parent.0.as_deref());
        let mut steps: Vec<&PathStep> = up.map(|last| &last.step).collect();
        steps.reverse();
        steps
    }
}

/// An error in a YAML file.
#[derive(Debug, Clone, PartialEq)]
pub struct YamlError {
    /// The kind of the error.
    pub kind: YamlErrorKind,
    /// The part of the file with the error.
    pub span: SourceSpan,
}

/// The errors that can be found without knowledge of call handling.
#[derive(Debug, Clone, PartialEq)]
pub enum YamlErrorKind {
    /// The text is not YAML.
    Syntax(SyntaxErrorKind),
    /// The nesting is too deep, or aliases repeat too much.
    TooComplex(String),
    /// A key occurs twice in the same map.
    DuplicateKey {
        /// The key as it is written.
        key: String,
        /// The line of its first occurrence, counted from 1.
        first_line: usize,
    },
    /// A key is unknown.
    UnknownKey {
        /// The key as it is written.
        key: String,
        /// The keys that are accepted.
        expected: Vec<String>,
    },
    /// A word is unknown.
    UnknownVariant {
        /// The word as it is written.
        variant: String,
        /// The words that are accepted.
        expected: Vec<String>,
    },
    /// A required key is missing.
    MissingKey(String),
    /// A key has no value.
    MissingValue,
    /// A value has the wrong type.
    WrongType {
        /// The type that is expected.
        expected: String,
        /// The value or type that was found.
        found: String,
    },
    /// A value has the right type but is invalid; holds the reason.
    InvalidValue(String),
}
