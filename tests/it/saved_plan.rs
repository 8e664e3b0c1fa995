//! A plan that is saved in one run and carried out in another.

use std::fs;

use callrules::engine::{Plan, Saved};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

const RULE: &str = "extension: \"101\"\ninteractionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }\n";

/// A repository with a new rule, its plan, and where that is saved.
fn planned() -> (TestEnv, String) {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", RULE);
    let file = save(&env);
    (env, file)
}

fn save(env: &TestEnv) -> String {
    let file = env.path().join("plan.json").display().to_string();
    let run = env.run(&["plan", "--out", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    file
}

/// The error of an `apply FILE` that sends nothing but what it takes to know the account.
fn refused(env: &TestEnv, file: &str) -> String {
    let run = env.run(&["apply", file, "--auto-approve"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
    run.err
}

#[test]
fn what_was_planned_is_shown_again_and_carried_out() {
    let env = TestEnv::example("acme");
    let file = env.path().join("plan.json").display().to_string();
    let plan = env.run(&["plan", "--out", &file]);
    let saved = format!(
        "Saved: apply it with `{}`.\n",
        env.command_line(&format!("apply {file}"))
    );
    assert!(plan.out.ends_with(&saved), "{}", plan.out);
    let greetings = || env.requests("GET", "/greeting").len();
    let before = greetings();

    // The files are not asked again.
    env.write("users/alex.yaml", "no longer\n\tYAML");
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let told = "the tests were not run: the files have mistakes";
    assert!(run.err.contains(told), "{}", run.err);
    let (shown, _) = plan.out.split_once("\nPlan: ").unwrap();
    assert!(run.out.starts_with(shown), "{}", run.out);
    assert_eq!(greetings(), before, "a saved plan brings their names along");
    let sent = ["POST", "PATCH", "DELETE"].map(|method| env.requests(method, "/v2/").len());
    assert_eq!(sent, [3, 8, 1]);
}

#[test]
fn who_has_moved_since_is_refused() {
    let (env, file) = planned();
    env.sandbox().edit(|account| {
        let alex = account
            .extensions
            .iter_mut()
            .find(|e| e.extension_number == "101")
            .unwrap();
        let rule = forwarding("Mine", "+16501111111", "+14082324343");
        alex.interaction_rules.push(rule);
    });
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(
        run.out
            .contains("appeared since the plan: interaction rule \"Mine\""),
        "{}",
        run.out
    );
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn what_was_done_is_not_done_again() {
    let (env, file) = planned();
    assert_eq!(env.run(&["apply", &file, "--auto-approve"]).code, 0);
    let again = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(again.code, 3, "{}{}", again.out, again.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
    let save = env.command_line(&format!("plan --out {file}"));
    let told =
        format!("perhaps the plan was carried out before. Save one of what is left: `{save}`.\n");
    assert!(again.err.ends_with(&told), "{}", again.err);
}

/// Whoever writes a file can write its checksum too.
fn edited(file: &str, edit: impl FnOnce(&mut Plan)) {
    let mut saved = Saved::from_bytes(&fs::read(file).unwrap()).unwrap();
    edit(&mut saved.plan);
    fs::write(file, saved.to_text().unwrap()).unwrap();
}

#[test]
fn what_is_shown_is_what_is_sent() {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let edits: [fn(&mut Plan); 5] = [
        |plan| plan.users[0].changes[1].fields.clear(),
        |plan| plan.users[0].changes[1].fields[0].before = json!("elsewhere"),
        |plan| plan.users[0].changes[0].name = "Harmless".to_owned(),
        |plan| plan.users[0].changes[2].name = "dnd".to_owned(),
        |plan| {
            let body = plan.users[0].changes[2].request.body.as_mut().unwrap();
            body["dispatching"]["type"] = json!("RingInOrder");
        },
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let env = TestEnv::new(single_user_seed(json!([live])));
        let rule = "conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }";
        env.write(
            "users/alex.yaml",
            &format!("extension: \"101\"\ninteractionRules:\n  New:\n    {rule}\n  VIP:\n    {rule}\nstates:\n  work-hours:\n    dispatching: {{ type: RingAtOnce, noAnswer: {{ extension: \"102\" }} }}\n"),
        );
        let file = save(&env);
        edited(&file, edit);
        let run = env.run(&["apply", &file, "--auto-approve"]);
        let is_refused = run
            .out
            .contains("the plan shows something else than it would send")
            || run.err.contains("is none for that");
        assert!(is_refused, "{at}: {}{}", run.out, run.err);
        for method in ["POST", "PATCH", "DELETE"] {
            assert!(env.requests(method, "/v2/").is_empty(), "{at}");
        }
    }
}

#[test]
fn who_somebody_is_the_account_says() {
    let (env, file) = planned();
    edited(&file, |plan| {
        plan.users[0].name = "Priya Rao".to_owned();
        plan.users[0].extension_number = Some("102".to_owned());
    });
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert!(run.out.starts_with("Alex Morgan · 101\n"), "{}", run.out);
}

#[test]
fn it_needs_no_repository() {
    let (env, file) = planned();
    for gone in ["callrules.yaml", "users/alex.yaml"] {
        fs::remove_file(env.path().join(gone)).unwrap();
    }
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn a_plan_of_nothing_is_a_plan() {
    let (env, _) = planned();
    env.apply();
    let file = save(&env);
    let run = env.run(&["apply", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("No changes"), "{}", run.out);
}

#[test]
fn scripts_get_their_document_beside_the_file() {
    let (env, file) = planned();
    let run = env.run(&[
        "plan",
        "--out",
        &file,
        "--format",
        "json",
        "--detailed-exitcode",
    ]);
    assert_eq!(run.code, 2);
    assert!(
        serde_json::from_str::<Value>(&run.out).is_ok(),
        "{}",
        run.out
    );
    // The document is none that could be carried out.
    let document = format!("{file}.told");
    std::fs::write(&document, &run.out).unwrap();
    let told = env.run(&["apply", &document, "--auto-approve"]);
    assert_eq!(told.code, 1);
    for part in ["as `--format json` tells it", "`callrules plan --out FILE`"] {
        assert!(told.err.contains(part), "{}", told.err);
    }
    let run = env.run(&["apply", &file, "--auto-approve", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
}

#[test]
fn it_holds_no_secret() {
    let (env, file) = planned();
    let text = fs::read_to_string(file).unwrap();
    let token = &env.requests("POST", "/oauth/token")[0];
    let token = token.response.as_ref().unwrap()["access_token"].clone();
    for secret in [
        token.as_str().unwrap(),
        "c2lnbmF0dXJl",
        "\"secret\"",
        "Bearer",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
#[cfg(unix)]
fn a_link_is_followed_and_a_device_is_no_place() {
    let (env, _) = planned();
    let folder = env.path();
    std::os::unix::fs::symlink(folder.join("real.json"), folder.join("link.json")).unwrap();
    std::fs::write(folder.join("real.json"), "old").unwrap();
    let link = folder.join("link.json");
    let run = env.run(&["plan", "--out", link.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(link.is_symlink());
    assert!(
        std::fs::read_to_string(folder.join("real.json"))
            .unwrap()
            .contains("checksum")
    );
    let run = env.run(&["plan", "--out", "/dev/null"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("it is no file"), "{}", run.err);
}

#[test]
fn half_of_a_plan_is_not_saved() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", RULE);
    env.write(
        "users/priya.yaml",
        "extension: \"102\"\ninteractionRules: { Not there: { enabled: true } }\n",
    );
    let file = env.path().join("plan.json");
    let run = env.run(&["plan", "--out", file.to_str().unwrap()]);
    assert_eq!(run.code, 1);
    let told = "the plan is not complete, and was not saved";
    assert!(run.err.contains(told), "{}", run.err);
    assert!(!file.exists());
}

#[test]
fn only_the_account_that_was_planned_is_changed() {
    let (env, file) = planned();
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    let err = refused(&env, &file);
    assert!(err.contains("describes account 1, and this"), "{err}");

    let mut seed = single_user_seed(json!([]));
    seed["account"]["id"] = json!("2");
    let other = TestEnv::new(seed);
    other.write("callrules.yaml", "prune: all\n");
    let told = format!("the plan was made for {}", env.sandbox().url());
    let err = refused(&other, &file);
    assert!(err.contains(&told), "{err}");
    assert_eq!(other.sandbox().exchanges().len(), 0);

    // The same server with the credentials of another account.
    other.write("users/alex.yaml", RULE);
    let file = save(&other);
    let mut saved = Saved::from_bytes(&fs::read(&file).unwrap()).unwrap();
    saved.plan.account = ACCOUNT.to_owned();
    fs::write(&file, saved.to_text().unwrap()).unwrap();
    let err = refused(&other, &file);
    assert!(
        err.contains(&format!(
            "made for account {ACCOUNT}, and this is account 2"
        )),
        "{err}"
    );
}

#[test]
fn a_file_that_was_changed_is_refused_before_anything_is_sent() {
    let (env, file) = planned();
    let made = env.sandbox().exchanges().len();
    let text = fs::read_to_string(&file).unwrap();
    let refused = |text: &str| {
        fs::write(&file, text).unwrap();
        let err = refused(&env, &file);
        assert!(err.contains("help: save a plan anew"), "{err}");
        err
    };
    assert!(refused(&text.replace("\"New\"", "\"Old\"")).contains("the checksum does not fit"));
    assert!(refused(&text[..text.len() / 2]).contains("damaged or cut off"));
    assert!(refused(RULE).contains("damaged or cut off"));
    assert!(refused("{}").contains("not a saved plan"));
    assert_eq!(env.sandbox().exchanges().len(), made);
    let missing = env.run(&["apply", "nowhere.json", "--auto-approve"]);
    assert!(missing.err.contains("nowhere.json: "), "{}", missing.err);
}

#[test]
fn users_are_chosen_when_the_plan_is_made() {
    let (env, file) = planned();
    let run = env.run(&["apply", &file, "--user", "101"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("cannot be used with"), "{}", run.err);
}
