//! What came into a list and what went out of it, however long the list is.

use std::collections::HashSet;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::say;

/// Lists whose order means nothing. They may be too long to be aligned.
const SETS: [&str; 3] = ["callerIds", "calledNumbers", "ranges"];

/// More changes than this are counted, not told.
const ITEMS: usize = 12;

/// How an item of a list changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Way {
    Came,
    Went,
}

/// The items of a list that came and went. `key` is what the list stands under.
pub(super) fn changes<'a>(
    key: &str,
    before: &'a [Value],
    after: &'a [Value],
) -> Vec<(Way, &'a Value)> {
    if SETS.contains(&key) {
        let there: HashSet<&Value> = before.iter().collect();
        let stays: HashSet<&Value> = after.iter().filter(|item| there.contains(item)).collect();
        let others = |items: &'a [Value], way| {
            let others = items.iter().filter(|item| !stays.contains(item));
            others.map(move |item| (way, item)).collect::<Vec<_>>()
        };
        return [others(after, Way::Came), others(before, Way::Went)].concat();
    }
    let lines = |items: &[Value]| items.iter().map(Value::to_string).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::from_slices(
        &old.iter().map(String::as_str).collect::<Vec<_>>(),
        &new.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let changed = diff
        .iter_all_changes()
        .filter_map(|change| match change.tag() {
            ChangeTag::Insert => Some((Way::Came, after.get(change.new_index()?)?)),
            ChangeTag::Delete => Some((Way::Went, before.get(change.old_index()?)?)),
            ChangeTag::Equal => None,
        });
    changed.collect()
}

/// The first few changes: something of what came and something of what went.
pub(super) fn first_few<'a, 'b>(changes: &'b [(Way, &'a Value)]) -> Vec<&'b (Way, &'a Value)> {
    let of = |way| move |change: &&(Way, &Value)| change.0 == way;
    let went = changes.iter().filter(of(Way::Went)).count();
    let mut came = ITEMS.saturating_sub(went).max(ITEMS / 2);
    came = came.min(changes.iter().filter(of(Way::Came)).count());
    let mut went = ITEMS - came;
    let fits = |change: &&(Way, &Value)| {
        let left = match change.0 {
            Way::Came => &mut came,
            Way::Went => &mut went,
        };
        let fits = *left > 0;
        *left = left.saturating_sub(1);
        fits
    };
    changes.iter().filter(fits).collect()
}

/// A schedule with its dates apart.
pub(super) struct Schedule<'a> {
    pub(super) dates: &'a [Value],
    pub(super) rest: Value,
}

/// A schedule before and after a change of its dates, where these are too many to be told in a line.
pub(super) fn long_dates<'a>(before: &'a Value, after: &'a Value) -> Option<[Schedule<'a>; 2]> {
    let apart = |schedule: &'a Value| {
        let mut rest = schedule.as_object()?.clone();
        rest.shift_remove("ranges");
        Some(Schedule {
            dates: schedule.get("ranges")?.as_array()?,
            rest: Value::Object(rest),
        })
    };
    let (before, after) = (apart(before)?, apart(after)?);
    let longest = before.dates.len().max(after.dates.len());
    (before.dates != after.dates && longest > say::ITEMS).then_some([before, after])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(key: &str, before: &Value, after: &Value) -> Vec<String> {
        let list = |value: &Value| value.as_array().unwrap().clone();
        let (before, after) = (list(before), list(after));
        let changes = changes(key, &before, &after);
        let one = |(way, item): (Way, &Value)| format!("{way:?} {item}");
        changes.into_iter().map(one).collect()
    }

    #[test]
    fn callers_came_and_went_wherever_they_stand() {
        let told = said(
            "callerIds",
            &json!(["+1", "+2", "+3"]),
            &json!(["+3", "+4", "+1", "+5"]),
        );
        assert_eq!(told, ["Came \"+4\"", "Came \"+5\"", "Went \"+2\""]);
    }

    #[test]
    fn of_many_changes_some_of_both_ways_are_told() {
        let item = json!("+1");
        for (came, went, told) in [
            (3, 2, (3, 2)),
            (20, 20, (6, 6)),
            (20, 1, (11, 1)),
            (2, 20, (2, 10)),
            (20, 0, (12, 0)),
        ] {
            let all = [
                vec![(Way::Came, &item); came],
                vec![(Way::Went, &item); went],
            ]
            .concat();
            let few = first_few(&all);
            let told_came = few.iter().filter(|(way, _)| *way == Way::Came).count();
            assert_eq!((told_came, few.len() - told_came), told);
        }
    }

    #[test]
    fn where_order_means_something_a_move_is_a_change() {
        assert_eq!(said("ring", &json!([1, 2]), &json!([2, 1])).len(), 2);
        assert_eq!(said("callerIds", &json!([1, 2]), &json!([2, 1])), [""; 0]);
    }

    #[test]
    fn few_dates_are_told_in_a_line() {
        let days =
            |count: usize| json!({ "ranges": vec!["2026-12-25"; count], "daily": "all-day" });
        assert!(long_dates(&days(2), &days(3)).is_none());
        assert!(long_dates(&days(9), &days(9)).is_none());
        let (many, fewer) = (days(9), days(8));
        let [before, after] = long_dates(&many, &fewer).unwrap();
        assert_eq!((before.dates.len(), after.dates.len()), (9, 8));
        assert_eq!(before.rest, json!({ "daily": "all-day" }));
    }
}
