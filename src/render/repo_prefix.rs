//! The path of the repository inside its checkout, for tools that show paths from the root.

/// The path from the root of the checkout to the repository, with `/` as the separator.
#[derive(Debug, Clone, Default)]
pub struct RepoPrefix(String);

impl RepoPrefix {
    /// Creates the prefix of the folder at `path`. An empty path and `.` are the checkout's root.
    pub fn new(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" if path.starts_with('/') => RepoPrefix("/".to_owned()),
            "" | "." => RepoPrefix::default(),
            path => RepoPrefix(format!("{path}/")),
        }
    }

    /// Returns the path of a repository file, seen from the root of the checkout.
    pub fn join(&self, file: &str) -> String {
        format!("{}{file}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RepoPrefix;

    #[test]
    fn prefix_joined_with_file_is_path_from_checkout_root() {
        for (folder, path) in [
            ("", "users/a.yaml"),
            (".", "users/a.yaml"),
            ("phones/acme/", "phones/acme/users/a.yaml"),
            ("/srv/phones", "/srv/phones/users/a.yaml"),
            ("/", "/users/a.yaml"),
        ] {
            assert_eq!(RepoPrefix::new(folder).join("users/a.yaml"), path);
        }
    }
}
