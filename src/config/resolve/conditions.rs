//! Resolves conditions and schedules.

use std::collections::HashSet;

use super::raw_definition;
use crate::config::references::ReferencedFiles;
use crate::config::types::{
    self, CalendarDates, CalendarDatesSpec, CallerIdForm, CallerIdSpec, ConditionState,
    ContactForm, ContactSpec, DateOrTime, DateRangeForm, DateRangeSpec, OneOrMany, PhonePrefix,
    Shorthand, SpanList, StateScheduleKeyword, StateScheduleSpec,
};
use crate::model::{
    CallSchedule, CallerId, DateRange, DayOfWeek, LocalDateTime, RuleConditions, StateId,
    StateSchedule, TimeSpan, WeeklyTimes,
};

pub(in crate::config) fn resolve_conditions(
    declared: &types::ConditionsSpec,
    shared: &ReferencedFiles,
) -> RuleConditions {
    let types::ConditionsSpec {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = declared;
    let state_id = |state: ConditionState| match state {
        ConditionState::WorkHours => StateId::WORK_HOURS.into(),
        ConditionState::AfterHours => StateId::AFTER_HOURS.into(),
    };
    RuleConditions {
        caller_ids: resolve_callers(caller_ids.iter().flatten(), shared),
        called_numbers: called_numbers
            .iter()
            .flatten()
            .map(|n| n.0.clone())
            .collect(),
        schedule: schedule.as_ref().map(|spec| resolve_schedule(spec, shared)),
        state: state.map(state_id),
        other: other.iter().flatten().map(raw_definition).collect(),
    }
    .normalized()
}

/// Returns all listed callers, including those from contact lists. If a number occurs more than
/// once, the first occurrence and its name are kept.
fn resolve_callers<'a>(
    declared: impl Iterator<Item = &'a CallerIdSpec>,
    shared: &'a ReferencedFiles,
) -> Vec<CallerId> {
    let mut all: Vec<(&PhonePrefix, Option<&String>)> = Vec::new();
    for spec in declared {
        match spec {
            Shorthand::Word(number) => all.push((number, None)),
            Shorthand::Form(CallerIdForm {
                phone_number,
                name,
                contacts,
            }) => {
                all.extend(phone_number.iter().map(|number| (number, name.as_ref())));
                // `validate_names` reports names of contact lists that don't exist.
                let list = contacts
                    .as_ref()
                    .and_then(|list| shared.contacts.get(&list.0));
                all.extend(list.iter().flat_map(|list| &list.0).map(resolve_contact));
            }
            Shorthand::Api(never) => match *never {},
        }
    }
    let mut seen = HashSet::new();
    all.retain(|(number, _)| seen.insert(*number));
    let caller = |(number, name): (&PhonePrefix, Option<&String>)| CallerId {
        number: number.0.clone(),
        name: name.cloned(),
    };
    all.into_iter().map(caller).collect()
}

fn resolve_contact(spec: &ContactSpec) -> (&PhonePrefix, Option<&String>) {
    match spec {
        Shorthand::Word(number) => (number, None),
        Shorthand::Form(ContactForm { phone_number, name }) => (phone_number, name.as_ref()),
        Shorthand::Api(never) => match *never {},
    }
}

pub(in crate::config) fn resolve_state_schedule(
    spec: &StateScheduleSpec,
    shared: &ReferencedFiles,
) -> StateSchedule {
    match spec {
        Shorthand::Word(StateScheduleKeyword::WorkHours) => {
            StateSchedule::Inherited(StateId::WORK_HOURS.into())
        }
        Shorthand::Form(declared) => {
            StateSchedule::Own(Box::new(resolve_schedule(declared, shared)))
        }
        Shorthand::Api(never) => match *never {},
    }
}

fn resolve_schedule(declared: &types::ScheduleSpec, shared: &ReferencedFiles) -> CallSchedule {
    let types::ScheduleSpec {
        daily,
        weekly,
        ranges,
        calendar,
        start,
        end,
        other,
    } = declared;
    let mut week = WeeklyTimes::default();
    for (days, spans) in weekly.iter().flat_map(|weekly| &weekly.0) {
        push_spans(&mut week, &days.0, spans);
    }
    if let Some(spans) = daily {
        push_spans(&mut week, &DayOfWeek::ALL, spans);
    }
    let calendars = calendar
        .iter()
        .flat_map(OneOrMany::all)
        .filter_map(|name| shared.calendars.get(&name.0));
    let days = calendars.flat_map(|calendar| calendar.0.values());
    let calendar_ranges = days
        .flat_map(OneOrMany::all)
        .filter_map(resolve_calendar_dates);
    let ranges = ranges.iter().flatten().filter_map(resolve_date_range);
    let other = other.iter().flatten().cloned();
    CallSchedule {
        start: start
            .as_ref()
            .and_then(|start| resolve_date_time(start, true)),
        end: end.as_ref().and_then(|end| resolve_date_time(end, false)),
        week: (daily.is_some() || weekly.is_some()).then_some(week),
        ranges: Vec::new(),
        other: other.map(serde_json::Value::Object).collect(),
    }
    .with_ranges(ranges.chain(calendar_ranges).collect())
}

fn resolve_date_range(spec: &DateRangeSpec) -> Option<DateRange> {
    match spec {
        Shorthand::Word(day) => interval(Some(day), day),
        Shorthand::Form(DateRangeForm { start, end }) => interval(start.as_ref(), end),
        Shorthand::Api(never) => match *never {},
    }
}

/// Returns the latest end of a calendar entry's dates, in user-local time.
pub(in crate::config) fn calendar_end_day(
    dates: &OneOrMany<CalendarDatesSpec>,
) -> Option<LocalDateTime> {
    let ranges = dates.all().iter().filter_map(resolve_calendar_dates);
    ranges.map(|range| range.end).max()
}

fn resolve_calendar_dates(spec: &CalendarDatesSpec) -> Option<DateRange> {
    match spec {
        Shorthand::Word(day) => interval(Some(day), day),
        Shorthand::Form(CalendarDates { start, end }) => interval(Some(start), end),
        Shorthand::Api(never) => match *never {},
    }
}

fn interval(start: Option<&DateOrTime>, end: &DateOrTime) -> Option<DateRange> {
    Some(DateRange {
        start: match start {
            Some(start) => Some(resolve_date_time(start, true)?),
            None => None,
        },
        end: resolve_date_time(end, false)?,
    })
}

/// Parses a date or time. Invalid ones are rejected when the file is read, so this is never `None`
/// for a validated file.
fn resolve_date_time(text: &DateOrTime, is_start: bool) -> Option<LocalDateTime> {
    DateRange::parse_bound(&text.0, is_start).ok()
}

fn push_spans(week: &mut WeeklyTimes, days: &[DayOfWeek], SpanList(spans): &SpanList) {
    for span in spans {
        // Invalid spans are rejected when the file is read.
        let Ok((today, tomorrow)) = TimeSpan::parse(&span.0) else {
            continue;
        };
        for day in days {
            week.add(*day, &[today]);
            if let Some(tomorrow) = tomorrow {
                week.add(day.next(), &[tomorrow]);
            }
        }
    }
}
