//! Describes the constraints between the keys of a map for people.

use serde_json::Value;

/// Returns the constraints of a schema, without duplicates.
pub(super) fn of(schema: &Value) -> Vec<String> {
    let all = schema["allOf"].as_array();
    let all: Vec<&Value> = all.into_iter().flatten().collect();
    let mut descriptions = Vec::new();
    for rule in &all {
        let described = match (chosen(rule), exclusion(rule)) {
            (Some(keys), _) => vec![choice(&keys, &all)],
            (_, Some((key, others))) => {
                if is_of_a_choice(&key, &others, &all) {
                    Vec::new()
                } else {
                    vec![format!(
                        "`{key}` cannot be combined with {}.",
                        list(&others)
                    )]
                }
            }
            // A message about the wrong type belongs to the key.
            _ if rule["type"].is_string() => Vec::new(),
            _ => messages(rule),
        };
        descriptions.extend(described);
    }
    let types = schema["properties"]["type"]["enum"].as_array();
    if let Some(types) = types {
        let types: Vec<String> = types
            .iter()
            .map(|kind| kind.as_str().unwrap().to_owned())
            .collect();
        descriptions.push(format!("Allowed types: {}.", list(&types)));
    }
    let mut once: Vec<String> = Vec::new();
    for rule in descriptions {
        if once.contains(&rule) {
            continue;
        }
        match once.last().and_then(|last| together(last, &rule)) {
            Some(both) => {
                once.pop();
                once.push(both);
            }
            None => once.push(rule),
        }
    }
    once
}

/// Joins two constraints that differ in one key: "`dnd` does not support `ring`, `screening`: …".
fn together(one: &str, other: &str) -> Option<String> {
    let ticks: Vec<usize> = other.match_indices('`').map(|(index, _)| index).collect();
    let [_, _, start, end, ..] = ticks[..] else {
        return None;
    };
    let (subject, key, reason) = (&other[..start], &other[start..=end], &other[end + 1..]);
    let keys = one.strip_prefix(subject)?.strip_suffix(reason)?;
    let is_key = |key: &str| key.len() > 2 && key.starts_with('`') && key.ends_with('`');
    let has_reason = reason.contains(char::is_alphabetic);
    (has_reason && keys.split(", ").all(is_key)).then(|| format!("{subject}{keys}, {key}{reason}"))
}

fn choice(keys: &[String], all: &[&Value]) -> String {
    let excludes = |key: &String| {
        let exclusions = all.iter().filter_map(|rule| exclusion(rule));
        exclusions.into_iter().any(|(first, _)| first == *key)
    };
    match keys {
        [only] => format!("`{only}` is required."),
        [before @ .., _] if before.iter().all(excludes) => {
            format!("Exactly one of {}.", list(keys))
        }
        _ => format!("At least one of {}.", list(keys)),
    }
}

/// Returns the keys of which at least one is required.
fn chosen(rule: &Value) -> Option<Vec<String>> {
    rule["then"]["required"].as_array()?;
    let absent = rule["if"]["properties"].as_object()?;
    let is_choice = absent.values().all(|value| *value == Value::Bool(false));
    (is_choice && rule["then"]["required"][0] == *absent.keys().next()?)
        .then(|| absent.keys().cloned().collect())
}

/// Returns a key and the keys that cannot be combined with it.
fn exclusion(rule: &Value) -> Option<(String, Vec<String>)> {
    let present = rule["if"]["required"].as_array()?;
    let refused = rule["then"]["properties"].as_object()?;
    let key = present.first()?.as_str()?;
    let is_one = present.len() == 1 && refused.values().all(|value| *value == Value::Bool(false));
    is_one.then(|| (key.to_owned(), refused.keys().cloned().collect()))
}

fn is_of_a_choice(key: &String, others: &[String], all: &[&Value]) -> bool {
    let mut choices = all.iter().filter_map(|rule| chosen(rule));
    choices.any(|keys| {
        choice(&keys, all).starts_with("Exactly")
            && keys.contains(key)
            && others.iter().all(|other| keys.contains(other))
    })
}

/// Returns the messages that editors show when a constraint is violated.
fn messages(rule: &Value) -> Vec<String> {
    let mut found = Vec::new();
    match rule {
        Value::Object(keywords) => {
            if let Some(message) = rule["errorMessage"].as_str() {
                let mut letters = message.chars();
                let first = letters.next().map(|first| first.to_uppercase().to_string());
                found.push(format!(
                    "{}{}.",
                    first.unwrap_or_default(),
                    letters.as_str()
                ));
            }
            found.extend(keywords.values().flat_map(messages));
        }
        Value::Array(rules) => found.extend(rules.iter().flat_map(messages)),
        _ => {}
    }
    found
}

fn list(keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match &keys[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => keys.concat(),
    }
}
