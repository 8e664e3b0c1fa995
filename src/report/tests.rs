use std::collections::BTreeSet;

use super::*;
use crate::engine::Teller;
use crate::model::{
    CallHandling, CallerId, Conditions, DateRange, Day, DesiredState, DesiredUser, Destination,
    DispatchType, Dispatching, Extension, HeldRule, Ownership, Prune, Rule, Schedule, State,
    StateId, StateRule, StateSchedule, TimeSpan, Week,
};
use crate::render::impact;
use crate::routing::{Call, Supposing, Table};

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

#[test]
fn what_differs_is_marked_on_both_sides() {
    let mut before = office();
    before.rules = Some(Vec::new());
    let sheet = sheet(&person(Some(before), office()));
    assert_eq!(sheet.difference(), Some(Difference::Noticed));
    let [others, vips] = &sheet.groups[..] else {
        panic!("{:#?}", sheet.groups);
    };
    let monday = |calendar: &Calendar| drawn(&sheet, &calendar.week[0]);
    assert_eq!(
        monday(others.before.as_ref().unwrap()),
        monday(&others.after)
    );
    assert_eq!(
        monday(vips.before.as_ref().unwrap()),
        "Monday 0-8 A!, 8-16 B, 16-24 A!"
    );
    assert_eq!(monday(&vips.after), "Monday 0-8 D!, 8-16 B, 16-24 D!");
    let holiday = &others.before.as_ref().unwrap().dates[0];
    assert!(holiday.bands.iter().all(|band| band.differs));
    let new = sheet
        .chain
        .rules
        .iter()
        .filter(|step| step.before.is_none());
    assert_eq!(new.count(), 2);
}

#[test]
fn nothing_is_marked_where_both_are_the_same() {
    let sheet = sheet(&person(Some(office()), office()));
    assert_eq!(sheet.difference(), Some(Difference::None));
    assert!(sheet.groups.iter().all(|group| group.before.is_none()));
    assert!(sheet.chain.rules.iter().all(Step::is_same));
}

#[test]
fn what_files_do_not_say_is_shown_as_such() {
    let desired = DesiredUser {
        id: ExtensionId("1001".to_owned()),
        rules: None,
        ownership: Ownership {
            prune: Prune::All,
            ignore: Vec::new(),
        },
        states: vec![DesiredState {
            id: StateId::from(StateId::WORK_HOURS),
            state: state(
                StateId::WORK_HOURS,
                Some(weekdays("09:00-17:00")),
                voicemail(),
            )
            .state,
            dispatching: None,
        }],
    };
    let declared = Declared::of(&desired);
    assert!(declared.open.contains(&Open::Rules) && declared.open.contains(&Open::Agent));
    assert!(!declared.open.contains(&Open::WorkHours));
    let sheet = sheet(&Person {
        desired: World::Declared(declared),
        ..person(None, CallHandling::default())
    });
    let told: Vec<(Kind, &str)> = { sheet.legend.iter() }
        .map(|entry| (entry.kind, entry.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                Kind::Open,
                "as on the account (after hours): the files do not say"
            ),
            (
                Kind::Open,
                "as on the account (work hours): the files do not say"
            ),
        ]
    );
    assert!(sheet.open[0].starts_with("The files say nothing of interaction rules."));
}

#[test]
fn a_condition_that_nobody_knows_is_told() {
    let odd = Conditions {
        other: vec![serde_json::json!({ "type": "Presence" })],
        ..from(&["+16501111111"])
    };
    let handling = CallHandling {
        rules: Some(vec![rule("Odd", odd, voicemail())]),
        ..office()
    };
    let sheet = sheet(&person(None, handling));
    assert!(sheet.open[0].starts_with("A rule has a condition that callrules does not know."));
}

/// A name cannot become a part of the page.
#[test]
fn names_are_only_text() {
    let evil = "<script>alert(1)</script>\"' onload=x &amp;";
    let handling = CallHandling {
        rules: Some(vec![rule(evil, from(&["+16501111111"]), number("+1408"))]),
        ..office()
    };
    let pages = book_of(evil, person(Some(office()), handling));
    assert_eq!(pages.len(), 2);
    for page in &pages {
        let html = &page.html;
        assert!(!html.to_lowercase().contains("<script"), "{}", page.name);
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;"),
            "{}",
            page.name
        );
        assert!(html.contains("&amp;amp;"), "{}", page.name);
        for word in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!html.contains(word), "{} asks for {word}", page.name);
        }
        assert!(names::is_page(&page.name), "{}", page.name);
    }
}

#[test]
fn the_same_makes_the_same_pages() {
    let make = || {
        book_of(
            "Alex Morgan",
            person(Some(CallHandling::default()), office()),
        )
    };
    assert_eq!(make(), make());
}

/// The words of a page, as somebody hears them who cannot see it.
#[test]
fn a_page_reads_well() {
    let pages = book_of("Alex Morgan", person(None, office()));
    let (_, body) = pages[1].html.split_once("<body").unwrap();
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        let (tag, words) = part.split_once('>').unwrap();
        let is_inline = ["b", "/b", "span", "/span", "a", "/a"]
            .iter()
            .any(|name| tag.split(' ').next() == Some(name));
        text += if is_inline { "" } else { "\n" };
        text += words;
    }
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}
