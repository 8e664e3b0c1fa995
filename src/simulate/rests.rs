//! What a decision rests on, where a file leaves something open.

use super::known::{Known, Open};
use crate::model::{DispatchType, Dispatching, HeldRule, StateId};
use crate::routing::{Call, Considered, Handler, Miss, Skip, Step, Supposing, Table, Verdict};

/// Something that is not known, and would make another story of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rest<'k> {
    /// This state is taken as switched off.
    Switch(&'static str),
    /// Whether the rule that takes the call is on is not declared; it is taken as on.
    Enabled(&'k HeldRule),
    /// Rules beside the declared ones are left alone; there are taken to be none that takes the call.
    OtherRules,
    /// The interaction rules are not declared; there are taken to be none.
    Rules,
    /// This state is taken to hold as it does for a new user.
    Schedule(&'static str),
    /// The user is taken as no agent of any queue.
    Agent,
    /// A rule that does not say whether it takes queue calls is taken to leave them.
    QueueCalls(&'k HeldRule),
    /// A rule has a condition that callrules does not know, which is taken not to hold.
    UnknownCondition,
    /// It is not known which calls this rule takes, so nobody can say whether it takes this one.
    Conditions(&'k HeldRule),
    /// Which number was dialled is not said; it is taken as none that a rule lists.
    Dialled,
    /// A part of what happens to the call is not declared.
    Part(Part),
}

/// A part of what happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    All,
    /// Who rings.
    Rings,
    /// Where it ends.
    End,
}

impl Rest<'_> {
    /// Whether this is nothing that a file must say: users switch and make it in the app at any time, or the
    /// call itself leaves it open.
    pub fn is_granted(&self) -> bool {
        matches!(
            self,
            Rest::Switch(_) | Rest::Enabled(_) | Rest::OtherRules | Rest::Dialled
        )
    }
}

/// All that the story of a call rests on.
pub(super) fn rests<'k>(
    known: &'k Known,
    table: &Table<'k>,
    call: &Call,
    handler: &Handler<'k>,
    steps: &[Step<'k>],
) -> Vec<Rest<'k>> {
    let looker = Looker {
        known,
        table,
        call,
        handler,
    };
    let mut rests = Vec::new();
    looker.switches(&mut rests);
    if looker.is_past_the_switches() {
        looker.rules(steps, &mut rests);
        looker.hours(&mut rests);
    }
    if known.file.is_some() {
        let takers = match handler {
            Handler::Rule(held) => std::slice::from_ref(held),
            Handler::Ambiguous(either) => either,
            _ => &[],
        };
        let unsaid = takers.iter().filter(|held| held.rule.enabled.is_none());
        rests.extend(unsaid.map(|held| Rest::Enabled(held)));
        let takers: Vec<(bool, Option<&Dispatching>)> = match handler {
            Handler::Ambiguous(either) => {
                let either = either.iter();
                let either = either.map(|held| (false, held.rule.dispatching.as_ref()));
                either.collect()
            }
            Handler::Rule(held) => vec![(false, held.rule.dispatching.as_ref())],
            Handler::State(state) => {
                let is_agent = state.id.as_str() == StateId::AGENT;
                vec![(is_agent, Some(&state.dispatching))]
            }
            Handler::QueueSkips(_) | Handler::UnreadStates | Handler::NoState(_) => vec![],
        };
        for (is_agent, dispatching) in takers {
            for part in open_parts(dispatching, is_agent) {
                if !rests.contains(&Rest::Part(part)) {
                    rests.push(Rest::Part(part));
                }
            }
        }
    }
    rests
}

struct Looker<'l, 'k> {
    known: &'k Known,
    table: &'l Table<'k>,
    call: &'l Call,
    handler: &'l Handler<'k>,
}

impl<'k> Looker<'_, 'k> {
    /// Whether the call would be taken otherwise if this were so.
    fn depends_on(&self, supposing: Supposing) -> bool {
        self.table.decide(self.call, supposing) != *self.handler
    }

    fn is_past_the_switches(&self) -> bool {
        match self.handler {
            Handler::State(state) => {
                !matches!(state.id.as_str(), StateId::FORWARD_ALL_CALLS | StateId::DND)
            }
            Handler::QueueSkips(why) => !matches!(why, Skip::ForwardsAllCalls | Skip::DoNotDisturb),
            _ => true,
        }
    }

    fn switches(&self, rests: &mut Vec<Rest<'k>>) {
        let none = Supposing::default();
        let forwards = Supposing {
            forward_all_calls: Some(true),
            ..none
        };
        let busy = Supposing {
            dnd: Some(true),
            ..none
        };
        for (id, supposing) in [(StateId::FORWARD_ALL_CALLS, forwards), (StateId::DND, busy)] {
            if self.known.leaves_open(Open::Switch(id)) && self.depends_on(supposing) {
                rests.push(Rest::Switch(id));
            }
        }
        let is_forwarded = match self.handler {
            Handler::State(state) => state.id.as_str() == StateId::FORWARD_ALL_CALLS,
            Handler::QueueSkips(why) => *why == Skip::ForwardsAllCalls,
            _ => false,
        };
        let hours = Open::Schedule(StateId::FORWARD_ALL_CALLS);
        if is_forwarded && self.known.leaves_open(hours) {
            rests.push(Rest::Schedule(StateId::FORWARD_ALL_CALLS));
        }
    }

    fn rules(&self, steps: &[Step<'k>], rests: &mut Vec<Rest<'k>>) {
        for (open, rest) in [
            (Open::Rules, Rest::Rules),
            (Open::OtherRules, Rest::OtherRules),
        ] {
            if self.known.leaves_open(open) {
                rests.push(rest);
            }
        }
        let takes = |step: &Step<'_>| matches!(step.verdict, Verdict::Takes | Verdict::MayTake);
        let taken = steps.iter().find(|step| takes(step));
        let highest = match taken.map(|step| &step.considered) {
            Some(Considered::Rule(_, priority)) => *priority,
            _ => 0,
        };
        for step in steps {
            let (Considered::Rule(held, priority), Verdict::Misses(misses)) =
                (&step.considered, &step.verdict)
            else {
                continue;
            };
            let says_nothing_of_queues = held.rule.queue_calls_included.is_none();
            match misses[..] {
                [Miss::NoConditions]
                    if !self.call.queue || held.rule.queue_calls_included != Some(false) =>
                {
                    rests.push(Rest::Conditions(held));
                }
                [Miss::Queue] if says_nothing_of_queues && *priority >= highest => {
                    rests.push(Rest::QueueCalls(held));
                }
                [Miss::Called]
                    if self.call.to.is_none()
                        && *priority >= highest
                        && !rests.contains(&Rest::Dialled) =>
                {
                    rests.push(Rest::Dialled);
                }
                _ => {}
            }
        }
        let unknown = Supposing {
            unknown_conditions: true,
            ..Supposing::default()
        };
        if self.depends_on(unknown) {
            rests.push(Rest::UnknownCondition);
        }
    }

    fn hours(&self, rests: &mut Vec<Rest<'k>>) {
        let off_work = Supposing {
            working: Some(false),
            ..Supposing::default()
        };
        let hours = Open::Schedule(StateId::WORK_HOURS);
        if self.known.leaves_open(hours) && self.depends_on(off_work) {
            rests.push(Rest::Schedule(StateId::WORK_HOURS));
        }
        let (skips, takes) = match self.handler {
            Handler::QueueSkips(why) => (Some(*why), false),
            Handler::State(state) => (None, state.id.as_str() == StateId::AGENT),
            _ => (None, false),
        };
        if skips == Some(Skip::NoAgent) && self.known.leaves_open(Open::Agent) {
            rests.push(Rest::Agent);
        }
        let is_about_duty = takes || skips == Some(Skip::OffDuty);
        if is_about_duty && self.known.leaves_open(Open::Schedule(StateId::AGENT)) {
            rests.push(Rest::Schedule(StateId::AGENT));
        }
    }
}

/// What a file leaves open of what happens to a call. Nothing is said of where an agent's calls end: they go
/// back to their queue.
fn open_parts(dispatching: Option<&Dispatching>, is_agent: bool) -> Vec<Part> {
    let Some(dispatching) = dispatching else {
        return vec![Part::All];
    };
    match &dispatching.kind {
        None => vec![Part::All],
        Some(DispatchType::Other(_)) => vec![],
        Some(DispatchType::Terminate) => match dispatching.at_once {
            Some(_) => vec![],
            None => vec![Part::End],
        },
        Some(_) => {
            let rings = dispatching.ring.is_some() || dispatching.ring_always.is_some();
            let ends = is_agent || dispatching.no_answer.is_some();
            let parts = [(rings, Part::Rings), (ends, Part::End)];
            let open = parts.into_iter().filter(|(is_said, _)| !is_said);
            open.map(|(_, part)| part).collect()
        }
    }
}
