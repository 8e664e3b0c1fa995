//! Which calls a rule takes, and when.

use std::collections::HashSet;

use super::raw;
use crate::config::shared::Shared;
use crate::config::types::{
    self, CalendarDates, CalendarDatesSpec, CallerIdForm, CallerIdSpec, ConditionState,
    ContactForm, ContactSpec, DateOrTime, DateRangeForm, DateRangeSpec, OneOrMany, PhonePrefix,
    Shape, Spans, StateScheduleSpec, StateScheduleWord,
};
use crate::model::{
    CallerId, Conditions, DateRange, DateTime, Day, Schedule, StateId, StateSchedule, TimeSpan,
    Week,
};

pub(in crate::config) fn conditions(declared: &types::Conditions, shared: &Shared) -> Conditions {
    let types::Conditions {
        caller_ids,
        called_numbers,
        schedule: times,
        state,
        other,
    } = declared;
    let state_id = |state: ConditionState| match state {
        ConditionState::WorkHours => StateId::WORK_HOURS.into(),
        ConditionState::AfterHours => StateId::AFTER_HOURS.into(),
    };
    Conditions {
        caller_ids: callers(caller_ids.iter().flatten(), shared),
        called_numbers: called_numbers
            .iter()
            .flatten()
            .map(|n| n.0.clone())
            .collect(),
        schedule: times.as_ref().map(|times| schedule(times, shared)),
        state: state.map(state_id),
        other: other.iter().flatten().map(raw).collect(),
    }
    .normal()
}

/// Everybody who is listed, also by way of contacts. Of a number that comes twice the first counts, with
/// its name.
fn callers<'a>(
    declared: impl Iterator<Item = &'a CallerIdSpec>,
    shared: &'a Shared,
) -> Vec<CallerId> {
    let mut all: Vec<(&PhonePrefix, Option<&String>)> = Vec::new();
    for spec in declared {
        match spec {
            Shape::Word(number) => all.push((number, None)),
            Shape::Form(CallerIdForm {
                phone_number,
                name,
                contacts,
            }) => {
                all.extend(phone_number.iter().map(|number| (number, name.as_ref())));
                // Whoever resolves has refused a name that no file has.
                let list = contacts
                    .as_ref()
                    .and_then(|list| shared.contacts.get(&list.0));
                all.extend(list.iter().flat_map(|list| &list.0).map(contact));
            }
            Shape::Api(never) => match *never {},
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

fn contact(spec: &ContactSpec) -> (&PhonePrefix, Option<&String>) {
    match spec {
        Shape::Word(number) => (number, None),
        Shape::Form(ContactForm { phone_number, name }) => (phone_number, name.as_ref()),
        Shape::Api(never) => match *never {},
    }
}

pub(in crate::config) fn state_schedule(
    spec: &StateScheduleSpec,
    shared: &Shared,
) -> StateSchedule {
    match spec {
        Shape::Word(StateScheduleWord::WorkHours) => {
            StateSchedule::Inherited(StateId::WORK_HOURS.into())
        }
        Shape::Form(declared) => StateSchedule::Own(Box::new(schedule(declared, shared))),
        Shape::Api(never) => match *never {},
    }
}

fn schedule(declared: &types::Schedule, shared: &Shared) -> Schedule {
    let types::Schedule {
        daily,
        weekly,
        ranges,
        calendar,
        start,
        end,
        other,
    } = declared;
    let mut week = Week::default();
    for (days, spans) in weekly.iter().flat_map(|weekly| &weekly.0) {
        add(&mut week, &days.0, spans);
    }
    if let Some(spans) = daily {
        add(&mut week, &Day::ALL, spans);
    }
    let calendars = { calendar.iter().flat_map(|names| names.all()) }
        .filter_map(|name| shared.calendars.get(&name.0));
    let days = calendars.flat_map(|calendar| calendar.0.values());
    let of_days = days
        .flat_map(|dates| dates.all())
        .filter_map(calendar_dates);
    let ranges = ranges.iter().flatten().filter_map(date_range);
    let other = other.iter().flatten().cloned();
    Schedule {
        start: start.as_ref().and_then(|start| moment(start, true)),
        end: end.as_ref().and_then(|end| moment(end, false)),
        week: (daily.is_some() || weekly.is_some()).then_some(week),
        ranges: Vec::new(),
        other: other.map(serde_json::Value::Object).collect(),
    }
    .with_ranges(ranges.chain(of_days).collect())
}

fn date_range(spec: &DateRangeSpec) -> Option<DateRange> {
    match spec {
        Shape::Word(day) => between(Some(day), day),
        Shape::Form(DateRangeForm { start, end }) => between(start.as_ref(), end),
        Shape::Api(never) => match *never {},
    }
}

/// The last moment of a day of a calendar.
pub(in crate::config) fn calendar_end(dates: &OneOrMany<CalendarDatesSpec>) -> Option<DateTime> {
    let ranges = dates.all().iter().filter_map(calendar_dates);
    ranges.map(|range| range.end).max()
}

fn calendar_dates(spec: &CalendarDatesSpec) -> Option<DateRange> {
    match spec {
        Shape::Word(day) => between(Some(day), day),
        Shape::Form(CalendarDates { start, end }) => between(Some(start), end),
        Shape::Api(never) => match *never {},
    }
}

fn between(start: Option<&DateOrTime>, end: &DateOrTime) -> Option<DateRange> {
    Some(DateRange {
        start: match start {
            Some(start) => Some(moment(start, true)?),
            None => None,
        },
        end: moment(end, false)?,
    })
}

/// The check has refused what is no time: here it always is one.
fn moment(text: &DateOrTime, is_start: bool) -> Option<DateTime> {
    DateRange::parse_end(&text.0, is_start).ok()
}

fn add(week: &mut Week, days: &[Day], Spans(spans): &Spans) {
    for span in spans {
        // Reading the file has refused what is no span.
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
