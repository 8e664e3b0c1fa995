//! The account in memory and the file that remembers it. A write is on disk before it is answered.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::{Account, Extension};
use super::error::Error;
use super::seed::Seed;
use super::trail::Trail;

/// Ids of rules created here start above every id derived from a seed.
const FIRST_NEW_ID: u64 = 100_000_000_001;

/// What the state file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Remembered {
    /// The seed this state grew from; another seed starts afresh.
    seed: String,
    next_id: u64,
    account: Account,
    #[serde(default)]
    trail: Trail,
}

/// The account, and where it is kept.
#[derive(Debug)]
pub(crate) struct Store {
    remembered: Remembered,
    file: Option<PathBuf>,
}

impl Store {
    /// Takes up the state file where there is one that belongs to this seed; otherwise begins with the seed.
    pub(crate) fn open(seed: Seed, file: Option<PathBuf>) -> Result<Store, Error> {
        let fingerprint = seed.fingerprint();
        if let Some(path) = &file
            && let Some(remembered) = read(path)?
        {
            if remembered.seed == fingerprint {
                return Ok(Store { remembered, file });
            }
            tracing::warn!(
                file = %path.display(),
                "the seed has changed since this state was written: starting afresh from the seed"
            );
        }
        let store = Store {
            remembered: Remembered {
                seed: fingerprint,
                next_id: FIRST_NEW_ID,
                trail: Trail::begin(&seed.account),
                account: seed.account,
            },
            file,
        };
        store.save()?;
        Ok(store)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.remembered.account
    }

    /// An id that no resource has had before.
    pub(crate) fn new_id(&mut self) -> String {
        let id = self.remembered.next_id;
        self.remembered.next_id += 1;
        id.to_string()
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.remembered.trail
    }

    /// Somebody changes a user. The audit trail tells of it.
    pub(crate) fn change_user<T>(
        &mut self,
        position: usize,
        change: impl FnOnce(&mut Extension) -> T,
    ) -> Result<T, Error> {
        self.keep(|account, trail| {
            let result = change(&mut account.extensions[position]);
            account.settle();
            trail.user_was_changed(account, position);
            result
        })
    }

    /// Somebody changes whatever they like, and the audit trail tells what that was.
    pub(crate) fn edit(&mut self, edit: impl FnOnce(&mut Account)) -> Result<(), Error> {
        self.keep(|account, trail| {
            let before = account.clone();
            edit(account);
            account.settle();
            trail.account_was_changed(&before, account);
        })
    }

    /// The system changes something by itself, of which the audit trail does not tell.
    pub(crate) fn settle(&mut self, change: impl FnOnce(&mut Account)) -> Result<(), Error> {
        self.keep(|account, _| {
            change(account);
            account.settle();
        })
    }

    /// Changes the account and writes it down. When it cannot be written, nothing changed.
    fn keep<T>(&mut self, change: impl FnOnce(&mut Account, &mut Trail) -> T) -> Result<T, Error> {
        let Remembered { account, trail, .. } = &mut self.remembered;
        let before = self
            .file
            .is_some()
            .then(|| (account.clone(), trail.clone()));
        let result = change(account, trail);
        if let Err(error) = self.save() {
            if let Some((account, trail)) = before {
                self.remembered.account = account;
                self.remembered.trail = trail;
            }
            return Err(error);
        }
        Ok(result)
    }

    fn save(&self) -> Result<(), Error> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        write(path, &self.remembered).map_err(|source| Error::StateFile {
            action: "write",
            path: path.clone(),
            source,
        })
    }
}

fn read(path: &Path) -> Result<Option<Remembered>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(Error::StateFile {
                action: "read",
                path: path.to_owned(),
                source,
            });
        }
    };
    let remembered = serde_json::from_str(&text).map_err(|e| Error::DamagedState {
        path: path.to_owned(),
        problem: e.to_string(),
    })?;
    Ok(Some(remembered))
}

/// A kill in mid-write leaves the old file whole: the new one takes its name only when it is all on disk.
fn write(path: &Path, remembered: &Remembered) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(remembered)?)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seed(name: &str) -> Seed {
        Seed::from_value(json!({ "extensions": [{ "extensionNumber": "101", "name": name }] }))
            .unwrap()
    }

    #[test]
    fn the_file_remembers_until_the_seed_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("state.json"));
        let name = |store: &Store| store.account().extension("101").unwrap().name.clone();

        let mut store = Store::open(seed("A"), file.clone()).unwrap();
        let id = store.new_id();
        store.change_user(0, |user| user.name = "B".into()).unwrap();

        let mut again = Store::open(seed("A"), file.clone()).unwrap();
        assert_eq!(name(&again), "B");
        assert_ne!(again.new_id(), id, "ids are never given twice");

        assert_eq!(name(&Store::open(seed("C"), file).unwrap()), "C");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        std::fs::write(&file, "{ \"seed\":").unwrap();
        let problem = Store::open(seed("A"), Some(file)).unwrap_err().to_string();
        assert!(
            problem.contains("state.json") && problem.contains("delete the file"),
            "{problem}"
        );
    }

    #[test]
    fn what_cannot_be_written_has_not_happened() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.json");
        let mut store = Store::open(seed("A"), Some(file)).unwrap();
        folder.close().unwrap();
        let records = store.trail().clone();
        assert!(store.edit(|account| account.extensions.clear()).is_err());
        assert_eq!(store.account().extensions.len(), 1);
        assert_eq!(*store.trail(), records);
    }
}
