//! Simulates one call: with the files of a repository, or with the rules on the account.

use std::path::Path;

use super::account::Account;
use super::error::RunError;
use super::offline::OfflineUsers;
use super::repository::{read_settings, verify_account};
use super::selection::select_live_users;
use crate::model::{ExtensionDirectory, ExtensionId, UserSelector};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, FetchRequest};
use crate::simulate::PartialHandling;

/// A user of the account with the rules and states that are there now.
#[derive(Debug)]
pub struct LiveCallee {
    /// The id of the account.
    pub account: String,
    /// The handling of the user's calls. All of it is known.
    pub handling: PartialHandling,
    /// The users of the account.
    pub directory: ExtensionDirectory,
}

impl OfflineUsers<'_> {
    /// Returns the user that a selector matches.
    ///
    /// # Errors
    ///
    /// If it matches no file, or more than one.
    pub fn select_callee(&self, selector: &UserSelector) -> Result<&PartialHandling, RunError> {
        match self.select(selector)[..] {
            [user] => Ok(user),
            [] => Err(self.no_match_error(selector)),
            ref users => Err(multiple_users_error(selector, users.len())),
        }
    }
}

/// Reads one user from the account. `root` is the repository, whose settings may name the account.
///
/// # Errors
///
/// If the selector doesn't match exactly one user, or if the user can't be read.
pub async fn fetch_callee(
    root: &Path,
    account: &Account,
    selector: &UserSelector,
) -> Result<LiveCallee, RunError> {
    let settings = read_settings(root)?;
    let client = account.client();
    let account_id = client.account_id().await?;
    if let Some(settings) = &settings {
        verify_account(settings, &account_id)?;
    }
    let directory = client.directory().await?;
    let user = match select_live_users(&directory, std::slice::from_ref(selector))?[..] {
        [user] => user.id.clone(),
        ref users => return Err(multiple_users_error(selector, users.len())),
    };
    let handling = fetch_handling(account, user).await?;
    Ok(LiveCallee {
        account: account_id,
        handling,
        directory,
    })
}

/// Reads the rules and states of one user.
async fn fetch_handling(account: &Account, user: ExtensionId) -> Result<PartialHandling, RunError> {
    let request = FetchRequest {
        user,
        rules: true,
        states: true,
    };
    let requests = std::slice::from_ref(&request);
    let results = reconcile::fetch_all_users(account.client(), requests).await;
    let live = results
        .into_iter()
        .next()
        .expect("one request has one result")?;
    let handling = live.handling().clone();
    Ok(PartialHandling::from_live(request.user, handling))
}

/// Returns the error for a selector that matches more than one user.
fn multiple_users_error(selector: &UserSelector, count: usize) -> RunError {
    RunError::new(format!(
        "`{selector}` matches {count} users, but a call is to one user"
    ))
    .hinted("select one user by extension number, e-mail address, or `id:` and the id")
}
