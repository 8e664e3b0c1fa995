//! Modules use each other only as documented, and never in circles. The documentation names only
//! paths that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use petgraph::graphmap::DiGraphMap;

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
            // `app` may use every module of the library.
            let is_allowed =
                used == module || (module == "app" && used != "cli") || allowed.contains(used);
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

#[test]
fn architecture_page_names_existing_paths() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/contributing/architecture.md")).unwrap();
    let paths: Vec<&str> = code_spans(&page)
        .filter(|span| span.contains('/') && !span.contains([' ', '\n', '<']))
        .collect();
    assert!(paths.len() > 40, "{paths:?}");
    let folders = ["", "src", "src/reconcile"].map(|folder| root.join(folder));
    let missing: Vec<&str> = paths
        .into_iter()
        .filter(|path| !folders.iter().any(|folder| folder.join(path).exists()))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn modules_of_a_folder_do_not_import_each_other_in_circles() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // The key is a folder, as the path of its module; the edges are between modules in it.
    let mut imports: BTreeMap<Vec<String>, DiGraphMap<&str, ()>> = BTreeMap::new();
    let files: Vec<(Vec<String>, Vec<Vec<String>>)> = walkdir::WalkDir::new(&source)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        // Unit tests in files of their own.
        .filter(|path| {
            !path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        })
        .map(|path| {
            let module = module_path(path.strip_prefix(&source).unwrap());
            let text = fs::read_to_string(&path).unwrap();
            let imported = imported_paths(production_code(&text), &module);
            (module, imported)
        })
        .collect();
    let modules: BTreeSet<&Vec<String>> = files.iter().map(|(module, _)| module).collect();
    for (module, imported) in &files {
        for path in imported {
            // The folder in which the paths part.
            let depth = module.iter().zip(path).take_while(|(a, b)| a == b).count();
            let (Some(user), Some(used)) = (module.get(depth), path.get(depth)) else {
                continue;
            };
            if modules.contains(&path[..=depth].to_vec()) {
                let graph = imports.entry(path[..depth].to_vec()).or_default();
                graph.add_edge(user, used, ());
            }
        }
    }
    let circles: Vec<String> = imports
        .iter()
        .flat_map(|(folder, graph)| {
            petgraph::algo::tarjan_scc(graph)
                .into_iter()
                .filter(|circle| circle.len() > 1)
                .map(|circle| format!("{}: {}", folder.join("::"), circle.join(", ")))
        })
        .collect();
    assert_eq!(circles, Vec::<String>::new());
    assert!(imports.len() > 10, "few folders were checked");
}

/// Returns the path of the module in a file: `model/mod.rs` and `model.rs` are `model`.
fn module_path(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module
        .last()
        .is_some_and(|name| name == "mod" || name == "lib" || name == "main")
    {
        module.pop();
    }
    module
}

/// Returns the code before the unit tests, without comments.
fn production_code(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let without_comment = |line: &str| line.split("//").next().unwrap().to_owned();
    code.lines()
        .map(without_comment)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the paths in the crate that a module mentions, with the trees of `use` written out.
fn imported_paths(code: String, module: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = &code[at..];
            let mut base = module.to_vec();
            if let Some(after) = rest.strip_prefix("crate::") {
                rest = after;
                base.clear();
            }
            while let Some(after) = rest.strip_prefix("super::") {
                rest = after;
                base.pop();
            }
            expand_use_tree(rest, &base, &mut paths);
        }
    }
    paths
}

/// Adds the paths of the use tree at the start of `text`, and returns the text after it.
fn expand_use_tree<'a>(text: &'a str, base: &[String], paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = expand_use_tree(rest, base, paths).trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let mut path = base.to_vec();
    if !name.is_empty() && name != "self" {
        path.push(name.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(after) if !after.trim_start().starts_with('<') => expand_use_tree(after, &path, paths),
        _ => {
            paths.push(path);
            rest
        }
    }
}
