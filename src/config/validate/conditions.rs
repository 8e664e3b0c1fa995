//! Validates the conditions of an interaction rule.

use super::helpers::Place;
use super::numbers::validate_number;
use super::schedule;
use crate::config::types::{
    CONDITION_TYPES_WITH_KEYS, CallerIdForm, CallerIdSpec, ConditionsSpec, Shorthand,
};
use crate::diagnostic::DiagnosticCode;

pub(super) fn validate_conditions(conditions: &ConditionsSpec, at: &mut Place<'_>) {
    let ConditionsSpec {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = conditions;
    let has_numbers = caller_ids.is_some() || called_numbers.is_some();
    if !has_numbers && schedule.is_none() && state.is_none() && other.is_none() {
        at.report(DiagnosticCode::NoConditions, "this rule has no conditions")
            .label("which calls should it match?")
            .help("add `callerIds:`, `calledNumbers:` or `schedule:`");
    }
    if state.is_some() && !has_numbers {
        let message = "a state condition requires `callerIds` or `calledNumbers` as well";
        at.key("state")
            .report(DiagnosticCode::StateOnlyCondition, message)
            .label("RingCentral never evaluates a state condition on its own")
            .help(
                "add `callerIds:` or `calledNumbers:`; if the rule depends only on the time of day, \
                 use `schedule:`, or change the state itself under `states:`",
            );
    }
    if let Some(callers) = caller_ids {
        validate_callers(callers, &mut at.key("callerIds"));
    }
    if let Some(called) = called_numbers {
        let mut at = at.key("calledNumbers");
        at.require_unique(called.iter().map(|number| Some(number.0.as_str())));
        for (index, number) in called.iter().enumerate() {
            validate_number(&number.0, &mut at.item(index));
        }
        require_numbers("calledNumbers", called.is_empty(), &mut at);
    }
    if let Some(declared) = schedule {
        schedule::validate_rule_schedule(declared, &mut at.key("schedule"));
    }
    at.validate_raw_items("other", other.as_deref(), CONDITION_TYPES_WITH_KEYS);
}

fn validate_callers(callers: &[CallerIdSpec], at: &mut Place<'_>) {
    let mut names = Vec::with_capacity(callers.len());
    for (index, caller) in callers.iter().enumerate() {
        names.push(match caller {
            Shorthand::Keyword(number) => {
                validate_number(&number.0, &mut at.item(index));
                Some(number.0.as_str())
            }
            Shorthand::Map(CallerIdForm {
                phone_number,
                name,
                contacts,
            }) => {
                let mut at = at.item(index);
                let number = ("phoneNumber", phone_number.is_some());
                at.require_one_key(&[number, ("contacts", contacts.is_some())]);
                at.require_with(("name", name.is_some()), number);
                if let Some(number) = phone_number {
                    validate_number(&number.0, &mut at.key("phoneNumber"));
                }
                let list = contacts.as_ref().map(|list| list.0.as_str());
                phone_number.as_ref().map(|n| n.0.as_str()).or(list)
            }
            Shorthand::Raw(never) => match *never {},
        });
    }
    at.require_unique(names.into_iter());
    require_numbers("callerIds", callers.is_empty(), at);
}

fn require_numbers(key: &str, is_empty: bool, at: &mut Place<'_>) {
    if is_empty {
        let message = format!("an empty `{key}` would match every call");
        at.report(DiagnosticCode::Empty, message)
            .help("list numbers, or remove the key");
    }
}
