//! Patterns that select users, as in `--user`, and rules, as in `ignore`.

use std::fmt;
use std::str::FromStr;

use wildmatch::{WildMatch, WildMatchPattern};

use super::AccountExtension;

/// Selects users by extension number, e-mail address, `id:` and an id, or a name pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct UserSelector {
    text: String,
    kind: SelectorKind,
}

#[derive(Debug, Clone, PartialEq)]
enum SelectorKind {
    Id(String),
    Email,
    Number,
    Name(WildMatch),
}

impl FromStr for UserSelector {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty; use `*` for all users");
        }
        let kind = match text.strip_prefix("id:") {
            Some(id) => SelectorKind::Id(id.to_owned()),
            None if text.contains('@') => SelectorKind::Email,
            None if text.bytes().all(|b| b.is_ascii_digit()) => SelectorKind::Number,
            None => SelectorKind::Name(WildMatch::new_case_insensitive(text)),
        };
        let text = text.to_owned();
        Ok(UserSelector { text, kind })
    }
}

impl fmt::Display for UserSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl UserSelector {
    /// Returns whether the selector is a pattern that matches every name.
    pub fn is_everyone(&self) -> bool {
        self.text.bytes().all(|byte| byte == b'*')
    }

    /// Returns whether the selector matches an extension of the account.
    pub fn matches(&self, extension: &AccountExtension) -> bool {
        let AccountExtension {
            id, number, email, ..
        } = extension;
        match &self.kind {
            SelectorKind::Name(pattern) => pattern.matches(extension.name.trim()),
            _ => self.matches_identity(Some(&id.0), number.as_deref(), email.as_deref()),
        }
    }

    /// Returns whether the selector matches a user by id, number or e-mail address. Name patterns
    /// never match here.
    pub fn matches_identity(
        &self,
        id: Option<&str>,
        number: Option<&str>,
        email: Option<&str>,
    ) -> bool {
        match &self.kind {
            SelectorKind::Id(selected) => id == Some(selected),
            SelectorKind::Number => number == Some(&self.text),
            SelectorKind::Email => email.is_some_and(|own| own.eq_ignore_ascii_case(&self.text)),
            SelectorKind::Name(_) => false,
        }
    }
}

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
    use crate::model::ExtensionId;

    fn extension(number: &str, name: &str) -> AccountExtension {
        AccountExtension {
            id: ExtensionId(format!("63{number}")),
            number: Some(number.to_owned()),
            name: name.to_owned(),
            email: Some(format!("{number}@acme.example")),
            kind: "User".to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        }
    }

    fn names(selector: &str, extension: &AccountExtension) -> bool {
        selector.parse::<UserSelector>().unwrap().matches(extension)
    }

    #[test]
    fn number_address_and_id_match_exactly() {
        let alex = extension("101", "Alex Morgan");
        for selector in ["101", " 101 ", "101@ACME.example", "id:63101"] {
            assert!(names(selector, &alex), "{selector}");
        }
        for selector in ["10", "1?1", "63101", "101@*", "id:101", "id:*"] {
            assert!(!names(selector, &alex), "{selector}");
        }
    }

    #[test]
    fn name_matches_as_pattern_ignoring_case() {
        let zoe = extension("102", "Zoë O'Neil [Sales/East] ");
        for selector in ["zoë o'neil [sales/east]", "ZO? *", "*sales*", "*"] {
            assert!(names(selector, &zoe), "{selector}");
        }
        for selector in ["Zoë", "zo? ", "*[es]*/west*", "z{o,}*"] {
            assert!(!names(selector, &zoe), "{selector}");
        }
    }

    #[test]
    fn digits_match_the_extension_number_and_not_a_name() {
        assert!(!names("101", &extension("205", "101")));
    }

    #[test]
    fn empty_selector_is_an_error() {
        assert!("".parse::<UserSelector>().is_err());
        assert!("  ".parse::<UserSelector>().is_err());
    }

    #[test]
    fn pattern_star_matches_any_text() {
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
    fn pattern_of_any_length_matches() {
        let long = "[a*".repeat(100_000);
        assert!(!NamePattern::new(&long).matches("a rule"));
        assert!(NamePattern::new(&long).matches(&"[a".repeat(100_000)));
    }
}
