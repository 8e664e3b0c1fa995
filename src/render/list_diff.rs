//! Differences between two versions of a list.

use std::collections::HashSet;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::humanize;

/// Keys of lists whose order doesn't matter. These lists may be too long for an alignment.
const UNORDERED_KEYS: [&str; 3] = ["callerIds", "calledNumbers", "ranges"];

/// The number of changes that are listed; further changes are counted.
const MAX_ITEMS: usize = 12;

/// The kind of change of a list item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ListChange {
    Added,
    Removed,
    /// A ring group stays in the list and rings again.
    SwitchedOn,
    /// A ring group stays in the list and no longer rings.
    SwitchedOff,
}

/// Returns the items that were added and removed. `key` is the YAML key of the list.
pub(super) fn diff_list<'a>(
    key: &str,
    before: &'a [Value],
    after: &'a [Value],
) -> Vec<(ListChange, &'a Value)> {
    if UNORDERED_KEYS.contains(&key) {
        let old: HashSet<&Value> = before.iter().collect();
        let new: HashSet<&Value> = after.iter().collect();
        let added = after
            .iter()
            .filter(|item| !old.contains(item))
            .map(|item| (ListChange::Added, item));
        let removed = before
            .iter()
            .filter(|item| !new.contains(item))
            .map(|item| (ListChange::Removed, item));
        return added.chain(removed).collect();
    }
    let lines = |items: &[Value]| items.iter().map(Value::to_string).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::from_slices(
        &old.iter().map(String::as_str).collect::<Vec<_>>(),
        &new.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    diff.iter_all_changes()
        .filter_map(|change| match change.tag() {
            ChangeTag::Insert => Some((ListChange::Added, after.get(change.new_index()?)?)),
            ChangeTag::Delete => Some((ListChange::Removed, before.get(change.old_index()?)?)),
            ChangeTag::Equal => None,
        })
        .collect()
}

/// Merges the removal and the addition of a ring group that is only switched on or off. The files
/// do not contain groups that are off, so an addition of one would surprise their readers.
pub(super) fn merge_switched_groups(
    changes: Vec<(ListChange, &Value)>,
) -> Vec<(ListChange, &Value)> {
    let is_off = |group: &Value| group.get("enabled") == Some(&Value::Bool(false));
    let has_counterpart = |change: ListChange, group: &Value| {
        let is_switched = |(other_change, other): &(ListChange, &Value)| {
            *other_change != change
                && other.get("targets") == group.get("targets")
                && is_off(other) != is_off(group)
        };
        group.get("targets").is_some() && changes.iter().any(is_switched)
    };
    let merge = |&(change, group): &(ListChange, &'_ Value)| match change {
        _ if !has_counterpart(change, group) => Some(change),
        // The version that rings describes the group.
        _ if is_off(group) => None,
        ListChange::Added => Some(ListChange::SwitchedOn),
        _ => Some(ListChange::SwitchedOff),
    };
    changes
        .iter()
        .filter_map(|entry| Some((merge(entry)?, entry.1)))
        .collect()
}

/// Returns the first few changes, with a share of additions and of removals.
pub(super) fn truncate_balanced<'a, 'b>(
    changes: &'b [(ListChange, &'a Value)],
) -> Vec<&'b (ListChange, &'a Value)> {
    let is_addition =
        |change: ListChange| matches!(change, ListChange::Added | ListChange::SwitchedOn);
    let added = changes
        .iter()
        .filter(|(change, _)| is_addition(*change))
        .count();
    let removed = changes.len() - added;
    let max_added = added.min(MAX_ITEMS.saturating_sub(removed).max(MAX_ITEMS / 2));
    let (mut added_left, mut removed_left) = (max_added, MAX_ITEMS - max_added);
    changes
        .iter()
        .filter(|(change, _)| {
            let left = if is_addition(*change) {
                &mut added_left
            } else {
                &mut removed_left
            };
            let fits = *left > 0;
            *left = left.saturating_sub(1);
            fits
        })
        .collect()
}

/// A schedule whose date ranges are separated from the rest.
pub(super) struct SplitSchedule<'a> {
    pub(super) dates: &'a [Value],
    pub(super) rest: Value,
}

/// Splits a schedule before and after a change, if its dates differ and are too many for one line.
pub(super) fn split_long_dates<'a>(
    before: &'a Value,
    after: &'a Value,
) -> Option<[SplitSchedule<'a>; 2]> {
    let split = |schedule: &'a Value| {
        let mut rest = schedule.as_object()?.clone();
        rest.shift_remove("ranges");
        Some(SplitSchedule {
            dates: schedule.get("ranges")?.as_array()?,
            rest: Value::Object(rest),
        })
    };
    let (before, after) = (split(before)?, split(after)?);
    let longest = before.dates.len().max(after.dates.len());
    (before.dates != after.dates && longest > humanize::MAX_INLINE_ITEMS).then_some([before, after])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn described(key: &str, before: &Value, after: &Value) -> Vec<String> {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let (before, after) = (list(before), list(after));
        let changes = diff_list(key, &before, &after);
        changes
            .into_iter()
            .map(|(change, item)| format!("{change:?} {item}"))
            .collect()
    }

    #[test]
    fn diff_list_of_callers_ignores_order() {
        let changes = described(
            "callerIds",
            &json!(["+1", "+2", "+3"]),
            &json!(["+3", "+4", "+1", "+5"]),
        );
        assert_eq!(changes, ["Added \"+4\"", "Added \"+5\"", "Removed \"+2\""]);
    }

    #[test]
    fn switched_groups_are_one_change() {
        let on = json!({ "targets": ["desktopApps"], "seconds": 20 });
        let off = json!({ "targets": ["desktopApps"], "seconds": 20, "enabled": false });
        let merge = |before: &Value, after: &Value| {
            let changes = vec![(ListChange::Removed, before), (ListChange::Added, after)];
            let merged = merge_switched_groups(changes);
            merged.iter().map(|(change, _)| *change).collect::<Vec<_>>()
        };
        assert_eq!(merge(&on, &off), [ListChange::SwitchedOff]);
        assert_eq!(merge(&off, &on), [ListChange::SwitchedOn]);
        assert_eq!(merge(&on, &on), [ListChange::Removed, ListChange::Added]);
    }

    #[test]
    fn truncate_balanced_keeps_additions_and_removals() {
        let item = json!("+1");
        for (added, removed, expected) in [
            (3, 2, (3, 2)),
            (20, 20, (6, 6)),
            (20, 1, (11, 1)),
            (2, 20, (2, 10)),
            (20, 0, (12, 0)),
        ] {
            let all = [
                vec![(ListChange::Added, &item); added],
                vec![(ListChange::Removed, &item); removed],
            ]
            .concat();
            let first = truncate_balanced(&all);
            let first_added = first
                .iter()
                .filter(|(change, _)| *change == ListChange::Added)
                .count();
            assert_eq!((first_added, first.len() - first_added), expected);
        }
    }

    #[test]
    fn diff_list_reports_moves_only_in_ordered_lists() {
        assert_eq!(described("ring", &json!([1, 2]), &json!([2, 1])).len(), 2);
        assert_eq!(
            described("callerIds", &json!([1, 2]), &json!([2, 1])),
            [""; 0]
        );
    }

    #[test]
    fn split_long_dates_ignores_short_or_equal_lists() {
        let days =
            |count: usize| json!({ "ranges": vec!["2026-12-25"; count], "daily": "all-day" });
        assert!(split_long_dates(&days(2), &days(3)).is_none());
        assert!(split_long_dates(&days(9), &days(9)).is_none());
        let (many, fewer) = (days(9), days(8));
        let [before, after] = split_long_dates(&many, &fewer).unwrap();
        assert_eq!((before.dates.len(), after.dates.len()), (9, 8));
        assert_eq!(before.rest, json!({ "daily": "all-day" }));
    }
}
