//! Users of whom the same is told: it is told once.

use std::hash::Hash;

use indexmap::IndexMap;

use super::plan_text;
use crate::engine::UserPlan;

/// So many names stand in a heading.
const NAMES: usize = 5;

/// Users by what is told of them, in the order of the first of each.
pub(super) fn alike<'p, T: Eq + Hash>(
    users: impl Iterator<Item = &'p UserPlan>,
    told: impl Fn(&UserPlan) -> T,
) -> IndexMap<T, Vec<&'p UserPlan>> {
    let mut alike: IndexMap<T, Vec<&UserPlan>> = IndexMap::new();
    for user in users {
        alike.entry(told(user)).or_default().push(user);
    }
    alike
}

/// The first few of them by name, and how many there are beside these.
pub(super) fn names(users: &[&UserPlan]) -> (Vec<String>, usize) {
    let few = users.iter().take(NAMES);
    let few: Vec<String> = few.map(|user| plan_text::user(user)).collect();
    let more = users.len() - few.len();
    (few, more)
}
