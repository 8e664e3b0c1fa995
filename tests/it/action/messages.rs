//! `comment.sh` and `issue.sh`: a pull request has one comment, and drift has one open issue.

use std::fs;

use serde_json::Value;

use super::Runner;
use super::github::{BOT, GitHubState, issue_or_comment};

const MARKER: &str = "<!-- callrules: . -->";

const CREATE_COMMENT: &str = "POST /repos/acme/phones/issues/5/comments";

fn bodies(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry["body"].as_str().unwrap())
        .collect()
}

/// Returns the body of the only comment.
#[track_caller]
fn only_comment(state: &GitHubState) -> &str {
    let [comment] = &bodies(&state.comments)[..] else {
        panic!("{:#?}", state.comments);
    };
    comment
}

/// Returns the requests that create or edit a comment or an issue.
fn write_requests(runner: &Runner) -> Vec<String> {
    runner
        .github
        .state()
        .requests
        .iter()
        .filter(|request| !request.starts_with("GET") && !request.ends_with("/graphql"))
        .cloned()
        .collect()
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn first_plan_creates_a_comment_and_later_plans_edit_it() {
    let mut runner = Runner::new();
    runner.set_fake_plan(1, "2");
    runner.plan_and_publish("comment.sh");
    let first_comment = only_comment(&runner.github.state()).to_owned();
    insta::assert_snapshot!(runner.stable_text(&first_comment), @"
    <!-- callrules: . -->
    ### Plan: 1 to create


    <sub>fedcba987654 · [run]([github]/acme/phones/actions/runs/77)</sub>
    ");

    runner.set_fake_plan(2, "2");
    runner.plan_and_publish("comment.sh");
    // A plan without changes edits an existing comment, although it would not create one.
    runner.set_fake_plan(0, "0");
    runner.plan_and_publish("comment.sh");
    let last_comment = only_comment(&runner.github.state()).to_owned();
    assert!(
        last_comment.contains("### Plan: 0 to create"),
        "{last_comment}"
    );
    let edit = "PATCH /repos/acme/phones/issues/comments/9000";
    assert_eq!(write_requests(&runner), [CREATE_COMMENT, edit, edit]);
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn own_comment_is_found_on_any_page_and_others_are_not_edited() {
    let mut runner = Runner::new();
    let mut comments: Vec<Value> = (1..=150)
        .map(|id| issue_or_comment(id, "jo", "hm"))
        .collect();
    let similar_comments = [
        issue_or_comment(200, "jo", &format!("{MARKER}\nof a user")),
        issue_or_comment(201, BOT, &format!("first line\n{MARKER}")),
        issue_or_comment(202, BOT, "<!-- callrules: other -->\nanother folder"),
        issue_or_comment(203, "other[bot]", &format!("{MARKER}\nof another bot")),
    ];
    comments.extend(similar_comments.clone());
    comments.extend((300..=400).map(|id| issue_or_comment(id, "jo", "hm")));
    comments.push(issue_or_comment(500, BOT, &format!("{MARKER}\r\nolder")));
    runner.github.state().comments = comments;
    runner.set_fake_plan(1, "2");
    runner.plan_and_publish("comment.sh");
    assert_eq!(
        write_requests(&runner),
        ["PATCH /repos/acme/phones/issues/comments/500"]
    );
    let state = runner.github.state();
    assert_eq!(state.comments[150..154], similar_comments);
    let page_requests = state
        .requests
        .iter()
        .filter(|request| request.contains("per_page=100&page="))
        .count();
    assert_eq!(page_requests, 3);
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn each_folder_and_each_name_has_its_own_comment() {
    let mut runner = Runner::new();
    runner.set_fake_plan(1, "2");
    for directory in ["phones/east", "phones/west", "--><b>", "phones/east"] {
        runner.set_variable("DIRECTORY", directory);
        runner.plan_and_publish("comment.sh");
    }
    let markers: Vec<String> = bodies(&runner.github.state().comments)
        .into_iter()
        .map(|body| body.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        markers,
        [
            "<!-- callrules: phones%2Feast -->",
            "<!-- callrules: phones%2Fwest -->",
            "<!-- callrules: %2D%2D%3E%3Cb%3E -->"
        ]
    );
    for number in ["1", "2"] {
        runner.github.state().comments.clear();
        runner.set_variable("NAME", format!("{number}/2"));
        runner.plan_and_publish("comment.sh");
        let state = runner.github.state();
        let comment = only_comment(&state);
        let marker = format!("<!-- callrules: phones%2Feast%2C%20{number}%2F2 -->\n");
        assert!(comment.starts_with(&marker), "{comment}");
        let footer = format!("<sub>`phones/east, {number}/2` · ");
        assert!(comment.contains(&footer), "{comment}");
    }
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn no_comment_is_created_without_changes_or_without_a_pull_request() {
    let mut runner = Runner::new();
    runner.set_fake_plan(0, "0");
    runner.plan_and_publish("comment.sh");
    assert!(write_requests(&runner).is_empty());
    fs::write(runner.path("event.json"), "{}").unwrap();
    runner.set_fake_plan(1, "2");
    runner.github.state().requests.clear();
    runner.plan_and_publish("comment.sh");
    assert!(runner.github.state().requests.is_empty());
}

/// W0010 reports a deleted user file. Its user's rules stay on the account, which is not obvious.
#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn comment_about_a_deleted_file_is_created_without_changes() {
    let mut runner = Runner::new();
    runner.set_fake_plan(0, "0");
    runner.set_fake_file(
        "json",
        r#"{ "summary": {}, "warnings": [{ "code": "W0003" }, { "code": "W0010" }] }"#,
    );
    runner.plan_and_publish("comment.sh");
    let state = runner.github.state();
    let comment = only_comment(&state);
    assert!(comment.contains("### Plan: 0 to create"), "{comment}");
}

/// Otherwise the comment would still show the plan of an older commit.
#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn failed_plan_edits_the_comment() {
    let mut runner = Runner::new();
    let older_comment = issue_or_comment(1, BOT, &format!("{MARKER}\nolder"));
    runner.github.state().comments.push(older_comment);
    runner.set_fake_file("code", "1");
    let (plan_step, _) = runner.plan_and_publish("comment.sh");
    assert_eq!(plan_step.code, 1);
    let comment = only_comment(&runner.github.state()).to_owned();
    insta::assert_snapshot!(runner.stable_text(&comment), @"
    <!-- callrules: . -->
    ### callrules plan failed

    ```text
    output of callrules
    ```



    <sub>fedcba987654 · [run]([github]/acme/phones/actions/runs/77)</sub>
    ");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn rejected_comment_does_not_fail_the_job() {
    let mut runner = Runner::new();
    runner.set_fake_plan(1, "2");
    let mut annotations = String::new();
    let mut publish = |runner: &mut Runner| {
        let (plan_step, publish_step) = runner.plan_and_publish("comment.sh");
        assert_eq!(plan_step.code, 0);
        annotations += &format!("{}\n", publish_step.annotations());
    };
    for status in [403, 500] {
        runner.github.state().reject_writes = Some(status);
        publish(&mut runner);
    }
    runner.set_variable("TOKEN", "unknown");
    publish(&mut runner);
    runner.set_variable("GITHUB_GRAPHQL_URL", "http://127.0.0.1:1/graphql");
    publish(&mut runner);
    insta::assert_snapshot!(annotations, @"
    ::notice title=callrules::the token is not allowed to write a comment (HTTP 403), as in a pull request from a fork; see the job summary instead
    ::warning title=callrules::could not write a comment (HTTP 500); see the job summary instead
    ::notice title=callrules::the token is not allowed to read its own login (HTTP 401), as in a pull request from a fork; see the job summary instead
    ::warning title=callrules::could not read its own login (HTTP 000); see the job summary instead
    ");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn long_comment_is_shortened_to_githubs_limit() {
    let mut runner = Runner::new();
    runner.set_fake_plan(1, "2");
    runner.set_fake_file("markdown", &"€".repeat(70_000));
    runner.plan_and_publish("comment.sh");
    let state = runner.github.state();
    let comment = only_comment(&state);
    assert!(comment.chars().count() <= 65_536);
    let (note, _) = comment.split_once('€').unwrap();
    insta::assert_snapshot!(note, @"
    <!-- callrules: . -->
    > [!WARNING]
    > Only the first 64000 of 70000 characters are shown. See the log of the run for the rest.
    ");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn drift_opens_one_issue_and_closes_it_when_it_is_gone() {
    let mut runner = Runner::new();
    fs::write(runner.path("event.json"), r#"{ "schedule": "0 3 * * *" }"#).unwrap();
    let mut pull_request = issue_or_comment(1, BOT, &format!("{MARKER}\na pull request"));
    pull_request["pull_request"] = Value::Bool(true);
    runner.github.state().issues.push(pull_request.clone());

    runner.set_fake_plan(1, "2");
    runner.plan_and_publish("issue.sh");
    runner.set_fake_plan(2, "2");
    runner.plan_and_publish("issue.sh");
    let issue = runner.github.state().issues[1].clone();
    insta::assert_snapshot!(issue["title"].as_str().unwrap(), @"The account differs from the files");
    insta::assert_snapshot!(runner.stable_text(issue["body"].as_str().unwrap()), @"
    <!-- callrules: . -->
    ### Plan: 2 to create


    <sub>0123456789ab · [run]([github]/acme/phones/actions/runs/77)</sub>
    ");

    // A plan that failed does not show whether there is drift.
    runner.set_fake_file("code", "1");
    runner.plan_and_publish("issue.sh");
    assert_eq!(runner.github.state().issues[1], issue);
    for _ in 0..2 {
        runner.set_fake_plan(0, "0");
        runner.plan_and_publish("issue.sh");
    }
    assert_eq!(runner.github.state().issues[1]["state"], "closed");
    runner.set_fake_plan(1, "2");
    runner.plan_and_publish("issue.sh");
    let issues = runner.github.state().issues.clone();
    assert_eq!((issues.len(), &issues[0]), (3, &pull_request));
    let create = "POST /repos/acme/phones/issues";
    let edit = "PATCH /repos/acme/phones/issues/9001";
    assert_eq!(write_requests(&runner), [create, edit, edit, create]);
}
