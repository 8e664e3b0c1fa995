//! Keeps references to calendars and lists of contacts, which many rules share.

use serde_json::{Value, json};

use super::merge::merge_items_around_references;

/// A part whose values come from another file, and that differs on the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptReference {
    /// The path within the rule or state, such as `conditions.schedule`.
    pub(super) path: String,
    /// The reason why it was not changed.
    pub(super) reason: String,
}

/// A live rule or state, compared with references in the authored one.
#[derive(Debug)]
pub(super) struct ReferenceMerge {
    /// The live value, in which parts with references are as declared.
    pub(super) live: Value,
    /// New values of parts with references, by their paths.
    pub(super) replacements: Vec<(Vec<&'static str>, Value)>,
    /// The parts that stay as they are.
    pub(super) kept: Vec<KeptReference>,
}

/// The parts that can have references.
const PATHS: [&[&str]; 3] = [
    &["conditions", "callerIds"],
    &["conditions", "schedule"],
    &["schedule"],
];

/// Separates the parts with references from the rest of a rule or state.
pub(super) fn merge_references(authored: &Value, declared: &Value, live: &Value) -> ReferenceMerge {
    let mut merge = ReferenceMerge {
        live: live.clone(),
        replacements: Vec::new(),
        kept: Vec::new(),
    };
    for path in PATHS {
        let (declared, live) = (get(declared, path), get(live, path));
        let Some(authored) = get(authored, path).filter(|_| declared != live) else {
            continue;
        };
        let (source, merged) = match authored.get("calendar") {
            Some(name) => (
                format!("calendar {}", list_names([name])),
                merge_dates(authored, declared, live),
            ),
            None => {
                let items = authored.as_array().into_iter().flatten();
                let names: Vec<&Value> = items.filter_map(|item| item.get("contacts")).collect();
                if names.is_empty() {
                    continue;
                }
                let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
                let merged = merge_items_around_references(
                    &items(Some(authored)).unwrap_or_default(),
                    &items(declared).unwrap_or_default(),
                    &items(live).unwrap_or_default(),
                );
                (
                    format!("list of contacts {}", list_names(names)),
                    merged.map(Value::Array),
                )
            }
        };
        set(&mut merge.live, path, declared.cloned());
        match merged {
            Some(value) => merge.replacements.push((path.to_vec(), value)),
            None => merge.kept.push(KeptReference {
                path: path.join("."),
                reason: format!(
                    "`{}` comes from the {source}, which other rules may use: change it there, or \
                     write the values into the rule",
                    path.last().copied().unwrap_or_default()
                ),
            }),
        }
    }
    merge
}

/// Returns a schedule with a calendar, whose own dates get the additions and removals on the
/// account. `None` if anything else differs.
fn merge_dates(authored: &Value, declared: Option<&Value>, live: Option<&Value>) -> Option<Value> {
    let ranges = |value: &Value| value.get("ranges").and_then(Value::as_array).cloned();
    let without_ranges = |value: &Value| {
        let mut rest = value.as_object().cloned();
        if let Some(rest) = &mut rest {
            rest.shift_remove("ranges");
        }
        rest
    };
    let (declared, live) = (declared?, live?);
    if without_ranges(declared) != without_ranges(live) {
        return None;
    }
    let merged = merge_items_around_references(
        &ranges(authored).unwrap_or_default(),
        &ranges(declared).unwrap_or_default(),
        &ranges(live).unwrap_or_default(),
    )?;
    let mut schedule = authored.clone();
    let map = schedule.as_object_mut()?;
    if merged.is_empty() {
        map.shift_remove("ranges");
    } else {
        map.insert("ranges".to_owned(), Value::Array(merged));
    }
    Some(schedule)
}

/// Returns names in backticks.
fn list_names<'a>(names: impl IntoIterator<Item = &'a Value>) -> String {
    let quote = |name: &Value| match name {
        Value::String(name) => vec![format!("`{name}`")],
        Value::Array(names) => names
            .iter()
            .map(|name| format!("`{}`", name.as_str().unwrap_or_default()))
            .collect(),
        other => vec![other.to_string()],
    };
    names
        .into_iter()
        .flat_map(quote)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the value at a path of keys.
pub(super) fn get<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Sets or removes the value at a path of keys.
pub(super) fn set(value: &mut Value, path: &[&str], new: Option<Value>) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let mut parent = value;
    for key in parents {
        if new.is_none() && parent.get(key).is_none() {
            return;
        }
        if !parent.is_object() {
            *parent = json!({});
        }
        parent = &mut parent[*key];
    }
    match (new, parent) {
        (Some(new), parent) => {
            if !parent.is_object() {
                *parent = json!({});
            }
            parent[*last] = new;
        }
        (None, Value::Object(map)) => {
            map.shift_remove(*last);
        }
        (None, _) => {}
    }
}
