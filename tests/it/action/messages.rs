//! The one comment of a pull request, and the one issue of an account that differs.

use std::fs;

use serde_json::Value;

use super::github::{BOT, written};
use super::{Runner, holds};

const MARKER: &str = "<!-- callrules: . -->";

fn bodies(all: &[Value]) -> Vec<&str> {
    all.iter()
        .map(|one| one["body"].as_str().unwrap())
        .collect()
}

fn writes(runner: &Runner) -> Vec<String> {
    let here = runner.github.here();
    let writes = here
        .requests
        .iter()
        .filter(|r| !r.starts_with("GET") && !r.ends_with("/graphql"));
    writes.cloned().collect()
}

#[test]
fn one_comment_is_written_and_edited_from_then_on() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(1, "2");
    runner.plan_and_tell("comment.sh");
    let first = runner.github.here().comments[0]["body"]
        .as_str()
        .unwrap()
        .to_owned();
    let expected = format!("{MARKER}\n### Plan: 1 to create\n\n\n<sub>fedcba987654 · [run](");
    assert!(first.starts_with(&expected), "{first}");
    assert!(
        first.ends_with("/acme/phones/actions/runs/77)</sub>\n"),
        "{first}"
    );

    runner.fake_plan(2, "2");
    runner.plan_and_tell("comment.sh");
    // One that has become empty says so where another was.
    runner.fake_plan(0, "0");
    runner.plan_and_tell("comment.sh");
    let here = runner.github.here();
    assert_eq!(here.comments.len(), 1);
    assert!(bodies(&here.comments)[0].contains("### Plan: 0 to create"));
    drop(here);
    let create = "POST /repos/acme/phones/issues/5/comments";
    let edit = "PATCH /repos/acme/phones/issues/comments/9000";
    assert_eq!(writes(&runner), [create, edit, edit]);
}

#[test]
fn the_comment_is_found_on_any_page_and_is_nobody_elses() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    let mut comments: Vec<Value> = (1..=150).map(|id| written(id, "jo", "hm")).collect();
    let others = [
        written(200, "jo", &format!("{MARKER}\nnot by the bot")),
        written(201, BOT, &format!("of another kind\n{MARKER}")),
        written(202, BOT, "<!-- callrules: other -->\nanother folder"),
        written(203, "other[bot]", &format!("{MARKER}\nanother bot")),
    ];
    comments.extend(others.clone());
    comments.extend((300..=400).map(|id| written(id, "jo", "hm")));
    comments.push(written(500, BOT, &format!("{MARKER}\r\nolder")));
    runner.github.here().comments = comments;
    runner.fake_plan(1, "2");
    runner.plan_and_tell("comment.sh");
    assert_eq!(
        writes(&runner),
        ["PATCH /repos/acme/phones/issues/comments/500"]
    );
    let here = runner.github.here();
    assert_eq!(here.comments[150..154], others);
    let pages = here
        .requests
        .iter()
        .filter(|r| r.contains("per_page=100&page="));
    assert_eq!(pages.count(), 3);
}

#[test]
fn folders_have_comments_of_their_own() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(1, "2");
    for directory in ["phones/east", "phones/west", "--><b>", "phones/east"] {
        runner.set("DIRECTORY", directory);
        runner.plan_and_tell("comment.sh");
    }
    let here = runner.github.here();
    let firsts = bodies(&here.comments)
        .into_iter()
        .map(|body| body.lines().next().unwrap());
    assert_eq!(
        firsts.collect::<Vec<_>>(),
        [
            "<!-- callrules: phones%2Feast -->",
            "<!-- callrules: phones%2Fwest -->",
            "<!-- callrules: %2D%2D%3E%3Cb%3E -->"
        ]
    );
    drop(here);
    // So have the parts of a plan; and each comment says what it is about.
    for part in ["1/2", "2/2"] {
        runner.github.here().comments.clear();
        runner.set("NAME", part);
        runner.plan_and_tell("comment.sh");
        let here = runner.github.here();
        let [body] = &bodies(&here.comments)[..] else {
            panic!("one comment");
        };
        let number = &part[..1];
        let marker = format!("<!-- callrules: phones%2Feast%2C%20{number}%2F2 -->\n");
        assert!(body.starts_with(&marker), "{body}");
        assert!(
            body.contains(&format!("<sub>`phones/east, {part}` · ")),
            "{body}"
        );
    }
}

#[test]
fn nothing_is_written_where_there_is_nothing_to_say() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(0, "0");
    runner.plan_and_tell("comment.sh");
    assert!(writes(&runner).is_empty());
    // No pull request.
    fs::write(runner.at("event.json"), "{}").unwrap();
    runner.fake_plan(1, "2");
    runner.github.here().requests.clear();
    runner.plan_and_tell("comment.sh");
    assert!(runner.github.here().requests.is_empty());
}

/// Who deletes a file expects that rules go, and they stay.
#[test]
fn a_file_that_is_gone_is_told_without_changes_too() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(0, "0");
    runner.fake(
        "json",
        r#"{ "summary": {}, "warnings": [{ "code": "W0003" }, { "code": "W0010" }] }"#,
    );
    runner.plan_and_tell("comment.sh");
    let here = runner.github.here();
    assert_eq!(here.comments.len(), 1);
    assert!(bodies(&here.comments)[0].contains("### Plan: 0 to create"));
}

/// An older comment must not look like the plan of this commit.
#[test]
fn a_plan_that_failed_is_told_too() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    let older = written(1, BOT, &format!("{MARKER}\nolder"));
    runner.github.here().comments.push(older);
    runner.fake("code", "1");
    let (ran, _) = runner.plan_and_tell("comment.sh");
    assert_eq!(ran.code, 1);
    let here = runner.github.here();
    assert!(bodies(&here.comments)[0].contains("### callrules plan failed"));
}

#[test]
fn a_token_that_may_not_write_fails_nothing() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(1, "2");
    for (code, level, said) in [
        (
            403,
            "notice",
            "the token may not write a comment (HTTP 403), as in a pull request from a fork",
        ),
        (500, "warning", "could not write a comment (HTTP 500)"),
    ] {
        runner.github.here().refuse = Some(code);
        let (ran, told) = runner.plan_and_tell("comment.sh");
        assert_eq!(ran.code, 0);
        assert_eq!(
            told.log,
            format!("::{level} title=callrules::{said}; the text is in the summary of the job\n")
        );
    }
    runner.set("TOKEN", "of nobody");
    let (_, told) = runner.plan_and_tell("comment.sh");
    holds(&told.log, "(HTTP 401)");
    runner.set("GITHUB_GRAPHQL_URL", "http://127.0.0.1:1/graphql");
    let (_, told) = runner.plan_and_tell("comment.sh");
    holds(&told.log, "::warning title=callrules::could not say");
}

#[test]
fn a_comment_is_as_long_as_github_takes_it() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(1, "2");
    runner.fake("markdown", &"€".repeat(70_000));
    runner.plan_and_tell("comment.sh");
    let here = runner.github.here();
    let body = bodies(&here.comments)[0];
    assert!(body.chars().count() <= 65_536);
    assert!(
        body.contains("\n> Only the first 64000 of 70000 characters are here."),
        "{body:.200}"
    );
}

#[test]
fn one_issue_is_open_while_the_account_differs() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    fs::write(runner.at("event.json"), r#"{ "schedule": "0 3 * * *" }"#).unwrap();
    let mut pull = written(1, BOT, &format!("{MARKER}\na pull request"));
    pull["pull_request"] = Value::Bool(true);
    runner.github.here().issues.push(pull.clone());

    runner.fake_plan(1, "2");
    runner.plan_and_tell("issue.sh");
    runner.fake_plan(2, "2");
    runner.plan_and_tell("issue.sh");
    let issue = runner.github.here().issues[1].clone();
    assert_eq!(issue["title"], "The account differs from the files");
    assert!(
        issue["body"]
            .as_str()
            .unwrap()
            .contains("### Plan: 2 to create")
    );
    assert!(
        issue["body"]
            .as_str()
            .unwrap()
            .contains("<sub>0123456789ab · ")
    );

    // What nobody knows closes nothing.
    runner.fake("code", "1");
    runner.plan_and_tell("issue.sh");
    assert_eq!(runner.github.here().issues[1], issue);
    for _ in 0..2 {
        runner.fake_plan(0, "0");
        runner.plan_and_tell("issue.sh");
    }
    assert_eq!(runner.github.here().issues[1]["state"], "closed");
    runner.fake_plan(1, "2");
    runner.plan_and_tell("issue.sh");
    let here = runner.github.here();
    assert_eq!((here.issues.len(), &here.issues[0]), (3, &pull));
    drop(here);
    let open = "POST /repos/acme/phones/issues";
    let edit = "PATCH /repos/acme/phones/issues/9001";
    assert_eq!(writes(&runner), [open, edit, edit, open]);
}
