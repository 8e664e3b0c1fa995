//! Builds web pages that show who answers whose calls, and when: one page per user, and an index.
//!
//! Pure functions from call handling to HTML; equal input gives equal pages. [`crate::routing`]
//! determines the classes of calls and their outcomes.

mod calendar;
mod decision_order;
mod html;
mod legend;
mod page_names;
#[cfg(test)]
mod tests;
mod user_page;

use crate::model::to_yaml::YamlWriter;
use crate::model::{ExtensionDirectory, LocalDateTime, NameIndex};
use crate::simulate::PartialHandling;

pub use calendar::{CalendarPeriod, CalendarRow, CallCalendar, RowDays, TimeBand};
pub use decision_order::{CandidateSummary, DecisionOrder, DecisionStep};
pub use legend::{LegendEntry, LegendKind};
pub use page_names::{INDEX_PAGE, is_page};
pub use user_page::{CallGroup, LegendOccurrence, LegendUse, PageDifference, UserPage};

pub(crate) use crate::render::humanize::YamlHumanizer;

/// A user with the desired and, if the account was read, the live call handling.
#[derive(Debug)]
pub struct ReportUser<'a> {
    /// The path of the user's file.
    pub file: &'a str,
    /// The live call handling; `None` if the account was not read.
    pub live: Option<PartialHandling>,
    /// The desired call handling.
    pub desired: PartialHandling,
    /// The problems that prevent applying the files.
    pub problems: Vec<String>,
    /// What handles calls on the account without being declared, as lower-case fragments.
    pub undeclared_handling: Vec<String>,
    /// The current time in the user's time zone.
    pub now: LocalDateTime,
}

/// What all pages share.
#[derive(Debug, Clone, Copy)]
pub struct ReportContext<'a> {
    /// The extensions of the account.
    pub directory: &'a ExtensionDirectory,
    /// The names of greetings and devices.
    pub name_index: &'a NameIndex,
    /// The source of the data: the account, or only the files.
    pub source: &'a str,
}

/// A page: its file name and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPage {
    /// The file name, without a folder.
    pub name: String,
    /// The HTML of the page.
    pub html: String,
}

/// Renders the index and a page for each user.
pub fn render_pages(context: ReportContext<'_>, users: &[ReportUser<'_>]) -> Vec<ReportPage> {
    let humanizer = YamlHumanizer {
        directory: context.directory,
        name_index: context.name_index,
    };
    let mut file_names = page_names::PageNames::default();
    let mut rows = Vec::new();
    let mut pages = Vec::new();
    for user in users {
        let page = UserPage::build(user, YamlWriter::new(context.directory), &humanizer);
        let who = page_names::UserLabel::from_user(user, context.directory);
        let name = file_names.assign(&who);
        pages.push(ReportPage {
            name: name.clone(),
            html: html::render_user_page(&who, user, &page, context.source),
        });
        rows.push(html::IndexRow::new(who, name, &page, user));
    }
    pages.insert(
        0,
        ReportPage {
            name: INDEX_PAGE.to_owned(),
            html: html::render_index(&rows, context.source),
        },
    );
    pages
}
