//! What people and scripts see of diagnostics, plans and reports.

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
pub mod say;
pub mod story;

pub use deed::Deed;
pub use folder::Folder;
