//! Faults that a run survives: the plan is the same as without them.

use std::thread;

use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// Faults that end before the client stops retrying.
const TEMPORARY_FAULTS: [&str; 15] = [
    "429 pause=1 nth=1",
    "429-account pause=1 nth=1",
    "500 nth=1",
    "502 first=2",
    "503 first=1 path=oauth",
    "504 nth=2",
    "html nth=1",
    "html status=200 nth=1",
    "not-json nth=1",
    "cut nth=1",
    "slow delay=1 nth=1",
    "drop-before nth=1",
    "drop-after nth=1",
    "expired nth=1",
    "expired every=3",
];

fn env_with_faults(faults: &[&str]) -> TestEnv {
    let rules = json!([forwarding("VIP", "+14155550100", "+14155550199")]);
    let env = TestEnv::with_faults(single_user_seed(rules), faults);
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    env
}

/// Returns the plan without its time and its number of requests.
fn comparable_plan(env: &TestEnv) -> Value {
    let mut plan = env.plan();
    for key in ["createdAt", "requests"] {
        assert!(!plan[key].take().is_null(), "{plan}");
    }
    plan
}

#[test]
fn plan_survives_each_kind_of_temporary_fault() {
    let undisturbed_plan = comparable_plan(&env_with_faults(&[]));
    let text = undisturbed_plan.to_string();
    assert!(text.contains("VIP"), "{text}");
    thread::scope(|scope| {
        for fault in TEMPORARY_FAULTS {
            let undisturbed_plan = &undisturbed_plan;
            scope.spawn(move || {
                let env = env_with_faults(&[fault]);
                assert_eq!(comparable_plan(&env), *undisturbed_plan, "{fault}");
                let exchanges = env.sandbox().exchanges();
                assert!(exchanges.iter().any(|e| e.fault.is_some()), "{fault}");
                assert!(exchanges.iter().all(|e| !e.avoidable), "{fault}");
            });
        }
    });
}
