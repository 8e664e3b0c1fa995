//! What the client outlasts: the plan comes out as if nothing had happened.

use std::thread;

use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// Each is over before patience is.
const PASSING: [&str; 15] = [
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

fn env(faults: &[&str]) -> TestEnv {
    let rules = json!([forwarding("VIP", "+14155550100", "+14155550199")]);
    let env = TestEnv::with_faults(single_user_seed(rules), faults);
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    env
}

/// The plan, without its time and the count of its requests.
fn plan(env: &TestEnv) -> Value {
    let mut plan = env.plan();
    for key in ["createdAt", "requests"] {
        assert!(!plan[key].take().is_null(), "{plan}");
    }
    plan
}

#[test]
fn a_plan_survives_each_kind_of_passing_fault() {
    let undisturbed = plan(&env(&[]));
    assert!(undisturbed.to_string().contains("VIP"), "{undisturbed}");
    thread::scope(|scope| {
        for fault in PASSING {
            let undisturbed = &undisturbed;
            scope.spawn(move || {
                let env = env(&[fault]);
                assert_eq!(plan(&env), *undisturbed, "{fault}");
                let exchanges = env.sandbox().exchanges();
                assert!(exchanges.iter().any(|e| e.fault.is_some()), "{fault}");
                assert!(exchanges.iter().all(|e| !e.in_spite), "{fault}");
            });
        }
    });
}
