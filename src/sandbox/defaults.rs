//! Values that RingCentral provides by itself: the states of a user, their default rules, the
//! standard greetings, and the omitted parts of a dispatching. \[docs\]

use serde_json::{Map, Value, json};

use super::account::{SandboxAccount, SandboxExtension, StandardGreeting};

/// States that the sandbox implements, in list order. `after-hours` depends on `work-hours`.
pub(crate) const STATE_IDS: [&str; 5] = [
    "forward-all-calls",
    "dnd",
    "agent",
    "work-hours",
    "after-hours",
];

/// Greeting actions with the ids of their default presets, in the order of responses. \[seed,
/// docs\]
const GREETING_ACTIONS: [(&str, &str); 3] = [
    ("PlayWelcomePromptAction", "66048"),
    ("PlayConnectingMessageAction", "68867"),
    ("PlayConnectingPromptAction", "66310"),
];
const VOICEMAIL_GREETING: &str = "590080";
const ANNOUNCEMENT_GREETING: &str = "66560";

/// Returns whether an action of this type plays a greeting before or while the call rings.
pub(crate) fn is_greeting_action(kind: &str) -> bool {
    GREETING_ACTIONS.iter().any(|(name, _)| *name == kind)
}

/// Returns the standard greetings that every account has. The ids are from the documents, the names
/// are plausible. [seed, docs, inferred]
pub(crate) fn standard_greetings() -> Vec<StandardGreeting> {
    const USER: &str = "UserExtensionAnsweringRule";
    [
        ("66048", "Default", "Introductory", USER),
        ("68867", "Default", "ConnectingMessage", USER),
        ("66310", "Acoustic", "ConnectingAudio", USER),
        (
            "590080",
            "Default",
            "Voicemail",
            "VoicemailExtensionAnsweringRule",
        ),
        (
            "66560",
            "Default",
            "Announcement",
            "AnnouncementExtensionAnsweringRule",
        ),
        (
            "66816",
            "Not available",
            "Announcement",
            "AnnouncementExtensionAnsweringRule",
        ),
    ]
    .map(|(id, name, kind, usage_type)| StandardGreeting {
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
        usage_type: usage_type.into(),
    })
    .into()
}

/// Returns the display name of a state. \[spec\]
pub(crate) fn state_name(id: &str) -> &str {
    match id {
        "forward-all-calls" => "Forward all calls",
        "dnd" => "Do not disturb",
        "agent" => "Agent",
        "work-hours" => "Work Hours",
        "after-hours" => "After Hours",
        "busy" => "Busy",
        other => other,
    }
}

/// Returns `{enabled, conditions}` of a state that was never changed. \[docs\]
pub(crate) fn default_state(id: &str) -> Map<String, Value> {
    let enabled = !matches!(id, "forward-all-calls" | "dnd");
    let conditions = match id {
        "after-hours" => json!([]),
        "agent" => json!([{ "type": "State", "state": { "id": "work-hours" } }]),
        _ => json!([{ "type": "Schedule", "schedule": { "triggers": [
            { "triggerType": "Daily", "startTime": "00:00:00", "endTime": "23:59:59" },
        ] } }]),
    };
    let mut fields = Map::new();
    fields.insert("enabled".into(), enabled.into());
    fields.insert("conditions".into(), conditions);
    fields
}

/// Returns whether these conditions apply at every minute of the week: 24/7, as a daily or a weekly
/// trigger.
pub(crate) fn is_always(conditions: &Value) -> bool {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let whole_day = |span: &Value| span["startTime"] == "00:00:00" && span["endTime"] == "23:59:59";
    let Some(conditions) = conditions.as_array() else {
        return true; // not set: the default is 24/7
    };
    let mut triggers = conditions
        .iter()
        .filter_map(|c| c["schedule"]["triggers"].as_array())
        .flatten();
    triggers.any(|trigger| match trigger["triggerType"].as_str() {
        Some("Daily") => whole_day(trigger),
        Some("Weekly") => DAYS.iter().all(|day| {
            let spans = trigger["ranges"][*day].as_array();
            spans.is_some_and(|spans| spans.iter().any(whole_day))
        }),
        _ => false,
    })
}

/// Returns the dispatching of a state rule that was never changed. [docs: voicemail and
/// announcement targets are always set]
pub(crate) fn default_dispatching(id: &str) -> Value {
    let announcement = |mode: &str| {
        json!({ "type": "PlayAnnouncementTerminatingTarget", "name": "PlayAnnouncement",
            "prompt": preset_prompt(ANNOUNCEMENT_GREETING), "dispatchingType": mode })
    };
    let voicemail = || {
        json!({ "type": "VoiceMailTerminatingTarget", "name": "Voicemail",
            "prompt": preset_prompt(VOICEMAIL_GREETING) })
    };
    let mut actions = Vec::new();
    if id == "work-hours" {
        actions.extend(GREETING_ACTIONS.map(|(kind, preset)| greeting_action(kind, preset)));
    }
    if matches!(id, "work-hours" | "after-hours" | "agent") {
        actions.extend([
            ring_group("AllMobileRingTarget"),
            ring_group("AllDesktopRingTarget"),
        ]);
    }
    match id {
        "agent" => {}
        "work-hours" => actions.push(json!({
            "type": "TerminatingAction",
            "targets": [voicemail(), announcement("Ringing")],
            "ringingTargetType": "VoiceMailTerminatingTarget",
        })),
        "after-hours" => actions.push(json!({
            "type": "TerminatingAction",
            "targets": [voicemail(), announcement("Ringing"), announcement("Terminating")],
            "ringingTargetType": "VoiceMailTerminatingTarget",
            "terminatingTargetType": "VoiceMailTerminatingTarget",
        })),
        _ => actions.push(json!({
            "type": "TerminatingAction",
            "targets": [voicemail(), announcement("Terminating")],
            "terminatingTargetType": "VoiceMailTerminatingTarget",
        })),
    }
    let kind = match id {
        "work-hours" | "agent" => "RingAtOnce",
        _ => "Terminate",
    };
    json!({ "type": kind, "actions": actions })
}

fn preset_greeting(preset: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": preset } })
}

fn preset_prompt(preset: &str) -> Value {
    json!({ "greeting": preset_greeting(preset) })
}

fn greeting_action(kind: &str, preset: &str) -> Value {
    json!({ "type": kind, "enabled": false, "greeting": preset_greeting(preset) })
}

fn ring_group(target: &str) -> Value {
    json!({ "type": "RingGroupAction", "enabled": true, "duration": 20, "customStartOffset": 0,
        "targets": [{ "type": target, "name": own_app_name(target) }] })
}

fn own_app_name(target: &str) -> &'static str {
    match target {
        "AllMobileRingTarget" => "My mobile apps",
        _ => "My desktop",
    }
}

/// Adds the system defaults to an accepted dispatching, and sorts its actions in the order of
/// responses.
///
/// The defaults are disabled greeting actions, start offsets, screening results and call types.
pub(crate) fn add_dispatching_defaults(dispatching: &mut Value, greetings: bool, call_types: bool) {
    let rings = matches!(
        dispatching["type"].as_str(),
        Some("RingAtOnce" | "RingInOrder")
    );
    if let Some(actions) = dispatching.get_mut("actions").and_then(Value::as_array_mut) {
        if greetings && rings {
            for (kind, preset) in GREETING_ACTIONS {
                if !actions.iter().any(|action| action["type"] == kind) {
                    actions.push(greeting_action(kind, preset));
                }
            }
        }
        for action in actions.iter_mut() {
            match action["type"].as_str() {
                Some("RingGroupAction") => set_default(action, "customStartOffset", json!(0)),
                Some("ScreeningAction") => {
                    set_default(action, "screeningResult", json!("AskToAnswer"));
                }
                _ => {}
            }
        }
        actions.sort_by_key(|action| match action["type"].as_str() {
            Some("TerminatingAction") => GREETING_ACTIONS.len() + 1,
            Some(kind) => GREETING_ACTIONS
                .iter()
                .position(|(name, _)| *name == kind)
                .unwrap_or(GREETING_ACTIONS.len()),
            None => GREETING_ACTIONS.len(),
        });
    }
    if call_types {
        set_default(
            dispatching,
            "callTypes",
            json!({ "queueCallsIncluded": false }),
        );
    }
}

/// Returns whether RingCentral sets the name of this target type. Clients set the names of
/// `PhoneNumberRingTarget` and the cloud connectors. \[spec\]
fn has_system_name(kind: &str) -> bool {
    matches!(
        kind,
        "AllMobileRingTarget"
            | "AllDesktopRingTarget"
            | "CoworkerRingTarget"
            | "DeviceRingTarget"
            | "HotdeskRingTarget"
            | "IntegrationRingTarget"
            | "VoiceMailTerminatingTarget"
            | "PlayAnnouncementTerminatingTarget"
            | "ExtensionTerminatingTarget"
    )
}

/// Removes names that only RingCentral sets, so that responses never contain a name that a client
/// sent.
pub(crate) fn strip_system_names(dispatching: &mut Value) {
    for_each_target(dispatching, |target| {
        if target["type"].as_str().is_some_and(has_system_name)
            && let Some(fields) = target.as_object_mut()
        {
            fields.shift_remove("name");
        }
    });
}

/// Adds the name of each known target, and the name of its device. [spec: required in responses]
pub(crate) fn name_targets(
    dispatching: &mut Value,
    account: &SandboxAccount,
    extension: &SandboxExtension,
) {
    let extension_name = |id: &Value| {
        let extension = id.as_str().and_then(|id| account.extension_by_id(id));
        extension.map_or_else(|| "Unknown extension".to_owned(), |e| e.name.clone())
    };
    for_each_target(dispatching, |target| {
        let Some(kind) = target["type"].as_str() else {
            return;
        };
        let name = match kind {
            "AllMobileRingTarget" | "AllDesktopRingTarget" => match target["extension"].get("id") {
                Some(id) if *id != extension.id.as_str() => extension_name(id),
                _ => own_app_name(kind).to_owned(),
            },
            "CoworkerRingTarget" | "ExtensionTerminatingTarget" => {
                extension_name(&target["extension"]["id"])
            }
            "DeviceRingTarget" => {
                let id = target["device"]["id"].as_str().unwrap_or_default();
                let name = account
                    .device(id)
                    .map_or("Device", |d| d.name.as_str())
                    .to_owned();
                if let Some(device) = target.get_mut("device") {
                    set_default(device, "name", name.as_str().into());
                }
                name
            }
            "HotdeskRingTarget" => {
                let id = super::account::stable_id(&[&extension.id, "hotdesk"]);
                set_default(
                    target,
                    "device",
                    json!({ "id": id, "name": "Hot desk phone" }),
                );
                "Hot desk phone".to_owned()
            }
            "IntegrationRingTarget" => "Integration".to_owned(),
            "VoiceMailTerminatingTarget" => "Voicemail".to_owned(),
            "PlayAnnouncementTerminatingTarget" => "PlayAnnouncement".to_owned(),
            "PhoneNumberTerminatingTarget" => text_or_empty(&target["destination"]["phoneNumber"]),
            _ => return,
        };
        set_default(target, "name", name.into());
    });
}

fn text_or_empty(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Calls `visit` for each target of all actions.
fn for_each_target(dispatching: &mut Value, mut visit: impl FnMut(&mut Value)) {
    let Some(actions) = dispatching.get_mut("actions").and_then(Value::as_array_mut) else {
        return;
    };
    for action in actions {
        let targets = action.get_mut("targets").and_then(Value::as_array_mut);
        for target in targets.into_iter().flatten().filter(|t| t.is_object()) {
            visit(target);
        }
    }
}

/// Sets a field if it is missing. A value that is not an object is left unchanged.
fn set_default(value: &mut Value, key: &str, default: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.entry(key).or_insert(default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_always_recognizes_daily_and_weekly_triggers() {
        let schedule =
            |trigger: Value| json!([{ "type": "Schedule", "schedule": { "triggers": [trigger] } }]);
        let whole = json!([{ "startTime": "00:00:00", "endTime": "23:59:59" }]);
        let mut week = json!({ "triggerType": "Weekly", "ranges": {} });
        for day in [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
        ] {
            week["ranges"][day] = whole.clone();
        }
        assert!(is_always(
            &Value::from(default_state("work-hours"))["conditions"]
        ));
        assert!(!is_always(&schedule(week.clone())), "no sunday");
        week["ranges"]["sunday"] = whole;
        assert!(is_always(&schedule(week)));
        assert!(!is_always(&schedule(
            json!({ "triggerType": "Daily", "startTime": "00:00:00", "endTime": "17:00:00" })
        )));
        assert!(!is_always(&json!([])), "after hours");
    }

    #[test]
    fn defaults_put_greetings_first_and_the_terminating_action_last() {
        let mut dispatching = json!({ "type": "RingInOrder", "actions": [
            { "type": "TerminatingAction" }, { "type": "RingGroupAction" }, { "type": "NewAction" },
            { "type": "PlayConnectingPromptAction", "enabled": true },
        ] });
        add_dispatching_defaults(&mut dispatching, true, true);
        let actions = dispatching["actions"].as_array().unwrap();
        let kinds: Vec<_> = actions
            .iter()
            .map(|a| a["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds[0], "PlayWelcomePromptAction");
        assert_eq!(kinds[1], "PlayConnectingMessageAction");
        assert_eq!(
            kinds[2..],
            [
                "PlayConnectingPromptAction",
                "RingGroupAction",
                "NewAction",
                "TerminatingAction"
            ]
        );
        assert_eq!(actions[0]["enabled"], false);
        assert_eq!(
            actions[2]["enabled"], true,
            "values from the client are kept"
        );
        assert_eq!(dispatching["callTypes"]["queueCallsIncluded"], false);
    }

    #[test]
    fn defaults_add_no_greetings_to_terminate() {
        let mut dispatching =
            json!({ "type": "Terminate", "actions": [{ "type": "TerminatingAction" }] });
        add_dispatching_defaults(&mut dispatching, true, false);
        assert_eq!(dispatching["actions"].as_array().unwrap().len(), 1);
    }
}
