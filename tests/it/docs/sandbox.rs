//! `docs/reference/sandbox.md`: seeds and faults.

use callrules::sandbox::{RequestFault, SandboxSeed};
use serde_json::Value;

use super::terminal::Terminal;
use super::{blocks, first_cells, read_page};

const PAGE: &str = "docs/reference/sandbox.md";

#[test]
fn seed_example_loads() {
    for block in blocks(PAGE, "yaml") {
        let seed: Value = serde_yaml::from_str(&block.text).unwrap();
        assert!(
            SandboxSeed::from_value(seed).is_ok(),
            "{}",
            block.location()
        );
    }
}

/// The page and `--help` name every kind of fault, and every fault in both can be parsed.
#[test]
fn fault_kinds_match_page_and_help() {
    let terminal = Terminal::open();
    let help = terminal.program(&["sandbox", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let error = "".parse::<RequestFault>().unwrap_err().to_string();
    let (_, kinds) = error.split_once("expected ").unwrap();
    let kinds: Vec<&str> = kinds.split([',', ' ']).collect();
    let kinds = kinds.into_iter().filter(|k| !matches!(*k, "" | "or"));
    let cells = first_cells(PAGE);
    let mut checked = 0;
    for kind in kinds {
        let mut words = help.split_whitespace();
        assert!(words.any(|word| word == kind), "`{kind}` is not in --help");
        assert!(
            cells.iter().any(|cell| cell == kind),
            "`{kind}` is not on the page"
        );
        checked += 1;
    }
    assert_eq!(checked, 34);

    let page = read_page(PAGE);
    let (_, rehearsing) = page.split_once("## Rehearsals").unwrap();
    let rows = rehearsing.lines().filter(|line| line.starts_with("| "));
    let in_table = rows.filter_map(|row| row.split('`').nth(1));
    let quoted = [&help, &page].map(|text| text.split("--fault '").skip(1));
    let quoted = quoted
        .into_iter()
        .flatten()
        .filter_map(|text| text.split_once('\'').map(|(spec, _)| spec));
    let specs: Vec<&str> = in_table.chain(quoted).collect();
    let invalid: Vec<String> = specs
        .iter()
        .filter_map(|spec| Some(format!("{spec}: {}", spec.parse::<RequestFault>().err()?)))
        .collect();
    assert!(specs.len() > 12, "{specs:?}");
    assert!(invalid.is_empty(), "{invalid:#?}");
}
