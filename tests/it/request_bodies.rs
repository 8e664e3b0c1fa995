//! Request bodies for live rules that the sandbox doesn't produce. These tests need no server.

use callrules::config::types::RepositorySettings;
use callrules::config::{self, ReferencedFiles};
use callrules::model::{AccountExtension, ExtensionDirectory, ExtensionId, NameIndex};
use callrules::reconcile::{self, FetchRequest, LiveUser, UserPlan};
use serde_json::{Value, json};

use crate::support::forwarding;

fn directory() -> ExtensionDirectory {
    let user = |id: &str, number: &str| AccountExtension {
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
    ExtensionDirectory::new(vec![user("1001", "101"), user("1900", "900")])
}

/// Returns the plan for user 101, whose file has this text after its first line, or the first
/// error.
fn plan(text: &str, rules: Vec<Value>, state_rules: Vec<Value>) -> Result<UserPlan, String> {
    let file = config::read_user(&format!("extension: \"101\"\n{text}"))
        .map_err(|error| format!("{error:?}"))?;
    let settings = RepositorySettings::with_prune_none();
    let (shared, name_index) = (ReferencedFiles::default(), NameIndex::default());
    let desired = config::resolve(&file, &settings, &shared, &directory(), &name_index)
        .map_err(|error| format!("{error:?}"))?;
    let live_rules = rules.into_iter().enumerate().map(|(index, mut rule)| {
        rule["id"] = json!(index.to_string());
        rule.try_into().unwrap()
    });
    let live_state_rules = state_rules.into_iter().map(|rule| rule.try_into().unwrap());
    let live = LiveUser::new(
        &FetchRequest::from(&desired),
        live_rules.collect(),
        live_state_rules.collect(),
    );
    let (plan, problems) = reconcile::diff_user(&desired, &live, &directory(), None);
    match problems.first() {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(plan),
    }
}

/// Returns the body of the only request.
fn body(plan: &UserPlan) -> &Value {
    assert_eq!(plan.changes.len(), 1, "{plan:#?}");
    plan.changes[0].request.body.as_ref().unwrap()
}

/// Returns the actions of this type.
fn actions_of_type<'a>(body: &'a Value, action_type: &str) -> Vec<&'a Value> {
    let actions = body["dispatching"]["actions"].as_array().unwrap().iter();
    actions
        .filter(|action| action["type"] == action_type)
        .collect()
}

fn vip_rule() -> Value {
    forwarding("VIP", "+16501111111", "+14082324343")
}

fn actions_mut(rule: &mut Value) -> &mut Vec<Value> {
    rule["dispatching"]["actions"].as_array_mut().unwrap()
}

fn ring_group(target: Value, enabled: bool) -> Value {
    json!({ "type": "RingGroupAction", "enabled": enabled, "duration": 20, "targets": [target] })
}

/// A rule that rings the same groups as [`vip_rule`].
const SAME_GROUPS: &str = "interactionRules:\n  VIP:\n    dispatching:\n      ring: [{ targets: [mobileApps], seconds: 40 }, { targets: [desktopApps], seconds: 50 }]\n";

#[test]
fn disabled_groups_that_ringcentral_adds_are_not_a_change() {
    let mut live = vip_rule();
    let disabled_group = ring_group(
        json!({ "type": "DeviceRingTarget", "device": { "id": "1" } }),
        false,
    );
    actions_mut(&mut live).insert(2, disabled_group);
    let unchanged = plan(SAME_GROUPS, vec![live], vec![]).unwrap();
    assert!(unchanged.changes.is_empty());
}

#[test]
fn missing_app_groups_are_added_only_if_the_file_declares_a_ring() {
    let mut live = vip_rule();
    actions_mut(&mut live).retain(|action| action["type"] != "RingGroupAction");
    let same_file = "interactionRules:\n  VIP: { enabled: true }\n";
    let unchanged = plan(same_file, vec![live.clone()], vec![]).unwrap();
    assert!(unchanged.changes.is_empty());
    let disabling_file = "interactionRules:\n  VIP: { enabled: false }\n";
    let disabled = plan(disabling_file, vec![live.clone()], vec![]).unwrap();
    assert_eq!(body(&disabled)["dispatching"], live["dispatching"]);
    let forwarding_file = "interactionRules:\n  VIP:\n    dispatching: { terminate: { phoneNumber: \"+14082324344\" } }\n";
    let forwarded = plan(forwarding_file, vec![live.clone()], vec![]).unwrap();
    assert!(actions_of_type(body(&forwarded), "RingGroupAction").is_empty());
    let ringing_file = "interactionRules:\n  VIP:\n    dispatching: { ring: [{ targets: [mobileApps], seconds: 30 }] }\n";
    let ringing = plan(ringing_file, vec![live], vec![]).unwrap();
    let groups = actions_of_type(body(&ringing), "RingGroupAction");
    assert_eq!(groups.len(), 2);
    assert_eq!(
        (&groups[0]["enabled"], &groups[1]["enabled"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn rule_that_starts_to_ring_has_no_disabled_groups() {
    let mut live = vip_rule();
    for action in actions_mut(&mut live) {
        action["enabled"] = json!(false);
    }
    let file = "interactionRules:\n  VIP:\n    conditions: { callerIds: [\"+16501111111\"] }\n    dispatching: { type: RingAtOnce, noAnswer: voicemail }\n";
    let ringing = plan(file, vec![live], vec![]).unwrap();
    let groups = actions_of_type(body(&ringing), "RingGroupAction");
    assert!(
        groups.iter().all(|group| group["enabled"] == true),
        "{groups:#?}"
    );
}

#[test]
fn after_hours_is_sent_with_two_destinations_and_two_announcements() {
    let mut dispatching = vip_rule()["dispatching"].take();
    dispatching["actions"][2]
        .as_object_mut()
        .unwrap()
        .shift_remove("ringingTargetType");
    let live = json!({ "id": "after-hours", "dispatching": dispatching, "state": { "id": "after-hours" } });
    let file = "states:\n  after-hours:\n    dispatching: { terminate: { extension: \"900\" } }\n";
    let changed = plan(file, vec![], vec![live]).unwrap();
    let terminating = actions_of_type(body(&changed), "TerminatingAction")[0];
    assert_eq!(
        terminating["ringingTargetType"],
        "VoiceMailTerminatingTarget"
    );
    assert_eq!(
        terminating["terminatingTargetType"],
        "ExtensionTerminatingTarget"
    );
    let targets = terminating["targets"].as_array().unwrap().iter();
    let announcements = targets.filter(|t| t["type"] == "PlayAnnouncementTerminatingTarget");
    assert_eq!(announcements.count(), 2);
}

#[test]
fn state_rule_without_dispatching_is_not_overwritten() {
    let live = json!({ "id": "work-hours", "state": { "id": "work-hours" } });
    let file =
        "states:\n  work-hours:\n    dispatching: { type: RingAtOnce, noAnswer: voicemail }\n";
    insta::assert_snapshot!(plan(file, vec![], vec![live]).unwrap_err(), @"the account does not define how calls are handled in this state");
}

#[test]
fn live_rule_cannot_match_two_declared_rules() {
    for file in [
        "interactionRules:\n  A: { id: \"0\", enabled: false }\n  VIP: null\n",
        "interactionRules:\n  VIP: null\n  A: { id: \"0\", enabled: false }\n",
        "interactionRules:\n  A: { renamedFrom: VIP }\n  B: { renamedFrom: VIP }\n",
    ] {
        assert!(plan(file, vec![vip_rule()], vec![]).is_err(), "{file}");
    }
}

#[test]
fn declared_conditions_replace_live_ones_except_unknown_types() {
    let daily = |start: &str| json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Daily", "startTime": start, "endTime": "17:00:00" }] } });
    let mut live = vip_rule();
    live["conditions"] =
        json!([daily("08:00:00"), daily("09:00:00"), { "type": "Weather", "sky": "clear" }]);
    let file = "interactionRules:\n  VIP:\n    conditions: { schedule: { daily: 10:00-17:00 } }\n";
    let changed = plan(file, vec![live], vec![]).unwrap();
    let conditions = body(&changed)["conditions"].as_array().unwrap();
    let types: Vec<&Value> = conditions
        .iter()
        .map(|condition| &condition["type"])
        .collect();
    assert_eq!(types, ["Schedule", "Weather"]);
}

#[test]
fn unknown_actions_of_the_same_type_are_all_sent() {
    let file = "interactionRules:\n  VIP:\n    dispatching:\n      actions: [{ type: FutureAction, a: 1 }, { type: FutureAction, b: 2 }]\n";
    let changed = plan(file, vec![vip_rule()], vec![]).unwrap();
    assert_eq!(actions_of_type(body(&changed), "FutureAction").len(), 2);
}

#[test]
fn greeting_is_rejected_if_never_played_and_kept_if_not_declared() {
    let greeting_file =
        "interactionRules:\n  VIP:\n    dispatching: { greeting: { preset: \"66048\" } }\n";
    assert!(plan(greeting_file, vec![vip_rule()], vec![]).is_err());
    let mut live = vip_rule();
    let prompt = json!({ "type": "PlayWelcomePromptAction", "enabled": true, "greeting": { "effectiveGreetingType": "Preset", "preset": { "id": "66048" } } });
    actions_mut(&mut live).insert(0, prompt);
    let same_file = "interactionRules:\n  VIP:\n    dispatching: { terminate: { phoneNumber: \"+14082324343\" } }\n";
    let unchanged = plan(same_file, vec![live], vec![]).unwrap();
    assert!(unchanged.changes.is_empty());
}

#[test]
fn rule_cannot_have_two_different_voicemails() {
    let file = |no_answer: &str| {
        format!(
            "interactionRules:\n  VIP:\n    dispatching:\n      noAnswer: {no_answer}\n      terminate: voicemail\n"
        )
    };
    assert!(plan(&file("voicemail"), vec![vip_rule()], vec![]).is_ok());
    let two_voicemails = file("{ voicemail: { extension: \"900\" } }");
    assert!(plan(&two_voicemails, vec![vip_rule()], vec![]).is_err());
}

#[test]
fn raw_target_gets_the_dispatching_type_of_its_key() {
    let file = |target: &str| {
        format!("interactionRules:\n  VIP:\n    dispatching:\n      terminate: {target}\n")
    };
    let raw = "{ type: ExtensionTerminatingTarget, extension: { id: \"1900\" }, dispatchingType: Ringing }";
    let changed = plan(&file(raw), vec![vip_rule()], vec![]).unwrap();
    let terminating = actions_of_type(body(&changed), "TerminatingAction")[0];
    let targets = terminating["targets"].as_array().unwrap();
    assert_eq!(targets.last().unwrap()["dispatchingType"], "Terminating");
    let without_extension = file("{ type: ExtensionTerminatingTarget }");
    assert!(plan(&without_extension, vec![vip_rule()], vec![]).is_err());
}

#[test]
fn forwarding_schedule_may_have_only_an_end() {
    let file = "states:\n  forward-all-calls:\n    enabled: true\n    schedule: { ranges: [{ end: 2026-12-24T17:00 }] }\n";
    let live = json!({
        "id": "forward-all-calls",
        "dispatching": vip_rule()["dispatching"],
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
fn all_day_equals_a_week_of_full_days() {
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
        "id": "work-hours", "dispatching": vip_rule()["dispatching"],
        "state": { "id": "work-hours", "enabled": true, "conditions": [{ "type": "Schedule", "schedule": {
            "triggers": [{ "triggerType": "Weekly", "ranges": week }] } }] },
    });
    let file = "states:\n  work-hours: { schedule: { daily: all-day } }\n";
    let unchanged = plan(file, vec![], vec![live]).unwrap();
    assert!(unchanged.changes.is_empty());
}

#[test]
fn email_shared_with_a_queue_identifies_the_user() {
    let file = config::read_user("email: same@acme.example\n").unwrap();
    assert_eq!(
        config::resolve_owner(&file, &directory()),
        Some(ExtensionId("1001".to_owned()))
    );
}
