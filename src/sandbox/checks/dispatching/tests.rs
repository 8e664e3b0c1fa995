use super::super::states::dispatching_limits;
use super::super::tests;
use super::*;
use crate::sandbox::defaults::{STATE_IDS, default_dispatching};
use serde_json::{Value, json};

/// Returns a dispatching that all limits with ringing and a no-answer target accept.
fn valid_dispatching() -> Value {
    default_dispatching("work-hours", &tests::checked_user())
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
    let ring_target = |t: Value| with_change("/actions/5/targets/-", t);
    let terminating_target = |t: Value| with_change("/actions/7/targets/-", t);
    #[rustfmt::skip] // one case per line
    let table = [
        (with_change("/type", json!("Random")), "dispatching.type".to_owned()),
        (with_change("/callTypes", json!({})), "dispatching.callTypes.queueCallsIncluded".into()),
        (with_change("/actions", json!([])), a.into()),
        (with_change("/actions/0/enabled", Value::Null), format!("{a}[0].enabled")),
        (with_change("/actions/0/greeting/preset", Value::Null), format!("{a}[0].greeting.preset.id")),
        (with_change("/actions/0/greeting/effectiveGreetingType", json!("Custom")), format!("{a}[0].greeting.custom.id")),
        (with_change("/actions/5/duration", json!(0)), format!("{a}[5].duration")),
        (with_change("/actions/5/duration", json!(1.5)), format!("{a}[5].duration")),
        (with_change("/actions/5/customStartOffset", json!(-1)), format!("{a}[5].customStartOffset")),
        (with_change("/actions/7", Value::Null), a.into()),
        (with_change("/actions/-", json!({ "type": "NewAction" })), format!("{a}[8].type")),
        (with_change("/actions/-", json!({ "type": "ScreeningAction", "enabled": true, "screening": "Never" })), format!("{a}[8].screening")),
        (with_change("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "AllMobileRingTarget" }] })), format!("{a}[8].targets[0]")),
        (with_change("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "HotdeskRingTarget" }] })), format!("{a}[8].targets[0].type")),
        (ring_target(json!({ "type": "NewRingTarget" })), format!("{a}[5].targets[1].type")),
        (ring_target(json!({ "type": "DeviceRingTarget", "device": { "id": "d2" } })), format!("{a}[5].targets[1].device.id")),
        (ring_target(json!({ "type": "CoworkerRingTarget", "extension": { "id": "8" } })), format!("{a}[5].targets[1].extension.id")),
        (ring_target(json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": "6505550100" } })), format!("{a}[5].targets[1].destination.phoneNumber")),
        (ring_target(json!({ "type": "IntegrationRingTarget", "integration": { "type": "Fax" } })), format!("{a}[5].targets[1].integration.type")),
        (with_change("/actions/7/ringingTargetType", Value::Null), format!("{a}[7].ringingTargetType")),
        (with_change("/actions/7/ringingTargetType", json!("PhoneNumberTerminatingTarget")), format!("{a}[7].ringingTargetType")),
        (with_change("/actions/7/terminatingTargetType", json!("PlayAnnouncementTerminatingTarget")), format!("{a}[7].terminatingTargetType")),
        (with_change("/type", json!("Terminate")), format!("{a}[7].terminatingTargetType")),
        (with_change("/actions/7/targets/0/prompt", Value::Null), format!("{a}[7].targets[0].prompt.greeting")),
        (terminating_target(json!({ "type": "PhoneNumberTerminatingTarget", "destination": { "phoneNumber": "+14082324343" } })), format!("{a}[7].targets[2].dispatchingType")),
        (terminating_target(json!({ "type": "ExtensionTerminatingTarget", "extension": { "id": "8" }, "dispatchingType": "Ringing" })), format!("{a}[7].targets[2].extension.id")),
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
    let action_at = "dispatching.actions[3]";
    let errors = |state: &str, dispatching: &Value| {
        error_parameters(&dispatching_limits(state).unwrap(), dispatching)
    };
    let user = tests::checked_user();
    let mut rings = default_dispatching("after-hours", &user);
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
    rings["actions"][3]["terminatingTargetType"].take();
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
    let forward = errors(
        "forward-all-calls",
        &default_dispatching("after-hours", &user),
    );
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
            error_parameters(&limits, &default_dispatching(id, &tests::checked_user())),
            [""; 0],
            "{id}"
        );
    }
}

/// Returns the codes and messages of the errors.
fn errors(limits: &DispatchingLimits, dispatching: &Value) -> Vec<String> {
    let check = |part: &BodyPart| check(part, limits);
    let details = tests::error_details("d", dispatching.clone(), &Value::Null, check);
    let lines = details.into_iter().map(|d| {
        let at = d.parameter.unwrap_or_default();
        format!("{} {at}: {}", d.code, d.message)
    });
    lines.collect()
}

#[test]
fn own_targets_are_required_exactly_once() {
    let without = |index: usize| with_change(&format!("/actions/{index}"), Value::Null);
    let ring_always = |enabled: bool, target: &str| {
        let action = json!({ "type": "RingAlwaysGroupAction", "enabled": enabled,
            "targets": [{ "type": target }] });
        with_change("/actions/-", action)
    };
    let ring = |target: Value| with_change("/actions/6/targets/-", target);
    let mut silent = valid_dispatching();
    silent["actions"][4]["enabled"] = json!(false);
    assert_eq!(errors(&INTERACTION_LIMITS, &silent), [""; 0]);
    let mut switched_off = ring_always(false, "AllMobileRingTarget");
    switched_off["actions"].as_array_mut().unwrap().remove(5);
    assert_eq!(errors(&INTERACTION_LIMITS, &switched_off), [""; 0]);
    let co_worker =
        json!({ "type": "DeviceRingTarget", "device": { "id": "d1" }, "extension": { "id": "8" } });
    let mut only_a_co_worker = without(4);
    only_a_co_worker["actions"][4]["targets"] =
        json!([co_worker, { "type": "AllMobileRingTarget" }]);
    let found = [
        without(4),
        without(5),
        without(6),
        ring_always(true, "AllDesktopRingTarget"),
        ring(json!({ "type": "DeviceRingTarget", "device": { "id": "d1" } })),
        ring(json!({ "type": "AllDesktopRingTarget", "extension": { "id": "7" } })),
        only_a_co_worker,
    ]
    .map(|dispatching| errors(&INTERACTION_LIMITS, &dispatching).join("\n"));
    insta::assert_snapshot!(found.join("\n"), @"
    CMN-100 d.actions: missedDevice: d1; each of the user's devices must be in a ring group
    CHF-211 d.actions: AllMobileRingTarget is required in a ring group; silence it with enabled: false
    CHF-212 d.actions: AllDesktopRingTarget is required in a ring group; silence it with enabled: false
    CHF-212 d.actions[8].targets[0]: AllDesktopRingTarget is already in another ring group, or twice in this one
    CMN-101 d.actions[6].targets[1]: d1 is already in another ring group, or twice in this one
    CHF-212 d.actions[6].targets[1]: AllDesktopRingTarget is already in another ring group, or twice in this one
    CMN-101 d.actions[4].targets[0].extension.id: Parameter [d.actions[4].targets[0].extension.id] value is invalid: no such extension on this account
    CMN-100 d.actions: missedDevice: d1; each of the user's devices must be in a ring group
    ");
}

#[test]
fn voicemail_and_greeting_errors_have_the_codes_of_real_accounts() {
    let no_voicemail = with_change("/actions/7/targets/0", Value::Null);
    let odd_greeting = with_change(
        "/actions/0/greeting/effectiveGreetingType",
        json!("Standard"),
    );
    let no_action = with_change("/actions/7", Value::Null);
    let found = [no_voicemail, no_action, odd_greeting]
        .map(|dispatching| errors(&INTERACTION_LIMITS, &dispatching).join("\n"));
    insta::assert_snapshot!(found.join("\n"), @"
    CMN-101 d.actions[7].targets: Must have Terminating Action with VoiceMailTerminatingTarget
    CMN-101 d.actions[7].ringingTargetType: Parameter [d.actions[7].ringingTargetType] value is invalid: must name a target that is listed for Ringing
    CMN-101 d.actions: Must have Terminating Action with VoiceMailTerminatingTarget
    CMN-414 d.actions[0].greeting.effectiveGreetingType: Preset or Custom is required
    ");
}

#[test]
fn only_new_rule_requires_the_target_type_that_is_not_in_force() {
    let ringing = valid_dispatching();
    assert_eq!(error_parameters(&INTERACTION_LIMITS, &ringing), [""; 0]);
    let at = "dispatching.actions[7].terminatingTargetType";
    assert_eq!(error_parameters(&NEW_RULE_LIMITS, &ringing), [at]);
    let both = with_change(
        "/actions/7/terminatingTargetType",
        json!("VoiceMailTerminatingTarget"),
    );
    assert_eq!(error_parameters(&NEW_RULE_LIMITS, &both), [""; 0]);
}
