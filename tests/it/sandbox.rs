//! The sandbox over HTTP, with its responses checked against RingCentral's specification.

use std::sync::Once;
use std::time::Duration;

use callrules::sandbox::{SandboxOptions, SandboxRateLimit, SandboxSeed, SandboxServer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::Contract;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub(crate) const ALEX_PATH: &str = "/restapi/v2/accounts/~/extensions/1001/comm-handling";

pub(crate) fn acme_seed() -> Value {
    json!({
        "account": { "id": "37439510", "name": "Acme" },
        "extensions": [
            { "id": "1001", "extensionNumber": "101", "name": "Alex Morgan", "email": "alex@acme.example",
              "phoneNumbers": ["+16505550101"], "devices": [{ "id": "801", "name": "Alex desk phone" }] },
            { "id": "1002", "extensionNumber": "102", "name": "Priya Rao" },
            { "id": "1003", "extensionNumber": "103", "status": "Disabled", "type": "VirtualUser" },
            { "id": "1900", "extensionNumber": "900", "name": "Support", "type": "Department", "members": ["101"] },
        ],
    })
}

/// A running sandbox, and an HTTP client that has signed in.
pub(crate) struct SandboxClient {
    pub(crate) sandbox: SandboxServer,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

/// The status, headers and JSON body of a response.
pub(crate) struct ApiResponse {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl ApiResponse {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["errorCode"]
            .as_str()
            .unwrap_or_default()
    }

    fn parameter(&self) -> &str {
        self.body["errors"][0]["parameterName"]
            .as_str()
            .unwrap_or_default()
    }
}

pub(crate) fn http_client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails if another test of this binary has installed one. That does no harm.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
    });
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl SandboxClient {
    async fn start(seed: Value) -> SandboxClient {
        SandboxClient::start_with(seed, SandboxOptions::default()).await
    }

    pub(crate) async fn start_with(seed: Value, options: SandboxOptions) -> SandboxClient {
        let seed = SandboxSeed::from_value(seed).unwrap();
        let sandbox = SandboxServer::start(SandboxOptions { seed, ..options })
            .await
            .unwrap();
        let http = http_client();
        let url = format!("{}/restapi/oauth/token", sandbox.url());
        let form = [("grant_type", GRANT), ("assertion", "a.b.c")];
        let response = http
            .post(url)
            .basic_auth("id", Some("secret"))
            .form(&form)
            .send()
            .await
            .unwrap();
        let body: Value = response.json().await.unwrap();
        let token = body["access_token"].as_str().unwrap().to_owned();
        SandboxClient {
            sandbox,
            http,
            token,
        }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> ApiResponse {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.sandbox.url()));
        request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        ApiResponse {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.json().await.unwrap_or_default(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> ApiResponse {
        self.call("GET", path, None).await
    }

    /// Sends a request that must succeed, and returns the body of its response.
    pub(crate) async fn call_ok(&self, method: &str, path: &str, body: Value) -> Value {
        let response = self
            .call(method, path, Some(&body).filter(|body| !body.is_null()))
            .await;
        assert!(
            response.status < 300,
            "{method} {path}: {} {}",
            response.status,
            response.body
        );
        response.body
    }
}

fn greeting(preset: &str) -> Value {
    json!({ "greeting": { "effectiveGreetingType": "Preset", "preset": { "id": preset } } })
}

/// Returns the rule of RingCentral's guide, which forwards VIP callers at once after hours, with a
/// silent group for the user's desk phone.
fn vip_rule() -> Value {
    json!({
        "displayName": "VIP Calls After-Hours",
        "enabled": true,
        "conditions": [
            { "type": "Interaction", "from": [{ "phoneNumber": "+16501111111", "name": "Kristina Grant" }], "to": [] },
            { "type": "State", "state": { "id": "after-hours" } },
        ],
        "dispatching": {
            "type": "Terminate",
            "actions": [
                { "type": "RingGroupAction", "enabled": true, "duration": 40, "targets": [{ "type": "AllMobileRingTarget", "name": "My mobile apps" }] },
                { "type": "RingGroupAction", "enabled": true, "duration": 50, "targets": [{ "type": "AllDesktopRingTarget", "name": "My desktop" }] },
                { "type": "TerminatingAction",
                  "targets": [
                    { "type": "VoiceMailTerminatingTarget", "name": "Voicemail", "prompt": greeting("590080") },
                    { "type": "PlayAnnouncementTerminatingTarget", "prompt": greeting("66816"), "dispatchingType": "Ringing" },
                    { "type": "PhoneNumberTerminatingTarget", "destination": { "phoneNumber": "+14082324343" }, "dispatchingType": "Terminating" },
                  ],
                  "ringingTargetType": "PlayAnnouncementTerminatingTarget",
                  "terminatingTargetType": "PhoneNumberTerminatingTarget" },
                { "type": "RingGroupAction", "enabled": false, "duration": 40, "targets": [{ "type": "DeviceRingTarget", "device": { "id": "801" } }] },
            ],
        },
    })
}

/// Returns the rule of the guide with `RingInOrder`.
fn ringing_rule() -> Value {
    let mut rule = vip_rule();
    rule["dispatching"]["type"] = json!("RingInOrder");
    rule
}

fn weekday_conditions() -> Value {
    json!({ "conditions": [{ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Weekly", "ranges": {
        "monday": [{ "startTime": "9:00:00", "endTime": "17:00:00" }] } }] } }] })
}

/// Returns the types of the actions.
fn types_of(actions: &Value) -> Vec<&str> {
    actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn requests_without_a_valid_token_are_rejected() {
    let mut api = SandboxClient::start_with(
        acme_seed(),
        SandboxOptions {
            token_seconds: Some(1),
            ..SandboxOptions::default()
        },
    )
    .await;
    let path = "/restapi/v1.0/account/~";
    assert_eq!(api.get(path).await.status, 200);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let expired = api.get(path).await;
    assert_eq!((expired.status, expired.code()), (401, "OAU-128"));
    api.token = "made-up".to_owned();
    let unknown = api.get(path).await;
    assert_eq!((unknown.status, unknown.code()), (401, "OAU-129"));

    let url = format!("{}/restapi/oauth/token", api.sandbox.url());
    let form = [("grant_type", GRANT), ("assertion", "not a jwt")];
    let request = api.http.post(url).basic_auth("id", Some("secret"));
    let response = request.form(&form).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    let sign_in = api.sandbox.exchanges().pop().unwrap();
    insta::assert_snapshot!(sign_in.request.unwrap()["assertion"].as_str().unwrap(), @"(not shown)");
    assert_eq!(sign_in.group, "Auth");
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let mut seed = acme_seed();
    seed["pageSize"] = json!(2);
    let api = SandboxClient::start(seed.clone()).await;
    let first = api
        .get("/restapi/v1.0/account/~/extension?perPage=1000")
        .await
        .body;
    assert_eq!(first["records"].as_array().unwrap().len(), 2);
    assert_eq!(first["paging"]["totalPages"], 2);
    let next = first["navigation"]["nextPage"]["uri"].as_str().unwrap();
    let path = next.strip_prefix(&api.sandbox.url()).unwrap();
    let second = api.get(path).await.body;
    assert_eq!(second["records"][1]["extensionNumber"], "900");
    assert!(second["navigation"].get("nextPage").is_none());

    let users = api
        .get("/restapi/v1.0/account/~/extension?type=User&status=Enabled&type=VirtualUser")
        .await;
    assert_eq!(users.body["paging"]["totalElements"], 2);
    let page_zero = api.get("/restapi/v1.0/account/~/extension?page=0").await;
    assert_eq!(
        (page_zero.status, page_zero.code(), page_zero.parameter()),
        (400, "CMN-101", "page")
    );

    seed["omitTotalPages"] = json!(true);
    let api = SandboxClient::start(seed).await;
    let rules = api
        .get(&format!("{ALEX_PATH}/voice/state-rules"))
        .await
        .body;
    assert_eq!(
        rules["paging"],
        json!({ "page": 1, "perPage": 2, "pageStart": 0, "pageEnd": 1 })
    );
}

#[tokio::test]
async fn create_adds_defaults_and_patch_replaces_the_rule() {
    let api = SandboxClient::start(acme_seed()).await;
    let rules = format!("{ALEX_PATH}/voice/interaction-rules");
    let mut rule = ringing_rule();
    rule["dispatching"]["callTypes"] = json!({ "queueCallsIncluded": true });
    rule["conditions"][1] = weekday_conditions()["conditions"][0].clone();
    rule["note"] = json!("unknown fields are kept");
    let created = api.call_ok("POST", &rules, rule.clone()).await;
    let actions = &created["dispatching"]["actions"];
    assert_eq!(
        types_of(actions),
        [
            "PlayWelcomePromptAction",
            "PlayConnectingMessageAction",
            "PlayConnectingPromptAction",
            "RingGroupAction",
            "RingGroupAction",
            "RingGroupAction",
            "TerminatingAction",
        ]
    );
    assert_eq!(actions[0]["enabled"], false);
    assert_eq!(actions[3]["customStartOffset"], 0);
    assert_eq!(actions[6]["targets"][1]["name"], "PlayAnnouncement");
    assert_eq!(
        actions[5]["targets"][0],
        json!({ "type": "DeviceRingTarget", "name": "Alex desk phone",
            "device": { "id": "801", "name": "Alex desk phone", "phoneNumber": "+16505550101" } })
    );
    assert_eq!(created["note"], rule["note"]);
    let times = &created["conditions"][1]["schedule"]["triggers"][0]["ranges"]["monday"][0];
    assert_eq!(times["startTime"], "09:00:00");

    let path = format!("{rules}/{}", created["id"].as_str().unwrap());
    assert_eq!(api.call_ok("GET", &path, Value::Null).await, created);
    // An update with the live rule as its body changes nothing.
    assert_eq!(api.call_ok("PATCH", &path, created.clone()).await, created);

    let changed = api.call_ok("PATCH", &path, vip_rule()).await;
    assert_eq!(
        types_of(&changed["dispatching"]["actions"]),
        [
            "RingGroupAction",
            "RingGroupAction",
            "RingGroupAction",
            "TerminatingAction"
        ]
    );
    assert_eq!(
        changed["dispatching"]["callTypes"]["queueCallsIncluded"], false,
        "a missing field of the dispatching gets its default"
    );
    assert_eq!(changed["note"], rule["note"]);
    assert_eq!(
        changed["conditions"][1]["state"]["displayName"],
        "After Hours"
    );

    let disabled = api
        .call_ok("PATCH", &path, json!({ "enabled": false }))
        .await;
    let mut expected = changed;
    expected["enabled"] = json!(false);
    assert_eq!(disabled, expected, "an update keeps what its body omits");

    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    assert_eq!(api.get(&path).await.status, 404);
    assert_eq!(api.call("DELETE", &path, None).await.code(), "CMN-102");
}

#[tokio::test]
async fn after_hours_exists_only_while_work_hours_has_a_schedule() {
    let api = SandboxClient::start(acme_seed()).await;
    let (state, rule) = (
        format!("{ALEX_PATH}/states/work-hours"),
        format!("{ALEX_PATH}/voice/state-rules/after-hours"),
    );
    assert_eq!(api.get(&rule).await.code(), "CMN-102");

    api.call_ok("PATCH", &state, weekday_conditions()).await;
    let mut after_hours = api.call_ok("GET", &rule, Value::Null).await;
    assert_eq!(after_hours["state"]["conditions"], json!([]));
    assert_eq!(after_hours["dispatching"]["type"], "Terminate");

    after_hours["dispatching"]["type"] = json!("RingAtOnce");
    let written = api
        .call_ok(
            "PATCH",
            &rule,
            json!({ "dispatching": after_hours["dispatching"] }),
        )
        .await;
    assert_eq!(
        written["dispatching"]["actions"].as_array().unwrap().len(),
        7,
        "the sandbox adds the greetings"
    );

    let always = json!([{ "type": "Schedule", "schedule": { "triggers": [
        { "triggerType": "Daily", "startTime": "00:00:00", "endTime": "23:59:59" }] } }]);
    let body = json!({ "conditions": always });
    api.call_ok("PATCH", &state, body).await;
    assert_eq!(api.get(&rule).await.status, 404);
    api.call_ok("PATCH", &state, weekday_conditions()).await;
    assert_eq!(
        api.call_ok("GET", &rule, Value::Null).await["dispatching"]["type"],
        "Terminate",
        "after-hours is created again with its defaults"
    );
}

#[tokio::test]
async fn agent_state_exists_only_for_queue_members() {
    let api = SandboxClient::start(acme_seed()).await;
    let priya = ALEX_PATH.replace("1001", "1002");
    assert_eq!(
        api.get(&format!("{priya}/voice/state-rules/agent"))
            .await
            .status,
        404
    );
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/work-hours"),
        weekday_conditions(),
    )
    .await;
    let agent = api
        .call_ok("GET", &format!("{ALEX_PATH}/states/agent"), Value::Null)
        .await;
    let inherited = &agent["conditions"][0]["state"];
    assert_eq!(inherited["id"], "work-hours");
    assert_eq!(
        inherited["conditions"][0]["schedule"]["triggers"][0]["triggerType"],
        "Weekly"
    );

    api.sandbox
        .edit(|account| account.extension_mut("900").unwrap().members = vec!["102".into()]);
    assert_eq!(
        api.get(&format!("{priya}/voice/state-rules/agent"))
            .await
            .status,
        200
    );
    assert_eq!(
        api.get(&format!("{ALEX_PATH}/states/agent")).await.status,
        404
    );
}

#[tokio::test]
async fn reading_state_rules_creates_the_states() {
    let mut seed = acme_seed();
    seed["extensions"][0]["materialized"] = json!(false);
    let api = SandboxClient::start(seed).await;
    let states = api.get(&format!("{ALEX_PATH}/states")).await;
    assert_eq!(
        (states.code(), states.body["message"].as_str()),
        ("CMN-102", Some("States not found"))
    );
    api.call_ok(
        "GET",
        &format!("{ALEX_PATH}/voice/state-rules"),
        Value::Null,
    )
    .await;
    assert_eq!(api.get(&format!("{ALEX_PATH}/states")).await.status, 200);
}

#[tokio::test]
async fn unknown_types_are_kept_but_not_accepted_when_new() {
    let mut seed = acme_seed();
    let mut rule = vip_rule();
    let new_action = json!({ "type": "TranslateAction", "language": "fr" });
    let new_target =
        json!({ "type": "ImsVoiceMailTerminatingTarget", "dispatchingType": "Ringing", "box": 7 });
    rule["id"] = json!("55");
    rule["dispatching"]["actions"]
        .as_array_mut()
        .unwrap()
        .push(new_action);
    rule["dispatching"]["actions"][2]["targets"]
        .as_array_mut()
        .unwrap()
        .push(new_target);
    rule["dispatching"]["actions"][2]["ringingTargetType"] = json!("ImsVoiceMailTerminatingTarget");
    seed["extensions"][0]["interactionRules"] = json!([rule]);
    seed["extensions"][0]["states"] = json!({ "busy": { "enabled": true, "conditions": [] } });
    seed["extensions"][0]["stateRules"] = json!({ "busy": { "dispatching": { "type": "Terminate", "actions": [{ "type": "BusyAction" }] } } });
    seed["listWithoutDispatching"] = json!(true);
    seed["calledNumbersAsObjects"] = json!(true);
    let api = SandboxClient::start(seed).await;
    let path = format!("{ALEX_PATH}/voice/interaction-rules/55");
    let list = api
        .call_ok(
            "GET",
            &format!("{ALEX_PATH}/voice/interaction-rules"),
            Value::Null,
        )
        .await;
    assert!(list["records"][0].get("dispatching").is_none());
    assert_eq!(list["records"][0]["dispatchingRef"]["ruleId"], "55");

    let live = api.call_ok("GET", &path, Value::Null).await;
    let written = api.call_ok("PATCH", &path, live).await;
    assert_eq!(
        written["dispatching"]["actions"][3]["type"],
        "TranslateAction"
    );
    let mut body = written;
    body["dispatching"]["actions"][3]["language"] = json!("de");
    let refused = api.call("PATCH", &path, Some(&body)).await;
    assert_eq!(refused.parameter(), "dispatching.actions[3].type");
    let busy = api
        .call_ok(
            "GET",
            &format!("{ALEX_PATH}/voice/state-rules/busy"),
            Value::Null,
        )
        .await;
    assert_eq!(busy["state"]["displayName"], "Busy");
}

#[tokio::test]
async fn invalid_requests_are_rejected_with_a_code_and_a_parameter() {
    let mut seed = acme_seed();
    seed["account"]["queueCallsInRules"] = json!(false);
    seed["account"]["coworkerApps"] = json!(false);
    let api = SandboxClient::start(seed).await;
    let rules = format!("{ALEX_PATH}/voice/interaction-rules");
    let state = |id: &str| format!("{ALEX_PATH}/states/{id}");
    let state_rule = |id: &str| format!("{ALEX_PATH}/voice/state-rules/{id}");
    let with = |pointer: &str, value: Value| {
        let mut rule = vip_rule();
        *rule.pointer_mut(pointer).unwrap() = value;
        rule
    };
    let without = |pointer: &str, key: &str| {
        let mut rule = vip_rule();
        let part = rule.pointer_mut(pointer).unwrap();
        part.as_object_mut().unwrap().remove(key);
        rule
    };
    let without_app = |rule: &Value, app: &str| {
        let mut body = json!({ "dispatching": rule["dispatching"] });
        let list = body["dispatching"]["actions"].as_array_mut().unwrap();
        list.retain(|action| action["targets"][0]["type"] != app);
        body
    };
    let work_hours = api
        .call_ok("GET", &state_rule("work-hours"), Value::Null)
        .await;
    let mut queue_calls = vip_rule();
    queue_calls["dispatching"]["callTypes"] = json!({ "queueCallsIncluded": true });
    let forward = api
        .call_ok("GET", &state_rule("forward-all-calls"), Value::Null)
        .await;
    let agent = api.call_ok("GET", &state_rule("agent"), Value::Null).await;
    let dispatching = |rule: &Value| json!({ "dispatching": rule["dispatching"] });
    let mut no_announcement = dispatching(&forward);
    no_announcement["dispatching"]["actions"][0]["targets"]
        .as_array_mut()
        .unwrap()
        .pop();
    let mut agent_ends = dispatching(&agent);
    agent_ends["dispatching"]["actions"]
        .as_array_mut()
        .unwrap()
        .push(forward["dispatching"]["actions"][0].clone());
    let none = Value::Null;
    let actions = "dispatching.actions";

    #[rustfmt::skip] // a table
    let table = [
        ("unknown path", "GET", "/restapi/v3/else".to_owned(), none.clone(), 404, "CMN-102", ""),
        ("not text", "GET", "/restapi/v1.0/account/%ff".to_owned(), none.clone(), 400, "CMN-101", ""),
        ("PUT", "PUT", format!("{rules}/1"), vip_rule(), 404, "AGW-404", ""),
        ("PUT of a state", "PUT", state("dnd"), json!({ "enabled": true }), 404, "AGW-404", ""),
        ("PUT of a list", "PUT", rules.clone(), vip_rule(), 404, "AGW-404", ""),
        ("rules of before", "GET", "/restapi/v1.0/account/~/extension/1001/answering-rule".to_owned(), none.clone(), 403, "CMN-468", ""),
        ("one rule of before", "PUT", "/restapi/v1.0/account/~/extension/1001/answering-rule/1".to_owned(), json!({}), 403, "CMN-468", ""),
        ("no at-once target", "POST", rules.clone(), without("/dispatching/actions/2", "terminatingTargetType"), 400, "CMN-101", "dispatching.actions[2].terminatingTargetType"),
        ("no no-answer target", "POST", rules.clone(), without("/dispatching/actions/2", "ringingTargetType"), 400, "CMN-101", "dispatching.actions[2].ringingTargetType"),
        ("other greeting", "POST", rules.clone(), with("/dispatching/actions/2/targets/0/prompt/greeting/effectiveGreetingType", json!("None")), 400, "CMN-414", "dispatching.actions[2].targets[0].prompt.greeting.effectiveGreetingType"),
        ("no desk phone", "POST", rules.clone(), with("/dispatching/actions/3/targets", json!([{ "type": "HotdeskRingTarget" }])), 400, "CMN-100", actions),
        ("no mobile apps in work hours", "PATCH", state_rule("work-hours"), without_app(&work_hours, "AllMobileRingTarget"), 400, "CHF-211", actions),
        ("no desktop in agent", "PATCH", state_rule("agent"), without_app(&agent, "AllDesktopRingTarget"), 400, "CHF-212", actions),
        ("another account", "GET", "/restapi/v1.0/account/1".to_owned(), none.clone(), 404, "CMN-102", "accountId"),
        ("no such user", "GET", rules.replace("1001", "7"), none.clone(), 404, "CMN-102", "extensionId"),
        ("queues have no rules", "GET", rules.replace("1001", "1900"), none.clone(), 403, "CMN-109", ""),
        ("not an object", "POST", rules.clone(), json!([]), 400, "CMN-104", ""),
        ("no body", "POST", rules.clone(), none.clone(), 415, "CMN-103", "Content-Type"),
        ("no name", "POST", rules.clone(), with("/displayName", json!("")), 400, "CMN-101", "displayName"),
        ("no condition", "POST", rules.clone(), with("/conditions", json!([])), 400, "CMN-101", "conditions"),
        ("state alone", "POST", rules.clone(), with("/conditions/0/from", json!([])), 400, "CMN-101", "conditions[1]"),
        ("two of a type", "POST", rules.clone(), with("/conditions/1", vip_rule()["conditions"][0].clone()), 400, "CMN-101", "conditions[1]"),
        ("no such condition", "POST", rules.clone(), with("/conditions/1", json!({ "type": "Weather" })), 400, "CMN-101", "conditions[1].type"),
        ("objects as called numbers", "POST", rules.clone(), with("/conditions/0/to", json!([{ "phoneNumber": "+16505550101" }])), 400, "CMN-101", "conditions[0].to[0]"),
        ("name of a caller", "POST", rules.clone(), with("/conditions/0/from", json!([{ "phoneNumber": "+1650", "name": 7 }])), 400, "CMN-101", "conditions[0].from[0].name"),
        ("apps twice", "POST", rules.clone(), with("/dispatching/actions/3/targets", json!([{ "type": "DeviceRingTarget", "device": { "id": "801" } }, { "type": "AllMobileRingTarget" }])), 400, "CHF-211", "dispatching.actions[3].targets[1]"),
        ("no voicemail", "POST", rules.clone(), with("/dispatching/actions/2/targets/0", json!({ "type": "ExtensionTerminatingTarget", "extension": { "id": "1002" }, "dispatchingType": "Ringing" })), 400, "CMN-101", "dispatching.actions[2].targets"),
        ("queue calls are off", "POST", rules.clone(), queue_calls, 400, "CMN-109", "dispatching.callTypes.queueCallsIncluded"),
        ("co-worker apps are off", "POST", rules.clone(), with("/dispatching/actions/0/targets", json!([{ "type": "AllMobileRingTarget" }, { "type": "AllMobileRingTarget", "extension": { "id": "1002" } }])), 400, "CMN-109", "dispatching.actions[0].targets[1].extension"),
        ("no such rule", "PATCH", format!("{rules}/9"), vip_rule(), 404, "CMN-102", "ruleId"),
        ("wrong filter", "GET", format!("{rules}?enabled=yes"), none.clone(), 400, "CMN-101", "enabled"),
        ("no such greetings", "GET", "/restapi/v1.0/dictionary/greeting?type=Jingle".to_owned(), none.clone(), 400, "CMN-101", "type"),
        ("no such use of greetings", "GET", "/restapi/v1.0/dictionary/greeting?usageType=Voicemail".to_owned(), none.clone(), 400, "CMN-101", "usageType"),
        ("no such devices", "GET", "/restapi/v1.0/account/~/extension/1001/device?type=Robot".to_owned(), none.clone(), 400, "CMN-101", "type"),
        ("after-hours is not set", "PATCH", state("after-hours"), weekday_conditions(), 400, "CMN-101", "stateId"),
        ("no such state", "GET", state("nap"), none.clone(), 404, "CMN-102", "stateId"),
        ("no weekly forwarding", "PATCH", state("forward-all-calls"), weekday_conditions(), 400, "CMN-101", "conditions[0].schedule.triggers[0].triggerType"),
        ("work hours stay on", "PATCH", state("work-hours"), json!({ "enabled": false }), 400, "CMN-101", "enabled"),
        ("two conditions", "PATCH", state("agent"), json!({ "conditions": [agent["state"]["conditions"][0], agent["state"]["conditions"][0]] }), 400, "CMN-101", "conditions"),
        ("announcement must be listed", "PATCH", state_rule("forward-all-calls"), no_announcement, 400, "CMN-101", "dispatching.actions[0].targets"),
        ("forwarding does not ring", "PATCH", state_rule("dnd"), dispatching(&agent), 400, "CMN-101", "dispatching.type"),
        ("agents only ring", "PATCH", state_rule("agent"), agent_ends, 400, "CMN-101", "dispatching.actions[3].type"),
        ("work hours do not terminate", "PATCH", state_rule("work-hours"), dispatching(&forward), 400, "CMN-101", "dispatching.type"),
        ("rules of states stay", "DELETE", state_rule("dnd"), none.clone(), 405, "CMN-405", ""),
        ("apps must be there", "POST", rules.clone(), with("/dispatching/actions/0/targets/0/type", json!("HotdeskRingTarget")), 400, "CHF-211", actions),
    ];
    for (name, method, path, body, status, code, parameter) in table {
        let response = api
            .call(method, &path, Some(&body).filter(|body| !body.is_null()))
            .await;
        assert_eq!(
            (response.status, response.code(), response.parameter()),
            (status, code, parameter),
            "{name}: {}",
            response.body
        );
        assert_eq!(
            response.body["errorCode"], response.body["errors"][0]["errorCode"],
            "{name}"
        );
        assert_ne!(response.header("x-rate-limit-group"), "", "{name}");
    }
    let url = format!("{}{rules}", api.sandbox.url());
    let broken = api
        .http
        .post(url)
        .bearer_auth(&api.token)
        .header("content-type", "application/json")
        .body("{\"a\":");
    assert_eq!(broken.send().await.unwrap().status().as_u16(), 400);
}

#[tokio::test]
async fn exceeded_limit_starts_a_penalty_that_requests_restart() {
    let limit = SandboxRateLimit {
        limit: 2,
        window: Duration::from_secs(3),
    };
    let api = SandboxClient::start_with(
        acme_seed(),
        SandboxOptions {
            limit: Some(limit),
            ..SandboxOptions::default()
        },
    )
    .await;
    let path = format!("{ALEX_PATH}/states");
    let first = api.get(&path).await;
    assert_eq!(
        ["group", "limit", "remaining", "window"]
            .map(|h| first.header(&format!("x-rate-limit-{h}"))),
        ["Medium", "2", "1", "3"]
    );
    api.get(&path).await;
    let throttled = api.get(&path).await;
    assert_eq!(
        (
            throttled.status,
            throttled.code(),
            throttled.header("retry-after")
        ),
        (429, "CMN-301", "3")
    );
    assert_eq!(
        api.get("/restapi/v1.0/account/~").await.status,
        200,
        "another group is not affected"
    );

    tokio::time::sleep(Duration::from_millis(1800)).await;
    assert_eq!(
        api.get(&path).await.status,
        429,
        "this request restarts the penalty"
    );
    tokio::time::sleep(Duration::from_millis(1800)).await;
    assert_eq!(
        api.get(&path).await.status,
        429,
        "the first penalty alone would have ended"
    );
}

#[tokio::test]
async fn writes_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || SandboxOptions {
        state: Some(folder.path().join("state.json")),
        ..SandboxOptions::default()
    };
    let rules = format!("{ALEX_PATH}/voice/interaction-rules");
    let api = SandboxClient::start_with(acme_seed(), options()).await;
    let first = api.call_ok("POST", &rules, vip_rule()).await;
    let snapshot = api.sandbox.snapshot();
    api.sandbox.stop().await;

    let api = SandboxClient::start_with(acme_seed(), options()).await;
    assert_eq!(api.sandbox.snapshot(), snapshot);
    let second = api.call_ok("POST", &rules, vip_rule()).await;
    assert_ne!(first["id"], second["id"]);
    api.sandbox.serve_until(std::future::ready(())).await;

    let mut changed = acme_seed();
    changed["account"]["name"] = json!("Acme & Sons");
    let api = SandboxClient::start_with(changed, options()).await;
    assert_eq!(
        api.call_ok("GET", &rules, Value::Null).await["records"],
        json!([]),
        "another seed discards the saved state"
    );
}

#[tokio::test]
async fn snapshot_is_accepted_as_a_seed() {
    let api = SandboxClient::start(acme_seed()).await;
    api.call_ok(
        "POST",
        &format!("{ALEX_PATH}/voice/interaction-rules"),
        vip_rule(),
    )
    .await;
    let snapshot = api.sandbox.snapshot();
    let copy = SandboxClient::start(snapshot.clone()).await;
    assert_eq!(copy.sandbox.snapshot(), snapshot);
}

/// Returns a rule with every kind of target, greeting, screening and trigger.
fn complete_rule() -> Value {
    json!({
        "displayName": "Everything", "enabled": true,
        "conditions": [
            { "type": "Interaction", "from": [{ "phoneNumber": "+1650", "name": "Bay Area" }], "to": ["+16505550101"] },
            { "type": "Schedule", "schedule": { "startDateTime": "2026-11-01T00:00:00.000Z", "endDateTime": "2026-12-01T00:00:00", "triggers": [
                { "triggerType": "Daily", "startTime": "09:00:00", "endTime": "10:00:00" },
                { "triggerType": "Range", "ranges": [{ "startDateTime": "2026-11-26T00:00:00", "endDateTime": "2026-11-29T23:59:59Z" }] } ] } },
        ],
        "dispatching": { "type": "RingInOrder", "actions": [
            { "type": "PlayWelcomePromptAction", "enabled": true, "greeting": { "effectiveGreetingType": "Custom", "preset": { "id": "66048" }, "custom": { "id": "5072424004" } } },
            { "type": "ScreeningAction", "enabled": true, "screening": "Always" },
            { "type": "RingAlwaysGroupAction", "enabled": true, "targets": [{ "type": "AllDesktopRingTarget" }] },
            { "type": "RingGroupAction", "enabled": true, "duration": 20, "targets": [
                { "type": "AllMobileRingTarget" },
                { "type": "AllMobileRingTarget", "extension": { "id": "1002" } },
                { "type": "CoworkerRingTarget", "extension": { "id": "1002" } },
                { "type": "PhoneNumberRingTarget", "destination": { "phoneNumber": "+13121234567" }, "name": "Cell" },
                { "type": "DeviceRingTarget", "device": { "id": "801" } },
                { "type": "HotdeskRingTarget" },
                { "type": "ImsPhoneNumberRingTarget", "destination": { "phoneNumber": "+13121234567" } },
                { "type": "FmcPhoneNumberRingTarget", "destination": { "phoneNumber": "+13121234567" } },
                { "type": "IntegrationRingTarget", "integration": { "type": "FmcLite" } },
                { "type": "CloudConnectorRingTarget", "destination": { "integrationId": "i1" }, "name": "Desk" } ] },
            { "type": "TerminatingAction", "ringingTargetType": "ExtensionTerminatingTarget", "terminatingTargetType": "PhoneNumberTerminatingTarget", "targets": [
                { "type": "VoiceMailTerminatingTarget", "prompt": greeting("590080"), "extension": { "id": "1001" } },
                { "type": "PlayAnnouncementTerminatingTarget", "prompt": greeting("66816"), "dispatchingType": "Terminating" },
                { "type": "ExtensionTerminatingTarget", "extension": { "id": "1900" }, "dispatchingType": "Ringing" },
                { "type": "PhoneNumberTerminatingTarget", "destination": { "phoneNumber": "+14082324343" }, "dispatchingType": "Terminating" },
                { "type": "CloudConnectorTerminatingTarget", "destination": { "integrationId": "i1" }, "name": "Desk", "dispatchingType": "Ringing" } ] },
        ] },
    })
}

#[tokio::test]
#[ignore = "needs RINGCENTRAL_OPENAPI"]
async fn every_exchange_matches_the_specification() {
    let contract = Contract::required();
    let api = SandboxClient::start(acme_seed()).await;
    let account = "/restapi/v1.0/account/~";
    for path in [
        "",
        "/extension?type=User&perPage=1",
        "/extension/1001",
        "/extension/~/phone-number",
        "/extension/1001/device",
        "/device?perPage=1000",
        "/extension/~/features?featureId=NewCallHandlingAndForwarding",
        "/call-queues",
        "/call-queues/1900/members",
    ] {
        api.call_ok("GET", &format!("{account}{path}"), Value::Null)
            .await;
    }
    api.call_ok(
        "GET",
        "/restapi/v1.0/dictionary/greeting?type=Voicemail",
        Value::Null,
    )
    .await;
    let rules = format!("{ALEX_PATH}/voice/interaction-rules");
    for rule in [vip_rule(), ringing_rule(), complete_rule()] {
        let created = api.call_ok("POST", &rules, rule).await;
        let path = format!("{rules}/{}", created["id"].as_str().unwrap());
        api.call_ok("GET", &path, Value::Null).await;
        api.call_ok("PATCH", &path, created).await;
    }
    api.call_ok(
        "GET",
        &format!("{rules}?enabled=true&hasReference=true"),
        Value::Null,
    )
    .await;
    let range = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Range", "ranges": [{ "endDateTime": "2026-12-24T00:00:00" }] }] } });
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/work-hours"),
        weekday_conditions(),
    )
    .await;
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/forward-all-calls"),
        json!({ "enabled": true, "conditions": [range] }),
    )
    .await;
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/dnd"),
        json!({ "enabled": true }),
    )
    .await;
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/agent"),
        json!({ "conditions": [{ "type": "State", "state": { "id": "work-hours" } }] }),
    )
    .await;
    api.call_ok("GET", &format!("{ALEX_PATH}/states"), Value::Null)
        .await;
    let state_rules = api
        .call_ok(
            "GET",
            &format!("{ALEX_PATH}/voice/state-rules"),
            Value::Null,
        )
        .await;
    for rule in state_rules["records"].as_array().unwrap() {
        let path = format!(
            "{ALEX_PATH}/voice/state-rules/{}",
            rule["id"].as_str().unwrap()
        );
        let body = json!({ "dispatching": rule["dispatching"] });
        assert_eq!(api.call_ok("PATCH", &path, body).await["id"], rule["id"]);
        api.call_ok("GET", &path, Value::Null).await;
    }
    api.get(&format!("{rules}/none")).await;
    api.get("/restapi/v1.0/account/7").await;
    api.get("/restapi/v1.0/account/~/extension?page=0").await;

    let exchanges = api.sandbox.exchanges();
    let problems: Vec<String> = exchanges
        .iter()
        .flat_map(|exchange| contract.check(exchange))
        .collect();
    assert!(
        problems.is_empty(),
        "{} exchanges, with these problems:\n{}",
        exchanges.len(),
        problems.join("\n")
    );
}

/// Adds the JSON pointers of all parts of a value.
fn collect_pointers(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                collect_pointers(item, format!("{at}/{i}"), pointers);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                collect_pointers(field, format!("{at}/{key}"), pointers);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        pointers.push(at);
    }
}

/// Replaces each part of a valid body with several odd values. The server must survive them all.
/// Bodies that it accepts must match the specification.
#[tokio::test]
async fn malformed_bodies_are_survived_and_accepted_only_if_specified() {
    let contract = Contract::shared();
    let api = SandboxClient::start(acme_seed()).await;
    api.call_ok(
        "PATCH",
        &format!("{ALEX_PATH}/states/work-hours"),
        weekday_conditions(),
    )
    .await;
    let after_hours = format!("{ALEX_PATH}/voice/state-rules/after-hours");
    let rule = api.call_ok("GET", &after_hours, Value::Null).await;
    let requests = [
        (
            "POST",
            format!("{ALEX_PATH}/voice/interaction-rules"),
            complete_rule(),
        ),
        (
            "PATCH",
            after_hours,
            json!({ "dispatching": rule["dispatching"] }),
        ),
        (
            "PATCH",
            format!("{ALEX_PATH}/states/work-hours"),
            weekday_conditions(),
        ),
    ];
    let earlier = api.sandbox.exchanges().len();
    let mut variants = Vec::new();
    for (method, path, valid_body) in requests {
        let mut pointers = Vec::new();
        collect_pointers(&valid_body, String::new(), &mut pointers);
        for pointer in pointers {
            for odd_value in [
                json!(null),
                json!(-7),
                json!(""),
                json!("9:00"),
                json!([]),
                json!({}),
                json!([[{ "type": 1 }]]),
            ] {
                let mut body = valid_body.clone();
                *body.pointer_mut(&pointer).unwrap() = odd_value.clone();
                let response = api.call(method, &path, Some(&body)).await;
                assert!(
                    matches!(response.status, 200 | 201 | 400),
                    "{pointer} = {odd_value}: {} {}",
                    response.status,
                    response.body
                );
                variants.push(format!("{pointer} = {odd_value}"));
            }
        }
    }
    let list = api
        .get(&format!("{ALEX_PATH}/voice/interaction-rules?perPage=1000"))
        .await;
    assert_eq!(list.status, 200);
    let Some(contract) = contract else { return };
    let exchanges = api.sandbox.exchanges();
    let accepted = variants
        .iter()
        .zip(&exchanges[earlier..])
        .filter(|(_, exchange)| exchange.status < 300);
    let problems: Vec<String> = accepted
        .flat_map(|(variant, exchange)| {
            contract
                .check(exchange)
                .into_iter()
                .map(move |problem| format!("{variant}: {problem}"))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// A missing start of a range is the present time in the user's own time zone.
#[tokio::test]
async fn open_range_starts_now_in_the_time_zone_of_the_user() {
    let mut seed = acme_seed();
    seed["extensions"][0]["timezone"] = json!("Pacific/Kiritimati"); // UTC+14
    let api = SandboxClient::start(seed).await;
    let range = json!({ "endDateTime": "2099-01-31T23:59:59" });
    let schedule = json!({ "triggers": [{ "triggerType": "Range", "ranges": [range] }] });
    let body =
        json!({ "enabled": true, "conditions": [{ "type": "Schedule", "schedule": schedule }] });
    let path = format!("{ALEX_PATH}/states/forward-all-calls");
    let state = api.call_ok("PATCH", &path, body).await;
    let start = &state["conditions"][0]["schedule"]["triggers"][0]["ranges"][0]["startDateTime"];
    let start: jiff::civil::DateTime = start.as_str().unwrap().parse().unwrap();
    let now = jiff::Timestamp::now().in_tz("Pacific/Kiritimati").unwrap();
    let age = now.datetime().duration_since(start);
    assert!((0..60).contains(&age.as_secs()), "{start} {now}");

    let off = api
        .call_ok("PATCH", &path, json!({ "enabled": false }))
        .await;
    assert_eq!(off["enabled"], false);
    assert_eq!(
        off["conditions"], state["conditions"],
        "the schedule is kept"
    );
}

#[tokio::test]
async fn devices_of_the_account_are_one_list() {
    let mut seed = acme_seed();
    seed["extensions"][1]["devices"] =
        json!([{ "id": "802", "name": "Hall", "type": "Paging", "phoneNumber": "+16505550102" }]);
    let api = SandboxClient::start(seed).await;
    let path = "/restapi/v1.0/account/~/device";
    let list = api.get(&format!("{path}?perPage=1000")).await.body;
    let devices: Vec<_> = list["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| (&device["id"], &device["extension"]))
        .map(|(id, extension)| json!([id, extension["id"], extension["extensionNumber"]]))
        .collect();
    assert_eq!(
        devices,
        [json!(["801", 1001, "101"]), json!(["802", 1002, "102"])]
    );
    let second = api.get(&format!("{path}?perPage=1&page=2")).await.body;
    assert_eq!(second["records"][0]["id"], "802");
    assert_eq!(second["paging"]["totalElements"], 2);
    let hard = api.get(&format!("{path}?type=HardPhone")).await.body;
    assert_eq!(hard["paging"]["totalElements"], 1);
}

/// The rules that the sandbox makes up look as on real accounts.
#[tokio::test]
async fn default_rules_contain_what_real_accounts_have() {
    let api = SandboxClient::start(acme_seed()).await;
    let list = api
        .get(&format!("{ALEX_PATH}/voice/state-rules"))
        .await
        .body;
    let summary = list["records"].as_array().unwrap().iter().map(|rule| {
        let actions = rule["dispatching"]["actions"].as_array().unwrap().iter();
        let lines = actions.map(|action| {
            let targets = action["targets"].as_array().into_iter().flatten();
            let targets = targets.map(|target| {
                let preset = &target["prompt"]["greeting"]["preset"]["id"];
                format!(
                    " {} {}",
                    target["type"],
                    [&target["dispatchingType"], preset]
                        .map(Value::to_string)
                        .join(" ")
                )
            });
            let fields = [
                "enabled",
                "duration",
                "customStartOffset",
                "ringingTargetType",
                "terminatingTargetType",
            ]
            .map(|key| action[key].to_string());
            format!(
                "  {} {}{}",
                action["type"],
                fields.join(" "),
                targets.collect::<String>()
            )
        });
        let lines: Vec<String> = lines.collect();
        format!(
            "{} {}\n{}",
            rule["id"],
            rule["dispatching"]["type"],
            lines.join("\n")
        )
    });
    let summary: Vec<String> = summary.collect();
    insta::assert_snapshot!(summary.join("\n").replace('"', "").replace("null", "-"), @"
    forward-all-calls Terminate
      TerminatingAction - - - - VoiceMailTerminatingTarget VoiceMailTerminatingTarget - 590080 PlayAnnouncementTerminatingTarget Terminating 66560
    dnd Terminate
      TerminatingAction - - - - VoiceMailTerminatingTarget VoiceMailTerminatingTarget - 590080 PlayAnnouncementTerminatingTarget Terminating 66560
    agent RingAtOnce
      RingGroupAction true 40 - - - DeviceRingTarget - -
      RingGroupAction true 30 - - - AllMobileRingTarget - -
      RingGroupAction true 30 - - - AllDesktopRingTarget - -
    work-hours RingAtOnce
      PlayWelcomePromptAction false - - - -
      PlayConnectingMessageAction false - - - -
      PlayConnectingPromptAction false - - - -
      ScreeningAction false - - - -
      RingGroupAction true 40 - - - DeviceRingTarget - -
      RingGroupAction true 30 - - - AllMobileRingTarget - -
      RingGroupAction true 30 - - - AllDesktopRingTarget - -
      TerminatingAction - - - VoiceMailTerminatingTarget - VoiceMailTerminatingTarget - 590080 PlayAnnouncementTerminatingTarget Ringing 66816
    ");
}

/// The guide's user has no desk phone, so its requests are complete.
#[tokio::test]
async fn requests_of_the_guide_are_accepted() {
    let api = SandboxClient::start(acme_seed()).await;
    let priya = ALEX_PATH.replace("1001", "1002");
    let mut rule = vip_rule();
    rule["dispatching"]["actions"].as_array_mut().unwrap().pop();
    let created = api
        .call_ok("POST", &format!("{priya}/voice/interaction-rules"), rule)
        .await;
    assert_eq!(created["displayName"], "VIP Calls After-Hours");

    let path = format!("{priya}/voice/state-rules/work-hours");
    let work_hours = api.call_ok("GET", &path, Value::Null).await;
    let mut body = json!({ "dispatching": work_hours["dispatching"] });
    let device = json!({ "type": "DeviceRingTarget", "device": { "id": "801" } });
    let actions = body["dispatching"]["actions"].as_array_mut().unwrap();
    actions.push(
        json!({ "type": "RingGroupAction", "enabled": true, "duration": 20, "targets": [device] }),
    );
    let rings_alex = api.call_ok("PATCH", &path, body).await;
    let target = &rings_alex["dispatching"]["actions"][6]["targets"][0];
    assert_eq!(
        target["extension"]["id"], "1001",
        "the owner of a co-worker's device"
    );

    let path = format!("{priya}/voice/state-rules/forward-all-calls");
    let forward = api.call_ok("GET", &path, Value::Null).await;
    let mut body = json!({ "dispatching": forward["dispatching"] });
    let announcement = json!("PlayAnnouncementTerminatingTarget");
    body["dispatching"]["actions"][0]["terminatingTargetType"] = announcement.clone();
    body["dispatching"]["actions"][0]["targets"][0]["enabled"] = json!(false);
    let changed = api.call_ok("PATCH", &path, body).await;
    let action = &changed["dispatching"]["actions"][0];
    assert_eq!(action["terminatingTargetType"], announcement);
    assert!(
        action["targets"][0].get("enabled").is_none(),
        "the switch of a target is ignored"
    );
}
