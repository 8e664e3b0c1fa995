//! The GitLab pipeline in `docs/guides/gitlab.md`: which jobs get credentials, and that `apply`
//! uses the plan that was shown.

use serde_json::{Value, json};

use crate::docs::blocks;

const JOBS: [&str; 5] = ["check", "plan", "plan-merged", "apply", "drift"];

/// Parses the only YAML block of the page.
fn parse_pipeline() -> Value {
    let blocks = blocks("docs/guides/gitlab.md", "yaml");
    let [block] = &blocks[..] else {
        panic!("expected 1 YAML block, found {}", blocks.len());
    };
    serde_yaml::from_str(&block.text).unwrap()
}

/// Joins the lines of a `script` or `before_script`.
fn join_script(commands: &Value) -> String {
    commands
        .as_array()
        .unwrap()
        .iter()
        .map(|line| format!("{}\n", line.as_str().unwrap()))
        .collect()
}

/// The credentials are variables of the environments `plan` and `apply`, so a job gets only those
/// of its own environment.
#[test]
fn pipeline_gives_write_access_to_apply_only_and_nothing_to_forks() {
    let pipeline = parse_pipeline();
    let environments = JOBS.map(|job| pipeline[job]["environment"]["name"].clone());
    assert_eq!(
        json!(environments),
        json!([null, "plan", "plan", "apply", "plan"])
    );
    let secret = pipeline["variables"]
        .as_object()
        .unwrap()
        .keys()
        .find(|name| name.starts_with("RC_") && *name != "RC_SERVER_URL");
    assert_eq!(secret, None);
    let rules = pipeline["plan"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    let condition = rules[0]["if"].as_str().unwrap();
    assert!(
        condition.contains("&& $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"),
        "{condition}"
    );
    for job in ["plan-merged", "apply"] {
        let condition = pipeline[job]["rules"][0]["if"].as_str().unwrap();
        assert!(
            condition.starts_with("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH &&"),
            "{condition}"
        );
    }
}

#[test]
fn pipeline_applies_the_plan_of_the_same_pipeline() {
    let pipeline = parse_pipeline();
    let [plan, apply] = ["plan-merged", "apply"].map(|job| &pipeline[job]);
    assert_eq!(plan["artifacts"]["paths"], json!(["plan.json"]));
    assert_eq!(apply["needs"], json!(["check", "plan-merged"]));
    assert_eq!(apply["rules"][0]["when"], "manual");
    assert_eq!(apply["resource_group"], plan["resource_group"]);
    assert!(join_script(&apply["script"]).starts_with("callrules apply plan.json "));
    assert_eq!(apply["artifacts"]["when"], "always");
    assert_eq!(apply["artifacts"]["paths"], json!(["journal.jsonl"]));
    let junit_path = pipeline["check"]["artifacts"]["reports"]["junit"]
        .as_str()
        .unwrap();
    let test_command = format!("callrules test --format junit > {junit_path}\n");
    assert!(join_script(&pipeline["check"]["script"]).contains(&test_command));
}

#[test]
fn pipeline_installs_the_current_version() {
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    assert_eq!(parse_pipeline()["variables"]["CALLRULES_VERSION"], version);
}

#[cfg(unix)]
#[test]
fn pipeline_scripts_are_valid_shell() {
    let pipeline = parse_pipeline();
    let before = join_script(&pipeline["default"]["before_script"]);
    for job in JOBS {
        let script = before.clone() + &join_script(&pipeline[job]["script"]);
        let syntax_check = std::process::Command::new("sh")
            .args(["-n", "-c", &script])
            .output()
            .unwrap();
        assert!(syntax_check.status.success(), "{job}: {syntax_check:?}");
    }
}
