//! `callrules simulate`: which rule handles a call, why, and which assumptions are reported.

use callrules::model::StateId;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::offline::folder;
use crate::support::{NOW, Run, TestEnv, command, copy, forwarding, lines_with, single_user_seed};

/// Runs `simulate` in a folder, without credentials.
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

/// Returns the decision as JSON.
fn simulate_json(folder: &TempDir, arguments: &str) -> Value {
    let run = simulate(folder, &format!("{arguments} --format json"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn create_user_folder(configuration: &str) -> TempDir {
    let file = format!("extension: \"101\"\n{configuration}");
    folder(&[("users/alex.yaml", &file)])
}

fn copy_acme() -> TempDir {
    let folder = TempDir::new().unwrap();
    copy("examples/acme".as_ref(), folder.path());
    folder
}

/// Returns the codes of the decision's notes, except for notes on user switches.
fn note_codes(decision: &Value) -> Vec<&str> {
    let notes = decision["notes"].as_array().unwrap();
    notes
        .iter()
        .map(|note| note["code"].as_str().unwrap())
        .filter(|code| *code != "switch")
        .collect()
}

#[test]
fn vip_call_decision_as_json() {
    let decision = simulate_json(
        &copy_acme(),
        "--user 101 --from +16501111111 --at 2026-11-25T22:10",
    );
    insta::assert_json_snapshot!(decision, @r#"
    {
      "formatVersion": "1.0",
      "call": {
        "user": "101",
        "from": "+16501111111",
        "to": null,
        "at": "2026-11-25T22:10:00",
        "queue": false
      },
      "handledBy": {
        "kind": "interactionRule",
        "name": "VIP Calls After-Hours",
        "ruleId": null
      },
      "priority": 8,
      "destination": {
        "type": "PhoneNumberTerminatingTarget",
        "phoneNumber": "+14082324343"
      },
      "rings": [],
      "trace": [
        {
          "candidate": "forward-all-calls",
          "matched": false,
          "reason": "assumed off (not set in the file)"
        },
        {
          "candidate": "dnd",
          "matched": false,
          "reason": "assumed off (not set in the file)"
        },
        {
          "candidate": "VIP Calls After-Hours",
          "matched": true,
          "reason": "caller id and state match"
        },
        {
          "candidate": "work-hours",
          "matched": false,
          "reason": "this is outside work hours"
        },
        {
          "candidate": "after-hours",
          "matched": true,
          "reason": "a rule handles the call"
        }
      ],
      "source": "users/alex.yaml",
      "then": [],
      "notes": [
        {
          "code": "switch",
          "message": "users/alex.yaml doesn't set forward-all-calls: assumed off"
        },
        {
          "code": "switch",
          "message": "users/alex.yaml doesn't set dnd: assumed off"
        }
      ]
    }
    "#);
}

#[test]
fn after_hours_call_explanation_as_text() {
    let run = simulate(
        &copy_acme(),
        "--user 101 --from '+1 650-222-2222' --at 'Wed 22:10' --time-zone America/Los_Angeles",
    );
    assert_eq!((run.code, &*run.err), (0, ""));
    insta::assert_snapshot!(run.out, @"
    A direct call from +1 650-222-2222 (Sandra Bell) to 101, Wednesday 25 November 2026 22:10 (America/Los_Angeles)

        forward-all-calls      assumed off (not set in the file)
        dnd                    assumed off (not set in the file)
      ▸ VIP Calls After-Hours  priority 8: caller id and state match
        work-hours             this is outside work hours
        after-hours            a rule handles the call
      → goes straight to +1 408-232-4343

      ! users/alex.yaml doesn't set forward-all-calls: assumed off
      ! users/alex.yaml doesn't set dnd: assumed off
      Use `--live` to check the account
    ");
}

#[test]
fn ringing_steps_are_printed_in_order() {
    let run = simulate(
        &copy_acme(),
        "--user 101 --from anonymous --at 2026-11-25T12:00",
    );
    let (_, steps) = run.out.split_once("→").unwrap();
    insta::assert_snapshot!(steps, @"
    plays a greeting: preset Default
     → rings desktop apps for 20 s
     → then rings mobile apps + device Alex's desk phone for 25 s
     → then rings extension 102 for 20 s
     → no answer after 65 s: voicemail

     ! users/alex.yaml doesn't set forward-all-calls: assumed off
     ! users/alex.yaml doesn't set dnd: assumed off
     Use `--live` to check the account
    ");
}

#[test]
fn offline_call_sends_no_request_and_live_call_sends_five() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "Live",
        "+16502222222",
        "+14080000000"
    )])));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\nstates: { work-hours: { schedule: { daily: all-day } } }\n",
    );
    let simulate_with = |options: &[&str]| {
        let call = ["simulate", "--user", "101", "--from", "+16502222222"];
        let time_and_format = ["--at", "2026-11-25T12:00", "--format", "json"];
        let run = env.run(&[&call[..], &time_and_format, options].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str::<Value>(&run.out).unwrap()
    };
    let offline = simulate_with(&[]);
    assert_eq!(offline["handledBy"]["name"], StateId::WORK_HOURS);
    assert_eq!(offline["source"], "users/alex.yaml");
    assert_eq!(env.sandbox().exchanges().len(), 0);

    let live = simulate_with(&["--live"]);
    assert_eq!(live["handledBy"]["name"], "Live");
    assert!(live["handledBy"]["ruleId"].is_string(), "{live}");
    assert_eq!(live["destination"]["phoneNumber"], "+14080000000");
    assert_eq!(
        (&live["source"], &live["notes"]),
        (&Value::Null, &json!([]))
    );
    // The token, the account, the directory, and the user's rules and states.
    assert_eq!(env.sandbox().exchanges().len(), 5);
}

#[test]
fn live_decision_after_apply_matches_offline_decision() {
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
        let simulate_with = |options: &[&str]| {
            let mut arguments = vec!["simulate", "--format", "json"];
            arguments.extend(words.iter().map(String::as_str));
            arguments.extend(options);
            let run = env.run(&arguments);
            assert_eq!(run.code, 0, "{call}: {}", run.err);
            serde_json::from_str::<Value>(&run.out).unwrap()
        };
        let (offline, live) = (simulate_with(&[]), simulate_with(&["--live"]));
        // The files don't set `enabled`, so each rule they decide by has this note.
        let mut codes = note_codes(&offline);
        codes.retain(|code| *code != "enabled");
        assert_eq!(codes, [""; 0], "{call}");
        for part in ["kind", "name"] {
            assert_eq!(
                offline["handledBy"][part], live["handledBy"][part],
                "{call}"
            );
        }
        for part in ["type", "phoneNumber", "extensionNumber"] {
            let expected = offline["destination"].get(part);
            let actual = live["destination"].get(part);
            // Offline, a destination that is named in another way has no extension number.
            let is_unknown = part == "extensionNumber" && expected.is_none();
            assert!(
                expected == actual || is_unknown,
                "{call}: {expected:?} {actual:?}"
            );
        }
    }
}

const TERMINATE: &str = "dispatching: { type: Terminate, terminate: voicemail }";

/// Notes that would not affect the decision are left out.
#[test]
fn unset_values_are_noted_only_if_the_decision_depends_on_them() {
    let rule = |settings: &str| {
        format!(
            "interactionRules:\n  VIP: {{ conditions: {{ callerIds: [\"+1650\"] }}, {settings} {TERMINATE} }}\n"
        )
    };
    let with_schedule =
        "states:\n  work-hours: { schedule: { weekly: { mon-fri: 9:00-17:00 } } }\n";
    let no_rules = "interactionRules: {}\n";
    let work_hours = "dispatching: { type: RingAtOnce, ring: [{ targets: [mobileApps], seconds: 9 }], noAnswer: voicemail }";
    let with_handling = format!("{no_rules}states:\n  work-hours: {{ {work_hours} }}\n");
    let with_agent = format!(
        "{no_rules}states:\n  agent: {{ dispatching: {{ type: RingAtOnce, ring: [{{ targets: [mobileApps], seconds: 9 }}] }} }}\n"
    );
    let with_called_number = format!(
        "interactionRules:\n  Own: {{ conditions: {{ calledNumbers: [\"+16505550102\"] }}, {TERMINATE} }}\nstates:\n  work-hours: {{ {work_hours} }}\n"
    );
    let with_forwarding =
        format!("states:\n  forward-all-calls: {{ enabled: true, {TERMINATE} }}\n");
    for (file, call, expected) in [
        // A rule matches, so the states don't matter.
        (&*rule(""), "--from +16502222222", &[][..]),
        (&rule("enabled: true,"), "--from +16502222222", &[]),
        (&rule(""), "", &["schedule", "handling"]),
        (&rule(""), "--from +16502222222 --queue", &["agent"]),
        // A rule without a type changes a rule of the account, whose other parts are unknown.
        (
            &rule("").replace("type: Terminate, ", ""),
            "--from +16502222222 --queue",
            &["queueCalls", "agent"],
        ),
        (
            &rule("").replace("type: Terminate, ", ""),
            "--from +16502222222",
            &["enabled", "handling"],
        ),
        (
            &rule("queueCallsIncluded: false,"),
            "--from +16502222222 --queue",
            &["agent"],
        ),
        (
            &rule("queueCallsIncluded: true,"),
            "--from +16502222222 --queue",
            &[],
        ),
        (
            &rule("enabled: false,"),
            "--from +16502222222 --queue",
            &["agent"],
        ),
        (
            &format!("prune: none\n{}", rule("")),
            "--from +16502222222",
            &["otherRules"],
        ),
        (&format!("{no_rules}{with_schedule}"), "", &["handling"]),
        (with_schedule, "", &["rules", "handling"]),
        (&with_handling, "", &["schedule"]),
        (&with_agent, "--queue", &["schedule", "schedule"]),
        (no_rules, "--queue", &["agent"]),
        (&with_called_number, "", &["dialed", "schedule"]),
        (&with_called_number, "--to +16505550101", &["schedule"]),
        (&with_called_number, "--to +16505550102", &[]),
        // If all calls are forwarded, nothing else matters.
        (&with_forwarding, "", &["schedule"]),
    ] {
        let folder = create_user_folder(file);
        let decision = simulate_json(&folder, &format!("--user 101 --at 2026-11-25T12:00 {call}"));
        assert_eq!(
            note_codes(&decision),
            expected,
            "{file}{call}\n{decision:#}"
        );
    }
}

#[test]
fn unset_switches_are_assumed_off_and_noted() {
    let count_switch_notes = |file: &str| {
        let folder = create_user_folder(file);
        let decision = simulate_json(&folder, "--user 101 --at 2026-11-25T12:00");
        let notes = decision["notes"].as_array().unwrap();
        notes.iter().filter(|note| note["code"] == "switch").count()
    };
    let off = "states: { dnd: { enabled: false }, forward-all-calls: { enabled: false } }\n";
    assert_eq!((count_switch_notes(""), count_switch_notes(off)), (2, 0));
    // Outside its dates it forwards nothing, so the switch doesn't matter.
    let past = "states: { dnd: { enabled: false }, forward-all-calls: { schedule: { ranges: [2026-01-01] } } }\n";
    assert_eq!(count_switch_notes(past), 0);
}

/// Such a rule changes a live rule, and only the account knows its conditions.
#[test]
fn rule_without_conditions_leaves_the_call_undecided() {
    let folder = create_user_folder(&format!(
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
    insta::assert_snapshot!(run.err, @"
    error: the files don't determine the outcome of this call
    help: add the missing settings to the files, or use `--live` to check the account
    ");
    let text = simulate(
        &folder,
        "--user 101 --from +16502222222 --at 2026-11-25T12:00",
    );
    insta::assert_snapshot!(lines_with(&text.out, "→"), @"  → undecided: `VIP` may handle the call; if not: voicemail");
}

#[test]
fn rules_of_equal_priority_are_both_reported() {
    let rule = |name: &str, number: &str, destination: &str| {
        format!(
            "  {name}: {{ conditions: {{ callerIds: [\"{number}\"] }}, dispatching: {{ type: Terminate, terminate: {destination} }} }}\n"
        )
    };
    let folder = create_user_folder(&format!(
        "interactionRules:\n{}{}",
        rule("Wide", "+1650", "voicemail"),
        rule(
            "Narrow",
            "+16502222222",
            "{ phoneNumber: \"+14082324343\" }"
        ),
    ));
    let call = "--user 101 --from +16502222222 --at 2026-11-25T12:00";
    let decision = simulate_json(&folder, call);
    assert_eq!(decision["handledBy"]["kind"], "ambiguous");
    assert_eq!(decision["priority"], 6);
    let candidates = decision["candidates"].as_array().unwrap();
    let names: Vec<&Value> = candidates.iter().map(|rule| &rule["name"]).collect();
    assert_eq!(names, ["Wide", "Narrow"]);
    assert_eq!(candidates[1]["destination"]["phoneNumber"], "+14082324343");
    let text = simulate(&folder, call).out;
    insta::assert_snapshot!(lines_with(&text, "→"), @"
    → ambiguous: `Wide` and `Narrow` have the same priority, and RingCentral doesn't document which one wins
    → `Wide`: voicemail
    → `Narrow`: +1 408-232-4343
    ");
}

#[test]
fn overnight_spans_number_prefixes_and_past_dates_are_evaluated() {
    let folder = create_user_folder(
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
    let mut forwarding_reasons = Vec::new();
    for (from, at, handler) in [
        ("+16502222222", "2026-11-25T21:59:59", "work-hours"),
        ("+16502222222", "2026-11-25T22:00", "Night"),
        ("+16502222222", "2026-11-26T05:59:59", "Night"),
        ("+16502222222", "2026-11-26T06:00", "work-hours"),
        ("+16502222222", "2026-11-25T05:00", "work-hours"),
        ("+16502219999", "2026-11-25T23:00", "work-hours"),
        ("+16502222222", "2026-11-10T23:59:59", "forward-all-calls"),
    ] {
        let decision = simulate_json(&folder, &format!("--user 101 --from {from} --at {at}"));
        assert_eq!(decision["handledBy"]["name"], handler, "{from} {at}");
        let reason = decision["trace"][0]["reason"].as_str().unwrap();
        forwarding_reasons.push(format!("{at} {handler}: {reason}"));
    }
    insta::assert_snapshot!(forwarding_reasons.join("\n"), @"
    2026-11-25T21:59:59 work-hours: still enabled, but expired
    2026-11-25T22:00 Night: still enabled, but expired
    2026-11-26T05:59:59 Night: still enabled, but expired
    2026-11-26T06:00 work-hours: still enabled, but expired
    2026-11-25T05:00 work-hours: still enabled, but expired
    2026-11-25T23:00 work-hours: still enabled, but expired
    2026-11-10T23:59:59 forward-all-calls: enabled
    ");
}

#[test]
fn times_at_clock_changes_are_noted() {
    let folder = create_user_folder("interactionRules: {}\n");
    let mut messages = Vec::new();
    for (zone, at) in [
        ("America/New_York", "2026-03-08T02:30"),
        ("America/New_York", "2026-11-01T01:30"),
        ("America/New_York", "2026-11-02T01:30"),
        ("Asia/Tokyo", "2026-03-08T02:30"),
    ] {
        let call = format!("--user 101 --at {at} --time-zone {zone}");
        let decision = simulate_json(&folder, &call);
        let notes = decision["notes"].as_array().unwrap();
        let clock_note = notes.iter().find(|note| note["code"] == "clock");
        let message = clock_note.map_or("no note", |note| note["message"].as_str().unwrap());
        messages.push(format!("{zone} {at}: {message}"));
    }
    insta::assert_snapshot!(messages.join("\n"), @"
    America/New_York 2026-03-08T02:30: this local time doesn't exist: the clocks go forward and skip it
    America/New_York 2026-11-01T01:30: this local time occurs twice, because the clocks go back: both calls are handled the same
    America/New_York 2026-11-02T01:30: no note
    Asia/Tokyo 2026-03-08T02:30: no note
    ");
}

#[test]
fn current_time_needs_a_time_zone() {
    let folder = create_user_folder("interactionRules: {}\n");
    let run = simulate(&folder, "--user 101 --at now");
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err, @"
    error: `now` needs a time zone, and the files don't set one
    help: add `--live`, or a time zone such as `--time-zone America/New_York`
    ");
    let decision = simulate_json(&folder, "--user 101 --at now --time-zone Asia/Tokyo");
    assert_eq!(decision["call"]["at"], NOW);
}

#[test]
fn call_is_followed_across_extensions_until_it_loops() {
    let ring_then_forward = |extension: &str, next: &str| {
        format!(
            "extension: \"{extension}\"\ninteractionRules: {{}}\nstates:\n  work-hours:\n    schedule: {{ daily: all-day }}\n    dispatching: {{ type: RingAtOnce, ring: [{{ targets: [mobileApps], seconds: 20 }}], noAnswer: {{ extension: \"{next}\" }} }}\n"
        )
    };
    let folder = folder(&[
        ("users/a.yaml", &ring_then_forward("101", "102")),
        ("users/b.yaml", &ring_then_forward("102", "101")),
        ("users/c.yaml", &ring_then_forward("103", "900")),
    ]);
    let decision = simulate_json(&folder, "--user 101 --at 2026-11-25T12:00");
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
    // The lines of the trace are indented.
    let headings: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(' '))
        .collect();
    insta::assert_snapshot!(headings.join("\n"), @"
    A direct call from a caller without a number to 101, Wednesday 25 November 2026 12:00
    Then to 102, assuming the same local time there:
    Then back to 101: forwarding loop
    ");

    let decision = simulate_json(&folder, "--user 103 --at 2026-11-25T12:00");
    assert_eq!(
        decision["then"],
        json!([{ "user": "900", "known": false, "loop": false }])
    );
}

#[test]
fn invalid_calls_are_rejected_with_help() {
    let folder = copy_acme();
    let mut errors = Vec::new();
    for call in [
        "--user 110 --at 'sat 20:00'",
        "--user 10? --at 'sat 20:00'",
        "--user '*' --at 'sat 20:00'",
        "--user 101 --at tomorrow",
        "--user 101 --at 'sat 20:00' --from '650 222 2222'",
        "--user 101 --at 'sat 20:00' --time-zone Mars",
    ] {
        let run = simulate(&folder, call);
        assert_eq!((run.code, &*run.out), (1, ""), "{call}");
        errors.push(format!("$ simulate {call}\n{}", run.err));
    }
    insta::assert_snapshot!(errors.join("\n"), @"
    $ simulate --user 110 --at 'sat 20:00'
    error: no file matches the user `110`
    help: use the `extension`, `email` or `id` line of the user's file (`id:` before an id); names don't work without an account

    $ simulate --user 10? --at 'sat 20:00'
    error: no file matches the user `10?`
    help: use the `extension`, `email` or `id` line of the user's file (`id:` before an id); names don't work without an account

    $ simulate --user '*' --at 'sat 20:00'
    error: `*` matches 4 users, but a call is to one user
    help: select one user by extension number, e-mail address, or `id:` and the id

    $ simulate --user 101 --at tomorrow
    error: `tomorrow` is not a valid call time
    help: use a date and time such as `2026-11-25T22:10`, a weekday and time such as `sat 20:00`, or `now`

    $ simulate --user 101 --at 'sat 20:00' --from '650 222 2222'
    error: invalid value '650 222 2222' for '--from <NUMBER>': `650 222 2222` is not a phone number in E.164 format
    put the country code in front; for North America: `+16502222222`

    For more information, try '--help'.

    $ simulate --user 101 --at 'sat 20:00' --time-zone Mars
    error: invalid value 'Mars' for '--time-zone <ZONE>': there is no such time zone; use a name such as America/New_York

    For more information, try '--help'.
    ");
}
