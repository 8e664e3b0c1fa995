//! Names of rules: how `ignore`, `name`, `renamedFrom` and `id` match live rules.

use serde_json::Value;

use crate::support::{Run, TestEnv, forwarding, single_user_seed};

/// Creates an account with these live rules of one user, and the file of that user.
fn create_env(live_names: &[&str], file: &str) -> TestEnv {
    let live_rules = live_names
        .iter()
        .map(|name| forwarding(name, "+1650", "+14082324343"));
    let env = TestEnv::new(single_user_seed(Value::Array(live_rules.collect())));
    env.write("users/alex.yaml", &format!("extension: \"101\"\n{file}"));
    env
}

/// Returns the names of the rules that the plan deletes.
fn planned_deletes(env: &TestEnv) -> Vec<String> {
    let plan = env.plan();
    let changes = plan["users"][0]["changes"].as_array().unwrap();
    changes
        .iter()
        .filter(|change| change["action"] == "delete")
        .map(|change| change["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns line, code and message of each diagnostic in the JSON output of a run.
fn list_diagnostics(run: &Run) -> String {
    let output: Value = serde_json::from_str(&run.out).unwrap();
    let diagnostics = output.get("diagnostics").unwrap_or(&output["warnings"]);
    let lines: Vec<String> = diagnostics
        .as_array()
        .unwrap()
        .iter()
        .map(|d| format!("{} {} {}", d["line"], d["code"], d["message"]).replace('"', ""))
        .collect();
    lines.join("\n")
}

#[test]
fn ignore_patterns_have_no_wildcard_but_the_star() {
    let live_names = ["[VIP] Mia", "own stop", "{a,b} late?", "Old"];
    let env = create_env(
        &live_names,
        "ignore: ['[VIP] *', 'OWN *', '{a,b} late?']\ninteractionRules: {}\n",
    );
    assert_eq!(planned_deletes(&env), ["Old"]);
    // Text that is invalid in glob syntax, or very long, is a valid pattern too.
    let long_pattern = "[{*".repeat(100_000);
    env.write(
        "users/alex.yaml",
        &format!("extension: \"101\"\nignore: ['[', '{long_pattern}']\ninteractionRules: {{}}\n"),
    );
    assert_eq!(planned_deletes(&env).len(), live_names.len());
}

#[test]
fn ignored_rule_cannot_be_declared_by_name_renamed_from_or_id() {
    let file = |rule: &str| {
        create_env(
            &["Personal X"],
            &format!("ignore: [Personal *]\ninteractionRules:\n  {rule}\n"),
        )
    };
    for rule in [
        "Mine: {name: Personal X, enabled: false}",
        "Y: {renamedFrom: Personal X, enabled: false}",
    ] {
        let run = file(rule).run(&["validate", "--format", "json"]);
        let output: Value = serde_json::from_str(&run.out).unwrap();
        let diagnostic = &output["diagnostics"][0];
        assert_eq!(diagnostic["code"], "E0110", "{}", run.out);
        assert_eq!(diagnostic["line"], 2, "{}", run.out);
        assert_eq!(diagnostic["related"]["line"], 4, "{}", run.out);
    }
    let env = file("Personal X: {enabled: false}\n  Personal Y: {enabled: false}");
    let run = env.run(&["validate"]);
    assert!(
        run.out
            .contains("ignores the declared rule `Personal X` and 1 more"),
        "{}",
        run.out
    );

    // Only the account knows the name of the rule with this ID.
    let id = env.user("101")["interactionRules"][0]["id"].clone();
    env.write(
        "users/alex.yaml",
        &format!("extension: \"101\"\nignore: [Personal *]\ninteractionRules:\n  Move: {{id: {id}, enabled: false}}\n"),
    );
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 1, "{}", plan.out);
    let error = env
        .stable_text(&plan.err)
        .replace(id.as_str().unwrap(), "[id]");
    insta::assert_snapshot!(error, @r#"
    Account 37439510 at http://[sandbox]
    error[E0204]: the live rule `Personal X` matches `ignore`
     --> users/alex.yaml:4:3
      |
    4 |   Move: {id: "[id]", enabled: false}
      |   ^^^^
      |
      = help: a rule is either declared or ignored: remove its name from `ignore`, or remove it here

    1 error in 1 of 2 files
    Run `callrules explain E0204` for details
    "#);
}

#[test]
fn two_declarations_of_the_same_live_rule_are_rejected() {
    let rule =
        "conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}";
    let file = format!(
        "interactionRules:\n  A: {{renamedFrom: Old, {rule}}}\n  B: {{renamedFrom: Old, {rule}}}\n  C: {{id: 7, {rule}}}\n  D: {{id: 7, {rule}}}\n  E: {{name: A, {rule}}}\n  ' a': {{{rule}}}\n"
    );
    let env = create_env(&[], &file);
    let run = env.run(&["validate", "--format", "json"]);
    insta::assert_snapshot!(list_diagnostics(&run), @"
    4 E0110 two rules are renamed from `Old`
    6 E0110 two rules have the id `7`
    7 E0110 two rules are called `A`
    8 W0007 ` a` and `A` are different rules
    ");
}

#[test]
fn names_and_ids_without_a_live_rule_cause_warnings() {
    let rule =
        "conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}";
    let file = format!(
        "prune: none\ninteractionRules:\n  Holidays: {{renamedFrom: Publik holidays, {rule}}}\n  Move: {{id: 99, {rule}}}\n  office Move: null\n  Long gone: null\nallow: [ambiguous-rules]\n"
    );
    let env = create_env(&["Public holidays", "Office move"], &file);
    let plan = env.run(&["plan", "--format", "json"]);
    insta::assert_snapshot!(list_diagnostics(&plan), @"
    4 W0008 no live rule is named `Publik holidays`; a new one would be created
    5 W0008 no live rule of the user has this id; a new rule would be created
    6 W0008 no live rule is named `office Move`, so nothing is deleted
    7 W0008 no live rule is named `Long gone`, so nothing is deleted
    ");
    env.apply();
    // The rule with the new name exists now, so the old name causes no warning.
    let plan = env.run(&["plan", "--format", "json"]);
    insta::assert_snapshot!(list_diagnostics(&plan), @"
    5 W0008 no live rule of the user has this id; the rule `Move` is used instead
    6 W0008 no live rule is named `office Move`, so nothing is deleted
    7 W0008 no live rule is named `Long gone`, so nothing is deleted
    ");
}

#[test]
fn null_for_a_mistyped_rule_suggests_the_live_one() {
    let env = create_env(
        &["Office move"],
        "prune: none\ninteractionRules: { Office mvoe: null }\n",
    );
    let run = env.run(&["plan"]);
    insta::assert_snapshot!(crate::support::lines_with(&run.err, "help"), @"  = help: did you mean `Office move`? write the name exactly as on the account");
}

#[test]
fn null_for_a_rule_of_a_profile_may_find_no_live_rule() {
    let file = "profiles: [office]\ninteractionRules: { Holidays: null, Gone: null }\n";
    let env = create_env(&[], file);
    env.write(
        "profiles/office.yaml",
        "interactionRules:\n  Holidays: { conditions: { callerIds: ['+1650'] }, dispatching: { type: Terminate, terminate: voicemail } }\n",
    );
    let plan = env.run(&["plan", "--format", "json"]);
    insta::assert_snapshot!(list_diagnostics(&plan), @"3 W0008 no live rule is named `Gone`, so nothing is deleted");
}

#[test]
fn names_that_look_alike_are_the_same_rule_or_reported() {
    let rule = "{ conditions: { callerIds: ['+1650'] }, dispatching: { type: Terminate, terminate: voicemail } }";
    let names = [
        "Cafe\u{301}",
        "Re\u{441}eption",
        "VIP\u{200b}",
        "Office move",
    ];
    let rules: String = names.map(|name| format!("  \"{name}\": {rule}\n")).concat();
    let env = create_env(
        &["Caf\u{e9}", "Reception", "VIP", "Office\u{a0}move"],
        &format!("prune: all\nallow: [ambiguous-rules]\ninteractionRules:\n{rules}"),
    );
    let validated = env.run(&["validate"]);
    insta::assert_snapshot!(validated.out, @r#"
    warning[W0115]: the name `Reсeption` contains the Cyrillic letter `с` (U+0441) in a Latin word
     --> users/alex.yaml:6:3
      |
    6 |   "Reсeption": { conditions: { callerIds: ['+1650'] }, dispatching: { type: Terminate, terminate: voicemail } }
      |   ^^^^^^^^^^^
      |
      = help: type the name again

    warning[W0115]: the name `VIP<U+200B>` contains an invisible character (U+200B)
     --> users/alex.yaml:7:3
      |
    7 |   "VIP<U+200B>": { conditions: { callerIds: ['+1650'] }, dispatching: { type: Terminate, terminate: voicemail } }
      |   ^^^^^
      |
      = help: type the name again, or write `VIP`

    2 warnings in 1 of 2 files
    Run `callrules explain W0115` for details
    "#);
    let plan = env.run(&["plan", "--format", "json"]);
    assert_eq!(planned_deletes(&env), ["Reception"], "{}", plan.out);
}
