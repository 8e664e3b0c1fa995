//! From findings to diagnostics: the place of a path.

use crate::diagnostic::{Code, Diagnostic, Related};
use crate::yaml::{Node, Path, Place};

use super::Finding;

/// A finding with its place in a tree. Where profiles are laid under a file, the place may be in one of
/// them, and another place may have a part in it.
pub(super) fn placed(node: &Node, finding: Finding) -> Diagnostic {
    let (place, _) = node.locate(&finding.path);
    let in_profile = !place.is_in_file_of(&node.place);
    let related =
        other_half(node, &finding.path, &place).or_else(|| in_profile.then(|| used_here(node)));
    Diagnostic {
        related,
        place: Some(place.clone()),
        ..unplaced(&place.source.path, finding)
    }
}

/// A finding of a file as a whole.
pub(super) fn unplaced(file: &str, finding: Finding) -> Diagnostic {
    Diagnostic {
        code: finding.code,
        message: finding.message,
        label: finding.label,
        help: finding.help,
        file: file.to_owned(),
        place: None,
        related: None,
    }
}

/// The nearest part of the same rule or state that comes from another file. What is wrong where two
/// files meet is wrong in one of the two, and a person must see both.
fn other_half(node: &Node, path: &Path, place: &Place) -> Option<Related> {
    // The section and the name within it: parts of different rules have nothing to do with each other.
    const RULE: usize = 2;
    let mut around = path.clone();
    while around.depth() > RULE {
        around = around.parent();
        let foreign = node
            .keys_at(&around)
            .into_iter()
            .find(|key| !key.is_in_file_of(place));
        if let Some(key) = foreign {
            return Some(Related {
                place: key,
                is_clash: true,
            });
        }
    }
    None
}

/// Where a user file names the profile that a problem stands in: it may be for the user to add what is
/// missing.
fn used_here(node: &Node) -> Related {
    let (place, _) = node.locate(&Path::top().key("profiles"));
    Related {
        place,
        is_clash: false,
    }
}

/// The part of a file that a finding depends on: what stands at its path, and where it says that a
/// key lacks another, the map around the two. None where it is the absence of something never written.
pub(super) fn reach(node: &Node, finding: &Finding) -> Option<Place> {
    let lacks_another = matches!(
        finding.code,
        Code::WhichUser | Code::ChooseOne | Code::StateAlone
    );
    let path = if lacks_another {
        finding.path.parent()
    } else {
        finding.path.clone()
    };
    match node.locate(&path) {
        _ if path == Path::top() => Some(node.place.clone()),
        (at, true) => Some(node.around(&at)),
        (_, false) => None,
    }
}

/// What makes a problem of a profile the same for all its users: its place and its kind, and the file
/// that a part of it clashes with.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Told {
    file: String,
    start: usize,
    code: &'static str,
    clash: Option<String>,
}

impl From<&Diagnostic> for Told {
    fn from(told: &Diagnostic) -> Self {
        let (file, start, code) = told.sort_key();
        let clash = told.related.as_ref().filter(|related| related.is_clash);
        Told {
            file: file.to_owned(),
            start,
            code,
            clash: clash.map(|related| related.place.source.path.clone()),
        }
    }
}
