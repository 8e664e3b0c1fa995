//! The order in which the changes of a user are sent: no rule ever names a state that does not
//! exist.

use std::cell::Cell;
use std::error::Error;
use std::io;

use callrules::reconcile::account::AccountReader;
use callrules::reconcile::{
    self, ApplyObserver, ChangeOutcome, PlannedChange, UserPlan, WriteVerification,
};
use serde_json::{Value, json};

use super::{client, make_plan, resolve_users};
use crate::support::{TestEnv, forwarding, single_user_seed};

const NINE_TO_FIVE: &str = "weekly: { mon-fri: 9:00-17:00 }";
const AROUND_THE_CLOCK: &str = "daily: all-day";

/// Returns a rule in the form of the API, limited to a state if one is given.
fn build_live_rule(name: &str, state: Option<&str>) -> Value {
    let mut rule = forwarding(name, "+16501111111", "+14082320000");
    let state = state.map(|id| json!({ "type": "State", "state": { "id": id } }));
    let conditions = rule["conditions"].as_array_mut().unwrap();
    conditions.extend(state);
    rule
}

/// Returns the same rule in the form of a user file.
fn build_file_rule(name: &str, state: Option<&str>) -> String {
    let state = state.map_or(String::new(), |id| format!(", state: {id}"));
    format!(
        "  {name}:\n    conditions: {{ callerIds: [\"+16501111111\"]{state} }}\n    \
         dispatching: {{ type: Terminate, terminate: {{ phoneNumber: \"+14082324343\" }} }}\n"
    )
}

fn build_user_file(hours: &str, rules: &[String]) -> String {
    let rules = rules.concat();
    format!(
        "extension: \"101\"\ninteractionRules:\n{rules}states:\n  work-hours:\n    schedule: {{ {hours} }}\n"
    )
}

/// Starts an account where 101 has these rules, and sets the work hours with an apply.
fn start_env(hours: &str, live: &[Value]) -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!(live)));
    let file = format!("extension: \"101\"\nstates:\n  work-hours:\n    schedule: {{ {hours} }}\n");
    env.write("users/alex.yaml", &file);
    env.apply();
    env
}

/// Returns the writes after the first `skip` requests, as method and rule name or id.
fn list_writes(env: &TestEnv, skip: usize) -> Vec<String> {
    let exchanges = env.sandbox().exchanges();
    let writes = exchanges
        .iter()
        .skip(skip)
        .filter(|e| e.path.starts_with("/restapi/v2/") && e.method != "GET");
    let descriptions = writes.map(|e| {
        let name = e
            .request
            .as_ref()
            .and_then(|body| body["displayName"].as_str());
        let last = e.path.rsplit('/').next().unwrap();
        format!("{} {}", e.method, name.unwrap_or(last))
    });
    descriptions.collect()
}

const AFTER: Option<&str> = Some("after-hours");

/// Returns three rules. The files change the first and delete the others; the last one applies in
/// every state.
fn build_live_rules() -> [Value; 3] {
    [
        build_live_rule("Changed", AFTER),
        build_live_rule("Gone", AFTER),
        build_live_rule("Plain", None),
    ]
}

#[test]
fn rules_that_name_a_state_are_changed_before_the_state_disappears() {
    let env = start_env(NINE_TO_FIVE, &build_live_rules());
    let rules = [
        build_file_rule("Changed", None),
        build_file_rule("New", None),
    ];
    env.write(
        "users/alex.yaml",
        &build_user_file(AROUND_THE_CLOCK, &rules),
    );
    let gone_id = env.user("101")["interactionRules"][1]["id"].clone();
    let plain_id = env.user("101")["interactionRules"][2]["id"].clone();
    let sent_before = env.sandbox().exchanges().len();
    env.apply();
    let expected = [
        "POST New".to_owned(),
        "PATCH Changed".to_owned(),
        format!("DELETE {}", gone_id.as_str().unwrap()),
        "PATCH work-hours".to_owned(),
        format!("DELETE {}", plain_id.as_str().unwrap()),
    ];
    assert_eq!(list_writes(&env, sent_before), expected);
}

#[test]
fn state_is_created_before_rules_that_name_it_and_rolled_back_after_them() {
    let env = start_env(AROUND_THE_CLOCK, &[build_live_rule("Changed", None)]);
    let rules = [
        build_file_rule("Changed", AFTER),
        build_file_rule("New", AFTER),
    ];
    env.write("users/alex.yaml", &build_user_file(NINE_TO_FIVE, &rules));
    let sent_before = env.sandbox().exchanges().len();
    let journal = env.path().join("journal.jsonl").display().to_string();
    let run = env.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let expected = ["PATCH work-hours", "POST New", "PATCH Changed"];
    assert_eq!(list_writes(&env, sent_before), expected);

    let sent_before = env.sandbox().exchanges().len();
    let new_id = env.user("101")["interactionRules"][1]["id"].clone();
    let run = env.run(&["rollback", &journal, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let delete_new = format!("DELETE {}", new_id.as_str().unwrap());
    assert_eq!(
        list_writes(&env, sent_before),
        ["PATCH Changed", &delete_new, "PATCH work-hours"]
    );
}

/// An observer that checks the account after each write.
struct StateChecker<'e> {
    env: &'e TestEnv,
    checks: Cell<usize>,
}

impl ApplyObserver for StateChecker<'_> {
    fn after_write<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &PlannedChange,
        _: Option<&Value>,
        _: Option<&Value>,
        _: &ChangeOutcome<E>,
    ) -> io::Result<()> {
        self.checks.set(self.checks.get() + 1);
        let user = self.env.user("101");
        let hours = user["states"]["work-hours"]["conditions"].to_string();
        let rules = user["interactionRules"].to_string();
        let has_after_hours = hours.contains("17:00:00");
        assert!(
            has_after_hours || !rules.contains("after-hours"),
            "after {change:?}"
        );
        Ok(())
    }
}

#[test]
fn no_rule_names_a_missing_state_after_any_write() {
    let with_state = [
        build_file_rule("Changed", AFTER),
        build_file_rule("New", AFTER),
    ];
    let without_state = [
        build_file_rule("Changed", None),
        build_file_rule("New", None),
    ];
    let live_without_state = [
        build_live_rule("Changed", None),
        build_live_rule("Gone", None),
    ];
    let cases = [
        (
            NINE_TO_FIVE,
            AROUND_THE_CLOCK,
            build_live_rules().to_vec(),
            &without_state,
        ),
        (
            AROUND_THE_CLOCK,
            NINE_TO_FIVE,
            live_without_state.to_vec(),
            &with_state,
        ),
    ];
    for (from, to, live, rules) in cases {
        let env = start_env(from, &live);
        env.write("users/alex.yaml", &build_user_file(to, rules));
        let checks = env.block_on(async {
            let client = client(&env.sandbox().url());
            let users = resolve_users(&env, &client).await;
            let plan = make_plan(&client, &users).await.unwrap();
            let checker = StateChecker {
                env: &env,
                checks: Cell::new(0),
            };
            let directory = client.directory().await.unwrap();
            reconcile::apply_plan(
                &client,
                &plan,
                &directory,
                WriteVerification::ReadBack,
                &checker,
            )
            .await;
            checker.checks.get()
        });
        assert!(checks >= 4, "{checks}");
    }
}
