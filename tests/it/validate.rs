//! Mistakes: all of them at once, each with its place and a way to mend it.

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

/// The codes of all problems of a repository, by file.
fn codes(folder: &Path) -> Vec<String> {
    let diagnostics = config::load(folder).diagnostics;
    diagnostics
        .iter()
        .map(|d| format!("{} {}", d.file, d.code))
        .collect()
}

#[test]
fn of_too_many_problems_it_is_told_that_there_are_more() {
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
    let rules = format!("extension: \"102\"\ninteractionRules:\n{rules}");
    write(folder.path(), "users/rules.yaml", rules);
    let told = codes(folder.path());
    for file in ["users/keys.yaml", "users/rules.yaml"] {
        let of_file = told.iter().filter(|told| told.starts_with(file));
        assert_eq!(of_file.count(), 101, "{told:#?}");
        assert!(told.contains(&format!("{file} E0006")), "{told:#?}");
    }
}

const MISTAKES: &str = r#"extension: 101
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
fn every_mistake_of_a_file_is_told_with_its_place_and_a_way_to_mend_it() {
    let folder = repository();
    write(folder.path(), "users/alex.yaml", MISTAKES);
    let (code, out) = validate(folder.path(), &[]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(out);
}

#[test]
fn what_cannot_be_a_file_of_ours_is_refused_quickly_and_by_name() {
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
        codes(folder.path()),
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
fn links_that_lead_nowhere_or_back_are_told() {
    use std::os::unix::fs::symlink;
    let folder = repository();
    let users = folder.path().join("users");
    symlink("nowhere", users.join("broken.yaml")).unwrap();
    symlink(".", users.join("loop")).unwrap();
    assert_eq!(
        codes(folder.path()),
        ["users/broken.yaml E0001", "users/loop E0001"]
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_no_mistake() {
    let folder = repository();
    write(
        folder.path(),
        "users/a.yaml",
        "\u{feff}extension: \"101\"\r\ninteractionRules: {}\r\n",
    );
    assert_eq!(codes(folder.path()), [""; 0]);
}

#[test]
fn one_user_has_one_file() {
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
    write(folder.path(), "users/f.yaml", "extension: \"9\"\nid: \"9\"");
    let expected = [
        "users/b.yaml E0102",
        "users/d.yaml E0102",
        "users/e.yaml E0101",
        "users/f.yaml E0101",
    ];
    assert_eq!(codes(folder.path()), expected);
}

#[test]
fn a_folder_that_is_no_repository_is_told_so() {
    let folder = TempDir::new().unwrap();
    let (code, out) = validate(folder.path(), &[]);
    assert_eq!(code, 1);
    assert!(out.contains("it has no callrules.yaml"), "{out}");
}

#[test]
fn scripts_get_json_and_github_gets_annotations() {
    let folder = repository();
    write(
        folder.path(),
        "users/alex.yaml",
        "extension: \"101\"\nstates:\n  dnd: { enabeld: true }\n",
    );
    let (code, out) = validate(folder.path(), &["--format", "json"]);
    assert_eq!(code, 1);
    let json: Value = serde_json::from_str(&out).unwrap();
    insta::assert_json_snapshot!(json);
    let mut there = command();
    there.current_dir(folder.path());
    let output = there.args(["validate", "--format", "github"]).output();
    insta::assert_snapshot!(String::from_utf8(output.unwrap().stdout).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a file holds, there is an answer, and every place in it lies in the file.
    #[test]
    fn no_text_breaks_the_reader(cuts in proptest::collection::vec((0..MISTAKES.len(), 0..24_usize, "[ -~\\n\u{e9}\u{1f600}]{0,6}"), 0..6)) {
        let mut text = MISTAKES.to_owned();
        for (at, length, insert) in cuts {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let (start, end) = (floor(at), floor(at + length));
            text.replace_range(start..end, &insert);
        }
        let folder = repository();
        write(folder.path(), "users/alex.yaml", &text);
        for diagnostic in config::load(folder.path()).diagnostics {
            if let Some(place) = diagnostic.place {
                prop_assert!(place.source.text.get(place.bytes.clone()).is_some(), "{:?}", place.bytes);
                place.line_column();
            }
        }
    }
}

#[test]
fn a_rule_is_deleted_only_by_a_written_null() {
    let folder = repository();
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\ninteractionRules:\n  Holiday:\n",
    );
    assert_eq!(codes(folder.path()), ["users/a.yaml E0015"]);
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\ninteractionRules:\n  Holiday: null\n",
    );
    assert_eq!(codes(folder.path()), [""; 0]);
}

#[test]
fn files_that_only_look_like_ours_are_told_and_others_are_not() {
    let folder = repository();
    assert_eq!(codes(folder.path()), ["callrules.yaml W0004"]);
    write(folder.path(), "users/a.yaml", "extension: \"101\"\n");
    for name in ["b.YAML", "c.yaml.txt", ".d.yaml", "README.md", "x.york"] {
        write(folder.path(), &format!("users/{name}"), "no: [yaml");
    }
    assert_eq!(
        codes(folder.path()),
        ["users/b.YAML W0004", "users/c.yaml.txt W0004"]
    );
}

/// What a file with a mistake is told: its messages, and its helps.
fn told(path: &str, text: impl AsRef<[u8]>) -> String {
    let folder = repository();
    fs::create_dir(folder.path().join("contacts")).unwrap();
    write(folder.path(), "users/a.yaml", "extension: \"101\"\n");
    write(folder.path(), path, text);
    let diagnostics = config::load(folder.path()).diagnostics;
    let told = diagnostics.iter().filter(|d| d.code.as_str() != "W0006");
    told.map(|d| {
        let line = d.place.as_ref().map_or(0, |place| place.line_column().0);
        let help = d.help.as_deref().unwrap_or_default();
        format!("{line} {}: {} ({help})\n", d.code, d.message)
    })
    .collect()
}

/// That no account is named would stand before what stops the run.
#[test]
fn a_failed_run_tells_what_stopped_it_first() {
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
    let told = String::from_utf8(output.unwrap().stderr).unwrap();
    let (error, warning) = (told.find("E0012"), told.find("W0003"));
    assert!(error.is_some() && error < warning, "{told}");
}

#[test]
fn common_slips_have_a_way_to_mend_them() {
    let user = |rest: &str| told("users/a.yaml", format!("extension: \"101\"\n{rest}"));
    let dates = |day: &str| {
        user(&format!(
            "interactionRules: {{R: {{conditions: {{schedule: {{ranges: [{day}]}}}}}}}}\n"
        ))
    };
    for (told, help) in [
        (
            user("interactionRules:\n  R:\n    enabled:false # not yet\n    conditions: {}\n"),
            "4 E0002: this is not YAML: no space stands after the colon of `enabled:` (a space",
        ),
        (
            user("interactionRules: {R: {dispatching: {type: Voicemail}}}\n"),
            "write `type: Terminate`, and `terminate: voicemail` beside it",
        ),
        (
            user("interactionRules: {R: {dispatching: {terminate: extension 102}}}\n"),
            "or a map: `{ extension: \"102\" }`",
        ),
        (user("profiles: a\n"), "write a list, also of one: `[a]`"),
        (user("states: {dnd: {enabled: no}}\n"), "write `false`"),
        (user("states:\n\tdnd: {}\n"), "indent with spaces"),
        (told("users/a.yaml", ""), "write what the file shall say"),
        (dates("25.12.2026"), "write the year first"),
        (dates("2026-02-30"), "no such day"),
        (
            told("users/a.yaml", b"extension: 1\n# caf\xe9\n"),
            "(line 2) (save it as UTF-8",
        ),
        (
            told("contacts/a.csv", "name,phoneNumber\rKim,+1650\rJo,650\r"),
            "3 E0017",
        ),
        (
            told("contacts/a.csv", "name,phoneNumber\nKim,1.65E+10\n"),
            "lost digits",
        ),
    ] {
        assert!(told.contains(help), "{help}: {told}");
    }
    let folder = repository();
    fs::create_dir(folder.path().join("profiles")).unwrap();
    write(folder.path(), "profiles/a.yaml", "prune: none\n");
    write(
        folder.path(),
        "users/a.yaml",
        "extension: \"101\"\nprofiles: [a, a]\n",
    );
    assert_eq!(codes(folder.path()), ["users/a.yaml W0001"]);
}
