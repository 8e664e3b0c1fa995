//! In which order the changes of a user are sent: at no moment does a rule name a state that is not there.

use std::cell::Cell;
use std::error::Error;
use std::io;

use callrules::engine::account::Read;
use callrules::engine::{self, Change, Outcome, UserPlan, Watch};
use serde_json::{Value, json};

use super::{client, desired, plan};
use crate::support::{TestEnv, forwarding, single_user_seed};

const NINE_TO_FIVE: &str = "weekly: { mon-fri: 9:00-17:00 }";
const AROUND_THE_CLOCK: &str = "daily: all-day";

/// A live rule that holds in a state.
fn held(name: &str, state: Option<&str>) -> Value {
    let mut rule = forwarding(name, "+16501111111", "+14082320000");
    let state = state.map(|id| json!({ "type": "State", "state": { "id": id } }));
    let conditions = rule["conditions"].as_array_mut().unwrap();
    conditions.extend(state);
    rule
}

/// The same in a file.
fn wanted(name: &str, state: Option<&str>) -> String {
    let state = state.map_or(String::new(), |id| format!(", state: {id}"));
    format!(
        "  {name}:\n    conditions: {{ callerIds: [\"+16501111111\"]{state} }}\n    \
         dispatching: {{ type: Terminate, terminate: {{ phoneNumber: \"+14082324343\" }} }}\n"
    )
}

fn file(hours: &str, rules: &[String]) -> String {
    let rules = rules.concat();
    format!(
        "extension: \"101\"\ninteractionRules:\n{rules}states:\n  work-hours:\n    schedule: {{ {hours} }}\n"
    )
}

/// A user whose account has these work hours and rules, brought there by an apply where need be.
fn env(hours: &str, live: &[Value]) -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!(live)));
    let schedule =
        format!("extension: \"101\"\nstates:\n  work-hours:\n    schedule: {{ {hours} }}\n");
    env.write("users/alex.yaml", &schedule);
    env.apply();
    env
}

/// What was sent after the first so many requests.
fn sent(env: &TestEnv, skip: usize) -> Vec<String> {
    let exchanges = env.sandbox().exchanges();
    let writes = exchanges
        .iter()
        .skip(skip)
        .filter(|e| e.path.starts_with("/restapi/v2/") && e.method != "GET");
    let told = writes.map(|e| {
        let name = e
            .request
            .as_ref()
            .and_then(|body| body["displayName"].as_str());
        let last = e.path.rsplit('/').next().unwrap();
        format!("{} {}", e.method, name.unwrap_or(last))
    });
    told.collect()
}

const AFTER: Option<&str> = Some("after-hours");

/// Live rules of which one changes, one goes, and one that holds at any time goes.
fn live() -> [Value; 3] {
    [
        held("Changed", AFTER),
        held("Gone", AFTER),
        held("Plain", None),
    ]
}

#[test]
fn no_rule_is_left_to_name_the_state_that_goes() {
    let env = env(NINE_TO_FIVE, &live());
    let rules = [wanted("Changed", None), wanted("New", None)];
    env.write("users/alex.yaml", &file(AROUND_THE_CLOCK, &rules));
    let gone = env.user("101")["interactionRules"][1]["id"].clone();
    let plain = env.user("101")["interactionRules"][2]["id"].clone();
    let before = env.sandbox().exchanges().len();
    env.apply();
    let expected = [
        "POST New".to_owned(),
        "PATCH Changed".to_owned(),
        format!("DELETE {}", gone.as_str().unwrap()),
        "PATCH work-hours".to_owned(),
        format!("DELETE {}", plain.as_str().unwrap()),
    ];
    assert_eq!(sent(&env, before), expected);
}

#[test]
fn the_state_is_there_before_a_rule_names_it_and_goes_after_it_on_the_way_back() {
    let env = env(AROUND_THE_CLOCK, &[held("Changed", None)]);
    let rules = [wanted("Changed", AFTER), wanted("New", AFTER)];
    env.write("users/alex.yaml", &file(NINE_TO_FIVE, &rules));
    let before = env.sandbox().exchanges().len();
    let journal = env.path().join("journal.jsonl").display().to_string();
    let run = env.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let expected = ["PATCH work-hours", "POST New", "PATCH Changed"];
    assert_eq!(sent(&env, before), expected);

    let before = env.sandbox().exchanges().len();
    let new = env.user("101")["interactionRules"][1]["id"].clone();
    let run = env.run(&["rollback", &journal, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let new = format!("DELETE {}", new.as_str().unwrap());
    assert_eq!(
        sent(&env, before),
        ["PATCH Changed", &new, "PATCH work-hours"]
    );
}

/// Looks at the account after each write.
struct Onlooker<'w> {
    env: &'w TestEnv,
    looks: Cell<usize>,
}

impl Watch for Onlooker<'_> {
    fn settled<E: Error + 'static>(
        &self,
        _: &UserPlan,
        change: &Change,
        _: Option<&Value>,
        _: Option<&Value>,
        _: &Outcome<E>,
    ) -> io::Result<()> {
        self.looks.set(self.looks.get() + 1);
        let user = self.env.user("101");
        let hours = user["states"]["work-hours"]["conditions"].to_string();
        let rules = user["interactionRules"].to_string();
        let is_there = hours.contains("17:00:00");
        assert!(
            is_there || !rules.contains("after-hours"),
            "after {change:?}"
        );
        Ok(())
    }
}

#[test]
fn at_no_moment_does_a_rule_name_a_state_that_is_not_there() {
    let after = [wanted("Changed", AFTER), wanted("New", AFTER)];
    let any = [wanted("Changed", None), wanted("New", None)];
    let never = [held("Changed", None), held("Gone", None)];
    let cases = [
        (NINE_TO_FIVE, AROUND_THE_CLOCK, live().to_vec(), &any),
        (AROUND_THE_CLOCK, NINE_TO_FIVE, never.to_vec(), &after),
    ];
    for (from, to, live, rules) in cases {
        let env = env(from, &live);
        env.write("users/alex.yaml", &file(to, rules));
        let looks = env.block_on(async {
            let client = client(&env.sandbox().url());
            let desired = desired(&env, &client).await;
            let plan = plan(&client, &desired).await.unwrap();
            let onlooker = Onlooker {
                env: &env,
                looks: Cell::new(0),
            };
            let directory = client.directory().await.unwrap();
            engine::apply(&client, &plan, &directory, &onlooker).await;
            onlooker.looks.get()
        });
        assert!(looks >= 4, "{looks}");
    }
}
