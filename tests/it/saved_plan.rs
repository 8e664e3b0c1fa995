//! Plans that one run saves and another applies.

use std::fmt::Write as _;
use std::fs;

use callrules::reconcile::{AccountPlan, SavedPlan};
use serde_json::{Value, json};

use crate::apply::{last_paragraph, mask_run, problem_lines};
use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

const RULE: &str = "extension: \"101\"\ninteractionRules:\n  New:\n    conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }\n";

/// Starts a repository with a new rule. Returns it with the path of its saved plan.
fn start_with_plan() -> (TestEnv, String) {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", RULE);
    let file = save_plan(&env);
    (env, file)
}

/// Saves a plan, and returns its path.
fn save_plan(env: &TestEnv) -> String {
    let file = env.path().join("plan.json").display().to_string();
    let run = env.run(&["plan", "--out", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    file
}

/// Applies a saved plan, asserts that nothing is written, and returns the error.
fn assert_plan_refused(env: &TestEnv, file: &str) -> String {
    let run = env.run(&["apply", file, "--auto-approve"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
    mask_run(env, problem_lines(&run.err))
}

#[test]
fn apply_of_saved_plan_shows_same_changes_and_ignores_files() {
    let env = TestEnv::example("acme");
    let file = env.path().join("plan.json").display().to_string();
    let plan = env.run(&["plan", "--out", &file]);
    insta::assert_snapshot!(mask_run(&env, last_paragraph(&plan.out)), @"
    Plan: 3 to create, 8 to update, 1 to delete for 4 of 4 users
    Used 14 API requests; apply will need about 25
    Saved. To apply it: `callrules apply [repository]/plan.json`.
    ");
    let count_lookups = || env.requests("GET", "/greeting").len();
    let lookups_before = count_lookups();

    // The apply does not depend on the files.
    env.write("users/alex.yaml", "no longer\n\tYAML");
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(mask_run(&env, problem_lines(&run.err)), @"
    warning[W0009]: the tests were not run: the files have errors
    --> tests

    1 warning
    Run `callrules explain W0009` for details
    Journal: [repository]/.callrules/journal/[time].jsonl  (undo with `callrules rollback [repository]/.callrules/journal/[time].jsonl`)
    ");
    let changes = plan.out.strip_suffix(last_paragraph(&plan.out)).unwrap();
    assert!(run.out.starts_with(changes), "{}", run.out);
    // The saved plan includes the names of greetings.
    assert_eq!(count_lookups(), lookups_before);
    let sent = ["POST", "PATCH", "DELETE"].map(|method| env.requests(method, "/v2/").len());
    assert_eq!(sent, [3, 8, 1]);
}

#[test]
fn saved_plan_refuses_user_edited_since() {
    let (env, file) = start_with_plan();
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
    insta::assert_snapshot!(last_paragraph(&run.out), @r#"
    Plan: 1 to create for 1 of 1 user
    Done 0 · failed 0 · refused 1 · not tried 0
      refused    Alex Morgan · 101: added since the plan: interaction rule "Mine"
    "#);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
}

#[test]
fn saved_plan_cannot_be_applied_twice() {
    let (env, file) = start_with_plan();
    assert_eq!(env.run(&["apply", &file, "--auto-approve"]).code, 0);
    let repeated = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(repeated.code, 3, "{}{}", repeated.out, repeated.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
    let advice = repeated.err.lines().last().unwrap();
    insta::assert_snapshot!(mask_run(&env, advice), @"The account has changed since this plan was made. Perhaps the plan was already applied. To plan what is left: `callrules plan --out [repository]/plan.json`.");
}

/// Edits a saved plan, and gives it a valid checksum.
fn edit_plan(file: &str, edit: impl FnOnce(&mut AccountPlan)) {
    let mut saved = SavedPlan::from_bytes(&fs::read(file).unwrap()).unwrap();
    edit(&mut saved.plan);
    fs::write(file, saved.to_text().unwrap()).unwrap();
}

#[test]
fn saved_plan_whose_text_differs_from_requests_is_refused() {
    let live = forwarding("VIP", "+16501111111", "+14082320000");
    let edits: [fn(&mut AccountPlan); 5] = [
        |plan| plan.users[0].changes[1].fields.clear(),
        |plan| plan.users[0].changes[1].fields[0].before = json!("elsewhere"),
        |plan| plan.users[0].changes[0].name = "Harmless".to_owned(),
        |plan| plan.users[0].changes[2].name = "dnd".to_owned(),
        |plan| {
            let body = plan.users[0].changes[2].request.body.as_mut().unwrap();
            body["dispatching"]["type"] = json!("RingInOrder");
        },
    ];
    let mut errors = String::new();
    for (number, edit) in edits.into_iter().enumerate() {
        let env = TestEnv::new(single_user_seed(json!([live])));
        let rule = "conditions: { calledNumbers: [\"+16505550101\"] }\n    dispatching: { type: Terminate, terminate: { extension: \"102\" } }";
        env.write(
            "users/alex.yaml",
            &format!("extension: \"101\"\ninteractionRules:\n  New:\n    {rule}\n  VIP:\n    {rule}\nstates:\n  work-hours:\n    dispatching: {{ type: RingAtOnce, noAnswer: {{ extension: \"102\" }} }}\n"),
        );
        let file = save_plan(&env);
        edit_plan(&file, edit);
        let run = env.run(&["apply", &file, "--auto-approve"]);
        // A request for another resource makes the file unusable. Other differences only refuse
        // the user.
        let error = if run.code == 1 {
            problem_lines(&run.err)
        } else {
            assert_eq!(run.code, 3, "{number}: {}{}", run.out, run.err);
            last_paragraph(&run.out)
        };
        writeln!(errors, "{number}:\n{}", mask_run(&env, error)).unwrap();
        for method in ["POST", "PATCH", "DELETE"] {
            assert!(env.requests(method, "/v2/").is_empty(), "{number}");
        }
    }
    insta::assert_snapshot!(errors, @r#"
    0:
    Plan: 1 to create, 2 to update for 1 of 1 user
    Done 0 · failed 0 · refused 3 · not tried 0
      refused    Alex Morgan · 101: the plan shows something other than it would send: interaction rule "VIP"; plan again

    1:
    Plan: 1 to create, 2 to update for 1 of 1 user
    Done 0 · failed 0 · refused 3 · not tried 0
      refused    Alex Morgan · 101: the plan shows something other than it would send: interaction rule "VIP"; plan again

    2:
    Plan: 1 to create, 2 to update for 1 of 1 user
    Done 0 · failed 0 · refused 3 · not tried 0
      refused    Alex Morgan · 101: the plan shows something other than it would send: interaction rule "Harmless"; plan again

    3:
    error: can't apply [repository]/plan.json: the request for "dnd" of the user with id 1001 does not match the change: Patch /restapi/v2/accounts/~/extensions/1001/comm-handling/voice/state-rules/work-hours
    help: save a new plan with `callrules plan --out FILE`

    4:
    Plan: 1 to create, 2 to update for 1 of 1 user
    Done 0 · failed 0 · refused 3 · not tried 0
      refused    Alex Morgan · 101: the plan shows something other than it would send: call handling "work-hours"; plan again
    "#);
}

/// Keys and destinations that no line of the plan shows.
#[test]
fn body_with_parts_that_nothing_shows_is_refused() {
    type Edit = fn(&mut Value);
    let edits: [Edit; 6] = [
        |body| body["hidden"] = json!({ "forwardTo": "+19005550100" }),
        |body| body["conditions"][0]["hidden"] = json!(1),
        |body| body["dispatching"]["hidden"] = json!(1),
        |body| body["dispatching"]["actions"][0]["hidden"] = json!(1),
        |body| {
            let actions = body["dispatching"]["actions"].as_array_mut().unwrap();
            let end = actions.last_mut().unwrap();
            end["targets"][0]["hidden"] = json!(1);
        },
        |body| {
            let actions = body["dispatching"]["actions"].as_array_mut().unwrap();
            let end = actions.last_mut().unwrap();
            end["targets"].as_array_mut().unwrap().push(json!({
                "type": "PhoneNumberTerminatingTarget", "dispatchingType": "Ringing",
                "destination": { "phoneNumber": "+19005550100" },
            }));
        },
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let (env, file) = start_with_plan();
        edit_plan(&file, |plan| {
            edit(plan.users[0].changes[0].request.body.as_mut().unwrap());
        });
        let run = env.run(&["apply", &file, "--auto-approve"]);
        assert_eq!(run.code, 3, "{index}: {}{}", run.out, run.err);
        let reason = "the plan shows something other than it would send";
        assert!(run.out.contains(reason), "{index}: {}", run.out);
        assert_eq!(env.requests("POST", "/interaction-rules").len(), 0);
    }
}

#[test]
fn saved_plan_of_every_example_is_applied() {
    for example in ["acme", "hierarchy"] {
        let env = TestEnv::example(example);
        let file = save_plan(&env);
        let run = env.run(&["apply", &file, "--auto-approve"]);
        assert_eq!(run.code, 0, "{example}: {}{}", run.out, run.err);
    }
}

#[test]
fn saved_plan_shows_names_from_account() {
    let (env, file) = start_with_plan();
    edit_plan(&file, |plan| {
        plan.users[0].name = "Priya Rao".to_owned();
        plan.users[0].extension_number = Some("102".to_owned());
    });
    let run = env.run(&["apply", &file, "--auto-approve"]);
    let start = "1 of 1 user changes.\n\nAlex Morgan · 101\n";
    assert!(run.out.starts_with(start), "{}", run.out);
}

#[test]
fn saved_plan_applies_without_repository() {
    let (env, file) = start_with_plan();
    for path in ["callrules.yaml", "users/alex.yaml"] {
        fs::remove_file(env.path().join(path)).unwrap();
    }
    let run = env.run(&["apply", &file, "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(env.requests("POST", "/interaction-rules").len(), 1);
}

#[test]
fn saved_plan_without_changes_applies() {
    let (env, _) = start_with_plan();
    env.apply();
    let file = save_plan(&env);
    let run = env.run(&["apply", &file]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(run.out, @"No changes: the user matches the files.");
}

#[test]
fn plan_prints_json_while_saving_plan() {
    let (env, file) = start_with_plan();
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
    // The printed document is not a saved plan.
    let document = format!("{file}.printed");
    std::fs::write(&document, &run.out).unwrap();
    let error = assert_plan_refused(&env, &document);
    insta::assert_snapshot!(error, @"
    error: can't apply [repository]/plan.json.printed: this is the output of `plan --format json`, which is for scripts
    help: save a plan with `callrules plan --out FILE`
    ");
    let run = env.run(&["apply", &file, "--auto-approve", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["done"], 1);
}

#[test]
fn saved_plan_contains_no_secrets() {
    let (env, file) = start_with_plan();
    let text = fs::read_to_string(file).unwrap();
    let token_requests = env.requests("POST", "/oauth/token");
    let response = token_requests[0].response.as_ref().unwrap();
    let token = response["access_token"].as_str().unwrap();
    for secret in [token, "c2lnbmF0dXJl", "\"secret\"", "Bearer"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
#[cfg(unix)]
fn plan_out_follows_links_outside_the_repository_and_refuses_devices() {
    let (env, _) = start_with_plan();
    let folder = tempfile::TempDir::new().unwrap();
    let (real, link) = ["real.json", "link.json"]
        .map(|name| folder.path().join(name))
        .into();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    std::fs::write(&real, "old").unwrap();
    let run = env.run(&["plan", "--out", link.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().contains("checksum"));
    let run = env.run(&["plan", "--out", "/dev/null"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"error: /dev/null: not a regular file");
}

#[test]
fn incomplete_plan_is_not_saved() {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", RULE);
    env.write(
        "users/priya.yaml",
        "extension: \"102\"\ninteractionRules: { Not there: { enabled: true } }\n",
    );
    let file = env.path().join("plan.json");
    let run = env.run(&["plan", "--out", file.to_str().unwrap()]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(mask_run(&env, problem_lines(&run.err)), @"
    error[E0204]: it does not exist on the account, and a new rule needs `conditions`
     --> users/priya.yaml:2:21
      |
    2 | interactionRules: { Not there: { enabled: true } }
      |                     ^^^^^^^^^
      |
      = help: add `conditions:`, or correct the name of the rule

    1 error in 1 of 3 files
    Run `callrules explain E0204` for details
    error: the plan is incomplete and was not saved to [repository]/plan.json
    help: fix the errors above, or select other users with `--user`
    ");
    assert!(!file.exists());
}

#[test]
fn saved_plan_for_other_account_is_refused() {
    let (env, file) = start_with_plan();
    env.write("callrules.yaml", "account: \"1\"\nprune: all\n");
    insta::assert_snapshot!(assert_plan_refused(&env, &file), @r#"
    error: the repository describes account 1, but this is account 37439510
    help: use the credentials of the account that these files describe; if these files really are for 37439510, set `account: "37439510"` at callrules.yaml:1
    "#);

    let mut seed = single_user_seed(json!([]));
    seed["account"]["id"] = json!("2");
    let other = TestEnv::new(seed);
    other.write("callrules.yaml", "prune: all\n");
    let error = assert_plan_refused(&other, &file);
    let error = error.replace(&env.sandbox().url(), "[server of the plan]");
    insta::assert_snapshot!(error, @"
    error: the plan was made for [server of the plan], but this is [server]
    help: use the credentials of the account that the plan is for, or save a new plan for this account
    ");
    assert_eq!(other.sandbox().exchanges().len(), 0);

    // The same server with the credentials of another account.
    other.write("users/alex.yaml", RULE);
    let file = save_plan(&other);
    let mut saved = SavedPlan::from_bytes(&fs::read(&file).unwrap()).unwrap();
    saved.plan.account = ACCOUNT.to_owned();
    fs::write(&file, saved.to_text().unwrap()).unwrap();
    insta::assert_snapshot!(assert_plan_refused(&other, &file), @"
    error: the plan was made for account 37439510, but this is account 2
    help: use the credentials of the account that the plan is for, or save a new plan for this account
    ");
}

#[test]
fn damaged_saved_plan_is_refused_before_any_request() {
    let (env, file) = start_with_plan();
    let sent_before = env.sandbox().exchanges().len();
    let text = fs::read_to_string(&file).unwrap();
    let mut errors = String::new();
    for (damage, damaged) in [
        ("edited", &*text.replace("\"New\"", "\"Old\"")),
        ("truncated", &text[..text.len() / 2]),
        ("not JSON", RULE),
        ("other JSON", "{}"),
    ] {
        fs::write(&file, damaged).unwrap();
        let error = assert_plan_refused(&env, &file);
        writeln!(errors, "{damage}:\n{error}").unwrap();
    }
    insta::assert_snapshot!(errors, @"
    edited:
    error: can't apply [repository]/plan.json: it was changed after it was saved: the checksum does not match
    help: save a new plan with `callrules plan --out FILE`

    truncated:
    error: can't apply [repository]/plan.json: it is not a plan, or is damaged: EOF while parsing a value at line 90 column 34
    help: save a new plan with `callrules plan --out FILE`

    not JSON:
    error: can't apply [repository]/plan.json: it is not a plan, or is damaged: expected value at line 1 column 1
    help: save a new plan with `callrules plan --out FILE`

    other JSON:
    error: can't apply [repository]/plan.json: it is not a saved plan: the key `checksum` is missing or not text
    help: save a new plan with `callrules plan --out FILE`
    ");
    assert_eq!(env.sandbox().exchanges().len(), sent_before);
    let missing = env.run(&["apply", "nowhere.json", "--auto-approve"]);
    insta::assert_snapshot!(problem_lines(&missing.err), @"error: nowhere.json: No such file or directory (os error 2)");
}

#[test]
fn apply_of_saved_plan_rejects_user_option() {
    let (env, file) = start_with_plan();
    let run = env.run(&["apply", &file, "--user", "101"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(problem_lines(&run.err), @"
    error: the argument '[FILE]' cannot be used with '--user <USER>'

    Usage: callrules apply <FILE>

    For more information, try '--help'.
    ");
}
