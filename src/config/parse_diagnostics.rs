//! Converts YAML errors to diagnostics with suggestions.

use super::curly_quotes::curly_quote_help;
use super::shape_hints::ShapeHint;
use super::source_lines::SourceLine;
use super::{misnamed_keys, misplaced_keys, shape_hints, yaml_hints};
use crate::diagnostic::{Diagnostic, DiagnosticCode};
use crate::yaml::{SourceSpan, YamlError, YamlErrorKind, YamlNode};

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
    let sign_help = match kind {
        YamlErrorKind::Syntax(_) => None,
        _ => curly_quote_help(&span).or_else(|| yaml_hints::hard_space_help(&span, &kind)),
    };
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
                    .unwrap_or_else(|| empty_value_help(&span, &keys)),
            ),
        ),
        YamlErrorKind::WrongType { expected, found } => {
            let cause = yaml_hints::misread_text_help(&span, &expected, &found);
            let hint = shape_hints::explain_shape(key, &expected, &found, span.text());
            let (expected, help) = match hint {
                Some(ShapeHint { expected, help }) => (expected, Some(help)),
                None => (&*expected, wrong_type_help(&expected, &found)),
            };
            let help = cause.or(help);
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
        help: sign_help.or(help),
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

/// Returns the help for a key without a value, at the key or at the place of its value. A condition
/// that is removed widens its rule.
fn empty_value_help(span: &SourceSpan, keys: &[&str]) -> String {
    let written_key = span.text().trim();
    if let (["interactionRules", name], "") = (keys, written_key) {
        let line = SourceLine::at_span(span);
        let is_quoted = line.text_before(span).trim_end().ends_with(['"', '\'']);
        let quote = if is_quoted { "\"" } else { "" };
        return format!(
            "add a value, or remove the key; to delete the rule write `{quote}{name}{quote}: null`"
        );
    }
    let last_key = keys.last().copied().filter(|_| written_key.is_empty());
    let help = match last_key.unwrap_or(written_key) {
        "callerIds" => "add a value; without this key the rule matches calls from every caller",
        "calledNumbers" => {
            "add a value; without this key the rule matches calls to every number of the user"
        }
        "conditions" | "schedule" | "state" => {
            "add a value; without this key the rule matches calls at other times too"
        }
        _ => "add a value, or remove the key",
    };
    help.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::types::UserFile;
    use super::*;
    use crate::yaml::{self, SourceFile};

    /// Returns the help of the first error in a user file that is valid YAML.
    fn explain(text: &str) -> String {
        let (node, errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
        assert!(errors.is_empty(), "{errors:?}");
        let node = node.unwrap();
        let errors = yaml::deserialize_lenient::<UserFile>(&node).errors;
        let mut found = diagnostics_from_errors(errors, Some(&node)).into_iter();
        found.next().unwrap().help.unwrap()
    }

    #[test]
    fn text_in_the_place_of_a_map_or_list_is_explained_by_its_cause() {
        let rule = |part: &str| format!("interactionRules:\n  VIP:\n    conditions:\n{part}");
        let hard_space = "there is a non-breaking space (U+00A0) in this line; replace it with a \
                          normal space";
        for (text, help) in [
            (
                "interactionRules:\n  Team #1: { enabled: true }\n".to_owned(),
                "everything after ` #` is a comment: put the name in quotes: `\"Team #1\":`",
            ),
            (
                rule("      callerIds:\n        +14082324343\n        - \"+14082324344\"\n"),
                "a dash is missing at the start of line 5: write `- +14082324343`",
            ),
            (
                rule("      callerIds:\n        -\"+14082324343\"\n"),
                "add a space after the dash: `- \"+14082324343\"`",
            ),
            (
                rule("\u{a0}     state: dnd\n"),
                "line 4 has a non-breaking space (U+00A0); replace it with a normal space",
            ),
            (rule("      state\u{a0}: dnd\n"), hard_space),
            (rule("      state:\u{a0}dnd\n"), hard_space),
        ] {
            assert_eq!(explain(&text), help, "{text}");
        }
    }

    #[test]
    fn empty_rule_or_condition_shows_what_removing_it_means() {
        let null = "add a value, or remove the key; to delete the rule write";
        for (rule, help) in [
            ("Office move:", format!("{null} `Office move: null`")),
            ("\"Team #1\":", format!("{null} `\"Team #1\": null`")),
            (
                "VIP:\n    conditions:",
                "add a value; without this key the rule matches calls at other times too"
                    .to_owned(),
            ),
        ] {
            assert_eq!(explain(&format!("interactionRules:\n  {rule}\n")), help);
        }
    }

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
