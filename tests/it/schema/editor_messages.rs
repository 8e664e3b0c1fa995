//! The texts that editors show: each key has a description and an example.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{parse, validator};
use callrules::config::schema;

/// A key in a schema, with its path and its own schema.
struct SchemaKey<'a> {
    path: String,
    name: &'a str,
    schema: &'a Value,
}

/// Collects the keys at all levels of a schema. `allOf` is skipped, because it only has constraints
/// between keys.
fn collect_keys<'a>(schema: &'a Value, path: &str, keys: &mut Vec<SchemaKey<'a>>) {
    for keyword in ["properties", "patternProperties", "$defs"] {
        for (name, schema) in schema[keyword].as_object().into_iter().flatten() {
            let path = format!("{path}/{keyword}/{name}");
            if keyword == "properties" && schema.is_object() {
                let path = path.clone();
                keys.push(SchemaKey { path, name, schema });
            }
            collect_keys(schema, &path, keys);
        }
    }
    for keyword in ["additionalProperties", "items", "then", "else"] {
        if schema[keyword].is_object() {
            collect_keys(&schema[keyword], &format!("{path}/{keyword}"), keys);
        }
    }
}

/// Returns the value of a keyword in a schema, or in the definition that the schema refers to.
fn keyword_value<'a>(root: &'a Value, schema: &'a Value, keyword: &str) -> Option<&'a Value> {
    schema.get(keyword).or_else(|| {
        let pointer = schema["$ref"].as_str()?.strip_prefix('#')?;
        keyword_value(root, root.pointer(pointer)?, keyword)
    })
}

/// Returns the YAML blocks of a hover text.
fn yaml_blocks(hover: &str) -> impl Iterator<Item = &str> {
    let parts = hover.split("```yaml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap())
}

/// Returns whether an editor shows an example of the key's value, or the meaning of each value.
fn has_example(root: &Value, schema: &Value) -> bool {
    let hover = keyword_value(root, schema, "markdownDescription").and_then(Value::as_str);
    let values = keyword_value(root, schema, "enum").and_then(Value::as_array);
    let meanings = keyword_value(root, schema, "markdownEnumDescriptions");
    let meaning_count = meanings.and_then(Value::as_array).map(Vec::len);
    keyword_value(root, schema, "examples").is_some()
        || yaml_blocks(hover.unwrap_or_default()).next().is_some()
        || values.is_some_and(|values| Some(values.len()) == meaning_count)
}

/// Returns all schemas with their names.
fn parsed_schemas() -> Vec<(&'static str, Value)> {
    let parsed = |(name, text): (_, String)| (name, serde_json::from_str(&text).unwrap());
    schema::all_schemas().into_iter().map(parsed).collect()
}

#[test]
fn every_key_has_a_description_and_an_example() {
    let mut missing = Vec::new();
    for (name, root) in parsed_schemas() {
        let mut keys = Vec::new();
        collect_keys(&root, "", &mut keys);
        for SchemaKey { path, schema, .. } in &keys {
            for keyword in ["description", "markdownDescription"] {
                if keyword_value(&root, schema, keyword).is_none_or(|text| text == "") {
                    missing.push(format!("{name}#{path}: no {keyword}"));
                }
            }
            if !has_example(&root, schema) {
                missing.push(format!(
                    "{name}#{path}: no example, and no values with their meanings"
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_enum_value_has_a_meaning_and_no_key_has_a_default() {
    fn collect_problems(schema: &Value, path: &str, problems: &mut Vec<String>) {
        if schema.get("default").is_some() {
            problems.push(format!("{path}: a default"));
        }
        if let Some(values) = schema["enum"].as_array() {
            let meanings = schema["markdownEnumDescriptions"].as_array();
            let texts = meanings.into_iter().flatten().filter_map(Value::as_str);
            if texts.filter(|text| !text.is_empty()).count() != values.len() {
                problems.push(format!("{path}: a value without a meaning"));
            }
        }
        let parts = schema.as_object().into_iter().flatten();
        for (keyword, part) in parts.filter(|(keyword, _)| *keyword != "examples") {
            collect_problems(part, &format!("{path}/{keyword}"), problems);
        }
        for (index, part) in schema.as_array().into_iter().flatten().enumerate() {
            collect_problems(part, &format!("{path}/{index}"), problems);
        }
    }
    let mut problems = Vec::new();
    for (name, root) in parsed_schemas() {
        collect_problems(&root, name, &mut problems);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_example_is_accepted_by_the_schema_of_its_key() {
    let mut errors = Vec::new();
    let mut example_count = 0;
    for (name, root) in parsed_schemas() {
        let mut check_example = |path: &str, schema: &Validator, example: &Value| {
            example_count += 1;
            for error in schema.iter_errors(example) {
                errors.push(format!("{name}#{path}: {example}: {error}"));
            }
        };
        for block in yaml_blocks(root["markdownDescription"].as_str().unwrap_or_default()) {
            check_example("", &validator(name), &parse(block).unwrap());
        }
        let mut keys = Vec::new();
        collect_keys(&root, "", &mut keys);
        for key in &keys {
            let mut key_schema = key.schema.clone();
            key_schema["$defs"] = root["$defs"].clone();
            let schema = jsonschema::draft202012::new(&key_schema).unwrap();
            let examples = key.schema["examples"].as_array();
            for example in examples.into_iter().flatten() {
                check_example(&key.path, &schema, example);
            }
            let hover = key.schema["markdownDescription"].as_str();
            for block in yaml_blocks(hover.unwrap_or_default()) {
                let document = parse(block).unwrap();
                let value = document.get(key.name).unwrap_or(&Value::Null);
                check_example(&key.path, &schema, value);
            }
        }
        for (part, schema) in root["$defs"].as_object().into_iter().flatten() {
            let path = format!("/$defs/{part}");
            let mut part_schema = json!({ "$ref": format!("#{path}") });
            part_schema["$defs"] = root["$defs"].clone();
            let validator = jsonschema::draft202012::new(&part_schema).unwrap();
            for example in schema["examples"].as_array().into_iter().flatten() {
                check_example(&path, &validator, example);
            }
        }
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(example_count > 200, "only {example_count} examples");
}
