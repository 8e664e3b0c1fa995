//! Fetches the users and name lists that a plan needs, several at a time.

use std::collections::BTreeSet;

use futures::stream::{self, Stream, StreamExt};
use tokio::sync::OnceCell;

use super::account::AccountReader;
use super::live_user::{FetchRequest, LiveUser};
use crate::model::{NameListKey, NamedResource};

/// The number of users or lists that are read at the same time. More would only wait, because the
/// service allows 40 requests a minute \[docs\].
const MAX_CONCURRENT_READS: usize = 8;

/// The live configuration of a user, or the error of reading it.
pub type FetchResult<E> = Result<LiveUser, E>;

/// Reads the requested lists of users, several at a time.
///
/// Yields the index of each user with the result as soon as the user has been read, so that live
/// bodies need not be kept.
pub fn fetch_users<'a, R: AccountReader>(
    account: &'a R,
    users: &'a [FetchRequest],
) -> impl Stream<Item = (usize, FetchResult<R::Error>)> + 'a {
    let reads = users
        .iter()
        .enumerate()
        .map(move |(index, user)| async move { (index, fetch_user(account, user).await) });
    stream::iter(reads).buffer_unordered(MAX_CONCURRENT_READS)
}

/// Reads the requested lists of users, and returns the results in the order of the requests.
pub async fn fetch_all_users<R: AccountReader>(
    account: &R,
    users: &[FetchRequest],
) -> Vec<FetchResult<R::Error>> {
    in_order(fetch_users(account, users)).await
}

/// Collects a stream of numbered items in the order of their numbers.
pub async fn in_order<T>(numbered: impl Stream<Item = (usize, T)>) -> Vec<T> {
    let mut items: Vec<(usize, T)> = numbered.collect().await;
    items.sort_unstable_by_key(|(index, _)| *index);
    items.into_iter().map(|(_, item)| item).collect()
}

/// Reads each name list once. The devices of all extensions are in one list of the account.
pub async fn fetch_name_lists<R: AccountReader>(
    account: &R,
    lists: BTreeSet<NameListKey>,
) -> Vec<(NameListKey, Result<Vec<NamedResource>, R::Error>)> {
    let all_devices = OnceCell::new();
    let read = async |list: NameListKey| {
        let names = match &list {
            NameListKey::Greetings(usage) => account.greetings(*usage).await,
            NameListKey::Devices(owner) => {
                let all = all_devices.get_or_init(|| account.devices()).await;
                all.as_ref()
                    .map(|all| all.get(owner).cloned().unwrap_or_default())
                    .map_err(Clone::clone)
            }
        };
        (list, names)
    };
    run_bounded(MAX_CONCURRENT_READS, lists.into_iter().map(read)).await
}

/// Reads the requested lists of one user.
pub(super) async fn fetch_user<R: AccountReader>(
    account: &R,
    request: &FetchRequest,
) -> FetchResult<R::Error> {
    // State rules first: reading them creates the states of a user that never had a rule [field].
    let state_rules = if request.states {
        account.state_rules(&request.user).await?
    } else {
        Vec::new()
    };
    let rules = if request.rules {
        account.interaction_rules(&request.user).await?
    } else {
        Vec::new()
    };
    Ok(LiveUser::new(request, rules, state_rules))
}

/// Runs up to `limit` futures at a time and returns their outputs in order. A future that hangs
/// blocks only its own slot.
pub(super) async fn run_bounded<F: Future>(
    limit: usize,
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let numbered = futures
        .into_iter()
        .enumerate()
        .map(|(index, future)| async move { (index, future.await) });
    in_order(stream::iter(numbered).buffer_unordered(limit)).await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn run_bounded_keeps_order_and_is_not_blocked_by_one_slow_future() {
        let ended = Cell::new(0);
        let work = async |number: usize| {
            // The second one waits until all others are done.
            while number == 1 && ended.get() < 19 {
                tokio::task::yield_now().await;
            }
            ended.set(ended.get() + 1);
            number
        };
        let all = run_bounded(3, (0..20).map(work));
        let all = tokio::time::timeout(Duration::from_secs(5), all).await;
        assert_eq!(all.unwrap(), (0..20).collect::<Vec<_>>());
    }
}
