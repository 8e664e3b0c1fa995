//! Which module may use which: the table in `docs/contributing/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[test]
fn modules_use_only_modules_that_the_table_allows() {
    let page = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contributing/architecture.md"),
    )
    .unwrap();
    let (_, table) = page.split_once("| module | may use |").unwrap();
    let mut may: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        // Names are between backticks: every second piece.
        let names = cells.iter().map(|cell| cell.split('`').skip(1).step_by(2));
        let cells: Vec<BTreeSet<&str>> = names.map(Iterator::collect).collect();
        for module in &cells[0] {
            may.insert(module, cells[1].clone());
        }
    }
    let mut modules = BTreeSet::new();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        let below = path
            .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
            .unwrap();
        let first = below.iter().next().map(|part| part.to_str().unwrap());
        let Some(module) = first.map(|first| first.trim_end_matches(".rs")) else {
            continue;
        };
        if path.extension().is_none_or(|e| e != "rs") || module == "lib" || module == "main" {
            continue;
        }
        modules.insert(module.to_owned());
        let allowed = may
            .get(module)
            .unwrap_or_else(|| panic!("{module} is not in the table"));
        for after in fs::read_to_string(&path).unwrap().split("crate::").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let used = &after[..end.unwrap_or(after.len())];
            // `cli` may use every module. Macros and types at the crate root are not modules.
            let is_allowed = used.is_empty() || used == module || allowed.contains(used);
            assert!(
                is_allowed || module == "cli",
                "{} uses {used}",
                below.display()
            );
        }
    }
    let named: BTreeSet<String> = may.keys().map(|module| (*module).to_owned()).collect();
    assert_eq!(named, modules);
}
