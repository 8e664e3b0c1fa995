//! The trace of one call: the decision, its candidates and its assumptions.

use super::assumptions::{CallAssumption, find_assumptions};
use super::partial_handling::{DispatchingPart, PartialHandling};
use crate::model::{CallDestination, UserRule};
use crate::routing::{CallFlow, CallHandler, CallOutcome, IncomingCall, RoutingTable, TraceStep};

/// How a call is handled, and why.
#[derive(Debug)]
pub struct CallTrace<'k> {
    /// The call handling of the user who is called.
    pub known: &'k PartialHandling,
    /// The call that is simulated.
    pub call: IncomingCall,
    /// The rule or state that handles the call.
    pub handler: CallHandler<'k>,
    /// All candidates in the order in which they were checked.
    pub steps: Vec<TraceStep<'k>>,
    /// Assumptions about undeclared parts that could change the result.
    pub assumptions: Vec<CallAssumption<'k>>,
}

impl<'k> CallTrace<'k> {
    /// Decides a call and records the candidates and assumptions.
    pub(super) fn trace_call(
        known: &'k PartialHandling,
        table: &RoutingTable<'k>,
        call: IncomingCall,
    ) -> Self {
        let (handler, steps) = table.explain(&call);
        let assumptions = find_assumptions(known, table, &call, &handler, &steps);
        CallTrace {
            known,
            call,
            handler,
            steps,
            assumptions,
        }
    }

    /// Returns the rules whose undeclared conditions leave the result undecided.
    pub fn undecided_rules(&self) -> Vec<&'k UserRule> {
        let rules = self
            .assumptions
            .iter()
            .filter_map(|assumption| match assumption {
                CallAssumption::Conditions(rule) => Some(*rule),
                _ => None,
            });
        rules.collect()
    }

    /// Returns the possible call flows: one, several if the call is ambiguous, or none if the queue
    /// tries the next agent.
    pub fn call_flows(&self) -> Vec<CallFlow> {
        // A dispatching without a type does not define a flow.
        if self
            .assumptions
            .contains(&CallAssumption::Part(DispatchingPart::All))
        {
            return vec![CallFlow::default()];
        }
        match self.handler.outcome() {
            CallOutcome::Flow(flow) => vec![*flow],
            CallOutcome::Ambiguous(flows) => flows,
            CallOutcome::QueueSkips(_) | CallOutcome::UnreadStates | CallOutcome::NoState(_) => {
                vec![]
            }
        }
    }

    /// Returns the destination of the call, if there is exactly one possible flow.
    pub fn call_end(&self) -> Option<CallDestination> {
        match &self.call_flows()[..] {
            [flow] if self.undecided_rules().is_empty() => flow.end.clone(),
            _ => None,
        }
    }
}
