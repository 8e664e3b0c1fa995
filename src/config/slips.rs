//! Common slips of YAML, told in words that a person knows: what the parser says is about its own work.

use crate::yaml::Place;

/// What is wrong, where, and how to mend it.
pub(super) struct Slip {
    pub(super) why: String,
    pub(super) place: Place,
    pub(super) help: Option<String>,
}

const INDENT: &str = "keys of one map begin in the same column, deeper only below a key that ends with a \
                      colon";

/// The slip behind a complaint of the parser; the parser's own words where it is none of these.
pub(super) fn slip(place: Place, why: String) -> Slip {
    let help = |help: &str| Some(help.to_owned());
    if place.source.text.trim().is_empty() {
        let help = help("write what the file shall say, or remove it");
        return Slip { why, place, help };
    }
    let here = place.clone();
    let line = Line::of(&here);
    let indent = { line.text.chars() }.take_while(|c| c.is_whitespace());
    if { indent }.any(|c| c == '\t') || why.contains("tab") {
        let help = help("indent with spaces: YAML takes no tabs");
        return Slip { why, place, help };
    }
    let about_keys = ["multiline text", "mapping values", "simple key", "block"];
    if about_keys.iter().any(|about| why.contains(about)) {
        return key(&line, place, why);
    }
    let (why, help) = if let Some(bracket) = why.strip_prefix("unclosed bracket ") {
        let why = format!("this {} is not closed", bracket.replace('\'', "`"));
        (why, help("close it, and part its entries with commas"))
    } else if why.contains("flow") || why.contains("comma") {
        let brackets =
            "part the entries with commas, and close each `{` with `}` and each `[` with `]`";
        (why, help(brackets))
    } else if why.contains("unexpected character") {
        (why, help("put quotes around the text"))
    } else {
        (why, None)
    };
    Slip { why, place, help }
}

const FITS_NOTHING: &str = "the indentation of this line fits nothing above it";

/// A key that is none: without its colon, without a space behind it, with one colon too many, or not in
/// its column.
fn key(line: &Line<'_>, place: Place, why: String) -> Slip {
    let above = line.above();
    let told = |why: String, help: String| (why, Some(help));
    // Where one line goes on in the next, the parser notices in the next.
    for line in std::iter::once(line).chain(&above) {
        if let Some(colon) = line.tight_colon() {
            let (key, value) = line.text.split_at(colon);
            let key = key.trim_start_matches([' ', '-']);
            let value = value.trim_start_matches(':');
            let value = value.split(" #").next().unwrap_or_default().trim();
            let at = line.start + colon;
            return Slip {
                why: format!("no space stands after the colon of `{key}:`"),
                place: Place {
                    bytes: at..at + 1,
                    ..place
                },
                help: Some(format!("a space after the colon: `{key}: {value}`")),
            };
        }
    }
    let before = line
        .before(&place)
        .trim_start_matches([' ', '-'])
        .trim_end();
    let (why, help) = if why.contains("block") && before.is_empty() {
        told(FITS_NOTHING.to_owned(), INDENT.to_owned())
    } else if why.contains("mapping values") && before.contains(": ") {
        let mend = match before.contains(['"', '{', '[']) {
            true => "put quotes around the whole text that holds a colon".to_owned(),
            false => format!("a name or text that holds a colon stands in quotes: `\"{before}\":`"),
        };
        told("a second colon in one line".to_owned(), mend)
    } else if why.contains("simple key") {
        let mend = "write a colon and a value behind the key".to_owned();
        told("this line has no colon, and is no key".to_owned(), mend)
    } else if why.contains("mapping values")
        && let Some(above) = &above
    {
        match above.indent() == line.indent() && !above.text.contains(':') {
            true => {
                let mend = "write a colon behind the key there, and its value".to_owned();
                told(
                    "the line above has no colon, and is no key".to_owned(),
                    mend,
                )
            }
            false => told(FITS_NOTHING.to_owned(), INDENT.to_owned()),
        }
    } else {
        (why, None)
    };
    Slip { why, place, help }
}

/// A line of a file, and where it begins.
struct Line<'a> {
    file: &'a str,
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn of(place: &'a Place) -> Self {
        let (_, text, within) = place.excerpt();
        Line {
            file: &place.source.text,
            start: place.bytes.start - within.start.min(place.bytes.start),
            text,
        }
    }

    /// The nearest line above that says something.
    fn above(&self) -> Option<Line<'a>> {
        let mut end = self.start;
        loop {
            let before = self.file.get(..end)?.strip_suffix('\n')?;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let text = before.get(start..)?.trim_end();
            if !text.is_empty() && !text.trim_start().starts_with('#') {
                let file = self.file;
                return Some(Line { file, start, text });
            }
            end = start;
        }
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// What stands before a place in the line.
    fn before(&self, place: &Place) -> &'a str {
        let width = place.bytes.start.saturating_sub(self.start);
        self.text.get(..width).unwrap_or(self.text)
    }

    /// The colon in `enabled:false`: behind a word of letters that begins the line, with no space after it.
    fn tight_colon(&self) -> Option<usize> {
        let colon = self.text.find(':')?;
        let key = self.text.get(..colon)?.trim_start_matches([' ', '-']);
        let next = self.text.get(colon + 1..)?.chars().next()?;
        let is_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
        // `id:7` is how a person is named.
        (is_word && key != "id" && !next.is_whitespace() && next != '/').then_some(colon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, FaultKind, Source};

    /// Where a text is no YAML, what is told, and the help.
    fn told(text: &str) -> (String, String, String) {
        let (_, faults) = yaml::parse(&Source::new("", text.to_owned()));
        let fault = faults.into_iter().next().unwrap();
        let FaultKind::NotYaml(why) = fault.kind else {
            panic!("{:?}", fault.kind)
        };
        let slip = slip(fault.place, why);
        let (line, column) = slip.place.line_column();
        let at = format!("{line}:{column}");
        (at, slip.why, slip.help.unwrap_or_default())
    }

    #[test]
    fn a_missing_space_is_told_at_its_colon() {
        for (text, at) in [
            ("enabled:false # not yet\nb: 1\n", "1:8"),
            ("a:\n  enabled:false # not yet\n  b: 1\n", "2:10"),
            ("a:\n  enabled:false\n\n  # more\n  b: 1\n", "2:10"),
        ] {
            let expected = (
                at.to_owned(),
                "no space stands after the colon of `enabled:`".to_owned(),
                "a space after the colon: `enabled: false`".to_owned(),
            );
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_in_the_wrong_column_is_told_with_the_rule() {
        for (text, at) in [
            ("a:\n    b: 1\n  c: 2\n", "3:3"),
            ("r:\n  - a\n b: 1\n", "3:2"),
            ("a: 1\n  b: 2\n", "2:4"),
        ] {
            let expected = (at.to_owned(), FITS_NOTHING.to_owned(), INDENT.to_owned());
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn an_open_bracket_is_told_where_it_was_opened() {
        for (text, at, why) in [
            ("a: {b: 1\n", "1:4", "this `{` is not closed"),
            (
                "x: 1\na: {b: 1\nc: 2\n",
                "2:4",
                "before line 3 a comma is missing, or the `}` that closes this `{`",
            ),
            (
                "a:\n- [1, 2\nc: 2\n",
                "2:3",
                "before line 3 a comma is missing, or the `]` that closes this `[`",
            ),
        ] {
            let (told_at, told_why, help) = told(text);
            assert_eq!((&*told_at, &*told_why), (at, why), "{text}");
            assert!(help.contains("commas"), "{help}");
        }
    }

    #[test]
    fn a_colon_too_many_or_too_few_is_told() {
        let (at, why, help) = told("Bob's: rule: 1\n");
        assert_eq!((&*at, &*why), ("1:12", "a second colon in one line"));
        assert!(help.ends_with("in quotes: `\"Bob's: rule\":`"), "{help}");
        let (_, why, _) = told("r:\n  x y\n  b: 1\n");
        assert_eq!(why, "the line above has no colon, and is no key");
        let (at, why, _) = told("a: 1\nfoo\nb: 2\n");
        assert_eq!(
            (&*at, &*why),
            ("2:1", "this line has no colon, and is no key")
        );
    }

    #[test]
    fn what_is_no_such_slip_keeps_the_words_of_the_parser() {
        let (at, why, help) = told("a: *x\n");
        assert_eq!((&*at, &*help), ("1:4", ""));
        assert!(why.contains("unknown anchor"), "{why}");
    }
}
