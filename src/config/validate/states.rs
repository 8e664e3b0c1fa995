//! Validates states against the table of their capabilities.

use super::helpers::Place;
use super::{dispatching, schedule};
use crate::config::types::{Shorthand, StateScheduleSpec, StateSpec, StatesSpec};
use crate::diagnostic::DiagnosticCode;
use crate::model::{AllowedSchedules, NO_ENABLED_SWITCH, StateCapabilities, StateId};

pub(super) fn validate_states(states: &StatesSpec, at: &mut Place<'_>) {
    for (capabilities, state) in states.declared() {
        validate_state(state, capabilities, &mut at.key(capabilities.id));
    }
}

fn validate_state(state: &StateSpec, capabilities: &StateCapabilities, at: &mut Place<'_>) {
    if state.enabled.is_some() && !capabilities.has_switch {
        let message = format!("`{}` does not support `enabled`", capabilities.id);
        at.key("enabled")
            .report(DiagnosticCode::NotInState, message)
            .label(NO_ENABLED_SWITCH)
            .help("remove the key");
    }
    if let Some(declared) = &state.schedule {
        validate_state_schedule(declared, capabilities, &mut at.key("schedule"));
    }
    if capabilities.id == StateId::FORWARD_ALL_CALLS && state.enabled == Some(true) {
        report_endless_forwarding(state, at);
    }
    if let Some(declared) = &state.dispatching {
        let mut at = at.key("dispatching");
        dispatching::validate_state_dispatching(declared, capabilities, &mut at);
    }
}

/// Reports forwarding of all calls that is switched on without dates after which it ends.
fn report_endless_forwarding(state: &StateSpec, at: &mut Place<'_>) {
    let has_dates = match &state.schedule {
        Some(Shorthand::Map(schedule)) => schedule.ranges.is_some() || schedule.calendar.is_some(),
        _ => false,
    };
    if !has_dates {
        let message = "forward-all-calls is on without an end";
        at.key("enabled")
            .report(DiagnosticCode::EndlessForwarding, message)
            .label("every call is forwarded until someone switches it off")
            .help("add its dates, such as `schedule: { ranges: [{ end: 2027-01-31 }] }`");
    }
}

fn validate_state_schedule(
    declared: &StateScheduleSpec,
    capabilities: &StateCapabilities,
    at: &mut Place<'_>,
) {
    let id = capabilities.id;
    match (declared, &capabilities.schedule) {
        (_, AllowedSchedules::None(reason)) => {
            let message = format!("`{id}` does not support a schedule");
            at.report(DiagnosticCode::NotInState, message)
                .label(*reason)
                .help("remove the key");
        }
        (Shorthand::Keyword(_), AllowedSchedules::DailyWeeklyOrWorkHours) => {}
        (Shorthand::Keyword(_), _) => {
            let message = format!("`{id}` cannot follow the work hours; only `agent` can");
            at.report(DiagnosticCode::NotInState, message);
        }
        (Shorthand::Map(schedule), AllowedSchedules::DailyOrDates) => {
            schedule::validate_daily_or_dates(id, schedule, at);
        }
        (Shorthand::Map(schedule), _) => schedule::validate_repeating(id, schedule, at),
        (Shorthand::Raw(never), _) => match *never {},
    }
}
