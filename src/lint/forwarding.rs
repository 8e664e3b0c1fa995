//! Calls that are forwarded in a circle.

mod calls;

use std::collections::{BTreeSet, HashMap, HashSet};

use calls::{callers, dialled, moments};
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::{Kind, Subject, User, Warning};
use crate::model::{
    CallHandling, DateTime, Destination, Directory, DispatchType, Dispatching, Extension,
    ExtensionId,
};
use crate::routing::{Call, Flow, Handler, Supposing, Table};

/// A user whose calls may go to another user, which is what a circle is made of.
#[derive(Debug)]
pub(super) struct Forwards {
    id: ExtensionId,
    handling: CallHandling,
    today: DateTime,
    declared: HashSet<Subject>,
}

impl Forwards {
    /// Nothing of a user whose calls never go to another.
    pub(super) fn of(user: &User<'_>, directory: &Directory) -> Option<Self> {
        let mut ends = user.dispatchings().filter_map(|(_, way)| end(way));
        let is_user = |id: &ExtensionId| directory.by_id(id).is_some_and(Extension::has_rules);
        let forwards = ends.any(|(id, _)| id != *user.id && is_user(&id));
        forwards.then(|| Forwards {
            id: user.id.clone(),
            handling: user.handling.clone(),
            today: user.today,
            declared: user.declared.clone(),
        })
    }

    fn user(&self) -> User<'_> {
        User {
            id: &self.id,
            handling: &self.handling,
            today: self.today,
            declared: self.declared.clone(),
        }
    }
}

/// The circles in which calls go round, each once, by user. A call is followed from user to user, at every
/// time at which anything changes: what never meets is no circle.
pub(super) fn circles(
    forwards: &[(usize, Forwards)],
    directory: &Directory,
) -> Vec<(usize, Warning)> {
    let users: Vec<User<'_>> = forwards.iter().map(|(_, one)| one.user()).collect();
    let users = &*users;
    let by_id: HashMap<&ExtensionId, usize> = { users.iter().enumerate() }
        .map(|(at, user)| (user.id, at))
        .collect();
    let mut found = Vec::new();
    for members in circling(&ever(users, &by_id)) {
        let trail = Trail::new(users, &by_id, &members);
        let mut told: HashSet<BTreeSet<usize>> = HashSet::new();
        for start in members {
            if let Some((circle, subject, keys)) = trail.circle(start)
                && told.insert(circle.iter().copied().collect())
            {
                let (at, _) = forwards[start];
                found.push((at, warning(users, directory, &circle, subject, keys)));
            }
        }
    }
    found
}

/// Who forwards to whom, whenever that is and whoever calls. Who forwards to the own extension is told
/// of that elsewhere.
fn ever(users: &[User<'_>], by_id: &HashMap<&ExtensionId, usize>) -> DiGraphMap<usize, ()> {
    let mut graph = DiGraphMap::new();
    for (from, user) in users.iter().enumerate() {
        let ends = user.dispatchings().filter_map(|(_, way)| end(way));
        for to in ends.filter_map(|(id, _)| by_id.get(&id).copied()) {
            if to != from {
                graph.add_edge(from, to, ());
            }
        }
    }
    graph
}

/// The users among whom a call can come back to where it was: a circle never leaves one of these groups.
fn circling(ever: &DiGraphMap<usize, ()>) -> Vec<Vec<usize>> {
    let mut groups = kosaraju_scc(ever);
    groups.retain(|members| members.len() > 1);
    for members in &mut groups {
        members.sort_unstable();
    }
    groups.sort_unstable();
    groups
}

fn warning(
    users: &[User<'_>],
    directory: &Directory,
    circle: &[usize],
    subject: Subject,
    keys: &'static [&'static str],
) -> Warning {
    let label = |user: &usize| {
        let id = users[*user].id;
        let extension = directory.by_id(id);
        extension.map_or_else(|| id.to_string(), Extension::full_label)
    };
    let mut round: Vec<String> = circle.iter().map(label).collect();
    round.extend(circle.first().map(label));
    Warning {
        kind: Kind::ForwardingLoop,
        subject,
        keys,
        other: None,
        message: format!("calls go round in a circle: {}", round.join(" → ")),
        help: "send the calls of one of them elsewhere, such as to voicemail".to_owned(),
    }
}

/// A step from one user to the next.
type Step = (usize, Subject, &'static [&'static str]);

/// Users circled, and the first step.
type Circle = (Vec<usize>, Subject, &'static [&'static str]);

/// The users of a group, and the calls that are tried on them.
struct Trail<'a> {
    users: &'a [User<'a>],
    by_id: &'a HashMap<&'a ExtensionId, usize>,
    tables: HashMap<usize, Table<'a>>,
    /// What is tried where nobody knows when one of them works.
    hours: &'static [bool],
    callers: Vec<Option<&'a str>>,
    moments: BTreeSet<DateTime>,
}

impl<'a> Trail<'a> {
    fn new(
        users: &'a [User<'a>],
        by_id: &'a HashMap<&'a ExtensionId, usize>,
        members: &[usize],
    ) -> Self {
        let tables = members
            .iter()
            .map(|at| (*at, Table::new(users[*at].handling)));
        let tables: HashMap<usize, Table<'_>> = tables.collect();
        let members: Vec<&User<'_>> = members.iter().map(|at| &users[*at]).collect();
        Trail {
            users,
            by_id,
            hours: match tables.values().all(Table::knows_hours) {
                true => &[true],
                false => &[true, false],
            },
            tables,
            callers: callers(&members),
            moments: moments(&members),
        }
    }

    /// A circle that leads from a user back there.
    fn circle(&self, start: usize) -> Option<Circle> {
        let user = &self.users[start];
        let dialled = dialled(user);
        let mut moments = self.moments.iter().filter(|at| **at >= user.today);
        moments.find_map(|at| {
            let pairs = { self.callers.iter() }
                .flat_map(|from| dialled.iter().map(move |to| (from.map(str::to_owned), to)));
            let mut calls = pairs.map(|(from, to)| Call {
                from,
                to: to.map(str::to_owned),
                at: *at,
                queue: false,
            });
            calls.find_map(|call| {
                let mut hours = self.hours.iter();
                hours.find_map(|working| self.follow(start, &call, *working))
            })
        })
    }

    /// The way of a call, where it comes back to its beginning. `working` is for those of whom nobody
    /// knows when they work.
    fn follow(&self, start: usize, call: &Call, working: bool) -> Option<Circle> {
        let (mut user, subject, keys) = self.step(start, call, working)?;
        // The circle is told at a step that a file declares, where it has one.
        if !self.users[start].declared.contains(&subject) {
            return None;
        }
        // Of a call that was passed on, nobody has dialled the number.
        let onward = Call {
            to: None,
            ..call.clone()
        };
        let mut circle = vec![start];
        let mut seen = HashSet::new();
        while user != start {
            if !seen.insert(user) {
                return None;
            }
            circle.push(user);
            user = self.step(user, &onward, working)?.0;
        }
        Some((circle, subject, keys))
    }

    fn step(&self, user: usize, call: &Call, working: bool) -> Option<Step> {
        let table = self.tables.get(&user)?;
        let supposing = Supposing {
            working: (!table.knows_hours()).then_some(working),
            ..Supposing::default()
        };
        let handler = table.decide(call, supposing);
        let subject = match &handler {
            Handler::Rule(taken) => {
                let mut rules = table.handling().rules().iter();
                Subject::Rule(rules.position(|held| std::ptr::eq(held, *taken))?)
            }
            Handler::State(state) => Subject::State(state.id.clone()),
            _ => return None,
        };
        let (id, keys) = end(handler.dispatching()?)?;
        let next = *self.by_id.get(&id)?;
        (next != user).then_some((next, subject, keys))
    }
}

/// The extension at which a call ends, and the key that says so.
pub(super) fn end(dispatching: &Dispatching) -> Option<(ExtensionId, &'static [&'static str])> {
    let keys: &'static [&'static str] = match dispatching.kind.as_ref()? {
        DispatchType::Terminate => &["dispatching", "terminate"],
        _ => &["dispatching", "noAnswer"],
    };
    match Flow::of(dispatching).end {
        Some(Destination::Extension(id)) => Some((id, keys)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_to_whom_calls_may_come_back_are_looked_at() {
        let chain = (0..10_000).map(|user| (user, user + 1));
        assert_eq!(circling(&DiGraphMap::from_edges(chain)), [[0; 0]; 0]);
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
        assert_eq!(circling(&DiGraphMap::from_edges(edges)), expected);
    }
}
