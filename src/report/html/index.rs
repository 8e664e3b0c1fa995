//! The page that leads to the others: all users in one table.

use jiff::Span;
use maud::{Markup, html};

use super::frame;
use crate::model::DateTime;
use crate::render::say::counted;
use crate::report::calendar::date;
use crate::report::names::Who;
use crate::report::{Difference, Glance, Person, Sheet};

/// A user in the index.
#[derive(Debug)]
pub(in crate::report) struct Line {
    who: Who,
    page: String,
    file: String,
    now: (DateTime, Option<Glance>),
    night: (DateTime, Option<Glance>),
    difference: Option<Difference>,
    has_problems: bool,
}

impl Line {
    pub(in crate::report) fn new(
        who: Who,
        page: String,
        sheet: &Sheet,
        person: &Person<'_>,
    ) -> Self {
        let night = night_after(person.now);
        Line {
            who,
            page,
            file: person.file.to_owned(),
            now: (person.now, sheet.at(person.now)),
            night: (night, sheet.at(night)),
            difference: sheet.difference(),
            has_problems: !person.problems.is_empty(),
        }
    }
}

/// Two o'clock in the coming night.
fn night_after(now: DateTime) -> DateTime {
    let two = now.date().at(2, 0, 0, 0);
    match now < two {
        true => two,
        false => two.checked_add(Span::new().days(1)).unwrap_or(two),
    }
}

/// All users.
pub(in crate::report) fn index(lines: &[Line], source: &str) -> String {
    let is_paired = lines.iter().any(|line| line.difference.is_some());
    let now = same(lines.iter().map(|line| line.now.0));
    let night = same(lines.iter().map(|line| line.night.0));
    let body = html! {
        a.skip href="#users" { "Skip to the users" }
        header {
            h1 { "Who takes the calls" }
            p.facts { (source) }
        }
        main {
            table #users tabindex="-1" {
                caption {
                    (counted(lines.len(), "user"))
                    ". The two columns on calls are about direct calls of callers whom no rule names."
                }
                thead {
                    tr {
                        th scope="col" { "User" }
                        th scope="col" { "Number" }
                        th scope="col" { "Now" (head(now)) }
                        th scope="col" { "At night" (head(night)) }
                        @if is_paired { th scope="col" { "The files" } }
                    }
                }
                tbody { @for line in lines { (row(line, now.is_none(), is_paired)) } }
            }
        }
        footer { p { "Made by callrules." } }
    };
    frame("Who takes the calls", "index", &body)
}

fn row(line: &Line, is_timed: bool, is_paired: bool) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(line.page) { (line.who.name) } span.file { (line.file) } }
            td data-head="Number" { (line.who.number.as_deref().unwrap_or("–")) }
            td data-head="Now" { (glance(&line.now, is_timed)) }
            td data-head="At night" { (glance(&line.night, is_timed)) }
            @if is_paired {
                td data-head="The files" {
                    @match line.difference {
                        _ if line.has_problems => { strong { "do not fit the account" } }
                        Some(Difference::Noticed) => { strong { "say otherwise" } }
                        Some(Difference::Unnoticed) => { "say otherwise, callers notice nothing" }
                        Some(Difference::None) | None => { "say the same" }
                    }
                }
            }
        }
    }
}

fn glance((at, glance): &(DateTime, Option<Glance>), is_timed: bool) -> Markup {
    html! {
        @if is_timed { span.file { (moment(*at)) } }
        @match glance {
            Some(glance) => {
                span class=(format!("band {} shade-0 dot", glance.kind.class())) aria-hidden="true" {}
                (glance.text)
            }
            None => { "nobody knows" }
        }
    }
}

fn head(at: Option<DateTime>) -> Markup {
    html! { @if let Some(at) = at { span.file { (moment(at)) } } }
}

fn moment(at: DateTime) -> String {
    format!("{} {}", date(at.date()), at.strftime("%H:%M"))
}

/// What all of them are.
fn same(mut moments: impl Iterator<Item = DateTime>) -> Option<DateTime> {
    let first = moments.next()?;
    moments.all(|moment| moment == first).then_some(first)
}
