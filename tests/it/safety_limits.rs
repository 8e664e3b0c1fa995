//! Plans that `apply` refuses until a flag allows them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::apply::{last_paragraph, problem_lines};
use crate::support::{TestEnv, forwarding, single_user_seed};

/// Starts an account where 101 has rules, and a repository that deletes all of them.
fn start_with_undeclared_rules(count: usize) -> TestEnv {
    let rules: Vec<Value> = (0..count)
        .map(|n| forwarding(&format!("R{n}"), "+1650", "+14082324343"))
        .collect();
    let env = TestEnv::new(single_user_seed(json!(rules)));
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    env
}

#[test]
fn apply_refuses_many_deletes_until_flags_allow_them() {
    let env = start_with_undeclared_rules(6);
    let plan = env.plan();
    let guards = plan["guards"].as_array().unwrap();
    let codes: Vec<_> = guards.iter().map(|guard| &guard["code"]).collect();
    assert_eq!(codes, ["deletes", "emptied"]);
    let flags: Vec<_> = guards.iter().map(|guard| &guard["flag"]).collect();
    assert_eq!(flags, ["--max-deletes 6", "--max-users-emptied 1"]);
    let messages = guards
        .iter()
        .map(|guard| guard["message"].as_str().unwrap());
    let messages: Vec<&str> = messages.collect();
    insta::assert_snapshot!(messages.join("\n"), @"
    it deletes 6 of 6 interaction rules (limit: 4)
    it removes the last interaction rule of 1 user: 101 (limit: 0)
    ");
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.out, @"
    Alex Morgan · 101
      - interaction rule  R0  (not in the file; deleted because of `prune: all`)
      - interaction rule  R1  (not in the file; deleted because of `prune: all`)
      - interaction rule  R2  (not in the file; deleted because of `prune: all`)
      - interaction rule  R3  (not in the file; deleted because of `prune: all`)
      - interaction rule  R4  (not in the file; deleted because of `prune: all`)
      - interaction rule  R5  (not in the file; deleted because of `prune: all`)
      What callers will notice
            calls from numbers that start with +1650: now: +1 408-232-4343 → after: handled by work hours or after hours

    Plan: 6 to delete for 1 of 1 user
    Used 4 API requests; apply will need about 8
    ! apply will refuse this plan: it deletes 6 of 6 interaction rules (limit: 4); `--max-deletes 6` allows it
    ! apply will refuse this plan: it removes the last interaction rule of 1 user: 101 (limit: 0); `--max-users-emptied 1` allows it
    ");

    let mut errors = String::new();
    for flags in [
        &[][..],
        &["--max-deletes", "6"],
        &["--max-users-emptied", "1"],
        &["--max-users-emptied", "1", "--max-deletes", "5"],
    ] {
        let run = env.run(&[&["apply", "--auto-approve"], flags].concat());
        assert_eq!(run.code, 1);
        writeln!(errors, "{flags:?}:\n{}", problem_lines(&run.err)).unwrap();
    }
    insta::assert_snapshot!(errors, @r#"
    []:
    error: refusing this plan: it deletes 6 of 6 interaction rules (limit: 4); it removes the last interaction rule of 1 user: 101 (limit: 0)
    help: check the plan; if it is right, allow it with `--max-deletes 6 --max-users-emptied 1`

    ["--max-deletes", "6"]:
    error: refusing this plan: it removes the last interaction rule of 1 user: 101 (limit: 0)
    help: check the plan; if it is right, allow it with `--max-users-emptied 1`

    ["--max-users-emptied", "1"]:
    error: refusing this plan: it deletes 6 of 6 interaction rules (limit: 4)
    help: check the plan; if it is right, allow it with `--max-deletes 6`

    ["--max-users-emptied", "1", "--max-deletes", "5"]:
    error: refusing this plan: it deletes 6 of 6 interaction rules (limit: 5)
    help: check the plan; if it is right, allow it with `--max-deletes 6`
    "#);
    assert_eq!(env.requests("DELETE", "").len(), 0);

    let both = ["--max-deletes", "6", "--max-users-emptied", "1"];
    let run = env.run(&[&["apply", "--auto-approve"][..], &both].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(env.requests("DELETE", "").len(), 6);
}

#[test]
fn apply_refuses_saved_plan_until_flag_allows_it() {
    let env = start_with_undeclared_rules(1);
    let file = env.path().join("plan.json");
    let file = file.to_str().unwrap();
    let run = env.run(&["plan", "--out", file]);
    // The command to apply the plan is left out.
    insta::assert_snapshot!(last_paragraph(&run.out).replace(file, "plan.json"), @"
    Plan: 1 to delete for 1 of 1 user
    Used 4 API requests; apply will need about 3
    ! apply will refuse this plan: it removes the last interaction rule of 1 user: 101 (limit: 0); `--max-users-emptied 1` allows it
    Saved to plan.json.
    ");
    let run = env.run(&["apply", file, "--auto-approve"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"
    error: refusing this plan: it removes the last interaction rule of 1 user: 101 (limit: 0)
    help: check the plan; if it is right, allow it with `--max-users-emptied 1`
    ");
    assert_eq!(env.requests("DELETE", "").len(), 0);
    let run = env.run(&["apply", file, "--auto-approve", "--max-users-emptied", "1"]);
    assert_eq!(run.code, 0, "{}", run.err);
}
