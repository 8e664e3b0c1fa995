//! Names of rules that are left alone.

use wildmatch::WildMatchPattern;

/// A pattern of rule names: `*` stands for any text, all else for itself, and capitals do not matter.
/// A rule too many that is left alone does less harm than one too few.
#[derive(Debug, Clone, PartialEq)]
pub struct NamePattern(WildMatchPattern<'*', NO_CHARACTER>);

/// The library wants a sign for a single letter. No name holds this one.
const NO_CHARACTER: char = '\u{10ffff}';

impl NamePattern {
    /// Every text is a pattern.
    pub fn new(pattern: &str) -> Self {
        NamePattern(WildMatchPattern::new_case_insensitive(pattern))
    }

    /// Whether a rule of this name is meant.
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
