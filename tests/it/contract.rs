//! RingCentral's OpenAPI specification: requests and responses must match its schemas.
//!
//! The file isn't part of this repository. `RINGCENTRAL_OPENAPI` is the path of a copy. If it is
//! unset, the tests fail in CI. Elsewhere they print that they ran without these checks.

use std::collections::{HashMap, HashSet};
use std::env;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once, OnceLock};

use callrules::sandbox::RecordedExchange;
use jsonschema::Validator;
use serde_json::{Value, json};

/// Types of actions, targets and conditions that the specification lacks. Tests invent them, or
/// RingCentral has used them. Any other type that the specification lacks is an error.
const UNSPECIFIED_TYPES: [&str; 6] = [
    "BusyAction",
    "FutureAction",
    "FutureRingTarget",
    "ImsVoiceMailTerminatingTarget",
    "TranslateAction",
    "Weather",
];

/// The environment variable with the path of the specification.
const PATH_VARIABLE: &str = "RINGCENTRAL_OPENAPI";

/// RingCentral's specification, with validators for its schemas.
pub(crate) struct Contract {
    spec: Value,
    /// The values of all enumerations of the specification.
    enum_values: HashSet<String>,
    /// Validators that were built before, by schema.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    /// Loads the specification. Returns nothing if `RINGCENTRAL_OPENAPI` is unset.
    ///
    /// Panics if it is unset in CI, where a check that doesn't run is an error.
    pub(crate) fn load() -> Option<Contract> {
        static MISSING: Once = Once::new();
        let Ok(path) = env::var(PATH_VARIABLE) else {
            assert!(
                env::var_os("CI").is_none(),
                "{PATH_VARIABLE} is unset: in CI it must name RingCentral's OpenAPI file"
            );
            MISSING.call_once(|| {
                // Unlike `println!`, this isn't captured by the test harness.
                let message = "not checked against the specification: RINGCENTRAL_OPENAPI is unset";
                let line = format!("{message}\n");
                io::stderr().write_all(line.as_bytes()).unwrap();
            });
            return None;
        };
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|e| panic!("{PATH_VARIABLE}={path}: {e}"));
        let spec: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut enum_values = HashSet::new();
        collect_enum_values(&spec["components"]["schemas"], &mut enum_values);
        Some(Contract {
            spec,
            enum_values,
            validators: Mutex::default(),
        })
    }

    /// Returns the specification, which is loaded once for all tests.
    ///
    /// Returns nothing and panics as [`Contract::load`] does.
    pub(crate) fn shared() -> Option<&'static Contract> {
        // Unlike a `LazyLock`, this isn't poisoned by a panic, so each test fails with the message.
        static SHARED: OnceLock<Option<Contract>> = OnceLock::new();
        SHARED.get_or_init(Contract::load).as_ref()
    }

    /// Returns the specification for a test that can't run without it.
    pub(crate) fn required() -> &'static Contract {
        let contract = Contract::shared();
        contract.unwrap_or_else(|| panic!("this test needs {PATH_VARIABLE}"))
    }

    /// Returns what in this exchange doesn't match the specification.
    pub(crate) fn check(&self, exchange: &RecordedExchange) -> Vec<String> {
        let mut problems = Vec::new();
        let operation = self.operation(exchange);
        if let Some(body) = &exchange.request {
            match operation.and_then(|operation| Self::request_schema(operation)) {
                Some(schema) => self.validate(schema, body, "request", &mut problems),
                None => {
                    problems.push("request: a body where the specification has none".to_owned());
                }
            }
        }
        match (operation, exchange.status) {
            // The specification doesn't describe gateways, errors with the status of a success, or
            // requests without a response.
            _ if matches!(exchange.fault, Some("html" | "delete-error")) => {}
            (_, 0) => {}
            (_, 400..) => {
                // Errors are specified for few operations, but have the same form everywhere.
                let schema =
                    json!({ "$ref": "#/components/schemas/ParameterizedErrorResponseModel" });
                let body = exchange.response.as_ref().unwrap_or(&Value::Null);
                self.validate(&schema, body, "error", &mut problems);
            }
            (None, _) => problems.push("no such method and path in the specification".to_owned()),
            (Some(operation), status) => match &operation["responses"][status.to_string()] {
                Value::Null => {
                    problems.push(format!("status {status} is not in the specification"));
                }
                response => match (&response["content"], &exchange.response) {
                    (Value::Null, None) => {}
                    (Value::Null, Some(_)) => {
                        problems.push("answer: a body where none is specified".to_owned());
                    }
                    (content, body) => {
                        let body = body.as_ref().unwrap_or(&Value::Null);
                        self.validate(schema_of(content), body, "answer", &mut problems);
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

    fn operation(&self, exchange: &RecordedExchange) -> Option<&Value> {
        let path = exchange.path.split('?').next().unwrap_or_default();
        // This copy of the specification lacks the devices of an account, which are like those of
        // an extension.
        let path = path.replace("/account/~/device", "/account/~/extension/~/device");
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
        let mut candidates = paths.iter().filter(|(template, _)| matches(template));
        candidates.find_map(|(_, item)| item.get(exchange.method.to_lowercase()))
    }

    fn request_schema(operation: &Value) -> Option<&Value> {
        operation
            .get("requestBody")
            .map(|body| schema_of(&body["content"]))
    }

    fn validate(&self, schema: &Value, body: &Value, what: &str, problems: &mut Vec<String>) {
        let mut body = body.clone();
        self.remove_unspecified(&mut body, what, problems);
        let validator = self.validator(schema);
        for error in validator.iter_errors(&body) {
            problems.push(format!("{what} at `{}`: {error}", error.instance_path()));
        }
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let build = || {
            let document = json!({ "allOf": [schema], "components": self.spec["components"] });
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft4) // OpenAPI 3.0 is an extended subset of it
                .should_validate_formats(false)
                .build(&document);
            Arc::new(validator.expect("the schemas of the specification are valid"))
        };
        validators
            .entry(schema.to_string())
            .or_insert_with(build)
            .clone()
    }

    /// Removes actions, targets and conditions of types that the specification lacks, because its
    /// enumerations reject them. The rest of the body can then be validated.
    fn remove_unspecified(&self, body: &mut Value, what: &str, problems: &mut Vec<String>) {
        match body {
            Value::Array(items) => {
                for item in items {
                    self.remove_unspecified(item, what, problems);
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    if let ("actions" | "targets" | "conditions", Value::Array(parts)) =
                        (key.as_str(), &mut *value)
                    {
                        parts.retain(|part| {
                            !self.is_unspecified(part, what, problems)
                                && !self.has_only_unspecified_targets(part, what, problems)
                        });
                    }
                    self.remove_unspecified(value, what, problems);
                }
            }
            _ => {}
        }
    }

    /// Returns whether an action would lose all its targets. The specification requires one.
    fn has_only_unspecified_targets(
        &self,
        part: &Value,
        what: &str,
        problems: &mut Vec<String>,
    ) -> bool {
        let targets = part["targets"].as_array().filter(|list| !list.is_empty());
        let mut is_unspecified = |target: &Value| self.is_unspecified(target, what, problems);
        targets.is_some_and(|targets| targets.iter().all(&mut is_unspecified))
    }

    /// Returns whether the specification lacks the type of this part. Adds a problem if the type
    /// isn't one of [`UNSPECIFIED_TYPES`].
    fn is_unspecified(&self, part: &Value, what: &str, problems: &mut Vec<String>) -> bool {
        let kind = part["type"].as_str();
        let Some(kind) = kind.filter(|kind| !self.enum_values.contains(*kind)) else {
            return false;
        };
        if !UNSPECIFIED_TYPES.contains(&kind) {
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

fn collect_enum_values(schema: &Value, enum_values: &mut HashSet<String>) {
    match schema {
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_enum_values(item, enum_values)),
        Value::Object(fields) => {
            let values = fields
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            enum_values.extend(values.filter_map(Value::as_str).map(str::to_owned));
            fields
                .values()
                .for_each(|field| collect_enum_values(field, enum_values));
        }
        _ => {}
    }
}

#[test]
#[ignore = "needs RINGCENTRAL_OPENAPI"]
fn contract_check_reports_what_violates_the_specification() {
    let contract = Contract::required();
    let exchange =
        |method: &str, path: &str, request: Option<Value>, status, response| RecordedExchange {
            method: method.to_owned(),
            path: format!("/restapi/v2/accounts/~/extensions/1/comm-handling/{path}"),
            group: "Medium".to_owned(),
            request,
            status,
            response,
            fault: None,
            in_penalty: false,
            avoidable: false,
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
            RecordedExchange {
                fault: Some("html"),
                ..exchange("GET", "states/dnd", None, 502, None)
            },
            None,
        ),
        (
            RecordedExchange {
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
            RecordedExchange {
                fault: Some("503"),
                ..exchange("GET", "states/dnd", None, 503, None)
            },
            Some("error at ``"),
        ),
    ] {
        let problems = contract.check(&exchange).join("; ");
        assert_eq!(problem.is_none(), problems.is_empty(), "{problems}");
        assert!(problems.contains(problem.unwrap_or_default()), "{problems}");
    }
}
