//! Reads: the client returns every record and makes no unnecessary requests.

use std::collections::HashSet;
use std::time::Duration;

use axum::response::{IntoResponse, Json};
use callrules::model::ExtensionId;
use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{self, FetchRequest};
use serde_json::{Value, json};

use super::support::{
    EXTENSIONS, MockServer, api_error, delayed, html_page, list_response, rule_body, rules_path,
    state_rules_path, user_id,
};

#[tokio::test]
async fn directory_has_all_extensions_with_their_details() {
    let server = MockServer::start(|request, _| {
        let alex = json!({
            "id": 63700001004u64, "extensionNumber": "101", "name": "Alex Morgan", "type": "User",
            "status": "Enabled", "contact": {"email": "alex@example.com"},
            "regionalSettings": {"timezone": {"id": "53", "name": "America/Los_Angeles"}}
        });
        let queue =
            json!({"id": "8", "extensionNumber": "900", "name": "Support", "type": "Department"});
        request
            .is_for(EXTENSIONS)
            .then(|| list_response(vec![alex, queue]))
    })
    .await;
    let client = server.client();
    let directory = client.directory().await.unwrap();
    let alex = directory.by_id(&user_id("63700001004")).unwrap();
    assert_eq!(
        (alex.label(), alex.kind.as_str(), alex.status.as_str()),
        ("Alex Morgan", "User", "Enabled")
    );
    assert_eq!(alex.email.as_deref(), Some("alex@example.com"));
    assert_eq!(alex.time_zone.as_deref(), Some("America/Los_Angeles"));
    assert_eq!(directory.by_number("900")[0].kind, "Department");
    let query = &server.received()[1].query;
    assert_eq!(
        query, "page=1&perPage=1000",
        "the request must not filter by type, because rules can forward to queues"
    );
}

/// Adds what a server reports about paging to a page, from its number and the number of pages.
type AddPaging = fn(&mut Value, usize, usize);

/// Starts a server with `total` extensions, which it lists in pages of at most `cap`.
async fn start_paged_server(total: usize, cap: usize, add_paging: AddPaging) -> MockServer {
    MockServer::start(move |request, _| {
        if !request.is_for(EXTENSIONS) {
            return None;
        }
        let page = request.query("page").unwrap();
        let size = request.query("perPage").unwrap().min(cap);
        let ids = (page - 1) * size..total.min(page * size);
        let records: Vec<Value> = ids.map(|id| json!({"id": id + 1})).collect();
        let mut body = json!({"records": records, "paging": {"page": page, "perPage": size}});
        add_paging(&mut body, page, total.div_ceil(size));
        Some(Json(body).into_response())
    })
    .await
}

#[tokio::test]
async fn lists_are_read_to_the_end_without_unnecessary_requests() {
    let no_paging = |_: &mut Value, _: usize, _: usize| {};
    let totals =
        |body: &mut Value, _: usize, pages: usize| body["paging"]["totalPages"] = json!(pages);
    let links = |body: &mut Value, page: usize, pages: usize| {
        let next = json!({"uri": "https://elsewhere.example/steal-the-token"});
        body["navigation"] = if page < pages {
            json!({"nextPage": next})
        } else {
            json!({})
        };
    };
    let cases: [(&str, usize, usize, AddPaging, usize); 9] = [
        ("total known", 2500, 1000, totals, 3),
        ("total unknown", 2500, 1000, no_paging, 3),
        ("exact, total known", 2000, 1000, totals, 2),
        (
            "exact, total unknown: one more request",
            2000,
            1000,
            no_paging,
            3,
        ),
        ("exact, linked", 2000, 1000, links, 2),
        ("capped, total unknown", 250, 100, no_paging, 3),
        ("capped and exact, total unknown", 200, 100, no_paging, 3),
        ("capped, linked", 250, 100, links, 3),
        ("empty", 0, 1000, no_paging, 1),
    ];
    for (name, total, cap, add_paging, requests) in cases {
        let server = start_paged_server(total, cap, add_paging).await;
        let directory = server.client().directory().await.unwrap();
        let ids: HashSet<&ExtensionId> = directory
            .extensions()
            .iter()
            .map(|entry| &entry.id)
            .collect();
        assert_eq!(
            (ids.len(), server.count(EXTENSIONS)),
            (total, requests),
            "{name}"
        );
    }
}

#[tokio::test]
async fn server_that_ignores_the_page_number_is_detected() {
    let server = MockServer::start(|request, _| {
        let body = json!({"records": [{"id": 1}, {"id": 2}], "paging": {"perPage": 2}});
        request
            .is_for(EXTENSIONS)
            .then(|| Json(body).into_response())
    })
    .await;
    let error = server.client().directory().await.unwrap_err();
    insta::assert_snapshot!(server.without_address(&error), @"unusable response to GET /restapi/v1.0/account/~/extension: page 2: the page repeats the previous one");
    assert_eq!(server.count(EXTENSIONS), 2);
}

#[tokio::test]
async fn only_rules_without_dispatching_are_read_one_by_one() {
    let server = MockServer::start(|request, _| {
        let reference = |id: &str| json!({"id": id, "displayName": id, "dispatchingRef": "ref"});
        if request.is_for(&rules_path("7")) {
            return Some(list_response(vec![
                rule_body("a"),
                reference("b"),
                rule_body("c"),
                reference("gone"),
            ]));
        }
        let is_for_rule = |id| request.is_for(&format!("{}/{id}", rules_path("7")));
        if is_for_rule("gone") {
            return Some(api_error(404, "CMN-102"));
        }
        is_for_rule("b").then(|| Json(rule_body("b")).into_response())
    })
    .await;
    let client = server.client();
    let live_rules = client.interaction_rules(&user_id("7")).await.unwrap();
    let names: Vec<&str> = live_rules
        .iter()
        .map(|rule| rule.display_name.as_str())
        .collect();
    assert_eq!(
        names,
        ["a", "b", "c"],
        "the order is that of the list, without the rule that was deleted meanwhile"
    );
    assert!(
        live_rules
            .iter()
            .all(callrules::api::InteractionRuleRecord::has_dispatching)
    );
    let read_rule = |id: &str| format!("GET {}/{id}", rules_path("7"));
    assert_eq!(
        server.api_calls(),
        [
            format!("GET {}", rules_path("7")),
            read_rule("b"),
            read_rule("gone")
        ]
    );
}

#[tokio::test]
async fn slow_response_for_one_user_delays_no_other_user() {
    let server = MockServer::start_api(|request, _| {
        if request.is_for(&rules_path("0")) {
            delayed(2_000, list_response(vec![rule_body("0")]))
        } else {
            list_response(vec![rule_body("a")])
        }
    })
    .await;
    let only_rules = |id: usize| FetchRequest {
        user: user_id(&id.to_string()),
        rules: true,
        states: false,
    };
    let wanted: Vec<FetchRequest> = (0..30).map(only_rules).collect();
    let users = reconcile::fetch_all_users(&server.client(), &wanted).await;
    let first_rule = |index: usize| &users[index].as_ref().unwrap().rules()[0];
    assert_eq!(first_rule(0).id, "0");
    assert!((1..30).all(|index| first_rule(index).id == "a"));
    let requests = server.received();
    let mut slow_requests = requests
        .iter()
        .filter(|request| request.is_for(&rules_path("0")));
    let span = requests.last().unwrap().at - slow_requests.next().unwrap().at;
    assert_eq!(requests.len(), 31);
    assert!(span < Duration::from_secs(2), "{span:?}");
}

#[tokio::test]
async fn rule_that_only_a_gateway_does_not_find_is_not_treated_as_deleted() {
    let server = MockServer::start_api(|request, _| {
        if request.is_for(&rules_path("7")) {
            let rule = json!({"id": "a", "displayName": "a", "enabled": true, "conditions": []});
            list_response(vec![rule])
        } else {
            html_page(404, "no such application")
        }
    })
    .await;
    let result = server.client().interaction_rules(&user_id("7")).await;
    assert_eq!(result.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn states_that_do_not_exist_yet_are_created_by_reading_state_rules() {
    let server = MockServer::start(|request, earlier| {
        if request.is_for(&state_rules_path("7")) {
            return Some(list_response(vec![json!({
                "id": "work-hours",
                "state": {"id": "work-hours"},
                "dispatching": {"type": "RingAtOnce", "actions": []},
            })]));
        }
        if !request.is_for(&rules_path("7")) {
            return None;
        }
        Some(if earlier == 0 {
            api_error(404, "CMN-102")
        } else {
            list_response(vec![rule_body("a")])
        })
    })
    .await;
    let client = server.client();
    assert_eq!(
        client.interaction_rules(&user_id("7")).await.unwrap().len(),
        1
    );
    let [rules, states] =
        [rules_path("7"), state_rules_path("7")].map(|path| format!("GET {path}"));
    assert_eq!(
        server.api_calls(),
        [&rules, &states, &rules].map(String::clone)
    );
    let states = client.state_rules(&user_id("7")).await.unwrap();
    assert_eq!(states[0].body["state"]["id"], "work-hours");
}

#[tokio::test]
async fn unknown_extension_costs_two_requests_and_is_an_error() {
    let server = MockServer::start_api(|_, _| api_error(404, "CMN-102")).await;
    let error = server
        .client()
        .interaction_rules(&user_id("7"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), server.api_calls().len()),
        (Some("CMN-102"), 2)
    );
}

#[tokio::test]
async fn lists_shorter_than_their_total_are_refused() {
    let server = MockServer::start_api(|request, _| {
        let records = if request.query("page") == Some(1) {
            vec![rule_body("a"), rule_body("b")]
        } else {
            Vec::new()
        };
        let paging = json!({"perPage": 2, "totalElements": 4});
        Json(json!({"records": records, "paging": paging})).into_response()
    })
    .await;
    let client = server.client();
    let user = user_id("7");
    let errors = [
        client.interaction_rules(&user).await.unwrap_err(),
        client.state_rules(&user).await.unwrap_err(),
        client.devices().await.unwrap_err(),
        client.directory().await.unwrap_err(),
    ];
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(messages.join("\n"), @"
    unusable response to GET /restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules: page 2: the list is incomplete: expected 4 records, got 2
    unusable response to GET /restapi/v2/accounts/~/extensions/7/comm-handling/voice/state-rules: page 2: the list is incomplete: expected 4 records, got 2
    unusable response to GET /restapi/v1.0/account/~/device: page 2: the list is incomplete: expected 4 records, got 2
    unusable response to GET /restapi/v1.0/account/~/extension: page 2: the list is incomplete: expected 4 records, got 2
    ");
}
