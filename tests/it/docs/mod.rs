//! The pages: every command in them runs, and every example is what the program takes or prints.
//!
//! How a block says what it is stands at the head of `docs/language.md`. Beside that, a comment on the
//! line above a block tells what the block cannot: `owner: 101` (whose rule it is), `file: path`
//! (the example is a file that others name; it is there for whoever names it), `offline: why` (the
//! sandbox would refuse it), `output of: plan`.

mod json;
mod language;
mod pages;
mod sandbox;
mod terminal;

use std::fs;
use std::path::PathBuf;

use crate::support::copy;
pub(crate) use language::files;

/// A fenced block of a page.
pub(crate) struct Block {
    page: String,
    line: usize,
    /// The words behind the fence.
    pub(crate) info: Vec<String>,
    /// The comment on the line above.
    note: String,
    pub(crate) text: String,
}

impl Block {
    /// Where to look when a test fails.
    fn at(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    fn note(&self, key: &str) -> Option<&str> {
        self.note.strip_prefix(key)?.strip_prefix(": ")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The blocks of a page that has some.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<Block> {
    let blocks = blocks_in(page, language);
    assert!(!blocks.is_empty(), "{page} has no block of {language}");
    blocks
}

fn blocks_in(page: &str, language: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line);
            let inside = inside.take_while(|line| *line != "```");
            let block = Block {
                page: page.to_owned(),
                line: index + 1,
                info: info.split_whitespace().map(str::to_owned).collect(),
                note: before
                    .trim_start_matches("<!-- ")
                    .trim_end_matches(" -->")
                    .to_owned(),
                text: inside.map(|line| format!("{line}\n")).collect(),
            };
            if block.info.first().is_some_and(|first| first == language) {
                blocks.push(block);
            }
        }
        before = line;
    }
    blocks
}

/// What stands between backticks in the first cells of a page's tables.
pub(crate) fn first_cells(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.map(str::to_owned).collect()
}

/// A copy of the examples that may be written to.
fn copy_of_the_examples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    folder
}
