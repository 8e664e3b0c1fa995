//! Files in the repository that are generated from the code.

use std::fs;
use std::path::Path;

/// Compares a file with its generated text. If `UPDATE_DOCS` is set, writes the file first.
pub(crate) fn assert_current(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        replace(&file, text);
    }
    let existing = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        existing == text,
        "{path} is outdated; help: run `just generate` and review the diff"
    );
}

/// Replaces a file atomically, because other tests may be reading it.
pub(crate) fn replace(file: &Path, text: &str) {
    let temporary = file.with_extension("new");
    fs::write(&temporary, text).unwrap();
    fs::rename(temporary, file).unwrap();
}
