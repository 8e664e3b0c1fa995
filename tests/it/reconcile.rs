//! Plans and applies: which requests are sent, and which parts of the account stay unchanged.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use callrules::journal::{FORMAT_VERSION, JournalHeader, JournalWriter};
use serde_json::{Value, json};

use crate::apply::{last_paragraph, mask_run, problem_lines};
use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

/// Returns the changes of a plan as action, resource and name.
fn list_changes(plan: &Value) -> Vec<String> {
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
fn plan_without_difference_is_empty_for_any_spelling() {
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
    assert_eq!(list_changes(&env.plan()), [""; 0]);
}

#[test]
fn update_is_one_patch_that_keeps_undeclared_fields() {
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
    let is_terminating = |action: &&Value| action["type"] == "TerminatingAction";
    let terminating = actions.iter().find(is_terminating).unwrap();
    let targets = terminating["targets"].as_array().unwrap();
    assert_eq!(targets[1]["destination"]["phoneNumber"], "+14082324344");
}

#[test]
fn undeclared_rules_are_deleted_or_listed_by_prune_and_ignore() {
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
    assert_eq!(list_changes(&plan), ["delete interactionRule Old"]);
    assert_eq!(plan["users"][0]["unmanaged"], json!(["Personal stop"]));

    env.write("users/alex.yaml", &file("prune: none\n"));
    let plan = env.plan();
    assert_eq!(list_changes(&plan), [""; 0]);
    assert_eq!(
        plan["users"][0]["unmanaged"],
        json!(["Old", "Personal stop"])
    );

    // Without the key the rules are not managed and not read.
    env.write("users/alex.yaml", "extension: \"101\"\n");
    let reads_before = env.requests("GET", "/interaction-rules").len();
    assert_eq!(list_changes(&env.plan()), [""; 0]);
    let reads = env.requests("GET", "/interaction-rules").len();
    assert_eq!(reads, reads_before);
}

#[test]
fn null_deletes_rule_without_prune() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "Old",
        "+1650",
        "+14082324343"
    )])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nprune: none\ninteractionRules: { Old: null, Never was: null }\n",
    );
    assert_eq!(list_changes(&env.plan()), ["delete interactionRule Old"]);
    let run = env.run(&["apply", "--auto-approve", "--max-users-emptied", "1"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(list_changes(&env.plan()), [""; 0]);
}

#[test]
fn rename_is_one_patch_that_keeps_id() {
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
    assert_eq!(list_changes(&plan), ["update interactionRule Thanksgiving"]);
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
fn equal_names_are_an_error_until_file_names_an_id() {
    let twin = |number: &str| forwarding("Twin", number, "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([twin("+1650"), twin("+1651")])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Twin: { enabled: false }\n",
    );
    let run = env.run(&["plan", "--format", "json"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("users/alex.yaml:3:3"), "{}", run.err);
    // Neither rule is deleted while the name is ambiguous.
    let plan: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(list_changes(&plan), [""; 0]);
    let id = env.user("101")["interactionRules"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    env.write("users/alex.yaml", &format!("extension: \"101\"\nprune: none\ninteractionRules:\n  Twin: {{ id: {id}, enabled: false }}\n"));
    assert_eq!(list_changes(&env.plan()), ["update interactionRule Twin"]);
    env.apply();
    let rules = &env.user("101")["interactionRules"];
    assert_eq!(
        (&rules[0]["enabled"], &rules[1]["enabled"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn work_hours_create_and_remove_after_hours_in_one_apply() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let build_file = |schedule: &str, after: &str| {
        format!("extension: \"101\"\nstates:\n  work-hours:\n    schedule: {schedule}\n{after}")
    };
    let after = "  after-hours:\n    dispatching: { type: Terminate, terminate: { announcement: { preset: \"66816\" } } }\n";
    env.write(
        "users/alex.yaml",
        &build_file("{ weekly: { mon-fri: 08:00-16:00 } }", after),
    );
    let plan = env.plan();
    assert_eq!(
        list_changes(&plan),
        ["update stateRule after-hours", "update state work-hours"]
    );
    env.apply();
    assert_eq!(
        env.user("101")["stateRules"]["after-hours"]["dispatching"]["type"],
        "Terminate"
    );

    // With work hours around the clock, the handling of after-hours only causes a warning.
    env.write("users/alex.yaml", &build_file("{ daily: all-day }", after));
    let plan = env.plan();
    assert_eq!(list_changes(&plan), ["update state work-hours"]);
    assert_eq!(plan["warnings"][0]["code"], "W0002");
    assert_eq!(plan["users"][0]["notes"].as_array().unwrap().len(), 1);
    env.apply();
    assert_eq!(env.user("101")["stateRules"].get("after-hours"), None);
}

#[test]
fn switch_is_turned_on_after_its_handling_is_set() {
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
    insta::assert_snapshot!(notes[0].as_str().unwrap(), @"while forward-all-calls is on, no phone rings: every direct call follows its rule immediately");
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
fn incomplete_new_rule_is_an_error() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules:\n  Vip:\n    enabled: true\n",
    );
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"
    error[E0204]: it does not exist on the account, and a new rule needs `conditions`
     --> users/alex.yaml:3:3
      |
    3 |   Vip:
      |   ^^^
      |
      = help: add `conditions:`, or correct the name of the rule

    1 error in 1 of 2 files
    Run `callrules explain E0204` for details
    ");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn failed_user_does_not_stop_other_users() {
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
    insta::assert_snapshot!(last_paragraph(&run.out), @r#"
    Plan: 2 to create for 2 of 2 users
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "R": POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was refused: CMN-109 [dispatching.callTypes.queueCallsIncluded] [dispatching.callTypes.queueCallsIncluded]: queue calls in interaction rules are not available on this account (status 400)
    "#);
    let rules = env.user("102")["interactionRules"].clone();
    assert_eq!(rules.as_array().unwrap().len(), 1);
}

#[test]
fn commands_refuse_other_account_without_reading_its_users() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    let journal = env.path().join("journal.jsonl");
    let header = JournalHeader {
        journal: FORMAT_VERSION.to_owned(),
        callrules: "0.1.0".to_owned(),
        account: ACCOUNT.to_owned(),
        server: env.sandbox().url(),
        started_at: "2026-11-20T23:00:00Z".to_owned(),
    };
    JournalWriter::create(&journal, &header, String::new).unwrap();
    let mut errors = BTreeSet::new();
    for arguments in [
        &["plan"][..],
        &["plan", "--format", "json"],
        &["apply", "--auto-approve"],
        &["import"],
        &["rollback", journal.to_str().unwrap(), "--auto-approve"],
    ] {
        let run = env.run(arguments);
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.err);
        // The rollback also warns about the journal.
        let (_, error) = run.err.split_once("error: ").unwrap();
        errors.insert(error.to_owned());
        assert_eq!(run.out, "");
    }
    assert_eq!(errors.len(), 1, "{errors:#?}");
    insta::assert_snapshot!(errors.first().unwrap(), @r#"
    the repository describes account 1, but this is account 37439510
    help: use the credentials of the account that these files describe; if these files really are for 37439510, set `account: "37439510"` at callrules.yaml:1
    "#);
    assert!(env.requests("GET", "/extension").is_empty());
}

#[test]
fn unknown_extensions_are_errors_with_suggestions() {
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
    insta::assert_snapshot!(problem_lines(&run.err), @r#"
    error[E0201]: there is no user or queue `112` on the account
     --> users/alex.yaml:8:38
      |
    8 |       ring: [{ targets: [{ coworker: "112" }], seconds: 20 }]
      |                                      ^^^^^
      |
      = help: if the user has left, remove them here; did you mean 102 Priya Rao (id:1002) or 101 Alex Morgan (id:1001)?

    error[E0201]: there is no user or queue `prya@acme.example` on the account
     --> users/alex.yaml:9:30
      |
    9 |       noAnswer: { extension: prya@acme.example }
      |                              ^^^^^^^^^^^^^^^^^
      |
      = help: if the user has left, remove them here; did you mean 102 Priya Rao (id:1002)?

    2 errors in 1 of 2 files
    Run `callrules explain E0201` for details
    "#);
}

#[test]
fn plan_reads_only_selected_users() {
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
fn user_option_matches_names_by_pattern() {
    let env = TestEnv::example("acme");
    let plan_users = |selector: &str| -> Vec<String> {
        let run = env.run(&["plan", "--format", "json", "--user", selector]);
        assert_eq!(run.code, 0, "{}", run.err);
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        let users = plan["users"].as_array().unwrap().iter();
        let numbers = users.map(|user| user["extensionNumber"].as_str().unwrap().to_owned());
        numbers.collect()
    };
    assert_eq!(plan_users("alex morgan"), ["101"]);
    assert_eq!(plan_users("* ?a*"), ["102", "104"]);
    assert_eq!(plan_users("*").len(), 4);
}

#[test]
fn selector_without_match_is_an_error_with_suggestions() {
    let env = TestEnv::example("acme");
    let run_with_selector = |command: &str, selector: &str| {
        let run = env.run(&[command, "--user", "101", "--user", selector]);
        assert_eq!(run.code, 1, "{selector}");
        assert_eq!(run.out, "", "{selector}");
        mask_run(&env, problem_lines(&run.err))
    };
    let mut errors = String::new();
    for selector in [
        "109",
        "alex",
        "Pria *",
        "sam.le@acme.example",
        "No such user",
        "900",
    ] {
        for command in ["plan", "import"] {
            let error = run_with_selector(command, selector);
            writeln!(errors, "{command} --user '{selector}'\n{error}").unwrap();
        }
    }
    insta::assert_snapshot!(errors, @"
    plan --user '109'
    error: no file matches the user `109`
    help: did you mean 101 Alex Morgan (id:63700001004) or 104 Jo Park (id:63700004004) or 102 Priya Rao (id:63700002004)?

    import --user '109'
    error: the account has no user `109` with call handling rules
    help: did you mean 101 Alex Morgan (id:63700001004) or 102 Priya Rao (id:63700002004) or 103 Sam Lee (id:63700003004)?

    plan --user 'alex'
    error: no file matches the user `alex`
    help: did you mean 101 Alex Morgan (id:63700001004)?

    import --user 'alex'
    error: the account has no user `alex` with call handling rules
    help: did you mean 101 Alex Morgan (id:63700001004)?

    plan --user 'Pria *'
    error: no file matches the user `Pria *`
    help: did you mean 102 Priya Rao (id:63700002004)?

    import --user 'Pria *'
    error: the account has no user `Pria *` with call handling rules
    help: did you mean 102 Priya Rao (id:63700002004)?

    plan --user 'sam.le@acme.example'
    error: no file matches the user `sam.le@acme.example`
    help: did you mean 103 Sam Lee (id:63700003004)?

    import --user 'sam.le@acme.example'
    error: the account has no user `sam.le@acme.example` with call handling rules
    help: did you mean 103 Sam Lee (id:63700003004)?

    plan --user 'No such user'
    error: no file matches the user `No such user`
    help: select users by extension number, e-mail address, name, or `id:` and the id

    import --user 'No such user'
    error: the account has no user `No such user` with call handling rules
    help: select users by extension number, e-mail address, name, or `id:` and the id

    plan --user '900'
    error: no file matches the user `900`
    help: did you mean 101 Alex Morgan (id:63700001004) or 104 Jo Park (id:63700004004) or 102 Priya Rao (id:63700002004)?

    import --user '900'
    error: the account has no user `900` with call handling rules
    help: did you mean 101 Alex Morgan (id:63700001004) or 102 Priya Rao (id:63700002004) or 103 Sam Lee (id:63700003004)?
    ");
    // The account has this user, and the repository has no file.
    for folder in ["users", "tests"] {
        std::fs::remove_file(env.path().join(folder).join("priya.yaml")).unwrap();
    }
    insta::assert_snapshot!(run_with_selector("plan", "Priya *"), @"
    error: no file matches the user `Priya *`
    help: this user is on the account: create the file with `callrules import` and the same `--user`
    ");
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
}
