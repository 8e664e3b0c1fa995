//! Markdown for GitHub comments: within the size limit, with escaped names.

use super::humanize::{format_count, pluralize};
use super::sanitize;

/// The longest comment that GitHub accepts, in characters \[docs\].
pub(super) const COMMENT_LIMIT: usize = 65_536;

/// The characters reserved for the text after the sections, and for headings of empty sections.
const TAIL_RESERVE: usize = 2_000;

/// The characters reserved for the line that counts omitted items.
const MORE_RESERVE: usize = 100;

/// The longest line, in characters; longer lines are cut.
const MAX_LINE: usize = 1_000;

/// A comment that is being written. It counts the items that don't fit.
pub(super) struct CommentPage {
    text: String,
    /// The length in characters, as GitHub counts.
    length: usize,
}

/// A part of a section. Its lines can be cut, its head and foot can't.
#[derive(Debug, Clone, Default)]
pub(super) struct CommentBlock {
    pub(super) head: String,
    pub(super) lines: Vec<String>,
    pub(super) foot: String,
}

impl CommentBlock {
    /// Creates a block of a single line.
    pub(super) fn from_line(line: String) -> Self {
        CommentBlock {
            lines: vec![line],
            ..CommentBlock::default()
        }
    }

    /// Returns as much of the block as fits into `limit` characters, and whether that is all of it.
    /// Returns `None` if no line fits.
    fn fit_within(&self, limit: usize) -> Option<(String, bool)> {
        let frame = length(&self.head) + length(&self.foot);
        let content: usize = self.lines.iter().map(|line| length(line) + 1).sum();
        let fits = frame + content <= limit;
        let mut left = limit.checked_sub(if fits { frame } else { frame + MORE_RESERVE })?;
        let mut text = self.head.clone();
        let mut printed = 0;
        for line in &self.lines {
            let Some(rest) = left.checked_sub(length(line) + 1) else {
                break;
            };
            left = rest;
            text += line;
            text.push('\n');
            printed += 1;
        }
        if !fits && printed == 0 {
            return None;
        }
        if !fits {
            let more = pluralize(self.lines.len() - printed, "more line");
            text += &format!("… and {more}\n");
        }
        text += &self.foot;
        Some((text, fits))
    }
}

impl CommentPage {
    /// Creates an empty page.
    pub(super) fn new() -> Self {
        CommentPage {
            text: String::new(),
            length: 0,
        }
    }

    /// Adds a short text that is never cut.
    pub(super) fn push(&mut self, text: &str) {
        self.text += text;
        self.length += length(text);
    }

    /// Adds as many blocks as fit into `limit` characters and into the page, and the number of the
    /// others.
    pub(super) fn push_section(&mut self, title: &str, blocks: Vec<CommentBlock>, limit: usize) {
        if blocks.is_empty() {
            return;
        }
        let end = (self.length + limit).min(COMMENT_LIMIT - TAIL_RESERVE);
        self.push(&format!("#### {title}\n\n"));
        let mut printed = 0;
        for block in &blocks {
            let limit = end.saturating_sub(self.length + MORE_RESERVE);
            let Some((text, is_whole)) = block.fit_within(limit) else {
                break;
            };
            self.push(&text);
            printed += 1;
            if !is_whole {
                break;
            }
        }
        if printed < blocks.len() {
            let more = format_count(blocks.len() - printed);
            self.push(&format!(
                "\n… and {more} more; run `callrules plan` to see them.\n"
            ));
        }
        self.push("\n");
    }

    /// Returns the text of the page.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Returns text as one line: cut if it is too long, with control characters escaped.
pub(super) fn one_line(text: &str) -> String {
    let joined = text.replace(['\n', '\r'], " ");
    let sanitized = sanitize::sanitize_inline(&joined);
    let mut line: String = sanitized.chars().take(MAX_LINE).collect();
    if length(&sanitized) > MAX_LINE {
        line.pop();
        line.push('…');
    }
    line
}

/// Escapes text for Markdown, so that it contains no markup, links or mentions.
pub(super) fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in escape_html(text).chars() {
        match c {
            // A backslash doesn't stop `|` from separating table cells.
            '|' => escaped.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' => escaped.extend(['\\', c]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Escapes text for HTML, such as the summary of a collapsed section.
pub(super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // GitHub links mentions, issues and URLs in the rendered text. A zero-width space
            // after the sign prevents that.
            '@' | '#' => {
                escaped.push(c);
                escaped.push_str("&#8203;");
            }
            other => escaped.push(other),
        }
    }
    escaped
        .replace("://", ":&#8203;//")
        .replace("www.", "www&#8203;.")
}

/// Returns text as inline code.
pub(super) fn inline_code(text: &str) -> String {
    let line = one_line(text);
    let fence = fence([&*line], 1);
    if fence.len() == 1 {
        format!("{fence}{line}{fence}")
    } else {
        // The spaces separate the fence from backticks in the text. Markdown strips them.
        format!("{fence} {line} {fence}")
    }
}

/// Returns a fence of at least `min_len` backticks that is longer than any run of backticks in the
/// lines.
pub(super) fn fence<'a>(lines: impl IntoIterator<Item = &'a str>, min_len: usize) -> String {
    let longest_run = lines
        .into_iter()
        .flat_map(|line| line.split(|c| c != '`'))
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat((longest_run + 1).max(min_len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_functions_leave_no_markup() {
        assert_eq!(
            escape_markdown("<b>*Jo* @all #1 `x` [a](b) \\|\n"),
            "&lt;b&gt;\\*Jo\\* @&#8203;all #&#8203;1 \\`x\\` \\[a\\](b) \\\\&#124; "
        );
        assert_eq!(
            escape_html("<b>A_B</b> \u{202e}http://x www.y"),
            "&lt;b&gt;A_B&lt;/b&gt; &lt;U+202E&gt;http:&#8203;//x www&#8203;.y"
        );
        assert_eq!(length(&one_line(&"é".repeat(5_000))), MAX_LINE);
    }

    #[test]
    fn inline_code_fence_is_longer_than_backticks_in_text() {
        assert_eq!(inline_code("callrules apply"), "`callrules apply`");
        assert_eq!(inline_code("-C 'a``b'\n`"), "``` -C 'a``b' ` ```");
    }

    fn page(blocks: Vec<CommentBlock>, limit: usize) -> String {
        let mut page = CommentPage::new();
        page.push_section("Changes", blocks, limit);
        assert_eq!(page.length, length(&page.text));
        page.finish()
    }

    #[test]
    fn section_counts_blocks_that_do_not_fit() {
        let blocks: Vec<CommentBlock> = (0..1_000)
            .map(|_| CommentBlock::from_line("x".repeat(99)))
            .collect();
        let text = page(blocks, COMMENT_LIMIT);
        assert!(length(&text) < COMMENT_LIMIT - TAIL_RESERVE + 200);
        let printed = text.matches("x\n").count();
        let more = format!(
            "… and {} more; run `callrules plan` to see them.",
            1_000 - printed
        );
        assert!(printed > 600 && text.contains(&more), "{more}");
    }

    #[test]
    fn long_block_is_cut_and_closed() {
        let block = CommentBlock {
            head: "<details>\n".to_owned(),
            lines: vec!["line".to_owned(); 5_000],
            foot: "</details>\n".to_owned(),
        };
        let text = page(
            vec![block, CommentBlock::from_line("next".to_owned())],
            10_000,
        );
        assert!(length(&text) < 10_100);
        let printed = text.matches("line\n").count();
        let more = 5_000 - printed;
        let end = format!(
            "line\n… and {},{:03} more lines\n</details>\n\n… and 1 more; run `callrules plan` to see them.\n\n",
            more / 1_000,
            more % 1_000
        );
        assert!(printed > 1_900 && text.ends_with(&end), "{end}");
    }

    #[test]
    fn section_without_space_counts_all_blocks() {
        let text = page(vec![CommentBlock::from_line("x".repeat(500)); 3], 200);
        assert_eq!(
            text,
            "#### Changes\n\n\n… and 3 more; run `callrules plan` to see them.\n\n"
        );
    }
}
