//! What people and scripts see of diagnostics, plans and reports.

mod alike;
pub mod cases;
mod deed;
pub mod diagnostics;
pub mod doctor;
pub mod findings;
mod folder;
pub mod impact;
pub mod left_alone;
mod list;
mod markdown;
pub mod overview;
pub mod pages;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod report;
pub mod report_json;
pub mod say;
pub mod schema;
pub mod shown;
pub mod story;
pub mod validate_json;
pub mod wrap;

pub use deed::Deed;
pub use folder::Folder;
