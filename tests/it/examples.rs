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
    4 of 4 users change.

    Alex Morgan · 101
      + interaction rule  VIP Calls After-Hours
            when   5 callers · after-hours
            then   straight to +1 408-232-4343
      ~ call handling     work-hours
            type         RingAtOnce → RingInOrder
            greeting     none → preset Default
            ring groups  3 of 3 changed
              - device Alex's desk phone 40 s
              - mobile apps 30 s
              - desktop apps 30 s
              + desktop apps 20 s
              + device Alex's desk phone + mobile apps 25 s
              + 102 (Priya Rao) 20 s
      ~ call handling     after-hours
            before handled by work hours, which are 24/7
            then   straight to voicemail
      ~ state settings    work-hours
            schedule  daily all day → Mon–Fri 08:00–16:00
      note: after-hours handling now applies, because work hours are no longer 24/7
      What callers will notice
            everyone but the 5 callers of VIP Calls After-Hours · outside Mon–Fri 08:00–16:00: now: rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail → after: straight to voicemail
            Mon–Fri 08:00–16:00: greeting: none → preset Default; rings: desktop apps + mobile apps 30 s with device Alex's desk phone 40 s → desktop apps 20 s, then mobile apps + device Alex's desk phone 25 s, then 102 (Priya Rao) 20 s
            the 5 callers of VIP Calls After-Hours · outside Mon–Fri 08:00–16:00: now: rings desktop apps + mobile apps 30 s with device Alex's desk phone 40 s, then voicemail → after: straight to +1 408-232-4343

    Priya Rao · 102
      + interaction rule  Team meeting
            when   Tue 09:00–10:30
            then   straight to extension 900 (Support queue)
      ~ interaction rule  Public holidays
            schedule   2025-11-27 to 2025-11-30, 2025-12-25 → 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01
            terminate  voicemail → announcement (preset Not available)
      - interaction rule  Office move  (removed: set to `null` in the file)
      What callers will notice
            direct calls except to +1 650-555-0102 · Tue 09:00–10:30: now: handled by work hours or after hours → after: extension 900 (Support queue)
            direct calls except to +1 650-555-0102 · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: handled by work hours or after hours → after: announcement (preset Not available)
            queue calls · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: handled by the agent state, if the user is in a queue → after: announcement (preset Not available)
            direct calls to +1 650-555-0102 · outside Tue 09:00–10:30; not 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: +1 650-555-0199 → after: handled by work hours or after hours
            direct calls to +1 650-555-0102 · Tue 09:00–10:30: now: +1 650-555-0199 → after: extension 900 (Support queue)
            direct calls to +1 650-555-0102 · 2026-11-26 to 2026-11-29, 2026-12-25, 2026-12-31 12:00 to 2027-01-01: now: +1 650-555-0199 → after: announcement (preset Not available)

    Sam Lee · 103
      + interaction rule  Sales line
            when   to +1 650-555-0133 · daily 07:00–19:00 from 2026-11-01 until 2027-03-31
            then   ask for a name: callers without a number (the user decides) · play while connecting: preset Acoustic · ring mobile apps + desktop apps + +1 312-123-4567 (Cell) 30 s · no answer: extension 900 (Support queue)
      ~ call handling     forward-all-calls
            terminate  voicemail → announcement (preset Default)
      What callers will notice
            calls to +1 650-555-0133 · until 2027-03-31 daily 07:00–19:00: connecting audio: none → preset Acoustic; screening: none → callers without a number (the user decides); rings: desktop apps + mobile apps 30 s → desktop apps + mobile apps + +1 312-123-4567 30 s; no answer: voicemail → extension 900 (Support queue)
            while forward-all-calls is on: now: voicemail → after: announcement (preset Default)

    Jo Park · 104
      ~ call handling     agent
            type         RingAtOnce → RingInOrder
            ring groups  2 of 2 changed
              - mobile apps 30 s
              - desktop apps 30 s
              + desktop apps 15 s
              + mobile apps 15 s
      ~ call handling     after-hours
            type         Terminate → RingAtOnce
            ring groups  2 → 1 (1 added, 2 removed)
              - mobile apps 30 s
              - desktop apps 30 s
              + mobile apps 20 s
            terminate    voicemail → extension 900 (Support queue)
                         (no effect with type RingAtOnce)
      ~ state settings    work-hours
            schedule  Mon–Fri 09:00–17:00 → Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00
      What callers will notice
            direct calls · outside Mon–Fri 09:00–17:00: now: straight to voicemail → after: rings mobile apps 20 s, then voicemail
            direct calls · Fri 12:00–13:00 and 15:00–17:00: rings: desktop apps + mobile apps 30 s → mobile apps 20 s
            queue calls · Mon–Thu 09:00–17:00, Fri 09:00–12:00 and 13:00–15:00: rings: desktop apps + mobile apps 30 s → desktop apps 15 s, then mobile apps 15 s
            queue calls · Fri 12:00–13:00 and 15:00–17:00: now: rings desktop apps + mobile apps 30 s → after: the queue tries the next agent

    Plan: 3 to create, 8 to update, 1 to delete for 4 of 4 users
    Used 14 API requests; apply will need about 25
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
