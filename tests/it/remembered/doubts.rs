//! What leads to reading everybody, and what is said of it.

use std::fs;

use serde_json::json;

use super::{SEARCH, declare, file, ids, look, remember, rename, says, seed, world, world_where};
use crate::support::World;

#[test]
fn a_change_that_may_concern_everybody_has_everybody_read() {
    let world = world(2);
    remember(&world);
    world
        .sandbox()
        .edit(|account| account.account.main_number = "+16505550199".into());
    let company = remember(&world);
    assert_eq!(company.read.len(), 2);
    says(
        &company,
        "may concern everybody: CHANGE_COMPANY_INFO of Company at 20",
    );
    assert_eq!(remember(&world).read, ids(&[]), "it is known now");
    world.sandbox().edit(|account| {
        account
            .extension_mut("900")
            .unwrap()
            .members
            .push("101".into());
    });
    let queue = remember(&world);
    assert_eq!(queue.read.len(), 2);
    says(&queue, "of extension 1900, which is no user here");
}

#[test]
fn without_the_permission_all_are_read_and_nothing_is_searched() {
    let world = world_where(2, |seed| {
        seed["account"]["permissions"] = json!(["ReadAccounts", "EditExtensions"]);
    });
    for _ in 0..2 {
        let look = remember(&world);
        assert_eq!(look.read.len(), 2);
        says(
            &look,
            "every user is read: the app lacks the permission ReadAuditTrail",
        );
    }
    assert_eq!(world.requests("POST", SEARCH).len(), 0);
    // When it is given, what was read before holds.
    let permissions = callrules::sandbox::Permission::ALL.to_vec();
    world
        .sandbox()
        .edit(|account| account.account.permissions = permissions);
    rename(&world, "102");
    let given = remember(&world);
    assert_eq!(given.read.len(), 2, "the trail was never seen before");
    rename(&world, "101");
    assert_eq!(remember(&world).read, ids(&[1]));
}

#[test]
fn a_trail_that_is_full_or_refuses_has_everybody_read() {
    let world = world_where(2, |seed| seed["auditTrail"] = json!({ "holds": 2 }));
    remember(&world);
    // The records that were known are pushed out.
    for _ in 0..3 {
        rename(&world, "102");
        world.sandbox().edit(|account| {
            account.extension_mut("102").unwrap().interaction_rules[0]["displayName"] =
                json!("VIP");
        });
    }
    let gap = remember(&world);
    assert_eq!(gap.read.len(), 2);
    says(&gap, "has lost a record that it held before");

    let faults = [
        "html status=400 path=audit-trail nth=2",
        "503 path=audit-trail nth=2",
    ];
    let world = World::with_faults(seed(2), &faults);
    declare(&world, 2);
    remember(&world);
    rename(&world, "101");
    let refused = remember(&world);
    assert_eq!(refused.read.len(), 2);
    says(&refused, "the audit trail cannot be searched: ");
    // A search is a read: one that went wrong in passing is sent again, and never unclear.
    let again = remember(&world);
    assert_eq!(again.read, ids(&[1]), "{}", again.run.err);
    let searches = world.requests("POST", SEARCH);
    let seen: Vec<_> = searches.iter().map(|e| e.status).collect();
    assert_eq!(seen, [200, 400, 503, 200]);
}

#[test]
fn what_is_damaged_or_old_or_of_another_server_is_told_and_all_are_read() {
    let here = world(2);
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

    let other = world(2);
    fs::create_dir(other.path().join(".callrules")).unwrap();
    fs::copy(file(&here), file(&other)).unwrap();
    let foreign = remember(&other);
    assert_eq!(foreign.read.len(), 2);
    says(&foreign, "what was remembered is of another server");
}

#[test]
fn a_user_who_could_not_be_read_is_read_the_next_time() {
    let world = World::with_faults(seed(3), &["html status=400 path=/extensions/1002/ nth=1"]);
    declare(&world, 3);
    let first = look(&world, &["--remember"]);
    assert_eq!(first.run.code, 1, "{}", first.run.err);
    assert_eq!(remember(&world).read, ids(&[2]));
}
