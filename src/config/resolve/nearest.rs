//! What was probably meant.

/// The things whose own text is nearest to a wanted one, nearest first. A thing may come with several
/// texts.
pub(super) fn nearest<'a, T>(
    wanted: &str,
    things: impl IntoIterator<Item = (String, &'a T)>,
) -> Vec<&'a T> {
    const OFFERED: usize = 3;
    let wanted = wanted.trim().to_lowercase();
    let length = wanted.chars().count();
    let distance = |own: &str| {
        let own = own.trim().to_lowercase();
        // A part of the name: `Priya` for `Priya Rao`.
        if length > 2 && own.contains(&wanted) {
            return 0;
        }
        // The quick one of the library's two: directories are long.
        strsim::osa_distance(&wanted, &own)
    };
    let furthest = 1 + length / 3;
    let mut near: Vec<(usize, &T)> = things
        .into_iter()
        // A shorter text lacks at least what it is shorter by.
        .filter(|(own, _)| own.trim().chars().count() + furthest >= length)
        .map(|(own, thing)| (distance(&own), thing))
        .filter(|(distance, _)| *distance <= furthest)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let best = near.first().map_or(0, |(distance, _)| *distance);
    near.retain(|(distance, _)| *distance <= best + 1);
    let mut nearest: Vec<&T> = Vec::new();
    for (_, thing) in near {
        if !nearest.iter().any(|other| std::ptr::eq(*other, thing)) {
            nearest.push(thing);
        }
    }
    nearest.truncate(OFFERED);
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_parts_are_near_and_other_names_are_not() {
        let names = [
            "Acoustic",
            "Beautiful",
            "Ring tones",
            "Acoustic 2",
            "Accordion",
        ];
        let near =
            |wanted: &str| nearest(wanted, names.iter().map(|name| (name.to_string(), name)));
        assert_eq!(near("Acustic"), [&"Acoustic"]);
        assert_eq!(near("acoustic 3"), [&"Acoustic 2", &"Acoustic"]);
        assert_eq!(near("beauti"), [&"Beautiful"]);
        assert_eq!(near("Jazz"), [&""; 0]);
    }
}
