//! Which request may be sent when: the pure core.
//!
//! The service counts requests per group over a sliding window, and names group, limit, what
//! remains, and the window in each answer; all of these differ per app \[docs\]. So nothing here is
//! fixed but the starting values.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::endpoints::Kind;
use super::group::{Group, Opening, Rest};
use super::outage::Outage;
use super::patience::Patience;

/// What to wait after a 429 without Retry-After \[docs\].
const DEFAULT_REST: Duration = Duration::from_secs(30);

/// Longer windows are not believed; it also keeps arithmetic with times from overflowing.
const LONGEST_SPAN: Duration = Duration::from_secs(24 * 3600);

/// No rest is longer, so that it can be told when it ends.
const FOR_EVER: Duration = Duration::from_secs(366 * 24 * 3600);

/// The documented limit of a group, per [`WINDOW`], until an answer tells \[docs\].
fn documented_limit(group: &str) -> usize {
    match group {
        "light" => 50,
        "heavy" => 10,
        "auth" => 5,
        _ => 40,
    }
}

/// The documented window \[docs\].
const WINDOW: Duration = Duration::from_secs(60);

/// What an answer says about limits: its X-Rate-Limit-* headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RateHeaders {
    pub(super) group: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) remaining: Option<usize>,
    pub(super) window: Option<Duration>,
}

impl RateHeaders {
    /// Without any of them a 429 comes from a limit on the account or the address \[docs\].
    pub(super) fn present(&self) -> bool {
        *self != RateHeaders::default()
    }
}

/// How a request ended, as far as limits are concerned.
#[derive(Debug)]
pub(super) enum Verdict<'a> {
    /// It was given up before it was sent.
    Unsent,
    /// No connection came about: it never left this machine.
    NoConnection,
    /// It may have arrived.
    Unanswered,
    /// Something before the service answered in its place, so it may have arrived or not.
    Page,
    /// The service refused it without a word about limits.
    Bare,
    /// The service took it: it succeeded, or at least was counted.
    Taken(&'a RateHeaders),
    /// 429, with Retry-After.
    Throttled(&'a RateHeaders, Option<Duration>),
}

/// The permission to send one request; must be settled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    id: u64,
    at: Instant,
    kind: Kind,
    pub(super) group: String,
}

/// The answer to the wish to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Go(Ticket),
    /// Ask again then, or when a request was settled.
    Wait {
        until: Instant,
        announce: Option<(String, Duration)>,
    },
    /// Ask again when a request was settled.
    AfterAnswer,
    /// The service wants nothing before then, which is longer than a run waits.
    Shut(Instant),
    /// It could not be reached since then, which is longer than a run waits.
    Away(Instant),
}

/// A limit that the service has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The group of requests that it is for, in small letters.
    pub group: String,
    /// How many requests it allows …
    pub requests: usize,
    /// … in any span of this length.
    pub window: Duration,
    /// How many were sent until now.
    pub sent: u64,
}

/// A rest that a 429 began.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rests {
    /// None: all groups.
    pub(super) group: Option<String>,
    pub(super) span: Duration,
}

/// All that is known about the limits.
#[derive(Debug, Default)]
pub(super) struct Limits {
    groups: HashMap<String, Group>,
    learned: HashMap<Kind, String>,
    /// Where a 429 came without a group.
    everything: Rest,
    outage: Outage,
    last_id: u64,
}

impl Limits {
    pub(super) fn new(patience: Patience) -> Limits {
        Limits {
            outage: Outage::new(patience),
            ..Limits::default()
        }
    }

    /// Whether the service cannot be reached.
    pub(super) fn is_away(&self) -> bool {
        self.outage.is_on()
    }

    /// May a request of this kind be sent?
    pub(super) fn ask(&mut self, kind: Kind, now: Instant) -> Decision {
        let name = self.group_of(kind);
        let resting = self.everything.opening(now).and(self.outage.opening(now));
        let group = self.group(&name);
        match resting.and(group.opening(now)) {
            Opening::Now => {
                self.last_id += 1;
                let id = self.last_id;
                self.group(&name).send(id, now);
                self.everything.pass(id);
                self.outage.pass(id);
                Decision::Go(Ticket {
                    id,
                    at: now,
                    kind,
                    group: name,
                })
            }
            Opening::At(until) => Decision::Wait {
                until,
                announce: group.announce(now).map(|wait| (name, wait)),
            },
            Opening::AfterAnswer => Decision::AfterAnswer,
            Opening::Shut(until) => Decision::Shut(until),
            Opening::Away(since) => Decision::Away(since),
        }
    }

    /// Notes how a request ended; gives the rest that this began, for the log.
    pub(super) fn settle(
        &mut self,
        ticket: &Ticket,
        verdict: &Verdict<'_>,
        now: Instant,
    ) -> Option<Rests> {
        let id = ticket.id;
        match verdict {
            Verdict::Unsent => self.outage.unsent(id),
            Verdict::NoConnection | Verdict::Page => self.outage.failed(id, now),
            Verdict::Unanswered => self.outage.unanswered(id, now),
            Verdict::Bare | Verdict::Taken(_) | Verdict::Throttled(..) => self.outage.answered(),
        }
        match *verdict {
            Verdict::Unsent | Verdict::NoConnection => {
                self.group(&ticket.group).take_back(id);
                self.undecided(ticket);
                None
            }
            Verdict::Unanswered | Verdict::Page => {
                self.group(&ticket.group).settle(id, now);
                self.lost(ticket, now);
                self.undecided(ticket);
                None
            }
            Verdict::Bare => {
                self.group(&ticket.group).settle(id, now);
                self.undecided(ticket);
                None
            }
            Verdict::Taken(headers) => {
                let name = self.learn(ticket, headers, now);
                let group = self.group(&name);
                if let Some(remaining) = headers.remaining {
                    group.note_remaining(id, remaining, now);
                }
                group.rest.taken(id);
                self.everything.taken(id);
                // Where the probe of one group turned out to belong to another, it proved nothing.
                self.undecided(ticket);
                None
            }
            Verdict::Throttled(headers, retry_after) => {
                let name = self.learn(ticket, headers, now);
                let asked = retry_after.unwrap_or(DEFAULT_REST).min(FOR_EVER);
                let was_probe = self.undecided(ticket);
                let has_group = headers.present();
                let rest = if has_group {
                    let group = self.group(&name);
                    group.forget_others();
                    &mut group.rest
                } else {
                    &mut self.everything
                };
                Some(Rests {
                    span: rest.begin(asked, was_probe, now),
                    group: has_group.then_some(name),
                })
            }
        }
    }

    /// The limits that answers have named, by group.
    pub(super) fn told(&self) -> Vec<Limit> {
        let told = self.groups.iter();
        let told = told.filter_map(|(name, group)| group.told(name));
        let mut told: Vec<Limit> = told.collect();
        told.sort_by(|a, b| a.group.cmp(&b.group));
        told
    }

    /// Takes over what the headers say; gives the group in which the request counts.
    fn learn(&mut self, ticket: &Ticket, headers: &RateHeaders, now: Instant) -> String {
        let assumed = &ticket.group;
        let told = headers.group.as_ref().map(|name| name.to_lowercase());
        let name = told.unwrap_or_else(|| assumed.clone());
        if name != *assumed
            && let Some(sent_at) = self.group(assumed).take_back(ticket.id)
        {
            self.learned.insert(ticket.kind, name.clone());
            self.group(&name).adopt(ticket.id, sent_at);
        }
        let group = self.group(&name);
        group.settle(ticket.id, now);
        group.learn(
            headers.limit,
            headers.window.map(|window| window.min(LONGEST_SPAN)),
        );
        name
    }

    /// Notes that a request may have met a penalty without our hearing of it.
    fn lost(&mut self, ticket: &Ticket, now: Instant) {
        self.everything.lost(ticket.at, now);
        // Its kind may have turned out to belong to another group since.
        for group in [self.group_of(ticket.kind), ticket.group.clone()] {
            self.group(&group).rest.lost(ticket.at, now);
        }
    }

    /// Notes that a request did not end a rest; tells whether it was to.
    fn undecided(&mut self, ticket: &Ticket) -> bool {
        let of_group = self.group(&ticket.group).rest.undecided(ticket.id);
        self.everything.undecided(ticket.id) || of_group
    }

    fn group_of(&self, kind: Kind) -> String {
        let learned = self.learned.get(&kind).cloned();
        learned.unwrap_or_else(|| kind.documented_group().to_owned())
    }

    fn group(&mut self, name: &str) -> &mut Group {
        self.groups
            .entry(name.to_owned())
            .or_insert_with(|| Group::new(documented_limit(name), WINDOW))
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod tests;
