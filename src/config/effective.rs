//! The effective configuration of a user: the user file merged with settings and profiles, with
//! references to calendars and contacts replaced by their dates and numbers.

use std::collections::HashSet;
use std::sync::Arc;

use super::files;
use super::load::{Repository, SETTINGS_FILE, parse_file};
use super::merge::merge_profile;
use super::references::{CALENDARS, CONTACTS, ReferencedFileKind};
use crate::yaml::{YamlNode, YamlValue};

/// The path of a file that could be read once, but not again.
#[derive(Debug, PartialEq, Eq)]
pub struct VanishedFile(pub String);

impl Repository {
    /// Returns a user file that depends on no other file. Every node keeps its original span.
    ///
    /// # Errors
    /// Returns an error if a file was deleted after the repository was loaded.
    pub fn effective_config(&self, file: &str) -> Result<Arc<YamlNode>, VanishedFile> {
        let vanished = || VanishedFile(file.to_owned());
        let user = self.load_node(file).ok_or_else(vanished)?;
        let settings = self
            .reread(SETTINGS_FILE)?
            .retain_keys(&["prune", "ignore", "allow"]);
        let merged = merge_profile(&user.without_key("profiles"), &settings);
        let expanded = merged.map_values("interactionRules", |rule| {
            rule.map_value("conditions", |conditions| {
                let conditions =
                    conditions.map_value("callerIds", |callers| self.expand_callers(callers))?;
                conditions.map_value("schedule", |schedule| self.expand_schedule(schedule))
            })
        })?;
        expanded.map_values("states", |state| {
            state.map_value("schedule", |schedule| self.expand_schedule(schedule))
        })
    }

    /// Replaces lists of contacts by their entries. Keeps the first entry of each phone number.
    fn expand_callers(&self, callers: &Arc<YamlNode>) -> Result<Arc<YamlNode>, VanishedFile> {
        let YamlValue::List(items) = &callers.value else {
            return Ok(callers.clone());
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            match item.get(CONTACTS.key).and_then(YamlNode::as_str) {
                Some(name) => match &self.read_referenced(&CONTACTS, name)?.value {
                    YamlValue::List(contacts) => all.extend(contacts.iter().cloned()),
                    _ => all.push(item.clone()),
                },
                None => all.push(item.clone()),
            }
        }
        let mut seen = HashSet::new();
        all.retain(|caller| {
            let number = caller.get("phoneNumber").unwrap_or(caller).as_str();
            number.is_none_or(|number| seen.insert(number.to_owned()))
        });
        Ok(YamlNode::new(YamlValue::List(all), callers.span.clone()))
    }

    /// Moves the dates of the referenced calendars into the `ranges` of a schedule.
    fn expand_schedule(&self, schedule: &Arc<YamlNode>) -> Result<Arc<YamlNode>, VanishedFile> {
        let Some((key, names)) = schedule.get_key_value(CALENDARS.key) else {
            return Ok(schedule.clone());
        };
        let mut dates = Vec::new();
        for name in names.as_str_list() {
            if let YamlValue::Map(days) = &self.read_referenced(&CALENDARS, name)?.value {
                for (_, day) in days {
                    match &day.value {
                        YamlValue::List(all) => dates.extend(all.iter().cloned()),
                        _ => dates.push(day.clone()),
                    }
                }
            }
        }
        let rest = schedule.without_key(CALENDARS.key);
        Ok(add_ranges(&rest, key, dates))
    }

    /// Reads a referenced file again.
    fn read_referenced(
        &self,
        kind: &ReferencedFileKind,
        name: &str,
    ) -> Result<Arc<YamlNode>, VanishedFile> {
        let extensions = kind.file_extensions.iter();
        let mut paths = extensions.map(|extension| format!("{}/{name}.{extension}", kind.folder));
        let path = paths.find(|path| self.root().join(path).exists());
        self.reread(&path.ok_or_else(|| VanishedFile(format!("{}/{name}", kind.folder)))?)
    }

    fn reread(&self, path: &str) -> Result<Arc<YamlNode>, VanishedFile> {
        let text = files::read_text(&self.root().join(path)).ok();
        text.and_then(|text| parse_file(path, text).0)
            .ok_or_else(|| VanishedFile(path.to_owned()))
    }
}

/// Adds dates to the `ranges` of a schedule. New `ranges` get the span of the `calendar` key.
fn add_ranges(
    schedule: &YamlNode,
    calendar: &YamlNode,
    mut dates: Vec<Arc<YamlNode>>,
) -> Arc<YamlNode> {
    let YamlValue::Map(entries) = &schedule.value else {
        return YamlNode::new(schedule.value.clone(), schedule.span.clone());
    };
    let mut entries = entries.clone();
    let existing = entries
        .iter_mut()
        .find(|(key, _)| key.as_str() == Some("ranges"));
    if let Some((_, ranges)) = existing {
        if let YamlValue::List(own) = &ranges.value {
            dates.splice(0..0, own.iter().cloned());
        }
        *ranges = YamlNode::new(YamlValue::List(dates), ranges.span.clone());
    } else {
        let key = YamlValue::Scalar {
            text: "ranges".to_owned(),
            is_plain: true,
        };
        let key = YamlNode::new(key, calendar.span.clone());
        let dates = YamlNode::new(YamlValue::List(dates), calendar.span.clone());
        entries.push((key, dates));
    }
    YamlNode::new(YamlValue::Map(entries), schedule.span.clone())
}
