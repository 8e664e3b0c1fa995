//! Validates calendars and contacts, and the references to them in user files.

use std::collections::HashMap;

use super::helpers::Place;
use super::schedule::require_order;
use crate::config::ConfigFinding;
use crate::config::references::{CALENDARS, CONTACTS, ReferencedFiles};
use crate::config::types::{
    CalendarDates, CalendarFile, CallerIdForm, OneOrMany, ScheduleSpec, Shorthand, UserFile,
};
use crate::diagnostic::DiagnosticCode;
use crate::model::StateId;
use crate::yaml::{YamlNode, YamlPath, YamlValue};

/// Validates the days of a calendar.
pub(in crate::config) fn validate_calendar(
    CalendarFile(days): &CalendarFile,
) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        if days.is_empty() {
            root.report(DiagnosticCode::Empty, "this calendar is empty")
                .help("add a day: `Christmas Day: 2026-12-25`");
        }
        for (name, dates) in days {
            let mut at = root.key(name);
            if dates.all().is_empty() {
                at.report(DiagnosticCode::Empty, "this day has no dates")
                    .help("add a date, or remove the day");
            }
            for (index, range) in dates.all().iter().enumerate() {
                if let Shorthand::Map(CalendarDates { start, end }) = range {
                    let mut at = match dates {
                        OneOrMany::One(_) => at.here(),
                        OneOrMany::Many(_) => at.item(index),
                    };
                    require_order(Some(start), Some(end), &mut at);
                }
            }
        }
    })
}

/// Validates a list of contacts. Works on the YAML tree instead of the parsed value, so that a
/// finding can refer to the lines of both duplicates.
pub(in crate::config) fn validate_contacts(file: &YamlNode) -> Vec<ConfigFinding> {
    let YamlValue::List(contacts) = &file.value else {
        return Vec::new();
    };
    Place::collect(|root| {
        if contacts.is_empty() {
            root.report(DiagnosticCode::Empty, "this list of contacts is empty")
                .help("add callers, or remove the file");
        }
        let mut first: HashMap<&str, &YamlNode> = HashMap::new();
        for (index, contact) in contacts.iter().enumerate() {
            let own_number = contact.get("phoneNumber");
            let number = own_number.unwrap_or(contact);
            let Some(text) = number.as_str() else {
                continue;
            };
            if let Some(other) = first.get(text) {
                let (line, _) = other.span.line_column();
                let item = YamlPath::root().item(index);
                let at = match own_number {
                    Some(_) => item.key("phoneNumber").value(),
                    None => item,
                };
                let message = format!("`{text}` is listed twice");
                root.at(at)
                    .report(DiagnosticCode::DuplicateValue, message)
                    .label(format!("first on line {line}"))
                    .help("remove one of them");
            } else {
                first.insert(text, number);
            }
        }
    })
}

/// Reports references in a user file to calendars or contacts that do not exist.
pub(in crate::config) fn validate_references(
    file: &UserFile,
    files: &ReferencedFiles,
) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        for (name, rule) in file.interaction_rules.iter().flatten() {
            let Some(conditions) = rule.as_ref().and_then(|rule| rule.conditions.as_ref()) else {
                continue;
            };
            let mut rules = root.key("interactionRules");
            let mut rule = rules.key(name);
            let mut at = rule.key("conditions");
            for (index, caller) in conditions.caller_ids.iter().flatten().enumerate() {
                if let Shorthand::Map(CallerIdForm {
                    contacts: Some(list),
                    ..
                }) = caller
                {
                    let path = at.path().key("callerIds").item(index).key(CONTACTS.key);
                    let all = &files.contacts;
                    at.extend(CONTACTS.unknown_name_finding(&list.0, all, path.value()));
                }
            }
            if let Some(schedule) = &conditions.schedule {
                validate_calendar_references(schedule, files, &mut at.key("schedule"));
            }
        }
        // No other state supports dates.
        let states = file.states.as_ref();
        let state = states.and_then(|states| states.forward_all_calls.as_ref());
        if let Some(Shorthand::Map(schedule)) = state.and_then(|state| state.schedule.as_ref()) {
            let mut states = root.key("states");
            let mut state = states.key(StateId::FORWARD_ALL_CALLS);
            validate_calendar_references(schedule, files, &mut state.key("schedule"));
        }
    })
}

fn validate_calendar_references(
    schedule: &ScheduleSpec,
    files: &ReferencedFiles,
    at: &mut Place<'_>,
) {
    let Some(names) = &schedule.calendar else {
        return;
    };
    let path = at.path().key(CALENDARS.key);
    for (index, name) in names.all().iter().enumerate() {
        let path = match names {
            OneOrMany::One(_) => path.value(),
            OneOrMany::Many(_) => path.item(index),
        };
        at.extend(CALENDARS.unknown_name_finding(&name.0, &files.calendars, path));
    }
}
