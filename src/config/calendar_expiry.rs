//! Finds the last day of each calendar.

use super::Repository;
use super::references::CALENDARS;
use super::resolve::calendar_end_day;
use crate::model::LocalDateTime;

/// The last day of a calendar, after which it has no more dates.
#[derive(Debug)]
pub struct CalendarEnd {
    /// The path of the calendar, relative to the repository root.
    pub path: String,
    /// The name that the calendar gives the day.
    pub day: String,
    /// The end of the day, in user-local time.
    pub end: LocalDateTime,
}

impl Repository {
    /// Returns the last day of each calendar that is not empty.
    pub fn calendar_ends(&self) -> Vec<CalendarEnd> {
        let calendars = self.referenced_files.calendars.iter();
        let ends = calendars.filter_map(|(name, calendar)| {
            let end_days = (calendar.0.iter())
                .filter_map(|(day, dates)| Some((calendar_end_day(dates)?, day)));
            let (end, day) = end_days.max()?;
            let extensions = CALENDARS.file_extensions.iter();
            let mut paths =
                extensions.map(|extension| format!("{}/{name}.{extension}", CALENDARS.folder));
            Some(CalendarEnd {
                path: paths.find(|path| self.root().join(path).exists())?,
                day: day.clone(),
                end,
            })
        });
        ends.collect()
    }
}
