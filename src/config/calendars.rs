//! When calendars end.

use super::Repository;
use super::resolve::calendar_end;
use super::shared::CALENDARS;
use crate::model::DateTime;

/// The last day of a calendar.
#[derive(Debug)]
pub struct LastDay {
    /// The path of the calendar, below the root.
    pub path: String,
    /// The name of the day.
    pub day: String,
    /// Its last moment.
    pub end: DateTime,
}

impl Repository {
    /// The last day of each calendar that has any.
    pub fn last_days(&self) -> Vec<LastDay> {
        let calendars = self.shared.calendars.iter();
        let last = calendars.filter_map(|(name, calendar)| {
            let days = calendar.0.iter();
            let days = days.filter_map(|(day, dates)| Some((calendar_end(dates)?, day)));
            let (end, day) = days.max()?;
            let endings = CALENDARS.endings.iter();
            let mut paths = endings.map(|ending| format!("{}/{name}.{ending}", CALENDARS.folder));
            Some(LastDay {
                path: paths.find(|path| self.root().join(path).exists())?,
                day: day.clone(),
                end,
            })
        });
        last.collect()
    }
}
