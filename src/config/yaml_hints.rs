//! Explains common YAML syntax errors: the parser's own messages describe its internals.

use crate::yaml::SourceSpan;

/// An explanation of a syntax error: the message, the location and the fix.
pub(super) struct SyntaxHint {
    pub(super) message: String,
    pub(super) span: SourceSpan,
    pub(super) help: Option<String>,
}

const INDENT_HELP: &str = "start all keys of a map in the same column; indent only below a key that ends with a \
                      colon";

/// Explains a parser error. Errors that are not recognized keep the parser's message.
pub(super) fn explain_syntax_error(span: SourceSpan, message: String) -> SyntaxHint {
    let help = |help: &str| Some(help.to_owned());
    if span.source.text.trim().is_empty() {
        let help = help("add content or delete the file");
        return SyntaxHint {
            message,
            span,
            help,
        };
    }
    let here = span.clone();
    let line = SourceLine::at_span(&here);
    let mut indent = line.text.chars().take_while(|c| c.is_whitespace());
    if indent.any(|c| c == '\t') || message.contains("tab") {
        let help = help("indent with spaces: YAML doesn't allow tabs");
        return SyntaxHint {
            message,
            span,
            help,
        };
    }
    let about_keys = ["multiline text", "mapping values", "simple key", "block"];
    if about_keys.iter().any(|about| message.contains(about)) {
        return key_hint(&line, span, message);
    }
    let (message, help) = if let Some(bracket) = message.strip_prefix("unclosed bracket ") {
        let message = format!("this {} is not closed", bracket.replace('\'', "`"));
        (
            message,
            help("close it, and separate its entries with commas"),
        )
    } else if message.contains("flow") || message.contains("comma") {
        let brackets =
            "separate the entries with commas, and close each `{` with `}` and each `[` with `]`";
        (message, help(brackets))
    } else if message.contains("unexpected character") {
        (message, help("put quotes around the text"))
    } else {
        (message, None)
    };
    SyntaxHint {
        message,
        span,
        help,
    }
}

const INDENT_MISMATCH: &str = "the indentation of this line does not match any line above";

/// Explains an error around a key: a missing colon or space, a second colon, or wrong indentation.
fn key_hint(line: &SourceLine<'_>, span: SourceSpan, message: String) -> SyntaxHint {
    let help = |help: &str| Some(help.to_owned());
    let above = line.previous_line();
    // The parser may report an error of one line only in the next.
    for line in std::iter::once(line).chain(&above) {
        if let Some(colon) = line.colon_without_space() {
            let (key, value) = line.text.split_at(colon);
            let key = key.trim_start_matches([' ', '-']);
            let value = value.trim_start_matches(':');
            let value = value.split(" #").next().unwrap_or_default().trim();
            let at = line.start + colon;
            return SyntaxHint {
                message: format!("missing space after the colon of `{key}:`"),
                span: SourceSpan {
                    bytes: at..at + 1,
                    ..span
                },
                help: Some(format!("add a space after the colon: `{key}: {value}`")),
            };
        }
    }
    let before = line
        .text_before(&span)
        .trim_start_matches([' ', '-'])
        .trim_end();
    let (message, help) = if message.contains("block") && before.is_empty() {
        (INDENT_MISMATCH.to_owned(), help(INDENT_HELP))
    } else if message.contains("mapping values") && before.contains(": ") {
        let fix = if before.contains(['"', '{', '[']) {
            "put quotes around the whole text that contains a colon".to_owned()
        } else {
            format!("put names that contain a colon in quotes: `\"{before}\":`")
        };
        ("a second colon in one line".to_owned(), Some(fix))
    } else if message.contains("simple key") {
        (
            "this line is neither a key nor a value".to_owned(),
            help("is a colon missing? add it and a value after the key"),
        )
    } else if message.contains("mapping values")
        && let Some(above) = &above
    {
        if above.indent() == line.indent() && !above.text.contains(':') {
            (
                "the line above is neither a key nor a value".to_owned(),
                help("is a colon missing? add it and a value after the key there"),
            )
        } else {
            (INDENT_MISMATCH.to_owned(), help(INDENT_HELP))
        }
    } else {
        (message, None)
    };
    SyntaxHint {
        message,
        span,
        help,
    }
}

/// A line of a file with its start offset in bytes.
struct SourceLine<'a> {
    file: &'a str,
    start: usize,
    text: &'a str,
}

impl<'a> SourceLine<'a> {
    fn at_span(span: &'a SourceSpan) -> Self {
        let (_, text, within) = span.excerpt();
        SourceLine {
            file: &span.source.text,
            start: span.bytes.start - within.start.min(span.bytes.start),
            text,
        }
    }

    /// Returns the nearest line above that is neither empty nor a comment.
    fn previous_line(&self) -> Option<SourceLine<'a>> {
        let mut end = self.start;
        loop {
            let before = self.file.get(..end)?.strip_suffix('\n')?;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let text = before.get(start..)?.trim_end();
            if !text.is_empty() && !text.trim_start().starts_with('#') {
                let file = self.file;
                return Some(SourceLine { file, start, text });
            }
            end = start;
        }
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Returns the text of the line before a span.
    fn text_before(&self, span: &SourceSpan) -> &'a str {
        let width = span.bytes.start.saturating_sub(self.start);
        self.text.get(..width).unwrap_or(self.text)
    }

    /// Returns the offset of a colon without a following space, as in `enabled:false`. The line
    /// must start with a key of letters.
    fn colon_without_space(&self) -> Option<usize> {
        let colon = self.text.find(':')?;
        let key = self.text.get(..colon)?.trim_start_matches([' ', '-']);
        let next = self.text.get(colon + 1..)?.chars().next()?;
        let is_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
        // `id:7` is a valid way to name a user.
        (is_word && key != "id" && !next.is_whitespace() && next != '/').then_some(colon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, SourceFile, YamlErrorKind};

    /// Returns the position, message and help of the first syntax error in a text.
    fn explain(text: &str) -> (String, String, String) {
        let (_, errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
        let error = errors.into_iter().next().unwrap();
        let YamlErrorKind::Syntax(message) = error.kind else {
            panic!("{:?}", error.kind)
        };
        let hint = explain_syntax_error(error.span, message);
        let (line, column) = hint.span.line_column();
        let at = format!("{line}:{column}");
        (at, hint.message, hint.help.unwrap_or_default())
    }

    #[test]
    fn missing_space_is_reported_at_the_colon() {
        for (text, at) in [
            ("enabled:false # not yet\nb: 1\n", "1:8"),
            ("a:\n  enabled:false # not yet\n  b: 1\n", "2:10"),
            ("a:\n  enabled:false\n\n  # more\n  b: 1\n", "2:10"),
        ] {
            let expected = (
                at.to_owned(),
                "missing space after the colon of `enabled:`".to_owned(),
                "add a space after the colon: `enabled: false`".to_owned(),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
    }

    #[test]
    fn wrong_indentation_explains_the_rule() {
        for (text, at) in [
            ("a:\n    b: 1\n  c: 2\n", "3:3"),
            ("r:\n  - a\n b: 1\n", "3:2"),
            ("a: 1\n  b: 2\n", "2:4"),
        ] {
            let expected = (
                at.to_owned(),
                INDENT_MISMATCH.to_owned(),
                INDENT_HELP.to_owned(),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
    }

    #[test]
    fn unclosed_bracket_is_reported_where_it_opens() {
        for (text, at, expected) in [
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
            let (actual_at, message, help) = explain(text);
            assert_eq!((&*actual_at, &*message), (at, expected), "{text}");
            assert!(help.contains("commas"), "{help}");
        }
    }

    #[test]
    fn extra_or_missing_colon_is_explained() {
        let (at, message, help) = explain("Bob's: rule: 1\n");
        assert_eq!((&*at, &*message), ("1:12", "a second colon in one line"));
        assert!(help.ends_with("in quotes: `\"Bob's: rule\":`"), "{help}");
        let (_, message, _) = explain("r:\n  x y\n  b: 1\n");
        assert_eq!(message, "the line above is neither a key nor a value");
        let (at, message, _) = explain("a: 1\nfoo\nb: 2\n");
        assert_eq!(
            (&*at, &*message),
            ("2:1", "this line is neither a key nor a value")
        );
    }

    #[test]
    fn other_syntax_error_keeps_the_parser_message() {
        let (at, message, help) = explain("a: *x\n");
        assert_eq!((&*at, &*help), ("1:4", ""));
        assert!(message.contains("unknown anchor"), "{message}");
    }
}
