//! What became of a plan.

use std::fmt::{Display, Write as _};

use serde_json::{Value, json};

use super::plan_text::{resource, user};
use crate::engine::{Outcome, Plan, Report};

/// The counts, then every change that was not carried out, with its reason.
pub fn text<E: Display>(report: &Report<'_, E>) -> String {
    let (done, failed, not_tried) = report.counts();
    let mut text = format!("Done {done} · failed {failed} · not tried {not_tried}\n");
    for (of, change, outcome) in &report.changes {
        let what = || {
            format!(
                "{}: {} \"{}\"",
                user(of),
                resource(change.resource),
                change.name
            )
        };
        // Writing to a string cannot fail.
        let _ = match outcome {
            Outcome::Done => Ok(()),
            Outcome::Failed(error) => writeln!(text, "  failed     {}: {error}", what()),
            Outcome::NotTried => writeln!(text, "  not tried  {}", what()),
        };
    }
    if failed > 0 {
        text.push_str("Run `callrules apply` again to finish.\n");
    }
    text
}

/// The same for scripts.
pub fn json<E: Display>(plan: &Plan, report: &Report<'_, E>) -> Result<String, serde_json::Error> {
    let (done, failed, not_tried) = report.counts();
    let changes = report.changes.iter().map(|(user, change, outcome)| {
        let (outcome, error) = match outcome {
            Outcome::Done => ("done", None),
            Outcome::Failed(error) => ("failed", Some(error.to_string())),
            Outcome::NotTried => ("notTried", None),
        };
        json!({
            "extensionNumber": user.extension_number,
            "id": user.id,
            "action": change.action,
            "resource": change.resource,
            "name": change.name,
            "outcome": outcome,
            "error": error,
        })
    });
    let changes: Vec<Value> = changes.collect();
    let document = json!({
        "formatVersion": super::plan_json::FORMAT_VERSION,
        "account": { "id": plan.account },
        "summary": { "done": done, "failed": failed, "notTried": not_tried },
        "changes": changes,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}
