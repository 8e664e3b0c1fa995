//! The account in memory, and the state file that keeps it. A write is on disk before its response
//! is sent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::{AccountUser, SandboxAccount, SandboxExtension};
use super::audit_log::AuditLog;
use super::error::SandboxError;
use super::seed::SandboxSeed;

/// First id of a rule that a request creates. Ids derived from a seed are all smaller.
const FIRST_NEW_ID: u64 = 100_000_000_001;

/// Content of the state file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredState {
    /// Fingerprint of the seed that this state is based on. If the seed changes, the state is
    /// discarded.
    seed: String,
    next_id: u64,
    account: SandboxAccount,
    #[serde(default)]
    trail: AuditLog,
}

/// The account and its audit trail at some time.
#[derive(Debug)]
pub(crate) struct SavedAccount {
    account: SandboxAccount,
    trail: AuditLog,
}

/// The account with its audit trail and the path of its state file.
#[derive(Debug)]
pub(crate) struct AccountStore {
    state: StoredState,
    file: Option<PathBuf>,
}

impl AccountStore {
    /// Loads the state file if it belongs to this seed; otherwise starts from the seed.
    pub(crate) fn open(
        seed: SandboxSeed,
        file: Option<PathBuf>,
    ) -> Result<AccountStore, SandboxError> {
        let fingerprint = seed.fingerprint();
        if let Some(path) = &file
            && let Some(state) = read_state_file(path)?
        {
            if state.seed == fingerprint {
                return Ok(AccountStore { state, file });
            }
            tracing::warn!(
                file = %path.display(),
                "the seed has changed since this state was saved: starting from the new seed"
            );
        }
        let state = StoredState {
            seed: fingerprint,
            next_id: FIRST_NEW_ID,
            trail: AuditLog::start(&seed.account),
            account: seed.account,
        };
        let store = AccountStore { state, file };
        store.save()?;
        Ok(store)
    }

    pub(crate) fn account(&self) -> &SandboxAccount {
        &self.state.account
    }

    /// Returns the extension at this index in the account.
    pub(crate) fn user_at(&self, index: usize) -> AccountUser<'_> {
        let account = self.account();
        AccountUser {
            account,
            user: &account.extensions[index],
        }
    }

    /// Returns an id that no resource has had before.
    pub(crate) fn allocate_id(&mut self) -> String {
        let id = self.state.next_id;
        self.state.next_id += 1;
        id.to_string()
    }

    pub(crate) fn audit_log(&self) -> &AuditLog {
        &self.state.trail
    }

    /// Changes a user and records the change in the audit trail.
    pub(crate) fn change_user<T>(
        &mut self,
        position: usize,
        change: impl FnOnce(&mut SandboxExtension) -> T,
    ) -> Result<T, SandboxError> {
        self.change_and_save(|account, trail| {
            let result = change(&mut account.extensions[position]);
            account.sync_system_state();
            trail.record_user_change(account, position);
            result
        })
    }

    /// Changes any part of the account and records the differences in the audit trail.
    pub(crate) fn edit_account(
        &mut self,
        edit: impl FnOnce(&mut SandboxAccount),
    ) -> Result<(), SandboxError> {
        self.change_and_save(|account, trail| {
            let before = account.clone();
            edit(account);
            account.sync_system_state();
            trail.record_account_changes(&before, account);
        })
    }

    /// Changes the account as RingCentral does by itself, without an audit record.
    pub(crate) fn change_silently(
        &mut self,
        change: impl FnOnce(&mut SandboxAccount),
    ) -> Result<(), SandboxError> {
        self.change_and_save(|account, _| {
            change(account);
            account.sync_system_state();
        })
    }

    /// Changes the account and saves it. If saving fails, the change is reverted.
    fn change_and_save<T>(
        &mut self,
        change: impl FnOnce(&mut SandboxAccount, &mut AuditLog) -> T,
    ) -> Result<T, SandboxError> {
        let StoredState { account, trail, .. } = &mut self.state;
        let copy = |_| (account.clone(), trail.clone());
        let before = self.file.as_ref().map(copy);
        let result = change(account, trail);
        let saved = self.save();
        if let (Err(_), Some((account, trail))) = (&saved, before) {
            self.state.account = account;
            self.state.trail = trail;
        }
        saved.map(|()| result)
    }

    /// Returns a copy of the account for [`restore`](Self::restore).
    pub(crate) fn saved_account(&self) -> SavedAccount {
        SavedAccount {
            account: self.state.account.clone(),
            trail: self.state.trail.clone(),
        }
    }

    /// Makes the account as it was when it was copied. Ids that were allocated since are not used
    /// again.
    pub(crate) fn restore(&mut self, saved: SavedAccount) -> Result<(), SandboxError> {
        self.state.account = saved.account;
        self.state.trail = saved.trail;
        self.save()
    }

    fn save(&self) -> Result<(), SandboxError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let failure = SandboxError::file("write state file", path);
        write_state_file(path, &self.state).map_err(failure)
    }
}

/// Reads the state file, or returns `None` if there is none.
fn read_state_file(path: &Path) -> Result<Option<StoredState>, SandboxError> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(SandboxError::file("read state file", path))?,
    };
    serde_json::from_str(&text).map(Some).map_err(|e| {
        let problem = format!("{e}; delete the file to start from the seed");
        SandboxError::invalid(format!("state file {}", path.display()), problem)
    })
}

/// Replaces the state file atomically: the new file is renamed only when it is completely on disk,
/// so that a kill during the write leaves the old file intact.
fn write_state_file(path: &Path, state: &StoredState) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(state)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seed(name: &str) -> SandboxSeed {
        let user = json!({ "extensionNumber": "101", "name": name });
        SandboxSeed::from_value(json!({ "extensions": [user] })).unwrap()
    }

    #[test]
    fn state_file_is_used_until_the_seed_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("state.json"));
        let name = |store: &AccountStore| store.account().extension("101").unwrap().name.clone();

        let mut store = AccountStore::open(seed("A"), file.clone()).unwrap();
        let id = store.allocate_id();
        store.change_user(0, |user| user.name = "B".into()).unwrap();

        let mut reopened = AccountStore::open(seed("A"), file.clone()).unwrap();
        assert_eq!(name(&reopened), "B");
        assert_ne!(reopened.allocate_id(), id, "ids are never reused");

        assert_eq!(name(&AccountStore::open(seed("C"), file).unwrap()), "C");
    }

    #[test]
    fn damaged_state_file_error_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        std::fs::write(&file, "{ \"seed\":").unwrap();
        let error = AccountStore::open(seed("A"), Some(file)).unwrap_err();
        let problem = error.to_string();
        assert!(
            problem.contains("state.json") && problem.contains("delete the file"),
            "{problem}"
        );
    }

    #[test]
    fn change_that_cannot_be_saved_is_reverted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        let mut store = AccountStore::open(seed("A"), Some(file)).unwrap();
        folder.close().unwrap();
        let records = store.audit_log().clone();
        let result = store.edit_account(|account| account.extensions.clear());
        assert!(result.is_err());
        assert_eq!(store.account().extensions.len(), 1);
        assert_eq!(*store.audit_log(), records);
    }
}
