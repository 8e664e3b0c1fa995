//! Where the files of a repository are, for whoever looks from outside of it.

/// The way from the root of the checkout to the repository, with `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct Folder(String);

impl Folder {
    /// The folder at this path; nothing or `.` is the root itself.
    pub fn new(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "" if path.starts_with('/') => Folder("/".to_owned()),
            "" | "." => Folder::default(),
            path => Folder(format!("{path}/")),
        }
    }

    /// The path of a file of the repository.
    pub fn path(&self, file: &str) -> String {
        format!("{}{file}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Folder;

    #[test]
    fn a_path_leads_from_the_root_to_the_file() {
        for (folder, path) in [
            ("", "users/a.yaml"),
            (".", "users/a.yaml"),
            ("phones/acme/", "phones/acme/users/a.yaml"),
            ("/srv/phones", "/srv/phones/users/a.yaml"),
            ("/", "/users/a.yaml"),
        ] {
            assert_eq!(Folder::new(folder).path("users/a.yaml"), path);
        }
    }
}
