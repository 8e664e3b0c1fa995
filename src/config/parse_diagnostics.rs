//! Converts YAML errors to diagnostics with suggestions.

use super::curly_quotes::curly_quote_help;
use super::shape_hints::ShapeHint;
use super::{misnamed_keys, misplaced_keys, shape_hints, yaml_hints};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::{YamlError, YamlErrorKind, YamlNode};

/// Converts the YAML errors of a file to diagnostics. `tree` is the file, if it is valid YAML.
pub(super) fn diagnostics_from_errors(
    mut errors: Vec<YamlError>,
    tree: Option<&YamlNode>,
) -> Vec<Diagnostic> {
    misplaced_keys::drop_follow_up_errors(&mut errors);
    misnamed_keys::drop_follow_up_errors(&mut errors);
    let convert = |error| diagnostic_from_error(error, tree);
    errors.into_iter().map(convert).collect()
}

/// Converts a YAML error to a diagnostic with its span, code and help.
fn diagnostic_from_error(error: YamlError, tree: Option<&YamlNode>) -> Diagnostic {
    let YamlError { kind, mut span } = error;
    let quote_help = curly_quote_help(&span);
    let keys = tree
        .and_then(|tree| tree.keys_to(&span))
        .unwrap_or_default();
    let key = keys.last().copied().unwrap_or_default();
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
        YamlErrorKind::UnknownKey { key, .. } if key == "<<" => (
            DiagnosticCode::UnknownKey,
            format!("unknown key `{key}`"),
            Some("merge keys (`<<`) are not supported; write the keys out".to_owned()),
        ),
        YamlErrorKind::UnknownKey { key, expected } => (
            DiagnosticCode::UnknownKey,
            format!("unknown key `{key}`"),
            Some(
                missing_sign_help(&key, &expected)
                    .or_else(|| misplaced_keys::wrong_level_help(&span, &key, &expected))
                    .unwrap_or_else(|| misnamed_keys::suggest_key(&span, &key, &expected)),
            ),
        ),
        YamlErrorKind::UnknownVariant {
            variant: word,
            expected,
        } => (
            DiagnosticCode::UnknownValue,
            format!("unknown value `{word}`"),
            Some(
                yaml_hints::continued_text_help(&span)
                    .unwrap_or_else(|| shape_hints::suggest_word(&word, key, &expected)),
            ),
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
                shape_hints::missing_value_help(span.text(), key)
                    .unwrap_or_else(|| empty_value_help(key).to_owned()),
            ),
        ),
        YamlErrorKind::WrongType { expected, found } => {
            let hint = shape_hints::explain_shape(key, &expected, &found, span.text());
            let (expected, help) = match hint {
                Some(ShapeHint { expected, help }) => (expected, Some(help)),
                None => (&*expected, wrong_type_help(&expected, &found)),
            };
            let expected = expected.trim_start_matches("struct ");
            let message = format!("expected {expected}, found {found}");
            (DiagnosticCode::WrongType, message, help)
        }
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
    .with_short_quotes()
}

/// Returns help for a key such as `greeting:{ preset`, `weekly { mon-fri` or `-targets`, which
/// lacks a colon, or the space after its colon or dash.
fn missing_sign_help(key: &str, expected: &[String]) -> Option<String> {
    if let Some(name) = key.strip_prefix('-') {
        return Some(format!("add a space after the dash: `- {name}`"));
    }
    if let Some((name, _)) = key.split_once([' ', '{', '['])
        && expected.iter().any(|expected| expected == name)
    {
        return Some(format!("add a colon after `{name}`"));
    }
    let (name, rest) = key.split_once(':')?;
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic());
    match rest.chars().next()? {
        bracket @ ('{' | '[') if is_word => {
            Some(format!("add a space after the colon: `{name}: {bracket}`"))
        }
        _ if expected.iter().any(|expected| expected == name) => {
            Some(format!("add a space after the colon: `{name}: {rest}`"))
        }
        _ => None,
    }
}

/// Returns help that converts the value to the expected type, if that is obvious.
fn wrong_type_help(expected: &str, found: &str) -> Option<String> {
    if let ("a number", Some(quoted)) = (expected, found.strip_prefix("the text \"")) {
        let number = quoted.trim_end_matches('"');
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        return is_number.then(|| format!("write `{number}` without quotes"));
    }
    if let ("a list", Some(quoted)) = (expected, found.strip_prefix("the text ")) {
        return Some(format!("write a list, even for one item: `[{quoted}]`"));
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
        ("a list", _) => {
            let word = word.trim_matches(['(', ')', '<', '>']);
            Some(format!("write a list, even for one item: `[{word}]`"))
        }
        _ => None,
    }
}

/// Returns the help for a key without a value. A condition that is removed widens its rule.
fn empty_value_help(key: &str) -> &'static str {
    match key {
        "callerIds" => "add a value; without this key the rule matches calls from every caller",
        "calledNumbers" => {
            "add a value; without this key the rule matches calls to every number of the user"
        }
        "conditions" | "schedule" | "state" => {
            "add a value; without this key the rule matches calls at other times too"
        }
        _ => "add a value, or remove the key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
