//! Suggestions for unknown words and names: "did you mean".

use crate::model::{is_similar, max_typos, typo_count};

/// Suggests the most similar of the expected words. If none is similar, lists the expected words.
pub(super) fn suggest(word: &str, expected: &[String]) -> String {
    const MAX_LISTED: usize = 20;
    if expected.is_empty() {
        return "no value is allowed here".to_owned();
    }
    let nearest = expected.iter().min_by_key(|name| typo_count(word, name));
    if let Some(name) = nearest.filter(|name| is_similar(word, name)) {
        return format!("did you mean `{name}`?");
    }
    let names = expected.iter().take(MAX_LISTED);
    let names: Vec<String> = names.map(|word| format!("`{word}`")).collect();
    match expected.len().saturating_sub(MAX_LISTED) {
        0 => format!("expected {}", names.join(", ")),
        more => format!("expected {}, or one of {more} more", names.join(", ")),
    }
}

/// Returns up to three items whose names are most similar to `unknown`, best match first. An item
/// can occur several times with different names.
pub(super) fn closest_names<'a, T: PartialEq>(
    unknown: &str,
    items: impl IntoIterator<Item = (String, &'a T)>,
) -> Vec<&'a T> {
    const MAX_SUGGESTIONS: usize = 3;
    let unknown = unknown.trim().to_lowercase();
    let length = unknown.chars().count();
    let distance = |name: &str| {
        let name = name.trim().to_lowercase();
        // Part of a name, such as `Priya` for `Priya Rao`.
        if length > 2 && name.contains(&unknown) {
            return 0;
        }
        // Faster than `strsim::damerau_levenshtein`, which matters for large directories.
        strsim::osa_distance(&unknown, &name)
    };
    let max_distance = max_typos(length);
    let mut close: Vec<(usize, &T)> = items
        .into_iter()
        // The distance is at least the difference in length.
        .filter(|(name, _)| name.trim().chars().count() + max_distance >= length)
        .map(|(name, item)| (distance(&name), item))
        .filter(|(distance, _)| *distance <= max_distance)
        .collect();
    close.sort_by_key(|(distance, _)| *distance);
    let best = close.first().map_or(0, |(distance, _)| *distance);
    close.retain(|(distance, _)| *distance <= best + 1);
    let mut closest: Vec<&T> = Vec::new();
    for (_, item) in close {
        if !closest.contains(&item) {
            closest.push(item);
        }
    }
    closest.truncate(MAX_SUGGESTIONS);
    closest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closest_names_finds_typos_and_partial_names() {
        let names = [
            "Acoustic",
            "Beautiful",
            "Ring tones",
            "Acoustic 2",
            "Accordion",
        ];
        let close = |wanted: &str| {
            closest_names(wanted, names.iter().map(|name| ((*name).to_owned(), name)))
        };
        assert_eq!(close("Acustic"), [&"Acoustic"]);
        assert_eq!(close("acoustic 3"), [&"Acoustic 2", &"Acoustic"]);
        assert_eq!(close("beauti"), [&"Beautiful"]);
        assert_eq!(close("Jazz"), [&""; 0]);
    }
}
