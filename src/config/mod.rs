//! Configuration repositories: loads and validates files, and resolves them into the model.

mod calendar_expiry;
mod changed_since;
mod csv;
mod dedup;
mod effective;
mod files;
mod finding;
mod load;
mod locate;
mod merge;
mod parse_diagnostics;
mod profiles;
mod references;
mod resolve;
pub mod schema;
mod state_capabilities;
mod test_cases;
pub mod types;
mod validate;
mod yaml_hints;

pub use calendar_expiry::CalendarEnd;
pub use changed_since::{ConfigChanges, diff_config};
pub use dedup::DiagnosticDedup;
pub use effective::VanishedFile;
pub use finding::ConfigFinding;
pub use load::{
    LoadedRepository, LoadedTests, LoadedUser, Repository, account_key_line, load, read_settings,
    read_user,
};
pub use references::ReferencedFiles;
pub use resolve::{
    OfflineDirectory, ResolveResult, name_lists, offline_directory, resolve, resolve_all,
    resolve_owner, resolve_silently, resolve_tests, selector_matches, suggest_extension,
};
pub use test_cases::{CallTest, ExpectedHandler, ExpectedOutcome, TestUsers};
