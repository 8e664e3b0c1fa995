//! Keeps RingCentral user call handling rules in git.
//!
//! Data flows one way, and the modules follow it:
//!
//! ```text
//! YAML files ─► config ─► model ───────────────┐
//!  (authored)            (resolved)            ├─► reconcile ─► Plan ─► requests
//! live API ──► client ──► api (raw bodies) ────┘                 │
//!                                                                └──► render
//! ```
//!
//! # Plan and apply
//!
//! ```no_run
//! use callrules::{Account, JournalTarget, PlanOptions, Repository, RunProgress, RunTime};
//!
//! # async fn example() -> Result<(), callrules::RunError> {
//! let root = "examples/acme".as_ref();
//! let (repository, _warnings) = Repository::open(root)?;
//! let account = Account::sandbox(root).await?;
//! let options = PlanOptions::new(RunTime::Instant(jiff::Timestamp::now()));
//! let progress = RunProgress::default();
//! let outcome = callrules::plan(&repository, &account, &options, &progress).await?;
//! println!("{} requests", outcome.plan.request_count());
//!
//! let journal = JournalTarget {
//!     root,
//!     file: None,
//!     clock: || jiff::Timestamp::now().to_string(),
//! };
//! let limits = callrules::SafetyLimits::default();
//! let report = callrules::apply(&account, &outcome, limits, journal, &progress).await?;
//! assert!(report.is_complete());
//! account.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Check files and calls without an account
//!
//! ```
//! use callrules::{OfflineUsers, Repository, RunTime};
//!
//! # fn main() -> Result<(), callrules::RunError> {
//! let (repository, _warnings) = Repository::open("examples/acme".as_ref())?;
//! let time = RunTime::Local(jiff::civil::date(2026, 11, 25).at(9, 0, 0, 0));
//! let lints = callrules::lint(&repository, time);
//! assert!(lints.iter().all(|lint| !lint.is_error()));
//!
//! let offline = OfflineUsers::from_repository(&repository)?;
//! let tests = callrules::resolve_tests(&repository, &offline, None)?;
//! let tested = callrules::run_tests(&tests, &offline, time.in_zone(None));
//! assert!(tested.iter().all(|test| test.outcome.mismatches.is_empty()));
//! # Ok(())
//! # }
//! ```
//!
//! # Import and roll back
//!
//! ```no_run
//! use callrules::{Account, ImportOptions, RunProgress, RunTime};
//!
//! # async fn example() -> Result<(), callrules::RunError> {
//! let root = "my-company".as_ref();
//! let account = Account::sandbox(root).await?;
//! let progress = RunProgress::default();
//! let repository = callrules::open_import_target(root)?;
//! let options = ImportOptions::default();
//! let report =
//!     callrules::import(root, repository.as_ref(), &account, &options, &progress).await?;
//! assert!(report.is_complete());
//!
//! let (journal, _warning) = callrules::read_journal("run.jsonl".as_ref())?;
//! let time = RunTime::Instant(jiff::Timestamp::now());
//! let rollback = callrules::plan_rollback(None, &account, &journal, time, &progress).await?;
//! println!("{} requests undo the run", rollback.outcome.plan.request_count());
//! # Ok(())
//! # }
//! ```

mod app;

// The modules below are the inside of the library. The program and the tests use them; they can
// change in any release.
#[doc(hidden)]
pub mod adopt;
#[doc(hidden)]
pub mod api;
#[doc(hidden)]
pub mod cache;
#[doc(hidden)]
pub mod client;
#[doc(hidden)]
pub mod config;
#[doc(hidden)]
pub mod diagnostic;
#[doc(hidden)]
pub mod doctor;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod import;
#[doc(hidden)]
pub mod init;
#[doc(hidden)]
pub mod journal;
#[doc(hidden)]
pub mod lint;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod reconcile;
#[doc(hidden)]
pub mod render;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod routing;
#[doc(hidden)]
pub mod sandbox;
#[doc(hidden)]
pub mod simulate;
#[doc(hidden)]
pub mod yaml;

pub use app::*;
pub use client::ClientConfig;
pub use config::Repository;
pub use diagnostic::Diagnostic;
pub use reconcile::{ApplyReport, SafetyLimits};
