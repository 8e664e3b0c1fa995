//! Helpers for JSON bodies. A value of another shape than expected has no items.

use serde_json::Value;

/// Returns the items of the list in this field.
pub(crate) fn items<'v>(value: &'v Value, key: &'static str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// Returns the items of the list in this field, for editing.
pub(crate) fn items_mut<'v>(
    value: &'v mut Value,
    key: &'static str,
) -> impl Iterator<Item = &'v mut Value> {
    let list = value.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// Returns the conditions of a rule or state that have this type, for editing.
pub(crate) fn conditions_mut<'v>(
    body: &'v mut Value,
    kind: &'static str,
) -> impl Iterator<Item = &'v mut Value> {
    items_mut(body, "conditions").filter(move |condition| condition["type"] == kind)
}

/// Returns the targets of all actions of a dispatching, for editing.
pub(crate) fn targets_mut(dispatching: &mut Value) -> impl Iterator<Item = &mut Value> {
    let targets = items_mut(dispatching, "actions").flat_map(|action| items_mut(action, "targets"));
    targets.filter(|target| target.is_object())
}

/// Sets a field if it is missing. A value that is not an object is left unchanged.
pub(crate) fn set_default(value: &mut Value, key: &str, default: impl Into<Value>) {
    if let Some(fields) = value.as_object_mut() {
        fields.entry(key).or_insert(default.into());
    }
}

/// Removes a field, if it exists.
pub(crate) fn remove(value: &mut Value, key: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove(key);
    }
}
