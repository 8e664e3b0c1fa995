//! Simulates calls and follows forwards from user to user.

use std::cell::OnceCell;
use std::collections::HashMap;

use jiff::ToSpan;

use super::call_trace::CallTrace;
use super::partial_handling::PartialHandling;
use crate::model::{CallDestination, ExtensionId};
use crate::routing::{CallFlow, IncomingCall, RoutingTable};

/// Simulates calls to users whose call handling is known.
#[derive(Debug)]
pub struct CallSimulator<'k> {
    users: HashMap<&'k ExtensionId, (&'k PartialHandling, OnceCell<RoutingTable<'k>>)>,
}

/// A forward to the next extension.
#[derive(Debug)]
pub struct ForwardedCall<'k> {
    /// The id of the extension that receives the forward.
    pub to: ExtensionId,
    /// How the call is handled at that extension.
    pub next: ForwardResult<'k>,
}

/// The result of a forwarded call.
#[derive(Debug)]
pub enum ForwardResult<'k> {
    /// The trace of the call at that extension.
    Trace(Box<CallTrace<'k>>),
    /// The call handling of the extension is not known: no file describes it.
    Unknown,
    /// The call has reached this extension before: a forwarding loop.
    Loop,
}

impl<'k> CallSimulator<'k> {
    /// Creates a simulator for these users.
    pub fn new(users: impl IntoIterator<Item = &'k PartialHandling>) -> Self {
        let users = users
            .into_iter()
            .map(|known| (&known.user, (known, OnceCell::new())))
            .collect();
        CallSimulator { users }
    }

    /// Simulates a call to a user; returns `None` if the user is unknown.
    pub fn simulate_call(&self, user: &ExtensionId, call: IncomingCall) -> Option<CallTrace<'k>> {
        let (known, table) = self.users.get(user)?;
        let table = table.get_or_init(|| RoutingTable::new(&known.handling));
        Some(CallTrace::trace_call(known, table, call))
    }

    /// Follows the forwards of a call from extension to extension, at the same local time: files do
    /// not contain the time zones of users.
    pub fn follow_forwards(&self, trace: &CallTrace<'k>) -> Vec<ForwardedCall<'k>> {
        let mut seen = vec![trace.known.user.clone()];
        let mut forwards = Vec::new();
        let mut next = forward_destination(trace);
        while let Some((to, call)) = next.take() {
            let result = if seen.contains(&to) {
                ForwardResult::Loop
            } else {
                match self.simulate_call(&to, call) {
                    Some(trace) => ForwardResult::Trace(Box::new(trace)),
                    None => ForwardResult::Unknown,
                }
            };
            if let ForwardResult::Trace(trace) = &result {
                next = forward_destination(trace);
            }
            seen.push(to.clone());
            forwards.push(ForwardedCall { to, next: result });
        }
        forwards
    }
}

/// Returns the forwarded call as it arrives at its destination extension, after the first phones
/// have rung.
fn forward_destination(trace: &CallTrace<'_>) -> Option<(ExtensionId, IncomingCall)> {
    let Some(CallDestination::Extension(to)) = trace.call_end() else {
        return None;
    };
    let seconds = trace.call_flows().first().map_or(0, CallFlow::seconds);
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let call = IncomingCall {
        from: trace.call.from.clone(),
        to: None,
        at: trace.call.at.saturating_add(seconds.seconds()),
        queue: false,
    };
    Some((to, call))
}
