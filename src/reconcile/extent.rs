//! How far a plan reaches: whose phones stop ringing, and which numbers newly receive calls.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{CallDestination, DateRange, RingTarget};
use crate::routing::{CallFlow, CallOutcome, RoutingEffect, TimeSet, WeekPattern};

/// What a plan changes about a user's calls, for the safety limits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UserExtent {
    /// Whether phones stop ringing at times when they rang for everyone, or some callers no longer
    /// reach a person or voicemail. Voicemail or an announcement on the days of a calendar doesn't
    /// count.
    pub silenced: bool,
    /// Phone numbers that receive calls which they did not receive before.
    pub new_numbers: BTreeSet<String>,
}

impl UserExtent {
    /// Derives the extent of the effects on one user. `closures` are the dates of the calendars,
    /// sorted and without gaps between adjacent days.
    pub(super) fn from_effects(effects: &[RoutingEffect], closures: &[DateRange]) -> Self {
        let is_silencing =
            |effect: &RoutingEffect| silences(effect) && !is_closure(effect, closures);
        let new_numbers = effects.iter().flat_map(|effect| {
            let before = phone_numbers(&effect.before);
            let after = phone_numbers(&effect.after).into_iter();
            after.filter(move |number| !before.contains(number))
        });
        UserExtent {
            silenced: effects.iter().any(is_silencing),
            new_numbers: new_numbers.map(str::to_owned).collect(),
        }
    }

    /// Returns whether there is nothing to report.
    pub(super) fn is_empty(&self) -> bool {
        *self == UserExtent::default()
    }
}

/// Returns the possible paths of a call, as far as they are known.
fn flows(outcome: &CallOutcome) -> &[CallFlow] {
    match outcome {
        CallOutcome::Flow(flow) => std::slice::from_ref(flow),
        CallOutcome::Ambiguous(flows) => flows,
        CallOutcome::QueueSkips(_) | CallOutcome::UnreadStates | CallOutcome::NoState(_) => &[],
    }
}

/// Returns whether phones stop ringing for everyone who is not on a list, or whether any callers no
/// longer reach a person or voicemail.
fn silences(effect: &RoutingEffect) -> bool {
    // A state that was not read probably rings.
    let was_unread = effect.before == CallOutcome::UnreadStates;
    let (before, after) = (flows(&effect.before), flows(&effect.after));
    let stops = |property: fn(&CallFlow) -> bool| {
        (was_unread || before.iter().any(property)) && !after.iter().all(property)
    };
    let is_general = effect.callers.others && effect.called.others;
    is_general && stops(rings) || stops(reaches_someone)
}

fn rings(flow: &CallFlow) -> bool {
    !(flow.rings.is_empty() && flow.rings_always.is_empty())
}

/// Returns whether a caller reaches a person or voicemail, as far as it is known.
fn reaches_someone(flow: &CallFlow) -> bool {
    let ends_silently = match &flow.end {
        None => flow.other.is_empty(),
        Some(end) => matches!(end, CallDestination::Announcement { .. }),
    };
    rings(flow) || !ends_silently
}

/// Returns whether callers reach an announcement or voicemail, only on days of the calendars.
fn is_closure(effect: &RoutingEffect, closures: &[DateRange]) -> bool {
    let is_answered = |flow: &CallFlow| {
        let end = flow.end.as_ref();
        end.is_some_and(|end| {
            matches!(
                end,
                CallDestination::Announcement { .. } | CallDestination::Voicemail { .. }
            )
        })
    };
    flows(&effect.after).iter().all(is_answered) && is_within(&effect.times, closures)
}

/// Returns whether a set of times has only times of these dates.
fn is_within(times: &TimeSet, dates: &[DateRange]) -> bool {
    let mut included = times
        .except
        .iter()
        .filter(|except| except.pattern != WeekPattern::Never);
    times.weekly.is_empty()
        && included.all(|except| {
            dates.iter().any(|date| {
                date.start.is_none_or(|start| start <= except.start) && except.end <= date.end
            })
        })
}

/// Returns the phone numbers that an outcome rings or forwards to.
fn phone_numbers(outcome: &CallOutcome) -> BTreeSet<&str> {
    let mut numbers = BTreeSet::new();
    for flow in flows(outcome) {
        let stages = flow.rings.iter().flat_map(|stage| &stage.targets);
        numbers.extend(
            stages
                .chain(&flow.rings_always)
                .filter_map(|target| match target {
                    RingTarget::PhoneNumber { number, .. }
                    | RingTarget::ImsPhoneNumber(number)
                    | RingTarget::FmcPhoneNumber(number) => Some(number.as_str()),
                    _ => None,
                }),
        );
        if let Some(CallDestination::PhoneNumber { number, .. }) = &flow.end {
            numbers.insert(number);
        }
    }
    numbers
}
