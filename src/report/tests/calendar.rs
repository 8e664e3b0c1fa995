//! Tests of the cells of weeks and dates, and of the callers who share them.

use std::collections::BTreeSet;

use super::*;
use crate::reconcile::ImpactBuilder;
use crate::render::impact;
use crate::routing::{IncomingCall, RoutingAssumptions, RoutingTable};

#[test]
fn callers_with_equal_handling_share_a_calendar() {
    let page = user_page(&report_user(None, office_handling()));
    let titles: Vec<&str> = page
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
    let kinds: Vec<LegendKind> = page.legend.iter().map(|entry| entry.kind).collect();
    let once: BTreeSet<&str> = page
        .legend
        .iter()
        .map(|entry| entry.text.as_str())
        .collect();
    assert_eq!(once.len(), kinds.len());
    assert!(kinds.contains(&LegendKind::Voicemail) && kinds.contains(&LegendKind::Announcement));
}

#[test]
fn calendar_shows_the_week_and_the_exceptions() {
    let page = user_page(&report_user(None, office_handling()));
    let CallCalendar {
        week,
        dates,
        periods,
    } = &page.groups[0].after;
    let week: Vec<String> = week.iter().map(|row| describe_row(&page, row)).collect();
    assert_eq!(week[0], "Monday 0-8 A, 8-16 B, 16-24 A");
    assert_eq!(week[6], "Sunday 0-24 A");
    let dates: Vec<String> = dates.iter().map(|row| describe_row(&page, row)).collect();
    assert_eq!(
        dates,
        [
            "Thu 26 Nov – Fri 27 Nov 2026 0-24 C",
            "Thu 24 Dec 2026 0-8 A, 8-12 B, 12-24 C"
        ]
    );
    assert!(periods.is_empty());
}

/// Each hour of a month shows what routing decides.
#[test]
fn cells_match_routing_decisions() {
    let handling = office_handling();
    let table = RoutingTable::new(&handling);
    let page = user_page(&report_user(None, handling.clone()));
    let directory = ExtensionDirectory::default();
    let impact_builder = ImpactBuilder::new(&handling, &handling, YamlWriter::new(&directory));
    let humanizer = YamlHumanizer {
        directory: &directory,
        name_index: &NameIndex::default(),
    };
    for (group, caller) in page.groups.iter().zip([None, Some("+16501111111")]) {
        for hour in 0..24 * 40 {
            let at = now().date().at(0, 30, 0, 0) + jiff::Span::new().hours(hour);
            let call = IncomingCall {
                from: caller.map(str::to_owned),
                to: None,
                at,
                queue: false,
            };
            let entry = group.after.entry_at(at).unwrap();
            let outcome = table.decide(&call, RoutingAssumptions::default()).outcome();
            let expected = impact::describe_outcome(&humanizer, &impact_builder.outcome(&outcome));
            assert_eq!(page.legend[entry].text, expected, "{caller:?} {at}");
        }
    }
}

#[test]
fn long_date_range_has_its_own_week() {
    let summer = RuleConditions {
        schedule: Some(CallSchedule {
            start: Some("2027-06-01T00:00:00".parse().unwrap()),
            end: Some("2027-08-31T11:59:59".parse().unwrap()),
            ..weekdays("12:00-14:00")
        }),
        ..RuleConditions::default()
    };
    let handling = CallHandling {
        rules: Some(vec![rule("Siesta", summer, voicemail())]),
        states: Some(vec![state(
            StateId::WORK_HOURS,
            None,
            forwarding_to("+16505550199"),
        )]),
    };
    let page = user_page(&report_user(None, handling));
    let calendar = &page.groups[0].after;
    assert_eq!(calendar.periods.len(), 1);
    let week: Vec<String> = calendar.periods[0]
        .week
        .iter()
        .map(|row| describe_row(&page, row))
        .collect();
    assert_eq!(week[0], "Monday 0-12 A, 12-14 B, 14-24 A");
    assert_eq!(week[6], "Sunday 0-24 A");
    let dates: Vec<String> = calendar
        .dates
        .iter()
        .map(|row| describe_row(&page, row))
        .collect();
    assert_eq!(
        dates,
        ["Tue 31 Aug 2027 0-24 A"],
        "the day that it ends in the midst of"
    );
}
