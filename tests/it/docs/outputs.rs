//! Output blocks: the pages show what commands print, and these tests run the commands to compare.
//!
//! A block is checked if the line above its fence names the command:
//!
//! ```text
//! <!-- output of: callrules -C examples/acme --sandbox plan -->
//! <!-- output of: callrules -C examples/acme --sandbox plan (first 12 lines, last 4 lines) -->
//! ```
//!
//! The second form shows the beginning and the end, with a line `…` between them.

use super::terminal::Terminal;
use super::{Block, blocks_in, pages, read_page, root};
use crate::golden_files::replace;

/// How much of the output a block shows.
#[derive(Clone, Copy)]
enum Excerpt {
    Whole,
    Ends { first: usize, last: usize },
}

impl Excerpt {
    /// Splits a note into the command and the excerpt at its end.
    fn parse(note: &str) -> (&str, Excerpt) {
        let parsed = note.strip_suffix(" lines)").and_then(|note| {
            let (command, excerpt) = note.split_once(" (first ")?;
            let (first, last) = excerpt.split_once(" lines, last ")?;
            let excerpt = Excerpt::Ends {
                first: first.parse().ok()?,
                last: last.parse().ok()?,
            };
            Some((command, excerpt))
        });
        parsed.unwrap_or((note, Excerpt::Whole))
    }

    fn of(self, output: &str) -> String {
        let Excerpt::Ends { first, last } = self else {
            return output.to_owned();
        };
        let lines: Vec<&str> = output.lines().collect();
        if lines.len() <= first + last {
            return output.to_owned();
        }
        let shown = lines[..first].iter().copied();
        let shown = shown.chain(["…"]);
        let shown = shown.chain(lines[lines.len() - last..].iter().copied());
        shown.map(|line| format!("{line}\n")).collect()
    }
}

#[test]
fn output_blocks_match_what_the_program_prints() {
    let mut checked = 0;
    let mut outdated = Vec::new();
    for page in pages() {
        let mut replacements = Vec::new();
        for block in blocks_in(&page, "text") {
            let Some(note) = block.note("output of") else {
                continue;
            };
            let (command, excerpt) = Excerpt::parse(note);
            let printed = excerpt.of(&Terminal::open().output(command, &block.location()));
            if printed != block.text {
                outdated.push(format!("{}: expected\n{printed}", block.location()));
                replacements.push((block, printed));
            }
            checked += 1;
        }
        update_blocks(&page, &replacements);
    }
    assert!(checked > 1, "only {checked} blocks name a command");
    assert_no_outdated_blocks(&outdated);
}

/// Writes the new text of a page's blocks if `UPDATE_DOCS` is set.
pub(super) fn update_blocks(page: &str, replacements: &[(Block, String)]) {
    if std::env::var_os("UPDATE_DOCS").is_none() || replacements.is_empty() {
        return;
    }
    let mut text = read_page(page);
    for (block, new) in replacements {
        let old = format!("\n{}```\n", block.text);
        assert_eq!(
            text.matches(&old).count(),
            1,
            "{}: another block has the same text",
            block.location()
        );
        text = text.replace(&old, &format!("\n{new}```\n"));
    }
    replace(&root().join(page), &text);
}

/// Fails if blocks are outdated, unless `UPDATE_DOCS` is set and they have been rewritten.
pub(super) fn assert_no_outdated_blocks(outdated: &[String]) {
    assert!(
        outdated.is_empty() || std::env::var_os("UPDATE_DOCS").is_some(),
        "outdated blocks; help: run `just generate` and review the diff\n{}",
        outdated.join("\n")
    );
}
