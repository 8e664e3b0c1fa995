//! The modules at the top level of the crate use each other only as documented.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[test]
fn modules_use_only_what_the_architecture_page_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/contributing/architecture.md")).unwrap();
    let (_, table) = page.split_once("| module | may use |\n").unwrap();
    let mut allowed_by_module: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<BTreeSet<&str>> = row
            .trim_matches('|')
            .split('|')
            .map(|cell| code_spans(cell).collect())
            .collect();
        for module in &cells[0] {
            allowed_by_module.insert(module, cells[1].clone());
        }
    }

    let source = root.join("src");
    let mut modules = BTreeSet::new();
    for entry in walkdir::WalkDir::new(&source) {
        let path = entry.unwrap().into_path();
        let relative = path.strip_prefix(&source).unwrap();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let top = relative.iter().next().unwrap().to_str().unwrap();
        let module = top.trim_end_matches(".rs");
        if module == "lib" || module == "main" {
            continue;
        }
        modules.insert(module.to_owned());
        let allowed = allowed_by_module
            .get(module)
            .unwrap_or_else(|| panic!("{module} is not in the table"));
        for used in crate_paths(&fs::read_to_string(&path).unwrap()) {
            // `cli` may use every module.
            let is_allowed = used == module || module == "cli" || allowed.contains(used);
            assert!(is_allowed, "{} uses {used}", relative.display());
        }
    }
    let documented: BTreeSet<String> = allowed_by_module
        .keys()
        .map(|&module| module.to_owned())
        .collect();
    assert_eq!(documented, modules);
}

/// Returns the texts between backticks.
fn code_spans(markdown: &str) -> impl Iterator<Item = &str> {
    markdown.split('`').skip(1).step_by(2)
}

/// Returns the module after each `crate::`. Macros and types at the top of the crate are left out.
fn crate_paths(source: &str) -> impl Iterator<Item = &str> {
    source.split("crate::").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        (!name.is_empty()).then_some(name)
    })
}
