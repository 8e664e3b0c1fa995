//! Explains common YAML syntax errors: the parser's own messages describe its internals.

use crate::yaml::{SourceSpan, SyntaxErrorKind};

/// An explanation of a syntax error: the message, the location and the fix.
pub(super) struct SyntaxHint {
    pub(super) message: String,
    pub(super) span: SourceSpan,
    pub(super) help: Option<String>,
}

const INDENT_MISMATCH: &str = "the indentation of this line does not match any line above";
const INDENT_HELP: &str = "start all keys of a map in the same column; indent only below a key that \
     ends with a colon. If the indentation is right, the line above may lack a colon at its end, or \
     this line a `- ` at its start";
const QUOTE_HELP: &str = "a quote may be missing on the line above, or there is one too many on this \
     line; put text that contains an apostrophe in double quotes";
const TAB_HELP: &str = "indent with spaces: YAML doesn't allow tabs";
const BRACKETS_HELP: &str =
    "separate the entries with commas, and close each `{` with `}` and each `[` with `]`";

/// Explains a parser error. Errors that are not recognized keep the parser's message.
pub(super) fn explain_syntax_error(span: &SourceSpan, kind: &SyntaxErrorKind) -> SyntaxHint {
    use SyntaxErrorKind as Kind;
    let text = &span.source.text;
    let line = SourceLine::at_span(span);
    let has_tab = line
        .text
        .chars()
        .take_while(|c| c.is_whitespace())
        .any(|c| c == '\t');
    let starts_bracket = text
        .get(span.bytes.clone())
        .is_some_and(|text| text.starts_with(['{', '[']));
    let hint = |message: String, help: &str| SyntaxHint {
        message,
        span: span.clone(),
        help: Some(help.to_owned()),
    };
    let message = kind.to_string();
    match kind {
        _ if text.trim().is_empty() => hint(message, "add content or delete the file"),
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar => hint(message, TAB_HELP),
        _ if has_tab => hint(message, TAB_HELP),
        Kind::CommentInterceptedScalar
        | Kind::MappingValueNotAllowed
        | Kind::SimpleKeyExpected
        | Kind::InvalidSimpleKey
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed => explain_key_error(&line, span, kind),
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => hint(
            "there is text after the closing quote".to_owned(),
            QUOTE_HELP,
        ),
        Kind::UnclosedQuotedScalar | Kind::InvalidQuotedScalarIndent => {
            hint("a quote is not closed".to_owned(), QUOTE_HELP)
        }
        Kind::UnclosedFlowCollection { open } => hint(
            format!("this `{open}` is not closed"),
            "close it, and separate its entries with commas",
        ),
        Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping
        | Kind::ExpectedFlowMappingSeparator
        | Kind::ExpectedFlowSequenceSeparator
        | Kind::InvalidFlowScalarIndent
        | Kind::FlowMappingValueAdjacentCollection => hint(message, BRACKETS_HELP),
        Kind::Custom(_) if starts_bracket => hint(message, BRACKETS_HELP),
        Kind::UnexpectedCharacter { .. } => hint(message, "put quotes around the text"),
        _ => SyntaxHint {
            message,
            span: span.clone(),
            help: None,
        },
    }
}

/// Explains an error around a key: a missing colon or space, a second colon, or wrong indentation.
fn explain_key_error(
    line: &SourceLine<'_>,
    span: &SourceSpan,
    kind: &SyntaxErrorKind,
) -> SyntaxHint {
    use SyntaxErrorKind as Kind;
    let above = line.previous_line();
    // The parser may report an error of one line only in the next.
    let mut lines = std::iter::once(line).chain(&above);
    if let Some(hint) = lines.find_map(|line| line.missing_space_hint(span)) {
        return hint;
    }
    let before = line
        .text_before(span)
        .trim_start_matches([' ', '-'])
        .trim_end();
    let is_text_above = above
        .as_ref()
        .is_some_and(|above| above.indent() == line.indent() && !above.text.contains(':'));
    let (message, help) = match kind {
        Kind::MappingValueNotAllowed if before.contains(": ") => {
            let fix = if before.contains(['"', '{', '[']) {
                "put quotes around the whole text that contains a colon".to_owned()
            } else {
                format!("put names that contain a colon in quotes: `\"{before}\":`")
            };
            ("a second colon in one line".to_owned(), Some(fix))
        }
        Kind::MappingValueNotAllowed if is_text_above => (
            "the line above is neither a key nor a value".to_owned(),
            Some("is a colon missing? add it and a value after the key there".to_owned()),
        ),
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => (
            "this line is neither a key nor a value".to_owned(),
            Some("is a colon missing? add it and a value after the key".to_owned()),
        ),
        Kind::MappingValueNotAllowed if above.is_some() => {
            (INDENT_MISMATCH.to_owned(), Some(INDENT_HELP.to_owned()))
        }
        Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed
            if before.is_empty() =>
        {
            (INDENT_MISMATCH.to_owned(), Some(INDENT_HELP.to_owned()))
        }
        _ => (kind.to_string(), None),
    };
    SyntaxHint {
        message,
        span: span.clone(),
        help,
    }
}

/// The keys at the left margin of user files.
const FILE_KEYS: [&str; 9] = [
    "extension",
    "email",
    "id",
    "profiles",
    "prune",
    "ignore",
    "allow",
    "interactionRules",
    "states",
];
/// The keys of rules and states that contain further keys, with those keys.
const NESTED_KEYS: [(&str, &[&str]); 3] = [
    ("schedule", &["daily", "weekly", "ranges", "calendar"]),
    (
        "conditions",
        &["callerIds", "calledNumbers", "schedule", "state"],
    ),
    (
        "dispatching",
        &[
            "type",
            "greeting",
            "connectingMessage",
            "connectingAudio",
            "screening",
            "ring",
            "ringAlways",
            "noAnswer",
            "terminate",
        ],
    ),
];

/// Returns help for a key that is known, but one level further up or down.
pub(super) fn wrong_level_help(
    span: &SourceSpan,
    key: &str,
    expected: &[String],
) -> Option<String> {
    let line = SourceLine::at_span(span);
    let is_expected = |name: &str| expected.iter().any(|expected| expected == name);
    let parent = line.parent_line();
    let parent_key = parent.as_ref().and_then(SourceLine::key);
    // A key of the file that is indented too far looks like the name of a rule or state.
    let is_section = |key: &&str| ["interactionRules", "states"].contains(key);
    let is_indented = parent.as_ref().is_some_and(|parent| parent.indent() > 0);
    if let Some(section) = parent_key.filter(is_section).filter(|_| is_indented) {
        return Some(format!("`{section}` belongs at the left margin"));
    }
    // Shorter names are keys of other levels too.
    if line.indent() > 0 && key != "id" && key != "extension" && FILE_KEYS.contains(&key) {
        return Some(format!("`{key}` belongs at the left margin"));
    }
    let is_container = |key: &str| NESTED_KEYS.iter().any(|(container, _)| *container == key);
    // A map in braces can be on the line of its key.
    let enclosing_key = line.key().filter(|name| *name != key).or(parent_key);
    let holder = NESTED_KEYS.iter().find(|(container, keys)| {
        enclosing_key == Some(*container) && is_expected(container) && keys.contains(&key)
    });
    if let Some((container, _)) = holder {
        return Some(format!(
            "indent `{container}` below the name of its rule or state"
        ));
    }
    if is_container(key) && is_expected("work-hours") {
        return Some(format!("indent `{key}` below the name of its state"));
    }
    let mut containers = NESTED_KEYS
        .iter()
        .filter(|(container, keys)| is_expected(container) && keys.contains(&key));
    if let Some((container, _)) = containers.next() {
        return Some(format!("indent `{key}` below `{container}`"));
    }
    let sibling = parent_key.filter(|parent| is_container(parent) && is_container(key))?;
    Some(format!(
        "`{key}` belongs in the same column as `{sibling}` above"
    ))
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

    /// Returns the nearest line above that is indented less: the one that this line is part of.
    fn parent_line(&self) -> Option<SourceLine<'a>> {
        let lines_above = std::iter::successors(self.previous_line(), SourceLine::previous_line);
        let mut outer_lines = lines_above.filter(|above| above.indent() < self.indent());
        outer_lines.next()
    }

    /// Returns the key at the start of the line.
    fn key(&self) -> Option<&'a str> {
        let (key, _) = self.text.trim_start().split_once(':')?;
        Some(key.trim_matches(['"', '\'']))
    }

    fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Returns the text of the line before a span.
    fn text_before(&self, span: &SourceSpan) -> &'a str {
        let width = span.bytes.start.saturating_sub(self.start);
        self.text.get(..width).unwrap_or(self.text)
    }

    /// Explains a colon without a following space, as in `enabled:false`. The line must start with
    /// a key of letters.
    fn missing_space_hint(&self, span: &SourceSpan) -> Option<SyntaxHint> {
        let (before, after) = self.text.split_once(':')?;
        let key = before.trim_start_matches([' ', '-']);
        let is_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
        // `id:7` is a valid way to name a user.
        if !is_word || key == "id" || after.starts_with('/') {
            return None;
        }
        let has_space = after.starts_with(char::is_whitespace) || after.is_empty();
        let value = after.trim_start_matches(':');
        let value = value.split(" #").next().unwrap_or_default().trim();
        let at = self.start + before.len();
        (!has_space).then(|| SyntaxHint {
            message: format!("missing space after the colon of `{key}:`"),
            span: SourceSpan::new(&span.source, at..at + 1),
            help: Some(format!("add a space after the colon: `{key}: {value}`")),
        })
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
        let YamlErrorKind::Syntax(kind) = error.kind else {
            panic!("{:?}", error.kind)
        };
        let hint = explain_syntax_error(&error.span, &kind);
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
    fn missing_or_extra_quote_is_explained() {
        for text in [
            "a: \"x\nb: \"y\"\n",
            "a: 'Bob's desk'\n",
            "a: \"x\"y\n",
            "a: \"x\n",
        ] {
            let (_, message, help) = explain(text);
            assert!(message.contains("quote"), "{message}");
            assert_eq!(help, QUOTE_HELP, "{text}");
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
