//! Names of people, greetings and devices: how they resolve, which requests that needs, and what is
//! rejected.

use callrules::config::{self, ReferencedFiles};
use callrules::model::{AccountExtension, ExtensionDirectory, ExtensionId, NameIndex};
use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

const AUDIO: &str = "UserExtensionAnsweringRule";
const VOICEMAIL: &str = "VoicemailExtensionAnsweringRule";

/// Returns the lines of `text` that contain `part`.
pub(crate) fn lines_with(text: &str, part: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(part)).collect();
    lines.join("\n")
}

/// Replaces the parts of an output that differ between runs and platforms: the repository's folder,
/// the sandbox's address, path separators and the operating system's error texts.
pub(crate) fn without_variable_parts(env: &TestEnv, output: &str) -> String {
    let url = env.sandbox().url();
    let host = url.split("://").last().unwrap();
    let text = env
        .without_paths(output)
        .replace(&env.path().display().to_string(), "FOLDER")
        .replace(&url, "SANDBOX_URL")
        .replace(host, "SANDBOX_HOST");
    let unix_paths = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text
    };
    let lines: Vec<String> = unix_paths.lines().map(without_os_error).collect();
    lines.join("\n")
}

/// Replaces the operating system's error text at the end of a line.
fn without_os_error(line: &str) -> String {
    let Some((before, _)) = line.split_once(" (os error ") else {
        return line.to_owned();
    };
    let (path, _) = before.rsplit_once(": ").unwrap();
    format!("{path}: OS_ERROR")
}

/// Returns [`single_user_seed`] with more greetings and devices, and two people of one name.
fn seed_with_names() -> Value {
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

/// Returns the file of a user with one rule that has this dispatching.
fn user_file(number: &str, dispatching: &str) -> String {
    format!(
        "extension: \"{number}\"\ninteractionRules:\n  R:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching:\n{dispatching}"
    )
}

/// Counts the requests for lists of greetings and of devices.
fn count_lookups(env: &TestEnv) -> (usize, usize) {
    let count = |part: &str| env.requests("GET", part).len();
    (count("/dictionary/greeting"), count("/device"))
}

const BY_NAME: &str = r"
      type: RingAtOnce
      greeting: { preset: default }
      connectingAudio: { preset: Beautiful }
      ring:
        - targets: [{ coworker: priya rao }, { device: desk }, { device: 3rd floor, extension: Priya Rao }]
          seconds: 20
        - targets: [{ mobileAppsOf: PRIYA RAO }]
          seconds: 10
      noAnswer: { voicemail: { preset: twin } }
";

#[test]
fn name_resolves_to_its_id() {
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
    let env = TestEnv::new(seed_with_names());
    env.write("users/alex.yaml", &user_file("101", by_id));
    env.apply();
    assert_eq!(
        count_lookups(&env),
        (0, 1),
        "ids need no names; the new rule must list the user's phones"
    );
    env.write("users/alex.yaml", &user_file("101", BY_NAME));
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(count_lookups(&env), (3, 2), "one list of devices a run");
}

#[test]
fn plan_prints_names_of_queue_greeting_and_device() {
    let env = TestEnv::new(seed_with_names());
    let named = "      type: RingAtOnce\n      connectingAudio: { preset: Acoustic }\n      ring: [{ targets: [{ device: Desk }], seconds: 20 }]\n      noAnswer: { extension: support }\n";
    env.write("users/alex.yaml", &user_file("101", named));
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(without_variable_parts(&env, &run.out), @"
    1 of 1 user changes.

    Alex Morgan · 101
      + interaction rule  R
            when   calls from numbers that start with +1650
            then   play while connecting: preset Acoustic · ring device Desk 20 s · no answer: extension 900 (Support)
      What callers will notice
            calls from numbers that start with +1650: now: handled by work hours or after hours → after: rings device Desk 20 s, then extension 900 (Support)

    Plan: 1 to create for 1 of 1 user
    Used 6 API requests; apply will need about 3
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    let rule = &env.plan()["users"][0]["changes"][0]["request"]["body"];
    assert!(
        rule.to_string().contains("\"preset\":{\"id\":\"66310\"}"),
        "{rule:#}"
    );
    env.apply();
}

#[test]
fn name_list_is_read_once_and_only_for_files_in_scope() {
    let env = TestEnv::new(seed_with_names());
    let audio = "      type: RingAtOnce\n      connectingAudio: { preset: Acoustic }\n      ring: [{ targets: [{ device: Desk, extension: Priya Rao }], seconds: 20 }]\n";
    for number in ["101", "102", "103"] {
        env.write(&format!("users/{number}.yaml"), &user_file(number, audio));
    }
    let ids = "      type: RingAtOnce\n      connectingAudio: { preset: 66310 }\n";
    env.write("users/104.yaml", &user_file("104", ids));
    env.plan();
    assert_eq!(
        count_lookups(&env),
        (1, 1),
        "three users, one list of each kind"
    );
    let run = env.run(&["plan", "--user", "104"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        count_lookups(&env),
        (1, 2),
        "the file in scope uses ids, and its new rule must list the user's phones"
    );
}

#[test]
fn unknown_and_ambiguous_names_are_reported_with_candidates() {
    let env = TestEnv::new(seed_with_names());
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
    env.write("users/alex.yaml", &user_file("101", wrong));
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err, @r#"
    error[E0206]: `Same` matches 2 of the standard greetings for `greeting`
     --> users/alex.yaml:8:27
      |
    8 |       greeting: { preset: Same }
      |                           ^^^^
      |
      = help: use the id of one of these: Same (70005), Same (70006)

    error[E0205]: `Acoustic` is not among the standard greetings for `connectingMessage`
     --> users/alex.yaml:9:36
      |
    9 |       connectingMessage: { preset: Acoustic }
      |                                    ^^^^^^^^
      |
      = help: available: Default (68867)

    error[E0205]: `Acustic` is not among the standard greetings for `connectingAudio`
      --> users/alex.yaml:10:34
       |
    10 |       connectingAudio: { preset: Acustic }
       |                                  ^^^^^^^
       |
       = help: did you mean Acoustic (66310)?

    error[E0205]: `Phone` is not among the devices of Alex Morgan
      --> users/alex.yaml:13:25
       |
    13 |             - { device: Phone }
       |                         ^^^^^
       |
       = help: available: Desk (7001)

    error[E0205]: `4rd floor` is not among the devices of Priya Rao
      --> users/alex.yaml:14:25
       |
    14 |             - { device: 4rd floor, extension: "102" }
       |                         ^^^^^^^^^
       |
       = help: did you mean 3rd floor (7003)?

    error[E0201]: there is no user or queue `Priya Roa` on the account
      --> users/alex.yaml:15:42
       |
    15 |             - { device: Desk, extension: Priya Roa }
       |                                          ^^^^^^^^^
       |
       = help: if the user has left, remove them here; did you mean 102 Priya Rao (id:1002)?

    error[E0205]: `Desk` is not among the devices of Support
      --> users/alex.yaml:16:25
       |
    16 |             - { device: Desk, extension: Support }
       |                         ^^^^
       |
       = help: the account has none

    error[E0202]: `Jo Park` matches 2 extensions
      --> users/alex.yaml:17:27
       |
    17 |             - { coworker: Jo Park }
       |                           ^^^^^^^
       |
       = help: use the id of one of these: 103 Jo Park (id:1003), 104 Jo Park (id:1004)

    error[E0201]: there is no user or queue `Priya` on the account
      --> users/alex.yaml:18:27
       |
    18 |             - { coworker: Priya }
       |                           ^^^^^
       |
       = help: if the user has left, remove them here; did you mean 102 Priya Rao (id:1002)?

    error[E0206]: `tWIN` matches 3 of the standard greetings for `voicemail`
      --> users/alex.yaml:20:40
       |
    20 |       noAnswer: { voicemail: { preset: tWIN } }
       |                                        ^^^^
       |
       = help: use the id of one of these: Twin (70002), twin (70003), TWIN (70004)

    10 errors in 1 of 2 files
    Run `callrules explain E0201 E0202 E0205 E0206` for details
    "#);
    assert_eq!(env.requests("GET", "/comm-handling/").len(), 0);
}

#[test]
fn malformed_name_is_reported_offline() {
    let env = TestEnv::new(seed_with_names());
    let wrong = r#"
      type: RingInOrder
      greeting: { preset: 66O48 }
      connectingAudio: { custom: Acoustic }
      ring:
        - targets: [{ device: "id:7001" }, { coworker: 1O2 }, { coworker: "+1 650 555 0100" }]
          seconds: 20
      noAnswer: { extension: support@ }
"#;
    env.write("users/alex.yaml", &user_file("101", wrong));
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out, @r#"
    error[E0017]: `66O48` is neither the name nor the id of a standard greeting
     --> users/alex.yaml:8:27
      |
    8 |       greeting: { preset: 66O48 }
      |                           ^^^^^
      |
      = help: an id has digits only; a name has letters

    error[E0017]: `Acoustic` is not an id: digits only
     --> users/alex.yaml:9:34
      |
    9 |       connectingAudio: { custom: Acoustic }
      |                                  ^^^^^^^^
      |
      = help: use the id of the recording; to use a standard greeting by name, set `preset`

    error[E0017]: `id:7001` is neither the name nor the id of a device
      --> users/alex.yaml:11:31
       |
    11 |         - targets: [{ device: "id:7001" }, { coworker: 1O2 }, { coworker: "+1 650 555 0100" }]
       |                               ^^^^^^^^^
       |
       = help: an id has digits only; a name has letters

    error[E0017]: `1O2` does not identify an extension
      --> users/alex.yaml:11:56
       |
    11 |         - targets: [{ device: "id:7001" }, { coworker: 1O2 }, { coworker: "+1 650 555 0100" }]
       |                                                        ^^^
       |
       = help: `O` is a letter: did you mean `102`?

    error[E0017]: `+1 650 555 0100` does not identify an extension
      --> users/alex.yaml:11:75
       |
    11 |         - targets: [{ device: "id:7001" }, { coworker: 1O2 }, { coworker: "+1 650 555 0100" }]
       |                                                                           ^^^^^^^^^^^^^^^^^
       |
       = help: write an extension number of up to eight digits (`"102"`), a name, an e-mail address, or `id:` and an id

    error[E0017]: `support@` does not identify an extension
      --> users/alex.yaml:13:30
       |
    13 |       noAnswer: { extension: support@ }
       |                              ^^^^^^^^
       |
       = help: write an extension number of up to eight digits (`"102"`), a name, an e-mail address, or `id:` and an id

    6 errors in 1 of 2 files
    Run `callrules explain E0017` for details
    "#);
    env.write("users/alex.yaml", &user_file("101", BY_NAME));
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(env.requests("GET", "").len(), 0);
}

/// The voicemails of `noAnswer` and `terminate` may be spelled alike and differ, or the other way
/// around. Only the account decides that.
#[test]
fn voicemail_may_be_spelled_two_ways() {
    let env = TestEnv::new(seed_with_names());
    let both = |a: &str, b: &str| {
        let dispatching = format!(
            "      type: Terminate\n      noAnswer: {{ voicemail: {{ {a} }} }}\n      terminate: {{ voicemail: {{ {b} }} }}\n"
        );
        env.write("users/alex.yaml", &user_file("101", &dispatching));
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
    assert_eq!(
        both("preset: Twin", "preset: Default"),
        (1, (1, true)),
        "this difference is known offline"
    );
}

#[test]
fn import_writes_names_that_resolve_and_ids_otherwise() {
    let rule = r#"
      type: RingInOrder
      greeting: { preset: "70005" }
      connectingMessage: { preset: "70001" }
      connectingAudio: { preset: "66310" }
      ring:
        - targets: [{ device: "7001" }, { device: "7002", extension: "102" }]
          seconds: 20
      noAnswer: { announcement: { custom: "5072424004" } }
"#;
    let env = TestEnv::new(seed_with_names());
    env.write("users/alex.yaml", &user_file("101", rule));
    env.apply();
    std::fs::remove_dir_all(env.path().join("users")).unwrap();
    let run = env.run(&["import"]);
    assert_eq!(
        (run.code, lines_with(&run.err, "warning")),
        (0, String::new()),
        "{}",
        run.err
    );
    assert_eq!(count_lookups(&env), (3, 2), "one list of devices a run");
    let text = std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap();
    let name_lines: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["preset", "device", "custom", "extension"]
                .iter()
                .any(|key| line.contains(key))
        })
        .map(str::trim)
        .collect();
    insta::assert_snapshot!(name_lines.join("\n"), @r#"
    extension: "101"
    greeting: {preset: "70005"}
    connectingMessage: {preset: "70001"}
    connectingAudio: {preset: Acoustic}
    - targets: [{device: Desk}, {device: Desk, extension: "102"}]
    noAnswer: {announcement: {custom: "5072424004"}}
    "#);
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn import_reads_only_needed_names_and_falls_back_to_ids() {
    let mut seed = seed_with_names();
    let env = TestEnv::new(seed.clone());
    let run = env.run(&["import"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(
        count_lookups(&env),
        (0, 0),
        "no rule has a greeting or a device"
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
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    Account 37439510 at SANDBOX_URL
    Imported 1 user with 0 rules and 2 states.
    Left out: whether forward-all-calls and do not disturb are on, which users switch themselves, and parts that are as in a new user.
    1 more part is left out or written differently: see the notes at the top of the files.
    warning: users/101-alex-morgan.yaml: the rule `R` is omitted and ignored: there is no user or queue `id:9999` on the account
    ");
}

#[test]
fn unknown_name_in_profile_is_reported_once() {
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
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    error[E0201]: there is no user or queue `888` on the account
     --> profiles/team.yaml:1:70
      |
    1 | states: {dnd: {dispatching: {type: Terminate, terminate: {extension: '888'}}}}
      |                                                                      ^^^^^
      |
     ::: users/101.yaml:2:1
      |
    2 | profiles: [team]
      | -------- used here
      |
      = help: if the user has left, remove them here; none of the account's 3 users and queues is similar

    1 error in 1 of 3 files
    Run `callrules explain E0201` for details
    ");
}

#[test]
fn file_without_a_unique_user_is_reported_with_fix() {
    let mut seed = single_user_seed(json!([]));
    let extensions = seed["extensions"].as_array_mut().unwrap();
    extensions.push(json!({ "id": "1003", "extensionNumber": "103", "name": "Alex Two", "email": "alex@acme.example" }));
    let env = TestEnv::new(seed);
    env.write("users/left.yaml", "extension: '888'\n");
    env.write("users/shared.yaml", "email: alex@acme.example\n");
    let stderr = env.run(&["plan"]).err;
    insta::assert_snapshot!(without_variable_parts(&env, &stderr), @r#"
    error[E0201]: there is no user or queue `888` on the account
     --> users/left.yaml:1:12
      |
    1 | extension: '888'
      |            ^^^^^
      |
      = help: if the user has left, delete the file; none of the account's 4 users and queues is similar

    error[E0202]: `alex@acme.example` matches 2 extensions
     --> users/shared.yaml:1:8
      |
    1 | email: alex@acme.example
      |        ^^^^^^^^^^^^^^^^^
      |
      = help: replace this line with `id: "1001"` for Alex Morgan, or `id: "1003"` for Alex Two

    2 errors in 2 of 3 files
    Run `callrules explain E0201 E0202` for details
    "#);
}

#[test]
fn thousands_of_unknown_names_are_reported_quickly() {
    let extensions = (0..3_000).map(|n| AccountExtension {
        id: ExtensionId(n.to_string()),
        number: Some(n.to_string()),
        name: format!("Person {n}"),
        email: Some(format!("person.{n}@acme.example")),
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    });
    let directory = ExtensionDirectory::new(extensions.collect());
    let files: Vec<_> = (0..3_000)
        .map(|n| {
            let text = format!("email: person-{n}@acme.example\nstates: {{}}\n");
            config::read_user(&text).unwrap()
        })
        .collect();
    let begin = std::time::Instant::now();
    for file in &files {
        assert!(config::resolve_owner(file, &directory).is_none());
        assert!(config::name_lists(file, &ReferencedFiles::default(), &directory).is_empty());
    }
    let settings = config::types::RepositorySettings::with_prune_none();
    let (shared, none) = (ReferencedFiles::default(), NameIndex::default());
    let resolved: Vec<_> =
        config::resolve_all(&files, &settings, &shared, &directory, &none).collect();
    let help = |at: usize| resolved[at].as_ref().unwrap_err()[0].help.clone().unwrap();
    insta::assert_snapshot!(help(0), @"if the user has left, delete the file; did you mean 0 Person 0 (id:0) or 1 Person 1 (id:1) or 2 Person 2 (id:2)?");
    insta::assert_snapshot!(help(2_999), @"if the user has left, delete the file; no suggestions, because too many names are unknown: fix the others first");
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}

#[test]
fn unreadable_devices_skip_only_users_who_need_them() {
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
    insta::assert_snapshot!(without_variable_parts(&env, &run.out), @"
    1 of 1 user changes.

    Priya Rao · 102
      ~ state settings    dnd
            enabled  no → yes
      note: while dnd is on, no phone rings: every direct call follows its rule immediately
      What callers will notice
            when no rule applies: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to voicemail

    Plan: 1 to update for 1 of 1 user
    1 user is left out of this plan: see the errors.
    Used 5 API requests; apply will need about 3
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @r#"
    Account 37439510 at SANDBOX_URL
    error: can't read users/alex.yaml: SANDBOX_HOST returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v1.0/account/~/device, status 400: "400 Bad Request 400 Bad Request")
    "#);
    // An apply names the skipped users again at its end.
    let apply = env.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(apply.code, 1, "{}", apply.err);
    let report: Value = serde_json::from_str(&apply.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
    let left_out = report["leftOut"].as_array().unwrap();
    assert_eq!(left_out.len(), 1);
    let reason = left_out[0].as_str().unwrap();
    insta::assert_snapshot!(without_variable_parts(&env, reason), @r#"can't read users/alex.yaml: SANDBOX_HOST returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v1.0/account/~/device, status 400: "400 Bad Request 400 Bad Request")"#);
    insta::with_settings!({ filters => [(r"\d{8}T\d{6}Z", "TIME")] }, {
        insta::assert_snapshot!(without_variable_parts(&env, &apply.err), @r#"
        1 of 1 user changes.

        Priya Rao · 102
          ~ state settings    dnd
                enabled  no → yes
          note: while dnd is on, no phone rings: every direct call follows its rule immediately
          What callers will notice
                when no rule applies: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to voicemail

        Plan: 1 to update for 1 of 1 user
        Account 37439510 at SANDBOX_URL
        error: can't read users/alex.yaml: SANDBOX_HOST returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v1.0/account/~/device, status 400: "400 Bad Request 400 Bad Request")
        Journal: FOLDER/.callrules/journal/TIME.jsonl  (undo with `callrules rollback FOLDER/.callrules/journal/TIME.jsonl`)
        To finish, run `callrules apply` again.
        "#);
    });
    let second_apply = env.run(&["apply", "--auto-approve"]);
    insta::assert_snapshot!(without_variable_parts(&env, &second_apply.out), @r#"
    No changes: the user matches the files.
      left out   can't read users/alex.yaml: SANDBOX_HOST returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (GET /restapi/v1.0/account/~/device, status 400: "400 Bad Request 400 Bad Request")
    "#);
}

#[test]
fn colleague_who_has_left_leaves_out_only_the_users_who_ring_them() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  work-hours:\n    dispatching:\n      type: RingInOrder\n      \
         ring: [{ targets: [{ coworker: \"177\" }], seconds: 20 }]\n",
    );
    env.write(
        "users/priya.yaml",
        "extension: \"102\"\nstates:\n  dnd: { enabled: true }\n",
    );
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 1, "{}", plan.err);
    insta::assert_snapshot!(env.without_paths(&plan.out), @"
    1 of 1 user changes.

    Priya Rao · 102
      ~ state settings    dnd
            enabled  no → yes
      note: while dnd is on, no phone rings: every direct call follows its rule immediately
      What callers will notice
            when no rule applies: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to voicemail

    Plan: 1 to update for 1 of 1 user
    1 user is left out of this plan: see the errors.
    Used 4 API requests; apply will need about 3
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    let (_, problems) = plan.err.split_once('\n').unwrap();
    insta::assert_snapshot!(env.without_paths(problems), @r#"
    error[E0201]: there is no user or queue `177` on the account
     --> users/alex.yaml:6:38
      |
    6 |       ring: [{ targets: [{ coworker: "177" }], seconds: 20 }]
      |                                      ^^^^^
      |
      = help: if the user has left, remove them here; did you mean 101 Alex Morgan (id:1001) or 102 Priya Rao (id:1002)?

    1 error in 1 of 3 files
    Run `callrules explain E0201` for details
    "#);
    let apply = env.run(&["apply", "--auto-approve"]);
    assert_eq!(apply.code, 1, "{}", apply.err);
    assert_eq!(env.requests("PATCH", "/1002/").len(), 1);
    // A plan for this user alone is an error of the files.
    let alone = env.run(&["plan", "--user", "101"]);
    assert_eq!(alone.code, 1);
    assert_eq!(alone.out, "");
}
