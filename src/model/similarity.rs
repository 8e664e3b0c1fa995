//! Similar words: whether one can be a misspelling of the other.

/// Returns whether a word can be a misspelled name.
pub fn is_similar(word: &str, name: &str) -> bool {
    typo_count(word, name) <= max_typos(word.chars().count())
}

/// Returns the number of typos between two words, ignoring case.
pub fn typo_count(word: &str, name: &str) -> usize {
    strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase())
}

/// Returns the largest number of typos in a word of this length.
pub fn max_typos(length: usize) -> usize {
    1 + length / 3
}
