//! The conditions of an interaction rule.

use std::collections::HashSet;

use super::schedule;
use super::targets::{choose_one, goes_with};
use crate::config::Finding;
use crate::config::types::{Api, CONDITIONS_WITH_WORDS, CallerIdForm, Conditions, Shape};
use crate::diagnostic::Code;
use crate::yaml::Path;

pub(super) fn check(conditions: &Conditions, at: &Path, found: &mut Vec<Finding>) {
    let Conditions {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = conditions;
    let numbers = caller_ids.is_some() || called_numbers.is_some();
    if !numbers && schedule.is_none() && state.is_none() && other.is_none() {
        found.push(
            Finding::new(Code::NoConditions, at.clone(), "a rule needs a condition")
                .label("which calls does it take?")
                .help("add `callerIds:`, `calledNumbers:` or `schedule:`"),
        );
    }
    if state.is_some() && !numbers {
        found.push(
            Finding::new(
                Code::StateAlone,
                at.key("state"),
                "a state condition needs a caller id or a called number beside it",
            )
            .label("RingCentral never evaluates this condition alone")
            .help(
                "add `callerIds:` or `calledNumbers:`; for a rule that only depends on the time of \
                 day use `schedule:`, or edit the state itself under `states:`",
            ),
        );
    }
    if let Some(callers) = caller_ids {
        for (index, caller) in callers.iter().enumerate() {
            if let Shape::Form(form) = caller {
                caller_id(form, &at.key("callerIds").item(index), found);
            }
        }
        let said = callers.iter().map(|caller| match caller {
            Shape::Word(number) => Some(number.0.as_str()),
            Shape::Form(CallerIdForm {
                phone_number,
                contacts,
                ..
            }) => {
                let list = contacts.as_ref().map(|list| list.0.as_str());
                phone_number.as_ref().map(|n| n.0.as_str()).or(list)
            }
            Shape::Api(never) => match *never {},
        });
        distinct("callerIds", said, at, found);
    }
    if let Some(called) = called_numbers {
        distinct(
            "calledNumbers",
            called.iter().map(|n| Some(n.0.as_str())),
            at,
            found,
        );
    }
    if let Some(declared) = schedule {
        schedule::interaction_rule(declared, &at.key("schedule"), found);
    }
    if let Some(other) = other {
        api_only("other", other, CONDITIONS_WITH_WORDS, at, found);
    }
}

fn caller_id(form: &CallerIdForm, at: &Path, found: &mut Vec<Finding>) {
    let CallerIdForm {
        phone_number,
        name,
        contacts,
    } = form;
    let said = [
        ("phoneNumber", phone_number.is_some()),
        ("contacts", contacts.is_some()),
    ];
    choose_one(&said, at, found);
    let is_number = phone_number.is_some();
    goes_with("name", name.is_some(), "phoneNumber", is_number, at, found);
}

fn distinct<'a>(
    key: &str,
    said: impl Iterator<Item = Option<&'a str>>,
    at: &Path,
    found: &mut Vec<Finding>,
) {
    let at = at.key(key);
    let mut seen = HashSet::new();
    let mut any = false;
    for (index, number) in said.enumerate() {
        any = true;
        let Some(number) = number else { continue };
        if !seen.insert(number) {
            let message = format!("`{number}` is listed twice");
            let finding = Finding::new(Code::Repeated, at.item(index), message);
            found.push(finding.help("remove one of the two"));
        }
    }
    if !any {
        let message = format!("`{key}` lists nobody, and so would mean everybody");
        found.push(
            Finding::new(Code::EmptyList, at, message).help("list numbers, or remove the key"),
        );
    }
}

/// Names that a list has twice.
pub(super) fn twice<'a>(names: impl Iterator<Item = &'a str>, at: &Path, found: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            let message = format!("`{name}` is listed twice");
            let finding = Finding::new(Code::Repeated, at.item(index), message);
            found.push(finding.help("remove one of the two"));
        }
    }
}

/// Things in the API's own form, which is only for what has no words here.
pub(super) fn api_only(
    key: &str,
    items: &[Api],
    with_words: &[&str],
    at: &Path,
    found: &mut Vec<Finding>,
) {
    let at = at.key(key);
    if items.is_empty() {
        let finding = Finding::new(
            Code::EmptyList,
            at.clone(),
            format!("`{key}` lists nothing"),
        );
        found.push(finding.help("remove the key"));
    }
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        has_type(item, &at, found);
        if let Some(kind) = item.kind().filter(|kind| with_words.contains(kind)) {
            let message = format!("`{kind}` has words of its own");
            found.push(
                Finding::new(Code::HasWords, at, message)
                    .help("the API's form is for what this language has no words for"),
            );
        }
    }
}

/// The API tells its things apart by a `type`.
pub(super) fn has_type(item: &Api, at: &Path, found: &mut Vec<Finding>) {
    if item.kind().is_none() {
        let message = "the API's own form needs a `type`, which is text";
        found.push(Finding::new(Code::MissingKey, at.clone(), message));
    }
}
