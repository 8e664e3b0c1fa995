//! Compares the desired with the live configuration, plans the changes and applies them.
//!
//! All I/O goes through the two traits in [`account`]. Nothing here uses HTTP, a clock or a
//! terminal.

pub mod account;
mod apply;
mod call_flow;
mod concurrency;
mod diff;
pub mod digest;
mod fetch;
mod field_diff;
mod impact;
mod live_user;
mod name_lists;
mod plan;
mod projection;
mod rollback;
mod rules;
mod safety;
mod saved_plan;
mod snapshot;
mod states;

pub use apply::{
    ApplyCounts, ApplyObserver, ApplyReport, ChangeFailure, ChangeOutcome, ChangeResult,
    DuplicateCheck, LookupResult, UserRefusal, apply_plan,
};
pub use call_flow::flow_to_yaml;
pub use diff::{DiffDiagnostic, DiffSubject, diff_user};
pub use fetch::{FetchRequest, FetchResult, fetch_name_lists, fetch_users};
pub use impact::{
    CallImpact, ImpactAssumptions, ImpactBuilder, ImpactCallSource, ImpactDateException,
    ImpactNumbers, ImpactTimes, ImpactToggles, compute_impact,
};
pub use live_user::LiveUser;
pub use name_lists::collect_name_lists;
pub use plan::{
    AccountPlan, ChangeAction, ChangeSummary, DeleteReason, FieldChange, PlannedChange,
    ResourceKind, UserPlan,
};
pub use projection::project as handling_after;
pub use rollback::{ConflictReason, JournaledWrite, RollbackConflict, plan_rollback};
pub use safety::{SafetyLimits, SafetyViolation, check_safety};
pub use saved_plan::{SavedPlan, SavedPlanError};
pub use snapshot::{ResourceFingerprint, SnapshotDiff, UserSnapshot};
