//! What is marked as different, and what nobody can know.

use super::*;
use crate::model::{DesiredState, DesiredUser, Ownership, Prune};

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
