//! Test files: how they resolve, and how errors in them are reported.

use callrules::config::{self, CallTest, ExpectedHandler, ExpectedOutcome};
use callrules::model::{CallDestination, CallTime, RingTarget};

use crate::offline::{folder, repository};

const ALEX: &str = r#"
extension: "101"
interactionRules:
  VIP:
    conditions: { callerIds: ["+1650"] }
    dispatching: { type: Terminate, terminate: { extension: "900" } }
  Twin (2):
    name: Twin
    conditions: { callerIds: ["+1408"] }
    dispatching: { type: Terminate, terminate: voicemail }
  dnd:
    conditions: { callerIds: ["+1415"] }
    dispatching: { type: Terminate, terminate: voicemail }
  Gone: null
"#;
const PRIYA: &str = "email: priya@acme.example\n";

/// Resolves one test file for Alex and Priya.
fn resolve_cases(text: &str) -> Vec<CallTest> {
    let folder = folder(&[
        ("users/alex.yaml", ALEX),
        ("users/priya.yaml", PRIYA),
        ("tests/all.yaml", text),
    ]);
    let repository = repository(folder.path());
    let offline = config::offline_directory(&repository);
    let tests = &repository.tests[0];
    assert_eq!(tests.path, "tests/all.yaml");
    let users = config::TestUsers::from_users(&repository.users);
    config::resolve_tests(
        tests,
        &repository,
        &users,
        &offline.directory,
        &offline.name_index,
    )
    .unwrap()
}

#[test]
fn test_has_one_call_or_many_with_overrides() {
    let cases = resolve_cases(
        r#"
user: "101"
to: "+16505550101"
tests:
  - name: One
    call: { from: "+16502222222", at: 2026-11-25T22:10, queue: true }
    expect:
      handledBy: VIP
      endsAt: { extension: "900" }
      rings: [mobileApps, { coworker: PRIYA@acme.example }, { device: Desk }]
  - name: Many
    user: priya@acme.example
    expect: { handledBy: work-hours, rings: [] }
    calls:
      - { at: sat 20:00 }
      - { at: sat 21:00, to: "+16505550102", handledBy: queue skips, endsAt: voicemail }
"#,
    );
    let [one, first, second] = &cases[..] else {
        panic!("{cases:#?}");
    };
    assert_eq!((one.test.as_str(), one.line), ("One", None));
    assert_eq!(one.from.as_deref(), Some("+16502222222"));
    assert_eq!(one.to.as_deref(), Some("+16505550101"));
    assert_eq!(one.at.to_string(), "2026-11-25T22:10");
    assert!(one.queue);
    assert_eq!(
        one.expected.handled_by,
        Some(ExpectedHandler::Rule("VIP".to_owned()))
    );
    let Some([RingTarget::Apps { .. }, RingTarget::Coworker(priya), device]) =
        one.expected.rings.as_deref()
    else {
        panic!("{one:#?}");
    };
    assert_eq!(*priya, first.user);
    assert_ne!(*priya, one.user);
    let desk = RingTarget::Device {
        id: "Desk".to_owned(),
        owner: None,
    };
    assert_eq!(*device, desk);
    assert!(matches!(
        &one.expected.ends_at,
        Some(CallDestination::Extension(_))
    ));

    assert_eq!((first.test.as_str(), first.line), ("Many", Some(1)));
    assert_eq!(first.from, None);
    assert_eq!(Ok(first.at), "sat 20:00".parse::<CallTime>());
    assert_eq!(
        first.expected,
        ExpectedOutcome {
            handled_by: Some(ExpectedHandler::State("work-hours".into())),
            ends_at: None,
            rings: Some(Vec::new()),
        }
    );
    assert_eq!(
        (second.line, second.to.as_deref()),
        (Some(2), Some("+16505550102"))
    );
    let voicemail = CallDestination::Voicemail {
        owner: None,
        greeting: None,
    };
    assert_eq!(
        second.expected,
        ExpectedOutcome {
            handled_by: Some(ExpectedHandler::QueueSkips),
            ends_at: Some(voicemail),
            rings: Some(Vec::new()),
        }
    );
}

#[test]
fn handler_resolves_by_key_or_unique_name() {
    let cases = resolve_cases(
        r#"
user: "101"
tests:
  - name: All
    calls:
      - { at: sat 20:00, handledBy: Twin (2) }
      - { at: sat 20:00, handledBy: Twin }
      - { at: sat 20:00, handledBy: dnd }
      - { at: sat 20:00, handledBy: after-hours }
"#,
    );
    let handlers = cases.into_iter().map(|case| case.expected.handled_by);
    let rule = |key: &str| Some(ExpectedHandler::Rule(key.to_owned()));
    assert_eq!(
        handlers.collect::<Vec<_>>(),
        [
            rule("Twin (2)"),
            rule("Twin (2)"),
            rule("dnd"),
            Some(ExpectedHandler::State("after-hours".into())),
        ]
    );
}

/// Returns the diagnostics of a test file as `line:column code message; help`.
fn test_file_diagnostics(alex: &str, text: &str) -> String {
    let folder = folder(&[
        ("users/alex.yaml", alex),
        ("users/priya.yaml", PRIYA),
        ("tests/all.yaml", text),
    ]);
    let loaded = config::load(folder.path());
    loaded
        .diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.file == "tests/all.yaml")
        .map(|diagnostic| {
            let (line, column) = diagnostic.span.as_ref().unwrap().line_column();
            let help = diagnostic.help.unwrap_or_default();
            let (code, message) = (diagnostic.code, diagnostic.message);
            format!("{line}:{column} {code} {message}; {help}\n")
        })
        .collect()
}

const FILE_WITH_ERRORS: &str = r#"
user: "102"
tests:
  - name: Night
    call: { from: 650 222 2222, at: tomorrow }
    expect: { handeldBy: VIP, rings: [] }
  - name: Night
    user: "101"
    calls:
      - { at: sat 20:00, endsAt: { phoneNumber: "+14085550101", extension: "900" } }
      - { at: sat 20:00, handledBy: Vip }
      - { at: sat 20:00, handledBy: Gone }
      - { at: sat 20:00 }
      - { at: now, handledBy: VIP }
      - { at: 2026-11-25, handledBy: VIP }
  - name: " "
    user: Priya Rao
    call: { at: 2026-11-31T09:00 }
    calls: []
  - name: Nothing
    user: priya@acme.example
"#;

#[test]
fn errors_are_reported_with_location_and_fix() {
    insta::assert_snapshot!(test_file_diagnostics(ALEX, FILE_WITH_ERRORS), @"
    2:7 E0113 there is no user file for `102`; users/alex.yaml has `extension: 101`: if that is this user, correct the one that is wrong
    5:19 E0017 `650 222 2222` is not a phone number in E.164 format; put the country code in front; for North America: `+16502222222`
    5:37 E0017 `tomorrow` is not the time of a call, such as 2026-11-25T22:10 or `sat 20:00`; write a date and time such as `2026-11-25T22:10`, or a weekday and a time such as `sat 20:00`
    6:15 E0012 unknown key `handeldBy`; did you mean `handledBy`?
    7:5 E0115 another test is called `Night`; rename one of them, so that failures can be distinguished
    10:36 E0105 `extension` and `phoneNumber` cannot be combined; keep one of them, or make each an item of its own
    11:37 E0113 this user has no rule or state named `Vip`; did you mean `VIP`?
    12:37 E0113 this user has no rule or state named `Gone`; expected `VIP`, `Twin (2)`, `dnd`, `forward-all-calls`, `agent`, `work-hours`, `after-hours`, `queue skips`
    13:9 E0104 this call has no expectation; add `handledBy`, `endsAt` or `rings`
    14:15 E0017 `now` is not allowed, because the result would depend on when the tests run; write a date and time, or a weekday and a time
    15:15 E0017 `2026-11-25` is not the time of a call, such as 2026-11-25T22:10 or `sat 20:00`; write a date and time such as `2026-11-25T22:10`, or a weekday and a time such as `sat 20:00`
    16:5 E0017 this test has no name; describe what the test checks
    17:11 E0017 `Priya Rao` does not identify a user; use the `extension`, `email` or `id` line of the user file, with `id:` before an id
    18:17 E0017 `2026-11-31T09:00` is not a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24; write a date and time such as `2026-11-25T22:10`, or a weekday and a time such as `sat 20:00`
    19:5 E0104 `calls` is empty; add a call, or remove the test
    20:5 E0105 this test has no call; add `call:`, or `calls:` with a list
    ");
}

#[test]
fn test_without_user_is_an_error() {
    let text = "tests: [{ name: A, call: { at: sat 9:00 }, expect: { rings: [] } }]\n";
    insta::assert_snapshot!(test_file_diagnostics(ALEX, text), @"1:1 E0101 the test `A` has no user; add `user:` with the user's extension number to the file or the test");
}

/// The rule that a test names may be in the part that could not be parsed.
#[test]
fn broken_user_file_causes_no_errors_in_its_tests() {
    let text = r#"
user: "101"
tests:
  - name: A
    call: { at: sat 9:00 }
    expect: { handledBy: Lost }
"#;
    assert!(test_file_diagnostics(ALEX, text).contains("E0113"));
    let broken = format!("{ALEX}  Lost: {{ condition: {{ callerIds: [\"+1650\"] }} }}\n");
    assert_eq!(test_file_diagnostics(&broken, text), "");
}
