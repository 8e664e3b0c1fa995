//! Removes settings that equal the defaults of RingCentral or callrules.

use serde_json::{Value, json};

/// Removes the default settings of a rule.
pub(super) fn simplify_rule(mut yaml: Value) -> Value {
    let mut drop = |key: &str, default: Value| {
        if yaml.get(key) == Some(&default)
            && let Some(map) = yaml.as_object_mut()
        {
            map.shift_remove(key);
        }
    };
    drop("enabled", json!(true));
    drop("queueCallsIncluded", json!(false));
    if let Some(dispatching) = yaml.get_mut("dispatching") {
        *dispatching = simplify_dispatching(dispatching.take());
        let can_ring = dispatching.get("type") != Some(&json!("Terminate"));
        if let Some(map) = dispatching.as_object_mut()
            && !can_ring
        {
            // `noAnswer` has no effect if nothing rings.
            if map.get("noAnswer") == Some(&json!("voicemail")) {
                map.shift_remove("noAnswer");
            }
            if map.get("ring").is_some_and(is_default_silent_ring) {
                map.shift_remove("ring");
            }
        }
    }
    yaml
}

/// Removes disabled prompts from a dispatching.
pub(super) fn simplify_dispatching(mut yaml: Value) -> Value {
    const SWITCHED_OFF: [&str; 4] = [
        "greeting",
        "connectingMessage",
        "connectingAudio",
        "screening",
    ];
    if let Some(map) = yaml.as_object_mut() {
        for key in SWITCHED_OFF {
            if map.get(key) == Some(&json!("none")) {
                map.shift_remove(key);
            }
        }
    }
    yaml
}

/// Returns whether `ring` equals the disabled groups that RingCentral creates by default.
fn is_default_silent_ring(ring: &Value) -> bool {
    let silent = |app: &str| json!({ "targets": [app], "seconds": 20, "enabled": false });
    let apps = [silent("desktopApps"), silent("mobileApps")];
    ring.as_array()
        .is_some_and(|groups| groups.len() == 2 && apps.iter().all(|app| groups.contains(app)))
}
