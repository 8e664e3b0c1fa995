//! People, greetings and devices by name: what is meant, what it costs, and what is no name.

use callrules::config::{self, Shared};
use callrules::model::{Catalogue, Directory, Extension, ExtensionId};
use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

const AUDIO: &str = "UserExtensionAnsweringRule";
const VOICEMAIL: &str = "VoicemailExtensionAnsweringRule";

/// [`single_user_seed`], with more greetings and devices, and people of equal names.
fn acme() -> Value {
    let mut seed = single_user_seed(json!([]));
    let greeting = |id: &str, name: &str, kind: &str, usage: &str| json!({ "id": id, "name": name, "type": kind, "usageType": usage });
    seed["greetings"] = json!([
        greeting("70001", "Beautiful", "ConnectingAudio", AUDIO),
        greeting("70002", "Twin", "Voicemail", VOICEMAIL),
        greeting("70003", "twin", "Voicemail", VOICEMAIL),
        greeting("70004", "TWIN", "Voicemail", VOICEMAIL),
        greeting("70005", "Same", "Introductory", AUDIO),
        greeting("70006", "Same", "Introductory", AUDIO),
        greeting("70007", "1984", "Introductory", AUDIO),
    ]);
    let people = seed["extensions"].as_array_mut().unwrap();
    people[1]["devices"] =
        json!([{ "id": "7002", "name": "Desk" }, { "id": "7003", "name": "3rd floor" }]);
    people.push(json!({ "id": "1003", "extensionNumber": "103", "name": "Jo Park" }));
    people.push(json!({ "id": "1004", "extensionNumber": "104", "name": "Jo Park" }));
    seed
}

/// The file of a user with one rule that happens to calls as said.
fn file(number: &str, dispatching: &str) -> String {
    format!(
        "extension: \"{number}\"\ninteractionRules:\n  R:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching:\n{dispatching}"
    )
}

/// How often the names of greetings and of devices were asked for.
fn look_ups(env: &TestEnv) -> (usize, usize) {
    let count = |part: &str| env.requests("GET", part).len();
    (count("/dictionary/greeting"), count("/device"))
}

const BY_NAME: &str = r#"
      type: RingAtOnce
      greeting: { preset: default }
      connectingAudio: { preset: Beautiful }
      ring:
        - targets: [{ coworker: priya rao }, { device: desk }, { device: 3rd floor, extension: Priya Rao }]
          seconds: 20
        - targets: [{ mobileAppsOf: PRIYA RAO }]
          seconds: 10
      noAnswer: { voicemail: { preset: twin } }
"#;

#[test]
fn a_name_means_what_its_id_means() {
    let by_id = r#"
      type: RingAtOnce
      greeting: { preset: "66048" }
      connectingAudio: { preset: "70001" }
      ring:
        - targets: [{ coworker: "102" }, { device: "7001" }, { device: "7003", extension: "102" }]
          seconds: 20
        - targets: [{ mobileAppsOf: "102" }]
          seconds: 10
      noAnswer: { voicemail: { preset: "70003" } }
"#;
    let env = TestEnv::new(acme());
    env.write("users/alex.yaml", &file("101", by_id));
    env.apply();
    assert_eq!(look_ups(&env), (0, 0), "ids need no names");
    env.write("users/alex.yaml", &file("101", BY_NAME));
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(look_ups(&env), (3, 2));
}

#[test]
fn a_queue_is_named_too_and_a_plan_says_the_names_that_it_had_to_learn() {
    let env = TestEnv::new(acme());
    let named = "      type: RingAtOnce\n      connectingAudio: { preset: Acoustic }\n      ring: [{ targets: [{ device: Desk }], seconds: 20 }]\n      noAnswer: { extension: support }\n";
    env.write("users/alex.yaml", &file("101", named));
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for said in ["preset Acoustic", "device Desk", "extension 900 (Support)"] {
        assert!(run.out.contains(said), "{said}: {}", run.out);
    }
    let rule = &env.plan()["users"][0]["changes"][0]["request"]["body"];
    assert!(
        rule.to_string().contains("\"preset\":{\"id\":\"66310\"}"),
        "{rule:#}"
    );
    env.apply();
}

#[test]
fn each_list_is_read_once_and_only_for_files_in_scope() {
    let env = TestEnv::new(acme());
    let audio = "      type: RingAtOnce\n      connectingAudio: { preset: Acoustic }\n      ring: [{ targets: [{ device: Desk, extension: Priya Rao }], seconds: 20 }]\n";
    for number in ["101", "102", "103"] {
        env.write(&format!("users/{number}.yaml"), &file(number, audio));
    }
    let ids = "      type: RingAtOnce\n      connectingAudio: { preset: 66310 }\n";
    env.write("users/104.yaml", &file("104", ids));
    env.plan();
    assert_eq!(look_ups(&env), (1, 1), "three users, one list of each kind");
    let run = env.run(&["plan", "--user", "104"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(look_ups(&env), (1, 1), "the files in scope say ids");
}

#[test]
fn the_unknown_and_the_ambiguous_are_told_with_what_there_is() {
    let env = TestEnv::new(acme());
    let wrong = r#"
      type: RingInOrder
      greeting: { preset: Same }
      connectingMessage: { preset: Acoustic }
      connectingAudio: { preset: Acustic }
      ring:
        - targets:
            - { device: Phone }
            - { device: 4rd floor, extension: "102" }
            - { device: Desk, extension: Priya Roa }
            - { device: Desk, extension: Support }
            - { coworker: Jo Park }
            - { coworker: Priya }
          seconds: 20
      noAnswer: { voicemail: { preset: tWIN } }
"#;
    env.write("users/alex.yaml", &file("101", wrong));
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err);
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
}

#[test]
fn what_is_neither_a_number_nor_a_name_is_told_offline() {
    let env = TestEnv::new(acme());
    let wrong = r#"
      type: RingInOrder
      greeting: { preset: 66O48 }
      connectingAudio: { custom: Acoustic }
      ring:
        - targets: [{ device: "id:7001" }, { coworker: 1O2 }, { coworker: "+1 650 555 0100" }]
          seconds: 20
      noAnswer: { extension: support@ }
"#;
    env.write("users/alex.yaml", &file("101", wrong));
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out);
    env.write("users/alex.yaml", &file("101", BY_NAME));
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(env.requests("GET", "").len(), 0);
}

/// What `noAnswer` and `terminate` say about voicemail may look alike and differ, and the other way
/// round: then only the account knows.
#[test]
fn one_voicemail_may_be_said_in_two_ways() {
    let env = TestEnv::new(acme());
    let both = |a: &str, b: &str| {
        let said = format!(
            "      type: Terminate\n      noAnswer: {{ voicemail: {{ {a} }} }}\n      terminate: {{ voicemail: {{ {b} }} }}\n"
        );
        env.write("users/alex.yaml", &file("101", &said));
        let codes = |run: crate::support::Run| (run.code, run.err.contains("E0110"));
        (env.run(&["validate"]).code, codes(env.run(&["plan"])))
    };
    assert_eq!(
        both("extension: Priya Rao", "extension: \"102\""),
        (0, (0, false))
    );
    assert_eq!(both("preset: Twin", "preset: \"70002\""), (0, (0, false)));
    assert_eq!(both("preset: Twin", "preset: \"70003\""), (0, (1, true)));
    assert_eq!(both("preset: Twin", "preset: twin"), (0, (1, true)));
    let told = both("preset: Twin", "preset: Default");
    assert_eq!(told, (1, (1, true)), "that much is sure offline");
}

#[test]
fn import_writes_names_that_lead_back_and_ids_otherwise() {
    let rule = r#"
      type: RingInOrder
      greeting: { preset: "70005" }
      connectingMessage: { preset: "70001" }
      connectingAudio: { preset: "66310" }
      ring:
        - targets: [{ device: "7001" }, { device: "7002" }, { device: "7002", extension: "102" }]
          seconds: 20
      noAnswer: { announcement: { custom: "5072424004" } }
"#;
    let env = TestEnv::new(acme());
    env.write("users/alex.yaml", &file("101", rule));
    env.apply();
    std::fs::remove_dir_all(env.path().join("users")).unwrap();
    let run = env.run(&["import"]);
    assert_eq!((run.code, run.err.lines().count()), (0, 1), "{}", run.err);
    assert_eq!(look_ups(&env), (3, 2));
    let text = std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap();
    let said = text.lines().filter(|line| {
        ["preset", "device", "custom", "extension"]
            .iter()
            .any(|key| line.contains(key))
    });
    let said: Vec<&str> = said.map(str::trim).collect();
    insta::assert_snapshot!(said.join("\n"));
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn import_asks_for_no_names_that_it_does_not_write_and_does_without_those_it_cannot_have() {
    let mut seed = acme();
    let env = TestEnv::new(seed.clone());
    let run = env.run(&["import"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        look_ups(&env),
        (0, 0),
        "nobody has greetings or devices in a rule"
    );

    let rings = |id: &str, extension: &str| json!({ "type": "DeviceRingTarget", "device": { "id": id, "name": "" }, "name": "", "extension": { "id": extension } });
    seed["extensions"][0]["interactionRules"] = json!([{
        "displayName": "R", "enabled": true,
        "conditions": [{ "type": "Interaction", "from": [{ "phoneNumber": "+1650", "name": "" }], "to": [] }],
        "dispatching": { "type": "RingAtOnce", "actions": [
            { "type": "RingGroupAction", "enabled": true, "duration": 20, "targets": [rings("7003", "1002")] },
            { "type": "RingGroupAction", "enabled": true, "duration": 20, "targets": [rings("7009", "9999")] },
        ] },
    }]);
    let env = TestEnv::new(seed);
    let run = env.run(&["import", "--user", "101"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err
            .contains("warning: ids are written where names could be"),
        "{}",
        run.err
    );
    assert!(run.err.contains("/extension/9999/device"), "{}", run.err);
}

#[test]
fn a_name_in_a_profile_that_nobody_has_is_told_once() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "profiles/team.yaml",
        "states: {dnd: {dispatching: {type: Terminate, terminate: {extension: '888'}}}}\n",
    );
    for number in ["101", "102"] {
        let text = format!("extension: {number}\nprofiles: [team]\n");
        env.write(&format!("users/{number}.yaml"), &text);
    }
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("1 error in 1 of 3 files"), "{}", run.err);
}

#[test]
fn a_file_of_nobody_or_of_several_says_what_to_do_with_it() {
    let mut seed = single_user_seed(json!([]));
    let extensions = seed["extensions"].as_array_mut().unwrap();
    extensions.push(json!({ "id": "1003", "extensionNumber": "103", "name": "Alex Two", "email": "alex@acme.example" }));
    let env = TestEnv::new(seed);
    env.write("users/left.yaml", "extension: '888'\n");
    env.write("users/shared.yaml", "email: alex@acme.example\n");
    let told = env.run(&["plan"]).err;
    assert!(
        told.contains("if the user has left, remove the file; "),
        "{told}"
    );
    assert!(
        told.contains(
            "replace this line by `id: \"1001\"` for Alex Morgan, or `id: \"1003\"` for Alex Two"
        ),
        "{told}"
    );
}

#[test]
fn thousands_of_unknown_names_are_told_while_one_waits() {
    let extensions = (0..3_000).map(|n| Extension {
        id: ExtensionId(n.to_string()),
        number: Some(n.to_string()),
        name: format!("Person {n}"),
        email: Some(format!("person.{n}@acme.example")),
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    });
    let directory = Directory::new(extensions.collect());
    let files = (0..3_000).map(|n| {
        config::read_user(&format!("email: person-{n}@acme.example\nstates: {{}}\n")).unwrap()
    });
    let files: Vec<_> = files.collect();
    let begin = std::time::Instant::now();
    for file in &files {
        assert!(config::identify(file, &directory).is_none());
        assert!(config::name_lists(file, &Shared::default(), &directory).is_empty());
    }
    let settings = config::types::Settings::leaving_all();
    let (shared, none) = (Shared::default(), Catalogue::default());
    let resolved = config::resolve_all(&files, &settings, &shared, &directory, &none);
    let resolved: Vec<_> = resolved.collect();
    let help = |at: usize| resolved[at].as_ref().unwrap_err()[0].help.clone().unwrap();
    assert!(
        help(0).contains("the nearest are 0 Person 0"),
        "{}",
        help(0)
    );
    assert!(
        help(2_999).contains("mend the others first"),
        "{}",
        help(2_999)
    );
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}

#[test]
fn devices_that_cannot_be_read_leave_out_who_needs_them() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &["html status=400 path=/device"],
    );
    let rings = "extension: 101\nstates: {work-hours: {dispatching: {type: RingAtOnce, ring: [{targets: [{device: Desk}], seconds: 20}]}}}\n";
    env.write("users/alex.yaml", rings);
    env.write(
        "users/priya.yaml",
        "extension: 102\nstates: {dnd: {enabled: true}}\n",
    );
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("1 user is left out of this plan"),
        "{}",
        run.out
    );
    assert!(run.out.contains("Priya Rao"), "{}{}", run.out, run.err);
    let told = "users/alex.yaml could not be read";
    assert!(run.err.contains(told), "{}", run.err);
    // At the end of an apply they are named again: nothing of theirs was tried.
    let apply = env.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(apply.code, 1, "{}", apply.err);
    let report: Value = serde_json::from_str(&apply.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
    let left_out = report["leftOut"].as_array().unwrap();
    assert_eq!(left_out.len(), 1);
    assert!(left_out[0].as_str().unwrap().starts_with(told));
    assert!(apply.err.contains("again to finish"), "{}", apply.err);
    let apply = env.run(&["apply", "--auto-approve"]);
    let told = format!("  left out   {told}");
    assert!(apply.out.contains(&told), "{}", apply.out);
}
