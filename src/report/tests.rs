mod calendar;
mod pages;
mod sheet;

use super::*;
use crate::model::{
    CallHandling, CallerId, Conditions, DateRange, Day, Destination, DispatchType, Dispatching,
    Extension, HeldRule, Rule, Schedule, State, StateId, StateRule, StateSchedule, TimeSpan, Week,
};

/// A Saturday.
fn now() -> DateTime {
    jiff::civil::date(2026, 11, 21).at(9, 0, 0, 0)
}

fn to(end: Destination) -> Dispatching {
    Dispatching {
        kind: Some(DispatchType::Terminate),
        at_once: Some(end),
        ..Dispatching::default()
    }
}

fn voicemail() -> Dispatching {
    to(Destination::Voicemail {
        of: None,
        greeting: None,
    })
}

fn number(number: &str) -> Dispatching {
    to(Destination::PhoneNumber {
        number: number.to_owned(),
        name: None,
    })
}

fn rule(name: &str, conditions: Conditions, dispatching: Dispatching) -> HeldRule {
    HeldRule {
        id: None,
        rule: Rule {
            name: name.to_owned(),
            enabled: Some(true),
            conditions: Some(conditions),
            dispatching: Some(dispatching),
            ..Rule::default()
        },
    }
}

fn from(callers: &[&str]) -> Conditions {
    let callers = callers.iter().map(|number| CallerId {
        number: (*number).to_owned(),
        name: None,
    });
    Conditions {
        caller_ids: callers.collect(),
        ..Conditions::default()
    }
}

fn weekdays(span: &str) -> Schedule {
    let mut week = Week::default();
    for day in Day::Monday.through(Day::Friday) {
        week.add(day, &[TimeSpan::parse(span).unwrap().0]);
    }
    Schedule::weekly(week)
}

fn state(id: &str, schedule: Option<Schedule>, dispatching: Dispatching) -> StateRule {
    StateRule {
        id: StateId::from(id),
        state: State {
            enabled: None,
            schedule: schedule.map(|schedule| StateSchedule::Own(Box::new(schedule))),
        },
        dispatching,
    }
}

/// VIPs go to a mobile phone after hours, a meeting and holidays to voicemail; the night is voicemail too.
fn office() -> CallHandling {
    let dates = Schedule::default().with_ranges(vec![
        DateRange {
            start: Some("2026-11-26T00:00:00".parse().unwrap()),
            end: "2026-11-27T23:59:59".parse().unwrap(),
        },
        DateRange {
            start: Some("2026-12-24T12:00:00".parse().unwrap()),
            end: "2026-12-24T23:59:59".parse().unwrap(),
        },
    ]);
    let vip = Conditions {
        state: Some(StateId::from(StateId::AFTER_HOURS)),
        ..from(&["+16501111111", "+16502222222"])
    };
    let holidays = Conditions {
        schedule: Some(dates),
        ..Conditions::default()
    };
    CallHandling {
        rules: Some(vec![
            rule("VIP", vip, number("+14082324343")),
            rule(
                "Holidays",
                holidays,
                to(Destination::Announcement { greeting: None }),
            ),
        ]),
        states: Some(vec![
            state(
                StateId::WORK_HOURS,
                Some(weekdays("08:00-16:00")),
                number("+16505550199"),
            ),
            state(StateId::AFTER_HOURS, None, voicemail()),
        ]),
    }
}

fn person(live: Option<CallHandling>, desired: CallHandling) -> Person<'static> {
    Person {
        id: ExtensionId("1001".to_owned()),
        file: "users/alex.yaml",
        live: live.map(World::Whole),
        desired: World::Whole(desired),
        problems: Vec::new(),
        now: now(),
    }
}

fn directory(name: &str) -> Directory {
    Directory::new(vec![Extension {
        id: ExtensionId("1001".to_owned()),
        number: Some("101".to_owned()),
        name: name.to_owned(),
        email: None,
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }])
}

fn sheet(person: &Person<'_>) -> Sheet {
    let directory = directory("Alex Morgan");
    let catalogue = Catalogue::default();
    let say = Say {
        directory: &directory,
        catalogue: &catalogue,
    };
    Sheet::of(person, Words::new(&directory), &say)
}

fn book_of(name: &str, person: Person<'_>) -> Vec<Page> {
    let directory = directory(name);
    let book = Book {
        directory: &directory,
        catalogue: &Catalogue::default(),
        source: "From a test.",
    };
    pages(book, &[person])
}

/// `Monday 0-8 A, 8-16 B, 16-24 A`
fn drawn(sheet: &Sheet, row: &Row) -> String {
    let bands = row.bands.iter().map(|band| {
        let letter = &sheet.legend[band.entry].letter;
        let mark = if band.differs { "!" } else { "" };
        // A span has its last second, so what follows begins one later.
        format!(
            "{}-{} {letter}{mark}",
            band.start / 3600,
            band.end.div_ceil(60) / 60
        )
    });
    format!(
        "{} {}",
        row.days.label(),
        bands.collect::<Vec<_>>().join(", ")
    )
}
