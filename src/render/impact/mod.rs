//! The effects of a plan on callers, grouped by kind of call.

pub(crate) mod times;

use std::fmt;

use serde_json::Value;

use crate::reconcile::{CallImpact, ImpactNumbers};
use crate::render::humanize::{YamlHumanizer, format_count};
use crate::render::sanitize;
use crate::routing::{CallSource, EffectAssumptions, SwitchState};

/// The number of phone numbers that are listed. More are described by their rule or their count.
const MAX_NUMBERS: usize = 3;

/// The effect of a plan on one kind of call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CallerEffect {
    /// The kind of call: `direct calls · Mon–Fri 08:00–16:00`.
    pub(super) calls: String,
    /// The differences: one for the whole handling, or one for each part that changes.
    pub(super) changes: Vec<EffectChange>,
}

/// A difference in the handling of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct EffectChange {
    /// The part of the handling, such as `no answer`; `None` for the whole.
    pub(super) part: Option<&'static str>,
    /// The handling before the plan.
    pub(super) before: String,
    /// The handling after the plan.
    pub(super) after: String,
}

/// Formats as `direct calls · Mon–Fri 08:00–16:00: now: voicemail → after: +1 408-232-4343`.
impl fmt::Display for CallerEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.changes.iter().map(EffectChange::to_string).collect();
        write!(f, "{}: {}", self.calls, changes.join("; "))
    }
}

impl fmt::Display for EffectChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EffectChange {
            part,
            before,
            after,
        } = self;
        match part {
            Some(part) => write!(f, "{part}: {before} → {after}"),
            // Labeled, because a whole handling contains commas of its own.
            None => write!(f, "now: {before} → after: {after}"),
        }
    }
}

/// Describes each effect of a plan.
pub(super) fn describe_effects(
    humanizer: &YamlHumanizer<'_>,
    impact: &[CallImpact],
) -> Vec<CallerEffect> {
    impact
        .iter()
        .map(|effect| describe_effect(humanizer, effect))
        .collect()
}

fn describe_effect(humanizer: &YamlHumanizer<'_>, effect: &CallImpact) -> CallerEffect {
    let source = match effect.calls {
        CallSource::Direct => Some("direct calls"),
        CallSource::Queue => Some("queue calls"),
        CallSource::Any => None,
    };
    let called = describe_called_numbers(humanizer, &effect.called);
    let subject = match (source, called) {
        (source, Some(called)) => Some(format!("{} {called}", source.unwrap_or("calls"))),
        (source, None) => source.map(str::to_owned),
    };
    let calls: Vec<String> = subject
        .into_iter()
        .chain(describe_callers(humanizer, &effect.callers))
        .chain(times::describe_times(humanizer, &effect.times))
        .chain(describe_assumptions(&effect.given).map(str::to_owned))
        .collect();
    CallerEffect {
        calls: if calls.is_empty() {
            "every call".to_owned()
        } else {
            calls.join(" · ")
        },
        changes: describe_changes(humanizer, effect),
    }
}

/// Returns the conditions under which an effect holds.
fn describe_assumptions(given: &EffectAssumptions) -> impl Iterator<Item = &'static str> {
    let switches = match given.switches {
        SwitchState::AsSet => None,
        SwitchState::BothOff => Some("while forward-all-calls and do not disturb are off"),
        SwitchState::ForwardAllCalls => Some("while forward-all-calls is on"),
        SwitchState::Dnd => Some("while do not disturb is on"),
    };
    let hours = given.working.map(|is_working| {
        if is_working {
            "in work hours"
        } else {
            "after hours"
        }
    });
    let unknown = given.unknown_conditions.map(|are_met| {
        if are_met {
            "when the unsupported conditions match"
        } else {
            "when the unsupported conditions don't match"
        }
    });
    let no_rule = given.no_rule.then_some("when no rule applies");
    [switches, hours, unknown, no_rule].into_iter().flatten()
}

/// The wording for callers or called numbers.
struct NumberWording {
    /// The text before listed numbers: `calls from +1 650-222-2222`.
    from: &'static str,
    /// The text before excluded numbers: `everyone but +1 650-222-2222`.
    all_but: &'static str,
    /// The noun for the numbers of a rule: `the 5 callers of VIP`.
    plural: &'static str,
}

const CALLER_WORDING: NumberWording = NumberWording {
    from: "calls from ",
    all_but: "everyone but ",
    plural: "callers",
};
const CALLED_WORDING: NumberWording = NumberWording {
    from: "to ",
    all_but: "except to ",
    plural: "numbers",
};

/// Describes callers: `the 5 callers of VIP`. Returns `None` for all callers.
pub fn describe_callers(humanizer: &YamlHumanizer<'_>, callers: &ImpactNumbers) -> Option<String> {
    describe_numbers(humanizer, callers, &CALLER_WORDING)
}

/// Describes called numbers: `to +1 650-222-2222`. Returns `None` for all numbers.
pub fn describe_called_numbers(
    humanizer: &YamlHumanizer<'_>,
    called: &ImpactNumbers,
) -> Option<String> {
    describe_numbers(humanizer, called, &CALLED_WORDING)
}

fn describe_numbers(
    humanizer: &YamlHumanizer<'_>,
    numbers: &ImpactNumbers,
    wording: &NumberWording,
) -> Option<String> {
    let names = |list: &[Value]| -> String {
        let names = list.iter().map(|number| humanizer.describe_caller(number));
        names.collect::<Vec<_>>().join(", ")
    };
    let describe_list = |prefix: &str, list: &[Value]| match (&numbers.of_rules[..], list.len()) {
        (_, count) if count <= MAX_NUMBERS => format!("{prefix}{}", names(list)),
        ([rule, ..], count) => {
            let prefix = if prefix == wording.from { "" } else { prefix };
            let rule_name = sanitize::sanitize_inline(rule);
            format!(
                "{prefix}the {} {} of {rule_name}",
                format_count(count),
                wording.plural
            )
        }
        ([], count) => {
            let first = names(&list[..MAX_NUMBERS]);
            format!(
                "{prefix}{first} and {} more",
                format_count(count - MAX_NUMBERS)
            )
        }
    };
    match (numbers.others, &numbers.listed[..], &numbers.except[..]) {
        (true, _, []) => None,
        (true, [], except) => Some(describe_list(wording.all_but, except)),
        (true, listed, except) => {
            let but_for = describe_list(wording.all_but, except);
            Some(format!(
                "{but_for}, and {}",
                describe_list(wording.from, listed)
            ))
        }
        (false, listed, []) => Some(describe_list(wording.from, listed)),
        (false, listed, except) => {
            let but_for = match except.len() {
                count if count <= MAX_NUMBERS => names(except),
                count => format!("{} others", format_count(count)),
            };
            Some(format!(
                "{} (not {but_for})",
                describe_list(wording.from, listed)
            ))
        }
    }
}

/// The outcome of calls that states handle that were not read.
const UNREAD_STATES: &str = "states";

/// The parts of a handling, with their names.
const PARTS: [(&str, &str); 8] = [
    ("greeting", "greeting"),
    ("connectingMessage", "connecting message"),
    ("connectingAudio", "connecting audio"),
    ("screening", "screening"),
    ("rings", "rings"),
    ("ringsAlways", "rings throughout"),
    ("endsAt", "no answer"),
    ("actions", "other actions"),
];

/// Describes which state handles calls that match no rule, if the states were not read.
fn describe_state(effect: &CallImpact) -> String {
    let state = match (effect.calls, effect.given.working) {
        (CallSource::Queue, _) => "the agent state, if the user is in a queue",
        (_, None) => "work hours or after hours",
        (_, Some(true)) => "work hours",
        (_, Some(false)) => "after hours",
    };
    format!("handled by {state}")
}

/// Describes the parts that differ if both versions ring, else the whole handling.
fn describe_changes(humanizer: &YamlHumanizer<'_>, effect: &CallImpact) -> Vec<EffectChange> {
    let (before, after) = (&effect.before, &effect.after);
    let rings = |outcome: &Value| {
        let targets = outcome.get("rings").or(outcome.get("ringsAlways"));
        targets.is_some()
    };
    let is_mixed = rings(before) != rings(after);
    if !(rings(before) && rings(after)) {
        // If only one version rings, the other is marked as skipping the phones.
        let describe = |value: &Value| {
            let outcome = match value {
                Value::String(outcome) if outcome == UNREAD_STATES => describe_state(effect),
                value => describe_outcome(humanizer, value),
            };
            if is_mixed && !rings(value) && value.get("endsAt").is_some() {
                format!("straight to {outcome}")
            } else {
                outcome
            }
        };
        let whole = EffectChange {
            part: None,
            before: describe(before),
            after: describe(after),
        };
        if whole.before != whole.after {
            return vec![whole];
        }
    }
    let changed = PARTS
        .into_iter()
        .filter(|(key, _)| before.get(key) != after.get(key));
    let changes = changed.map(|(key, name)| EffectChange {
        part: Some(name),
        before: describe_part(humanizer, key, before.get(key)),
        after: describe_part(humanizer, key, after.get(key)),
    });
    changes.collect()
}

fn describe_part(humanizer: &YamlHumanizer<'_>, key: &str, value: Option<&Value>) -> String {
    match (key, value) {
        ("endsAt", None) => "nothing".to_owned(),
        (_, None) => "none".to_owned(),
        ("rings", Some(Value::Array(rings))) => describe_ringing(humanizer, rings),
        ("ringsAlways", Some(targets)) => humanizer.describe(targets),
        (_, Some(value)) => humanizer.describe_value(key, value),
    }
}

/// Describes the groups that ring, at the same time or in order.
fn describe_ringing(humanizer: &YamlHumanizer<'_>, rings: &[Value]) -> String {
    let mut text = String::new();
    for ring in rings {
        if !text.is_empty() {
            let is_first = ring["after"].as_u64().unwrap_or_default() == 0;
            text += if is_first { " with " } else { ", then " };
        }
        text += &humanizer.describe(&ring["targets"]);
        if let Some(seconds) = ring["seconds"].as_u64() {
            text += &format!(" {seconds} s");
        }
    }
    text
}

/// Describes what happens to a call in a few words.
pub fn describe_outcome(humanizer: &YamlHumanizer<'_>, outcome: &Value) -> String {
    let flow = match outcome {
        Value::String(outcome) if outcome == "queueSkips" => {
            return "the queue tries the next agent".to_owned();
        }
        Value::String(_) => return "handled by work hours or after hours".to_owned(),
        Value::Object(flow) => flow,
        other => return humanizer.describe(other),
    };
    if let Some(either) = flow.get("either") {
        let flows = either.as_array().into_iter().flatten();
        let outcomes: Vec<String> = flows
            .map(|flow| describe_outcome(humanizer, flow))
            .collect();
        return format!("ambiguous ({})", outcomes.join(" or "));
    }
    if let Some(state) = flow.get("default") {
        let state = state.as_str().unwrap_or_default();
        return format!("the account's handling for {state} (not set in the files)");
    }
    let mut parts = Vec::new();
    if let Some(Value::Array(rings)) = flow.get("rings") {
        parts.push(format!("rings {}", describe_ringing(humanizer, rings)));
    }
    if let Some(always) = flow.get("ringsAlways") {
        parts.push(format!("rings {} throughout", humanizer.describe(always)));
    }
    let ringing = parts.join(" and ");
    let end = flow.get("endsAt").map(|end| humanizer.describe(end));
    match (end, ringing.is_empty()) {
        (Some(end), true) => end,
        (Some(end), false) => format!("{ringing}, then {end}"),
        (None, true) => "nothing".to_owned(),
        (None, false) => ringing,
    }
}
