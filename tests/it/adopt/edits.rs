//! Edits by hand that can be combined in any order, on an account with rules and work hours.

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

/// Returns a rule that rings and one that forwards.
fn rules() -> Value {
    let mut forward = crate::support::forwarding("Forwarder", "+16503333333", "+14082324343");
    forward["conditions"].as_array_mut().unwrap().push(json!({
        "type": "Schedule", "schedule": {
            "startDateTime": "2026-12-01T00:00:00", "endDateTime": "2027-02-01T08:00:00",
            "triggers": [{ "triggerType": "Weekly", "ranges": {
                "monday": [{ "startTime": "08:00:00", "endTime": "16:00:00" }] } }],
        },
    }));
    let mut ring = ringing();
    ring["callTypes"] = json!({ "queueCallsIncluded": false });
    json!([
        {
            "displayName": "Ringer", "enabled": true,
            "conditions": [{ "type": "Interaction", "to": [], "from": [
                { "phoneNumber": "+16501111111", "name": "Ann" },
                { "phoneNumber": "+16502222222", "name": "Bob" },
            ] }],
            "dispatching": ring,
        },
        forward,
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
    TestEnv::new(seed)
}

/// Returns the edits of what callers notice in a dispatching like [`ringing`].
fn dispatching_edits() -> Vec<(&'static str, Value)> {
    vec![
        ("/type", json!("RingAtOnce")),
        ("/actions/0/enabled", json!(true)),
        ("/actions/1/enabled", json!(true)),
        ("/actions/2/enabled", json!(true)),
        ("/actions/3/enabled", json!(true)),
        ("/actions/4/enabled", json!(false)),
        ("/actions/4/duration", json!(35)),
        ("/actions/5/enabled", json!(false)),
        ("/actions/6/enabled", json!(false)),
        ("/actions/6/duration", json!(5)),
        (
            "/actions/6/targets/0/destination/phoneNumber",
            json!("+13129999999"),
        ),
        (
            "/actions/6/targets/-",
            json!({ "type": "HotdeskRingTarget" }),
        ),
        (
            "/actions/-",
            group(
                &json!({ "type": "PhoneNumberRingTarget", "name": "Mallory",
                         "destination": { "phoneNumber": "+16505550177" } }),
                20,
            ),
        ),
    ]
}

/// Returns the position of the terminating action, which comes last.
fn terminating(dispatching: &mut Value) -> &mut Value {
    let actions = dispatching["actions"].as_array_mut().unwrap();
    let mut actions = actions.iter_mut();
    actions
        .find(|action| action["type"] == "TerminatingAction")
        .unwrap()
}

/// Writes a value at a JSON pointer; `-` appends to a list.
pub(crate) fn edit(body: &mut Value, pointer: &str, value: Value) {
    match pointer.strip_suffix("/-") {
        Some(list) => {
            let list = body.pointer_mut(list).unwrap().as_array_mut().unwrap();
            list.push(value);
        }
        None => *body.pointer_mut(pointer).unwrap() = value,
    }
}

/// An edit of the user's raw data.
pub(crate) type Edit = Box<dyn Fn(&mut Value)>;

/// Returns all edits by hand, each with a description.
pub(crate) fn list_edits() -> Vec<(String, Edit)> {
    let mut edits: Vec<(String, Edit)> = Vec::new();
    let mut add = |name: String, edit: Edit| edits.push((name, edit));
    for (place, path) in [
        ("rule", "/interactionRules/0/dispatching"),
        ("work hours", "/stateRules/work-hours/dispatching"),
    ] {
        for (pointer, value) in dispatching_edits() {
            let at = format!("{path}{pointer}");
            add(
                format!("{place}: {pointer}"),
                Box::new(move |user| edit(user, &at, value.clone())),
            );
        }
        add(
            format!("{place}: no answer"),
            Box::new(move |user| {
                let action = terminating(user.pointer_mut(path).unwrap());
                action["ringingTargetType"] = json!("PlayAnnouncementTerminatingTarget");
            }),
        );
    }
    for (pointer, value) in [
        ("/0/enabled", json!(false)),
        ("/0/displayName", json!("Ringer, renamed")),
        ("/0/dispatching/callTypes/queueCallsIncluded", json!(true)),
        ("/0/conditions/0/from/0/phoneNumber", json!("+16507777777")),
        ("/0/conditions/0/from/1/name", json!("Robert")),
        (
            "/0/conditions/0/from/-",
            json!({ "phoneNumber": "+16508888888", "name": "Eve" }),
        ),
        ("/0/conditions/0/to/-", json!("+16505550101")),
        (
            "/1/conditions/1/schedule/endDateTime",
            json!("2027-03-01T08:00:00"),
        ),
        (
            "/1/conditions/1/schedule/triggers/0/ranges/monday/0/endTime",
            json!("17:00:00"),
        ),
    ] {
        let at = format!("/interactionRules{pointer}");
        add(
            format!("rules: {pointer}"),
            Box::new(move |user| edit(user, &at, value.clone())),
        );
    }
    add(
        "rules: forwarding number".to_owned(),
        Box::new(|user| {
            let action = terminating(&mut user["interactionRules"][1]["dispatching"]);
            let targets = action["targets"].as_array_mut().unwrap().iter_mut();
            for target in targets.filter(|target| target.get("destination").is_some()) {
                target["destination"]["phoneNumber"] = json!("+16505550177");
            }
        }),
    );
    add(
        "rules: added".to_owned(),
        Box::new(|user| {
            let mut rule = user["interactionRules"][0].clone();
            rule["id"] = json!("777");
            rule["displayName"] = json!("By hand");
            user["interactionRules"].as_array_mut().unwrap().push(rule);
        }),
    );
    add(
        "rules: deleted".to_owned(),
        Box::new(|user| {
            user["interactionRules"].as_array_mut().unwrap().pop();
        }),
    );
    add(
        "work hours: schedule".to_owned(),
        Box::new(|user| {
            edit(
                user,
                "/states/work-hours/conditions/0/schedule/triggers/0/ranges/monday/0/endTime",
                json!("12:00:00"),
            );
        }),
    );
    edits
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
