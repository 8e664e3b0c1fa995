//! Faults of a text, told to a person: what was expected, and how to mend it.

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Fault, FaultKind, Place};

/// More words than a person looks through.
const MOST: usize = 20;

/// A fault with its place, its code and a way to mend it.
pub(super) fn from_fault(fault: Fault) -> Diagnostic {
    let (code, message, help) = match fault.kind {
        FaultKind::NotYaml(why) => {
            let help = not_yaml_help(&fault.place, &why);
            (Code::NotYaml, format!("this is not YAML: {why}"), help)
        }
        FaultKind::TooComplex(why) => {
            let help = "write it out plainly".to_owned();
            (Code::TooComplex, format!("the file {why}"), Some(help))
        }
        FaultKind::DuplicateKey(key) => (
            Code::DuplicateKey,
            format!("`{key}` stands twice in one map"),
            Some("keep one of the two; a reader could not tell which one counts".to_owned()),
        ),
        FaultKind::UnknownKey { key, expected } => (
            Code::UnknownKey,
            format!("unknown key `{key}`"),
            Some(suggest(&key, &expected)),
        ),
        FaultKind::UnknownWord { word, expected } => (
            Code::UnknownWord,
            format!("unknown word `{word}`"),
            Some(suggest(&word, &expected)),
        ),
        FaultKind::MissingKey(key) => (
            Code::MissingKey,
            format!("the key `{key}` is missing"),
            Some(format!("add `{key}:`")),
        ),
        FaultKind::Empty => (
            Code::EmptyValue,
            "this key has no value".to_owned(),
            Some("give it a value, or remove the key to leave that part as it is".to_owned()),
        ),
        FaultKind::WrongType { expected, found } => (
            Code::WrongType,
            format!(
                "expected {}, found {found}",
                expected.trim_start_matches("struct ")
            ),
            wrong_type_help(&expected, &found),
        ),
        FaultKind::BadValue(why) => match why.split_once('\n') {
            Some((what, help)) => (Code::BadValue, what.to_owned(), Some(help.to_owned())),
            None => (Code::BadValue, why, None),
        },
    };
    Diagnostic {
        code,
        message,
        label: None,
        help,
        file: fault.place.source.path.clone(),
        place: Some(fault.place),
        related: None,
    }
}

fn not_yaml_help(place: &Place, why: &str) -> Option<String> {
    let (_, line, _) = place.excerpt();
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    if place.source.text.trim().is_empty() {
        Some("write what the file shall say, or remove it".to_owned())
    } else if indent.contains('\t') || why.contains("tab") {
        Some("indent with spaces: YAML takes no tabs".to_owned())
    } else {
        None
    }
}

/// The same value in the kind that is expected, where it can be told.
fn wrong_type_help(expected: &str, found: &str) -> Option<String> {
    let word = found.strip_prefix('`')?.strip_suffix('`')?;
    let lower = word.to_lowercase();
    match (expected, lower.as_str()) {
        ("true or false", "yes" | "on") => Some("write `true`".to_owned()),
        ("true or false", "no" | "off") => Some("write `false`".to_owned()),
        ("a list", _) => Some(format!("write a list, also of one: `[{word}]`")),
        _ => None,
    }
}

/// The nearest of the expected words, else all of them.
pub(super) fn suggest(word: &str, expected: &[String]) -> String {
    if word == "<<" {
        return "merge keys have no meaning here; write the parts out".to_owned();
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
            let all = expected.iter().take(MOST).map(|word| format!("`{word}`"));
            let all = all.collect::<Vec<_>>().join(", ");
            match expected.len().saturating_sub(MOST) {
                0 => format!("expected {all}"),
                more => format!("expected {all}, or one of {more} more"),
            }
        }
        None => "nothing can stand here".to_owned(),
    }
}
