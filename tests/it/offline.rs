//! Resolving without an account: what the files say is computable from them alone.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may fail the way tests do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use callrules::config::{self, Offline, Repository};
use callrules::model::words::Words;
use callrules::model::{DesiredRule, DesiredUser, Destination, Rule};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A repository of these files.
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

pub(crate) fn repository(root: &Path) -> Repository {
    let loaded = config::load(root);
    let told = loaded.diagnostics;
    loaded.repository.unwrap_or_else(|| panic!("{told:#?}"))
}

/// What each user file means, in the order of the files.
fn resolved(repository: &Repository, offline: &Offline) -> Vec<DesiredUser> {
    let files = repository.users.iter().map(|user| &user.file);
    let all = config::resolve_all(
        files,
        &repository.settings,
        &repository.shared,
        &offline.directory,
        &offline.catalogue,
    );
    all.map(Result::unwrap).collect()
}

fn rules(user: &DesiredUser) -> Vec<&Rule> {
    let rules = user.rules.iter().flatten();
    let present = rules.filter_map(|rule| match rule {
        DesiredRule::Present { rule, .. } => Some(&**rule),
        DesiredRule::Absent { .. } => None,
    });
    present.collect()
}

/// A user file whose rules each end calls at one of these destinations.
fn ending_at(owner: &str, destinations: &[&str]) -> String {
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
        // Others are no repositories: workflows.
        if !example.join("callrules.yaml").exists() {
            continue;
        }
        let repository = repository(&example);
        let offline = config::offline(&repository);
        let ids: BTreeSet<String> = resolved(&repository, &offline)
            .into_iter()
            .map(|user| user.id.0)
            .collect();
        assert_eq!(ids.len(), repository.users.len());
        users += ids.len();
    }
    assert!(users > 300, "{users}");
}

#[test]
fn who_is_named_as_a_file_says_it_is_the_user_of_that_file() {
    let folder = folder(&[
        (
            "users/a.yaml",
            &ending_at(
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
    let offline = config::offline(&repository);
    let users = resolved(&repository, &offline);
    let ends: Vec<_> = rules(&users[0])
        .into_iter()
        .map(|rule| rule.dispatching.as_ref().unwrap().at_once.clone().unwrap())
        .collect();
    assert_eq!(
        ends,
        [
            Destination::Extension(users[1].id.clone()),
            Destination::Voicemail {
                of: Some(users[2].id.clone()),
                greeting: None
            },
            Destination::Extension(users[3].id.clone()),
        ]
    );
    // Only ids that a file says look like those of an account.
    let given: Vec<bool> = users.iter().map(|user| user.id.is_given()).collect();
    assert_eq!(given, [false, false, false, true]);
    assert_eq!(offline.directory.all().len(), 4);
    let labels: Vec<&str> = offline.directory.all().iter().map(|e| e.label()).collect();
    assert_eq!(labels, ["101", "102", "priya@Acme.example", "63700001006"]);
}

#[test]
fn what_is_shown_is_what_was_written() {
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
        &ending_at("email: alex@acme.example", &destinations),
    )]);
    let repository = repository(folder.path());
    let offline = config::offline(&repository);
    let users = resolved(&repository, &offline);
    let words = Words::new(&offline.directory);
    let words = words.with_names(&offline.catalogue, &users[0].id);
    let said: Vec<Value> = rules(&users[0])
        .into_iter()
        .map(|rule| words.rule(rule)["dispatching"]["terminate"].clone())
        .collect();
    assert_eq!(
        said,
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
    // However alike they look, the first, third and fifth are three, and all are others than the user.
    assert_eq!(offline.directory.all().len(), 7);
}

#[test]
fn one_name_is_one_thing_however_it_is_spelt() {
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
    let offline = config::offline(&repository);
    let users = resolved(&repository, &offline);
    let rule = rules(&users[0])[0].dispatching.clone().unwrap();
    let words = Words::new(&offline.directory);
    let words = words.with_names(&offline.catalogue, &users[0].id);
    assert_eq!(
        words.dispatching(&rule)["ring"][0]["targets"],
        json!([
            { "device": "Desk" },
            { "device": "desk", "extension": "102" },
            { "device": "desk", "extension": "102" },
            { "coworker": "Priya Rao" },
            { "mobileAppsOf": "Priya Rao" },
        ])
    );
    assert_eq!(offline.directory.all().len(), 3);
}

/// The service keeps one voicemail for both modes of a rule. Whether a number and a name are one
/// person's only the account knows.
#[test]
fn what_only_an_account_tells_apart_is_no_mistake() {
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
        let offline = config::offline(&repository);
        assert_eq!(resolved(&repository, &offline).len(), 1);
    }
    let folder = folder(&[("users/a.yaml", &text("{ extension: \"103\" }"))]);
    assert!(config::load(folder.path()).repository.is_none());
}
