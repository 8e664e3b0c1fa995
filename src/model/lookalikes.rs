//! Characters that mislead a reader: invisible ones, and letters that look like those of another
//! alphabet.

use icu_properties::props::{DefaultIgnorableCodePoint, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Returns whether a character is invisible: Unicode calls it ignorable by default.
pub fn is_invisible(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Returns whether an invisible character belongs to the character before it, as in some emoji and
/// scripts.
pub fn joins(c: char, before: Option<char>) -> bool {
    let is_joiner =
        matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e01ef}');
    is_joiner && before.is_some_and(|before| !before.is_ascii())
}

/// Returns the first invisible character of a name that does not join others.
pub fn find_invisible(name: &str) -> Option<char> {
    let previous = std::iter::once(None).chain(name.chars().map(Some));
    let mut pairs = name.chars().zip(previous);
    let (found, _) = pairs.find(|(c, before)| is_invisible(*c) && !joins(*c, *before))?;
    Some(found)
}

/// Returns the first letter that is from another alphabet than the Latin letters of its word, and
/// the name of its alphabet.
pub fn find_foreign_letter(name: &str) -> Option<(char, &'static str)> {
    if name.is_ascii() {
        return None;
    }
    name.split(|c: char| !c.is_alphabetic()).find_map(|word| {
        let is_latin = |c: char| script_of(c) == Script::Latin;
        let foreign = word
            .chars()
            .find_map(|c| Some((c, look_alike_alphabet(c)?)));
        foreign.filter(|_| word.contains(is_latin))
    })
}

/// Formats a character as its code: `U+200B`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

fn script_of(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// Returns the name of a character's alphabet, if it has letters that look like Latin ones.
fn look_alike_alphabet(c: char) -> Option<&'static str> {
    match script_of(c) {
        Script::Cyrillic => Some("Cyrillic"),
        Script::Greek => Some("Greek"),
        Script::Armenian => Some("Armenian"),
        Script::Cherokee => Some("Cherokee"),
        Script::Coptic => Some("Coptic"),
        Script::Lisu => Some("Lisu"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_found_unless_they_join_others() {
        for (name, expected) in [
            ("VIP\u{200b}", Some('\u{200b}')),
            ("\u{feff}VIP", Some('\u{feff}')),
            ("V\u{200d}IP", Some('\u{200d}')),
            ("V\u{3164}IP", Some('\u{3164}')),
            ("V\u{fe0f}IP", Some('\u{fe0f}')),
            ("👩‍💻 ☎️", None),
            ("می\u{200c}خواهم", None),
            ("Zo\u{eb} a\u{a0}b", None),
        ] {
            assert_eq!(find_invisible(name), expected, "{name:?}");
        }
    }

    #[test]
    fn foreign_letters_are_found_only_within_latin_words() {
        for (name, expected) in [
            ("Re\u{441}eption", Some(('\u{441}', "Cyrillic"))),
            ("\u{391}pple desk", Some(('\u{391}', "Greek"))),
            ("Приемная VIP", None),
            ("Zoë Bell 受付", None),
            ("µ-team", None),
        ] {
            assert_eq!(find_foreign_letter(name), expected, "{name:?}");
        }
    }
}
