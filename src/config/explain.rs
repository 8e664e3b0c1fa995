//! Faults of a text, told to a person: what was expected, and how to mend it.

use super::slips;
use crate::diagnostic::{Code, Diagnostic};
use crate::yaml::{Fault, FaultKind};

/// More words than a person looks through.
const MOST: usize = 20;

/// A fault with its place, its code and a way to mend it.
pub(super) fn from_fault(fault: Fault) -> Diagnostic {
    let Fault { kind, mut place } = fault;
    let (code, message, help) = match kind {
        FaultKind::NotYaml(why) => {
            let slip = slips::slip(place, why);
            place = slip.place;
            let message = format!("this is not YAML: {}", slip.why);
            (Code::NotYaml, message, slip.help)
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
            Some(suggest_word(&word, &expected)),
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
        file: place.source.path.clone(),
        place: Some(place),
        related: None,
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

/// The same for a word where there may be a map too, or where another key takes the word.
fn suggest_word(word: &str, expected: &[String]) -> String {
    let has = |word: &str| expected.iter().any(|expected| expected == word);
    let said = suggest(word, expected);
    let is_end = |end: &&str| word.eq_ignore_ascii_case(end);
    if has("voicemail") && said.starts_with("expected") {
        format!(
            "{said}, or a map: `{{ extension: \"102\" }}`, `{{ phoneNumber: \"+14082324343\" }}`"
        )
    } else if has("Terminate")
        && let Some(end) = ["voicemail", "announcement"].into_iter().find(is_end)
    {
        format!("write `type: Terminate`, and `terminate: {end}` beside it")
    } else {
        said
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_end_is_led_to_the_maps_and_a_wrong_type_to_its_key() {
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let ends = words(&["voicemail", "announcement"]);
        assert_eq!(
            suggest_word("extension 102", &ends),
            "expected `voicemail`, `announcement`, or a map: `{ extension: \"102\" }`, \
             `{ phoneNumber: \"+14082324343\" }`"
        );
        assert_eq!(suggest_word("voicmail", &ends), "did you mean `voicemail`?");
        let types = words(&["RingAtOnce", "RingInOrder", "Custom", "Terminate"]);
        assert_eq!(
            suggest_word("Voicemail", &types),
            "write `type: Terminate`, and `terminate: voicemail` beside it"
        );
        assert_eq!(
            suggest_word("terminate", &types),
            "did you mean `Terminate`?"
        );
    }
}
