//! Finds names in the files that are not on the account, without reading rules.

use std::collections::{BTreeSet, HashSet};

use super::account::Account;
use super::error::{InvalidConfiguration, RunError, RunErrorCause};
use super::names::fetch_name_index;
use super::repository::verify_account;
use super::resolve::{PartialResolution, resolve_possible};
use super::selection::select_users;
use crate::client::ApiClient;
use crate::config::Repository;
use crate::model::UserSelector;
use crate::reconcile::account::AccountReader;

/// User files that name something that is not on the account.
pub struct UnresolvedFiles {
    /// The paths of the files.
    pub files: HashSet<String>,
    /// The errors, located in the files.
    pub configuration: InvalidConfiguration,
}

impl From<UnresolvedFiles> for RunError {
    fn from(unresolved: UnresolvedFiles) -> Self {
        let InvalidConfiguration {
            diagnostics,
            file_count,
        } = unresolved.configuration;
        RunError::configuration(diagnostics, file_count)
    }
}

/// Reads the names on the account, and returns the files that name something else. No rules are
/// read.
///
/// # Errors
///
/// If a selector matches no user, or if the account can't be read.
pub async fn find_unresolved_files(
    repository: &Repository,
    account: &Account,
    users: &[UserSelector],
) -> Result<UnresolvedFiles, RunError> {
    let mut files: HashSet<String> = repository
        .users
        .iter()
        .map(|user| user.path.clone())
        .collect();
    let resolution = match resolve_names(repository, account.client(), users).await {
        Ok(resolution) => resolution,
        Err(error) => match error.into_cause() {
            RunErrorCause::Configuration(configuration) => {
                return Ok(UnresolvedFiles {
                    files,
                    configuration,
                });
            }
            cause => return Err(RunError::from_cause(cause)),
        },
    };
    for user in &resolution.users {
        files.remove(&user.file.path);
    }
    let errors = resolution.errors.into_iter();
    Ok(UnresolvedFiles {
        files,
        configuration: InvalidConfiguration {
            diagnostics: errors.map(|error| error.diagnostic).collect(),
            file_count: repository.file_count(),
        },
    })
}

/// Reads the names that the files in scope refer to, and resolves the files.
async fn resolve_names<'r>(
    repository: &'r Repository,
    client: &ApiClient,
    users: &[UserSelector],
) -> Result<PartialResolution<'r>, RunError> {
    let account_id = client.account_id().await?;
    verify_account(&repository.settings, &account_id)?;
    let directory = client.directory().await?;
    let mut selected = select_users(repository, &directory, users, None)?;
    let files = &mut selected.files;
    let optional_lists = BTreeSet::default();
    let (name_index, _) =
        fetch_name_index(client, repository, files, &directory, optional_lists).await?;
    resolve_possible(repository, selected, &directory, &name_index)
}
