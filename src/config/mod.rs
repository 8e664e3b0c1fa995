//! Configuration repositories: loads and validates files, and resolves them into the model.

mod changed_since;
mod csv;
mod curly_quotes;
mod effective;
mod files;
mod finding;
mod line_mistakes;
mod load;
mod merge;
mod misnamed_keys;
pub(crate) mod misplaced_keys;
mod parse_diagnostics;
mod profiles;
mod references;
mod repository;
mod resolve;
pub mod schema;
mod shape_hints;
mod source_lines;
mod suggestions;
mod test_cases;
pub mod types;
mod validate;
mod yaml_hints;

pub use changed_since::{ConfigChanges, diff_config};
pub use finding::{ConfigFinding, DiagnosticDedup};
pub use load::{
    FileEdits, LoadedRepository, SETTINGS_FILE, is_configuration_file, load, load_edited,
    read_settings, read_user,
};
pub use references::ReferencedFiles;
pub use repository::Repository;
pub use resolve::{
    CalendarEnd, OfflineDirectory, ResolveResult, name_lists, offline_directory, resolve,
    resolve_all, resolve_owner, resolve_silently, resolve_tests, selector_matches,
    suggest_extension,
};
pub use test_cases::{CallTest, ExpectedHandler, ExpectedOutcome, TestUsers};
pub use types::{LoadedTests, LoadedUser};
