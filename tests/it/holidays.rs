//! The example with 300 users, two profiles and a calendar: an import, an empty plan, and a plan
//! after one line of the calendar changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;

use crate::changed::{commit, git};
use crate::support::{Run, TestEnv};

const USERS: usize = 300;

fn assert_success(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

/// Returns the number of requests for each list of each user, after the first `since` requests, and
/// the number of all others.
fn count_requests(env: &TestEnv, since: usize) -> (BTreeMap<String, usize>, usize) {
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
fn import_and_plan_need_one_request_per_list() {
    let env = TestEnv::example("holidays");
    for folder in ["users", "profiles", "calendars"] {
        fs::remove_dir_all(env.path().join(folder)).unwrap();
    }
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let mut since = 0;
    for command in [&["import"][..], &["plan", "--detailed-exitcode"][..]] {
        assert_success(env.run(command));
        let (lists, others) = count_requests(&env, since);
        assert_eq!(lists.len(), 2 * USERS);
        assert!(
            lists.values().all(|count| *count == 1),
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
fn plan_with_profiles_and_calendar_is_empty() {
    let env = TestEnv::example("holidays");
    let plan = env.plan();
    assert_eq!(
        plan["summary"],
        json!({ "create": 0, "update": 0, "delete": 0, "users": 0 })
    );
    // The files manage every rule, so no user has unmanaged ones.
    assert_eq!(plan["users"], json!([]));
    let count_files = |folder: &str| fs::read_dir(env.path().join(folder)).unwrap().count();
    let files = ["users", "profiles", "calendars"].map(count_files);
    assert_eq!(files, [USERS, 2, 1]);
}

#[test]
fn changed_calendar_line_plans_and_reads_only_its_users() {
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
    let run = assert_success(env.run(&["plan", "--changed-since", "HEAD~1", "--format", "json"]));
    let plan: serde_json::Value = serde_json::from_str(&run.out).unwrap();

    // All users with a profile use the calendar.
    let mut users_with_profile = BTreeSet::new();
    for entry in fs::read_dir(env.path().join("users")).unwrap() {
        let path = entry.unwrap().path();
        if fs::read_to_string(&path).unwrap().contains("profiles:") {
            let name = path.file_name().unwrap().to_str().unwrap();
            users_with_profile.insert(name.split_once('-').unwrap().0.to_owned());
        }
    }
    assert!((2..USERS).contains(&users_with_profile.len()));
    let planned_users: BTreeSet<String> = plan["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| {
            let changes = user["changes"].as_array().unwrap();
            assert_eq!(changes.len(), 1, "{user}");
            assert_eq!(changes[0]["name"], "Public holidays");
            user["extensionNumber"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(planned_users, users_with_profile);
    let (lists, others) = count_requests(&env, 0);
    assert_eq!(lists.len(), 2 * users_with_profile.len());
    assert!(lists.values().all(|count| *count == 1));
    assert_eq!(others, 3);
}
