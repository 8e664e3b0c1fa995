//! Markdown that GitHub takes as a comment: never too long, and no name in it is markup.

use super::say::{count, counted};
use super::shown;

/// GitHub takes so many characters in a comment \[docs\].
pub(super) const LIMIT: usize = 65_536;

/// Room for what stands below the sections, and for the headings of those that have no room.
const TAIL: usize = 2_000;

/// Room for the line that counts what is left out.
const MORE: usize = 100;

/// A line is told up to here.
const LINE: usize = 1_000;

/// A page that counts what does not fit, and leaves nothing out in silence.
pub(super) struct Page {
    text: String,
    /// In characters, as GitHub counts.
    length: usize,
    /// The command that tells the rest.
    rest: &'static str,
}

/// A part of a section: its lines can be cut, what is around them cannot.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) head: String,
    pub(super) lines: Vec<String>,
    pub(super) foot: String,
}

impl Block {
    /// A line that stands for itself.
    pub(super) fn line(line: String) -> Self {
        Block {
            lines: vec![line],
            ..Block::default()
        }
    }

    /// As much of it as fits, and whether that is all. Nothing where not a single line fits.
    fn within(&self, room: usize) -> Option<(String, bool)> {
        let around = length(&self.head) + length(&self.foot);
        let whole: usize = self.lines.iter().map(|line| length(line) + 1).sum();
        let fits = around + whole <= room;
        let mut left = room.checked_sub(if fits { around } else { around + MORE })?;
        let mut text = self.head.clone();
        let mut told = 0;
        for line in &self.lines {
            let Some(rest) = left.checked_sub(length(line) + 1) else {
                break;
            };
            left = rest;
            text += line;
            text.push('\n');
            told += 1;
        }
        if !fits && told == 0 {
            return None;
        }
        if !fits {
            let more = counted(self.lines.len() - told, "more line");
            text += &format!("… and {more}\n");
        }
        text += &self.foot;
        Some((text, fits))
    }
}

impl Page {
    /// An empty page; what it has no room for tells this command.
    pub(super) fn new(rest: &'static str) -> Self {
        Page {
            text: String::new(),
            length: 0,
            rest,
        }
    }

    /// Adds what must be there, and is short.
    pub(super) fn add(&mut self, text: &str) {
        self.text += text;
        self.length += length(text);
    }

    /// Adds as many of the blocks as fit into this many characters and into the page, and how many do not.
    pub(super) fn section(&mut self, title: &str, blocks: Vec<Block>, room: usize) {
        if blocks.is_empty() {
            return;
        }
        let end = (self.length + room).min(LIMIT - TAIL);
        self.add(&format!("#### {title}\n\n"));
        let mut told = 0;
        for block in &blocks {
            let room = end.saturating_sub(self.length + MORE);
            let Some((text, is_whole)) = block.within(room) else {
                break;
            };
            self.add(&text);
            told += 1;
            if !is_whole {
                break;
            }
        }
        if told < blocks.len() {
            let (more, rest) = (count(blocks.len() - told), self.rest);
            self.add(&format!("\n… and {more} more, which {rest} tells.\n"));
        }
        self.add("\n");
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Text that fits into a line: long ones are cut, and what would break or turn a line is shown.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let shown = shown::name(&text);
    let mut line: String = shown.chars().take(LINE).collect();
    if length(&shown) > LINE {
        line.pop();
        line.push('…');
    }
    line
}

/// Text that is taken as it stands where Markdown is read: no markup, no links, nobody is mentioned.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in in_html(text).chars() {
        match letter {
            // Where a table is read, it parts cells whatever stands before it.
            '|' => escaped.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' => escaped.extend(['\\', letter]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The same where HTML is read, such as in the line of a folded part.
pub(super) fn in_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in plain(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // GitHub looks for people, issues and addresses in what is shown: a space without width
            // parts the sign from the name.
            '@' | '#' => {
                escaped.push(letter);
                escaped.push_str("&#8203;");
            }
            other => escaped.push(other),
        }
    }
    escaped
        .replace("://", ":&#8203;//")
        .replace("www.", "www&#8203;.")
}

/// Text as a machine reads it, in a line of other text.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    let fence = fence([&*text], 1);
    // One space at each end is taken off again, and parts the text from the fence.
    match fence.len() {
        1 => format!("{fence}{text}{fence}"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// So many backticks at least, and more than stand together in any of the lines: nothing in these ends
/// what is fenced so.
pub(super) fn fence<'a>(lines: impl IntoIterator<Item = &'a str>, least: usize) -> String {
    let quotes = { lines.into_iter() }.flat_map(|line| line.split(|letter| letter != '`'));
    let longest = quotes.map(str::len).max().unwrap_or_default();
    "`".repeat((longest + 1).max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(
            escaped("<b>*Jo* @all #1 `x` [a](b) \\|\n"),
            "&lt;b&gt;\\*Jo\\* @&#8203;all #&#8203;1 \\`x\\` \\[a\\](b) \\\\&#124; "
        );
        assert_eq!(
            in_html("<b>A_B</b> \u{202e}http://x www.y"),
            "&lt;b&gt;A_B&lt;/b&gt; &lt;U+202E&gt;http:&#8203;//x www&#8203;.y"
        );
        assert_eq!(length(&plain(&"é".repeat(5_000))), LINE);
    }

    #[test]
    fn nothing_ends_a_piece_of_code() {
        assert_eq!(code("callrules apply"), "`callrules apply`");
        assert_eq!(code("-C 'a``b'\n`"), "``` -C 'a``b' ` ```");
    }

    fn page(blocks: Vec<Block>, room: usize) -> String {
        let mut page = Page::new("`plan`");
        page.section("Changes", blocks, room);
        assert_eq!(page.length, length(&page.text));
        page.finish()
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let blocks: Vec<Block> = (0..1_000).map(|_| Block::line("x".repeat(99))).collect();
        let text = page(blocks, LIMIT);
        assert!(length(&text) < LIMIT - TAIL + 200);
        let told = text.matches("x\n").count();
        let more = format!("… and {} more, which `plan` tells.", 1_000 - told);
        assert!(told > 600 && text.contains(&more), "{more}");
    }

    #[test]
    fn a_block_that_is_too_long_alone_is_cut_and_closed() {
        let block = Block {
            head: "<details>\n".to_owned(),
            lines: vec!["line".to_owned(); 5_000],
            foot: "</details>\n".to_owned(),
        };
        let text = page(vec![block, Block::line("next".to_owned())], 10_000);
        assert!(length(&text) < 10_100);
        let told = text.matches("line\n").count();
        let more = 5_000 - told;
        let end = format!(
            "line\n… and {},{:03} more lines\n</details>\n\n… and 1 more, which `plan` tells.\n\n",
            more / 1_000,
            more % 1_000
        );
        assert!(told > 1_900 && text.ends_with(&end), "{end}");
    }

    #[test]
    fn what_has_no_room_at_all_is_counted_too() {
        let text = page(vec![Block::line("x".repeat(500)); 3], 200);
        assert_eq!(
            text,
            "#### Changes\n\n\n… and 3 more, which `plan` tells.\n\n"
        );
    }
}
