//! Converts YAML errors to diagnostics with suggestions.

use super::yaml_hints;
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::{YamlError, YamlErrorKind};

/// The maximum number of allowed values that a help text lists.
const MAX_SUGGESTIONS_LISTED: usize = 20;

/// Converts a YAML error to a diagnostic with its span, code and help.
pub(super) fn diagnostic_from_error(error: YamlError) -> Diagnostic {
    let YamlError { kind, mut span } = error;
    let (code, message, help) = match kind {
        YamlErrorKind::Syntax(reason) => {
            let hint = yaml_hints::explain_syntax_error(span, reason);
            span = hint.span;
            let message = format!("invalid YAML: {}", hint.message);
            (DiagnosticCode::NotYaml, message, hint.help)
        }
        YamlErrorKind::TooComplex(reason) => {
            let help = "simplify the file: use less nesting and fewer aliases".to_owned();
            (
                DiagnosticCode::TooComplex,
                format!("the file {reason}"),
                Some(help),
            )
        }
        YamlErrorKind::DuplicateKey(key) => (
            DiagnosticCode::DuplicateKey,
            format!("duplicate key `{key}`"),
            Some("keep one of them".to_owned()),
        ),
        YamlErrorKind::UnknownKey { key, expected } => (
            DiagnosticCode::UnknownKey,
            format!("unknown key `{key}`"),
            Some(suggest(&key, &expected)),
        ),
        YamlErrorKind::UnknownVariant {
            variant: word,
            expected,
        } => (
            DiagnosticCode::UnknownWord,
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
        YamlErrorKind::InvalidValue(reason) => match reason.split_once('\n') {
            Some((message, help)) => (
                DiagnosticCode::BadValue,
                message.to_owned(),
                Some(help.to_owned()),
            ),
            None => (DiagnosticCode::BadValue, reason, None),
        },
    };
    Diagnostic {
        code,
        message,
        label: None,
        help,
        file: span.source.path.clone(),
        span: Some(span),
        related: None,
    }
}

/// Returns help that converts the value to the expected type, if that is obvious.
fn wrong_type_help(expected: &str, found: &str) -> Option<String> {
    let word = found.strip_prefix('`')?.strip_suffix('`')?;
    let lower = word.to_lowercase();
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
    if is_allowed("voicemail") && suggestion.starts_with("expected") {
        format!(
            "{suggestion}, or a map: `{{ extension: \"102\" }}`, `{{ phoneNumber: \"+14082324343\" }}`"
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

/// Suggests the most similar of the expected words. If none is similar, lists the expected words.
pub(super) fn suggest(word: &str, expected: &[String]) -> String {
    if word == "<<" {
        return "merge keys (`<<`) are not supported; write the keys out".to_owned();
    }
    let nearest = expected
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, candidate)) if distance <= 1 + word.chars().count() / 3 => {
            format!("did you mean `{candidate}`?")
        }
        Some(_) => {
            let listed = expected
                .iter()
                .take(MAX_SUGGESTIONS_LISTED)
                .map(|word| format!("`{word}`"));
            let listed = listed.collect::<Vec<_>>().join(", ");
            match expected.len().saturating_sub(MAX_SUGGESTIONS_LISTED) {
                0 => format!("expected {listed}"),
                more => format!("expected {listed}, or one of {more} more"),
            }
        }
        None => "no value is allowed here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
