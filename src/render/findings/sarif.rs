//! SARIF 2.1.0 documents for code scanning and editors.

use std::collections::HashMap;

use serde_json::{Value, json};
use url::Url;

use super::{DiagnosticReport, RepoPrefix, level};
use crate::diagnostic::{Diagnostic, DiagnosticCode, SourceSpan};
use crate::reconcile::digest;
use crate::render::code_docs;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Returns the report as a SARIF document.
pub(super) fn render(report: &DiagnosticReport<'_>) -> Result<String, serde_json::Error> {
    let mut fingerprints = FingerprintCounter::default();
    let results: Vec<Value> = report
        .diagnostics
        .iter()
        .map(|diagnostic| result_object(diagnostic, report.prefix, &mut fingerprints))
        .collect();
    let failures = report
        .failures
        .iter()
        .map(|failure| json!({ "level": "error", "message": { "text": failure } }))
        .collect::<Vec<_>>();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "callrules",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": DiagnosticCode::ALL.iter().copied().map(rule_object).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": failures.is_empty(),
                "toolExecutionNotifications": failures,
            }],
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "results": results,
        }],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// Returns the rule object of a code, with the text of `callrules explain`.
fn rule_object(code: DiagnosticCode) -> Value {
    let body = code_docs::body_for(code);
    let first_paragraph = body.split("\n\n").next().unwrap_or_default();
    let level = if code.is_error() { "error" } else { "warning" };
    json!({
        "id": code.as_str(),
        "name": code.name(),
        "shortDescription": { "text": code.description() },
        "fullDescription": { "text": first_paragraph.replace('\n', " ") },
        "help": { "text": body, "markdown": body },
        "defaultConfiguration": { "level": level },
    })
}

fn result_object(
    diagnostic: &Diagnostic,
    prefix: &RepoPrefix,
    fingerprints: &mut FingerprintCounter,
) -> Value {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\n{help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.as_str(),
        // `rules` lists all codes in the order of their declaration.
        "ruleIndex": diagnostic.code as usize,
        "level": level(diagnostic),
        "message": { "text": message },
        "locations": [location_object(prefix, &diagnostic.file, diagnostic.span.as_ref())],
        "partialFingerprints": { "callrules/v1": fingerprints.fingerprint(diagnostic) },
    });
    if let Some(related) = &diagnostic.related {
        let mut location = location_object(prefix, &related.span.source.path, Some(&related.span));
        location["id"] = json!(1);
        location["message"] = json!({ "text": related.label() });
        result["relatedLocations"] = json!([location]);
    }
    result
}

fn location_object(prefix: &RepoPrefix, file: &str, place: Option<&SourceSpan>) -> Value {
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
        // Code scanning rejects results without a line [docs].
        None => json!({ "startLine": 1 }),
    };
    json!({ "physicalLocation": {
        "artifactLocation": artifact_location(&prefix.join(file)),
        "region": region,
    } })
}

/// Returns the location of a file: relative to the root of the checkout, or absolute.
fn artifact_location(path: &str) -> Value {
    if let Ok(absolute) = Url::from_file_path(path) {
        return json!({ "uri": absolute.as_str() });
    }
    let mut root = Url::parse("file:///").expect("this is a valid URL");
    if let Ok(mut parts) = root.path_segments_mut() {
        parts.clear().extend(path.split('/'));
    }
    // A colon in the first segment would turn it into a URL scheme.
    let relative = root.path().trim_start_matches('/').replace(':', "%3A");
    json!({ "uri": relative, "uriBaseId": "%SRCROOT%" })
}

/// Counts equal diagnostics, to give each a fingerprint that is stable between runs.
#[derive(Default)]
struct FingerprintCounter(HashMap<String, usize>);

impl FingerprintCounter {
    /// Returns the fingerprint of a diagnostic. It doesn't depend on the line. Equal diagnostics in
    /// one file are numbered.
    fn fingerprint(&mut self, diagnostic: &Diagnostic) -> String {
        let Diagnostic {
            code,
            message,
            file,
            ..
        } = diagnostic;
        let fingerprint = digest::sha256_hex(format!("{code}\0{file}\0{message}"));
        let count = self.0.entry(fingerprint.clone()).or_default();
        *count += 1;
        format!("{fingerprint}:{count}")
    }
}
