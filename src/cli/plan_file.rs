//! Saved plans on disk.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::Builder;

use super::Global;
use super::account::Account;
use super::error::Error;
use super::files;
use super::planning::{Planned, right_account};
use crate::config::types::Settings;
use crate::engine::account::Read;
use crate::engine::{Outcome, Refusal, Report, Saved};

/// Writes a plan as a whole or not at all: half a plan is never found under its name.
pub(super) fn write(path: &Path, planned: &Planned, created_at: String) -> Result<(), Error> {
    let Planned {
        plan,
        catalogue,
        server,
        ..
    } = planned;
    let saved = Saved {
        created_at,
        server: server.clone(),
        plan: plan.clone(),
        catalogue: catalogue.clone(),
    };
    let text = saved.to_text()?;
    files::replace(path, &text, &Builder::new())
}

/// Reads a plan back.
pub(super) fn read(path: &Path) -> Result<Saved, Error> {
    let bytes = fs::read(path).map_err(|error| files::file_error(path, error))?;
    Saved::from_bytes(&bytes).map_err(|why| Error::PlanFile {
        path: path.display().to_string(),
        why,
    })
}

/// Takes a saved plan, where this is the account that it was made for. Who somebody is the account says,
/// and not the file.
pub(super) async fn open(
    global: &Global,
    saved: Saved,
    settings: Option<&Settings>,
    account: &Account,
) -> Result<Planned, Error> {
    let Saved {
        mut plan,
        server,
        catalogue,
        ..
    } = saved;
    if server != account.server {
        return Err(Error::PlanOfOther {
            planned: server,
            opened: account.server.clone(),
        });
    }
    let opened = account.client.account_id().await?;
    if let Some(settings) = settings {
        right_account(global, settings, &opened)?;
    }
    if plan.account != opened {
        return Err(Error::PlanOfOther {
            planned: format!("account {}", plan.account),
            opened: format!("account {opened}"),
        });
    }
    let directory = account.client.directory().await?;
    for user in &mut plan.users {
        let person = directory.by_id(&user.id);
        user.extension_number = person.and_then(|person| person.number.clone());
        user.name = person.map(|person| person.name.clone()).unwrap_or_default();
    }
    Ok(Planned {
        wanted: plan.users.len(),
        plan,
        directory: Arc::new(directory),
        catalogue,
        notices: Vec::new(),
        unread: Vec::new(),
        reads: None,
        server,
        files: 0,
    })
}

/// How to go on after a saved plan that was not carried out as a whole. What is done is in the file too, and
/// cannot be done again.
pub(super) fn left<E>(global: &Global, file: &Path, report: &Report<'_, E>) -> String {
    let save = global.command(&["plan", "--out", &file.to_string_lossy()]);
    let mut changes = report.changes.iter().map(|settled| &settled.outcome);
    let all_moved = changes.all(|outcome| matches!(outcome, Outcome::Refused(Refusal::Moved(_))));
    let why = match all_moved {
        true => {
            "The account is no longer as this plan saw it; perhaps the plan was carried out before."
        }
        false => "A saved plan is carried out once.",
    };
    format!("{why} Save one of what is left: `{save}`.\n")
}
