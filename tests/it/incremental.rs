//! `plan --incremental`: only users with changes in the audit trail are read again, or all if in
//! doubt.

mod bypass;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use callrules::sandbox::RecordedExchange;
use serde_json::{Value, json};

use crate::apply::{last_paragraph, mask_run, problem_lines};
use crate::support::{ACCOUNT, Run, TestEnv, forwarding};

const SEARCH: &str = "/audit-trail/search";

/// Starts an account with users who have one rule, and a repository that declares it.
fn start_env(users: usize) -> TestEnv {
    start_edited_env(users, |_| {})
}

/// Starts the same after `edit` changed the seed of the account.
fn start_edited_env(users: usize, edit: impl FnOnce(&mut Value)) -> TestEnv {
    let mut seed = build_seed(users);
    edit(&mut seed);
    let env = TestEnv::new(seed);
    write_user_files(&env, users);
    env
}

/// Returns the seed of an account with users from 101 on, an administrator and a queue.
fn build_seed(users: usize) -> Value {
    let user = |number: usize| {
        json!({
            "id": (1000 + number).to_string(),
            "extensionNumber": (100 + number).to_string(),
            "name": format!("User {number}"),
            "interactionRules": [forwarding("VIP", "+14155550100", "+14155550199")],
        })
    };
    let mut extensions: Vec<Value> = (1..=users).map(user).collect();
    // The user who signs in, and who is in the record of every edit.
    extensions.insert(
        0,
        json!({ "id": "1000", "extensionNumber": "99", "name": "Admin" }),
    );
    extensions.push(
        json!({ "id": "1900", "extensionNumber": "900", "name": "Queue", "type": "Department" }),
    );
    json!({ "account": { "id": ACCOUNT, "name": "Test" }, "extensions": extensions })
}

const VIP: &str = "interactionRules: {VIP: {conditions: {callerIds: ['+14155550100']}, \
                   dispatching: {type: Terminate, terminate: {phoneNumber: '+14155550199'}}}}";

fn write_user_files(env: &TestEnv, users: usize) {
    for number in 101..=100 + users {
        env.write(
            &format!("users/{number}.yaml"),
            &format!("extension: \"{number}\"\n{VIP}\n"),
        );
    }
}

/// Returns the path of the cache.
fn cache_file(env: &TestEnv) -> PathBuf {
    env.path().join(".callrules/cache")
}

/// A plan with the requests that it sent.
struct PlanRun {
    run: Run,
    /// The ids of the users whose lists were read.
    read: BTreeSet<String>,
    /// The paths of all other requests, without their query.
    others: Vec<String>,
}

fn run_plan(env: &TestEnv, arguments: &[&str]) -> PlanRun {
    let sent_before = env.sandbox().exchanges().len();
    let run = env.run(&[&["plan"], arguments].concat());
    let exchanges = env.sandbox().exchanges().into_iter().skip(sent_before);
    let paths = exchanges.map(|e| e.path.split('?').next().unwrap().to_owned());
    let (lists, others): (Vec<_>, Vec<_>) = paths.partition(|path| path.contains("comm-handling"));
    let user_id = |path: &String| path.split('/').nth(6).unwrap().to_owned();
    PlanRun {
        run,
        read: lists.iter().map(user_id).collect(),
        others,
    }
}

/// Runs an incremental plan that must succeed.
fn plan_incrementally(env: &TestEnv) -> PlanRun {
    let plan = run_plan(env, &["--incremental"]);
    assert_eq!(plan.run.code, 0, "{}{}", plan.run.out, plan.run.err);
    plan
}

/// Returns the ids of the first, second, … user.
fn user_ids(users: &[usize]) -> BTreeSet<String> {
    users.iter().map(|user| (1000 + user).to_string()).collect()
}

/// Renames the rule of a user as an edit in the app does.
fn rename_rule(env: &TestEnv, number: &str) {
    env.sandbox().edit(|account| {
        let user = account.extension_mut(number).unwrap();
        user.interaction_rules[0]["displayName"] = json!("Other");
    });
}

/// Returns the notes on standard error, without times.
fn list_notes(env: &TestEnv, plan: &PlanRun) -> String {
    let notes = mask_run(env, &plan.run.err);
    let notes: Vec<&str> = notes.lines().filter(|l| l.starts_with("note")).collect();
    mask_times(&notes.join("\n"))
}

/// Returns the last paragraph of standard output, without times.
fn read_summary(env: &TestEnv, plan: &PlanRun) -> String {
    mask_times(&mask_run(env, last_paragraph(&plan.run.out)))
}

/// Replaces words that are times, such as `2026-11-30T20:48:54Z`, with `[time]`.
fn mask_times(text: &str) -> String {
    let mut masked = String::new();
    for part in text.split_inclusive([' ', '\n']) {
        let word = part.trim_end();
        if word.starts_with("20") && word.ends_with('Z') {
            masked.push_str(&part.replace(word, "[time]"));
        } else {
            masked.push_str(part);
        }
    }
    masked
}

#[test]
fn plan_of_unchanged_users_needs_four_requests() {
    let env = start_env(300);
    let first = plan_incrementally(&env);
    assert_eq!(first.read.len(), 300);
    insta::assert_snapshot!(list_notes(&env, &first), @"note: reading all users: there is no cache yet");
    insta::assert_snapshot!(read_summary(&env, &first), @"
    No changes: all 300 users match their files.
    Used 304 API requests
    Read 300 users, 0 from the cache
    ");
    let second = plan_incrementally(&env);
    assert_eq!(second.read, user_ids(&[]));
    assert_eq!(
        second.others,
        [
            "/restapi/oauth/token",
            "/restapi/v1.0/account/~",
            "/restapi/v1.0/account/~/extension",
            "/restapi/v1.0/account/~/audit-trail/search",
        ]
    );
    assert_eq!(env.requests("POST", SEARCH)[1].group, "Heavy");
    insta::assert_snapshot!(read_summary(&env, &second), @"
    No changes: all 300 users match their files.
    Used 4 API requests
    Read 0 users, 300 from the cache; the audit trail shows no changes to them since [time]
    ");
    assert_eq!(list_notes(&env, &second), "");
    // Both plans are equal apart from the lines on reading.
    assert_eq!(first.run.out.lines().next(), second.run.out.lines().next());
}

#[test]
fn plan_reads_only_changed_users_and_equals_full_plan() {
    let env = start_env(5);
    plan_incrementally(&env);
    rename_rule(&env, "103");
    let second = plan_incrementally(&env);
    assert_eq!(second.read, user_ids(&[3]));
    let plan_as_json = |arguments: &[&str]| {
        let run = run_plan(&env, &[arguments, &["--format", "json"]].concat()).run;
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        (plan["users"].clone(), plan["incremental"].clone())
    };
    let (full, no_counts) = plan_as_json(&[]);
    let (incremental, counts) = plan_as_json(&["--incremental"]);
    assert_eq!(full, incremental);
    assert_eq!(full[0]["extensionNumber"], "103");
    assert_eq!(no_counts, Value::Null);
    assert_eq!((&counts["users"], &counts["read"]), (&json!(5), &json!(0)));
    assert_eq!(counts["fullReadReason"], Value::Null);
    assert!(counts["since"].as_str().unwrap().ends_with('Z'), "{counts}");
}

#[test]
fn edit_during_plan_is_found_by_next_plan() {
    // The rule of the first user is renamed right after that user was read.
    let fault = "app-rename user=101 path=/extensions/1001/ nth=1";
    let env = TestEnv::with_faults(build_seed(3), &[fault]);
    write_user_files(&env, 3);
    let first = plan_incrementally(&env);
    assert_eq!(first.read, user_ids(&[1, 2, 3]));
    assert!(!first.run.out.contains("renamed"), "{}", first.run.out);
    let second = plan_incrementally(&env);
    assert_eq!(second.read, user_ids(&[1]));
    let out = &second.run.out;
    assert!(out.contains("VIP (renamed in the app)"), "{out}");
    assert_eq!(plan_incrementally(&env).read, user_ids(&[]));
}

#[test]
fn late_audit_record_is_found_by_next_plan() {
    let env = start_env(3);
    plan_incrementally(&env);
    env.sandbox()
        .edit(|account| account.audit_trail.delay_seconds = 2);
    rename_rule(&env, "102");
    let edited = Instant::now();
    let early = plan_incrementally(&env);
    // On a slow machine the record may already be there.
    if edited.elapsed() < Duration::from_secs(2) {
        assert_eq!(early.read, user_ids(&[]));
    }
    thread::sleep(Duration::from_secs(2));
    let late = plan_incrementally(&env);
    assert_eq!(&late.read | &early.read, user_ids(&[2]));
    assert!(late.run.out.contains("Other"), "{}", late.run.out);
}

#[test]
fn users_changed_by_apply_are_read_again_without_audit_record() {
    let env = start_edited_env(3, |seed| {
        seed["auditTrail"] = json!({ "delaySeconds": 3600 });
        seed["extensions"][2]["interactionRules"][0]["displayName"] = json!("Old");
    });
    let first = plan_incrementally(&env);
    assert!(first.run.out.contains("Old"), "{}", first.run.out);
    env.apply();
    let second = plan_incrementally(&env);
    assert_eq!(second.read, user_ids(&[2]));
    insta::assert_snapshot!(second.run.out.lines().next().unwrap(), @"No changes: all 3 users match their files.");
    // The apply reads all users and does not search the audit trail.
    assert_eq!(env.requests("POST", SEARCH).len(), 2);
}

#[test]
fn new_users_and_new_parts_are_read() {
    let env = start_env(3);
    let third_file = env.path().join("users/103.yaml");
    let text = fs::read(&third_file).unwrap();
    fs::remove_file(&third_file).unwrap();
    assert_eq!(plan_incrementally(&env).read, user_ids(&[1, 2]));
    fs::write(&third_file, text).unwrap();
    env.write(
        "users/101.yaml",
        &format!("extension: \"101\"\n{VIP}\nstates: {{dnd: {{enabled: false}}}}\n"),
    );
    assert_eq!(plan_incrementally(&env).read, user_ids(&[1, 3]));
    let requests = env.requests("GET", "/extensions/1001/");
    let path = |e: &RecordedExchange| e.path.split('?').next().unwrap().to_owned();
    let lists: Vec<String> = requests.iter().map(path).collect();
    assert!(lists[0].ends_with("/interaction-rules") && lists[1].ends_with("/state-rules"));
    assert_eq!(lists.len(), 2, "the cached rules were read again");
    assert_eq!(plan_incrementally(&env).read, user_ids(&[]));
}

#[test]
fn plan_of_one_user_keeps_cache_of_others() {
    let env = start_env(3);
    plan_incrementally(&env);
    rename_rule(&env, "101");
    rename_rule(&env, "102");
    let plan = run_plan(&env, &["--incremental", "--user", "102"]);
    assert_eq!(plan.read, user_ids(&[2]));
    assert_eq!(plan_incrementally(&env).read, user_ids(&[1]));
}

#[test]
fn plan_without_flag_neither_writes_nor_uses_cache() {
    let env = start_env(2);
    assert_eq!(run_plan(&env, &[]).read.len(), 2);
    assert!(!cache_file(&env).exists());
    plan_incrementally(&env);
    let cache = fs::read(cache_file(&env)).unwrap();
    let plan = run_plan(&env, &[]);
    assert_eq!(plan.read.len(), 2);
    assert!(!plan.others.iter().any(|path| path.ends_with(SEARCH)));
    assert_eq!(fs::read(cache_file(&env)).unwrap(), cache);
    let run = env.run(&["plan", "--max-age", "3"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"
    error: the following required arguments were not provided:
      --incremental

    Usage: callrules plan --incremental --max-age <DAYS>

    For more information, try '--help'.
    ");
}

#[test]
fn cache_contains_no_secrets_and_is_readable_only_by_its_owner() {
    let env = start_env(2);
    plan_incrementally(&env);
    let file = fs::File::open(cache_file(&env)).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut text = String::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
    }
    assert!(
        text.contains("VIP") && text.contains("\"identity\""),
        "{text}"
    );
    let token_requests = env.requests("POST", "oauth/token");
    let response = token_requests[0].response.as_ref().unwrap();
    let token = response["access_token"].as_str().unwrap();
    for secret in [token, "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl", "\"secret\""] {
        assert!(!text.contains(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(cache_file(&env)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    let ignored = fs::read_to_string(env.path().join(".callrules/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn embedded_sandbox_keeps_cache_until_seed_changes() {
    let env = start_env(2);
    let write_seed = |main_number: &str| {
        let mut seed = build_seed(2);
        seed["account"]["mainNumber"] = json!(main_number);
        env.write("sandbox/seed.json", &seed.to_string());
    };
    // The numbers of users who were read and who were taken from the cache.
    let count_users = || {
        let options = ["--sandbox", "plan", "--incremental", "--format", "json"];
        let run = env.run(&options);
        assert_eq!(run.code, 0, "{}", run.err);
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        ["read", "users"].map(|key| plan["incremental"][key].as_u64().unwrap())
    };
    write_seed("+16505550100");
    assert_eq!(count_users(), [2, 0]);
    assert_eq!(count_users(), [0, 2]);
    write_seed("+16505550101");
    assert_eq!(count_users(), [2, 0]);
}
