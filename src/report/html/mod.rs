//! The pages as HTML: one file each, with its style inside and without a script.
//!
//! Every text goes through the templates, which escape it; the style sheet alone is put in as it is.

mod calendar;
mod chain;
mod index;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::names::{INDEX, Who};
use super::{Group, Person, Sheet};

pub(super) use index::{Line, index};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded and nothing is run, whatever a name says.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The frame of every page.
fn frame(title: &str, class: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=(class) { (body) }
        }
    };
    page.into_string() + "\n"
}

/// The page of a user.
pub(super) fn user(who: &Who, person: &Person<'_>, sheet: &Sheet, source: &str) -> String {
    let body = html! {
        a.skip href="#calls" { "Skip to the calendars" }
        a.skip href="#chain" { "Skip to the decision chain" }
        header {
            nav aria-label="Pages" { a href=(INDEX) { "All users" } }
            h1 { (who.name) }
            p.facts {
                @if let Some(number) = who.number.as_ref().filter(|_| !who.is_named_by_number()) {
                    "Extension " (number) " · "
                }
                (person.file) " · from " (super::calendar::date(person.now.date())) " on, local time"
            }
            p.facts { (source) }
        }
        main {
            @if !(person.problems.is_empty() && sheet.open.is_empty()) {
                section.remarks aria-labelledby="remarks" {
                    h2 #remarks { "Before you rely on it" }
                    ul {
                        @for problem in &person.problems { li { strong { "Not as declared: " } (problem) } }
                        @for sentence in &sheet.open { li { (sentence) } }
                    }
                }
            }
            section #calls aria-labelledby="calls-title" tabindex="-1" {
                h2 #calls-title { "Who takes the calls" }
                @for (number, group) in sheet.groups.iter().enumerate() {
                    (self::group(number, group, sheet))
                }
            }
            (chain::section(&sheet.chain, sheet.is_paired))
        }
        footer { p { "Made by callrules." } }
    };
    frame(
        &format!("{} – who takes the calls", who.name),
        "user",
        &body,
    )
}

fn group(number: usize, group: &Group, sheet: &Sheet) -> Markup {
    let id = format!("group-{}", number + 1);
    html! {
        article aria-labelledby=(id) {
            h3 #(id) { (group.title) }
            @if !group.callers.is_empty() {
                p.callers { (group.callers.join(", ")) }
            }
            @match &group.before {
                Some(before) => {
                    p.framed { "Where the two differ, the hours are framed." }
                    div.pair {
                        (calendar::calendar(before, "On the account", &group.title, &sheet.legend))
                        (calendar::calendar(&group.after, "As the files say", &group.title, &sheet.legend))
                    }
                }
                None => {
                    @if sheet.is_paired { p.same { "On the account it is as the files say." } }
                    (calendar::calendar(&group.after, "Every week", &group.title, &sheet.legend))
                }
            }
            (calendar::legend(group, &sheet.legend))
        }
    }
}
