//! Converts YAML errors to diagnostics with suggestions.

use super::suggestions::suggest;
use super::yaml_hints;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::{SourceSpan, YamlError, YamlErrorKind};

/// Converts a YAML error to a diagnostic with its span, code and help.
pub(super) fn diagnostic_from_error(error: YamlError) -> Diagnostic {
    let YamlError { kind, mut span } = error;
    let quote_help = curly_quote_help(&span);
    let (code, message, help) = match kind {
        YamlErrorKind::Syntax(kind) => {
            let hint = yaml_hints::explain_syntax_error(&span, &kind);
            span = hint.span;
            let message = format!("invalid YAML: {}", hint.message);
            (DiagnosticCode::NotYaml, message, hint.help)
        }
        YamlErrorKind::TooComplex(reason) => (
            DiagnosticCode::TooComplex,
            format!("the file {reason}"),
            Some("simplify the file: use less nesting and fewer aliases".to_owned()),
        ),
        YamlErrorKind::DuplicateKey { key, first_line } => (
            DiagnosticCode::DuplicateKey,
            format!("duplicate key `{key}`"),
            Some(format!(
                "the first one is in line {first_line}; keep one of them"
            )),
        ),
        YamlErrorKind::UnknownKey { key, expected } => (
            DiagnosticCode::UnknownKey,
            format!("unknown key `{key}`"),
            Some(
                missing_space_help(&key)
                    .or_else(|| yaml_hints::wrong_level_help(&span, &key, &expected))
                    .unwrap_or_else(|| suggest(&key, &expected)),
            ),
        ),
        YamlErrorKind::UnknownVariant {
            variant: word,
            expected,
        } => (
            DiagnosticCode::UnknownValue,
            format!("unknown value `{word}`"),
            Some(suggest_word(&word, &expected)),
        ),
        YamlErrorKind::MissingKey(key) => (
            DiagnosticCode::MissingKey,
            format!("missing key `{key}`"),
            Some(format!("add `{key}:`")),
        ),
        YamlErrorKind::MissingValue => (
            DiagnosticCode::EmptyValue,
            "this key has no value".to_owned(),
            Some(
                "add a value, or remove the key to leave the account's setting unchanged"
                    .to_owned(),
            ),
        ),
        YamlErrorKind::WrongType { expected, found } => (
            DiagnosticCode::WrongType,
            format!(
                "expected {}, found {found}",
                expected.trim_start_matches("struct ")
            ),
            wrong_type_help(&expected, &found),
        ),
        YamlErrorKind::InvalidValue(reason) => {
            let (message, help) = match reason.split_once('\n') {
                Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
                None => (reason, None),
            };
            (DiagnosticCode::BadValue, message, help)
        }
    };
    Diagnostic {
        code,
        message,
        label: None,
        help: quote_help.or(help),
        file: span.source.path.clone(),
        span: Some(span),
        related: None,
    }
}

/// Returns help for text in curly quotes, which is pasted from a word processor.
pub(super) fn curly_quote_help(span: &SourceSpan) -> Option<String> {
    const CURLY_QUOTES: [char; 4] = ['“', '”', '‘', '’'];
    let text = span.source.text.get(span.bytes.clone())?.trim();
    let has_quotes = text.starts_with(CURLY_QUOTES) || text.ends_with(CURLY_QUOTES);
    // A span of several lines is a map or list, not one value.
    let is_one_line = !text.contains('\n');
    let plain = text.trim_matches(CURLY_QUOTES);
    (has_quotes && is_one_line)
        .then(|| format!("these are curly quotes; use straight quotes: `\"{plain}\"`"))
}

/// Returns help for a key such as `greeting:{ preset`, which lacks a space after its colon.
fn missing_space_help(key: &str) -> Option<String> {
    let (name, rest) = key.split_once(':')?;
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
    let bracket = rest.chars().next().filter(|c| ['{', '['].contains(c))?;
    is_word.then(|| format!("add a space after the colon: `{name}: {bracket}`"))
}

/// Returns help that converts the value to the expected type, if that is obvious.
fn wrong_type_help(expected: &str, found: &str) -> Option<String> {
    if let ("a number", Some(quoted)) = (expected, found.strip_prefix("the text \"")) {
        let number = quoted.trim_end_matches('"');
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        return is_number.then(|| format!("write `{number}` without quotes"));
    }
    let word = found.strip_prefix('`')?.strip_suffix('`')?;
    let lower = word.to_lowercase();
    if expected == "a number" {
        let unit = lower.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = lower.strip_suffix(unit)?;
        let is_seconds = ["s", "sec", "second", "seconds"].contains(&unit.trim());
        return (is_seconds && !number.is_empty()).then(|| format!("write `{number}`"));
    }
    match (expected, lower.as_str()) {
        ("true or false", "yes" | "on") => Some("write `true`".to_owned()),
        ("true or false", "no" | "off") => Some("write `false`".to_owned()),
        ("a list", _) => Some(format!("write a list, even for one item: `[{word}]`")),
        _ => None,
    }
}

/// Suggests a replacement for an unknown word, including maps and other keys that accept the word.
fn suggest_word(word: &str, expected: &[String]) -> String {
    let is_allowed = |word: &str| expected.iter().any(|expected| expected == word);
    let suggestion = suggest(word, expected);
    let is_destination = |end: &&str| word.eq_ignore_ascii_case(end);
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if is_allowed("voicemail") && is_number(word) && word.len() <= 8 {
        format!("did you mean `{{ extension: \"{word}\" }}`?")
    } else if is_allowed("voicemail") && word.strip_prefix('+').is_some_and(is_number) {
        format!("did you mean `{{ phoneNumber: \"{word}\" }}`?")
    } else if is_allowed("voicemail") && suggestion.starts_with("expected") {
        format!(
            "{suggestion}, or a map: `{{ extension: \"102\" }}`, \
             `{{ phoneNumber: \"+14082324343\" }}`"
        )
    } else if is_allowed("Terminate")
        && let Some(destination) = ["voicemail", "announcement"]
            .into_iter()
            .find(is_destination)
    {
        format!("write `type: Terminate` and `terminate: {destination}`")
    } else {
        suggestion
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::SourceFile;

    #[test]
    fn seconds_with_unit_or_quotes_are_corrected() {
        for (found, help) in [
            ("`20s`", Some("write `20`")),
            ("`20 seconds`", Some("write `20`")),
            ("the text \"20\"", Some("write `20` without quotes")),
            ("`20m`", None),
            ("`s`", None),
            ("`soon`", None),
        ] {
            let actual = wrong_type_help("a number", found);
            assert_eq!(actual.as_deref(), help, "{found}");
        }
    }

    #[test]
    fn curly_quotes_are_pointed_out() {
        let help = |text: &str| {
            let source = SourceFile::new("", text.to_owned());
            curly_quote_help(&SourceSpan::new(&source, 0..text.len()))
        };
        assert_eq!(
            help("“+14082324343”").as_deref(),
            Some("these are curly quotes; use straight quotes: `\"+14082324343\"`")
        );
        assert!(help("‘900’").is_some());
        assert_eq!(help("Bob’s desk"), None);
    }

    #[test]
    fn unknown_destination_suggests_maps_and_unknown_type_its_key() {
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let destinations = words(&["voicemail", "announcement"]);
        assert_eq!(
            suggest_word("extension 102", &destinations),
            "expected `voicemail`, `announcement`, or a map: `{ extension: \"102\" }`, \
             `{ phoneNumber: \"+14082324343\" }`"
        );
        for (word, expected) in [
            ("900", "did you mean `{ extension: \"900\" }`?"),
            (
                "+14082324343",
                "did you mean `{ phoneNumber: \"+14082324343\" }`?",
            ),
        ] {
            assert_eq!(suggest_word(word, &destinations), expected);
        }
        assert_eq!(
            suggest_word("voicmail", &destinations),
            "did you mean `voicemail`?"
        );
        let types = words(&["RingAtOnce", "RingInOrder", "Custom", "Terminate"]);
        assert_eq!(
            suggest_word("Voicemail", &types),
            "write `type: Terminate` and `terminate: voicemail`"
        );
        assert_eq!(
            suggest_word("terminate", &types),
            "did you mean `Terminate`?"
        );
    }
}
