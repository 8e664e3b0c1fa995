//! Calls that are forwarded in a circle.

mod calls;

use std::collections::{BTreeSet, HashMap, HashSet};

use calls::{callers, dialled, moments};

use super::{Kind, Subject, User, Warning};
use crate::model::{Destination, Directory, DispatchType, Dispatching, ExtensionId};
use crate::routing::{Call, Flow, Handler, Supposing, Table};

/// The circles in which calls go round, each once. A call is followed from user to user, at every time
/// at which anything changes: what never meets is no circle.
pub(super) fn circles(users: &[User<'_>], directory: &Directory) -> Vec<(usize, Warning)> {
    let trail = Trail::new(users);
    let mut told: HashSet<BTreeSet<usize>> = HashSet::new();
    let mut found = Vec::new();
    for start in 0..users.len() {
        let Some(among) = trail.back_to(start) else {
            continue;
        };
        if let Some((circle, subject, keys)) = trail.circle(start, &among)
            && told.insert(circle.iter().copied().collect())
        {
            found.push((start, warning(users, directory, &circle, subject, keys)));
        }
    }
    found
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
        extension.map_or_else(|| id.to_string(), |extension| extension.label().to_owned())
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

/// Who forwards to whom.
struct Trail<'a> {
    users: &'a [User<'a>],
    tables: HashMap<usize, Table<'a>>,
    by_id: HashMap<&'a ExtensionId, usize>,
    /// The users to whom each forwards, whenever that is.
    ever: Vec<Vec<usize>>,
}

impl<'a> Trail<'a> {
    fn new(users: &'a [User<'a>]) -> Self {
        let by_id: HashMap<&ExtensionId, usize> = users
            .iter()
            .enumerate()
            .map(|(at, user)| (user.id, at))
            .collect();
        // Who forwards to the own extension is told of that, whoever calls.
        let next = |user: &User<'_>| -> Vec<usize> {
            let ends = user
                .dispatchings()
                .filter_map(|(_, dispatching)| end(dispatching));
            let others = ends.filter(|(id, _)| id != user.id);
            others
                .filter_map(|(id, _)| by_id.get(&id).copied())
                .collect()
        };
        let ever: Vec<Vec<usize>> = users.iter().map(next).collect();
        let forwarding = ever.iter().enumerate().filter(|(_, next)| !next.is_empty());
        let tables = forwarding.map(|(at, _)| (at, Table::new(users[at].handling)));
        Trail {
            users,
            tables: tables.collect(),
            by_id,
            ever,
        }
    }

    /// Everybody to whom calls may go from here, where they may come back.
    fn back_to(&self, start: usize) -> Option<Vec<usize>> {
        let mut seen: HashSet<usize> = HashSet::new();
        let mut open = self.ever[start].clone();
        while let Some(user) = open.pop() {
            if seen.insert(user) {
                open.extend(&self.ever[user]);
            }
        }
        seen.contains(&start).then(|| seen.into_iter().collect())
    }

    /// A circle that leads from a user back there.
    fn circle(&self, start: usize, among: &[usize]) -> Option<Circle> {
        let knows_hours = |user: &usize| self.tables.get(user).is_none_or(Table::knows_hours);
        let hours: &[bool] = match among.iter().all(knows_hours) {
            true => &[true],
            false => &[true, false],
        };
        let among: Vec<&User<'_>> = among.iter().map(|user| &self.users[*user]).collect();
        let callers = callers(&among);
        let dialled = dialled(&self.users[start]);
        let moments = moments(&among, self.users[start].today);
        moments.into_iter().find_map(|at| {
            let pairs = { callers.iter() }
                .flat_map(|from| dialled.iter().map(move |to| (from.map(str::to_owned), to)));
            let mut calls = pairs.map(|(from, to)| Call {
                from,
                to: to.map(str::to_owned),
                at,
                queue: false,
            });
            calls.find_map(|call| {
                let mut hours = hours.iter();
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
        while user != start {
            if circle.contains(&user) {
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
