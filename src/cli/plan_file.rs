//! Saved plans on disk.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::account::Account;
use super::error::Error;
use super::planning::{Planned, right_account};
use crate::config::types::Settings;
use crate::engine::Saved;
use crate::engine::account::Read;
use crate::model::Directory;

/// Writes a plan as a whole or not at all: half a plan is never found under its name.
pub(super) fn write(path: &Path, planned: &Planned, created_at: String) -> Result<(), Error> {
    let Planned {
        plan,
        directory,
        catalogue,
        server,
        ..
    } = planned;
    let (server, plan) = (server.clone(), plan.clone());
    let saved = Saved::new(created_at, server, plan, directory, catalogue.clone());
    let text = saved.to_text()?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let replace = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    replace().map_err(|error| file_error(path, error))
}

/// Reads a plan back.
pub(super) fn read(path: &Path) -> Result<Saved, Error> {
    let bytes = fs::read(path).map_err(|error| file_error(path, error))?;
    Saved::from_bytes(&bytes).map_err(|why| Error::PlanFile {
        path: path.display().to_string(),
        why,
    })
}

/// Takes a saved plan, where this is the account that it was made for. Only the id of the account is
/// read.
pub(super) async fn open(
    saved: Saved,
    settings: Option<&Settings>,
    account: &Account,
) -> Result<Planned, Error> {
    let Saved {
        plan,
        server,
        people,
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
        right_account(settings, &opened)?;
    }
    if plan.account != opened {
        return Err(Error::PlanOfOther {
            planned: format!("account {}", plan.account),
            opened: format!("account {opened}"),
        });
    }
    Ok(Planned {
        wanted: plan.users.len(),
        plan,
        directory: Directory::new(people),
        catalogue,
        notices: Vec::new(),
        unread: Vec::new(),
        server,
        files: 0,
    })
}

fn file_error(path: &Path, error: io::Error) -> Error {
    Error::File {
        path: path.display().to_string(),
        error,
    }
}
