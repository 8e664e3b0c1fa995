//! What people and scripts see of diagnostics, plans and reports.

mod alike;
pub mod cases;
mod deed;
pub mod diagnostics;
pub mod doctor;
pub mod impact;
pub mod left_alone;
mod list;
pub mod pages;
pub mod plan_json;
pub mod plan_markdown;
pub mod plan_text;
pub mod report;
pub mod say;
pub mod shown;
pub mod story;
pub mod wrap;

pub use deed::Deed;
