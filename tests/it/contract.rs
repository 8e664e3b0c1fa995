//! The vendor's OpenAPI file as a judge: what is sent and what is answered must fit its schemas.
//!
//! The file is not part of this repository. `RINGCENTRAL_OPENAPI` names a copy; where it is unset the tests
//! that need it say so and pass.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use callrules::sandbox::Exchange;
use jsonschema::Validator;
use serde_json::{Value, json};

/// The types of actions, targets and conditions that our tests make up, or that the service has had
/// and the specification has not. Any other one that the specification lacks is a slip of ours.
const BEYOND: [&str; 6] = [
    "BusyAction",
    "FutureAction",
    "FutureRingTarget",
    "ImsVoiceMailTerminatingTarget",
    "TranslateAction",
    "Weather",
];

/// The specification, loaded.
pub(crate) struct Contract {
    spec: Value,
    /// Every value of every enumeration: what is in none of them is unknown to the specification.
    known: HashSet<String>,
    /// Validators that were built before, by schema.
    built: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    /// The specification that the environment names, if any.
    pub(crate) fn load() -> Option<Contract> {
        let path = std::env::var("RINGCENTRAL_OPENAPI").ok()?;
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("RINGCENTRAL_OPENAPI={path}: {e}"));
        let spec: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut known = HashSet::new();
        collect_enums(&spec["components"]["schemas"], &mut known);
        Some(Contract {
            spec,
            known,
            built: Mutex::default(),
        })
    }

    /// What in this exchange does not fit the specification; nothing where all is well.
    pub(crate) fn check(&self, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        let operation = self.operation(exchange);
        if let Some(body) = &exchange.request {
            match operation.and_then(|operation| self.request_schema(operation)) {
                Some(schema) => self.fit(schema, body, "request", &mut problems),
                None => {
                    problems.push("request: a body where the specification has none".to_owned())
                }
            }
        }
        match (operation, exchange.status) {
            // The specification speaks of the API, not of a gateway before it, nor of silence.
            _ if exchange.fault == Some("html") || exchange.status == 0 => {}
            (_, 400..) => {
                // Errors are documented for few operations, but have one form everywhere.
                let schema =
                    json!({ "$ref": "#/components/schemas/ParameterizedErrorResponseModel" });
                let body = exchange.response.as_ref().unwrap_or(&Value::Null);
                self.fit(&schema, body, "error", &mut problems);
            }
            (None, _) => problems.push("no such method and path in the specification".to_owned()),
            (Some(operation), status) => match &operation["responses"][status.to_string()] {
                Value::Null => {
                    problems.push(format!("status {status} is not in the specification"))
                }
                response => match (&response["content"], &exchange.response) {
                    (Value::Null, None) => {}
                    (Value::Null, Some(_)) => {
                        problems.push("answer: a body where none is specified".to_owned())
                    }
                    (content, body) => {
                        let body = body.as_ref().unwrap_or(&Value::Null);
                        self.fit(schema_of(content), body, "answer", &mut problems);
                    }
                },
            },
        }
        let place = format!(
            "{} {} → {}",
            exchange.method, exchange.path, exchange.status
        );
        problems
            .into_iter()
            .map(|problem| format!("{place}: {problem}"))
            .collect()
    }

    fn operation(&self, exchange: &Exchange) -> Option<&Value> {
        let path = exchange.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let matches = |template: &str| {
            let template: Vec<&str> = template.split('/').collect();
            template.len() == parts.len()
                && template
                    .iter()
                    .zip(&parts)
                    .all(|(t, p)| t == p || t.starts_with('{'))
        };
        let paths = self.spec["paths"].as_object().expect("paths");
        let mut found = paths.iter().filter(|(template, _)| matches(template));
        found.find_map(|(_, item)| item.get(exchange.method.to_lowercase()))
    }

    fn request_schema<'s>(&self, operation: &'s Value) -> Option<&'s Value> {
        operation
            .get("requestBody")
            .map(|body| schema_of(&body["content"]))
    }

    fn fit(&self, schema: &Value, body: &Value, what: &str, problems: &mut Vec<String>) {
        let mut body = body.clone();
        self.leave_out_unknown(&mut body, what, problems);
        let validator = self.validator(schema);
        for error in validator.iter_errors(&body) {
            problems.push(format!("{what} at `{}`: {error}", error.instance_path()));
        }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut built = self.built.lock().unwrap();
        let build = || {
            let document = json!({ "allOf": [schema], "components": self.spec["components"] });
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft4) // OpenAPI 3.0 is an extended subset of it
                .should_validate_formats(false)
                .build(&document);
            Arc::new(validator.expect("the specification's schemas are sound"))
        };
        built
            .entry(schema.to_string())
            .or_insert_with(build)
            .clone()
    }

    /// Takes out the actions, targets and conditions that the specification cannot know: its
    /// enumerations would refuse them, rightly. The rest of the body is still judged.
    fn leave_out_unknown(&self, body: &mut Value, what: &str, problems: &mut Vec<String>) {
        match body {
            Value::Array(items) => {
                for item in items {
                    self.leave_out_unknown(item, what, problems);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    if let ("actions" | "targets" | "conditions", Value::Array(parts)) =
                        (key.as_str(), &mut *value)
                    {
                        parts.retain(|part| {
                            !self.is_beyond(part, what, problems)
                                && !self.has_only_beyond(part, what, problems)
                        });
                    }
                    self.leave_out_unknown(value, what, problems);
                }
            }
            _ => {}
        }
    }

    /// Whether nothing would be left of an action's targets, of which there must be one.
    fn has_only_beyond(&self, part: &Value, what: &str, problems: &mut Vec<String>) -> bool {
        let targets = part["targets"].as_array().filter(|list| !list.is_empty());
        let mut beyond = |target: &Value| self.is_beyond(target, what, problems);
        targets.is_some_and(|targets| targets.iter().all(&mut beyond))
    }

    /// Whether the specification does not list the part's type; tells the types that no test means.
    fn is_beyond(&self, part: &Value, what: &str, problems: &mut Vec<String>) -> bool {
        let kind = part["type"].as_str();
        let Some(kind) = kind.filter(|kind| !self.known.contains(*kind)) else {
            return false;
        };
        if !BEYOND.contains(&kind) {
            problems.push(format!("{what}: the type `{kind}` is in no enumeration"));
        }
        true
    }
}

fn schema_of(content: &Value) -> &Value {
    let media = content
        .as_object()
        .and_then(|content| content.values().next());
    media.map_or(&Value::Null, |media| &media["schema"])
}

fn collect_enums(schema: &Value, known: &mut HashSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect_enums(item, known)),
        Value::Object(fields) => {
            let values = fields
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            known.extend(values.filter_map(Value::as_str).map(str::to_owned));
            fields
                .values()
                .for_each(|field| collect_enums(field, known));
        }
        _ => {}
    }
}

#[test]
fn the_contract_finds_what_does_not_fit() {
    let Some(contract) = Contract::load() else {
        println!("skipped: RINGCENTRAL_OPENAPI is not set");
        return;
    };
    let exchange = |method: &str, path: &str, request: Option<Value>, status, response| Exchange {
        method: method.to_owned(),
        path: format!("/restapi/v2/accounts/~/extensions/1/comm-handling/{path}"),
        group: "Medium".to_owned(),
        request,
        status,
        response,
        fault: None,
        in_penalty: false,
        in_spite: false,
    };
    let state = |enabled: Value| json!({ "id": "dnd", "displayName": "Do not disturb", "enabled": enabled, "conditions": [] });
    let with_condition = |kind: &str, enabled: Value| {
        let mut state = state(enabled);
        state["conditions"] = json!([{ "type": kind }]);
        state
    };
    for (exchange, problem) in [
        (
            exchange("GET", "states/dnd", None, 200, Some(state(json!(true)))),
            None,
        ),
        (
            exchange("GET", "states/dnd", None, 200, Some(state(json!("yes")))),
            Some("answer at `/enabled`"),
        ),
        (
            exchange("GET", "states/dnd", None, 201, Some(state(json!(true)))),
            Some("status 201"),
        ),
        (
            exchange("GET", "states/dnd", None, 404, Some(json!({}))),
            Some("error at ``"),
        ),
        (
            exchange(
                "PATCH",
                "states/dnd",
                Some(json!({ "conditions": [] })),
                200,
                Some(state(json!(true))),
            ),
            Some("request at `/conditions`"),
        ),
        (
            exchange(
                "GET",
                "states/dnd",
                None,
                200,
                Some(with_condition("Weather", json!(true))),
            ),
            None,
        ),
        (
            exchange(
                "GET",
                "states/dnd",
                None,
                200,
                Some(with_condition("Weather", json!("yes"))),
            ),
            Some("answer at `/enabled`"),
        ),
        (
            exchange(
                "GET",
                "states/dnd",
                None,
                200,
                Some(with_condition("Shedule", json!(true))),
            ),
            Some("answer: the type `Shedule` is in no enumeration"),
        ),
        (
            exchange("GET", "state/dnd", None, 200, None),
            Some("no such method and path"),
        ),
        (
            Exchange {
                fault: Some("html"),
                ..exchange("GET", "states/dnd", None, 502, None)
            },
            None,
        ),
        (
            Exchange {
                fault: Some("drop-before"),
                ..exchange(
                    "PATCH",
                    "states/dnd",
                    Some(json!({ "enabled": 1 })),
                    0,
                    None,
                )
            },
            Some("request at `/enabled`"),
        ),
        (
            Exchange {
                fault: Some("503"),
                ..exchange("GET", "states/dnd", None, 503, None)
            },
            Some("error at ``"),
        ),
    ] {
        let found = contract.check(&exchange).join("; ");
        assert_eq!(problem.is_none(), found.is_empty(), "{found}");
        assert!(found.contains(problem.unwrap_or_default()), "{found}");
    }
}
