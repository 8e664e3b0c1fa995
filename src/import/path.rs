//! Chooses the path of a user's file.

use crate::model::AccountExtension;

/// The maximum length of a file name in bytes: readable, and valid on every file system.
const MAX_NAME_LENGTH: usize = 60;

/// Returns the path of a new file, such as `users/101-alex-morgan.yaml`. Adds the id if that path
/// is taken, and returns `None` if both are taken.
pub fn unused_path(user: &AccountExtension, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let number = user.number.as_ref().unwrap_or(&user.id.0);
    let mut slug = slug::slugify(format!("{number} {}", user.name));
    // Slugs are ASCII, so any byte offset is a character boundary.
    slug.truncate(MAX_NAME_LENGTH);
    let name = slug.trim_end_matches('-');
    let paths = [
        format!("users/{name}.yaml"),
        format!("users/{name}-{}.yaml", user.id),
    ];
    paths.into_iter().find(|path| !is_taken(path))
}

/// Returns the comment line that links a file to its schema in `schemas/`.
pub(super) fn schema_comment(path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    format!("# yaml-language-server: $schema={up}schemas/user.schema.json\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ExtensionId;

    #[test]
    fn unused_path_is_short_and_unique() {
        let user = AccountExtension {
            id: ExtensionId("1001".to_owned()),
            number: Some("101".to_owned()),
            name: "Ann ".repeat(100),
            email: None,
            kind: "User".to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        };
        let first = unused_path(&user, |_| false).unwrap();
        assert!(first.starts_with("users/101-ann-ann-"), "{first}");
        assert_eq!(first.len(), "users/".len() + 59 + ".yaml".len(), "{first}");
        let second = unused_path(&user, |path| path == first).unwrap();
        assert_eq!(second, first.replace(".yaml", "-1001.yaml"));
        assert_eq!(unused_path(&user, |_| true), None);
    }

    #[test]
    fn schema_comment_is_relative_to_the_file() {
        assert!(schema_comment("users/a.yaml").contains("=../schemas/"));
        assert!(schema_comment("users/sales/a.yaml").contains("=../../schemas/"));
    }
}
