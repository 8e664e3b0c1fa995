//! Lints: valid configuration that is probably a mistake. Each is reported once, with its location,
//! unless it is allowed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callrules::diagnostic::DiagnosticCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::docs::{blocks, files};
use crate::name_resolution::{lines_with, without_variable_parts};
use crate::support::{ACCOUNT, TestEnv, command};

const PAGE: &str = "docs/reference/warnings.md";

/// Creates a repository with these files.
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

/// Returns the diagnostics of `validate` as `file:line code`.
fn validate_diagnostics(folder: &Path) -> Vec<String> {
    let mut command = command();
    command.arg("-C").arg(folder);
    let output = command.args(["validate", "--format", "json"]).output();
    let json: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let diagnostics = json["diagnostics"].as_array().unwrap();
    diagnostics
        .iter()
        .map(|d| {
            let text = |key: &str| d[key].as_str().unwrap();
            format!("{}:{} {}", text("file"), d["line"], text("code"))
        })
        .collect()
}

/// Returns the codes of the diagnostics of a user file.
fn user_codes(user: &str) -> Vec<String> {
    let folder = repository(&[("users/a.yaml", user)]);
    validate_diagnostics(folder.path())
        .iter()
        .map(|diagnostic| diagnostic.rsplit(' ').next().unwrap().to_owned())
        .collect()
}

const TO_VOICEMAIL: &str = "{ type: Terminate, terminate: voicemail }";
const TO_QUEUE: &str = "{ type: Terminate, terminate: { extension: \"900\" } }";

/// Returns a user file with one rule that has these conditions.
fn user_with_rule(conditions: &str) -> String {
    format!(
        "extension: \"101\"\ninteractionRules:\n  A:\n    conditions: {{ {conditions} }}\n    dispatching: {TO_VOICEMAIL}\n"
    )
}

/// Appends a second rule with these conditions and this dispatching.
fn with_second_rule(first: &str, conditions: &str, dispatching: &str) -> String {
    format!("{first}  B:\n    conditions: {{ {conditions} }}\n    dispatching: {dispatching}\n")
}

#[test]
fn warnings_page_has_one_section_per_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let headings: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let codes: BTreeSet<String> = DiagnosticCode::ALL
        .iter()
        .map(|code| format!("{code} {}", code.name()))
        .collect();
    let sections: BTreeSet<String> = headings.iter().map(|h| (*h).to_owned()).collect();
    assert_eq!(codes, sections);
    assert_eq!(headings.len(), sections.len());
}

#[test]
fn warnings_page_examples_trigger_their_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let examples = blocks(PAGE, "yaml");
    let mut checked_examples = 0;
    for section in page.split("\n## ").skip(1) {
        let code = section.split(' ').next().unwrap();
        for block in examples
            .iter()
            .filter(|block| section.contains(&block.text))
        {
            let (_, user) = files(block);
            assert_eq!(user_codes(&user.unwrap()), [code], "{}", block.text);
            checked_examples += 1;
        }
    }
    assert_eq!(checked_examples, 16);
}

#[test]
fn explain_accepts_code_or_name() {
    let explain = |code: &str| {
        let output = command().args(["explain", code]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    };
    let (code, text) = explain("W0108");
    assert_eq!(code, 0);
    insta::assert_snapshot!(text, @"
    W0108 calendar-ends

    The last date of a calendar is in the past or at most 60 days away. After that, its holidays are
    normal days.

    Add next year's dates to the calendar. They apply to every user who uses it.
    ");
    assert_eq!(explain("calendar-ends").1, text);
    assert_eq!(explain("W0999"), (1, String::new()));
}

#[test]
fn explain_lists_all_codes_and_indents_examples() {
    let explain = |codes: &[&str]| {
        let output = command().arg("explain").args(codes).output().unwrap();
        assert!(output.status.success(), "{codes:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all = explain(&[]);
    for code in DiagnosticCode::ALL {
        let line = format!("\n  {code}  {} ", code.name());
        assert!(all.contains(&line), "{code}: {all}");
        let section = explain(&[code.as_str()]);
        assert!(!section.contains("```"), "{section}");
    }
    let both = explain(&["W0102", "expired"]);
    assert_eq!(
        both,
        format!("{}\n{}", explain(&["W0102"]), explain(&["W0103"]))
    );
    insta::assert_snapshot!(explain(&["W0103"]), @"
    W0103 expired

    All dates of this rule, or of forward-all-calls, are in the past, so it never matches again.

        Moving day:
          conditions: { schedule: { ranges: [2025-03-01, 2025-03-02] } }
          dispatching: { type: Terminate, terminate: voicemail }

    Remove the rule (with `prune: all`, that also deletes it from the account) or give it new dates.
    ");
}

#[test]
fn rule_that_never_matches_is_reported() {
    let weekly = "schedule: { weekly: { sat: 09:00-17:00 }";
    for (user, expected) in [
        (
            user_with_rule(&format!("{weekly}, start: 2026-11-23, end: 2026-11-27 }}")),
            vec!["W0101"],
        ),
        (
            user_with_rule(&format!("{weekly}, start: 2026-11-23, end: 2026-11-28 }}")),
            vec![],
        ),
        (
            user_with_rule("callerIds: [\"+1\"], state: after-hours")
                + "states: { work-hours: { schedule: { daily: 00:00-24:00 } } }\n",
            vec!["W0101"],
        ),
        (
            user_with_rule("callerIds: [\"+1\"], state: after-hours")
                + "states: { work-hours: { schedule: { daily: 00:00-23:00 } } }\n",
            vec![],
        ),
        // Without known working hours, every time may be within working hours.
        (
            user_with_rule("callerIds: [\"+1\"], state: after-hours"),
            vec![],
        ),
        (
            user_with_rule("schedule: { ranges: [2026-11-20] }"),
            vec!["W0103"],
        ),
        (
            user_with_rule("schedule: { ranges: [2026-11-20, 2026-11-21] }"),
            vec![],
        ),
        (
            user_with_rule("schedule: { daily: 9:00-17:00, end: 2026-11-20 }"),
            vec!["W0103"],
        ),
        (
            user_with_rule("schedule: { daily: 9:00-17:00, end: 2026-11-21 }"),
            vec![],
        ),
        (
            user_with_rule("schedule: { ranges: [2026-11-20] }")
                .replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
    ] {
        assert_eq!(user_codes(&user), expected, "{user}");
    }
}

#[test]
fn shadowed_rule_is_reported_unless_a_gap_remains() {
    let always = user_with_rule("callerIds: [\"+1650\"], schedule: { daily: 00:00-24:00 }");
    let caller = "callerIds: [\"+16501112222\"]";
    for (user, expected) in [
        (with_second_rule(&always, caller, TO_QUEUE), vec!["W0102"]),
        (
            with_second_rule(&always.replace("24:00", "23:58"), caller, TO_QUEUE),
            vec![],
        ),
        (
            with_second_rule(&always, "callerIds: [\"+165\"]", TO_QUEUE),
            vec![],
        ),
        // The rule above matches no queue calls.
        (
            with_second_rule(&always, caller, TO_QUEUE)
                .replace("  B:\n", "  B:\n    queueCallsIncluded: true\n"),
            vec![],
        ),
        (
            with_second_rule(&always, caller, TO_QUEUE)
                .replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
    ] {
        assert_eq!(user_codes(&user), expected, "{user}");
    }
}

#[test]
fn overlapping_rules_are_reported_once() {
    let from = |number: &str| format!("callerIds: [\"{number}\"]");
    let dates = |day: &str| format!("schedule: {{ ranges: [{day}] }}");
    for (user, expected) in [
        (
            with_second_rule(&user_with_rule(&from("+1650")), &from("+16501"), TO_QUEUE),
            vec!["W0104"],
        ),
        (
            with_second_rule(
                &user_with_rule(&from("+1650")),
                &from("+16501"),
                TO_VOICEMAIL,
            ),
            vec![],
        ),
        (
            with_second_rule(&user_with_rule(&from("+1650")), &from("+1651"), TO_QUEUE),
            vec![],
        ),
        (
            with_second_rule(
                &user_with_rule(&dates("2026-12-25")),
                &dates("2026-12-25"),
                TO_QUEUE,
            ),
            vec!["W0104"],
        ),
        (
            with_second_rule(
                &user_with_rule(&dates("2026-12-25")),
                &dates("2026-12-26"),
                TO_QUEUE,
            ),
            vec![],
        ),
        // A third rule matches every call that both match.
        (
            with_second_rule(&user_with_rule(&from("+1650")), &from("+16501"), TO_QUEUE)
                + &format!(
                    "  C:\n    conditions: {{ {}, schedule: {{ daily: 00:00-24:00 }} }}\n    dispatching: {TO_VOICEMAIL}\n",
                    from("+1650")
                ),
            vec!["W0102", "W0102"],
        ),
    ] {
        assert_eq!(user_codes(&user), expected, "{user}");
    }
}

/// Creates a repository with two users who forward to each other at these times.
fn forwarding_loop(one: &str, other: &str) -> TempDir {
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
fn forwarding_loop_is_reported_where_schedules_overlap() {
    let (morning, noon) = ("{ daily: 08:00-12:00 }", "{ daily: 11:59-14:00 }");
    assert_eq!(
        validate_diagnostics(forwarding_loop(morning, noon).path()),
        ["users/a.yaml:5 W0105"]
    );
    let late = "{ daily: 12:00-14:00 }";
    assert_eq!(
        validate_diagnostics(forwarding_loop(morning, late).path()),
        [""; 0]
    );
    let holiday = "{ ranges: [2026-12-25] }";
    assert_eq!(
        validate_diagnostics(forwarding_loop(holiday, late).path()),
        ["users/a.yaml:5 W0105"]
    );
    assert_eq!(
        validate_diagnostics(forwarding_loop(holiday, "{ ranges: [2026-12-26] }").path()),
        [""; 0]
    );
}

#[test]
fn forwarding_to_own_extension_is_reported() {
    let own = TO_QUEUE.replace("900", "101");
    let of_rule = |conditions: &str| user_with_rule(conditions).replace(TO_VOICEMAIL, &own);
    let of_state = |state: &str, parts: &str| {
        format!("extension: \"101\"\nstates: {{ {state}: {{ {parts}dispatching: {own} }} }}\n")
    };
    let to_number = "calledNumbers: [\"+16505550101\"]";
    let hours = "extension: \"101\"\nstates: { work-hours: { dispatching: { type: RingAtOnce, \
                 ring: [{ targets: [mobileApps], seconds: 20 }], noAnswer: { extension: \"101\" } } } }\n";
    for (user, expected) in [
        (of_rule(to_number), vec!["W0105"]),
        (
            of_rule("callerIds: [\"+1\"], schedule: { daily: 12:00-13:00 }"),
            vec!["W0105"],
        ),
        (
            with_second_rule(&of_rule(to_number), "callerIds: [\"+44\"]", &own),
            vec!["W0105", "W0105"],
        ),
        (
            of_rule(to_number).replace("  A:\n", "  A:\n    enabled: false\n"),
            vec![],
        ),
        (hours.to_owned(), vec!["W0105"]),
        (of_state("forward-all-calls", "enabled: false, "), vec![]),
        (
            of_state("forward-all-calls", "enabled: true, "),
            vec!["W0120", "W0105"],
        ),
    ] {
        assert_eq!(user_codes(&user), expected, "{user}");
    }
}

#[test]
fn forwarding_loop_needs_a_common_caller() {
    let folder = forwarding_loop("{ daily: 08:00-12:00 }", "{ daily: 08:00-12:00 }");
    let for_callers = |file: &str, number: &str| {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let listed = format!("{{ callerIds: [\"{number}\"], schedule");
        fs::write(&path, text.replace("{ schedule", &listed)).unwrap();
    };
    for_callers("users/b.yaml", "+44");
    assert_eq!(
        validate_diagnostics(folder.path()),
        ["users/a.yaml:5 W0105"]
    );
    for_callers("users/a.yaml", "+49");
    assert_eq!(validate_diagnostics(folder.path()), [""; 0]);
}

#[test]
fn forwarding_loop_follows_every_caller_and_called_number() {
    let diagnostics_with = |one: &str, other: &str| {
        let user = |number: &str, conditions: &str, to: &str| {
            format!(
                "extension: \"{number}\"\ninteractionRules:\n  Away:\n    conditions: {{ {conditions} }}\n    \
                 dispatching: {{ type: Terminate, terminate: {{ extension: \"{to}\" }} }}\n"
            )
        };
        let files = [user("101", one, "102"), user("102", other, "101")];
        validate_diagnostics(
            repository(&[("users/a.yaml", &files[0]), ("users/b.yaml", &files[1])]).path(),
        )
    };
    let from = |numbers: &[&str]| format!("callerIds: {numbers:?}");
    let (x, y, z) = ("+16505550101", "+442079460000", "+4930123456");
    assert_eq!(
        diagnostics_with(&from(&[x, y]), &from(&[z, y])),
        ["users/a.yaml:5 W0105"]
    );
    // A prefix in the list matches every number that starts with it.
    assert_eq!(
        diagnostics_with(&from(&[x, "+44"]), &from(&[z, y])),
        ["users/a.yaml:5 W0105"]
    );
    assert_eq!(diagnostics_with(&from(&[x]), &from(&[z, y])), [""; 0]);
    let to = |numbers: &[&str]| format!("calledNumbers: {numbers:?}");
    let always = "schedule: { daily: 00:00-24:00 }";
    assert_eq!(
        diagnostics_with(&to(&[x]), always),
        ["users/a.yaml:5 W0105"]
    );
    assert_eq!(
        diagnostics_with(always, &to(&[x])),
        ["users/b.yaml:5 W0105"]
    );
    // A forwarded call has another called number than the first call.
    assert_eq!(diagnostics_with(&to(&[x]), &to(&[x])), [""; 0]);
}

#[test]
fn switches_ring_times_and_numbers_are_linted() {
    let forwarding = |enabled: &str, end: &str| {
        format!(
            "extension: \"101\"\nstates:\n  forward-all-calls:\n    {enabled}\n    schedule: {{ ranges: [{{ end: {end} }}] }}\n    dispatching: {TO_VOICEMAIL}\n"
        )
    };
    let ringing = |seconds: u32, kind: &str| {
        format!(
            "extension: \"101\"\nstates:\n  work-hours:\n    dispatching:\n      type: {kind}\n      ring: [{{ targets: [mobileApps], seconds: 30 }}, {{ targets: [desktopApps], seconds: {seconds} }}]\n      noAnswer: voicemail\n"
        )
    };
    let calling = |number: &str| {
        user_with_rule("calledNumbers: [\"+16505550101\", \"+16505550102\"]").replace(
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
        // With numbers of two countries, neither is the home country.
        (
            calling("+4930123456").replace(", \"+16505550102\"", ""),
            vec![],
        ),
    ] {
        assert_eq!(user_codes(&user), expected, "{user}");
    }
}

#[test]
fn calendar_that_ends_soon_is_reported_at_its_last_date() {
    let user = user_with_rule("schedule: { calendar: days }");
    let calendar = |last: &str| {
        let days = format!("First: 2026-11-26\nLast: {last}\n");
        repository(&[("users/a.yaml", &user), ("calendars/days.yml", &days)])
    };
    assert_eq!(
        validate_diagnostics(calendar("2027-01-20").path()),
        ["calendars/days.yml:2 W0108"]
    );
    assert_eq!(validate_diagnostics(calendar("2027-01-21").path()), [""; 0]);
    let folder = calendar("2027-01-20");
    let settings = "account: \"1\"\nprune: all\nallow: [calendar-ends]\n";
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    assert_eq!(validate_diagnostics(folder.path()), [""; 0]);
}

#[test]
fn lint_in_profile_is_reported_once_and_allowed_there() {
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
    assert_eq!(
        validate_diagnostics(with(past).path()),
        ["profiles/team.yaml:2 W0103"]
    );
    let allowed = format!("allow: [expired]\n{past}");
    assert_eq!(validate_diagnostics(with(&allowed).path()), [""; 0]);
}

#[test]
fn allow_rejects_unknown_codes_and_errors() {
    let allow = |name: &str| {
        let user = format!("extension: \"101\"\nallow: [{name}]\n");
        let folder = repository(&[("users/a.yaml", &user)]);
        let mut command = command();
        command.arg("-C").arg(folder.path()).arg("validate");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let mut reports = String::new();
    for name in ["long-rign", "W0199", "E0101", "user-identity"] {
        let report = allow(name);
        assert!(report.contains("E0017"), "{report}");
        reports += &report;
    }
    insta::assert_snapshot!(reports, @"
    error[E0017]: there is no warning `long-rign`
     --> users/a.yaml:2:9
      |
    2 | allow: [long-rign]
      |         ^^^^^^^^^
      |
      = help: did you mean `long-ring`?

    1 error in 1 of 2 files
    Run `callrules explain E0017` for details
    error[E0017]: there is no warning `W0199`
     --> users/a.yaml:2:9
      |
    2 | allow: [W0199]
      |         ^^^^^
      |
      = help: did you mean `W0109`?

    1 error in 1 of 2 files
    Run `callrules explain E0017` for details
    error[E0017]: `E0101` is an error
     --> users/a.yaml:2:9
      |
    2 | allow: [E0101]
      |         ^^^^^
      |
      = help: only warnings can be allowed: their codes start with `W`

    1 error in 1 of 2 files
    Run `callrules explain E0017` for details
    error[E0017]: `user-identity` is an error
     --> users/a.yaml:2:9
      |
    2 | allow: [user-identity]
      |         ^^^^^^^^^^^^^
      |
      = help: only warnings can be allowed: their codes start with `W`

    1 error in 1 of 2 files
    Run `callrules explain E0017` for details
    ");
    insta::assert_snapshot!(allow("W0110, shadowed"), @"no problems in 2 files (extensions, devices and greetings are checked by `callrules plan`)");
}

/// Creates an account with a disabled colleague and one who is not activated.
fn env_with_inactive_users() -> TestEnv {
    TestEnv::new(json!({
        "account": { "id": ACCOUNT, "name": "Test" },
        "extensions": [
            { "id": "1001", "extensionNumber": "101", "name": "Alex Morgan" },
            { "id": "1002", "extensionNumber": "102", "name": "Priya Rao", "status": "Disabled" },
            { "id": "1003", "extensionNumber": "103", "name": "Sam Lee", "status": "NotActivated" },
        ],
    }))
}

/// Returns the warnings of a plan.
fn plan_warnings(env: &TestEnv) -> Vec<Value> {
    let plan = env.plan();
    plan["warnings"].as_array().unwrap().clone()
}

#[test]
fn plan_reports_targets_out_of_service_with_location() {
    let env = env_with_inactive_users();
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
    let mut reported = plan_warnings(&env);
    let messages: Vec<String> = reported
        .iter_mut()
        .map(|warning| warning["message"].take().as_str().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(messages.join("\n"), @"
    Priya Rao (102) is disabled and does not ring
    Sam Lee (103) is not activated and accepts no calls
    ");
    let location = |line: u32| {
        json!({
            "code": "W0106", "message": null, "user": "101", "file": "users/alex.yaml", "line": line,
            "column": 7,
        })
    };
    assert_eq!(reported, [location(7), location(8)]);
    env.write(
        "users/alex.yaml",
        &rings("{ coworker: \"102\" }", "{ extension: \"103\" }"),
    );
    let silent = plan_warnings(&env);
    assert_eq!(silent.len(), 1, "{silent:#?}");
    assert_eq!(
        (&silent[0]["code"], &silent[0]["line"]),
        (&json!("W0107"), &json!(5))
    );
    env.write(
        "users/alex.yaml",
        &rings("{ coworker: \"102\" }", "voicemail"),
    );
    assert_eq!(plan_warnings(&env).len(), 1);
    let run = env.run(&["apply", "--auto-approve"]);
    insta::assert_snapshot!(lines_with(&run.err, "W0106"), @"
    warning[W0106]: Priya Rao (102) is disabled and does not ring
    Run `callrules explain W0106` for details
    ");
    assert!(run.err.contains("callrules explain W0106"), "{}", run.err);
    env.write(
        "users/alex.yaml",
        &format!(
            "allow: [out-of-service]\n{}",
            rings("{ coworker: \"102\" }", "voicemail")
        ),
    );
    assert_eq!(plan_warnings(&env), [Value::Null; 0]);
}

#[test]
fn announcement_without_ringing_is_reported_as_silence() {
    let env = env_with_inactive_users();
    let codes_for = |dispatching: &str| -> Vec<Value> {
        let user = format!(
            "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    dispatching: {{ {dispatching} }}\n"
        );
        env.write("users/alex.yaml", &user);
        plan_warnings(&env)
            .iter()
            .map(|warning| warning["code"].clone())
            .collect()
    };
    let rings = |target: &str, end: &str| {
        codes_for(&format!(
            "type: RingAtOnce, ring: [{{ targets: [{target}], seconds: 20 }}], noAnswer: {end}"
        ))
    };
    let disabled = "{ coworker: \"102\" }";
    assert_eq!(rings(disabled, "announcement"), ["W0107"]);
    assert_eq!(rings(disabled, "voicemail"), ["W0106"]);
    assert_eq!(rings("mobileApps", "announcement"), [Value::Null; 0]);
    assert_eq!(
        codes_for(
            "type: RingAtOnce, ring: [{ targets: [mobileApps], enabled: false, seconds: 20 }], noAnswer: announcement"
        ),
        ["W0005", "W0107"]
    );
    assert_eq!(
        codes_for("type: Terminate, terminate: announcement"),
        [Value::Null; 0]
    );
}

#[test]
fn plan_lints_with_live_hours() {
    let mut seed = crate::support::single_user_seed(json!([]));
    seed["extensions"][0]["states"] = json!({ "work-hours": { "conditions": [{
        "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Weekly",
            "ranges": { "monday": [{ "startTime": "09:00:00", "endTime": "12:00:00" }] } }] } }] } });
    let env = TestEnv::new(seed);
    let hours = "states: { dnd: { enabled: false } }\n";
    let times = "callerIds: [\"+1\"], state: work-hours, schedule: { daily: 13:00-14:00 }";
    env.write("users/alex.yaml", &(user_with_rule(times) + hours));
    let reported = plan_warnings(&env);
    assert_eq!(reported[0]["code"], "W0101", "{reported:#?}");
    // The files alone do not define Alex's working hours.
    insta::assert_snapshot!(without_variable_parts(&env, &env.run(&["validate"]).out), @"no problems in 2 files (extensions, devices and greetings are checked by `callrules plan`)");
}

#[test]
fn offline_lint_ignores_values_set_only_on_the_account() {
    for user in [
        // What the file omits of a rule may be set on the account.
        "extension: \"101\"\ninteractionRules: { A: { enabled: true }, B: { enabled: true } }\n",
        "extension: \"101\"\ninteractionRules: { A: { dispatching: { noAnswer: { extension: \"101\" } } } }\n",
    ] {
        assert_eq!(user_codes(user), [""; 0], "{user}");
    }
}

#[test]
fn examples_have_no_warnings() {
    for example in ["acme", "holidays"] {
        assert_eq!(
            validate_diagnostics(&Path::new("examples").join(example)),
            [""; 0]
        );
        let env = TestEnv::example(example);
        assert_eq!(plan_warnings(&env), [Value::Null; 0], "{example}");
    }
}

#[test]
fn unmanaged_live_rules_do_not_hide_lints() {
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
    let to_number = |number: &str| format!("calledNumbers: [\"{number}\"]");
    let always = "callerIds: [\"+44\"]";
    // On the account, `A` comes before the rules that no file declares, and `B` after them.
    let personal = [
        rule("A", "callerIds: [\"+1650\"]", "voicemail"),
        rule("Personal", "callerIds: [\"+1650\"]", "voicemail"),
        rule("Paid", &to_number("+16505550101"), premium),
        rule("To Priya", always, "{ extension: \"102\" }"),
    ];
    env.write("users/alex.yaml", &user("101", &personal));
    env.run(&["apply", "--auto-approve"]);
    let declared = [
        rule("A", "callerIds: [\"+1650\"]", "{ extension: \"102\" }"),
        rule("B", &to_number("+16505550102"), premium),
    ];
    env.write("users/alex.yaml", &user("101", &declared));
    let back = [rule("Back", always, "{ extension: \"101\" }")];
    env.write("users/priya.yaml", &user("102", &back));
    let reported = plan_warnings(&env);
    let findings: BTreeSet<(&str, &str, &str)> = reported
        .iter()
        .map(|warning| {
            let text = |key: &str| warning[key].as_str().unwrap();
            (text("file"), text("code"), text("message"))
        })
        .collect();
    let locations: Vec<(&str, &str)> = findings
        .iter()
        .map(|&(file, code, _)| (file, code))
        .collect();
    let expected = [
        ("users/alex.yaml", "W0104"),
        ("users/alex.yaml", "W0112"),
        ("users/priya.yaml", "W0105"),
    ];
    assert_eq!(locations, expected);
    let messages: Vec<&str> = findings.iter().map(|&(_, _, message)| message).collect();
    insta::assert_snapshot!(messages.join("\n"), @"
    this rule and `Personal` match the same calls and have the same priority
    `+19005551234` is a premium-rate number: each forwarded call costs extra
    calls are forwarded in a loop: Priya Rao (102) → Alex Morgan (101) → Priya Rao (102)
    ");
}

#[test]
fn many_spans_and_mornings_left_out_are_reported() {
    let spans: Vec<String> = (0..21)
        .map(|hour| format!("{hour:02}:00-{hour:02}:30"))
        .collect();
    let daily = |spans: &[String]| {
        user_with_rule(&format!("schedule: {{ daily: [{}] }}", spans.join(", ")))
    };
    assert_eq!(user_codes(&daily(&spans)), ["W0117"]);
    assert!(user_codes(&daily(&spans[1..])).is_empty());
    for (times, expected) in [
        ("mon-fri: 17:00-09:00, sat-sun: all-day", vec!["W0118"]),
        (
            "mon: [00:00-09:00, 17:00-09:00], tue-fri: 17:00-09:00, sat-sun: all-day",
            vec![],
        ),
        ("mon-sun: 17:00-09:00", vec![]),
        ("mon-fri: 08:00-17:00, sat-sun: all-day", vec![]),
        ("fri: 17:00-24:00, sat-sun: all-day", vec![]),
    ] {
        let user = user_with_rule(&format!("schedule: {{ weekly: {{ {times} }} }}"));
        assert_eq!(user_codes(&user), expected, "{times}");
    }
}

#[test]
fn file_that_replaces_half_of_what_a_profile_switches_on_is_reported() {
    let profile = "states:\n  forward-all-calls:\n    enabled: true\n    schedule: { ranges: [{ end: 2027-01-31 }] }\n    dispatching: { type: Terminate, terminate: { phoneNumber: \"+16505550111\" } }\n";
    let codes = |state: &str| {
        let user = format!(
            "extension: \"101\"\nprofiles: [closed]\nstates:\n  forward-all-calls: {{ {state} }}\n"
        );
        let folder = repository(&[("profiles/closed.yaml", profile), ("users/a.yaml", &user)]);
        validate_diagnostics(folder.path())
    };
    let voicemail = "dispatching: { type: Terminate, terminate: voicemail }";
    assert_eq!(codes(voicemail), ["users/a.yaml:4 W0121"]);
    assert_eq!(codes("schedule: { daily: all-day }").len(), 2);
    assert!(codes(&format!("enabled: false, {voicemail}")).is_empty());
}
