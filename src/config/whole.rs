//! What a user has in the end: the settings and profiles laid under the file, and the dates of calendars
//! and the numbers of contacts in the place of their names.

use std::collections::HashSet;
use std::sync::Arc;

use super::files;
use super::lay::lay;
use super::load::{Repository, SETTINGS, parse};
use super::shared::{CALENDARS, CONTACTS, Kind};
use crate::yaml::{Node, Value};

/// A file that was read, and cannot be read again.
#[derive(Debug, PartialEq, Eq)]
pub struct Gone(pub String);

impl Repository {
    /// A user file that needs no other. Every part keeps the place where it was written.
    ///
    /// # Errors
    /// Where a file has gone since the repository was read.
    pub fn whole(&self, file: &str) -> Result<Arc<Node>, Gone> {
        let gone = |path: &str| Gone(path.to_owned());
        let user = self.tree(file).ok_or_else(|| gone(file))?;
        let settings = self.read(SETTINGS)?.only(&["prune", "ignore", "allow"]);
        let user = lay(&user.without("profiles"), &settings);
        let user = user.with_each("interactionRules", |rule| {
            rule.with("conditions", |conditions| {
                let conditions = conditions.with("callerIds", |callers| self.callers(callers))?;
                conditions.with("schedule", |schedule| self.schedule(schedule))
            })
        })?;
        user.with_each("states", |state| {
            state.with("schedule", |schedule| self.schedule(schedule))
        })
    }

    /// Everybody who is listed, also by way of contacts. Of a number that comes twice the first counts.
    fn callers(&self, callers: &Arc<Node>) -> Result<Arc<Node>, Gone> {
        let Value::List(items) = &callers.value else {
            return Ok(callers.clone());
        };
        let mut all = Vec::with_capacity(items.len());
        for item in items {
            match item.entry(CONTACTS.key).and_then(Node::text) {
                Some(name) => match &self.named(&CONTACTS, name)?.value {
                    Value::List(contacts) => all.extend(contacts.iter().cloned()),
                    _ => all.push(item.clone()),
                },
                None => all.push(item.clone()),
            }
        }
        let mut seen = HashSet::new();
        all.retain(|caller| {
            let number = caller.entry("phoneNumber").unwrap_or(caller).text();
            number.is_none_or(|number| seen.insert(number.to_owned()))
        });
        Ok(Node::new(Value::List(all), callers.place.clone()))
    }

    /// A schedule with the dates of its calendars among its `ranges`.
    fn schedule(&self, schedule: &Arc<Node>) -> Result<Arc<Node>, Gone> {
        let Some((key, names)) = schedule.pair(CALENDARS.key) else {
            return Ok(schedule.clone());
        };
        let mut dates = Vec::new();
        for name in names.texts() {
            if let Value::Map(days) = &self.named(&CALENDARS, name)?.value {
                for (_, day) in days {
                    match &day.value {
                        Value::List(all) => dates.extend(all.iter().cloned()),
                        _ => dates.push(day.clone()),
                    }
                }
            }
        }
        let rest = schedule.without(CALENDARS.key);
        Ok(add_ranges(&rest, key, dates))
    }

    /// A file that others name, read again.
    fn named(&self, kind: &Kind, name: &str) -> Result<Arc<Node>, Gone> {
        let paths = kind.endings.iter();
        let mut paths = paths.map(|ending| format!("{}/{name}.{ending}", kind.folder));
        let path = paths.find(|path| self.root().join(path).exists());
        self.read(&path.ok_or_else(|| Gone(format!("{}/{name}", kind.folder)))?)
    }

    fn read(&self, path: &str) -> Result<Arc<Node>, Gone> {
        let text = files::text(&self.root().join(path)).ok();
        text.and_then(|text| parse(path, text).0)
            .ok_or_else(|| Gone(path.to_owned()))
    }
}

/// Adds dates to the `ranges` of a schedule, which stand where the calendar was named if there are none
/// yet.
fn add_ranges(schedule: &Node, calendar: &Node, mut dates: Vec<Arc<Node>>) -> Arc<Node> {
    let Value::Map(entries) = &schedule.value else {
        return Node::new(schedule.value.clone(), schedule.place.clone());
    };
    let mut entries = entries.clone();
    let ranges = { entries.iter_mut() }.find(|(key, _)| key.text() == Some("ranges"));
    if let Some((_, ranges)) = ranges {
        if let Value::List(own) = &ranges.value {
            dates.splice(0..0, own.iter().cloned());
        }
        *ranges = Node::new(Value::List(dates), ranges.place.clone());
    } else {
        let key = Value::Scalar {
            text: "ranges".to_owned(),
            plain: true,
        };
        let key = Node::new(key, calendar.place.clone());
        let dates = Node::new(Value::List(dates), calendar.place.clone());
        entries.push((key, dates));
    }
    Node::new(Value::Map(entries), schedule.place.clone())
}
