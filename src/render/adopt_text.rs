//! The edits of an adoption as text for the terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::humanize::pluralize;
use super::sanitize;
use crate::adopt::{AdoptedFile, NotAdoptedPart};
use crate::reconcile::ResourceKind;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();

/// The number of unchanged lines around a change.
const CONTEXT_LINES: usize = 3;

/// Renders the differences of the files, then a line with the counts. The text has ANSI styles,
/// which the printer strips if the output isn't a terminal.
pub fn render(files: &[AdoptedFile]) -> String {
    let mut text = String::new();
    for file in files {
        let path = sanitize::sanitize_inline(&file.path);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{BOLD}{path}{BOLD:#}");
        let diff = TextDiff::from_lines(&file.before, &file.after);
        for (index, group) in diff.grouped_ops(CONTEXT_LINES).iter().enumerate() {
            if index > 0 {
                text.push_str("  ⋮\n");
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let line = sanitize::sanitize_inline(change.value().trim_end_matches(['\n', '\r']));
                let _ = match change.tag() {
                    ChangeTag::Equal => writeln!(text, "    {line}"),
                    ChangeTag::Insert => writeln!(text, "  {ADDED}+ {line}{ADDED:#}"),
                    ChangeTag::Delete => writeln!(text, "  {REMOVED}- {line}{REMOVED:#}"),
                };
            }
        }
        text.push('\n');
    }
    text.push_str(&summary_line(files));
    text
}

/// Returns the line with the counts.
fn summary_line(files: &[AdoptedFile]) -> String {
    if files.is_empty() {
        return "Nothing to adopt.\n".to_owned();
    }
    let changes: usize = files.iter().map(|file| file.changes.len()).sum();
    format!(
        "Adopt: {} in {}\n",
        pluralize(changes, "change"),
        pluralize(files.len(), "file")
    )
}

/// Returns the message about a rule or state that was left alone.
pub fn not_adopted_message(NotAdoptedPart { user, part }: &NotAdoptedPart) -> String {
    let kind = match part.resource {
        ResourceKind::InteractionRule => "rule",
        ResourceKind::StateRule | ResourceKind::State => "state",
    };
    format!(
        "the {kind} `{}` of {user} was not adopted: {}",
        sanitize::sanitize_inline(&part.name),
        sanitize::sanitize_inline(&part.reason)
    )
}
