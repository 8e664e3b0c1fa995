//! Reads what a plan needs, several things at once.

use std::collections::BTreeSet;

use super::account::Read;
use super::live::LiveUser;
use super::together::together;
use crate::model::{DesiredUser, ExtensionId, NameList, Named};

/// How many users or lists are read at the same time. More would only wait: the service allows 40 requests a
/// minute \[docs\].
const AT_ONCE: usize = 8;

/// What was read of a user, or why not.
pub type Fetched<E> = Result<LiveUser, E>;

/// Which lists of a user are read.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The user.
    pub user: ExtensionId,
    /// Whether the interaction rules are read.
    pub rules: bool,
    /// Whether the state rules are read.
    pub states: bool,
}

impl From<&DesiredUser> for Wanted {
    /// Only what is declared is read.
    fn from(desired: &DesiredUser) -> Self {
        Wanted {
            user: desired.id.clone(),
            rules: desired.rules.is_some(),
            states: !desired.states.is_empty(),
        }
    }
}

/// Reads the wanted lists of every user, and gives what `take` makes of each, in the order given. It gets
/// the place of a user as soon as that one has been read: what it does not keep is gone when the next come.
pub async fn fetch<R: Read, T>(
    account: &R,
    users: &[Wanted],
    take: impl AsyncFn(usize, Fetched<R::Error>) -> T,
) -> Vec<T> {
    let read = async |at, user| take(at, user_of(account, user).await).await;
    let reads = users.iter().enumerate().map(|(at, user)| read(at, user));
    together(AT_ONCE, reads).await
}

/// Reads lists of names: each one once, however many files need it.
pub async fn look_up<R: Read>(
    account: &R,
    lists: BTreeSet<NameList>,
) -> Vec<(NameList, Result<Vec<Named>, R::Error>)> {
    let read = async |list: NameList| {
        let named = match &list {
            NameList::Greetings(place) => account.greetings(*place).await,
            NameList::Devices(owner) => account.devices(owner).await,
        };
        (list, named)
    };
    together(AT_ONCE, lists.into_iter().map(read)).await
}

pub(super) async fn user_of<R: Read>(account: &R, wanted: &Wanted) -> Fetched<R::Error> {
    // State rules first: reading them brings the states of a user into being [field].
    let state_rules = match wanted.states {
        true => account.state_rules(&wanted.user).await?,
        false => Vec::new(),
    };
    let rules = match wanted.rules {
        true => account.interaction_rules(&wanted.user).await?,
        false => Vec::new(),
    };
    Ok(LiveUser::new(wanted, rules, state_rules))
}
