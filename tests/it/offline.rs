//! Resolution without an account: user files resolve offline.

#![allow(clippy::unwrap_used, reason = "test helpers may panic like tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callrules::config::{self, OfflineDirectory, Repository};
use callrules::model::to_yaml::YamlWriter;
use callrules::model::{CallDestination, DesiredRule, DesiredUser, RuleDefinition};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Creates a repository with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("callrules.yaml"), "prune: all\n").unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Loads a repository that has no errors.
pub(crate) fn repository(root: &Path) -> Repository {
    let loaded = config::load(root);
    let diagnostics = loaded.diagnostics;
    loaded
        .repository
        .unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

/// Resolves every user file, in the order of the files.
fn resolve_users(repository: &Repository, offline: &OfflineDirectory) -> Vec<DesiredUser> {
    let files = repository.users.iter().map(|user| &user.file);
    config::resolve_all(
        files,
        &repository.settings,
        &repository.referenced_files,
        &offline.directory,
        &offline.name_index,
    )
    .map(Result::unwrap)
    .collect()
}

fn present_rules(user: &DesiredUser) -> Vec<&RuleDefinition> {
    let declared = user.rules.iter().flatten();
    declared
        .filter_map(|rule| match rule {
            DesiredRule::Present { rule, .. } => Some(&**rule),
            DesiredRule::Absent { .. } => None,
        })
        .collect()
}

/// Returns a user file with one rule for each destination.
fn file_with_destinations(owner: &str, destinations: &[&str]) -> String {
    let rules = destinations.iter().enumerate().map(|(index, destination)| {
        format!(
            "  Rule {index}:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    \
             dispatching: {{ type: Terminate, terminate: {destination} }}\n"
        )
    });
    format!("{owner}\ninteractionRules:\n{}", rules.collect::<String>())
}

#[test]
fn every_example_resolves_without_an_account() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut users = 0;
    for example in fs::read_dir(examples).unwrap() {
        let example = example.unwrap().path();
        // The folders without settings are workflow examples.
        if !example.join("callrules.yaml").exists() {
            continue;
        }
        let repository = repository(&example);
        let offline = config::offline_directory(&repository);
        let ids: BTreeSet<String> = resolve_users(&repository, &offline)
            .into_iter()
            .map(|user| user.id.0)
            .collect();
        assert_eq!(ids.len(), repository.users.len());
        users += ids.len();
    }
    assert!(users > 300, "{users}");
}

#[test]
fn reference_spelled_like_a_user_file_resolves_to_its_user() {
    let folder = folder(&[
        (
            "users/a.yaml",
            &file_with_destinations(
                "extension: \"101\"",
                &[
                    "{ extension: 102 }",
                    "{ voicemail: { extension: PRIYA@acme.example } }",
                    "{ extension: \"id:63700001006\" }",
                ],
            ),
        ),
        ("users/b.yaml", "extension: \"102\"\n"),
        ("users/c.yaml", "email: priya@Acme.example\n"),
        ("users/d.yaml", "id: \"63700001006\"\n"),
    ]);
    let repository = repository(folder.path());
    let offline = config::offline_directory(&repository);
    let users = resolve_users(&repository, &offline);
    let ends: Vec<_> = present_rules(&users[0])
        .into_iter()
        .map(|rule| {
            rule.dispatching
                .as_ref()
                .unwrap()
                .terminate
                .clone()
                .unwrap()
        })
        .collect();
    assert_eq!(
        ends,
        [
            CallDestination::Extension(users[1].id.clone()),
            CallDestination::Voicemail {
                owner: Some(users[2].id.clone()),
                greeting: None
            },
            CallDestination::Extension(users[3].id.clone()),
        ]
    );
    // Only ids from a file have the form of account ids.
    let is_account_id: Vec<bool> = users.iter().map(|user| user.id.is_account_id()).collect();
    assert_eq!(is_account_id, [false, false, false, true]);
    assert_eq!(offline.directory.extensions().len(), 4);
    let labels: Vec<&str> = offline
        .directory
        .extensions()
        .iter()
        .map(callrules::model::AccountExtension::label)
        .collect();
    assert_eq!(labels, ["101", "102", "priya@Acme.example", "63700001006"]);
}

#[test]
fn destinations_are_written_as_read() {
    let destinations = [
        "{ extension: \"900\" }",
        "{ extension: Sales / East }",
        "{ extension: \"#900 é\" }",
        "{ extension: zoë@acme.example }",
        "{ extension: \"id:900\" }",
        "{ voicemail: { extension: (a name), preset: Acoustic } }",
        "{ announcement: { preset: \"3rd floor, closed\" } }",
        "{ announcement: { preset: \"66310\" } }",
    ];
    let folder = folder(&[(
        "users/a.yaml",
        &file_with_destinations("email: alex@acme.example", &destinations),
    )]);
    let repository = repository(folder.path());
    let offline = config::offline_directory(&repository);
    let users = resolve_users(&repository, &offline);
    let writer = YamlWriter::new(&offline.directory).with_names(&offline.name_index, &users[0].id);
    let written: Vec<Value> = present_rules(&users[0])
        .into_iter()
        .map(|rule| writer.rule(rule)["dispatching"]["terminate"].clone())
        .collect();
    assert_eq!(
        written,
        [
            json!({ "extension": "900" }),
            json!({ "extension": "Sales / East" }),
            json!({ "extension": "#900 é" }),
            json!({ "extension": "zoë@acme.example" }),
            json!({ "extension": "id:900" }),
            json!({ "voicemail": { "preset": "Acoustic", "extension": "(a name)" } }),
            json!({ "announcement": { "preset": "3rd floor, closed" } }),
            json!({ "announcement": { "preset": "66310" } }),
        ]
    );
    // The first, third and fifth look alike but are three extensions, and none is the user.
    assert_eq!(offline.directory.extensions().len(), 7);
}

#[test]
fn names_match_regardless_of_case() {
    let device = |name: &str, of: &str| format!("{{ device: {name}{of} }}");
    let text = format!(
        r#"
extension: "101"
interactionRules:
  One:
    conditions: {{ callerIds: ["+1650"] }}
    dispatching:
      type: RingAtOnce
      greeting: {{ preset: Acoustic }}
      ring:
        - targets: [{}, {}, {}, {{ coworker: Priya Rao }}, {{ mobileAppsOf: PRIYA rao }}]
          seconds: 20
      noAnswer: {{ voicemail: {{ preset: acoustic, extension: priya rao }} }}
"#,
        device("Desk", ""),
        device("desk", ", extension: \"102\""),
        device("DESK", ", extension: \"102\""),
    );
    let folder = folder(&[("users/a.yaml", &text)]);
    let repository = repository(folder.path());
    let offline = config::offline_directory(&repository);
    let users = resolve_users(&repository, &offline);
    let rule = present_rules(&users[0])[0].dispatching.clone().unwrap();
    let writer = YamlWriter::new(&offline.directory).with_names(&offline.name_index, &users[0].id);
    assert_eq!(
        writer.dispatching(&rule)["ring"][0]["targets"],
        json!([
            { "device": "Desk" },
            { "device": "desk", "extension": "102" },
            { "device": "desk", "extension": "102" },
            { "coworker": "Priya Rao" },
            { "mobileAppsOf": "Priya Rao" },
        ])
    );
    assert_eq!(offline.directory.extensions().len(), 3);
}

/// RingCentral keeps one voicemail for both modes of a rule. Only the account knows whether a
/// number and a name belong to one person.
#[test]
fn difference_known_only_to_the_account_is_accepted() {
    let text = |other: &str| {
        format!(
            r#"
extension: "101"
interactionRules:
  One:
    conditions: {{ callerIds: ["+1650"] }}
    dispatching:
      type: Terminate
      noAnswer: {{ voicemail: {{ extension: "102", preset: Default }} }}
      terminate: {{ voicemail: {other} }}
"#
        )
    };
    for other in [
        "{ extension: Priya Rao, preset: \"590080\" }",
        "{ extension: priya@acme.example }",
        "{ extension: \"id:63700001005\" }",
    ] {
        let folder = folder(&[("users/a.yaml", &text(other))]);
        let repository = repository(folder.path());
        let offline = config::offline_directory(&repository);
        assert_eq!(resolve_users(&repository, &offline).len(), 1);
    }
    let folder = folder(&[("users/a.yaml", &text("{ extension: \"103\" }"))]);
    assert!(config::load(folder.path()).repository.is_none());
}
