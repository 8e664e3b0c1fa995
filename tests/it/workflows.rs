//! The GitHub workflows of this repository and those in `examples/github`: permissions and secrets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const ACTION: &str = ".github/actions/callrules/action.yml";
/// Is true for a pull request from a branch of the repository, and false for one from a fork.
const SAME_REPOSITORY: &str = "github.event.pull_request.head.repo.full_name == github.repository";

fn read_yaml(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    let text = fs::read_to_string(path).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Returns the workflows of a folder, by file name.
fn read_workflows(folder: &str) -> BTreeMap<String, Value> {
    let workflows: BTreeMap<_, _> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, read_yaml(entry.path()))
        })
        .collect();
    assert!(!workflows.is_empty(), "{folder}");
    workflows
}

fn read_all_workflows() -> BTreeMap<String, Value> {
    let mut workflows = read_workflows("examples/github");
    assert!(
        workflows
            .keys()
            .eq(["adopt.yml", "apply.yml", "drift.yml", "plan.yml"]),
        "{:?}",
        workflows.keys()
    );
    workflows.extend(read_workflows(".github/workflows"));
    workflows
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let jobs = workflow["jobs"].as_object().unwrap();
    jobs.iter().map(|(name, job)| (&**name, job))
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().unwrap().iter()
}

/// Returns whether an action is used at a commit or a version tag, and not at a branch.
fn is_pinned(uses: &str) -> bool {
    let Some((_, reference)) = uses.split_once('@') else {
        return false;
    };
    let is_commit = reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit());
    let version = reference.strip_prefix('v').unwrap_or_default();
    is_commit || (!version.is_empty() && version.split('.').all(|part| part.parse::<u32>().is_ok()))
}

#[test]
fn only_commits_and_version_tags_are_pinned() {
    for (uses, expected) in [
        ("a/b@v4", true),
        ("a/b/c@v0.1.0", true),
        ("a/b@main", false),
        ("a/b@vnext", false),
        ("a/b", false),
    ] {
        assert_eq!(is_pinned(uses), expected, "{uses}");
    }
}

#[test]
fn jobs_have_timeouts_pinned_actions_and_no_expressions_in_scripts() {
    for (name, workflow) in read_all_workflows() {
        for (id, job) in jobs(&workflow) {
            assert!(job["timeout-minutes"].is_u64(), "{name}: {id}");
            for step in steps(job) {
                assert_step_is_safe(&name, step);
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/checkout@") {
                    assert_eq!(step["with"]["persist-credentials"], false, "{name}: {id}");
                }
            }
        }
    }
    for step in steps(&read_yaml(ACTION)["runs"]) {
        assert_step_is_safe(ACTION, step);
    }
}

/// Asserts that a step uses a pinned action, or a script into which GitHub inserts no text.
fn assert_step_is_safe(name: &str, step: &Value) {
    match step["uses"].as_str() {
        Some(uses) => assert!(is_pinned(uses), "{name}: {uses}"),
        None => {
            let run = step["run"].as_str().unwrap();
            assert!(!run.contains("${{"), "{name}: {run}");
        }
    }
}

/// The events exclude those that run the code of a fork with write access, such as
/// `pull_request_target`.
#[test]
fn workflows_have_minimal_permissions_and_safe_events() {
    let mut extra_permissions = Vec::new();
    for (name, workflow) in read_all_workflows() {
        assert_eq!(
            workflow["permissions"],
            json!({ "contents": "read" }),
            "{name}"
        );
        for event in workflow["on"].as_object().unwrap().keys() {
            let allowed = ["pull_request", "push", "schedule", "workflow_dispatch"];
            assert!(allowed.contains(&&**event), "{name}: {event}");
        }
        for (id, job) in jobs(&workflow) {
            if !job["permissions"].is_null() {
                extra_permissions.push((format!("{name} {id}"), job["permissions"].clone()));
            }
        }
    }
    let expected = [
        (
            "adopt.yml adopt",
            json!({ "contents": "write", "pull-requests": "write" }),
        ),
        (
            "drift.yml drift",
            json!({ "contents": "read", "issues": "write" }),
        ),
        (
            "plan.yml plan",
            json!({ "contents": "read", "pull-requests": "write" }),
        ),
        (
            "release.yml build",
            json!({ "contents": "read", "id-token": "write", "attestations": "write" }),
        ),
        ("release.yml publish", json!({ "contents": "write" })),
        (
            "release.yml crate",
            json!({ "contents": "read", "id-token": "write" }),
        ),
        (
            "release.yml image",
            json!({
                "contents": "read", "packages": "write", "id-token": "write", "attestations": "write",
            }),
        ),
        ("release.yml announce", json!({ "contents": "write" })),
    ];
    assert_eq!(
        extra_permissions,
        expected.map(|(job, permissions)| (job.to_owned(), permissions))
    );
}

/// Secrets are set only in the environment of single steps, in jobs with a deployment environment.
/// A workflow that starts on pull requests does not run these jobs for forks.
#[test]
fn secrets_are_not_available_to_forks() {
    let mut jobs_with_secrets = Vec::new();
    for (name, workflow) in read_all_workflows() {
        let mut without_steps = workflow.clone();
        for (id, job) in jobs(&workflow) {
            without_steps["jobs"][id]["steps"] = Value::Null;
            for step in steps(job).filter(|step| step.to_string().contains("secrets")) {
                let mut without_env = step.clone();
                without_env["env"] = Value::Null;
                assert!(
                    !without_env.to_string().contains("secrets"),
                    "{name}: {without_env}"
                );
                let events = workflow["on"].as_object().unwrap();
                if events.contains_key("pull_request") {
                    let condition = job["if"].as_str().unwrap_or_default();
                    let excludes_forks =
                        condition.starts_with(SAME_REPOSITORY) && !condition.contains("||");
                    assert!(excludes_forks, "{name}: {id}");
                }
                let environment = job["environment"].as_str().unwrap();
                let names: Vec<&String> = step["env"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(_, value)| value.as_str().unwrap_or_default().contains("secrets"))
                    .map(|(variable, _)| variable)
                    .collect();
                jobs_with_secrets.push((format!("{name} {environment}"), json!(names)));
            }
        }
        assert!(!without_steps.to_string().contains("secrets."), "{name}");
    }
    let credentials = json!(["RC_APP_CLIENT_ID", "RC_APP_CLIENT_SECRET", "RC_USER_JWT"]);
    assert_eq!(
        jobs_with_secrets,
        [
            ("adopt.yml plan".to_owned(), credentials.clone()),
            ("apply.yml plan".to_owned(), credentials.clone()),
            ("apply.yml apply".to_owned(), credentials.clone()),
            ("drift.yml plan".to_owned(), credentials.clone()),
            ("drift.yml plan".to_owned(), json!(["WEBHOOK"])),
            ("plan.yml plan".to_owned(), credentials),
        ]
    );
}

#[test]
fn apply_workflow_applies_the_approved_plan() {
    let workflow = &read_workflows("examples/github")["apply.yml"];
    assert_eq!(workflow["on"]["push"]["branches"], json!(["main"]));
    assert_eq!(workflow["concurrency"]["cancel-in-progress"], false);
    let [plan_job, apply_job] = ["plan", "apply"].map(|id| &workflow["jobs"][id]);
    assert_eq!(plan_job["if"], "github.ref == 'refs/heads/main'");
    assert_eq!(apply_job["needs"], "plan");
    assert_eq!(apply_job["if"], "needs.plan.outputs.has-changes == 'true'");
    let upload_plan = step_using(plan_job, "actions/upload-artifact@");
    assert_eq!(
        upload_plan["with"]["path"],
        "${{ steps.plan.outputs.plan }}"
    );
    let download_plan = step_using(apply_job, "actions/download-artifact@");
    assert_eq!(download_plan["with"]["name"], upload_plan["with"]["name"]);
    // Without `run-id`, the artifact is one of the same run.
    assert!(download_plan["with"]["run-id"].is_null());
    let folder = download_plan["with"]["path"].as_str().unwrap();
    let apply = step_using(apply_job, "YOUR_ORG/callrules/");
    assert_eq!(apply["id"], "apply");
    assert_eq!(apply["with"]["plan"], format!("{folder}/plan.json"));
    let upload_journal = step_using(apply_job, "actions/upload-artifact@");
    assert_eq!(
        upload_journal["with"]["path"],
        "${{ steps.apply.outputs.journal }}"
    );
    // The journal is also kept if the run failed or was canceled.
    let condition = upload_journal["if"].as_str().unwrap();
    assert!(condition.starts_with("always() && "), "{condition}");
}

/// Returns the only step of a job that uses an action whose name starts so.
fn step_using<'a>(job: &'a Value, action: &str) -> &'a Value {
    let matching: Vec<&Value> = steps(job)
        .filter(|step| {
            step["uses"]
                .as_str()
                .unwrap_or_default()
                .starts_with(action)
        })
        .collect();
    let [step] = matching[..] else {
        panic!("{} steps use {action}", matching.len());
    };
    step
}

#[test]
fn examples_use_existing_inputs_and_outputs_of_the_current_action() {
    let action = read_yaml(ACTION);
    let release = format!(
        "YOUR_ORG/callrules/.github/actions/callrules@v{}",
        env!("CARGO_PKG_VERSION")
    );
    let mut uses_count = 0;
    for (name, workflow) in read_workflows("examples/github") {
        for (_, job) in jobs(&workflow) {
            for step in steps(job).filter(|step| step.to_string().contains("YOUR_ORG")) {
                assert_eq!(step["uses"], release, "{name}");
                for input in step["with"].as_object().unwrap().keys() {
                    assert!(!action["inputs"][input].is_null(), "{name}: {input}");
                }
                uses_count += 1;
            }
            let job_text = job.to_string();
            for id in ["plan", "apply"] {
                for rest in job_text.split(&format!("steps.{id}.outputs.")).skip(1) {
                    let end = rest
                        .find(|c: char| !c.is_ascii_lowercase() && c != '-')
                        .unwrap();
                    let output = &rest[..end];
                    assert!(!action["outputs"][output].is_null(), "{name}: {output}");
                }
            }
            // `changed-since` needs the whole history.
            for step in steps(job).filter(|step| !step["with"]["changed-since"].is_null()) {
                let checkout = steps(job).next().unwrap();
                assert_eq!(checkout["with"]["fetch-depth"], 0, "{name}: {step}");
            }
        }
    }
    assert_eq!(uses_count, 7);
}

#[test]
fn own_workflows_pin_actions_by_commit() {
    for (name, workflow) in read_workflows(".github/workflows") {
        for (_, job) in jobs(&workflow) {
            for uses in steps(job).filter_map(|step| step["uses"].as_str()) {
                let (_, commit) = uses.split_once('@').unwrap();
                let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
                assert!(is_commit, "{name}: {uses}");
            }
        }
    }
}

/// The environment of `crate` asks for an approval.
#[test]
fn release_publishes_nothing_before_the_approval() {
    let release = read_yaml(".github/workflows/release.yml");
    let needs = |job: &str| release["jobs"][job]["needs"].as_str().unwrap().to_owned();
    assert_eq!(release["jobs"]["crate"]["environment"], "crates-io");
    assert_eq!(needs("crate"), "publish");
    assert_eq!(needs("image"), "crate");
    assert_eq!(needs("announce"), "image");
    assert!(release.to_string().contains("--draft --verify-tag"));
}
