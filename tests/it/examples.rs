//! The example repositories.

use tempfile::TempDir;

use crate::support::{TestEnv, command, copy};

#[test]
fn acme_plan_uses_every_action_and_applies_at_once() {
    let env = TestEnv::example("acme");
    let plan = env.plan();
    assert_eq!(
        plan["summary"],
        serde_json::json!({ "create": 3, "update": 8, "delete": 1, "users": 4 })
    );
    env.apply();
    let sent = |method: &str| env.requests(method, "/comm-handling/").len();
    assert_eq!((sent("POST"), sent("PATCH"), sent("DELETE")), (3, 8, 1));
}

#[test]
fn acme_plan_as_markdown() {
    let env = TestEnv::example("acme");
    let run = env.run(&["plan", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(env.without_paths(&run.out));
}

#[test]
fn markdown_of_large_plan_fits_github_comment() {
    let env = TestEnv::example("holidays");
    let calendar = "calendars/us-holidays.yaml";
    let dates = std::fs::read_to_string(env.path().join(calendar)).unwrap();
    env.write(
        calendar,
        &dates.replace("2026-12-24T12:00", "2026-12-24T08:00"),
    );
    let run = env.run(&["plan", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let length = run.out.chars().count();
    assert!(length < 65_536, "{length}");
    let changed = env.plan()["summary"]["users"].as_u64().unwrap();
    // Equal changes of many users share a section.
    let sections = run.out.matches("<details>").count();
    assert!(
        changed > 250 && sections > 0 && sections < 20,
        "{changed}, {sections}"
    );
    // No user is left out of the sections, and the text is complete up to its last line.
    let (_, after_sections) = run.out.rsplit_once("</details>").unwrap();
    insta::assert_snapshot!(env.without_paths(after_sections), @"


    To apply this plan, merge the pull request or run `callrules apply`.
    ");
}

#[test]
fn acme_plan_as_text() {
    let env = TestEnv::example("acme");
    let run = env.run(&["plan"]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(env.without_paths(&run.out), @"
    Alex Morgan · 101
      + interaction rule  VIP Calls After-Hours
            when   5 callers · after-hours
            then   send directly to +1 408-232-4343
      ~ state rule        work-hours
            type      RingAtOnce → RingInOrder
            greeting  none → preset Default
            ring      2 → 3 (2 added, 1 removed)
              - mobile apps 20 s
              + mobile apps + device Alex's desk phone 25 s
              + 102 (Priya Rao) 20 s
      ~ state rule        after-hours
            then   send directly to voicemail
      ~ state             work-hours
            schedule  daily all day → Mon–Fri 08:00–16:00
      note: after-hours handling now applies, because work hours are no longer 24/7
      What callers will notice
            outside Mon–Fri 08:00–16:00 · everyone but the 5 callers of VIP Calls After-Hours: rings desktop apps + mobile apps 20 s, no answer: voicemail → voicemail immediately
            Mon–Fri 08:00–16:00: greeting: none → preset Default; rings: desktop apps + mobile apps 20 s → desktop apps 20 s, then mobile apps + device Alex's desk phone 25 s, then 102 (Priya Rao) 20 s
            outside Mon–Fri 08:00–16:00 · the 5 callers of VIP Calls After-Hours: rings desktop apps + mobile apps 20 s, no answer: voicemail → +1 408-232-4343 immediately

    Priya Rao · 102
      + interaction rule  Team meeting
            when   Tue 09:00–10:30
            then   send directly to extension 900 (Support queue)
      ~ interaction rule  Public holidays
            schedule   2025-11-27 to 2025-11-30, 2025-12-25 → 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01
            terminate  voicemail → announcement (preset Not available)
      - interaction rule  Office move  (removed: set to `null` in the file)
      What callers will notice
            Tue 09:00–10:30 · not to +1 650-555-0102 · direct calls: normal handling → extension 900 (Support queue)
            2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01 · not to +1 650-555-0102 · direct calls: normal handling → announcement (preset Not available)
            2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01 · queue calls: normal handling → announcement (preset Not available)
            outside Tue 09:00–10:30; not 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01 · to +1 650-555-0102 · direct calls: +1 650-555-0199 → normal handling
            Tue 09:00–10:30 · to +1 650-555-0102 · direct calls: +1 650-555-0199 → extension 900 (Support queue)
            2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01 · to +1 650-555-0102 · direct calls: +1 650-555-0199 → announcement (preset Not available)

    Sam Lee · 103
      + interaction rule  Sales line
            when   to +1 650-555-0133 · daily 07:00–19:00 from 2026-11-01 until 2027-03-31
            then   ask for a name: callers without a number (the user decides) · play while connecting: preset Acoustic · ring desktop apps + mobile apps + +1 312-123-4567 (Cell) 30 s · no answer: extension 900 (Support queue)
      ~ state rule        forward-all-calls
            terminate  voicemail → announcement (preset Default)
      What callers will notice
            until 2027-03-31 daily 07:00–19:00 · to +1 650-555-0133: connecting audio: none → preset Acoustic; screening: none → callers without a number (the user decides); rings: desktop apps + mobile apps 20 s → desktop apps + mobile apps + +1 312-123-4567 30 s; no answer: voicemail → extension 900 (Support queue)
            while forward-all-calls is on: voicemail → announcement (preset Default)

    Jo Park · 104
      ~ state rule        agent
            type             RingAtOnce → RingInOrder
            ring[0].seconds  20 s → 15 s
            ring[1].seconds  20 s → 15 s
      ~ state rule        after-hours
            type       Terminate → RingAtOnce
            ring       2 → 2 (1 added, 1 removed)
              - desktop apps 20 s
              + desktop apps 20 s (doesn't ring)
            terminate  voicemail → extension 900 (Support queue)
      ~ state             work-hours
            schedule  Mon–Fri 09:00–17:00 → Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00
      What callers will notice
            outside Mon–Fri 09:00–17:00 · direct calls: voicemail immediately → rings mobile apps 20 s, no answer: voicemail
            Fri 12:00–13:00 and 15:00–17:00 · direct calls: rings: desktop apps + mobile apps 20 s → mobile apps 20 s
            Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00 · queue calls: rings: desktop apps + mobile apps 20 s → desktop apps 15 s, then mobile apps 15 s
            Fri 12:00–13:00 and 15:00–17:00 · queue calls: rings desktop apps + mobile apps 20 s → the queue tries the next agent

    Plan: 3 to create, 8 to update, 1 to delete for 4 of 4 users
    Used 14 API requests; apply will need about 19
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
}

#[test]
fn full_read_needs_two_list_requests_per_user() {
    let env = TestEnv::example("acme");
    env.plan();
    // A token, the account, and the directory.
    let account = 3;
    // The greetings of three usages, and Alex's devices.
    let names = 3 + 1;
    // Priya declares only interaction rules. The others also declare states.
    let lists = 2 + 1 + 2 + 2;
    let exchanges = env.sandbox().exchanges();
    assert_eq!(exchanges.len(), account + names + lists, "{exchanges:#?}");
}

#[test]
fn embedded_sandbox_keeps_account_between_runs() {
    let folder = TempDir::new().unwrap();
    copy("examples/acme".as_ref(), folder.path());
    let run = |arguments: &[&str]| {
        let mut command = command();
        command
            .arg("-C")
            .arg(folder.path())
            .arg("--sandbox")
            .args(arguments);
        command.output().unwrap().status.code()
    };
    assert_eq!(run(&["plan", "--detailed-exitcode"]), Some(2));
    assert_eq!(run(&["apply", "--auto-approve"]), Some(0));
    assert_eq!(run(&["plan", "--detailed-exitcode"]), Some(0));
}
