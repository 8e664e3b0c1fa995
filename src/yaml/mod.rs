//! YAML with exact places.
//!
//! The parser is a library's; what stands here keeps the places. A file becomes a tree of [`Node`]s
//! that remember their bytes, `serde` reads the tree (`de`), and [`read`] goes on after a mistake,
//! so that all mistakes of a file are told at once.
//!
//! Scalars stay text until a type asks for something else: `101`, `+16505550100` and `09:00:00` mean
//! the same quoted or not.

mod access;
mod de;
mod edit;
mod origins;
mod parse;
mod place;
mod read;
mod write;

use std::sync::Arc;

pub use origins::write_with_origins;
pub use parse::parse;
pub use place::{Place, Source};
pub use read::read;
pub use write::{WriteError, write};

/// More mistakes in one file than are told: by the last of these it is seen that there are more.
pub const MAX_FAULTS: usize = 101;

/// A piece of YAML and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// How many nodes it holds once its aliases are written out, itself included.
    size: usize,
}

/// The three kinds of YAML node.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text; `plain` when it was written without quotes.
    Scalar {
        /// The text after unescaping.
        text: String,
        /// Whether it may stand for a number, a truth value or nothing.
        plain: bool,
    },
    /// A list.
    List(Vec<Arc<Node>>),
    /// A map, in the order it was written. No two keys are equal.
    Map(Vec<(Arc<Node>, Arc<Node>)>),
}

impl Node {
    /// A node of the given value; its size is counted.
    pub fn new(value: Value, place: Place) -> Arc<Self> {
        let size = 1 + match &value {
            Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(|item| item.size).sum(),
            Value::Map(entries) => entries.iter().map(|(k, v)| k.size + v.size).sum(),
        };
        Arc::new(Node { value, place, size })
    }

    /// Whether it says nothing: an empty value, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The same as JSON. Numbers that would not be written again as they are stay text: a phone number
    /// keeps its sign, an extension number its zeros.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => serde_json::Value::Null,
            Value::Scalar { text, plain: true } => match text.as_str() {
                "true" | "True" | "TRUE" => true.into(),
                "false" | "False" | "FALSE" => false.into(),
                text => match text.parse::<i64>() {
                    Ok(number) if number.to_string() == text => number.into(),
                    _ => text.into(),
                },
            },
            Value::Scalar { text, .. } => text.as_str().into(),
            Value::List(items) => items.iter().map(|item| item.to_json()).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.text().unwrap_or_default().to_owned(), value.to_json()))
                .collect(),
        }
    }

    /// What stands behind a key of a map.
    pub fn entry(&self, name: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(_) => Some(self.child(&Step::Key(name.to_owned()))?.1),
            _ => None,
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that says something, or of each such item of a list.
    pub fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => Vec::new(),
            Value::Scalar { text, .. } => vec![text],
            Value::List(items) => items.iter().filter_map(|item| item.text()).collect(),
            Value::Map(_) => Vec::new(),
        }
    }

    /// The place of the deepest part of `path` that exists (the key of a map's entry, the item of a
    /// list), and whether that is the whole of it.
    pub fn locate(&self, path: &Path) -> (Place, bool) {
        let mut at = &self.place;
        let mut node = self;
        for step in path.steps() {
            let Some((place, next)) = node.child(step) else {
                return (at.clone(), false);
            };
            (at, node) = (place, next);
        }
        (at.clone(), true)
    }

    /// One step down: where that part begins, and the part.
    fn child(&self, step: &Step) -> Option<(&Place, &Node)> {
        match (&self.value, step) {
            (_, Step::Value) => Some((&self.place, self)),
            (Value::Map(entries), Step::Key(name)) => {
                let (key, value) = entries.iter().find(|(key, _)| key.text() == Some(name))?;
                Some((&key.place, value))
            }
            (Value::Map(entries), Step::Item(index)) => {
                let (key, value) = entries.get(*index)?;
                Some((&key.place, value))
            }
            (Value::List(items), Step::Item(index)) => {
                let item = items.get(*index)?;
                Some((&item.place, item))
            }
            _ => None,
        }
    }
}

impl Node {
    /// All that stands at a place that was [located](Node::locate): of a key the entry, value included,
    /// else what stands there itself; everything where nothing does.
    pub fn around(&self, at: &Place) -> Place {
        fn find(node: &Node, at: &Place) -> Option<Place> {
            if node.place == *at {
                return Some(node.place.clone());
            }
            match &node.value {
                Value::Scalar { .. } => None,
                Value::List(items) => items.iter().find_map(|item| find(item, at)),
                Value::Map(entries) => {
                    entries
                        .iter()
                        .find_map(|(key, value)| match key.place == *at {
                            true => Some(key.through(value)),
                            false => find(value, at),
                        })
                }
            }
        }
        find(self, at).unwrap_or_else(|| self.place.clone())
    }

    /// From the beginning of this node to the end of another, where both are of one file.
    fn through(&self, last: &Node) -> Place {
        let mut place = self.place.clone();
        if place.is_in_file_of(&last.place) {
            place.bytes.end = place.bytes.end.max(last.place.bytes.end);
        }
        place
    }
}

/// The way from the top of a file to one of its parts. Every part that is checked has one, and few are ever
/// told: a step further shares the way to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(Option<Arc<Last>>);

/// The last step of a path.
#[derive(Debug, PartialEq, Eq)]
struct Last {
    step: Step,
    before: Path,
}

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
    Value,
}

impl Path {
    /// The top of the file.
    pub fn top() -> Self {
        Path::default()
    }

    /// One step down, to a map's entry.
    pub fn key(&self, name: &str) -> Self {
        self.step(Step::Key(name.to_owned()))
    }

    /// One step down, to an item of a list, or to an entry of a map by its place.
    pub fn item(&self, index: usize) -> Self {
        self.step(Step::Item(index))
    }

    /// The value behind the key that the path leads to, in place of the key.
    pub fn value(&self) -> Self {
        self.step(Step::Value)
    }

    /// One step up; the top stays the top.
    pub fn parent(&self) -> Self {
        let last = self.0.as_ref();
        last.map_or_else(Path::top, |last| last.before.clone())
    }

    /// Removes what the path leads to from a value; false where there is nothing.
    pub fn remove_from(&self, value: &mut serde_json::Value) -> bool {
        let steps = self.steps();
        let Some((Step::Key(last), way)) = steps.split_last() else {
            return false;
        };
        let parent = way.iter().try_fold(value, |value, step| match step {
            Step::Key(name) => value.get_mut(name),
            Step::Item(index) => value.get_mut(index),
            Step::Value => Some(value),
        });
        let map = parent.and_then(serde_json::Value::as_object_mut);
        map.is_some_and(|map| map.shift_remove(last).is_some())
    }

    fn step(&self, step: Step) -> Self {
        let before = self.clone();
        Path(Some(Arc::new(Last { step, before })))
    }

    /// From the top down.
    fn steps(&self) -> Vec<&Step> {
        let up = std::iter::successors(self.0.as_deref(), |last| last.before.0.as_deref());
        let mut steps: Vec<&Step> = up.map(|last| &last.step).collect();
        steps.reverse();
        steps
    }
}

/// What is wrong with a piece of YAML.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The kind of mistake.
    pub kind: FaultKind,
    /// Where it stands.
    pub place: Place,
}

/// The mistakes that need no knowledge of call handling to be seen.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// The parser gave up.
    NotYaml(String),
    /// More nesting, or more repetition through aliases, than any honest file has.
    TooComplex(String),
    /// The same key twice in one map; one of the two would be lost.
    DuplicateKey(String),
    /// A key that means nothing here.
    UnknownKey {
        /// The key as written.
        key: String,
        /// The keys that mean something.
        expected: Vec<String>,
    },
    /// A word that means nothing here.
    UnknownWord {
        /// The word as written.
        word: String,
        /// The words that mean something.
        expected: Vec<String>,
    },
    /// A key that must stand here and does not.
    MissingKey(String),
    /// A key with nothing behind it.
    Empty,
    /// A value of another kind than expected.
    WrongType {
        /// What would have been right.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A value of the right kind that means nothing; the text says why.
    BadValue(String),
}
