//! Edits by hand after an import: the next plan shows each one, and an apply reverts it.

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
fn start_account() -> TestEnv {
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
fn edit(body: &mut Value, pointer: &str, value: Value) {
    match pointer.strip_suffix("/-") {
        Some(list) => {
            let list = body.pointer_mut(list).unwrap().as_array_mut().unwrap();
            list.push(value);
        }
        None => *body.pointer_mut(pointer).unwrap() = value,
    }
}

/// An edit of the user's raw data.
type Edit = Box<dyn Fn(&mut Value)>;

/// Returns all edits by hand, each with a description.
fn list_edits() -> Vec<(String, Edit)> {
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
fn write_user(env: &TestEnv, user: &Value) {
    env.sandbox().edit(|account| {
        let extension = account.extension_mut("101").unwrap();
        let part = |key: &str| user[key].as_object().unwrap();
        let rules = user["interactionRules"].as_array().unwrap();
        extension.interaction_rules.clone_from(rules);
        extension.state_rules.clone_from(part("stateRules"));
        extension.states.clone_from(part("states"));
    });
}

#[test]
fn every_edit_by_hand_is_shown_and_reverted() {
    let env = start_account();
    assert_eq!(env.run(&["import", "--user", "101"]).code, 0);
    env.apply();
    let before = env.user("101");
    let stored = read_user(&env);
    let mut unseen = Vec::new();
    for (name, edit) in list_edits() {
        let mut edited = before.clone();
        edit(&mut edited);
        write_user(&env, &edited);
        if env.run(&["plan", "--detailed-exitcode"]).code != 2 {
            unseen.push(format!("{name}: not shown"));
        }
        let apply = env.run(&["apply", "--auto-approve", "--max-deletes", "9"]);
        assert_eq!(apply.code, 0, "{name}\n{}{}", apply.out, apply.err);
        // A rule that was renamed by hand is deleted and created, without its parts that are not in
        // force.
        let is_recreated = name.ends_with("displayName");
        if !is_recreated && read_user(&env) != stored {
            unseen.push(format!(
                "{name}: not restored\n{}",
                describe_difference(&stored, &read_user(&env))
            ));
        }
        write_user(&env, &before);
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
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
    edit(
        &mut user,
        "/states/forward-all-calls/conditions/0/schedule/triggers/0/ranges/0/startDateTime",
        json!("2027-01-01T00:00:00"),
    );
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
