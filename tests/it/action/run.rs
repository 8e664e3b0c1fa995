//! `run.sh`: outputs, summary, annotations and the exit code of each command.

use std::fs;

use super::{Runner, assert_contains};

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn plan_runs_once_and_fills_outputs_summary_and_annotations() {
    let mut runner = Runner::new();
    runner.set_fake_plan(3, "2");
    runner.set_variable("CHANGED_SINCE", "origin/main; exit 9");
    runner.set_variable("ARGUMENTS", "--user\nJo *\n\n");
    let step = runner.run_step("run.sh");
    assert_eq!(step.code, 0, "{}", step.log);
    assert_eq!(step.summary, "### Plan: 3 to create\n\n");
    for (name, value) in [
        ("has-changes", "true"),
        ("create", "3"),
        ("update", "0"),
        ("delete", "2"),
        ("users", "1"),
        ("warnings", "1"),
        ("guards", "--max-deletes 2 --max-users-emptied 1"),
        ("exit-code", "2"),
    ] {
        assert_eq!(step.output(name), value, "{name}");
    }
    let saved_plan = step.output("plan");
    assert_eq!(fs::read_to_string(saved_plan).unwrap(), "saved");
    let folder = saved_plan.strip_suffix("/plan.json").unwrap();
    insta::assert_snapshot!(runner.fake_arguments().replace(folder, "[folder]"), @"
    -C
    .
    plan
    --detailed-exitcode
    --out
    [folder]/plan.json
    --output
    markdown=[folder]/plan.md
    --output
    json=[folder]/plan-output.json
    --output
    github=[folder]/github.txt
    --changed-since=origin/main; exit 9
    --user
    Jo *
    ");
    assert_eq!(
        step.annotations(),
        "::warning file=users/a.yaml,line=3,col=1::hm"
    );

    runner.set_fake_plan(0, "0");
    let empty_plan = runner.run_step("run.sh");
    assert_eq!(
        (empty_plan.code, empty_plan.output("has-changes")),
        (0, "false")
    );
    assert_ne!(empty_plan.output("plan"), "");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn failed_plan_fails_the_step_and_shows_its_output() {
    let runner = Runner::new();
    runner.set_fake_plan(1, "1");
    runner.set_fake_file("stderr", "error: ```101``` could not be read\nhelp: …\n");
    let step = runner.run_step("run.sh");
    assert_eq!(step.code, 1);
    assert_eq!(step.output("has-changes"), "");
    assert_eq!(step.output("plan"), "");
    insta::assert_snapshot!(step.summary, @"
    ### callrules plan failed

    ````text
    output of callrules
    error: ```101``` could not be read
    help: …
    ````

    ### Plan: 1 to create
    ");
    insta::assert_snapshot!(step.annotations(), @"
    ::warning file=users/a.yaml,line=3,col=1::hm
    ::error title=callrules plan::error: ```101``` could not be read
    ");
}

/// A command may exit with 2 for other reasons than a plan with changes.
#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn plan_step_without_saved_plan_fails_with_every_exit_code() {
    let runner = Runner::new();
    let mut annotations = String::new();
    for code in ["0", "2"] {
        runner.set_fake_file("code", code);
        let step = runner.run_step("run.sh");
        assert_ne!(step.code, 0);
        assert_eq!(step.output("has-changes"), "");
        annotations += &format!("{}\n", step.annotations());
    }
    insta::assert_snapshot!(annotations, @"
    ::error title=callrules plan::no plan was saved: is this callrules older than the action?
    ::error title=callrules plan::no plan was saved: is this callrules older than the action?
    ");
}

/// Names on the account must not act as workflow commands in the log or add outputs.
#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn output_of_callrules_cannot_inject_workflow_commands() {
    let runner = Runner::new();
    runner.set_fake_plan(1, "2");
    runner.set_fake_file("stdout", "::error::a rule with this name\n");
    runner.set_fake_file(
        "json",
        r#"{ "summary": { "create": "1\nplan=/etc/passwd", "update": [1, 2], "delete": null, "users": 4 } }"#,
    );
    let step = runner.run_step("run.sh");
    assert_eq!(step.code, 0, "{}", step.log);
    let (_, after_stop) = step.log.split_once("::stop-commands::").unwrap();
    let (token, rest) = after_stop.split_once('\n').unwrap();
    assert_eq!(token.len(), 32, "{token}");
    let (without_commands, _) = rest.split_once(&format!("::{token}::\n")).unwrap();
    assert_contains(without_commands, "::error::a rule with this name\n");
    assert_eq!(
        ["create", "update", "delete", "users"].map(|name| step.output(name)),
        ["", "", "", "4"]
    );
    assert!(step.output("plan").ends_with("/plan.json"));

    let second_step = runner.run_step("run.sh");
    assert!(
        !second_step.log.contains(token),
        "the token is predictable: {token}"
    );
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn validate_annotates_lines_and_fails_with_the_command() {
    let mut runner = Runner::new();
    runner.set_variable("COMMAND", "validate");
    runner.set_fake_file(
        "github",
        "::error file=callrules.yaml,line=1,col=8,title=E0013::unknown word\n",
    );
    let mut results = String::new();
    for code in ["0", "1"] {
        runner.set_fake_file("code", code);
        let step = runner.run_step("run.sh");
        assert_eq!(step.code.to_string(), code);
        results += &format!("{}{}\n\n", step.summary, step.annotations());
    }
    insta::assert_snapshot!(results, @"
    ### callrules validate

    ```text
    output of callrules
    ```


    ::error file=callrules.yaml,line=1,col=8,title=E0013::unknown word

    ### callrules validate failed

    ```text
    output of callrules
    ```


    ::error file=callrules.yaml,line=1,col=8,title=E0013::unknown word
    ::error title=callrules validate::exit code 1; see the log
    ");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn partial_apply_fails_the_step_and_keeps_its_journal() {
    let mut runner = Runner::new();
    runner.set_variable("COMMAND", "apply");
    runner.set_variable("PLAN", "somewhere/plan.json");
    // The first line has the form in which a plan suggests arguments.
    runner.set_variable(
        "ARGUMENTS",
        "--max-deletes 12 --max-users-emptied 1\n--user=Jo *",
    );
    runner.set_fake_file("code", "3");
    runner.set_fake_file("journal", "{}\n");
    let step = runner.run_step("run.sh");
    assert_eq!((step.code, step.output("exit-code")), (3, "3"));
    let journal = step.output("journal");
    assert_eq!(fs::read_to_string(journal).unwrap(), "{}\n");
    insta::assert_snapshot!(runner.fake_arguments().replace(journal, "[journal]"), @"
    -C
    .
    apply
    somewhere/plan.json
    --auto-approve
    --journal
    [journal]
    --max-deletes=12
    --max-users-emptied=1
    --user=Jo *
    ");
    insta::assert_snapshot!(step.summary, @"
    ### callrules apply: some changes were not applied

    ```text
    output of callrules
    ```

    The journal of this run records every write and the state before it. Keep it as an artifact: `callrules rollback` uses it to undo the run.
    ");
    insta::assert_snapshot!(step.annotations(), @"::error title=callrules apply::exit code 3; see the log");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn long_summary_is_shortened_with_a_note() {
    let runner = Runner::new();
    runner.set_fake_plan(1, "2");
    runner.set_fake_file("markdown", &"€".repeat(300_000));
    let step = runner.run_step("run.sh");
    assert_eq!(step.code, 0, "{}", step.log);
    assert!(step.summary.len() < 1024 * 1024);
    let (note, _) = step.summary.split_once('€').unwrap();
    insta::assert_snapshot!(note, @"
    > [!WARNING]
    > Only the first 250000 of 300000 characters are shown. See the log of the run for the rest.
    ");

    runner.set_fake_file("code", "1");
    let stdout = format!("first\n{}\nlast\n", "x".repeat(60_000));
    runner.set_fake_file("stdout", &stdout);
    let failed_step = runner.run_step("run.sh");
    let (before_log, log_end) = failed_step.summary.split_once("xxx").unwrap();
    insta::assert_snapshot!(before_log, @"
    > [!WARNING]
    > Only the first 250000 of 350093 characters are shown. See the log of the run for the rest.

    ### callrules plan failed

    ```text
    … 10012 earlier characters are in the log of the run
    ");
    assert_contains(log_end, "\nlast\n```\n");
}

#[test]
#[ignore = "needs bash, curl, jq, awk and tar"]
fn invalid_inputs_are_rejected_before_callrules_runs() {
    let mut annotations = String::new();
    for variables in [
        &[("COMMAND", "destroy")][..],
        &[("COMMENT", "always")],
        &[("PLAN", "plan.json")],
        &[("COMMAND", "apply"), ("CHANGED_SINCE", "main")],
    ] {
        let mut runner = Runner::new();
        runner.set_fake_plan(0, "0");
        for &(name, value) in variables {
            runner.set_variable(name, value);
        }
        let step = runner.run_step("run.sh");
        assert_eq!(step.code, 1);
        assert!(!runner.path("fake/arguments").exists());
        annotations += &format!("{}\n", step.annotations());
    }
    insta::assert_snapshot!(annotations, @"
    ::error title=callrules::`command: destroy` is not supported: use validate, test, plan or apply
    ::error title=callrules::`comment: always` is not supported: use auto, issue or never
    ::error title=callrules::`plan` works only with the command apply
    ::error title=callrules::`changed-since` works only with the command plan
    ");
}
