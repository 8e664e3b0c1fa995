//! The trace of a call as text.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::reasons::{candidate_name, is_handling, step_reason};
use super::{TraceView, assumption_notes, call_path};
use crate::model::{LocalDateTime, UserRule};
use crate::reconcile::flow_to_yaml;
use crate::render::humanize::format_phone_number;
use crate::render::impact;
use crate::render::sanitize;
use crate::render::wrap::pad_to_width;
use crate::routing::{CallFlow, CallHandler, IncomingCall, QueueSkipReason, RuleCandidate};
use crate::simulate::{CallTrace, ForwardResult, ForwardedCall};

const HANDLES: Style = AnsiColor::Green.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Renders the call, the rules and states considered, the outcome, and the forwards.
pub fn render_text(view: TraceView<'_>) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n\n", heading(view));
    text += &render_decision(view, "  ");
    for hop in view.forwards {
        text += &render_forward(view, hop);
    }
    let assumptions = assumption_notes(view.trace);
    let notes: Vec<String> = assumptions
        .iter()
        .chain(view.extra_notes)
        .map(|note| note_line(&note.message))
        .collect();
    if !notes.is_empty() {
        text.push('\n');
        text += &notes.concat();
    }
    if view.trace.known.file.is_some() && !assumptions.is_empty() {
        text += &format!("  {FAINT}Use `--live` to check the account{FAINT:#}\n");
    }
    text
}

fn note_line(message: &str) -> String {
    format!("  {NOTE}!{NOTE:#} {}\n", sanitize::sanitize_inline(message))
}

/// Returns the heading of a trace: `A direct call from +1 650-222-2222 (Sandra Bell) to
/// Alex Morgan · 101, Wednesday 25 November 2026 22:10`.
pub(in crate::render) fn heading(view: TraceView<'_>) -> String {
    let IncomingCall {
        from,
        to,
        at,
        queue,
    } = &view.trace.call;
    let kind = if *queue { "queue" } else { "direct" };
    let from = match from {
        Some(number) => {
            let name = view
                .trace
                .known
                .name_of(number)
                .map(|name| format!(" ({})", sanitize::sanitize_inline(name)))
                .unwrap_or_default();
            format!("{}{name}", format_phone_number(number))
        }
        None => "a caller without a number".to_owned(),
    };
    let called_number = to
        .as_deref()
        .map(|number| format!(" on {}", format_phone_number(number)));
    let time_zone = view.time_zone.map(|zone| format!(" ({zone})"));
    format!(
        "A {kind} call from {from} to {}{}, {}{}",
        view.label(&view.trace.known.user),
        called_number.unwrap_or_default(),
        format_time(*at),
        time_zone.unwrap_or_default()
    )
}

fn format_time(at: LocalDateTime) -> String {
    let seconds = if at.second() == 0 { "" } else { ":%S" };
    at.strftime(&format!("%A %-d %B %Y %H:%M{seconds}"))
        .to_string()
}

/// Renders the rules and states considered, and the outcome.
pub(in crate::render) fn render_decision(view: TraceView<'_>, indent: &str) -> String {
    let trace = view.trace;
    let names: Vec<_> = trace
        .steps
        .iter()
        .map(|step| sanitize::sanitize_inline(candidate_name(step)))
        .collect();
    let width = names
        .iter()
        .map(|name| display_width(name))
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for (step, name) in trace.steps.iter().zip(&names) {
        let priority = match &step.candidate {
            RuleCandidate::Rule(_, priority) if *priority > 0 => format!("priority {priority}: "),
            _ => String::new(),
        };
        let line = format!(
            "{}  {priority}{}",
            pad_to_width(name, width),
            step_reason(trace, step)
        );
        text += &if is_handling(step) {
            format!("{indent}{HANDLES}▸ {line}{HANDLES:#}\n")
        } else {
            format!("{indent}  {line}\n")
        };
    }
    for line in outcome_lines(view) {
        text += &format!("{indent}{BOLD}→{BOLD:#} {line}\n");
    }
    text
}

/// Returns the outcome, one line for each step of the call's path.
fn outcome_lines(view: TraceView<'_>) -> Vec<String> {
    let trace = view.trace;
    let undecided = trace.undecided_rules();
    if !undecided.is_empty() {
        let rules: Vec<String> = undecided.iter().map(|rule| quoted_rule(rule)).collect();
        let otherwise = first_outcome(view).unwrap_or_else(|| "unknown".to_owned());
        return vec![format!(
            "undecided: {} may handle the call; if not: {otherwise}",
            rules.join(" or ")
        )];
    }
    match &trace.handler {
        CallHandler::QueueSkips(why) => vec![format!(
            "the queue tries the next agent: {}",
            queue_skip_reason(*why)
        )],
        CallHandler::NoState(id) => vec![format!("unknown: the user has no state {id}")],
        CallHandler::UnreadStates => vec!["unknown: the states weren't read".to_owned()],
        CallHandler::Ambiguous(rules) => {
            let names: Vec<String> = rules.iter().map(|rule| quoted_rule(rule)).collect();
            let mut lines = vec![format!(
                "ambiguous: {} have the same priority, and RingCentral doesn't document which one wins",
                names.join(" and ")
            )];
            match &trace.call_flows()[..] {
                [same] => lines.extend(path_lines(view, same)),
                _ => lines.extend(rules.iter().filter_map(|rule| {
                    let flow = CallFlow::from_dispatching(rule.rule.dispatching.as_ref()?);
                    Some(format!(
                        "{}: {}",
                        quoted_rule(rule),
                        short_outcome(view, &flow)
                    ))
                })),
            }
            lines
        }
        CallHandler::Rule(_) | CallHandler::State(_) => {
            let flows = trace.call_flows();
            flows
                .iter()
                .flat_map(|flow| path_lines(view, flow))
                .collect()
        }
    }
}

fn quoted_rule(user_rule: &UserRule) -> String {
    format!("`{}`", sanitize::sanitize_inline(&user_rule.rule.name))
}

fn path_lines(view: TraceView<'_>, flow: &CallFlow) -> Vec<String> {
    let lines = call_path::call_path_lines(
        view.humanizer(),
        view.yaml_writer(),
        flow,
        view.trace.call.queue,
    );
    if lines.is_empty() {
        vec!["what happens to the call isn't set in the file".to_owned()]
    } else {
        lines
    }
}

fn first_outcome(view: TraceView<'_>) -> Option<String> {
    let flows = view.trace.call_flows();
    flows.first().map(|flow| short_outcome(view, flow))
}

fn short_outcome(view: TraceView<'_>, flow: &CallFlow) -> String {
    impact::describe_outcome(&view.humanizer(), &flow_to_yaml(view.yaml_writer(), flow))
}

/// Returns why a queue tries the next agent.
pub(super) fn queue_skip_reason(why: QueueSkipReason) -> &'static str {
    match why {
        QueueSkipReason::ForwardsAllCalls => "the user forwards all calls",
        QueueSkipReason::DoNotDisturb => "the user has do not disturb on",
        QueueSkipReason::OffDuty => "the user doesn't accept queue calls at this time",
        QueueSkipReason::NoAgent => "the user is in no call queue",
    }
}

/// Renders what happens at an extension that the call is forwarded to.
fn render_forward(view: TraceView<'_>, hop: &ForwardedCall<'_>) -> String {
    let label = view.label(&hop.to);
    let is_declared = view.trace.known.file.is_some();
    match &hop.next {
        ForwardResult::Loop => {
            format!("\n{NOTE}Then back to {label}{NOTE:#}: forwarding loop\n")
        }
        ForwardResult::Unknown if is_declared => {
            format!("\nThen to {label}, which no file describes\n")
        }
        ForwardResult::Unknown => format!("\nThen to {label}, which wasn't checked\n"),
        ForwardResult::Trace(trace) => {
            let trace: &CallTrace<'_> = trace;
            let decision = render_decision(TraceView { trace, ..view }, "  ");
            let notes: Vec<String> = assumption_notes(trace)
                .iter()
                .map(|note| note_line(&note.message))
                .collect();
            format!(
                "\nThen to {label}, assuming the same local time there:\n{decision}{}",
                notes.concat()
            )
        }
    }
}
