//! The user's own apps and phones, which RingCentral requires in every list of ring groups.

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

/// Returns the seed of a user with two desk phones, whose work hours ring in this order.
fn seed_with_two_phones(groups: &Value) -> Value {
    let mut seed = single_user_seed(json!([]));
    seed["extensions"][0]["devices"] =
        json!([{ "id": "7001", "name": "Desk" }, { "id": "7002", "name": "Lab" }]);
    let mut actions = groups.as_array().unwrap().clone();
    actions.push(json!({
        "type": "TerminatingAction", "ringingTargetType": "VoiceMailTerminatingTarget",
        "targets": [{ "type": "VoiceMailTerminatingTarget", "prompt": { "greeting": {
            "effectiveGreetingType": "Preset", "preset": { "id": "590080" } } } }],
    }));
    seed["extensions"][0]["stateRules"] = json!({ "work-hours": { "dispatching": {
        "type": "RingInOrder", "actions": actions,
    } } });
    seed
}

/// Returns a ring group in the form of the API.
fn group(enabled: bool, seconds: u32, target: &Value) -> Value {
    json!({ "type": "RingGroupAction", "enabled": enabled, "duration": seconds, "targets": [target] })
}

fn phone(id: &str) -> Value {
    json!({ "type": "DeviceRingTarget", "device": { "id": id } })
}

fn number(number: &str) -> Value {
    json!({ "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": number }, "name": "Cell" })
}

fn app(platform: &str) -> Value {
    json!({ "type": format!("All{platform}RingTarget") })
}

/// Returns the ring groups of a dispatching: what rings, whether it does, and for how long.
fn list_groups(dispatching: &Value) -> Vec<String> {
    let actions = dispatching["actions"].as_array().unwrap().iter();
    let groups = actions.filter(|action| action["type"] == "RingGroupAction");
    let describe = |group: &Value| {
        let targets = group["targets"].as_array().unwrap().iter();
        let targets = targets.map(|target| match target["type"].as_str().unwrap() {
            "DeviceRingTarget" => format!("phone {}", target["device"]["id"].as_str().unwrap()),
            "PhoneNumberRingTarget" => target["destination"]["phoneNumber"]
                .as_str()
                .unwrap()
                .to_owned(),
            other => other.replace("All", "").replace("RingTarget", ""),
        });
        let targets: Vec<String> = targets.collect();
        let switch = if group["enabled"] == true {
            "on"
        } else {
            "off"
        };
        format!("{} {switch} {}", targets.join(" + "), group["duration"])
    };
    groups.map(describe).collect()
}

fn work_hours_groups(env: &TestEnv) -> Vec<String> {
    list_groups(&env.user("101")["stateRules"]["work-hours"]["dispatching"])
}

fn default_groups() -> Value {
    json!([
        group(true, 40, &phone("7001")),
        group(true, 40, &phone("7002")),
        group(true, 30, &app("Mobile")),
        group(true, 30, &app("Desktop")),
    ])
}

fn work_hours_file(ring: &str) -> String {
    format!(
        "extension: \"101\"\nstates:\n  work-hours:\n    dispatching:\n      type: RingInOrder\n      ring: {ring}\n      noAnswer: voicemail\n"
    )
}

#[test]
fn new_rule_lists_own_targets_silently_and_plan_does_not_show_them() {
    let env = TestEnv::new(seed_with_two_phones(&default_groups()));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [\"+16505550111\"] }\n    dispatching: { type: Terminate, terminate: { phoneNumber: \"+14085550122\" } }\n",
    );
    let plan = env.plan();
    let change = &plan["users"][0]["changes"][0];
    let fields = change["fields"].as_array().unwrap().iter();
    let paths: Vec<&str> = fields
        .map(|field| field["path"].as_str().unwrap())
        .collect();
    assert!(!paths.iter().any(|path| path.contains("ring")), "{paths:?}");
    let body = &change["request"]["body"]["dispatching"];
    assert_eq!(
        list_groups(body),
        [
            "Mobile off 20",
            "Desktop off 20",
            "phone 7001 off 20",
            "phone 7002 off 20"
        ]
    );
    let terminating = body["actions"].as_array().unwrap().last().unwrap();
    assert_eq!(
        terminating["ringingTargetType"],
        "VoiceMailTerminatingTarget"
    );
    assert_eq!(
        terminating["terminatingTargetType"],
        "PhoneNumberTerminatingTarget"
    );
    env.apply();
    // Sign-in, account, directory and rules; the device list only because a rule is written.
    assert_eq!(env.requests("GET", "/account/~/device").len(), 2);
    let devices = env.requests("GET", "/account/~/device").len();
    env.plan();
    assert_eq!(env.requests("GET", "/account/~/device").len(), devices);
}

#[test]
fn ringing_rule_names_both_targets_without_a_later_difference() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Reception:\n    conditions: { calledNumbers: [\"+14155550101\"] }\n    dispatching: { type: RingAtOnce, ring: [{ targets: [desktopApps], seconds: 20 }], noAnswer: voicemail }\n",
    );
    env.apply();
    let rule = &env.user("101")["interactionRules"][0]["dispatching"]["actions"];
    let terminating = rule.as_array().unwrap().last().unwrap();
    assert_eq!(
        terminating["ringingTargetType"],
        "VoiceMailTerminatingTarget"
    );
    assert_eq!(
        terminating["terminatingTargetType"],
        "VoiceMailTerminatingTarget"
    );
}

#[test]
fn shorter_ring_list_keeps_dropped_phone_silent_in_its_place() {
    let env = TestEnv::new(seed_with_two_phones(&default_groups()));
    env.write(
        "users/alex.yaml",
        &work_hours_file(
            "[{ targets: [mobileApps], seconds: 20 }, { targets: [{ phoneNumber: \"+13125550123\" }], seconds: 25 }]",
        ),
    );
    env.apply();
    assert_eq!(
        work_hours_groups(&env),
        [
            "phone 7001 off 40",
            "phone 7002 off 40",
            "Mobile on 20",
            "+13125550123 on 25",
            "Desktop off 30"
        ]
    );
}

#[test]
fn two_live_app_groups_become_one_and_no_app_is_listed_twice() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  work-hours:\n    dispatching:\n      type: RingAtOnce\n      ring: [{ targets: [desktopApps, mobileApps], seconds: 30 }]\n      noAnswer: voicemail\n",
    );
    env.apply();
    let groups = work_hours_groups(&env);
    let apps: Vec<_> = groups
        .iter()
        .filter(|group| !group.contains("phone"))
        .collect();
    assert_eq!(apps, ["Desktop + Mobile on 30"]);
}

#[test]
fn silent_groups_keep_their_place_and_a_moved_one_is_shown() {
    let groups = json!([
        group(true, 20, &number("+15550109011")),
        group(false, 20, &number("+15550109012")),
        group(true, 20, &number("+15550109013")),
        group(false, 40, &phone("7001")),
        group(false, 40, &phone("7002")),
        group(false, 30, &app("Mobile")),
        group(false, 30, &app("Desktop")),
    ]);
    let env = TestEnv::new(seed_with_two_phones(&groups));
    assert_eq!(env.run(&["import"]).code, 0);
    let before = work_hours_groups(&env);
    let path = "users/101-alex-morgan.yaml";
    let text = std::fs::read_to_string(env.path().join(path)).unwrap();
    // A change of one ring time changes nothing else.
    env.write(path, &text.replacen("seconds: 20", "seconds: 25", 1));
    env.apply();
    let mut expected = before.clone();
    expected[0] = "+15550109011 on 25".to_owned();
    assert_eq!(work_hours_groups(&env), expected);
    // Moving the silent number is a change.
    let group = |number: &str, more: &str| {
        format!("{{ targets: [{{ phoneNumber: \"{number}\" }}]{more} }}")
    };
    let groups = [
        group("+15550109011", ", seconds: 25"),
        group("+15550109013", ", seconds: 20"),
        group("+15550109012", ", seconds: 20, enabled: false"),
    ];
    env.write(path, &work_hours_file(&format!("[{}]", groups.join(", "))));
    let plan = env.plan();
    let fields = &plan["users"][0]["changes"][0]["fields"];
    assert_eq!(fields[0]["path"], "dispatching.ring", "{fields:#}");
}

#[test]
fn desk_phones_ring_all_phones_of_the_user() {
    let env = TestEnv::new(seed_with_two_phones(&default_groups()));
    let ring = "[{ targets: [deskPhones], seconds: 15 }, { targets: [mobileApps], seconds: 20 }]";
    env.write("users/alex.yaml", &work_hours_file(ring));
    env.apply();
    assert_eq!(
        work_hours_groups(&env),
        [
            "phone 7001 on 15",
            "phone 7002 on 15",
            "Mobile on 20",
            "Desktop off 30"
        ]
    );
    // A rule of a file without states finds the phones in the device list.
    env.write(
        "users/alex.yaml",
        &format!(
            "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching: {{ type: RingAtOnce, ring: {ring} }}\n"
        ),
    );
    env.apply();
    assert_eq!(
        list_groups(&env.user("101")["interactionRules"][0]["dispatching"]),
        [
            "phone 7001 on 15",
            "phone 7002 on 15",
            "Mobile on 20",
            "Desktop off 20"
        ]
    );
    std::fs::remove_dir_all(env.path().join("users")).unwrap();
    assert_eq!(env.run(&["import"]).code, 0);
    let text = std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap();
    assert_eq!(
        text.matches("{targets: [deskPhones], seconds: 15}").count(),
        2,
        "{text}"
    );
}

#[test]
fn own_target_in_two_groups_is_an_error() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        &work_hours_file(
            "[{ targets: [mobileApps], seconds: 15 }, { targets: [mobileApps], seconds: 20 }]",
        ),
    );
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out.split("\n\nwarning").next().unwrap(), @"
    error[E0110]: this target is listed twice
     --> users/alex.yaml:6:66
      |
    6 |       ring: [{ targets: [mobileApps], seconds: 15 }, { targets: [mobileApps], seconds: 20 }]
      |                                                                  ^^^^^^^^^^ RingCentral accepts each app and phone of the user only once
      |
      = help: remove it from one of the groups

    1 error in 1 of 2 files
    Run `callrules explain E0110` for details
    ");
}

#[test]
fn imported_rules_are_restored_after_they_were_deleted() {
    let rule = |groups: Value| {
        let mut actions = groups.as_array().unwrap().clone();
        actions.push(json!({
            "type": "TerminatingAction",
            "ringingTargetType": "VoiceMailTerminatingTarget",
            "terminatingTargetType": "VoiceMailTerminatingTarget",
            "targets": [{ "type": "VoiceMailTerminatingTarget", "prompt": { "greeting": {
                "effectiveGreetingType": "Preset", "preset": { "id": "590080" } } } }],
        }));
        json!({
            "displayName": "R", "enabled": true,
            "conditions": [{ "type": "Interaction", "to": [], "from": [
                { "phoneNumber": "+16505550102", "name": "Bob" },
                { "phoneNumber": "+16505550101", "name": "Ann" },
            ] }],
            "dispatching": { "type": "RingInOrder", "actions": actions },
        })
    };
    let orders = [
        default_groups(),
        json!([
            group(false, 40, &phone("7002")),
            group(true, 25, &number("+15550109011")),
            group(false, 20, &app("Mobile")),
            group(true, 30, &app("Desktop")),
            group(false, 35, &phone("7001")),
        ]),
        json!([
            group(true, 25, &number("+15550109011")),
            group(false, 20, &app("Mobile")),
            group(false, 20, &app("Desktop")),
            group(false, 20, &phone("7001")),
            group(false, 20, &phone("7002")),
        ]),
    ];
    for groups in orders {
        let mut seed = seed_with_two_phones(&default_groups());
        seed["extensions"][0]["interactionRules"] = json!([rule(groups)]);
        let env = TestEnv::new(seed);
        assert_eq!(env.run(&["import"]).code, 0);
        let read = || {
            let mut rule = env.user("101")["interactionRules"][0].clone();
            rule.as_object_mut().unwrap().remove("id");
            rule
        };
        let before = read();
        env.sandbox().edit(|account| {
            account
                .extension_mut("101")
                .unwrap()
                .interaction_rules
                .clear();
        });
        env.apply();
        assert_eq!(
            list_groups(&read()["dispatching"]),
            list_groups(&before["dispatching"])
        );
        assert_eq!(read()["conditions"], before["conditions"]);
    }
}

#[test]
fn named_phones_of_all_users_take_one_request() {
    let user = |at: u32| {
        json!({
            "extensionNumber": (100 + at).to_string(), "name": format!("User {at}"),
            "devices": [{ "id": (9000 + at).to_string(), "name": "Desk" }],
        })
    };
    let users: Vec<Value> = (0..40).map(user).collect();
    let env =
        TestEnv::new(json!({ "account": { "id": crate::support::ACCOUNT }, "extensions": users }));
    for at in 100..140 {
        let file = work_hours_file("[{ targets: [{ device: Desk }], seconds: 20 }]");
        let rule = "interactionRules:\n  VIP:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: Terminate, terminate: voicemail }\n";
        let file = file.replace("101", &at.to_string());
        env.write(&format!("users/{at}.yaml"), &format!("{file}{rule}"));
    }
    assert_eq!(env.plan()["summary"]["users"], 40);
    // Sign-in, account, users and devices; rules and state rules of each user.
    assert_eq!(env.sandbox().exchanges().len(), 4 + 2 * 40);
}
