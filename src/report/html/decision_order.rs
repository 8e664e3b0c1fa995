//! Renders the decision order as a diagram of boxes.

use maud::{Markup, html};

use crate::report::{CandidateSummary, DecisionOrder, DecisionStep};

/// Renders the section of a page.
pub(super) fn render_section(chain: &DecisionOrder, is_paired: bool) -> Markup {
    html! {
        section #chain aria-labelledby="chain-title" tabindex="-1" {
            h2 #chain-title { "Decision order" }
            p { "A call goes from the top to the bottom. The first enabled entry that matches handles the call." }
            ol.chain {
                @for switch in &chain.switches {
                    li.step {
                        h3 { (render_name(switch, is_paired)) }
                        (render_step(switch, is_paired))
                        p.for-queues { "While it is on, the queue tries the next agent." }
                    }
                }
                li.step {
                    h3 { "Interaction rules" }
                    @if chain.rules.is_empty() {
                        p { "There are none." }
                    } @else {
                        p { "Highest priority first. Queue calls match only rules that include them." }
                        ol.rules { @for rule in &chain.rules { (render_rule(rule, is_paired)) } }
                    }
                }
                li.step.fork {
                    h3 { "Everything else" }
                    ul.ways {
                        @for state in chain.hours.iter().chain(&chain.agent) {
                            (render_rule(state, is_paired))
                        }
                    }
                }
            }
        }
    }
}

/// Renders an interaction rule.
fn render_rule(step: &DecisionStep, is_paired: bool) -> Markup {
    html! {
        li.rule {
            h4 { (render_name(step, is_paired)) }
            (render_step(step, is_paired))
        }
    }
}

/// Renders the name of a step.
fn render_name(step: &DecisionStep, is_paired: bool) -> Markup {
    let mark = match (&step.before, &step.after) {
        _ if !is_paired || step.is_same() => None,
        (None, _) => Some("new"),
        (_, None) => Some("is removed"),
        _ => Some("changes"),
    };
    html! {
        (step.name)
        @if let Some(mark) = mark { " " span.mark { (mark) } }
    }
}

/// Renders a step, or both sides of it.
fn render_step(step: &DecisionStep, is_paired: bool) -> Markup {
    html! {
        @match (&step.before, &step.after) {
            (Some(before), Some(after)) if is_paired && !step.is_same() => {
                div.pair {
                    div { p.side { "On the account" } (render_summary(before)) }
                    div { p.side { "According to the files" } (render_summary(after)) }
                }
            }
            (before, after) => {
                @if let Some(one) = after.as_ref().or(before.as_ref()) { (render_summary(one)) }
            }
        }
    }
}

/// Renders the summary of a step.
fn render_summary(summary: &CandidateSummary) -> Markup {
    html! {
        dl {
            @if let Some(switch) = summary.switch { dt { "Switch" } dd { (switch) } }
            @if let Some(priority) = summary.priority { dt { "Priority" } dd { (priority) } }
            dt { "When" } dd { (summary.when) }
            dt { "Then" } dd { (summary.then) }
        }
    }
}
