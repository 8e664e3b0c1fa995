//! Rules for each state: its schedules, whether it can be enabled or disabled, and the parts of its
//! dispatching. \[seed, docs\]

use serde_json::Value;

use super::dispatching::DispatchingLimits;
use super::{BodyCheck, BodyPart, schedule};
use crate::sandbox::defaults::is_always;

/// Checks a body that changes a state: `{enabled?, conditions?}`.
pub(crate) fn check(check: &BodyCheck, id: &str, body: &Value) {
    if let Some(enabled) = check.part(body, "enabled").if_present() {
        let has_switch = matches!(id, "forward-all-calls" | "dnd");
        let value = enabled.require_boolean();
        if value.is_some() && !has_switch && value != check.live["enabled"].as_bool() {
            enabled.invalid(format_args!("state {id} cannot be enabled or disabled"));
        }
    }
    let Some(list) = check.part(body, "conditions").if_present() else {
        return;
    };
    let Some(conditions) = list.require_array(1) else {
        return;
    };
    if conditions.len() > 1 {
        list.invalid("exactly one condition is required");
    }
    for condition in &conditions {
        check_condition(condition, id);
    }
}

fn check_condition(condition: &BodyPart, id: &str) {
    let types: &[&str] = match id {
        "agent" => &["Schedule", "State"],
        _ => &["Schedule"],
    };
    match condition.get("type").require_one_of(types) {
        Some("State") => {
            let id = condition.get_in("state", "id");
            id.require_one_of(&["work-hours"]);
        }
        Some(_) => {
            let schedule = condition.get("schedule");
            schedule::check(&schedule, &schedule_limits(id));
            if id == "dnd" && !condition.value.is_some_and(is_always) {
                schedule.invalid("the schedule of dnd must be the whole day");
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

/// Returns the limits of a state's rule, or `None` for a state that the sandbox does not
/// implement.
pub(crate) fn dispatching_limits(id: &str) -> Option<DispatchingLimits> {
    let work_hours = DispatchingLimits {
        types: &["RingAtOnce", "RingInOrder"],
        allows_greetings: true,
        allows_no_answer: true,
        allows_terminate: false,
        requires_both_targets: false,
        is_state_rule: true,
    };
    Some(match id {
        "work-hours" => work_hours,
        "after-hours" => DispatchingLimits {
            types: &["RingAtOnce", "RingInOrder", "Terminate"],
            allows_terminate: true,
            requires_both_targets: true,
            ..work_hours
        },
        "agent" => DispatchingLimits {
            allows_greetings: false,
            allows_no_answer: false,
            ..work_hours
        },
        "forward-all-calls" | "dnd" => DispatchingLimits {
            types: &["Terminate"],
            allows_greetings: false,
            allows_no_answer: false,
            allows_terminate: true,
            ..work_hours
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::account::{AccountUser, SandboxAccount, SandboxExtension};
    use serde_json::json;

    /// Returns whether a state that is enabled now accepts this body.
    fn is_accepted(id: &str, body: &Value) -> bool {
        let (account, extension) = (SandboxAccount::default(), SandboxExtension::default());
        let live = json!({ "enabled": true });
        let user = AccountUser {
            account: &account,
            user: &extension,
        };
        let body_check = BodyCheck::new(user, &live);
        check(&body_check, id, body);
        body_check.into_result().is_ok()
    }

    #[test]
    fn states_accept_their_own_schedules_only() {
        let schedule =
            |trigger: Value| json!({ "type": "Schedule", "schedule": { "triggers": [trigger] } });
        let state = |id: &str| json!({ "type": "State", "state": { "id": id } });
        let conditions = [
            schedule(
                json!({ "triggerType": "Daily", "startTime": "09:00:00", "endTime": "17:00:00" }),
            ),
            schedule(json!({ "triggerType": "Weekly", "ranges": { "monday": [] } })),
            schedule(
                json!({ "triggerType": "Range", "ranges": [{ "endDateTime": "2026-12-24T00:00:00" }] }),
            ),
            state("work-hours"),
            state("after-hours"),
        ];
        for (id, expected) in [
            ("forward-all-calls", [true, false, true, false, false]),
            ("dnd", [false; 5]),
            ("agent", [true, true, false, true, false]),
            ("work-hours", [true, true, false, false, false]),
        ] {
            let bodies = conditions.each_ref().map(|c| json!({ "conditions": [c] }));
            let results = bodies.map(|body| is_accepted(id, &body));
            assert_eq!(results, expected, "{id}");
        }
    }

    #[test]
    fn only_two_states_have_a_switch() {
        for (id, enabled, expected) in [
            ("forward-all-calls", false, true),
            ("dnd", false, true),
            ("work-hours", false, false),
            ("work-hours", true, true),
            ("agent", false, false),
        ] {
            assert_eq!(
                is_accepted(id, &json!({ "enabled": enabled })),
                expected,
                "{id} {enabled}"
            );
        }
    }
}
