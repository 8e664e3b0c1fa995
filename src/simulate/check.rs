//! Compares a simulated call with the expectations of a test.

use super::assumptions::CallAssumption;
use super::call_trace::CallTrace;
use super::partial_handling::DispatchingPart;
use crate::config::{ExpectedHandler as Expects, ExpectedOutcome};
use crate::model::{CallDestination, ExtensionId, RingTarget};
use crate::routing::{CallFlow, CallHandler};

/// The result of a call test: the simulated call and its mismatches.
#[derive(Debug)]
pub struct TestOutcome<'k> {
    /// The trace of the simulated call.
    pub trace: CallTrace<'k>,
    /// The expectations that are not met; empty if the test passes.
    pub mismatches: Vec<TestMismatch<'k>>,
}

/// An expectation that is not met.
#[derive(Debug, Clone, PartialEq)]
pub enum TestMismatch<'k> {
    /// A different rule or state handles the call.
    HandledBy,
    /// The call ends at a different destination.
    EndsAt,
    /// Different targets ring, or in a different order.
    Rings,
    /// The result depends on a part that the file does not set, so the test would pass only by
    /// luck.
    Assumption(CallAssumption<'k>),
}

impl<'k> TestOutcome<'k> {
    /// Compares a trace with the expectations.
    pub fn new(trace: CallTrace<'k>, expected: &ExpectedOutcome) -> Self {
        let ExpectedOutcome {
            handled_by,
            ends_at,
            rings,
        } = expected;
        let mut mismatches = Vec::new();
        if let Some(expects) = handled_by
            && !handler_matches(&trace, expects)
        {
            mismatches.push(TestMismatch::HandledBy);
        }
        let flows = trace.call_flows();
        let user = &trace.known.user;
        // An ambiguous call must meet the expectations in each possible flow.
        let each = |fits: &dyn Fn(&CallFlow) -> bool| !flows.is_empty() && flows.iter().all(fits);
        if let Some(end) = ends_at
            && !each(&|flow| {
                flow.end
                    .as_ref()
                    .is_some_and(|actual| destination_matches(actual, end, user))
            })
        {
            mismatches.push(TestMismatch::EndsAt);
        }
        // If the queue tries the next agent, none of this user's phones ring.
        if let Some(targets) = rings
            && !(flows.is_empty() && targets.is_empty() || each(&|flow| rings_match(flow, targets)))
        {
            mismatches.push(TestMismatch::Rings);
        }
        let counts = |assumption: &&CallAssumption<'_>| match assumption {
            CallAssumption::Part(DispatchingPart::All) => ends_at.is_some() || rings.is_some(),
            CallAssumption::Part(DispatchingPart::Rings) => rings.is_some(),
            CallAssumption::Part(DispatchingPart::End) => ends_at.is_some(),
            assumption => !assumption.is_acceptable(),
        };
        mismatches.extend(
            trace
                .assumptions
                .iter()
                .filter(counts)
                .map(|assumption| TestMismatch::Assumption(*assumption)),
        );
        TestOutcome { trace, mismatches }
    }

    /// Returns whether all expectations are met.
    pub fn is_passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

/// Returns whether the expected rule or state handles the call.
fn handler_matches(trace: &CallTrace<'_>, expects: &Expects) -> bool {
    match (&trace.handler, expects) {
        (CallHandler::Rule(rule), Expects::Rule(key)) => {
            trace.known.declaration_keys(&[rule]) == [key.as_str()]
        }
        (CallHandler::State(state), Expects::State(id)) => state.id == *id,
        (CallHandler::QueueSkips(_), Expects::QueueSkips) => true,
        _ => false,
    }
}

/// Returns whether two destinations are equal. The greeting is compared only if the test sets one;
/// names of phone numbers are ignored.
fn destination_matches(
    actual: &CallDestination,
    expected: &CallDestination,
    user: &ExtensionId,
) -> bool {
    let own = |of: &Option<ExtensionId>| of.clone().filter(|of| of != user);
    match (actual, expected) {
        (
            CallDestination::Voicemail {
                owner: of,
                greeting,
            },
            CallDestination::Voicemail {
                owner: expected_owner,
                greeting: expected_greeting,
            },
        ) => {
            own(of) == own(expected_owner)
                && (expected_greeting.is_none() || expected_greeting == greeting)
        }
        (
            CallDestination::Announcement { greeting },
            CallDestination::Announcement {
                greeting: expected_greeting,
            },
        ) => expected_greeting.is_none() || expected_greeting == greeting,
        (
            CallDestination::PhoneNumber { number, .. },
            CallDestination::PhoneNumber {
                number: expected_number,
                ..
            },
        ) => number == expected_number,
        (actual, expected) => actual == expected,
    }
}

/// Returns whether exactly the expected targets ring, each counted once. Targets that start
/// together have no order.
fn rings_match(flow: &CallFlow, expected: &[RingTarget]) -> bool {
    let mut left = dedup_targets(expected.iter().map(RingTarget::without_name));
    let mut seen: Vec<RingTarget> = Vec::new();
    for stage in ring_stages_of(flow) {
        let new = dedup_targets(stage.into_iter().map(RingTarget::without_name));
        let new: Vec<RingTarget> = new
            .into_iter()
            .filter(|target| !seen.contains(target))
            .collect();
        if left.len() < new.len() {
            return false;
        }
        let later = left.split_off(new.len());
        if !left.iter().all(|target| new.contains(target)) {
            return false;
        }
        left = later;
        seen.extend(new);
    }
    left.is_empty()
}

/// Groups the targets by the time at which they start to ring, in order of time.
fn ring_stages_of(flow: &CallFlow) -> Vec<Vec<&RingTarget>> {
    let mut stages: Vec<(u64, Vec<&RingTarget>)> = vec![(0, flow.rings_always.iter().collect())];
    for ring in &flow.rings {
        match stages.iter_mut().find(|(after, _)| *after == ring.after) {
            Some((_, together)) => together.extend(&ring.targets),
            None => stages.push((ring.after, ring.targets.iter().collect())),
        }
    }
    stages.into_iter().map(|(_, together)| together).collect()
}

/// Removes repeated targets and keeps the order.
fn dedup_targets(targets: impl Iterator<Item = RingTarget>) -> Vec<RingTarget> {
    let mut all: Vec<RingTarget> = Vec::new();
    for target in targets {
        if !all.contains(&target) {
            all.push(target);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AppPlatform, CallDispatching, DispatchType, RingGroup};

    fn apps(app: AppPlatform) -> RingTarget {
        RingTarget::Apps {
            platform: app,
            owner: None,
        }
    }

    fn group(targets: &[RingTarget], start_offset: u64) -> RingGroup {
        RingGroup {
            enabled: true,
            seconds: Some(20),
            start_offset,
            targets: targets.to_vec(),
        }
    }

    #[test]
    fn rings_match_ignores_order_within_a_stage_and_repeated_targets() {
        let (mobile, desktop) = (apps(AppPlatform::Mobile), apps(AppPlatform::Desktop));
        let hotdesk = RingTarget::Hotdesk;
        let flow = |kind| {
            CallFlow::from_dispatching(&CallDispatching {
                dispatch_type: Some(kind),
                ring: Some(vec![
                    group(&[mobile.clone(), hotdesk.clone()], 0),
                    group(&[mobile.clone(), desktop.clone()], 30),
                ]),
                ..CallDispatching::default()
            })
        };
        for kind in [DispatchType::RingInOrder, DispatchType::Custom] {
            let flow = flow(kind);
            let rings = |expected: &[&RingTarget]| {
                let expected: Vec<RingTarget> = expected.iter().map(|t| (*t).clone()).collect();
                rings_match(&flow, &expected)
            };
            assert!(rings(&[&mobile, &hotdesk, &desktop]));
            assert!(rings(&[&hotdesk, &mobile, &mobile, &desktop]));
            assert!(!rings(&[&mobile, &desktop, &hotdesk]));
            assert!(!rings(&[&mobile, &hotdesk]));
            assert!(!rings(&[]));
        }
        let together = flow(DispatchType::RingAtOnce);
        assert!(rings_match(&together, &[desktop, hotdesk, mobile]));
    }

    #[test]
    fn destination_matches_compares_greetings_only_if_expected_and_accepts_own_mailbox() {
        let user = ExtensionId("#101".to_owned());
        let other = ExtensionId("#102".to_owned());
        let voicemail =
            |of: Option<&ExtensionId>, greeting: Option<&str>| CallDestination::Voicemail {
                owner: of.cloned(),
                greeting: greeting.map(|id| crate::model::GreetingSource::Preset(id.to_owned())),
            };
        let long = voicemail(None, Some("Long"));
        assert!(destination_matches(&long, &voicemail(None, None), &user));
        assert!(destination_matches(
            &long,
            &voicemail(Some(&user), None),
            &user
        ));
        assert!(destination_matches(&long, &long, &user));
        assert!(!destination_matches(
            &long,
            &voicemail(None, Some("Short")),
            &user
        ));
        assert!(!destination_matches(
            &long,
            &voicemail(Some(&other), None),
            &user
        ));
        assert!(!destination_matches(&voicemail(None, None), &long, &user));
    }
}
