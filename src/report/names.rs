//! What a user and the page of a user are called.

use std::collections::HashSet;

use super::Person;
use crate::model::Directory;

/// The page that leads to the others.
pub const INDEX: &str = "index.html";
/// No name that a system keeps for itself begins so, and the index does not.
const BEGINNING: &str = "user-";
const END: &str = ".html";
/// Long enough to recognise anybody, short enough for every file system.
const LONGEST: usize = 60;

/// Whether this is the name of a page of a report, and no path.
pub fn is_page(name: &str) -> bool {
    let stem = name
        .strip_prefix(BEGINNING)
        .and_then(|n| n.strip_suffix(END));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name == INDEX || stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(is_plain))
}

/// What a user is called.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The name; what the files have in the place of one, where the account was not asked.
    pub(super) name: String,
    pub(super) number: Option<String>,
}

impl Who {
    pub(super) fn of(person: &Person<'_>, directory: &Directory) -> Self {
        let user = directory.by_id(&person.id);
        let number = user.and_then(|user| user.number.clone());
        let name = user.map(|user| user.name.clone()).unwrap_or_default();
        let email = user.and_then(|user| user.email.clone());
        let name = match (name.as_str(), &number) {
            ("", Some(number)) => format!("Extension {number}"),
            ("", None) => email.unwrap_or_else(|| person.id.0.clone()),
            _ => name,
        };
        Who { name, number }
    }

    /// Whether the name says no more than the number.
    pub(super) fn is_named_by_number(&self) -> bool {
        let number = self.number.as_deref();
        number.is_some() && self.name.strip_prefix("Extension ") == number
    }
}

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// The file of a user's page, such as `user-101-alex-morgan.html`.
    pub(super) fn page(&mut self, who: &Who) -> String {
        let number = who.number.as_deref().unwrap_or_default();
        let mut slug = match who.is_named_by_number() {
            true => slug::slugify(number),
            false => slug::slugify(format!("{number} {}", who.name)),
        };
        // A slug is ASCII.
        slug.truncate(LONGEST);
        let slug = match slug.trim_matches('-') {
            "" => "unnamed",
            slug => slug,
        };
        let mut name = format!("{BEGINNING}{slug}{END}");
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{BEGINNING}{slug}-{count}{END}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str, number: Option<&str>) -> Who {
        Who {
            name: name.to_owned(),
            number: number.map(str::to_owned),
        }
    }

    #[test]
    fn names_of_files_are_safe_and_taken_once() {
        let mut names = Names::default();
        for (user, expected) in [
            (who("Alex Morgan", Some("101")), "user-101-alex-morgan.html"),
            (
                who("Alex Morgan", Some("101")),
                "user-101-alex-morgan-2.html",
            ),
            (who("Extension 102", Some("102")), "user-102.html"),
            (who("../../etc/passwd", None), "user-etc-passwd.html"),
            (who("<script>", None), "user-script.html"),
            (who("!!!", None), "user-unnamed.html"),
        ] {
            let page = names.page(&user);
            assert_eq!(page, expected);
            assert!(is_page(&page), "{page}");
        }
        let long = names.page(&who(&"Ann ".repeat(100), None));
        assert!(is_page(&long) && long.len() < 80, "{long}");
    }

    #[test]
    fn a_path_is_no_page() {
        for other in [
            "",
            "user-.html",
            "../user-1.html",
            "user-a/b.html",
            "notes.html",
            "user-1.txt",
        ] {
            assert!(!is_page(other), "{other}");
        }
        assert!(is_page(INDEX));
    }
}
