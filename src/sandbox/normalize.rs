//! Normalization of accepted bodies: times and references in one form, with RingCentral's defaults
//! added.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::account::SandboxExtension;
use super::checks::dispatching::{DispatchingLimits, INTERACTION_LIMITS};
use super::checks::schedule::{parse_date_time, parse_time};
use super::defaults::{GREETING_ACTIONS, greeting_action};
use super::json::{items_mut, remove, set_default, targets_mut};

/// Target types whose name RingCentral sets. Clients set the names of `PhoneNumberRingTarget` and
/// the cloud connectors. \[spec\]
const SYSTEM_NAMED_TARGETS: [&str; 9] = [
    "AllMobileRingTarget",
    "AllDesktopRingTarget",
    "CoworkerRingTarget",
    "DeviceRingTarget",
    "HotdeskRingTarget",
    "IntegrationRingTarget",
    "VoiceMailTerminatingTarget",
    "PlayAnnouncementTerminatingTarget",
    "ExtensionTerminatingTarget",
];

/// Returns a complete interaction rule. Unknown fields are kept.
pub(crate) fn normalize_interaction_rule(
    id: String,
    body: &Value,
    user: &SandboxExtension,
) -> Value {
    let mut rule = json!({ "id": id });
    update_interaction_rule(&mut rule, body, user);
    rule
}

/// Replaces the fields of an interaction rule that a body contains. Its id stays.
pub(crate) fn update_interaction_rule(rule: &mut Value, body: &Value, user: &SandboxExtension) {
    for (key, value) in body.as_object().into_iter().flatten() {
        let normalized = match key.as_str() {
            "id" => continue,
            "conditions" => normalize_conditions(value, user),
            "dispatching" => normalize_dispatching(value, &INTERACTION_LIMITS),
            _ => value.clone(),
        };
        rule[key] = normalized;
    }
}

/// Returns conditions with times in one form and states as references. Reads embed the state as it
/// is at that time. An open start becomes the present time of the user. \[spec\]
pub(crate) fn normalize_conditions(conditions: &Value, user: &SandboxExtension) -> Value {
    let now = user.time_zone().to_datetime(Timestamp::now());
    let mut normalized = conditions.clone();
    for condition in normalized.as_array_mut().into_iter().flatten() {
        match condition["type"].as_str() {
            Some("Schedule") => normalize_times(condition, now),
            Some("State") => {
                let id = condition["state"]["id"].clone();
                *condition = json!({ "type": "State", "state": { "id": id } });
            }
            _ => {}
        }
    }
    normalized
}

/// Converts all times and dates in accepted conditions to the form of responses. An open start
/// becomes `now`.
fn normalize_times(conditions: &mut Value, now: DateTime) {
    match conditions {
        Value::Array(items) => items.iter_mut().for_each(|item| normalize_times(item, now)),
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                let normalized = match (key.as_str(), value.as_str()) {
                    ("startTime" | "endTime", Some(text)) => {
                        parse_time(text).map(|time| time.strftime("%H:%M:%S").to_string())
                    }
                    ("startDateTime" | "endDateTime", Some(text)) => {
                        parse_date_time(text).map(format_date_time)
                    }
                    _ => None,
                };
                match normalized {
                    Some(text) => *value = text.into(),
                    None => normalize_times(value, now),
                }
            }
            let kind = fields.get("triggerType").and_then(Value::as_str);
            if kind == Some("Range") {
                let ranges = fields.get_mut("ranges").and_then(Value::as_array_mut);
                for range in ranges.into_iter().flatten() {
                    if let Some(range) = range.as_object_mut()
                        && !range.contains_key("startDateTime")
                    {
                        let start = format_date_time(now);
                        range.shift_insert(0, "startDateTime".into(), start.into());
                    }
                }
            }
        }
        _ => {}
    }
}

fn format_date_time(date_time: DateTime) -> String {
    date_time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Returns a dispatching with the parts that RingCentral adds in this kind of rule: disabled
/// greeting actions, start offsets, screening results and call types. Its actions are sorted in the
/// order of responses.
pub(crate) fn normalize_dispatching(dispatching: &Value, limits: &DispatchingLimits) -> Value {
    let mut normalized = dispatching.clone();
    for target in targets_mut(&mut normalized) {
        remove(target, "enabled"); // only actions have a switch, and a target's is ignored [field]
        // Responses never contain a system name that a client sent.
        let kind = target["type"].as_str().unwrap_or_default();
        let is_device = kind == "DeviceRingTarget";
        if SYSTEM_NAMED_TARGETS.contains(&kind) {
            remove(target, "name");
        }
        if is_device && let Some(device) = target.get_mut("device") {
            remove(device, "name");
            remove(device, "phoneNumber");
        }
    }
    let rings = matches!(
        normalized["type"].as_str(),
        Some("RingAtOnce" | "RingInOrder")
    );
    if let Some(actions) = normalized.get_mut("actions").and_then(Value::as_array_mut) {
        if limits.allows_greetings && rings {
            for (kind, preset) in GREETING_ACTIONS {
                if !actions.iter().any(|action| action["type"] == kind) {
                    actions.push(greeting_action(kind, preset));
                }
            }
        }
        actions.sort_by_key(response_position);
    }
    for action in items_mut(&mut normalized, "actions") {
        match action["type"].as_str() {
            Some("RingGroupAction") => set_default(action, "customStartOffset", 0),
            Some("ScreeningAction") => set_default(action, "screeningResult", "AskToAnswer"),
            _ => {}
        }
    }
    if limits.is_state_rule {
        remove(&mut normalized, "callTypes"); // has no effect in a state rule [spec]
    } else {
        set_default(
            &mut normalized,
            "callTypes",
            json!({ "queueCallsIncluded": false }),
        );
    }
    normalized
}

/// Returns the position of an action in responses: greetings first, the terminating action last.
fn response_position(action: &Value) -> usize {
    let others = GREETING_ACTIONS.len();
    if action["type"] == "TerminatingAction" {
        return others + 1;
    }
    let mut names = GREETING_ACTIONS.iter().map(|(name, _)| *name);
    names
        .position(|name| action["type"] == name)
        .unwrap_or(others)
}

#[cfg(test)]
mod tests {
    use super::super::json::items;
    use super::*;

    #[test]
    fn normalize_times_gives_one_form_and_fills_open_starts() {
        let mut conditions = json!([{ "schedule": { "startDateTime": "2001-02-01T08:00:00.000Z", "triggers": [
            { "triggerType": "Daily", "startTime": "9:00:00", "endTime": "10:30:00" },
            { "triggerType": "Range", "ranges": [{ "endDateTime": "2026-11-29T23:59:59Z" }] },
        ] } }]);
        normalize_times(
            &mut conditions,
            jiff::civil::datetime(2026, 11, 20, 23, 0, 0, 0),
        );
        let schedule = &conditions[0]["schedule"];
        assert_eq!(schedule["startDateTime"], "2001-02-01T08:00:00");
        assert_eq!(schedule["triggers"][0]["startTime"], "09:00:00");
        assert_eq!(
            schedule["triggers"][1]["ranges"][0],
            json!({ "startDateTime": "2026-11-20T23:00:00", "endDateTime": "2026-11-29T23:59:59" })
        );
    }

    #[test]
    fn defaults_put_greetings_first_and_the_terminating_action_last() {
        let dispatching = json!({ "type": "RingInOrder", "actions": [
            { "type": "TerminatingAction" }, { "type": "RingGroupAction" }, { "type": "NewAction" },
            { "type": "PlayConnectingPromptAction", "enabled": true },
        ] });
        let normalized = normalize_dispatching(&dispatching, &INTERACTION_LIMITS);
        let kinds: Vec<&Value> = items(&normalized, "actions").map(|a| &a["type"]).collect();
        assert_eq!(
            kinds,
            [
                "PlayWelcomePromptAction",
                "PlayConnectingMessageAction",
                "PlayConnectingPromptAction",
                "RingGroupAction",
                "NewAction",
                "TerminatingAction"
            ]
        );
        let actions = &normalized["actions"];
        assert_eq!(actions[0]["enabled"], false);
        assert_eq!(
            actions[2]["enabled"], true,
            "values from the client are kept"
        );
        assert_eq!(normalized["callTypes"]["queueCallsIncluded"], false);
    }

    #[test]
    fn defaults_add_no_greetings_to_terminate() {
        let actions = json!([{ "type": "TerminatingAction" }]);
        let dispatching = json!({ "type": "Terminate", "actions": actions });
        let normalized = normalize_dispatching(&dispatching, &INTERACTION_LIMITS);
        assert_eq!(normalized["actions"], actions);
    }
}
