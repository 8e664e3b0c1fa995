//! From findings to diagnostics: the place of a path.

use crate::diagnostic::{Code, Diagnostic, Related};
use crate::yaml::{Node, Path, Place};

use super::Finding;

/// A finding with its place in a tree. Where profiles are laid under a file, the place may be in one of
/// them, and another place may clash with it.
pub(super) fn placed(node: &Node, finding: Finding) -> Diagnostic {
    let (place, is_there) = node.locate(&finding.path);
    let in_profile = !place.is_in_file_of(&node.place);
    let related = other_half(node, &finding, &place, is_there)
        .or_else(|| in_profile.then(|| used_here(node)));
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

/// The other part of two that clash. What lacks something in its own file is told by one place.
fn other_half(node: &Node, finding: &Finding, place: &Place, is_there: bool) -> Option<Related> {
    let (other, is_known) = node.locate(finding.other.as_ref()?);
    let is_elsewhere = match other.is_in_file_of(place) {
        true => is_there && other.line_column().0 != place.line_column().0,
        false => true,
    };
    (is_known && is_elsewhere).then_some(Related {
        place: other,
        is_clash: true,
    })
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
