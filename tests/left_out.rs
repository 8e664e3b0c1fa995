//! Lists, at the end of a test run, the tests that were left out because they need a program or a
//! file that not every machine has.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "this program only reports, and fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

fn main() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut by_reason: BTreeMap<String, usize> = BTreeMap::new();
    for entry in WalkDir::new(tests).into_iter().map(Result::unwrap) {
        if entry
            .path()
            .extension()
            .is_none_or(|extension| extension != "rs")
        {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let lines = text.lines().map(str::trim);
        let reasons =
            lines.filter_map(|line| line.strip_prefix("#[ignore = \"")?.strip_suffix("\"]"));
        for reason in reasons {
            *by_reason.entry(reason.to_owned()).or_default() += 1;
        }
    }
    println!("\nLeft out of `cargo test`, run by `cargo test --test it -- --ignored`:");
    for (reason, count) in &by_reason {
        println!("{count:5}  {reason}");
    }
    if std::env::var_os("RINGCENTRAL_OPENAPI").is_none() {
        println!("Not checked: requests and responses against RingCentral's specification.");
        println!("       needs RINGCENTRAL_OPENAPI, the path of a copy");
    }
    println!();
}
