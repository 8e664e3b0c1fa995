//! Reads and writes saved plans.

use std::path::Path;
use std::sync::Arc;

use super::account::Account;
use super::error::RunError;
use super::plan_outcome::PlanOutcome;
use super::repository::verify_account;
use crate::config::types::RepositorySettings;
use crate::files::{self, FileAccess};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{SafetyLimits, SavedPlan, SavedPlanError};

/// The maximum size of a saved plan in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Saves a plan, atomically. `created_at` is RFC 3339 in UTC.
///
/// # Errors
///
/// If the file can't be written.
pub fn save_plan(path: &Path, outcome: &PlanOutcome, created_at: String) -> Result<(), RunError> {
    let saved = SavedPlan {
        created_at,
        server: outcome.server.clone(),
        plan: outcome.plan.clone(),
        names: outcome.name_index.clone(),
    };
    let text = saved.to_text()?;
    if text.len() as u64 > MAX_BYTES {
        let megabytes = MAX_BYTES / (1024 * 1024);
        let message = format!("the plan is too large to be saved: more than {megabytes} MB");
        return Err(RunError::new(message).hinted("plan fewer users at once with `--user`"));
    }
    files::write_atomically(path, text.as_bytes(), FileAccess::Private)
        .map_err(|error| RunError::file(path, &error))
}

/// Reads a saved plan.
///
/// # Errors
///
/// If the file can't be read or is not an intact plan.
pub fn read_saved_plan(path: &Path) -> Result<SavedPlan, RunError> {
    let bytes =
        files::read_limited(path, MAX_BYTES).map_err(|error| RunError::file(path, &error))?;
    SavedPlan::from_bytes(&bytes).map_err(|reason| {
        let hint = match reason {
            SavedPlanError::JsonOutput => "save a plan with `callrules plan --out FILE`",
            _ => "save a new plan with `callrules plan --out FILE`",
        };
        RunError::new(format!("can't apply {}: {reason}", path.display())).hinted(hint)
    })
}

/// Prepares a saved plan for the open account.
///
/// Extension numbers and names come from the account, not from the file. `settings` are those of
/// the repository, if there is one.
///
/// # Errors
///
/// If the plan is for another account.
pub async fn open_saved_plan(
    saved: SavedPlan,
    settings: Option<&RepositorySettings>,
    account: &Account,
) -> Result<PlanOutcome, RunError> {
    let SavedPlan {
        mut plan,
        server,
        names: name_index,
        ..
    } = saved;
    if server != account.server() {
        return Err(other_account_error(&server, account.server()));
    }
    let client = account.client();
    let account_id = client.account_id().await?;
    if let Some(settings) = settings {
        verify_account(settings, &account_id)?;
    }
    if plan.account != account_id {
        return Err(other_account_error(
            &format!("account {}", plan.account),
            &format!("account {account_id}"),
        ));
    }
    let directory = client.directory().await?;
    for user in &mut plan.users {
        user.is_from_file = true;
        let extension = directory.by_id(&user.id);
        user.extension_number = extension.and_then(|extension| extension.number.clone());
        user.name = extension.map_or(String::new(), |extension| extension.name.clone());
    }
    Ok(PlanOutcome {
        expected_users: plan.users.len(),
        plan,
        directory: Arc::new(directory),
        name_index,
        diagnostics: Vec::new(),
        unreadable: Vec::new(),
        audit_note: None,
        read_stats: None,
        limits: settings.map_or_else(SafetyLimits::default, RepositorySettings::safety_limits),
        server,
        file_count: 0,
    })
}

/// Returns the error for a plan that was made for another server or account.
fn other_account_error(expected: &str, actual: &str) -> RunError {
    RunError::new(format!(
        "the plan was made for {expected}, but this is {actual}"
    ))
    .hinted(
        "use the credentials of the account that the plan is for, or save a new plan for this \
         account",
    )
}
