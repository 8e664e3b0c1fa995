//! Leaves out what need not be said: what the service or callrules would do anyway.

use serde_json::{Value, json};

/// A rule without its defaults.
pub(super) fn rule(mut words: Value) -> Value {
    let mut drop = |key: &str, default: Value| {
        if words.get(key) == Some(&default)
            && let Some(map) = words.as_object_mut()
        {
            map.shift_remove(key);
        }
    };
    drop("enabled", json!(true));
    drop("queueCallsIncluded", json!(false));
    if let Some(dispatching) = words.get_mut("dispatching") {
        *dispatching = self::dispatching(dispatching.take());
        let rings = dispatching.get("type") != Some(&json!("Terminate"));
        if let Some(map) = dispatching.as_object_mut()
            && !rings
        {
            // Where a call goes that nobody answers means nothing where nothing rings.
            if map.get("noAnswer") == Some(&json!("voicemail")) {
                map.shift_remove("noAnswer");
            }
            if map.get("ring").is_some_and(is_silence_by_default) {
                map.shift_remove("ring");
            }
        }
    }
    words
}

/// A dispatching without prompts that are switched off.
pub(super) fn dispatching(mut words: Value) -> Value {
    const SWITCHED_OFF: [&str; 4] = [
        "greeting",
        "connectingMessage",
        "connectingAudio",
        "screening",
    ];
    if let Some(map) = words.as_object_mut() {
        for key in SWITCHED_OFF {
            if map.get(key) == Some(&json!("none")) {
                map.shift_remove(key);
            }
        }
    }
    words
}

/// The groups that a new rule gets where nobody is said to ring.
fn is_silence_by_default(ring: &Value) -> bool {
    let silent = |app: &str| json!({ "targets": [app], "seconds": 20, "enabled": false });
    let apps = [silent("desktopApps"), silent("mobileApps")];
    ring.as_array()
        .is_some_and(|groups| groups.len() == 2 && apps.iter().all(|app| groups.contains(app)))
}
