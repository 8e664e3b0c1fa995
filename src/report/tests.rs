mod calendar;
mod pages;
mod user_page;

use super::*;
use crate::model::{
    AccountExtension, CallDestination, CallDispatching, CallHandling, CallSchedule, CallerId,
    DateRange, DayOfWeek, DispatchType, ExtensionId, RuleConditions, RuleDefinition, StateId,
    StateRule, StateSchedule, StateSettings, TimeSpan, UserRule, WeeklyTimes,
};

/// Returns the current time of the tests, a Saturday.
fn now() -> LocalDateTime {
    jiff::civil::date(2026, 11, 21).at(9, 0, 0, 0)
}

fn ending_at(end: CallDestination) -> CallDispatching {
    CallDispatching {
        dispatch_type: Some(DispatchType::Terminate),
        terminate: Some(end),
        ..CallDispatching::default()
    }
}

fn voicemail() -> CallDispatching {
    ending_at(CallDestination::Voicemail {
        owner: None,
        greeting: None,
    })
}

fn forwarding_to(number: &str) -> CallDispatching {
    ending_at(CallDestination::PhoneNumber {
        number: number.to_owned(),
        name: None,
    })
}

fn rule(name: &str, conditions: RuleConditions, dispatching: CallDispatching) -> UserRule {
    UserRule {
        id: None,
        rule: RuleDefinition {
            name: name.to_owned(),
            enabled: Some(true),
            conditions: Some(conditions),
            dispatching: Some(dispatching),
            ..RuleDefinition::default()
        },
    }
}

fn calls_from(callers: &[&str]) -> RuleConditions {
    let callers = callers.iter().map(|number| CallerId {
        number: (*number).to_owned(),
        name: None,
    });
    RuleConditions {
        caller_ids: callers.collect(),
        ..RuleConditions::default()
    }
}

fn weekdays(span: &str) -> CallSchedule {
    let mut week = WeeklyTimes::default();
    for day in DayOfWeek::Monday.days_through(DayOfWeek::Friday) {
        week.add(day, &[TimeSpan::parse(span).unwrap().0]);
    }
    CallSchedule::weekly(week)
}

fn state(id: &str, schedule: Option<CallSchedule>, dispatching: CallDispatching) -> StateRule {
    StateRule {
        id: StateId::from(id),
        state: StateSettings {
            enabled: None,
            schedule: schedule.map(|schedule| StateSchedule::Own(Box::new(schedule))),
        },
        dispatching,
    }
}

/// Returns call handling with VIP callers forwarded to a mobile phone after hours, and meetings,
/// holidays and nights going to voicemail.
fn office_handling() -> CallHandling {
    let dates = CallSchedule::default().with_ranges(vec![
        DateRange {
            start: Some("2026-11-26T00:00:00".parse().unwrap()),
            end: "2026-11-27T23:59:59".parse().unwrap(),
        },
        DateRange {
            start: Some("2026-12-24T12:00:00".parse().unwrap()),
            end: "2026-12-24T23:59:59".parse().unwrap(),
        },
    ]);
    let vip = RuleConditions {
        state: Some(StateId::from(StateId::AFTER_HOURS)),
        ..calls_from(&["+16501111111", "+16502222222"])
    };
    let holidays = RuleConditions {
        schedule: Some(dates),
        ..RuleConditions::default()
    };
    CallHandling {
        rules: Some(vec![
            rule("VIP", vip, forwarding_to("+14082324343")),
            rule(
                "Holidays",
                holidays,
                ending_at(CallDestination::Announcement { greeting: None }),
            ),
        ]),
        states: Some(vec![
            state(
                StateId::WORK_HOURS,
                Some(weekdays("08:00-16:00")),
                forwarding_to("+16505550199"),
            ),
            state(StateId::AFTER_HOURS, None, voicemail()),
        ]),
    }
}

fn report_user(live: Option<CallHandling>, desired: CallHandling) -> ReportUser<'static> {
    let complete = |handling| PartialHandling::from_live(ExtensionId("1001".to_owned()), handling);
    ReportUser {
        undeclared_handling: Vec::new(),
        file: "users/alex.yaml",
        live: live.map(complete),
        desired: complete(desired),
        problems: Vec::new(),
        now: now(),
    }
}

fn directory(name: &str) -> ExtensionDirectory {
    ExtensionDirectory::new(vec![AccountExtension {
        id: ExtensionId("1001".to_owned()),
        number: Some("101".to_owned()),
        name: name.to_owned(),
        email: None,
        kind: "User".to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    }])
}

fn user_page(user: &ReportUser<'_>) -> UserPage {
    let directory = directory("Alex Morgan");
    let name_index = NameIndex::default();
    let humanizer = YamlHumanizer {
        directory: &directory,
        name_index: &name_index,
    };
    UserPage::build(user, YamlWriter::new(&directory), &humanizer)
}

fn render_report(name: &str, user: ReportUser<'_>) -> Vec<ReportPage> {
    let directory = directory(name);
    let context = ReportContext {
        directory: &directory,
        name_index: &NameIndex::default(),
        source: "From a test.",
    };
    render_pages(context, &[user])
}

/// Formats a row as `Monday 0-8 A, 8-16 B, 16-24 A`.
fn describe_row(page: &UserPage, row: &CalendarRow) -> String {
    let bands = row.bands.iter().map(|band| {
        let letter = &page.legend[band.entry].letter;
        let mark = if band.differs { "!" } else { "" };
        // The end of a part is its last second, so the next part starts one second later.
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
