use serde_json::{Value, json};

use super::*;

fn document(account: &str, shard: Value, creates: usize, warnings: &[&str]) -> ParsedPlanDocument {
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
        "requests": { "made": 9, "toApply": creates, "toReread": 2 * creates },
    });
    ParsedPlanDocument::parse(&text.to_string()).unwrap()
}

fn shard(number: u32, of: u32) -> Value {
    json!({ "number": number, "of": of })
}

#[test]
fn shards_of_an_account_are_added_up_without_duplicate_warnings() {
    let mut summary = MultiPlanSummary::default();
    let plans = [
        ("a", document("1", shard(2, 2), 3, &["p.yaml", "q.yaml"])),
        ("b", document("2", Value::Null, 0, &[])),
        ("c", document("1", shard(1, 2), 4, &["p.yaml", "p.yaml"])),
    ];
    for (file, plan) in plans {
        summary.add(file.to_owned(), plan).unwrap();
    }
    assert!(summary.is_complete() && summary.has_changes());
    insta::assert_snapshot!(summary.render_human(), @r"
    account  create  update  delete  users  warn.  errors  guards  requests
    1 2/2         7       0       0      7      2       0       0        21
    2             0       0       0      0      0       0       0         0
    total         7       0       0      7      2       0       0        21
    apply will need 21 requests
    ");
    let json: Value = serde_json::to_value(summary.to_document()).unwrap();
    assert_eq!(
        json["accounts"][0]["shards"],
        json!({ "of": 2, "missing": [] })
    );
    assert_eq!(json["accounts"][0]["files"], json!(["a", "c"]));
    assert_eq!(json["total"]["warnings"], 2);
}

#[test]
fn names_in_problems_are_sanitized() {
    let mut plan = document("1", Value::Null, 1, &[]);
    plan.errors.push(SummaryDiagnostic {
        code: None,
        message: "a rule \"A\n::error::no \u{1b}[8mhidden\"".to_owned(),
        user: Some("101".to_owned()),
        file: None,
        line: None,
        column: None,
    });
    let mut summary = MultiPlanSummary::default();
    summary.add("a".to_owned(), plan).unwrap();
    let text = summary.render_human();
    assert!(
        text.contains("! 1: 101 is left out: a rule \"A␊::error::no ␛[8mhidden\"\n"),
        "{text}"
    );
}

#[test]
fn missing_shards_are_listed() {
    let mut summary = MultiPlanSummary::default();
    let plan = document("1", shard(2, 3), 0, &[]);
    summary.add("a".to_owned(), plan).unwrap();
    assert!(!summary.is_complete());
    let text = summary.render_human();
    assert!(text.contains("! 1: no plan of part 1\n! 1: no plan of part 3\n"));
}

#[test]
fn plans_that_are_not_shards_of_one_plan_are_rejected() {
    for (first, second) in [
        (Value::Null, Value::Null),
        (shard(1, 2), Value::Null),
        (Value::Null, shard(1, 2)),
        (shard(1, 2), shard(1, 2)),
        (shard(1, 2), shard(2, 3)),
    ] {
        let mut summary = MultiPlanSummary::default();
        let plan = |shard| document("1", shard, 1, &[]);
        summary.add("a".to_owned(), plan(first)).unwrap();
        let error = summary.add("b".to_owned(), plan(second)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a and b are both plans of account 1, but not two parts of one plan"
        );
    }
}

#[test]
fn comment_stays_within_size_limit() {
    let mut summary = MultiPlanSummary::default();
    for account in 0..5_000 {
        let hostile = format!("{account} | *@all* <b> {}", "`".repeat(account % 300));
        let plan = document(&hostile, shard(1, 2), 1_000, &[]);
        summary.add("a".to_owned(), plan).unwrap();
    }
    let text = summary.render_markdown();
    let length = text.chars().count();
    assert!((50_000..65_536).contains(&length), "{length}");
    assert!(text.starts_with("### 5,000 accounts: 5,000,000 to create,"));
    assert_eq!(text.matches("more line").count(), 1);
    let printed = text.matches(": no plan of part 2").count();
    let more = format!(
        "… and {},{:03} more; run",
        (5_000 - printed) / 1_000,
        (5_000 - printed) % 1_000
    );
    assert!(text.contains(&more), "{more}");
}

#[test]
fn other_documents_are_rejected() {
    let parse_error = |text: &str| ParsedPlanDocument::parse(text).unwrap_err().to_string();
    assert!(parse_error("").contains("not the output of `callrules plan --format json`: EOF"));
    assert!(parse_error("{}").contains("missing field `formatVersion`"));
    let validate = r#"{ "formatVersion": "1.0", "valid": true }"#;
    assert!(parse_error(validate).contains("missing field `account`"));
    assert_eq!(
        parse_error(r#"{ "formatVersion": "2.0" }"#),
        "unsupported formatVersion `2.0`, expected `1.0`"
    );
}
