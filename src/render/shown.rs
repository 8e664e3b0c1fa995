//! Text that says what it says: what a name has in it moves no cursor, begins no line and turns none round.

use std::borrow::Cow;

/// A name, or anything else that somebody typed elsewhere, as part of a line: letters that would steer the
/// terminal are shown in place of being obeyed.
pub fn name(text: &str) -> Cow<'_, str> {
    match text.contains(steers) {
        true => Cow::Owned(text.chars().map(picture).collect()),
        false => Cow::Borrowed(text),
    }
}

/// A whole text for people, whatever came into it: only the ends of its lines and the styles that this
/// program gives it are obeyed.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(|letter| steers(letter) && letter != '\n') {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = match style(rest) {
            0 => {
                match letter {
                    '\n' | '\t' => safe.push(letter),
                    other => safe += &picture(other),
                }
                letter.len_utf8()
            }
            style => {
                safe += &rest[..style];
                style
            }
        };
        rest = &rest[taken..];
    }
    Cow::Owned(safe)
}

/// How long the style is that a text begins with: `ESC [ 1;31 m`.
fn style(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let end = parameters.find(|letter: char| !letter.is_ascii_digit() && letter != ';');
    match end {
        Some(end) if parameters[end..].starts_with('m') => "\u{1b}[".len() + end + 1,
        _ => 0,
    }
}

/// Controls, the ends of lines, and what turns the direction of writing.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The picture of a letter that steers: `␛`, or `<U+202E>` where there is none.
fn picture(letter: char) -> String {
    let number = u32::from(letter);
    match letter {
        '\u{7f}' => "␡".to_owned(),
        '\0'..='\u{1f}' => char::from_u32(0x2400 + number)
            .map(String::from)
            .unwrap_or_default(),
        other if steers(other) => format!("<U+{number:04X}>"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_steers_nothing() {
        for (hostile, told) in [
            ("\u{1b}[2J", "␛[2J"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("Jo\nPlan: no changes", "Jo␊Plan: no changes"),
            ("Jo\r\u{8}\t\0\u{7f}", "Jo␍␈␉␀␡"),
            ("\u{9b}2J", "<U+009B>2J"),
            ("x\u{202e}y\u{2066}z\u{2028}", "x<U+202E>y<U+2066>z<U+2028>"),
        ] {
            assert_eq!(name(hostile), told);
        }
        for sound in ["Ann", "山田太郎", "דנה", "Zoë\u{308}", "👩‍💻", "a\u{a0}b"] {
            assert!(matches!(name(sound), Cow::Borrowed(same) if same == sound));
        }
    }

    #[test]
    fn a_text_keeps_its_lines_and_its_styles_and_nothing_else() {
        let styled = "\u{1b}[1;31mred\u{1b}[0m\n\tplain\n";
        assert_eq!(text(styled), styled);
        for (hostile, told) in [
            ("a\u{1b}[2Jb\n", "a␛[2Jb\n"),
            ("\u{1b}]0;title\u{7}\n", "␛]0;title␇\n"),
            ("\u{1b}[1", "␛[1"),
            ("\u{1b}", "␛"),
            ("a\r\n", "a␍\n"),
            ("\u{202e}\n", "<U+202E>\n"),
        ] {
            assert_eq!(text(hostile), told);
        }
    }
}
