//! The library without the program: a plan, its apply, and the next plan.

use std::path::Path;

use callrules::{
    Account, JournalTarget, PlanOptions, PlanOutcome, Repository, RunError, RunProgress, RunTime,
    SafetyLimits,
};
use tempfile::TempDir;

use crate::support;

/// The time of all plans: a Wednesday.
const TIME: RunTime = RunTime::Local(jiff::civil::date(2026, 11, 25).at(9, 0, 0, 0));

/// Copies the example repository, because runs leave state in it.
fn example() -> TempDir {
    let folder = TempDir::new().unwrap();
    support::copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme"),
        folder.path(),
    );
    folder
}

async fn plan(root: &Path, account: &Account) -> Result<PlanOutcome, RunError> {
    let (repository, _) = Repository::open(root)?;
    let progress = RunProgress::default();
    let outcome = callrules::plan(&repository, account, &PlanOptions::new(TIME), &progress).await?;
    let phase = progress.phase().expect("reading users is a phase");
    assert_eq!(progress.steps_done(), phase.steps);
    Ok(outcome)
}

fn journal(root: &Path) -> JournalTarget<'_> {
    JournalTarget {
        root,
        file: None,
        clock: || "2026-11-25T09:00:00Z".to_owned(),
    }
}

#[tokio::test]
async fn plan_after_apply_is_empty_and_after_rollback_as_before() {
    let folder = example();
    let root = folder.path();
    let account = Account::sandbox(root).await.unwrap();
    let first = plan(root, &account).await.unwrap();
    assert!(!first.plan.is_empty() && first.is_complete());
    let progress = RunProgress::default();

    let limits = SafetyLimits::default();
    let report = callrules::apply(&account, &first, limits, journal(root), &progress)
        .await
        .unwrap();
    assert!(report.is_complete());
    let second = plan(root, &account).await.unwrap();
    assert_eq!(second.plan.request_count(), 0);

    let path = root.join(".callrules/journal/20261125T090000Z.jsonl");
    let (written, warning) = callrules::read_journal(&path).unwrap();
    assert_eq!(warning, None);
    let rollback = callrules::plan_rollback(None, &account, &written, TIME, &progress)
        .await
        .unwrap();
    assert!(rollback.conflicts.is_empty());
    let undo = rollback.outcome;
    let report = callrules::apply(&account, &undo, limits, journal(root), &progress)
        .await
        .unwrap();
    assert!(report.is_complete());
    let third = plan(root, &account).await.unwrap();
    assert_eq!(third.plan.summary(), first.plan.summary());
    account.close().await;
}

#[tokio::test]
async fn apply_refuses_plan_that_exceeds_limits_and_sends_nothing() {
    let folder = example();
    let root = folder.path();
    let account = Account::sandbox(root).await.unwrap();
    let outcome = plan(root, &account).await.unwrap();
    let deletes = outcome.plan.summary().delete;
    assert!(deletes > 0);
    let requests = account.requests_made();
    let limits = SafetyLimits {
        max_deletes: Some(deletes - 1),
        ..SafetyLimits::default()
    };
    let error = callrules::apply(
        &account,
        &outcome,
        limits,
        journal(root),
        &RunProgress::default(),
    )
    .await
    .unwrap_err();
    insta::assert_snapshot!(error, @"refusing this plan: it deletes 1 of 2 interaction rules (limit: 0)");
    assert_eq!(account.requests_made(), requests);
    assert!(!root.join(".callrules/journal").exists());
    account.close().await;
}
