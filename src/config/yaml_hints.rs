//! Explains common YAML syntax errors: the parser's own messages describe its internals.

use super::line_mistakes::{
    LIST_ABOVE, SyntaxHint, commented_name, extra_dash, find_line_mistake, missing_dash,
    missing_space_after_dash,
};
use super::misplaced_keys::{LIST_KEYS, are_siblings, column_of_sibling};
use super::source_lines::SourceLine;
use crate::yaml::{SourceSpan, SyntaxErrorKind, YamlErrorKind};

const INDENT_MISMATCH: &str = "the indentation of this line does not match any line above";
const INDENT_HELP: &str = "start all keys of a map in the same column; indent only below a key that \
     ends with a colon";
const QUOTE_HELP: &str = "there is a quote too many in this line; put text that contains an apostrophe \
     in double quotes";
const TAB_HELP: &str = "indent with spaces: YAML doesn't allow tabs";
const HARD_SPACE: &str = "there is a non-breaking space (U+00A0) in this line";
const HARD_SPACE_HELP: &str = "replace it with a normal space";
const BRACKETS_HELP: &str =
    "separate the entries with commas, and close each `{` with `}` and each `[` with `]`";
const COMMA_HELP: &str = "separate the entries between `{` and `}` or `[` and `]` with commas";

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
    let hint = |message: String, help: &str| SyntaxHint {
        message,
        span: span.clone(),
        help: Some(help.to_owned()),
    };
    let message = kind.to_string();
    let missing_sign =
        || missing_space_hint(&line).or_else(|| missing_comma_hint(&line, span, kind));
    match kind {
        _ if text.trim().is_empty() => hint(message, "add content or delete the file"),
        Kind::TabNotAllowed
        | Kind::TabInBlockIndentation
        | Kind::TabAtBlockScalarStart
        | Kind::TabInIndentation
        | Kind::TabInPlainScalar => hint("there is a tab in this line".to_owned(), TAB_HELP),
        _ if has_tab => hint(
            "there is a tab at the start of this line".to_owned(),
            TAB_HELP,
        ),
        _ => std::iter::once(line)
            .chain(line.previous_line())
            .find_map(|line| hard_space_hint(&line))
            .or_else(|| find_line_mistake(span))
            .or_else(missing_sign)
            .unwrap_or_else(|| explain_kind(&line, span, kind)),
    }
}

/// Explains an error by its kind.
fn explain_kind(line: &SourceLine<'_>, span: &SourceSpan, kind: &SyntaxErrorKind) -> SyntaxHint {
    use SyntaxErrorKind as Kind;
    let starts_bracket = span.text().starts_with(['{', '[']);
    let hint = |message: String, help: &str| SyntaxHint {
        message,
        span: span.clone(),
        help: Some(help.to_owned()),
    };
    let message = kind.to_string();
    match kind {
        Kind::CommentInterceptedScalar
        | Kind::MappingValueNotAllowed
        | Kind::SimpleKeyExpected
        | Kind::InvalidSimpleKey
        | Kind::ExpectedBlockMappingKey
        | Kind::ExpectedBlockSequenceEntry
        | Kind::BlockSequenceEntryNotAllowed => explain_key_error(line, span, kind),
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar => hint(
            "there is text after the closing quote".to_owned(),
            QUOTE_HELP,
        ),
        Kind::UnclosedQuotedScalar | Kind::InvalidQuotedScalarIndent => {
            hint("a quote is not closed".to_owned(), QUOTE_HELP)
        }
        Kind::UnclosedFlowCollection { open } | Kind::MismatchedFlowCollectionEnd { open, .. } => {
            let closes = if *open == '{' { '}' } else { ']' };
            hint(
                format!("the `{closes}` that closes this `{open}` is missing"),
                &format!("add `{closes}` after the last entry that belongs to this `{open}`"),
            )
        }
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
    let hint = above.as_ref().and_then(missing_space_hint);
    let hint = hint
        .or_else(|| indented_key_hint(line))
        .or_else(|| commented_name(line))
        .or_else(|| extra_dash_hint(line))
        .or_else(|| missing_dash_hint(line));
    if let Some(hint) = hint.or_else(|| column_hint(line, span)) {
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

/// Explains a line that starts in another column than the lines that it belongs to.
fn column_hint(line: &SourceLine<'_>, span: &SourceSpan) -> Option<SyntaxHint> {
    let above = line.previous_line()?;
    let hint = |wrong: &SourceLine<'_>, right: &SourceLine<'_>| {
        let number = right.number();
        Some(SyntaxHint {
            message: format!("this line and line {number} should start in the same column"),
            span: wrong.span(),
            help: Some(INDENT_HELP.to_owned()),
        })
    };
    let before = line.text_before(span).trim_start_matches([' ', '-']);
    let is_at_start = before.is_empty();
    if line.indent() > above.indent() {
        let is_complete = above.text.contains(": ") && !above.is_item();
        let is_at_key = is_at_start || line.is_first_colon(span);
        return hint(line, &above).filter(|_| is_complete && is_at_key);
    }
    let deeper = || {
        line.lines_above()
            .take_while(|above| above.indent() > line.indent())
    };
    let first = deeper().last().filter(|_| is_at_start)?;
    if first.is_item() != line.is_item() {
        return hint(line, &line.parent_line()?);
    }
    let siblings = deeper().filter(|above| above.indent() == first.indent());
    if siblings.count() == 1 {
        hint(&first, line)
    } else {
        hint(line, &first)
    }
}

/// Returns help for unquoted text that continues on another line, because that line is indented.
pub(super) fn continued_text_help(span: &SourceSpan) -> Option<String> {
    let text = span.text().trim_end();
    let is_plain = !text.starts_with(['"', '\'', '{', '[', '|', '>']);
    let next = SourceLine::at_span(span).next_line()?.number();
    (is_plain && text.contains('\n')).then(|| {
        format!("line {next} is read as part of this text: start both lines in the same column")
    })
}

/// Returns help for unquoted text in the place of a map or list: a name whose end is a comment, or
/// a list whose first item lacks its dash or the space after it.
pub(super) fn misread_text_help(span: &SourceSpan, expected: &str, found: &str) -> Option<String> {
    let line = SourceLine::at_span(span);
    if expected == "a map" && found.starts_with('`') {
        let SyntaxHint { message, help, .. } = commented_name(&line)?;
        return help.map(|help| format!("{message}: {help}"));
    } else if expected != "a list" {
        return None;
    }
    let (first, rest) = span.text().split_once('\n').unwrap_or((span.text(), ""));
    let number = line.number();
    if let Some(rest) = first.strip_prefix('-') {
        return Some(format!(
            "add a space after the dash: `- {}`",
            rest.trim_end()
        ));
    }
    let is_list = found.starts_with('`') && rest.trim_start().starts_with("- ");
    is_list.then(|| {
        let item = first.trim_end();
        format!("a dash is missing at the start of line {number}: write `- {item}`")
    })
}

/// Returns help for a key or value with a non-breaking space in it or around it, and for a key
/// without a value above a line that is indented with one.
pub(super) fn hard_space_help(span: &SourceSpan, kind: &YamlErrorKind) -> Option<String> {
    let line = SourceLine::at_span(span);
    let is_part = !span.text().contains('\n') && span.text().contains('\u{a0}');
    if is_part || hard_space_hint(&line).is_some() {
        return Some(format!("{HARD_SPACE}; {HARD_SPACE_HELP}"));
    }
    let is_empty = matches!(kind, YamlErrorKind::MissingValue);
    let next = line.next_line().filter(|_| is_empty)?;
    let hint = hard_space_hint(&next)?;
    let number = hint.span.line_column().0;
    Some(format!(
        "line {number} has a non-breaking space (U+00A0); {HARD_SPACE_HELP}"
    ))
}

/// Explains a non-breaking space in the place of indentation or next to a sign. It looks like a
/// space, but YAML reads it as part of the text. Names may contain it.
fn hard_space_hint(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    let mut spaces = line.text.match_indices('\u{a0}').map(|(at, _)| at);
    let at = spaces.find(|at| {
        let (before, after) = line.text.split_at(*at);
        let before = before.trim_end();
        let is_indent = before.trim_start_matches(['-', ' ', '\u{a0}']).is_empty();
        is_indent || before.ends_with(':') || after.trim_start().starts_with(':')
    })?;
    let start = line.start + at;
    Some(SyntaxHint {
        message: HARD_SPACE.to_owned(),
        span: line.span_of_bytes(start..start + '\u{a0}'.len_utf8()),
        help: Some(HARD_SPACE_HELP.to_owned()),
    })
}

/// Explains a key that is indented as far as the list or map of another key of its map.
fn indented_key_hint(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    Some(SyntaxHint {
        message: column_of_sibling(line)?,
        span: line.span(),
        help: Some(INDENT_HELP.to_owned()),
    })
}

/// Explains a key with a dash among keys without one.
fn extra_dash_hint(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    let above = line
        .lines_above()
        .find(|above| above.indent() <= line.indent())?;
    let is_in_column = above.indent() == line.indent() && !above.is_item();
    let is_first_item = above.text.ends_with(':') && above.next_line()?.start == line.start;
    let has_key = line.is_item() && line.key_in_item().is_some();
    (is_in_column && has_key && !is_first_item).then(|| extra_dash(line))
}

/// Explains a line in a list that lacks its dash, or keys of which only the first has a dash.
fn missing_dash_hint(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    let block = line
        .lines_above()
        .take_while(|above| above.indent() >= line.indent());
    let same_column = block.filter(|above| above.indent() == line.indent());
    let mut from_below: Vec<SourceLine<'_>> = std::iter::once(*line).chain(same_column).collect();
    let first = from_below.pop().filter(SourceLine::is_item)?;
    let wrong = from_below.into_iter().rfind(|line| !line.is_item())?;
    let parent_key = line.parent_line().and_then(|parent| parent.key_in_item());
    let is_list = parent_key.is_some_and(|key| LIST_KEYS.contains(&key));
    let are_keys = first
        .key_in_item()
        .zip(wrong.key())
        .is_some_and(|(first, wrong)| are_siblings(first, wrong));
    let holds_names = parent_key.is_some_and(|key| ["interactionRules", "states"].contains(&key));
    Some(if holds_names || (are_keys && !is_list) {
        extra_dash(&first)
    } else {
        missing_dash(&wrong, LIST_ABOVE)
    })
}

/// Explains a missing space after a colon, as in `enabled:false`, or after a dash, as in
/// `-targets`. The line must start with a dash or a key of letters.
fn missing_space_hint(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    if let Some(hint) = missing_space_after_dash(line) {
        return Some(hint);
    }
    let (before, after) = line.text.split_once(':')?;
    let key = before.trim_start_matches([' ', '-']);
    let is_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphabetic());
    let has_space = after.starts_with(char::is_whitespace) || after.is_empty();
    // `id:7` is a valid way to name a user.
    if !is_word || has_space || key == "id" || after.starts_with('/') {
        return None;
    }
    let value = after.trim_start_matches(':');
    let value = value.split(" #").next().unwrap_or_default().trim();
    Some(SyntaxHint {
        message: format!("missing space after the colon of `{key}:`"),
        span: line.span_at(before.len()),
        help: Some(format!("add a space after the colon: `{key}: {value}`")),
    })
}

/// Explains a missing comma between two entries on one line.
fn missing_comma_hint(
    line: &SourceLine<'_>,
    span: &SourceSpan,
    kind: &SyntaxErrorKind,
) -> Option<SyntaxHint> {
    use SyntaxErrorKind as Kind;
    let before = line.text_before(span);
    let is_separator = matches!(
        kind,
        Kind::ExpectedFlowMappingSeparator | Kind::ExpectedFlowSequenceSeparator
    );
    let is_after_quote = matches!(
        kind,
        Kind::InvalidTrailingSingleQuotedScalar | Kind::InvalidTrailingDoubleQuotedScalar
    ) && before.ends_with(' ');
    if !(is_separator || is_after_quote) || !is_in_brackets(before) {
        return None;
    }
    let rest = line.text.get(before.len()..)?;
    // The parser reads `a b: 1` as one key and stops at its colon.
    let start = if rest.starts_with(':') {
        before.rfind([' ', '{', '[', ','])? + 1
    } else {
        before.len()
    };
    let entry = line.text.get(start..)?;
    let end = entry.find([' ', ',', ':', '}', ']']).unwrap_or(entry.len());
    let word = entry.get(..end).filter(|word| !word.is_empty())?;
    let at = line.start + start;
    Some(SyntaxHint {
        message: format!("a comma is missing before `{word}`"),
        span: SourceSpan::new(&span.source, at..at + word.len()),
        help: Some(COMMA_HELP.to_owned()),
    })
}

/// Returns whether a bracket is open at the end of a text.
fn is_in_brackets(text: &str) -> bool {
    let mut depth = 0;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => depth -= 1,
            (None, _) => {}
        }
    }
    depth > 0 && quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, SourceFile};

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
    fn missing_space_is_reported_in_each_place() {
        for (text, at, help) in [
            (
                "a:{ b: \"x\", c: y }\n",
                "1:2",
                "colon: `a: { b: \"x\", c: y }`",
            ),
            ("-{ a: [x], b: 2 }\n", "1:1", "dash: `- { a: [x], b: 2 }`"),
            ("r:\n  - a\n  -b\nc: 1\n", "3:3", "dash: `- b`"),
            ("r:\n  -a: 1\n   b: 2\n", "2:3", "dash: `- a: 1`"),
        ] {
            let (actual_at, _, actual) = explain(text);
            let expected = format!("add a space after the {help}");
            assert_eq!((&*actual_at, actual), (at, expected), "{text}");
        }
    }

    #[test]
    fn missing_comma_is_reported_before_the_next_entry() {
        for (text, at, word) in [
            ("a: { b: [x] c: 2 }\n", "1:13", "c"),
            ("a: { b: 1 c: 2 }\n", "1:11", "c"),
            ("a: { b: \"x\" c: 2 }\n", "1:13", "c"),
            ("a: [\"x\" \"y\"]\n", "1:9", "\"y\""),
            ("a: [{ b: 1 } { b: 2 }]\n", "1:14", "{"),
        ] {
            let expected = (
                at.to_owned(),
                format!("a comma is missing before `{word}`"),
                COMMA_HELP.to_owned(),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
    }

    #[test]
    fn missing_dash_is_reported_at_its_line() {
        for (text, at, fixed) in [
            ("r:\n  - a: 1\n    b: 2\n  a: 3\n  b: 4\n", "4:3", "- a: 3"),
            ("r:\n  - \"x\"\n  \"y\"\n  - \"z\"\n", "3:3", "- \"y\""),
        ] {
            let expected = (
                at.to_owned(),
                "a dash is missing at the start of this line".to_owned(),
                format!("the lines above are a list: write `{fixed}`"),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
    }

    #[test]
    fn key_indented_as_far_as_a_list_names_the_key_of_its_map() {
        for (text, at, key, sibling) in [
            (
                "conditions:\n  callerIds:\n    - \"x\"\n    - \"y\"\n    state: dnd\n",
                "5:5",
                "state",
                "callerIds` (line 2)",
            ),
            (
                "conditions:\n  callerIds:\n    - \"x\"\n      state: dnd\n",
                "4:7",
                "state",
                "callerIds` (line 2)",
            ),
            (
                "conditions:\n  callerIds:\n    - \"x\"\n    dispatching:\n      type: a\n",
                "4:5",
                "dispatching",
                "conditions` (line 1)",
            ),
            (
                "ring:\n  - targets: [a]\n    seconds: 1\n  noAnswer: voicemail\n",
                "4:3",
                "noAnswer",
                "ring` (line 1)",
            ),
            (
                "ring:\n  - targets:\n      - a\n      seconds: 1\n",
                "4:7",
                "seconds",
                "targets` (line 2)",
            ),
        ] {
            let message = format!("`{key}` should start in the same column as `{sibling}");
            let expected = (at.to_owned(), message, INDENT_HELP.to_owned());
            assert_eq!(explain(text), expected, "{text}");
        }
        let group = "dispatching:\n  ring:\n    - targets: [a]\n    enabled: true\n";
        assert!(explain(group).2.ends_with("write `- enabled: true`"));
    }

    #[test]
    fn key_with_a_dash_among_keys_is_written_without_it() {
        let rules = "interactionRules:\n  VIP:\n    enabled: true\n  - Team meeting:\n";
        for (text, at, message, fixed) in [
            (
                format!("{rules}    enabled: true\n"),
                "4:3",
                "rules are",
                "Team meeting:",
            ),
            (
                "interactionRules:\n  - VIP:\n      enabled: true\n  Team:\n".to_owned(),
                "2:3",
                "rules are",
                "VIP:",
            ),
            (
                "states:\n  dnd:\n    enabled: true\n  - agent:\n".to_owned(),
                "4:3",
                "states are",
                "agent:",
            ),
            (
                "VIP:\n  - conditions: {}\n  dispatching: {}\n".to_owned(),
                "2:3",
                "this key is",
                "conditions: {}",
            ),
            (
                "type: Terminate\n- terminate: voicemail\n".to_owned(),
                "2:1",
                "this key is",
                "terminate: voicemail",
            ),
        ] {
            let expected = (
                at.to_owned(),
                format!("{message} written without a dash"),
                format!("write `{fixed}`, and start all keys of a map in the same column"),
            );
            assert_eq!(explain(&text), expected, "{text}");
        }
    }

    #[test]
    fn non_breaking_space_is_reported_in_its_line() {
        for (text, at) in [
            ("a:\n  b: 1\n\u{a0} c: 2\n  d: 1\n", "3:1"),
            ("a:\n  b: 1\n  c:\u{a0}2\n", "3:5"),
            ("a:\n  b: 1\n  c:\u{a0}2\nd: 1\n", "3:5"),
            ("ring:\n  -\u{a0}targets: [a]\n    seconds: 1\n", "2:4"),
        ] {
            let expected = (
                at.to_owned(),
                HARD_SPACE.to_owned(),
                HARD_SPACE_HELP.to_owned(),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
        let (_, message, _) = explain("a:\n  \"VIP\u{a0}calls\": {x\n");
        assert_ne!(message, HARD_SPACE);
    }

    #[test]
    fn line_in_a_wrong_column_names_the_line_that_it_belongs_to() {
        for (text, at, other) in [
            ("a:\n    b: 1\n  c: 2\n", "2:5", 3),
            ("a:\n    b: 1\n    c: 2\n  d: 3\n", "4:3", 2),
            ("r:\n  - a\n b: 1\n", "3:2", 1),
            ("a: 1\n  b: 2\n", "2:3", 1),
            ("a: { x: 1 }\n  b: 2\n", "2:3", 1),
        ] {
            let expected = (
                at.to_owned(),
                format!("this line and line {other} should start in the same column"),
                INDENT_HELP.to_owned(),
            );
            assert_eq!(explain(text), expected, "{text}");
        }
    }

    #[test]
    fn continued_text_names_the_line_that_is_indented() {
        let text = "mobileApps\n  - desktopApps\n";
        let source = SourceFile::new("", text.to_owned());
        let help = |end| continued_text_help(&SourceSpan::new(&source, 0..end));
        let expected = "line 2 is read as part of this text: start both lines in the same column";
        assert_eq!(help(text.len()).as_deref(), Some(expected));
        assert_eq!(help(10), None);
    }

    #[test]
    fn extra_quote_is_explained() {
        for text in ["a: 'Bob's desk'\n", "a: \"x\"y\n"] {
            let (_, message, help) = explain(text);
            assert_eq!(message, "there is text after the closing quote", "{text}");
            assert_eq!(help, QUOTE_HELP, "{text}");
        }
    }

    #[test]
    fn extra_or_missing_colon_is_explained() {
        let (at, message, help) = explain("Bob's: rule: 1\n");
        assert_eq!((&*at, &*message), ("1:12", "a second colon in one line"));
        assert!(help.ends_with("in quotes: `\"Bob's: rule\":`"), "{help}");
        let (_, message, _) = explain("ring:\n  - targets: [a]\n    seconds: 15 x: y\n");
        assert_eq!(message, "a second colon in one line");
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
