//! The rooms of the house, and who may use whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms of the house use each other as `docs/architecture.md` says, and no further.
#[test]
fn rooms_use_only_what_they_may() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"))
            .unwrap();
    let (_, table) = page.split_once("| room | may use |").unwrap();
    let mut may: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        // Every second piece between backticks is a name.
        let names = cells.iter().map(|cell| cell.split('`').skip(1).step_by(2));
        let cells: Vec<BTreeSet<&str>> = names.map(Iterator::collect).collect();
        for room in &cells[0] {
            may.insert(room, cells[1].clone());
        }
    }
    let mut rooms = BTreeSet::new();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.unwrap().into_path();
        let below = path
            .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
            .unwrap();
        let first = below.iter().next().map(|part| part.to_str().unwrap());
        let Some(room) = first.map(|first| first.trim_end_matches(".rs")) else {
            continue;
        };
        if path.extension().is_none_or(|e| e != "rs") || room == "lib" || room == "main" {
            continue;
        }
        rooms.insert(room.to_owned());
        let allowed = may
            .get(room)
            .unwrap_or_else(|| panic!("{room} is not in the table"));
        for after in fs::read_to_string(&path).unwrap().split("crate::").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let used = &after[..end.unwrap_or(after.len())];
            // `cli` uses all; a macro or a type at the top is no room.
            let is_fine = used.is_empty() || used == room || allowed.contains(used);
            assert!(is_fine || room == "cli", "{} uses {used}", below.display());
        }
    }
    let named: BTreeSet<String> = may.keys().map(|room| (*room).to_owned()).collect();
    assert_eq!(named, rooms);
}
