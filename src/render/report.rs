//! What became of a plan.

use std::error::Error;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::left_alone::LeftAlone;
use super::plan_text::{resource, user};
use super::shown;
use crate::engine::{
    Change, Counts, FieldChange, Moved, Outcome, Plan, Refusal, Report, Resource, Settled, Trace,
};

/// The longest value that is told in full beside another one.
const LONGEST: usize = 60;

/// The counts, then every change that was not carried out as asked, with its reason.
pub fn text<E: Error + 'static>(report: &Report<'_, E>) -> String {
    let Counts {
        done,
        failed,
        refused,
        not_tried,
    } = report.counts();
    let mut text =
        format!("Done {done} · failed {failed} · refused {refused} · not tried {not_tried}\n");
    let mut refused = None;
    for settled in &report.changes {
        let who = user(settled.user);
        let what = || format!("{who}: {}", named(settled.change));
        // Writing to a string cannot fail.
        let _ = match &settled.outcome {
            Outcome::Done { otherwise } if otherwise.is_empty() => Ok(()),
            Outcome::Done { otherwise } => {
                writeln!(text, "  warning    {}: {}", what(), answered(otherwise))
            }
            Outcome::Failed(error) => {
                writeln!(text, "  failed     {}: {}", what(), with_causes(error))
            }
            // It is one decision about all changes of a user.
            Outcome::Refused(_) if refused == Some(&settled.user.id) => Ok(()),
            Outcome::Refused(refusal) => {
                refused = Some(&settled.user.id);
                writeln!(text, "  refused    {who}: {}", why(refusal))
            }
            Outcome::NotTried => writeln!(text, "  not tried  {}", what()),
        };
    }
    if report.stopped {
        text.push_str(
            "The run was stopped: what was under way is finished, the rest was not sent.\n",
        );
    }
    if let Some(error) = &report.unwatched {
        let _ = writeln!(
            text,
            "Nothing more was written: what happens cannot be recorded any more: {error}"
        );
    }
    text
}

/// Users of whom nothing was tried, because there was no plan for them; each with the reason.
pub fn left_out(users: &[String]) -> String {
    let lines = users.iter().map(|user| format!("  left out   {user}\n"));
    lines.collect()
}

/// The same for scripts.
pub fn json<E: Error + 'static>(
    plan: &Plan,
    report: &Report<'_, E>,
    left_alone: &[LeftAlone],
    left_out: &[String],
) -> Result<String, serde_json::Error> {
    let Counts {
        done,
        failed,
        refused,
        not_tried,
    } = report.counts();
    let changes: Vec<Value> = report.changes.iter().map(change).collect();
    let document = json!({
        "formatVersion": super::plan_json::FORMAT_VERSION,
        "account": { "id": plan.account },
        "summary": {
            "done": done, "failed": failed, "refused": refused, "notTried": not_tried,
        },
        "stopped": report.stopped,
        "error": report.unwatched.as_ref().map(ToString::to_string),
        "changes": changes,
        "leftOut": left_out,
        "leftAlone": left_alone.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn change<E: Error + 'static>(settled: &Settled<'_, E>) -> Value {
    let Settled {
        user,
        change,
        outcome,
    } = settled;
    let (word, error, warning) = match outcome {
        Outcome::Done { otherwise } => {
            let warning = (!otherwise.is_empty()).then(|| answered(otherwise));
            ("done", None, warning)
        }
        Outcome::Failed(error) => ("failed", Some(with_causes(error)), None),
        Outcome::Refused(refusal) => ("refused", Some(why(refusal)), None),
        Outcome::NotTried => ("notTried", None, None),
    };
    json!({
        "extensionNumber": user.extension_number,
        "id": user.id,
        "action": change.action,
        "resource": change.resource,
        "name": change.name,
        "outcome": word,
        "error": error,
        "warning": warning,
    })
}

fn named(change: &Change) -> String {
    named_as(change.resource, &change.name)
}

/// `interaction rule "Late"`.
pub(super) fn named_as(kind: Resource, name: &str) -> String {
    format!("{} \"{}\"", resource(kind), shown::name(name))
}

fn answered(fields: &[FieldChange]) -> String {
    let otherwise = otherwise(fields);
    format!("done, but the account answered otherwise: {otherwise}")
}

/// `enabled is false, not true; …`: what is, beside what it was thought to be.
pub(super) fn otherwise(fields: &[FieldChange]) -> String {
    let value = |value: &Value| match value.to_string() {
        long if long.chars().count() > LONGEST => None,
        short => Some(short),
    };
    let field = |field: &FieldChange| match (value(&field.before), value(&field.after)) {
        (Some(thought), Some(is)) => format!("{} is {is}, not {thought}", field.path),
        _ => format!("{} differs", field.path),
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    fields.join("; ")
}

fn why(refusal: &Refusal) -> String {
    let Moved {
        changed,
        appeared,
        gone,
    } = match refusal {
        Refusal::Moved(moved) => moved,
        Refusal::Untrue {
            resource: kind,
            name,
        } => {
            let what = named_as(*kind, name);
            return format!("the plan shows something else than it would send: {what}; plan again");
        }
        Refusal::Unseen => {
            return "the plan does not say what it has seen of this user: plan again".to_owned();
        }
    };
    let lists = [
        ("changed on the account since the plan", changed),
        ("appeared since the plan", appeared),
        ("is gone since the plan", gone),
    ];
    let told = lists.iter().filter(|(_, traces)| !traces.is_empty());
    let told: Vec<String> = told
        .map(|(what, traces)| format!("{what}: {}", names(traces)))
        .collect();
    told.join("; ")
}

fn names(traces: &[Trace]) -> String {
    let names = traces
        .iter()
        .map(|trace| named_as(trace.resource, &trace.name));
    let names: Vec<String> = names.collect();
    names.join(", ")
}

/// An error and all that led to it.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
