//! The effects of a plan on callers, grouped by kind of call.

pub(crate) mod times;

use std::fmt;

use serde_json::Value;

use crate::reconcile::{
    CallImpact, ImpactAssumptions, ImpactCallSource, ImpactNumbers, ImpactToggles,
};
use crate::render::humanize::{YamlHumanizer, format_count};
use crate::render::sanitize;

/// The number of phone numbers that are listed. More are described by their rule or their count.
const MAX_NUMBERS: usize = 3;

/// The effect of a plan on one kind of call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CallerEffect {
    /// The kind of call: `Mon–Fri 08:00–16:00 · direct calls`.
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

/// Formats as `Mon–Fri 08:00–16:00 · direct calls: voicemail → +1 408-232-4343`.
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
        if let Some(part) = part {
            write!(f, "{part}: ")?;
        }
        write!(f, "{before} → {after}")
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
    let parts = describe_assumptions(&effect.given).into_iter().chain([
        times::describe_times(humanizer, &effect.times),
        describe_callers(humanizer, &effect.callers),
        describe_called_numbers(humanizer, &effect.called),
        match effect.calls {
            ImpactCallSource::Direct => Some("direct calls".to_owned()),
            ImpactCallSource::Queue => Some("queue calls".to_owned()),
            ImpactCallSource::Any => None,
        },
    ]);
    let calls: Vec<String> = parts.flatten().collect();
    CallerEffect {
        calls: if calls.is_empty() {
            "every call".to_owned()
        } else {
            calls.join(" · ")
        },
        changes: describe_changes(humanizer, &effect.before, &effect.after),
    }
}

/// Returns the conditions under which an effect holds.
fn describe_assumptions(assumptions: &ImpactAssumptions) -> Vec<Option<String>> {
    let toggles = match assumptions.switches {
        ImpactToggles::AsSet => None,
        ImpactToggles::BothOff => Some("while forward-all-calls and do not disturb are off"),
        ImpactToggles::ForwardAllCalls => Some("while forward-all-calls is on"),
        ImpactToggles::Dnd => Some("while do not disturb is on"),
    };
    let hours = assumptions.working.map(|is_working| {
        if is_working {
            "in work hours"
        } else {
            "after hours"
        }
    });
    let unknown = assumptions.unknown_conditions.map(|are_met| {
        if are_met {
            "when the unsupported conditions match"
        } else {
            "when the unsupported conditions don't match"
        }
    });
    let no_rule = assumptions.no_rule.then_some("when no rule applies");
    [toggles, hours, unknown, no_rule]
        .map(|part| part.map(str::to_owned))
        .into()
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
    all_but: "not to ",
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
        let names: Vec<String> = list
            .iter()
            .map(|number| humanizer.describe_caller(number))
            .collect();
        names.join(", ")
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

/// Describes the parts that differ if both versions ring, else the whole handling.
fn describe_changes(
    humanizer: &YamlHumanizer<'_>,
    before: &Value,
    after: &Value,
) -> Vec<EffectChange> {
    let rings = |outcome: &Value| {
        outcome
            .get("rings")
            .or(outcome.get("ringsAlways"))
            .is_some()
    };
    let is_mixed = rings(before) != rings(after);
    if !(rings(before) && rings(after)) {
        // If only one version rings, the other is marked as immediate.
        let describe = |value: &Value| {
            let outcome = describe_outcome(humanizer, value);
            if is_mixed && !rings(value) && value.get("endsAt").is_some() {
                format!("{outcome} immediately")
            } else {
                outcome
            }
        };
        let (text_before, text_after) = (describe(before), describe(after));
        if text_before != text_after {
            return vec![EffectChange {
                part: None,
                before: text_before,
                after: text_after,
            }];
        }
    }
    let parts = [
        ("greeting", "greeting"),
        ("connectingMessage", "connecting message"),
        ("connectingAudio", "connecting audio"),
        ("screening", "screening"),
        ("rings", "rings"),
        ("ringsAlways", "rings throughout"),
        ("endsAt", "no answer"),
        ("actions", "other actions"),
    ];
    parts
        .into_iter()
        .filter_map(|(key, name)| {
            let (value_before, value_after) = (before.get(key), after.get(key));
            (value_before != value_after).then(|| EffectChange {
                part: Some(name),
                before: describe_part(humanizer, key, value_before),
                after: describe_part(humanizer, key, value_after),
            })
        })
        .collect()
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
        let after = ring
            .get("after")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if !text.is_empty() {
            text += match after {
                0 => " with ",
                _ => ", then ",
            };
        }
        text += &humanizer.describe(ring.get("targets").unwrap_or(&Value::Null));
        if let Some(seconds) = ring.get("seconds").and_then(Value::as_u64) {
            text += &format!(" {seconds} s");
        }
    }
    text
}

/// Describes what happens to a call in a few words.
pub fn describe_outcome(humanizer: &YamlHumanizer<'_>, outcome: &Value) -> String {
    match outcome {
        Value::String(outcome) if outcome == "queueSkips" => {
            "the queue tries the next agent".to_owned()
        }
        Value::String(_) => "normal handling".to_owned(),
        Value::Object(flow) if flow.contains_key("either") => {
            let outcomes: Vec<String> = flow
                .get("either")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|flow| describe_outcome(humanizer, flow))
                .collect();
            format!("ambiguous ({})", outcomes.join(" or "))
        }
        Value::Object(flow) if flow.contains_key("default") => {
            let state = flow
                .get("default")
                .and_then(Value::as_str)
                .unwrap_or_default();
            format!("the account's handling for {state} (not set in the files)")
        }
        Value::Object(flow) => {
            let mut parts = Vec::new();
            if let Some(Value::Array(rings)) = flow.get("rings") {
                parts.push(format!("rings {}", describe_ringing(humanizer, rings)));
            }
            if let Some(always) = flow.get("ringsAlways") {
                parts.push(format!("rings {} throughout", humanizer.describe(always)));
            }
            match (flow.get("endsAt"), parts.is_empty()) {
                (Some(end), true) => humanizer.describe(end),
                (Some(end), false) => {
                    format!(
                        "{}, no answer: {}",
                        parts.join(" and "),
                        humanizer.describe(end)
                    )
                }
                (None, true) => "nothing".to_owned(),
                (None, false) => parts.join(" and "),
            }
        }
        other => humanizer.describe(other),
    }
}
