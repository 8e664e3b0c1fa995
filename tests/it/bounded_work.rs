//! Large and hostile files: the output grows with what was typed, not with its product.

use std::fs;

use callrules::config;
use tempfile::TempDir;

use crate::support::command;

/// A repository with one user.
fn repository(user: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    fs::write(
        folder.path().join("callrules.yaml"),
        "account: \"1\"\nprune: all\n",
    )
    .unwrap();
    fs::write(folder.path().join("users/a.yaml"), user).unwrap();
    folder
}

/// Returns a user with this many rules, each with the conditions that `conditions` returns.
fn user_with_rules(count: usize, conditions: impl Fn(usize) -> String) -> String {
    let rules = (0..count).map(|n| {
        format!(
            "  Rule {n}:\n    conditions: {{ {} }}\n    dispatching: {{ type: Terminate, terminate: {{ phoneNumber: \"+1650555{n:04}\" }} }}\n",
            conditions(n)
        )
    });
    format!(
        "extension: \"101\"\ninteractionRules:\n{}",
        rules.collect::<String>()
    )
}

#[test]
fn ignored_names_give_one_finding_for_each_pattern() {
    let patterns = "\"*\", ".repeat(90);
    let user = user_with_rules(500, |n| format!("callerIds: [\"+1415555{n:04}\"]"));
    let user = user.replacen('\n', &format!("\nignore: [{patterns}]\n"), 1);
    let folder = repository(&user);
    assert_eq!(config::load(folder.path()).diagnostics.len(), 90);
}

#[test]
fn quoted_words_and_lines_are_cut() {
    let word = "x".repeat(1_000_000);
    for user in [
        format!("extension: \"101\"\n{word}: 1\n"),
        format!("extension: \"101\"\nprune: {word}\n"),
        format!("extension: \"101\"\nprune: \"`{word}\"\n"),
        format!("extension: \"101\"\nprofiles: [{word}]\n"),
        format!("extension: \"{word}\"\nstates: {{}}\n"),
        format!("extension: \"101\"\nstates: {word}\n"),
    ] {
        let folder = repository(&user);
        for format in ["human", "json", "github", "sarif"] {
            let mut command = command();
            command.arg("-C").arg(folder.path());
            let output = command
                .args(["validate", "--format", format])
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(1));
            let length = output.stdout.len() + output.stderr.len();
            // SARIF describes every rule.
            assert!(length < 200_000, "{format} {}: {length} bytes", &user[..60]);
        }
    }
}
