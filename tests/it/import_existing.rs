//! Import into a repository with files: existing files and ignored rules are kept.

use std::fs;

use serde_json::{Value, json};

use crate::name_resolution::{lines_with, without_variable_parts};
use crate::support::{ACCOUNT, Run, TestEnv, forwarding, single_user_seed};

/// Creates an account whose user 101 has the rules `VIP` and `Personal gym`.
fn env_with_personal_rule() -> TestEnv {
    let rule = |name: &str| forwarding(name, "+1650", "+14082324343");
    TestEnv::new(single_user_seed(json!([rule("VIP"), rule("Personal gym")])))
}

/// Runs `import` and asserts its exit code.
fn run_import(env: &TestEnv, arguments: &[&str], code: i32) -> Run {
    let run = env.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    run
}

fn assert_valid_and_up_to_date(env: &TestEnv) {
    for arguments in [&["validate"][..], &["plan", "--detailed-exitcode"]] {
        let run = env.run(arguments);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
}

fn read_file(env: &TestEnv, path: &str) -> String {
    fs::read_to_string(env.path().join(path)).unwrap()
}

#[test]
fn import_skips_rules_ignored_by_settings() {
    let env = env_with_personal_rule();
    let settings = format!("account: \"{ACCOUNT}\"\nprune: all\nignore: [\"Personal *\"]\n");
    env.write("callrules.yaml", &settings);
    let run = run_import(&env, &[], 0);
    insta::assert_snapshot!(lines_with(&run.err, "Personal gym"), @"warning: users/101-alex-morgan.yaml: the rule `Personal gym` is omitted, because `ignore` matches it");
    let text = read_file(&env, "users/101-alex-morgan.yaml");
    assert!(
        !text.contains("Personal gym:") && text.contains("VIP:"),
        "{text}"
    );
    assert!(
        !text.contains("ignore:"),
        "callrules.yaml already has it:\n{text}"
    );
    assert_valid_and_up_to_date(&env);
}

#[test]
fn forced_import_keeps_ignore_and_prune_of_the_file() {
    let env = env_with_personal_rule();
    env.write(
        "users/sales/alex.yaml",
        "email: alex@acme.example\nprune: none\nignore: [\"Personal *\"]\n",
    );
    run_import(&env, &["--user", "101", "--force"], 0);
    let text = read_file(&env, "users/sales/alex.yaml");
    assert!(text.contains("prune: none\n"), "{text}");
    assert!(
        text.contains("Personal *") && !text.contains("Personal gym:"),
        "{text}"
    );
    assert!(
        text.starts_with("# yaml-language-server: $schema=../../schemas/"),
        "{text}"
    );
    assert_valid_and_up_to_date(&env);
}

#[test]
fn forced_import_keeps_file_with_profiles() {
    let env = env_with_personal_rule();
    env.write("profiles/team.yaml", "prune: none\n");
    let text = "extension: \"101\"\nprofiles: [team]\n";
    env.write("users/alex.yaml", text);
    let run = run_import(&env, &["--force"], 1);
    insta::assert_snapshot!(lines_with(&run.err, "users/alex.yaml"), @"error: users/alex.yaml was not overwritten, because it uses profiles; edit it, or delete it and import again");
    assert_eq!(read_file(&env, "users/alex.yaml"), text);
    insta::assert_snapshot!(run.out, @"wrote users/102-priya-rao.yaml");
}

#[test]
fn import_prints_kept_files_and_how_to_overwrite() {
    let env = env_with_personal_rule();
    run_import(&env, &[], 0);
    let run = run_import(&env, &[], 0);
    insta::assert_snapshot!(run.out, @"
    kept users/101-alex-morgan.yaml (use `--force` to overwrite)
    kept users/102-priya-rao.yaml (use `--force` to overwrite)
    ");
}

#[test]
fn import_never_overwrites_file_of_another_user() {
    for force in [&[][..], &["--force"]] {
        let env = env_with_personal_rule();
        let other = "id: \"1002\"\n# Priya's\n";
        env.write("users/101-alex-morgan.yaml", other);
        let run = run_import(&env, &[&["--user", "101"], force].concat(), 0);
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.out, @"wrote users/101-alex-morgan-1001.yaml");
        }
        assert!(env.path().join("users/101-alex-morgan-1001.yaml").exists());
        assert_eq!(read_file(&env, "users/101-alex-morgan.yaml"), other);
        assert_valid_and_up_to_date(&env);
    }
}

#[test]
fn import_rejects_two_files_of_one_user() {
    let env = env_with_personal_rule();
    env.write("users/a.yaml", "extension: \"101\"\n");
    env.write("users/b.yaml", "email: alex@acme.example\n");
    let run = run_import(&env, &["--force"], 1);
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    Account 37439510 at SANDBOX_URL
    error[E0102]: this user has two files
     --> users/b.yaml:1:1
      |
    1 | email: alex@acme.example
      | ^^^^^^^^^^^^^^^^^^^^^^^^ the other is users/a.yaml
      |
      = help: keep one file per user: move the rules of one file into the other

    1 error in 1 of 3 files
    Run `callrules explain E0102` for details
    ");
    assert_eq!(run.out, "");
}

#[test]
fn import_shortens_paths_and_reports_every_unwritable_file() {
    let mut seed = single_user_seed(json!([]));
    seed["extensions"][0]["name"] = json!("Alex ".repeat(60).trim());
    let env = TestEnv::beyond_the_specification(seed);
    let run = run_import(&env, &["--user", "101"], 0);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    let written: Vec<_> = fs::read_dir(env.path().join("users"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(written[0].len() <= 65, "{written:?}");

    let env = TestEnv::new(single_user_seed(json!([])));
    // A file where the folder should be.
    env.write("users", "");
    let run = run_import(&env, &[], 1);
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    Account 37439510 at SANDBOX_URL
    Imported 0 users with 0 rules and 0 states.
    Passed over 1 call queue: only users have call handling rules.
    error: Alex Morgan (101) was not imported: FOLDER/users/101-alex-morgan.yaml: OS_ERROR
    error: Priya Rao (102) was not imported: FOLDER/users/102-priya-rao.yaml: OS_ERROR
    ");
}

#[test]
fn import_rejects_user_files_without_settings() {
    let env = env_with_personal_rule();
    env.write("users/alex.yaml", "extension: \"101\"\n");
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let run = run_import(&env, &[], 1);
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    error: FOLDER has files in `users/` but no callrules.yaml
    help: create it with `callrules init`, which keeps the files of your users
    ");
    assert_eq!((run.out.as_str(), env.requests("GET", "/").len()), ("", 0));
}

#[test]
fn import_prints_account_and_missing_account_setting() {
    let env = env_with_personal_rule();
    let with_account = run_import(&env, &[], 0);
    insta::assert_snapshot!(without_variable_parts(&env, &with_account.err), @"
    Account 37439510 at SANDBOX_URL
    Imported 2 users with 2 rules and 3 states.
    Left out: whether forward-all-calls and do not disturb are on, which users switch themselves, and parts that are as in a new user.
    Passed over 1 call queue: only users have call handling rules.
    ");
    env.write("callrules.yaml", "prune: all\n");
    let without_account = run_import(&env, &[], 0);
    insta::assert_snapshot!(without_variable_parts(&env, &without_account.err), @r#"
    Account 37439510 at SANDBOX_URL
    note: callrules.yaml doesn't name an account; add `account: "37439510"` so that no other account can be changed
    Imported 0 users with 0 rules and 0 states.
    Passed over 2 users who have a file already.
    Passed over 1 call queue: only users have call handling rules.
    "#);
}

#[test]
fn import_writes_nothing_if_no_user_can_be_read() {
    let seed: Value = single_user_seed(json!([]));
    let env = TestEnv::with_faults(seed, &["html status=403 path=comm-handling"]);
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    run_import(&env, &["--user", "101"], 1);
    assert_eq!(fs::read_dir(env.path()).unwrap().count(), 0);
}
