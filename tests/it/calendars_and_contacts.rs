//! Calendars and contacts: what user files refer to by name.

use std::fmt::Write as _;

use callrules::config::{self, Shared};
use callrules::model::{Catalogue, Directory};
use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// A user who forwards calls from some people on some days.
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

fn conditions(env: &TestEnv, rule: &str) -> Value {
    let rules = env.user("101")["interactionRules"].clone();
    let mut rules = rules.as_array().unwrap().iter();
    rules.find(|r| r["displayName"] == rule).unwrap()["conditions"].clone()
}

#[test]
fn calendars_and_contacts_come_in_the_place_of_their_names() {
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
    // Excel's form: a mark at the beginning, Windows line ends, columns of its own.
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
    insta::assert_snapshot!(env.without_paths(&run.out));
    env.apply();
    let callers = &conditions(&env, "VIP")[0]["from"];
    assert_eq!(
        *callers,
        json!([
            { "phoneNumber": "+1408", "name": "+1408" },
            { "phoneNumber": "+16505550001", "name": "Kris" },
            { "phoneNumber": "+16505550002", "name": "Bell, Sandra" },
            { "phoneNumber": "+16505550003", "name": "Jo" },
        ])
    );
    let triggers = &conditions(&env, "Holidays")[0]["schedule"]["triggers"];
    let ranges = triggers[0]["ranges"].as_array().unwrap().iter();
    let ranges: Vec<String> = ranges
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

fn table(numbers: impl Iterator<Item = u32>) -> String {
    let mut text = "name,phoneNumber\n".to_owned();
    for number in numbers {
        writeln!(text, "Caller {number},+1650{:07}", 5_550_000 + number).unwrap();
    }
    text
}

#[test]
fn a_list_of_thousands_is_quick_and_its_plan_short() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [{ contacts: vip }], schedule: { calendar: days } }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
    );
    let days = |days: std::ops::Range<u32>| -> String {
        days.map(|day| format!("Day {day}: 2026-12-{day}\n"))
            .collect()
    };
    env.write("contacts/vip.csv", &table(0..5000));
    env.write("calendars/days.yaml", &days(10..30));
    let created = env.run(&["plan"]);
    assert_eq!(created.code, 0, "{}", created.err);
    env.apply();
    // Ten go, three come, and a day.
    env.write("contacts/vip.csv", &table((10..5000).chain(6000..6003)));
    env.write("calendars/days.yaml", &days(10..31));
    let changed = env.run(&["plan"]);
    let told = format!("{}\n{}", created.out, changed.out);
    insta::assert_snapshot!(env.without_paths(&told));
    env.apply();
    assert_eq!(
        conditions(&env, "VIP")[0]["from"].as_array().unwrap().len(),
        4993
    );
}

#[test]
fn what_is_wrong_with_shared_files_is_told_once_and_where_it_stands() {
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

/// The codes of all problems, by file.
fn codes(env: &TestEnv) -> Vec<String> {
    let found = config::load(env.path()).diagnostics;
    let found = found.iter().map(|d| format!("{} {}", d.file, d.code));
    found.collect()
}

#[test]
fn a_file_is_used_where_a_used_profile_names_it() {
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
    assert_eq!(codes(&env), all);
    env.write("users/alex.yaml", "extension: 101\nprofiles: [middle]\n");
    assert_eq!(codes(&env), ["calendars/days.yaml W0006"]);
    // Who uses what is not known while a file cannot be read.
    env.write("users/jo.yaml", "extension: \"102\n");
    assert_eq!(codes(&env), ["users/jo.yaml E0002"]);
}

/// Without its callers a rule would take every call.
#[test]
fn nothing_is_resolved_with_other_lists_than_it_names() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules: { VIP: { conditions: { callerIds: [{ contacts: vip }] } } }\n",
    );
    env.write("contacts/vip.csv", "name,phoneNumber\n,+1650\n");
    let repository = config::load(env.path()).repository.unwrap();
    let resolve = |shared: &Shared| {
        let directory = Directory::new(Vec::new());
        let file = &repository.users[0].file;
        let found = config::resolve(
            file,
            &repository.settings,
            shared,
            &directory,
            &Catalogue::default(),
        )
        .unwrap_err();
        found.iter().map(|f| f.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(resolve(&repository.shared), ["E0201"]);
    assert_eq!(resolve(&Shared::default()), ["E0113", "E0201"]);
}

#[test]
fn a_live_rule_is_as_declared_by_way_of_contacts() {
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
