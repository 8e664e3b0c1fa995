//! Lint: users who forward calls to each other in a loop.

mod calls;

use std::collections::{BTreeSet, HashMap, HashSet};

use calls::{sample_called_numbers, sample_callers, sample_times};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::{LintKind, LintSubject, LintUser, LintWarning};
use crate::model::{
    AccountExtension, CallDestination, CallDispatching, CallHandling, DispatchType,
    ExtensionDirectory, ExtensionId, LocalDateTime,
};
use crate::routing::{CallFlow, CallHandler, IncomingCall, RoutingAssumptions, RoutingTable};

/// A user who forwards calls to another user, and so can be part of a loop.
#[derive(Debug)]
pub(super) struct ForwardingUser {
    id: ExtensionId,
    handling: CallHandling,
    today: LocalDateTime,
    declared: HashSet<LintSubject>,
}

impl ForwardingUser {
    /// Returns `None` if the user never forwards calls to another user.
    pub(super) fn from_user(user: &LintUser<'_>, directory: &ExtensionDirectory) -> Option<Self> {
        let mut destinations = user
            .dispatchings()
            .filter_map(|(_, dispatching)| loop_end(dispatching));
        let is_user =
            |id: &ExtensionId| directory.by_id(id).is_some_and(AccountExtension::has_rules);
        let forwards = destinations.any(|(id, _)| id != *user.id && is_user(&id));
        forwards.then(|| ForwardingUser {
            id: user.id.clone(),
            handling: user.handling.clone(),
            today: user.today,
            declared: user.declared.clone(),
        })
    }

    /// Returns the user as the lints read it.
    fn to_user(&self) -> LintUser<'_> {
        LintUser {
            id: &self.id,
            handling: &self.handling,
            today: self.today,
            declared: self.declared.clone(),
        }
    }
}

/// Returns a warning for each forwarding loop, with the index of its user.
///
/// Sample calls are followed from user to user at every time at which a schedule changes, because
/// forwards that are never active at the same time form no loop.
pub(super) fn find_loops(
    forwards: &[(usize, ForwardingUser)],
    directory: &ExtensionDirectory,
) -> Vec<(usize, LintWarning)> {
    let users: Vec<LintUser<'_>> = forwards.iter().map(|(_, user)| user.to_user()).collect();
    let users = &*users;
    let by_id: HashMap<&ExtensionId, usize> = users
        .iter()
        .enumerate()
        .map(|(at, user)| (user.id, at))
        .collect();
    let mut warnings = Vec::new();
    for members in users_in_loops(&forwarding_graph(users, &by_id)) {
        let search = LoopSearch::new(users, &by_id, &members);
        let mut reported: HashSet<BTreeSet<usize>> = HashSet::new();
        for start in members {
            if let Some((members_of_loop, subject, keys)) = search.find_loop(start)
                && reported.insert(members_of_loop.iter().copied().collect())
            {
                let (at, _) = forwards[start];
                warnings.push((
                    at,
                    loop_warning(users, directory, &members_of_loop, subject, keys),
                ));
            }
        }
    }
    warnings
}

/// Builds the graph of forwards between users, for all times and callers. Forwards to the own
/// extension are another lint.
fn forwarding_graph(
    users: &[LintUser<'_>],
    by_id: &HashMap<&ExtensionId, usize>,
) -> DiGraphMap<usize, ()> {
    let mut graph = DiGraphMap::new();
    for (from, user) in users.iter().enumerate() {
        let destinations = user
            .dispatchings()
            .filter_map(|(_, dispatching)| loop_end(dispatching));
        for to in destinations.filter_map(|(id, _)| by_id.get(&id).copied()) {
            if to != from {
                graph.add_edge(from, to, ());
            }
        }
    }
    graph
}

/// Returns the strongly connected components with more than one user: a loop never leaves its
/// component.
fn users_in_loops(graph: &DiGraphMap<usize, ()>) -> Vec<Vec<usize>> {
    let mut groups = kosaraju_scc(graph);
    groups.retain(|members| members.len() > 1);
    for members in &mut groups {
        members.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

/// Builds the warning about a loop through these users.
fn loop_warning(
    users: &[LintUser<'_>],
    directory: &ExtensionDirectory,
    members: &[usize],
    subject: LintSubject,
    keys: &'static [&'static str],
) -> LintWarning {
    let label = |user: &usize| {
        let id = users[*user].id;
        let extension = directory.by_id(id);
        extension.map_or_else(|| id.to_string(), AccountExtension::full_label)
    };
    let mut round: Vec<String> = members.iter().map(label).collect();
    round.extend(members.first().map(label));
    LintWarning {
        kind: LintKind::ForwardingLoop,
        subject,
        keys,
        other: None,
        message: format!("calls are forwarded in a loop: {}", round.join(" → ")),
        help: "give one of them another destination, such as voicemail".to_owned(),
    }
}

/// The next user, and the subject and keys of the forward.
type LoopStep = (usize, LintSubject, &'static [&'static str]);

/// The users of a loop in order, and the subject and keys of the first forward.
type ForwardingLoop = (Vec<usize>, LintSubject, &'static [&'static str]);

/// The users of one component, and the sample calls that are followed.
struct LoopSearch<'a> {
    users: &'a [LintUser<'a>],
    by_id: &'a HashMap<&'a ExtensionId, usize>,
    tables: HashMap<usize, RoutingTable<'a>>,
    /// Whether it is work hours, for users whose work hours are unknown: both are tried.
    hours: &'static [bool],
    callers: Vec<Option<&'a str>>,
    moments: BTreeSet<LocalDateTime>,
}

impl<'a> LoopSearch<'a> {
    /// Prepares the search among the users with these indexes.
    fn new(
        users: &'a [LintUser<'a>],
        by_id: &'a HashMap<&'a ExtensionId, usize>,
        members: &[usize],
    ) -> Self {
        let tables = members
            .iter()
            .map(|at| (*at, RoutingTable::new(users[*at].handling)));
        let tables: HashMap<usize, RoutingTable<'_>> = tables.collect();
        let members: Vec<&LintUser<'_>> = members.iter().map(|at| &users[*at]).collect();
        LoopSearch {
            users,
            by_id,
            hours: if tables.values().all(RoutingTable::knows_hours) {
                &[true]
            } else {
                &[true, false]
            },
            tables,
            callers: sample_callers(&members),
            moments: sample_times(&members),
        }
    }

    /// Returns a loop that leads from a user back to the same user.
    fn find_loop(&self, start: usize) -> Option<ForwardingLoop> {
        let user = &self.users[start];
        let called_numbers = sample_called_numbers(user);
        let mut moments = self.moments.iter().filter(|at| **at >= user.today);
        moments.find_map(|at| {
            let pairs = self.callers.iter().flat_map(|from| {
                called_numbers
                    .iter()
                    .map(move |to| (from.map(str::to_owned), to))
            });
            let mut calls = pairs.map(|(from, to)| IncomingCall {
                from,
                to: to.map(str::to_owned),
                at: *at,
                queue: false,
            });
            calls.find_map(|call| {
                let mut hours = self.hours.iter();
                hours.find_map(|working| self.follow_forward(start, &call, *working))
            })
        })
    }

    /// Follows a call, and returns the loop if the call comes back to `start`. `working` applies to
    /// users whose work hours are unknown.
    fn follow_forward(
        &self,
        start: usize,
        call: &IncomingCall,
        working: bool,
    ) -> Option<ForwardingLoop> {
        let (mut user, subject, keys) = self.next_step(start, call, working)?;
        // A loop is reported at a forward that a file declares.
        if !self.users[start].declared.contains(&subject) {
            return None;
        }
        // A forwarded call has no called number.
        let onward = IncomingCall {
            to: None,
            ..call.clone()
        };
        let mut members = vec![start];
        let mut seen = HashSet::new();
        while user != start {
            if !seen.insert(user) {
                return None;
            }
            members.push(user);
            user = self.next_step(user, &onward, working)?.0;
        }
        Some((members, subject, keys))
    }

    /// Returns the user to whom a call is forwarded, and the forward.
    fn next_step(&self, user: usize, call: &IncomingCall, working: bool) -> Option<LoopStep> {
        let table = self.tables.get(&user)?;
        let assumptions = RoutingAssumptions {
            working: (!table.knows_hours()).then_some(working),
            ..RoutingAssumptions::default()
        };
        let handler = table.decide(call, assumptions);
        let subject = match &handler {
            CallHandler::Rule(matched) => {
                let mut rules = table.handling().rules().iter();
                LintSubject::Rule(rules.position(|rule| std::ptr::eq(rule, *matched))?)
            }
            CallHandler::State(state) => LintSubject::State(state.id.clone()),
            _ => return None,
        };
        let (id, keys) = loop_end(handler.dispatching()?)?;
        let next = *self.by_id.get(&id)?;
        (next != user).then_some((next, subject, keys))
    }
}

/// Returns the extension at which a call ends, and the keys of that destination.
pub(super) fn loop_end(
    dispatching: &CallDispatching,
) -> Option<(ExtensionId, &'static [&'static str])> {
    let keys: &'static [&'static str] = match dispatching.dispatch_type.as_ref()? {
        DispatchType::Terminate => &["dispatching", "terminate"],
        _ => &["dispatching", "noAnswer"],
    };
    match CallFlow::from_dispatching(dispatching).end {
        Some(CallDestination::Extension(id)) => Some((id, keys)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_without_a_loop_are_skipped() {
        let chain = (0..10_000).map(|user| (user, user + 1));
        assert_eq!(users_in_loops(&DiGraphMap::from_edges(chain)), [[0; 0]; 0]);
        let edges = [
            (0, 1),
            (5, 1),
            (1, 5),
            (5, 2),
            (2, 4),
            (4, 3),
            (3, 2),
            (3, 6),
        ];
        let expected: [&[usize]; 2] = [&[1, 5], &[2, 3, 4]];
        assert_eq!(users_in_loops(&DiGraphMap::from_edges(edges)), expected);
    }
}
