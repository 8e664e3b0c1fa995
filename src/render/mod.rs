//! Renders diagnostics, plans and reports, as text for people and as JSON for scripts.

pub mod adopt_json;
pub mod adopt_text;
pub mod apply_report;
pub mod apply_report_json;
pub mod code_docs;
pub mod diagnostics;
pub mod doctor;
pub mod findings;
pub mod humanize;
pub mod impact;
mod list_diff;
mod markdown;
mod operation;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod rollback_conflicts;
pub mod sanitize;
pub mod schema;
pub mod test_results;
pub mod trace;
pub mod validate_json;
pub mod wrap;

pub use findings::RepoPrefix;
pub use operation::WriteOperation;

/// The version of the JSON formats. It changes only with incompatible changes.
const FORMAT_VERSION: &str = "1.0";
