//! The client against small servers that each misbehave in one way.
//!
//! What counts here is seen from the other side: which requests arrive, how many, and when.

use std::collections::HashSet;
use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request as Incoming;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use callrules::client::{Client, Config, Error, Patience};
use callrules::engine::account::{Method, Read, Request, Write};
use callrules::model::ExtensionId;
use futures::future::{join, join_all};
use secrecy::SecretString;
use serde_json::{Value, json};

const SECRET: &str = "hush-app-secret-4711";
const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0NzExIn0.c2lnbmF0dXJl";

const TOKEN: &str = "/restapi/oauth/token";
const ACCOUNT: &str = "/restapi/v1.0/account/~";
const EXTENSIONS: &str = "/restapi/v1.0/account/~/extension";

fn rules(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/interaction-rules")
}

fn state_rules(user: &str) -> String {
    format!("/restapi/v2/accounts/~/extensions/{user}/comm-handling/voice/state-rules")
}

// ---- the server ----

/// A request as it arrived.
#[derive(Debug, Clone)]
struct Seen {
    what: String,
    query: String,
    authorization: String,
    body: String,
    at: Instant,
}

impl Seen {
    fn is_for(&self, path: &str) -> bool {
        self.what.ends_with(&format!(" {path}"))
    }

    fn query(&self, key: &str) -> Option<usize> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.parse().ok())
    }
}

struct Server {
    address: String,
    log: Arc<Mutex<Vec<Seen>>>,
}

/// An answer that takes its time.
#[derive(Clone, Copy)]
struct Delay(Duration);

fn late(milliseconds: u64, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response
        .extensions_mut()
        .insert(Delay(Duration::from_millis(milliseconds)));
    response
}

impl Server {
    /// Answers with what `answer` says about a request and the number of earlier ones like it;
    /// sign-ins on which it says nothing give `token-1`, `token-2`, …, each good for an hour.
    async fn start<A>(answer: A) -> Server
    where
        A: Fn(&Seen, usize) -> Option<Response> + Send + Sync + 'static,
    {
        let log = Arc::new(Mutex::new(Vec::<Seen>::new()));
        let (written, answer) = (Arc::clone(&log), Arc::new(answer));
        let app = Router::new().fallback(move |request: Incoming| {
            let (log, answer) = (Arc::clone(&written), Arc::clone(&answer));
            async move {
                let seen = look(request).await;
                let earlier = {
                    let mut log = log.lock().unwrap();
                    let earlier = log.iter().filter(|other| other.what == seen.what).count();
                    log.push(seen.clone());
                    earlier
                };
                let response = answer(&seen, earlier).unwrap_or_else(|| {
                    if seen.is_for(TOKEN) {
                        token(earlier + 1, 3600)
                    } else {
                        page(404, "nothing here")
                    }
                });
                if let Some(Delay(delay)) = response.extensions().get().copied() {
                    tokio::time::sleep(delay).await;
                }
                response
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Server { address, log }
    }

    fn client(&self) -> Client {
        Client::with_patience(config(&self.address), patience()).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().clone()
    }

    /// Everything that was asked but sign-ins, such as `GET /restapi/…`.
    fn asked(&self) -> Vec<String> {
        let seen = self.seen().into_iter().filter(|seen| !seen.is_for(TOKEN));
        seen.map(|seen| seen.what).collect()
    }

    fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is_for(path)).count()
    }
}

async fn look(request: Incoming) -> Seen {
    let at = Instant::now();
    let authorization = request.headers().get("authorization");
    Seen {
        what: format!("{} {}", request.method(), request.uri().path()),
        query: request.uri().query().unwrap_or_default().to_owned(),
        authorization: authorization
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default(),
        body: {
            let bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
                .await
                .unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        },
        at,
    }
}

fn config(server: &str) -> Config {
    Config {
        server: server.parse().unwrap(),
        client_id: "app".to_owned(),
        client_secret: SecretString::from(SECRET),
        jwt: SecretString::from(JWT),
    }
}

/// Short pauses; all else is as in earnest.
fn patience() -> Patience {
    Patience {
        retry_delay: Duration::from_millis(5),
        request_timeout: Duration::from_secs(5),
        ..Patience::default()
    }
}

// ---- answers ----

fn token(number: usize, life: u64) -> Response {
    Json(json!({"access_token": format!("token-{number}-of-many"), "expires_in": life}))
        .into_response()
}

fn page(status: u16, title: &str) -> Response {
    let html = format!("<html><head><title>{title}</title></head></html>");
    (StatusCode::from_u16(status).unwrap(), html).into_response()
}

fn refusal(status: u16, code: &str) -> Response {
    let body =
        json!({"errors": [{"errorCode": code, "message": "no", "parameterName": "some.field"}]});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn list(records: Vec<Value>) -> Response {
    let paging = json!({"page": 1, "perPage": 1000, "totalPages": 1});
    Json(json!({"records": records, "paging": paging})).into_response()
}

fn account() -> Response {
    Json(json!({"id": 37439510})).into_response()
}

fn rule(id: &str) -> Value {
    let dispatching = json!({"type": "Terminate", "actions": []});
    json!({"id": id, "displayName": id, "enabled": true, "conditions": [], "dispatching": dispatching})
}

/// Adds a header.
fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_str(value).unwrap());
    response
}

/// Adds what the service says about limits.
fn limited(response: Response, group: &str, limit: usize, window: u64) -> Response {
    let response = with(response, "x-rate-limit-group", group);
    let response = with(response, "x-rate-limit-limit", &limit.to_string());
    with(response, "x-rate-limit-window", &window.to_string())
}

/// The first half of an answer, then the connection breaks.
fn cut() -> Response {
    let pieces = [
        Ok(Bytes::from_static(br#"{"id": 374"#)),
        Err(io::Error::other("cable bitten through")),
    ];
    Body::from_stream(futures::stream::iter(pieces)).into_response()
}

fn user(id: &str) -> ExtensionId {
    ExtensionId(id.to_owned())
}

fn write(method: Method, path: &str) -> Request {
    let body = (method != Method::Delete).then(|| json!({"displayName": "VIP"}));
    Request {
        method,
        path: path.to_owned(),
        body,
    }
}

/// An error with all its causes, as people and as programmers see it.
fn everything_about(error: &Error) -> String {
    let mut text = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner:?} {inner}"));
        cause = inner.source();
    }
    text
}

// ---- signing in ----

#[tokio::test]
async fn twenty_tasks_share_one_sign_in() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(TOKEN) {
            return Some(late(50, token(earlier + 1, 3600)));
        }
        seen.is_for(ACCOUNT).then(account)
    })
    .await;
    let client = server.client();
    for id in join_all((0..20).map(|_| client.account_id())).await {
        assert_eq!(id.unwrap(), "37439510");
    }
    assert_eq!(server.count(TOKEN), 1);
    assert_eq!(client.requests_made(), 21);

    let sign_in = &server.seen()[0];
    let form: Vec<(String, String)> = url::form_urlencoded::parse(sign_in.body.as_bytes())
        .into_owned()
        .collect();
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(
        form,
        [("grant_type", grant), ("assertion", JWT)].map(|(k, v)| (k.into(), v.into()))
    );
    assert!(sign_in.authorization.starts_with("Basic "));
    assert_eq!(server.seen()[1].authorization, "Bearer token-1-of-many");
}

#[tokio::test]
async fn twenty_tasks_share_one_failed_sign_in_and_no_later_one_tries_again() {
    let server = Server::start(|seen, _| {
        let body = json!({"error": "invalid_grant", "error_description": "no such credential"});
        seen.is_for(TOKEN)
            .then(|| late(50, (StatusCode::BAD_REQUEST, Json(body))))
    })
    .await;
    let client = server.client();
    for result in join_all((0..20).map(|_| client.account_id())).await {
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), "cannot sign in");
        assert_eq!(error.code(), Some("invalid_grant"));
    }
    client.directory().await.unwrap_err();
    assert_eq!(
        client.requests_made(),
        1,
        "five sign-ins a minute are all there is"
    );
}

#[tokio::test]
async fn a_sign_in_that_failed_for_the_moment_is_tried_again_by_the_next_task() {
    let server = Server::start(|seen, earlier| match seen.is_for(TOKEN) {
        true if earlier < 4 => Some(page(503, "maintenance")),
        true => None,
        false => Some(account()),
    })
    .await;
    let client = server.client();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(503));
    assert_eq!(client.account_id().await.unwrap(), "37439510");
}

#[tokio::test]
async fn the_token_is_renewed_before_it_ends() {
    let life = Duration::from_secs(2);
    let server = Server::start(move |seen, earlier| {
        Some(if seen.is_for(TOKEN) {
            token(earlier + 1, life.as_secs())
        } else {
            account()
        })
    })
    .await;
    let client = server.client();
    let began = Instant::now();
    while began.elapsed() < life {
        client.account_id().await.unwrap();
        tokio::time::sleep(Duration::from_millis(95)).await;
    }
    let issued = server.seen()[0].at;
    let renewed = server
        .seen()
        .into_iter()
        .skip(1)
        .find(|seen| seen.is_for(TOKEN))
        .unwrap();
    assert!(
        renewed.at < issued + life,
        "{:?} after the first",
        renewed.at - issued
    );
    assert_eq!(server.count(TOKEN), 2);
}

#[tokio::test]
async fn tasks_that_meet_an_ended_token_renew_it_once_and_repeat_once() {
    let server = Server::start(|seen, _| {
        if seen.is_for(TOKEN) {
            return None;
        }
        let ended = seen.authorization == "Bearer token-1-of-many";
        Some(if ended {
            late(30, refusal(401, "OAU-128"))
        } else {
            account()
        })
    })
    .await;
    let client = server.client();
    for id in join_all((0..5).map(|_| client.account_id())).await {
        id.unwrap();
    }
    assert_eq!((server.count(TOKEN), server.count(ACCOUNT)), (2, 10));
}

#[tokio::test]
async fn where_a_new_token_does_not_help_no_more_are_fetched() {
    let server =
        Server::start(|seen, _| (!seen.is_for(TOKEN)).then(|| refusal(401, "OAU-129"))).await;
    let client = server.client();
    for _ in 0..3 {
        let error = client.account_id().await.unwrap_err();
        assert_eq!((error.status(), error.code()), (Some(401), Some("OAU-129")));
        assert!(
            error
                .to_string()
                .contains("GET /restapi/v1.0/account/~ was refused"),
            "{error}"
        );
    }
    assert_eq!(server.count(TOKEN), 2);
}

// ---- reading ----

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

/// A list of numbered extensions in pages of at most `cap`.
async fn paged(total: usize, cap: usize, dress: fn(&mut Value, usize, usize)) -> Server {
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
    let cases: [(&str, usize, usize, fn(&mut Value, usize, usize), usize); 9] = [
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
        seen.is_for(&format!("{}/b", rules("7")))
            .then(|| Json(rule("b")).into_response())
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
async fn states_that_never_existed_are_brought_into_being_by_reading_them() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(&state_rules("7")) {
            return Some(list(vec![
                json!({"id": "work-hours", "state": {"id": "work-hours"}}),
            ]));
        }
        let refused = || refusal(404, "CMN-102");
        let rules = || {
            if earlier == 0 {
                refused()
            } else {
                list(vec![rule("a")])
            }
        };
        seen.is_for(&self::rules("7")).then(rules)
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

// ---- rate limits ----

#[tokio::test]
async fn a_429_stops_the_group_then_one_probes_and_all_are_served() {
    let server = Server::start(|seen, _| {
        if seen.is_for(TOKEN) {
            return None;
        }
        static REFUSED: std::sync::Once = std::sync::Once::new();
        let mut answer = limited(list(Vec::new()), "medium", 40, 60);
        REFUSED.call_once(|| {
            answer = with(
                limited(refusal(429, "CMN-301"), "medium", 40, 60),
                "retry-after",
                "1",
            );
        });
        Some(late(100, answer))
    })
    .await;
    let client = server.client();
    let users: Vec<ExtensionId> = (0..7).map(|number| user(&number.to_string())).collect();
    let crowd = async {
        // They come while the penalty runs, and wait with the one that met it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        join_all(users[1..].iter().map(|user| client.state_rules(user))).await
    };
    let (first, others) = join(client.state_rules(&users[0]), crowd).await;
    first.unwrap();
    for result in others {
        result.unwrap();
    }

    let arrivals: Vec<Instant> = server
        .seen()
        .iter()
        .filter(|seen| !seen.is_for(TOKEN))
        .map(|seen| seen.at)
        .collect();
    assert_eq!(arrivals.len(), 8);
    let penalty_end = arrivals[0] + Duration::from_millis(1100);
    assert!(
        arrivals[1] >= penalty_end,
        "{:?} too early",
        penalty_end - arrivals[1]
    );
    assert!(
        arrivals[2] >= arrivals[1] + Duration::from_millis(100),
        "before the probe's answer"
    );
}

#[tokio::test]
async fn a_429_without_a_group_stops_everything() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(EXTENSIONS) {
            let refused = with(refusal(429, "CMN-310"), "retry-after", "1");
            return Some(if earlier == 0 {
                refused
            } else {
                list(Vec::new())
            });
        }
        seen.is_for(ACCOUNT).then(account)
    })
    .await;
    let client = server.client();
    let other_group = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        client.account_id().await
    };
    let (directory, account) = join(client.directory(), other_group).await;
    assert!(directory.is_ok() && account.is_ok());
    let seen = server.seen();
    assert!(
        seen[2].at - seen[1].at >= Duration::from_secs(1),
        "{:?}",
        seen[2].at - seen[1].at
    );
    assert_eq!(seen.len(), 4);
}

#[tokio::test]
async fn an_endless_429_becomes_an_error() {
    let server = Server::start(|seen, _| {
        let refused = || {
            with(
                limited(refusal(429, "CMN-301"), "light", 50, 60),
                "retry-after",
                "0",
            )
        };
        (!seen.is_for(TOKEN)).then(refused)
    })
    .await;
    let error = server.client().account_id().await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(429), Some("CMN-301")));
    assert_eq!(server.count(ACCOUNT), 6);
}

#[tokio::test]
async fn the_limit_that_answers_name_is_kept_in_every_window() {
    let (limit, window) = (3, Duration::from_secs(1));
    let server = Server::start(move |seen, _| {
        (!seen.is_for(TOKEN))
            .then(|| limited(list(Vec::new()), "CustomPlan", limit, window.as_secs()))
    })
    .await;
    let client = server.client();
    // One request teaches, the others come all at once.
    let users: Vec<ExtensionId> = (0..6).map(|number| user(&number.to_string())).collect();
    client.state_rules(&users[0]).await.unwrap();
    for result in join_all(users[1..].iter().map(|user| client.state_rules(user))).await {
        result.unwrap();
    }
    let seen = server.seen();
    for later in seen[1..].windows(limit + 1) {
        let span = later[limit].at - later[0].at;
        assert!(span >= window, "{} requests in {span:?}", limit + 1);
    }
    assert_eq!(seen.len(), 7);
}

#[tokio::test]
async fn a_task_that_was_given_up_blocks_nobody() {
    let server = Server::start(|seen, earlier| {
        if seen.is_for(TOKEN) {
            return None;
        }
        let answer = limited(account(), "light", 2, 1);
        Some(if earlier == 1 {
            late(60_000, answer)
        } else {
            answer
        })
    })
    .await;
    let client = server.client();
    client.account_id().await.unwrap();
    let abandoned = tokio::time::timeout(Duration::from_millis(100), client.account_id()).await;
    assert!(abandoned.is_err());
    let next = tokio::time::timeout(Duration::from_secs(3), client.account_id()).await;
    next.expect("the place of the abandoned request never became free")
        .unwrap();
}

// ---- trouble ----

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
    assert_eq!(
        error.to_string(),
        "GET /restapi/v1.0/account/~ was answered with status 502 and no usable JSON: \"Bad Gateway\""
    );
    assert_eq!(server.count(ACCOUNT), 4);
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
    assert!(
        everything_about(&error).contains("no connection for POST"),
        "{error:?}"
    );
    assert_eq!(client.requests_made(), 4);
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
async fn an_answer_without_a_body_is_enough_for_a_write() {
    let server = Server::start(|seen, _| {
        (!seen.is_for(TOKEN)).then(|| StatusCode::NO_CONTENT.into_response())
    })
    .await;
    let client = server.client();
    for method in [Method::Post, Method::Patch, Method::Delete] {
        assert_eq!(
            client.send(&write(method, &rules("7"))).await.unwrap(),
            None
        );
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

// ---- secrets ----

#[tokio::test]
async fn the_token_goes_nowhere_but_to_the_server() {
    let elsewhere = Server::start(|_, _| Some(account())).await;
    let address = elsewhere.address.clone();
    let server = Server::start(move |seen, _| {
        let moved = || {
            with(
                StatusCode::TEMPORARY_REDIRECT.into_response(),
                "location",
                &address,
            )
        };
        (!seen.is_for(TOKEN)).then(moved)
    })
    .await;
    let client = server.client();
    assert_eq!(client.account_id().await.unwrap_err().status(), Some(307));
    let outside = format!("{}/restapi/x", elsewhere.address.replace("http:", ""));
    let error = client
        .send(&write(Method::Patch, &outside))
        .await
        .unwrap_err();
    assert!(
        error.to_string().ends_with("is not a path of the API"),
        "{error}"
    );
    assert!(elsewhere.seen().is_empty());
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log belongs to a whole process, so this test runs itself as another one.
#[tokio::test]
async fn secrets_appear_in_no_error_no_log_and_no_debug_output() {
    if inside().is_none() {
        return rerun(
            "secrets_appear_in_no_error_no_log_and_no_debug_output",
            "yes",
            &[],
        )
        .await;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();

    // This one quotes back whatever it was sent, as debugging gateways do.
    let quoting = |status: u16, as_json: bool, sign_in_too: bool| {
        Server::start(move |seen, _| {
            if seen.is_for(TOKEN) && !sign_in_too {
                return None;
            }
            let quote = format!(
                "Authorization: {} body {} {SECRET} {JWT}",
                seen.authorization, seen.body
            );
            let status = StatusCode::from_u16(status).unwrap();
            Some(match as_json {
                true => (
                    status,
                    Json(json!({"errors": [{"errorCode": "X", "message": quote}]})),
                )
                    .into_response(),
                false => (status, format!("<html>{quote}</html>")).into_response(),
            })
        })
    };
    let mut told = format!("{:?}", config("https://platform.ringcentral.com"));
    for (status, as_json, sign_in_too) in [
        (400, true, false),
        (502, false, false),
        (200, false, false),
        (400, true, true),
        (403, false, true),
    ] {
        let server = quoting(status, as_json, sign_in_too).await;
        let client = server.client();
        told += &everything_about(&client.account_id().await.unwrap_err());
        told += &everything_about(
            &client
                .send(&write(Method::Post, &rules("7")))
                .await
                .unwrap_err(),
        );
        told += &format!("{client:?}");
    }
    told += &String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        told.contains("trying again"),
        "the log is looked at as well"
    );
    let basic = "YXBwOmh1c2gtYXBwLXNlY3JldC00NzEx"; // app:hush-app-secret-4711
    for secret in [SECRET, JWT, basic, "token-1-of-many"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

// ---- the environment ----

const INSIDE: &str = "CALLRULES_TEST_INSIDE";

/// What the test that runs this process has to say to itself.
fn inside() -> Option<String> {
    std::env::var(INSIDE).ok()
}

/// Runs one test of this file again, alone in a process with these variables.
async fn rerun(test: &str, inside: &str, variables: &[(&str, &str)]) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([&format!("client::{test}"), "--exact", "--nocapture"]);
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        command.env_remove(name);
    }
    command.env(INSIDE, inside).envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
async fn a_proxy_serves_the_world_but_never_this_machine() {
    if let Some(local) = inside() {
        for local in [local.clone(), local.replace("127.0.0.1", "localhost")] {
            let client = Client::with_patience(config(&local), patience()).unwrap();
            assert_eq!(client.account_id().await.unwrap(), "37439510", "{local}");
        }
        let once = Patience {
            attempts: 1,
            ..patience()
        };
        let world = Client::with_patience(config("https://platform.example"), once).unwrap();
        world.account_id().await.unwrap_err();
        return;
    }
    let proxy = Server::start(|_, _| Some(page(502, "no way through"))).await;
    let server = Server::start(|seen, _| seen.is_for(ACCOUNT).then(account)).await;
    let variables =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map(|name| (name, proxy.address.as_str()));
    rerun(
        "a_proxy_serves_the_world_but_never_this_machine",
        &server.address,
        &variables,
    )
    .await;
    assert_eq!(server.count(ACCOUNT), 2);
    let through: Vec<String> = proxy.seen().into_iter().map(|seen| seen.what).collect();
    assert_eq!(through.len(), 1, "{through:?}");
    assert!(through[0].starts_with("CONNECT "), "{through:?}");
}

#[tokio::test]
async fn a_system_without_certificates_is_served_by_the_bundled_ones() {
    if inside().is_some() {
        Client::new(config("https://platform.ringcentral.com")).unwrap();
        return;
    }
    let nowhere = [
        ("SSL_CERT_FILE", "/nonexistent/roots.pem"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    rerun(
        "a_system_without_certificates_is_served_by_the_bundled_ones",
        "yes",
        &nowhere,
    )
    .await;
}
