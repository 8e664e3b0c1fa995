//! The page of the sandbox.

use std::fs;

use callrules::sandbox::{Fault, Seed};
use serde_json::Value;

use super::terminal::Terminal;
use super::{blocks, first_cells, root};

#[test]
fn the_seed_of_the_sandbox_page_is_one() {
    for block in blocks("docs/sandbox.md", "yaml") {
        let seed: Value = serde_yaml::from_str(&block.text).unwrap();
        assert!(Seed::from_value(seed).is_ok(), "{}", block.at());
    }
}

/// The page and `--help` know each kind of fault, and the faults in both are faults.
#[test]
fn the_faults_are_as_documented() {
    let terminal = Terminal::open();
    let help = terminal.program(&["sandbox", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let nonsense = "".parse::<Fault>().unwrap_err().to_string();
    let (_, kinds) = nonsense.split_once(": ").unwrap();
    let kinds: Vec<&str> = kinds.split([',', ' ']).collect();
    let kinds = kinds.into_iter().filter(|k| !matches!(*k, "" | "or"));
    let cells = first_cells("docs/sandbox.md");
    let mut known = 0;
    for kind in kinds {
        let mut words = help.split_whitespace();
        assert!(words.any(|word| word == kind), "`{kind}` is not in --help");
        assert!(cells.iter().any(|cell| cell == kind), "{kind} is not there");
        known += 1;
    }
    assert_eq!(known, 18);

    let page = fs::read_to_string(root().join("docs/sandbox.md")).unwrap();
    let (_, rehearsing) = page.split_once("## Rehearsing").unwrap();
    let rows = rehearsing.lines().filter(|line| line.starts_with("| "));
    let tabled = rows.filter_map(|row| row.split('`').nth(1));
    let quoted = [&help, &page].map(|text| text.split("--fault '").skip(1));
    let quoted = quoted
        .into_iter()
        .flatten()
        .filter_map(|text| text.split_once('\'').map(|(spec, _)| spec));
    let specs: Vec<&str> = tabled.chain(quoted).collect();
    let wrong: Vec<String> = specs
        .iter()
        .filter_map(|spec| Some(format!("{spec}: {}", spec.parse::<Fault>().err()?)))
        .collect();
    assert!(specs.len() > 12, "{specs:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
