//! Tests of the decision for each kind of audit record and each bypass reason.

use super::*;

#[test]
fn account_wide_or_doubtful_records_reset_the_cache() {
    let watermark = |as_of: i64| CacheWatermark {
        as_of: time(as_of),
        known_ids: BTreeSet::from(["k".to_owned()]),
    };
    let record = |id: Option<&str>, at: Option<i64>, target: AuditTarget| AuditRecord {
        id: id.map(str::to_owned),
        changed_at: at.map(time),
        action: "CHANGE".to_owned(),
        target,
        initiator: None,
        initiator_name: None,
        details: Vec::new(),
    };
    let user = || AuditTarget::Extension(id(1));
    let known_record = || record(Some("k"), Some(0), AuditTarget::Other("Company".to_owned()));
    let queue = AuditTarget::Extension(ExtensionId("900".to_owned()));
    let deleted = AuditTarget::Extension(ExtensionId("901".to_owned()));
    let company = AuditTarget::Other("Company".to_owned());
    let account_wide = "affect every user";
    let with_known = |record| Some(vec![known_record(), record]);
    let of_target = |target| with_known(record(Some("a"), Some(11), target));
    for (as_of, records, expected) in [
        (10, of_target(user()), None),
        (10, of_target(company), Some(account_wide)),
        (10, of_target(queue), Some(account_wide)),
        (10, of_target(deleted), Some(account_wide)),
        (
            10,
            with_known(record(None, Some(11), user())),
            Some("without an id"),
        ),
        (
            10,
            with_known(record(Some("a"), None, user())),
            Some("or a time"),
        ),
        (10, Some(vec![]), Some("lacks a record")),
        (10, None, Some("record limit")),
        (21, Some(vec![known_record()]), Some("in the future")),
        (
            20 - 180 * 86_400,
            Some(vec![known_record()]),
            Some("does not go back that far"),
        ),
    ] {
        let is_cached = |user: &ExtensionId| *user == id(1);
        let watermark = watermark(as_of);
        let decision = evaluate(
            Some(&watermark),
            Ok(records),
            &directory(),
            is_cached,
            time(20),
        );
        match (decision, expected) {
            (CacheDecision::Use(stale, new_watermark), None) => {
                assert!(stale.is_stale(&id(1)) && !stale.is_stale(&id(2)));
                assert_eq!(new_watermark.as_of, time(20));
            }
            (CacheDecision::Reset(reason, new_watermark), Some(expected)) => {
                assert!(reason.to_string().contains(expected), "{reason}");
                assert_eq!(new_watermark.as_of, time(20));
            }
            (decision, expected) => panic!("{decision:?}, not {expected:?}"),
        }
    }
}

#[test]
fn user_who_edits_counts_as_stale() {
    let watermark = CacheWatermark {
        as_of: time(10),
        known_ids: BTreeSet::new(),
    };
    let record = AuditRecord {
        id: Some("a".to_owned()),
        changed_at: Some(time(11)),
        action: String::new(),
        target: AuditTarget::Extension(id(1)),
        initiator: Some(id(2)),
        initiator_name: None,
        details: Vec::new(),
    };
    let decision = evaluate(
        Some(&watermark),
        Ok(Some(vec![record])),
        &directory(),
        |_| true,
        time(20),
    );
    let CacheDecision::Use(stale, _) = decision else {
        panic!("{decision:?}");
    };
    assert!(stale.is_stale(&id(2)));
    assert!(stale.mentions_changed(&[json!({ "extension": { "id": 101 } })]));
    assert!(!stale.mentions_changed(&[json!({ "extension": { "id": "102" } })]));
}
