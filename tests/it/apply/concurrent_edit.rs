//! Somebody edits in the app between the plan and the writes.

use serde_json::{Value, json};

use super::{client, desired, file, names, plan, words};
use crate::support::{TestEnv, forwarding, single_user_seed};
use callrules::engine::{self, account::Read};

/// Where the rules of the first user are read for the plan, and for nothing before.
const PLANNED: &str = "path=1001/comm-handling/voice/interaction-rules method=GET nth=1";

/// The first user's rule "VIP" is to be changed, the second user gets a new rule.
fn env(fault: &str) -> TestEnv {
    let rules = json!([
        forwarding("VIP", "+16501111111", "+14082320000"),
        forwarding("Other", "+16502222222", "+14082320000"),
    ]);
    let env = TestEnv::with_faults(single_user_seed(rules), &[&format!("{fault} {PLANNED}")]);
    let mut alex: Value = serde_json::from_str(&file("101", &["VIP"])).unwrap();
    alex["prune"] = json!("none");
    env.write("users/alex.yaml", &alex.to_string());
    env.write("users/priya.yaml", &file("102", &["New"]));
    env
}

#[test]
fn a_user_who_moved_is_refused_with_what_moved_and_the_others_go_on() {
    for (fault, reason) in [
        (
            "app-rename rule=VIP",
            "changed on the account since the plan: interaction rule \"VIP\"",
        ),
        (
            "app-toggle rule=Other",
            "changed on the account since the plan: interaction rule \"Other\"",
        ),
        (
            "app-create rule=Fresh",
            "appeared since the plan: interaction rule \"Fresh\"",
        ),
        (
            "app-delete rule=Other",
            "is gone since the plan: interaction rule \"Other\"",
        ),
    ] {
        let env = env(fault);
        let run = env.run(&["apply", "--auto-approve"]);
        assert_eq!(run.code, 3, "{fault}: {}{}", run.out, run.err);
        let told = format!(
            "Done 1 · failed 0 · refused 1 · not tried 0\n  refused    Alex Morgan · 101: {reason}\n"
        );
        assert!(run.out.ends_with(&told), "{fault}: {}", run.out);
        let again = format!("Run `{}` again to finish.\n", env.command_line("apply"));
        assert!(run.err.ends_with(&again), "{fault}: {}", run.err);
        assert!(env.requests("PATCH", "/1001/").is_empty(), "{fault}");
        assert_eq!(names(&env.user("102")), ["New"]);
        env.apply();
    }
}

#[test]
fn scripts_learn_who_was_refused_and_why() {
    let env = env("app-toggle rule=VIP");
    let run = env.run(&["apply", "--auto-approve", "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        report["summary"],
        json!({ "done": 1, "failed": 0, "refused": 1, "notTried": 0 })
    );
    let change = &report["changes"][0];
    assert_eq!(change["outcome"], "refused");
    assert_eq!(
        change["error"],
        "changed on the account since the plan: interaction rule \"VIP\""
    );
}

#[test]
fn one_more_request_a_list_that_was_read_and_none_for_users_without_changes() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &file("101", &["New"]));
    env.write(
        "users/priya.yaml",
        "extension: \"102\"\ninteractionRules: {}\n",
    );
    let plan = env.plan();
    assert_eq!(plan["requests"]["toApply"], 1);
    assert!(plan["users"][0]["seen"].is_null(), "{plan}");
    let before = env.sandbox().exchanges().len();
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let sent = env.sandbox().exchanges().len() - before;
    assert_eq!(sent as u64, plan["requests"]["made"].as_u64().unwrap() + 2);
    assert_eq!(env.requests("GET", "/1002/").len(), 2);
}

/// Applies a plan for `dnd`, which somebody switches on in the app after the plan was made.
fn dnd_switched(asked: &Value) -> (Vec<&'static str>, TestEnv) {
    let env = TestEnv::new(single_user_seed(json!([])));
    let file = json!({ "extension": "101", "states": { "dnd": asked } });
    env.write("users/alex.yaml", &file.to_string());
    let outcomes = env.block_on(async {
        let client = client(&env.sandbox().url());
        let desired = desired(&env, &client).await;
        let plan = plan(&client, &desired).await.unwrap();
        env.sandbox().edit(|account| {
            let states = &mut account.extensions[0].states;
            let dnd = states.entry("dnd").or_insert_with(|| json!({}));
            dnd["enabled"] = json!(true);
        });
        let directory = client.directory().await.unwrap();
        words(&engine::apply(&client, &plan, &directory, &()).await)
    });
    (outcomes, env)
}

#[test]
fn a_switch_in_the_app_stands_in_the_way_of_its_own_state_alone() {
    let rule = json!({ "dispatching": { "terminate": { "phoneNumber": "+14082324343" } } });
    let (outcomes, env) = dnd_switched(&rule);
    assert_eq!(outcomes, ["done"]);
    assert_eq!(env.user("101")["states"]["dnd"]["enabled"], true);

    let mut both = rule;
    both["enabled"] = json!(true);
    let (outcomes, env) = dnd_switched(&both);
    assert_eq!(outcomes, ["refused", "refused"]);
    assert!(env.requests("PATCH", "").is_empty());
}

#[test]
fn a_user_who_cannot_be_read_again_is_not_written() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &file("101", &["A", "B"]));
    let outcomes = |env: &TestEnv, broken: bool| {
        env.block_on(async {
            let client = client(&env.sandbox().url());
            let desired = desired(env, &client).await;
            let mut plan = plan(&client, &desired).await.unwrap();
            if broken {
                // The path of a user who is not there.
                plan.users[0].id.0.push('0');
            }
            let directory = client.directory().await.unwrap();
            words(&engine::apply(&client, &plan, &directory, &()).await)
        })
    };
    assert_eq!(outcomes(&env, true), ["failed", "not tried"]);
    assert!(env.requests("POST", "/1001/").is_empty());
    assert_eq!(outcomes(&env, false), ["done", "done"]);
}

#[test]
fn a_plan_that_does_not_say_what_it_saw_is_refused() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", &file("101", &["A"]));
    let outcomes = env.block_on(async {
        let client = client(&env.sandbox().url());
        let desired = desired(&env, &client).await;
        let mut plan = plan(&client, &desired).await.unwrap();
        plan.users[0].seen = engine::Seen::default();
        let directory = client.directory().await.unwrap();
        words(&engine::apply(&client, &plan, &directory, &()).await)
    });
    assert_eq!(outcomes, ["refused"]);
    assert!(env.requests("POST", "/1001/").is_empty());
}
