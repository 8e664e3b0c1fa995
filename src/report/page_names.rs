//! Labels of users, and the file names of their pages.

use std::collections::HashSet;

use super::ReportUser;
use crate::model::ExtensionDirectory;

/// The file name of the index.
pub const INDEX_PAGE: &str = "index.html";
/// The prefix of user pages. No reserved file name starts with it, and neither does the index.
const PAGE_PREFIX: &str = "user-";
const PAGE_SUFFIX: &str = ".html";
/// The longest slug: enough to recognize a user, short enough for every file system.
const MAX_SLUG_LEN: usize = 60;

/// Returns whether this is the file name of a report page, and not a path.
pub fn is_page(name: &str) -> bool {
    let stem = name
        .strip_prefix(PAGE_PREFIX)
        .and_then(|n| n.strip_suffix(PAGE_SUFFIX));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name == INDEX_PAGE || stem.is_some_and(|stem| !stem.is_empty() && stem.chars().all(is_plain))
}

/// The label of a user.
#[derive(Debug, Clone)]
pub(super) struct UserLabel {
    /// The name; offline the name or identifier from the files.
    pub(super) name: String,
    pub(super) number: Option<String>,
}

impl UserLabel {
    /// Returns the label of a user.
    pub(super) fn from_user(report_user: &ReportUser<'_>, directory: &ExtensionDirectory) -> Self {
        let user = directory.by_id(&report_user.desired.user);
        let number = user.and_then(|user| user.number.clone());
        let name = user.map(|user| user.name.clone()).unwrap_or_default();
        let email = user.and_then(|user| user.email.clone());
        let name = match (name.as_str(), &number) {
            ("", Some(number)) => format!("Extension {number}"),
            ("", None) => email.unwrap_or_else(|| report_user.desired.user.0.clone()),
            _ => name,
        };
        UserLabel { name, number }
    }

    /// Returns whether the name only repeats the number.
    pub(super) fn is_named_by_number(&self) -> bool {
        let number = self.number.as_deref();
        number.is_some() && self.name.strip_prefix("Extension ") == number
    }
}

/// The file names that are in use.
#[derive(Debug, Default)]
pub(super) struct PageNames(HashSet<String>);

impl PageNames {
    /// Returns an unused file name for a user's page, such as `user-101-alex-morgan.html`.
    pub(super) fn assign(&mut self, who: &UserLabel) -> String {
        let number = who.number.as_deref().unwrap_or_default();
        let mut slug = if who.is_named_by_number() {
            slug::slugify(number)
        } else {
            slug::slugify(format!("{number} {}", who.name))
        };
        // A slug contains only ASCII.
        slug.truncate(MAX_SLUG_LEN);
        let slug = match slug.trim_matches('-') {
            "" => "unnamed",
            slug => slug,
        };
        let mut name = format!("{PAGE_PREFIX}{slug}{PAGE_SUFFIX}");
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{PAGE_PREFIX}{slug}-{count}{PAGE_SUFFIX}");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user_label(name: &str, number: Option<&str>) -> UserLabel {
        UserLabel {
            name: name.to_owned(),
            number: number.map(str::to_owned),
        }
    }

    #[test]
    fn names_of_files_are_safe_and_taken_once() {
        let mut names = PageNames::default();
        for (user, expected) in [
            (
                user_label("Alex Morgan", Some("101")),
                "user-101-alex-morgan.html",
            ),
            (
                user_label("Alex Morgan", Some("101")),
                "user-101-alex-morgan-2.html",
            ),
            (user_label("Extension 102", Some("102")), "user-102.html"),
            (user_label("../../etc/passwd", None), "user-etc-passwd.html"),
            (user_label("<script>", None), "user-script.html"),
            (user_label("!!!", None), "user-unnamed.html"),
        ] {
            let page = names.assign(&user);
            assert_eq!(page, expected);
            assert!(is_page(&page), "{page}");
        }
        let long = names.assign(&user_label(&"Ann ".repeat(100), None));
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
        assert!(is_page(INDEX_PAGE));
    }
}
