//! Trouble: what is repeated, and what must not be.

use std::io;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use callrules::client::{Client, Error, Patience};
use callrules::engine::account::{Method, Read, Write};
use futures::future::{join, join_all};

use super::support::{
    ACCOUNT, Seen, Server, TOKEN, account, config, cut, everything_about, late, list, page,
    patience, refusal, rule, rules, user, with, write,
};

#[tokio::test]
async fn reads_and_updates_outlast_passing_trouble() {
    let troubles: [fn() -> Response; 4] = [
        || page(502, "Bad Gateway"),
        || page(200, "Welcome to the hotel's network"),
        cut,
        || refusal(503, "CMN-201"),
    ];
    for trouble in troubles {
        let server = Server::start(move |seen, earlier| match seen.is_for(TOKEN) {
            true => None,
            false if earlier == 0 => Some(trouble()),
            false => Some(account()),
        })
        .await;
        let client = server.client();
        assert_eq!(client.account_id().await.unwrap(), "37439510");
        let update = write(Method::Patch, &format!("{}/a", rules("7")));
        assert!(client.send(&update).await.unwrap().is_some());
        assert_eq!(server.asked().len(), 4);
    }
}

#[tokio::test]
async fn lasting_trouble_is_told_with_what_the_gateway_said() {
    let server =
        Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| page(502, "Bad Gateway"))).await;
    let error = server.client().account_id().await.unwrap_err();
    let told = format!(
        "{} answered GET /restapi/v1.0/account/~ with status 502 and no usable JSON: \"Bad Gateway\"",
        server.host()
    );
    assert_eq!(error.to_string(), told);
    // Pauses of 5, 10, 20 and 40 ms, or half of that.
    assert!((3..7).contains(&server.count(ACCOUNT)));
}

/// Much longer than the first pauses between attempts.
const OUTAGE: Duration = Duration::from_millis(1_500);

/// Reads and writes several users at once with a client that endures such an outage.
async fn all_users(address: &str) -> u64 {
    let patient = Patience {
        trouble: Duration::from_secs(20),
        first_answer: Duration::from_secs(20),
        ..patience()
    };
    let client = Client::with_patience(config(address), patient).unwrap();
    let one = async |number: usize| {
        let path = rules(&number.to_string());
        match number % 2 {
            0 => client
                .interaction_rules(&user(&number.to_string()))
                .await
                .map(drop),
            _ => client
                .send(&write(Method::Patch, &format!("{path}/a")))
                .await
                .map(drop),
        }
    };
    for done in join_all((0..16).map(one)).await {
        done.unwrap();
    }
    client.requests_made()
}

#[tokio::test]
async fn an_outage_loses_nobody_and_is_not_stormed() {
    let begin = OnceLock::new();
    let server = Server::start(move |seen, _| match seen.is_for(TOKEN) {
        true => None,
        false if begin.get_or_init(Instant::now).elapsed() < OUTAGE => Some(page(503, "Away")),
        false if seen.what.starts_with("GET") => Some(list(vec![rule("a")])),
        false => Some(Json(rule("a")).into_response()),
    })
    .await;
    // Pauses from 5 ms up, after as many as were under way when it began.
    let sent = all_users(&server.address).await;
    assert!(sent < 1 + 16 + 10 + 16, "{sent}");
}

#[tokio::test]
async fn a_network_that_is_away_loses_nobody_and_is_not_stormed() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let answer = |seen: &Seen, _| match seen.is_for(TOKEN) {
        true => None,
        false if seen.what.starts_with("GET") => Some(list(vec![rule("a")])),
        false => Some(Json(rule("a")).into_response()),
    };
    let comes_back = async {
        tokio::time::sleep(OUTAGE).await;
        Server::start_at(address, answer).await
    };
    let users = format!("http://{address}");
    let (sent, _server) = join(all_users(&users), comes_back).await;
    assert!(sent < 1 + 16 + 12, "{sent}");
}

#[tokio::test]
async fn an_outage_that_does_not_end_is_told_to_all_at_once() {
    let server = Server::start(|seen, earlier| match seen.is_for(TOKEN) {
        true => None,
        false if earlier == 0 && seen.is_for(ACCOUNT) => Some(account()),
        false => Some(page(502, "Bad Gateway")),
    })
    .await;
    let client = server.client();
    client.account_id().await.unwrap();
    let read = async |number: usize| client.interaction_rules(&user(&number.to_string())).await;
    let errors: Vec<_> = join_all((0..100).map(read))
        .await
        .into_iter()
        .map(Result::unwrap_err)
        .collect();
    assert!(errors.iter().any(|error| error.is_shut()));
    let told = format!("was not sent: {} could not be reached for ", server.host());
    let is_told = |error: &Error| error.to_string().contains(&told);
    assert!(errors.iter().any(is_told), "{}", errors[99]);
    assert!(server.asked().len() < 30, "{}", server.asked().len());
}

#[tokio::test]
async fn a_page_in_place_of_the_api_leads_to_the_address() {
    let server = Server::start(|seen, _| {
        (!seen.is_for(TOKEN)).then(|| page(404, "Welcome to the hotel's network"))
    })
    .await;
    let error = server.client().account_id().await.unwrap_err().to_string();
    let told = format!(
        "{} answered with a web page, not the API; is RC_SERVER_URL right, or is a login page in \
         between?",
        server.host()
    );
    assert!(error.starts_with(&told), "{error}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_told_with_the_host() {
    let server =
        Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| late(5_000, account()))).await;
    let hasty = Patience {
        request_timeout: Duration::from_millis(100),
        ..patience()
    };
    let client = Client::with_patience(config(&server.address), hasty).unwrap();
    let told = format!(
        "no complete answer from {} to GET {ACCOUNT} in time",
        server.host()
    );
    assert_eq!(client.account_id().await.unwrap_err().to_string(), told);
}

#[tokio::test]
async fn a_server_without_encryption_is_told_as_such() {
    let server = Server::start(|_, _| None).await;
    let address = server.address.replace("http:", "https:");
    let client = Client::with_patience(config(&address), patience()).unwrap();
    let error = client.account_id().await.unwrap_err();
    let told = format!("{} does not speak https", server.host());
    assert!(everything_about(&error).contains(&told), "{error:?}");
}

#[tokio::test]
async fn a_refusal_is_final_and_says_where_to_look() {
    let server = Server::start(|seen, _| {
        let refused = || with(refusal(400, "CMN-101"), "rcrequestid", "trace-me");
        (!seen.is_for(TOKEN)).then(refused)
    })
    .await;
    let error = server
        .client()
        .send(&write(Method::Post, &rules("7")))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.parameter()),
        (Some("CMN-101"), Some("some.field"))
    );
    assert!(!error.is_unclear());
    assert!(
        error
            .to_string()
            .ends_with("CMN-101 [some.field] no (status 400, request id trace-me)")
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_create_without_a_clear_answer_is_not_repeated() {
    let answers: [fn() -> Response; 4] = [
        || page(504, "Gateway Time-out"),
        || late(2_000, account()),
        cut,
        || page(200, "Welcome to the hotel's network"),
    ];
    for answer in answers {
        let server = Server::start(move |seen, _| (!seen.is_for(TOKEN)).then(answer)).await;
        let hasty = Patience {
            request_timeout: Duration::from_millis(300),
            ..patience()
        };
        let client = Client::with_patience(config(&server.address), hasty).unwrap();
        let error = client
            .send(&write(Method::Post, &rules("7")))
            .await
            .unwrap_err();
        assert!(error.is_unclear(), "{error}");
        let told = format!("it is unclear whether POST {} was carried out", rules("7"));
        assert_eq!(error.to_string(), told);
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_create_that_was_surely_not_processed_is_repeated() {
    let server = Server::start(|seen, earlier| match (seen.is_for(TOKEN), earlier) {
        (true, _) => None,
        (_, 0) => Some(with(refusal(429, "CMN-301"), "retry-after", "0")),
        (_, 1) => Some(refusal(401, "OAU-128")),
        _ => Some((StatusCode::CREATED, Json(rule("new"))).into_response()),
    })
    .await;
    let client = server.client();
    let created = client
        .send(&write(Method::Post, &rules("7")))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(created["id"], "new");
    assert_eq!(server.asked().len(), 3);
    assert_eq!(
        server.seen().last().unwrap().body,
        r#"{"displayName":"VIP"}"#
    );
}

#[tokio::test]
async fn without_a_connection_nothing_is_unclear() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let client = Client::with_patience(config(&format!("http://{port}")), patience()).unwrap();
    let error = client
        .send(&write(Method::Post, &rules("7")))
        .await
        .unwrap_err();
    assert!(!error.is_unclear());
    let told = format!("no connection to {port} for POST {TOKEN}: ");
    assert!(everything_about(&error).contains(&told), "{error:?}");
    assert!((3..7).contains(&client.requests_made()));
}

#[tokio::test]
async fn a_delete_that_finds_nothing_on_its_second_try_has_succeeded() {
    let path = format!("{}/a", rules("7"));
    let server = Server::start(|seen, earlier| match (seen.is_for(TOKEN), earlier) {
        (true, _) => None,
        (_, 0) => Some(page(504, "Gateway Time-out")),
        _ => Some(refusal(404, "CMN-102")),
    })
    .await;
    let client = server.client();
    assert_eq!(
        client.send(&write(Method::Delete, &path)).await.unwrap(),
        None
    );
    // But where the first try finds nothing, somebody else has deleted it: that is news.
    let error = client
        .send(&write(Method::Delete, &path))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("CMN-102"));
}

#[tokio::test]
async fn an_answer_without_a_body_is_enough_for_a_delete_alone() {
    for status in [StatusCode::OK, StatusCode::CREATED, StatusCode::NO_CONTENT] {
        let server = Server::start(move |seen, earlier| match seen.is_for(TOKEN) {
            true => None,
            false if earlier == 0 => Some(status.into_response()),
            false => Some(Json(rule("a")).into_response()),
        })
        .await;
        let client = server.client();
        let sent = async |method| client.send(&write(method, &rules("7"))).await;
        assert_eq!(sent(Method::Delete).await.unwrap(), None);
        // An update is repeated, and a create looked up by who asked for it.
        assert_eq!(sent(Method::Patch).await.unwrap().unwrap()["id"], "a");
        let error = sent(Method::Post).await.unwrap_err();
        assert!(error.is_unclear(), "{error}");
        assert_eq!(server.asked().len(), 4);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let server = Server::start(|seen, _| {
        let megabyte = Bytes::from(vec![b' '; 1 << 20]);
        let endless = futures::stream::iter(std::iter::repeat_with(move || {
            Ok::<_, io::Error>(megabyte.clone())
        }));
        (!seen.is_for(TOKEN)).then(|| Body::from_stream(endless).into_response())
    })
    .await;
    let error = server.client().account_id().await.unwrap_err();
    assert!(
        error.to_string().ends_with("is larger than 64 MiB"),
        "{error}"
    );
}
