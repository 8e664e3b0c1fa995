//! Values that RingCentral provides by itself: the states of a user, their default rules, and the
//! standard greetings. \[docs\]

use serde_json::{Map, Value, json};

use super::account::StandardGreeting;
use super::json::items;

/// States that the sandbox implements, in list order. `after-hours` depends on `work-hours`.
pub(crate) const STATE_IDS: [&str; 5] = [
    "forward-all-calls",
    "dnd",
    "agent",
    "work-hours",
    "after-hours",
];

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

/// Returns the dispatching of a state rule that was never changed. [docs: voicemail and
/// announcement targets are always set]
pub(crate) fn default_dispatching(id: &str) -> Value {
    const VOICEMAIL: &str = "VoiceMailTerminatingTarget";
    let prompt = |preset: &str| json!({ "greeting": preset_greeting(preset) });
    let announcement = |mode: &&str| {
        json!({ "type": "PlayAnnouncementTerminatingTarget", "name": "PlayAnnouncement",
            "prompt": prompt("66560"), "dispatchingType": mode })
    };
    let (kind, modes): (_, &[&str]) = match id {
        "agent" => ("RingAtOnce", &[]),
        "work-hours" => ("RingAtOnce", &["Ringing"]),
        "after-hours" => ("Terminate", &["Ringing", "Terminating"]),
        _ => ("Terminate", &["Terminating"]),
    };
    let mut actions = Vec::new();
    if id == "work-hours" {
        actions.extend(GREETING_ACTIONS.map(|(kind, preset)| greeting_action(kind, preset)));
    }
    if matches!(id, "work-hours" | "after-hours" | "agent") {
        actions.extend(["AllMobileRingTarget", "AllDesktopRingTarget"].map(ring_group));
    }
    if !modes.is_empty() {
        let voicemail =
            json!({ "type": VOICEMAIL, "name": "Voicemail", "prompt": prompt("590080") });
        let mut targets = vec![voicemail];
        targets.extend(modes.iter().map(announcement));
        let mut action = json!({ "type": "TerminatingAction", "targets": targets });
        for mode in modes {
            action[format!("{}TargetType", mode.to_lowercase())] = VOICEMAIL.into();
        }
        actions.push(action);
    }
    json!({ "type": kind, "actions": actions })
}

fn preset_greeting(preset: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": preset } })
}

/// Returns a greeting action as RingCentral adds it: disabled.
pub(crate) fn greeting_action(kind: &str, preset: &str) -> Value {
    json!({ "type": kind, "enabled": false, "greeting": preset_greeting(preset) })
}

fn ring_group(target: &str) -> Value {
    json!({ "type": "RingGroupAction", "enabled": true, "duration": 20, "customStartOffset": 0,
        "targets": [{ "type": target, "name": own_app_name(target) }] })
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
