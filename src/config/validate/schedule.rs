//! Validates the schedules of interaction rules and states.

use std::collections::HashMap;

use serde_json::Value;

use super::conditions::check_duplicates;
use crate::config::ConfigFinding;
use crate::config::types::{
    DateOrTime, DateRangeForm, ScheduleSpec, Shorthand, SpanList, WeeklySpans,
};
use crate::diagnostic::DiagnosticCode;
use crate::model::{DateRange, LocalDateTime, TimeSpan};
use crate::yaml::YamlPath;

/// Validates the schedule of an interaction rule, which supports all kinds of times and dates.
pub(super) fn validate_rule_schedule(
    schedule: &ScheduleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    validate_schedule_parts(schedule, at, findings);
    let ScheduleSpec {
        daily,
        weekly,
        ranges,
        calendar,
        start,
        end,
        other,
    } = schedule;
    let has_dates = ranges.is_some() || calendar.is_some();
    for (index, range) in ranges.iter().flatten().enumerate() {
        if let Shorthand::Form(DateRangeForm { start: None, .. }) = range {
            let at = at.key("ranges").item(index).key("start");
            let message = "date ranges of interaction rules require a `start`";
            let finding = ConfigFinding::new(DiagnosticCode::BadSchedule, at, message);
            findings.push(finding.with_help("add `start`; only date ranges of states may omit it"));
        }
    }
    let repeats = daily.is_some() || weekly.is_some();
    if !repeats && !has_dates && other.is_none() {
        findings.push(
            ConfigFinding::new(
                DiagnosticCode::EmptyList,
                at.clone(),
                "this schedule has no times",
            )
            .with_help("add `daily:`, `weekly:`, `ranges:` or `calendar:`"),
        );
    }
    for (key, bound) in [("start", start), ("end", end)] {
        if bound.is_some() && !repeats && has_dates {
            findings.push(
                ConfigFinding::new(
                    DiagnosticCode::BadSchedule,
                    at.key(key),
                    format!(
                        "`{key}` only limits a `daily` or `weekly` schedule, and there is none"
                    ),
                )
                .with_help("put dates into `ranges:` or a calendar"),
            );
        }
    }
}

/// Validates the schedule of a state that repeats daily or weekly \[seed\].
pub(super) fn validate_repeating(
    state: &str,
    schedule: &ScheduleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    validate_schedule_parts(schedule, at, findings);
    reject_bounds(state, schedule, at, findings);
    for key in date_keys(schedule) {
        let message = format!("`{state}` does not support dates");
        findings.push(
            ConfigFinding::new(DiagnosticCode::BadSchedule, at.key(key), message)
                .with_label("RingCentral supports only `daily` or `weekly` here")
                .with_help(
                    "for single dates, use an interaction rule with a `schedule:` condition",
                ),
        );
    }
    if schedule.daily.is_none() && schedule.weekly.is_none() && date_keys(schedule).is_empty() {
        let message = format!("the schedule of `{state}` has no times");
        let finding = ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), message);
        findings.push(finding.with_help("add `daily:` or `weekly:`"));
    }
}

/// Validates the schedule of forward-all-calls: one daily time span, or dates \[seed\].
pub(super) fn validate_daily_or_dates(
    state: &str,
    schedule: &ScheduleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    validate_schedule_parts(schedule, at, findings);
    reject_bounds(state, schedule, at, findings);
    if schedule.weekly.is_some() {
        let message = format!("`{state}` does not support days of the week");
        findings.push(
            ConfigFinding::new(DiagnosticCode::BadSchedule, at.key("weekly"), message)
                .with_label("RingCentral supports only `daily` or dates here"),
        );
    }
    if let Some(SpanList(spans)) = &schedule.daily {
        let within_a_day = |span: &str| matches!(TimeSpan::parse(span), Ok((_, None)));
        if spans.len() > 1 || spans.iter().any(|span| !within_a_day(&span.0)) {
            let message =
                format!("`{state}` supports only one time span, which must end on the same day");
            findings.push(ConfigFinding::new(
                DiagnosticCode::BadSchedule,
                at.key("daily"),
                message,
            ));
        }
    }
    if schedule.daily.is_some() {
        for key in date_keys(schedule) {
            let message = format!("`{state}` supports either `daily` or `{key}`, not both");
            findings.push(ConfigFinding::new(
                DiagnosticCode::BadSchedule,
                at.key(key),
                message,
            ));
        }
    } else if schedule.weekly.is_none() && date_keys(schedule).is_empty() {
        let message = format!("the schedule of `{state}` has no times");
        let finding = ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), message);
        findings.push(finding.with_help("add `daily:`, `ranges:` or `calendar:`"));
    }
}

/// Returns the keys of a schedule that contain dates.
fn date_keys(schedule: &ScheduleSpec) -> Vec<&'static str> {
    let keys = [
        ("ranges", schedule.ranges.is_some()),
        ("calendar", schedule.calendar.is_some()),
    ];
    let present = keys.into_iter().filter(|(_, is_set)| *is_set);
    present.map(|(key, _)| key).collect()
}

fn reject_bounds(
    state: &str,
    schedule: &ScheduleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let parts = [
        ("start", schedule.start.is_some()),
        ("end", schedule.end.is_some()),
        ("other", schedule.other.is_some()),
    ];
    for (key, _) in parts.iter().filter(|(_, is_set)| *is_set) {
        let message = format!("the schedule of `{state}` does not support `{key}`");
        findings.push(ConfigFinding::new(
            DiagnosticCode::BadSchedule,
            at.key(key),
            message,
        ));
    }
}

/// Validates what schedules of rules and states have in common.
fn validate_schedule_parts(
    schedule: &ScheduleSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    if let Some(SpanList(spans)) = &schedule.daily {
        require_not_empty(spans.is_empty(), &at.key("daily"), findings);
    }
    if let Some(WeeklySpans(weekly)) = &schedule.weekly {
        let at = at.key("weekly");
        require_not_empty(weekly.is_empty(), &at, findings);
        let mut days = HashMap::new();
        for (index, (key, SpanList(spans))) in weekly.iter().enumerate() {
            // The parsed key no longer has its original spelling, so the path uses its index.
            let at = at.item(index);
            require_not_empty(spans.is_empty(), &at, findings);
            for day in &key.0 {
                if days.insert(*day, index).is_some_and(|first| first != index) {
                    let message = format!("{} is listed twice", day.name());
                    let finding =
                        ConfigFinding::new(DiagnosticCode::Contradiction, at.clone(), message);
                    findings.push(
                        finding.with_help("list each day once; for several time spans use a list"),
                    );
                }
            }
        }
    }
    if let Some(ranges) = &schedule.ranges {
        let at = at.key("ranges");
        require_not_empty(ranges.is_empty(), &at, findings);
        for (index, range) in ranges.iter().enumerate() {
            if let Shorthand::Form(DateRangeForm { start, end }) = range {
                require_order(start.as_ref(), Some(end), &at.item(index), findings);
            }
        }
    }
    if let Some(calendars) = &schedule.calendar {
        let at = at.key("calendar");
        require_not_empty(calendars.all().is_empty(), &at, findings);
        check_duplicates(
            calendars.all().iter().map(|name| name.0.as_str()),
            &at,
            findings,
        );
    }
    require_order(schedule.start.as_ref(), schedule.end.as_ref(), at, findings);
    if let Some(other) = &schedule.other {
        let at = at.key("other");
        require_not_empty(other.is_empty(), &at, findings);
        for (index, trigger) in other.iter().enumerate() {
            if !trigger.get("triggerType").is_some_and(Value::is_string) {
                let message = "the API's form of a trigger requires a `triggerType`";
                findings.push(ConfigFinding::new(
                    DiagnosticCode::MissingKey,
                    at.item(index),
                    message,
                ));
            }
        }
    }
}

fn require_not_empty(is_empty: bool, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    if is_empty {
        let finding =
            ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), "this list is empty");
        findings.push(finding.with_help("add an item, or remove the key"));
    }
}

pub(super) fn require_order(
    start: Option<&DateOrTime>,
    end: Option<&DateOrTime>,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let mut parse = |key: &str, text: Option<&DateOrTime>| -> Option<LocalDateTime> {
        let text = text?;
        match DateRange::parse_bound(&text.0, key == "start") {
            Ok(time) => Some(time),
            Err(error) => {
                findings.push(ConfigFinding::new(
                    DiagnosticCode::BadValue,
                    at.key(key),
                    error.to_string(),
                ));
                None
            }
        }
    };
    let (start, end) = (parse("start", start), parse("end", end));
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        let message = "the end is before the start";
        findings.push(ConfigFinding::new(
            DiagnosticCode::BadSchedule,
            at.key("end"),
            message,
        ));
    }
}
