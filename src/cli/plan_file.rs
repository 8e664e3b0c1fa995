//! Reads and writes saved plans.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::Builder;

use super::GlobalArgs;
use super::account::AccountSession;
use super::error::CommandError;
use super::files;
use super::planning::{PlanOutcome, verify_account};
use crate::config::types::RepositorySettings;
use crate::reconcile::account::AccountReader;
use crate::reconcile::{ApplyReport, ChangeOutcome, SavedPlan, UserRefusal};

/// Saves a plan, atomically.
pub(super) fn write(
    path: &Path,
    outcome: &PlanOutcome,
    created_at: String,
) -> Result<(), CommandError> {
    let PlanOutcome {
        plan,
        name_index,
        server,
        ..
    } = outcome;
    let saved = SavedPlan {
        created_at,
        server: server.clone(),
        plan: plan.clone(),
        names: name_index.clone(),
    };
    let text = saved.to_text()?;
    files::write_atomically(path, &text, &Builder::new())
}

/// Reads a saved plan. Returns an error if the file is not an intact plan.
pub(super) fn read(path: &Path) -> Result<SavedPlan, CommandError> {
    let bytes = fs::read(path).map_err(|error| files::file_error(path, error))?;
    SavedPlan::from_bytes(&bytes).map_err(|reason| CommandError::UnusablePlanFile {
        path: path.display().to_string(),
        reason,
    })
}

/// Prepares a saved plan for the open account.
///
/// Returns an error if the plan is for another account. Extension numbers and names come from the
/// account, not from the file.
pub(super) async fn open_saved(
    global: &GlobalArgs,
    saved: SavedPlan,
    settings: Option<&RepositorySettings>,
    account: &AccountSession,
) -> Result<PlanOutcome, CommandError> {
    let SavedPlan {
        mut plan,
        server,
        names: name_index,
        ..
    } = saved;
    if server != account.server {
        return Err(CommandError::PlanForOtherAccount {
            expected: server,
            actual: account.server.clone(),
        });
    }
    let account_id = account.client.account_id().await?;
    if let Some(settings) = settings {
        verify_account(global, settings, &account_id)?;
    }
    if plan.account != account_id {
        return Err(CommandError::PlanForOtherAccount {
            expected: format!("account {}", plan.account),
            actual: format!("account {account_id}"),
        });
    }
    let directory = account.client.directory().await?;
    for user in &mut plan.users {
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
        read_stats: None,
        server,
        file_count: 0,
    })
}

/// Returns the hint after a saved plan that was only partly applied: save a new plan.
///
/// The saved plan also contains the changes that are done, so it cannot be applied again.
pub(super) fn remaining_message<E>(
    global: &GlobalArgs,
    file: &Path,
    report: &ApplyReport<'_, E>,
) -> String {
    let save = global.format_command(&["plan", "--out", &file.to_string_lossy()]);
    let all_drifted = report.changes.iter().all(|result| {
        matches!(
            result.outcome,
            ChangeOutcome::Refused(UserRefusal::Drifted(_))
        )
    });
    let reason = if all_drifted {
        "The account has changed since this plan was made. Perhaps the plan was already applied."
    } else {
        "A saved plan can be applied only once."
    };
    format!("{reason} To plan what is left: `{save}`.\n")
}
