//! Rules for each state: its schedules, whether it can be enabled or disabled, and the parts of its
//! dispatching. \[seed, docs\]

use serde_json::Value;

use super::dispatching::DispatchingProfile;
use super::{BodyFindings, schedule};

/// Checks a body that changes a state: `{enabled?, conditions?}`.
pub(crate) fn check(findings: &mut BodyFindings, id: &str, body: &Value, live: &Value) {
    if let Some(value) = body.get("enabled") {
        let enabled = findings.require_boolean(Some(value), "enabled");
        let is_toggle = matches!(id, "forward-all-calls" | "dnd");
        if enabled.is_some() && !is_toggle && *value != live["enabled"] {
            findings.push_invalid(
                "enabled",
                format_args!("state {id} cannot be enabled or disabled"),
            );
        }
    }
    let Some(conditions) = body.get("conditions") else {
        return;
    };
    let Some(conditions) = findings.require_array(Some(conditions), "conditions", 1) else {
        return;
    };
    if conditions.len() > 1 {
        findings.push_invalid("conditions", "exactly one condition is required");
    }
    for (i, condition) in conditions.iter().enumerate() {
        check_condition(findings, id, condition, &format!("conditions[{i}]"));
    }
}

fn check_condition(findings: &mut BodyFindings, id: &str, condition: &Value, at: &str) {
    let types: &[&str] = match id {
        "agent" => &["Schedule", "State"],
        _ => &["Schedule"],
    };
    match findings.require_one_of(condition.get("type"), &format!("{at}.type"), types) {
        Some("State") => {
            let reference = condition.get("state").and_then(|state| state.get("id"));
            findings.require_one_of(reference, &format!("{at}.state.id"), &["work-hours"]);
        }
        Some(_) => {
            let at = format!("{at}.schedule");
            schedule::check(
                findings,
                condition.get("schedule"),
                &at,
                &schedule_limits(id),
            );
            if id == "dnd"
                && !crate::sandbox::defaults::is_always(&Value::Array(vec![condition.clone()]))
            {
                findings.push_invalid(&at, "the schedule of dnd must be the whole day");
            }
        }
        None => {}
    }
}

/// Returns the schedules that a state supports.
fn schedule_limits(id: &str) -> schedule::ScheduleLimits {
    let triggers: &[&str] = match id {
        "forward-all-calls" => &["Daily", "Range"],
        "dnd" => &["Daily"],
        _ => &["Daily", "Weekly"],
    };
    schedule::ScheduleLimits {
        triggers,
        single_trigger: matches!(id, "forward-all-calls" | "dnd"),
        open_start: true,
    }
}

const RING_TYPES: &[&str] = &["RingAtOnce", "RingInOrder"];
const RING_OR_TERMINATE_TYPES: &[&str] = &["RingAtOnce", "RingInOrder", "Terminate"];
const TERMINATE_TYPES: &[&str] = &["Terminate"];

/// Returns the profile of a state's rule, or `None` for a state that the sandbox does not
/// implement.
pub(crate) fn dispatching_profile(id: &str) -> Option<DispatchingProfile> {
    let base = DispatchingProfile {
        types: RING_TYPES,
        allows_ringing: true,
        allows_greetings: true,
        allows_no_answer: true,
        allows_terminate: false,
        requires_both_targets: false,
        supports_queue_calls: false,
        requires_announcement: true,
    };
    Some(match id {
        "work-hours" => base,
        "after-hours" => DispatchingProfile {
            types: RING_OR_TERMINATE_TYPES,
            allows_terminate: true,
            requires_both_targets: true,
            ..base
        },
        "agent" => DispatchingProfile {
            allows_greetings: false,
            allows_no_answer: false,
            ..base
        },
        "forward-all-calls" | "dnd" => DispatchingProfile {
            types: TERMINATE_TYPES,
            allows_ringing: false,
            allows_greetings: false,
            allows_no_answer: false,
            allows_terminate: true,
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
    fn states_accept_their_own_schedules_only() {
        let daily = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Daily", "startTime": "09:00:00", "endTime": "17:00:00" }] } });
        let weekly = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Weekly", "ranges": { "monday": [] } }] } });
        let range = json!({ "type": "Schedule", "schedule": { "triggers": [{ "triggerType": "Range", "ranges": [{ "endDateTime": "2026-12-24T00:00:00" }] }] } });
        let work_hours = json!({ "type": "State", "state": { "id": "work-hours" } });
        let after_hours = json!({ "type": "State", "state": { "id": "after-hours" } });
        let conditions = [&daily, &weekly, &range, &work_hours, &after_hours];
        for (id, accepted) in [
            ("forward-all-calls", [true, false, true, false, false]),
            ("dnd", [false; 5]),
            ("agent", [true, true, false, true, false]),
            ("work-hours", [true, true, false, false, false]),
        ] {
            let results = conditions.map(|condition| {
                let mut findings = BodyFindings::default();
                check(
                    &mut findings,
                    id,
                    &json!({ "conditions": [condition] }),
                    &json!({ "enabled": true }),
                );
                findings.into_details().is_empty()
            });
            assert_eq!(results, accepted, "{id}");
        }
    }

    #[test]
    fn only_two_states_can_be_toggled() {
        for (id, enabled, is_rejected) in [
            ("forward-all-calls", false, false),
            ("dnd", false, false),
            ("work-hours", false, true),
            ("work-hours", true, false),
            ("agent", false, true),
        ] {
            let mut findings = BodyFindings::default();
            check(
                &mut findings,
                id,
                &json!({ "enabled": enabled }),
                &json!({ "enabled": true }),
            );
            assert_eq!(
                !findings.into_details().is_empty(),
                is_rejected,
                "{id} {enabled}"
            );
        }
    }
}
