//! The story of a call as a manager reads it.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::because::{because, is_taking, name};
use super::{Told, notes, way};
use crate::engine::flow_in_words;
use crate::model::{DateTime, HeldRule};
use crate::render::impact;
use crate::render::say::phone_number;
use crate::render::shown;
use crate::render::wrap::padded;
use crate::routing::{Call, Considered, Flow, Handler, Skip};
use crate::simulate::{Hop, Next, Story};

const TAKES: Style = AnsiColor::Green.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Who calls whom and when, what was considered, what happens, and where the call goes on to.
pub fn text(told: Told<'_>) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n\n", heading(told));
    text += &decision(told, "  ");
    for hop in told.hops {
        text += &onwards(told, hop);
    }
    let notes = notes(told.story);
    let all = notes.iter().chain(told.remarks);
    let all: String = all
        .map(|note| format!("  {NOTE}!{NOTE:#} {}\n", shown::name(&note.message)))
        .collect();
    if !all.is_empty() {
        text += &format!("\n{all}");
    }
    if told.story.known.file.is_some() && !notes.is_empty() {
        text += &format!("  {FAINT}`--live` looks at the account{FAINT:#}\n");
    }
    text
}

/// `A direct call from +1 650-222-2222 (Sandra Bell) to Alex Morgan · 101, Wednesday 25 November 2026 22:10`.
pub(in crate::render) fn heading(told: Told<'_>) -> String {
    let Call {
        from,
        to,
        at,
        queue,
    } = &told.story.call;
    let kind = if *queue { "queue" } else { "direct" };
    let from = match from {
        Some(number) => {
            let name = told.story.known.name_of(number);
            let name = name.map(|name| format!(" ({})", shown::name(name)));
            let name = name.unwrap_or_default();
            format!("{}{name}", phone_number(number))
        }
        None => "a caller without a number".to_owned(),
    };
    let to = to.as_deref().map(|to| format!(" on {}", phone_number(to)));
    let zone = told.zone.map(|zone| format!(" ({zone})"));
    format!(
        "A {kind} call from {from} to {}{}, {}{}",
        told.label(&told.story.known.user),
        to.unwrap_or_default(),
        moment(*at),
        zone.unwrap_or_default()
    )
}

fn moment(at: DateTime) -> String {
    let seconds = if at.second() == 0 { "" } else { ":%S" };
    at.strftime(&format!("%A %-d %B %Y %H:%M{seconds}"))
        .to_string()
}

/// Everything that was considered, and what happens.
pub(in crate::render) fn decision(told: Told<'_>, indent: &str) -> String {
    let story = told.story;
    let names: Vec<_> = { story.steps.iter() }
        .map(|step| shown::name(name(step)))
        .collect();
    let width = names.iter().map(|name| display_width(name)).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for (step, name) in story.steps.iter().zip(&names) {
        let priority = match &step.considered {
            Considered::Rule(_, priority) if *priority > 0 => format!("priority {priority}: "),
            _ => String::new(),
        };
        let line = format!(
            "{}  {priority}{}",
            padded(name, width),
            because(story, step)
        );
        text += &match is_taking(step) {
            true => format!("{indent}{TAKES}▸ {line}{TAKES:#}\n"),
            false => format!("{indent}  {line}\n"),
        };
    }
    for line in outcome(told) {
        text += &format!("{indent}{BOLD}→{BOLD:#} {line}\n");
    }
    text
}

/// What happens, one line each.
fn outcome(told: Told<'_>) -> Vec<String> {
    let story = told.story;
    let undecided = story.undecided();
    if !undecided.is_empty() {
        let rules: Vec<String> = { undecided.iter() }.map(|held| quoted(held)).collect();
        let rules = rules.join(" or ");
        let else_ = told_in_short(told).unwrap_or_else(|| "nothing that is known".to_owned());
        return vec![format!(
            "cannot be decided: {rules} may take the call; if not: {else_}"
        )];
    }
    match &story.handler {
        Handler::QueueSkips(why) => vec![format!(
            "the queue goes on to its next member: {}",
            skips(*why)
        )],
        Handler::NoState(id) => vec![format!("not known: the user has no state {id}")],
        Handler::UnreadStates => vec!["not known: the states were not read".to_owned()],
        Handler::Ambiguous(either) => {
            let names = either.iter().map(|held| quoted(held));
            let names: Vec<String> = names.collect();
            let mut lines = vec![format!(
                "ambiguous: {} have one priority, and nobody can say which wins",
                names.join(" and ")
            )];
            match &story.flows()[..] {
                [same] => lines.extend(ways(told, same)),
                _ => lines.extend(either.iter().filter_map(|held| {
                    let flow = Flow::of(held.rule.dispatching.as_ref()?);
                    Some(format!("{}: {}", quoted(held), short(told, &flow)))
                })),
            }
            lines
        }
        Handler::Rule(_) | Handler::State(_) => {
            let flows = story.flows();
            flows.iter().flat_map(|flow| ways(told, flow)).collect()
        }
    }
}

fn quoted(held: &HeldRule) -> String {
    format!("`{}`", shown::name(&held.rule.name))
}

fn ways(told: Told<'_>, flow: &Flow) -> Vec<String> {
    let lines = way::lines(told.say(), told.words(), flow, told.story.call.queue);
    match lines.is_empty() {
        true => vec!["what happens to the call is not declared".to_owned()],
        false => lines,
    }
}

fn told_in_short(told: Told<'_>) -> Option<String> {
    let flows = told.story.flows();
    flows.first().map(|flow| short(told, flow))
}

fn short(told: Told<'_>, flow: &Flow) -> String {
    impact::outcome(&told.say(), &flow_in_words(told.words(), flow))
}

/// Why a queue goes on.
pub(super) fn skips(why: Skip) -> &'static str {
    match why {
        Skip::ForwardsAllCalls => "the user forwards all calls",
        Skip::DoNotDisturb => "the user does not want to be disturbed",
        Skip::OffDuty => "the user takes no queue calls at this time",
        Skip::NoAgent => "the user is no agent of any queue",
    }
}

/// What happens at the extension where a call goes on to.
fn onwards(told: Told<'_>, hop: &Hop<'_>) -> String {
    let there = told.label(&hop.to);
    let is_declared = told.story.known.file.is_some();
    match &hop.next {
        Next::Loop => {
            format!("\n{NOTE}Then back to {there}{NOTE:#}: the call goes round and round\n")
        }
        Next::Unknown if is_declared => {
            format!("\nThen at {there}: no file says what happens there\n")
        }
        Next::Unknown => format!("\nThen at {there}: its rules were not read\n"),
        Next::Story(story) => {
            let story: &Story<'_> = story;
            let there = format!(
                "\nThen at {there}, taken to be at the same local time:\n{}",
                decision(Told { story, ..told }, "  ")
            );
            let notes: String = notes(story)
                .into_iter()
                .map(|note| format!("  {NOTE}!{NOTE:#} {}\n", shown::name(&note.message)))
                .collect();
            there + &notes
        }
    }
}
