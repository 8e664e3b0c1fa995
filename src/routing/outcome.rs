//! What a caller notices: the same for all dispatchings that treat a call alike.

use serde_json::Value;

use super::decide::{Handler, Skip};
use crate::model::{
    Destination, DispatchType, Dispatching, Greeting, HeldRule, Prompt, RingGroup, RingTarget,
    Screening,
};

/// What a caller notices of the way that a call takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The call is handled so.
    Flow(Box<Flow>),
    /// One of these, and nobody can say which.
    Ambiguous(Vec<Flow>),
    /// The queue goes on to its next member.
    QueueSkips(Skip),
    /// As the user's states have it, which were not read.
    UnreadStates,
    /// No rule takes it: the user lacks this state.
    NoState(&'static str),
}

/// The way of a call, from the greeting to the end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    /// Played before it rings.
    pub greeting: Option<Greeting>,
    /// Spoken while the call is being connected.
    pub connecting_message: Option<Greeting>,
    /// Music or ring tone meanwhile.
    pub connecting_audio: Option<Greeting>,
    /// Callers who must say their name: when, and what then.
    pub screening: Option<(String, Option<String>)>,
    /// Who rings, in the order in which they begin.
    pub rings: Vec<Ring>,
    /// Apps that ring throughout.
    pub rings_always: Vec<RingTarget>,
    /// Where the call ends: at once where nobody rings, else when nobody answers. `None` where the
    /// rule does not say: a queue call goes back to its queue.
    pub end: Option<Destination>,
    /// Actions that we do not know, and a type that we do not know, in the API's form.
    pub other: Vec<Value>,
}

/// Targets that ring together.
#[derive(Debug, Clone, PartialEq)]
pub struct Ring {
    /// Seconds after the first ring.
    pub after: u64,
    /// For how long, in seconds; `None` where the service says nothing.
    pub seconds: Option<u64>,
    /// Who rings.
    pub targets: Vec<RingTarget>,
}

impl Outcome {
    pub(super) fn of(handler: &Handler<'_>) -> Outcome {
        match handler {
            Handler::Rule(held) => Outcome::Flow(Box::new(of_rule(held))),
            Handler::Ambiguous(candidates) => of_either(candidates),
            Handler::State(state) => Outcome::Flow(Box::new(Flow::of(&state.dispatching))),
            Handler::QueueSkips(why) => Outcome::QueueSkips(*why),
            Handler::UnreadStates => Outcome::UnreadStates,
            Handler::NoState(id) => Outcome::NoState(id),
        }
    }

    /// Whether a caller hears a difference between the two.
    pub fn differs(&self, other: &Outcome) -> bool {
        match (self, other) {
            // Why a queue goes on is nothing that a caller hears.
            (Outcome::QueueSkips(_), Outcome::QueueSkips(_)) => false,
            _ => self != other,
        }
    }
}

fn of_rule(held: &HeldRule) -> Flow {
    held.rule
        .dispatching
        .as_ref()
        .map(Flow::of)
        .unwrap_or_default()
}

/// Rules between which nobody can choose; no matter, where they treat the call alike.
fn of_either(candidates: &[&HeldRule]) -> Outcome {
    let mut flows: Vec<Flow> = Vec::new();
    for candidate in candidates {
        let flow = of_rule(candidate);
        if !flows.contains(&flow) {
            flows.push(flow);
        }
    }
    match flows.len() {
        1 => Outcome::Flow(Box::new(flows.remove(0))),
        _ => {
            // Two worlds may list the same rules in another order.
            flows.sort_by_cached_key(|flow| format!("{flow:?}"));
            Outcome::Ambiguous(flows)
        }
    }
}

impl Flow {
    /// The way that a call takes with this dispatching.
    pub fn of(dispatching: &Dispatching) -> Flow {
        let kind = dispatching.kind.as_ref();
        let mut other = dispatching.other.clone();
        if let Some(DispatchType::Other(name)) = kind {
            other.push(Value::from(name.as_str()));
        }
        if kind == Some(&DispatchType::Terminate) {
            return Flow {
                end: dispatching.at_once.as_ref().map(nameless_end),
                other,
                ..Flow::default()
            };
        }
        let groups = dispatching.ring.as_deref().unwrap_or_default();
        let always = dispatching.ring_always.as_deref().unwrap_or_default();
        Flow {
            greeting: played(&dispatching.greeting),
            connecting_message: played(&dispatching.connecting_message),
            connecting_audio: played(&dispatching.connecting_audio),
            screening: match &dispatching.screening {
                Some(Screening::On { when, result }) => Some((when.clone(), result.clone())),
                Some(Screening::Off) | None => None,
            },
            rings: rings(kind, groups),
            rings_always: nameless(always),
            end: dispatching.no_answer.as_ref().map(nameless_end),
            other,
        }
    }

    /// Everybody who rings, in order, each once.
    pub fn everybody(&self) -> Vec<&RingTarget> {
        let mut all: Vec<&RingTarget> = Vec::new();
        let groups = self.rings.iter().flat_map(|ring| &ring.targets);
        for target in self.rings_always.iter().chain(groups) {
            if !all.contains(&target) {
                all.push(target);
            }
        }
        all
    }

    /// For how many seconds it rings before the call ends; at least, where the service does not say.
    pub fn seconds(&self) -> u64 {
        let ends = self.rings.iter();
        let ends = ends.map(|ring| ring.after + ring.seconds.unwrap_or_default());
        ends.max().unwrap_or_default()
    }
}

fn played(prompt: &Option<Prompt>) -> Option<Greeting> {
    match prompt {
        Some(Prompt::On(greeting)) => Some(greeting.clone()),
        Some(Prompt::Off) | None => None,
    }
}

/// The groups that ring, each with its beginning.
fn rings(kind: Option<&DispatchType>, groups: &[RingGroup]) -> Vec<Ring> {
    let mut rings: Vec<Ring> = Vec::new();
    let mut so_far = 0;
    for group in groups.iter().filter(|group| group.enabled) {
        let after = match kind {
            Some(DispatchType::RingInOrder) => so_far,
            Some(DispatchType::Custom) => group.start_offset,
            _ => 0,
        };
        so_far += group.seconds.unwrap_or_default();
        let targets = nameless(&group.targets);
        let together = |ring: &&mut Ring| ring.after == after && ring.seconds == group.seconds;
        match rings.iter_mut().find(together) {
            Some(ring) => ring.targets.extend(targets),
            None => rings.push(Ring {
                after,
                seconds: group.seconds,
                targets,
            }),
        }
    }
    for ring in &mut rings {
        ring.targets
            .sort_by_cached_key(|target| format!("{target:?}"));
    }
    rings.sort_by_key(|ring| (ring.after, ring.seconds));
    rings
}

/// Targets without the names that people give to numbers: callers do not hear them.
fn nameless(targets: &[RingTarget]) -> Vec<RingTarget> {
    let targets = targets.iter().map(|target| match target {
        RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        other => other.clone(),
    });
    targets.collect()
}

fn nameless_end(end: &Destination) -> Destination {
    match end {
        Destination::PhoneNumber { number, .. } => Destination::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        other => other.clone(),
    }
}
