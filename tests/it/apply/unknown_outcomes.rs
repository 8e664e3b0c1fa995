//! Creates with an unknown outcome: the rule is neither lost nor duplicated without a report.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::thread;
use std::time::Duration;

use callrules::client::{ApiClient, RetryPolicy};
use callrules::reconcile::account::AccountReader as _;
use callrules::reconcile::{
    self, ApplyObserver, ChangeOutcome, PlannedChange, SuspectedDuplicate, UserPlan,
    WriteVerification,
};
use callrules::render::apply_report;
use serde_json::{Value, json};

use super::{build_user_file, client_config, last_paragraph, list_rule_names, make_plan};
use super::{mask_run, problem_lines, resolve_users};
use crate::support::{TestEnv, single_user_seed};

/// Starts an account without rules and a repository that creates two for 101.
fn start_env(faults: &[&str]) -> TestEnv {
    let env = TestEnv::with_faults(single_user_seed(json!([])), faults);
    env.write("users/alex.yaml", &build_user_file("101", &["A", "B"]));
    env
}

/// An observer that records the outcome of each change, and whether the response is known.
#[derive(Default)]
struct OutcomeLog(RefCell<Vec<String>>);

impl ApplyObserver for OutcomeLog {
    fn after_write<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        _: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        let name = match outcome {
            ChangeOutcome::Applied { .. } => "done",
            ChangeOutcome::Failed(failure) if failure.is_outcome_unknown() => "unknown",
            _ => "not done",
        };
        let answered = after.is_some();
        let line = format!("{}: {name}, answered: {answered}", change.name);
        self.0.borrow_mut().push(line);
        Ok(())
    }

    fn duplicate_suspected(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        _: &SuspectedDuplicate,
    ) -> io::Result<()> {
        self.0
            .borrow_mut()
            .push(format!("{}: may be duplicated", change.name));
        Ok(())
    }
}

/// Applies with a client that waits this long for a lost request to take effect. Returns the report
/// and the recorded outcomes.
fn apply_with_log(env: &TestEnv, landing: Duration) -> (String, Vec<String>) {
    let patience = RetryPolicy {
        retry_delay: Duration::from_millis(5),
        // Enough for three or four attempts.
        max_elapsed: Duration::from_millis(20),
        in_flight_grace: landing,
        ..RetryPolicy::default()
    };
    let client =
        ApiClient::with_retry_policy(client_config(&env.sandbox().url()), patience).unwrap();
    let log = OutcomeLog::default();
    let text = env.block_on(async {
        let users = resolve_users(env, &client).await;
        let plan = make_plan(&client, &users).await.unwrap();
        let directory = client.directory().await.unwrap();
        apply_report::render_text(
            &reconcile::apply_plan(
                &client,
                &plan,
                &directory,
                WriteVerification::ReadBack,
                &log,
            )
            .await,
        )
    });
    (mask_run(env, &text), log.0.into_inner())
}

const SHORT_WAIT: Duration = Duration::from_millis(60);

#[test]
fn create_with_unknown_outcome_is_looked_up_and_resent_only_if_missing() {
    let mut reports = thread::scope(|scope| {
        let cases = [
            ("drop-after", 2),
            ("cut", 2),
            ("not-json", 2),
            ("drop-before", 3),
            ("500", 3),
            ("502", 3),
            ("503", 3),
            ("504", 3),
            ("html", 3),
            ("html status=200", 3),
        ];
        let threads = cases.map(|(kind, sent)| {
            scope.spawn(move || {
                let env = start_env(&[&format!("{kind} method=POST nth=1")]);
                let (report, log) = apply_with_log(&env, SHORT_WAIT);
                assert_eq!(log.len(), 2, "{kind}: {log:?}");
                assert_eq!(list_rule_names(&env.user("101")), ["A", "B"], "{kind}");
                let posts = env.requests("POST", "/interaction-rules");
                assert_eq!(posts.len(), sent, "{kind}");
                report
            })
        });
        threads.map(|thread| thread.join().unwrap()).to_vec()
    });
    reports.dedup();
    assert_eq!(reports.len(), 1, "{reports:#?}");
    insta::assert_snapshot!(reports[0], @"Done 2 · failed 0 · refused 0 · not tried 0");
}

#[test]
fn create_that_fails_three_times_is_made_by_next_apply() {
    let env = start_env(&["503 method=POST first=3"]);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 3, "{}", run.err);
    insta::assert_snapshot!(mask_run(&env, last_paragraph(&run.out)), @r#"
    Plan: 2 to create for 1 of 1 user
    Done 0 · failed 1 · refused 0 · not tried 1
      failed     Alex Morgan · 101: interaction rule "A": the outcome of the create was unknown; then no such rule existed: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules succeeded: POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was refused: CMN-201 Service temporarily unavailable (status 503)
      not tried  Alex Morgan · 101: interaction rule "B"
    "#);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 3);
    env.apply();
    assert_eq!(list_rule_names(&env.user("101")), ["A", "B"]);
}

#[test]
fn create_that_may_still_take_effect_is_reported_as_unknown() {
    let env = start_env(&["drop-before method=POST first=3"]);
    let (report, log) = apply_with_log(&env, SHORT_WAIT);
    insta::assert_snapshot!(report, @r#"
    Done 0 · failed 1 · refused 0 · not tried 1
      failed     Alex Morgan · 101: interaction rule "A": the outcome of the create was unknown; then no such rule existed, but it may still appear: unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules succeeded: lost the connection to [host] before POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was answered: connection closed before message completed
      not tried  Alex Morgan · 101: interaction rule "B"
    "#);
    assert_eq!(log[0], "A: unknown, answered: false");
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 3);
}

#[test]
fn create_with_unknown_outcome_is_not_resent_if_lookup_fails() {
    let env = TestEnv::with_faults(
        single_user_seed(json!([])),
        &[
            "drop-after method=POST nth=1",
            // The plan and the read before the writes come first.
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
            "503 method=GET path=interaction-rules nth=3",
        ],
    );
    env.write("users/alex.yaml", &build_user_file("101", &["A"]));
    let (report, log) = apply_with_log(&env, SHORT_WAIT);
    insta::assert_snapshot!(report, @r#"
    Done 0 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "A": the outcome of the create was unknown; then the rules could not be read: GET /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was refused: CMN-201 Service temporarily unavailable (status 503): unknown whether POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules succeeded: lost the connection to [host] before POST /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was answered: connection closed before message completed
    "#);
    assert_eq!(log, ["A: unknown, answered: false"]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
    env.apply();
    assert_eq!(list_rule_names(&env.user("101")), ["A"]);
}

#[test]
fn late_create_is_waited_for_before_resend() {
    let env = start_env(&["drop-late delay=0.5 method=POST nth=1"]);
    let (report, _) = apply_with_log(&env, Duration::from_secs(3));
    insta::assert_snapshot!(report, @"Done 2 · failed 0 · refused 0 · not tried 0");
    assert_eq!(list_rule_names(&env.user("101")), ["A", "B"]);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 2);
}

#[test]
fn late_duplicate_is_reported_and_not_deleted() {
    // The create is sent again after a second, and everything else is finished at once. Then the
    // lost request takes effect.
    let env = start_env(&["drop-late delay=1.6 method=POST nth=1"]);
    let (report, log) = apply_with_log(&env, Duration::from_secs(1));
    let user = env.user("101");
    assert_eq!(list_rule_names(&user), ["A", "B", "A"]);
    let id = |place: usize| user["interactionRules"][place]["id"].as_str().unwrap();
    let (kept, late) = (id(0), id(2));
    let mask_ids = |text: &str| text.replace(kept, "[kept]").replace(late, "[late]");
    insta::assert_snapshot!(mask_ids(&report), @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "A": created, but an earlier request completed late and created 1 more with the same name: delete [late] in the app; or set `id: "[kept]"` for the rule in the file, so that with `prune: all` the next `callrules apply` deletes the others
    "#);
    // The outcome is recorded at once, and the duplicate when it is found.
    assert_eq!(
        log,
        [
            "A: done, answered: true",
            "B: done, answered: true",
            "A: may be duplicated",
        ]
    );
    assert!(env.requests("DELETE", "").is_empty());

    // The next plan reports the duplicate and does not delete it.
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1, "{}", run.out);
    insta::assert_snapshot!(mask_ids(problem_lines(&run.err)), @r#"
    error[E0204]: the account has 2 rules named `A`
     --> users/alex.yaml:1:40
      |
    1 | {"extension":"101","interactionRules":{"A":{"conditions":{"callerIds":["+16501111111"]},"dispatching":{"type":"Terminate","terminate"...
      |                                        ^^^
      |
      = help: choose one with `id:`; the ids are [kept], [late]

    1 error in 1 of 2 files
    Run `callrules explain E0204` for details
    "#);

    // The user follows the advice of the report.
    let mut file: Value = serde_json::from_str(&build_user_file("101", &["A", "B"])).unwrap();
    file["interactionRules"]["A"]["id"] = json!(kept);
    env.write("users/alex.yaml", &file.to_string());
    let plan = env.plan();
    let changes = plan["users"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{plan:#}");
    assert_eq!(
        (&changes[0]["action"], &changes[0]["ruleId"]),
        (&json!("delete"), &json!(late))
    );
    env.apply();
    assert_eq!(list_rule_names(&env.user("101")), ["A", "B"]);
}

#[test]
fn resent_create_is_reported_as_unknown_if_last_lookup_fails() {
    let env = start_env(&[
        "drop-before method=POST nth=1",
        // The plan, the read before the writes, three lookups and the read-back come first.
        "503 method=GET path=interaction-rules nth=7",
        "503 method=GET path=interaction-rules nth=7",
        "503 method=GET path=interaction-rules nth=7",
        "503 method=GET path=interaction-rules nth=7",
    ]);
    let (report, log) = apply_with_log(&env, SHORT_WAIT);
    insta::assert_snapshot!(report, @r#"
    Done 1 · failed 1 · refused 0 · not tried 0
      failed     Alex Morgan · 101: interaction rule "A": created, but could not check whether an earlier request completed too: GET /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/interaction-rules was refused: CMN-201 Service temporarily unavailable (status 503)
    "#);
    assert_eq!(log[2], "A: may be duplicated");
    assert_eq!(list_rule_names(&env.user("101")), ["A", "B"]);
}
