//! Rollbacks after later edits: edited users are refused.

use serde_json::json;

use super::{apply_with_journal, roll_back};
use crate::apply::mask_run;
use crate::support::{TestEnv, forwarding, single_user_seed};

/// Returns the lines of standard error without the first one, which names the server, and without
/// those that name a journal.
fn list_refusals(env: &TestEnv, stderr: &str) -> String {
    let masked = mask_run(env, stderr);
    let lines = masked.lines().skip(1);
    let lines: Vec<&str> = lines.filter(|line| !line.contains(".jsonl")).collect();
    lines.join("\n")
}

/// Writes a file of 101 or 102 with these rules, which leaves the other rules unchanged.
fn write_user_file(env: &TestEnv, number: &str, rules: &str) {
    let text = format!("extension: {number}\nprune: none\ninteractionRules:\n{rules}");
    env.write(&format!("users/{number}.yaml"), &text);
}

#[test]
fn rollback_refuses_users_edited_later_and_restores_others() {
    let mut seed = single_user_seed(json!([
        forwarding("Changed", "+16501111111", "+14082324343"),
        forwarding("Deleted", "+16501111112", "+14082324343"),
        forwarding("Untouched", "+16501111113", "+14082324343"),
    ]));
    seed["extensions"][1]["interactionRules"] =
        json!([forwarding("Other", "+16501111114", "+14082324343")]);
    let env = TestEnv::new(seed);
    let disabled = |name: &str| format!("  {name}: {{enabled: false}}\n");
    let rules = ["Changed", "Deleted", "Untouched"].map(disabled).concat();
    write_user_file(&env, "101", &rules);
    write_user_file(&env, "102", &disabled("Other"));
    let journal = apply_with_journal(&env);
    write_user_file(
        &env,
        "101",
        "  Changed: {dispatching: {terminate: {extension: 102}}}\n  Deleted: null\n",
    );
    env.apply();
    let alex = env.user("101");

    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 3, "{}{}", rollback.out, rollback.err);
    insta::assert_snapshot!(list_refusals(&env, &rollback.err), @r#"
    left out: Alex Morgan · 101: interaction rule "Changed" was changed later: dispatching.terminate is {"extension":"102"}, not {"phoneNumber":"+14082324343","name":"Mobile"}; interaction rule "Deleted" (id 19701180559) was deleted later
    help: later changes are never overwritten: if another apply made them, roll that one back first; otherwise correct the files and apply
    Rolling back 1 change for 1 user…
    Your files still contain this change, so the next apply will make it again. Revert it there too, and check with `callrules plan`.
    Left out (see above): Alex Morgan · 101
    "#);
    assert_eq!(env.user("101"), alex);
    assert_eq!(env.user("102")["interactionRules"][0]["enabled"], true);

    // Only the edited user is left. The program does not ask, because nothing can be done.
    let repeated = env.run(&["rollback", &journal, "--format", "json"]);
    assert_eq!(repeated.code, 1, "{}{}", repeated.out, repeated.err);
    let report: serde_json::Value = serde_json::from_str(&repeated.out).unwrap();
    insta::assert_snapshot!(report["conflicts"][0].as_str().unwrap(), @r#"Alex Morgan · 101: interaction rule "Changed" was changed later: dispatching.terminate is {"extension":"102"}, not {"phoneNumber":"+14082324343","name":"Mobile"}; interaction rule "Deleted" (id 19701180559) was deleted later"#);
    assert_eq!(env.user("101"), alex);
}

#[test]
fn rollback_refuses_states_edited_later_with_differences() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let write_states = |hours: &str, number: &str| {
        let ring = format!("dispatching: {{type: Terminate, terminate: {{extension: {number}}}}}");
        let text = format!(
            "extension: 101\nstates:\n  work-hours: {{schedule: {{daily: {hours}}}}}\n  after-hours: {{{ring}}}\n"
        );
        env.write("users/alex.yaml", &text);
    };
    write_states("09:00-17:00", "102");
    let journal = apply_with_journal(&env);
    write_states("08:00-17:00", "900");
    env.apply();
    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 1, "{}{}", rollback.out, rollback.err);
    insta::assert_snapshot!(list_refusals(&env, &rollback.err), @r#"
    left out: Alex Morgan · 101: state settings "work-hours" was changed later: schedule is {"daily":"08:00-17:00"}, not {"daily":"09:00-17:00"}; call handling "after-hours" was changed later: dispatching.terminate is {"extension":"900"}, not {"extension":"102"}
    help: later changes are never overwritten: if another apply made them, roll that one back first; otherwise correct the files and apply
    "#);
}

/// A rule that a rollback creates again has a new id, which older journals do not know.
#[test]
fn rollback_with_journal_older_than_another_rollback_is_refused() {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("A", "+16501111111", "+14082324343"),
        forwarding("B", "+16501111112", "+14082324343"),
    ])));
    let is_enabled = |env: &TestEnv| {
        let rules = env.user("101")["interactionRules"].clone();
        let mut rules = rules.as_array().unwrap().iter();
        rules.find(|rule| rule["displayName"] == "A")?["enabled"].as_bool()
    };
    write_user_file(&env, "101", "  A: {enabled: false}\n");
    let first = apply_with_journal(&env);
    let second = format!("{first}.second");
    write_user_file(&env, "101", "  A: null\n");
    let run = env.run(&["apply", "--auto-approve", "--journal", &second]);
    assert_eq!(run.code, 0, "{}", run.err);
    let rollback = roll_back(&env, &second);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);

    let refusal = roll_back(&env, &first);
    assert_eq!(refusal.code, 1, "{}{}", refusal.out, refusal.err);
    insta::assert_snapshot!(list_refusals(&env, &refusal.err), @r#"
    left out: Alex Morgan · 101: interaction rule "A" (id 75085124211) was deleted later, and another rule (id 100000000001) now has its name: a rule that is created again, for example by a rollback, gets a new id that this journal doesn't contain
    help: later changes are never overwritten: if another apply made them, roll that one back first; otherwise correct the files and apply
    "#);
    assert_eq!(is_enabled(&env), Some(false));
    // An apply of the corrected file still works.
    write_user_file(&env, "101", "  A: {enabled: true}\n");
    env.apply();
    assert_eq!(is_enabled(&env), Some(true));
}
