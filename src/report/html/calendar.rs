//! Renders calendars: a table with a row for each day and a bar of 24 hours.

use maud::{Markup, html};

use crate::model::{DateRange, TimeOfDay};
use crate::report::{
    CalendarRow, CallCalendar, CallGroup, LegendEntry, LegendOccurrence, TimeBand,
};

/// Renders a calendar: the repeating week, then the exceptions.
pub(super) fn render_calendar(
    calendar: &CallCalendar,
    title: &str,
    whose: &str,
    legend: &[LegendEntry],
) -> Markup {
    html! {
        div.calendar {
            (render_week(&calendar.week, title, whose, legend))
            @for period in &calendar.periods {
                @let start = DateRange::format_start(period.start).replace('T', " ");
                @let end = DateRange::format_end(period.end).replace('T', " ");
                (render_week(&period.week, &format!("{title}, {start} to {end}"), whose, legend))
            }
            @if !calendar.dates.is_empty() {
                (render_week(&calendar.dates, &format!("{title}: exceptions"), whose, legend))
            }
        }
    }
}

/// Renders a week or a list of dates.
fn render_week(rows: &[CalendarRow], title: &str, whose: &str, legend: &[LegendEntry]) -> Markup {
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
                        td { (render_bar(&row.bands, legend)) }
                    }
                }
            }
        }
    }
}

/// Renders the bar of a day.
fn render_bar(bands: &[TimeBand], legend: &[LegendEntry]) -> Markup {
    html! {
        ol.bar {
            @for band in bands {
                @let entry = &legend[band.entry];
                @let span = format_band(band);
                @let mark = if band.differs { " differs" } else { "" };
                // Only numbers go into the style.
                li class=(format!("{}{mark}", band_class(entry)))
                    style=(format!("flex-grow:{}", (band.end - band.start).div_ceil(60)))
                    title=(format!("{span} {}: {}", entry.letter, entry.text)) {
                    span.hidden { (span) " " }
                    b { (entry.letter) @if band.differs { span.hidden { " differs" } } }
                }
            }
        }
    }
}

/// Returns the CSS classes of a legend entry.
pub(super) fn band_class(entry: &LegendEntry) -> String {
    format!("band {} shade-{}", entry.kind.css_class(), entry.shade % 3)
}

/// Formats a part of a day as `08:00–16:00`.
fn format_band(band: &TimeBand) -> String {
    let time = |second: u32| match TimeOfDay::from_seconds(second / 60 * 60) {
        Some(time) => time.to_string(),
        None => "24:00".to_owned(),
    };
    format!("{}–{}", time(band.start), time(band.end))
}

/// Renders the legend of a calendar: the letters, times and handlers.
pub(super) fn render_legend(group: &CallGroup, legend: &[LegendEntry]) -> Markup {
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
                        th scope="col" { "When, according to the files" }
                    } @else {
                        th scope="col" { "When" }
                    }
                }
            }
            tbody {
                @for part in &group.uses {
                    @let entry = &legend[part.entry];
                    tr {
                        th scope="row" { span class=(band_class(entry)) { b { (entry.letter) } } }
                        td { (entry.text) }
                        @if is_paired { td data-head="On the account" { (render_occurrence(part.before.as_ref())) } }
                        td data-head=(if is_paired { "According to the files" } else { "When" }) { (render_occurrence(part.after.as_ref())) }
                    }
                }
            }
        }
    }
}

/// Renders the times and handlers of a legend entry.
fn render_occurrence(occurrence: Option<&LegendOccurrence>) -> Markup {
    html! {
        @match occurrence {
            Some(occurrence) => { (occurrence.when) " " span.by { "(" (occurrence.handlers) ")" } }
            None => { "never" }
        }
    }
}
