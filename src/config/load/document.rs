//! One file: its tree, what it says, and what is wrong with it. Nothing here knows of other files.

use std::path::Path as FilePath;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{MAX_PROBLEMS, parse};
use crate::config::explain::from_fault;
use crate::config::tell::{placed, reach};
use crate::config::{Finding, files};
use crate::diagnostic::Diagnostic;
use crate::yaml::{self, Fault, Node};

/// A file as a tree, with what is wrong with its form.
pub(super) struct Document {
    pub(super) path: String,
    pub(super) node: Option<Arc<Node>>,
    faults: Vec<Fault>,
}

/// What a document says, and all that is wrong with it.
pub(super) struct Judged<T> {
    pub(super) value: Option<T>,
    pub(super) found: Vec<Diagnostic>,
}

pub(super) fn open(root: &FilePath, path: &str) -> Result<Document, Box<Diagnostic>> {
    match files::text(&root.join(path)) {
        Ok(text) => {
            let (node, faults) = parse(path, text);
            Ok(Document {
                path: path.to_owned(),
                node,
                faults,
            })
        }
        Err(error) => Err(Box::new(files::unreadable(path, &error))),
    }
}

/// Reads a document into a `T`, and checks it.
pub(super) fn judge<T: DeserializeOwned>(
    document: Document,
    check: impl FnOnce(&T) -> Vec<Finding>,
) -> Judged<T> {
    let Document {
        node, mut faults, ..
    } = document;
    let mut found = Vec::new();
    let value = node.and_then(|node| {
        let (value, more) = yaml::read::<T>(&node);
        faults.extend(more);
        if let Some(value) = &value {
            let sound = |finding: &Finding| is_sound(&node, finding, &faults);
            let findings = check(value)
                .into_iter()
                .filter(sound)
                .take(MAX_PROBLEMS + 1);
            found.extend(findings.map(|finding| placed(&node, finding)));
        }
        value
    });
    found.extend(faults.into_iter().map(from_fault));
    Judged { value, found }
}

/// What looks wrong only because a mistake near it was cut out is no mistake.
pub(super) fn is_sound(node: &Node, finding: &Finding, faults: &[Fault]) -> bool {
    match reach(node, finding) {
        Some(reach) => !faults.iter().any(|fault| reach.contains(&fault.place)),
        None => true,
    }
}
