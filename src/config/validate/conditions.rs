//! The conditions of an interaction rule.

use std::collections::HashSet;

use super::schedule;
use super::targets::{exactly_one_key, requires_key};
use crate::config::ConfigFinding;
use crate::config::types::{
    CONDITIONS_WITH_WORDS, CallerIdForm, ConditionsSpec, RawJson, Shorthand,
};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

pub(super) fn validate_conditions(
    conditions: &ConditionsSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let ConditionsSpec {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = conditions;
    let has_numbers = caller_ids.is_some() || called_numbers.is_some();
    if !has_numbers && schedule.is_none() && state.is_none() && other.is_none() {
        findings.push(
            ConfigFinding::new(
                DiagnosticCode::NoConditions,
                at.clone(),
                "this rule has no conditions",
            )
            .with_label("which calls should it match?")
            .with_help("add `callerIds:`, `calledNumbers:` or `schedule:`"),
        );
    }
    if state.is_some() && !has_numbers {
        findings.push(
            ConfigFinding::new(
                DiagnosticCode::StateOnlyCondition,
                at.key("state"),
                "a state condition requires `callerIds` or `calledNumbers` as well",
            )
            .with_label("RingCentral never evaluates a state condition on its own")
            .with_help(
                "add `callerIds:` or `calledNumbers:`; if the rule depends only on the time of day, \
                 use `schedule:`, or change the state itself under `states:`",
            ),
        );
    }
    if let Some(callers) = caller_ids {
        for (index, caller) in callers.iter().enumerate() {
            if let Shorthand::Form(form) = caller {
                validate_caller_id(form, &at.key("callerIds").item(index), findings);
            }
        }
        let numbers = callers.iter().map(|caller| match caller {
            Shorthand::Word(number) => Some(number.0.as_str()),
            Shorthand::Form(CallerIdForm {
                phone_number,
                contacts,
                ..
            }) => {
                let list = contacts.as_ref().map(|list| list.0.as_str());
                phone_number.as_ref().map(|n| n.0.as_str()).or(list)
            }
            Shorthand::Api(never) => match *never {},
        });
        check_unique("callerIds", numbers, at, findings);
    }
    if let Some(called) = called_numbers {
        check_unique(
            "calledNumbers",
            called.iter().map(|n| Some(n.0.as_str())),
            at,
            findings,
        );
    }
    if let Some(declared) = schedule {
        schedule::validate_rule_schedule(declared, &at.key("schedule"), findings);
    }
    if let Some(other) = other {
        check_raw_items("other", other, CONDITIONS_WITH_WORDS, at, findings);
    }
}

fn validate_caller_id(form: &CallerIdForm, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    let CallerIdForm {
        phone_number,
        name,
        contacts,
    } = form;
    let choices = [
        ("phoneNumber", phone_number.is_some()),
        ("contacts", contacts.is_some()),
    ];
    exactly_one_key(&choices, at, findings);
    let is_number = phone_number.is_some();
    requires_key(
        "name",
        name.is_some(),
        "phoneNumber",
        is_number,
        at,
        findings,
    );
}

fn check_unique<'a>(
    key: &str,
    values: impl Iterator<Item = Option<&'a str>>,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let at = at.key(key);
    let mut seen = HashSet::new();
    let mut is_empty = true;
    for (index, number) in values.enumerate() {
        is_empty = false;
        let Some(number) = number else { continue };
        if !seen.insert(number) {
            let message = format!("`{number}` is listed twice");
            let finding = ConfigFinding::new(DiagnosticCode::Repeated, at.item(index), message);
            findings.push(finding.with_help("remove one of them"));
        }
    }
    if is_empty {
        let message = format!("an empty `{key}` would match every call");
        findings.push(
            ConfigFinding::new(DiagnosticCode::EmptyList, at, message)
                .with_help("list numbers, or remove the key"),
        );
    }
}

/// Reports names that a list contains twice.
pub(super) fn check_duplicates<'a>(
    names: impl Iterator<Item = &'a str>,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            let message = format!("`{name}` is listed twice");
            let finding = ConfigFinding::new(DiagnosticCode::Repeated, at.item(index), message);
            findings.push(finding.with_help("remove one of them"));
        }
    }
}

/// Validates items in the API's own form. Items that have a shorthand must use it.
pub(super) fn check_raw_items(
    key: &str,
    items: &[RawJson],
    with_shorthand: &[&str],
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let at = at.key(key);
    if items.is_empty() {
        let finding = ConfigFinding::new(
            DiagnosticCode::EmptyList,
            at.clone(),
            format!("`{key}` is empty"),
        );
        findings.push(finding.with_help("remove the key"));
    }
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        require_type(item, &at, findings);
        if let Some(kind) = item.kind().filter(|kind| with_shorthand.contains(kind)) {
            let message = format!("`{kind}` has a shorthand");
            findings.push(
                ConfigFinding::new(DiagnosticCode::PreferShorthand, at, message).with_help(
                    "use the shorthand; the API's form is only for settings that have none",
                ),
            );
        }
    }
}

/// Requires the `type` key, by which the API distinguishes its objects.
pub(super) fn require_type(item: &RawJson, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    if item.kind().is_none() {
        let message = "the API's form requires a `type` that is text";
        findings.push(ConfigFinding::new(
            DiagnosticCode::MissingKey,
            at.clone(),
            message,
        ));
    }
}
