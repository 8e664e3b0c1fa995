//! Accounts that answer or store something else than a write requests.

use std::cell::Cell;

use callrules::api::{InteractionRuleRecord, StateRuleRecord};
use callrules::client::{ApiClient, ClientError, RequestTarget};
use callrules::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource};
use callrules::reconcile::account::{
    AccountReader, AccountWriter, DeviceLists, WriteMethod, WriteRequest,
};
use callrules::reconcile::{self, ChangeOutcome, WriteVerification};
use callrules::render::{apply_report, apply_report_json};
use serde_json::{Value, json};

use super::{build_user_file, client, list_rule_names, make_plan, resolve_users};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// A change of a request or response.
type BodyEdit = fn(&mut Value);

/// What an [`AlteringAccount`] does with a write.
#[derive(Clone, Copy)]
enum AccountFault {
    /// Carries out the request, and changes the response.
    AlterResponse(BodyEdit),
    /// Carries out a changed request, and gives no response.
    AlterLostRequest(BodyEdit),
    /// Carries out a changed request, and echoes the original one.
    AlterAndEcho(BodyEdit),
    /// Does nothing, and echoes the request with the id of a new rule.
    Ignore,
    /// Does nothing, and refuses the request with a success status.
    RefuseWithSuccess,
    /// Carries out a changed request twice, as if another run created the same rule.
    CreateTwice(BodyEdit),
    /// Refuses writes because the account stays locked.
    StayLocked,
    /// Carries out the request. After that, no rules can be read.
    LoseRules,
}

/// An account with a fault.
struct AlteringAccount<'c> {
    client: &'c ApiClient,
    fault: AccountFault,
    has_written: Cell<bool>,
}

impl AccountWriter for AlteringAccount<'_> {
    type Error = ClientError;

    async fn send(&self, request: &WriteRequest) -> Result<Option<Value>, ClientError> {
        self.has_written.set(true);
        let target = RequestTarget {
            method: "POST",
            path: request.path.clone(),
        };
        let unknown = |cause| {
            Err(ClientError::OutcomeUnknown {
                target: target.clone(),
                cause: Box::new(cause),
            })
        };
        let mut altered = request.clone();
        match self.fault {
            AccountFault::AlterResponse(change) => {
                let mut response = self.client.send(request).await?;
                if request.method != WriteMethod::Delete {
                    change(response.as_mut().unwrap());
                }
                Ok(response)
            }
            AccountFault::AlterLostRequest(change) => {
                change(altered.body.as_mut().unwrap());
                self.client.send(&altered).await?;
                unknown(ClientError::TimedOut {
                    host: "api.example".to_owned(),
                    target: target.clone(),
                })
            }
            AccountFault::AlterAndEcho(change) => {
                change(altered.body.as_mut().unwrap());
                let mut response = self.client.send(&altered).await?.unwrap();
                let echoed = request.body.clone().unwrap();
                (response.as_object_mut().unwrap()).extend(echoed.as_object().unwrap().clone());
                Ok(Some(response))
            }
            AccountFault::Ignore => Ok(request.body.clone().map(|mut echo| {
                echo["id"] = json!("4711");
                echo
            })),
            AccountFault::RefuseWithSuccess => unknown(ClientError::MalformedResponse {
                target: target.clone(),
                reason: "the response is not the changed resource".to_owned(),
            }),
            AccountFault::CreateTwice(change) => {
                change(altered.body.as_mut().unwrap());
                let response = self.client.send(&altered).await?;
                self.client.send(&altered).await?;
                Ok(response)
            }
            AccountFault::LoseRules => self.client.send(request).await,
            AccountFault::StayLocked => Err(ClientError::LockTimeout {
                target,
                seconds: 1800,
            }),
        }
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

    fn is_lock_timeout(error: &ClientError) -> bool {
        error.is_lock_timeout()
    }

    async fn delay_before_lookup(&self, _: &ClientError, lookups: u32) -> bool {
        lookups == 0
    }

    fn may_complete_late(error: &ClientError) -> bool {
        !error.came_from_api()
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

    async fn devices(&self) -> Result<DeviceLists, ClientError> {
        self.client.devices().await
    }

    async fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> Result<Vec<InteractionRuleRecord>, ClientError> {
        if matches!(self.fault, AccountFault::LoseRules) && self.has_written.get() {
            return Err(ClientError::HttpsSetup("out of order".to_owned()));
        }
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
fn apply_altered(file: &str, fault: AccountFault) -> AlteredApply {
    apply_with(file, fault, WriteVerification::ReadBack)
}

/// Applies a user file with this fault and this verification.
fn apply_with(file: &str, fault: AccountFault, verification: WriteVerification) -> AlteredApply {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let env = TestEnv::new(single_user_seed(json!([live])));
    env.write("users/alex.yaml", file);
    let (report, json) = env.block_on(async {
        let client = client(&env.sandbox().url());
        let users = resolve_users(&env, &client).await;
        let plan = make_plan(&client, &users).await.unwrap();
        let account = AlteringAccount {
            client: &client,
            fault,
            has_written: Cell::new(false),
        };
        let directory = client.directory().await.unwrap();
        let report = reconcile::apply_plan(&account, &plan, &directory, verification, &()).await;
        if matches!(fault, AccountFault::AlterResponse(_)) {
            let mut outcomes = report.changes.iter().map(|change| &change.outcome);
            assert!(!outcomes.any(|outcome| matches!(outcome, ChangeOutcome::Failed(_))));
            assert_eq!(report.is_complete(), !report.has_differences_from_request());
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
    let altered = apply_altered(
        &build_user_file("101", &["VIP"]),
        AccountFault::AlterResponse(disable),
    );
    insta::assert_snapshot!(altered.report, @r#"
    Done 1 · failed 0 · refused 0 · not tried 0
      warning    Alex Morgan · 101: interaction rule "VIP": sent, but the account's response differs: enabled is false, not true
    "#);
    let change = &altered.json["changes"][0];
    assert_eq!(change["outcome"], "done");
    let warning = change["warning"].as_str().unwrap();
    assert!(altered.report.contains(warning), "{warning}");
}

#[test]
fn differing_response_stops_deletes_of_same_user() {
    // The account disables the new rule: without the old one, no rule would match its calls.
    let altered = apply_altered(
        &build_user_file("101", &["New"]),
        AccountFault::AlterResponse(disable),
    );
    let summary = json!({ "done": 1, "failed": 0, "refused": 0, "notTried": 1 });
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
    let reports = cases
        .map(|(file, change)| apply_altered(&file, AccountFault::AlterResponse(change)).report);
    insta::assert_snapshot!(reports.join("\n"), @r#"
    Done 1 · failed 0 · refused 0 · not tried 1
      warning    Alex Morgan · 101: interaction rule "New": sent, but the account's response differs: displayName is "Other", not "New"
      not tried  Alex Morgan · 101: interaction rule "VIP"

    Done 1 · failed 0 · refused 0 · not tried 2
      warning    Alex Morgan · 101: call handling "dnd": sent, but the account's response differs: dispatching.terminate is null, not {"phoneNumber":"+14082324343"}
      not tried  Alex Morgan · 101: state settings "work-hours"
      not tried  Alex Morgan · 101: state settings "dnd"

    Done 3 · failed 0 · refused 0 · not tried 0
      warning    Alex Morgan · 101: state settings "dnd": sent, but the account's response differs: enabled is false, not true

    Done 2 · failed 0 · refused 0 · not tried 1
      warning    Alex Morgan · 101: state settings "work-hours": sent, but the account's response differs: schedule is null, not {"daily":"09:00-17:00"}
      not tried  Alex Morgan · 101: state settings "dnd"
    "#);
}

#[test]
fn response_with_other_spelling_is_no_difference() {
    let altered = apply_altered(
        &build_user_file("101", &["VIP", "New"]),
        AccountFault::AlterResponse(|response| {
            response["someday"] = json!(true);
            response["conditions"][0]["to"] = json!([]);
            let actions = response["dispatching"]["actions"].as_array_mut();
            actions.unwrap().insert(
                0,
                json!({ "type": "PlayWelcomePromptAction", "enabled": false }),
            );
        }),
    );
    insta::assert_snapshot!(altered.report, @"Done 2 · failed 0 · refused 0 · not tried 0");
    assert!(altered.json["changes"][0]["warning"].is_null());
}

#[test]
fn create_with_unknown_outcome_that_made_a_different_rule_fails() {
    let only_new = build_user_file("101", &["New"]).replacen('{', "{\"prune\": \"none\",", 1);
    let AlteredApply { env, report, json } =
        apply_altered(&only_new, AccountFault::AlterLostRequest(disable));
    assert_eq!(list_rule_names(&env.user("101")), ["VIP", "New"]);
    insta::assert_snapshot!(report, @r#"
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": the outcome of the create was unknown; then a new rule with that name differs in enabled: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules succeeded: POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules timed out: no complete response from api.example
    "#);
    let error = json["changes"][0]["error"].as_str().unwrap();
    assert!(report.contains(error), "{error}");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}

/// Returns a user file that changes the ring time of work hours.
fn ring_file(seconds: u64) -> String {
    let ring = json!([
        { "targets": ["desktopApps"], "seconds": 20 },
        { "targets": ["mobileApps"], "seconds": seconds },
    ]);
    let dispatching = json!({ "type": "RingInOrder", "ring": ring });
    json!({ "extension": "101", "states": { "work-hours": { "dispatching": dispatching } } })
        .to_string()
}

#[test]
fn accepted_and_echoed_change_that_is_not_stored_fails() {
    let shorten: BodyEdit = |body| {
        let actions = body["dispatching"]["actions"].as_array_mut().unwrap();
        let mut groups = actions.iter_mut().filter(|action| action["duration"] == 25);
        groups.next().unwrap()["duration"] = json!(20);
    };
    let fault = AccountFault::AlterAndEcho(shorten);
    let altered = apply_altered(&ring_file(25), fault);
    insta::assert_snapshot!(altered.report, @r#"
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: call handling "work-hours": RingCentral answered 200 but did not store ring group 2 (20 s, asked for 25 s)
    "#);
    assert_eq!(altered.json["changes"][0]["outcome"], "failed");

    let trusted = apply_with(&ring_file(25), fault, WriteVerification::Skip);
    insta::assert_snapshot!(trusted.report, @"Done 1 · failed 0 · refused 0 · not tried 0");
}

#[test]
fn ignored_creates_updates_and_deletes_fail() {
    let rename = json!({ "extension": "101", "prune": "none", "interactionRules": {
        "VIP": { "enabled": false },
    }});
    let files = [
        build_user_file("101", &["VIP", "New"]),
        rename.to_string(),
        json!({ "extension": "101", "interactionRules": { "VIP": null } }).to_string(),
    ];
    let reports = files.map(|file| apply_altered(&file, AccountFault::Ignore).report);
    insta::assert_snapshot!(reports.join("\n"), @r#"
    Done 0 · failed 2 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": RingCentral accepted the change, but the resource does not exist
      failed     Alex Morgan · 101: interaction rule "VIP": RingCentral answered 200 but did not store dispatching.terminate ({"phoneNumber":"+14082320000","name":"Mobile"}, asked for {"phoneNumber":"+14082324343"})

    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "VIP": RingCentral answered 200 but did not store enabled (true, asked for false)

    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "VIP": RingCentral accepted the delete, but the rule still exists
    "#);
}

#[test]
fn refusal_with_success_status_is_looked_up_and_fails() {
    let files = [
        json!({ "extension": "101", "interactionRules": { "VIP": { "enabled": false } } }),
        json!({ "extension": "101", "interactionRules": { "VIP": null } }),
    ];
    let reports =
        files.map(|file| apply_altered(&file.to_string(), AccountFault::RefuseWithSuccess).report);
    insta::assert_snapshot!(reports.join("\n"), @r#"
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "VIP": the outcome was unknown; then a lookup showed that nothing was changed: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/50981776174 succeeded: unusable response to POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/50981776174: the response is not the changed resource

    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "VIP": the outcome was unknown; then a lookup showed that nothing was changed: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/50981776174 succeeded: unusable response to POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules/50981776174: the response is not the changed resource
    "#);
}

#[test]
fn user_that_cannot_be_read_back_is_written_but_not_verified() {
    let file = build_user_file("101", &["VIP", "New"]);
    let unreadable = apply_altered(&file, AccountFault::LoseRules);
    insta::assert_snapshot!(unreadable.report, @r#"
    Done 0 · failed 2 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": written, but not verified, because the user could not be read again: cannot set up HTTPS: out of order
      failed     Alex Morgan · 101: interaction rule "VIP": written, but not verified, because the user could not be read again: cannot set up HTTPS: out of order
    "#);
    assert_eq!(list_rule_names(&unreadable.env.user("101")), ["VIP", "New"]);
}

#[test]
fn rule_that_another_run_creates_at_the_same_time_is_reported() {
    let file = build_user_file("101", &["VIP", "New"]);
    let AlteredApply { env, report, .. } = apply_altered(&file, AccountFault::CreateTwice(|_| ()));
    let user = env.user("101");
    assert_eq!(list_rule_names(&user), ["VIP", "New", "New"]);
    let id = |place: usize| user["interactionRules"][place]["id"].as_str().unwrap();
    let report = report.replace(id(1), "[older]").replace(id(2), "[younger]");
    insta::assert_snapshot!(report, @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": created, but another rule with the same name was created at the same time: delete [younger] in the app; or set `id: "[older]"` for the rule in the file, so that with `prune: all` the next `callrules apply` deletes the others
    "#);
}

#[test]
fn create_that_is_not_stored_as_requested_and_has_a_duplicate_reports_both() {
    let only_new = build_user_file("101", &["New"]).replacen('{', "{\"prune\": \"none\",", 1);
    let fault = AccountFault::CreateTwice(disable);
    let AlteredApply { env, report, .. } = apply_altered(&only_new, fault);
    let user = env.user("101");
    let id = |place: usize| user["interactionRules"][place]["id"].as_str().unwrap();
    let report = report.replace(id(1), "[older]").replace(id(2), "[younger]");
    insta::assert_snapshot!(report, @r#"
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "New": created, but another rule with the same name was created at the same time: delete [younger] in the app; or set `id: "[older]"` for the rule in the file, so that with `prune: all` the next `callrules apply` deletes the others; also: RingCentral answered 200 but did not store enabled (false, asked for true)
    "#);
}

#[test]
fn changes_are_not_tried_while_the_account_stays_locked() {
    let file = build_user_file("101", &["VIP", "New"]);
    let locked = apply_altered(&file, AccountFault::StayLocked);
    insta::assert_snapshot!(locked.report, @r#"
    Done 0 · failed 0 · refused 0 · not tried 2
      not tried  Alex Morgan · 101: interaction rule "New"
      not tried  Alex Morgan · 101: interaction rule "VIP"
    No further changes were sent: POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was not carried out: the account has been edited elsewhere for 30 min; run again when that is finished
    "#);
    let error = locked.json["error"].as_str().unwrap();
    assert!(locked.report.contains(error), "{error}");
}

#[test]
fn user_with_one_change_costs_two_reads_and_one_write() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &build_user_file("101", &["New"]));
    let plan = env.run(&["plan"]);
    let methods = |env: &TestEnv| {
        let exchanges = env.sandbox().exchanges().into_iter();
        let of_user = exchanges.filter(|exchange| exchange.path.contains("/1001/"));
        of_user
            .map(|exchange| exchange.method)
            .collect::<Vec<String>>()
    };
    let planned = methods(&env).len();
    env.run(&["apply", "--auto-approve"]);
    // The apply plans again, reads the user again, writes and reads back.
    assert_eq!(methods(&env)[2 * planned..], ["GET", "POST", "GET"]);
    assert!(plan.out.contains("apply will need about 3"), "{}", plan.out);

    env.write("users/alex.yaml", &build_user_file("101", &["Other"]));
    let before = methods(&env).len();
    env.run(&[
        "apply",
        "--auto-approve",
        "--no-verify",
        "--max-users-emptied",
        "1",
    ]);
    assert_eq!(methods(&env)[before + planned..], ["GET", "POST", "DELETE"]);
}
