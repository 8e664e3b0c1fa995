//! What leads to reading everybody, and what is said of it.

use std::fs;

use serde_json::json;

use super::{SEARCH, declare, env, file, ids, look, remember, rename, says, seed, world_where};
use crate::support::TestEnv;

#[test]
fn a_change_that_may_concern_everybody_has_everybody_read() {
    let env = env(2);
    remember(&env);
    env.sandbox()
        .edit(|account| account.account.main_number = "+16505550199".into());
    let company = remember(&env);
    assert_eq!(company.read.len(), 2);
    says(
        &company,
        "may concern everybody: CHANGE_COMPANY_INFO of Company at 20",
    );
    assert_eq!(remember(&env).read, ids(&[]), "it is known now");
    env.sandbox().edit(|account| {
        account
            .extension_mut("900")
            .unwrap()
            .members
            .push("101".into());
    });
    let queue = remember(&env);
    assert_eq!(queue.read.len(), 2);
    says(&queue, "of extension 1900, which is no user here");
}

#[test]
fn without_the_permission_all_are_read_and_nothing_is_searched() {
    let env = world_where(2, |seed| {
        seed["account"]["permissions"] = json!(["ReadAccounts", "EditExtensions"]);
    });
    for _ in 0..2 {
        let look = remember(&env);
        assert_eq!(look.read.len(), 2);
        says(
            &look,
            "every user is read: the app lacks the permission ReadAuditTrail",
        );
    }
    assert_eq!(env.requests("POST", SEARCH).len(), 0);
    // When it is given, what was read before holds.
    let permissions = callrules::sandbox::Permission::ALL.to_vec();
    env.sandbox()
        .edit(|account| account.account.permissions = permissions);
    rename(&env, "102");
    let given = remember(&env);
    assert_eq!(given.read.len(), 2, "the trail was never seen before");
    rename(&env, "101");
    assert_eq!(remember(&env).read, ids(&[1]));
}

#[test]
fn a_trail_that_is_full_or_refuses_has_everybody_read() {
    let env = world_where(2, |seed| seed["auditTrail"] = json!({ "holds": 2 }));
    remember(&env);
    // The records that were known are pushed out.
    for _ in 0..3 {
        rename(&env, "102");
        env.sandbox().edit(|account| {
            account.extension_mut("102").unwrap().interaction_rules[0]["displayName"] =
                json!("VIP");
        });
    }
    let gap = remember(&env);
    assert_eq!(gap.read.len(), 2);
    says(&gap, "has lost a record that it held before");

    let faults = [
        "html status=400 path=audit-trail nth=2",
        "503 path=audit-trail nth=2",
    ];
    let env = TestEnv::with_faults(seed(2), &faults);
    declare(&env, 2);
    remember(&env);
    rename(&env, "101");
    let refused = remember(&env);
    assert_eq!(refused.read.len(), 2);
    says(&refused, "the audit trail cannot be searched: ");
    // A search is a read: one that went wrong in passing is sent again, and never unclear.
    let again = remember(&env);
    assert_eq!(again.read, ids(&[1]), "{}", again.run.err);
    let searches = env.requests("POST", SEARCH);
    let seen: Vec<_> = searches.iter().map(|e| e.status).collect();
    assert_eq!(seen, [200, 400, 503, 200]);
}

#[test]
fn what_is_damaged_or_old_or_of_another_server_is_told_and_all_are_read() {
    let here = env(2);
    remember(&here);
    let whole = fs::read(file(&here)).unwrap();
    for bytes in [&whole[..whole.len() / 2], &[], b"something else"] {
        fs::write(file(&here), bytes).unwrap();
        let damaged = remember(&here);
        assert_eq!(damaged.read.len(), 2);
        says(
            &damaged,
            "note: every user is read: what was remembered is damaged",
        );
        assert_eq!(remember(&here).read, ids(&[]));
    }
    let aged = look(&here, &["--remember", "--full-after", "0"]);
    assert_eq!(aged.read.len(), 2);
    says(
        &aged,
        "note: 2 users last read 0 days ago or more: read again",
    );

    let other = env(2);
    fs::create_dir(other.path().join(".callrules")).unwrap();
    fs::copy(file(&here), file(&other)).unwrap();
    let foreign = remember(&other);
    assert_eq!(foreign.read.len(), 2);
    says(&foreign, "what was remembered is of another server");
}

#[test]
fn a_user_who_could_not_be_read_is_read_the_next_time() {
    let env = TestEnv::with_faults(seed(3), &["html status=400 path=/extensions/1002/ nth=1"]);
    declare(&env, 3);
    let first = look(&env, &["--remember"]);
    assert_eq!(first.run.code, 1, "{}", first.run.err);
    assert_eq!(remember(&env).read, ids(&[2]));
}
