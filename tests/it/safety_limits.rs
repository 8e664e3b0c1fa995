//! Plans that `apply` refuses until a flag allows them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::apply::{last_paragraph, problem_lines};
use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

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
    1 of 1 user changes.

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

/// Returns a seed with this number of users, each with one rule for each number of `rules`.
fn seed_with_users(users: usize, rules: usize) -> Value {
    let rules: Vec<Value> = (0..rules)
        .map(|n| {
            forwarding(
                &format!("R{n}"),
                &format!("+165055501{n:02}"),
                "+14082324343",
            )
        })
        .collect();
    let extensions: Vec<Value> = (0..users)
        .map(|n| {
            json!({
                "id": (1000 + n).to_string(), "extensionNumber": (100 + n).to_string(),
                "name": format!("User {n}"), "interactionRules": rules,
            })
        })
        .collect();
    json!({ "account": { "id": ACCOUNT, "name": "Test" }, "extensions": extensions })
}

/// Starts an account with users who all have the profile `all`.
fn start_with_profile(users: usize, rules: usize, profile: &str) -> TestEnv {
    let env = TestEnv::new(seed_with_users(users, rules));
    env.write("profiles/all.yaml", profile);
    for n in 0..users {
        let number = 100 + n;
        let text = format!("extension: \"{number}\"\nprofiles: [all]\n");
        env.write(&format!("users/{number}.yaml"), &text);
    }
    env
}

/// Returns the flags of the guards of a plan.
fn guard_flags(env: &TestEnv) -> Vec<String> {
    let plan = env.plan();
    let guards = plan["guards"].as_array().unwrap().iter();
    guards
        .map(|guard| guard["flag"].as_str().unwrap().to_owned())
        .collect()
}

const SCREENED: &str = "interactionRules:\n  Night:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: RingAtOnce, ring: [{ targets: [mobileApps], seconds: 40 }] }\n";

const ALL_TO_NUMBER: &str = "states:\n  forward-all-calls:\n    enabled: true\n    dispatching:\n      type: Terminate\n      terminate: { phoneNumber: \"+14085550199\" }\n";

#[test]
fn more_than_fifty_deletes_need_a_flag_whatever_their_share() {
    // Three of twelve rules of each user: a quarter.
    let names: String = (0..3).map(|n| format!("  R{n}: null\n")).collect();
    let profile = format!("prune: none\ninteractionRules:\n{names}");
    let env = start_with_profile(17, 12, &profile);
    assert_eq!(guard_flags(&env), ["--max-deletes 51"]);
    env.write("users/116.yaml", "extension: \"116\"\nstates: {}\n");
    assert_eq!(guard_flags(&env), [""; 0]);
}

#[test]
fn limits_of_the_repository_apply_until_a_flag_lifts_them() {
    let env = start_with_profile(3, 2, SCREENED);
    let settings = |limits: &str| {
        let text = format!("account: \"{ACCOUNT}\"\nprune: none\nlimits: {limits}\n");
        env.write("callrules.yaml", &text);
    };
    settings("{ users: 2, deletes: 0 }");
    assert_eq!(guard_flags(&env), ["--max-users 3"]);
    let file = env.path().join("p.json").display().to_string();
    assert_eq!(env.run(&["plan", "--out", &file]).code, 0);
    for arguments in [
        &["apply", "--auto-approve"][..],
        &["apply", &file, "--auto-approve"],
        &["apply", "--auto-approve", "--max-users", "1"],
    ] {
        let run = env.run(arguments);
        assert_eq!(run.code, 1, "{arguments:?}");
        assert!(problem_lines(&run.err).contains("it changes 3 of 3 users"));
    }
    let run = env.run(&["apply", "--auto-approve", "--max-users", "3"]);
    assert_eq!(run.code, 0, "{}", run.err);
    env.write("profiles/all.yaml", "interactionRules: { Night: null }\n");
    assert_eq!(guard_flags(&env), ["--max-deletes 3", "--max-users 3"]);
    settings("{ users: 3, deletes: 3, silenced: 0 }");
    assert_eq!(guard_flags(&env), [""; 0]);
    env.write("profiles/all.yaml", ALL_TO_NUMBER);
    assert_eq!(guard_flags(&env), ["--max-silenced 3"]);
}

#[test]
fn unknown_and_negative_limits_are_errors() {
    let env = start_with_profile(1, 0, SCREENED);
    for limits in ["{ user: 2 }", "{ users: -1 }", "{ users: many }", "5"] {
        let text = format!("account: \"{ACCOUNT}\"\nprune: none\nlimits: {limits}\n");
        env.write("callrules.yaml", &text);
        let run = env.run(&["validate"]);
        assert_eq!(run.code, 1, "{limits}: {}", run.out);
        assert!(run.out.contains("callrules.yaml:3:"), "{}", run.out);
    }
}

#[test]
fn silencing_many_users_needs_a_flag() {
    let env = start_with_profile(8, 0, ALL_TO_NUMBER);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"
    warning[W0120]: forward-all-calls is on without an end
     --> profiles/all.yaml:3:5
      |
    3 |     enabled: true
      |     ^^^^^^^ every call is forwarded until someone switches it off
      |
     ::: users/100.yaml:2:1
      |
    2 | profiles: [all]
      | -------- used here
      |
      = help: add its dates, such as `schedule: { ranges: [{ end: 2027-01-31 }] }`

    1 warning in 1 of 9 files
    Run `callrules explain W0120` for details
    error: refusing this plan: phones of 8 of 8 users stop ringing at times when they rang, or their callers no longer reach a person or voicemail: 100, 101, 102, 103, 104, … (limit: 4)
    help: check the plan; if it is right, allow it with `--max-silenced 8`
    ");
    let run = env.run(&["apply", "--auto-approve", "--max-silenced", "8"]);
    assert_eq!(run.code, 0, "{}", run.err);

    let env = start_with_profile(
        8,
        0,
        "interactionRules:\n  Blocked:\n    conditions: { callerIds: [\"+1650555\"] }\n    dispatching: { type: Terminate, terminate: announcement }\n",
    );
    assert_eq!(guard_flags(&env), ["--max-silenced 8"]);
    let elsewhere = "interactionRules:\n  VIP:\n    conditions: { callerIds: [\"+1650555\"] }\n    dispatching: { type: Terminate, terminate: { phoneNumber: \"+14085550199\" } }\n";
    env.write("profiles/all.yaml", elsewhere);
    assert_eq!(guard_flags(&env), [""; 0]);
    let env = start_with_profile(4, 0, ALL_TO_NUMBER);
    assert_eq!(guard_flags(&env), [""; 0]);
}

#[test]
fn closing_on_days_of_a_calendar_needs_no_flag() {
    let closed = |schedule: &str| {
        format!(
            "interactionRules:\n  Closed:\n    conditions: {{ schedule: {schedule} }}\n    dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    let env = start_with_profile(8, 0, &closed("{ calendar: holidays }"));
    env.write(
        "calendars/holidays.yaml",
        "Eve: 2026-12-24\nChristmas: { start: 2026-12-25, end: 2026-12-26 }\nNew year: 2027-01-01\n",
    );
    assert_eq!(guard_flags(&env), [""; 0]);
    env.write(
        "profiles/all.yaml",
        &closed("{ ranges: [{ start: 2026-12-24, end: 2026-12-27 }] }"),
    );
    assert_eq!(guard_flags(&env), ["--max-silenced 8"]);
}

#[test]
fn first_line_of_a_plan_shows_its_extent_and_a_new_number_of_many_users() {
    let first_lines = |users| {
        let env = start_with_profile(users, 0, ALL_TO_NUMBER);
        let human = env.run(&["plan"]).out;
        let markdown = env.run(&["plan", "--format", "markdown"]).out;
        let first = |text: &str, count| text.lines().take(count).collect::<Vec<_>>().join("\n");
        format!("{}\n{}", first(&human, 1), first(&markdown, 3))
    };
    insta::assert_snapshot!(first_lines(20), @"
    20 of 20 users change.
    ### Plan: 40 to update for 20 of 20 users · 1 warning

    For account 37439510. Nothing has changed yet. Applying this plan will take about 2 minutes, at 40 requests a minute.
    ");
    insta::assert_snapshot!(first_lines(21), @"
    21 of 21 users change. Calls of 21 users go to +1 408-555-0199, which gets none of them now.
    ### Plan: 42 to update for 21 of 21 users · 1 warning

    **Calls of 21 users go to +1 408-555-0199, which gets none of them now.**
    ");
}
