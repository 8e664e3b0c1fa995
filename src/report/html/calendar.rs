//! Calendars: a table with a row for each day, and in it a bar of 24 hours.

use maud::{Markup, html};

use crate::model::{DateRange, TimeOfDay};
use crate::report::{Band, Calendar, Entry, Group, Row, Told};

/// A calendar: every week, then the dates that are not like every week.
pub(super) fn calendar(calendar: &Calendar, title: &str, whose: &str, legend: &[Entry]) -> Markup {
    html! {
        div.calendar {
            (table(&calendar.week, title, whose, legend))
            @for period in &calendar.periods {
                @let start = DateRange::start_to_words(period.start).replace('T', " ");
                @let end = DateRange::end_to_words(period.end).replace('T', " ");
                (table(&period.week, &format!("{title}, {start} to {end}"), whose, legend))
            }
            @if !calendar.dates.is_empty() {
                (table(&calendar.dates, &format!("{title}, but on these dates"), whose, legend))
            }
        }
    }
}

fn table(rows: &[Row], title: &str, whose: &str, legend: &[Entry]) -> Markup {
    html! {
        table.week {
            caption { (title) span.hidden { ": " (whose) } }
            thead {
                tr {
                    th scope="col" { span.hidden { "Day" } }
                    th scope="col" {
                        span.hidden { "Hours of the day" }
                        span.hours aria-hidden="true" {
                            @for hour in ["0", "6", "12", "18", "24"] { span { (hour) } }
                        }
                    }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        th scope="row" { (row.days.label()) }
                        td { (bar(&row.bands, legend)) }
                    }
                }
            }
        }
    }
}

fn bar(bands: &[Band], legend: &[Entry]) -> Markup {
    html! {
        ol.bar {
            @for band in bands {
                @let entry = &legend[band.entry];
                @let span = span(band);
                @let mark = if band.differs { " differs" } else { "" };
                // Only numbers go into the style.
                li class=(format!("{}{mark}", look(entry)))
                    style=(format!("flex-grow:{}", (band.end - band.start).div_ceil(60)))
                    title=(format!("{span} {}: {}", entry.letter, entry.text)) {
                    span.hidden { (span) " " }
                    b { (entry.letter) @if band.differs { span.hidden { " differs" } } }
                }
            }
        }
    }
}

/// The classes of a thing that callers notice.
pub(super) fn look(entry: &Entry) -> String {
    format!("band {} shade-{}", entry.kind.class(), entry.shade % 3)
}

/// `08:00–16:00`: a second more or less is for machines.
fn span(band: &Band) -> String {
    let time = |second: u32| match TimeOfDay::from_seconds(second / 60 * 60) {
        Some(time) => time.to_string(),
        None => "24:00".to_owned(),
    };
    format!("{}–{}", time(band.start), time(band.end))
}

/// What the letters of a calendar mean, when, and by what.
pub(super) fn legend(group: &Group, legend: &[Entry]) -> Markup {
    let is_paired = group.before.is_some();
    html! {
        table.legend {
            caption { "What callers notice" span.hidden { ": " (group.title) } }
            thead {
                tr {
                    th scope="col" { span.hidden { "Letter" } }
                    th scope="col" { "What" }
                    @if is_paired {
                        th scope="col" { "When, on the account" }
                        th scope="col" { "When, as the files say" }
                    } @else {
                        th scope="col" { "When" }
                    }
                }
            }
            tbody {
                @for part in &group.uses {
                    @let entry = &legend[part.entry];
                    tr {
                        th scope="row" { span class=(look(entry)) { b { (entry.letter) } } }
                        td { (entry.text) }
                        @if is_paired { td data-head="On the account" { (when(part.before.as_ref())) } }
                        td data-head=(if is_paired { "As the files say" } else { "When" }) { (when(part.after.as_ref())) }
                    }
                }
            }
        }
    }
}

fn when(told: Option<&Told>) -> Markup {
    html! {
        @match told {
            Some(told) => { (told.when) " " span.by { "(" (told.by) ")" } }
            None => { "never" }
        }
    }
}
