//! Responses to writes that differ from the request.

use callrules::api::{InteractionRuleRecord, StateRuleRecord};
use callrules::client::{ApiClient, ClientError, RequestTarget};
use callrules::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource};
use callrules::reconcile::account::{AccountReader, AccountWriter, WriteMethod, WriteRequest};
use callrules::reconcile::{self, ChangeOutcome};
use callrules::render::{apply_report, apply_report_json};
use serde_json::{Value, json};

use super::{build_user_file, client, list_rule_names, make_plan, resolve_users};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// A change of a request or response.
type BodyEdit = fn(&mut Value);

/// An account that changes requests or responses with `change`.
struct AlteringAccount<'c> {
    client: &'c ApiClient,
    change: BodyEdit,
    /// Whether `change` alters requests, which then end without a response. Otherwise it alters
    /// only the responses.
    alters_requests: bool,
}

impl AccountWriter for AlteringAccount<'_> {
    type Error = ClientError;

    async fn send(&self, request: &WriteRequest) -> Result<Option<Value>, ClientError> {
        let mut request = request.clone();
        if self.alters_requests {
            (self.change)(request.body.as_mut().unwrap());
            self.client.send(&request).await?;
            let target = RequestTarget {
                method: "POST",
                path: request.path,
            };
            let host = "api.example".to_owned();
            let cause = ClientError::TimedOut {
                host,
                target: target.clone(),
            };
            return Err(ClientError::OutcomeUnknown {
                target,
                cause: Box::new(cause),
            });
        }
        let mut response = self.client.send(&request).await?;
        if request.method != WriteMethod::Delete {
            (self.change)(response.as_mut().unwrap());
        }
        Ok(response)
    }

    fn is_outcome_unknown(error: &ClientError) -> bool {
        error.is_outcome_unknown()
    }

    fn is_canceled(error: &ClientError) -> bool {
        error.is_canceled()
    }

    fn is_retry_later(error: &ClientError) -> bool {
        error.is_retry_later()
    }

    async fn delay_before_lookup(&self, _: &ClientError, lookups: u32) -> bool {
        lookups == 0
    }

    fn may_complete_late(_: &ClientError) -> bool {
        true
    }

    async fn wait_for_in_flight(&self) {}
}

impl AccountReader for AlteringAccount<'_> {
    type Error = ClientError;

    async fn account_id(&self) -> Result<String, ClientError> {
        self.client.account_id().await
    }

    async fn directory(&self) -> Result<ExtensionDirectory, ClientError> {
        self.client.directory().await
    }

    async fn greetings(&self, place: GreetingUsage) -> Result<Vec<NamedResource>, ClientError> {
        self.client.greetings(place).await
    }

    async fn devices(&self, owner: &ExtensionId) -> Result<Vec<NamedResource>, ClientError> {
        self.client.devices(owner).await
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, ClientError> {
        self.client.interaction_rules(user).await
    }

    async fn state_rules(&self, user: &ExtensionId) -> Result<Vec<StateRuleRecord>, ClientError> {
        self.client.state_rules(user).await
    }
}

/// An apply against such an account.
struct AlteredApply {
    env: TestEnv,
    report: String,
    json: Value,
}

/// Applies a user file to an account with rule "VIP".
fn apply_altered(file: &str, change: BodyEdit, alters_requests: bool) -> AlteredApply {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let env = TestEnv::new(single_user_seed(json!([live])));
    env.write("users/alex.yaml", file);
    let (report, json) = env.block_on(async {
        let client = client(&env.sandbox().url());
        let users = resolve_users(&env, &client).await;
        let plan = make_plan(&client, &users).await.unwrap();
        let account = AlteringAccount {
            client: &client,
            change,
            alters_requests,
        };
        let directory = client.directory().await.unwrap();
        let report = reconcile::apply_plan(&account, &plan, &directory, &()).await;
        if !alters_requests {
            let mut outcomes = report.changes.iter().map(|change| &change.outcome);
            assert!(!outcomes.any(|outcome| matches!(outcome, ChangeOutcome::Failed(_))));
            assert_eq!(report.is_complete(), !report.has_response_differences());
        }
        let json = apply_report_json::document(&plan, &report, &[], &[]);
        (
            apply_report::render_text(&report),
            serde_json::to_value(json).unwrap(),
        )
    });
    AlteredApply { env, report, json }
}

fn disable(body: &mut Value) {
    body["enabled"] = json!(false);
}

#[test]
fn differing_response_is_done_with_warning() {
    let altered = apply_altered(&build_user_file("101", &["VIP"]), disable, false);
    insta::assert_snapshot!(altered.report, @r#"
    1 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 0 not attempted
      warning        Alex Morgan · 101: interaction rule "VIP": sent, but the account's response differs: enabled is false, not true
    "#);
    let change = &altered.json["changes"][0];
    assert_eq!(change["outcome"], "done");
    let warning = change["warning"].as_str().unwrap();
    assert!(altered.report.contains(warning), "{warning}");
}

#[test]
fn differing_response_stops_deletes_of_same_user() {
    // The account disables the new rule: without the old one, no rule would match its calls.
    let altered = apply_altered(&build_user_file("101", &["New"]), disable, false);
    let summary = json!({ "done": 1, "failed": 0, "refused": 0, "skipped": 1 });
    assert_eq!(altered.json["summary"], summary);
    let user = altered.env.user("101");
    assert_eq!(list_rule_names(&user), ["VIP", "New"]);
    assert!(altered.env.requests("DELETE", "").is_empty());
}

#[test]
fn responses_to_rules_and_states_are_compared_with_request() {
    let states = json!({ "extension": "101", "states": {
        "dnd": { "enabled": true, "dispatching": { "terminate": { "phoneNumber": "+14082324343" } } },
        "work-hours": { "schedule": { "daily": "09:00-17:00" } },
    }});
    let cases: [(String, BodyEdit); 4] = [
        (build_user_file("101", &["New"]), |response| {
            response["displayName"] = json!("Other");
        }),
        (states.to_string(), |response| {
            response["dispatching"] = json!({ "type": "Terminate", "actions": [] });
        }),
        (states.to_string(), disable),
        (states.to_string(), |response| {
            response["conditions"] = json!([]);
        }),
    ];
    let reports = cases.map(|(file, change)| apply_altered(&file, change, false).report);
    insta::assert_snapshot!(reports.join("\n"), @r#"
    1 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 1 not attempted
      warning        Alex Morgan · 101: interaction rule "New": sent, but the account's response differs: displayName is "Other", not "New"
      not attempted  Alex Morgan · 101: interaction rule "VIP"

    1 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 2 not attempted
      warning        Alex Morgan · 101: call handling "dnd": sent, but the account's response differs: dispatching.terminate is null, not {"phoneNumber":"+14082324343"}
      not attempted  Alex Morgan · 101: state settings "work-hours"
      not attempted  Alex Morgan · 101: state settings "dnd"

    3 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 0 not attempted
      warning        Alex Morgan · 101: state settings "dnd": sent, but the account's response differs: enabled is false, not true

    2 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 1 not attempted
      warning        Alex Morgan · 101: state settings "work-hours": sent, but the account's response differs: schedule is null, not {"daily":"09:00-17:00"}
      not attempted  Alex Morgan · 101: state settings "dnd"
    "#);
}

#[test]
fn response_with_other_spelling_is_no_difference() {
    let altered = apply_altered(
        &build_user_file("101", &["VIP", "New"]),
        |response| {
            response["someday"] = json!(true);
            response["conditions"][0]["to"] = json!([]);
            let actions = response["dispatching"]["actions"].as_array_mut();
            actions.unwrap().insert(
                0,
                json!({ "type": "PlayWelcomePromptAction", "enabled": false }),
            );
        },
        false,
    );
    insta::assert_snapshot!(altered.report, @"2 changed · 0 failed · 0 skipped (changed by someone else after the plan) · 0 not attempted");
    assert!(altered.json["changes"][0]["warning"].is_null());
}

#[test]
fn create_with_unknown_outcome_that_made_a_different_rule_fails() {
    let only_new = build_user_file("101", &["New"]).replacen('{', "{\"prune\": \"none\",", 1);
    let AlteredApply { env, report, json } = apply_altered(&only_new, disable, true);
    assert_eq!(list_rule_names(&env.user("101")), ["VIP", "New"]);
    insta::assert_snapshot!(report, @r#"
    0 changed · 1 failed · 0 skipped (changed by someone else after the plan) · 0 not attempted
      failed         Alex Morgan · 101: interaction rule "New": the outcome of the create was unknown; then a new rule with that name differs in enabled: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules succeeded: POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules timed out: no complete response from api.example
    "#);
    let error = json["changes"][0]["error"].as_str().unwrap();
    assert!(report.contains(error), "{error}");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}
