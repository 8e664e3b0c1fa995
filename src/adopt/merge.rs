//! Merges what the account has into what a person wrote.
//!
//! Three values take part: the authored one, what it declares in the short form of an import, and
//! the live one in the same form. Where the last two are equal, the authored one stays as it is.

use std::collections::HashMap;

use serde_json::{Map, Value};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The depth to which authored values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MergeDepth {
    /// Each value that does not differ.
    Leaves,
    /// Each key of a rule, of its conditions and of its dispatching that does not differ.
    Keys,
    /// Each key of a rule that does not differ.
    Sections,
}

impl MergeDepth {
    /// All depths, with the one that keeps most first.
    pub(super) const ALL: [MergeDepth; 3] =
        [MergeDepth::Leaves, MergeDepth::Keys, MergeDepth::Sections];

    /// Returns the number of nested values that are merged.
    fn levels(self) -> usize {
        match self {
            MergeDepth::Leaves => usize::MAX,
            MergeDepth::Keys => 2,
            MergeDepth::Sections => 1,
        }
    }
}

/// Returns the authored rule or state with the live values where these differ.
pub(super) fn adopt_live(
    authored: &Value,
    declared: &Value,
    live: &Value,
    depth: MergeDepth,
) -> Value {
    let merged = merge_value(Some(authored), Some(declared), Some(live), depth.levels());
    merged.unwrap_or_else(|| live.clone())
}

fn merge_value(
    authored: Option<&Value>,
    declared: Option<&Value>,
    live: Option<&Value>,
    levels: usize,
) -> Option<Value> {
    if declared == live {
        return authored.cloned();
    }
    match (authored, declared, live) {
        (
            Some(Value::Object(authored)),
            Some(Value::Object(declared)),
            Some(Value::Object(live)),
        ) if levels > 0 => Some(Value::Object(merge_maps(
            authored,
            declared,
            live,
            levels - 1,
        ))),
        (Some(Value::Array(authored)), Some(Value::Array(declared)), Some(Value::Array(live)))
            if levels > 0 =>
        {
            Some(Value::Array(merge_lists(
                authored,
                declared,
                live,
                levels - 1,
            )))
        }
        _ => live.cloned(),
    }
}

fn merge_maps(
    authored: &Map<String, Value>,
    declared: &Map<String, Value>,
    live: &Map<String, Value>,
    levels: usize,
) -> Map<String, Value> {
    let mut merged = Map::new();
    for (key, value) in authored {
        let value = merge_value(Some(value), declared.get(key), live.get(key), levels);
        if let Some(value) = value {
            merged.insert(key.clone(), value);
        }
    }
    let order: Vec<&str> = live.keys().map(String::as_str).collect();
    for (key, value) in live {
        if !authored.contains_key(key) && declared.get(key) != Some(value) {
            insert_in_order(&mut merged, key, value.clone(), &order);
        }
    }
    merged
}

/// Inserts an entry after the last one that comes before it in `order`.
pub(super) fn insert_in_order(
    map: &mut Map<String, Value>,
    key: &str,
    value: Value,
    order: &[&str],
) {
    if let Some(existing) = map.get_mut(key) {
        *existing = value;
        return;
    }
    let before = order.iter().take_while(|other| **other != key);
    let position = |other: &&str| map.keys().position(|own| own == *other);
    let index = before.filter_map(position).max();
    let index = index.map_or(0, |index| index + 1);
    map.shift_insert(index, key.to_owned(), value);
}

/// What becomes of a declared item.
#[derive(Clone, Copy)]
enum ItemFate {
    Kept,
    Removed,
    /// The live item with this index replaces it.
    Changed(usize),
}

/// Merges two lists. If the authored items do not correspond to the declared ones, such as after
/// the expansion of a short form, the live list replaces them.
fn merge_lists(
    authored: &[Value],
    declared: &[Value],
    live: &[Value],
    levels: usize,
) -> Vec<Value> {
    let (declared, live) = if authored.len() == declared.len() {
        (declared.to_vec(), live.to_vec())
    } else {
        without_common_silent_groups(authored, declared, live)
    };
    if authored.len() != declared.len() {
        return live;
    }
    let mut fates = vec![ItemFate::Kept; declared.len()];
    let mut inserted: Vec<(Option<usize>, usize)> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &declared, &live) {
        let (old, new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            continue;
        }
        let last_old = old.end.checked_sub(1);
        for offset in 0..old.len().max(new.len()) {
            let new_index = Some(new.start + offset).filter(|index| *index < new.end);
            let old_index = Some(old.start + offset).filter(|index| *index < old.end);
            match (old_index, new_index) {
                (Some(index), Some(new)) => fates[index] = ItemFate::Changed(new),
                (Some(index), None) => fates[index] = ItemFate::Removed,
                (None, Some(new)) => inserted.push((last_old, new)),
                (None, None) => {}
            }
        }
    }
    let insert_after = |index: Option<usize>, merged: &mut Vec<Value>| {
        let new = inserted.iter().filter(|(after, _)| *after == index);
        merged.extend(new.map(|(_, new)| live[*new].clone()));
    };
    let mut merged = Vec::new();
    insert_after(None, &mut merged);
    for (item, index) in authored.iter().zip(match_items(authored, &declared)) {
        match fates[index] {
            ItemFate::Kept => merged.push(item.clone()),
            ItemFate::Removed => {}
            ItemFate::Changed(new) => {
                let live = Some(&live[new]);
                merged.extend(merge_value(
                    Some(item),
                    Some(&declared[index]),
                    live,
                    levels,
                ));
            }
        }
        insert_after(Some(index), &mut merged);
    }
    merged
}

/// Returns the index of the declared item for each authored one: an equal one, because the account
/// may list them in another order, or else the next one.
fn match_items(authored: &[Value], declared: &[Value]) -> Vec<usize> {
    let mut equal: HashMap<&Value, Vec<usize>> = HashMap::new();
    for (index, item) in declared.iter().enumerate().rev() {
        equal.entry(item).or_default().push(index);
    }
    let find_equal = |item: &Value| equal.get_mut(item).and_then(Vec::pop);
    let found: Vec<Option<usize>> = authored.iter().map(find_equal).collect();
    let mut others = (0..declared.len()).filter(|index| !found.contains(&Some(*index)));
    found
        .iter()
        .map(|index| index.or_else(|| others.next()).unwrap_or_default())
        .collect()
}

/// Removes the ring groups that are switched off in both lists and that the file does not name.
fn without_common_silent_groups(
    authored: &[Value],
    declared: &[Value],
    live: &[Value],
) -> (Vec<Value>, Vec<Value>) {
    let is_silent = |item: &Value| item.get("enabled") == Some(&Value::Bool(false));
    let keep = |items: &[Value], others: &[Value]| {
        let is_hidden =
            |item: &Value| is_silent(item) && others.contains(item) && !authored.contains(item);
        let is_kept = |item: &&Value| !is_hidden(item);
        items.iter().filter(is_kept).cloned().collect()
    };
    (keep(declared, live), keep(live, declared))
}

/// Returns the authored items of a list with references, such as to a list of contacts, after the
/// additions and removals on the account. `None` if something was removed that a reference gives.
pub(super) fn merge_items_around_references(
    authored: &[Value],
    declared: &[Value],
    live: &[Value],
) -> Option<Vec<Value>> {
    let mut merged = authored.to_vec();
    for item in declared.iter().filter(|item| !live.contains(item)) {
        let index = merged.iter().position(|own| own == item)?;
        merged.remove(index);
    }
    let added = live.iter().filter(|item| !declared.contains(item));
    merged.extend(added.cloned());
    Some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn adopt(authored: &Value, declared: &Value, live: &Value) -> Value {
        adopt_live(authored, declared, live, MergeDepth::Leaves)
    }

    #[test]
    fn equal_values_keep_the_authored_form() {
        let authored =
            json!({ "enabled": true, "conditions": { "schedule": { "daily": "9:00-17:00" } } });
        let declared = json!({ "conditions": { "schedule": { "daily": "09:00-17:00" } } });
        let mut live = declared.clone();
        assert_eq!(adopt(&authored, &declared, &live), authored);
        live["enabled"] = json!(false);
        live["queueCallsIncluded"] = json!(true);
        assert_eq!(
            adopt(&authored, &declared, &live).to_string(),
            r#"{"enabled":false,"conditions":{"schedule":{"daily":"9:00-17:00"}},"queueCallsIncluded":true}"#
        );
    }

    #[test]
    fn items_in_another_order_are_matched_by_value() {
        let (authored, declared) = (json!({ "l": [1, 2, "x"] }), json!({ "l": [2, "X", 1] }));
        assert_eq!(
            adopt(&authored, &declared, &json!({ "l": ["X", 1, 7] })),
            json!({ "l": [1, 7, "x"] })
        );
        assert_eq!(
            adopt(&authored, &declared, &json!({ "l": [2, 1] })),
            json!({ "l": [1, 2] })
        );
    }

    #[test]
    fn groups_that_stay_silent_are_not_written() {
        let group = |name: &str, on: bool| {
            if on {
                json!({ "targets": [name] })
            } else {
                json!({ "targets": [name], "enabled": false })
            }
        };
        let authored = json!({ "ring": [group("a", true), group("b", true)] });
        let declared = json!({ "ring": [group("a", true), group("s", false), group("b", true)] });
        let live = json!({ "ring": [group("a", true), group("s", false), group("b", false)] });
        assert_eq!(
            adopt(&authored, &declared, &live),
            json!({ "ring": [group("a", true), group("b", false)] })
        );
    }

    #[test]
    fn references_stay_unless_their_items_were_removed() {
        let authored = [json!({ "contacts": "vip" }), json!("+1")];
        let declared = [json!("+8"), json!("+9"), json!("+1")];
        let merge = |live: &[Value]| merge_items_around_references(&authored, &declared, live);
        assert_eq!(
            merge(&[json!("+8"), json!("+9"), json!("+2")]),
            Some(vec![json!({ "contacts": "vip" }), json!("+2")])
        );
        assert_eq!(merge(&[json!("+8"), json!("+1")]), None);
    }
}
