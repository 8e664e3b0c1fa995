//! The use cases of the library: what each command does, without a command line.
//!
//! A use case loads files, opens an account, and calls the pure modules in order. It returns data
//! and prints nothing; [`RunProgress`] shows how far it is.

mod account;
mod adopt;
mod apply;
mod compared;
mod coverage;
mod drift_edits;
mod error;
mod git;
mod import;
mod incremental;
mod journal_file;
mod lints;
mod lock;
mod names;
mod new_call_handling;
mod offline;
mod plan;
mod plan_file;
mod plan_outcome;
mod progress;
mod report;
mod report_folder;
mod repository;
mod resolve;
mod rollback;
mod run_time;
mod selection;
mod simulate;
mod state_dir;
mod unresolved;
mod user_diff;

pub use account::Account;
pub use adopt::{AdoptOptions, AdoptOutcome, adopt, save_adopted};
pub use apply::{JournaledApply, apply, ensure_safe, split_canary};
pub use coverage::UserCoverage;
pub use error::{InvalidConfiguration, RunError, RunErrorCause};
pub use git::repo_prefix;
pub use import::{ImportOptions, ImportProblem, ImportReport, import, open_import_target};
pub use incremental::ReadStats;
pub use journal_file::{JournalFile, JournalTarget};
pub use lints::lint;
pub use lock::RepositoryLock;
pub use offline::{LocatedTest, OfflineUsers, TestedCall, resolve_tests, run_tests};
pub use plan::{PlanOptions, plan};
pub use plan_file::{open_saved_plan, read_saved_plan, save_plan};
pub use plan_outcome::{PlanOutcome, UnreadableUser, UserDiagnostic};
pub use progress::{RunPhase, RunProgress};
pub use report::{ReportOutput, report_live, report_offline};
pub use report_folder::ReportFolder;
pub use repository::{account_banner, read_settings, verify_account, write_new_file};
pub use rollback::{RollbackOutcome, plan_rollback, read_journal};
pub use run_time::RunTime;
pub use simulate::{LiveCallee, fetch_callee};
pub use unresolved::{UnresolvedFiles, find_unresolved_files};
