//! Reasons to read all users, and the notes that name them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::json;

use super::{
    SEARCH, build_seed, cache_file, list_notes, plan_incrementally, rename_rule, run_plan,
};
use super::{start_edited_env, start_env, user_ids, write_user_files};
use crate::support::TestEnv;

#[test]
fn change_of_account_or_queue_reads_all_users() {
    let env = start_env(2);
    plan_incrementally(&env);
    env.sandbox()
        .edit(|account| account.account.main_number = "+16505550199".into());
    let company = plan_incrementally(&env);
    assert_eq!(company.read.len(), 2);
    insta::assert_snapshot!(list_notes(&env, &company), @"note: reading all users: the audit trail contains a change that may affect every user: CHANGE_COMPANY_INFO of Company at [time]");
    // The next plan knows that record.
    assert_eq!(plan_incrementally(&env).read, user_ids(&[]));
    env.sandbox().edit(|account| {
        account
            .extension_mut("900")
            .unwrap()
            .members
            .push("101".into());
    });
    let queue = plan_incrementally(&env);
    assert_eq!(queue.read.len(), 2);
    insta::assert_snapshot!(list_notes(&env, &queue), @"note: reading all users: the audit trail contains a change that may affect every user: CHANGE_USER_INFO of extension 1900, which is not a user at [time]");
}

#[test]
fn missing_permission_reads_all_users_without_search() {
    let env = start_edited_env(2, |seed| {
        seed["account"]["permissions"] = json!(["ReadAccounts", "EditExtensions"]);
    });
    let mut notes = Vec::new();
    for _ in 0..2 {
        let plan = plan_incrementally(&env);
        assert_eq!(plan.read.len(), 2);
        notes.push(list_notes(&env, &plan));
    }
    assert_eq!(notes[0], notes[1]);
    insta::assert_snapshot!(notes[0], @"note: reading all users: the app lacks the permission ReadAuditTrail");
    assert_eq!(env.requests("POST", SEARCH).len(), 0);
    // After the permission is granted, the second plan can use the cache.
    let permissions = callrules::sandbox::AppPermission::ALL.to_vec();
    env.sandbox()
        .edit(|account| account.account.permissions = permissions);
    rename_rule(&env, "102");
    let given = plan_incrementally(&env);
    assert_eq!(given.read.len(), 2);
    rename_rule(&env, "101");
    assert_eq!(plan_incrementally(&env).read, user_ids(&[1]));
}

#[test]
fn incomplete_or_failing_audit_trail_reads_all_users() {
    let env = start_edited_env(2, |seed| seed["auditTrail"] = json!({ "holds": 2 }));
    plan_incrementally(&env);
    // New records replace those that the first plan has seen.
    for _ in 0..3 {
        rename_rule(&env, "102");
        env.sandbox().edit(|account| {
            account.extension_mut("102").unwrap().interaction_rules[0]["displayName"] =
                json!("VIP");
        });
    }
    let gap = plan_incrementally(&env);
    assert_eq!(gap.read.len(), 2);
    insta::assert_snapshot!(list_notes(&env, &gap), @"note: reading all users: the audit trail lacks a record that it contained before");

    let faults = [
        "html status=400 path=audit-trail nth=2",
        "503 path=audit-trail nth=2",
    ];
    let env = TestEnv::with_faults(build_seed(2), &faults);
    write_user_files(&env, 2);
    plan_incrementally(&env);
    rename_rule(&env, "101");
    let refused = plan_incrementally(&env);
    assert_eq!(refused.read.len(), 2);
    insta::assert_snapshot!(list_notes(&env, &refused), @r#"note: reading all users: the audit trail cannot be searched: [host] returned a web page instead of an API response; check RC_SERVER_URL, and check whether a login page intercepts the connection (POST /restapi/v1.0/account/~/audit-trail/search, status 400: "400 Bad Request 400 Bad Request")"#);
    // A search is a read, and is repeated after a transient error.
    let again = plan_incrementally(&env);
    assert_eq!(again.read, user_ids(&[1]), "{}", again.run.err);
    let searches = env.requests("POST", SEARCH);
    let statuses: Vec<_> = searches.iter().map(|e| e.status).collect();
    assert_eq!(statuses, [200, 400, 503, 200]);
}

#[test]
fn damaged_old_or_foreign_cache_reads_all_users() {
    let env = start_env(2);
    plan_incrementally(&env);
    let cache = fs::read(cache_file(&env)).unwrap();
    let mut notes = BTreeSet::new();
    for bytes in [&cache[..cache.len() / 2], &[], b"something else"] {
        fs::write(cache_file(&env), bytes).unwrap();
        let damaged = plan_incrementally(&env);
        assert_eq!(damaged.read.len(), 2);
        notes.insert(list_notes(&env, &damaged));
        assert_eq!(plan_incrementally(&env).read, user_ids(&[]));
    }
    assert_eq!(notes.len(), 1, "{notes:#?}");
    insta::assert_snapshot!(notes.first().unwrap(), @"note: reading all users: the cache is damaged");
    let aged = run_plan(&env, &["--incremental", "--max-age", "0"]);
    assert_eq!(aged.read.len(), 2);
    insta::assert_snapshot!(list_notes(&env, &aged), @"note: 2 users read again, because they were last read 0 or more days ago");

    let other = start_env(2);
    fs::create_dir(other.path().join(".callrules")).unwrap();
    fs::copy(cache_file(&env), cache_file(&other)).unwrap();
    let foreign = plan_incrementally(&other);
    assert_eq!(foreign.read.len(), 2);
    insta::assert_snapshot!(list_notes(&other, &foreign), @"note: reading all users: the cache is for another server");
}

#[test]
fn user_who_could_not_be_read_is_read_by_next_plan() {
    let env = TestEnv::with_faults(
        build_seed(3),
        &["html status=400 path=/extensions/1002/ nth=1"],
    );
    write_user_files(&env, 3);
    let first = run_plan(&env, &["--incremental"]);
    assert_eq!(first.run.code, 1, "{}", first.run.err);
    assert_eq!(plan_incrementally(&env).read, user_ids(&[2]));
}
