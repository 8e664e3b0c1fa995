use super::*;
use crate::sandbox::account::{Account, Device, Extension};
use serde_json::json;

/// A dispatching that every profile with rings and a no-answer target accepts.
fn sound() -> Value {
    crate::sandbox::defaults::state_dispatching("work-hours")
}

fn places(profile: &Profile, dispatching: &Value) -> Vec<String> {
    let extension = Extension {
        id: "7".into(),
        extension_number: "101".into(),
        devices: vec![Device {
            id: "d1".into(),
            name: "Phone".into(),
            kind: "HardPhone".into(),
        }],
        ..Extension::default()
    };
    let account = Account {
        extensions: vec![extension.clone()],
        ..Account::default()
    };
    let world = World {
        account: &account,
        extension: &extension,
        live: &Value::Null,
    };
    let mut findings = Findings::default();
    check(&mut findings, &world, Some(dispatching), profile);
    findings
        .into_refusals()
        .into_iter()
        .filter_map(|r| r.parameter)
        .collect()
}

/// Changes one place in a sound dispatching; null removes it.
fn with(pointer: &str, value: Value) -> Value {
    let mut dispatching = sound();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match dispatching.pointer_mut(parent).unwrap() {
        Value::Object(fields) if value.is_null() => drop(fields.shift_remove(key)),
        Value::Object(fields) => drop(fields.insert(key.into(), value)),
        Value::Array(items) if value.is_null() => drop(items.remove(key.parse().unwrap())),
        Value::Array(items) => items.push(value),
        _ => panic!("no such place"),
    }
    dispatching
}

#[test]
fn a_sound_dispatching_is_accepted() {
    assert_eq!(places(&INTERACTION, &sound()), [""; 0]);
}

#[test]
fn what_is_refused_and_where() {
    let a = "dispatching.actions";
    let target = |t: Value| with("/actions/3/targets/-", t);
    let end = |t: Value| with("/actions/5/targets/-", t);
    #[rustfmt::skip] // a table
    let table = [
        (with("/type", json!("Random")), "dispatching.type".to_owned()),
        (with("/callTypes", json!({})), "dispatching.callTypes.queueCallsIncluded".into()),
        (with("/actions", json!([])), a.into()),
        (with("/actions/0/enabled", Value::Null), format!("{a}[0].enabled")),
        (with("/actions/0/greeting/preset", Value::Null), format!("{a}[0].greeting.preset.id")),
        (with("/actions/0/greeting/effectiveGreetingType", json!("Custom")), format!("{a}[0].greeting.custom.id")),
        (with("/actions/3/duration", json!(0)), format!("{a}[3].duration")),
        (with("/actions/3/duration", json!(1.5)), format!("{a}[3].duration")),
        (with("/actions/3/customStartOffset", json!(-1)), format!("{a}[3].customStartOffset")),
        (with("/actions/3", Value::Null), a.into()),
        (with("/actions/5", Value::Null), a.into()),
        (with("/actions/-", json!({ "type": "NewAction" })), format!("{a}[6].type")),
        (with("/actions/-", json!({ "type": "ScreeningAction", "enabled": true, "screening": "Never" })), format!("{a}[6].screening")),
        (with("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "AllMobileRingTarget" }] })), format!("{a}[6].targets")),
        (with("/actions/-", json!({ "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "HotdeskRingTarget" }] })), format!("{a}[6].targets[0].type")),
        (target(json!({ "type": "NewRingTarget" })), format!("{a}[3].targets[1].type")),
        (target(json!({ "type": "DeviceRingTarget", "device": { "id": "d2" } })), format!("{a}[3].targets[1].device.id")),
        (target(json!({ "type": "CoworkerRingTarget", "extension": { "id": "8" } })), format!("{a}[3].targets[1].extension.id")),
        (target(json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": "6505550100" } })), format!("{a}[3].targets[1].destination.phoneNumber")),
        (target(json!({ "type": "IntegrationRingTarget", "integration": { "type": "Fax" } })), format!("{a}[3].targets[1].integration.type")),
        (with("/actions/5/ringingTargetType", Value::Null), format!("{a}[5].ringingTargetType")),
        (with("/actions/5/ringingTargetType", json!("PhoneNumberTerminatingTarget")), format!("{a}[5].ringingTargetType")),
        (with("/actions/5/terminatingTargetType", json!("PlayAnnouncementTerminatingTarget")), format!("{a}[5].terminatingTargetType")),
        (with("/type", json!("Terminate")), format!("{a}[5].terminatingTargetType")),
        (with("/actions/5/targets/0/prompt", Value::Null), format!("{a}[5].targets[0].prompt.greeting")),
        (end(json!({ "type": "PhoneNumberTerminatingTarget", "destination": { "phoneNumber": "+14082324343" } })), format!("{a}[5].targets[2].dispatchingType")),
        (end(json!({ "type": "ExtensionTerminatingTarget", "extension": { "id": "8" }, "dispatchingType": "Ringing" })), format!("{a}[5].targets[2].extension.id")),
    ];
    for (dispatching, place) in table {
        assert_eq!(places(&INTERACTION, &dispatching), [place], "{dispatching}");
    }
}

/// A rule that fits one state does not fit another that lacks a target, or needs one more.
#[test]
fn each_state_has_its_own_targets() {
    use super::super::states::profile;
    use crate::sandbox::defaults::state_dispatching;
    let end = "dispatching.actions[2]";
    let found = |state: &str, dispatching: &Value| places(&profile(state).unwrap(), dispatching);
    let mut rings = state_dispatching("after-hours");
    rings["type"] = json!("RingInOrder");
    assert_eq!(found("after-hours", &rings), [""; 0]);
    assert_eq!(
        found("work-hours", &rings),
        [
            format!("{end}.targets[2].dispatchingType"),
            format!("{end}.terminatingTargetType")
        ],
        "work hours terminate nothing at once"
    );
    rings["actions"][2]["terminatingTargetType"].take();
    assert_eq!(
        found("after-hours", &rings),
        [format!("{end}.terminatingTargetType")],
        "needs both"
    );
    assert_eq!(
        found("agent", &rings),
        [format!("{end}.type")],
        "only rings"
    );
    let forward = found("forward-all-calls", &state_dispatching("after-hours"));
    assert_eq!(
        forward[..2],
        ["dispatching.actions[0].type", "dispatching.actions[1].type"],
        "does not ring"
    );
}

#[test]
fn greetings_play_only_while_ringing() {
    let mut dispatching = with("/actions/0/enabled", json!(true));
    assert_eq!(places(&INTERACTION, &dispatching), [""; 0]);
    dispatching["type"] = json!("Custom");
    assert_eq!(
        places(&INTERACTION, &dispatching),
        ["dispatching.actions[0].enabled"]
    );
}

#[test]
fn the_default_rule_of_each_state_fits_that_state() {
    for id in crate::sandbox::defaults::STATE_IDS {
        let profile = super::super::states::profile(id).unwrap();
        let dispatching = crate::sandbox::defaults::state_dispatching(id);
        assert_eq!(places(&profile, &dispatching), [""; 0], "{id}");
    }
}
