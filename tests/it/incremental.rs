//! `plan --remember`: only who was touched is read again, and any doubt leads to reading.

mod bypass;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, TestEnv, forwarding};

const SEARCH: &str = "/audit-trail/search";

/// So many users who all declare one rule, and have it.
fn env(users: usize) -> TestEnv {
    world_where(users, |_| {})
}

fn world_where(users: usize, settle: impl FnOnce(&mut Value)) -> TestEnv {
    let mut seed = seed(users);
    settle(&mut seed);
    let env = TestEnv::new(seed);
    declare(&env, users);
    env
}

fn seed(users: usize) -> Value {
    let user = |number: usize| {
        json!({
            "id": (1000 + number).to_string(),
            "extensionNumber": (100 + number).to_string(),
            "name": format!("User {number}"),
            "interactionRules": [forwarding("VIP", "+14155550100", "+14155550199")],
        })
    };
    let mut extensions: Vec<Value> = (1..=users).map(user).collect();
    // Signs in, and so takes part in every edit.
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

fn declare(env: &TestEnv, users: usize) {
    for number in 101..=100 + users {
        env.write(
            &format!("users/{number}.yaml"),
            &format!("extension: \"{number}\"\n{VIP}\n"),
        );
    }
}

fn file(env: &TestEnv) -> PathBuf {
    env.path().join(".callrules/remembered")
}

/// A plan, and who was read for it.
struct Look {
    run: Run,
    read: BTreeSet<String>,
    /// What was asked for beside the lists of users, without its query.
    others: Vec<String>,
}

fn look(env: &TestEnv, arguments: &[&str]) -> Look {
    let before = env.sandbox().exchanges().len();
    let run = env.run(&[&["plan"], arguments].concat());
    let exchanges = env.sandbox().exchanges().into_iter().skip(before);
    let paths = exchanges.map(|e| e.path.split('?').next().unwrap().to_owned());
    let (lists, others): (Vec<_>, Vec<_>) = paths.partition(|path| path.contains("comm-handling"));
    let of = |path: &String| path.split('/').nth(6).unwrap().to_owned();
    Look {
        run,
        read: lists.iter().map(of).collect(),
        others,
    }
}

/// A plan that remembers.
fn remember(env: &TestEnv) -> Look {
    let look = look(env, &["--remember"]);
    assert_eq!(look.run.code, 0, "{}{}", look.run.out, look.run.err);
    look
}

fn ids(users: &[usize]) -> BTreeSet<String> {
    users.iter().map(|user| (1000 + user).to_string()).collect()
}

/// Somebody renames the rule of a user in the app.
fn rename(env: &TestEnv, number: &str) {
    env.sandbox().edit(|account| {
        let user = account.extension_mut(number).unwrap();
        user.interaction_rules[0]["displayName"] = json!("Other");
    });
}

fn says(look: &Look, text: &str) {
    assert!(look.run.err.contains(text), "{}", look.run.err);
}

#[test]
fn three_hundred_users_whom_nobody_touched_cost_four_requests() {
    let env = env(300);
    let first = remember(&env);
    assert_eq!(first.read.len(), 300);
    says(
        &first,
        "note: every user is read: nothing is remembered yet",
    );
    assert!(
        first.run.out.contains("300 users read, 0 remembered\n"),
        "{}",
        first.run.out
    );
    let second = remember(&env);
    assert_eq!(second.read, ids(&[]));
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
    let told = "0 users read, 300 remembered: the audit trail names no change of theirs since 20";
    assert!(second.run.out.contains(told), "{}", second.run.out);
    assert!(!second.run.err.contains("note:"), "{}", second.run.err);
    // The plan is the same, but for what is told of reading.
    let plan = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!(plan(&first.run.out), plan(&second.run.out));
}

#[test]
fn exactly_who_was_touched_is_read_and_the_plan_is_that_of_a_full_read() {
    let env = env(5);
    remember(&env);
    rename(&env, "103");
    let next = remember(&env);
    assert_eq!(next.read, ids(&[3]));
    let changes = |arguments: &[&str]| {
        let run = look(&env, &[arguments, &["--format", "json"]].concat()).run;
        let plan: Value = serde_json::from_str(&run.out).unwrap();
        (plan["users"].clone(), plan["remembered"].clone())
    };
    let (full, none) = changes(&[]);
    let (remembered, counts) = changes(&["--remember"]);
    assert_eq!(full, remembered);
    assert_eq!(full[0]["extensionNumber"], "103");
    assert_eq!(none, Value::Null);
    assert_eq!((&counts["users"], &counts["read"]), (&json!(5), &json!(0)));
    assert_eq!(counts["whyAll"], Value::Null);
    assert!(counts["since"].as_str().unwrap().ends_with('Z'), "{counts}");
}

#[test]
fn an_edit_during_the_run_is_found_by_the_next() {
    // Right after the first user was read, somebody renames that user's rule.
    let fault = "app-rename user=101 path=/extensions/1001/ nth=1";
    let env = TestEnv::with_faults(seed(3), &[fault]);
    declare(&env, 3);
    let first = remember(&env);
    assert_eq!(first.read, ids(&[1, 2, 3]));
    assert!(!first.run.out.contains("renamed"), "{}", first.run.out);
    let next = remember(&env);
    assert_eq!(next.read, ids(&[1]));
    assert!(
        next.run.out.contains("VIP (renamed in the app)"),
        "{}",
        next.run.out
    );
    assert_eq!(remember(&env).read, ids(&[]));
}

#[test]
fn a_record_that_comes_late_is_found_when_it_is_there() {
    let env = env(3);
    remember(&env);
    env.sandbox()
        .edit(|account| account.audit_trail.delay_seconds = 2);
    rename(&env, "102");
    let since = std::time::Instant::now();
    let early = remember(&env);
    if since.elapsed().as_secs() < 2 {
        assert_eq!(early.read, ids(&[]));
    }
    std::thread::sleep(std::time::Duration::from_secs(2));
    let late = remember(&env);
    assert_eq!(&late.read | &early.read, ids(&[2]));
    assert!(late.run.out.contains("Other"), "{}", late.run.out);
}

#[test]
fn what_apply_changes_is_read_again_however_late_its_record_comes() {
    let env = world_where(3, |seed| {
        seed["auditTrail"] = json!({ "delaySeconds": 3600 });
        seed["extensions"][2]["interactionRules"][0]["displayName"] = json!("Old");
    });
    let first = remember(&env);
    assert!(first.run.out.contains("Old"), "{}", first.run.out);
    env.apply();
    let next = remember(&env);
    assert_eq!(next.read, ids(&[2]));
    assert!(
        next.run.out.contains("3 users as declared"),
        "{}",
        next.run.out
    );
    // Apply reads what it writes, and only then: it plans by no memory.
    assert_eq!(env.requests("POST", SEARCH).len(), 2);
}

#[test]
fn whoever_is_new_in_scope_or_declares_more_is_read() {
    let env = env(3);
    let hidden = env.path().join("users/103.yaml");
    let text = fs::read(&hidden).unwrap();
    fs::remove_file(&hidden).unwrap();
    assert_eq!(remember(&env).read, ids(&[1, 2]));
    fs::write(&hidden, text).unwrap();
    env.write(
        "users/101.yaml",
        &format!("extension: \"101\"\n{VIP}\nstates: {{dnd: {{enabled: false}}}}\n"),
    );
    assert_eq!(remember(&env).read, ids(&[1, 3]));
    let lists = env.requests("GET", "/extensions/1001/");
    let lists: Vec<_> = lists
        .iter()
        .map(|e| e.path.split('?').next().unwrap())
        .collect();
    assert!(lists[0].ends_with("/interaction-rules") && lists[1].ends_with("/state-rules"));
    assert_eq!(lists.len(), 2, "the rules were remembered");
    assert_eq!(remember(&env).read, ids(&[]));
}

#[test]
fn a_plan_of_some_leaves_the_others_remembered() {
    let env = env(3);
    remember(&env);
    rename(&env, "101");
    rename(&env, "102");
    assert_eq!(look(&env, &["--remember", "--user", "102"]).read, ids(&[2]));
    assert_eq!(remember(&env).read, ids(&[1]));
}

#[test]
fn without_the_flag_nothing_is_kept_and_nothing_used() {
    let env = env(2);
    assert_eq!(look(&env, &[]).read.len(), 2);
    assert!(!file(&env).exists());
    remember(&env);
    let kept = fs::read(file(&env)).unwrap();
    let plain = look(&env, &[]);
    assert_eq!(plain.read.len(), 2);
    assert!(!plain.others.iter().any(|path| path.ends_with(SEARCH)));
    assert_eq!(fs::read(file(&env)).unwrap(), kept);
    let run = env.run(&["plan", "--full-after", "3"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--remember"), "{}", run.err);
}

#[test]
fn no_secret_is_in_what_is_remembered_and_others_cannot_read_it() {
    let env = env(2);
    remember(&env);
    let bytes = fs::read(file(&env)).unwrap();
    // Each list is compressed by itself; the first one begins the file.
    let mut text = String::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let mut decoder = flate2::bufread::DeflateDecoder::new(rest);
        if std::io::Read::read_to_string(&mut decoder, &mut text).is_err() {
            break;
        }
        rest = decoder.into_inner();
    }
    assert!(
        text.contains("VIP") && text.contains("\"origin\""),
        "{text}"
    );
    let tokens = env.requests("POST", "oauth/token");
    let token = tokens[0].response.as_ref().unwrap()["access_token"]
        .as_str()
        .unwrap();
    for secret in [token, "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl", "\"secret\""] {
        assert!(!text.contains(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file(&env)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    let ignored = fs::read_to_string(env.path().join(".callrules/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn the_embedded_sandbox_remembers_and_another_seed_is_another_trail() {
    let env = env(2);
    let seed = |main: &str| {
        let mut seed = seed(2);
        seed["account"]["mainNumber"] = json!(main);
        seed.to_string()
    };
    let plan = || {
        let run = env.run(&["--sandbox", "plan", "--remember"]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
            .lines()
            .find(|line| line.contains("remembered"))
            .unwrap()
            .to_owned()
    };
    env.write("sandbox/seed.json", &seed("+16505550100"));
    assert!(plan().starts_with("2 users read, 0 remembered"));
    assert!(plan().starts_with("0 users read, 2 remembered"));
    env.write("sandbox/seed.json", &seed("+16505550101"));
    assert!(plan().starts_with("2 users read, 0 remembered"));
}
