//! Where the changes of a plan come from: the files, edits on the account, or both.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::changed::{commit, git};
use crate::support::{Run, TestEnv, forwarding, single_user_seed};

/// Returns a file with one rule for each entry: its name, its caller and the number it forwards to.
fn file(rules: &[(&str, &str, &str)]) -> String {
    let mut text = "extension: \"101\"\ninteractionRules:\n".to_owned();
    for (name, caller, target) in rules {
        text += &format!(
            "  {name}:\n    conditions: {{ callerIds: [\"{caller}\"] }}\n    dispatching: {{ type: Terminate, terminate: {{ phoneNumber: \"{target}\" }} }}\n"
        );
    }
    text
}

const CALLER: &str = "+16501111111";
const OTHER_CALLER: &str = "+16502222222";
const HAND_EDITED: &str = "+14087777777";
const TARGET: &str = "+14082324343";
const NEW_TARGET: &str = "+14089999999";

/// Returns a committed repository that matches the account: Alex has the rules `A` to `E`, and
/// Priya has a rule too.
fn create_env() -> TestEnv {
    let rule = |name: &str| forwarding(name, CALLER, TARGET);
    let mut seed = single_user_seed(json!([
        rule("A"),
        rule("B"),
        rule("C"),
        rule("D"),
        rule("E")
    ]));
    seed["extensions"][1]["interactionRules"] = json!([rule("P")]);
    let env = TestEnv::new(seed);
    env.write("users/alex.yaml", &file(&names("ABCDE", TARGET)));
    let priya = file(&names("P", TARGET)).replace("101", "102");
    env.write("users/priya.yaml", &priya);
    git(env.path(), &["init", "-q"]);
    commit(env.path());
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    env
}

fn names<'a>(names: &'a str, target: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
    let each = (0..names.len()).map(|index| &names[index..=index]);
    each.map(|name| (name, CALLER, target)).collect()
}

/// Edits the rules of a user by hand.
fn edit_rules(env: &TestEnv, number: &str, edit: impl Fn(&mut Vec<Value>)) {
    env.sandbox().edit(|account| {
        edit(&mut account.extension_mut(number).unwrap().interaction_rules);
    });
}

/// Sets the number that a rule forwards to.
fn forward_to(rule: &mut Value, number: &str) {
    let actions = rule["dispatching"]["actions"].as_array_mut().unwrap();
    for target in actions
        .iter_mut()
        .filter_map(|action| action["targets"].as_array_mut())
        .flatten()
    {
        if target["type"] == "PhoneNumberTerminatingTarget" {
            target["destination"]["phoneNumber"] = json!(number);
        }
    }
}

fn plan_since(env: &TestEnv, format: &str) -> Run {
    let run = env.run(&["plan", "--changed-since", "HEAD", "--format", format]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

/// Returns the origins of the changes of the first user, by the names of the rules.
fn origins(env: &TestEnv) -> BTreeMap<String, String> {
    let plan: Value = serde_json::from_str(&plan_since(env, "json").out).unwrap();
    let changes = plan["users"][0]["changes"].as_array().unwrap().iter();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    changes
        .map(|change| (text(change, "name"), text(change, "origin")))
        .collect()
}

/// Makes one change of each origin: `A` in the file, `B` on the account, `C` in both. `D` is
/// deleted on the account and `X` added there. `E` is deleted in the file, and `N` added there.
fn change_everything(env: &TestEnv) {
    let mut rules = names("ABCDN", TARGET);
    rules[0].2 = NEW_TARGET;
    rules[2].2 = NEW_TARGET;
    env.write("users/alex.yaml", &file(&rules));
    edit_rules(env, "101", |live| {
        forward_to(&mut live[1], HAND_EDITED);
        forward_to(&mut live[2], HAND_EDITED);
        live.remove(3);
        let mut added = live[0].clone();
        added["id"] = json!("777");
        added["displayName"] = json!("X");
        live.push(added);
    });
}

#[test]
fn changes_have_the_origin_of_their_difference() {
    let env = create_env();
    change_everything(&env);
    let expected = [
        ("A", "files"),
        ("B", "account"),
        ("C", "both"),
        ("D", "account"),
        ("E", "files"),
        ("N", "files"),
        ("X", "account"),
    ];
    let expected = expected.map(|(name, origin)| (name.to_owned(), origin.to_owned()));
    assert_eq!(origins(&env), BTreeMap::from(expected));
    // Without a commit, the origin is unknown, and the text does not mention it.
    let plan = env.plan();
    assert_eq!(plan["users"][0]["changes"][0]["origin"], "unknown");
    assert!(plan["users"][0].get("drift").is_none());
    let run = env.run(&["plan"]);
    assert!(!run.out.contains("On the account"), "{}", run.out);
}

#[test]
fn edits_on_the_account_are_shown_apart() {
    let env = create_env();
    change_everything(&env);
    // The audit trail has the time of the test.
    revoke_audit_permission(&env);
    insta::assert_snapshot!(env.stable_text(&plan_since(&env, "human").out), @"
    1 of 1 user changes.

    Alex Morgan · 101
      + interaction rule  N
            when   calls from +1 650-111-1111
            then   straight to +1 408-232-4343
      ~ interaction rule  A
            terminate  +1 408-232-4343 (Mobile) → +1 408-999-9999
      ~ interaction rule  C
            terminate  +1 408-777-7777 (Mobile) → +1 408-999-9999
            also edited on the account: see below
      - interaction rule  E  (not in the file; deleted because of `prune: all`)
      What callers will notice
            calls from +1 650-111-1111 (Someone): now: ambiguous (+1 408-232-4343 or +1 408-777-7777) → after: ambiguous (+1 408-232-4343 or +1 408-999-9999)

    On the account, not in the files (this merge would undo it)

    note: it is unknown who edited the account: the app lacks the permission ReadAuditTrail

    Alex Morgan · 101
      + interaction rule  D
            when   calls from +1 650-111-1111
            then   straight to +1 408-232-4343
      ~ interaction rule  B
            terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
      ~ interaction rule  C
            terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
      - interaction rule  X  (not in the file; deleted because of `prune: all`)
      What callers will notice
            calls from +1 650-111-1111 (Someone): now: ambiguous (+1 408-232-4343 or +1 408-777-7777) → after: +1 408-232-4343
      To keep it: `callrules adopt --user 101`

    Plan: 2 to create, 3 to update, 2 to delete for 1 of 1 user
    Used 5 API requests; apply will need about 9
    To apply it: `callrules apply --changed-since HEAD`. To save it: `callrules plan --out plan.json --changed-since HEAD`.
    ");
    insta::assert_snapshot!(env.stable_text(&plan_since(&env, "markdown").out), @r"
    ### Plan: 2 to create, 3 to update, 2 to delete for 1 of 1 user · 7 warnings

    For account 37439510. Nothing has changed yet. Applying this plan will take a minute at most.

    #### What callers will notice

    Times are in each user's time zone.

    **Alex Morgan · 101**

    | Calls | Now | After |
    |---|---|---|
    | **calls from +1 650-111-1111 (Someone)** | ambiguous (+1 408-232-4343 or +1 408-777-7777) | ambiguous (+1 408-232-4343 or +1 408-999-9999) |


    #### On the account, not in the files (this merge would undo it)

    Note: it is unknown who edited the account: the app lacks the permission ReadAuditTrail

    **Alex Morgan · 101**

    | Calls | Now | After |
    |---|---|---|
    | **calls from +1 650-111-1111 (Someone)** | ambiguous (+1 408-232-4343 or +1 408-777-7777) | +1 408-232-4343 |

    - to keep it: `callrules adopt --user 101`

    <details><summary>The edited fields</summary>

    ```diff
    + interaction rule  D
          when   calls from +1 650-111-1111
          then   straight to +1 408-232-4343
    ~ interaction rule  B
          terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
    ~ interaction rule  C
          terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
    - interaction rule  X  (not in the files)
    ```

    </details>

    #### Warnings

    - warning W0011 101: this rule is created, and \`X\`, which matches the same calls, is deleted (users/alex.yaml:12)
    - warning W0104 101, B: this rule and \`A\` match the same calls and have the same priority (users/alex.yaml:7)
    - warning W0104 101, D: this rule and \`A\` match the same calls and have the same priority (users/alex.yaml:13)
    - warning W0104 101, N: this rule and \`A\` match the same calls and have the same priority (users/alex.yaml:16)
    - warning W0104 101, C: this rule and \`B\` match the same calls and have the same priority (users/alex.yaml:10)
    - warning W0104 101, D: this rule and \`C\` match the same calls and have the same priority (users/alex.yaml:13)
    - warning W0104 101, N: this rule and \`C\` match the same calls and have the same priority (users/alex.yaml:16)

    #### Changes

    <details><summary>Alex Morgan · 101: 4 changes</summary>

    ```diff
    + interaction rule  N
          when   calls from +1 650-111-1111
          then   straight to +1 408-232-4343
    ~ interaction rule  A
          terminate  +1 408-232-4343 (Mobile) → +1 408-999-9999
    ~ interaction rule  C
          terminate  +1 408-777-7777 (Mobile) → +1 408-999-9999
    - interaction rule  E  (not in the files)
    ```

    </details>

    To apply this plan, merge the pull request or run `callrules apply --changed-since HEAD`.
    ");
}

#[test]
fn users_with_the_same_file_are_not_read() {
    let env = create_env();
    edit_rules(&env, "102", |live| forward_to(&mut live[0], HAND_EDITED));
    env.write("users/alex.yaml", &file(&names("ABCD", TARGET)));
    let before = env.sandbox().exchanges().len();
    plan_since(&env, "json");
    let sent = env.sandbox().exchanges().len() - before;
    assert_eq!(
        sent, 4,
        "sign-in, account, directory, and the rules of one user"
    );
}

#[test]
fn file_that_adopted_an_edit_has_no_drift() {
    let env = create_env();
    let mut rules = names("ABCDE", TARGET);
    rules[1].2 = HAND_EDITED;
    rules[0].1 = OTHER_CALLER;
    env.write("users/alex.yaml", &file(&rules));
    edit_rules(&env, "101", |live| forward_to(&mut live[1], HAND_EDITED));
    let expected = BTreeMap::from([("A".to_owned(), "files".to_owned())]);
    assert_eq!(origins(&env), expected);
}

#[test]
fn changes_of_a_new_file_come_from_the_files() {
    let env = create_env();
    std::fs::remove_file(env.path().join("users/alex.yaml")).unwrap();
    commit(env.path());
    env.write("users/alex.yaml", &file(&names("A", NEW_TARGET)));
    let origins = origins(&env);
    assert_eq!(origins.len(), 5);
    assert!(
        origins.values().all(|origin| origin == "files"),
        "{origins:?}"
    );
}

#[test]
fn origin_is_unknown_if_the_commit_cannot_be_resolved() {
    let env = create_env();
    let unresolved = file(&names("A", TARGET)).replace(
        &format!("{{ phoneNumber: \"{TARGET}\" }}"),
        "{ extension: \"555\" }",
    );
    env.write("users/alex.yaml", &unresolved);
    commit(env.path());
    env.write("users/alex.yaml", &file(&names("ABCDE", NEW_TARGET)));
    let origins = origins(&env);
    assert!(
        origins.values().all(|origin| origin == "unknown"),
        "{origins:?}"
    );
}

/// Allows the app only what plans and applies need.
fn revoke_audit_permission(env: &TestEnv) {
    env.sandbox().edit(|account| {
        account.account.permissions =
            serde_json::from_value(json!(["ReadAccounts", "EditExtensions"])).unwrap();
    });
}

#[test]
fn edits_name_their_author_and_cost_one_search() {
    let env = create_env();
    change_everything(&env);
    let plan = plan_since(&env, "json");
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    let edit = &plan["users"][0]["drift"]["edits"][0];
    assert_eq!(edit["by"], "Alex Morgan");
    assert_eq!(edit["action"], "CHANGE_USER_INFO");
    assert_eq!(env.requests("POST", "audit-trail").len(), 1);
    let text = plan_since(&env, "human").out;
    let line = text
        .lines()
        .find(|line| line.contains("edited by"))
        .unwrap();
    assert!(line.starts_with("  edited by Alex Morgan on 20"), "{line}");
    // Without drift, the audit trail is not read.
    env.run(&["plan"]);
    env.apply();
    assert_eq!(env.requests("POST", "audit-trail").len(), 2);
    env.write("users/alex.yaml", &file(&names("AB", TARGET)));
    commit(env.path());
    env.write("users/alex.yaml", &file(&names("A", TARGET)));
    edit_rules(&env, "101", |live| {
        live.retain(|rule| rule["displayName"] != "C");
    });
    plan_since(&env, "json");
}

#[test]
fn missing_audit_permission_is_named_once() {
    let env = create_env();
    change_everything(&env);
    revoke_audit_permission(&env);
    for format in ["human", "markdown"] {
        let out = plan_since(&env, format).out;
        let note =
            "it is unknown who edited the account: the app lacks the permission ReadAuditTrail";
        assert_eq!(out.matches(note).count(), 1, "{out}");
    }
    assert_eq!(env.requests("POST", "audit-trail").len(), 0);
    assert_eq!(plan_since(&env, "human").code, 0);
}

#[test]
fn parts_that_a_file_no_longer_has_are_reported() {
    let env = create_env();
    let text = file(&names("ABCDE", TARGET));
    env.write(
        "users/alex.yaml",
        &format!("{text}states: {{ dnd: {{ enabled: false }} }}\n"),
    );
    commit(env.path());
    env.write("users/alex.yaml", "extension: \"101\"\nstates: {}\n");
    let run = plan_since(&env, "human");
    insta::assert_snapshot!(crate::apply::problem_lines(&run.err), @"
    warning[W0022]: `interactionRules` is in this file as of `HEAD`, but not any more: it stays on the account as it is and is no longer managed
    --> users/alex.yaml
     = help: to change it on the account, declare what it is to be

    warning[W0022]: `states.dnd` is in this file as of `HEAD`, but not any more: it stays on the account as it is and is no longer managed
    --> users/alex.yaml
     = help: to change it on the account, declare what it is to be

    2 warnings in 1 of 3 files
    Run `callrules explain W0022` for details
    ");
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\nallow: [part-gone]\nstates: {}\n",
    );
    let run = plan_since(&env, "human");
    assert!(!run.err.contains("W0022"), "{}", run.err);
}

#[test]
fn users_without_a_file_are_counted() {
    let env = create_env();
    std::fs::remove_file(env.path().join("users/priya.yaml")).unwrap();
    let settings = |unmanaged: &str| {
        let account = crate::support::ACCOUNT;
        env.write(
            "callrules.yaml",
            &format!("account: \"{account}\"\nprune: all\n{unmanaged}"),
        );
    };
    settings("");
    let requests = || env.sandbox().exchanges().len();
    let before = requests();
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(crate::apply::problem_lines(&run.err), @"
    warning[W0021]: 1 user has no file: Priya Rao (102)
    --> callrules.yaml
     = help: write the missing files with `callrules import --user 102`, or set `unmanagedUsers: ignore`

    1 warning in 1 of 2 files
    Run `callrules explain W0021` for details
    ");
    assert_eq!(
        requests() - before,
        4,
        "nothing more than the directory is read"
    );
    let run = env.run(&["plan", "--user", "101"]);
    assert!(!run.err.contains("W0021"), "{}", run.err);
    settings("unmanagedUsers: ignore\n");
    let run = env.run(&["plan"]);
    assert!(!run.err.contains("no file"), "{}", run.err);
    settings("unmanagedUsers: error\n");
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("error[E0210]: 1 user has no file"),
        "{}",
        run.err
    );
    let doctor = env.run(&["doctor"]);
    insta::assert_snapshot!(crate::support::lines_with(&doctor.out, "file"), @"
    ✓ repository         1 user file
    ✓ users              1 user has no file: Priya Rao (102)
                         write the missing files with `callrules import --user 102`
    ");
}

#[test]
fn user_who_is_out_of_service_is_reported() {
    let env = create_env();
    env.sandbox().edit(|account| {
        account.extension_mut("102").unwrap().status = "Disabled".to_owned();
    });
    let run = env.run(&["plan"]);
    insta::assert_snapshot!(crate::apply::problem_lines(&run.err), @"
    warning[W0023]: Priya Rao (102) is disabled, so no call reaches this user
    --> users/priya.yaml
     = help: delete the file if the user has left

    1 warning in 1 of 3 files
    Run `callrules explain W0023` for details
    ");
}

#[test]
fn switch_that_is_on_and_not_declared_is_reported() {
    let env = create_env();
    let text = file(&names("ABCDE", TARGET));
    let states = |dnd: &str| {
        env.write("users/alex.yaml", &format!("{text}states: {{ {dnd} }}\n"));
    };
    states("work-hours: { schedule: { daily: all-day } }");
    env.sandbox().edit(|account| {
        let states = &mut account.extension_mut("101").unwrap().states;
        states["forward-all-calls"]["enabled"] = json!(true);
        states["dnd"]["enabled"] = json!(true);
    });
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(env.stable_text(&run.out), @"
    0 of 2 users change.

    Alex Morgan · 101
      note: every call of this user is being forwarded: forward-all-calls is on, which the file leaves to the user
      note: no phone of this user rings: dnd is on, which the file leaves to the user

    No changes: all 2 users match their files.
    Used 6 API requests
    ");
    // A file without states costs no request for them.
    env.write("users/alex.yaml", &text);
    let run = env.run(&["plan"]);
    assert!(!run.out.contains("forwarded"), "{}", run.out);
    // A report reads the states, and does not claim that the account matches the file.
    let out = env.path().join("pages");
    let run = env.run(&["report", "--live", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let pages = std::fs::read_dir(&out).unwrap();
    let alex = pages
        .flatten()
        .find(|page| page.file_name().to_string_lossy().contains("alex"))
        .unwrap();
    let html = std::fs::read_to_string(alex.path()).unwrap();
    assert!(
        html.contains("every call of this user is being forwarded"),
        "{html}"
    );
    assert!(!html.contains("The account matches the files."), "{html}");
}

#[test]
fn comparison_with_a_commit_covers_all_users_and_names_both_ways_out() {
    let env = create_env();
    for number in ["101", "102"] {
        edit_rules(&env, number, |live| forward_to(&mut live[0], HAND_EDITED));
    }
    revoke_audit_permission(&env);
    let run = env.run(&["plan", "--compared-with", "HEAD", "--detailed-exitcode"]);
    assert_eq!(run.code, 2, "{}", run.err);
    insta::assert_snapshot!(env.stable_text(&run.out), @"
    2 of 2 users change.

    On the account, not in the files (an apply would undo it)

    note: it is unknown who edited the account: the app lacks the permission ReadAuditTrail

    Alex Morgan · 101
      ~ interaction rule  A
            terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
      What callers will notice
            calls from +1 650-111-1111 (Someone): now: ambiguous (+1 408-232-4343 or +1 408-777-7777) → after: +1 408-232-4343
      To keep it: `callrules adopt --user 101`
      To undo it: `callrules apply --user 101`

    Priya Rao · 102
      ~ interaction rule  P
            terminate  +1 408-777-7777 (Mobile) → +1 408-232-4343
      What callers will notice
            calls from +1 650-111-1111 (Someone): now: +1 408-777-7777 → after: +1 408-232-4343
      To keep it: `callrules adopt --user 102`
      To undo it: `callrules apply --user 102`

    Plan: 2 to update for 2 of 2 users
    Used 6 API requests; apply will need about 6
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    env.write("users/alex.yaml", "extension: [\n");
    commit(env.path());
    env.write("users/alex.yaml", &file(&names("ABCDE", TARGET)));
    let run = env.run(&["plan", "--compared-with", "HEAD"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("is missing or has errors"), "{}", run.err);
}

/// The guide shows what the program prints, with a fixed time.
#[test]
fn drift_guide_shows_what_the_program_prints() {
    let env = create_env();
    edit_rules(&env, "102", |live| forward_to(&mut live[0], HAND_EDITED));
    let run = env.run(&["plan", "--compared-with", "HEAD"]);
    let out = env.stable_text(&run.out);
    let (start, end) = (
        out.find("On the account").unwrap(),
        out.find("Plan:").unwrap(),
    );
    let lines = out[start..end].trim_end().lines();
    let with_fixed_time = lines.map(|line| match line.split_once(" on 20") {
        Some((by, rest)) => format!(
            "{by} on 2026-11-20 at 17:02{}",
            &rest["26-11-20 at 17:02".len()..]
        ),
        None => line.to_owned(),
    });
    let shown = format!(
        "```text\n{}\n```\n",
        with_fixed_time.collect::<Vec<_>>().join("\n")
    );
    let guide = std::fs::read_to_string("docs/guides/drift.md").unwrap();
    assert!(
        guide.contains(&shown),
        "docs/guides/drift.md lacks:\n{shown}"
    );
}
