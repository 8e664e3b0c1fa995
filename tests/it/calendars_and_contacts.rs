//! Calendars and contacts: files that user files reference by name.

use std::fmt::Write as _;

use callrules::config::{self, ReferencedFiles};
use callrules::model::{ExtensionDirectory, NameIndex};
use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// A user file that references two calendars and two contact lists.
const USER: &str = r#"
extension: "101"
interactionRules:
  Holidays:
    conditions:
      schedule: { calendar: [us/holidays, company], ranges: [2026-07-04] }
    dispatching: { type: Terminate, terminate: voicemail }
  VIP:
    conditions:
      callerIds:
        - { phoneNumber: "+16505550001", name: Kris }
        - { contacts: vip }
        - { contacts: partners }
        - "+16505550003"
    dispatching: { type: Terminate, terminate: { phoneNumber: "+14082324343" } }
states:
  forward-all-calls:
    schedule: { calendar: company }
"#;

/// Returns the live conditions of a rule of user 101.
fn live_conditions(env: &TestEnv, rule: &str) -> Value {
    let user = env.user("101");
    let rules = user["interactionRules"].as_array().unwrap();
    let live_rule = rules.iter().find(|r| r["displayName"] == rule);
    live_rule.unwrap()["conditions"].clone()
}

#[test]
fn calendar_and_contact_names_are_expanded() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", USER);
    env.write(
        "calendars/us/holidays.yml",
        "Thanksgiving: { start: 2026-11-26, end: 2026-11-27 }\nChristmas Day: 2026-12-25\n",
    );
    env.write(
        "calendars/company.yaml",
        "Christmas: [2026-12-25, { start: 2026-12-31T12:00, end: 2026-12-31 }]\n",
    );
    // As Excel writes it: a byte order mark, Windows line ends, more columns.
    env.write(
        "contacts/vip.csv",
        "\u{feff}Id,PhoneNumber,Name\r\n1,+16505550001,Kristina\r\n2,+16505550002,\"Bell, Sandra\"\r\n",
    );
    env.write(
        "contacts/partners.yaml",
        "- { phoneNumber: \"+16505550003\", name: Jo }\n- +1408\n- +16505550002\n",
    );
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(env.without_paths(&run.out), @"
    1 of 1 user changes.

    Alex Morgan · 101
      + interaction rule  Holidays
            when   2026-07-04, 2026-11-26 to 2026-11-27, 2026-12-25, 2026-12-31 12:00 to 2026-12-31
            then   straight to voicemail
      + interaction rule  VIP
            when   4 callers
            then   straight to +1 408-232-4343
      ~ state settings    forward-all-calls
            schedule  daily all day → 2026-12-25, 2026-12-31 12:00 to 2026-12-31
      What callers will notice
            direct calls · everyone but the 4 callers of VIP · 2026-11-26 to 2026-11-27, 2026-12-25, 2026-12-31 12:00–24:00: now: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail → after: straight to voicemail
            direct calls · the 4 callers of VIP: now: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail → after: straight to +1 408-232-4343
            direct calls · everyone but the 4 callers of VIP · not 2026-11-26 to 2026-11-27, 2026-12-25, 2026-12-31 12:00–24:00 · while forward-all-calls is on: now: straight to voicemail → after: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail
            queue calls · not 2026-12-25, 2026-12-31 12:00–24:00 · while forward-all-calls is on: now: the queue tries the next agent → after: rings desktop apps + mobile apps 30 s with device 7001 40 s
            direct calls · the 4 callers of VIP · not 2026-12-25, 2026-12-31 12:00–24:00 · while forward-all-calls is on: now: voicemail → after: +1 408-232-4343

    Plan: 2 to create, 1 to update for 1 of 1 user
    Used 5 API requests; apply will need about 7
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    env.apply();
    let callers = &live_conditions(&env, "VIP")[0]["from"];
    assert_eq!(
        *callers,
        json!([
            { "phoneNumber": "+16505550001", "name": "Kris" },
            { "phoneNumber": "+16505550002", "name": "Bell, Sandra" },
            { "phoneNumber": "+16505550003", "name": "Jo" },
            { "phoneNumber": "+1408", "name": "+1408" },
        ])
    );
    let triggers = &live_conditions(&env, "Holidays")[0]["schedule"]["triggers"];
    let ranges: Vec<String> = triggers[0]["ranges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|range| {
            format!("{} {}", range["startDateTime"], range["endDateTime"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        ranges,
        [
            "2026-07-04T00:00:00 2026-07-04T23:59:59",
            "2026-11-26T00:00:00 2026-11-27T23:59:59",
            "2026-12-25T00:00:00 2026-12-25T23:59:59",
            "2026-12-31T12:00:00 2026-12-31T23:59:59",
        ]
    );
}

/// Returns a CSV of contacts with these numbers.
fn contacts_csv(numbers: impl Iterator<Item = u32>) -> String {
    let mut text = "name,phoneNumber\n".to_owned();
    for number in numbers {
        writeln!(text, "Caller {number},+1650{:07}", 5_550_000 + number).unwrap();
    }
    text
}

#[test]
fn plan_of_large_contact_list_is_short() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [{ contacts: vip }], schedule: { calendar: days } }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
    );
    let days = |days: std::ops::Range<u32>| -> String {
        days.map(|day| format!("Day {day}: 2026-12-{day}\n"))
            .collect()
    };
    env.write("contacts/vip.csv", &contacts_csv(0..5000));
    env.write("calendars/days.yaml", &days(10..30));
    let created = env.run(&["plan"]);
    assert_eq!(created.code, 0, "{}", created.err);
    env.apply();
    // Removes ten callers, adds three and a date.
    env.write(
        "contacts/vip.csv",
        &contacts_csv((10..5000).chain(6000..6003)),
    );
    env.write("calendars/days.yaml", &days(10..31));
    let changed = env.run(&["plan"]);
    let plans = format!("{}\n{}", created.out, changed.out);
    insta::assert_snapshot!(env.without_paths(&plans), @"
    1 of 1 user changes.

    Alex Morgan · 101
      + interaction rule  VIP
            when   5,000 callers · 2026-12-10, 2026-12-11, 2026-12-12, 2026-12-13, 2026-12-14 and 15 more
            then   straight to voicemail
      What callers will notice
            the 5,000 callers of VIP · 2026-12-10 to 2026-12-29: now: handled by work hours or after hours → after: voicemail

    Plan: 1 to create for 1 of 1 user
    Used 5 API requests; apply will need about 3
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.

    1 of 1 user changes.

    Alex Morgan · 101
      ~ interaction rule  VIP
            callerIds  5,000 → 4,993 (3 added, 10 removed)
              + calls from +1 650-555-6000 (Caller 6000)
              + calls from +1 650-555-6001 (Caller 6001)
              + calls from +1 650-555-6002 (Caller 6002)
              - calls from +1 650-555-0000 (Caller 0)
              - calls from +1 650-555-0001 (Caller 1)
              - calls from +1 650-555-0002 (Caller 2)
              - calls from +1 650-555-0003 (Caller 3)
              - calls from +1 650-555-0004 (Caller 4)
              - calls from +1 650-555-0005 (Caller 5)
              - calls from +1 650-555-0006 (Caller 6)
              - calls from +1 650-555-0007 (Caller 7)
              - calls from +1 650-555-0008 (Caller 8)
              … and 1 more
            schedule   20 → 21 (1 added, 0 removed)
              + 2026-12-30
      What callers will notice
            calls from +1 650-555-0000 (Caller 0), +1 650-555-0001 (Caller 1), +1 650-555-0002 (Caller 2) and 7 more · 2026-12-10 to 2026-12-29: now: voicemail → after: handled by work hours or after hours
            calls from +1 650-555-0010 (Caller 10), +1 650-555-0011 (Caller 11), +1 650-555-0012 (Caller 12) and 4,987 more · 2026-12-30: now: handled by work hours or after hours → after: voicemail
            calls from +1 650-555-6000 (Caller 6000), +1 650-555-6001 (Caller 6001), +1 650-555-6002 (Caller 6002) · 2026-12-10 to 2026-12-30: now: handled by work hours or after hours → after: voicemail

    Plan: 1 to update for 1 of 1 user
    Used 5 API requests; apply will need about 3
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    env.apply();
    assert_eq!(
        live_conditions(&env, "VIP")[0]["from"]
            .as_array()
            .unwrap()
            .len(),
        4993
    );
}

#[test]
fn errors_in_referenced_files_are_reported_once_with_location() {
    let env = TestEnv::new(single_user_seed(json!([])));
    for (path, text) in [
        (
            "calendars/bad.yaml",
            "Boxing Day: 26.12.2026\nOpen end: { start: 2026-12-24 }\nBack: { start: 2026-12-24, end: 2026-12-23 }\nNever: []\n",
        ),
        ("calendars/none.yaml", "{}\n"),
        ("calendars/unused.yaml", "Christmas Day: 2026-12-25\n"),
        ("contacts/bad.csv", "Name;phoneNumber\nKim;+16505550001\n"),
        (
            "contacts/many.csv",
            "name,phoneNumber,note\nKim,650 555 0001,\nJo,+16505550002,old\nPat,\nKris,+16505550003,\nJo P.,+16505550002,\nSam,,\nBo,\"+1650\n",
        ),
        ("contacts/none.csv", "name,phoneNumber\n"),
        ("contacts/twice.csv", "phoneNumber,name\n+1650,Kim\n"),
        (
            "contacts/twice.yaml",
            "- +1650\n- { phoneNumber: +1650, name: Kim }\n- 650\n",
        ),
        ("profiles/unused.yaml", "profiles: [also-unused]\n"),
        ("profiles/also-unused.yaml", "{}\n"),
        (
            "profiles/names.yaml",
            "interactionRules:\n  VIP:\n    conditions: { callerIds: [{ contacts: many }, { contacts: vip }] }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [names]\ninteractionRules:\n  Closed:\n    conditions:\n      schedule: { calendar: [bad, nine] }\n      callerIds: [{ contacts: bad }, { contacts: none }, { contacts: twice }, { contacts: bad }]\n    dispatching: { type: Terminate, terminate: voicemail }\nstates:\n  work-hours: { schedule: { calendar: none } }\n  forward-all-calls: { schedule: { calendar: nonne, daily: 12:00-13:00 } }\n",
        ),
    ] {
        env.write(path, text);
    }
    let run = env.run(&["validate"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out);
}

/// Returns every diagnostic as `file code`.
fn diagnostic_codes(env: &TestEnv) -> Vec<String> {
    config::load(env.path())
        .diagnostics
        .iter()
        .map(|d| format!("{} {}", d.file, d.code))
        .collect()
}

#[test]
fn file_referenced_by_used_profile_counts_as_used() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("contacts/vip.csv", "name,phoneNumber\n,+1650\n");
    env.write("calendars/days.yaml", "Day: 2026-12-25\n");
    env.write(
        "profiles/base.yaml",
        "interactionRules: { VIP: { conditions: { callerIds: [{ contacts: vip }] } } }\n",
    );
    env.write("profiles/middle.yaml", "profiles: [base]\n");
    env.write("users/alex.yaml", "extension: 101\n");
    let all = [
        "calendars/days.yaml W0006",
        "contacts/vip.csv W0006",
        "profiles/base.yaml W0006",
        "profiles/middle.yaml W0006",
    ];
    assert_eq!(diagnostic_codes(&env), all);
    env.write("users/alex.yaml", "extension: 101\nprofiles: [middle]\n");
    assert_eq!(diagnostic_codes(&env), ["calendars/days.yaml W0006"]);
    // An unreadable file may use anything, so unused files aren't reported.
    env.write("users/jo.yaml", "extension: \"102\n");
    assert_eq!(diagnostic_codes(&env), ["users/jo.yaml E0002"]);
}

/// A rule without its caller list would match every call.
#[test]
fn resolution_fails_without_referenced_contacts() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules: { VIP: { conditions: { callerIds: [{ contacts: vip }] } } }\n",
    );
    env.write("contacts/vip.csv", "name,phoneNumber\n,+1650\n");
    let repository = config::load(env.path()).repository.unwrap();
    let resolve = |shared: &ReferencedFiles| {
        let directory = ExtensionDirectory::new(Vec::new());
        let file = &repository.users[0].file;
        let diagnostics = config::resolve(
            file,
            &repository.settings,
            shared,
            &directory,
            &NameIndex::default(),
        )
        .unwrap_err();
        let codes = diagnostics.iter().map(|d| d.code.as_str());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(resolve(&repository.referenced_files), ["E0201"]);
    assert_eq!(resolve(&ReferencedFiles::default()), ["E0113", "E0201"]);
}

#[test]
fn live_rule_matches_contacts_of_the_file() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "VIP",
        "+16501111111",
        "+14082324343"
    )])));
    env.write("contacts/vip.csv", "name,phoneNumber\n,+16501111111\n");
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules: { VIP: { conditions: { callerIds: [{ contacts: vip }] } } }\n",
    );
    let plan = env.plan();
    assert_eq!(plan["users"], json!([]), "{plan:#}");
}
