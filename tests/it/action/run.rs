//! What a command comes to: outputs, summary, annotations, and a step that fails where it should.

use std::fs;

use super::{Ran, Runner, holds};

fn output<'a>(ran: &'a Ran, name: &str) -> &'a str {
    ran.outputs.get(name).map_or("", |value| value)
}

#[test]
fn a_plan_is_made_once_and_told_in_every_form() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.fake_plan(3, "2");
    runner.set("CHANGED_SINCE", "origin/main; exit 9");
    runner.set("ARGUMENTS", "--user\nJo *\n\n");
    let ran = runner.step("run.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    assert_eq!(ran.summary, "### Plan: 3 to create\n\n");
    for (name, value) in [
        ("has-changes", "true"),
        ("create", "3"),
        ("update", "0"),
        ("delete", "2"),
        ("users", "1"),
        ("warnings", "1"),
        ("guards", "--max-deletes 2 --max-emptied 1"),
        ("exit-code", "2"),
    ] {
        assert_eq!(output(&ran, name), value, "{name}");
    }
    let saved = output(&ran, "plan");
    assert_eq!(fs::read_to_string(saved).unwrap(), "saved");
    let folder = saved.strip_suffix("/plan.json").unwrap();
    assert_eq!(
        runner.arguments().replace(folder, "…"),
        "-C\n.\nplan\n--detailed-exitcode\n--out\n…/plan.json\n\
         --also\nmarkdown=…/plan.md\n--also\njson=…/told.json\n--also\ngithub=…/github.txt\n\
         --changed-since=origin/main; exit 9\n--user\nJo *\n"
    );
    let annotation = "\n::warning file=users/a.yaml,line=3,col=1::hm\n";
    holds(&ran.log, annotation);

    runner.fake_plan(0, "0");
    let ran = runner.step("run.sh");
    assert_eq!((ran.code, output(&ran, "has-changes")), (0, "false"));
    assert_ne!(output(&ran, "plan"), "");
}

#[test]
fn a_plan_that_fails_fails_the_step_with_its_text() {
    let Some(runner) = Runner::new() else { return };
    runner.fake_plan(1, "1");
    runner.fake("stderr", "error: ```101``` could not be read\nhelp: …\n");
    let ran = runner.step("run.sh");
    assert_eq!(ran.code, 1);
    assert_eq!(output(&ran, "has-changes"), "");
    assert_eq!(output(&ran, "plan"), "");
    assert_eq!(
        ran.summary,
        "### callrules plan failed\n\n\
         ````text\nwhat people read\nerror: ```101``` could not be read\nhelp: …\n````\n\n\
         ### Plan: 1 to create\n\n"
    );
    let told = "::error title=callrules plan::error: ```101``` could not be read\n";
    holds(&ran.log, told);
}

/// Two is the exit code of a plan with changes, and not of that alone.
#[test]
fn without_a_saved_plan_no_exit_code_passes() {
    let Some(runner) = Runner::new() else { return };
    for code in ["0", "2"] {
        runner.fake("code", code);
        let ran = runner.step("run.sh");
        assert_ne!(ran.code, 0);
        assert_eq!(output(&ran, "has-changes"), "");
        holds(&ran.log, "it saved no plan");
    }
}

/// Names are anybody's words: in the log they are no commands, in outputs no lines.
#[test]
fn what_callrules_says_is_no_command_to_github() {
    let Some(runner) = Runner::new() else { return };
    runner.fake_plan(1, "2");
    runner.fake("stdout", "::error::a rule with this name\n");
    runner.fake(
        "json",
        r#"{ "summary": { "create": "1\nplan=/etc/passwd", "update": [1, 2], "delete": null, "users": 4 } }"#,
    );
    let ran = runner.step("run.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    let (_, said) = ran.log.split_once("::stop-commands::").unwrap();
    let (word, said) = said.split_once('\n').unwrap();
    assert_eq!(word.len(), 32, "{word}");
    let (inside, _) = said.split_once(&format!("::{word}::\n")).unwrap();
    holds(inside, "::error::a rule with this name\n");
    assert_eq!(
        ["create", "update", "delete", "users"].map(|n| output(&ran, n)),
        ["", "", "", "4"]
    );
    assert!(output(&ran, "plan").ends_with("/plan.json"));

    let again = runner.step("run.sh");
    assert!(!again.log.contains(word), "the word can be known");
}

#[test]
fn mistakes_are_at_their_lines_and_fail_the_step() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.set("COMMAND", "validate");
    runner.fake(
        "github",
        "::error file=callrules.yaml,line=1,col=8,title=E0013::unknown word\n",
    );
    for (code, heading) in [
        ("0", "### callrules validate\n"),
        ("1", "### callrules validate failed\n"),
    ] {
        runner.fake("code", code);
        let ran = runner.step("run.sh");
        assert_eq!(ran.code.to_string(), code);
        assert!(ran.summary.starts_with(heading), "{}", ran.summary);
        holds(&ran.summary, "```text\nwhat people read\n```\n");
        holds(&ran.log, "\n::error file=callrules.yaml,line=1");
    }
}

#[test]
fn an_apply_that_was_not_complete_keeps_its_journal() {
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.set("COMMAND", "apply");
    runner.set("PLAN", "somewhere/plan.json");
    // As a plan prints them.
    runner.set("ARGUMENTS", "--max-deletes 12 --max-emptied 1\n--user=Jo *");
    runner.fake("code", "3");
    runner.fake("journal", "{}\n");
    let ran = runner.step("run.sh");
    assert_eq!((ran.code, output(&ran, "exit-code")), (3, "3"));
    let journal = output(&ran, "journal");
    assert_eq!(fs::read_to_string(journal).unwrap(), "{}\n");
    assert_eq!(
        runner.arguments().replace(journal, "…"),
        "-C\n.\napply\nsomewhere/plan.json\n--auto-approve\n--journal\n…\n--max-deletes=12\n--max-emptied=1\n--user=Jo *\n"
    );
    assert!(
        ran.summary
            .starts_with("### callrules apply: not everything was done\n"),
        "{}",
        ran.summary
    );
    holds(&ran.summary, "`callrules rollback` undoes the run");
    holds(&ran.log, "::error title=callrules apply::");
}

#[test]
fn a_text_that_is_too_long_says_so_at_its_top() {
    let Some(runner) = Runner::new() else { return };
    runner.fake_plan(1, "2");
    runner.fake("markdown", &"€".repeat(300_000));
    let ran = runner.step("run.sh");
    assert_eq!(ran.code, 0, "{}", ran.log);
    assert!(ran.summary.len() < 1024 * 1024);
    let top = "> [!WARNING]\n> Only the first 250000 of 300000 characters are here.";
    assert!(ran.summary.starts_with(top), "{:.200}", ran.summary);

    runner.fake("code", "1");
    runner.fake("stdout", &format!("first\n{}\nlast\n", "x".repeat(60_000)));
    let ran = runner.step("run.sh");
    holds(
        &ran.summary,
        "characters before, which the log of the run has\nxxx",
    );
    holds(&ran.summary, "\nlast\n```\n");
}

#[test]
fn an_input_that_makes_no_sense_is_refused() {
    for (name, value, said) in [
        ("COMMAND", "destroy", "`command: destroy` is none of"),
        ("COMMENT", "always", "`comment: always` is none of"),
        ("PLAN", "plan.json", "`plan` is for apply"),
    ] {
        let Some(mut runner) = Runner::new() else {
            return;
        };
        runner.fake_plan(0, "0");
        runner.set(name, value);
        let ran = runner.step("run.sh");
        assert_eq!(ran.code, 1);
        holds(&ran.log, said);
        assert!(!runner.at("fake/arguments").exists());
    }
    let Some(mut runner) = Runner::new() else {
        return;
    };
    runner.set("COMMAND", "apply");
    runner.set("CHANGED_SINCE", "main");
    holds(&runner.step("run.sh").log, "`changed-since` is for plan");
}
