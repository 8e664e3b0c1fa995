//! Editor support: what a YAML language server reports and suggests from the JSON schemas.

use std::path::Path;
use std::process::Command;

use callrules::config::schema;

/// `tests/editor/lsp.mjs` sends the requests of an editor and prints the answers.
#[test]
#[ignore = "needs node, and `npm ci --prefix tests/editor`"]
fn language_server_reports_errors_and_offers_completion_and_hover() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor/lsp.mjs");
    let output = Command::new("node").arg(script).output().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{answers}\n{errors}");
    insta::assert_snapshot!(answers);
}

#[test]
fn editor_page_names_every_schema() {
    let page = include_str!("../../docs/guides/editors.md");
    for (name, _) in schema::all_schemas() {
        let path = format!("schemas/{name}");
        // The page has a table of the schemas and an example of editor settings.
        assert!(page.matches(&path).count() >= 2, "{path}");
    }
}
