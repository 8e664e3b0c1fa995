//! Where a user's file stands.

use crate::model::Extension;

/// Long enough to recognise anybody, short enough for every file system.
const LONGEST: usize = 60;

/// The path of a new file, such as `users/101-alex-morgan.yaml`. Where that is taken, the id is added;
/// `None` where that is taken too.
pub fn free(user: &Extension, is_taken: impl Fn(&str) -> bool) -> Option<String> {
    let number = user.number.as_ref().unwrap_or(&user.id.0);
    let mut name = slug::slugify(format!("{number} {}", user.name));
    // A slug is ASCII.
    name.truncate(LONGEST);
    let name = name.trim_end_matches('-');
    let paths = [
        format!("users/{name}.yaml"),
        format!("users/{name}-{}.yaml", user.id),
    ];
    paths.into_iter().find(|path| !is_taken(path))
}

/// The line in which a file names its schema, which stands below the root.
pub(super) fn schema_line(path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    format!("# yaml-language-server: $schema={up}schemas/user.schema.json\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ExtensionId;

    #[test]
    fn names_are_short_and_never_anothers() {
        let user = Extension {
            id: ExtensionId("1001".to_owned()),
            number: Some("101".to_owned()),
            name: "Ann ".repeat(100),
            email: None,
            kind: "User".to_owned(),
            status: "Enabled".to_owned(),
            time_zone: None,
        };
        let first = free(&user, |_| false).unwrap();
        assert!(first.starts_with("users/101-ann-ann-"), "{first}");
        assert_eq!(first.len(), "users/".len() + 59 + ".yaml".len(), "{first}");
        let second = free(&user, |path| path == first).unwrap();
        assert_eq!(second, first.replace(".yaml", "-1001.yaml"));
        assert_eq!(free(&user, |_| true), None);
    }

    #[test]
    fn the_schema_is_named_from_where_the_file_stands() {
        assert!(schema_line("users/a.yaml").contains("=../schemas/"));
        assert!(schema_line("users/sales/a.yaml").contains("=../../schemas/"));
    }
}
