//! The conditions of an interaction rule: AND-ed, at most one of each type. [docs, inferred]

use serde_json::Value;

use super::{COMPLETE, Findings, PARTIAL, World, schedule};

pub(crate) fn check(findings: &mut Findings, world: &World, conditions: Option<&Value>) {
    let at = "conditions";
    let Some(conditions) = findings.array(conditions, at, 1) else {
        return;
    };
    let mut seen: Vec<&str> = Vec::new();
    for (i, condition) in conditions.iter().enumerate() {
        let at = format!("{at}[{i}]");
        let kind = condition
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if seen.contains(&kind) {
            findings.invalid(&at, format_args!("a second condition of type {kind}"));
        }
        seen.push(kind);
        match kind {
            "Interaction" => check_callers(findings, condition, &at),
            "Schedule" => {
                let at = format!("{at}.schedule");
                schedule::check(findings, condition.get("schedule"), &at, &schedule::ANY);
            }
            "State" => {
                check_state(findings, world, condition, &format!("{at}.state.id"));
                if !conditions.iter().any(names_a_number) {
                    let message = "a State condition needs a caller id or called number beside it";
                    findings.invalid(&at, message);
                }
            }
            _ if world.stands_already(condition) => {}
            _ => findings.invalid(
                &format!("{at}.type"),
                "Interaction, Schedule or State is required",
            ),
        }
    }
}

/// Both keys are required, an empty list means any; `to` holds plain strings. \[spec\]
fn check_callers(findings: &mut Findings, condition: &Value, at: &str) {
    let callers = findings.array(condition.get("from"), &format!("{at}.from"), 0);
    for (i, caller) in callers.into_iter().flatten().enumerate() {
        let at = format!("{at}.from[{i}]");
        let Some(caller) = findings.object(Some(caller), &at) else {
            continue;
        };
        findings.phone_number(
            caller.get("phoneNumber"),
            &format!("{at}.phoneNumber"),
            PARTIAL,
        );
        if !caller.get("name").is_some_and(Value::is_string) {
            findings.invalid(&format!("{at}.name"), "a name is required");
        }
    }
    let called = findings.array(condition.get("to"), &format!("{at}.to"), 0);
    for (i, number) in called.into_iter().flatten().enumerate() {
        findings.phone_number(Some(number), &format!("{at}.to[{i}]"), COMPLETE);
    }
}

/// A rule may refer to these two states; to another one only if it does so already. [spec, inferred]
fn check_state(findings: &mut Findings, world: &World, condition: &Value, at: &str) {
    let id = &condition["state"]["id"];
    let live = world.live["conditions"].as_array().into_iter().flatten();
    let mut live = live.filter(|condition| condition["type"] == "State");
    if !id.is_string() || !live.any(|condition| condition["state"]["id"] == *id) {
        findings.one_of(Some(id), at, &["work-hours", "after-hours"]);
    }
}

/// Whether this condition names at least one caller id or called number. [seed: State needs one beside it]
fn names_a_number(condition: &Value) -> bool {
    let some = |key: &str| {
        condition[key]
            .as_array()
            .is_some_and(|numbers| !numbers.is_empty())
    };
    condition["type"] == "Interaction" && (some("from") || some("to"))
}
