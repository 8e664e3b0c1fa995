//! Values that RingCentral provides by itself: the states of a user, their default rules, and the
//! standard greetings. \[docs\]

use serde_json::{Map, Value, json};

use super::account::{SandboxExtension, StandardGreeting};
use super::json::items;

/// States that the sandbox implements, in list order. `after-hours` depends on `work-hours`.
pub(crate) const STATE_IDS: [&str; 5] = [
    "forward-all-calls",
    "dnd",
    "agent",
    "work-hours",
    "after-hours",
];

/// States that a PATCH may change; RingCentral maintains the others. \[docs\]
pub(crate) const UPDATABLE_STATES: [&str; 4] = ["work-hours", "forward-all-calls", "agent", "dnd"];

/// Days of the week, as in weekly triggers.
pub(crate) const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Target types of the mobile and desktop apps.
pub(crate) const OWN_APPS: [&str; 2] = ["AllMobileRingTarget", "AllDesktopRingTarget"];

/// Terminating targets that the rules of states always list. \[docs\]
pub(crate) const VOICEMAIL: &str = "VoiceMailTerminatingTarget";
pub(crate) const ANNOUNCEMENT: &str = "PlayAnnouncementTerminatingTarget";

/// Greeting actions with the ids of their default presets, in the order of responses. \[seed,
/// docs\]
pub(crate) const GREETING_ACTIONS: [(&str, &str); 3] = [
    ("PlayWelcomePromptAction", "66048"),
    ("PlayConnectingMessageAction", "68867"),
    ("PlayConnectingPromptAction", "66310"),
];

/// Returns whether an action of this type plays a greeting before or while the call rings.
pub(crate) fn is_greeting_action(kind: &str) -> bool {
    GREETING_ACTIONS.iter().any(|(name, _)| *name == kind)
}

/// Returns the standard greetings that every account has. The ids are from the documents, the names
/// are plausible. [seed, docs, inferred]
pub(crate) fn standard_greetings() -> [StandardGreeting; 6] {
    [
        ("66048", "Default", "Introductory", "User"),
        ("68867", "Default", "ConnectingMessage", "User"),
        ("66310", "Acoustic", "ConnectingAudio", "User"),
        ("590080", "Default", "Voicemail", "Voicemail"),
        ("66560", "Default", "Announcement", "Announcement"),
        ("66816", "Not available", "Announcement", "Announcement"),
    ]
    .map(|(id, name, kind, usage)| StandardGreeting {
        id: id.into(),
        name: name.into(),
        kind: kind.into(),
        usage_type: format!("{usage}ExtensionAnsweringRule"),
    })
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

/// Returns whether this condition applies at every minute of the week: 24/7, as a daily or a weekly
/// trigger.
pub(crate) fn is_always(condition: &Value) -> bool {
    let whole_day = |span: &Value| span["startTime"] == "00:00:00" && span["endTime"] == "23:59:59";
    items(&condition["schedule"], "triggers").any(|trigger| match trigger["triggerType"].as_str() {
        Some("Daily") => whole_day(trigger),
        Some("Weekly") => DAYS
            .into_iter()
            .all(|day| items(&trigger["ranges"], day).any(whole_day)),
        _ => false,
    })
}

/// Returns the dispatching of a user's state rule that was never changed. [field: bodies of real
/// accounts; docs: voicemail and announcement targets are always set]
pub(crate) fn default_dispatching(id: &str, user: &SandboxExtension) -> Value {
    let kind = match id {
        "agent" | "work-hours" => "RingAtOnce",
        _ => "Terminate",
    };
    let modes = target_modes(id);
    let mut actions = Vec::new();
    if id == "work-hours" {
        actions.extend(GREETING_ACTIONS.map(|(kind, preset)| greeting_action(kind, preset)));
        actions.push(json!({ "type": "ScreeningAction", "enabled": false,
            "screening": "NoCallerId", "screeningResult": "AskToAnswer" }));
    }
    if has_ring_groups(id) {
        actions.extend(own_ring_groups(user));
    }
    if !modes.is_empty() {
        let voicemail = json!({ "type": VOICEMAIL, "name": "Voicemail", "prompt": default_prompt(VOICEMAIL, "") });
        let mut targets = vec![voicemail];
        targets.extend(modes.iter().map(|mode| announcement(mode)));
        let mut action = json!({ "type": "TerminatingAction", "targets": targets });
        for mode in modes {
            action[target_type_key(mode)] = VOICEMAIL.into();
        }
        actions.push(action);
    }
    json!({ "type": kind, "actions": actions })
}

/// Returns the modes of the terminating targets in the rule of a state. \[seed, docs\]
pub(crate) fn target_modes(id: &str) -> &'static [&'static str] {
    match id {
        "agent" => &[],
        "work-hours" => &["Ringing"],
        "after-hours" => &["Ringing", "Terminating"],
        _ => &["Terminating"],
    }
}

/// Returns whether the rule of a state has ring groups. \[seed, docs\]
pub(crate) fn has_ring_groups(id: &str) -> bool {
    matches!(id, "work-hours" | "after-hours" | "agent")
}

/// Returns the key that names the target in force for this mode.
pub(crate) fn target_type_key(mode: &str) -> &'static str {
    match mode {
        "Ringing" => "ringingTargetType",
        _ => "terminatingTargetType",
    }
}

fn preset_greeting(preset: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": preset } })
}

/// Returns a greeting action as RingCentral adds it: disabled.
pub(crate) fn greeting_action(kind: &str, preset: &str) -> Value {
    json!({ "type": kind, "enabled": false, "greeting": preset_greeting(preset) })
}

/// Returns the prompt that RingCentral sets for a terminating target of this type and mode.
/// \[field\]
pub(crate) fn default_prompt(target: &str, mode: &str) -> Value {
    let preset = match (target, mode) {
        (VOICEMAIL, _) => "590080",
        (_, "Ringing") => "66816",
        _ => "66560",
    };
    json!({ "greeting": preset_greeting(preset) })
}

/// Returns the announcement target of this mode that every rule of a state has. \[docs\]
pub(crate) fn announcement(mode: &str) -> Value {
    json!({ "type": ANNOUNCEMENT, "name": "PlayAnnouncement",
        "prompt": default_prompt(ANNOUNCEMENT, mode), "dispatchingType": mode })
}

/// Returns the ring groups of a user's own devices and apps, in the order of rules that were never
/// changed. \[field\]
pub(crate) fn own_ring_groups(user: &SandboxExtension) -> Vec<Value> {
    const DEVICE_SECONDS: u32 = 40;
    const APP_SECONDS: u32 = 30;
    let ring_group = |duration: u32, target: Value| {
        json!({ "type": "RingGroupAction", "enabled": true, "duration": duration,
            "targets": [target] })
    };
    let device_target = |id: &str| json!({ "type": "DeviceRingTarget", "device": { "id": id } });
    let app_target = |app: &str| json!({ "type": app, "name": own_app_name(app) });
    let devices = user.ringing_devices();
    let devices = devices.map(|device| ring_group(DEVICE_SECONDS, device_target(&device.id)));
    let apps = OWN_APPS.map(|app| ring_group(APP_SECONDS, app_target(app)));
    devices.chain(apps).collect()
}

/// Returns which of the user's own devices and apps this is: a device id or the type of an app.
///
/// A target with another extension is a co-worker's. \[docs\]
pub(crate) fn own_ring_target<'v>(target: &'v Value, user: &SandboxExtension) -> Option<&'v str> {
    let owner = &target["extension"]["id"];
    if !owner.is_null() && *owner != user.id.as_str() {
        return None;
    }
    match target["type"].as_str()? {
        app if OWN_APPS.contains(&app) => Some(app),
        "DeviceRingTarget" => {
            let id = target["device"]["id"].as_str()?;
            user.device(id).map(|_| id)
        }
        _ => None,
    }
}

/// Returns the name of a ring target for the user's own app.
pub(crate) fn own_app_name(target: &str) -> &'static str {
    match target {
        "AllMobileRingTarget" => "My mobile apps",
        _ => "My desktop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_always_recognizes_daily_and_weekly_triggers() {
        let is_always = |trigger| is_always(&json!({ "schedule": { "triggers": [trigger] } }));
        let week = |days: &[&str]| {
            let whole = json!([{ "startTime": "00:00:00", "endTime": "23:59:59" }]);
            let ranges: Value = days.iter().map(|day| (*day, whole.clone())).collect();
            json!({ "triggerType": "Weekly", "ranges": ranges })
        };
        let daily =
            |end| json!({ "triggerType": "Daily", "startTime": "00:00:00", "endTime": end });
        assert!(is_always(daily("23:59:59")));
        assert!(!is_always(daily("17:00:00")));
        assert!(is_always(week(&DAYS)));
        assert!(!is_always(week(&DAYS[..6])), "no sunday");
        assert!(super::is_always(
            &default_state("work-hours")["conditions"][0]
        ));
    }
}
