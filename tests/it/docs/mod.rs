//! Tests of the documentation: every command in the pages runs, every configuration example loads,
//! and every output block matches what the program prints.
//!
//! `docs/contributing/testing.md` describes how the pages mark their blocks.
//!
//! With `UPDATE_DOCS=1` in the environment, the tests rewrite outdated blocks instead of failing.

mod json;
mod language;
mod outputs;
mod pages;
mod sandbox;
mod terminal;

use std::fs;
use std::path::PathBuf;

use crate::support::copy;
pub(crate) use language::files;

/// A fenced code block of a Markdown page.
#[derive(Clone)]
pub(crate) struct Block {
    /// The path of the page, relative to the repository.
    page: String,
    /// The line of the opening fence, counted from 1.
    line: usize,
    /// The words after the opening fence.
    pub(crate) info: Vec<String>,
    /// The text of the HTML comment on the line before the fence, or of any other such line.
    note: String,
    pub(crate) text: String,
}

impl Block {
    /// Returns `page:line` for failure messages.
    fn location(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    /// Returns the value of a comment such as `<!-- owner: 101 -->`.
    fn note(&self, key: &str) -> Option<&str> {
        self.note.strip_prefix(key)?.strip_prefix(": ")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read_page(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Returns every page of the repository, relative to its root, in alphabetical order.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "SECURITY.md",
        "STYLE.md",
    ]
    .map(str::to_owned)
    .into();
    for entry in walkdir::WalkDir::new(root().join("docs")).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let relative = path.strip_prefix(root()).unwrap();
            pages.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// Returns the blocks of a page in one language, and fails if there are none.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<Block> {
    let blocks = blocks_in(page, language);
    assert!(!blocks.is_empty(), "{page} has no `{language}` block");
    blocks
}

/// Returns the blocks of a page in one language.
fn blocks_in(page: &str, language: &str) -> Vec<Block> {
    let mut blocks = parse_blocks(page, &read_page(page));
    blocks.retain(|block| block.info.first().is_some_and(|first| first == language));
    blocks
}

fn parse_blocks(page: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut previous = "";
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line);
            let inside = inside.take_while(|line| *line != "```");
            blocks.push(Block {
                page: page.to_owned(),
                line: index + 1,
                info: info.split_whitespace().map(str::to_owned).collect(),
                note: previous
                    .trim_start_matches("<!-- ")
                    .trim_end_matches(" -->")
                    .to_owned(),
                text: inside.map(|line| format!("{line}\n")).collect(),
            });
        }
        previous = line;
    }
    blocks
}

/// Returns the words in backticks from the first column of a page's tables.
pub(crate) fn first_cells(page: &str) -> Vec<String> {
    let text = read_page(page);
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.map(str::to_owned).collect()
}

/// Returns a temporary folder with a writable copy of `examples`.
fn copy_of_the_examples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    folder
}
