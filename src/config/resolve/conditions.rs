//! Resolves conditions and schedules.

use std::sync::Arc;

use jiff::Span;

use super::raw_definition;
use crate::config::references::{CALENDARS, ReferencedFiles};
use crate::config::repository::Repository;
use crate::config::types::{
    self, CalendarDates, CalendarDatesSpec, CallerIdForm, CallerIdSpec, ConditionState,
    ContactForm, ContactsFile, DateOrTime, DateRangeForm, DateRangeSpec, OneOrMany, PhonePrefix,
    Shorthand, StateScheduleKeyword, StateScheduleSpec, WholeDay,
};
use crate::model::{
    CallSchedule, CallerId, DateRange, LocalDateTime, RuleConditions, StateId, StateSchedule,
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
        caller_ids: resolve_callers(caller_ids.as_deref().unwrap_or_default(), shared),
        called_numbers: called_numbers
            .iter()
            .flatten()
            .map(|n| n.0.clone())
            .collect(),
        schedule: schedule.as_ref().map(|spec| resolve_schedule(spec, shared)),
        state: state.map(state_id),
        other: other.iter().flatten().map(raw_definition).collect(),
    }
    .without_duplicates()
}

/// Returns all listed callers, including those from contact lists. If a number occurs more than
/// once, the first occurrence and its name are kept. A contact list alone is shared, not copied.
fn resolve_callers(declared: &[CallerIdSpec], shared: &ReferencedFiles) -> Arc<[CallerId]> {
    let mut callers = Vec::new();
    for spec in declared {
        match spec {
            Shorthand::Keyword(number) => callers.push(caller_id(number, None)),
            Shorthand::Map(CallerIdForm {
                phone_number,
                name,
                contacts,
            }) => {
                let own = phone_number.as_ref();
                callers.extend(own.map(|number| caller_id(number, name.as_ref())));
                // `validate_names` reports names of contact lists that don't exist.
                let list = contacts
                    .as_ref()
                    .and_then(|list| shared.contacts.get(&list.0));
                match list {
                    Some(list) if declared.len() == 1 && callers.is_empty() => {
                        return Arc::clone(list);
                    }
                    list => callers.extend(list.into_iter().flat_map(|list| list.iter().cloned())),
                }
            }
            Shorthand::Raw(never) => match *never {},
        }
    }
    CallerId::first_of_each_number(callers)
}

/// Returns the callers of a list of contacts.
pub(in crate::config) fn resolve_contacts(list: &ContactsFile) -> Arc<[CallerId]> {
    let callers = list.0.iter().map(|spec| match spec {
        Shorthand::Keyword(number) => caller_id(number, None),
        Shorthand::Map(ContactForm { phone_number, name }) => {
            caller_id(phone_number, name.as_ref())
        }
        Shorthand::Raw(never) => match *never {},
    });
    CallerId::first_of_each_number(callers.collect())
}

fn caller_id(number: &PhonePrefix, name: Option<&String>) -> CallerId {
    CallerId {
        number: number.0.clone(),
        name: name.cloned(),
    }
}

pub(in crate::config) fn resolve_state_schedule(
    spec: &StateScheduleSpec,
    shared: &ReferencedFiles,
) -> StateSchedule {
    match spec {
        Shorthand::Keyword(StateScheduleKeyword::WorkHours) => {
            StateSchedule::Inherited(StateId::WORK_HOURS.into())
        }
        Shorthand::Map(declared) => {
            StateSchedule::Own(Box::new(resolve_schedule(declared, shared)))
        }
        Shorthand::Raw(never) => match *never {},
    }
}

fn resolve_schedule(declared: &types::ScheduleSpec, shared: &ReferencedFiles) -> CallSchedule {
    let types::ScheduleSpec {
        daily: _,
        weekly: _,
        ranges,
        calendar,
        start,
        end,
        other,
    } = declared;
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
        week: declared.week(),
        ranges: Vec::new(),
        other: other.map(serde_json::Value::Object).collect(),
    }
    .with_ranges(ranges.chain(calendar_ranges).collect())
}

fn resolve_date_range(spec: &DateRangeSpec) -> Option<DateRange> {
    match spec {
        Shorthand::Keyword(day) => whole_day(day),
        Shorthand::Map(DateRangeForm { start, end }) => interval(start.as_ref(), end),
        Shorthand::Raw(never) => match *never {},
    }
}

/// The last day of a calendar, after which it has no more dates.
#[derive(Debug)]
pub struct CalendarEnd {
    /// The path of the calendar, relative to the repository root.
    pub path: String,
    /// The name that the calendar gives the day.
    pub day: String,
    /// The end of the day, in user-local time.
    pub end: LocalDateTime,
}

impl Repository {
    /// Returns the dates of all calendars, sorted. Adjacent dates are joined.
    pub fn calendar_dates(&self) -> Vec<DateRange> {
        let calendars = self.referenced_files.calendars.values();
        let days = calendars.flat_map(|calendar| calendar.0.values().flat_map(OneOrMany::all));
        let mut dates: Vec<DateRange> = days.filter_map(resolve_calendar_dates).collect();
        dates.sort_by_key(|range| range.start);
        let mut joined: Vec<DateRange> = Vec::new();
        let is_next =
            |end: LocalDateTime, start| start <= end.saturating_add(Span::new().seconds(1));
        for range in dates {
            match joined.last_mut() {
                Some(last) if range.start.is_none_or(|start| is_next(last.end, start)) => {
                    last.end = last.end.max(range.end);
                }
                _ => joined.push(range),
            }
        }
        joined
    }

    /// Returns the last day of each calendar that is not empty.
    pub fn calendar_ends(&self) -> Vec<CalendarEnd> {
        let calendars = self.referenced_files.calendars.iter();
        let ends = calendars.filter_map(|(name, calendar)| {
            let ends = calendar.0.iter().flat_map(|(day, dates)| {
                let ranges = dates.all().iter().filter_map(resolve_calendar_dates);
                ranges.map(move |range| (range.end, day))
            });
            let (end, day) = ends.max()?;
            Some(CalendarEnd {
                path: self.referenced_path(&CALENDARS, name)?,
                day: day.clone(),
                end,
            })
        });
        ends.collect()
    }
}

fn resolve_calendar_dates(spec: &CalendarDatesSpec) -> Option<DateRange> {
    match spec {
        Shorthand::Keyword(day) => whole_day(day),
        Shorthand::Map(CalendarDates { start, end }) => interval(Some(start), end),
        Shorthand::Raw(never) => match *never {},
    }
}

fn whole_day(day: &WholeDay) -> Option<DateRange> {
    Some(DateRange {
        start: Some(DateRange::parse_bound(&day.0, true).ok()?),
        end: DateRange::parse_bound(&day.0, false).ok()?,
    })
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
