//! `doctor`: checks of credentials, permissions, connectivity and files.

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, command, single_user_seed};

/// Starts an account whose settings differ from those of [`single_user_seed`].
fn env_with_settings(settings: Value) -> TestEnv {
    let mut seed = single_user_seed(json!([]));
    for (key, value) in settings.as_object().unwrap() {
        seed["account"][key] = value.clone();
    }
    TestEnv::new(seed)
}

fn run_doctor(env: &TestEnv) -> Run {
    env.run(&["doctor"])
}

/// Runs `doctor` with the given server and JWT, outside of a repository.
fn run_doctor_with(server: &str, jwt: &str) -> Run {
    let output = command()
        .arg("doctor")
        .env("RC_SERVER_URL", server)
        .env("RC_APP_CLIENT_ID", "id")
        .env("RC_APP_CLIENT_SECRET", "hush-hush")
        .env("RC_USER_JWT", jwt)
        .output()
        .unwrap();
    let run = Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    for secret in ["hush-hush", jwt] {
        let is_printed = run.out.contains(secret) || run.err.contains(secret);
        assert!(!is_printed, "{secret} in {}{}", run.out, run.err);
    }
    run
}

/// Returns the lines of the checks that did not pass, without the help below them.
fn failed_checks(run: &Run) -> String {
    let marks = ["! ", "✗ ", "- "];
    run.out
        .lines()
        .filter(|line| marks.iter().any(|mark| line.starts_with(mark)))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn doctor_passes_every_check_on_a_ready_account() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let run = run_doctor(&env);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(env.stable_text(&run.out), @"
    ✓ repository         0 user files
    ✓ variables          all four are set
    ✓ server             http://[sandbox] responds
    ✓ clock              within 60 s of the server's clock
    ✓ token              signed in
    ✓ permissions        ReadAccounts, EditExtensions, ReadAuditTrail
    ✓ account            37439510, as in callrules.yaml
    ✓ users              2 users have no file: Alex Morgan (101), Priya Rao (102)
                         write the missing files with `callrules import`
    ✓ new call handling  on
    ✓ rate limits        auth 1250 in 60 s · light 12500 in 60 s · medium 10000 in 60 s
                         enough to read about 5000 users a minute (10000 requests)
    Ready.
    ");
    assert_eq!(
        env.sandbox().exchanges().len(),
        4,
        "sign-in, account, users, features"
    );
}

#[test]
fn doctor_without_variables_names_the_missing_ones() {
    let output = command().arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("RC_USER_JWT"), "{out}");
    insta::assert_snapshot!(out, @"
    ✓ repository         no repository here, so there is no account ID to compare
                         select a repository with `-C DIR`, or create one with `callrules init` or `callrules import`
    ✗ variables          not set in the environment: RC_SERVER_URL (https://platform.ringcentral.com unless your provider uses another address), RC_APP_CLIENT_ID (the app's page in the RingCentral developer console), RC_APP_CLIENT_SECRET (next to the client ID in the developer console), RC_USER_JWT (the user's JWT credential, created in the developer console)
                         export them in this shell, or store them as secrets of the CI environment; `--sandbox` needs no variables
    - server             skipped
    - clock              skipped
    - token              skipped
    - permissions        skipped
    - account            skipped
    - users              skipped
    - new call handling  skipped
    - rate limits        skipped
    Fix the items marked ✗ first.
    ");
}

#[test]
fn doctor_reports_a_server_that_does_not_answer() {
    // The port of a listener that is closed again.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let run = run_doctor_with(&server, "aGVhZGVy.cGF5bG9hZA.c2ln");
    assert_eq!(run.code, 1);
    // The operating system's message differs between platforms.
    insta::with_settings!({ filters => [(r"127\.0\.0\.1:\d+", "[address]"), ("(oauth/token: ).*", "$1[reason]")] }, {
        insta::assert_snapshot!(failed_checks(&run), @"
        ✗ server             cannot sign in: cannot connect to [address] for POST /restapi/oauth/token: [reason]
        - clock              skipped
        - token              skipped
        - permissions        skipped
        - account            skipped
        - users              skipped
        - new call handling  skipped
        - rate limits        skipped
        ");
    });
}

/// The sandbox accepts any well-formed JWT; this one is malformed.
#[test]
fn doctor_reports_a_rejected_jwt() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let server = env.sandbox().url();
    let run = run_doctor_with(&server, "pasted-wrongly");
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(env.stable_text(&run.out), @"
    ✓ repository         no repository here, so there is no account ID to compare
                         select a repository with `-C DIR`, or create one with `callrules init` or `callrules import`
    ! variables          RC_USER_JWT is not a well-formed JWT, which has three parts separated by dots
                         copy the whole credential from the developer console, without quotation marks
    ✓ server             http://[sandbox] responds
    ✓ clock              within 60 s of the server's clock
    ✗ token              cannot sign in: POST /restapi/oauth/token was refused: OAU-148 [assertion] the assertion is not a JWT (status 400)
                         compare RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT with the developer console: all must belong to the same app and server, the JWT must not be revoked or expired, and the app must allow the JWT auth flow
    - permissions        skipped
    - account            skipped
    - users              skipped
    - new call handling  skipped
    - rate limits        skipped
    Fix the items marked ✗ first.
    ");
}

#[test]
fn missing_edit_extensions_allows_plan_and_rejects_apply() {
    let env = env_with_settings(json!({ "permissions": ["ReadAccounts"] }));
    let run = run_doctor(&env);
    assert_eq!(run.code, 0, "{}", run.out);
    insta::assert_snapshot!(failed_checks(&run), @"! permissions        EditExtensions is missing: `plan` works, `apply` does not");

    let user = "extension: \"101\"\nstates:\n  dnd: { dispatching: { type: Terminate, terminate: { extension: \"102\" } } }\n";
    env.write("users/alex.yaml", user);
    assert_eq!(env.run(&["plan", "--detailed-exitcode"]).code, 2);
    let apply = env.run(&["apply", "--auto-approve"]);
    assert_eq!(apply.code, 1, "{}{}", apply.out, apply.err);
    insta::assert_snapshot!(env.stable_text(&apply.err), @"
    Account 37439510 at http://[sandbox]
    error: the API app lacks the permission EditExtensions, which changes need
    help: add it to the API app in the developer console, then run the command again; `callrules doctor` checks permissions
    ");
    // The permission is checked before the first write.
    assert!(env.requests("PATCH", "/").is_empty());
}

#[test]
fn missing_read_accounts_stops_doctor_after_sign_in() {
    let env = env_with_settings(json!({ "permissions": ["EditExtensions"] }));
    let run = run_doctor(&env);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(failed_checks(&run), @"
    ✗ permissions        ReadAccounts is missing: rules cannot be read
    - account            skipped
    - users              skipped
    - new call handling  skipped
    ");
    assert_eq!(env.sandbox().exchanges().len(), 1, "the sign-in");
    env.write("users/alex.yaml", "extension: \"101\"\n");
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 1);
    assert!(plan.err.contains("CMN-401"), "{}", plan.err);
}

#[test]
fn doctor_compares_the_account_with_the_settings() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    let other_account = run_doctor(&env);
    assert_eq!(other_account.code, 1);
    insta::assert_snapshot!(failed_checks(&other_account), @"✗ account            the credentials belong to account 37439510, but callrules.yaml is for 1");

    env.write("callrules.yaml", "prune: all\n");
    let no_account = run_doctor(&env);
    assert_eq!(no_account.code, 0);
    insta::assert_snapshot!(failed_checks(&no_account), @"! account            37439510, but callrules.yaml does not name an account");

    env.write("callrules.yaml", "prune: everything\n");
    let invalid_settings = run_doctor(&env);
    assert_eq!(invalid_settings.code, 1);
    insta::assert_snapshot!(failed_checks(&invalid_settings), @"
    ✗ repository         1 error in the files
    - users              skipped
    ");

    std::fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    let no_settings = run_doctor(&env);
    assert_eq!((no_settings.code, &*failed_checks(&no_settings)), (0, ""));
}

#[test]
fn doctor_reports_an_account_without_new_call_handling() {
    let env = env_with_settings(json!({ "newCallHandling": false }));
    let run = run_doctor(&env);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(failed_checks(&run), @"✗ new call handling  off: the account does not have the rules that callrules manages");
}

#[test]
fn doctor_accepts_the_embedded_sandbox() {
    let env = TestEnv::example("acme");
    let run = command()
        .arg("-C")
        .arg(env.path())
        .args(["--sandbox", "doctor"])
        .output()
        .unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(0), "{out}");
    insta::assert_snapshot!(out, @"
    ✓ repository         4 user files
    ✓ variables          none needed: `--sandbox` is built in
    ✓ server             the embedded sandbox responds
    ✓ clock              within 60 s of the server's clock
    ✓ token              signed in
    ✓ permissions        ReadAccounts, EditExtensions, ReadAuditTrail
    ✓ account            37439510, as in callrules.yaml
    ✓ users              4 users in service, each with a file
    ✓ new call handling  on
    ✓ rate limits        auth 1250 in 60 s · light 12500 in 60 s · medium 10000 in 60 s
                         enough to read about 5000 users a minute (10000 requests)
    Ready.
    ");
}
