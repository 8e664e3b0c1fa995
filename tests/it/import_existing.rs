//! Import where something is already: what belongs to somebody stays.

use std::fs;

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, TestEnv, forwarding, single_user_seed};

fn env() -> TestEnv {
    let said = |name: &str| forwarding(name, "+1650", "+14082324343");
    TestEnv::new(single_user_seed(json!([said("VIP"), said("Personal gym")])))
}

fn import(env: &TestEnv, arguments: &[&str], code: i32) -> Run {
    let run = env.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, code, "{}{}", run.out, run.err);
    run
}

fn assert_sound(env: &TestEnv) {
    for arguments in [&["validate"][..], &["plan", "--detailed-exitcode"]] {
        let run = env.run(arguments);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
}

fn read(env: &TestEnv, path: &str) -> String {
    fs::read_to_string(env.path().join(path)).unwrap()
}

#[test]
fn rules_that_the_repository_leaves_to_people_are_left_out() {
    let env = env();
    let settings = format!("account: \"{ACCOUNT}\"\nprune: all\nignore: [\"Personal *\"]\n");
    env.write("callrules.yaml", &settings);
    let run = import(&env, &[], 0);
    let note = "the rule `Personal gym` is left out: `ignore` leaves it to the user";
    assert!(run.err.contains(note), "{}", run.err);
    let text = read(&env, "users/101-alex-morgan.yaml");
    assert!(
        !text.contains("Personal gym:") && text.contains("VIP:"),
        "{text}"
    );
    assert!(!text.contains("ignore:"), "callrules.yaml says it:\n{text}");
    assert_sound(&env);
}

#[test]
fn a_file_written_anew_still_leaves_to_its_user_what_it_left() {
    let env = env();
    env.write(
        "users/sales/alex.yaml",
        "email: alex@acme.example\nprune: none\nignore: [\"Personal *\"]\n",
    );
    import(&env, &["--user", "101", "--force"], 0);
    let text = read(&env, "users/sales/alex.yaml");
    assert!(text.contains("prune: none\n"), "{text}");
    assert!(
        text.contains("Personal *") && !text.contains("Personal gym:"),
        "{text}"
    );
    assert!(
        text.starts_with("# yaml-language-server: $schema=../../schemas/"),
        "{text}"
    );
    assert_sound(&env);
}

#[test]
fn a_file_with_profiles_is_not_written_anew() {
    let env = env();
    env.write("profiles/team.yaml", "prune: none\n");
    let text = "extension: \"101\"\nprofiles: [team]\n";
    env.write("users/alex.yaml", text);
    let run = import(&env, &["--force"], 1);
    let why = "users/alex.yaml was not written anew: it uses profiles; edit it, or remove it and import \
               again";
    assert!(run.err.contains(why), "{}", run.err);
    assert_eq!(read(&env, "users/alex.yaml"), text);
    assert_eq!(run.out, "wrote users/102-priya-rao.yaml\n");
}

#[test]
fn what_is_left_is_told_with_the_way_to_renew_it() {
    let env = env();
    import(&env, &[], 0);
    let run = import(&env, &[], 0);
    let left = "left users/101-alex-morgan.yaml as it is; `--force` writes it anew\n";
    assert!(run.out.starts_with(left), "{}", run.out);
}

#[test]
fn a_file_of_somebody_else_is_never_written() {
    for force in [&[][..], &["--force"]] {
        let env = env();
        let other = "id: \"1002\"\n# Priya's\n";
        env.write("users/101-alex-morgan.yaml", other);
        let run = import(&env, &[&["--user", "101"], force].concat(), 0);
        assert_eq!(run.out, "wrote users/101-alex-morgan-1001.yaml\n");
        assert_eq!(read(&env, "users/101-alex-morgan.yaml"), other);
        assert_sound(&env);
    }
}

#[test]
fn two_files_of_one_user_are_a_mistake_here_too() {
    let env = env();
    env.write("users/a.yaml", "extension: \"101\"\n");
    env.write("users/b.yaml", "email: alex@acme.example\n");
    let run = import(&env, &["--force"], 1);
    assert!(run.err.contains("this user has two files"), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn long_names_make_short_paths_and_what_cannot_be_written_stops_nobody_else() {
    let mut seed = single_user_seed(json!([]));
    seed["extensions"][0]["name"] = json!("Alex ".repeat(60).trim());
    let env = TestEnv::beyond_the_specification(seed);
    let run = import(&env, &["--user", "101"], 0);
    let path = run.out.trim().strip_prefix("wrote users/").unwrap();
    assert!(path.len() <= 65, "{path}");

    let env = TestEnv::new(single_user_seed(json!([])));
    // A file stands where the folder should be.
    env.write("users", "");
    let run = import(&env, &[], 1);
    assert_eq!(
        run.err.matches("was not imported: ").count(),
        2,
        "{}",
        run.err
    );
}

#[test]
fn files_without_settings_beside_them_are_not_doubled() {
    let env = env();
    env.write("users/alex.yaml", "extension: \"101\"\n");
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let run = import(&env, &[], 1);
    assert!(
        run.err
            .contains("files below `users/`, and no callrules.yaml"),
        "{}",
        run.err
    );
    assert!(run.err.contains("`callrules init`"), "{}", run.err);
    assert_eq!((run.out.as_str(), env.requests("GET", "/").len()), ("", 0));
}

#[test]
fn the_account_is_told_and_that_the_settings_do_not_name_it() {
    let env = env();
    let run = import(&env, &[], 0);
    let account = format!("Account {ACCOUNT} at http://");
    assert!(run.err.starts_with(&account), "{}", run.err);
    assert!(!run.err.contains("note:"), "{}", run.err);
    env.write("callrules.yaml", "prune: all\n");
    let run = import(&env, &[], 0);
    let note =
        format!("note: callrules.yaml names no account; with `account: \"{ACCOUNT}\"` in it");
    assert!(run.err.contains(&note), "{}", run.err);
}

#[test]
fn nothing_is_begun_where_nothing_could_be_read() {
    let seed: Value = single_user_seed(json!([]));
    let env = TestEnv::with_faults(seed, &["html status=403 path=comm-handling"]);
    fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    import(&env, &["--user", "101"], 1);
    assert_eq!(fs::read_dir(env.path()).unwrap().count(), 0);
}
