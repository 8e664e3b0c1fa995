//! Renders the index page: all users in one table.

use jiff::Span;
use maud::{Markup, html};

use super::render_frame;
use crate::model::LocalDateTime;
use crate::render::humanize::pluralize;
use crate::report::calendar::format_date;
use crate::report::page_names::UserLabel;
use crate::report::{LegendEntry, PageDifference, ReportUser, UserPage};

/// A user in the index.
#[derive(Debug)]
pub(in crate::report) struct IndexRow {
    who: UserLabel,
    file_name: String,
    file: String,
    now: (LocalDateTime, Option<LegendEntry>),
    night: (LocalDateTime, Option<LegendEntry>),
    difference: Option<PageDifference>,
    has_problems: bool,
    is_fully_declared: bool,
}

impl IndexRow {
    /// Collects what the index shows for a user.
    pub(in crate::report) fn new(
        who: UserLabel,
        file_name: String,
        page: &UserPage,
        user: &ReportUser<'_>,
    ) -> Self {
        let night = next_night(user.now);
        IndexRow {
            who,
            file_name,
            file: user.file.to_owned(),
            now: (user.now, page.handling_at(user.now).cloned()),
            night: (night, page.handling_at(night).cloned()),
            difference: page.difference(),
            has_problems: !user.problems.is_empty(),
            is_fully_declared: page.is_fully_declared,
        }
    }
}

/// Returns 02:00 of the coming night.
fn next_night(now: LocalDateTime) -> LocalDateTime {
    let two = now.date().at(2, 0, 0, 0);
    if now < two {
        two
    } else {
        two.checked_add(Span::new().days(1)).unwrap_or(two)
    }
}

/// Renders the index page.
pub(in crate::report) fn render_index(lines: &[IndexRow], source: &str) -> String {
    let is_paired = lines.iter().any(|line| line.difference.is_some());
    let now = common_moment(lines.iter().map(|line| line.now.0));
    let night = common_moment(lines.iter().map(|line| line.night.0));
    let body = html! {
        a.skip href="#users" { "Skip to the users" }
        header {
            h1 { "Who answers calls" }
            p.facts { (source) }
        }
        main {
            table #users tabindex="-1" {
                caption {
                    (pluralize(lines.len(), "user"))
                    ". Now and At night show what an ordinary caller gets."
                }
                thead {
                    tr {
                        th scope="col" { "User" }
                        th scope="col" { "Number" }
                        th scope="col" { "Now" (render_time(now)) }
                        th scope="col" { "At night" (render_time(night)) }
                        @if is_paired { th scope="col" { "The files" } }
                    }
                }
                tbody { @for line in lines { (render_row(line, now.is_none(), is_paired)) } }
            }
        }
        footer { p { "Created by callrules." } }
    };
    render_frame("Who answers calls", "index", &body)
}

/// Renders the row of a user.
fn render_row(line: &IndexRow, is_timed: bool, is_paired: bool) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(line.file_name) { (line.who.name) } span.file { (line.file) } }
            td data-head="Number" { (line.who.number.as_deref().unwrap_or("–")) }
            td data-head="Now" { (render_handling(&line.now, is_timed)) }
            td data-head="At night" { (render_handling(&line.night, is_timed)) }
            @if is_paired {
                td data-head="The files" {
                    @match line.difference {
                        _ if line.has_problems => { strong { "cannot be applied" } }
                        Some(PageDifference::Noticed) => { strong { "differ" } }
                        Some(PageDifference::Unnoticed) => { "differ, but callers notice nothing" }
                        Some(PageDifference::None) | None => {
                            @if line.is_fully_declared { "match" } @else { "leave a part to the account" }
                        }
                    }
                }
            }
        }
    }
}

/// Renders what an ordinary caller gets at a moment.
fn render_handling(
    (at, handling): &(LocalDateTime, Option<LegendEntry>),
    is_timed: bool,
) -> Markup {
    html! {
        @if is_timed { span.file { (format_moment(*at)) } }
        @match handling {
            Some(handling) => {
                span class=(format!("band {} shade-0 dot", handling.kind.css_class())) aria-hidden="true" {}
                (handling.text)
            }
            None => { "unknown" }
        }
    }
}

/// Renders the time of a column.
fn render_time(at: Option<LocalDateTime>) -> Markup {
    html! { @if let Some(at) = at { span.file { (format_moment(at)) } } }
}

/// Formats a date and time.
fn format_moment(at: LocalDateTime) -> String {
    format!("{} {}", format_date(at.date()), at.strftime("%H:%M"))
}

/// Returns the moment, if it is the same for all users.
fn common_moment(mut moments: impl Iterator<Item = LocalDateTime>) -> Option<LocalDateTime> {
    let first = moments.next()?;
    moments.all(|moment| moment == first).then_some(first)
}
