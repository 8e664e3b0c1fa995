//! What an editor makes of the schemas: asked of the language server that editors use.

use std::path::Path;
use std::process::Command;

use callrules::config::schema;

const INSTALL: &str = "npm ci --prefix tests/editor";

#[test]
#[allow(
    clippy::print_stdout,
    reason = "a test that was skipped says so and what it wants"
)]
fn the_language_server_tells_mistakes_completes_and_explains() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor");
    if !folder.join("node_modules/yaml-language-server").exists() {
        println!("skipped: yaml-language-server is not installed; `{INSTALL}` does that");
        return;
    }
    let Ok(output) = Command::new("node").arg(folder.join("lsp.mjs")).output() else {
        println!("skipped: there is no `node`; install it, then `{INSTALL}`");
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{trouble}");
    insta::assert_snapshot!(said);
}

#[test]
fn the_page_about_editors_names_every_schema() {
    let page = include_str!("../../docs/guides/editors.md");
    for (name, _) in schema::all() {
        let path = format!("schemas/{name}");
        // In the table, and in the settings of an editor.
        assert!(page.matches(&path).count() >= 2, "{path}");
    }
}
