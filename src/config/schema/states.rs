//! Each state with what it takes, out of the table that the offline check reads.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{keywords, rules};
use crate::config::takes::{self, Schedules, Takes};

/// Gives each state of `States` a schema of its own in place of the common `State`.
pub(super) fn each_its_own(root: &mut Schema) {
    let Some(Value::Object(parts)) = root.get("$defs").cloned() else {
        return;
    };
    let Some(states) = keywords(root, "/$defs/States/properties") else {
        return;
    };
    for takes in takes::ALL {
        if let Some(Value::Object(said)) = states.get_mut(takes.id) {
            let mut schema = state(takes, &parts);
            show_parts(&mut schema, said.get("examples"));
            // What is said of this state comes before what is said of states.
            schema.extend(std::mem::take(said));
            schema.remove("$ref");
            schema.insert("title".to_owned(), json!(takes.id));
            *said = schema;
        }
    }
    // Nothing else refers to it.
    if let Some(parts) = keywords(root, "/$defs") {
        parts.remove("State");
    }
}

/// The example of a state has the examples of its keys in it.
fn show_parts(state: &mut Map<String, Value>, examples: Option<&Value>) {
    for key in ["schedule", "dispatching"] {
        let part = examples.and_then(|all| all.get(0)?.get(key));
        if let (Some(part), Some(Value::Object(property))) = (part, property(state, key)) {
            property.insert("examples".to_owned(), json!([part]));
        }
    }
}

fn state(takes: &Takes, parts: &Map<String, Value>) -> Map<String, Value> {
    let mut state = part(parts, "State");
    if !takes.switch {
        let message = format!("`{}` cannot be switched: {}", takes.id, takes::NO_SWITCH);
        refuse(&mut state, "enabled", &message);
    }
    match schedule(takes, parts) {
        Ok(schedule) => specialise(&mut state, "schedule", schedule),
        Err(why) => {
            let message = format!("`{}` takes no `schedule`: {why}", takes.id);
            refuse(&mut state, "schedule", &message);
        }
    }
    specialise(&mut state, "dispatching", dispatching(takes, parts));
    state
}

/// The schedule that a state takes, or why it takes none.
fn schedule(takes: &Takes, parts: &Map<String, Value>) -> Result<Map<String, Value>, &'static str> {
    let (taken, either_or): (&[&str], bool) = match takes.schedule {
        Schedules::None(why) => return Err(why),
        Schedules::DailyOrDates => (&["daily", "ranges", "calendar"], true),
        Schedules::DailyOrWeekly | Schedules::DailyWeeklyOrWorkHours => {
            (&["daily", "weekly"], false)
        }
    };
    let mut schedule = part(parts, "Schedule");
    schedule.remove("allOf");
    let names: Vec<String> = taken.iter().map(|key| format!("`{key}`")).collect();
    let names = match &names[..] {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        names => names.concat(),
    };
    let message = format!("the schedule of `{}` says no times: add {names}", takes.id);
    for rule in rules::at_least_one(taken, &message) {
        add_rule(&mut schedule, rule);
    }
    if either_or {
        for dates in ["ranges", "calendar"] {
            for rule in rules::at_most_one(&["daily", dates]) {
                add_rule(&mut schedule, rule);
            }
        }
        // One span: the service has one trigger here.
        if let Some(Value::Object(daily)) = property(&mut schedule, "daily") {
            daily.insert("maxItems".to_owned(), json!(1));
        }
    }
    for key in keys(&schedule) {
        if !taken.contains(&key.as_str()) {
            let message = format!(
                "the schedule of `{}` takes no `{key}`, only {names}",
                takes.id
            );
            refuse(&mut schedule, &key, &message);
        }
    }
    // A word or a map, as in the type; and of its snippets those that lead to something taken.
    let mut state = part(parts, "State");
    let mut either = object(property(&mut state, "schedule").map_or(Value::Null, Value::take));
    let word = if takes.schedule == Schedules::DailyWeeklyOrWorkHours {
        object(either.get("else").cloned().unwrap_or_default())
    } else {
        let message = format!("expected a map with {names}");
        object(json!({ "type": "object", "errorMessage": message }))
    };
    if let Some(Value::Array(snippets)) = either.get_mut("defaultSnippets") {
        snippets.retain(|snippet| match &snippet["body"] {
            Value::Object(body) => body.keys().all(|key| taken.contains(&key.as_str())),
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

fn dispatching(takes: &Takes, parts: &Map<String, Value>) -> Map<String, Value> {
    let mut dispatching = part(parts, "Dispatching");
    for key in keys(&dispatching) {
        if let Some(why) = takes.refuses(&key) {
            let message = format!("`{}` takes no `{key}`: {why}", takes.id);
            refuse(&mut dispatching, &key, &message);
        }
    }
    let mut types = part(parts, "DispatchType");
    let taken: Vec<String> = takes.types.iter().map(|kind| format!("{kind:?}")).collect();
    keep(&mut types, &taken);
    specialise(&mut dispatching, "type", types);
    dispatching
}

/// Leaves only these words of an `enum`, and what they mean.
fn keep(words: &mut Map<String, Value>, taken: &[String]) {
    let all = words.get("enum").and_then(Value::as_array).cloned();
    let is_taken: Vec<bool> = all
        .iter()
        .flatten()
        .map(|word| taken.iter().any(|taken| word == taken))
        .collect();
    for list in ["enum", "markdownEnumDescriptions"] {
        if let Some(Value::Array(items)) = words.get_mut(list) {
            let mut is_taken = is_taken.iter();
            items.retain(|_| is_taken.next().is_some_and(|taken| *taken));
        }
    }
}

fn part(parts: &Map<String, Value>, name: &str) -> Map<String, Value> {
    object(parts.get(name).cloned().unwrap_or_default())
}

fn object(value: Value) -> Map<String, Value> {
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

/// Replaces what a key takes, and keeps what is said about it.
fn specialise(schema: &mut Map<String, Value>, key: &str, by: Map<String, Value>) {
    if let Some(property) = property(schema, key) {
        let description = property.get("description").cloned();
        *property = Value::Object(by);
        if let Some(description) = description {
            property["description"] = description;
        }
    }
}

/// Refuses a key with a message. It stays among the known keys, lest it be told twice; editors do not
/// offer it, since nothing is said about it.
fn refuse(schema: &mut Map<String, Value>, key: &str, message: &str) {
    if let Some(property) = property(schema, key) {
        *property = Value::Bool(true);
        add_rule(schema, rules::refused(key, message));
    }
}

fn add_rule(schema: &mut Map<String, Value>, rule: Value) {
    let rules = schema.entry("allOf").or_insert_with(|| json!([]));
    if let Some(rules) = rules.as_array_mut() {
        rules.push(rule);
    }
}
