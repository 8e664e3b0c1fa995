//! The examples, as a newcomer meets them.

use tempfile::TempDir;

use crate::support::{TestEnv, command, copy};

#[test]
fn acme_has_work_for_every_verb_and_one_apply_does_it() {
    let env = TestEnv::example("acme");
    let plan = env.plan();
    assert_eq!(
        plan["summary"],
        serde_json::json!({ "create": 3, "update": 8, "delete": 1, "users": 4 })
    );
    env.apply();
    let sent = |method: &str| env.requests(method, "/comm-handling/").len();
    assert_eq!((sent("POST"), sent("PATCH"), sent("DELETE")), (3, 8, 1));
}

#[test]
fn the_plan_of_acme_in_a_pull_request() {
    let env = TestEnv::example("acme");
    let run = env.run(&["plan", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(env.without_paths(&run.out));
}

#[test]
fn a_comment_in_a_pull_request_is_never_too_long() {
    let env = TestEnv::example("holidays");
    let calendar = "calendars/us-holidays.yaml";
    let dates = std::fs::read_to_string(env.path().join(calendar)).unwrap();
    env.write(
        calendar,
        &dates.replace("2026-12-24T12:00", "2026-12-24T08:00"),
    );
    let run = env.run(&["plan", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let length = run.out.chars().count();
    assert!(length < 65_536, "{length}");
    let changed = env.plan()["summary"]["users"].as_u64().unwrap();
    // What is the same for many is told once.
    let told = run.out.matches("<details>").count();
    assert!(changed > 250 && told > 0 && told < 20, "{changed}, {told}");
    assert!(!run.out.contains(" more, which `callrules plan` tells."));
    assert!(run.out.contains("apply will refuse") || run.out.ends_with("does.\n"));
}

#[test]
fn the_plan_of_acme_reads_well() {
    let env = TestEnv::example("acme");
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(env.without_paths(&run.out));
}

#[test]
fn a_full_read_costs_a_token_an_account_a_directory_the_names_and_two_lists_a_user() {
    let env = TestEnv::example("acme");
    env.plan();
    // The greetings for three places, and Alex's devices, are said by name.
    let names = 3 + 1;
    // Alex: both families. Priya: rules alone. Sam and Jo: both.
    let asked = env.sandbox().exchanges();
    assert_eq!(asked.len(), 3 + names + 2 + 1 + 2 + 2, "{asked:#?}");
}

#[test]
fn the_embedded_sandbox_tells_a_story_from_plan_to_plan() {
    let folder = TempDir::new().unwrap();
    copy("examples/acme".as_ref(), folder.path());
    let code = |arguments: &[&str]| {
        let mut command = command();
        command
            .arg("-C")
            .arg(folder.path())
            .arg("--sandbox")
            .args(arguments);
        command.output().unwrap().status.code()
    };
    assert_eq!(code(&["plan", "--detailed-exitcode"]), Some(2));
    assert_eq!(code(&["apply", "--auto-approve"]), Some(0));
    assert_eq!(code(&["plan", "--detailed-exitcode"]), Some(0));
}
