//! Patterns for rule names.

use wildmatch::WildMatchPattern;

/// A pattern for rule names: `*` matches any text, case is ignored. Ignoring too many rules does
/// less harm than ignoring too few.
#[derive(Debug, Clone, PartialEq)]
pub struct NamePattern(WildMatchPattern<'*', NO_SINGLE_WILDCARD>);

/// The library requires a single-character wildcard. No name contains this character.
const NO_SINGLE_WILDCARD: char = '\u{10ffff}';

impl NamePattern {
    /// Creates a pattern from any text.
    pub fn new(pattern: &str) -> Self {
        NamePattern(WildMatchPattern::new_case_insensitive(pattern))
    }

    /// Returns whether the pattern matches a name.
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_all_else_itself() {
        let matches = |pattern: &str, name: &str| NamePattern::new(pattern).matches(name);
        for (pattern, name) in [
            ("[VIP] *", "[VIP] Mia"),
            ("[vip] *", "[VIP] Mia"),
            ("a?{b,c}\\*", "A?{b,c}\\ and more"),
            ("ZOË*", "zoë's own"),
            ("*", ""),
            ("Tel / *", "Tel / home / late"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("[VIP] *", "V Mia"),
            ("a?", "ab"),
            ("{a,b}", "a"),
            ("a", "a b"),
            ("\\*", "*"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_any_length_is_one() {
        let long = "[a*".repeat(100_000);
        assert!(!NamePattern::new(&long).matches("a rule"));
        assert!(NamePattern::new(&long).matches(&"[a".repeat(100_000)));
    }
}
