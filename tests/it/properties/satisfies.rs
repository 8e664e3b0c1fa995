//! If the comparison of models finds that a rule or state satisfies a declaration, encoding the
//! declaration over its body changes nothing.

use callrules::model::{RingTarget, Rule, StateId};
use callrules::wire::lay::{self, Fill};
use callrules::wire::{Body, convert};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{encode_rule, needs_patch, owner, respell_as_service};
use crate::strategies::{dispatching, partial_rule, rule};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_that_satisfies_declaration_needs_no_patch(
        rule in rule().boxed(),
        patch in partial_rule().boxed(),
        other in partial_rule().boxed(),
        confusable in any::<[bool; 4]>(),
    ) {
        let created = encode_rule(&rule);
        let updated = lay::interaction_rule(Some(&created), &patch, &owner(), Fill::Mandatory);
        for body in [Some(created), updated.ok()].into_iter().flatten() {
            let body = add_confusable_parts(respell_as_service(body), confusable);
            let known = convert::interaction_rule(&body, &owner());
            for wanted in [&rule, &patch, &other, &known, &remove_names(&known)] {
                if known.plainly_meets(wanted) {
                    prop_assert!(!needs_patch(&body, wanted), "{wanted:#?}");
                }
            }
        }
    }

    #[test]
    fn state_that_satisfies_declaration_needs_no_patch(
        live in dispatching().boxed(),
        wanted in dispatching().boxed(),
        confusable in any::<[bool; 4]>(),
        id in proptest::sample::select(vec!["dnd", "agent", "work-hours", "after-hours"]),
    ) {
        let id = StateId::from(id);
        let encode = |live: Option<&Body>, wanted, fill| lay::state_rule(&id, live, wanted, &owner(), fill);
        let read = |body: &Body| convert::state_dispatching(body, &owner());
        if let Ok(body) = encode(None, &live, Fill::Mandatory) {
            let body = add_confusable_parts(respell_as_service(body), confusable);
            let known = read(&body);
            for wanted in [&live, &wanted, &known] {
                if known.plainly_meets(wanted) {
                    let patched = encode(Some(&body), wanted, Fill::Nothing).unwrap();
                    prop_assert_eq!(read(&patched), known.clone());
                }
            }
        }
    }
}

/// Adds parts that a comparison could confuse: a silent copy of a group, groups in another order, a
/// caller with two names, and an unknown condition.
fn add_confusable_parts(mut body: Body, [silent, reordered, caller, unknown]: [bool; 4]) -> Body {
    if let Some(Value::Array(actions)) = body
        .get_mut("dispatching")
        .and_then(|d| d.get_mut("actions"))
    {
        let is_group = |action: &Value| action["type"] == "RingGroupAction";
        if reordered
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

/// Removes the names of callers and numbers from a rule.
fn remove_names(rule: &Rule) -> Rule {
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
