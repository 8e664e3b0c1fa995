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
        (user(json!({ "mail": "a@b" })), ["extensions[0] (101)", "unknown field `mail`"]),
        (user(json!({ "id": "x1" })), ["extensions[0] (101)", "id must be 1 to 18 digits"]),
        (user(json!({ "states": { "agent": 1 } })), ["extensions[0] (101)", "states.agent"]),
        (user(json!({ "stateRules": { "dnd": {} } })), ["(101)", "stateRules.dnd requires a dispatching"]),
        (user(json!({ "states": { "agent": { "enabled": true } } })), ["extension 101", "members of a call queue"]),
        (user(json!({ "stateRules": { "after-hours": { "dispatching": {} } } })), ["extension 101", "not 24/7"]),
        (user(json!({ "members": ["101"] })), ["extension 101", "Department"]),
        (extensions(json!([{ "name": "A" }])), ["extensions[0]", "extensionNumber is missing"]),
        (extensions(json!([{ "extensionNumber": 1 }, { "extensionNumber": "1" }])), ["extension 1", "duplicate"]),
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
        problem.contains("c.yml: account is already set in another file"),
        "{problem}"
    );
}
