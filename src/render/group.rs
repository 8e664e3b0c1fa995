//! Groups users whose output is identical, so that it is printed once.

use std::hash::Hash;

use indexmap::IndexMap;

use super::plan_text;
use crate::reconcile::UserPlan;

/// The number of names in a heading; further users are counted.
const MAX_NAMES: usize = 5;

/// Groups users by their output, in the order of each group's first user.
pub(super) fn group_identical<'p, T: Eq + Hash>(
    users: impl Iterator<Item = &'p UserPlan>,
    output_of: impl Fn(&UserPlan) -> T,
) -> IndexMap<T, Vec<&'p UserPlan>> {
    let mut groups: IndexMap<T, Vec<&UserPlan>> = IndexMap::new();
    for user in users {
        groups.entry(output_of(user)).or_default().push(user);
    }
    groups
}

/// Returns the labels of the first few users, and the number of the others.
pub(super) fn first_names(users: &[&UserPlan]) -> (Vec<String>, usize) {
    let names: Vec<String> = users
        .iter()
        .take(MAX_NAMES)
        .map(|user| plan_text::user_label(user))
        .collect();
    let more = users.len() - names.len();
    (names, more)
}
