//! Rollbacks of an apply with its journal.

mod damaged;
mod killed;
mod later_edits;

use std::process::Command;

use callrules::model::ExtensionId;
use callrules::reconcile::account::{AccountReader as _, WriteMethod, WriteRequest};
use callrules::reconcile::{
    self, ChangeAction, ChangeOrigin, ConflictReason, FetchRequest, JournaledWrite, LiveUser,
    PlannedChange, ResourceKind, RollbackConflict,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::apply::{client, last_paragraph, mask_run};
use crate::support::{Run, TestEnv, forwarding, single_user_seed};

/// The files of an import, to be compared with the account later. They do not depend on ids or on
/// the spelling of responses.
pub(crate) struct AccountBaseline(TempDir);

impl AccountBaseline {
    /// Imports the account into a temporary folder.
    pub(crate) fn capture(env: &TestEnv) -> Self {
        let folder = TempDir::new().unwrap();
        let import = env.run_in(folder.path(), &["import"]);
        assert_eq!(import.code, 0, "{}", import.err);
        AccountBaseline(folder)
    }

    /// Returns whether the account matches the files.
    pub(crate) fn matches(&self, env: &TestEnv) -> bool {
        let plan = env.run_in(self.0.path(), &["plan", "--detailed-exitcode"]);
        assert!(matches!(plan.code, 0 | 2), "{}", plan.err);
        plan.code == 0
    }
}

/// Rolls an apply back, with a journal at `{journal}.back`.
fn roll_back(env: &TestEnv, journal: &str) -> Run {
    let own_journal = format!("{journal}.back");
    let options = ["--auto-approve", "--journal", &own_journal];
    env.run(&[&["rollback", journal], &options[..]].concat())
}

/// Applies, and returns the path of the journal.
fn apply_with_journal(env: &TestEnv) -> String {
    let journal = env.path().join("apply.jsonl").to_str().unwrap().to_owned();
    let run = env.run(&["apply", "--auto-approve", "--journal", &journal]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(parse_undo_command(&run.err).last(), Some(&journal));
    journal
}

#[cfg(unix)]
#[test]
fn journal_is_readable_only_by_its_owner() {
    use std::os::unix::fs::MetadataExt;
    let env = TestEnv::example("acme");
    let journal = apply_with_journal(&env);
    let mode = std::fs::metadata(journal).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn rollback_undoes_apply_and_can_be_rolled_back_itself() {
    let env = TestEnv::example("acme");
    let before = AccountBaseline::capture(&env);
    let journal = apply_with_journal(&env);
    let after = AccountBaseline::capture(&env);
    assert!(!before.matches(&env));
    let count_lookups = || {
        let lists = ["dictionary/greeting", "/device"];
        lists.map(|list| env.requests("GET", list).len())
    };
    let [greetings, devices] = count_lookups();
    let plan = env.run(&["rollback", &journal]);
    // Without a terminal the program can't ask for confirmation, and only shows the plan.
    assert_eq!(plan.code, 1, "{}", plan.err);
    insta::assert_snapshot!(plan.out, @"
    4 of 4 users change.

    Alex Morgan · 101
      - interaction rule  VIP Calls After-Hours  (created by the apply that is rolled back)
      ~ call handling     work-hours
            type         RingInOrder → RingAtOnce
            greeting     preset Default → none
            ring groups  3 of 3 changed
              - desktop apps 20 s
              - device Alex's desk phone + mobile apps 25 s
              - 102 (Priya Rao) 20 s
              + device Alex's desk phone 40 s
              + mobile apps 30 s
              + desktop apps 30 s
      ~ state settings    work-hours
            schedule  Mon–Fri 08:00–16:00 → daily all day
      What callers will notice
            everyone but the 5 callers of VIP Calls After-Hours · outside Mon–Fri 08:00–16:00: now: straight to voicemail → after: rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail
            Mon–Fri 08:00–16:00: greeting: preset Default → none; rings: desktop apps 20 s, then mobile apps + device Alex's desk phone 25 s, then 102 (Priya Rao) 20 s → desktop apps + mobile apps 30 s with device Alex's desk phone 40 s
            the 5 callers of VIP Calls After-Hours · outside Mon–Fri 08:00–16:00: now: straight to +1 408-232-4343 → after: rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail

    Priya Rao · 102
      + interaction rule  Office move
            when   to +1 650-555-0102
            then   straight to +1 650-555-0199 (New office)
      ~ interaction rule  Public holidays
            schedule   2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01 → 2025-11-27 to 2025-11-30, 2025-12-25
            terminate  announcement (preset Not available) → voicemail
      - interaction rule  Team meeting  (created by the apply that is rolled back)
      What callers will notice
            direct calls except to +1 650-555-0102 · Tue 09:00–10:30: now: extension 900 (Support queue) → after: handled by work hours or after hours
            direct calls except to +1 650-555-0102 · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: announcement (preset Not available) → after: handled by work hours or after hours
            queue calls · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: announcement (preset Not available) → after: handled by the agent state, if the user is in a queue
            direct calls to +1 650-555-0102 · outside Tue 09:00–10:30; not 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: handled by work hours or after hours → after: +1 650-555-0199
            direct calls to +1 650-555-0102 · Tue 09:00–10:30: now: extension 900 (Support queue) → after: +1 650-555-0199
            direct calls to +1 650-555-0102 · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: announcement (preset Not available) → after: +1 650-555-0199

    Sam Lee · 103
      - interaction rule  Sales line  (created by the apply that is rolled back)
      ~ call handling     forward-all-calls
            terminate  announcement (preset Default) → voicemail
      What callers will notice
            calls to +1 650-555-0133 · until 2027-03-31 daily 07:00–19:00: connecting audio: preset Acoustic → none; screening: callers without a number (the user decides) → none; rings: desktop apps + mobile apps + +1 312-123-4567 30 s → desktop apps + mobile apps 30 s; no answer: extension 900 (Support queue) → voicemail
            while forward-all-calls is on: now: announcement (preset Default) → after: voicemail

    Jo Park · 104
      ~ call handling     after-hours
            type                         RingAtOnce → Terminate
            first ring group: ring time  20 s → 30 s
                                         (no effect with type Terminate)
            second ring group: rings     no → yes
                                         (no effect with type Terminate)
            terminate                    extension 900 (Support queue) → voicemail
      ~ call handling     agent
            type         RingInOrder → RingAtOnce
            ring groups  2 of 2 changed
              - desktop apps 15 s
              - mobile apps 15 s
              + mobile apps 30 s
              + desktop apps 30 s
      ~ state settings    work-hours
            schedule  Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00 → Mon–Fri 09:00–17:00
      What callers will notice
            direct calls · outside Mon–Fri 09:00–17:00 · when no rule applies: now: rings mobile apps 20 s, then voicemail → after: straight to voicemail
            direct calls · Fri 12:00–13:00 and 15:00–17:00 · when no rule applies: rings: mobile apps 20 s → desktop apps + mobile apps 30 s
            queue calls · Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00 · when no rule applies: rings: desktop apps 15 s, then mobile apps 15 s → desktop apps + mobile apps 30 s
            queue calls · Fri 12:00–13:00 and 15:00–17:00 · when no rule applies: now: the queue tries the next agent → after: rings desktop apps + mobile apps 30 s

    Rollback: 1 to create, 7 to update, 3 to delete for 4 of 4 users
    ");
    // Only the lists that the plan mentions: greetings, announcements and connecting audio.
    assert_eq!(count_lookups(), [greetings + 3, devices + 1]);
    assert!(after.matches(&env));

    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);
    insta::assert_snapshot!(last_paragraph(&rollback.out), @"
    Rollback: 1 to create, 7 to update, 3 to delete for 4 of 4 users
    Done 11 · failed 0 · refused 0 · not tried 0
    ");
    insta::assert_snapshot!(mask_run(&env, &rollback.err), @"
    Account 37439510 at [server]
    Rolling back 11 changes for 4 users…
    Journal: [repository]/apply.jsonl.back  (undo this rollback with `callrules rollback [repository]/apply.jsonl.back`)
    Your files still contain this change, so the next apply will make it again. Revert it there too, and check with `callrules plan`.
    ");
    assert!(before.matches(&env));
    // Nothing is left to undo, and nothing is written.
    let repeated = env.run(&["rollback", &journal, "--auto-approve"]);
    assert_eq!(repeated.code, 0, "{}{}", repeated.out, repeated.err);
    insta::assert_snapshot!(repeated.out, @"Nothing to undo: all 4 users are as before the apply.");

    let own_journal = format!("{journal}.back");
    let redo = env.run(&["rollback", &own_journal, "--auto-approve"]);
    assert_eq!(redo.code, 0, "{}{}", redo.out, redo.err);
    assert!(after.matches(&env));
}

#[test]
fn rollback_restores_after_hours_handling() {
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
    let before = AccountBaseline::capture(&env);
    env.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply_with_journal(&env);
    assert!(!before.matches(&env));
    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);
    assert!(before.matches(&env));
}

#[test]
fn rollback_restores_after_hours_handling_if_work_hours_are_already_restored() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let hours = "extension: 101\nstates:\n  work-hours: {schedule: {daily: 09:00-17:00}}\n";
    let after = "  after-hours: {dispatching: {type: Terminate, terminate: {extension: 102}}}\n";
    env.write("users/alex.yaml", &format!("{hours}{after}"));
    env.apply();
    let before = AccountBaseline::capture(&env);
    env.write(
        "users/alex.yaml",
        "extension: 101\nstates: {work-hours: {schedule: {daily: all-day}}}\n",
    );
    let journal = apply_with_journal(&env);
    // A rollback that was killed after its first write leaves the account in this state.
    env.write("users/alex.yaml", hours);
    env.apply();
    assert!(!before.matches(&env));
    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);
    assert!(before.matches(&env));
}

#[test]
fn rollback_returns_name_that_another_rule_took_over() {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("A", "+16501111111", "+14082324343"),
        forwarding("B", "+16501111112", "+14082324344"),
    ])));
    let before = AccountBaseline::capture(&env);
    let id = env.user("101")["interactionRules"][1]["id"].clone();
    env.write(
        "users/alex.yaml",
        &format!("extension: 101\ninteractionRules:\n  A: {{id: {id}}}\n"),
    );
    let journal = apply_with_journal(&env);
    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);
    assert!(before.matches(&env));
}

#[test]
fn rollback_does_not_undo_failed_writes() {
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
    let rollback = roll_back(&env, &journal);
    assert_eq!(rollback.code, 0, "{}{}", rollback.out, rollback.err);
    let rules = env.user("101")["interactionRules"].clone();
    assert_eq!(rules.as_array().unwrap().len(), 1);
}

/// Plans the rollback of a create that made two equal rules. Returns the changes.
///
/// `after` is the place of the rule in the response, and `twin` the place of the rule that the
/// journal lists as a duplicate.
fn plan_rollback_of_duplicate(
    after: Option<usize>,
    twin: Option<usize>,
) -> Result<Vec<String>, Vec<RollbackConflict>> {
    let rule = forwarding("A", "+16501111111", "+14082320000");
    let env = TestEnv::new(single_user_seed(json!([rule, rule])));
    let client = client(&env.sandbox().url());
    env.block_on(async {
        let user = ExtensionId("1001".to_owned());
        let rules = client.interaction_rules(&user).await.unwrap();
        let directory = client.directory().await.unwrap();
        let change = PlannedChange {
            action: ChangeAction::Create,
            resource: ResourceKind::InteractionRule,
            name: "A".to_owned(),
            rule_id: None,
            reason: None,
            origin: ChangeOrigin::Unknown,
            fields: Vec::new(),
            request: WriteRequest {
                method: WriteMethod::Post,
                path: "/restapi/v2/…".to_owned(),
                body: Some(rule),
            },
        };
        let after = after.map(|place| Value::Object(rules[place].body.clone()));
        let twins: Vec<String> = twin.iter().map(|place| rules[*place].id.clone()).collect();
        let step = JournaledWrite {
            change: &change,
            before: None,
            after: after.as_ref(),
            duplicate_ids: &twins,
            after_hours: None,
        };
        let wanted = FetchRequest {
            user: user.clone(),
            rules: true,
            states: false,
        };
        let live = LiveUser::new(&wanted, rules.clone(), Vec::new());
        let plan = reconcile::plan_rollback(&user, &[step], &live, &directory)?;
        let place = |change: &PlannedChange| {
            let id = change.rule_id.as_ref().unwrap();
            rules.iter().position(|rule| rule.id == *id).unwrap()
        };
        let describe = |change: &PlannedChange| format!("{:?} {}", change.action, place(change));
        Ok(plan.changes.iter().map(describe).collect())
    })
}

#[test]
fn rollback_of_duplicated_create_deletes_only_rules_in_journal() {
    let changes = plan_rollback_of_duplicate(Some(1), None).unwrap();
    assert_eq!(changes, ["Delete 1"]);
    let mut changes = plan_rollback_of_duplicate(Some(1), Some(0)).unwrap();
    changes.sort();
    assert_eq!(changes, ["Delete 0", "Delete 1"]);
    // Without a response either rule may come from the apply, and the other one from the user.
    let strays = plan_rollback_of_duplicate(None, None).unwrap_err();
    let [stray] = &strays[..] else {
        panic!("{strays:?}");
    };
    let ConflictReason::Ambiguous(ids) = &stray.reason else {
        panic!("{stray:?}");
    };
    assert_eq!(ids.len(), 2);
}

/// Returns the arguments of the rollback command that an apply prints.
fn parse_undo_command(stderr: &str) -> Vec<String> {
    let commands = stderr.split('`').skip(1).step_by(2);
    let mut words = commands.map(|command| shlex::split(command).unwrap());
    let undo = words
        .find(|words| words.iter().any(|word| word == "rollback"))
        .unwrap();
    assert_eq!(undo[0], "callrules");
    undo[1..].to_vec()
}

#[test]
fn printed_undo_command_undoes_apply() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let rule = "{conditions: {callerIds: ['+1650']}, dispatching: {type: Terminate, terminate: voicemail}}";
    let rules: Vec<String> = (0..6).map(|n| format!("  R{n}: {rule}\n")).collect();
    let file = format!("extension: 101\ninteractionRules:\n{}", rules.concat());
    env.write("users/alex.yaml", &file);
    let before = AccountBaseline::capture(&env);
    let run = env.apply();
    let mut undo = Command::new(env!("CARGO_BIN_EXE_callrules"));
    undo.args(parse_undo_command(&run.err))
        .arg("--auto-approve");
    let output = undo.envs(env.environment()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(before.matches(&env));
}
