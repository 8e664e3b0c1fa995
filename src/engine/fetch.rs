//! Reads what a plan needs of the users, several at once.

use futures::stream::{self, StreamExt};

use super::account::Read;
use super::diff::LiveUser;
use crate::model::DesiredUser;

/// How many users are read at the same time. More would only wait: the service allows 40 requests a
/// minute \[docs\].
const AT_ONCE: usize = 8;

/// What was read of a user, or why not.
pub type Fetched<E> = Result<LiveUser, E>;

/// Reads the declared families of every user, in the order given: two lists, or one where only one is
/// declared. `done` hears of each user that has been read.
pub async fn fetch<R: Read>(
    account: &R,
    users: &[DesiredUser],
    mut done: impl FnMut(),
) -> Vec<Fetched<R::Error>> {
    let mut reads = stream::iter(users)
        .map(|user| user_of(account, user))
        .buffered(AT_ONCE);
    let mut fetched = Vec::with_capacity(users.len());
    while let Some(user) = reads.next().await {
        fetched.push(user);
        done();
    }
    fetched
}

async fn user_of<R: Read>(account: &R, user: &DesiredUser) -> Fetched<R::Error> {
    let mut live = LiveUser::default();
    // State rules first: reading them brings the states of a user into being [field].
    if !user.states.is_empty() {
        live.state_rules = account.state_rules(&user.id).await?;
    }
    if user.rules.is_some() {
        live.rules = account.interaction_rules(&user.id).await?;
    }
    Ok(live)
}
