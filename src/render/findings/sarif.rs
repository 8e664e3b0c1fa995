//! SARIF 2.1.0, which code scanning and editors read.

use std::collections::HashMap;

use serde_json::{Value, json};
use url::Url;

use super::{Findings, level};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::engine::digest;
use crate::render::{Folder, pages};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(findings: &Findings<'_>) -> Result<String, serde_json::Error> {
    let mut known = Known::default();
    let results = findings.diagnostics.iter();
    let results = results.map(|diagnostic| result(diagnostic, findings.folder, &mut known));
    let failures = findings.failures.iter();
    let failures = failures
        .map(|failure| json!({ "level": "error", "message": { "text": failure } }))
        .collect::<Vec<_>>();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "callrules",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Code::ALL.iter().map(rule).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": failures.is_empty(),
                "toolExecutionNotifications": failures,
            }],
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": results.collect::<Vec<_>>(),
        }],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// A kind of problem, in the words of `callrules explain`.
fn rule(code: &Code) -> Value {
    let body = pages::body(*code);
    let first = body.split("\n\n").next().unwrap_or_default();
    let level = if code.is_error() { "error" } else { "warning" };
    json!({
        "id": code.as_str(),
        "name": code.name(),
        "shortDescription": { "text": code.sentence() },
        "fullDescription": { "text": first.replace('\n', " ") },
        "help": { "text": body, "markdown": body },
        "defaultConfiguration": { "level": level },
    })
}

fn result(diagnostic: &Diagnostic, folder: &Folder, known: &mut Known) -> Value {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        // The rules are all kinds, in the order in which they are declared.
        "ruleIndex": diagnostic.code as usize,
        "level": level(diagnostic),
        "message": { "text": message },
        "locations": [location(folder, &diagnostic.file, diagnostic.place.as_ref())],
        "partialFingerprints": { "callrules/v1": known.fingerprint(diagnostic) },
    });
    if let Some(related) = &diagnostic.related {
        let mut there = location(folder, &related.place.source.path, Some(&related.place));
        there["id"] = json!(1);
        there["message"] = json!({ "text": related.label() });
        result["relatedLocations"] = json!([there]);
    }
    result
}

fn location(folder: &Folder, file: &str, place: Option<&Place>) -> Value {
    let region = match place {
        Some(place) => {
            let (line, column) = place.line_column();
            let (end_line, end_column) = place.end_line_column();
            json!({
                "startLine": line,
                "startColumn": column,
                "endLine": end_line,
                "endColumn": end_column,
            })
        }
        // Code scanning takes no result without a line.
        None => json!({ "startLine": 1 }),
    };
    json!({ "physicalLocation": {
        "artifactLocation": artifact(&folder.path(file)),
        "region": region,
    } })
}

/// A path as an address: below the root of the checkout, or a whole one.
fn artifact(path: &str) -> Value {
    if let Ok(whole) = Url::from_file_path(path) {
        return json!({ "uri": whole.as_str() });
    }
    let mut root = Url::parse("file:///").expect("this is an address");
    if let Ok(mut parts) = root.path_segments_mut() {
        parts.clear().extend(path.split('/'));
    }
    // A colon in the first part would make it the name of a protocol.
    let below = root.path().trim_start_matches('/').replace(':', "%3A");
    json!({ "uri": below, "uriBaseId": "%SRCROOT%" })
}

/// What was told already, by what makes it the same from run to run.
#[derive(Default)]
struct Known(HashMap<String, usize>);

impl Known {
    /// The same finding has the same fingerprint wherever in its file it stands; what is found more than
    /// once in a file is counted.
    fn fingerprint(&mut self, diagnostic: &Diagnostic) -> String {
        let Diagnostic {
            code,
            message,
            file,
            ..
        } = diagnostic;
        let fingerprint = digest::sha256(format!("{code}\0{file}\0{message}"));
        let times = self.0.entry(fingerprint.clone()).or_default();
        *times += 1;
        format!("{fingerprint}:{times}")
    }
}
