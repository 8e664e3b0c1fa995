//! Single calls: which rule takes them, why, and what is said of what nobody knows.

use callrules::model::StateId;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::offline::folder;
use crate::support::{Run, TestEnv, command, copy, forwarding, single_user_seed};

/// Simulates a call in a folder, without credentials.
fn simulate(folder: &TempDir, arguments: &str) -> Run {
    let mut command = command();
    let words = shlex::split(arguments).unwrap();
    let command = command.arg("-C").arg(folder.path()).arg("simulate");
    let output = command.args(words).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The decision as scripts see it.
fn decided(folder: &TempDir, arguments: &str) -> Value {
    let run = simulate(folder, &format!("{arguments} --format json"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn user(text: &str) -> TempDir {
    folder(&[("users/alex.yaml", &format!("extension: \"101\"\n{text}"))])
}

fn acme() -> TempDir {
    let folder = TempDir::new().unwrap();
    copy("examples/acme".as_ref(), folder.path());
    folder
}

/// The codes of what is noted, but for the switches, which are each user's own.
fn notes(decision: &Value) -> Vec<&str> {
    let notes = decision["notes"].as_array().unwrap().iter();
    let codes = notes.map(|note| note["code"].as_str().unwrap());
    codes.filter(|code| *code != "switch").collect()
}

#[test]
fn the_vip_of_the_contract_is_decided_as_scripts_expect() {
    let decision = decided(
        &acme(),
        "--user 101 --from +16501111111 --at 2026-11-25T22:10",
    );
    insta::assert_json_snapshot!(decision);
}

#[test]
fn the_story_reads_well() {
    let run = simulate(
        &acme(),
        "--user 101 --from '+1 650-222-2222' --at 'Wed 22:10' --time-zone America/Los_Angeles",
    );
    assert_eq!((run.code, &*run.err), (0, ""));
    insta::assert_snapshot!(run.out);
}

#[test]
fn who_rings_is_told_in_order() {
    let run = simulate(&acme(), "--user 101 --from anonymous --at 2026-11-25T12:00");
    let (_, ways) = run.out.split_once("→").unwrap();
    insta::assert_snapshot!(ways);
}

#[test]
fn files_are_asked_without_a_request_and_the_account_with_five() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "Live",
        "+16502222222",
        "+14080000000"
    )])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\nstates: { work-hours: { schedule: { daily: all-day } } }\n",
    );
    let ask = |live: &[&str]| {
        let call = ["simulate", "--user", "101", "--from", "+16502222222"];
        let call = [
            &call[..],
            &["--at", "2026-11-25T12:00", "--format", "json"],
            live,
        ]
        .concat();
        let run = env.run(&call);
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    let offline = ask(&[]);
    assert_eq!(offline["handledBy"]["name"], StateId::WORK_HOURS);
    assert_eq!(offline["source"], "users/alex.yaml");
    assert_eq!(env.sandbox().exchanges().len(), 0);

    let live = ask(&["--live"]);
    assert_eq!(live["handledBy"]["name"], "Live");
    assert!(live["handledBy"]["ruleId"].is_string(), "{live}");
    assert_eq!(live["destination"]["phoneNumber"], "+14080000000");
    assert_eq!(
        (&live["source"], &live["notes"]),
        (&Value::Null, &json!([]))
    );
    // The token, the account, the directory, and the user's two lists.
    assert_eq!(env.sandbox().exchanges().len(), 5);
}

/// What the files decide without a doubt is what the account does once they are applied.
#[test]
fn the_account_decides_as_the_files_do_after_an_apply() {
    let env = TestEnv::example("acme");
    env.apply();
    for call in [
        "--user 101 --from +16501111111 --at 2026-11-25T22:10",
        "--user 101 --at 2026-11-25T22:10",
        "--user 101 --at 2026-11-25T12:00",
        "--user priya.rao@acme.example --at 2026-12-25T12:00 --queue",
        "--user priya.rao@acme.example --at 'tue 09:30'",
        "--user 103 --to +16505550133 --at 2026-11-25T12:00",
        "--user 104 --at 'fri 12:30'",
        "--user 104 --at 'fri 12:30' --queue",
        "--user 104 --at 'fri 11:30' --queue",
    ] {
        let words = shlex::split(call).unwrap();
        let ask = |more: &[&str]| {
            let words = words.iter().map(String::as_str);
            let all: Vec<&str> = ["simulate"].into_iter().chain(words).collect();
            let run = env.run(&[&all[..], &["--format", "json"], more].concat());
            assert_eq!(run.code, 0, "{call}: {}", run.err);
            serde_json::from_str::<Value>(&run.out).unwrap()
        };
        let (files, account) = (ask(&[]), ask(&["--live"]));
        // That a rule of the files is on they leave to the account.
        let notes = notes(&files).into_iter();
        let notes: Vec<&str> = notes.filter(|note| *note != "enabled").collect();
        assert_eq!(notes, [""; 0], "{call}");
        for part in ["kind", "name"] {
            assert_eq!(
                files["handledBy"][part], account["handledBy"][part],
                "{call}"
            );
        }
        for part in ["type", "phoneNumber", "extensionNumber"] {
            let ends = [&files, &account].map(|decision| decision["destination"].get(part));
            let is_name = part == "extensionNumber" && ends[0].is_none();
            assert!(ends[0] == ends[1] || is_name, "{call}: {ends:?}");
        }
    }
}

const TERMINATE: &str = "dispatching: { type: Terminate, terminate: voicemail }";

/// Nothing is noted that decides nothing.
#[test]
fn what_a_file_leaves_open_is_told_where_the_decision_rests_on_it() {
    let rule = |more: &str| {
        format!(
            "interactionRules:\n  VIP: {{ conditions: {{ callerIds: [\"+1650\"] }}, {more} {TERMINATE} }}\n"
        )
    };
    let closed = "states:\n  work-hours: { schedule: { weekly: { mon-fri: 9:00-17:00 } } }\n";
    let nothing = "interactionRules: {}\n";
    let work = "dispatching: { type: RingAtOnce, ring: [{ targets: [mobileApps], seconds: 9 }], noAnswer: voicemail }";
    let working = format!("{nothing}states:\n  work-hours: {{ {work} }}\n");
    let agent = format!(
        "{nothing}states:\n  agent: {{ dispatching: {{ type: RingAtOnce, ring: [{{ targets: [mobileApps], seconds: 9 }}] }} }}\n"
    );
    let called = format!(
        "interactionRules:\n  Own: {{ conditions: {{ calledNumbers: [\"+16505550102\"] }}, {TERMINATE} }}\nstates:\n  work-hours: {{ {work} }}\n"
    );
    let forwarding = format!("states:\n  forward-all-calls: {{ enabled: true, {TERMINATE} }}\n");
    for (file, call, told) in [
        // A rule takes the call, whatever the states are like.
        (&*rule(""), "--from +16502222222", &["enabled"][..]),
        (&rule("enabled: true,"), "--from +16502222222", &[]),
        (&rule(""), "", &["schedule", "handling"]),
        (
            &rule(""),
            "--from +16502222222 --queue",
            &["queueCalls", "agent"],
        ),
        (
            &rule("queueCallsIncluded: false,"),
            "--from +16502222222 --queue",
            &["agent"],
        ),
        (
            &rule("queueCallsIncluded: true,"),
            "--from +16502222222 --queue",
            &["enabled"],
        ),
        (
            &rule("enabled: false,"),
            "--from +16502222222 --queue",
            &["agent"],
        ),
        (
            &format!("prune: none\n{}", rule("")),
            "--from +16502222222",
            &["otherRules", "enabled"],
        ),
        (&format!("{nothing}{closed}"), "", &["handling"]),
        (closed, "", &["rules", "handling"]),
        (&working, "", &["schedule"]),
        (&agent, "--queue", &["schedule", "schedule"]),
        (nothing, "--queue", &["agent"]),
        (&called, "", &["dialled", "schedule"]),
        (&called, "--to +16505550101", &["schedule"]),
        (&called, "--to +16505550102", &["enabled"]),
        // Where all calls are forwarded nothing else counts.
        (&forwarding, "", &["schedule"]),
    ] {
        let folder = user(file);
        let decision = decided(&folder, &format!("--user 101 --at 2026-11-25T12:00 {call}"));
        assert_eq!(notes(&decision), told, "{file}{call}\n{decision:#}");
    }
}

#[test]
fn a_switch_is_taken_as_off_where_the_file_does_not_say() {
    let switches = |file: &str| {
        let decision = decided(&user(file), "--user 101 --at 2026-11-25T12:00");
        let notes = decision["notes"].as_array().unwrap().iter();
        notes.filter(|note| note["code"] == "switch").count()
    };
    let off = "states: { dnd: { enabled: false }, forward-all-calls: { enabled: false } }\n";
    assert_eq!((switches(""), switches(off)), (2, 0));
    // On or off, at other times than these it forwards nothing.
    let past = "states: { dnd: { enabled: false }, forward-all-calls: { schedule: { ranges: [2026-01-01] } } }\n";
    assert_eq!(switches(past), 0);
}

/// It amends a live rule, whose conditions stand on the account.
#[test]
fn a_rule_without_conditions_leaves_a_call_undecided() {
    let folder = user(&format!(
        "interactionRules:\n  VIP: {{ enabled: true }}\n  Rest: {{ conditions: {{ callerIds: [\"+1650\"] }}, {TERMINATE} }}\n"
    ));
    let run = simulate(
        &folder,
        "--user 101 --from +16502222222 --at 2026-11-25T12:00 --format json",
    );
    assert_eq!(run.code, 1, "{}", run.err);
    let decision: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(decision["handledBy"]["kind"], "undecided");
    assert_eq!(decision["candidates"][0]["name"], "VIP");
    assert_eq!(decision["destination"], Value::Null);
    assert!(run.err.contains("--live"), "{}", run.err);
    let run = simulate(
        &folder,
        "--user 101 --from +16502222222 --at 2026-11-25T12:00",
    );
    assert!(
        run.out
            .contains("→ cannot be decided: `VIP` may take the call; if not: voicemail"),
        "{}",
        run.out
    );
}

#[test]
fn of_two_rules_of_one_priority_both_are_named() {
    let rule = |name: &str, number: &str, to: &str| {
        format!(
            "  {name}: {{ conditions: {{ callerIds: [\"{number}\"] }}, dispatching: {{ type: Terminate, terminate: {to} }} }}\n"
        )
    };
    let folder = user(&format!(
        "interactionRules:\n{}{}",
        rule("Wide", "+1650", "voicemail"),
        rule(
            "Narrow",
            "+16502222222",
            "{ phoneNumber: \"+14082324343\" }"
        ),
    ));
    let call = "--user 101 --from +16502222222 --at 2026-11-25T12:00";
    let decision = decided(&folder, call);
    assert_eq!(decision["handledBy"]["kind"], "ambiguous");
    assert_eq!(decision["priority"], 6);
    let candidates = decision["candidates"].as_array().unwrap();
    let names: Vec<&Value> = candidates.iter().map(|rule| &rule["name"]).collect();
    assert_eq!(names, ["Wide", "Narrow"]);
    assert_eq!(candidates[1]["destination"]["phoneNumber"], "+14082324343");
    let text = simulate(&folder, call).out;
    assert!(text.contains("ambiguous: `Wide` and `Narrow`"), "{text}");
}

#[test]
fn spans_over_midnight_beginnings_of_numbers_and_past_dates_count() {
    let folder = user(
        r#"
interactionRules:
  Night:
    conditions: { schedule: { weekly: { wed: 22:00-06:00 } }, callerIds: ["+1650222"] }
    dispatching: { type: Terminate, terminate: voicemail }
states:
  work-hours: { schedule: { daily: all-day } }
  forward-all-calls: { enabled: true, schedule: { ranges: [{ start: 2026-11-01, end: 2026-11-10 }] } }
"#,
    );
    for (from, at, taker) in [
        ("+16502222222", "2026-11-25T21:59:59", "work-hours"),
        ("+16502222222", "2026-11-25T22:00", "Night"),
        ("+16502222222", "2026-11-26T05:59:59", "Night"),
        ("+16502222222", "2026-11-26T06:00", "work-hours"),
        ("+16502222222", "2026-11-25T05:00", "work-hours"),
        ("+16502219999", "2026-11-25T23:00", "work-hours"),
        ("+16502222222", "2026-11-10T23:59:59", "forward-all-calls"),
    ] {
        let decision = decided(&folder, &format!("--user 101 --from {from} --at {at}"));
        assert_eq!(decision["handledBy"]["name"], taker, "{from} {at}");
        let because = decision["trace"][0]["because"].as_str().unwrap();
        let is_over = because == "still enabled, but its dates are over";
        assert_eq!(is_over, taker != "forward-all-calls", "{because}");
    }
}

#[test]
fn days_when_clocks_change_are_noted() {
    let folder = user("interactionRules: {}\n");
    for (zone, at, told) in [
        (
            "America/New_York",
            "2026-03-08T02:30",
            Some("does not exist"),
        ),
        ("America/New_York", "2026-11-01T01:30", Some("comes twice")),
        ("America/New_York", "2026-11-02T01:30", None),
        ("Asia/Tokyo", "2026-03-08T02:30", None),
    ] {
        let call = format!("--user 101 --at {at} --time-zone {zone}");
        let decision = decided(&folder, &call);
        let notes = decision["notes"].as_array().unwrap().iter();
        let mut clock = notes.filter(|note| note["code"] == "clock");
        let clock = clock.next().map(|note| note["message"].as_str().unwrap());
        match told {
            Some(told) => assert!(clock.unwrap().contains(told), "{at}"),
            None => assert_eq!(clock, None),
        }
    }
    let now = simulate(&folder, "--user 101 --at now");
    assert_eq!(now.code, 1);
    assert!(now.err.contains("--time-zone"), "{}", now.err);
    let now = decided(&folder, "--user 101 --at now --time-zone Asia/Tokyo");
    assert_eq!(now["call"]["at"], crate::support::NOW);
}

#[test]
fn a_call_is_followed_from_one_extension_to_the_next() {
    let rings_then = |extension: &str, next: &str| {
        format!(
            "extension: \"{extension}\"\ninteractionRules: {{}}\nstates:\n  work-hours:\n    schedule: {{ daily: all-day }}\n    dispatching: {{ type: RingAtOnce, ring: [{{ targets: [mobileApps], seconds: 20 }}], noAnswer: {{ extension: \"{next}\" }} }}\n"
        )
    };
    let folder = folder(&[
        ("users/a.yaml", &rings_then("101", "102")),
        ("users/b.yaml", &rings_then("102", "101")),
        ("users/c.yaml", &rings_then("103", "900")),
    ]);
    let decision = decided(&folder, "--user 101 --at 2026-11-25T12:00");
    assert_eq!(
        decision["destination"],
        json!({ "type": "ExtensionTerminatingTarget", "extensionNumber": "102" })
    );
    let then = decision["then"].as_array().unwrap();
    assert_eq!(
        (&then[0]["user"], &then[0]["loop"]),
        (&json!("102"), &json!(false))
    );
    assert_eq!(then[0]["handledBy"]["name"], "work-hours");
    assert_eq!(
        (&then[1]["user"], &then[1]["loop"]),
        (&json!("101"), &json!(true))
    );
    assert_eq!(then.len(), 2);
    let text = simulate(&folder, "--user 101 --at 2026-11-25T12:00").out;
    assert!(
        text.contains("Then back to 101: the call goes round"),
        "{text}"
    );

    let decision = decided(&folder, "--user 103 --at 2026-11-25T12:00");
    assert_eq!(
        decision["then"],
        json!([{ "user": "900", "known": false, "loop": false }])
    );
}

#[test]
fn what_is_no_call_is_refused_with_a_way_to_mend_it() {
    let folder = acme();
    for (call, told) in [
        ("--user 110 --at 'sat 20:00'", "the nearest are 101"),
        ("--user 10? --at 'sat 20:00'", "no file describes the user"),
        ("--user '*' --at 'sat 20:00'", "names 4 users"),
        ("--user 101 --at tomorrow", "write a date and time"),
        (
            "--user 101 --at 'sat 20:00' --from '650 222 2222'",
            "country code",
        ),
        (
            "--user 101 --at 'sat 20:00' --time-zone Mars",
            "America/New_York",
        ),
    ] {
        let run = simulate(&folder, call);
        assert_eq!((run.code, &*run.out), (1, ""), "{call}");
        assert!(run.err.contains(told), "{call}: {}", run.err);
    }
}
