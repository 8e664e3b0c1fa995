//! What is seen to be as declared in the model alone is not changed by laying the declaration over its body.

use callrules::model::{RingTarget, Rule, StateId};
use callrules::wire::lay::{self, Fill};
use callrules::wire::{Body, convert};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{as_the_service_says_it, differs, live, owner};
use crate::strategies::{dispatching, partial_rule, rule};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// What plainly is as declared stays as it is when the declaration is laid over it.
    #[test]
    fn what_plainly_is_as_declared_is_no_change(
        rule in rule().boxed(),
        laid in partial_rule().boxed(),
        other in partial_rule().boxed(),
        twins in any::<[bool; 4]>(),
    ) {
        let created = live(&rule);
        let updated = lay::interaction_rule(Some(&created), &laid, &owner(), Fill::Mandatory);
        for body in [Some(created), updated.ok()].into_iter().flatten() {
            let body = with_twins(as_the_service_says_it(body), twins);
            let known = convert::interaction_rule(&body, &owner());
            for wanted in [&rule, &laid, &other, &known, &without_names(&known)] {
                if known.plainly_meets(wanted) {
                    prop_assert!(!differs(&body, wanted), "{wanted:#?}");
                }
            }
        }
    }

    /// The same of what happens to calls in a state.
    #[test]
    fn a_state_that_plainly_is_as_declared_is_no_change(
        is in dispatching().boxed(),
        wanted in dispatching().boxed(),
        twins in any::<[bool; 4]>(),
        id in proptest::sample::select(vec!["dnd", "agent", "work-hours", "after-hours"]),
    ) {
        let id = StateId::from(id);
        let lay = |live: Option<&Body>, wanted, fill| lay::state_rule(&id, live, wanted, &owner(), fill);
        let read = |body: &Body| convert::state_dispatching(body, &owner());
        if let Ok(body) = lay(None, &is, Fill::Mandatory) {
            let body = with_twins(as_the_service_says_it(body), twins);
            let known = read(&body);
            for wanted in [&is, &wanted, &known] {
                if known.plainly_meets(wanted) {
                    let laid = lay(Some(&body), wanted, Fill::Nothing).unwrap();
                    prop_assert_eq!(read(&laid), known.clone());
                }
            }
        }
    }
}

/// Things that stand twice, where one could be taken for the other: a silent group before the one that rings, groups in
/// another order, a caller under two names, a condition that we do not know.
fn with_twins(mut body: Body, [silent, turned, caller, unknown]: [bool; 4]) -> Body {
    if let Some(Value::Array(actions)) = body
        .get_mut("dispatching")
        .and_then(|d| d.get_mut("actions"))
    {
        let is_group = |action: &Value| action["type"] == "RingGroupAction";
        if turned
            && let (Some(first), Some(last)) = (
                actions.iter().position(is_group),
                actions.iter().rposition(is_group),
            )
        {
            actions.swap(first, last);
        }
        if silent && let Some(at) = actions.iter().position(is_group) {
            let mut twin = actions[at].clone();
            twin["enabled"] = json!(false);
            twin["duration"] = json!(10);
            actions.insert(at, twin);
        }
    }
    if let Some(Value::Array(conditions)) = body.get_mut("conditions") {
        for condition in conditions.iter_mut().filter(|_| caller) {
            if let Some(Value::Array(from)) = condition.get_mut("from")
                && let Some(mut twin) = from.first().cloned()
            {
                twin["name"] = json!("A twin");
                from.push(twin);
            }
        }
        if unknown {
            conditions
                .push(json!({ "type": "State", "state": { "id": "dnd", "displayName": "DND" } }));
            conditions.push(json!({ "type": "Weather", "rain": true }));
        }
    }
    body
}

/// A rule that does not say what callers and numbers are called.
fn without_names(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    for caller in rule.conditions.iter_mut().flat_map(|c| &mut c.caller_ids) {
        caller.name = None;
    }
    let groups = rule
        .dispatching
        .iter_mut()
        .flat_map(|d| &mut d.ring)
        .flatten();
    for target in groups.flat_map(|group| &mut group.targets) {
        if let RingTarget::PhoneNumber { name, .. } = target {
            *name = None;
        }
    }
    rule
}
