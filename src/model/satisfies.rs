//! Decides in the model alone whether a live rule satisfies a declaration, without encoding a body.
//!
//! Returns true only if encoding the declaration over the live body would change nothing. If parts
//! of the body depend on each other, it returns false and the body must be compared.

use super::{
    CallDestination, CallDispatching, CallerId, DispatchType, RingGroup, RingTarget,
    RuleConditions, RuleDefinition,
};

impl RuleDefinition {
    /// Whether this rule of an account plainly is as declared.
    pub fn satisfies(&self, declared: &RuleDefinition) -> bool {
        let RuleDefinition {
            name,
            enabled,
            conditions,
            queue_calls_included,
            dispatching,
        } = declared;
        *name == self.name
            && is_satisfied(enabled, &self.enabled, |a, b| a == b)
            && is_satisfied(conditions, &self.conditions, conditions_match)
            && is_satisfied(queue_calls_included, &self.queue_calls_included, |a, b| {
                a == b
            })
            && is_satisfied(dispatching, &self.dispatching, |declared, live| {
                live.satisfies(declared)
            })
            && self.conditions.as_ref().is_some_and(is_fully_known)
            && self.dispatching.is_some()
    }
}

impl CallDispatching {
    /// Whether this dispatching of an account plainly is as declared.
    pub fn satisfies(&self, declared: &CallDispatching) -> bool {
        let CallDispatching {
            dispatch_type: kind,
            greeting,
            connecting_message,
            connecting_audio,
            screening,
            ring,
            ring_always,
            no_answer,
            terminate: at_once,
            other,
        } = declared;
        // Which of these count, and in which form, depends on the type and on the other parts.
        let is_simple = greeting.is_none()
            && connecting_message.is_none()
            && connecting_audio.is_none()
            && screening.is_none()
            && ring_always.is_none()
            && other.is_empty();
        let is_complete = match &self.dispatch_type {
            Some(DispatchType::Terminate) => self.terminate.is_some(),
            kind => kind.is_some(),
        };
        // An app that rings throughout has no place in a declared group.
        let rings = |declared: &Vec<RingGroup>, live: &Vec<RingGroup>| {
            self.ring_always.is_none() && ring_groups_match(declared, live)
        };
        is_simple
            && is_complete
            && is_satisfied(kind, &self.dispatch_type, |a, b| a == b)
            && is_satisfied(ring, &self.ring, rings)
            && is_satisfied(no_answer, &self.no_answer, destinations_match)
            && is_satisfied(at_once, &self.terminate, destinations_match)
    }
}

/// Returns whether a live part satisfies a declared one; an undeclared part is always satisfied.
fn is_satisfied<T>(
    declared: &Option<T>,
    live: &Option<T>,
    is_same: impl Fn(&T, &T) -> bool,
) -> bool {
    match (declared, live) {
        (None, _) => true,
        (Some(declared), Some(live)) => is_same(declared, live),
        (Some(_), None) => false,
    }
}

fn conditions_match(declared: &RuleConditions, live: &RuleConditions) -> bool {
    let RuleConditions {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = declared;
    let is_same_caller = |declared: &CallerId, live: &CallerId| {
        declared.number == live.number && names_match(&declared.name, &live.name)
    };
    all_pairs_match(caller_ids, &live.caller_ids, is_same_caller)
        && *called_numbers == live.called_numbers
        && *schedule == live.schedule
        && *state == live.state
        && other.is_empty()
}

/// Returns whether all conditions are known. Unknown ones may be encoded in another form.
fn is_fully_known(live: &RuleConditions) -> bool {
    let times = live.schedule.as_ref();
    live.other.is_empty() && times.is_none_or(|times| times.other.is_empty())
}

/// Returns whether the ring groups match. Undeclared silent groups at the end are ignored.
fn ring_groups_match(declared: &[RingGroup], live: &[RingGroup]) -> bool {
    let (ringing, silent) = live.split_at(declared.len().min(live.len()));
    let is_same_group = |declared: &RingGroup, live: &RingGroup| {
        declared.enabled
            && live.enabled
            && declared.seconds == live.seconds
            && declared.start_offset == live.start_offset
            && all_pairs_match(&declared.targets, &live.targets, targets_match)
    };
    all_pairs_match(declared, ringing, is_same_group)
        && silent.iter().all(|group| !group.enabled)
        && has_unique_targets(live)
}

/// Returns whether no target occurs twice, which would make the matching ambiguous.
fn has_unique_targets(groups: &[RingGroup]) -> bool {
    let targets: Vec<&RingTarget> = groups.iter().flat_map(|group| &group.targets).collect();
    let is_twin = |one: &RingTarget, other: &RingTarget| match (one, other) {
        (RingTarget::PhoneNumber { number, .. }, RingTarget::PhoneNumber { number: same, .. }) => {
            number == same
        }
        (RingTarget::CloudConnector(_), RingTarget::CloudConnector(_))
        | (RingTarget::Other(_), RingTarget::Other(_)) => true,
        _ => one == other,
    };
    let mut all = targets.iter().enumerate();
    all.all(|(at, one)| !targets[at + 1..].iter().any(|other| is_twin(one, other)))
}

fn targets_match(declared: &RingTarget, live: &RingTarget) -> bool {
    match (declared, live) {
        (
            RingTarget::PhoneNumber { number, name },
            RingTarget::PhoneNumber {
                number: live,
                name: named,
            },
        ) => number == live && names_match(name, named),
        _ => declared == live,
    }
}

fn destinations_match(declared: &CallDestination, live: &CallDestination) -> bool {
    match (declared, live) {
        (
            CallDestination::Voicemail {
                owner: of,
                greeting,
            },
            CallDestination::Voicemail {
                owner: live,
                greeting: played,
            },
        ) => of == live && is_satisfied(greeting, played, |a, b| a == b),
        (
            CallDestination::PhoneNumber { number, name },
            CallDestination::PhoneNumber {
                number: live,
                name: named,
            },
        ) => number == live && names_match(name, named),
        _ => declared == live,
    }
}

fn names_match(declared: &Option<String>, live: &Option<String>) -> bool {
    is_satisfied(declared, live, |a, b| a == b)
}

fn all_pairs_match<T>(declared: &[T], live: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    let mut pairs = declared.iter().zip(live);
    declared.len() == live.len() && pairs.all(|(declared, live)| is_same(declared, live))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AppPlatform;

    fn number(name: Option<&str>) -> RingTarget {
        RingTarget::PhoneNumber {
            number: "+16501111111".to_owned(),
            name: name.map(str::to_owned),
        }
    }

    fn group(enabled: bool, name: Option<&str>) -> RingGroup {
        RingGroup {
            enabled,
            seconds: Some(20),
            start_offset: 0,
            targets: vec![number(name)],
        }
    }

    /// A rule that rings at a number and then goes to voicemail.
    fn rule(name: Option<&str>, silent: bool) -> RuleDefinition {
        let mut ring = vec![group(true, name)];
        let apps = RingTarget::Apps {
            platform: AppPlatform::Mobile,
            owner: None,
        };
        ring.extend(silent.then(|| RingGroup {
            targets: vec![apps],
            ..group(false, None)
        }));
        RuleDefinition {
            name: "Rule".to_owned(),
            enabled: Some(true),
            conditions: Some(RuleConditions::default()),
            queue_calls_included: None,
            dispatching: Some(CallDispatching {
                dispatch_type: Some(DispatchType::RingInOrder),
                ring: Some(ring),
                no_answer: Some(CallDestination::Voicemail {
                    owner: None,
                    greeting: name.map(|id| crate::model::GreetingSource::Preset(id.to_owned())),
                }),
                ..CallDispatching::default()
            }),
        }
    }

    #[test]
    fn what_the_service_adds_is_no_difference() {
        let live = rule(Some("Cell"), true);
        assert!(live.satisfies(&rule(None, false)));
        assert!(live.satisfies(&rule(Some("Cell"), false)));
        let amended = RuleDefinition {
            conditions: None,
            dispatching: None,
            ..live.clone()
        };
        assert!(live.satisfies(&amended));
        assert!(!amended.satisfies(&amended), "there is no rule like this");
    }

    #[test]
    fn each_part_counts() {
        let live = rule(Some("Cell"), false);
        let changes: [fn(&mut RuleDefinition); 7] = [
            |rule| rule.name.push('!'),
            |rule| rule.enabled = Some(false),
            |rule| rule.queue_calls_included = Some(true),
            |rule| rule.conditions.as_mut().unwrap().called_numbers = vec!["+1".to_owned()],
            |rule| {
                rule.dispatching.as_mut().unwrap().dispatch_type = Some(DispatchType::RingAtOnce);
            },
            |rule| rule.dispatching.as_mut().unwrap().ring = Some(vec![group(true, Some("Home"))]),
            |rule| {
                rule.dispatching.as_mut().unwrap().terminate = Some(CallDestination::Extension(
                    crate::model::ExtensionId("1".to_owned()),
                ));
            },
        ];
        for change in changes {
            let mut declared = live.clone();
            change(&mut declared);
            assert!(!live.satisfies(&declared), "{declared:?}");
        }
    }
}
