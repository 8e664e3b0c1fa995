//! Calendars and contacts: the files themselves, and the names of them that user files say.

use std::collections::HashMap;

use super::schedule::in_order;
use crate::config::Finding;
use crate::config::shared::{CALENDARS, CONTACTS, Shared};
use crate::config::types::{
    Calendar, CalendarDates, CallerIdForm, OneOrMany, Schedule, Shape, UserFile,
};
use crate::diagnostic::Code;
use crate::model::StateId;
use crate::yaml::{Node, Path, Value};

/// What is wrong with a calendar.
pub(in crate::config) fn calendar(Calendar(days): &Calendar) -> Vec<Finding> {
    let mut found = Vec::new();
    if days.is_empty() {
        let finding = Finding::new(Code::EmptyList, Path::top(), "this calendar has no days");
        found.push(finding.help("write a day: `Christmas Day: 2026-12-25`"));
    }
    for (name, dates) in days {
        let at = Path::top().key(name);
        if dates.all().is_empty() {
            let finding = Finding::new(Code::EmptyList, at.clone(), "this day has no dates");
            found.push(finding.help("add a date, or remove the day"));
        }
        for (index, range) in dates.all().iter().enumerate() {
            if let Shape::Form(CalendarDates { start, end }) = range {
                let at = match dates {
                    OneOrMany::One(_) => at.clone(),
                    OneOrMany::Many(_) => at.item(index),
                };
                in_order(Some(start), Some(end), &at, &mut found);
            }
        }
    }
    found
}

/// What is wrong with contacts. Looks at the file, not at what was read of it, so that it can tell two
/// lines apart.
pub(in crate::config) fn contacts(file: &Node) -> Vec<Finding> {
    let Value::List(contacts) = &file.value else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if contacts.is_empty() {
        let finding = Finding::new(Code::EmptyList, Path::top(), "this lists nobody");
        found.push(finding.help("list callers, or remove the file"));
    }
    let mut first: HashMap<&str, &Node> = HashMap::new();
    for (index, contact) in contacts.iter().enumerate() {
        let at = Path::top().item(index);
        let (number, at) = match contact.entry("phoneNumber") {
            Some(number) => (number, at.key("phoneNumber").value()),
            None => (&**contact, at),
        };
        let Some(text) = number.text() else { continue };
        if let Some(other) = first.get(text) {
            let (line, _) = other.place.line_column();
            let message = format!("`{text}` is listed twice");
            let finding = Finding::new(Code::Repeated, at, message);
            let finding = finding.label(format!("first in line {line}"));
            found.push(finding.help("remove one of the two"));
        } else {
            first.insert(text, number);
        }
    }
    found
}

/// The names that a user file says and no calendar or list of contacts has.
pub(in crate::config) fn names(file: &UserFile, shared: &Shared) -> Vec<Finding> {
    let mut found = Vec::new();
    let top = Path::top();
    for (name, rule) in file.interaction_rules.iter().flatten() {
        let Some(conditions) = rule.as_ref().and_then(|rule| rule.conditions.as_ref()) else {
            continue;
        };
        let at = top.key("interactionRules").key(name).key("conditions");
        for (index, caller) in conditions.caller_ids.iter().flatten().enumerate() {
            if let Shape::Form(CallerIdForm {
                contacts: Some(list),
                ..
            }) = caller
            {
                let at = at.key("callerIds").item(index).key(CONTACTS.key).value();
                found.extend(CONTACTS.unknown(&list.0, &shared.contacts, at));
            }
        }
        if let Some(schedule) = &conditions.schedule {
            calendars(schedule, shared, &at.key("schedule"), &mut found);
        }
    }
    // No other state takes dates.
    let state = file
        .states
        .as_ref()
        .and_then(|states| states.forward_all_calls.as_ref());
    if let Some(Shape::Form(schedule)) = state.and_then(|state| state.schedule.as_ref()) {
        let at = top.key("states").key(StateId::FORWARD_ALL_CALLS);
        calendars(schedule, shared, &at.key("schedule"), &mut found);
    }
    found
}

fn calendars(schedule: &Schedule, shared: &Shared, at: &Path, found: &mut Vec<Finding>) {
    let Some(names) = &schedule.calendar else {
        return;
    };
    let at = at.key(CALENDARS.key);
    for (index, name) in names.all().iter().enumerate() {
        let at = match names {
            OneOrMany::One(_) => at.value(),
            OneOrMany::Many(_) => at.item(index),
        };
        found.extend(CALENDARS.unknown(&name.0, &shared.calendars, at));
    }
}
