//! The table of states: which one takes which schedule, which may be switched, what its rule may do.
//! \[seed, docs\]

use serde_json::Value;

use super::dispatching::Profile;
use super::{Findings, schedule};

/// A body that changes a state: `{enabled?, conditions?}`.
pub(crate) fn check(findings: &mut Findings, id: &str, body: &Value, live: &Value) {
    if let Some(value) = body.get("enabled") {
        let enabled = findings.boolean(Some(value), "enabled");
        let may_switch = matches!(id, "forward-all-calls" | "dnd");
        if enabled.is_some() && !may_switch && *value != live["enabled"] {
            findings.invalid("enabled", format_args!("state {id} cannot be switched"));
        }
    }
    let Some(conditions) = body.get("conditions") else {
        return;
    };
    let Some(conditions) = findings.array(Some(conditions), "conditions", 1) else {
        return;
    };
    if conditions.len() > 1 {
        findings.invalid("conditions", "exactly one condition is required");
    }
    for (i, condition) in conditions.iter().enumerate() {
        check_condition(findings, id, condition, &format!("conditions[{i}]"));
    }
}

fn check_condition(findings: &mut Findings, id: &str, condition: &Value, at: &str) {
    let types: &[&str] = match id {
        "agent" => &["Schedule", "State"],
        _ => &["Schedule"],
    };
    match findings.one_of(condition.get("type"), &format!("{at}.type"), types) {
        Some("State") => {
            let reference = condition.get("state").and_then(|state| state.get("id"));
            findings.one_of(reference, &format!("{at}.state.id"), &["work-hours"]);
        }
        Some(_) => {
            let at = format!("{at}.schedule");
            schedule::check(
                findings,
                condition.get("schedule"),
                &at,
                &allowed_schedule(id),
            );
            if id == "dnd"
                && !crate::sandbox::defaults::is_always(&Value::Array(vec![condition.clone()]))
            {
                findings.invalid(&at, "the schedule of dnd is always the whole day");
            }
        }
        None => {}
    }
}

fn allowed_schedule(id: &str) -> schedule::Allowed {
    let triggers: &[&str] = match id {
        "forward-all-calls" => &["Daily", "Range"],
        "dnd" => &["Daily"],
        _ => &["Daily", "Weekly"],
    };
    schedule::Allowed {
        triggers,
        one_only: matches!(id, "forward-all-calls" | "dnd"),
        open_start: true,
    }
}

const RING: &[&str] = &["RingAtOnce", "RingInOrder"];
const RING_OR_TERMINATE: &[&str] = &["RingAtOnce", "RingInOrder", "Terminate"];
const TERMINATE: &[&str] = &["Terminate"];

/// What the rule of a state may say; none for a state that the sandbox does not know.
pub(crate) fn profile(id: &str) -> Option<Profile> {
    let base = Profile {
        types: RING,
        rings: true,
        greets: true,
        no_answer: true,
        at_once: false,
        needs_both: false,
        takes_queue_calls: false,
        announcement_required: true,
    };
    Some(match id {
        "work-hours" => base,
        "after-hours" => Profile {
            types: RING_OR_TERMINATE,
            at_once: true,
            needs_both: true,
            ..base
        },
        "agent" => Profile {
            greets: false,
            no_answer: false,
            ..base
        },
        "forward-all-calls" | "dnd" => Profile {
            types: TERMINATE,
            rings: false,
            greets: false,
            no_answer: false,
            at_once: true,
            ..base
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_state_takes_its_own_schedule() {
        let daily = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Daily", "startTime": "09:00:00", "endTime": "17:00:00" }] } });
        let weekly = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Weekly", "ranges": { "monday": [] } }] } });
        let range = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Range", "ranges": [{ "endDateTime": "2026-12-24T00:00:00" }] }] } });
        let work_hours = json!({ "type": "State", "state": { "id": "work-hours" } });
        let after_hours = json!({ "type": "State", "state": { "id": "after-hours" } });
        let forms = [&daily, &weekly, &range, &work_hours, &after_hours];
        for (id, accepted) in [
            ("forward-all-calls", [true, false, true, false, false]),
            ("dnd", [false; 5]),
            ("agent", [true, true, false, true, false]),
            ("work-hours", [true, true, false, false, false]),
        ] {
            let found = forms.map(|condition| {
                let mut findings = Findings::default();
                check(
                    &mut findings,
                    id,
                    &json!({ "conditions": [condition] }),
                    &json!({ "enabled": true }),
                );
                findings.into_refusals().is_empty()
            });
            assert_eq!(found, accepted, "{id}");
        }
    }

    #[test]
    fn only_two_states_can_be_switched() {
        for (id, enabled, refused) in [
            ("forward-all-calls", false, false),
            ("dnd", false, false),
            ("work-hours", false, true),
            ("work-hours", true, false),
            ("agent", false, true),
        ] {
            let mut findings = Findings::default();
            check(
                &mut findings,
                id,
                &json!({ "enabled": enabled }),
                &json!({ "enabled": true }),
            );
            assert_eq!(
                !findings.into_refusals().is_empty(),
                refused,
                "{id} {enabled}"
            );
        }
    }
}
