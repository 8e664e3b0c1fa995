//! `plan --remember`: only who was touched is read again, and any doubt leads to reading.

mod doubts;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, World, forwarding};

const SEARCH: &str = "/audit-trail/search";

/// So many users who all declare one rule, and have it.
fn world(users: usize) -> World {
    world_where(users, |_| {})
}

fn world_where(users: usize, settle: impl FnOnce(&mut Value)) -> World {
    let mut seed = seed(users);
    settle(&mut seed);
    let world = World::new(seed);
    declare(&world, users);
    world
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

fn declare(world: &World, users: usize) {
    for number in 101..=100 + users {
        world.write(
            &format!("users/{number}.yaml"),
            &format!("extension: \"{number}\"\n{VIP}\n"),
        );
    }
}

fn file(world: &World) -> PathBuf {
    world.path().join(".callrules/remembered")
}

/// A plan, and who was read for it.
struct Look {
    run: Run,
    read: BTreeSet<String>,
    /// What was asked for beside the lists of users, without its query.
    others: Vec<String>,
}

fn look(world: &World, arguments: &[&str]) -> Look {
    let before = world.sandbox().exchanges().len();
    let run = world.run(&[&["plan"], arguments].concat());
    let exchanges = world.sandbox().exchanges().into_iter().skip(before);
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
fn remember(world: &World) -> Look {
    let look = look(world, &["--remember"]);
    assert_eq!(look.run.code, 0, "{}{}", look.run.out, look.run.err);
    look
}

fn ids(users: &[usize]) -> BTreeSet<String> {
    users.iter().map(|user| (1000 + user).to_string()).collect()
}

/// Somebody renames the rule of a user in the app.
fn rename(world: &World, number: &str) {
    world.sandbox().edit(|account| {
        let user = account.extension_mut(number).unwrap();
        user.interaction_rules[0]["displayName"] = json!("Other");
    });
}

fn says(look: &Look, text: &str) {
    assert!(look.run.err.contains(text), "{}", look.run.err);
}

#[test]
fn three_hundred_users_whom_nobody_touched_cost_four_requests() {
    let world = world(300);
    let first = remember(&world);
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
    let second = remember(&world);
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
    assert_eq!(world.requests("POST", SEARCH)[1].group, "Heavy");
    let told = "0 users read, 300 remembered: the audit trail names no change of theirs since 20";
    assert!(second.run.out.contains(told), "{}", second.run.out);
    assert!(!second.run.err.contains("note:"), "{}", second.run.err);
    // The plan is the same, but for what is told of reading.
    let plan = |text: &str| text.lines().next().unwrap().to_owned();
    assert_eq!(plan(&first.run.out), plan(&second.run.out));
}

#[test]
fn exactly_who_was_touched_is_read_and_the_plan_is_that_of_a_full_read() {
    let world = world(5);
    remember(&world);
    rename(&world, "103");
    let next = remember(&world);
    assert_eq!(next.read, ids(&[3]));
    let changes = |arguments: &[&str]| {
        let run = look(&world, &[arguments, &["--format", "json"]].concat()).run;
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
    let world = World::with_faults(seed(3), &[fault]);
    declare(&world, 3);
    let first = remember(&world);
    assert_eq!(first.read, ids(&[1, 2, 3]));
    assert!(!first.run.out.contains("renamed"), "{}", first.run.out);
    let next = remember(&world);
    assert_eq!(next.read, ids(&[1]));
    assert!(
        next.run.out.contains("VIP (renamed in the app)"),
        "{}",
        next.run.out
    );
    assert_eq!(remember(&world).read, ids(&[]));
}

#[test]
fn a_record_that_comes_late_is_found_when_it_is_there() {
    let world = world(3);
    remember(&world);
    world
        .sandbox()
        .edit(|account| account.audit_trail.delay_seconds = 2);
    rename(&world, "102");
    let since = std::time::Instant::now();
    let early = remember(&world);
    if since.elapsed().as_secs() < 2 {
        assert_eq!(early.read, ids(&[]));
    }
    std::thread::sleep(std::time::Duration::from_secs(2));
    let late = remember(&world);
    assert_eq!(&late.read | &early.read, ids(&[2]));
    assert!(late.run.out.contains("Other"), "{}", late.run.out);
}

#[test]
fn what_apply_changes_is_read_again_however_late_its_record_comes() {
    let world = world_where(3, |seed| {
        seed["auditTrail"] = json!({ "delaySeconds": 3600 });
        seed["extensions"][2]["interactionRules"][0]["displayName"] = json!("Old");
    });
    let first = remember(&world);
    assert!(first.run.out.contains("Old"), "{}", first.run.out);
    world.apply();
    let next = remember(&world);
    assert_eq!(next.read, ids(&[2]));
    assert!(
        next.run.out.contains("3 users as declared"),
        "{}",
        next.run.out
    );
    // Apply reads what it writes, and only then: it plans by no memory.
    assert_eq!(world.requests("POST", SEARCH).len(), 2);
}

#[test]
fn whoever_is_new_in_scope_or_declares_more_is_read() {
    let world = world(3);
    let hidden = world.path().join("users/103.yaml");
    let text = fs::read(&hidden).unwrap();
    fs::remove_file(&hidden).unwrap();
    assert_eq!(remember(&world).read, ids(&[1, 2]));
    fs::write(&hidden, text).unwrap();
    world.write(
        "users/101.yaml",
        &format!("extension: \"101\"\n{VIP}\nstates: {{dnd: {{enabled: false}}}}\n"),
    );
    assert_eq!(remember(&world).read, ids(&[1, 3]));
    let lists = world.requests("GET", "/extensions/1001/");
    let lists: Vec<_> = lists
        .iter()
        .map(|e| e.path.split('?').next().unwrap())
        .collect();
    assert!(lists[0].ends_with("/interaction-rules") && lists[1].ends_with("/state-rules"));
    assert_eq!(lists.len(), 2, "the rules were remembered");
    assert_eq!(remember(&world).read, ids(&[]));
}

#[test]
fn a_plan_of_some_leaves_the_others_remembered() {
    let world = world(3);
    remember(&world);
    rename(&world, "101");
    rename(&world, "102");
    assert_eq!(
        look(&world, &["--remember", "--user", "102"]).read,
        ids(&[2])
    );
    assert_eq!(remember(&world).read, ids(&[1]));
}

#[test]
fn without_the_flag_nothing_is_kept_and_nothing_used() {
    let world = world(2);
    assert_eq!(look(&world, &[]).read.len(), 2);
    assert!(!file(&world).exists());
    remember(&world);
    let kept = fs::read(file(&world)).unwrap();
    let plain = look(&world, &[]);
    assert_eq!(plain.read.len(), 2);
    assert!(!plain.others.iter().any(|path| path.ends_with(SEARCH)));
    assert_eq!(fs::read(file(&world)).unwrap(), kept);
    let run = world.run(&["plan", "--full-after", "3"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("--remember"), "{}", run.err);
}

#[test]
fn no_secret_is_in_what_is_remembered_and_others_cannot_read_it() {
    let world = world(2);
    remember(&world);
    let bytes = fs::read(file(&world)).unwrap();
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
    let tokens = world.requests("POST", "oauth/token");
    let token = tokens[0].response.as_ref().unwrap()["access_token"]
        .as_str()
        .unwrap();
    for secret in [token, "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl", "\"secret\""] {
        assert!(!text.contains(secret), "{secret}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file(&world)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    let ignored = fs::read_to_string(world.path().join(".callrules/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn the_embedded_sandbox_remembers_and_another_seed_is_another_trail() {
    let world = world(2);
    let seed = |main: &str| {
        let mut seed = seed(2);
        seed["account"]["mainNumber"] = json!(main);
        seed.to_string()
    };
    let plan = || {
        let run = world.run(&["--sandbox", "plan", "--remember"]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
            .lines()
            .find(|line| line.contains("remembered"))
            .unwrap()
            .to_owned()
    };
    world.write("sandbox/seed.json", &seed("+16505550100"));
    assert!(plan().starts_with("2 users read, 0 remembered"));
    assert!(plan().starts_with("0 users read, 2 remembered"));
    world.write("sandbox/seed.json", &seed("+16505550101"));
    assert!(plan().starts_with("2 users read, 0 remembered"));
}
