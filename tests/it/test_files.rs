//! Test files: what they mean, and what is told of mistakes in them.

use callrules::config::{self, Case, Expected, Handler};
use callrules::model::{At, Destination, RingTarget};

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

/// The cases of one test file about Alex and Priya.
fn cases(text: &str) -> Vec<Case> {
    let folder = folder(&[
        ("users/alex.yaml", ALEX),
        ("users/priya.yaml", PRIYA),
        ("tests/all.yaml", text),
    ]);
    let repository = repository(folder.path());
    let offline = config::offline(&repository);
    let tests = &repository.tests[0];
    assert_eq!(tests.path, "tests/all.yaml");
    let people = config::People::of(&repository.users);
    config::cases(
        tests,
        &repository,
        &people,
        &offline.directory,
        &offline.catalogue,
    )
    .unwrap()
}

#[test]
fn a_test_is_one_call_or_many_and_lines_say_what_they_do_otherwise() {
    let cases = cases(
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
        Some(Handler::Rule("VIP".to_owned()))
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
        of: None,
    };
    assert_eq!(*device, desk);
    assert!(matches!(
        &one.expected.ends_at,
        Some(Destination::Extension(_))
    ));

    assert_eq!((first.test.as_str(), first.line), ("Many", Some(1)));
    assert_eq!(first.from, None);
    assert_eq!(Ok(first.at), "sat 20:00".parse::<At>());
    assert_eq!(
        first.expected,
        Expected {
            handled_by: Some(Handler::State("work-hours".into())),
            ends_at: None,
            rings: Some(Vec::new()),
        }
    );
    assert_eq!(
        (second.line, second.to.as_deref()),
        (Some(2), Some("+16505550102"))
    );
    let voicemail = Destination::Voicemail {
        of: None,
        greeting: None,
    };
    assert_eq!(
        second.expected,
        Expected {
            handled_by: Some(Handler::QueueSkips),
            ends_at: Some(voicemail),
            rings: Some(Vec::new()),
        }
    );
}

#[test]
fn a_rule_is_meant_by_its_key_or_by_a_name_that_no_other_has() {
    let cases = cases(
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
    let rule = |key: &str| Some(Handler::Rule(key.to_owned()));
    assert_eq!(
        handlers.collect::<Vec<_>>(),
        [
            rule("Twin (2)"),
            rule("Twin (2)"),
            rule("dnd"),
            Some(Handler::State("after-hours".into())),
        ]
    );
}

/// Every mistake of `text`, each as `line:column code message; help`.
fn told(alex: &str, text: &str) -> String {
    let folder = folder(&[
        ("users/alex.yaml", alex),
        ("users/priya.yaml", PRIYA),
        ("tests/all.yaml", text),
    ]);
    let loaded = config::load(folder.path());
    let of_tests = loaded.diagnostics.into_iter();
    let of_tests = of_tests.filter(|told| told.file == "tests/all.yaml");
    let lines = of_tests.map(|told| {
        let (line, column) = told.place.as_ref().unwrap().line_column();
        let help = told.help.unwrap_or_default();
        format!("{line}:{column} {} {}; {help}\n", told.code, told.message)
    });
    lines.collect()
}

const MISTAKES: &str = r#"
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
fn mistakes_are_told_with_their_place_and_a_way_to_mend_them() {
    insta::assert_snapshot!(told(ALEX, MISTAKES));
}

#[test]
fn a_test_belongs_to_somebody() {
    let text = "tests: [{ name: A, call: { at: sat 9:00 }, expect: { rings: [] } }]\n";
    let told = told(ALEX, text);
    assert!(
        told.starts_with("1:1 E0101 whose call is it in `A`?"),
        "{told}"
    );
}

/// A rule that could not be read may be the one that a test names.
#[test]
fn what_a_broken_user_file_says_is_not_held_against_its_tests() {
    let text = r#"
user: "101"
tests:
  - name: A
    call: { at: sat 9:00 }
    expect: { handledBy: Lost }
"#;
    assert!(told(ALEX, text).contains("E0113"));
    let broken = format!("{ALEX}  Lost: {{ condition: {{ callerIds: [\"+1650\"] }} }}\n");
    assert_eq!(told(&broken, text), "");
}
