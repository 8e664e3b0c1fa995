//! Reading: every record, and no request too many.

use std::collections::HashSet;
use std::time::Duration;

use axum::response::{IntoResponse, Json};
use callrules::engine::account::Read;
use callrules::engine::{self, Wanted};
use callrules::model::ExtensionId;
use serde_json::{Value, json};

use super::support::{
    EXTENSIONS, Server, TOKEN, late, list, page, refusal, rule, rules, state_rules, user,
};

#[tokio::test]
async fn the_directory_tells_what_people_refer_to() {
    let server = Server::start(|seen, _| {
        let alex = json!({
            "id": 63700001004u64, "extensionNumber": "101", "name": "Alex Morgan", "type": "User",
            "status": "Enabled", "contact": {"email": "alex@example.com"},
            "regionalSettings": {"timezone": {"id": "53", "name": "America/Los_Angeles"}}
        });
        let queue =
            json!({"id": "8", "extensionNumber": "900", "name": "Support", "type": "Department"});
        seen.is_for(EXTENSIONS).then(|| list(vec![alex, queue]))
    })
    .await;
    let client = server.client();
    let directory = client.directory().await.unwrap();
    let alex = directory.by_id(&user("63700001004")).unwrap();
    assert_eq!(
        (alex.label(), alex.kind.as_str(), alex.status.as_str()),
        ("Alex Morgan", "User", "Enabled")
    );
    assert_eq!(alex.email.as_deref(), Some("alex@example.com"));
    assert_eq!(alex.time_zone.as_deref(), Some("America/Los_Angeles"));
    assert_eq!(directory.by_number("900")[0].kind, "Department");
    let query = &server.seen()[1].query;
    assert_eq!(
        query, "page=1&perPage=1000",
        "no filter by type: queues are targets as well"
    );
}

/// What a server adds to a page, from its number and the number of pages.
type Dress = fn(&mut Value, usize, usize);

/// A list of numbered extensions in pages of at most `cap`.
async fn paged(total: usize, cap: usize, dress: Dress) -> Server {
    Server::start(move |seen, _| {
        if !seen.is_for(EXTENSIONS) {
            return None;
        }
        let page = seen.query("page").unwrap();
        let size = seen.query("perPage").unwrap().min(cap);
        let ids = (page - 1) * size..total.min(page * size);
        let records: Vec<Value> = ids.map(|id| json!({"id": id + 1})).collect();
        let mut body = json!({"records": records, "paging": {"page": page, "perPage": size}});
        dress(&mut body, page, total.div_ceil(size));
        Some(Json(body).into_response())
    })
    .await
}

#[tokio::test]
async fn lists_are_read_to_their_end_with_no_request_too_many() {
    let bare = |_: &mut Value, _: usize, _: usize| {};
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
    let cases: [(&str, usize, usize, Dress, usize); 9] = [
        ("total known", 2500, 1000, totals, 3),
        ("total unknown", 2500, 1000, bare, 3),
        ("exact, total known", 2000, 1000, totals, 2),
        ("exact, total unknown: one more look", 2000, 1000, bare, 3),
        ("exact, linked", 2000, 1000, links, 2),
        ("capped, total unknown", 250, 100, bare, 3),
        ("capped and exact, total unknown", 200, 100, bare, 3),
        ("capped, linked", 250, 100, links, 3),
        ("empty", 0, 1000, bare, 1),
    ];
    for (name, total, cap, dress, requests) in cases {
        let server = paged(total, cap, dress).await;
        let directory = server.client().directory().await.unwrap();
        let ids: HashSet<&ExtensionId> = directory.all().iter().map(|entry| &entry.id).collect();
        assert_eq!(
            (ids.len(), server.count(EXTENSIONS)),
            (total, requests),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_page_number_is_found_out() {
    let server = Server::start(|seen, _| {
        let body = json!({"records": [{"id": 1}, {"id": 2}], "paging": {"perPage": 2}});
        seen.is_for(EXTENSIONS).then(|| Json(body).into_response())
    })
    .await;
    let error = server.client().directory().await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("page 2: it repeats the page before it"),
        "{error}"
    );
    assert_eq!(server.count(EXTENSIONS), 2);
}

#[tokio::test]
async fn only_rules_without_their_dispatching_are_read_one_by_one() {
    let server = Server::start(|seen, _| {
        let reference = |id: &str| json!({"id": id, "displayName": id, "dispatchingRef": "ref"});
        if seen.is_for(&rules("7")) {
            return Some(list(vec![
                rule("a"),
                reference("b"),
                rule("c"),
                reference("gone"),
            ]));
        }
        let one = |id| seen.is_for(&format!("{}/{id}", rules("7")));
        match (one("b"), one("gone")) {
            (true, _) => Some(Json(rule("b")).into_response()),
            (_, true) => Some(refusal(404, "CMN-102")),
            _ => None,
        }
    })
    .await;
    let client = server.client();
    let found = client.interaction_rules(&user("7")).await.unwrap();
    let names: Vec<&str> = found
        .iter()
        .map(|rule| rule.display_name.as_str())
        .collect();
    assert_eq!(
        names,
        ["a", "b", "c"],
        "in the list's order; one was deleted meanwhile"
    );
    assert!(found.iter().all(|rule| rule.has_dispatching()));
    let one = |id: &str| format!("GET {}/{id}", rules("7"));
    assert_eq!(
        server.asked(),
        [format!("GET {}", rules("7")), one("b"), one("gone")]
    );
}

#[tokio::test]
async fn a_user_who_hangs_holds_up_nobody_else() {
    let server = Server::start(|seen, _| match seen.is_for(TOKEN) {
        true => None,
        false if seen.is_for(&rules("0")) => Some(late(2_000, list(vec![rule("0")]))),
        false => Some(list(vec![rule("a")])),
    })
    .await;
    let wanted = |id: usize| Wanted {
        user: user(&id.to_string()),
        rules: true,
        states: false,
    };
    let wanted: Vec<Wanted> = (0..30).map(wanted).collect();
    let read = engine::fetch(&server.client(), &wanted, async |_, live| live).await;
    assert_eq!(read[0].as_ref().unwrap().rules()[0].id, "0");
    assert!(
        read[1..]
            .iter()
            .all(|read| read.as_ref().unwrap().rules()[0].id == "a")
    );
    let seen = server.seen();
    let begin = seen
        .iter()
        .find(|seen| seen.is_for(&rules("0")))
        .unwrap()
        .at;
    let last = seen.last().unwrap().at;
    assert_eq!(seen.len(), 31);
    assert!(last - begin < Duration::from_secs(2), "{:?}", last - begin);
}

#[tokio::test]
async fn a_rule_that_a_gateway_does_not_find_is_not_gone() {
    let server = Server::start(|seen, _| {
        let bare = json!({"id": "a", "displayName": "a", "enabled": true, "conditions": []});
        match seen.is_for(TOKEN) {
            true => None,
            false if seen.is_for(&rules("7")) => Some(list(vec![bare])),
            false => Some(page(404, "no such application")),
        }
    })
    .await;
    let read = server.client().interaction_rules(&user("7")).await;
    assert_eq!(read.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn states_that_never_existed_are_brought_into_being_by_reading_them() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(&state_rules("7")) {
            return Some(list(vec![json!({
                "id": "work-hours",
                "state": {"id": "work-hours"},
                "dispatching": {"type": "RingAtOnce", "actions": []},
            })]));
        }
        if !seen.is_for(&rules("7")) {
            return None;
        }
        Some(if earlier == 0 {
            refusal(404, "CMN-102")
        } else {
            list(vec![rule("a")])
        })
    })
    .await;
    let client = server.client();
    assert_eq!(client.interaction_rules(&user("7")).await.unwrap().len(), 1);
    let [rules, states] = [rules("7"), state_rules("7")].map(|path| format!("GET {path}"));
    assert_eq!(server.asked(), [&rules, &states, &rules].map(String::clone));
    let states = client.state_rules(&user("7")).await.unwrap();
    assert_eq!(states[0].body["state"]["id"], "work-hours");
}

#[tokio::test]
async fn an_extension_that_does_not_exist_costs_two_requests_and_is_an_error() {
    let server =
        Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| refusal(404, "CMN-102"))).await;
    let error = server
        .client()
        .interaction_rules(&user("7"))
        .await
        .unwrap_err();
    assert_eq!((error.code(), server.asked().len()), (Some("CMN-102"), 2));
}
