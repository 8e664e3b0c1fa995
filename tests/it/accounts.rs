//! Accounts and repositories that do not fit together.

use serde_json::{Value, json};

use crate::support::{TestEnv, single_user_seed};

/// Returns an account in which extension 101 belongs to this user.
fn seed_with_holder(id: &str, name: &str) -> Value {
    json!({
        "account": { "id": "37439510", "name": "Acme" },
        "extensions": [
            { "id": id, "extensionNumber": "101", "name": name },
            { "id": "5002", "extensionNumber": "102", "name": "Priya Rao" },
        ],
    })
}

#[test]
fn number_that_was_given_to_another_user_leaves_that_user_out() {
    let before = TestEnv::new(seed_with_holder("5001", "Maria Gomez"));
    assert_eq!(before.run(&["import"]).code, 0);
    let path = "users/101-maria-gomez.yaml";
    let text = std::fs::read_to_string(before.path().join(path)).unwrap();
    assert!(
        text.contains("extension: \"101\"\nid: \"5001\"\n"),
        "{text}"
    );

    let mut seed = seed_with_holder("5009", "Tom Baker");
    let mut after = TestEnv::new(seed.clone());
    let copy = |env: &TestEnv| {
        let other = "users/102-priya-rao.yaml";
        env.write(path, &text);
        env.write(
            other,
            &std::fs::read_to_string(before.path().join(other)).unwrap(),
        );
    };
    copy(&after);
    let gone = after.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(gone.code, 1, "{}", gone.out);
    insta::assert_snapshot!(after.stable_text(&gone.err), @r#"
    Account 37439510 at http://[sandbox]
    error[E0201]: the user with the id 5001 is no longer on the account
     --> users/101-maria-gomez.yaml:4:5
      |
    4 | id: "5001"
      |     ^^^^^^ 101 belongs to Tom Baker (id 5009) now
      |
      = help: if the user has left, delete the file; if these rules are for Tom Baker from now on, write `id: "5009"`

    1 error in 1 of 3 files
    Run `callrules explain E0201` for details
    "#);

    let extensions = seed["extensions"].as_array_mut().unwrap();
    extensions.push(json!({ "id": "5001", "extensionNumber": "140", "name": "Maria Gomez" }));
    after = TestEnv::new(seed);
    copy(&after);
    let moved = after.run(&["apply", "--auto-approve"]);
    assert_eq!(moved.code, 1, "{}", moved.out);
    assert_eq!(after.requests("GET", "/extensions/5009/").len(), 0);
    insta::assert_snapshot!(after.stable_text(&moved.err), @r#"
    Account 37439510 at http://[sandbox]
    error[E0201]: `101` is not Maria Gomez (id 5001) any more: it belongs to Tom Baker (id 5009)
     --> users/101-maria-gomez.yaml:3:12
      |
    3 | extension: "101"
      |            ^^^^^
      |
      = help: if the file is for Maria Gomez, write `extension: "140"`; if it is for the new holder, write their id

    1 error in 1 of 3 files
    Run `callrules explain E0201` for details
    "#);
}

#[test]
fn forced_import_adds_the_id_of_the_user() {
    let env = TestEnv::new(seed_with_holder("5001", "Maria Gomez"));
    env.write(
        "users/maria.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    assert_eq!(env.run(&["import", "--user", "101", "--force"]).code, 0);
    let text = std::fs::read_to_string(env.path().join("users/maria.yaml")).unwrap();
    assert!(
        text.contains("extension: \"101\"\nid: \"5001\"\n"),
        "{text}"
    );
}

#[test]
fn repository_without_users_is_an_error() {
    let env = TestEnv::new(single_user_seed(json!([])));
    for command in ["plan", "apply"] {
        let run = env.run(&[command]);
        assert_eq!((run.code, &*run.out), (1, ""));
    }
    env.write("Users/a.yaml", "extension: \"101\"\ninteractionRules: {}\n");
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(env.stable_text(&run.err), @"
    error: [repository] has no user files in `users/`
    help: rename the folder `Users/` to `users/`
    ");
}

#[test]
fn account_without_new_call_handling_is_explained() {
    let env = TestEnv::with_faults(seed_with_holder("5001", "Maria Gomez"), &["legacy"]);
    env.write(
        "users/maria.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    for command in [
        &["plan"][..],
        &["apply", "--auto-approve"],
        &["import", "--force"],
    ] {
        let run = env.run(command);
        assert_eq!((run.code, &*run.out), (1, ""), "{command:?} {}", run.err);
        assert!(
            run.err.contains("has not been moved to new call handling"),
            "{}",
            run.err
        );
    }
    // The features are read once in each run.
    assert_eq!(env.requests("GET", "/features").len(), 3);
}
