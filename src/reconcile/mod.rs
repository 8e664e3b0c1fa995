//! Compares the desired with the live configuration, plans the changes and applies them.
//!
//! All I/O goes through the two traits in [`account`]. Nothing here uses HTTP, a clock or a
//! terminal.

pub mod account;
mod apply;
mod change;
mod change_builder;
mod diff;
pub mod digest;
mod extent;
mod fetch;
mod field_diff;
mod impact;
mod live_user;
mod merge;
mod name_lists;
mod origin;
mod plan;
mod problem;
mod projection;
mod renames;
mod rollback;
mod rules;
mod safety;
mod saved_plan;
mod snapshot;
mod states;

pub use apply::{
    ApplyCounts, ApplyObserver, ApplyReport, ChangeFailure, ChangeOutcome, ChangeResult,
    LookupResult, StorageMismatch, SuspectedDuplicate, UserRefusal, WriteVerification, apply_plan,
};
pub use change::{
    ChangeAction, ChangeOrigin, DeleteReason, FieldChange, FieldMismatch, PlannedChange,
    ResourceKind,
};
pub use diff::{ComparedFile, add_impact, add_origins, diff_user, needs_phones};
pub use extent::UserExtent;
pub use fetch::{FetchResult, fetch_all_users, fetch_name_lists, fetch_users, in_order};
pub use impact::{
    CallImpact, ImpactBuilder, ImpactDateException, ImpactNumbers, ImpactTimes, describe_impact,
    flow_to_yaml,
};
pub use live_user::{FetchRequest, LiveUser};
pub use name_lists::collect_name_lists;
pub use origin::{AccountDrift, AccountEdit, DriftedPart};
pub use plan::{AccountPlan, ChangeSummary, UserPlan};
pub use problem::{DiffDiagnostic, DiffProblemKind, DiffSubject};
pub use projection::handling_after;
pub use renames::matches_same_calls;
pub use rollback::{ConflictReason, JournaledWrite, RollbackConflict, plan_rollback};
pub use safety::{SafetyLimits, SafetyViolation, check_safety};
pub use saved_plan::{SavedPlan, SavedPlanError};
pub use snapshot::{ResourceFingerprint, SnapshotDiff, UserSnapshot};
pub use states::undeclared_switches;
