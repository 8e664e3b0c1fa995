//! Which calls a rule takes, and when.

use super::raw;
use crate::config::types::{
    self, CallerIdForm, ConditionState, DateOrTime, DateRangeForm, Shape, Spans,
};
use crate::model::{
    CallerId, Conditions, DateRange, DateTime, Day, Schedule, StateId, TimeSpan, Week,
};

pub(super) fn conditions(declared: &types::Conditions) -> Conditions {
    let types::Conditions {
        caller_ids,
        called_numbers,
        schedule: times,
        state,
        other,
    } = declared;
    let caller = |spec: &types::CallerIdSpec| match spec {
        Shape::Word(number) => CallerId {
            number: number.0.clone(),
            name: None,
        },
        Shape::Form(CallerIdForm { phone_number, name }) => CallerId {
            number: phone_number.0.clone(),
            name: name.clone(),
        },
        Shape::Api(never) => match *never {},
    };
    let state_id = |state: ConditionState| match state {
        ConditionState::WorkHours => StateId::WORK_HOURS.into(),
        ConditionState::AfterHours => StateId::AFTER_HOURS.into(),
    };
    Conditions {
        caller_ids: caller_ids.iter().flatten().map(caller).collect(),
        called_numbers: called_numbers
            .iter()
            .flatten()
            .map(|n| n.0.clone())
            .collect(),
        schedule: times.as_ref().map(schedule),
        state: state.map(state_id),
        other: other.iter().flatten().map(raw).collect(),
    }
    .normal()
}

pub(super) fn schedule(declared: &types::Schedule) -> Schedule {
    let types::Schedule {
        daily,
        weekly,
        ranges,
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
    let ranges = ranges.iter().flatten().filter_map(|range| match range {
        Shape::Word(day) => Some(DateRange {
            start: Some(moment(day, true)?),
            end: moment(day, false)?,
        }),
        Shape::Form(DateRangeForm { start, end }) => Some(DateRange {
            start: match start {
                Some(start) => Some(moment(start, true)?),
                None => None,
            },
            end: moment(end, false)?,
        }),
        Shape::Api(never) => match *never {},
    });
    let other = other.iter().flatten().cloned();
    Schedule {
        start: start.as_ref().and_then(|start| moment(start, true)),
        end: end.as_ref().and_then(|end| moment(end, false)),
        week: (daily.is_some() || weekly.is_some()).then_some(week),
        ranges: Vec::new(),
        other: other.map(serde_json::Value::Object).collect(),
    }
    .with_ranges(ranges.collect())
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
