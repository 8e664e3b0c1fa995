//! Errors in files: `validate` reports all of them at once, each with its location and a fix.

use std::fs;
use std::path::Path;

use callrules::config;
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::command;

fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    write(
        folder.path(),
        "callrules.yaml",
        "account: \"1\"\nprune: all\n",
    );
    folder
}

fn write(folder: &Path, path: &str, text: impl AsRef<[u8]>) {
    fs::write(folder.join(path), text).unwrap();
}

fn validate(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = command();
    command
        .arg("-C")
        .arg(folder)
        .arg("validate")
        .args(arguments);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

/// Returns every diagnostic of a repository as `file code`.
fn diagnostic_codes(folder: &Path) -> Vec<String> {
    let diagnostics = config::load(folder).diagnostics;
    diagnostics
        .iter()
        .map(|d| format!("{} {}", d.file, d.code))
        .collect()
}

#[test]
fn too_many_problems_are_cut_off_with_a_notice() {
    let folder = repository();
    let unknown: String = (0..300).map(|n| format!("key{n}: 1\n")).collect();
    write(
        folder.path(),
        "users/keys.yaml",
        format!("extension: \"101\"\n{unknown}"),
    );
    let rule = |n| {
        format!(
            "  Rule {n}:\n    conditions: {{ state: dnd }}\n    dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    let rules: String = (0..130).map(rule).collect();
    write(
        folder.path(),
        "users/rules.yaml",
        format!("extension: \"102\"\ninteractionRules:\n{rules}"),
    );
    let diagnostics = diagnostic_codes(folder.path());
    for file in ["users/keys.yaml", "users/rules.yaml"] {
        let of_file = diagnostics.iter().filter(|line| line.starts_with(file));
        assert_eq!(of_file.count(), 101, "{diagnostics:#?}");
        assert!(
            diagnostics.contains(&format!("{file} E0006")),
            "{diagnostics:#?}"
        );
    }
}

const FILE_WITH_ERRORS: &str = r#"extension: 101
quue: 1
interactionRules:
  VIP Calls After-Hours:
    conditions:
      state: after-hours
    quueCallsIncluded: true
    dispatching: { type: Terminate }
  No condition:
    conditions: {}
  None at all:
    dispatching: { type: RingInOrder, ring: [], noAnswer: { phoneNumber: 6505551212 } }
  Times:
    conditions: { schedule: { weekly: { mon-fry: 09:00-17:00, tue: 25:00-26:00, wed: [] } } }
    dispatching:
      type: Custom
      greeting: { preset: "66048" }
      noAnswer: voicemial
      ring: [{ targets: [mobileApps, { coworker: "102", device: 5 }], seconds: 0 }]
  Twice: { enabled: yes }
  Twice: { enabled: "true" }
states:
  dnd: { schedule: { daily: 09:00-17:00 }, dispatching: { type: RingInOrder } }
  work-hours: { enabled: true, schedule: { ranges: [2026-02-30] } }
  forward-all-calls: { schedule: { daily: 22:00-06:00 }, dispatching: { noAnswer: voicemail } }
  agent: { dispatching: { terminate: voicemail } }
  lunch: {}
email:
"#;

#[test]
fn every_error_of_a_file_is_reported_with_location_and_fix() {
    let folder = repository();
    write(folder.path(), "users/alex.yaml", FILE_WITH_ERRORS);
    let (code, out) = validate(folder.path(), &[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(out);
}

/// Returns the code and help of each error of a user file.
fn help_lines(text: &str) -> Vec<String> {
    let folder = repository();
    write(folder.path(), "users/a.yaml", text);
    let diagnostics = config::load(folder.path()).diagnostics;
    diagnostics
        .iter()
        .map(|d| format!("{} {}", d.code, d.help.as_deref().unwrap_or_default()))
        .collect()
}

#[test]
fn keys_at_the_wrong_level_get_help_about_their_indentation() {
    let rule = "extension: \"1\"\ninteractionRules:\n  VIP:\n";
    let dispatching = "    dispatching: { type: Terminate, terminate: voicemail }\n";
    let state = "extension: \"1\"\nstates:\n  work-hours:\n";
    for (text, help) in [
        (
            format!(
                "{rule}    conditions: {{ callerIds: [+14085550100] }}\n{dispatching}  states:\n    dnd:\n  {dispatching}"
            ),
            "E0012 `states` belongs at the left margin",
        ),
        (
            format!("{state}    schedule:\n    weekly: {{ mon-fri: 08:00-16:00 }}\n"),
            "E0012 indent `weekly` below `schedule`",
        ),
        (
            format!("{rule}    conditions:\n      callerIds: [+14085550100]\n  {dispatching}"),
            "E0012 `dispatching` should start in the same column as `conditions` (line 4)",
        ),
        (
            format!("{state}    prune: all\n"),
            "E0012 `prune` belongs at the left margin",
        ),
    ] {
        let lines = help_lines(&text);
        assert!(lines.iter().any(|line| line == help), "{text}\n{lines:#?}");
    }
}

#[test]
fn typing_errors_in_values_get_help_with_the_right_form() {
    let dispatching = |keys: &str| {
        format!(
            "extension: \"1\"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds: [+14085550100]\n    dispatching:\n{keys}"
        )
    };
    for (text, help) in [
        (
            dispatching("      type: Terminate\n      terminate: \"900\"\n"),
            "E0013 did you mean `{ extension: \"900\" }`?",
        ),
        (
            dispatching("      greeting:{ preset: Default }\n      type: RingAtOnce\n"),
            "E0012 add a space after the colon: `greeting: {`",
        ),
        (
            "extension: “101”\n".to_owned(),
            "E0017 these are curly quotes; use straight quotes: `\"101\"`",
        ),
        (
            "extension: \"1\"\nextension: \"2\"\n".to_owned(),
            "E0004 the first one is in line 1; keep one of them",
        ),
    ] {
        let lines = help_lines(&text);
        assert!(lines.iter().any(|line| line == help), "{text}\n{lines:#?}");
    }
}

#[test]
fn unreadable_files_are_rejected_by_name() {
    let folder = repository();
    let users = folder.path().join("users");
    let aliases: String = (1..30)
        .map(|n| format!("b{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(10)))
        .collect();
    let files: [(&str, Vec<u8>); 11] = [
        (
            "alias.yaml",
            b"extension: \"1\"\nstates: *nowhere\n".to_vec(),
        ),
        ("big.yaml", vec![b'a'; 100 * 1024 * 1024]),
        (
            "bomb.yaml",
            format!("a: &a0 [x,x,x,x,x,x,x,x,x,x]\n{aliases}").into_bytes(),
        ),
        ("broken.yaml", b"extension: \"1\n  - x: [\n".to_vec()),
        ("deep.yaml", b"[".repeat(200_000)),
        (
            "documents.yaml",
            b"extension: \"2\"\n---\nextension: \"3\"\n".to_vec(),
        ),
        ("empty.yaml", Vec::new()),
        ("junk.yaml", b"\x00\x01\xff\xfe".to_vec()),
        ("list.yaml", b"- extension: \"4\"\n".to_vec()),
        (
            "merge.yaml",
            b"extension: \"5\"\n<<: { prune: all }\n".to_vec(),
        ),
        ("text.yaml", b"just text\n".to_vec()),
    ];
    for (name, text) in files {
        fs::write(users.join(name), text).unwrap();
    }
    fs::create_dir(users.join("folder.yaml")).unwrap();
    assert_eq!(
        diagnostic_codes(folder.path()),
        [
            "users/alias.yaml E0002",
            "users/big.yaml E0001",
            "users/bomb.yaml E0003",
            "users/broken.yaml E0002",
            "users/deep.yaml E0002",
            "users/documents.yaml E0002",
            "users/empty.yaml E0002",
            "users/folder.yaml E0001",
            "users/junk.yaml E0001",
            "users/list.yaml E0016",
            "users/merge.yaml E0012",
            "users/text.yaml E0016",
        ]
    );
}

#[cfg(unix)]
#[test]
fn dangling_and_circular_links_are_reported() {
    use std::os::unix::fs::symlink;
    let folder = repository();
    let users = folder.path().join("users");
    symlink("nowhere", users.join("broken.yaml")).unwrap();
    symlink(".", users.join("loop")).unwrap();
    assert_eq!(
        diagnostic_codes(folder.path()),
        ["users/broken.yaml E0001", "users/loop E0001"]
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_accepted() {
    let folder = repository();
    write(
        folder.path(),
        "users/a.yaml",
        "\u{feff}extension: \"101\"\r\ninteractionRules: {}\r\n",
    );
    assert_eq!(diagnostic_codes(folder.path()), [""; 0]);
}

#[test]
fn second_file_of_a_user_is_an_error() {
    let folder = repository();
    for (name, user) in [
        ("a", "extension: 101"),
        ("b", "extension: \"101\""),
        ("c", "email: A@b.c"),
        ("d", "email: a@b.c"),
    ] {
        write(folder.path(), &format!("users/{name}.yaml"), user);
    }
    write(folder.path(), "users/e.yaml", "states: {}");
    write(
        folder.path(),
        "users/f.yaml",
        "extension: \"9\"\nemail: f@b.c",
    );
    let expected = [
        "users/b.yaml E0102",
        "users/d.yaml E0102",
        "users/e.yaml E0101",
        "users/f.yaml E0101",
    ];
    assert_eq!(diagnostic_codes(folder.path()), expected);
}

#[test]
fn folder_without_settings_is_an_error() {
    let folder = TempDir::new().unwrap();
    let (code, out) = validate(folder.path(), &[]);
    assert_eq!(code, 1);
    let path = folder.path().display().to_string();
    insta::assert_snapshot!(out.replace(&path, "FOLDER"), @"
    error[E0005]: FOLDER is not a configuration repository: it has no callrules.yaml
    --> callrules.yaml
     = help: select the repository with `-C DIR`, or create one with `callrules init`

    1 error in 1 of 1 file
    Run `callrules explain E0005` for details
    ");
}

#[test]
fn validate_formats_json_and_github_annotations() {
    let folder = repository();
    write(
        folder.path(),
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  dnd: { enabeld: true }\n",
    );
    let (code, out) = validate(folder.path(), &["--format", "json"]);
    assert_eq!(code, 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    insta::assert_json_snapshot!(json, @r#"
    {
      "formatVersion": "1.0",
      "valid": false,
      "files": 2,
      "summary": {
        "errors": 1,
        "warnings": 0
      },
      "diagnostics": [
        {
          "severity": "error",
          "code": "E0012",
          "message": "unknown key `enabeld`",
          "label": null,
          "help": "did you mean `enabled`?",
          "file": "users/alex.yaml",
          "line": 3,
          "column": 10,
          "related": null
        }
      ]
    }
    "#);
    let mut validate_github = command();
    validate_github.current_dir(folder.path());
    validate_github.args(["validate", "--format", "github"]);
    let annotations = validate_github.output().unwrap().stdout;
    insta::assert_snapshot!(String::from_utf8(annotations).unwrap(), @"::error file=users/alex.yaml,line=3,col=10,title=E0012::unknown key `enabeld`%0Adid you mean `enabled`?");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Loading any text returns, and every span lies within the file.
    #[test]
    fn loading_any_text_yields_spans_within_the_file(cuts in proptest::collection::vec((0..FILE_WITH_ERRORS.len(), 0..24_usize, "[ -~\\n\u{e9}\u{1f600}]{0,6}"), 0..6)) {
        let mut text = FILE_WITH_ERRORS.to_owned();
        for (at, length, insert) in cuts {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let (start, end) = (floor(at), floor(at + length));
            text.replace_range(start..end, &insert);
        }
        let folder = repository();
        write(folder.path(), "users/alex.yaml", &text);
        for diagnostic in config::load(folder.path()).diagnostics {
            if let Some(span) = diagnostic.span {
                prop_assert!(span.source.text.get(span.bytes.clone()).is_some(), "{:?}", span.bytes);
                span.line_column();
            }
        }
    }
}

#[test]
fn rule_is_deleted_only_by_explicit_null() {
    let folder = repository();
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\ninteractionRules:\n  Holiday:\n",
    );
    assert_eq!(diagnostic_codes(folder.path()), ["users/a.yaml E0015"]);
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\ninteractionRules:\n  Holiday: null\n",
    );
    assert_eq!(diagnostic_codes(folder.path()), [""; 0]);
}

#[test]
fn files_with_misleading_names_are_reported() {
    let folder = repository();
    assert_eq!(diagnostic_codes(folder.path()), ["callrules.yaml W0004"]);
    write(folder.path(), "users/a.yaml", "extension: \"101\"\n");
    for name in ["b.YAML", "c.yaml.txt", ".d.yaml", "README.md", "x.york"] {
        write(folder.path(), &format!("users/{name}"), "no: [yaml");
    }
    assert_eq!(
        diagnostic_codes(folder.path()),
        ["users/b.YAML W0004", "users/c.yaml.txt W0004"]
    );
}

/// Returns the diagnostics of a file as `line code: message (help)`.
fn file_diagnostics(path: &str, text: impl AsRef<[u8]>) -> String {
    let folder = repository();
    fs::create_dir(folder.path().join("contacts")).unwrap();
    write(folder.path(), "users/a.yaml", "extension: \"101\"\n");
    write(folder.path(), path, text);
    let diagnostics = config::load(folder.path()).diagnostics;
    diagnostics
        .iter()
        .filter(|d| d.code.as_str() != "W0006")
        .map(|d| {
            let line = d.span.as_ref().map_or(0, |span| span.line_column().0);
            let help = d.help.as_deref().unwrap_or_default();
            format!("{line} {}: {} ({help})\n", d.code, d.message)
        })
        .collect()
}

/// The warning that no account is named comes after the error that stops the run.
#[test]
fn failed_run_prints_its_error_first() {
    let folder = repository();
    write(folder.path(), "callrules.yaml", "prune: all\n");
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\nfoo: 1\n",
    );
    let mut command = command();
    let output = command
        .arg("-C")
        .arg(folder.path())
        .args(["show", "--user", "101"])
        .output();
    let stderr = String::from_utf8(output.unwrap().stderr).unwrap();
    let (error, warning) = (stderr.find("E0012"), stderr.find("W0003"));
    assert!(error.is_some() && error < warning, "{stderr}");
}

#[test]
fn common_typing_errors_have_a_fix() {
    let user = |rest: &str| file_diagnostics("users/a.yaml", format!("extension: \"101\"\n{rest}"));
    let dates = |day: &str| {
        user(&format!(
            "interactionRules: {{R: {{conditions: {{schedule: {{ranges: [{day}]}}}}}}}}\n"
        ))
    };
    let reports = [
        user("interactionRules:\n  R:\n    enabled:false # not yet\n    conditions: {}\n"),
        user("interactionRules: {R: {dispatching: {type: Voicemail}}}\n"),
        user("interactionRules: {R: {dispatching: {terminate: extension 102}}}\n"),
        user("profiles: a\n"),
        user("states: {dnd: {enabled: no}}\n"),
        user("states:\n\tdnd: {}\n"),
        file_diagnostics("users/a.yaml", ""),
        dates("25.12.2026"),
        dates("2026-02-30"),
        file_diagnostics("users/a.yaml", b"extension: 1\n# caf\xe9\n"),
        file_diagnostics("contacts/a.csv", "name,phoneNumber\rKim,+1650\rJo,650\r"),
        file_diagnostics("contacts/a.csv", "name,phoneNumber\nKim,1.65E+10\n"),
    ];
    insta::assert_snapshot!(reports.join("\n"), @r#"
    4 E0002: invalid YAML: missing space after the colon of `enabled:` (add a space after the colon: `enabled: false`)

    2 E0013: unknown value `Voicemail` (write `type: Terminate` and `terminate: voicemail`)

    2 E0013: unknown value `extension 102` (expected `voicemail`, `announcement`, or a map: `{ extension: "102" }`, `{ phoneNumber: "+14082324343" }`)

    2 E0016: expected a list, found `a` (write a list, even for one item: `[a]`)

    2 E0016: expected true or false, found `no` (write `false`)

    3 E0002: invalid YAML: there is a tab in this line (indent with spaces: YAML doesn't allow tabs)

    1 E0002: invalid YAML: the file is empty (add content or delete the file)

    2 E0017: `25.12.2026` is not a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24 (write the year first: `2026-12-25`)

    2 E0017: `2026-02-30` is not a date and time such as 2026-12-24T17:00, or a date such as 2026-12-24 (there is no such date or time)

    0 E0001: cannot be read: it is not UTF-8 text (line 2) (save it as UTF-8; in Excel as `CSV UTF-8`)

    3 E0017: `650` is not a phone number in E.164 format, nor the first digits of one (write a plus sign, the country code and the number, such as +14082324343)

    2 E0017: `1.65E+10` is not a phone number in E.164 format, nor the first digits of one (a spreadsheet has lost digits of this number: format the column as text and type the number again with a plus sign and the country code)
    "#);
    let folder = repository();
    fs::create_dir(folder.path().join("profiles")).unwrap();
    write(folder.path(), "profiles/a.yaml", "prune: none\n");
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\nprofiles: [a, a]\n",
    );
    assert_eq!(diagnostic_codes(folder.path()), ["users/a.yaml W0001"]);
}

/// Returns the places and codes of all diagnostics of a user file.
fn places_in_user_file(text: &str) -> Vec<String> {
    let folder = repository();
    write(folder.path(), "users/alex.yaml", text);
    let diagnostics = config::load(folder.path()).diagnostics.into_iter();
    let place = |diagnostic: callrules::diagnostic::Diagnostic| {
        let (line, column) = diagnostic.span.unwrap().line_column();
        format!("{line}:{column} {}", diagnostic.code)
    };
    diagnostics.map(place).collect()
}

#[test]
fn error_after_an_unreadable_item_is_reported_at_its_own_place() {
    let text = r#"extension: "101"
interactionRules:
  Holidays:
    conditions:
      callerIds: [“x”, "+1650", { name: Zoë }]
      schedule:
        weekly: { mun: 08:00-16:00, tue: 08:00-16:00, tuesday: 08:00-16:00 }
        ranges:
          - 12/24/2026
          - 2026-12-25
          - { start: 2026-12-26, end: 2026-12-24 }
    dispatching:
      type: RingInOrder
      ring:
        - desktopApps
        - { targets: [desktopApps], seconds: 20 }
        - { targets: [deskphone], seconds: 25 }
        - { targets: [mobileApps], seconds: 0 }
      noAnswer: voicemail
"#;
    insta::assert_snapshot!(places_in_user_file(text).join("\n"), @"
    5:19 E0017
    5:35 E0105
    7:19 E0017
    7:55 E0110
    9:13 E0017
    11:39 E0109
    15:11 E0016
    17:23 E0013
    18:36 E0017
    ");
}

#[test]
fn rule_name_in_curly_quotes_is_an_error() {
    let rule = "conditions: { callerIds: [\"+1650\"] }, dispatching: { type: Terminate, terminate: voicemail }";
    let file =
        |name: &str| format!("extension: \"101\"\ninteractionRules:\n  {name}: {{ {rule} }}\n");
    assert_eq!(places_in_user_file(&file("“VIP calls”")), ["3:3 E0017"]);
    assert_eq!(places_in_user_file(&file("\"“VIP calls”\"")), [""; 0]);
}

#[test]
fn rule_names_that_differ_in_an_invisible_character_are_reported() {
    let text = "extension: \"101\"\ninteractionRules:\n  VIP: { enabled: true }\n  V\u{200b}IP: { enabled: true }\n";
    let folder = repository();
    write(folder.path(), "users/alex.yaml", text);
    let (_, out) = validate(folder.path(), &[]);
    assert!(out.contains("W0007"), "{out}");
    assert!(out.contains("differ in an invisible character"), "{out}");
}

#[test]
fn dates_without_any_time_between_are_errors() {
    let rule = |schedule: &str| {
        format!(
            "extension: \"101\"\ninteractionRules:\n  Christmas:\n    conditions: {{ schedule: {{ {schedule} }} }}\n    \
             dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    for (schedule, place) in [
        ("ranges: [2026-12-25T12:00]", "4:40 E0017"),
        ("ranges: [2026-12-25T24:00]", "4:40 E0017"),
        (
            "ranges: [{ start: 2026-12-25T12:00, end: 2026-12-25T12:00 }]",
            "4:72 E0109",
        ),
        (
            "ranges: [{ start: 2026-12-25T24:00, end: 2026-12-26 }]",
            "4:49 E0017",
        ),
        (
            "daily: 08:00-09:00, start: 2026-12-25T12:00, end: 2026-12-25T12:00:00",
            "4:81 E0109",
        ),
    ] {
        assert_eq!(places_in_user_file(&rule(schedule)), [place], "{schedule}");
    }
    let half_day = "ranges: [{ start: 2026-12-25T12:00, end: 2026-12-25T24:00 }]";
    assert_eq!(places_in_user_file(&rule(half_day)), [""; 0]);
}

#[test]
fn ends_at_the_last_minute_are_reported() {
    let state = |times: &str| {
        format!("extension: \"101\"\nstates:\n  work-hours: {{ schedule: {{ daily: {times} }} }}\n")
    };
    let rule = |range: &str| {
        format!(
            "extension: \"101\"\ninteractionRules:\n  Christmas:\n    conditions: {{ schedule: {{ ranges: [{range}] }} }}\n    \
             dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    for (text, expected) in [
        (state("00:00-23:59"), vec!["3:36 W0114"]),
        (state("[08:00-12:00, 13:00-23:59:00]"), vec!["3:50 W0114"]),
        (state("00:00-24:00"), vec![]),
        (state("00:00-23:59:59"), vec![]),
        (
            rule("{ start: 2026-12-24, end: 2026-12-25T23:59 }"),
            vec!["4:61 W0114"],
        ),
        (rule("{ start: 2026-12-24, end: 2026-12-25 }"), vec![]),
    ] {
        assert_eq!(places_in_user_file(&text), expected, "{text}");
    }
}

#[test]
fn long_times_over_midnight_are_reported() {
    let state = |times: &str| {
        format!(
            "extension: \"101\"\nstates:\n  work-hours: {{ schedule: {{ weekly: {{ mon-fri: {times} }} }} }}\n"
        )
    };
    let rule = |times: &str| {
        format!(
            "extension: \"101\"\ninteractionRules:\n  Late:\n    conditions: {{ schedule: {{ daily: {times} }} }}\n    \
             dispatching: {{ type: Terminate, terminate: voicemail }}\n"
        )
    };
    for (text, expected) in [
        (state("8:00-4:00"), vec!["3:48 W0113"]),
        (state("16:00-08:00"), vec!["3:48 W0113"]),
        (state("[08:00-12:00, 13:00-5:00]"), vec!["3:62 W0113"]),
        (state("22:00-06:00"), vec![]),
        (state("08:00-16:00"), vec![]),
        (rule("9:00-5:00"), vec!["4:38 W0113"]),
        (rule("17:00-09:00"), vec![]),
    ] {
        assert_eq!(places_in_user_file(&text), expected, "{text}");
    }
    let folder = repository();
    write(folder.path(), "users/alex.yaml", state("8:00-4:00"));
    let (code, out) = validate(folder.path(), &[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(out, @"
    warning[W0113]: `8:00-4:00` ends before it starts, so it runs over midnight until 04:00 of the next day
     --> users/alex.yaml:3:48
      |
    3 |   work-hours: { schedule: { weekly: { mon-fri: 8:00-4:00 } } }
      |                                                ^^^^^^^^^
      |
      = help: for times within one day write `08:00-16:00`; if the times are right, add `allow: [over-midnight]`

    1 warning in 1 of 2 files
    Run `callrules explain W0113` for details
    ");
}
