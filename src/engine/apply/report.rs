//! What became of a plan.

use std::{fmt, io};

use thiserror::Error;

use super::order::in_safe_order;
use crate::engine::plan::{Change, FieldChange, Plan, Resource, UserPlan};
use crate::engine::seen::Moved;

/// What became of a change.
#[derive(Debug)]
pub enum Outcome<E> {
    /// It was carried out.
    Done {
        /// Where the account's answer says something else: `before` is what was asked, `after` what was
        /// answered.
        otherwise: Vec<FieldChange>,
    },
    /// It was not carried out, or nobody knows.
    Failed(Failure<E>),
    /// The plan does not fit this user any more, so nothing of it was sent.
    Refused(Refusal),
    /// It was not sent: a change of this user before it failed, or the run was stopped.
    NotTried,
}

/// Why a change was not carried out.
#[derive(Debug, Error)]
pub enum Failure<E> {
    /// The service refused it.
    #[error(transparent)]
    Write(E),
    /// Nobody knows whether it was carried out.
    #[error(transparent)]
    Unknown(E),
    /// The user could not be read again before the first write.
    #[error("it was not sent, for the user could not be read again")]
    Read(#[source] E),
    /// A create without a clear answer, and what was there when we looked.
    #[error("whether it was created was unclear, and then {found}")]
    Unclear {
        /// What kept us from knowing.
        #[source]
        cause: E,
        /// What was there.
        found: Found,
    },
    /// A create that was sent again and then confirmed, and is not as it should be all the same.
    #[error("it was created, and {0}")]
    Repeated(Doubt),
}

/// What is wrong with a create that was sent more than once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// A request that was given up was carried out as well. The ids of the rules, the confirmed one first.
    Twice(Vec<String>),
    /// The rules could not be read again, to see whether there are two; this is why.
    Unseen(String),
}

/// What was there after a create without a clear answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// No such rule, however often it was sent.
    Nothing,
    /// The same, but a request of which nobody knows what became may be carried out even later.
    NothingYet,
    /// A new rule of its name, which differs from what was asked.
    Otherwise(Vec<FieldChange>),
    /// Several new rules of its name, which have these ids.
    Several(Vec<String>),
    /// The rules could not be read; this is why.
    Unknown(String),
}

/// Why nothing was sent for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The account has moved since the plan was made.
    Moved(Moved),
    /// What the plan shows of this change is not what it would send.
    Untrue {
        /// What kind of resource it is about.
        resource: Resource,
        /// The name of the rule, or the id of the state.
        name: String,
    },
    /// The plan does not say what it saw, so nobody can tell whether it still fits.
    Unseen,
}

/// A change, and what became of it.
#[derive(Debug)]
pub struct Settled<'a, E> {
    /// Whose it is.
    pub user: &'a UserPlan,
    /// The change.
    pub change: &'a Change,
    /// What became of it.
    pub outcome: Outcome<E>,
}

/// What became of a plan.
#[derive(Debug)]
pub struct Report<'a, E> {
    /// Every change, user by user, in the order in which they were sent.
    pub changes: Vec<Settled<'a, E>>,
    /// Whether the run was stopped before its end.
    pub stopped: bool,
    /// Why the run could not be followed any more, after which nothing was written.
    pub unwatched: Option<io::Error>,
}

/// How many changes came to which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Carried out.
    pub done: usize,
    /// Not carried out, or unclear.
    pub failed: usize,
    /// Not sent, because the user was refused.
    pub refused: usize,
    /// Not sent for other reasons.
    pub not_tried: usize,
}

impl<'a, E> Report<'a, E> {
    /// What there is to say of a plan that was not begun.
    pub fn not_tried(plan: &'a Plan) -> Self {
        let changes = plan.users.iter().flat_map(|user| {
            let changes = in_safe_order(user, &[]).into_iter();
            changes.map(move |change| Settled {
                user,
                change,
                outcome: Outcome::NotTried,
            })
        });
        Report {
            changes: changes.collect(),
            stopped: false,
            unwatched: None,
        }
    }

    /// Adds what became of the rest of a plan.
    pub fn append(&mut self, rest: Self) {
        self.changes.extend(rest.changes);
        self.stopped |= rest.stopped;
        self.unwatched = self.unwatched.take().or(rest.unwatched);
    }

    /// How many changes came to which end.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for settled in &self.changes {
            let count = match settled.outcome {
                Outcome::Done { .. } => &mut counts.done,
                Outcome::Failed(_) => &mut counts.failed,
                Outcome::Refused(_) => &mut counts.refused,
                Outcome::NotTried => &mut counts.not_tried,
            };
            *count += 1;
        }
        counts
    }

    /// Whether everything was carried out as it was asked, and could be followed.
    pub fn is_complete(&self) -> bool {
        let as_asked = |settled: &Settled<'_, E>| settled.outcome.is_as_asked();
        self.unwatched.is_none() && self.changes.iter().all(as_asked)
    }

    /// Whether the account answered otherwise than was asked, somewhere.
    pub fn is_otherwise(&self) -> bool {
        let is_done = |settled: &Settled<'_, E>| matches!(settled.outcome, Outcome::Done { .. });
        let mut done = self.changes.iter().filter(|settled| is_done(settled));
        done.any(|settled| !settled.outcome.is_as_asked())
    }
}

impl<E> Outcome<E> {
    /// Whether it was carried out, and the account says so too.
    pub(super) fn is_as_asked(&self) -> bool {
        matches!(self, Outcome::Done { otherwise } if otherwise.is_empty())
    }
}

impl<E> Failure<E> {
    /// Whether the change may have been carried out all the same.
    pub fn is_unclear(&self) -> bool {
        match self {
            Failure::Write(_) | Failure::Read(_) => false,
            Failure::Unknown(_) | Failure::Repeated(_) => true,
            Failure::Unclear { found, .. } => *found != Found::Nothing,
        }
    }
}

impl Found {
    pub(super) fn nothing(may_land: bool) -> Found {
        match may_land {
            true => Found::NothingYet,
            false => Found::Nothing,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Nothing => f.write_str("no such rule was there"),
            Found::NothingYet => f.write_str("no such rule was there, though it may come late"),
            Found::Otherwise(fields) => {
                let paths: Vec<&str> = fields.iter().map(|field| &*field.path).collect();
                let paths = paths.join(", ");
                write!(
                    f,
                    "a new rule of that name was there that differs in {paths}"
                )
            }
            Found::Several(ids) => {
                let count = ids.len();
                write!(
                    f,
                    "{count} new rules of that name were there: {}",
                    mend(ids)
                )
            }
            Found::Unknown(reason) => write!(f, "the rules could not be read: {reason}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Twice(ids) => {
                let times = ids.len() - 1;
                write!(
                    f,
                    "then {times} more of that name by an earlier request that was carried out late: {}",
                    mend(ids)
                )
            }
            Doubt::Unseen(reason) => write!(
                f,
                "whether an earlier request was carried out as well could not be seen: {reason}"
            ),
        }
    }
}

/// What to do about several rules of one name, of which the first is best kept. No plan has shown the others,
/// so no apply has deleted them.
fn mend(ids: &[String]) -> String {
    let [kept, others @ ..] = ids else {
        return String::new();
    };
    format!(
        "delete {} in the app, or write `id: \"{kept}\"` into the rule in the file, and with `prune: all` the next \
         plan shows the others as deletes",
        others.join(", ")
    )
}
