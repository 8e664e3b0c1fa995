//! If the comparison of models finds that a rule or state satisfies a declaration, encoding the
//! declaration over its body changes nothing.

use callrules::api::encode::{self, RequiredFields};
use callrules::api::{RawBody, decode};
use callrules::model::{RingTarget, RuleDefinition, StateId};
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
        let updated = encode::interaction_rule_body(Some(&created), &patch, &owner(), RequiredFields::Add);
        for body in [Some(created), updated.ok()].into_iter().flatten() {
            let body = add_confusable_parts(respell_as_service(body), confusable);
            let known = decode::interaction_rule(&body, &owner());
            for wanted in [&rule, &patch, &other, &known, &remove_names(&known)] {
                if known.satisfies(wanted) {
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
        let encode = |live: Option<&RawBody>, wanted, fill| encode::state_rule_body(&id, live, wanted, &owner(), fill);
        let read = |body: &RawBody| decode::state_dispatching(body, &owner());
        if let Ok(body) = encode(None, &live, RequiredFields::Add) {
            let body = add_confusable_parts(respell_as_service(body), confusable);
            let known = read(&body);
            for wanted in [&live, &wanted, &known] {
                if known.satisfies(wanted) {
                    let patched = encode(Some(&body), wanted, RequiredFields::Omit).unwrap();
                    prop_assert_eq!(read(&patched), known.clone());
                }
            }
        }
    }
}

/// Adds parts that a comparison could confuse: a silent copy of a group, groups in another order, a
/// caller with two names, and an unknown condition.
fn add_confusable_parts(
    mut body: RawBody,
    [silent, reordered, caller, unknown]: [bool; 4],
) -> RawBody {
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
fn remove_names(rule: &RuleDefinition) -> RuleDefinition {
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
