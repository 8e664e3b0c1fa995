//! Long lines, broken between words and hung below the text that they belong to.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Below this many columns nothing hangs well any more.
const NARROWEST: usize = 30;

/// How much further than its beginning a line hangs, where it has no heads of its own.
const HANG: usize = 2;

/// A text whose lines fit into so many columns, as far as its words do. Lines of a file that is quoted stay
/// as they are: marks below them would lose their place.
pub fn wrap(text: &str, width: usize) -> String {
    if width < NARROWEST {
        return text.to_owned();
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        match display_width(line) <= width || is_quoted(line) {
            true => format!("{line}{end}"),
            false => format!("{}{end}", broken(line, width)),
        }
    });
    lines.collect()
}

/// Fills a text up with spaces to so many columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(display_width(text));
    format!("{text}{:missing$}", "")
}

fn broken(line: &str, width: usize) -> String {
    let hang = " ".repeat(hang(line, width));
    let options = Options::new(width)
        .subsequent_indent(&hang)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(line, options).join("\n")
}

/// Where a line goes on: below its text, where it begins with a head (`        when   5 callers`), else a bit
/// further in than it begins.
fn hang(line: &str, width: usize) -> usize {
    let plain = anstream::adapter::strip_str(line).to_string();
    let inside = plain.trim_start_matches(' ');
    let begins = plain.len() - inside.len();
    let headed = inside.find("  ").map(|head| {
        let text = inside[head..].trim_start_matches(' ');
        begins + display_width(&inside[..inside.len() - text.len()])
    });
    let mut letters = inside.chars();
    let is_marked = letters.next().is_some_and(|mark| !mark.is_alphanumeric());
    let is_prose = begins == 0 && !(is_marked && letters.next() == Some(' '));
    headed
        .filter(|column| *column <= width / 2)
        .unwrap_or(if is_prose { 0 } else { begins + HANG })
}

/// ` 7 |   extension: "101"`, `   |   ^^^^`, `  --> users/alex.yaml:9:7`.
fn is_quoted(line: &str) -> bool {
    let plain = anstream::adapter::strip_str(line).to_string();
    let inside = plain.trim_start_matches(|letter: char| letter == ' ' || letter.is_ascii_digit());
    ["|", "-->", "::: "]
        .iter()
        .any(|mark| inside.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_hangs_below_its_text() {
        for (line, told) in [
            (
                "        when   calls from +1 650-222-2222",
                "        when   calls from +1\n               650-222-2222",
            ),
            (
                "    Mon–Fri 08:00–16:00 · everyone: voicemail",
                "    Mon–Fri 08:00–16:00 ·\n      everyone: voicemail",
            ),
            (
                "a head that is far too long  for a hanging indent",
                "a head that is far too long  for\na hanging indent",
            ),
            (
                "! a remark that is marked as one is",
                "! a remark that is marked as one\n  is",
            ),
            ("short\nand short\n", "short\nand short\n"),
            (
                "   |  a line of a file that is quoted as it is",
                "   |  a line of a file that is quoted as it is",
            ),
        ] {
            assert_eq!(wrap(line, 32), told);
        }
    }

    #[test]
    fn widths_are_those_of_letters_and_styles_have_none() {
        let styled = "\u{1b}[1m  + rule  山田 太郎\u{1b}[0m";
        assert_eq!(wrap(styled, 30), styled);
        let wide = wrap(&format!("  + rule  {}", "山田太郎 ".repeat(6)), 30);
        for line in wide.lines() {
            assert!(display_width(line) <= 30, "{line}");
        }
        assert!(
            wide.lines()
                .skip(1)
                .all(|line| line.starts_with("          山")),
            "{wide}"
        );
        // No words to break between: anywhere, and still nothing is lost.
        let long = "漢".repeat(40);
        let told = wrap(&long, 31);
        assert_eq!(told.replace(['\n', ' '], ""), long);
        for odd in ["👩‍💻", "e\u{301}", "שלום", "\u{200b}", "🇩🇪"] {
            let told = wrap(&odd.repeat(60), 30);
            assert_eq!(told.replace(['\n', ' '], ""), odd.repeat(60));
        }
    }

    #[test]
    fn names_are_filled_up_by_columns() {
        assert_eq!(padded("山田", 6), "山田  ");
        assert_eq!(padded("Zoe\u{308}", 5), "Zoe\u{308}  ");
        assert_eq!(padded("long", 2), "long");
    }
}
