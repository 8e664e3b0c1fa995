//! The assumptions of a decision, for parts that a file does not set.

use super::partial_handling::{DispatchingPart, PartialHandling, UndeclaredPart, undeclared_parts};
use crate::model::{StateId, UserRule};
use crate::routing::{
    CallHandler, CandidateResult, IncomingCall, MismatchReason, QueueSkipReason,
    RoutingAssumptions, RoutingTable, RuleCandidate, TraceStep,
};

/// An unknown fact that could change how a call is handled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CallAssumption<'k> {
    /// This state is assumed to be off.
    Switch(&'static str),
    /// The file does not set `enabled` for the rule that handles the call; assumed on.
    Enabled(&'k UserRule),
    /// Rules that are not declared stay on the account; assumed that none matches the call.
    OtherRules,
    /// The interaction rules are not declared; assumed that there are none.
    Rules,
    /// The schedule of this state is assumed to be the default of a new user.
    Schedule(&'static str),
    /// The user is assumed not to be in a call queue.
    Agent,
    /// The file does not set `queueCallsIncluded` for this rule; assumed that it ignores queue
    /// calls.
    QueueCalls(&'k UserRule),
    /// A rule has a condition that callrules does not know; assumed that it does not hold.
    UnknownCondition,
    /// The conditions of this rule are not declared, so it is unknown whether it matches the call.
    Conditions(&'k UserRule),
    /// The called number is not given; assumed to be one that no rule lists.
    CalledNumber,
    /// A part of the dispatching is not declared.
    Part(DispatchingPart),
}

impl CallAssumption<'_> {
    /// Returns whether a test may rely on this assumption: the user can change it in the app at any
    /// time, or the call itself leaves it open.
    pub fn is_acceptable(&self) -> bool {
        matches!(
            self,
            CallAssumption::Switch(_)
                | CallAssumption::Enabled(_)
                | CallAssumption::OtherRules
                | CallAssumption::CalledNumber
        )
    }
}

/// Returns the assumptions that a decision depends on.
pub(super) fn find_assumptions<'k>(
    known: &'k PartialHandling,
    table: &RoutingTable<'k>,
    call: &IncomingCall,
    handler: &CallHandler<'k>,
    steps: &[TraceStep<'k>],
) -> Vec<CallAssumption<'k>> {
    let finder = AssumptionFinder {
        known,
        table,
        call,
        handler,
    };
    let mut assumptions = Vec::new();
    finder.check_switches(&mut assumptions);
    if finder.reaches_rules() {
        finder.check_rules(steps, &mut assumptions);
        finder.check_hours(&mut assumptions);
    }
    if known.file.is_some() {
        let rules = match handler {
            CallHandler::Rule(rule) => std::slice::from_ref(rule),
            CallHandler::Ambiguous(either) => either,
            _ => &[],
        };
        let enabled_unset = rules.iter().filter(|rule| rule.rule.enabled.is_none());
        assumptions.extend(enabled_unset.map(|rule| CallAssumption::Enabled(rule)));
        let mut parts: Vec<DispatchingPart> = rules
            .iter()
            .flat_map(|rule| undeclared_parts(rule.rule.dispatching.as_ref(), false))
            .collect();
        if let CallHandler::State(state) = handler {
            let is_agent = state.id.as_str() == StateId::AGENT;
            parts.extend(undeclared_parts(Some(&state.dispatching), is_agent));
        }
        for part in parts {
            if !assumptions.contains(&CallAssumption::Part(part)) {
                assumptions.push(CallAssumption::Part(part));
            }
        }
    }
    assumptions
}

/// The decision whose assumptions are looked for.
struct AssumptionFinder<'l, 'k> {
    known: &'k PartialHandling,
    table: &'l RoutingTable<'k>,
    call: &'l IncomingCall,
    handler: &'l CallHandler<'k>,
}

impl<'k> AssumptionFinder<'_, 'k> {
    /// Returns whether the call would be handled differently under this assumption.
    fn depends_on(&self, assumption: RoutingAssumptions) -> bool {
        self.table.decide(self.call, assumption) != *self.handler
    }

    /// Returns whether the decision got past forward-all-calls and dnd.
    fn reaches_rules(&self) -> bool {
        match self.handler {
            CallHandler::State(state) => {
                !matches!(state.id.as_str(), StateId::FORWARD_ALL_CALLS | StateId::DND)
            }
            CallHandler::QueueSkips(reason) => !matches!(
                reason,
                QueueSkipReason::ForwardsAllCalls | QueueSkipReason::DoNotDisturb
            ),
            _ => true,
        }
    }

    /// Adds assumptions about undeclared switches.
    fn check_switches(&self, assumptions: &mut Vec<CallAssumption<'k>>) {
        let none = RoutingAssumptions::default();
        let forwards = RoutingAssumptions {
            forward_all_calls: Some(true),
            ..none
        };
        let busy = RoutingAssumptions {
            dnd: Some(true),
            ..none
        };
        for (id, assumption) in [(StateId::FORWARD_ALL_CALLS, forwards), (StateId::DND, busy)] {
            if self.known.is_undeclared(UndeclaredPart::Switch(id)) && self.depends_on(assumption) {
                assumptions.push(CallAssumption::Switch(id));
            }
        }
        let is_forwarded = match self.handler {
            CallHandler::State(state) => state.id.as_str() == StateId::FORWARD_ALL_CALLS,
            CallHandler::QueueSkips(reason) => *reason == QueueSkipReason::ForwardsAllCalls,
            _ => false,
        };
        let hours = UndeclaredPart::Schedule(StateId::FORWARD_ALL_CALLS);
        if is_forwarded && self.known.is_undeclared(hours) {
            assumptions.push(CallAssumption::Schedule(StateId::FORWARD_ALL_CALLS));
        }
    }

    /// Adds assumptions about undeclared rules and undeclared parts of rules.
    fn check_rules(&self, steps: &[TraceStep<'k>], assumptions: &mut Vec<CallAssumption<'k>>) {
        for (part, assumption) in [
            (UndeclaredPart::Rules, CallAssumption::Rules),
            (UndeclaredPart::OtherRules, CallAssumption::OtherRules),
        ] {
            if self.known.is_undeclared(part) {
                assumptions.push(assumption);
            }
        }
        let can_handle = |step: &TraceStep<'_>| {
            matches!(
                step.result,
                CandidateResult::Handles | CandidateResult::MayHandle
            )
        };
        let handling_step = steps.iter().find(|step| can_handle(step));
        let highest = match handling_step.map(|step| &step.candidate) {
            Some(RuleCandidate::Rule(_, priority)) => *priority,
            _ => 0,
        };
        for step in steps {
            let (RuleCandidate::Rule(rule, priority), CandidateResult::Mismatches(misses)) =
                (&step.candidate, &step.result)
            else {
                continue;
            };
            let queue_calls_unset = rule.rule.queue_calls_included.is_none();
            match misses[..] {
                [MismatchReason::NoConditions]
                    if !self.call.queue || rule.rule.queue_calls_included != Some(false) =>
                {
                    assumptions.push(CallAssumption::Conditions(rule));
                }
                [MismatchReason::Queue] if queue_calls_unset && *priority >= highest => {
                    assumptions.push(CallAssumption::QueueCalls(rule));
                }
                [MismatchReason::Called]
                    if self.call.to.is_none()
                        && *priority >= highest
                        && !assumptions.contains(&CallAssumption::CalledNumber) =>
                {
                    assumptions.push(CallAssumption::CalledNumber);
                }
                _ => {}
            }
        }
        let unknown = RoutingAssumptions {
            unknown_conditions: true,
            ..RoutingAssumptions::default()
        };
        if self.depends_on(unknown) {
            assumptions.push(CallAssumption::UnknownCondition);
        }
    }

    /// Adds assumptions about undeclared schedules and queue membership.
    fn check_hours(&self, assumptions: &mut Vec<CallAssumption<'k>>) {
        let off_work = RoutingAssumptions {
            working: Some(false),
            ..RoutingAssumptions::default()
        };
        let hours = UndeclaredPart::Schedule(StateId::WORK_HOURS);
        if self.known.is_undeclared(hours) && self.depends_on(off_work) {
            assumptions.push(CallAssumption::Schedule(StateId::WORK_HOURS));
        }
        let (skip_reason, is_agent) = match self.handler {
            CallHandler::QueueSkips(reason) => (Some(*reason), false),
            CallHandler::State(state) => (None, state.id.as_str() == StateId::AGENT),
            _ => (None, false),
        };
        if skip_reason == Some(QueueSkipReason::NoAgent)
            && self.known.is_undeclared(UndeclaredPart::Agent)
        {
            assumptions.push(CallAssumption::Agent);
        }
        let depends_on_duty = is_agent || skip_reason == Some(QueueSkipReason::OffDuty);
        if depends_on_duty
            && self
                .known
                .is_undeclared(UndeclaredPart::Schedule(StateId::AGENT))
        {
            assumptions.push(CallAssumption::Schedule(StateId::AGENT));
        }
    }
}
