//! What is no mistake and hardly meant: told with its place, once, unless it is allowed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callrules::diagnostic::Code;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::docs::{blocks, files};
use crate::support::{ACCOUNT, TestEnv, command};

const PAGE: &str = "docs/reference/warnings.md";

/// A repository of these files.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let settings = [("callrules.yaml", "account: \"1\"\nprune: all\n")];
    for (path, text) in settings.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// What `validate` tells: file, line, code.
fn told(folder: &Path) -> Vec<String> {
    let mut command = command();
    command.arg("-C").arg(folder);
    let output = command.args(["validate", "--format", "json"]).output();
    let json: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let found = json["diagnostics"].as_array().unwrap().iter();
    found
        .map(|d| {
            let text = |key: &str| d[key].as_str().unwrap();
            format!("{}:{} {}", text("file"), d["line"], text("code"))
        })
        .collect()
}

/// The codes that a user file is told of.
fn codes(user: &str) -> Vec<String> {
    let folder = repository(&[("users/a.yaml", user)]);
    let told = told(folder.path()).into_iter();
    told.map(|told| told.rsplit(' ').next().unwrap().to_owned())
        .collect()
}

const NEAR: &str = "{ type: Terminate, terminate: voicemail }";
const FAR: &str = "{ type: Terminate, terminate: { extension: \"900\" } }";

/// A user with one rule that has these conditions.
fn rule(conditions: &str) -> String {
    format!(
        "extension: \"101\"\ninteractionRules:\n  A:\n    conditions: {{ {conditions} }}\n    dispatching: {NEAR}\n"
    )
}

/// A second rule, with other conditions and another end.
fn and(first: &str, conditions: &str, dispatching: &str) -> String {
    format!("{first}  B:\n    conditions: {{ {conditions} }}\n    dispatching: {dispatching}\n")
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let headings: Vec<&str> = headings.collect();
    let codes: BTreeSet<String> = Code::ALL
        .iter()
        .map(|code| format!("{code} {}", code.name()))
        .collect();
    let sections: BTreeSet<String> = headings.iter().map(|h| (*h).to_owned()).collect();
    assert_eq!(codes, sections);
    assert_eq!(headings.len(), sections.len());
}

#[test]
fn the_examples_of_the_page_are_warned_of_as_it_says() {
    let page = fs::read_to_string(PAGE).unwrap();
    let examples = blocks(PAGE, "yaml");
    let mut warned = 0;
    for section in page.split("\n## ").skip(1) {
        let code = section.split(' ').next().unwrap();
        for block in examples
            .iter()
            .filter(|block| section.contains(&block.text))
        {
            let (_, user) = files(block);
            assert_eq!(codes(&user.unwrap()), [code], "{}", block.text);
            warned += 1;
        }
    }
    assert_eq!(warned, 9);
}

#[test]
fn explain_prints_a_section() {
    let explain = |code: &str| {
        let output = command().args(["explain", code]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (code, text) = explain("W0108");
    assert_eq!(code, 0);
    assert!(text.starts_with("W0108 calendar-ends\n\n"), "{text}");
    assert!(
        text.ends_with("They apply to every user who uses it.\n"),
        "{text}"
    );
    assert_eq!(explain("calendar-ends").1, text);
    assert_eq!(explain("W0999"), (1, String::new()));
}

#[test]
fn explain_lists_all_codes_tells_several_and_sets_examples_in() {
    let explain = |codes: &[&str]| {
        let output = command().arg("explain").args(codes).output().unwrap();
        assert!(output.status.success(), "{codes:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = explain(&[]);
    for code in Code::ALL {
        let line = format!("\n  {code}  {} ", code.name());
        assert!(all.contains(&line), "{code}: {all}");
        let section = explain(&[code.as_str()]);
        assert!(!section.contains("```"), "{section}");
    }
    let both = explain(&["W0102", "over"]);
    assert_eq!(
        both,
        format!("{}\n{}", explain(&["W0102"]), explain(&["W0103"]))
    );
    assert!(both.contains("\n    VIP by day:\n"), "{both}");
}

#[test]
fn a_rule_without_a_call_is_told_and_one_with_a_few_is_not() {
    let weekly = "schedule: { weekly: { sat: 09:00-17:00 }";
    for (user, expected) in [
        (
            rule(&format!("{weekly}, start: 2026-11-23, end: 2026-11-27 }}")),
            vec!["W0101"],
        ),
        (
            rule(&format!("{weekly}, start: 2026-11-23, end: 2026-11-28 }}")),
            vec![],
        ),
        (
            rule("callerIds: [\"+1\"], state: after-hours")
                + "states: { work-hours: { schedule: { daily: 00:00-24:00 } } }\n",
            vec!["W0101"],
        ),
        (
            rule("callerIds: [\"+1\"], state: after-hours")
                + "states: { work-hours: { schedule: { daily: 00:00-23:00 } } }\n",
            vec![],
        ),
        // Of whom it is not known when they work, every time may be within working hours.
        (rule("callerIds: [\"+1\"], state: after-hours"), vec![]),
        (rule("schedule: { ranges: [2026-11-20] }"), vec!["W0103"]),
        (
            rule("schedule: { ranges: [2026-11-20, 2026-11-21] }"),
            vec![],
        ),
        (
            rule("schedule: { daily: 9:00-17:00, end: 2026-11-20 }"),
            vec!["W0103"],
        ),
        (
            rule("schedule: { daily: 9:00-17:00, end: 2026-11-21 }"),
            vec![],
        ),
        (
            rule("schedule: { ranges: [2026-11-20] }")
                .replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
    ] {
        assert_eq!(codes(&user), expected, "{user}");
    }
}

#[test]
fn a_shadowed_rule_is_told_and_one_with_a_gap_is_not() {
    let always = rule("callerIds: [\"+1650\"], schedule: { daily: 00:00-24:00 }");
    let caller = "callerIds: [\"+16501112222\"]";
    for (user, expected) in [
        (and(&always, caller, FAR), vec!["W0102"]),
        (and(&always.replace("24:00", "23:59"), caller, FAR), vec![]),
        (and(&always, "callerIds: [\"+165\"]", FAR), vec![]),
        // The rule above takes no queue calls.
        (
            and(&always, caller, FAR).replace("  B:\n", "  B:\n    queueCallsIncluded: true\n"),
            vec![],
        ),
        (
            and(&always, caller, FAR).replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
    ] {
        assert_eq!(codes(&user), expected, "{user}");
    }
}

#[test]
fn two_rules_for_one_call_are_told_once() {
    let from = |number: &str| format!("callerIds: [\"{number}\"]");
    let dates = |day: &str| format!("schedule: {{ ranges: [{day}] }}");
    for (user, expected) in [
        (
            and(&rule(&from("+1650")), &from("+16501"), FAR),
            vec!["W0104"],
        ),
        (and(&rule(&from("+1650")), &from("+16501"), NEAR), vec![]),
        (and(&rule(&from("+1650")), &from("+1651"), FAR), vec![]),
        (
            and(&rule(&dates("2026-12-25")), &dates("2026-12-25"), FAR),
            vec!["W0104"],
        ),
        (
            and(&rule(&dates("2026-12-25")), &dates("2026-12-26"), FAR),
            vec![],
        ),
        // A third takes every call that both match.
        (
            and(&rule(&from("+1650")), &from("+16501"), FAR)
                + &format!(
                    "  C:\n    conditions: {{ {}, schedule: {{ daily: 00:00-24:00 }} }}\n    dispatching: {NEAR}\n",
                    from("+1650")
                ),
            vec!["W0102", "W0102"],
        ),
    ] {
        assert_eq!(codes(&user), expected, "{user}");
    }
}

/// Two users who forward to each other at these times.
fn circle(one: &str, other: &str) -> TempDir {
    let user = |number: &str, times: &str, to: &str| {
        format!(
            "extension: \"{number}\"\ninteractionRules:\n  Away:\n    conditions: {{ schedule: {times} }}\n    \
             dispatching: {{ type: Terminate, terminate: {{ extension: \"{to}\" }} }}\n"
        )
    };
    let files = [user("101", one, "102"), user("102", other, "101")];
    repository(&[("users/a.yaml", &files[0]), ("users/b.yaml", &files[1])])
}

#[test]
fn a_circle_is_told_where_the_times_meet() {
    let (morning, noon) = ("{ daily: 08:00-12:00 }", "{ daily: 11:59-14:00 }");
    assert_eq!(told(circle(morning, noon).path()), ["users/a.yaml:5 W0105"]);
    let late = "{ daily: 12:00-14:00 }";
    assert_eq!(told(circle(morning, late).path()), [""; 0]);
    let holiday = "{ ranges: [2026-12-25] }";
    assert_eq!(told(circle(holiday, late).path()), ["users/a.yaml:5 W0105"]);
    assert_eq!(
        told(circle(holiday, "{ ranges: [2026-12-26] }").path()),
        [""; 0]
    );
}

#[test]
fn whatever_forwards_to_the_own_extension_is_told() {
    let own = FAR.replace("900", "101");
    let of_rule = |conditions: &str| rule(conditions).replace(NEAR, &own);
    let of_state = |state: &str, parts: &str| {
        format!("extension: \"101\"\nstates: {{ {state}: {{ {parts}dispatching: {own} }} }}\n")
    };
    let dialled = "calledNumbers: [\"+16505550101\"]";
    let hours = "extension: \"101\"\nstates: { work-hours: { dispatching: { type: RingAtOnce, \
                 ring: [{ targets: [mobileApps], seconds: 20 }], noAnswer: { extension: \"101\" } } } }\n";
    for (user, expected) in [
        (of_rule(dialled), vec!["W0105"]),
        (
            of_rule("callerIds: [\"+1\"], schedule: { daily: 12:00-13:00 }"),
            vec!["W0105"],
        ),
        (
            and(&of_rule(dialled), "callerIds: [\"+44\"]", &own),
            vec!["W0105", "W0105"],
        ),
        (
            of_rule(dialled).replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
        (hours.to_owned(), vec!["W0105"]),
        (of_state("forward-all-calls", "enabled: false, "), vec![]),
        (
            of_state("forward-all-calls", "enabled: true, "),
            vec!["W0105"],
        ),
    ] {
        assert_eq!(codes(&user), expected, "{user}");
    }
}

#[test]
fn a_circle_needs_one_caller_all_the_way_round() {
    let folder = circle("{ daily: 08:00-12:00 }", "{ daily: 08:00-12:00 }");
    let for_callers = |file: &str, number: &str| {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let listed = format!("{{ callerIds: [\"{number}\"], schedule");
        fs::write(&path, text.replace("{ schedule", &listed)).unwrap();
    };
    for_callers("users/b.yaml", "+44");
    assert_eq!(told(folder.path()), ["users/a.yaml:5 W0105"]);
    for_callers("users/a.yaml", "+49");
    assert_eq!(told(folder.path()), [""; 0]);
}

#[test]
fn every_caller_and_every_dialled_number_is_followed_round_a_circle() {
    let told_with = |one: &str, other: &str| {
        let user = |number: &str, conditions: &str, to: &str| {
            format!(
                "extension: \"{number}\"\ninteractionRules:\n  Away:\n    conditions: {{ {conditions} }}\n    \
                 dispatching: {{ type: Terminate, terminate: {{ extension: \"{to}\" }} }}\n"
            )
        };
        let files = [user("101", one, "102"), user("102", other, "101")];
        told(repository(&[("users/a.yaml", &files[0]), ("users/b.yaml", &files[1])]).path())
    };
    let from = |numbers: &[&str]| format!("callerIds: {numbers:?}");
    let (x, y, z) = ("+16505550101", "+442079460000", "+4930123456");
    assert_eq!(
        told_with(&from(&[x, y]), &from(&[z, y])),
        ["users/a.yaml:5 W0105"]
    );
    // The call of a number matches what lists its beginning.
    assert_eq!(
        told_with(&from(&[x, "+44"]), &from(&[z, y])),
        ["users/a.yaml:5 W0105"]
    );
    assert_eq!(told_with(&from(&[x]), &from(&[z, y])), [""; 0]);
    let to = |numbers: &[&str]| format!("calledNumbers: {numbers:?}");
    let always = "schedule: { daily: 00:00-24:00 }";
    assert_eq!(told_with(&to(&[x]), always), ["users/a.yaml:5 W0105"]);
    assert_eq!(told_with(always, &to(&[x])), ["users/b.yaml:5 W0105"]);
    // Who is called by way of a colleague was not dialled.
    assert_eq!(told_with(&to(&[x]), &to(&[x])), [""; 0]);
}

#[test]
fn switches_rings_and_numbers_are_judged() {
    let forwarding = |enabled: &str, end: &str| {
        format!(
            "extension: \"101\"\nstates:\n  forward-all-calls:\n    {enabled}\n    schedule: {{ ranges: [{{ end: {end} }}] }}\n    dispatching: {NEAR}\n"
        )
    };
    let ringing = |seconds: u32, kind: &str| {
        format!(
            "extension: \"101\"\nstates:\n  work-hours:\n    dispatching:\n      type: {kind}\n      ring: [{{ targets: [mobileApps], seconds: 30 }}, {{ targets: [desktopApps], seconds: {seconds} }}]\n      noAnswer: voicemail\n"
        )
    };
    let calling = |number: &str| {
        rule("calledNumbers: [\"+16505550101\", \"+16505550102\"]").replace(
            "terminate: voicemail",
            &format!("terminate: {{ phoneNumber: \"{number}\" }}"),
        )
    };
    for (user, expected) in [
        (forwarding("enabled: true", "2026-11-20"), vec!["W0109"]),
        (forwarding("enabled: true", "2026-11-21"), vec![]),
        (forwarding("enabled: false", "2026-11-20"), vec![]),
        (forwarding("", "2026-11-20"), vec!["W0103"]),
        (ringing(35, "RingInOrder"), vec!["W0110"]),
        (ringing(30, "RingInOrder"), vec![]),
        (ringing(35, "RingAtOnce"), vec![]),
        (calling("+4930123456"), vec!["W0111"]),
        (calling("+14082324343"), vec![]),
        (calling("+19005551234"), vec!["W0112"]),
        // Of two countries neither is at home.
        (
            calling("+4930123456").replace(", \"+16505550102\"", ""),
            vec![],
        ),
    ] {
        assert_eq!(codes(&user), expected, "{user}");
    }
}

#[test]
fn a_calendar_that_runs_out_is_told_where_its_last_day_stands() {
    let user = rule("schedule: { calendar: days }");
    let calendar = |last: &str| {
        let days = format!("First: 2026-11-26\nLast: {last}\n");
        repository(&[("users/a.yaml", &user), ("calendars/days.yml", &days)])
    };
    assert_eq!(
        told(calendar("2027-01-20").path()),
        ["calendars/days.yml:2 W0108"]
    );
    assert_eq!(told(calendar("2027-01-21").path()), [""; 0]);
    let folder = calendar("2027-01-20");
    let settings = "account: \"1\"\nprune: all\nallow: [calendar-ends]\n";
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    assert_eq!(told(folder.path()), [""; 0]);
}

#[test]
fn what_a_profile_is_to_blame_for_is_told_once_and_allowed_in_it() {
    let past = "interactionRules:\n  Old: { conditions: { schedule: { ranges: [2020-01-01] } }, dispatching: { type: Terminate, terminate: voicemail } }\n";
    let user =
        |number: u32, more: &str| format!("extension: \"{number}\"\nprofiles: [team]\n{more}");
    let users = [user(101, ""), user(102, ""), user(103, "allow: [W0110]\n")];
    let with = |profile: &str| {
        repository(&[
            ("profiles/team.yaml", profile),
            ("users/a.yaml", &users[0]),
            ("users/b.yaml", &users[1]),
            ("users/c.yaml", &users[2]),
        ])
    };
    assert_eq!(told(with(past).path()), ["profiles/team.yaml:2 W0103"]);
    let allowed = format!("allow: [over]\n{past}");
    assert_eq!(told(with(&allowed).path()), [""; 0]);
}

#[test]
fn only_warnings_that_exist_are_allowed() {
    let allow = |name: &str| {
        let user = format!("extension: \"101\"\nallow: [{name}]\n");
        let folder = repository(&[("users/a.yaml", &user)]);
        let mut command = command();
        command.arg("-C").arg(folder.path()).arg("validate");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    for (name, said) in [
        ("long-rign", "did you mean `long-ring`?"),
        ("W0199", "there is no warning `W0199`"),
        ("E0101", "`E0101` is an error"),
        ("which-user", "only warnings can be allowed"),
    ] {
        let told = allow(name);
        assert!(told.contains(said), "{told}");
        assert!(told.contains("E0017"), "{told}");
    }
    assert!(allow("W0110, shadowed").starts_with("no problems"));
}

/// The account with a disabled colleague and one who is not activated.
fn env() -> TestEnv {
    TestEnv::new(json!({
        "account": { "id": ACCOUNT, "name": "Test" },
        "extensions": [
            { "id": "1001", "extensionNumber": "101", "name": "Alex Morgan" },
            { "id": "1002", "extensionNumber": "102", "name": "Priya Rao", "status": "Disabled" },
            { "id": "1003", "extensionNumber": "103", "name": "Sam Lee", "status": "NotActivated" },
        ],
    }))
}

fn warnings(env: &TestEnv) -> Vec<Value> {
    let plan = env.plan();
    plan["warnings"].as_array().unwrap().clone()
}

#[test]
fn a_plan_tells_who_takes_no_calls_and_where_it_stands() {
    let env = env();
    let rings = |coworker: &str, end: &str| {
        format!(
            "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching:\n      \
             type: RingAtOnce\n      ring: [{{ targets: [{coworker}], seconds: 20 }}]\n      noAnswer: {end}\n"
        )
    };
    env.write(
        "users/alex.yaml",
        &rings(
            "mobileApps, { coworker: \"102\" }",
            "{ extension: \"103\" }",
        ),
    );
    let place = |code: &str, message: &str, line: u32| {
        json!({
            "code": code, "message": message, "user": "101", "file": "users/alex.yaml", "line": line, "column": 7,
        })
    };
    assert_eq!(
        warnings(&env),
        [
            place("W0106", "Priya Rao (102) is disabled, and does not ring", 7),
            place(
                "W0106",
                "Sam Lee (103) is not activated, and takes no calls",
                8
            ),
        ]
    );
    env.write(
        "users/alex.yaml",
        &rings("{ coworker: \"102\" }", "{ extension: \"103\" }"),
    );
    let silent = warnings(&env);
    assert_eq!(silent.len(), 1, "{silent:#?}");
    assert_eq!(
        (&silent[0]["code"], &silent[0]["line"]),
        (&json!("W0107"), &json!(5))
    );
    env.write(
        "users/alex.yaml",
        &rings("{ coworker: \"102\" }", "voicemail"),
    );
    assert_eq!(warnings(&env).len(), 1);
    let run = env.run(&["apply", "--auto-approve"]);
    assert!(
        run.err.contains("Priya Rao (102) is disabled"),
        "{}",
        run.err
    );
    assert!(run.err.contains("callrules explain W0106"), "{}", run.err);
    env.write(
        "users/alex.yaml",
        &format!(
            "allow: [out-of-service]\n{}",
            rings("{ coworker: \"102\" }", "voicemail")
        ),
    );
    assert_eq!(warnings(&env), [Value::Null; 0]);
}

#[test]
fn an_announcement_after_nobody_has_rung_is_silence() {
    let env = env();
    let told = |dispatching: &str| -> Vec<Value> {
        let user = format!(
            "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching: {{ {dispatching} }}\n"
        );
        env.write("users/alex.yaml", &user);
        let told = warnings(&env).into_iter();
        told.map(|told| told["code"].clone()).collect()
    };
    let rings = |target: &str, end: &str| {
        told(&format!(
            "type: RingAtOnce, ring: [{{ targets: [{target}], seconds: 20 }}], noAnswer: {end}"
        ))
    };
    let dead = "{ coworker: \"102\" }";
    assert_eq!(rings(dead, "announcement"), ["W0107"]);
    assert_eq!(rings(dead, "voicemail"), ["W0106"]);
    assert_eq!(rings("mobileApps", "announcement"), [Value::Null; 0]);
    assert_eq!(
        told(
            "type: RingAtOnce, ring: [{ targets: [mobileApps], enabled: false, seconds: 20 }], noAnswer: announcement"
        ),
        ["W0005", "W0107"]
    );
    assert_eq!(
        told("type: Terminate, terminate: announcement"),
        [Value::Null; 0]
    );
}

#[test]
fn a_plan_knows_the_live_rules_and_hours() {
    let mut seed = crate::support::single_user_seed(json!([]));
    seed["extensions"][0]["states"] = json!({ "work-hours": { "conditions": [{
        "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Weekly",
            "ranges": { "monday": [{ "startTime": "09:00:00", "endTime": "12:00:00" }] } }] } }] } });
    let env = TestEnv::new(seed);
    let hours = "states: { dnd: { enabled: false } }\n";
    let times = "callerIds: [\"+1\"], state: work-hours, schedule: { daily: 13:00-14:00 }";
    env.write("users/alex.yaml", &(rule(times) + hours));
    let told = warnings(&env);
    assert_eq!(told[0]["code"], "W0101", "{told:#?}");
    // The files alone do not say when Alex works.
    let validated = env.run(&["validate"]);
    assert!(
        validated.out.starts_with("no problems"),
        "{}",
        validated.out
    );
}

#[test]
fn what_is_not_known_offline_is_not_told() {
    for user in [
        // What is not said of a rule, it may have on the account.
        "extension: \"101\"\ninteractionRules: { A: { enabled: true }, B: { enabled: true } }\n",
        "extension: \"101\"\ninteractionRules: { A: { dispatching: { noAnswer: { extension: \"101\" } } } }\n",
    ] {
        assert_eq!(codes(user), [""; 0], "{user}");
    }
}

#[test]
fn the_examples_are_free_of_warnings() {
    for example in ["acme", "holidays"] {
        assert_eq!(told(&Path::new("examples").join(example)), [""; 0]);
        let env = TestEnv::example(example);
        assert_eq!(warnings(&env), [Value::Null; 0], "{example}");
    }
}

#[test]
fn what_only_the_account_has_hides_nothing_of_what_is_declared() {
    let env = TestEnv::new(json!({
        "account": { "id": ACCOUNT, "name": "Test" },
        "extensions": [
            { "id": "1001", "extensionNumber": "101", "name": "Alex Morgan" },
            { "id": "1002", "extensionNumber": "102", "name": "Priya Rao" },
        ],
    }));
    let rule = |name: &str, conditions: &str, end: &str| {
        format!(
            "  {name}:\n    conditions: {{ {conditions} }}\n    dispatching: {{ type: Terminate, terminate: {end} }}\n"
        )
    };
    let user = |number: &str, rules: &[String]| {
        let rules = rules.concat();
        format!("extension: \"{number}\"\nprune: none\ninteractionRules:\n{rules}")
    };
    let premium = "{ phoneNumber: \"+19005551234\" }";
    let dialled = |number: &str| format!("calledNumbers: [\"{number}\"]");
    let always = "callerIds: [\"+44\"]";
    // `A` stands on the account before all that no file declares, `B` behind it.
    let personal = [
        rule("A", "callerIds: [\"+1650\"]", "voicemail"),
        rule("Personal", "callerIds: [\"+1650\"]", "voicemail"),
        rule("Paid", &dialled("+16505550101"), premium),
        rule("To Priya", always, "{ extension: \"102\" }"),
    ];
    env.write("users/alex.yaml", &user("101", &personal));
    env.run(&["apply", "--auto-approve"]);
    let declared = [
        rule("A", "callerIds: [\"+1650\"]", "{ extension: \"102\" }"),
        rule("B", &dialled("+16505550102"), premium),
    ];
    env.write("users/alex.yaml", &user("101", &declared));
    let back = [rule("Back", always, "{ extension: \"101\" }")];
    env.write("users/priya.yaml", &user("102", &back));
    let told = warnings(&env);
    let told: BTreeSet<(&str, &str, &str)> = { told.iter() }
        .map(|told| {
            let text = |key: &str| told[key].as_str().unwrap();
            (text("file"), text("code"), text("message"))
        })
        .collect();
    let expected = [
        (
            "users/alex.yaml",
            "W0104",
            "this rule and `Personal` match the same calls, and neither comes first",
        ),
        (
            "users/alex.yaml",
            "W0112",
            "`+19005551234` is a premium-rate number: each call to it costs extra",
        ),
        (
            "users/priya.yaml",
            "W0105",
            "calls go round in a circle: Priya Rao (102) → Alex Morgan (101) → Priya Rao (102)",
        ),
    ];
    assert_eq!(told, BTreeSet::from(expected));
}
