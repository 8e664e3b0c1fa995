//! A problem before its file is known: found in a part of a tree of types, told with a path.

use crate::diagnostic::Code;
use crate::yaml::Path;

/// Something wrong at a path of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The kind of problem.
    pub code: Code,
    /// Where it stands.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// A few words beside the place.
    pub label: Option<String>,
    /// How to mend it.
    pub help: Option<String>,
    /// The other part, where two clash.
    pub other: Option<Path>,
}

impl Finding {
    /// A finding of one place, with neither label nor help.
    pub fn new(code: Code, path: Path, message: impl Into<String>) -> Self {
        Finding {
            code,
            path,
            message: message.into(),
            label: None,
            help: None,
            other: None,
        }
    }

    /// Adds a few words beside the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds how to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which other part this one clashes with. A person must see both: either may be wrong.
    pub fn against(mut self, other: Path) -> Self {
        self.other = Some(other);
        self
    }
}
