use super::*;
use serde_json::json;

#[test]
fn invalid_seed_error_names_location() {
    let user = |extra: Value| {
        let mut user = json!({ "extensionNumber": "101" });
        for (key, value) in extra.as_object().unwrap() {
            user[key] = value.clone();
        }
        json!({ "extensions": [user] })
    };
    let extensions = |extensions: Value| json!({ "extensions": extensions });
    #[rustfmt::skip] // one case per line
    let table = [
        (json!([]), ["seed", "mapping"]),
        (json!({ "extension": [] }), ["seed", "unknown field `extension`"]),
        (json!({ "account": { "brand": 1 } }), ["seed", "unknown field `brand`"]),
        (user(json!({ "mail": "a@b" })), ["seed: extensions[0].mail: ", "unknown field `mail`"]),
        (user(json!({ "id": "x1" })), ["extensions[0].id", "id must be 1 to 18 digits"]),
        (user(json!({ "states": { "agent": 1 } })), ["extensions[0].states.agent", "must be a mapping"]),
        (user(json!({ "stateRules": { "dnd": {} } })), ["extensions[0].stateRules.dnd", "stateRules.dnd requires a dispatching"]),
        (user(json!({ "states": { "agent": { "enabled": true } } })), ["extensions[0].states.agent", "members of a call queue"]),
        (user(json!({ "stateRules": { "after-hours": { "dispatching": {} } } })), ["extensions[0].stateRules.after-hours", "not 24/7"]),
        (user(json!({ "members": ["101"] })), ["extensions[0].members", "Department"]),
        (extensions(json!([{ "name": "A" }])), ["extensions[0]", "extensionNumber is missing"]),
        (extensions(json!([{ "extensionNumber": 1 }, { "extensionNumber": "1" }])), ["extensions[1].extensionNumber", "duplicate"]),
    ];
    for (seed, parts) in table {
        let error = SandboxSeed::from_value(seed.clone())
            .unwrap_err()
            .to_string();
        assert!(
            parts.iter().all(|part| error.contains(part)),
            "{seed}: {error}"
        );
    }
}

#[test]
fn seed_gets_stable_ids_and_default_states() {
    let seed = || {
        SandboxSeed::from_value(json!({ "extensions": [
            { "extensionNumber": 101, "phoneNumbers": [16_505_550_101_u64], "interactionRules": [
                { "displayName": "A" }, { "displayName": "A" } ] },
            { "extensionNumber": "900", "type": "Department", "members": [101] },
        ] }))
        .unwrap()
    };
    let (first, second) = (seed(), seed());
    assert_eq!(first.account, second.account);
    assert_eq!(first.fingerprint(), second.fingerprint());
    let user = first.account.extension("101").unwrap();
    assert_eq!(user.phone_numbers, ["+16505550101"]);
    let states: Vec<&String> = user.states.keys().collect();
    assert_eq!(states, ["forward-all-calls", "dnd", "agent", "work-hours"]);
    let rules = &user.interaction_rules;
    assert_ne!(rules[0]["id"], rules[1]["id"]);
}

/// Covers the keys that YAML parses as numbers. YAML parses times and dates as strings.
#[test]
fn yaml_seed_without_quotes_gives_strings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("acme.yml");
    let text = "
account: { id: 37439510, mainNumber: +16505550100 }
extensions:
  - extensionNumber: 101
    id: 63700001004
    phoneNumbers: [+16505550101]
    devices: [{ id: 801, name: Desk phone }]
    interactionRules:
      - displayName: Holiday
        enabled: true
        dispatching:
          type: Terminate
          actions: [{ type: TerminatingAction, targets: [{ type: VoiceMailTerminatingTarget }] }]
        conditions:
          - { type: Interaction, from: [{ phoneNumber: +1650, name: Bay }], to: [+16505550101] }
          - type: Schedule
            schedule: { startDateTime: 2026-11-26T00:00:00, triggers: [{ triggerType: Daily, startTime: 09:00:00, endTime: 10:00:00 }] }
";
    std::fs::write(&file, text).unwrap();
    let account = SandboxSeed::load(&file).unwrap().account;
    let user = account.extension("101").unwrap();
    assert_eq!([&user.id, &user.devices[0].id], ["63700001004", "801"]);
    assert_eq!(account.account.main_number, "+16505550100");
    let conditions = &user.interaction_rules[0]["conditions"];
    assert_eq!(conditions[0]["from"][0]["phoneNumber"], "+1650");
    assert_eq!(conditions[0]["to"][0], "+16505550101");
    let schedule = &conditions[1]["schedule"];
    assert_eq!(schedule["startDateTime"], "2026-11-26T00:00:00");
    assert_eq!(schedule["triggers"][0]["startTime"], "09:00:00");
}

#[test]
fn seed_folder_combines_files_and_rejects_duplicate_keys() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let second = json!({ "extensions": [{ "extensionNumber": "102" }] });
    write(
        "a.yaml",
        "account: { id: 77 }\nextensions: [{ extensionNumber: 101 }]\n",
    );
    write("b.json", &second.to_string());
    write("notes.txt", "not a seed");
    let seed = SandboxSeed::load(folder.path()).unwrap();
    assert_eq!(seed.account.account.id, "77");
    assert_eq!(seed.account.extensions.len(), 2);
    write("c.yml", "account: { id: 78 }\n");
    let problem = SandboxSeed::load(folder.path()).unwrap_err().to_string();
    assert!(
        problem.contains("c.yml:1:1: account: account is already set in another file"),
        "{problem}"
    );
}

/// Loads a seed file with this content.
fn load(name: &str, text: &str) -> Result<SandboxSeed, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let seed = SandboxSeed::load(&file).map_err(|error| error.to_string());
    seed.map_err(|error| error.replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn unquoted_words_and_numbers_stay_text() {
    let text = "
extensions:
  - extensionNumber: 0101
    name: No
    phoneNumbers: [16505550101]
    interactionRules:
      - displayName: Off
        enabled: true
        conditions: [{ type: Interaction, from: [{ phoneNumber: +1650, name: Yes }], to: [] }]
        dispatching: { type: Terminate, actions: [{ type: TerminatingAction, terminatingTargetType: VoiceMailTerminatingTarget, targets: [{ type: VoiceMailTerminatingTarget }] }] }
  - { extensionNumber: 1e3, name: true, firstName: 007 }
";
    let account = load("seed.yaml", text).unwrap().account;
    let user = account.extension("0101").unwrap();
    assert_eq!(user.name, "No");
    assert_eq!(user.phone_numbers, ["+16505550101"]);
    let rule = &user.interaction_rules[0];
    assert_eq!(rule["displayName"], "Off");
    assert_eq!(rule["conditions"][0]["from"][0]["name"], "Yes");
    let other = account.extension("1e3").unwrap();
    assert_eq!(other.name, "true");
    assert_eq!(other.first_name.as_deref(), Some("007"));
}

#[test]
fn every_problem_of_a_seed_file_has_its_line_and_column() {
    let text = "\
account: { brand: 1, name: Acme }
extensions:
  - extensionNumber: 101
    mail: a@b
  - extensionNumber: 102
    devices: [{ id: 801, name: Desk }]
    states:
      forward-all-calls: { conditions: [{ type: Schedule, schedule: { triggers: [{ triggerType: Weekly }] } }] }
    stateRules:
      dnd: { dispatching: { type: RingAtOnce, actions: [{ type: TerminatingAction, targets: [{ type: VoiceMailTerminatingTarget }] }] } }
    interactionRules:
      - displayName: Office
        enabled: maybe
        conditions: [{ type: Interaction, from: [{ phoneNumber: \"1650\" }], to: [] }]
        dispatching:
          type: RingAtOnce
          actions:
            - type: TerminatingAction
              targets: [{ type: ExtensionTerminatingTarget, extension: { id: 7 }, dispatchingType: Ringing }]
            - { type: RingGroupAction, enabled: true, duration: 0, targets: [{ type: DeviceRingTarget, device: { id: 801 } }, { type: DeviceRingTarget, device: { id: 801 } }] }
";
    insta::assert_snapshot!(load("seed.yaml", text).unwrap_err(), @"
    seed.yaml:1:12: account.brand: unknown field `brand`, expected one of `id`, `name`, `mainNumber`, `newCallHandling`, `queueCallsInRules`, `coworkerApps`, `permissions`
    seed.yaml:4:5: extensions[0].mail: unknown field `mail`, expected one of `id`, `extensionNumber`, `type`, `status`, `name`, `firstName`, `lastName`, `email`, `timezone`, `phoneNumbers`, `devices`, `members`, `materialized`, `states`, `stateRules`, `interactionRules`
    seed.yaml:8:84: extensions[1].states.forward-all-calls.conditions[0].schedule.triggers[0].triggerType: one of Daily, Range is required (CMN-101)
    seed.yaml:10:29: extensions[1].stateRules.dnd.dispatching.type: one of Terminate is required (CMN-101)
    seed.yaml:13:9: extensions[1].interactionRules[0].enabled: true or false is required (CMN-101)
    seed.yaml:14:52: extensions[1].interactionRules[0].conditions[0].from[0].phoneNumber: a phone number is `+`, country code and digits (CMN-101)
    seed.yaml:18:15: extensions[1].interactionRules[0].dispatching.actions[0].ringingTargetType: must name a listed target (CMN-101)
    seed.yaml:19:15: extensions[1].interactionRules[0].dispatching.actions[0].targets: Must have Terminating Action with VoiceMailTerminatingTarget (CMN-101)
    seed.yaml:19:74: extensions[1].interactionRules[0].dispatching.actions[0].targets[0].extension.id: no such extension on this account (CMN-101)
    seed.yaml:20:55: extensions[1].interactionRules[0].dispatching.actions[1].duration: a whole number from 1 up is required (CMN-101)
    seed.yaml:20:127: extensions[1].interactionRules[0].dispatching.actions[1].targets[1]: 801 is already in another ring group, or twice in this one (CMN-101)
    ");
    let json =
        "{\n  \"extensions\": [\n    { \"extensionNumber\": \"101\", \"id\": \"x\" }\n  ]\n}";
    insta::assert_snapshot!(load("seed.json", json).unwrap_err(), @"seed.json:3:33: extensions[0].id: id must be 1 to 18 digits; omit it to have one generated");
    let twice = "extensions: []\naccount: {}\nextensions: []\n";
    insta::assert_snapshot!(load("seed.yaml", twice).unwrap_err(), @"seed.yaml:3:1: duplicate key `extensions`");
}

/// Covers what real accounts contain although writes refuse it.
#[test]
fn seed_file_may_contain_parts_that_writes_refuse() {
    let text = "
extensions:
  - extensionNumber: 101
    id: 7
    devices: [{ id: 801, name: Desk }]
    interactionRules:
      - enabled: true
        conditions: [{ type: Weather }]
        dispatching:
          type: RingAtOnce
          actions:
            - { type: TranslateAction, language: fr }
            - type: TerminatingAction
              targets:
                - { type: VoiceMailTerminatingTarget }
                - { type: PhoneNumberTerminatingTarget, destination: { phoneNumber: +1234567890123456 }, dispatchingType: Ringing }
";
    let account = load("seed.yaml", text).unwrap().account;
    let rule = &account.extension("101").unwrap().interaction_rules[0];
    let actions = rule["dispatching"]["actions"].as_array().unwrap();
    let types: Vec<&Value> = actions.iter().map(|action| &action["type"]).collect();
    assert_eq!(
        types,
        [
            "TranslateAction",
            "RingGroupAction",
            "RingGroupAction",
            "RingGroupAction",
            "TerminatingAction"
        ]
    );
}
