//! Plan and apply: what is sent, what is kept, what is left alone.

use callrules::journal::{FORMAT_VERSION, Header, Writer};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

/// The changes of a plan, a line each.
fn changes(plan: &Value) -> Vec<String> {
    let users = plan["users"].as_array().unwrap().iter();
    let changes = users.flat_map(|user| user["changes"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .map(|c| {
            format!(
                "{} {} {}",
                text(&c["action"]),
                text(&c["resource"]),
                text(&c["name"])
            )
        })
        .collect()
}

#[test]
fn what_is_as_declared_is_not_touched_however_the_service_spells_it() {
    let mut live = forwarding("Meeting", "+16501111111", "+14082324343");
    live["conditions"] = json!([
        { "type": "Interaction", "from": [
            { "phoneNumber": "+1650", "name": "Area" }, { "phoneNumber": "+16501111111", "name": "K" } ],
          "to": [{ "phoneNumber": "+16505550101", "name": "Main" }] },
        { "type": "Schedule", "schedule": {
            "startDateTime": "2026-02-01T08:00:00.000Z", "endDateTime": "2026-03-01T08:00:00",
            "triggers": [{ "triggerType": "Weekly", "ranges": { "tuesday": [{ "startTime": "9:00:00", "endTime": "10:30:00" }] } }] } },
    ]);
    let env = TestEnv::beyond_the_specification(single_user_seed(json!([live])));
    env.write(
        "users/alex.yaml",
        r#"
extension: 101
interactionRules:
  Meeting:
    conditions:
      calledNumbers: [+16505550101]
      callerIds: [+16501111111, "+1650"]
      schedule: { weekly: { tue: 09:00-10:30 }, start: 2026-02-01T8:00, end: 2026-03-01T08:00:00 }
    dispatching:
      type: Terminate
      terminate: { phoneNumber: "+14082324343" }
"#,
    );
    assert_eq!(changes(&env.plan()), [""; 0]);
}

#[test]
fn an_update_is_one_patch_that_keeps_what_was_not_declared() {
    let mut live = forwarding("VIP", "+16501111111", "+14082324343");
    live["futureField"] = json!({ "keep": true });
    live["dispatching"]["actions"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({ "type": "FutureAction", "level": 3 }));
    live["dispatching"]["actions"][1]["targets"][0]["futureFlag"] = json!("kept");
    let env = TestEnv::new(single_user_seed(json!([live])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    dispatching:\n      terminate: { phoneNumber: \"+14082324344\" }\n",
    );
    let plan = env.plan();
    let change = &plan["users"][0]["changes"][0];
    assert_eq!(change["fields"].as_array().unwrap().len(), 1, "{change:#}");
    assert_eq!(change["fields"][0]["path"], "dispatching.terminate");
    env.apply();
    let sent = env.requests("PATCH", "/interaction-rules/");
    assert_eq!(sent.len(), 1);
    let after = &env.user("101")["interactionRules"][0];
    assert_eq!(after["futureField"], json!({ "keep": true }));
    let actions = after["dispatching"]["actions"].as_array().unwrap();
    assert!(
        actions.contains(&json!({ "type": "FutureAction", "level": 3 })),
        "{after:#}"
    );
    assert_eq!(actions[1]["targets"][0]["futureFlag"], "kept");
    assert_eq!(actions[1]["duration"], 40);
    assert_eq!(after["conditions"][0]["from"][0]["name"], "Someone");
    let targets = actions[3]["targets"].as_array().unwrap();
    assert_eq!(targets[1]["destination"]["phoneNumber"], "+14082324344");
}

#[test]
fn undeclared_rules_are_pruned_or_listed_as_the_repository_says() {
    let rules = || {
        json!([
            forwarding("Old", "+1650", "+14082324343"),
            forwarding("Personal stop", "+1651", "+14082324343")
        ])
    };
    let file = |extra: &str| format!("extension: \"101\"\n{extra}interactionRules: {{}}\n");

    let env = TestEnv::new(single_user_seed(rules()));
    env.write("users/alex.yaml", &file("ignore: [\"Personal *\"]\n"));
    let plan = env.plan();
    assert_eq!(changes(&plan), ["delete interactionRule Old"]);
    assert_eq!(plan["users"][0]["unmanaged"], json!(["Personal stop"]));

    env.write("users/alex.yaml", &file("prune: none\n"));
    let plan = env.plan();
    assert_eq!(changes(&plan), [""; 0]);
    assert_eq!(
        plan["users"][0]["unmanaged"],
        json!(["Old", "Personal stop"])
    );

    // Not declared at all: not managed, not even read.
    env.write("users/alex.yaml", "extension: \"101\"\n");
    let before = env.requests("GET", "/interaction-rules").len();
    assert_eq!(changes(&env.plan()), [""; 0]);
    assert_eq!(env.requests("GET", "/interaction-rules").len(), before);
}

#[test]
fn null_deletes_whatever_the_policy() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "Old",
        "+1650",
        "+14082324343"
    )])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nprune: none\ninteractionRules: { Old: null, Never was: null }\n",
    );
    assert_eq!(changes(&env.plan()), ["delete interactionRule Old"]);
    let run = env.run(&["apply", "--auto-approve", "--max-emptied", "1"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(changes(&env.plan()), [""; 0]);
}

#[test]
fn a_rename_is_one_patch_and_keeps_the_id() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "Holiday",
        "+1650",
        "+14082324343"
    )])));
    let id = env.user("101")["interactionRules"][0]["id"].clone();
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Thanksgiving: { renamedFrom: Holiday }\n",
    );
    let plan = env.plan();
    assert_eq!(changes(&plan), ["update interactionRule Thanksgiving"]);
    assert_eq!(
        plan["users"][0]["changes"][0]["fields"][0],
        json!({ "path": "displayName", "before": "Holiday", "after": "Thanksgiving" })
    );
    env.apply();
    let after = &env.user("101")["interactionRules"][0];
    assert_eq!(
        (&after["displayName"], &after["id"]),
        (&json!("Thanksgiving"), &id)
    );
}

#[test]
fn equal_names_are_an_error_until_an_id_tells_them_apart() {
    let twin = |number: &str| forwarding("Twin", number, "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([twin("+1650"), twin("+1651")])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Twin: { enabled: false }\n",
    );
    let run = env.run(&["plan", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("users/alex.yaml:3:3"), "{}", run.err);
    // Neither twin is pruned while it is not settled which one is meant.
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(changes(&plan), [""; 0]);
    let id = env.user("101")["interactionRules"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    env.write("users/alex.yaml", &format!("extension: \"101\"\nprune: none\ninteractionRules:\n  Twin: {{ id: {id}, enabled: false }}\n"));
    assert_eq!(changes(&env.plan()), ["update interactionRule Twin"]);
    env.apply();
    let rules = &env.user("101")["interactionRules"];
    assert_eq!(
        (&rules[0]["enabled"], &rules[1]["enabled"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn work_hours_bring_after_hours_into_being_and_take_them_away_in_one_apply() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let with = |schedule: &str, after: &str| {
        format!("extension: \"101\"\nstates:\n  work-hours:\n    schedule: {schedule}\n{after}")
    };
    let after = "  after-hours:\n    dispatching: { type: Terminate, terminate: { announcement: { preset: \"66816\" } } }\n";
    env.write(
        "users/alex.yaml",
        &with("{ weekly: { mon-fri: 08:00-16:00 } }", after),
    );
    let plan = env.plan();
    assert_eq!(
        changes(&plan),
        ["update stateRule after-hours", "update state work-hours"]
    );
    env.apply();
    assert_eq!(
        env.user("101")["stateRules"]["after-hours"]["dispatching"]["type"],
        "Terminate"
    );

    // Back to the clock round: what is said about after-hours is only a warning then.
    env.write("users/alex.yaml", &with("{ daily: all-day }", after));
    let plan = env.plan();
    assert_eq!(changes(&plan), ["update state work-hours"]);
    assert_eq!(plan["warnings"][0]["code"], "W0002");
    assert_eq!(plan["users"][0]["notes"].as_array().unwrap().len(), 1);
    env.apply();
    assert_eq!(env.user("101")["stateRules"].get("after-hours"), None);
}

#[test]
fn a_switch_is_thrown_only_after_what_it_leads_to_is_set() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        r#"
extension: "101"
states:
  forward-all-calls:
    enabled: true
    schedule: { ranges: [{ start: 2026-12-24, end: 2026-12-26 }] }
    dispatching: { type: Terminate, terminate: { phoneNumber: "+14082324343", name: Cell } }
"#,
    );
    let notes = env.plan()["users"][0]["notes"].clone();
    assert!(
        notes[0].as_str().unwrap().contains("nothing rings"),
        "{notes}"
    );
    env.apply();
    let sent = env.requests("PATCH", "/comm-handling/");
    assert!(
        sent[0]
            .path
            .ends_with("/voice/state-rules/forward-all-calls"),
        "{sent:#?}"
    );
    assert!(
        sent[1].path.ends_with("/states/forward-all-calls"),
        "{sent:#?}"
    );
    assert_eq!(sent.len(), 2);
}

#[test]
fn a_new_rule_needs_what_a_change_of_one_does_not() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Vip:\n    enabled: true\n",
    );
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("a new rule needs `conditions`"),
        "{}",
        run.err
    );
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn one_failing_user_does_not_stop_the_others() {
    let mut seed = single_user_seed(json!([]));
    seed["account"]["queueCallsInRules"] = json!(false);
    let env = TestEnv::new(seed);
    let rule = |extra: &str| {
        format!(
            "interactionRules:\n  R:\n    conditions: {{ calledNumbers: [\"+16505550101\"] }}\n{extra}    dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    env.write(
        "users/alex.yaml",
        &format!(
            "extension: \"101\"\n{}",
            rule("    queueCallsIncluded: true\n")
        ),
    );
    env.write(
        "users/priya.yaml",
        &format!("extension: \"102\"\n{}", rule("")),
    );
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(
        run.out
            .contains("Done 1 · failed 1 · refused 0 · not tried 0"),
        "{}",
        run.out
    );
    assert!(run.out.contains("CMN-109"), "{}", run.out);
    assert_eq!(
        env.user("102")["interactionRules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn another_account_is_never_changed() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    let journal = env.path().join("journal.jsonl");
    let header = Header {
        journal: FORMAT_VERSION.to_owned(),
        callrules: "0.1.0".to_owned(),
        account: ACCOUNT.to_owned(),
        server: env.sandbox().url(),
        started_at: "2026-11-20T23:00:00Z".to_owned(),
    };
    Writer::begin(&journal, &header, String::new).unwrap();
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["apply", "--auto-approve"],
        &["import"],
        &["rollback", journal.to_str().unwrap(), "--auto-approve"],
    ] {
        let run = env.run(arguments);
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.err);
        let told = format!("the repository describes account 1, and this is account {ACCOUNT}\n");
        assert!(run.err.contains(&told), "{arguments:?}: {}", run.err);
        let help = format!("write `account: \"{ACCOUNT}\"` at callrules.yaml:1\n");
        assert!(run.err.ends_with(&help), "{arguments:?}: {}", run.err);
        assert_eq!(run.out, "");
    }
    // Not even the names of strangers are read.
    assert!(env.requests("GET", "/extension").is_empty());
}

#[test]
fn people_are_found_by_number_address_or_id_and_the_unknown_are_told_with_their_like() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        r#"
email: ALEX@acme.example
interactionRules:
  R:
    conditions: { calledNumbers: ["+16505550101"] }
    dispatching:
      type: RingAtOnce
      ring: [{ targets: [{ coworker: "112" }], seconds: 20 }]
      noAnswer: { extension: prya@acme.example }
"#,
    );
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err);
}

#[test]
fn only_the_selected_users_are_read() {
    let env = TestEnv::example("acme");
    let run = env.run(&[
        "plan",
        "--user",
        "103",
        "--user",
        "priya.rao@acme.example",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 3);
}

#[test]
fn users_are_selected_by_a_pattern_of_their_name() {
    let env = TestEnv::example("acme");
    let planned = |selector: &str| -> Vec<String> {
        let run = env.run(&["plan", "--format", "json", "--user", selector]);
        assert_eq!(run.code, 0, "{}", run.err);
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        let users = plan["users"].as_array().unwrap().iter();
        let numbers = users.map(|user| user["extensionNumber"].as_str().unwrap().to_owned());
        numbers.collect()
    };
    assert_eq!(planned("alex morgan"), ["101"]);
    assert_eq!(planned("* ?a*"), ["102", "104"]);
    assert_eq!(planned("*").len(), 4);
}

#[test]
fn who_selects_nobody_is_told_who_is_near() {
    let env = TestEnv::example("acme");
    let refused = |command: &str, selector: &str| {
        let run = env.run(&[command, "--user", "101", "--user", selector]);
        assert_eq!(run.code, 1, "{selector}");
        assert_eq!(run.out, "", "{selector}");
        run.err
    };
    for (selector, near) in [
        ("109", "help: the nearest are 101 Alex Morgan"),
        (
            "alex",
            "help: the nearest are 101 Alex Morgan (id:63700001004)\n",
        ),
        (
            "Pria *",
            "help: the nearest are 102 Priya Rao (id:63700002004)\n",
        ),
        (
            "sam.le@acme.example",
            "help: the nearest are 103 Sam Lee (id:63700003004)\n",
        ),
        ("Nobody at all", "help: name users by extension number"),
        ("900", "help: the nearest are 101 Alex Morgan"),
    ] {
        let err = refused("plan", selector);
        let what = format!("no file describes the user `{selector}`\n");
        assert!(err.contains(&what) && err.contains(near), "{err}");
        let err = refused("import", selector);
        let what = format!("the account has no user `{selector}` with call handling rules\n");
        assert!(err.contains(&what) && err.contains(near), "{err}");
    }
    for folder in ["users", "tests"] {
        std::fs::remove_file(env.path().join(folder).join("priya.yaml")).unwrap();
    }
    let err = refused("plan", "Priya *");
    assert!(
        err.contains("help: the account has one: `callrules import`"),
        "{err}"
    );
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
}
