//! The order of lists whose order has no meaning, such as callers: the live order is kept.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use serde_json::Value;

/// Returns the live items in their order. Each new item follows the declared item that precedes
/// it, so that the order of the declaration is kept where the account has no other.
pub(super) fn insert_new_items<T: Copy, K: Eq + Hash>(
    live: Vec<(K, Value)>,
    declared: impl IntoIterator<Item = T>,
    key: impl Fn(T) -> K,
    encode: impl Fn(T) -> Value,
) -> Vec<Value> {
    let live_keys: HashSet<&K> = live.iter().map(|(key, _)| key).collect();
    let mut first = Vec::new();
    let mut following: HashMap<K, Vec<Value>> = HashMap::new();
    let mut previous: Option<K> = None;
    for item in declared {
        let own = key(item);
        if live_keys.contains(&own) {
            following.entry(own).or_default();
            previous = Some(key(item));
        } else {
            let place = previous.as_ref().and_then(|key| following.get_mut(key));
            place.unwrap_or(&mut first).push(encode(item));
        }
    }
    let mut items = first;
    for (key, item) in live {
        items.push(item);
        items.extend(following.remove(&key).unwrap_or_default());
    }
    items
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_items_follow_their_declared_predecessors() {
        let insert = |live: &[char], declared: &str| {
            let live = live.iter().map(|item| (*item, json!(item))).collect();
            let items = insert_new_items(live, declared.chars(), |item| item, |item| json!(item));
            let items: String = items.iter().filter_map(Value::as_str).collect();
            items
        };
        assert_eq!(insert(&[], "abc"), "abc");
        assert_eq!(insert(&['b'], "abc"), "abc");
        assert_eq!(insert(&['c', 'a'], "abc"), "cab");
        assert_eq!(insert(&['b', 'a'], "abxy"), "bxya");
    }
}
