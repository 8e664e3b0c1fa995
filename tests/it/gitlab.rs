//! The pipeline that `docs/guides/gitlab.md` gives: who gets what, and that what is applied was shown.

use std::process::Command;

use serde_json::{Value, json};

use crate::docs::blocks;

const JOBS: [&str; 5] = ["check", "plan", "plan-merged", "apply", "drift"];

fn pipeline() -> Value {
    let blocks = blocks("docs/guides/gitlab.md", "yaml");
    let [block] = &blocks[..] else {
        panic!("{} blocks", blocks.len());
    };
    serde_yaml::from_str(&block.text).unwrap()
}

/// The lines of a list of scripts.
fn script(of: &Value) -> String {
    let lines = of.as_array().unwrap().iter();
    lines
        .map(|line| format!("{}\n", line.as_str().unwrap()))
        .collect()
}

/// The credentials are variables of the two environments, so a job has those of its own alone.
#[test]
fn only_apply_may_write_and_no_fork_has_anything() {
    let pipeline = pipeline();
    let environments = JOBS.map(|job| pipeline[job]["environment"]["name"].clone());
    assert_eq!(
        json!(environments),
        json!([null, "plan", "plan", "apply", "plan"])
    );
    let variables = pipeline["variables"].as_object().unwrap();
    let secret = variables
        .keys()
        .find(|name| name.starts_with("RC_") && *name != "RC_SERVER_URL");
    assert_eq!(secret, None);
    let rules = &pipeline["plan"]["rules"];
    assert_eq!(rules.as_array().unwrap().len(), 1);
    let rule = rules[0]["if"].as_str().unwrap();
    assert!(
        rule.contains("&& $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"),
        "{rule}"
    );
    for job in ["plan-merged", "apply"] {
        let rule = pipeline[job]["rules"][0]["if"].as_str().unwrap();
        assert!(
            rule.starts_with("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH &&"),
            "{rule}"
        );
    }
}

#[test]
fn what_is_applied_is_the_plan_of_the_same_pipeline() {
    let pipeline = pipeline();
    let [plan, apply] = ["plan-merged", "apply"].map(|job| &pipeline[job]);
    assert_eq!(plan["artifacts"]["paths"], json!(["plan.json"]));
    assert_eq!(apply["needs"], json!(["check", "plan-merged"]));
    assert_eq!(apply["rules"][0]["when"], "manual");
    assert_eq!(apply["resource_group"], plan["resource_group"]);
    assert!(script(&apply["script"]).starts_with("callrules apply plan.json "));
    assert_eq!(apply["artifacts"]["when"], "always");
    assert_eq!(apply["artifacts"]["paths"], json!(["journal.jsonl"]));
    let junit = &pipeline["check"]["artifacts"]["reports"]["junit"];
    let written = format!(
        "callrules test --format junit > {}\n",
        junit.as_str().unwrap()
    );
    assert!(script(&pipeline["check"]["script"]).contains(&written));
}

/// It takes the release that this is, and a shell can read each of its scripts.
#[test]
fn the_scripts_are_scripts() {
    let pipeline = pipeline();
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    assert_eq!(pipeline["variables"]["CALLRULES_VERSION"], version);
    let before = script(&pipeline["default"]["before_script"]);
    for job in JOBS {
        let text = before.clone() + &script(&pipeline[job]["script"]);
        let Ok(read) = Command::new("sh").args(["-n", "-c", &text]).output() else {
            println!("skipped: the scripts for GitLab, for there is no `sh`");
            return;
        };
        assert!(read.status.success(), "{job}: {read:?}");
    }
}
