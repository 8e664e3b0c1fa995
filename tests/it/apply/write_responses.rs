//! What the account answers is held against what was asked.

use callrules::client::{Client, Error, Target};
use callrules::engine::account::{Method, Read, Request, Write};
use callrules::engine::{self, Outcome};
use callrules::model::{Directory, ExtensionId, GreetingPlace, Named};
use callrules::render::{report, report_json};
use callrules::wire::{InteractionRule, StateRule};
use serde_json::{Value, json};

use super::{client, desired, file, names, plan};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// An account that does not do as it is told.
struct Wayward<'c> {
    client: &'c Client,
    change: fn(&mut Value),
    /// Whether it changes what it is asked, and then says nothing clear; otherwise only its answers.
    in_deed: bool,
}

impl Write for Wayward<'_> {
    type Error = Error;

    async fn send(&self, request: &Request) -> Result<Option<Value>, Error> {
        let mut request = request.clone();
        if self.in_deed {
            (self.change)(request.body.as_mut().unwrap());
            self.client.send(&request).await?;
            let target = Target {
                method: "POST",
                path: request.path,
            };
            let host = "api.example".to_owned();
            let cause = Error::TimedOut {
                host,
                target: target.clone(),
            };
            return Err(Error::Unclear {
                target,
                cause: Box::new(cause),
            });
        }
        let mut answer = self.client.send(&request).await?;
        if request.method != Method::Delete {
            (self.change)(answer.as_mut().unwrap());
        }
        Ok(answer)
    }

    fn is_unclear(error: &Error) -> bool {
        error.is_unclear()
    }

    fn is_stop(error: &Error) -> bool {
        error.is_stop()
    }

    fn is_shut(error: &Error) -> bool {
        error.is_shut()
    }

    async fn wait_to_look(&self, _: &Error, looks: u32) -> bool {
        looks == 0
    }

    fn may_still_land(_: &Error) -> bool {
        true
    }

    async fn wait_for_the_late(&self) {}
}

impl Read for Wayward<'_> {
    type Error = Error;

    async fn account_id(&self) -> Result<String, Error> {
        self.client.account_id().await
    }

    async fn directory(&self) -> Result<Directory, Error> {
        self.client.directory().await
    }

    async fn greetings(&self, place: GreetingPlace) -> Result<Vec<Named>, Error> {
        self.client.greetings(place).await
    }

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<Named>, Error> {
        self.client.devices(owner).await
    }

    async fn interaction_rules(&self, user: &ExtensionId) -> Result<Vec<InteractionRule>, Error> {
        self.client.interaction_rules(user).await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRule>, Error> {
        self.client.state_rules(user).await
    }
}

/// The report of an apply of this file on such an account: for people and for scripts.
fn told(file: &str, change: fn(&mut Value), in_deed: bool) -> (TestEnv, String, Value) {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let env = TestEnv::new(single_user_seed(json!([live])));
    env.write("users/alex.yaml", file);
    let (text, json) = env.block_on(async {
        let client = client(&env.sandbox().url());
        let desired = desired(&env, &client).await;
        let plan = plan(&client, &desired).await.unwrap();
        let account = Wayward {
            client: &client,
            change,
            in_deed,
        };
        let directory = client.directory().await.unwrap();
        let report = engine::apply(&account, &plan, &directory, &()).await;
        if !in_deed {
            let has_failed = |outcome: &Outcome<_>| matches!(outcome, Outcome::Failed(_));
            assert!(
                !report
                    .changes
                    .iter()
                    .any(|settled| has_failed(&settled.outcome))
            );
            assert_eq!(report.is_complete(), !report.is_otherwise());
        }
        (
            report::text(&report),
            serde_json::to_value(report_json::document(&plan, &report, &[], &[])).unwrap(),
        )
    });
    (env, text, json)
}

#[test]
fn an_answer_that_says_something_else_is_a_warning_with_the_change() {
    let (_, text, json) = told(
        &file("101", &["VIP"]),
        |answer| answer["enabled"] = json!(false),
        false,
    );
    let otherwise = "done, but the account answered otherwise: enabled is false, not true";
    assert_eq!(
        text,
        format!(
            "Done 1 · failed 0 · refused 0 · not tried 0\n  warning    Alex Morgan · 101: \
             interaction rule \"VIP\": {otherwise}\n"
        )
    );
    assert_eq!(json["changes"][0]["outcome"], "done");
    assert_eq!(json["changes"][0]["warning"], otherwise);
}

#[test]
fn after_such_an_answer_nothing_of_that_user_is_taken_away() {
    // The new rule is switched off: without the old one nobody would take its calls.
    let (env, text, _) = told(
        &file("101", &["New"]),
        |answer| answer["enabled"] = json!(false),
        false,
    );
    let counts = "Done 1 · failed 0 · refused 0 · not tried 1\n";
    assert!(text.starts_with(counts), "{text}");
    assert_eq!(names(&env.user("101")), ["VIP", "New"]);
    assert!(env.requests("DELETE", "").is_empty());
}

#[test]
fn rules_states_and_their_rules_are_all_compared() {
    let states = json!({ "extension": "101", "states": {
        "dnd": { "enabled": true, "dispatching": { "terminate": { "phoneNumber": "+14082324343" } } },
        "work-hours": { "schedule": { "daily": "09:00-17:00" } },
    }});
    for (file, change, path) in [
        (
            file("101", &["New"]),
            (|answer| answer["displayName"] = json!("Other")) as fn(&mut Value),
            "displayName is \"Other\", not \"New\"",
        ),
        (
            states.to_string(),
            |answer| answer["dispatching"] = json!({ "type": "Terminate", "actions": [] }),
            "dispatching.terminate",
        ),
        (
            states.to_string(),
            |answer| answer["enabled"] = json!(false),
            "enabled is false, not true",
        ),
        (
            states.to_string(),
            |answer| answer["conditions"] = json!([]),
            "schedule is null, not {\"daily\":\"09:00-17:00\"}",
        ),
    ] {
        let (_, text, _) = told(&file, change, false);
        assert!(text.contains(path), "{path}: {text}");
    }
}

#[test]
fn an_answer_in_another_spelling_is_no_difference() {
    let (_, text, json) = told(
        &file("101", &["VIP", "New"]),
        |answer| {
            answer["someday"] = json!(true);
            answer["conditions"][0]["to"] = json!([]);
            let actions = answer["dispatching"]["actions"].as_array_mut().unwrap();
            actions.insert(
                0,
                json!({ "type": "PlayWelcomePromptAction", "enabled": false }),
            );
        },
        false,
    );
    assert_eq!(text, "Done 2 · failed 0 · refused 0 · not tried 0\n");
    assert!(json["changes"][0]["warning"].is_null());
}

#[test]
fn an_unclear_create_that_left_something_else_is_a_failure_that_says_so() {
    let only_new = file("101", &["New"]).replacen('{', "{\"prune\": \"none\",", 1);
    let (env, text, json) = told(&only_new, |asked| asked["enabled"] = json!(false), true);
    assert_eq!(names(&env.user("101")), ["VIP", "New"]);
    let told = "whether it was created was unclear, and then a new rule of that name was there that \
                differs in enabled: it is unclear whether POST";
    assert!(text.contains(told), "{text}");
    let error = json["changes"][0]["error"].as_str().unwrap();
    assert!(error.starts_with(told), "{error}");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}
