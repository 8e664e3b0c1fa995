//! The decision chain as a diagram: boxes in the order in which a call goes through them.

use maud::{Markup, html};

use crate::report::{Chain, Said, Step};

/// The section of a page.
pub(super) fn section(chain: &Chain, is_paired: bool) -> Markup {
    html! {
        section #chain aria-labelledby="chain-title" tabindex="-1" {
            h2 #chain-title { "How it is decided" }
            p { "A call goes from the top to the bottom. The first that is on and matches takes it." }
            ol.chain {
                @for switch in &chain.switches {
                    li.step {
                        h3 { (self::name(switch, is_paired)) }
                        (self::step(switch, is_paired))
                        p.for-queues { "While it is on, queue calls go to the next member of the queue." }
                    }
                }
                li.step {
                    h3 { "Interaction rules" }
                    @if chain.rules.is_empty() {
                        p { "There are none." }
                    } @else {
                        p { "Highest priority first. Queue calls meet only the rules that take them." }
                        ol.rules { @for rule in &chain.rules { (self::rule(rule, is_paired)) } }
                    }
                }
                li.step.fork {
                    h3 { "Everything else" }
                    ul.ways {
                        @for state in chain.hours.iter().chain(&chain.agent) {
                            (self::rule(state, is_paired))
                        }
                    }
                }
            }
        }
    }
}

fn rule(step: &Step, is_paired: bool) -> Markup {
    html! {
        li.rule {
            h4 { (name(step, is_paired)) }
            (self::step(step, is_paired))
        }
    }
}

fn name(step: &Step, is_paired: bool) -> Markup {
    let mark = match (&step.before, &step.after) {
        _ if !is_paired || step.is_same() => None,
        (None, _) => Some("new"),
        (_, None) => Some("goes away"),
        _ => Some("changes"),
    };
    html! {
        (step.name)
        @if let Some(mark) = mark { " " span.mark { (mark) } }
    }
}

fn step(step: &Step, is_paired: bool) -> Markup {
    html! {
        @match (&step.before, &step.after) {
            (Some(before), Some(after)) if is_paired && !step.is_same() => {
                div.pair {
                    div { p.side { "On the account" } (said(before)) }
                    div { p.side { "As the files say" } (said(after)) }
                }
            }
            (before, after) => {
                @if let Some(one) = after.as_ref().or(before.as_ref()) { (said(one)) }
            }
        }
    }
}

fn said(said: &Said) -> Markup {
    html! {
        dl {
            @if let Some(switch) = said.switch { dt { "Switch" } dd { (switch) } }
            @if let Some(priority) = said.priority { dt { "Priority" } dd { (priority) } }
            dt { "When" } dd { (said.when) }
            dt { "Then" } dd { (said.then) }
        }
    }
}
