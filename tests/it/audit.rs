//! The audit trail: what the sandbox keeps, and what the client makes of it.

use callrules::client::Client;
use callrules::sandbox::Options;
use callrules::wire::{AuditRecord, Touched};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::sandbox::{ALEX, Api, acme};
use crate::support::forwarding;

const SEARCH: &str = "/restapi/v1.0/account/~/audit-trail/search";

async fn api(trail: Value, faults: &[&str]) -> Api {
    let mut seed = acme();
    seed["auditTrail"] = trail;
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let options = Options {
        faults,
        ..Options::default()
    };
    Api::with(seed, options).await
}

/// So many edits of one rule.
fn edit(api: &Api, number: &str, times: usize) {
    for count in 0..times {
        api.sandbox.edit(|account| {
            account.extension_mut(number).unwrap().name = format!("Name {count}");
        });
    }
}

/// What each record is about, the newest first.
fn told(found: &Value) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }
    let records = found["records"].as_array().unwrap().iter();
    records
        .map(|record| {
            (
                text(&record["eventType"]),
                text(&record["target"]["objectId"]),
            )
        })
        .collect()
}

fn client(api: &Api) -> Client {
    crate::apply::client(&api.sandbox.url())
}

async fn trail(client: &Client) -> Result<Option<Vec<AuditRecord>>, callrules::client::Error> {
    let from = Timestamp::now() - SignedDuration::from_hours(1);
    client.audit_trail(from).await
}

/// Everything that was said fits the specification, where it is at hand.
fn fits(api: &Api) {
    let Some(contract) = Contract::load() else {
        println!("skipped: RINGCENTRAL_OPENAPI is not set");
        return;
    };
    for exchange in api.sandbox.exchanges() {
        let problems = contract.check(&exchange);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}

#[tokio::test]
async fn whatever_is_changed_leaves_a_record() {
    let api = api(
        json!({}),
        &["app-create user=102 method=GET path=state-rules"],
    )
    .await;
    let rules = format!("{ALEX}/voice/interaction-rules");
    let rule = forwarding("VIP", "+14155550100", "+14155550199");
    let made = api.good("POST", &rules, rule.clone()).await;
    let one = format!("{rules}/{}", made["id"].as_str().unwrap());
    api.good("PATCH", &one, rule).await;
    api.good("DELETE", &one, Value::Null).await;
    api.good(
        "PATCH",
        &format!("{ALEX}/states/dnd"),
        json!({ "enabled": true }),
    )
    .await;
    api.good("GET", &format!("{ALEX}/voice/state-rules"), Value::Null)
        .await;
    api.sandbox.edit(|account| {
        account.account.name = "Acme, renamed".to_owned();
        account
            .extensions
            .retain(|extension| extension.id != "1003");
    });
    let found = api.good("POST", SEARCH, json!({})).await;
    assert_eq!(
        told(&found),
        [
            ("DELETE", "1003"),
            ("UPDATE", "0"),
            ("UPDATE", "1002"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("UPDATE", "1001"),
            ("CREATE", "0"),
        ]
    );
    assert_eq!(found["records"][1]["target"]["objectType"], "Company");
    assert_eq!(found["records"][2]["initiator"]["extensionId"], "1001");
    assert_eq!(api.sandbox.exchanges().last().unwrap().group, "Heavy");
    fits(&api);
}

#[tokio::test]
async fn times_and_pages_choose_and_what_is_wrong_is_refused() {
    let api = api(json!({}), &[]).await;
    edit(&api, "101", 4);
    let second = api
        .good("POST", SEARCH, json!({ "page": 2, "perPage": 2 }))
        .await;
    assert_eq!(told(&second), [("UPDATE", "1001"); 2]);
    let paging = json!({ "page": 2, "perPage": 2, "total": 3, "totalFound": 5 });
    assert_eq!(second["paging"], paging);
    let before = json!({ "eventTimeTo": "2020-01-01T00:00:00Z" });
    assert_eq!(told(&api.good("POST", SEARCH, before).await), []);
    // The body may be left out, and no page has no records.
    assert_eq!(told(&api.good("POST", SEARCH, Value::Null).await).len(), 5);
    assert_eq!(
        told(&api.good("POST", SEARCH, json!({ "perPage": 0 })).await),
        []
    );
    fits(&api);
    for (key, value) in [
        ("eventTimeFrom", json!("yesterday")),
        ("eventTimeFrom", json!("2999-01-01T00:00:00Z")),
        ("eventTimeTo", json!(7)),
        ("page", json!(0)),
        ("page", json!("1")),
        ("perPage", json!(-1)),
        ("targetIds", json!(["1001"])),
    ] {
        let got = api.call("POST", SEARCH, Some(&json!({ key: value }))).await;
        assert_eq!((got.status, got.code()), (400, "CMN-101"), "{key}: {value}");
        assert_eq!(got.body["errors"][0]["parameterName"], key);
    }
    let got = api.call("POST", SEARCH, Some(&json!([]))).await;
    assert_eq!((got.status, got.code()), (400, "CMN-104"));
}

#[tokio::test]
async fn the_client_reads_all_pages() {
    let api = api(
        json!({}),
        &["503 path=audit-trail nth=2", "cut path=audit-trail nth=2"],
    )
    .await;
    edit(&api, "102", 5);
    let one_page = client(&api);
    let records = trail(&one_page).await.unwrap().unwrap();
    assert_eq!(records.len(), 6);
    let target = |record: &AuditRecord| match &record.target {
        Touched::Extension(id) => id.0.clone(),
        Touched::Beyond(kind) => kind.clone(),
    };
    assert_eq!(target(&records[0]), "1002");
    assert_eq!(target(&records[5]), "Company");
    for omitted in [false, true] {
        api.sandbox.edit(|account| {
            account.page_size = Some(2);
            account.omit_total_pages = omitted;
        });
        let ids: std::collections::BTreeSet<_> = { trail(&one_page).await.unwrap().unwrap() }
            .into_iter()
            .map(|record| record.id)
            .collect();
        assert_eq!(ids.len(), 6, "{omitted}");
    }
    // A search is a read: what was cut or refused in passing was sent again.
    let faults = api
        .sandbox
        .exchanges()
        .into_iter()
        .filter(|e| e.fault.is_some());
    assert_eq!(faults.count(), 2);
}

#[tokio::test]
async fn a_trail_that_may_lack_records_gives_none() {
    let users = (0..250).map(|number| json!({ "extensionNumber": (1000 + number).to_string() }));
    let seed = json!({ "extensions": users.collect::<Vec<_>>() });
    let api = Api::with(seed, Options::default()).await;
    let edit = |users, name: &str| {
        api.sandbox.edit(|account| {
            let edited = account.extensions.iter_mut().take(users);
            edited.for_each(|user| user.name = name.to_owned());
        });
    };
    // The account itself has left a record too.
    (0..39).for_each(|count| edit(250, &format!("Name {count}")));
    edit(248, "Nearly full");
    let client = client(&api);
    assert_eq!(trail(&client).await.unwrap().unwrap().len(), 9_999);
    edit(1, "Full");
    assert_eq!(trail(&client).await.unwrap(), None);
    let searches = api.sandbox.exchanges().into_iter();
    let searches = searches.filter(|e| e.path.contains("audit-trail"));
    assert_eq!(searches.count(), 11, "of the second the first page tells");
}

#[tokio::test]
async fn a_search_that_stays_unanswered_is_an_error_and_not_unclear() {
    let api = api(json!({}), &["drop-after path=audit-trail"]).await;
    let error = trail(&client(&api)).await.unwrap_err();
    assert!(!error.is_unclear(), "{error}");
}
