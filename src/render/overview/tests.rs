use serde_json::{Value, json};

use super::*;

fn document(account: &str, shard: Value, creates: usize, warnings: &[&str]) -> Document {
    let warning = |file: &&str| {
        json!({
            "code": "W0102", "message": "shadowed", "user": creates.to_string(),
            "file": file, "line": 1, "column": 2,
        })
    };
    let text = json!({
        "formatVersion": "1.0",
        "account": { "id": account },
        "shard": shard,
        "summary": { "create": creates, "update": 0, "delete": 0, "users": creates },
        "users": [],
        "warnings": warnings.iter().map(warning).collect::<Vec<_>>(),
        "errors": [],
        "guards": [],
        "requests": { "made": 9, "toApply": creates, "toReadAgain": 2 * creates },
    });
    Document::read(&text.to_string()).unwrap()
}

fn shard(number: u32, of: u32) -> Value {
    json!({ "number": number, "of": of })
}

#[test]
fn the_parts_of_an_account_are_added_up_and_warnings_are_told_once() {
    let mut overview = Overview::default();
    let plans = [
        ("a", document("1", shard(2, 2), 3, &["p.yaml", "q.yaml"])),
        ("b", document("2", Value::Null, 0, &[])),
        ("c", document("1", shard(1, 2), 4, &["p.yaml", "p.yaml"])),
    ];
    for (file, plan) in plans {
        overview.add(file.to_owned(), plan).unwrap();
    }
    assert!(overview.is_complete() && overview.has_changes());
    assert_eq!(
        overview.human(),
        "account  create  update  delete  users  warn.  errors  guards  requests\n\
         1 2/2         7       0       0      7      2       0       0        21\n\
         2             0       0       0      0      0       0       0         0\n\
         all           7       0       0      7      2       0       0        21\n\
         apply needs 21 requests\n"
    );
    let json: Value = serde_json::to_value(overview.told()).unwrap();
    assert_eq!(
        json["accounts"][0]["shards"],
        json!({ "of": 2, "missing": [] })
    );
    assert_eq!(json["accounts"][0]["files"], json!(["a", "c"]));
    assert_eq!(json["total"]["warnings"], 2);
}

#[test]
fn what_came_from_an_account_steers_nothing() {
    let mut plan = document("1", Value::Null, 1, &[]);
    plan.errors.push(Finding {
        code: None,
        message: "a rule \"A\n::error::no \u{1b}[8mhidden\"".to_owned(),
        user: Some("101".to_owned()),
        file: None,
        line: None,
        column: None,
    });
    let mut overview = Overview::default();
    overview.add("a".to_owned(), plan).unwrap();
    let told = "! 1: 101 is left out: a rule \"A␊::error::no ␛[8mhidden\"\n";
    assert!(overview.human().contains(told), "{}", overview.human());
}

#[test]
fn a_part_that_is_missing_is_told() {
    let mut overview = Overview::default();
    let part = document("1", shard(2, 3), 0, &[]);
    overview.add("a".to_owned(), part).unwrap();
    assert!(!overview.is_complete());
    let told = overview.human();
    assert!(told.contains("! 1: there is no plan of part 1\n! 1: there is no plan of part 3\n"));
}

#[test]
fn what_is_no_part_of_one_plan_is_not_added_up() {
    for (one, other) in [
        (Value::Null, Value::Null),
        (shard(1, 2), Value::Null),
        (Value::Null, shard(1, 2)),
        (shard(1, 2), shard(1, 2)),
        (shard(1, 2), shard(2, 3)),
    ] {
        let mut overview = Overview::default();
        let [one, other] = [one, other].map(|shard| document("1", shard, 1, &[]));
        overview.add("a".to_owned(), one).unwrap();
        let clash = overview.add("b".to_owned(), other).unwrap_err();
        assert_eq!(
            clash.to_string(),
            "a and b are both plans of account 1, and not two parts of one"
        );
    }
}

#[test]
fn the_comment_is_never_too_long() {
    let mut overview = Overview::default();
    for account in 0..5_000 {
        let hostile = format!("{account} | *@all* <b> {}", "`".repeat(account % 300));
        let plan = document(&hostile, shard(1, 2), 1_000, &[]);
        overview.add("a".to_owned(), plan).unwrap();
    }
    let text = overview.markdown();
    let length = text.chars().count();
    assert!((50_000..65_536).contains(&length), "{length}");
    assert!(text.starts_with("### 5,000 accounts: 5,000,000 to create,"));
    assert_eq!(text.matches("more line").count(), 1);
    let matters = text.matches(": there is no plan of part 2").count();
    let more = format!(
        "… and {},{:03} more, which",
        (5_000 - matters) / 1_000,
        (5_000 - matters) % 1_000
    );
    assert!(text.contains(&more), "{more}");
}

#[test]
fn another_document_is_refused() {
    let refused = |text: &str| Document::read(text).unwrap_err().to_string();
    assert!(
        refused("").contains("it is no document that `callrules plan --format json` wrote: EOF")
    );
    assert!(refused("{}").contains("missing field `formatVersion`"));
    let validate = r#"{ "formatVersion": "1.0", "valid": true }"#;
    assert!(refused(validate).contains("missing field `account`"));
    assert_eq!(
        refused(r#"{ "formatVersion": "2.0" }"#),
        "its formatVersion is `2.0`, and `1.0` was expected"
    );
}
