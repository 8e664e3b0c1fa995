//! What has moved since the apply is not overwritten.

use std::fmt::Write as _;

use serde_json::json;

use super::{apply, roll_back};
use crate::support::{TestEnv, forwarding, single_user_seed};

fn refused(told: &str) -> String {
    let lines = told.lines();
    let lines = lines.filter(|line| line.starts_with("refused") || line.starts_with("help"));
    lines.fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").unwrap();
        text
    })
}

/// A file of 101 or 102 that says this of some rules, and leaves the others.
fn file(env: &TestEnv, number: &str, rules: &str) {
    let text = format!("extension: {number}\nprune: none\ninteractionRules:\n{rules}");
    env.write(&format!("users/{number}.yaml"), &text);
}

#[test]
fn a_user_of_whom_something_has_moved_is_refused_and_the_others_go_on() {
    let mut seed = single_user_seed(json!([
        forwarding("Changed", "+16501111111", "+14082324343"),
        forwarding("Deleted", "+16501111112", "+14082324343"),
        forwarding("Untouched", "+16501111113", "+14082324343"),
    ]));
    seed["extensions"][1]["interactionRules"] =
        json!([forwarding("Other", "+16501111114", "+14082324343")]);
    let env = TestEnv::new(seed);
    let off = |name: &str| format!("  {name}: {{enabled: false}}\n");
    file(
        &env,
        "101",
        &["Changed", "Deleted", "Untouched"].map(off).concat(),
    );
    file(&env, "102", &off("Other"));
    let journal = apply(&env);
    file(
        &env,
        "101",
        "  Changed: {dispatching: {terminate: {extension: 102}}}\n  Deleted: null\n",
    );
    env.apply();
    let alex = env.user("101");

    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 3, "{}{}", back.out, back.err);
    insta::assert_snapshot!(refused(&back.err));
    assert!(
        back.err
            .contains("Refused, as told above: Alex Morgan · 101")
    );
    assert_eq!(env.user("101"), alex);
    assert_eq!(env.user("102")["interactionRules"][0]["enabled"], true);

    // What is left cannot be done at all, and no question is asked for it.
    let again = env.run(&["rollback", &journal, "--format", "json"]);
    assert_eq!(again.code, 1, "{}{}", again.out, again.err);
    let report: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    let told = report["leftAlone"][0].as_str().unwrap();
    assert!(told.starts_with("Alex Morgan · 101: interaction rule \"Changed\""));
    assert_eq!(env.user("101"), alex);
}

#[test]
fn states_that_have_moved_are_named_with_what_differs() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let states = |hours: &str, number: &str| {
        let ring = format!("dispatching: {{type: Terminate, terminate: {{extension: {number}}}}}");
        let text = format!(
            "extension: 101\nstates:\n  work-hours: {{schedule: {{daily: {hours}}}}}\n  after-hours: {{{ring}}}\n"
        );
        env.write("users/alex.yaml", &text);
    };
    states("09:00-17:00", "102");
    let journal = apply(&env);
    states("08:00-17:00", "900");
    env.apply();
    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 1, "{}{}", back.out, back.err);
    insta::assert_snapshot!(refused(&back.err));
}

/// A rule that is made again has another id, and then the older journal no longer knows it.
#[test]
fn a_journal_that_is_older_than_a_rollback_says_so() {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("A", "+16501111111", "+14082324343"),
        forwarding("B", "+16501111112", "+14082324343"),
    ])));
    let is_on = |env: &TestEnv| {
        let rules = env.user("101")["interactionRules"].clone();
        let mut rules = rules.as_array().unwrap().iter();
        rules.find(|rule| rule["displayName"] == "A")?["enabled"].as_bool()
    };
    file(&env, "101", "  A: {enabled: false}\n");
    let first = apply(&env);
    let second = format!("{first}.second");
    file(&env, "101", "  A: null\n");
    let run = env.run(&["apply", "--auto-approve", "--journal", &second]);
    assert_eq!(run.code, 0, "{}", run.err);
    let back = roll_back(&env, &second);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);

    let refusal = roll_back(&env, &first);
    assert_eq!(refusal.code, 1, "{}{}", refusal.out, refusal.err);
    let told = refused(&refusal.err);
    assert!(
        told.contains("one that is made again, as by a rollback, has a new id"),
        "{told}"
    );
    assert_eq!(is_on(&env), Some(false));
    // What the files say is still the way on.
    file(&env, "101", "  A: {enabled: true}\n");
    env.apply();
    assert_eq!(is_on(&env), Some(true));
}
