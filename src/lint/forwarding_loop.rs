//! Lint: calls that come back to a user who already forwarded them.
//!
//! The cost is linear in the number of users and forwards. Users can be in a loop only with users
//! of their strongly connected component in the graph of forwards. In each component a limited
//! number of sample calls is decided once per user. At one moment a call has at most one next user,
//! so all loops of a sample call are found by one walk over the users, and the shortest of them is
//! reported. A loop of another sample call can be shorter: comparing all of them would not be
//! linear.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::iter::successors;

use fixedbitset::FixedBitSet;
use indexmap::IndexSet;
use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::{KeyPath, LintKind, LintSubject, LintUser, LintWarning, final_destination};
use crate::model::{
    AccountExtension, CallDestination, CallDispatching, CallHandling, CallSchedule,
    ExtensionDirectory, ExtensionId, LocalDateTime, RuleConditions, StateId,
};
use crate::routing::{
    HandlerIndex, IncomingCall, NumberIndex, RoutingAssumptions, RoutingTable, distinct_moments,
};

/// The largest number of sample calls for each component. Users who distinguish more calls are
/// checked in part.
const MAX_SAMPLE_CALLS: usize = 1_000;
/// The largest number of callers, and of called numbers of a user, in sample calls.
const MAX_NUMBERS: usize = 100;
/// The largest numbers of different lists and schedules of a component that sample calls are
/// derived from.
const MAX_LISTS: usize = 1_000;
const MAX_SCHEDULES: usize = 50;
/// The longest loop that is found if its first forward depends on the called number.
const MAX_CALLED_LOOP: usize = 50;
/// The number of users of a loop that a message names.
const MAX_NAMES: usize = 8;

/// Warns about destinations that are the user's own extension.
pub(super) fn lint_self_forward(user: &LintUser<'_>, warnings: &mut Vec<LintWarning>) {
    for (subject, dispatching) in user.declared_dispatchings() {
        let state = match &subject {
            LintSubject::State(id) => user.handling.state(id.as_str()),
            LintSubject::Rule(_) => None,
        };
        let is_off = state.is_some_and(|state| state.state.enabled == Some(false));
        if let Some((id, keys)) = forward_destination(dispatching)
            && id == user.id
            && !is_off
        {
            warnings.push(LintWarning::new(
                LintKind::ForwardingLoop,
                subject,
                keys,
                "this forwards calls to the user's own extension",
                "use another destination, such as voicemail",
            ));
        }
    }
}

/// Returns the extension to which a dispatching forwards calls, and the keys of that destination.
fn forward_destination(dispatching: &CallDispatching) -> Option<(&ExtensionId, KeyPath)> {
    dispatching.dispatch_type.as_ref()?;
    match final_destination(dispatching) {
        (Some(CallDestination::Extension(id)), keys) => Some((id, keys)),
        _ => None,
    }
}

/// A user who forwards calls to another user, and so can be part of a loop.
#[derive(Debug)]
pub(super) struct ForwardingUser {
    id: ExtensionId,
    handling: CallHandling,
    today: LocalDateTime,
    declared: HashSet<LintSubject>,
    /// The other users to whom any rule or state forwards calls.
    destinations: HashSet<ExtensionId>,
}

impl ForwardingUser {
    /// Returns `None` if the user never forwards calls to another user.
    pub(super) fn from_user(user: &LintUser<'_>, directory: &ExtensionDirectory) -> Option<Self> {
        let is_user =
            |id: &ExtensionId| directory.by_id(id).is_some_and(AccountExtension::has_rules);
        let destinations: HashSet<ExtensionId> = user
            .dispatchings()
            .filter_map(|(_, dispatching)| forward_destination(dispatching))
            .filter(|(id, _)| *id != user.id && is_user(id))
            .map(|(id, _)| id.clone())
            .collect();
        (!destinations.is_empty()).then(|| ForwardingUser {
            id: user.id.clone(),
            handling: user.handling.clone(),
            today: user.today,
            declared: user.declared.clone(),
            destinations,
        })
    }
}

/// Returns at most one warning for each component of users who forward calls to each other, with
/// the index of the first user of the loop.
///
/// Forwards that are never active at the same time form no loop, so sample calls are followed at
/// each combination of active schedules.
pub(super) fn find_loops(
    forwards: &[(usize, ForwardingUser)],
    directory: &ExtensionDirectory,
) -> Vec<(usize, LintWarning)> {
    let components = connected_users(forwards).into_iter();
    let warnings = components.filter_map(|component| {
        let search = LoopSearch::new(component.iter().map(|at| &forwards[*at].1));
        let found = search.find_loop()?;
        let first = component[found.members[0]];
        Some((forwards[first].0, search.warning(found, directory)))
    });
    warnings.collect()
}

/// Returns the strongly connected components with more than one user in the graph of all forwards,
/// as sorted indexes.
fn connected_users(forwards: &[(usize, ForwardingUser)]) -> Vec<Vec<usize>> {
    let users = forwards.iter().enumerate();
    let by_id: HashMap<&ExtensionId, usize> = users.map(|(at, (_, user))| (&user.id, at)).collect();
    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (from, (_, user)) in forwards.iter().enumerate() {
        for to in user.destinations.iter().filter_map(|id| by_id.get(id)) {
            graph.add_edge(from, *to, ());
        }
    }
    let mut components = kosaraju_scc(&graph);
    components.retain(|users| users.len() > 1);
    for users in &mut components {
        users.sort_unstable();
    }
    components.sort_unstable();
    components
}

/// A user of a component.
struct LoopMember<'a> {
    user: &'a ForwardingUser,
    table: RoutingTable<'a>,
    /// One number of each class of called numbers that the user's forwarding rules distinguish.
    called_numbers: Vec<&'a str>,
}

/// The forward of a call to another member.
struct CallForward {
    to: usize,
    handler: HandlerIndex,
    keys: KeyPath,
}

/// A loop of a call.
struct ForwardingLoop {
    /// The members in order.
    members: Vec<usize>,
    /// The rule or state of the first member that forwards the call, which a file declares.
    subject: LintSubject,
    keys: KeyPath,
}

/// A call that is followed from user to user.
struct SampleCall {
    call: IncomingCall,
    /// Whether it is work hours for users whose work hours are unknown.
    working: bool,
}

/// The search for a loop in one component.
struct LoopSearch<'a> {
    members: Vec<LoopMember<'a>>,
    by_id: HashMap<&'a ExtensionId, usize>,
}

impl<'a> LoopSearch<'a> {
    fn new(users: impl Iterator<Item = &'a ForwardingUser>) -> Self {
        let members: Vec<LoopMember<'_>> = users
            .map(|user| LoopMember {
                user,
                table: RoutingTable::new(&user.handling),
                called_numbers: sample_numbers(
                    number_lists(&user.handling, |conditions| {
                        conditions.called_numbers.iter().map(String::as_str)
                    }),
                    NumberIndex::exact_matches,
                ),
            })
            .collect();
        let ids = members.iter().enumerate();
        LoopSearch {
            by_id: ids.map(|(at, member)| (&member.user.id, at)).collect(),
            members,
        }
    }

    /// Returns the shortest loop of the first sample call that has one.
    fn find_loop(&self) -> Option<ForwardingLoop> {
        self.sample_calls()
            .find_map(|call| self.shortest_loop(&call))
    }

    /// Returns calls of the classes that the members handle differently, at most
    /// [`MAX_SAMPLE_CALLS`].
    fn sample_calls(&self) -> impl Iterator<Item = SampleCall> {
        let lists = self.members.iter().flat_map(|member| {
            number_lists(&member.user.handling, |conditions| {
                let callers = conditions.caller_ids.iter();
                callers.map(|caller| caller.number.as_str())
            })
        });
        // A caller ID may be partial and then matches by prefix. [seed]
        let listed = sample_numbers(lists, NumberIndex::prefix_matches);
        let callers = [None].into_iter().chain(listed.into_iter().map(Some));
        let mut schedules: Vec<&CallSchedule> = Vec::new();
        for schedule in self
            .members
            .iter()
            .flat_map(|member| member.table.schedules())
        {
            if schedules.len() < MAX_SCHEDULES && !schedules.contains(&schedule) {
                schedules.push(schedule);
            }
        }
        // The users may live in different time zones.
        let today = self.members.iter().map(|member| member.user.today).max();
        let moments = today.map_or_else(Vec::new, |today| distinct_moments(schedules, today));
        let mut tables = self.members.iter().map(|member| &member.table);
        let hours: &[bool] = if tables.all(RoutingTable::knows_hours) {
            &[true]
        } else {
            &[true, false]
        };
        let calls = callers.flat_map(move |from| {
            let moments = moments.clone().into_iter();
            moments.flat_map(move |at| {
                hours.iter().map(move |&working| SampleCall {
                    call: IncomingCall {
                        from: from.map(str::to_owned),
                        to: None,
                        at,
                        queue: false,
                    },
                    working,
                })
            })
        });
        calls.take(MAX_SAMPLE_CALLS)
    }

    /// Returns the shortest loop of a call that begins with a forward that a file declares.
    fn shortest_loop(&self, call: &SampleCall) -> Option<ForwardingLoop> {
        // A forwarded call has no called number.
        let forwards: Vec<Option<CallForward>> = (0..self.members.len())
            .map(|member| self.forward(member, None, call))
            .collect();
        let next = |member: usize| forwards[member].as_ref().map(|forward| forward.to);
        let cycles = find_cycles(self.members.len(), next).into_iter();
        let loops = cycles.filter_map(|cycle| self.declared_loop(cycle, &forwards));
        let members = self.members.iter().enumerate();
        let loops_by_number = members.flat_map(|(start, member)| {
            let numbers = member.called_numbers.iter();
            numbers.filter_map(move |number| self.called_loop(start, number, call, next))
        });
        loops
            .chain(loops_by_number)
            .min_by_key(|found| found.members.len())
    }

    /// Returns the forward with which a member handles a call, if it goes to another member.
    fn forward(
        &self,
        member: usize,
        called_number: Option<&str>,
        SampleCall { call, working }: &SampleCall,
    ) -> Option<CallForward> {
        let table = &self.members[member].table;
        let assumptions = RoutingAssumptions {
            working: (!table.knows_hours()).then_some(*working),
            ..RoutingAssumptions::default()
        };
        let call = IncomingCall {
            to: called_number.map(str::to_owned),
            ..call.clone()
        };
        let handler = table.decide_index(&call, assumptions);
        let (id, keys) = forward_destination(table.handler(&handler).dispatching()?)?;
        let to = *self.by_id.get(id)?;
        (to != member).then_some(CallForward { to, handler, keys })
    }

    /// Rotates a cycle so that it begins with the first member whose forward a file declares.
    fn declared_loop(
        &self,
        mut cycle: Vec<usize>,
        forwards: &[Option<CallForward>],
    ) -> Option<ForwardingLoop> {
        let declared = cycle.iter().enumerate().filter_map(|(position, &member)| {
            let forward = forwards[member].as_ref()?;
            let subject = self.declared_subject(member, forward)?;
            Some((member, position, subject, forward.keys))
        });
        let (_, position, subject, keys) = declared.min_by_key(|(member, ..)| *member)?;
        cycle.rotate_left(position);
        Some(ForwardingLoop {
            members: cycle,
            subject,
            keys,
        })
    }

    /// Returns the loop that begins with a forward for this called number, if a file declares it.
    fn called_loop(
        &self,
        start: usize,
        called_number: &str,
        call: &SampleCall,
        next: impl Fn(usize) -> Option<usize>,
    ) -> Option<ForwardingLoop> {
        let forward = self.forward(start, Some(called_number), call)?;
        let subject = self.declared_subject(start, &forward)?;
        let path: Vec<usize> =
            successors(Some(forward.to), |at| next(*at).filter(|to| *to != start))
                .take(MAX_CALLED_LOOP)
                .collect();
        let returns = next(*path.last()?) == Some(start);
        returns.then(|| ForwardingLoop {
            members: [start].into_iter().chain(path).collect(),
            subject,
            keys: forward.keys,
        })
    }

    /// Returns the rule or state that forwards a call, if a file declares it.
    fn declared_subject(&self, member: usize, forward: &CallForward) -> Option<LintSubject> {
        let subject = match &forward.handler {
            HandlerIndex::Rule(rule) => LintSubject::Rule(*rule),
            HandlerIndex::State(id) => LintSubject::State(StateId::from(*id)),
            _ => return None,
        };
        let declared = &self.members[member].user.declared;
        declared.contains(&subject).then_some(subject)
    }

    /// Builds the warning about a loop.
    fn warning(&self, found: ForwardingLoop, directory: &ExtensionDirectory) -> LintWarning {
        let label = |member: &usize| {
            let id = &self.members[*member].user.id;
            let extension = directory.by_id(id);
            extension.map_or_else(|| id.to_string(), AccountExtension::full_label)
        };
        let ForwardingLoop {
            members,
            subject,
            keys,
        } = found;
        let mut names: Vec<String> = members.iter().take(MAX_NAMES).map(label).collect();
        if members.len() > MAX_NAMES {
            names.push(format!("{} more users", members.len() - MAX_NAMES));
        }
        names.extend(members.first().map(label));
        let connected = self.members.len() - members.len();
        let mut help = "give one of them another destination, such as voicemail".to_owned();
        if connected > 0 {
            help += &format!(
                ", and check again: {connected} more of the users who forward to each other can be in other loops"
            );
        }
        let message = format!("calls are forwarded in a loop: {}", names.join(" → "));
        LintWarning::new(LintKind::ForwardingLoop, subject, keys, message, help)
    }
}

/// Returns the cycles of a graph in which each of these nodes has at most one successor.
fn find_cycles(nodes: usize, next: impl Fn(usize) -> Option<usize>) -> Vec<Vec<usize>> {
    let mut visited_from: Vec<Option<usize>> = vec![None; nodes];
    let mut cycles = Vec::new();
    for start in 0..nodes {
        let mut node = Some(start);
        while let Some(at) = node
            && visited_from[at].is_none()
        {
            visited_from[at] = Some(start);
            node = next(at);
        }
        if let Some(first) = node
            && visited_from[first] == Some(start)
        {
            let cycle = successors(Some(first), |at| next(*at).filter(|to| *to != first));
            cycles.push(cycle.collect());
        }
    }
    cycles
}

/// The numbers in one condition of a rule.
struct NumberList<'a> {
    numbers: Vec<&'a str>,
    /// Whether the rule forwards calls.
    forwards: bool,
}

/// Returns the lists of numbers in the conditions of the rules that are not switched off.
fn number_lists<'a, I: Iterator<Item = &'a str>>(
    handling: &'a CallHandling,
    numbers: impl Fn(&'a RuleConditions) -> I,
) -> impl Iterator<Item = NumberList<'a>> {
    let rules = handling.rules().iter().map(|user_rule| &user_rule.rule);
    let enabled = rules.filter(|rule| rule.enabled != Some(false));
    enabled.filter_map(move |rule| {
        let forward = rule.dispatching.as_ref().and_then(forward_destination);
        Some(NumberList {
            numbers: numbers(rule.conditions.as_ref()?).collect(),
            forwards: forward.is_some(),
        })
    })
}

/// Returns one number of the forwarding rules for each set of lists that a number can match.
fn sample_numbers<'a>(
    lists: impl Iterator<Item = NumberList<'a>>,
    matches: impl Fn(&NumberIndex<'a>, Option<&str>) -> FixedBitSet,
) -> Vec<&'a str> {
    let mut distinct: IndexSet<Vec<&str>> = IndexSet::new();
    let mut candidates: BTreeSet<&str> = BTreeSet::new();
    for NumberList { numbers, forwards } in lists {
        if forwards {
            candidates.extend(&numbers);
        }
        distinct.insert(numbers);
    }
    distinct.truncate(MAX_LISTS);
    let mut index = NumberIndex::with_rule_count(distinct.len());
    for (list, numbers) in distinct.into_iter().enumerate() {
        index.add(list, numbers);
    }
    let mut seen = HashSet::new();
    candidates.retain(|number| seen.insert(matches(&index, Some(number))));
    candidates.into_iter().take(MAX_NUMBERS).collect()
}

#[cfg(test)]
mod tests;
