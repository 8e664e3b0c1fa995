//! Pages that are made out of the code: kept in the repository, and held against it.

use std::fs;
use std::path::Path;

/// Holds a page against what the code says now, or writes it anew where `UPDATE_DOCS` is set.
pub(crate) fn assert_current(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{page} is not what the code says: write it anew with `UPDATE_DOCS=1 cargo test --test it`, and look at what changed"
    );
}
