//! The journal of an apply, and the way back that it shows.

mod damaged;
mod killed;
mod later_edits;

use std::process::Command;

use callrules::engine::account::{Method, Read as _, Request};
use callrules::engine::{self, Action, Change, Fate, LiveUser, Resource, Step, Stray, Wanted};
use callrules::model::ExtensionId;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::apply::client;
use crate::support::{Run, TestEnv, forwarding, single_user_seed};

/// What the account means, kept in the files of an import: the service may spell it otherwise next time,
/// and a rule that is made again has another id.
pub(crate) struct Remembered(TempDir);

impl Remembered {
    pub(crate) fn now(env: &TestEnv) -> Self {
        let folder = TempDir::new().unwrap();
        let import = env.run_in(folder.path(), &["import"]);
        assert_eq!(import.code, 0, "{}", import.err);
        Remembered(folder)
    }

    /// Whether the account means the same again.
    pub(crate) fn is_so(&self, env: &TestEnv) -> bool {
        let plan = env.run_in(self.0.path(), &["plan", "--detailed-exitcode"]);
        assert!(matches!(plan.code, 0 | 2), "{}", plan.err);
        plan.code == 0
    }
}

fn roll_back(env: &TestEnv, journal: &str) -> Run {
    let back = format!("{journal}.back");
    let all = ["--auto-approve", "--journal", &back];
    env.run(&[&["rollback", journal], &all[..]].concat())
}

/// Applies with a journal at a known place.
fn apply(env: &TestEnv) -> String {
    let journal = env.path().join("apply.jsonl").to_str().unwrap().to_owned();
    let run = env.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(printed_undo(&run.err).last(), Some(&journal));
    journal
}

#[cfg(unix)]
#[test]
fn a_journal_is_for_its_owner_alone() {
    use std::os::unix::fs::MetadataExt;
    let env = TestEnv::example("acme");
    let journal = apply(&env);
    let mode = std::fs::metadata(journal).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_whole_apply_is_undone_and_undone_again() {
    let env = TestEnv::example("acme");
    let before = Remembered::now(&env);
    let journal = apply(&env);
    let after = Remembered::now(&env);
    assert!(!before.is_so(&env));
    let looked_up = || {
        let lists = ["dictionary/greeting", "/device"];
        lists.map(|list| env.requests("GET", list).len())
    };
    let [greetings, devices] = looked_up();
    let plan = env.run(&["rollback", &journal]);
    // Nobody can be asked here; what would be done is shown.
    assert_eq!(plan.code, 1, "{}", plan.err);
    insta::assert_snapshot!(plan.out);
    // The lists that the plan mentions, and no others: greeting, announcement, connecting audio.
    assert_eq!(looked_up(), [greetings + 3, devices + 1]);
    assert!(after.is_so(&env));

    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(back.out.contains("\nRollback: 1 to create"), "{}", back.out);
    assert!(back.out.contains("\nDone 11 · failed 0"), "{}", back.out);
    let (_, told) = back.err.split_once("Rolling back").unwrap();
    let root = env.path().to_str().unwrap();
    insta::assert_snapshot!(format!(
        "Rolling back{}",
        told.replace(root, "[repository]")
    ));
    assert!(before.is_so(&env));
    // There is nothing left to undo, and nothing is written for it.
    let again = env.run(&["rollback", &journal, "--auto-approve"]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert!(
        again.out.contains("Nothing to undo: 4 users as before"),
        "{}",
        again.out
    );

    let forth = env.run(&["rollback", &format!("{journal}.back"), "--auto-approve"]);
    assert_eq!(forth.code, 0, "{}{}", forth.out, forth.err);
    assert!(after.is_so(&env));
}

#[test]
fn after_hours_come_back_as_they_were() {
    let hours = json!([{ "type": "Schedule", "schedule": { "triggers": [
        { "triggerType": "Daily", "startTime": "09:00:00", "endTime": "17:00:00" },
    ] } }]);
    let mut seed = single_user_seed(json!([]));
    seed["extensions"][0]["states"] = json!({ "work-hours": { "conditions": hours } });
    let env = TestEnv::new(seed);
    env.write(
        "users/alex.yaml",
        "extension: 101\nstates: {after-hours: {dispatching: {type: Terminate, terminate: {extension: 102}}}}\n",
    );
    env.apply();
    let before = Remembered::now(&env);
    env.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply(&env);
    assert!(!before.is_so(&env));
    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&env));
}

#[test]
fn after_hours_come_back_also_where_the_work_hours_are_back_already() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let hours = "extension: 101\nstates:\n  work-hours: {schedule: {daily: 09:00-17:00}}\n";
    let after = "  after-hours: {dispatching: {type: Terminate, terminate: {extension: 102}}}\n";
    env.write("users/alex.yaml", &format!("{hours}{after}"));
    env.apply();
    let before = Remembered::now(&env);
    env.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply(&env);
    // As a rollback that was killed after its first write leaves it.
    env.write("users/alex.yaml", hours);
    env.apply();
    assert!(!before.is_so(&env));
    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&env));
}

#[test]
fn a_name_that_another_rule_takes_over_goes_back_to_its_owner() {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("A", "+16501111111", "+14082324343"),
        forwarding("B", "+16501111112", "+14082324344"),
    ])));
    let before = Remembered::now(&env);
    let id = env.user("101")["interactionRules"][1]["id"].clone();
    env.write(
        "users/alex.yaml",
        &format!("extension: 101\ninteractionRules:\n  A: {{id: {id}}}\n"),
    );
    let journal = apply(&env);
    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(before.is_so(&env));
}

#[test]
fn what_an_apply_did_not_bring_about_is_not_undone() {
    let seed = single_user_seed(json!([]));
    let env = TestEnv::with_faults(seed, &["503 method=POST path=interaction-rules first=3"]);
    env.write(
        "users/alex.yaml",
        "extension: 101\ninteractionRules: {New: {conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}}}\n",
    );
    let journal = env.path().join("failed.jsonl").to_str().unwrap().to_owned();
    let failed = env.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(failed.code, 3, "{}{}", failed.out, failed.err);
    env.apply();
    let back = roll_back(&env, &journal);
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert_eq!(
        env.user("101")["interactionRules"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

/// The way back from a create of this rule, of which there are two now.
fn undone(after: Option<usize>, twin: Option<usize>) -> Result<Vec<String>, Vec<Stray>> {
    let rule = forwarding("A", "+16501111111", "+14082320000");
    let env = TestEnv::new(single_user_seed(json!([rule, rule])));
    let client = client(&env.sandbox().url());
    env.block_on(async {
        let user = ExtensionId("1001".to_owned());
        let rules = client.interaction_rules(&user).await.unwrap();
        let directory = client.directory().await.unwrap();
        let change = Change {
            action: Action::Create,
            resource: Resource::InteractionRule,
            name: "A".to_owned(),
            rule_id: None,
            reason: None,
            fields: Vec::new(),
            request: Request {
                method: Method::Post,
                path: "/restapi/v2/…".to_owned(),
                body: Some(rule),
            },
        };
        let after = after.map(|place| Value::Object(rules[place].body.clone()));
        let twins: Vec<String> = twin
            .map(|place| rules[place].id.clone())
            .into_iter()
            .collect();
        let step = Step {
            change: &change,
            before: None,
            after: after.as_ref(),
            twins: &twins,
            after_hours: None,
        };
        let wanted = Wanted {
            user: user.clone(),
            rules: true,
            states: false,
        };
        let live = LiveUser::new(&wanted, rules.clone(), Vec::new());
        let plan = engine::rollback(&user, &[step], &live, &directory)?;
        let place = |change: &Change| {
            let id = change.rule_id.as_ref().unwrap();
            rules.iter().position(|rule| rule.id == *id).unwrap()
        };
        let told = |change: &Change| format!("{:?} {}", change.action, place(change));
        Ok(plan.changes.iter().map(told).collect())
    })
}

#[test]
fn a_create_that_made_two_is_undone_as_far_as_the_journal_knows_which() {
    assert_eq!(undone(Some(1), None).unwrap(), ["Delete 1"]);
    let mut both = undone(Some(1), Some(0)).unwrap();
    both.sort();
    assert_eq!(both, ["Delete 0", "Delete 1"]);
    // Without an answer either may be it, and the other one somebody else's.
    let strays = undone(None, None).unwrap_err();
    match &strays[..] {
        [
            Stray {
                fate: Fate::Several(ids),
                ..
            },
        ] => assert_eq!(ids.len(), 2),
        other => panic!("{other:?}"),
    }
}

/// The command that an apply prints for its undoing.
fn printed_undo(told: &str) -> Vec<String> {
    let (_, rest) = told.split_once("undo with `").unwrap();
    let (command, _) = rest.split_once('`').unwrap();
    let words = shlex::split(command).unwrap();
    assert_eq!(words[0], "callrules");
    words[1..].to_vec()
}

#[test]
fn the_first_rules_of_a_user_are_undone_as_it_was_printed() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let rule = "{conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}}";
    let rules: Vec<String> = (0..6).map(|n| format!("  R{n}: {rule}\n")).collect();
    let file = format!("extension: 101\ninteractionRules:\n{}", rules.concat());
    env.write("users/alex.yaml", &file);
    let before = Remembered::now(&env);
    let run = env.apply();
    let mut undo = Command::new(env!("CARGO_BIN_EXE_callrules"));
    undo.args(printed_undo(&run.err)).arg("--auto-approve");
    let back = undo.envs(env.environment()).output().unwrap();
    let told = String::from_utf8_lossy(&back.stderr);
    assert_eq!(back.status.code(), Some(0), "{told}");
    assert!(before.is_so(&env));
}
