//! Renders the pages as HTML: one self-contained file each, without scripts.
//!
//! The templates escape every text; only the style sheet is inserted as it is.

mod calendar;
mod decision_order;
mod index;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::page_names::{INDEX_PAGE, UserLabel};
use super::{CallGroup, ReportUser, UserPage};

pub(super) use index::{IndexRow, render_index};

const STYLE_SHEET: &str = include_str!("style.css");
/// The pages load and run nothing, whatever a name contains.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The frame of every page.
fn render_frame(title: &str, class: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(CONTENT_POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE_SHEET)) }
            }
            body class=(class) { (body) }
        }
    };
    page.into_string() + "\n"
}

/// The page of a user.
pub(super) fn render_user_page(
    who: &UserLabel,
    user: &ReportUser<'_>,
    page: &UserPage,
    source: &str,
) -> String {
    let body = html! {
        a.skip href="#calls" { "Skip to the calendars" }
        a.skip href="#chain" { "Skip to the decision order" }
        header {
            nav aria-label="Pages" { a href=(INDEX_PAGE) { "All users" } }
            h1 { (who.name) }
            p.facts {
                @if let Some(number) = who.number.as_ref().filter(|_| !who.is_named_by_number()) {
                    "Extension " (number) " · "
                }
                (user.file) " · from " (super::calendar::format_date(user.now.date())) " on, local time"
            }
            p.facts { (source) }
        }
        main {
            @if !(page.is_fully_declared && page.undeclared.is_empty()) {
                section.remarks aria-labelledby="remarks" {
                    h2 #remarks { "Before you rely on it" }
                    ul {
                        @for problem in &user.problems { li { strong { "Cannot be applied: " } (problem) } }
                        @for part in &user.undeclared_handling { li { strong { "Not in the file: " } (part) } }
                        @for sentence in &page.undeclared { li { (sentence) } }
                    }
                }
            }
            section #calls aria-labelledby="calls-title" tabindex="-1" {
                h2 #calls-title { "Who answers calls" }
                @for (number, group) in page.groups.iter().enumerate() {
                    (render_group(number, group, page))
                }
            }
            (decision_order::render_section(&page.decision_order, page.is_compared))
        }
        footer { p { "Created by callrules." } }
    };
    render_frame(&format!("{} – who answers calls", who.name), "user", &body)
}

fn render_group(number: usize, group: &CallGroup, page: &UserPage) -> Markup {
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
                        (calendar::render_calendar(before, "On the account", &group.title, &page.legend))
                        (calendar::render_calendar(&group.after, "According to the files", &group.title, &page.legend))
                    }
                }
                None => {
                    @if page.is_compared {
                        p.same {
                            @if page.is_fully_declared { "The account matches the files." }
                            @else { "The files change nothing here." }
                        }
                    }
                    (calendar::render_calendar(&group.after, "Every week", &group.title, &page.legend))
                }
            }
            (calendar::render_legend(group, &page.legend))
        }
    }
}
