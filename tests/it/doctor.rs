//! `doctor`: what stands between a repository and its account.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Run, TestEnv, command, single_user_seed};

/// An account whose settings differ from the usual ones.
fn env(settings: Value) -> TestEnv {
    let mut seed = single_user_seed(json!([]));
    for (key, value) in settings.as_object().unwrap() {
        seed["account"][key] = value.clone();
    }
    TestEnv::new(seed)
}

fn doctor(env: &TestEnv) -> Run {
    env.run(&["doctor"])
}

/// The lines that are not good, without the help below them.
fn complaints(run: &Run) -> Vec<&str> {
    let marks = ["! ", "✗ ", "- "];
    let lines = run.out.lines();
    lines
        .filter(|line| marks.iter().any(|mark| line.starts_with(mark)))
        .collect()
}

#[test]
fn a_healthy_account() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let run = doctor(&env);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(run.out.replace(&env.sandbox().url(), "http://localhost:1"));
    assert_eq!(
        env.sandbox().exchanges().len(),
        3,
        "sign-in, account, features"
    );
}

#[test]
fn no_variables_no_server_no_right_to_sign_in() {
    let output = command().args(["doctor"]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(out.contains("✗ variables"), "{out}");
    assert!(out.contains("RC_USER_JWT"), "{out}");
    assert!(out.contains("- new call handling  not tried"), "{out}");

    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let with = |server: &str, jwt: &str| {
        let mut command = command();
        command.args(["doctor"]).env("RC_SERVER_URL", server);
        command
            .env("RC_APP_CLIENT_ID", "id")
            .env("RC_USER_JWT", jwt);
        let output = command.env("RC_APP_CLIENT_SECRET", "hush-hush").output();
        let output = output.unwrap();
        let told = [output.stdout.clone(), output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(!told.contains("hush-hush") && !told.contains(jwt), "{told}");
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::new(),
        }
    };
    let run = with(&address, "aGVhZGVy.cGF5bG9hZA.c2ln");
    assert_eq!(run.code, 1);
    assert!(run.out.contains("✗ server"), "{}", run.out);
    assert!(run.out.contains("- token"), "{}", run.out);

    // The sandbox takes any JWT that looks like one; this one does not.
    let env = TestEnv::new(single_user_seed(json!([])));
    let run = with(&env.sandbox().url(), "pasted-wrongly");
    assert_eq!(run.code, 1);
    assert!(run.out.contains("! variables"), "{}", run.out);
    assert!(run.out.contains("✓ server"), "{}", run.out);
    assert!(run.out.contains("✗ token"), "{}", run.out);
    assert!(run.out.contains("- permissions"), "{}", run.out);
}

#[test]
fn without_edit_extensions_plan_works_and_apply_does_not() {
    let env = env(json!({ "permissions": ["ReadAccounts"] }));
    let run = doctor(&env);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(
        complaints(&run),
        ["! permissions        EditExtensions is missing: plan works, apply does not"]
    );

    let user = "extension: \"101\"\nstates:\n  dnd: { dispatching: { type: Terminate, terminate: { extension: \"102\" } } }\n";
    env.write("users/alex.yaml", user);
    assert_eq!(env.run(&["plan", "--detailed-exitcode"]).code, 2);
    let apply = env.run(&["apply", "--auto-approve"]);
    assert_eq!(apply.code, 1, "{}{}", apply.out, apply.err);
    assert!(
        apply.err.contains("lacks the permission EditExtensions"),
        "{}",
        apply.err
    );
    // It is not learnt from one refused write after the other.
    assert!(env.requests("PATCH", "/").is_empty());
}

#[test]
fn without_read_accounts_nothing_else_is_asked() {
    let env = env(json!({ "permissions": ["EditExtensions"] }));
    let run = doctor(&env);
    assert_eq!(run.code, 1);
    assert_eq!(
        complaints(&run),
        [
            "✗ permissions        ReadAccounts is missing: nothing can be read",
            "- account            not tried",
            "- new call handling  not tried",
        ]
    );
    assert_eq!(env.sandbox().exchanges().len(), 1, "the sign-in");
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 1);
    assert!(plan.err.contains("CMN-401"), "{}", plan.err);
}

#[test]
fn another_account_or_an_unnamed_one() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    let run = doctor(&env);
    assert_eq!(run.code, 1);
    let message = format!(
        "✗ account            the credentials open account {ACCOUNT}, and callrules.yaml describes 1"
    );
    assert_eq!(complaints(&run), [message]);

    env.write("callrules.yaml", "prune: all\n");
    let run = doctor(&env);
    assert_eq!(run.code, 0);
    let message = format!("! account            {ACCOUNT}, and callrules.yaml names none");
    assert_eq!(complaints(&run), [message]);

    env.write("callrules.yaml", "prune: everything\n");
    let run = doctor(&env);
    assert_eq!(run.code, 1);
    assert_eq!(
        complaints(&run),
        ["✗ repository         1 mistake in the files"]
    );

    std::fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let run = doctor(&env);
    assert_eq!((run.code, complaints(&run)), (0, Vec::new()));
}

#[test]
fn an_account_on_old_call_handling() {
    let env = env(json!({ "newCallHandling": false }));
    let run = doctor(&env);
    assert_eq!(run.code, 1);
    assert_eq!(
        complaints(&run),
        ["✗ new call handling  off: the account has none of the rules that callrules manages"]
    );
}

#[test]
fn it_works_with_the_embedded_sandbox() {
    let env = TestEnv::example("acme");
    let run = command()
        .arg("-C")
        .arg(env.path())
        .args(["--sandbox", "doctor"])
        .output()
        .unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(0), "{out}");
    assert!(out.contains("the embedded sandbox answers"), "{out}");
}
