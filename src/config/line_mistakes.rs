//! Finds the line that causes a syntax error: an unclosed quote or bracket, or a missing colon or
//! dash. The parser often stops several lines below.

use super::misplaced_keys::{LIST_KEYS, is_known_key};
use super::source_lines::SourceLine;
use crate::yaml::SourceSpan;

/// An explanation of a syntax error: the message, the location and the fix.
pub(super) struct SyntaxHint {
    pub(super) message: String,
    pub(super) span: SourceSpan,
    pub(super) help: Option<String>,
}

/// Returns the first mistake in the lines up to a syntax error.
pub(super) fn find_line_mistake(error: &SourceSpan) -> Option<SyntaxHint> {
    let last = SourceLine::at_span(error);
    let mut reader = LineReader::default();
    let lines = SourceLine::content_lines(&error.source);
    let mut lines = lines.take_while(|line| line.start <= last.start);
    lines.find_map(|line| {
        let next = line.next_line();
        let is_last = |line: &SourceLine<'_>| line.start == last.start;
        let is_near_error = is_last(&line) || next.as_ref().is_some_and(is_last);
        reader.read_line(line, next, is_near_error)
    })
}

/// Why a line below list items needs a dash.
pub(super) const LIST_ABOVE: &str = "the lines above are a list";

/// Returns the mistake "a dash is missing" for a line, with the reason why a dash is expected.
pub(super) fn missing_dash(line: &SourceLine<'_>, reason: &str) -> SyntaxHint {
    SyntaxHint {
        message: "a dash is missing at the start of this line".to_owned(),
        span: line.span(),
        help: Some(format!("{reason}: write `- {}`", line.text.trim())),
    }
}

/// Returns the mistake "a space is missing" for a line that starts with a dash and a value, as in
/// `-targets`.
pub(super) fn missing_space_after_dash(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    let rest = line.text.trim_start().strip_prefix('-')?;
    let begins_item = rest.starts_with(|c: char| c.is_alphabetic() || "{[\"'+".contains(c));
    begins_item.then(|| SyntaxHint {
        message: "a space is missing after the dash".to_owned(),
        span: line.span_at(line.indent()),
        help: Some(format!("add a space after the dash: `- {rest}`")),
    })
}

/// Returns the mistake "written without a dash" for a key that starts with one.
pub(super) fn extra_dash(line: &SourceLine<'_>) -> SyntaxHint {
    let parent = line.parent_line().and_then(|parent| parent.key());
    let what = match parent {
        Some("interactionRules") => "rules are",
        Some("states") => "states are",
        _ => "this key is",
    };
    let key = line.text.trim_start_matches(['-', ' ']);
    SyntaxHint {
        message: format!("{what} written without a dash"),
        span: line.span(),
        help: Some(format!(
            "write `{key}`, and start all keys of a map in the same column"
        )),
    }
}

/// Returns the mistake of a name such as `Team #1:`, whose end is a comment for YAML.
pub(super) fn commented_name(line: &SourceLine<'_>) -> Option<SyntaxHint> {
    let text = line.text.trim_start();
    let at = text.find(" #").filter(|at| !text[..*at].contains(':'))?;
    let (before, comment) = text.split_at(at);
    let is_name = !before.starts_with(['-', '"', '\'', '{', '[']) && !is_known_key(before.trim());
    let comment = comment.trim_start();
    let has_space = comment[1..].starts_with(char::is_whitespace);
    let ends = comment.find(": ").filter(|_| !has_space);
    let end = ends.or_else(|| comment.ends_with(':').then_some(comment.len() - 1))?;
    let name = &text[..text.len() - comment.len() + end];
    is_name.then(|| SyntaxHint {
        message: "everything after ` #` is a comment".to_owned(),
        span: line.span(),
        help: Some(format!("put the name in quotes: `\"{name}\":`")),
    })
}

/// Reads lines one after the other.
#[derive(Default)]
struct LineReader<'a> {
    /// The nearest line above with content.
    above: Option<LineContent<'a>>,
    /// The open brackets, with their byte offsets in the file.
    open_brackets: Vec<(usize, char)>,
    /// The end of quoted text that continues on following lines, as a byte offset in the file.
    quoted_until: usize,
    /// The indentation of the key whose value is a block of text (`|` or `>`).
    text_block_indent: Option<usize>,
}

/// A line and what it contains.
#[derive(Clone, Copy)]
struct LineContent<'a> {
    line: SourceLine<'a>,
    /// The text without indentation and comment.
    text: &'a str,
    has_key: bool,
}

impl LineContent<'_> {
    /// Returns whether the line is indented more than another one.
    fn is_deeper_than(&self, other: &LineContent<'_>) -> bool {
        self.line.indent() > other.line.indent()
    }
}

/// A line with the lines around it.
#[derive(Clone, Copy)]
struct LineContext<'a> {
    content: LineContent<'a>,
    above: Option<LineContent<'a>>,
    next: Option<SourceLine<'a>>,
}

impl<'a> LineReader<'a> {
    /// Reads a line and returns its mistake, if it has one.
    fn read_line(
        &mut self,
        line: SourceLine<'a>,
        next: Option<SourceLine<'a>>,
        is_near_error: bool,
    ) -> Option<SyntaxHint> {
        let continues = !self.open_brackets.is_empty() || self.quoted_until > line.start;
        if let Some(indent) = self.text_block_indent {
            if line.indent() > indent {
                return None;
            }
            self.text_block_indent = None;
        }
        let content = match self.read_signs(line) {
            Ok(content) => content,
            Err(mistake) => return Some(mistake),
        };
        let above = self.above.replace(content);
        if !self.open_brackets.is_empty() {
            return self.unclosed_bracket(content, next);
        }
        if continues || self.quoted_until > line.start || self.text_block_indent.is_some() {
            return None;
        }
        let lines = LineContext {
            content,
            above,
            next,
        };
        find_missing_dash(lines).or_else(|| find_missing_colon(lines, is_near_error))
    }

    /// Reads the quotes, brackets and colons of a line.
    fn read_signs(&mut self, line: SourceLine<'a>) -> Result<LineContent<'a>, SyntaxHint> {
        let text = line.text;
        let mut content = LineContent {
            line,
            text: text.trim(),
            has_key: false,
        };
        let start = line.indent();
        let mut position = start.max(self.quoted_until.saturating_sub(line.start));
        // Whether a value can begin at this position.
        let mut is_value_start = true;
        while let Some(rest) = text.get(position..)
            && let Some(sign) = rest.chars().next()
        {
            let after = &rest[sign.len_utf8()..];
            let is_before_space = after.is_empty() || after.starts_with(char::is_whitespace);
            let is_in_brackets = !self.open_brackets.is_empty();
            let offset = line.start + position;
            position += sign.len_utf8();
            match sign {
                '"' | '\'' if is_value_start => {
                    is_value_start = false;
                    match quoted_length(rest, sign) {
                        Some(length) => position += length - 1,
                        None => {
                            self.quoted_until = quote_end(&line, offset, sign)?;
                            return Ok(content);
                        }
                    }
                }
                '{' | '[' if is_value_start || is_in_brackets => {
                    self.open_brackets.push((offset, sign));
                    is_value_start = true;
                }
                '}' | ']' if is_in_brackets => {
                    is_value_start = false;
                    if let Some((opened_at, opens)) = self.open_brackets.pop()
                        && closing_bracket(opens) != sign
                    {
                        return Err(missing_bracket(&line, opened_at, opens, ""));
                    }
                }
                ',' if is_in_brackets => is_value_start = true,
                ':' if is_before_space => {
                    content.has_key |= !is_in_brackets;
                    is_value_start = true;
                }
                '#' if text[..position - 1].ends_with(char::is_whitespace) || position == 1 => {
                    content.text = text[..position - 1].trim();
                    break;
                }
                '|' | '>' if is_value_start && !is_in_brackets => {
                    self.text_block_indent = Some(line.indent());
                    break;
                }
                '-' if is_before_space && !is_in_brackets => {}
                _ if sign.is_whitespace() => {}
                _ => is_value_start = false,
            }
        }
        Ok(content)
    }

    /// Returns the mistake of a bracket that is open at the end of a line and does not continue on
    /// the next one.
    fn unclosed_bracket(
        &self,
        content: LineContent<'a>,
        next: Option<SourceLine<'a>>,
    ) -> Option<SyntaxHint> {
        let line = &content.line;
        let (opened_at, opens) = *self.open_brackets.last()?;
        let Some(next) = next else {
            return Some(missing_bracket(line, opened_at, opens, ""));
        };
        let before_next = format!(" before line {}", next.number());
        let opening_line = line.at_offset(opened_at);
        let starts_line = opening_line.start + opening_line.indent() == opened_at;
        let is_inside = next.indent() > opening_line.indent() || starts_line;
        let next_text = next.text.trim_start();
        let is_continued =
            content.text.ends_with(['{', '[', ',', ':']) || next_text.starts_with(['}', ']', ',']);
        if next.is_item() || !(is_inside || next_text.starts_with(['}', ']'])) {
            Some(missing_bracket(line, opened_at, opens, &before_next))
        } else if is_continued {
            None
        } else {
            let closes = closing_bracket(opens);
            Some(SyntaxHint {
                message: format!(
                    "before line {} a comma is missing, or the `{closes}` that closes this `{opens}`",
                    next.number()
                ),
                span: line.span_of_offset(opened_at),
                help: Some(format!(
                    "separate the entries with commas, and close each `{opens}` with `{closes}`"
                )),
            })
        }
    }
}

/// Returns the bracket that closes an opening one.
fn closing_bracket(opens: char) -> char {
    if opens == '{' { '}' } else { ']' }
}

/// Returns the mistake of a bracket that is not closed.
fn missing_bracket(
    line: &SourceLine<'_>,
    opened_at: usize,
    opens: char,
    place: &str,
) -> SyntaxHint {
    let closes = closing_bracket(opens);
    SyntaxHint {
        message: format!("the `{closes}` that closes this `{opens}` is missing{place}"),
        span: line.span_of_offset(opened_at),
        help: Some(format!(
            "add `{closes}` after the last entry that belongs to this `{opens}`"
        )),
    }
}

/// Returns the length of the quoted text at the start of a text, with its quotes. Returns `None` if
/// it is not closed.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            let is_escaped = quote == '\'' && chars.next_if(|(_, c)| *c == quote).is_some();
            if !is_escaped {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Returns the end of quoted text that continues on the next lines, as a byte offset in the file.
/// If these lines look like keys or items, the closing quote is missing.
fn quote_end(line: &SourceLine<'_>, opened_at: usize, quote: char) -> Result<usize, SyntaxHint> {
    let mut end = quoted_length(line.text_from(opened_at), quote).map(|length| opened_at + length);
    let mut next = line.next_line();
    while let (Some(limit), Some(line)) = (end, next) {
        if line.start >= limit {
            break;
        }
        if line.is_item() || line.text.contains(": ") || line.text.ends_with(':') {
            end = None;
        }
        next = line.next_line();
    }
    end.ok_or_else(|| SyntaxHint {
        message: format!("the closing `{quote}` of this text is missing"),
        span: line.span_of_offset(opened_at),
        help: Some(if quote == '"' {
            "add `\"` at the end of the text".to_owned()
        } else {
            "add `'` at the end of the text; put text that contains an apostrophe in double quotes"
                .to_owned()
        }),
    })
}

/// Explains a line that should be a list item: the first line below a key with a list, above an
/// item, or below a complete item.
fn find_missing_dash(lines: LineContext<'_>) -> Option<SyntaxHint> {
    let LineContext {
        content,
        above,
        next,
    } = lines;
    let line = content.line;
    if line.is_item() {
        return None;
    }
    let above = above?;
    let is_structured = content.text.starts_with(['{', '"', '\'', '+']);
    let is_above_item = next.is_some_and(|next| next.is_item_in_column_of(&line));
    let is_value = content.is_deeper_than(&above)
        || (is_above_item && is_structured && line.indent() == above.line.indent());
    let parent_key = above.text.strip_suffix(':').filter(|_| is_value);
    if let Some(key) = parent_key {
        let key = key.trim_start_matches(['-', ' ']);
        let is_list = LIST_KEYS.contains(&key);
        if is_list && let Some(hint) = missing_space_after_dash(&line) {
            return Some(hint);
        }
        let is_above_list =
            next.is_some_and(|next| next.is_item() && next.indent() >= above.line.indent());
        let is_entry = is_above_list || content.has_key;
        let reason = if is_list && is_entry && !content.text.starts_with('[') {
            format!("`{key}` is a list")
        } else if is_above_item && is_structured && !content.has_key {
            "the lines below are a list".to_owned()
        } else {
            return None;
        };
        return Some(missing_dash(&line, &reason));
    }
    let is_sibling = above.line.is_item_in_column_of(&line);
    let is_below_item = above.line.is_item() && content.is_deeper_than(&above) && is_structured;
    if content.has_key || content.text.starts_with('-') {
        None
    } else if is_sibling {
        Some(missing_dash(&line, LIST_ABOVE))
    } else {
        is_below_item.then(|| missing_dash(&line, "the line above is a list item"))
    }
}

/// Explains a line that should be a key: one above lines that belong to it, or one that begins with
/// a known key. The latter is checked only near the error, because text can begin with such a word.
fn find_missing_colon(lines: LineContext<'_>, is_near_error: bool) -> Option<SyntaxHint> {
    let LineContext { content, next, .. } = lines;
    let line = content.line;
    let text = content.text.trim_start_matches(['-', ' ']);
    let (word, value) = text.split_at(text.find([' ', '{', '[']).unwrap_or(text.len()));
    let value = value.trim_start();
    let is_key = is_known_key(word);
    // Colons inside the brackets do not make the line a key.
    let has_brackets = is_key && value.starts_with(['{', '[']);
    let has_key = content.has_key && !has_brackets;
    if has_key || text.is_empty() || text.starts_with(['{', '[', '&', '*', '!']) {
        return None;
    }
    let column = line.indent() + content.text.len() - text.len();
    let has_entries_below = next.is_some_and(|next| {
        let is_entry = next.is_item() || next.text.contains(": ") || next.text.ends_with(':');
        let is_below = next.indent() > column || next.is_item_in_column_of(&line);
        is_entry && is_below && !line.is_item()
    });
    if !(has_entries_below || (is_key && is_near_error)) {
        return None;
    }
    if let Some(hint) = commented_name(&line) {
        return Some(hint);
    }
    let (name, fixed) = if is_key && !value.is_empty() {
        (word, format!("{word}: {value}"))
    } else {
        (text, format!("{text}:"))
    };
    Some(SyntaxHint {
        message: "this line is neither a key nor a value".to_owned(),
        span: line.span(),
        help: Some(format!(
            "is a colon missing after `{name}`? write `{fixed}`"
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, SourceFile};

    /// Returns the position, message and help of the first mistake in a text that is not YAML.
    fn explain(text: &str) -> (String, String, String) {
        let (_, errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
        let hint = find_line_mistake(&errors[0].span).unwrap();
        let (line, column) = hint.span.line_column();
        let at = format!("{line}:{column}");
        (at, hint.message, hint.help.unwrap_or_default())
    }

    /// Asserts the position of the first mistake and a part of its help.
    fn assert_mistakes(cases: &[(&str, &str, &str)]) {
        for (text, at, help) in cases {
            let (actual_at, message, actual) = explain(text);
            assert_eq!(actual_at, *at, "{message}: {text}");
            assert!(actual.contains(help), "{actual}: {text}");
        }
    }

    #[test]
    fn unclosed_bracket_is_reported_where_it_opens() {
        let close_map = "the `}` that closes this `{`";
        let close_list = "the `]` that closes this `[`";
        for (text, at, expected) in [
            ("a: {b: 1\n", "1:4", format!("{close_map} is missing")),
            (
                "a: {b: [1, 2 }\n",
                "1:8",
                format!("{close_list} is missing"),
            ),
            (
                "x: 1\na: {b: 1\nc: 2\n",
                "2:4",
                format!("{close_map} is missing before line 3"),
            ),
            (
                "a:\n- [1, 2\nc: 2\n",
                "2:3",
                format!("{close_list} is missing before line 3"),
            ),
            (
                "a:\n  - {b: [x], c: 40\n  - {b: [y], c: 50}\n\nd:\n  - {b: [z]}\n",
                "2:5",
                format!("{close_map} is missing before line 3"),
            ),
            (
                "a:\n  - [1, 2\n    {c: 2}]\n",
                "2:5",
                format!("before line 3 a comma is missing, or {close_list}"),
            ),
            (
                "a: [\n  {b: 1},\n  {b: 2}\n]\nc: {d: 1\n",
                "5:4",
                format!("{close_map} is missing"),
            ),
        ] {
            let (actual_at, message, _) = explain(text);
            assert_eq!((&*actual_at, message), (at, expected), "{text}");
        }
    }

    #[test]
    fn missing_closing_quote_is_reported_where_the_quote_opens() {
        let add = "add `\"` at the end of the text";
        assert_mistakes(&[
            ("a: \"101\nb: [x] # don't\n", "1:4", add),
            ("a: \"x\nb: \"y\"\n", "1:4", add),
            ("a: [\"x]\nb:\n  c: \"y\"\n", "1:5", add),
            ("a:\n  - {b: \"1, c: d}\n  - {b: \"2\", c: e}\n", "2:9", add),
            (
                "a: 'x\nb: 1\n",
                "1:4",
                "add `'` at the end of the text; put",
            ),
        ]);
    }

    #[test]
    fn missing_colon_is_reported_at_its_line() {
        assert_mistakes(&[
            (
                "states\n  dnd:\n    enabled: true\n",
                "1:1",
                "after `states`? write `states:`",
            ),
            ("x: 1\nstates\n  dnd:\n    a: 1\n", "2:1", "after `states`?"),
            ("states:\n  dnd\n    a: 1\n", "2:3", "after `dnd`?"),
            (
                "r:\n  VIP calls # mine\n    a: 1\n",
                "2:3",
                "after `VIP calls`? write `VIP calls:`",
            ),
            ("r:\n  ring\n  - a\n  b: 1\n", "2:3", "after `ring`?"),
            (
                "a: 1\ntype Terminate\nb: 1\n",
                "2:1",
                "after `type`? write `type: Terminate`",
            ),
            (
                "a: 1\nextension \"101\"\n",
                "2:1",
                "write `extension: \"101\"`",
            ),
            (
                "a: 1\nnoAnswer { b: { c: d } }\n",
                "2:1",
                "write `noAnswer: { b: { c: d } }`",
            ),
        ]);
    }

    #[test]
    fn name_with_a_comment_sign_is_put_in_quotes() {
        let quoted = "put the name in quotes: `\"Team #1 meeting\":`";
        assert_mistakes(&[
            ("r:\n  Team #1 meeting:\n    a: 1\n", "2:3", quoted),
            (
                "r:\n  x: 1\n  Team #1 meeting: # y\n    a: 1\n",
                "3:3",
                quoted,
            ),
            (
                "r:\n  Team # 1:\n    a: 1\n",
                "2:3",
                "quotes: `\"Team # 1\":`",
            ),
            (
                "r:\n  ring #first: x\n    a: 1\n",
                "2:3",
                "is a colon missing after `ring`?",
            ),
        ]);
    }

    #[test]
    fn missing_space_after_the_dash_of_the_first_item_is_reported() {
        assert_mistakes(&[(
            "ring:\n  -{ targets: [a], seconds: 1 }\n  - { targets: [b] }\n",
            "2:3",
            "add a space after the dash: `- { targets: [a], seconds: 1 }`",
        )]);
    }

    #[test]
    fn missing_dash_is_reported_at_its_line() {
        assert_mistakes(&[
            (
                "callerIds:\n    \"x\"\n  - \"y\"\n",
                "2:5",
                "`callerIds` is a list: write `- \"x\"`",
            ),
            (
                "callerIds:\n\"x\"\n- \"y\"\n",
                "2:1",
                "`callerIds` is a list: write `- \"x\"`",
            ),
            (
                "ring:\n  {a: 1}\n  - {a: 2}\n",
                "2:3",
                "`ring` is a list: write `- {a: 1}`",
            ),
            (
                "x:\n  \"a\"\n  - \"b\"\n",
                "2:3",
                "the lines below are a list",
            ),
            (
                "targets:\n  a\n  - b\n  - {c: 1}\n",
                "2:3",
                "`targets` is a list: write `- a`",
            ),
            (
                "ring: # x\n  targets:\n    - a\n    b: 1\n",
                "2:3",
                "write `- targets:`",
            ),
            (
                "x:\n  - {a: 1}\n    {a: 2}\n  - {a: 3}\n",
                "3:5",
                "the line above is a list item",
            ),
            (
                "x:\n  - a\n  b\n  - c\n",
                "3:3",
                "the lines above are a list: write `- b`",
            ),
        ]);
    }

    #[test]
    fn lines_that_are_valid_are_not_blamed() {
        let text = "a: |\n  \"x\n  states\n    y: 1\nb: \"long\n  text\"\nc: [1,\n  2]\nd: it's {x\n\
                    e: \"x\"y\n";
        let (_, errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
        assert!(find_line_mistake(&errors[0].span).is_none());
    }
}
