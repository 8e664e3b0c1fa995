//! The effective configuration of a user: the user file, which loading has merged with its
//! profiles, merged with the settings, and with references to calendars and contacts replaced by
//! their dates and numbers.

use std::collections::HashSet;
use std::sync::Arc;

use super::load::SETTINGS_FILE;
use super::merge::merge_profile;
use super::references::{CALENDARS, CONTACTS, ReferencedFileKind};
use super::repository::Repository;
use crate::yaml::{YamlNode, YamlValue};

impl Repository {
    /// Returns a user file that depends on no other file. Every node keeps its original span.
    pub fn effective_config(&self, file: &str) -> Option<Arc<YamlNode>> {
        let user = self.load_node(file)?.without_key("profiles");
        let settings = (self.load_node(SETTINGS_FILE)?).retain_keys(&["prune", "ignore", "allow"]);
        let expanded = merge_profile(&user, &settings).map_values("interactionRules", |rule| {
            rule.map_value("conditions", |conditions| {
                conditions
                    .map_value("callerIds", |callers| self.expand_callers(callers))
                    .map_value("schedule", |schedule| self.expand_schedule(schedule))
            })
        });
        Some(expanded.map_values("states", |state| {
            state.map_value("schedule", |schedule| self.expand_schedule(schedule))
        }))
    }

    /// Replaces lists of contacts by their entries. Keeps the first entry of each phone number.
    fn expand_callers(&self, callers: &Arc<YamlNode>) -> Arc<YamlNode> {
        let YamlValue::List(items) = &callers.value else {
            return callers.clone();
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            let name = item.get(CONTACTS.key).and_then(YamlNode::as_str);
            let list = name.and_then(|name| self.load_referenced(&CONTACTS, name));
            match list.as_ref().map(|list| &list.value) {
                Some(YamlValue::List(contacts)) => all.extend(contacts.iter().cloned()),
                _ => all.push(item.clone()),
            }
        }
        let mut seen = HashSet::new();
        all.retain(|caller| {
            let number = caller.get("phoneNumber").unwrap_or(caller).as_str();
            number.is_none_or(|number| seen.insert(number.to_owned()))
        });
        YamlNode::new(YamlValue::List(all), callers.span.clone())
    }

    /// Moves the dates of the referenced calendars into the `ranges` of a schedule.
    fn expand_schedule(&self, schedule: &Arc<YamlNode>) -> Arc<YamlNode> {
        let Some((key, names)) = schedule.get_key_value(CALENDARS.key) else {
            return schedule.clone();
        };
        let mut dates = Vec::new();
        for name in names.as_str_list() {
            let calendar = self.load_referenced(&CALENDARS, name);
            if let Some(YamlValue::Map(days)) = calendar.as_ref().map(|file| &file.value) {
                for (_, day) in days {
                    match &day.value {
                        YamlValue::List(all) => dates.extend(all.iter().cloned()),
                        _ => dates.push(day.clone()),
                    }
                }
            }
        }
        add_ranges(&schedule.without_key(CALENDARS.key), key, dates)
    }

    fn load_referenced(&self, kind: &ReferencedFileKind, name: &str) -> Option<Arc<YamlNode>> {
        self.load_node(&self.referenced_path(kind, name)?)
    }
}

/// Adds dates to the `ranges` of a schedule. New `ranges` get the span of the `calendar` key.
fn add_ranges(
    schedule: &Arc<YamlNode>,
    calendar: &YamlNode,
    mut dates: Vec<Arc<YamlNode>>,
) -> Arc<YamlNode> {
    let YamlValue::Map(entries) = &schedule.value else {
        return schedule.clone();
    };
    if schedule.get("ranges").is_some() {
        return schedule.map_value("ranges", |ranges| {
            if let YamlValue::List(own) = &ranges.value {
                dates.splice(0..0, own.iter().cloned());
            }
            YamlNode::new(YamlValue::List(dates), ranges.span.clone())
        });
    }
    let key = YamlValue::Scalar {
        text: "ranges".to_owned(),
        is_plain: true,
    };
    let key = YamlNode::new(key, calendar.span.clone());
    let dates = YamlNode::new(YamlValue::List(dates), calendar.span.clone());
    let entries = entries.iter().cloned().chain([(key, dates)]).collect();
    YamlNode::new(YamlValue::Map(entries), schedule.span.clone())
}
