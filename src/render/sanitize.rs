//! Sanitizes untrusted text for the terminal: escapes control characters, newlines, bidirectional
//! overrides and other invisible characters.

use std::borrow::Cow;

use crate::model::{code_point, is_invisible, joins};

/// Sanitizes a name or other untrusted text that is printed inside a line. Control characters, line
/// breaks and invisible characters are replaced with visible symbols.
pub fn sanitize_inline(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut sanitized = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        push_visible(&mut sanitized, c, before);
        before = Some(c);
    }
    Cow::Owned(sanitized)
}

/// Sanitizes a whole text. Newlines, tabs and ANSI styles (`ESC [ … m`) are kept, other control
/// characters are escaped.
pub fn sanitize_text(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut sanitized = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        let consumed = match style_len(rest) {
            0 => {
                match c {
                    '\n' | '\t' => sanitized.push(c),
                    other => push_visible(&mut sanitized, other, before),
                }
                before = Some(c);
                c.len_utf8()
            }
            style => {
                sanitized += &rest[..style];
                style
            }
        };
        rest = &rest[consumed..];
    }
    Cow::Owned(sanitized)
}

/// Returns the length in bytes of the ANSI style (`ESC [ 1;31 m`) at the start of `text`, or 0.
fn style_len(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';');
    match end {
        Some(end) if parameters[end..].starts_with('m') => "\u{1b}[".len() + end + 1,
        _ => 0,
    }
}

/// Returns whether a character is a control character, a line break, or invisible, such as a
/// bidirectional override.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_invisible(c)
}

/// Appends a character in a visible form. Invisible characters that join others are kept.
fn push_visible(text: &mut String, c: char, before: Option<char>) {
    if joins(c, before) {
        text.push(c);
    } else {
        *text += &escape_char(c);
    }
}

/// Returns the symbol of a control character (`␛`), or its code point (`<U+202E>`) if it has none.
fn escape_char(c: char) -> String {
    match c {
        '\u{7f}' => "␡".to_owned(),
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c))
            .map(String::from)
            .unwrap_or_default(),
        other if is_hidden(other) => format!("<{}>", code_point(other)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sanitize_inline_escapes_control_characters() {
        for (hostile, expected) in [
            ("\u{1b}[2J", "␛[2J"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("Jo\nPlan: no changes", "Jo␊Plan: no changes"),
            ("Jo\r\u{8}\t\0\u{7f}", "Jo␍␈␉␀␡"),
            ("\u{9b}2J", "<U+009B>2J"),
            ("x\u{202e}y\u{2066}z\u{2028}", "x<U+202E>y<U+2066>z<U+2028>"),
            ("VIP\u{200b}\u{3164}", "VIP<U+200B><U+3164>"),
            ("V\u{200d}IP\u{fe0f}", "V<U+200D>IP<U+FE0F>"),
        ] {
            assert_eq!(sanitize_inline(hostile), expected);
        }
        for harmless in ["Ann", "山田太郎", "דנה", "Zoë\u{308}", "a\u{a0}b"] {
            assert!(matches!(sanitize_inline(harmless), Cow::Borrowed(same) if same == harmless));
        }
        for joined in ["👩‍💻 desk ☎️", "می\u{200c}خواهم"] {
            assert_eq!(sanitize_inline(joined), joined);
        }
    }

    #[test]
    fn sanitize_text_keeps_only_line_breaks_and_styles() {
        let styled = "\u{1b}[1;31mred\u{1b}[0m\n\tplain\n";
        assert_eq!(sanitize_text(styled), styled);
        for (hostile, expected) in [
            ("a\u{1b}[2Jb\n", "a␛[2Jb\n"),
            ("\u{1b}]0;title\u{7}\n", "␛]0;title␇\n"),
            ("\u{1b}[1", "␛[1"),
            ("\u{1b}", "␛"),
            ("a\r\n", "a␍\n"),
            ("\u{202e}\n", "<U+202E>\n"),
        ] {
            assert_eq!(sanitize_text(hostile), expected);
        }
    }
}
