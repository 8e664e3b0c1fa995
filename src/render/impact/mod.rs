//! What callers will notice, kind of call by kind of call.

pub(crate) mod times;

use std::fmt;

use serde_json::Value;

use crate::engine::{Calls, Impact, Numbers, Supposed, Switched};
use crate::render::say::{Say, count};
use crate::render::shown;

/// More numbers than this are told by the rule that lists them, or by their count.
const NUMBERS: usize = 3;

/// What becomes of one kind of call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Effect {
    /// Which calls: `Mon–Fri 08:00–16:00 · direct calls`.
    pub(super) which: String,
    /// What differs: all that becomes of them, or one or more parts of that.
    pub(super) changes: Vec<Change>,
}

/// What is otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Change {
    /// Which part of what becomes of a call, such as `no answer`; none where it is the whole.
    pub(super) part: Option<&'static str>,
    /// As it is.
    pub(super) now: String,
    /// As it will be.
    pub(super) then: String,
}

/// In a line: `Mon–Fri 08:00–16:00 · direct calls: voicemail → +1 408-232-4343`.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<String> = self.changes.iter().map(Change::to_string).collect();
        write!(f, "{}: {}", self.which, told.join("; "))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { part, now, then } = self;
        if let Some(part) = part {
            write!(f, "{part}: ")?;
        }
        write!(f, "{now} → {then}")
    }
}

/// What callers will notice, in words.
pub(super) fn effects(say: &Say<'_>, impact: &[Impact]) -> Vec<Effect> {
    impact
        .iter()
        .map(|effect| self::effect(say, effect))
        .collect()
}

fn effect(say: &Say<'_>, effect: &Impact) -> Effect {
    let which = given(&effect.given).into_iter().chain([
        times::told(say, &effect.times),
        callers(say, &effect.callers),
        called(say, &effect.called),
        match effect.calls {
            Calls::Direct => Some("direct calls".to_owned()),
            Calls::Queue => Some("queue calls".to_owned()),
            Calls::Any => None,
        },
    ]);
    let which: Vec<String> = which.flatten().collect();
    Effect {
        which: match which.is_empty() {
            true => "every call".to_owned(),
            false => which.join(" · "),
        },
        changes: changes(say, &effect.before, &effect.after),
    }
}

fn given(given: &Supposed) -> Vec<Option<String>> {
    let switches = match given.switches {
        Switched::AsSet => None,
        Switched::BothOff => Some("with forward-all-calls and do not disturb off"),
        Switched::ForwardAllCalls => Some("while all calls are forwarded"),
        Switched::Dnd => Some("while do not disturb is on"),
    };
    let hours = given.working.map(|working| match working {
        true => "in work hours",
        false => "after hours",
    });
    let unknown = given.unknown_conditions.map(|hold| match hold {
        true => "where the unknown conditions hold",
        false => "where the unknown conditions do not hold",
    });
    let no_rule = given
        .no_rule
        .then_some("where no custom rule takes the call");
    [switches, hours, unknown, no_rule]
        .map(|part| part.map(str::to_owned))
        .into()
}

/// Callers or dialled numbers, said with these words.
struct Kind {
    /// `calls from +1 650-222-2222`
    from: &'static str,
    /// `everyone but +1 650-222-2222`
    all_but: &'static str,
    /// `the 5 callers of VIP`
    many: &'static str,
}

const CALLERS: Kind = Kind {
    from: "calls from ",
    all_but: "everyone but ",
    many: "callers",
};
const CALLED: Kind = Kind {
    from: "to ",
    all_but: "not to ",
    many: "numbers",
};

/// `the 5 callers of VIP`; nothing for everybody.
pub fn callers(say: &Say<'_>, callers: &Numbers) -> Option<String> {
    numbers(say, callers, &CALLERS)
}

/// `to +1 650-222-2222`; nothing for every number.
pub fn called(say: &Say<'_>, called: &Numbers) -> Option<String> {
    numbers(say, called, &CALLED)
}

fn numbers(say: &Say<'_>, numbers: &Numbers, kind: &Kind) -> Option<String> {
    let names = |list: &[Value]| -> String {
        let said: Vec<String> = list.iter().map(|number| say.caller(number)).collect();
        said.join(", ")
    };
    let some = |before: &str, list: &[Value]| match (&numbers.of_rules[..], list.len()) {
        (_, few) if few <= NUMBERS => format!("{before}{}", names(list)),
        ([rule, ..], all) => {
            let before = if before == kind.from { "" } else { before };
            let rule = shown::name(rule);
            format!("{before}the {} {} of {rule}", count(all), kind.many)
        }
        ([], all) => {
            let first = names(&list[..NUMBERS]);
            format!("{before}{first} and {} more", count(all - NUMBERS))
        }
    };
    match (numbers.others, &numbers.listed[..], &numbers.except[..]) {
        (true, _, []) => None,
        (true, [], except) => Some(some(kind.all_but, except)),
        (true, listed, except) => {
            let but_for = some(kind.all_but, except);
            Some(format!("{but_for}, and {}", some(kind.from, listed)))
        }
        (false, listed, []) => Some(some(kind.from, listed)),
        (false, listed, except) => {
            let but_for = match except.len() {
                few if few <= NUMBERS => names(except),
                many => format!("{} others", count(many)),
            };
            Some(format!("{} (not {but_for})", some(kind.from, listed)))
        }
    }
}

/// The parts that differ, where both ring; else the whole.
fn changes(say: &Say<'_>, before: &Value, after: &Value) -> Vec<Change> {
    let rings = |outcome: &Value| {
        outcome
            .get("rings")
            .or(outcome.get("ringsAlways"))
            .is_some()
    };
    let is_mixed = rings(before) != rings(after);
    if !(rings(before) && rings(after)) {
        // Beside one that rings first, it is said that the other does not.
        let told = |value: &Value| match (outcome(say, value), value.get("endsAt")) {
            (end, Some(_)) if is_mixed && !rings(value) => format!("{end} at once"),
            (told, _) => told,
        };
        let (now, then) = (told(before), told(after));
        if now != then {
            let part = None;
            return vec![Change { part, now, then }];
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
    let differing = parts.into_iter().filter_map(|(key, word)| {
        let both = [before, after].map(|outcome| outcome.get(key));
        let [now, then] = both.map(|value| part(say, key, value));
        (both[0] != both[1]).then_some(Change {
            part: Some(word),
            now,
            then,
        })
    });
    differing.collect()
}

fn part(say: &Say<'_>, key: &str, value: Option<&Value>) -> String {
    match (key, value) {
        ("endsAt", None) => "nothing more".to_owned(),
        (_, None) => "none".to_owned(),
        ("rings", Some(Value::Array(rings))) => ringing(say, rings),
        ("ringsAlways", Some(targets)) => say.thing(targets),
        (_, Some(value)) => say.value(key, value),
    }
}

/// Who rings: together or one after the other.
fn ringing(say: &Say<'_>, rings: &[Value]) -> String {
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
        text += &say.thing(ring.get("targets").unwrap_or(&Value::Null));
        if let Some(seconds) = ring.get("seconds").and_then(Value::as_u64) {
            text += &format!(" {seconds} s");
        }
    }
    text
}

/// What happens to a call, in a few words.
pub fn outcome(say: &Say<'_>, outcome: &Value) -> String {
    match outcome {
        Value::String(word) if word == "queueSkips" => "the queue goes on".to_owned(),
        Value::String(_) => "the usual handling".to_owned(),
        Value::Object(flow) if flow.contains_key("either") => {
            let either = flow.get("either").and_then(Value::as_array);
            let either = either.into_iter().flatten();
            let either: Vec<String> = either.map(|flow| self::outcome(say, flow)).collect();
            format!("ambiguous ({})", either.join(" or "))
        }
        Value::Object(flow) if flow.contains_key("default") => {
            let state = flow
                .get("default")
                .and_then(Value::as_str)
                .unwrap_or_default();
            format!("what the service has for {state}, which the files do not say")
        }
        Value::Object(flow) => {
            let mut parts = Vec::new();
            if let Some(Value::Array(rings)) = flow.get("rings") {
                parts.push(format!("rings {}", ringing(say, rings)));
            }
            if let Some(always) = flow.get("ringsAlways") {
                parts.push(format!("rings {} throughout", say.thing(always)));
            }
            match (flow.get("endsAt"), parts.is_empty()) {
                (Some(end), true) => say.thing(end),
                (Some(end), false) => {
                    format!("{}, no answer: {}", parts.join(" and "), say.thing(end))
                }
                (None, true) => "nothing".to_owned(),
                (None, false) => parts.join(" and "),
            }
        }
        other => say.thing(other),
    }
}
