//! Profiles: shared configuration that user files are merged on top of.

use serde_json::{Value, json};

use crate::support::{TestEnv, forwarding, single_user_seed};

/// Creates an account whose user 101 has the rules `Holiday` and `Old`, with these files.
fn env_with_files(files: &[(&str, &str)]) -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([
        forwarding("Holiday", "+16501111111", "+14082324343"),
        forwarding("Old", "+16501111112", "+14082324343"),
    ])));
    for (path, text) in files {
        env.write(path, text);
    }
    env
}

const HOLIDAYS: &str = "\
interactionRules:
  Holiday:
    conditions: {schedule: {ranges: [2026-12-25]}}
    dispatching: {type: Terminate, terminate: {phoneNumber: '+16505550100'}}
  Old:
    conditions: {callerIds: ['+1650']}
    dispatching: {type: Terminate, terminate: voicemail}
";

#[test]
fn user_file_is_merged_on_top_of_its_profiles() {
    let env = env_with_files(&[
        ("profiles/holidays.yaml", HOLIDAYS),
        (
            "profiles/hours.yaml",
            "profiles: [holidays]\nstates: {work-hours: {schedule: {weekly: {mon-fri: '08:00-16:00'}}}}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [hours]\ninteractionRules:\n  Old: null\n  Holiday: {dispatching: {terminate: {extension: 900}}}\n",
        ),
        ("users/priya.yaml", "extension: 102\nprofiles: [hours]\n"),
    ]);
    let plan = env.run(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.err);
    insta::assert_snapshot!(env.without_paths(&plan.out), @"
    2 of 2 users change.

    Alex Morgan · 101
      ~ interaction rule  Holiday
            callerIds  calls from +1 650-111-1111 (Someone) → –
            schedule   – → 2026-12-25
            terminate  +1 408-232-4343 (Mobile) → extension 900 (Support)
      - interaction rule  Old  (removed: set to `null` in the file)
      ~ state settings    work-hours
            schedule  daily all day → Mon–Fri 08:00–16:00
      note: after-hours handling now applies, because work hours are no longer 24/7
      What callers will notice
            direct calls · everyone but +1 650-111-1111 (Someone), +1 650-111-1112 (Someone) · outside Mon–Fri 08:00–16:00; not 2026-12-25: now: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail → after: the account's handling for after-hours (not set in the files)
            direct calls · everyone but +1 650-111-1111 (Someone), +1 650-111-1112 (Someone) · 2026-12-25: now: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail → after: straight to extension 900 (Support)
            queue calls · outside Mon–Fri 08:00–16:00: now: rings desktop apps + mobile apps 30 s with device 7001 40 s → after: the queue tries the next agent
            direct calls · calls from +1 650-111-1111 (Someone), +1 650-111-1112 (Someone) · outside Mon–Fri 08:00–16:00; not 2026-12-25: now: +1 408-232-4343 → after: the account's handling for after-hours (not set in the files)
            direct calls · calls from +1 650-111-1111 (Someone), +1 650-111-1112 (Someone) · Mon–Fri 08:00–16:00; not 2026-12-25: now: straight to +1 408-232-4343 → after: rings desktop apps + mobile apps 30 s with device 7001 40 s, then voicemail
            direct calls · calls from +1 650-111-1111 (Someone), +1 650-111-1112 (Someone) · 2026-12-25: now: +1 408-232-4343 → after: extension 900 (Support)

    Priya Rao · 102
      + interaction rule  Holiday
            when   2026-12-25
            then   straight to +1 650-555-0100
      + interaction rule  Old
            when   calls from numbers that start with +1650
            then   straight to voicemail
      ~ state settings    work-hours
            schedule  daily all day → Mon–Fri 08:00–16:00
      note: after-hours handling now applies, because work hours are no longer 24/7
      What callers will notice
            everyone but numbers that start with +1650 · outside Mon–Fri 08:00–16:00; not 2026-12-25: now: rings desktop apps + mobile apps 30 s, then voicemail → after: the account's handling for after-hours (not set in the files)
            everyone but numbers that start with +1650 · 2026-12-25: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to +1 650-555-0100
            calls from numbers that start with +1650: now: rings desktop apps + mobile apps 30 s, then voicemail → after: straight to voicemail

    Plan: 2 to create, 3 to update, 1 to delete for 2 of 2 users
    Used 7 API requests; apply will need about 14
    To apply it: `callrules apply`. To save it: `callrules plan --out plan.json`.
    ");
    env.apply();
}

#[test]
fn later_profile_overrides_earlier_one() {
    let rings = |seconds: u32| {
        format!(
            "states: {{work-hours: {{dispatching: {{ring: [{{targets: [mobileApps], seconds: {seconds}}}]}}}}}}\n"
        )
    };
    let env = env_with_files(&[
        ("profiles/long.yaml", &rings(40)),
        ("profiles/short.yaml", &rings(10)),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [long, short]\n",
        ),
        (
            "users/priya.yaml",
            "extension: 102\nprofiles: [short, long]\n",
        ),
    ]);
    env.apply();
    let seconds = |number| {
        let user = env.user(number);
        let actions = &user["stateRules"]["work-hours"]["dispatching"]["actions"];
        let enabled_group = actions
            .as_array()
            .unwrap()
            .iter()
            .find(|action| action["type"] == "RingGroupAction" && action["enabled"] == true);
        enabled_group.unwrap()["duration"].clone()
    };
    assert_eq!((seconds("101"), seconds("102")), (json!(10), json!(40)));
}

#[test]
fn conflict_between_file_and_profile_names_both() {
    let env = env_with_files(&[
        (
            "profiles/welcome.yaml",
            "states:\n  after-hours:\n    dispatching:\n      type: RingInOrder\n      greeting: {preset: '66048'}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [welcome]\nstates:\n  after-hours:\n    dispatching:\n      type: Terminate\n      terminate: voicemail\n",
        ),
    ]);
    insta::assert_snapshot!(env.run(&["validate"]).out, @"
    error[E0111]: type `Terminate` does not support `greeting`
     --> profiles/welcome.yaml:5:7
      |
    5 |       greeting: {preset: '66048'}
      |       ^^^^^^^^
      |
     ::: users/alex.yaml:6:7
      |
    6 |       type: Terminate
      |       ---- together with this
      |
      = help: only `RingAtOnce` and `RingInOrder` support it; write `greeting: none` next to `type` in the user's file

    1 error in 1 of 3 files
    Run `callrules explain E0111` for details
    ");
    let report: Value =
        serde_json::from_str(&env.run(&["validate", "--format", "json"]).out).unwrap();
    let diagnostic = &report["diagnostics"][0];
    assert_eq!(diagnostic["file"], "profiles/welcome.yaml");
    assert_eq!(diagnostic["related"]["file"], "users/alex.yaml");
    assert_eq!(diagnostic["related"]["line"], 6);
    let github = env.run(&["validate", "--format", "github"]).out;
    assert!(github.contains("users/alex.yaml:6:7"), "{github}");
    // Each user with this conflict is reported.
    let alex = std::fs::read_to_string(env.path().join("users/alex.yaml")).unwrap();
    env.write("users/jo.yaml", &alex.replace("101", "103"));
    insta::assert_snapshot!(env.run(&["validate"]).out, @"
    error[E0111]: type `Terminate` does not support `greeting`
     --> profiles/welcome.yaml:5:7
      |
    5 |       greeting: {preset: '66048'}
      |       ^^^^^^^^
      |
     ::: users/alex.yaml:6:7
      |
    6 |       type: Terminate
      |       ---- together with this
      |
      = help: only `RingAtOnce` and `RingInOrder` support it; write `greeting: none` next to `type` in the user's file

    error[E0111]: type `Terminate` does not support `greeting`
     --> profiles/welcome.yaml:5:7
      |
    5 |       greeting: {preset: '66048'}
      |       ^^^^^^^^
      |
     ::: users/jo.yaml:6:7
      |
    6 |       type: Terminate
      |       ---- together with this
      |
      = help: only `RingAtOnce` and `RingInOrder` support it; write `greeting: none` next to `type` in the user's file

    2 errors in 1 of 4 files
    Run `callrules explain E0111` for details
    ");
}

#[test]
fn profile_errors_are_reported_once() {
    let env = env_with_files(&[
        (
            "profiles/a.yaml",
            "profiles: [b, c]\nextension: 101\ninteractionRules:\n  Night: {enabeld: true, conditions: {state: after-hours}}\n",
        ),
        ("profiles/b.yaml", "profiles: [a, holidys]\n"),
        ("profiles/c.yaml", "ignore: []\n"),
        ("profiles/holidays.yaml", HOLIDAYS),
        ("users/alex.yaml", "extension: 101\nprofiles: [a]\n"),
        (
            "users/jo.yaml",
            "extension: 103\nprofiles: [holidays, a, nights]\n",
        ),
        ("users/priya.yaml", "extension: 102\nprofiles: [a]\n"),
    ]);
    insta::assert_snapshot!(env.run(&["validate"]).out, @"
    error[E0114]: profiles include each other: `a` → `b` → `a`
     --> profiles/a.yaml:1:12
      |
    1 | profiles: [b, c]
      |            ^
      |
      = help: remove one of these references

    error[E0012]: a profile cannot set `extension`, because several users share it
     --> profiles/a.yaml:2:1
      |
    2 | extension: 101
      | ^^^^^^^^^
      |
      = help: move the key to the user file

    error[E0012]: unknown key `enabeld`
     --> profiles/a.yaml:4:11
      |
    4 |   Night: {enabeld: true, conditions: {state: after-hours}}
      |           ^^^^^^^
      |
      = help: did you mean `enabled`?

    error[E0107]: a state condition requires `callerIds` or `calledNumbers` as well
     --> profiles/a.yaml:4:39
      |
    4 |   Night: {enabeld: true, conditions: {state: after-hours}}
      |                                       ^^^^^ RingCentral never evaluates a state condition on its own
      |
     ::: users/alex.yaml:2:1
      |
    2 | profiles: [a]
      | -------- used here
      |
      = help: add `callerIds:` or `calledNumbers:`; if the rule depends only on the time of day, use `schedule:`, or change the state itself under `states:`

    error[E0113]: there is no profile `holidys`
     --> profiles/b.yaml:1:15
      |
    1 | profiles: [a, holidys]
      |               ^^^^^^^
      |
      = help: did you mean `holidays`?

    error[E0104]: `ignore` is empty
     --> profiles/c.yaml:1:1
      |
    1 | ignore: []
      | ^^^^^^
      |
     ::: users/alex.yaml:2:1
      |
    2 | profiles: [a]
      | -------- used here
      |
      = help: remove the key

    error[E0113]: there is no profile `nights`
     --> users/jo.yaml:2:25
      |
    2 | profiles: [holidays, a, nights]
      |                         ^^^^^^
      |
      = help: expected `a`, `b`, `c`, `holidays`

    7 errors in 4 of 8 files
    Run `callrules explain E0012 E0104 E0107 E0113 E0114` for details
    ");
}

#[test]
fn rule_left_incomplete_by_profile_must_be_completed_by_user() {
    let rule = "interactionRules: {Late: {dispatching: {type: Terminate}}}\n";
    let whole = "extension: 101\nprofiles: [late]\ninteractionRules: {Late: {conditions: {callerIds: ['+1650']}, dispatching: {terminate: voicemail}}}\n";
    let env = env_with_files(&[("profiles/late.yaml", rule), ("users/alex.yaml", whole)]);
    assert_eq!(env.run(&["validate"]).code, 0);
    env.write("users/alex.yaml", "extension: 101\nprofiles: [late]\n");
    insta::assert_snapshot!(env.run(&["validate"]).out, @"
    error[E0103]: this rule has no conditions
     --> profiles/late.yaml:1:20
      |
    1 | interactionRules: {Late: {dispatching: {type: Terminate}}}
      |                    ^^^^ which calls should it match?
      |
     ::: users/alex.yaml:2:1
      |
    2 | profiles: [late]
      | -------- used here
      |
      = help: add `conditions:` with `callerIds:`, `calledNumbers:` or `schedule:`

    error[E0106]: type `Terminate` requires a destination
     --> profiles/late.yaml:1:27
      |
    1 | interactionRules: {Late: {dispatching: {type: Terminate}}}
      |                           ^^^^^^^^^^^
      |
     ::: users/alex.yaml:2:1
      |
    2 | profiles: [late]
      | -------- used here
      |
      = help: add `terminate:`, for example `terminate: voicemail`

    2 errors in 1 of 3 files
    Run `callrules explain E0103 E0106` for details
    ");
}

#[test]
fn ignore_lists_are_combined() {
    let env = env_with_files(&[
        (
            "callrules.yaml",
            "account: \"37439510\"\nprune: all\nignore: [Holi*]\n",
        ),
        ("profiles/own.yaml", "ignore: [Old]\ninteractionRules: {}\n"),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [own]\nignore: [Other]\n",
        ),
    ]);
    let user = &env.plan()["users"][0];
    assert_eq!(user["changes"], json!([]));
    assert_eq!(user["unmanaged"], json!(["Holiday", "Old"]));
    env.write(
        "users/alex.yaml",
        "extension: 101\nprofiles: [own]\ninteractionRules: {Holiday: {enabled: false}}\n",
    );
    insta::assert_snapshot!(env.run(&["validate"]).out, @"
    error[E0110]: `Holi*` in callrules.yaml ignores the rule `Holiday`
     --> users/alex.yaml:3:20
      |
    3 | interactionRules: {Holiday: {enabled: false}}
      |                    ^^^^^^^
      |
      = help: declare the rule or ignore it, but not both

    1 error in 1 of 3 files
    Run `callrules explain E0110` for details
    ");
}

/// Asserts that the output of `show` is a user file that yields the same plan without profiles.
fn assert_shown_file_yields_same_plan(env: &TestEnv) {
    let plan = env.plan()["users"].clone();
    let shown = env.run(&["show", "--user", "101"]).out;
    env.write("users/alex.yaml", &shown);
    assert_eq!(env.plan()["users"], plan);
}

#[test]
fn show_expands_calendars_and_contacts() {
    let env = env_with_files(&[
        (
            "calendars/us.yaml",
            "Christmas: 2026-12-25\nNew Year: [2026-12-31, 2027-01-01]\n",
        ),
        (
            "contacts/vip.csv",
            "name,phoneNumber\nKristina,+16505550133\n",
        ),
        (
            "profiles/vip.yaml",
            "interactionRules:\n  VIP:\n    conditions: {callerIds: [{contacts: vip}, '+1408'], schedule: {ranges: [2026-07-04], calendar: us}}\n    dispatching: {type: Terminate, terminate: voicemail}\n",
        ),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [vip]\nstates: {forward-all-calls: {schedule: {calendar: [us]}}}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]).out;
    insta::assert_snapshot!(shown, @r#"
    # users/alex.yaml over profile vip
    extension: 101                                            # users/alex.yaml:1
    states:
      forward-all-calls:
        schedule:
          ranges: ["2026-12-25", "2026-12-31", "2027-01-01"]  # calendars/us.yaml:1, calendars/us.yaml:2
    interactionRules:
      VIP:
        conditions:
          callerIds: [{phoneNumber: "+16505550133", name: Kristina}, "+1408"]  # contacts/vip.csv:2, profiles/vip.yaml:3
          schedule: {ranges: ["2026-07-04", "2026-12-25", "2026-12-31", "2027-01-01"]}  # profiles/vip.yaml:3, calendars/us.yaml:1, calendars/us.yaml:2
        dispatching:
          type: Terminate                                     # profiles/vip.yaml:4
          terminate: voicemail                                # profiles/vip.yaml:4
    prune: all                                                # callrules.yaml:2
    "#);
    assert_shown_file_yields_same_plan(&env);
}

#[test]
fn show_prints_effective_config_with_origins() {
    let env = env_with_files(&[
        ("profiles/holidays.yaml", HOLIDAYS),
        (
            "users/alex.yaml",
            "extension: 101\nprofiles: [holidays]\ninteractionRules:\n  Old: null\n  Holiday: {dispatching: {terminate: {extension: 900}}}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]).out;
    insta::assert_snapshot!(shown, @r#"
    # users/alex.yaml over profile holidays
    extension: 101                            # users/alex.yaml:1
    interactionRules:
      Old: null                               # users/alex.yaml:4
      Holiday:
        dispatching:
          terminate: {extension: 900}         # users/alex.yaml:5
          type: Terminate                     # profiles/holidays.yaml:4
        conditions:
          schedule: {ranges: ["2026-12-25"]}  # profiles/holidays.yaml:3
    prune: all                                # callrules.yaml:2
    "#);
    assert_shown_file_yields_same_plan(&env);
    let unknown_user = env.run(&["show", "--user", "105"]);
    assert_eq!(unknown_user.code, 1);
    insta::assert_snapshot!(unknown_user.err, @"
    error: no file matches the user `105`
    help: use the `extension`, `email` or `id` line of the user's file (`id:` before an id)
    ");
}

#[test]
fn show_includes_settings_and_keeps_raw_conditions() {
    let env = env_with_files(&[
        (
            "callrules.yaml",
            "account: \"37439510\"\nprune: all\nignore: [Personal *]\n",
        ),
        (
            "contacts/vip.csv",
            "name,phoneNumber\nKristina,+16505550133\n",
        ),
        ("contacts/all.yaml", "- '+16505550133'\n- '+16505550134'\n"),
        (
            "users/alex.yaml",
            "extension: 101\nignore: [Own *]\ninteractionRules:\n  calendar:\n    conditions: {callerIds: [{contacts: vip}, {contacts: all}], other: [{type: Future, contacts: abc, calendar: foo}]}\n    dispatching: {type: Terminate, terminate: voicemail}\n",
        ),
    ]);
    let shown = env.run(&["show", "--user", "101", "--origins"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    insta::assert_snapshot!(shown.out, @r#"
    # users/alex.yaml
    extension: 101                                               # users/alex.yaml:1
    ignore:
      - Personal *                                               # callrules.yaml:3
      - Own *                                                    # users/alex.yaml:2
    interactionRules:
      calendar:
        conditions:
          callerIds: [{phoneNumber: "+16505550133", name: Kristina}, "+16505550134"]  # contacts/vip.csv:2, contacts/all.yaml:2
          other: [{type: Future, contacts: abc, calendar: foo}]  # users/alex.yaml:5
        dispatching:
          type: Terminate                                        # users/alex.yaml:6
          terminate: voicemail                                   # users/alex.yaml:6
    prune: all                                                   # callrules.yaml:2
    "#);
    assert_shown_file_yields_same_plan(&env);
}
