//! Lints: valid configuration that is probably a mistake, such as rules that never match.
//!
//! Pure functions. Parts of a user's call handling that are unknown cause no warning, because a
//! false warning does more harm than a missing one.

mod costly_numbers;
mod expired;
mod forwarding_loop;
mod never_matches;
#[cfg(test)]
mod tests;
mod unreachable;

pub use expired::ending_calendar;

use std::collections::HashSet;

use crate::model::{
    CallDestination, CallDispatching, CallHandling, DispatchType, ExtensionDirectory, ExtensionId,
    LocalDateTime, StateId, UserRule,
};
use crate::routing::RoutingTable;

/// The call handling of a user, as the lints read it.
#[derive(Debug, Clone)]
pub struct LintUser<'a> {
    /// The extension id of the user.
    pub id: &'a ExtensionId,
    /// The desired call handling, as far as it is known.
    pub handling: &'a CallHandling,
    /// The start of the current day in the user's time zone.
    pub today: LocalDateTime,
    /// The rules and states that a file declares. The others exist only on the account and cannot
    /// be fixed in a file.
    pub declared: HashSet<LintSubject>,
}

/// The keys that lead to a problem within the declaration of a rule or state.
type KeyPath = &'static [&'static str];

/// The finding of a lint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintWarning {
    /// The lint that found it.
    pub kind: LintKind,
    /// The rule or state with the problem.
    pub subject: LintSubject,
    /// The keys that lead to the problem within the declaration of the subject.
    pub keys: KeyPath,
    /// The other rule, if two rules cause the problem.
    pub other: Option<LintSubject>,
    /// The problem, as a lower-case fragment.
    pub message: String,
    /// How to fix the problem.
    pub help: String,
}

impl LintWarning {
    /// Creates a warning about one rule or state.
    fn new(
        kind: LintKind,
        subject: LintSubject,
        keys: KeyPath,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        LintWarning {
            kind,
            subject,
            keys,
            other: None,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The rule or state that a warning concerns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LintSubject {
    /// The interaction rule with this index in the user's rules.
    Rule(usize),
    /// The state with this id.
    State(StateId),
}

/// The lints, one kind of warning each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LintKind {
    /// A rule never matches a call.
    NeverMatches,
    /// Rules of a higher priority match every call of a rule.
    Shadowed,
    /// The dates of a rule or state have passed.
    Expired,
    /// Two rules match the same call with the same priority.
    Ambiguous,
    /// Users forward calls to each other in a loop.
    ForwardingLoop,
    /// A ring target or destination is out of service, or the user's own extension rings.
    OutOfService,
    /// Callers reach neither a person nor a voicemail box.
    UnreachableCaller,
    /// Forward-all-calls is enabled, but its dates have passed.
    ForwardingLeftOn,
    /// A dispatching rings longer than callers wait.
    LongRing,
    /// Calls are forwarded to a number in another country.
    International,
    /// Calls are forwarded to a premium-rate number.
    PremiumRate,
}

/// The warnings about one user, and what the lints across users need.
#[derive(Debug)]
pub struct UserLints {
    /// Warnings that do not depend on other users.
    pub warnings: Vec<LintWarning>,
    numbers: costly_numbers::UserNumbers,
    forwards: Option<forwarding_loop::ForwardingUser>,
}

/// Runs the lints that need only one user.
pub fn lint_user(user: &LintUser<'_>, directory: &ExtensionDirectory) -> UserLints {
    let mut warnings = Vec::new();
    expired::lint_expired(user, &mut warnings);
    if !user.handling.rules().is_empty() {
        let table = RoutingTable::new(user.handling);
        let reachability = table.reachability(user.today);
        never_matches::lint_never_matches(user, &reachability, &mut warnings);
        never_matches::lint_ambiguous(user, &reachability, &mut warnings);
    }
    unreachable::lint_unreachable(user, directory, &mut warnings);
    forwarding_loop::lint_self_forward(user, &mut warnings);
    unreachable::lint_long_ring(user, &mut warnings);
    UserLints {
        warnings,
        numbers: costly_numbers::UserNumbers::new(user),
        forwards: forwarding_loop::ForwardingUser::from_user(user, directory),
    }
}

/// The lints across users. Keeps only forwarding numbers and the call handling of users who forward
/// to users.
#[derive(Debug, Default)]
pub struct CrossUserLints {
    numbers: costly_numbers::NumberLints,
    forwards: Vec<(usize, forwarding_loop::ForwardingUser)>,
}

impl CrossUserLints {
    /// Adds a user with the index `at`, and returns the warnings about this user alone.
    pub fn add(&mut self, at: usize, lints: UserLints) -> Vec<LintWarning> {
        let UserLints {
            warnings,
            numbers,
            forwards,
        } = lints;
        self.numbers.add(at, numbers);
        self.forwards
            .extend(forwards.map(|forwards| (at, forwards)));
        warnings
    }

    /// Returns the warnings that need all users, each with the index of its user.
    pub fn finish(self, directory: &ExtensionDirectory) -> Vec<(usize, LintWarning)> {
        let CrossUserLints { numbers, forwards } = self;
        let mut warnings = numbers.finish();
        warnings.extend(forwarding_loop::find_loops(&forwards, directory));
        warnings
    }
}

impl<'a> LintUser<'a> {
    /// Returns the dispatchings of all states and of the rules that are not switched off.
    fn dispatchings(&self) -> impl Iterator<Item = (LintSubject, &'a CallDispatching)> {
        let rules = self.handling.rules().iter().enumerate();
        let of_rules = rules.filter_map(|(index, UserRule { rule, .. })| {
            let is_on = rule.enabled != Some(false);
            let dispatching = rule.dispatching.as_ref().filter(|_| is_on)?;
            Some((LintSubject::Rule(index), dispatching))
        });
        let states = self.handling.states().iter();
        let of_states =
            states.map(|state| (LintSubject::State(state.id.clone()), &state.dispatching));
        of_rules.chain(of_states)
    }

    /// Returns the dispatchings that a file declares.
    fn declared_dispatchings(&self) -> impl Iterator<Item = (LintSubject, &'a CallDispatching)> {
        self.dispatchings()
            .filter(|(subject, _)| self.declared.contains(subject))
    }

    /// Returns the name of the rule with this index.
    fn rule_name(&self, rule: usize) -> &'a str {
        self.handling
            .rules()
            .get(rule)
            .map_or("", |rule| rule.rule.name.as_str())
    }
}

/// Returns the destination of a dispatching, immediate or after ringing, and the keys that lead to
/// it.
fn final_destination(dispatching: &CallDispatching) -> (Option<&CallDestination>, KeyPath) {
    match dispatching.dispatch_type {
        Some(DispatchType::Terminate) => (
            dispatching.terminate.as_ref(),
            &["dispatching", "terminate"],
        ),
        _ => (dispatching.no_answer.as_ref(), &["dispatching", "noAnswer"]),
    }
}
