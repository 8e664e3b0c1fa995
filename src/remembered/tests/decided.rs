//! What each kind of record, and each doubt, leads to.

use super::*;

#[test]
fn what_may_concern_everybody_or_is_in_doubt_forgets_all() {
    let known = |as_of: i64| Since {
        as_of: time(as_of),
        known: BTreeSet::from(["k".to_owned()]),
    };
    let record = |id: Option<&str>, at: Option<i64>, target: Touched| AuditRecord {
        id: id.map(str::to_owned),
        at: at.map(time),
        action: "CHANGE".to_owned(),
        target,
        initiator: None,
    };
    let user = || Touched::Extension(id(1));
    let seen = || record(Some("k"), Some(0), Touched::Beyond("Company".to_owned()));
    let queue = Touched::Extension(ExtensionId("900".to_owned()));
    let gone = Touched::Extension(ExtensionId("901".to_owned()));
    let company = Touched::Beyond("Company".to_owned());
    let beyond = "concern everybody";
    for (as_of, records, told) in [
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), user())]),
            None,
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), company)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), queue)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), Some(11), gone)]),
            Some(beyond),
        ),
        (
            10,
            Some(vec![seen(), record(None, Some(11), user())]),
            Some("without an id"),
        ),
        (
            10,
            Some(vec![seen(), record(Some("a"), None, user())]),
            Some("or a time"),
        ),
        (10, Some(vec![]), Some("lost a record")),
        (10, None, Some("as many records as it can")),
        (21, Some(vec![seen()]), Some("still to come")),
        (
            20 - 180 * 86_400,
            Some(vec![seen()]),
            Some("does not go back so far"),
        ),
    ] {
        let is_remembered = |user: &ExtensionId| *user == id(1);
        let known = known(as_of);
        let verdict = decide(
            Some(&known),
            Ok(records),
            &directory(),
            is_remembered,
            time(20),
        );
        match (verdict, told) {
            (Verdict::Hold(stale, since), None) => {
                assert!(stale.is_touched(&id(1)) && !stale.is_touched(&id(2)));
                assert_eq!(since.as_of, time(20));
            }
            (Verdict::Forget(doubt, since), Some(told)) => {
                assert!(doubt.to_string().contains(told), "{doubt}");
                assert_eq!(since.as_of, time(20));
            }
            (verdict, told) => panic!("{verdict:?}, and not {told:?}"),
        }
    }
}

#[test]
fn who_edits_counts_as_touched() {
    let known = Since {
        as_of: time(10),
        known: BTreeSet::new(),
    };
    let record = AuditRecord {
        id: Some("a".to_owned()),
        at: Some(time(11)),
        action: String::new(),
        target: Touched::Extension(id(1)),
        initiator: Some(id(2)),
    };
    let verdict = decide(
        Some(&known),
        Ok(Some(vec![record])),
        &directory(),
        |_| true,
        time(20),
    );
    let Verdict::Hold(stale, _) = verdict else {
        panic!("{verdict:?}");
    };
    assert!(stale.is_touched(&id(2)));
    assert!(stale.names_touched(&json!([{ "extension": { "id": 101 } }])));
    assert!(!stale.names_touched(&json!([{ "extension": { "id": "102" } }])));
}
