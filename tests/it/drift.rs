//! Edits by hand after an import: the next plan shows each one, and an apply reverts it.

use callrules::model::{
    CallDestination, CallDispatching, CallSchedule, CallScreening, CallerId, GreetingSetting,
    GreetingSource, RingGroup, RingTarget, RuleConditions, RuleDefinition, StateRule,
    StateSchedule, StateSettings,
};
use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

fn greeting(id: &str) -> Value {
    json!({ "effectiveGreetingType": "Preset", "preset": { "id": id } })
}

fn group(target: &Value, seconds: u32) -> Value {
    json!({ "type": "RingGroupAction", "enabled": true, "duration": seconds, "targets": [target] })
}

/// Returns the dispatching of a rule that rings, with all actions that callers can notice.
fn ringing() -> Value {
    let number = json!({
        "type": "PhoneNumberRingTarget", "name": "Cell",
        "destination": { "phoneNumber": "+13121234567" },
    });
    json!({ "type": "RingInOrder", "actions": [
        { "type": "PlayWelcomePromptAction", "enabled": false, "greeting": greeting("66048") },
        { "type": "PlayConnectingMessageAction", "enabled": false, "greeting": greeting("68867") },
        { "type": "PlayConnectingPromptAction", "enabled": false, "greeting": greeting("66310") },
        { "type": "ScreeningAction", "enabled": false, "screening": "NoCallerId", "screeningResult": "AskToAnswer" },
        group(&json!({ "type": "AllDesktopRingTarget" }), 20),
        group(&json!({ "type": "AllMobileRingTarget" }), 25),
        group(&number, 30),
        { "type": "TerminatingAction",
          "ringingTargetType": "VoiceMailTerminatingTarget",
          "terminatingTargetType": "VoiceMailTerminatingTarget",
          "targets": [
            { "type": "VoiceMailTerminatingTarget", "prompt": { "greeting": greeting("590080") } },
            { "type": "PlayAnnouncementTerminatingTarget", "prompt": { "greeting": greeting("66816") }, "dispatchingType": "Ringing" },
          ] },
    ] })
}

/// Returns a rule that rings, one that forwards, and one whose groups start at their own offsets.
fn rules() -> Value {
    let mut forward = crate::support::forwarding("Forwarder", "+16503333333", "+14082324343");
    forward["conditions"].as_array_mut().unwrap().push(json!({
        "type": "Schedule", "schedule": {
            "startDateTime": "2026-12-01T00:00:00", "endDateTime": "2027-02-01T08:00:00",
            "triggers": [{ "triggerType": "Weekly", "ranges": {
                "monday": [{ "startTime": "08:00:00", "endTime": "16:00:00" }] } }],
        },
    }));
    let conditions = json!([{ "type": "Interaction", "to": [], "from": [
        { "phoneNumber": "+16501111111", "name": "Ann" },
        { "phoneNumber": "+16502222222", "name": "Bob" },
    ] }]);
    let mut ring = ringing();
    ring["callTypes"] = json!({ "queueCallsIncluded": false });
    let mut offsets = ring.clone();
    offsets["type"] = json!("Custom");
    let actions = offsets["actions"].as_array_mut().unwrap().iter_mut();
    let groups = actions.filter(|action| action["type"] == "RingGroupAction");
    for (index, group) in groups.enumerate() {
        group["customStartOffset"] = json!(index * 10);
    }
    json!([
        {
            "displayName": "Ringer", "enabled": true,
            "conditions": conditions, "dispatching": ring,
        },
        forward,
        {
            "displayName": "Offsets", "enabled": true,
            "conditions": [{ "type": "Interaction", "from": [], "to": ["+16505550101"] }],
            "dispatching": offsets,
        },
    ])
}

/// Returns an account whose user has rules and work hours of all kinds.
pub(crate) fn start_account() -> TestEnv {
    let mut seed = single_user_seed(rules());
    let user = &mut seed["extensions"][0];
    let mut work_hours = ringing();
    let action = terminating(&mut work_hours).as_object_mut().unwrap();
    action.remove("terminatingTargetType");
    user["stateRules"] = json!({ "work-hours": { "dispatching": work_hours } });
    user["states"]["work-hours"] = json!({ "conditions": [{ "type": "Schedule", "schedule": {
        "triggers": [{ "triggerType": "Weekly", "ranges": {
            "monday": [{ "startTime": "08:00:00", "endTime": "16:00:00" }] } }] } }] });
    // The edits by hand are not validated, only what callrules sends.
    TestEnv::beyond_the_specification(seed)
}

/// Returns the action of this type, and adds one if there is none.
fn action<'a>(dispatching: &'a mut Value, kind: &str) -> &'a mut Value {
    let actions = dispatching["actions"].as_array_mut().unwrap();
    let found = actions.iter().position(|action| action["type"] == kind);
    let index = found.unwrap_or_else(|| {
        actions.insert(0, json!({ "type": kind }));
        0
    });
    &mut actions[index]
}

/// Returns the terminating action.
fn terminating(dispatching: &mut Value) -> &mut Value {
    action(dispatching, "TerminatingAction")
}

/// Returns the ring group that lists a target of this type.
fn group_of<'a>(dispatching: &'a mut Value, target: &str) -> &'a mut Value {
    let actions = dispatching["actions"].as_array_mut().unwrap();
    let lists = |action: &&mut Value| {
        let targets = action["targets"].as_array();
        action["type"] == "RingGroupAction"
            && targets.is_some_and(|targets| targets.iter().any(|one| one["type"] == target))
    };
    actions.iter_mut().find(lists).unwrap()
}

/// Returns the rule with this name.
fn rule<'a>(user: &'a mut Value, name: &str) -> &'a mut Value {
    let rules = user["interactionRules"].as_array_mut().unwrap();
    rules
        .iter_mut()
        .find(|rule| rule["displayName"] == name)
        .unwrap()
}

/// Returns the parts of a condition of this type.
fn condition<'a>(rule: &'a mut Value, kind: &str) -> &'a mut Value {
    let conditions = rule["conditions"].as_array_mut().unwrap();
    conditions
        .iter_mut()
        .find(|condition| condition["type"] == kind)
        .unwrap()
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

/// Makes this the destination for unanswered calls (`Ringing`) or for all calls (`Terminating`).
fn end_at(dispatching: &mut Value, mode: &str, mut target: Value) {
    let kind = target["type"].clone();
    let action = terminating(dispatching);
    let targets = action["targets"].as_array_mut().unwrap();
    targets.retain(|other| other["type"] != kind || other["dispatchingType"] != mode);
    if kind != "VoiceMailTerminatingTarget" {
        target["dispatchingType"] = json!(mode);
    }
    targets.retain(|other| kind != "VoiceMailTerminatingTarget" || other["type"] != kind);
    targets.push(target);
    let key = if mode == "Ringing" {
        "ringingTargetType"
    } else {
        "terminatingTargetType"
    };
    action[key] = kind;
}

/// Lists the fields of a type of the model. The build fails until a new field is listed, and
/// [`every_field_is_edited`] until an edit of it is listed too.
macro_rules! fields {
    ($type:ident { $($field:ident),+ $(,)? }) => {{
        let _ = |value: &$type| {
            let $type { $($field: _),+ } = value;
        };
        vec![$(concat!(stringify!($type), ".", stringify!($field))),+]
    }};
}

/// Lists the variants of a type of the model, like [`fields`].
macro_rules! variants {
    ($type:ident { $($variant:ident $body:tt),+ $(,)? }) => {{
        let _ = |value: &$type| match value {
            $($type::$variant $body => ()),+
        };
        vec![$(concat!(stringify!($type), "::", stringify!($variant))),+]
    }};
}

/// Returns every field and variant of rules and states.
fn list_fields() -> Vec<&'static str> {
    [
        fields!(RuleDefinition {
            name,
            enabled,
            conditions,
            queue_calls_included,
            dispatching,
        }),
        fields!(RuleConditions {
            caller_ids,
            called_numbers,
            schedule,
            state,
            other,
        }),
        fields!(CallerId { number, name }),
        fields!(CallSchedule {
            start,
            end,
            week,
            ranges,
            other,
        }),
        fields!(StateSettings { enabled, schedule }),
        variants!(StateSchedule {
            Own(..),
            Inherited(..),
        }),
        fields!(StateRule {
            id,
            state,
            dispatching,
        }),
        fields!(CallDispatching {
            dispatch_type,
            greeting,
            connecting_message,
            connecting_audio,
            screening,
            ring,
            ring_always,
            only_own_targets_ring,
            no_answer,
            terminate,
            other,
        }),
        variants!(GreetingSetting { Off {}, On(..) }),
        variants!(GreetingSource {
            Preset(..),
            Custom(..),
        }),
        variants!(CallScreening { Off {}, On { .. } }),
        fields!(RingGroup {
            enabled,
            seconds,
            start_offset,
            targets,
        }),
        variants!(RingTarget {
            Apps { .. },
            Coworker(..),
            PhoneNumber { .. },
            Device { .. },
            DeskPhones {},
            Hotdesk {},
            ImsPhoneNumber(..),
            FmcPhoneNumber(..),
            Integration(..),
            CloudConnector(..),
            Other(..),
        }),
        variants!(CallDestination {
            Voicemail { .. },
            Announcement { .. },
            Extension(..),
            PhoneNumber { .. },
            CloudConnector(..),
            Other(..),
        }),
    ]
    .concat()
}

/// The fields that no edit by hand can change, or that stay the user's own, with the reason.
const NOT_EDITED: [(&str, &str); 6] = [
    (
        "StateSettings.enabled",
        "switches stay the user's own unless they are declared",
    ),
    ("StateRule.id", "RingCentral creates and removes states"),
    (
        "CallDispatching.only_own_targets_ring",
        "exists only in declarations",
    ),
    (
        "RuleConditions.other",
        "conditions that callrules does not know stay as they are",
    ),
    (
        "CallDispatching.other",
        "actions that callrules does not know stay as they are",
    ),
    ("RingTarget::DeskPhones", "exists only in declarations"),
];

/// An edit by hand of the user's raw data.
pub(crate) struct HandEdit {
    pub(crate) name: String,
    /// The fields and variants of the model that it changes.
    fields: Vec<&'static str>,
    pub(crate) edit: Box<dyn Fn(&mut Value)>,
}

/// Returns a part of the user's raw data.
type PartOfUser = fn(&mut Value) -> &mut Value;

/// An edit of a part of the user's raw data.
type PartEdit = fn(&mut Value);

/// Returns the edits of what callers notice in a dispatching like [`ringing`].
fn ringing_edits() -> Vec<(&'static str, PartEdit)> {
    vec![
        ("CallDispatching.dispatch_type", |d| {
            d["type"] = json!("RingAtOnce");
        }),
        (
            "CallDispatching.greeting GreetingSetting::On GreetingSource::Preset",
            |d| {
                let prompt = action(d, "PlayWelcomePromptAction");
                prompt["enabled"] = json!(true);
                prompt["greeting"] = greeting("66048");
            },
        ),
        ("CallDispatching.greeting GreetingSource::Custom", |d| {
            let prompt = action(d, "PlayWelcomePromptAction");
            prompt["enabled"] = json!(true);
            prompt["greeting"] = greeting("66048");
            prompt["greeting"]["effectiveGreetingType"] = json!("Custom");
            prompt["greeting"]["custom"] = json!({ "id": "5550001" });
        }),
        ("CallDispatching.connecting_message", |d| {
            let prompt = action(d, "PlayConnectingMessageAction");
            prompt["enabled"] = json!(true);
            prompt["greeting"] = greeting("68867");
        }),
        ("CallDispatching.connecting_audio", |d| {
            let prompt = action(d, "PlayConnectingPromptAction");
            prompt["enabled"] = json!(true);
            prompt["greeting"] = greeting("66310");
        }),
        ("CallDispatching.screening CallScreening::On", |d| {
            let screening = action(d, "ScreeningAction");
            screening["enabled"] = json!(true);
            screening["screening"] = json!("NoCallerId");
            screening["screeningResult"] = json!("AskToAnswer");
        }),
        ("RingGroup.enabled", |d| {
            group_of(d, "AllDesktopRingTarget")["enabled"] = json!(false);
        }),
        ("RingGroup.enabled", |d| {
            group_of(d, "PhoneNumberRingTarget")["enabled"] = json!(false);
        }),
        ("RingGroup.seconds", |d| {
            group_of(d, "AllMobileRingTarget")["duration"] = json!(55);
        }),
        ("RingTarget::PhoneNumber", |d| {
            let group = group_of(d, "PhoneNumberRingTarget");
            group["targets"][0]["destination"]["phoneNumber"] = json!("+13129999999");
        }),
        ("CallDispatching.ring", |d| {
            let mallory = json!({ "type": "PhoneNumberRingTarget", "name": "Mallory",
                                  "destination": { "phoneNumber": "+16505550177" } });
            push(&mut d["actions"], group(&mallory, 20));
        }),
        ("CallDispatching.ring_always RingTarget::Apps", |d| {
            let actions = d["actions"].as_array_mut().unwrap();
            actions.retain(|action| action["targets"][0]["type"] != "AllMobileRingTarget");
            actions.insert(
                0,
                json!({ "type": "RingAlwaysGroupAction", "enabled": true,
                                      "targets": [{ "type": "AllMobileRingTarget" }] }),
            );
        }),
        (
            "CallDispatching.no_answer CallDestination::Announcement",
            |d| {
                let target = json!({ "type": "PlayAnnouncementTerminatingTarget",
                                 "prompt": { "greeting": greeting("66816") } });
                end_at(d, "Ringing", target);
            },
        ),
        ("CallDestination::Extension", |d| {
            let target =
                json!({ "type": "ExtensionTerminatingTarget", "extension": { "id": "1002" } });
            end_at(d, "Ringing", target);
        }),
        ("CallDestination::PhoneNumber", |d| {
            let target = json!({ "type": "PhoneNumberTerminatingTarget",
                                 "destination": { "phoneNumber": "+16505550177" } });
            end_at(d, "Ringing", target);
        }),
        ("CallDestination::CloudConnector", |d| {
            let target = json!({ "type": "CloudConnectorTerminatingTarget", "name": "Bot",
                                 "destination": { "integrationId": "i-1", "extensionNumber": "5" } });
            end_at(d, "Ringing", target);
        }),
        ("CallDestination::Other", |d| {
            end_at(
                d,
                "Ringing",
                json!({ "type": "ImsVoiceMailTerminatingTarget" }),
            );
        }),
    ]
}

/// Returns the targets that are added to a ring group by hand.
fn added_targets() -> [(&'static str, Value); 9] {
    [
        (
            "RingTarget::Apps",
            json!({ "type": "AllMobileRingTarget", "extension": { "id": "1002" } }),
        ),
        (
            "RingTarget::Coworker",
            json!({ "type": "CoworkerRingTarget", "extension": { "id": "1002" } }),
        ),
        (
            "RingTarget::Device",
            json!({ "type": "DeviceRingTarget", "device": { "id": "7009" }, "extension": { "id": "1002" } }),
        ),
        (
            "RingTarget::Hotdesk",
            json!({ "type": "HotdeskRingTarget" }),
        ),
        (
            "RingTarget::ImsPhoneNumber",
            json!({ "type": "ImsPhoneNumberRingTarget", "destination": { "phoneNumber": "+16505550177" } }),
        ),
        (
            "RingTarget::FmcPhoneNumber",
            json!({ "type": "FmcPhoneNumberRingTarget", "destination": { "phoneNumber": "+16505550177" } }),
        ),
        (
            "RingTarget::Integration",
            json!({ "type": "IntegrationRingTarget", "integration": { "type": "FmcLite" } }),
        ),
        (
            "RingTarget::CloudConnector",
            json!({ "type": "CloudConnectorRingTarget", "name": "Bot",
                    "destination": { "integrationId": "i-1", "extensionNumber": "5" } }),
        ),
        ("RingTarget::Other", json!({ "type": "FutureRingTarget" })),
    ]
}

/// Returns the edits of the rest of a user.
fn user_edits() -> Vec<(&'static str, PartEdit)> {
    vec![
        ("RuleDefinition.enabled", |u| {
            rule(u, "Ringer")["enabled"] = json!(false);
        }),
        ("RuleDefinition.name", |u| {
            rule(u, "Ringer")["displayName"] = json!("Renamed");
        }),
        ("RuleDefinition.queue_calls_included", |u| {
            rule(u, "Ringer")["dispatching"]["callTypes"] = json!({ "queueCallsIncluded": true });
        }),
        ("RuleDefinition.conditions CallerId.number", |u| {
            condition(rule(u, "Ringer"), "Interaction")["from"][0]["phoneNumber"] =
                json!("+16507777777");
        }),
        ("CallerId.name", |u| {
            condition(rule(u, "Ringer"), "Interaction")["from"][1]["name"] = json!("Robert");
        }),
        ("RuleConditions.caller_ids", |u| {
            let eve = json!({ "phoneNumber": "+16508888888", "name": "Eve" });
            push(
                &mut condition(rule(u, "Ringer"), "Interaction")["from"],
                eve,
            );
        }),
        ("RuleConditions.called_numbers", |u| {
            push(
                &mut condition(rule(u, "Ringer"), "Interaction")["to"],
                json!("+16505550101"),
            );
        }),
        ("RuleConditions.schedule", |u| {
            let schedule = condition(rule(u, "Forwarder"), "Schedule").clone();
            push(&mut rule(u, "Ringer")["conditions"], schedule);
        }),
        ("RuleConditions.schedule", |u| {
            let conditions = rule(u, "Forwarder")["conditions"].as_array_mut().unwrap();
            conditions.retain(|condition| condition["type"] != "Schedule");
        }),
        ("RuleConditions.state", |u| {
            let state = json!({ "type": "State", "state": { "id": "work-hours" } });
            push(&mut rule(u, "Ringer")["conditions"], state);
        }),
        ("CallSchedule.start", |u| {
            condition(rule(u, "Forwarder"), "Schedule")["schedule"]["startDateTime"] =
                json!("2026-12-24T00:00:00");
        }),
        ("CallSchedule.end", |u| {
            condition(rule(u, "Forwarder"), "Schedule")["schedule"]["endDateTime"] =
                json!("2027-03-01T08:00:00");
        }),
        ("CallSchedule.week", |u| {
            condition(rule(u, "Forwarder"), "Schedule")["schedule"]["triggers"][0]["ranges"]["monday"]
                [0]["endTime"] = json!("17:00:00");
        }),
        ("CallSchedule.ranges", |u| {
            let dates = json!({ "triggerType": "Range", "ranges": [
                { "startDateTime": "2026-12-25T00:00:00", "endDateTime": "2026-12-25T23:59:59" }] });
            push(
                &mut condition(rule(u, "Forwarder"), "Schedule")["schedule"]["triggers"],
                dates,
            );
        }),
        ("CallSchedule.other", |u| {
            let monthly = json!({ "triggerType": "Monthly" });
            push(
                &mut condition(rule(u, "Forwarder"), "Schedule")["schedule"]["triggers"],
                monthly,
            );
        }),
        (
            "CallDispatching.terminate CallDestination::PhoneNumber",
            |u| {
                let target = json!({ "type": "PhoneNumberTerminatingTarget",
                                 "destination": { "phoneNumber": "+16505550177" } });
                end_at(
                    &mut rule(u, "Forwarder")["dispatching"],
                    "Terminating",
                    target,
                );
            },
        ),
        (
            "CallDispatching.terminate CallDestination::Voicemail",
            |u| {
                let action = terminating(&mut rule(u, "Forwarder")["dispatching"]);
                action["terminatingTargetType"] = json!("VoiceMailTerminatingTarget");
            },
        ),
        ("RingGroup.start_offset", |u| {
            group_of(
                &mut rule(u, "Offsets")["dispatching"],
                "AllMobileRingTarget",
            )["customStartOffset"] = json!(15);
        }),
        ("RuleDefinition added", |u| {
            let mut added = rule(u, "Ringer").clone();
            added["id"] = json!("777");
            added["displayName"] = json!("By hand");
            push(&mut u["interactionRules"], added);
        }),
        ("RuleDefinition.dispatching deleted", |u| {
            let rules = u["interactionRules"].as_array_mut().unwrap();
            rules.retain(|rule| rule["displayName"] != "Forwarder");
        }),
        (
            "StateRule.state StateSettings.schedule StateSchedule::Own",
            |u| {
                let schedule = &mut u["states"]["work-hours"]["conditions"][0]["schedule"];
                schedule["triggers"][0]["ranges"]["monday"][0]["endTime"] = json!("12:00:00");
            },
        ),
        ("StateSchedule::Inherited", |u| {
            let own = u["states"]["work-hours"]["conditions"].clone();
            u["states"]["agent"]["conditions"] = own;
        }),
    ]
}

/// Returns all edits by hand.
pub(crate) fn list_edits() -> Vec<HandEdit> {
    let mut edits = Vec::new();
    let mut add = |place: &str, fields: &'static str, edit: Box<dyn Fn(&mut Value)>| {
        edits.push(HandEdit {
            name: format!("{place}: {fields}"),
            fields: fields.split(' ').collect(),
            edit,
        });
    };
    let places: [(&str, PartOfUser); 2] = [
        ("rule", |user| &mut rule(user, "Ringer")["dispatching"]),
        (
            "work hours",
            |user| &mut user["stateRules"]["work-hours"]["dispatching"],
        ),
    ];
    for (place, part) in places {
        for (fields, edit) in ringing_edits() {
            add(place, fields, Box::new(move |user| edit(part(user))));
        }
        for (fields, target) in added_targets() {
            let edit = move |user: &mut Value| {
                let group = group_of(part(user), "PhoneNumberRingTarget");
                push(&mut group["targets"], target.clone());
            };
            add(place, fields, Box::new(edit));
        }
    }
    for (fields, edit) in user_edits() {
        add("user", fields, Box::new(edit));
    }
    edits
}

#[test]
fn every_field_is_edited() {
    let edits = list_edits();
    let edited = |field: &&str| edits.iter().any(|edit| edit.fields.contains(field));
    let is_exempt = |field: &&str| NOT_EDITED.iter().any(|(exempt, _)| exempt == field);
    // These are the unedited state, or hold fields that are edited.
    let is_implied = |field: &&str| {
        field.ends_with("::Off")
            || *field == "StateRule.dispatching"
            || *field == "RingGroup.targets"
    };
    let missing: Vec<&str> = list_fields()
        .into_iter()
        .filter(|field| !edited(field) && !is_exempt(field) && !is_implied(field))
        .collect();
    assert!(missing.is_empty(), "no edit by hand of {missing:?}");
}

/// Returns the user's rules and states as stored, without ids, which a create cannot restore, and
/// without what the service adds to a write.
fn read_user(env: &TestEnv) -> Value {
    let user = env.user("101");
    let mut rules = user["interactionRules"].clone();
    for rule in rules.as_array_mut().unwrap() {
        rule.as_object_mut().unwrap().remove("id");
    }
    let list = rules.as_array_mut().unwrap();
    list.sort_by_key(|rule| rule["displayName"].to_string());
    let mut stored = json!([rules, user["stateRules"], user["states"]]);
    remove_additions(&mut stored);
    stored.sort_all_objects();
    stored
}

/// Removes the parts that the service adds to a write: names of its own targets, offsets of zero,
/// and calls of queues that are not included. Destinations have no order.
pub(crate) fn remove_additions(value: &mut Value) {
    if let Value::Object(map) = value {
        let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
        if matches!(
            kind,
            "AllDesktopRingTarget" | "AllMobileRingTarget" | "VoiceMailTerminatingTarget"
        ) {
            map.remove("name");
        } else if kind == "TerminatingAction" {
            let targets = map["targets"].as_array_mut().unwrap();
            targets.sort_by_key(|target| target["type"].to_string());
        }
        map.retain(|key, value| {
            !(key == "customStartOffset" && *value == 0
                || key == "callTypes" && value["queueCallsIncluded"] == false)
        });
        map.values_mut().for_each(remove_additions);
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(remove_additions);
    }
}

/// Writes an edited user to the sandbox.
pub(crate) fn write_user(env: &TestEnv, user: &Value) {
    env.sandbox().edit(|account| {
        let extension = account.extension_mut("101").unwrap();
        let part = |key: &str| user[key].as_object().unwrap();
        let rules = user["interactionRules"].as_array().unwrap();
        extension.interaction_rules.clone_from(rules);
        extension.state_rules.clone_from(part("stateRules"));
        extension.states.clone_from(part("states"));
    });
}

/// Returns whether an edit adds parts that an apply leaves, because they are not in force: targets,
/// actions that are switched off, and greetings of these.
fn leaves_remains(name: &str) -> bool {
    let adds = [
        "CallDestination::",
        "GreetingSource::Custom",
        "CallScreening::On",
    ];
    adds.iter().any(|added| name.contains(added))
}

/// Removes the parts of dispatchings that are not in force.
fn remove_parts_not_in_force(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let is_in_force = |target: &Value| {
                let mode = match target["dispatchingType"].as_str() {
                    Some("Terminating") => "terminatingTargetType",
                    _ => "ringingTargetType",
                };
                target["type"] == "VoiceMailTerminatingTarget"
                    || map.get(mode) == Some(&target["type"])
            };
            if map.get("type") == Some(&json!("TerminatingAction")) {
                let targets = map["targets"].as_array().unwrap().iter();
                let kept: Vec<Value> = targets.filter(|one| is_in_force(one)).cloned().collect();
                map["targets"] = json!(kept);
            }
            map.values_mut().for_each(remove_parts_not_in_force);
        }
        Value::Array(items) => {
            items.retain(|item| {
                let kind = item["type"].as_str().unwrap_or_default();
                let is_prompt = kind.starts_with("Play") && kind.ends_with("Action");
                !((is_prompt || kind == "ScreeningAction") && item["enabled"] == false)
            });
            items.iter_mut().for_each(remove_parts_not_in_force);
        }
        _ => {}
    }
}

/// Makes each edit, and asserts that the next plan shows it and that an apply restores the account.
fn assert_edits_are_shown_and_reverted(env: &TestEnv) {
    let before = env.user("101");
    let stored = read_user(env);
    let mut unseen = Vec::new();
    for HandEdit { name, edit, .. } in list_edits() {
        let mut edited = before.clone();
        edit(&mut edited);
        assert_ne!(edited, before, "{name} edits nothing");
        write_user(env, &edited);
        let apply = env.run(&["apply", "--auto-approve", "--max-deletes", "9"]);
        assert_eq!(apply.code, 0, "{name}\n{}{}", apply.out, apply.err);
        // An apply shows its plan.
        if apply.out.contains("No changes") {
            unseen.push(format!("{name}: not shown"));
        }
        // A rule that was renamed or deleted by hand is created, without its parts that are not in
        // force.
        let is_recreated = name.ends_with(".name") || name.ends_with("deleted");
        let mut restored = read_user(env);
        let mut expected = stored.clone();
        if leaves_remains(&name) {
            remove_parts_not_in_force(&mut restored);
            remove_parts_not_in_force(&mut expected);
        }
        if !is_recreated && restored != expected {
            unseen.push(format!(
                "{name}: not restored\n{}",
                describe_difference(&expected, &restored)
            ));
        }
        write_user(env, &before);
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

#[test]
fn every_edit_by_hand_after_an_import_is_shown_and_reverted() {
    let env = start_account();
    assert_eq!(env.run(&["import", "--user", "101"]).code, 0);
    env.apply();
    assert_edits_are_shown_and_reverted(&env);
}

#[test]
fn every_edit_by_hand_after_an_apply_is_shown_and_reverted() {
    let env = start_account();
    assert_eq!(env.run(&["import", "--user", "101"]).code, 0);
    // The files create the rules again and write the states.
    let mut user = env.user("101");
    user["interactionRules"] = json!([]);
    user["stateRules"]["work-hours"]["dispatching"]["type"] = json!("RingAtOnce");
    let actions = user["stateRules"]["work-hours"]["dispatching"]["actions"].as_array_mut();
    actions
        .unwrap()
        .retain(|action| action["targets"][0]["type"] != "PhoneNumberRingTarget");
    write_user(&env, &user);
    env.apply();
    assert_edits_are_shown_and_reverted(&env);
}

/// Returns a line diff of two values.
fn describe_difference(before: &Value, after: &Value) -> String {
    let (before, after) = (format!("{before:#}"), format!("{after:#}"));
    let diff = similar::TextDiff::from_lines(&before, &after);
    diff.unified_diff().context_radius(1).to_string()
}

#[test]
fn start_that_the_service_fills_in_is_no_difference() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  forward-all-calls:\n    enabled: true\n    schedule: { ranges: [{ end: 2027-01-31 }] }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
    );
    let plan = env.run(&["plan"]);
    assert!(plan.out.contains("until 2027-01-31"), "{}", plan.out);
    assert!(!plan.out.contains('{'), "{}", plan.out);
    // The service fills in the present time.
    let run = |arguments: &[&str]| {
        let mut command = env.command();
        let command = command.env_remove("CALLRULES_NOW").args(arguments);
        command.output().unwrap().status.code()
    };
    assert_eq!(run(&["apply", "--auto-approve"]), Some(0));
    assert_eq!(run(&["plan", "--detailed-exitcode"]), Some(0));
    // A start in the future is a difference.
    let mut user = env.user("101");
    let schedule = &mut user["states"]["forward-all-calls"]["conditions"][0]["schedule"];
    schedule["triggers"][0]["ranges"][0]["startDateTime"] = json!("2027-01-01T00:00:00");
    write_user(&env, &user);
    assert_eq!(run(&["plan", "--detailed-exitcode"]), Some(2));
}

#[test]
fn rule_that_was_renamed_in_the_file_alone_is_reported() {
    let env = TestEnv::new(single_user_seed(json!([crate::support::forwarding(
        "Christmas 2025",
        "+16501110000",
        "+14082324343"
    )])));
    let file = |more: &str| {
        format!(
            "extension: \"101\"\ninteractionRules:\n  Christmas 2026:\n{more}    conditions: {{ callerIds: [\"+16501110000\"] }}\n    dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    env.write("users/alex.yaml", &file(""));
    let run = env.run(&["plan"]);
    insta::assert_snapshot!(crate::apply::problem_lines(&run.err), @"
    warning[W0011]: this rule is created, and `Christmas 2025`, which matches the same calls, is deleted
     --> users/alex.yaml:3:3
      |
    3 |   Christmas 2026:
      |   ^^^^^^^^^^^^^^
      |
      = help: to rename the rule, add `renamedFrom: Christmas 2025`; that keeps what the file does not mention, such as a recorded greeting

    1 warning in 1 of 2 files
    Run `callrules explain W0011` for details
    ");
    env.write(
        "users/alex.yaml",
        &file("    renamedFrom: Christmas 2025\n"),
    );
    let run = env.run(&["plan"]);
    assert!(!run.err.contains("W0011"), "{}", run.err);
}

#[test]
fn rule_without_ring_rings_only_own_targets() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  R:\n    conditions: { callerIds: [\"+16501110000\"] }\n    dispatching: { type: RingAtOnce }\n",
    );
    env.apply();
    let before = env.user("101");
    let mallory = json!({ "type": "PhoneNumberRingTarget", "name": "Mallory",
                          "destination": { "phoneNumber": "+16505550177" } });
    // A number that a user added by hand is removed. The user's own choice of phones stays.
    let mut user = before.clone();
    let dispatching = &mut rule(&mut user, "R")["dispatching"];
    push(&mut dispatching["actions"], group(&mallory, 20));
    group_of(dispatching, "DeviceRingTarget")["enabled"] = json!(true);
    write_user(&env, &user);
    let plan = env.run(&["plan"]);
    assert!(plan.out.contains("Mallory"), "{}", plan.out);
    env.apply();
    let mut user = env.user("101");
    let dispatching = &mut rule(&mut user, "R")["dispatching"];
    assert_eq!(group_of(dispatching, "DeviceRingTarget")["enabled"], true);
    assert!(!dispatching.to_string().contains("Mallory"));
    // If nothing else rings, the user's apps do: removing a number silences no user.
    for kind in [
        "DeviceRingTarget",
        "AllMobileRingTarget",
        "AllDesktopRingTarget",
    ] {
        group_of(dispatching, kind)["enabled"] = json!(false);
    }
    push(&mut dispatching["actions"], group(&mallory, 20));
    write_user(&env, &user);
    env.apply();
    let mut user = env.user("101");
    let dispatching = &mut rule(&mut user, "R")["dispatching"];
    assert_eq!(
        group_of(dispatching, "AllMobileRingTarget")["enabled"],
        true
    );
}
