//! Validates states against the table in [`state_capabilities`].

use super::{dispatching, schedule};
use crate::config::ConfigFinding;
use crate::config::state_capabilities::{self, AllowedSchedules, StateCapabilities};
use crate::config::types::{ScheduleSpec, Shorthand, StateSpec, StatesSpec};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

pub(super) fn validate_states(
    states: &StatesSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let StatesSpec {
        forward_all_calls,
        dnd,
        agent,
        work_hours,
        after_hours,
    } = states;
    let table = [
        (forward_all_calls, &state_capabilities::FORWARD_ALL_CALLS),
        (dnd, &state_capabilities::DND),
        (agent, &state_capabilities::AGENT),
        (work_hours, &state_capabilities::WORK_HOURS),
        (after_hours, &state_capabilities::AFTER_HOURS),
    ];
    for (declared, capabilities) in table {
        if let Some(declared) = declared {
            validate_state(declared, capabilities, &at.key(capabilities.id), findings);
        }
    }
}

fn validate_state(
    state: &StateSpec,
    capabilities: &StateCapabilities,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let id = capabilities.id;
    if state.enabled.is_some() && !capabilities.is_toggleable {
        let message = format!("`{id}` does not support `enabled`");
        findings.push(
            ConfigFinding::new(DiagnosticCode::NotInState, at.key("enabled"), message)
                .with_label(state_capabilities::NO_ENABLED_SWITCH)
                .with_help("remove the key"),
        );
    }
    if let Some(declared) = &state.schedule {
        let at = at.key("schedule");
        match (declared, &capabilities.schedule) {
            (_, AllowedSchedules::None(reason)) => {
                let message = format!("`{id}` does not support a schedule");
                let finding = ConfigFinding::new(DiagnosticCode::NotInState, at, message);
                findings.push(finding.with_label(*reason).with_help("remove the key"));
            }
            (Shorthand::Word(_), AllowedSchedules::DailyWeeklyOrWorkHours) => {}
            (Shorthand::Word(_), _) => {
                let message = format!("`{id}` cannot follow the work hours; only `agent` can");
                findings.push(ConfigFinding::new(DiagnosticCode::NotInState, at, message));
            }
            (Shorthand::Form(schedule), allowed) => {
                validate_times(id, schedule, allowed, &at, findings);
            }
            (Shorthand::Api(never), _) => match *never {},
        }
    }
    if let Some(declared) = &state.dispatching {
        dispatching::validate_state_dispatching(
            declared,
            capabilities,
            &at.key("dispatching"),
            findings,
        );
    }
}

fn validate_times(
    id: &str,
    schedule: &ScheduleSpec,
    allowed: &AllowedSchedules,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    if *allowed == AllowedSchedules::DailyOrDates {
        schedule::validate_daily_or_dates(id, schedule, at, findings);
    } else {
        schedule::validate_repeating(id, schedule, at, findings);
    }
}
