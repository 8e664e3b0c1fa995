//! Three hundred users: imported, found to be as they are, told in two profiles and a calendar, and
//! planned for where one line of the calendar changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;

use crate::changed::{commit, git};
use crate::support::{Run, TestEnv};

const USERS: usize = 300;

fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

/// How often each list of each user was asked for since `since`; the total of all other requests.
fn asked(env: &TestEnv, since: usize) -> (BTreeMap<String, usize>, usize) {
    let mut lists = BTreeMap::new();
    let mut others = 0;
    for exchange in &env.sandbox().exchanges()[since..] {
        assert_eq!(exchange.status, 200, "{exchange:?}");
        if exchange.path.contains("/comm-handling/") {
            *lists.entry(exchange.path.clone()).or_default() += 1;
        } else {
            others += 1;
        }
    }
    (lists, others)
}

#[test]
fn the_account_is_imported_and_planned_with_one_request_a_list() {
    let env = TestEnv::example("holidays");
    for folder in ["users", "profiles", "calendars"] {
        fs::remove_dir_all(env.path().join(folder)).unwrap();
    }
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let mut since = 0;
    for command in [&["import"][..], &["plan", "--detailed-exitcode"][..]] {
        done(env.run(command));
        let (lists, others) = asked(&env, since);
        assert_eq!(lists.len(), 2 * USERS);
        assert!(
            lists.values().all(|times| *times == 1),
            "{command:?}: {lists:?}"
        );
        // A token, the account, the directory.
        assert_eq!(others, 3, "{command:?}");
        since = env.sandbox().exchanges().len();
    }
    assert_eq!(
        fs::read_dir(env.path().join("users")).unwrap().count(),
        USERS
    );
}

#[test]
fn two_profiles_and_a_calendar_say_the_same() {
    let env = TestEnv::example("holidays");
    let plan = env.plan();
    assert_eq!(
        plan["summary"],
        json!({ "create": 0, "update": 0, "delete": 0, "users": 0 })
    );
    // They manage every rule, so that nothing is left to find.
    assert_eq!(plan["users"], json!([]));
    let names = |folder: &str| fs::read_dir(env.path().join(folder)).unwrap().count();
    assert_eq!(
        (names("users"), names("profiles"), names("calendars")),
        (USERS, 2, 1)
    );
}

#[test]
fn one_line_of_the_calendar_selects_its_users_and_reads_nobody_else() {
    let env = TestEnv::example("holidays");
    git(env.path(), &["init", "-q"]);
    commit(env.path());
    let calendar = env.path().join("calendars/us-holidays.yaml");
    let text = fs::read_to_string(&calendar).unwrap();
    fs::write(
        &calendar,
        text.replace("Memorial Day: 2027-05-31", "Memorial Day: 2027-05-30"),
    )
    .unwrap();
    commit(env.path());
    let plan = done(env.run(&["plan", "--changed-since", "HEAD~1", "--format", "json"]));
    let plan: serde_json::Value = serde_json::from_str(&plan.out).unwrap();

    // Who has a profile has the holidays.
    let mut concerned = BTreeSet::new();
    for entry in fs::read_dir(env.path().join("users")).unwrap() {
        let path = entry.unwrap().path();
        if fs::read_to_string(&path).unwrap().contains("profiles:") {
            let name = path.file_name().unwrap().to_str().unwrap();
            concerned.insert(name.split_once('-').unwrap().0.to_owned());
        }
    }
    assert!((2..USERS).contains(&concerned.len()));
    let planned = plan["users"].as_array().unwrap().iter();
    let planned: BTreeSet<String> = planned
        .map(|user| {
            let changes = user["changes"].as_array().unwrap();
            assert_eq!(changes.len(), 1, "{user}");
            assert_eq!(changes[0]["name"], "Public holidays");
            user["extensionNumber"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(planned, concerned);
    let (lists, others) = asked(&env, 0);
    assert_eq!(lists.len(), 2 * concerned.len());
    assert!(lists.values().all(|times| *times == 1));
    assert_eq!(others, 3);
}
