//! What is sent to accounts that look otherwise than our sandbox's: bodies are laid and compared
//! without a server.

use callrules::config::types::Settings;
use callrules::config::{self, Shared};
use callrules::engine::{self, LiveUser, UserPlan, Wanted};
use callrules::model::{Catalogue, Directory, Extension, ExtensionId};
use serde_json::{Value, json};

use crate::support::forwarding;

fn directory() -> Directory {
    let user = |id: &str, number: &str| Extension {
        id: ExtensionId(id.to_owned()),
        number: Some(number.to_owned()),
        name: String::new(),
        email: Some("same@acme.example".to_owned()),
        kind: if number == "900" {
            "Department"
        } else {
            "User"
        }
        .to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    Directory::new(vec![user("1001", "101"), user("1900", "900")])
}

/// The plan for user 101, whose file says `text` below its first line.
fn plan(text: &str, rules: Vec<Value>, state_rules: Vec<Value>) -> Result<UserPlan, String> {
    let file =
        config::read_user(&format!("extension: \"101\"\n{text}")).map_err(|f| format!("{f:?}"))?;
    let settings = Settings::leaving_all();
    let (shared, catalogue) = (Shared::default(), Catalogue::default());
    let desired = config::resolve(&file, &settings, &shared, &directory(), &catalogue)
        .map_err(|f| format!("{f:?}"))?;
    let rules = rules.into_iter().enumerate().map(|(index, mut rule)| {
        rule["id"] = json!(index.to_string());
        rule.try_into().unwrap()
    });
    let state_rules = state_rules.into_iter().map(|rule| rule.try_into().unwrap());
    let live = LiveUser::new(
        &Wanted::from(&desired),
        rules.collect(),
        state_rules.collect(),
    );
    let (plan, problems) = engine::diff(&desired, &live, &directory());
    match problems.first() {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(plan),
    }
}

/// The body of the only request.
fn body(plan: &UserPlan) -> &Value {
    assert_eq!(plan.changes.len(), 1, "{plan:#?}");
    plan.changes[0].request.body.as_ref().unwrap()
}

fn actions<'a>(body: &'a Value, kind: &str) -> Vec<&'a Value> {
    let actions = body["dispatching"]["actions"].as_array().unwrap().iter();
    actions.filter(|action| action["type"] == kind).collect()
}

fn vip() -> Value {
    forwarding("VIP", "+16501111111", "+14082324343")
}

fn live_actions(rule: &mut Value) -> &mut Vec<Value> {
    rule["dispatching"]["actions"].as_array_mut().unwrap()
}

fn group(target: Value, enabled: bool) -> Value {
    json!({ "type": "RingGroupAction", "enabled": enabled, "duration": 20, "targets": [target] })
}

const RINGING: &str = "interactionRules:\n  VIP:\n    dispatching:\n      ring: [{ targets: [mobileApps], seconds: 40 }, { targets: [desktopApps], seconds: 50 }]\n";

#[test]
fn silent_groups_that_the_service_adds_are_no_change() {
    let mut live = vip();
    let silent = group(
        json!({ "type": "DeviceRingTarget", "device": { "id": "1" } }),
        false,
    );
    live_actions(&mut live).insert(2, silent);
    assert!(
        plan(RINGING, vec![live], vec![])
            .unwrap()
            .changes
            .is_empty()
    );
}

#[test]
fn missing_app_groups_are_sent_with_a_declared_ring_and_never_otherwise() {
    let mut live = vip();
    live_actions(&mut live).retain(|action| action["type"] != "RingGroupAction");
    let as_it_is = "interactionRules:\n  VIP: { enabled: true }\n";
    let nothing = plan(as_it_is, vec![live.clone()], vec![]).unwrap();
    assert!(nothing.changes.is_empty());
    let off = "interactionRules:\n  VIP: { enabled: false }\n";
    let off = plan(off, vec![live.clone()], vec![]).unwrap();
    assert_eq!(body(&off)["dispatching"], live["dispatching"]);
    let elsewhere = "interactionRules:\n  VIP:\n    dispatching: { terminate: { phoneNumber: \"+14082324344\" } }\n";
    let elsewhere = plan(elsewhere, vec![live.clone()], vec![]).unwrap();
    assert!(actions(body(&elsewhere), "RingGroupAction").is_empty());
    let rings = "interactionRules:\n  VIP:\n    dispatching: { ring: [{ targets: [mobileApps], seconds: 30 }] }\n";
    let rings = plan(rings, vec![live], vec![]).unwrap();
    let groups = actions(body(&rings), "RingGroupAction");
    assert_eq!(groups.len(), 2);
    assert_eq!(
        (&groups[0]["enabled"], &groups[1]["enabled"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn a_rule_that_begins_to_ring_never_begins_with_silence() {
    let mut live = vip();
    for action in live_actions(&mut live) {
        action["enabled"] = json!(false);
    }
    let file = "interactionRules:\n  VIP:\n    conditions: { callerIds: [\"+16501111111\"] }\n    dispatching: { type: RingAtOnce, noAnswer: voicemail }\n";
    let rings = plan(file, vec![live], vec![]).unwrap();
    let groups = actions(body(&rings), "RingGroupAction");
    assert!(
        groups.iter().all(|group| group["enabled"] == true),
        "{groups:#?}"
    );
}

#[test]
fn after_hours_are_sent_with_both_destinations_and_an_announcement_for_each() {
    let mut rule = vip()["dispatching"].take();
    rule["actions"][2]
        .as_object_mut()
        .unwrap()
        .shift_remove("ringingTargetType");
    let live =
        json!({ "id": "after-hours", "dispatching": rule, "state": { "id": "after-hours" } });
    let file = "states:\n  after-hours:\n    dispatching: { terminate: { extension: \"900\" } }\n";
    let changed = plan(file, vec![], vec![live]).unwrap();
    let terminating = actions(body(&changed), "TerminatingAction")[0];
    assert_eq!(
        terminating["ringingTargetType"],
        "VoiceMailTerminatingTarget"
    );
    assert_eq!(
        terminating["terminatingTargetType"],
        "ExtensionTerminatingTarget"
    );
    let announcements = terminating["targets"].as_array().unwrap().iter();
    let announcements = announcements.filter(|t| t["type"] == "PlayAnnouncementTerminatingTarget");
    assert_eq!(announcements.count(), 2);
}

#[test]
fn a_state_rule_of_which_nothing_is_known_is_never_overwritten() {
    let live = json!({ "id": "work-hours", "state": { "id": "work-hours" } });
    let file =
        "states:\n  work-hours:\n    dispatching: { type: RingAtOnce, noAnswer: voicemail }\n";
    assert!(
        plan(file, vec![], vec![live])
            .unwrap_err()
            .contains("does not say")
    );
}

#[test]
fn no_rule_is_meant_twice() {
    for file in [
        "interactionRules:\n  A: { id: \"0\", enabled: false }\n  VIP: null\n",
        "interactionRules:\n  VIP: null\n  A: { id: \"0\", enabled: false }\n",
        "interactionRules:\n  A: { renamedFrom: VIP }\n  B: { renamedFrom: VIP }\n",
    ] {
        assert!(plan(file, vec![vip()], vec![]).is_err(), "{file}");
    }
}

#[test]
fn declared_conditions_are_all_conditions() {
    let daily = |start: &str| json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Daily", "startTime": start, "endTime": "17:00:00" }] } });
    let mut live = vip();
    live["conditions"] =
        json!([daily("08:00:00"), daily("09:00:00"), { "type": "Weather", "sky": "clear" }]);
    let file = "interactionRules:\n  VIP:\n    conditions: { schedule: { daily: 10:00-17:00 } }\n";
    let changed = plan(file, vec![live], vec![]).unwrap();
    let conditions = body(&changed)["conditions"].as_array().unwrap();
    let kinds: Vec<&Value> = conditions
        .iter()
        .map(|condition| &condition["type"])
        .collect();
    assert_eq!(kinds, ["Schedule", "Weather"]);
}

#[test]
fn several_unknown_actions_of_one_type_stay_several() {
    let file = "interactionRules:\n  VIP:\n    dispatching:\n      actions: [{ type: FutureAction, a: 1 }, { type: FutureAction, b: 2 }]\n";
    let changed = plan(file, vec![vip()], vec![]).unwrap();
    assert_eq!(actions(body(&changed), "FutureAction").len(), 2);
}

#[test]
fn greetings_are_refused_where_none_are_played_and_left_alone_where_nobody_speaks_of_them() {
    let greeting =
        "interactionRules:\n  VIP:\n    dispatching: { greeting: { preset: \"66048\" } }\n";
    assert!(plan(greeting, vec![vip()], vec![]).is_err());
    let mut live = vip();
    let prompt = json!({ "type": "PlayWelcomePromptAction", "enabled": true, "greeting": { "effectiveGreetingType": "Preset", "preset": { "id": "66048" } } });
    live_actions(&mut live).insert(0, prompt);
    let same = "interactionRules:\n  VIP:\n    dispatching: { terminate: { phoneNumber: \"+14082324343\" } }\n";
    assert!(plan(same, vec![live], vec![]).unwrap().changes.is_empty());
}

#[test]
fn one_voicemail_serves_both_modes_and_two_are_refused() {
    let file = |no_answer: &str| {
        format!(
            "interactionRules:\n  VIP:\n    dispatching:\n      noAnswer: {no_answer}\n      terminate: voicemail\n"
        )
    };
    assert!(plan(&file("voicemail"), vec![vip()], vec![]).is_ok());
    assert!(
        plan(
            &file("{ voicemail: { extension: \"900\" } }"),
            vec![vip()],
            vec![]
        )
        .is_err()
    );
}

#[test]
fn a_target_in_the_apis_form_leads_where_it_is_declared() {
    let file = |target: &str| {
        format!("interactionRules:\n  VIP:\n    dispatching:\n      terminate: {target}\n")
    };
    let raw = "{ type: ExtensionTerminatingTarget, extension: { id: \"1900\" }, dispatchingType: Ringing }";
    let changed = plan(&file(raw), vec![vip()], vec![]).unwrap();
    let targets = actions(body(&changed), "TerminatingAction")[0]["targets"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(targets.last().unwrap()["dispatchingType"], "Terminating");
    assert!(
        plan(
            &file("{ type: ExtensionTerminatingTarget }"),
            vec![vip()],
            vec![]
        )
        .is_err()
    );
}

#[test]
fn forwarding_may_end_without_a_beginning() {
    let file = "states:\n  forward-all-calls:\n    enabled: true\n    schedule: { ranges: [{ end: 2026-12-24T17:00 }] }\n";
    let live = json!({
        "id": "forward-all-calls",
        "dispatching": vip()["dispatching"],
        "state": { "id": "forward-all-calls", "enabled": false, "conditions": [] },
    });
    let changed = plan(file, vec![], vec![live]).unwrap();
    let trigger = &body(&changed)["conditions"][0]["schedule"]["triggers"][0];
    assert_eq!(
        trigger,
        &json!({ "triggerType": "Range", "ranges": [{ "endDateTime": "2026-12-24T17:00:00" }] })
    );
}

#[test]
fn the_clock_round_is_one_thing_however_it_is_spelt() {
    let day = json!([{ "startTime": "00:00:00", "endTime": "24:00:00" }]);
    let week: Value = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
    .iter()
    .map(|name| ((*name).to_owned(), day.clone()))
    .collect::<serde_json::Map<_, _>>()
    .into();
    let live = json!({
        "id": "work-hours", "dispatching": vip()["dispatching"],
        "state": { "id": "work-hours", "enabled": true, "conditions": [{ "type": "Schedule", "schedule": {
            "triggers": [{ "triggerType": "Weekly", "ranges": week }] } }] },
    });
    let file = "states:\n  work-hours: { schedule: { daily: all-day } }\n";
    assert!(plan(file, vec![], vec![live]).unwrap().changes.is_empty());
}

#[test]
fn an_address_that_a_queue_has_too_names_the_user() {
    let file = config::read_user("email: same@acme.example\n").unwrap();
    assert_eq!(
        config::identify(&file, &directory()),
        Some(ExtensionId("1001".to_owned()))
    );
}
