//! Tests of the marks for differences and unknown parts.

use super::*;
use crate::model::{DesiredState, DesiredUser, PrunePolicy, UnmanagedPolicy};
use crate::simulate::UndeclaredPart;

#[test]
fn differences_are_marked_on_both_sides() {
    let mut before = office_handling();
    before.rules = Some(Vec::new());
    let page = user_page(&report_user(Some(before), office_handling()));
    assert_eq!(page.difference(), Some(PageDifference::Noticed));
    let [others, vips] = &page.groups[..] else {
        panic!("{:#?}", page.groups);
    };
    let monday = |calendar: &CallCalendar| describe_row(&page, &calendar.week[0]);
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
    let new = page
        .decision_order
        .rules
        .iter()
        .filter(|step| step.before.is_none());
    assert_eq!(new.count(), 2);
}

#[test]
fn equal_sides_have_no_marks() {
    let page = user_page(&report_user(Some(office_handling()), office_handling()));
    assert_eq!(page.difference(), Some(PageDifference::None));
    assert!(page.groups.iter().all(|group| group.before.is_none()));
    assert!(page.decision_order.rules.iter().all(DecisionStep::is_same));
}

#[test]
fn undeclared_parts_are_marked() {
    let desired = DesiredUser {
        id: ExtensionId("1001".to_owned()),
        rules: None,
        unmanaged_policy: UnmanagedPolicy {
            prune: PrunePolicy::All,
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
    let declared = PartialHandling::from_declaration(&desired, "users/alex.yaml");
    assert!(
        declared.is_undeclared(UndeclaredPart::Rules)
            && declared.is_undeclared(UndeclaredPart::Agent)
    );
    assert!(!declared.is_undeclared(UndeclaredPart::Schedule(StateId::WORK_HOURS)));
    let page = user_page(&ReportUser {
        undeclared_handling: Vec::new(),
        desired: declared,
        ..report_user(None, CallHandling::default())
    });
    let entries: Vec<(LegendKind, &str)> = page
        .legend
        .iter()
        .map(|entry| (entry.kind, entry.text.as_str()))
        .collect();
    assert_eq!(
        entries,
        [
            (
                LegendKind::Undeclared,
                "as on the account (after hours; not set in the files)"
            ),
            (
                LegendKind::Undeclared,
                "as on the account (work hours; not set in the files)"
            ),
        ]
    );
    assert!(page.undeclared[0].starts_with("The files do not declare interaction rules."));
}

#[test]
fn unknown_condition_is_mentioned() {
    let odd = RuleConditions {
        other: vec![serde_json::json!({ "type": "Presence" })],
        ..calls_from(&["+16501111111"])
    };
    let handling = CallHandling {
        rules: Some(vec![rule("Odd", odd, voicemail())]),
        ..office_handling()
    };
    let page = user_page(&report_user(None, handling));
    assert!(page.undeclared[0].starts_with("A rule has a condition that callrules does not know."));
}
