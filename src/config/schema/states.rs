//! A schema for each state, from the capabilities table that `validate` uses.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::object_at;
use crate::config::types::constraints;
use crate::model::{ALL_STATES, AllowedSchedules, NO_ENABLED_SWITCH, StateCapabilities};

/// Replaces the common schema `State` with a separate schema for each state of `States`.
pub(super) fn specialize_states(root: &mut Schema) {
    let Some(Value::Object(parts)) = root.get("$defs").cloned() else {
        return;
    };
    let Some(states) = object_at(root, "/$defs/StatesSpec/properties") else {
        return;
    };
    for capabilities in ALL_STATES {
        if let Some(Value::Object(property)) = states.get_mut(capabilities.id) {
            let mut schema = specialize_state(capabilities, &parts);
            add_part_examples(&mut schema, property.get("examples"));
            // The keywords of this state take precedence over those of all states.
            schema.extend(std::mem::take(property));
            schema.remove("$ref");
            schema.insert("title".to_owned(), json!(capabilities.id));
            *property = schema;
        }
    }
    // The common schema has no references left.
    if let Some(parts) = object_at(root, "/$defs") {
        parts.remove("StateSpec");
    }
}

/// Adds the parts of a state's example as examples of its keys.
fn add_part_examples(state: &mut Map<String, Value>, examples: Option<&Value>) {
    for key in ["schedule", "dispatching"] {
        let part = examples.and_then(|all| all.get(0)?.get(key));
        if let (Some(part), Some(Value::Object(property))) = (part, property(state, key)) {
            property.insert("examples".to_owned(), json!([part]));
        }
    }
}

fn specialize_state(
    capabilities: &StateCapabilities,
    parts: &Map<String, Value>,
) -> Map<String, Value> {
    let mut state = part_schema(parts, "StateSpec");
    if !capabilities.has_switch {
        let message = format!("`{}` has no switch: {}", capabilities.id, NO_ENABLED_SWITCH);
        reject_keys(&mut state, "enabled", &message);
    }
    match state_schedule(capabilities, parts) {
        Ok(schedule) => specialize(&mut state, "schedule", schedule),
        Err(reason) => {
            let message = format!("`{}` doesn't accept `schedule`: {reason}", capabilities.id);
            reject_keys(&mut state, "schedule", &message);
        }
    }
    specialize(
        &mut state,
        "dispatching",
        state_dispatching(capabilities, parts),
    );
    state
}

/// Returns the schema of a state's schedule, or the reason why the state has no schedule.
fn state_schedule(
    capabilities: &StateCapabilities,
    parts: &Map<String, Value>,
) -> Result<Map<String, Value>, &'static str> {
    let (allowed_keys, daily_xor_dates): (&[&str], bool) = match capabilities.schedule {
        AllowedSchedules::None(reason) => return Err(reason),
        AllowedSchedules::DailyOrDates => (&["daily", "ranges", "calendar"], true),
        AllowedSchedules::DailyOrWeekly | AllowedSchedules::DailyWeeklyOrWorkHours => {
            (&["daily", "weekly"], false)
        }
    };
    let mut schedule = part_schema(parts, "ScheduleSpec");
    schedule.remove("allOf");
    let quoted: Vec<String> = allowed_keys.iter().map(|key| format!("`{key}`")).collect();
    let names = match &quoted[..] {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        names => names.concat(),
    };
    let message = format!(
        "the schedule of `{}` has no times: add {names}",
        capabilities.id
    );
    for rule in constraints::at_least_one(allowed_keys, &message) {
        add_rule(&mut schedule, rule);
    }
    if daily_xor_dates {
        for dates in ["ranges", "calendar"] {
            for rule in constraints::at_most_one(&["daily", dates]) {
                add_rule(&mut schedule, rule);
            }
        }
        // RingCentral supports only one trigger here.
        if let Some(Value::Object(daily)) = property(&mut schedule, "daily") {
            daily.insert("maxItems".to_owned(), json!(1));
        }
    }
    for key in keys(&schedule) {
        if !allowed_keys.contains(&key.as_str()) {
            let message = format!(
                "the schedule of `{}` doesn't accept `{key}`, only {names}",
                capabilities.id
            );
            reject_keys(&mut schedule, &key, &message);
        }
    }
    // A word or a map, as in the type, with only the snippets whose keys and words are allowed.
    let mut state = part_schema(parts, "StateSpec");
    let mut either =
        object_schema(property(&mut state, "schedule").map_or(Value::Null, Value::take));
    let word = if capabilities.schedule == AllowedSchedules::DailyWeeklyOrWorkHours {
        object_schema(either.get("else").cloned().unwrap_or_default())
    } else {
        let message = format!("expected a map with {names}");
        object_schema(json!({ "type": "object", "errorMessage": message }))
    };
    if let Some(Value::Array(snippets)) = either.get_mut("defaultSnippets") {
        snippets.retain(|snippet| match &snippet["body"] {
            Value::Object(body) => body.keys().all(|key| allowed_keys.contains(&key.as_str())),
            body => word
                .get("enum")
                .and_then(Value::as_array)
                .is_some_and(|all| all.contains(body)),
        });
    }
    either.insert("then".to_owned(), Value::Object(schedule));
    either.insert("else".to_owned(), Value::Object(word));
    Ok(either)
}

fn state_dispatching(
    capabilities: &StateCapabilities,
    parts: &Map<String, Value>,
) -> Map<String, Value> {
    let mut dispatching = part_schema(parts, "DispatchingSpec");
    for key in keys(&dispatching) {
        if let Some(reason) = capabilities.rejection_reason(&key) {
            let message = format!("`{}` doesn't accept `{key}`: {reason}", capabilities.id);
            reject_keys(&mut dispatching, &key, &message);
        }
    }
    let mut types = part_schema(parts, "DispatchTypeSpec");
    let allowed: Vec<String> = capabilities
        .dispatch_types
        .iter()
        .map(|kind| kind.as_str().to_owned())
        .collect();
    keep_words(&mut types, &allowed);
    specialize(&mut dispatching, "type", types);
    dispatching
}

/// Removes all words of an `enum`, and their descriptions, that are not in `allowed`.
fn keep_words(words: &mut Map<String, Value>, allowed: &[String]) {
    let all = words.get("enum").and_then(Value::as_array);
    let is_allowed = |word: &Value| allowed.iter().any(|name| word == name);
    let flags: Vec<bool> = all.into_iter().flatten().map(is_allowed).collect();
    for list in ["enum", "markdownEnumDescriptions"] {
        if let Some(Value::Array(items)) = words.get_mut(list) {
            let mut flags = flags.iter();
            items.retain(|_| flags.next() == Some(&true));
        }
    }
}

fn part_schema(parts: &Map<String, Value>, name: &str) -> Map<String, Value> {
    object_schema(parts.get(name).cloned().unwrap_or_default())
}

fn object_schema(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn keys(schema: &Map<String, Value>) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.map_or_else(Vec::new, |all| all.keys().cloned().collect())
}

fn property<'a>(schema: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Value> {
    schema.get_mut("properties")?.get_mut(key)
}

/// Replaces the schema of a key, but keeps its description.
fn specialize(schema: &mut Map<String, Value>, key: &str, replacement: Map<String, Value>) {
    if let Some(property) = property(schema, key) {
        let description = property.get("description").cloned();
        *property = Value::Object(replacement);
        if let Some(description) = description {
            property["description"] = description;
        }
    }
}

/// Rejects a key with a message. It remains a known key, so that it isn't also reported as unknown.
/// Editors don't offer it, because it has no description.
fn reject_keys(schema: &mut Map<String, Value>, key: &str, message: &str) {
    if let Some(property) = property(schema, key) {
        *property = Value::Bool(true);
        add_rule(schema, constraints::rejected_keys(key, message));
    }
}

fn add_rule(schema: &mut Map<String, Value>, rule: Value) {
    let rules = schema.entry("allOf").or_insert_with(|| json!([]));
    if let Some(rules) = rules.as_array_mut() {
        rules.push(rule);
    }
}
