//! What is in the cells of a week and of dates, and who shares them.

use std::collections::BTreeSet;

use super::*;
use crate::engine::Teller;
use crate::render::impact;
use crate::routing::{Call, Supposing, Table};

#[test]
fn who_is_treated_alike_shares_a_calendar() {
    let sheet = sheet(&person(None, office()));
    let titles: Vec<&str> = sheet
        .groups
        .iter()
        .map(|group| group.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Everyone but +1 650-111-1111, +1 650-222-2222",
            "Calls from +1 650-111-1111, +1 650-222-2222"
        ]
    );
    let kinds: Vec<Kind> = sheet.legend.iter().map(|entry| entry.kind).collect();
    let once: BTreeSet<&str> = sheet
        .legend
        .iter()
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(once.len(), kinds.len());
    assert!(kinds.contains(&Kind::Voicemail) && kinds.contains(&Kind::Announcement));
}

#[test]
fn a_calendar_has_the_week_and_the_dates_beside_it() {
    let sheet = sheet(&person(None, office()));
    let Calendar {
        week,
        dates,
        periods,
    } = &sheet.groups[0].after;
    let week: Vec<String> = week.iter().map(|row| drawn(&sheet, row)).collect();
    assert_eq!(week[0], "Monday 0-8 A, 8-16 B, 16-24 A");
    assert_eq!(week[6], "Sunday 0-24 A");
    let dates: Vec<String> = dates.iter().map(|row| drawn(&sheet, row)).collect();
    assert_eq!(
        dates,
        [
            "Thu 26 Nov – Fri 27 Nov 2026 0-24 C",
            "Thu 24 Dec 2026 0-8 A, 8-12 B, 12-24 C"
        ]
    );
    assert!(periods.is_empty());
}

/// Every hour of a month, drawn and decided: no cell says anything else than routing does.
#[test]
fn every_cell_is_what_routing_decides() {
    let handling = office();
    let table = Table::new(&handling);
    let sheet = sheet(&person(None, handling.clone()));
    let directory = Directory::default();
    let teller = Teller::new(&handling, &handling, Words::new(&directory));
    let say = Say {
        directory: &directory,
        catalogue: &Catalogue::default(),
    };
    for (group, caller) in sheet.groups.iter().zip([None, Some("+16501111111")]) {
        for hour in 0..24 * 40 {
            let at = now().date().at(0, 30, 0, 0) + jiff::Span::new().hours(hour);
            let call = Call {
                from: caller.map(str::to_owned),
                to: None,
                at,
                queue: false,
            };
            let entry = group.after.at(at).unwrap();
            let outcome = table.decide(&call, Supposing::default()).outcome();
            let expected = impact::outcome(&say, &teller.outcome(&outcome));
            assert_eq!(sheet.legend[entry].text, expected, "{caller:?} {at}");
        }
    }
}

#[test]
fn a_long_span_of_dates_has_a_week_of_its_own() {
    let summer = Conditions {
        schedule: Some(Schedule {
            start: Some("2027-06-01T00:00:00".parse().unwrap()),
            end: Some("2027-08-31T11:59:59".parse().unwrap()),
            ..weekdays("12:00-14:00")
        }),
        ..Conditions::default()
    };
    let handling = CallHandling {
        rules: Some(vec![rule("Siesta", summer, voicemail())]),
        states: Some(vec![state(
            StateId::WORK_HOURS,
            None,
            number("+16505550199"),
        )]),
    };
    let sheet = sheet(&person(None, handling));
    let calendar = &sheet.groups[0].after;
    assert_eq!(calendar.periods.len(), 1);
    let week: Vec<String> = { calendar.periods[0].week.iter() }
        .map(|row| drawn(&sheet, row))
        .collect();
    assert_eq!(week[0], "Monday 0-12 A, 12-14 B, 14-24 A");
    assert_eq!(week[6], "Sunday 0-24 A");
    let dates: Vec<String> = { calendar.dates.iter() }
        .map(|row| drawn(&sheet, row))
        .collect();
    assert_eq!(
        dates,
        ["Tue 31 Aug 2027 0-24 A"],
        "the day that it ends in the midst of"
    );
}
