//! The workflows, of this repository and those that it hands out: what they may, and to whom they give what.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const ACTION: &str = ".github/actions/callrules/action.yml";
/// A pull request whose branch is in the repository itself: one from a fork has no secrets.
const OWN: &str = "github.event.pull_request.head.repo.full_name == github.repository";

fn yaml(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    let text = fs::read_to_string(path).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The workflows of a folder, by their file names.
fn workflows(folder: &str) -> BTreeMap<String, Value> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|e| (e.file_name().into_string().unwrap(), yaml(e.path())));
    let all: BTreeMap<_, _> = named.collect();
    assert!(!all.is_empty(), "{folder}");
    all
}

fn every_workflow() -> BTreeMap<String, Value> {
    let mut all = workflows("examples/github");
    assert!(
        all.keys().eq(["apply.yml", "drift.yml", "plan.yml"]),
        "{:?}",
        all.keys()
    );
    all.extend(workflows(".github/workflows"));
    all
}

fn jobs(workflow: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let jobs = workflow["jobs"].as_object().unwrap();
    jobs.iter().map(|(name, job)| (&**name, job))
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().unwrap().iter()
}

/// A commit, or a tag with a number in it: no branch.
fn is_pinned(uses: &str) -> bool {
    let Some((_, at)) = uses.split_once('@') else {
        return false;
    };
    let is_commit = at.len() == 40 && at.chars().all(|c| c.is_ascii_hexdigit());
    let number = at.strip_prefix('v').unwrap_or_default();
    is_commit || (!number.is_empty() && number.split('.').all(|part| part.parse::<u32>().is_ok()))
}

#[test]
fn what_runs_is_pinned_limited_and_takes_no_text_into_scripts() {
    for (uses, is_so) in [
        ("a/b@v4", true),
        ("a/b/c@v0.1.0", true),
        ("a/b@main", false),
        ("a/b@vnext", false),
        ("a/b", false),
    ] {
        assert_eq!(is_pinned(uses), is_so, "{uses}");
    }
    for (name, workflow) in every_workflow() {
        for (id, job) in jobs(&workflow) {
            assert!(job["timeout-minutes"].is_u64(), "{name}: {id}");
            for step in steps(job) {
                check(&name, step);
                let uses = step["uses"].as_str().unwrap_or_default();
                if uses.starts_with("actions/checkout@") {
                    assert_eq!(step["with"]["persist-credentials"], false, "{name}: {id}");
                }
            }
        }
    }
    steps(&yaml(ACTION)["runs"]).for_each(|step| check(ACTION, step));
}

fn check(name: &str, step: &Value) {
    match step["uses"].as_str() {
        Some(uses) => assert!(is_pinned(uses), "{name}: {uses}"),
        None => {
            let run = step["run"].as_str().unwrap();
            assert!(!run.contains("${{"), "{name}: {run}");
        }
    }
}

/// Also which events begin them: none of those that run strangers' code with the rights of this side.
#[test]
fn each_may_what_it_needs_and_nothing_else() {
    let mut more = Vec::new();
    for (name, workflow) in every_workflow() {
        assert_eq!(
            workflow["permissions"],
            json!({ "contents": "read" }),
            "{name}"
        );
        let events = workflow["on"].as_object().unwrap();
        for event in events.keys() {
            let known = ["pull_request", "push", "schedule", "workflow_dispatch"];
            assert!(known.contains(&&**event), "{name}: {event}");
        }
        for (id, job) in jobs(&workflow) {
            if !job["permissions"].is_null() {
                more.push((format!("{name} {id}"), job["permissions"].clone()));
            }
        }
    }
    let expected = [
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
            "release.yml image",
            json!({
                "contents": "read", "packages": "write", "id-token": "write", "attestations": "write",
            }),
        ),
        (
            "release.yml crate",
            json!({ "contents": "read", "id-token": "write" }),
        ),
        ("release.yml announce", json!({ "contents": "write" })),
    ];
    assert_eq!(more, expected.map(|(job, may)| (job.to_owned(), may)));
}

/// Secrets stand in the environment of single steps, in jobs with an environment, and where a pull request
/// begins the run only if it is no fork's.
#[test]
fn secrets_reach_no_fork() {
    let mut trusted = Vec::new();
    for (name, workflow) in every_workflow() {
        let mut beside = workflow.clone();
        for (id, job) in jobs(&workflow) {
            beside["jobs"][id]["steps"] = Value::Null;
            for step in steps(job).filter(|step| step.to_string().contains("secrets")) {
                let mut rest = step.clone();
                rest["env"] = Value::Null;
                assert!(!rest.to_string().contains("secrets"), "{name}: {rest}");
                let if_ = job["if"].as_str().unwrap_or_default();
                let events = workflow["on"].as_object().unwrap();
                if events.contains_key("pull_request") {
                    assert!(if_.starts_with(OWN) && !if_.contains("||"), "{name}: {id}");
                }
                let environment = job["environment"].as_str().unwrap();
                trusted.push(format!(
                    "{name} {environment} {}",
                    step["name"].as_str().unwrap()
                ));
            }
        }
        assert!(!beside.to_string().contains("secrets."), "{name}");
    }
    assert_eq!(
        trusted,
        [
            "apply.yml plan Plan",
            "apply.yml apply Apply",
            "drift.yml plan Plan",
            "drift.yml plan Notify chat",
            "plan.yml plan Plan"
        ]
    );
}

#[test]
fn what_is_applied_is_the_plan_that_was_agreed_to() {
    let workflow = &workflows("examples/github")["apply.yml"];
    assert_eq!(workflow["on"]["push"]["branches"], json!(["main"]));
    assert_eq!(workflow["concurrency"]["cancel-in-progress"], false);
    let [plan, apply] = ["plan", "apply"].map(|id| &workflow["jobs"][id]);
    assert_eq!(plan["if"], "github.ref == 'refs/heads/main'");
    assert_eq!(apply["needs"], "plan");
    assert_eq!(apply["if"], "needs.plan.outputs.has-changes == 'true'");
    let named = |job: &Value, name: &str| {
        let mut found = steps(job).filter(|step| step["name"] == name);
        found.next().unwrap().clone()
    };
    let keep = named(plan, "Upload the plan");
    assert_eq!(keep["with"]["path"], "${{ steps.plan.outputs.plan }}");
    let take = named(apply, "Download the plan");
    assert_eq!(take["with"]["name"], keep["with"]["name"]);
    // Of another run only with the id of that run.
    assert!(take["with"]["run-id"].is_null());
    let path = take["with"]["path"].as_str().unwrap();
    let applied = named(apply, "Apply")["with"]["plan"].clone();
    assert_eq!(applied, format!("{path}/plan.json"));
    let journal = named(apply, "Upload the journal");
    assert_eq!(
        journal["with"]["path"],
        "${{ steps.apply.outputs.journal }}"
    );
    // Also where the run was cancelled or has failed.
    assert!(journal["if"].as_str().unwrap().starts_with("always() && "));
}

/// The action is asked only for what it takes and gives, at the release that this is.
#[test]
fn the_action_is_used_as_it_is() {
    let action = yaml(ACTION);
    let release = format!(
        "YOUR_ORG/callrules/.github/actions/callrules@v{}",
        env!("CARGO_PKG_VERSION")
    );
    let mut used = 0;
    for (name, workflow) in workflows("examples/github") {
        for (_, job) in jobs(&workflow) {
            for step in steps(job).filter(|step| step.to_string().contains("YOUR_ORG")) {
                assert_eq!(step["uses"], release, "{name}");
                for input in step["with"].as_object().unwrap().keys() {
                    assert!(!action["inputs"][input].is_null(), "{name}: {input}");
                }
                used += 1;
            }
            let text = job.to_string();
            for id in ["plan", "apply"] {
                for after in text.split(&format!("steps.{id}.outputs.")).skip(1) {
                    let end = after
                        .find(|c: char| !c.is_ascii_lowercase() && c != '-')
                        .unwrap();
                    assert!(
                        !action["outputs"][&after[..end]].is_null(),
                        "{name}: {after}"
                    );
                }
            }
            // What the plan compares with must be there.
            for step in steps(job).filter(|s| !s["with"]["changed-since"].is_null()) {
                assert_eq!(
                    steps(job).next().unwrap()["with"]["fetch-depth"],
                    0,
                    "{name}: {step}"
                );
            }
        }
    }
    assert_eq!(used, 6);
}
