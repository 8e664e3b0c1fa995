use super::super::states::dispatching_limits;
use super::super::tests;
use super::*;
use crate::sandbox::defaults::{STATE_IDS, default_dispatching};
use serde_json::{Value, json};

/// Returns a dispatching that all limits with ringing and a no-answer target accept.
fn valid_dispatching() -> Value {
    default_dispatching("work-hours")
}

fn error_parameters(limits: &DispatchingLimits, dispatching: &Value) -> Vec<String> {
    let check = |part: &BodyPart| check(part, limits);
    tests::error_parameters("dispatching", dispatching.clone(), &Value::Null, check)
}

/// Changes one value in a valid dispatching; null removes it.
fn with_change(pointer: &str, value: Value) -> Value {
    let mut dispatching = valid_dispatching();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match dispatching.pointer_mut(parent).unwrap() {
        Value::Object(fields) if value.is_null() => drop(fields.shift_remove(key)),
        Value::Object(fields) => drop(fields.insert(key.into(), value)),
        Value::Array(items) if value.is_null() => drop(items.remove(key.parse().unwrap())),
        Value::Array(items) => items.push(value),
        _ => panic!("no such value"),
    }
    dispatching
}

#[test]
fn valid_dispatching_is_accepted() {
    assert_eq!(
        error_parameters(&INTERACTION_LIMITS, &valid_dispatching()),
        [""; 0]
    );
}

#[test]
fn invalid_dispatching_error_names_the_parameter() {
    let a = "dispatching.actions";
    let ring_target = |t: Value| with_change("/actions/3/targets/-", t);
    let terminating_target = |t: Value| with_change("/actions/5/targets/-", t);
    #[rustfmt::skip] // one case per line
    let table = [
        (with_change("/type", json!("Random")), "dispatching.type".to_owned()),
        (with_change("/callTypes", json!({})), "dispatching.callTypes.queueCallsIncluded".into()),
        (with_change("/actions", json!([])), a.into()),
        (with_change("/actions/0/enabled", Value::Null), format!("{a}[0].enabled")),
        (with_change("/actions/0/greeting/preset", Value::Null), format!("{a}[0].greeting.preset.id")),
        (with_change("/actions/0/greeting/effectiveGreetingType", json!("Custom")), format!("{a}[0].greeting.custom.id")),
        (with_change("/actions/3/duration", json!(0)), format!("{a}[3].duration")),
        (with_change("/actions/3/duration", json!(1.5)), format!("{a}[3].duration")),
        (with_change("/actions/3/customStartOffset", json!(-1)), format!("{a}[3].customStartOffset")),
        (with_change("/actions/3", Value::Null), a.into()),
        (with_change("/actions/5", Value::Null), a.into()),
        (with_change("/actions/-", json!({ "type": "NewAction" })), format!("{a}[6].type")),
        (with_change("/actions/-", json!({ "type": "ScreeningAction", "enabled": true, "screening": "Never" })), format!("{a}[6].screening")),
        (with_change("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "AllMobileRingTarget" }] })), format!("{a}[6].targets")),
        (with_change("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "HotdeskRingTarget" }] })), format!("{a}[6].targets[0].type")),
        (ring_target(json!({ "type": "NewRingTarget" })), format!("{a}[3].targets[1].type")),
        (ring_target(json!({ "type": "DeviceRingTarget", "device": { "id": "d2" } })), format!("{a}[3].targets[1].device.id")),
        (ring_target(json!({ "type": "CoworkerRingTarget", "extension": { "id": "8" } })), format!("{a}[3].targets[1].extension.id")),
        (ring_target(json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": "6505550100" } })), format!("{a}[3].targets[1].destination.phoneNumber")),
        (ring_target(json!({ "type": "IntegrationRingTarget", "integration": { "type": "Fax" } })), format!("{a}[3].targets[1].integration.type")),
        (with_change("/actions/5/ringingTargetType", Value::Null), format!("{a}[5].ringingTargetType")),
        (with_change("/actions/5/ringingTargetType", json!("PhoneNumberTerminatingTarget")), format!("{a}[5].ringingTargetType")),
        (with_change("/actions/5/terminatingTargetType", json!("PlayAnnouncementTerminatingTarget")), format!("{a}[5].terminatingTargetType")),
        (with_change("/type", json!("Terminate")), format!("{a}[5].terminatingTargetType")),
        (with_change("/actions/5/targets/0/prompt", Value::Null), format!("{a}[5].targets[0].prompt.greeting")),
        (terminating_target(json!({ "type": "PhoneNumberTerminatingTarget", "destination": { "phoneNumber": "+14082324343" } })), format!("{a}[5].targets[2].dispatchingType")),
        (terminating_target(json!({ "type": "ExtensionTerminatingTarget", "extension": { "id": "8" }, "dispatchingType": "Ringing" })), format!("{a}[5].targets[2].extension.id")),
    ];
    for (dispatching, parameter) in table {
        assert_eq!(
            error_parameters(&INTERACTION_LIMITS, &dispatching),
            [parameter],
            "{dispatching}"
        );
    }
}

/// Covers rules that one state accepts and another rejects, because a target is missing or not
/// supported.
#[test]
fn states_accept_their_own_targets_only() {
    let action_at = "dispatching.actions[2]";
    let errors = |state: &str, dispatching: &Value| {
        error_parameters(&dispatching_limits(state).unwrap(), dispatching)
    };
    let mut rings = default_dispatching("after-hours");
    rings["type"] = json!("RingInOrder");
    assert_eq!(errors("after-hours", &rings), [""; 0]);
    assert_eq!(
        errors("work-hours", &rings),
        [
            format!("{action_at}.targets[2].dispatchingType"),
            format!("{action_at}.terminatingTargetType")
        ],
        "work hours support no target without ringing"
    );
    rings["actions"][2]["terminatingTargetType"].take();
    assert_eq!(
        errors("after-hours", &rings),
        [format!("{action_at}.terminatingTargetType")],
        "requires both targets"
    );
    assert_eq!(
        errors("agent", &rings),
        [format!("{action_at}.type")],
        "only rings"
    );
    let forward = errors("forward-all-calls", &default_dispatching("after-hours"));
    assert_eq!(
        forward[..2],
        ["dispatching.actions[0].type", "dispatching.actions[1].type"],
        "does not ring"
    );
}

#[test]
fn enabled_greeting_requires_ringing() {
    let mut dispatching = with_change("/actions/0/enabled", json!(true));
    assert_eq!(error_parameters(&INTERACTION_LIMITS, &dispatching), [""; 0]);
    dispatching["type"] = json!("Custom");
    assert_eq!(
        error_parameters(&INTERACTION_LIMITS, &dispatching),
        ["dispatching.actions[0].enabled"]
    );
}

#[test]
fn default_rule_of_each_state_is_valid() {
    for id in STATE_IDS {
        let limits = dispatching_limits(id).unwrap();
        assert_eq!(
            error_parameters(&limits, &default_dispatching(id)),
            [""; 0],
            "{id}"
        );
    }
}
