//! What people and scripts see of diagnostics, plans and reports.

pub mod diagnostics;
pub mod doctor;
mod impact;
mod list;
pub mod plan_json;
pub mod plan_text;
pub mod report;
mod say;
