//! Fetches the users and name lists that a plan needs, several at a time.

use std::collections::BTreeSet;

use super::account::AccountReader;
use super::concurrency::run_bounded;
use super::live_user::LiveUser;
use crate::model::{DesiredUser, ExtensionId, NameListKey, NamedResource};

/// The number of users or lists that are read at the same time. More would only wait, because the
/// service allows 40 requests a minute \[docs\].
const MAX_CONCURRENT_READS: usize = 8;

/// The live configuration of a user, or the error of reading it.
pub type FetchResult<E> = Result<LiveUser, E>;

/// The lists to read for a user.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The extension id of the user.
    pub user: ExtensionId,
    /// Whether to read the interaction rules.
    pub rules: bool,
    /// Whether to read the state rules.
    pub states: bool,
}

impl From<&DesiredUser> for FetchRequest {
    /// Requests only the lists that the file declares.
    fn from(desired: &DesiredUser) -> Self {
        FetchRequest {
            user: desired.id.clone(),
            rules: desired.rules.is_some(),
            states: !desired.states.is_empty(),
        }
    }
}

/// Reads the requested lists of all users and returns the results of `take` in the same order.
///
/// `take` receives the index of a user as soon as that user has been read, so that live bodies need
/// not be kept.
pub async fn fetch_users<R: AccountReader, T>(
    account: &R,
    users: &[FetchRequest],
    take: impl AsyncFn(usize, FetchResult<R::Error>) -> T,
) -> Vec<T> {
    let read = async |at, user| take(at, fetch_user(account, user).await).await;
    let reads = users.iter().enumerate().map(|(at, user)| read(at, user));
    run_bounded(MAX_CONCURRENT_READS, reads).await
}

/// Reads each name list once.
pub async fn fetch_name_lists<R: AccountReader>(
    account: &R,
    lists: BTreeSet<NameListKey>,
) -> Vec<(NameListKey, Result<Vec<NamedResource>, R::Error>)> {
    let read = async |list: NameListKey| {
        let names = match &list {
            NameListKey::Greetings(place) => account.greetings(*place).await,
            NameListKey::Devices(owner) => account.devices(owner).await,
        };
        (list, names)
    };
    run_bounded(MAX_CONCURRENT_READS, lists.into_iter().map(read)).await
}

/// Reads the requested lists of one user.
pub(super) async fn fetch_user<R: AccountReader>(
    account: &R,
    wanted: &FetchRequest,
) -> FetchResult<R::Error> {
    // State rules first: reading them creates the states of a user that never had a rule [field].
    let state_rules = if wanted.states {
        account.state_rules(&wanted.user).await?
    } else {
        Vec::new()
    };
    let rules = if wanted.rules {
        account.interaction_rules(&wanted.user).await?
    } else {
        Vec::new()
    };
    Ok(LiveUser::new(wanted, rules, state_rules))
}
