//! Who is meant by `--user`.

use std::fmt;
use std::str::FromStr;

use wildmatch::WildMatch;

use super::Extension;

/// Names users: by extension number, e-mail address or `id:` and an id, or by a pattern of their name.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    text: String,
    by: By,
}

#[derive(Debug, Clone, PartialEq)]
enum By {
    Id(String),
    Email,
    Number,
    Name(WildMatch),
}

impl FromStr for Selector {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err("it is empty; `*` stands for everybody");
        }
        let by = match text.strip_prefix("id:") {
            Some(id) => By::Id(id.to_owned()),
            None if text.contains('@') => By::Email,
            None if text.bytes().all(|b| b.is_ascii_digit()) => By::Number,
            None => By::Name(WildMatch::new_case_insensitive(text)),
        };
        let text = text.to_owned();
        Ok(Selector { text, by })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Selector {
    /// Whether it names an extension of the account.
    pub fn names(&self, extension: &Extension) -> bool {
        let Extension {
            id, number, email, ..
        } = extension;
        match &self.by {
            By::Name(pattern) => pattern.matches(extension.name.trim()),
            _ => self.is_of(Some(&id.0), number.as_deref(), email.as_deref()),
        }
    }

    /// Whether it names whoever has this id, number or e-mail address. Of a name these say nothing.
    pub fn is_of(&self, id: Option<&str>, number: Option<&str>, email: Option<&str>) -> bool {
        match &self.by {
            By::Id(wanted) => id == Some(wanted),
            By::Number => number == Some(&self.text),
            By::Email => email.is_some_and(|own| own.eq_ignore_ascii_case(&self.text)),
            By::Name(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ExtensionId;

    fn person(number: &str, name: &str) -> Extension {
        Extension {
            id: ExtensionId(format!("63{number}")),
            number: Some(number.to_owned()),
            name: name.to_owned(),
            email: Some(format!("{number}@acme.example")),
            kind: "User".to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        }
    }

    fn names(selector: &str, extension: &Extension) -> bool {
        selector.parse::<Selector>().unwrap().names(extension)
    }

    #[test]
    fn a_number_an_address_and_an_id_are_taken_exactly() {
        let alex = person("101", "Alex Morgan");
        for selector in ["101", " 101 ", "101@ACME.example", "id:63101"] {
            assert!(names(selector, &alex), "{selector}");
        }
        for selector in ["10", "1?1", "63101", "101@*", "id:101", "id:*"] {
            assert!(!names(selector, &alex), "{selector}");
        }
    }

    #[test]
    fn a_name_is_a_pattern_in_any_case() {
        let zoe = person("102", "Zoë O'Neil [Sales/East] ");
        for selector in ["zoë o'neil [sales/east]", "ZO? *", "*sales*", "*"] {
            assert!(names(selector, &zoe), "{selector}");
        }
        for selector in ["Zoë", "zo? ", "*[es]*/west*", "z{o,}*"] {
            assert!(!names(selector, &zoe), "{selector}");
        }
    }

    #[test]
    fn digits_are_a_number_even_where_somebody_is_named_so() {
        assert!(!names("101", &person("205", "101")));
    }

    #[test]
    fn nothing_names_nobody() {
        assert!("".parse::<Selector>().is_err());
        assert!("  ".parse::<Selector>().is_err());
    }
}
