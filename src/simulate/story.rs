//! The story of one call.

use super::known::Known;
use super::rests::{Part, Rest, rests};
use crate::model::{Destination, HeldRule};
use crate::routing::{Call, Flow, Handler, Outcome, Step, Table};

/// What becomes of a call, and why.
#[derive(Debug)]
pub struct Story<'k> {
    /// Whose call it is.
    pub known: &'k Known,
    /// The call.
    pub call: Call,
    /// What takes it.
    pub handler: Handler<'k>,
    /// Everything that was considered, in order.
    pub steps: Vec<Step<'k>>,
    /// What is not known, and would make another story.
    pub rests: Vec<Rest<'k>>,
}

impl<'k> Story<'k> {
    pub(super) fn of(known: &'k Known, table: &Table<'k>, call: Call) -> Self {
        let (handler, steps) = table.explain(&call);
        let rests = rests(known, table, &call, &handler, &steps);
        Story {
            known,
            call,
            handler,
            steps,
            rests,
        }
    }

    /// The rules of which nobody can say whether they take the call: with any, the story is not decided.
    pub fn undecided(&self) -> Vec<&'k HeldRule> {
        let rules = self.rests.iter().filter_map(|rest| match rest {
            Rest::Conditions(held) => Some(*held),
            _ => None,
        });
        rules.collect()
    }

    /// The ways that the call may take: one, unless it is ambiguous; none where a queue goes on.
    pub fn flows(&self) -> Vec<Flow> {
        // A part without the type says nothing that could be told.
        if self.rests.contains(&Rest::Part(Part::All)) {
            return vec![Flow::default()];
        }
        match self.handler.outcome() {
            Outcome::Flow(flow) => vec![*flow],
            Outcome::Ambiguous(flows) => flows,
            Outcome::QueueSkips(_) | Outcome::UnreadStates | Outcome::NoState(_) => vec![],
        }
    }

    /// Where the call ends, where there is one answer to that.
    pub fn end(&self) -> Option<Destination> {
        match &self.flows()[..] {
            [flow] if self.undecided().is_empty() => flow.end.clone(),
            _ => None,
        }
    }
}
