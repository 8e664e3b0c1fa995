//! Validates calendars and contacts, and the references to them in user files.

use std::collections::HashMap;

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
    let mut findings = Vec::new();
    if days.is_empty() {
        let finding = ConfigFinding::new(
            DiagnosticCode::EmptyList,
            YamlPath::root(),
            "this calendar is empty",
        );
        findings.push(finding.with_help("add a day: `Christmas Day: 2026-12-25`"));
    }
    for (name, dates) in days {
        let at = YamlPath::root().key(name);
        if dates.all().is_empty() {
            let finding = ConfigFinding::new(
                DiagnosticCode::EmptyList,
                at.clone(),
                "this day has no dates",
            );
            findings.push(finding.with_help("add a date, or remove the day"));
        }
        for (index, range) in dates.all().iter().enumerate() {
            if let Shorthand::Form(CalendarDates { start, end }) = range {
                let at = match dates {
                    OneOrMany::One(_) => at.clone(),
                    OneOrMany::Many(_) => at.item(index),
                };
                require_order(Some(start), Some(end), &at, &mut findings);
            }
        }
    }
    findings
}

/// Validates a list of contacts. Works on the YAML tree instead of the parsed value, so that a
/// finding can refer to the lines of both duplicates.
pub(in crate::config) fn validate_contacts(file: &YamlNode) -> Vec<ConfigFinding> {
    let YamlValue::List(contacts) = &file.value else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if contacts.is_empty() {
        let finding = ConfigFinding::new(
            DiagnosticCode::EmptyList,
            YamlPath::root(),
            "this list of contacts is empty",
        );
        findings.push(finding.with_help("add callers, or remove the file"));
    }
    let mut first: HashMap<&str, &YamlNode> = HashMap::new();
    for (index, contact) in contacts.iter().enumerate() {
        let at = YamlPath::root().item(index);
        let (number, at) = match contact.get("phoneNumber") {
            Some(number) => (number, at.key("phoneNumber").value()),
            None => (&**contact, at),
        };
        let Some(text) = number.as_str() else {
            continue;
        };
        if let Some(other) = first.get(text) {
            let (line, _) = other.span.line_column();
            let message = format!("`{text}` is listed twice");
            let finding = ConfigFinding::new(DiagnosticCode::Repeated, at, message);
            let finding = finding.with_label(format!("first on line {line}"));
            findings.push(finding.with_help("remove one of them"));
        } else {
            first.insert(text, number);
        }
    }
    findings
}

/// Reports references in a user file to calendars or contacts that do not exist.
pub(in crate::config) fn validate_references(
    file: &UserFile,
    files: &ReferencedFiles,
) -> Vec<ConfigFinding> {
    let mut findings = Vec::new();
    let root = YamlPath::root();
    for (name, rule) in file.interaction_rules.iter().flatten() {
        let Some(conditions) = rule.as_ref().and_then(|rule| rule.conditions.as_ref()) else {
            continue;
        };
        let at = root.key("interactionRules").key(name).key("conditions");
        for (index, caller) in conditions.caller_ids.iter().flatten().enumerate() {
            if let Shorthand::Form(CallerIdForm {
                contacts: Some(list),
                ..
            }) = caller
            {
                let at = at.key("callerIds").item(index).key(CONTACTS.key).value();
                findings.extend(CONTACTS.unknown_name_finding(&list.0, &files.contacts, at));
            }
        }
        if let Some(schedule) = &conditions.schedule {
            validate_calendar_references(schedule, files, &at.key("schedule"), &mut findings);
        }
    }
    // No other state supports dates.
    let state = file
        .states
        .as_ref()
        .and_then(|states| states.forward_all_calls.as_ref());
    if let Some(Shorthand::Form(schedule)) = state.and_then(|state| state.schedule.as_ref()) {
        let at = root.key("states").key(StateId::FORWARD_ALL_CALLS);
        validate_calendar_references(schedule, files, &at.key("schedule"), &mut findings);
    }
    findings
}

fn validate_calendar_references(
    schedule: &ScheduleSpec,
    files: &ReferencedFiles,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let Some(names) = &schedule.calendar else {
        return;
    };
    let at = at.key(CALENDARS.key);
    for (index, name) in names.all().iter().enumerate() {
        let at = match names {
            OneOrMany::One(_) => at.value(),
            OneOrMany::Many(_) => at.item(index),
        };
        findings.extend(CALENDARS.unknown_name_finding(&name.0, &files.calendars, at));
    }
}
