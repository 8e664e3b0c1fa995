//! Faults of a text, told to a person: what was expected, and how to mend it.

use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Fault, FaultKind};

/// A fault with its place, its code and a way to mend it.
pub(super) fn from_fault(fault: Fault) -> Diagnostic {
    let (code, message, help) = match fault.kind {
        FaultKind::NotYaml(why) => (Code::NotYaml, format!("this is not YAML: {why}"), None),
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
            None,
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
            let all: Vec<String> = expected.iter().map(|word| format!("`{word}`")).collect();
            format!("expected {}", all.join(", "))
        }
        None => "nothing can stand here".to_owned(),
    }
}
