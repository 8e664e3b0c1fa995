//! What a user has in the end: profiles laid under the file, and the dates of calendars and the numbers
//! of contacts in the place of their names.

use std::sync::Arc;

use super::files;
use super::load::{Repository, parse};
use super::shared::{CALENDARS, CONTACTS, Kind};
use crate::yaml::{Node, Value};

impl Repository {
    /// A user file that needs no other; `None` where a file has gone since the repository was read.
    /// Every part keeps the place where it was written.
    pub fn whole(&self, file: &str) -> Option<Arc<Node>> {
        self.written_out(&self.tree(file)?.without("profiles"))
    }

    fn written_out(&self, node: &Arc<Node>) -> Option<Arc<Node>> {
        let value = match &node.value {
            Value::Scalar { .. } => return Some(node.clone()),
            Value::List(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    match item.entry(CONTACTS.key).and_then(Node::text) {
                        Some(name) => match &self.named(&CONTACTS, name)?.value {
                            Value::List(contacts) => all.extend(contacts.iter().cloned()),
                            _ => return None,
                        },
                        None => all.push(self.written_out(item)?),
                    }
                }
                Value::List(all)
            }
            Value::Map(entries) => {
                let mut dates = None;
                let mut all = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    match key.text() {
                        // A rule may be called `calendar`; a schedule is what names some.
                        Some(name) if name == CALENDARS.key && !value.texts().is_empty() => {
                            dates = Some((key, self.dates(value)?));
                        }
                        _ => all.push((key.clone(), self.written_out(value)?)),
                    }
                }
                if let Some((key, dates)) = dates {
                    add_ranges(&mut all, key, dates);
                }
                Value::Map(all)
            }
        };
        Some(Node::new(value, node.place.clone()))
    }

    /// The dates of the calendars that are named.
    fn dates(&self, names: &Node) -> Option<Vec<Arc<Node>>> {
        let mut dates = Vec::new();
        for name in names.texts() {
            let calendar = self.named(&CALENDARS, name)?;
            let Value::Map(days) = &calendar.value else {
                return None;
            };
            for (_, day) in days {
                match &day.value {
                    Value::List(all) => dates.extend(all.iter().cloned()),
                    _ => dates.push(day.clone()),
                }
            }
        }
        Some(dates)
    }

    /// A file that others name, read again.
    fn named(&self, kind: &Kind, name: &str) -> Option<Arc<Node>> {
        let paths = kind.endings.iter();
        let mut paths = paths.map(|ending| format!("{}/{name}.{ending}", kind.folder));
        let path = paths.find(|path| self.root().join(path).exists())?;
        let text = files::text(&self.root().join(&path)).ok()?;
        parse(&path, text).0
    }
}

/// Adds dates to the `ranges` of a schedule, which stand where the calendar was named if there are none
/// yet.
fn add_ranges(
    schedule: &mut Vec<(Arc<Node>, Arc<Node>)>,
    calendar: &Node,
    mut dates: Vec<Arc<Node>>,
) {
    let ranges = { schedule.iter_mut() }.find(|(key, _)| key.text() == Some("ranges"));
    if let Some((_, ranges)) = ranges {
        if let Value::List(own) = &ranges.value {
            dates.splice(0..0, own.iter().cloned());
        }
        *ranges = Node::new(Value::List(dates), ranges.place.clone());
        return;
    }
    let key = Value::Scalar {
        text: "ranges".to_owned(),
        plain: true,
    };
    let key = Node::new(key, calendar.place.clone());
    let dates = Node::new(Value::List(dates), calendar.place.clone());
    schedule.push((key, dates));
}
