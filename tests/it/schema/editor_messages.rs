//! Every key is described and shown, in every schema.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{read, validator};
use callrules::config::schema;

/// A key somewhere in a schema, and what the schema says of it.
struct Key<'a> {
    path: String,
    name: &'a str,
    schema: &'a Value,
}

/// All keys of a schema, wherever they stand. Rules between keys (`allOf`) are passed over: what they say
/// of a key is no second description of it.
fn keys<'a>(schema: &'a Value, path: &str, found: &mut Vec<Key<'a>>) {
    for place in ["properties", "patternProperties", "$defs"] {
        for (name, schema) in schema[place].as_object().into_iter().flatten() {
            let path = format!("{path}/{place}/{name}");
            if place == "properties" && schema.is_object() {
                let path = path.clone();
                found.push(Key { path, name, schema });
            }
            keys(schema, &path, found);
        }
    }
    for place in ["additionalProperties", "items", "then", "else"] {
        if schema[place].is_object() {
            keys(&schema[place], &format!("{path}/{place}"), found);
        }
    }
}

/// What a schema says, or else the part that it refers to.
fn said<'a>(root: &'a Value, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
    schema.get(keyword).or_else(|| {
        let pointer = schema["$ref"].as_str()?.strip_prefix('#')?;
        said(root, root.pointer(pointer)?, keyword)
    })
}

/// The YAML that a hover text shows.
fn blocks(hover: &str) -> impl Iterator<Item = &str> {
    let parts = hover.split("```yaml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap())
}

/// Whether somebody who reads of the key sees how it may look.
fn is_shown(root: &Value, schema: &Value) -> bool {
    let hover = said(root, schema, "markdownDescription").and_then(Value::as_str);
    let words = said(root, schema, "enum").and_then(Value::as_array);
    let meanings = said(root, schema, "markdownEnumDescriptions").and_then(Value::as_array);
    said(root, schema, "examples").is_some()
        || blocks(hover.unwrap_or_default()).next().is_some()
        || words.is_some_and(|words| Some(words.len()) == meanings.map(Vec::len))
}

fn all() -> Vec<(&'static str, Value)> {
    let parsed = |(name, text): (_, String)| (name, serde_json::from_str(&text).unwrap());
    schema::all().into_iter().map(parsed).collect()
}

#[test]
fn every_key_has_a_description_and_an_example() {
    let mut missing = Vec::new();
    for (name, root) in all() {
        let mut found = Vec::new();
        keys(&root, "", &mut found);
        for Key { path, schema, .. } in &found {
            for keyword in ["description", "markdownDescription"] {
                if said(&root, schema, keyword).is_none_or(|text| text == "") {
                    missing.push(format!("{name}#{path}: no {keyword}"));
                }
            }
            if !is_shown(&root, schema) {
                missing.push(format!(
                    "{name}#{path}: no example, and no words with their meanings"
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_word_says_what_it_means_and_nothing_has_a_default() {
    fn walk(schema: &Value, path: &str, told: &mut Vec<String>) {
        if schema.get("default").is_some() {
            told.push(format!("{path}: a default"));
        }
        if let Some(words) = schema["enum"].as_array() {
            let meanings = schema["markdownEnumDescriptions"].as_array();
            let meanings = meanings.into_iter().flatten();
            let meant = meanings.filter(|text| text.as_str().is_some_and(|text| !text.is_empty()));
            if meant.count() != words.len() {
                told.push(format!("{path}: a word that says nothing"));
            }
        }
        let parts = schema.as_object().into_iter().flatten();
        for (keyword, part) in parts.filter(|(keyword, _)| *keyword != "examples") {
            walk(part, &format!("{path}/{keyword}"), told);
        }
        for (index, part) in schema.as_array().into_iter().flatten().enumerate() {
            walk(part, &format!("{path}/{index}"), told);
        }
    }
    let mut told = Vec::new();
    for (name, root) in all() {
        walk(&root, name, &mut told);
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// An example that the schema refuses would teach a mistake.
#[test]
fn every_example_is_accepted_where_it_stands() {
    let mut refused = Vec::new();
    let mut tried = 0;
    for (name, root) in all() {
        let mut try_it = |path: &str, schema: &Validator, example: &Value| {
            tried += 1;
            for error in schema.iter_errors(example) {
                refused.push(format!("{name}#{path}: {example}: {error}"));
            }
        };
        for block in blocks(root["markdownDescription"].as_str().unwrap_or_default()) {
            try_it("", &validator(name), &read(block).unwrap());
        }
        let mut found = Vec::new();
        keys(&root, "", &mut found);
        for key in &found {
            // Alone, with the parts that it may refer to.
            let mut alone = key.schema.clone();
            alone["$defs"] = root["$defs"].clone();
            let schema = jsonschema::draft202012::new(&alone).unwrap();
            let examples = key.schema["examples"].as_array();
            for example in examples.into_iter().flatten() {
                try_it(&key.path, &schema, example);
            }
            let hover = key.schema["markdownDescription"].as_str();
            for block in blocks(hover.unwrap_or_default()) {
                let shown = read(block).unwrap();
                let value = shown.get(key.name).unwrap_or(&Value::Null);
                try_it(&key.path, &schema, value);
            }
        }
        for (part, schema) in root["$defs"].as_object().into_iter().flatten() {
            let path = format!("/$defs/{part}");
            let mut alone = json!({ "$ref": format!("#{path}") });
            alone["$defs"] = root["$defs"].clone();
            let validator = jsonschema::draft202012::new(&alone).unwrap();
            for example in schema["examples"].as_array().into_iter().flatten() {
                try_it(&path, &validator, example);
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(tried > 200, "only {tried} examples were found");
}
