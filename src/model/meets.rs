//! Whether what is there plainly is as declared: said without a look at the body that it was read from.
//!
//! True only where a declaration laid over the body would change nothing. Where parts of a body depend on each
//! other the answer is no, and the body has to be looked at.

use super::{
    CallerId, Conditions, Destination, DispatchType, Dispatching, RingGroup, RingTarget, Rule,
};

impl Rule {
    /// Whether this rule of an account plainly is as declared.
    pub fn plainly_meets(&self, declared: &Rule) -> bool {
        let Rule {
            name,
            enabled,
            conditions,
            queue_calls_included,
            dispatching,
        } = declared;
        *name == self.name
            && is_met(enabled, &self.enabled, |a, b| a == b)
            && is_met(conditions, &self.conditions, is_same_calls)
            && is_met(queue_calls_included, &self.queue_calls_included, |a, b| {
                a == b
            })
            && is_met(dispatching, &self.dispatching, |declared, live| {
                live.plainly_meets(declared)
            })
            && self.conditions.as_ref().is_some_and(is_plain)
            && self.dispatching.is_some()
    }
}

impl Dispatching {
    /// Whether this dispatching of an account plainly is as declared.
    pub fn plainly_meets(&self, declared: &Dispatching) -> bool {
        let Dispatching {
            kind,
            greeting,
            connecting_message,
            connecting_audio,
            screening,
            ring,
            ring_always,
            no_answer,
            at_once,
            other,
        } = declared;
        // Which of these count depends on the type, and in which form on what stands beside them.
        let is_simple = greeting.is_none()
            && connecting_message.is_none()
            && connecting_audio.is_none()
            && screening.is_none()
            && ring_always.is_none()
            && other.is_empty();
        let is_complete = match &self.kind {
            Some(DispatchType::Terminate) => self.at_once.is_some(),
            kind => kind.is_some(),
        };
        // An app that rings throughout has no place in a declared group.
        let rings = |declared: &Vec<RingGroup>, live: &Vec<RingGroup>| {
            self.ring_always.is_none() && is_same_ringing(declared, live)
        };
        is_simple
            && is_complete
            && is_met(kind, &self.kind, |a, b| a == b)
            && is_met(ring, &self.ring, rings)
            && is_met(no_answer, &self.no_answer, is_same_end)
            && is_met(at_once, &self.at_once, is_same_end)
    }
}

/// What is not declared is met by anything.
fn is_met<T>(declared: &Option<T>, live: &Option<T>, is_same: impl Fn(&T, &T) -> bool) -> bool {
    match (declared, live) {
        (None, _) => true,
        (Some(declared), Some(live)) => is_same(declared, live),
        (Some(_), None) => false,
    }
}

fn is_same_calls(declared: &Conditions, live: &Conditions) -> bool {
    let Conditions {
        caller_ids,
        called_numbers,
        schedule,
        state,
        other,
    } = declared;
    let is_same_caller = |declared: &CallerId, live: &CallerId| {
        declared.number == live.number && is_same_name(&declared.name, &live.name)
    };
    all_pairs(caller_ids, &live.caller_ids, is_same_caller)
        && *called_numbers == live.called_numbers
        && *schedule == live.schedule
        && *state == live.state
        && other.is_empty()
}

/// Whether all of it is known. What is not may be said in another form when the rule is sent.
fn is_plain(live: &Conditions) -> bool {
    let times = live.schedule.as_ref();
    live.other.is_empty() && times.is_none_or(|times| times.other.is_empty())
}

/// Silent groups that nobody declares, which stand last, are no difference.
fn is_same_ringing(declared: &[RingGroup], live: &[RingGroup]) -> bool {
    let (ringing, silent) = live.split_at(declared.len().min(live.len()));
    let is_same_group = |declared: &RingGroup, live: &RingGroup| {
        declared.enabled
            && live.enabled
            && declared.seconds == live.seconds
            && declared.start_offset == live.start_offset
            && all_pairs(&declared.targets, &live.targets, is_same_target)
    };
    all_pairs(declared, ringing, is_same_group)
        && silent.iter().all(|group| !group.enabled)
        && each_stands_once(live)
}

/// Whether no target stands in two places, where one could be taken for the other.
fn each_stands_once(groups: &[RingGroup]) -> bool {
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

fn is_same_target(declared: &RingTarget, live: &RingTarget) -> bool {
    match (declared, live) {
        (
            RingTarget::PhoneNumber { number, name },
            RingTarget::PhoneNumber {
                number: live,
                name: named,
            },
        ) => number == live && is_same_name(name, named),
        _ => declared == live,
    }
}

fn is_same_end(declared: &Destination, live: &Destination) -> bool {
    match (declared, live) {
        (
            Destination::Voicemail { of, greeting },
            Destination::Voicemail {
                of: live,
                greeting: played,
            },
        ) => of == live && is_met(greeting, played, |a, b| a == b),
        (
            Destination::PhoneNumber { number, name },
            Destination::PhoneNumber {
                number: live,
                name: named,
            },
        ) => number == live && is_same_name(name, named),
        _ => declared == live,
    }
}

fn is_same_name(declared: &Option<String>, live: &Option<String>) -> bool {
    is_met(declared, live, |a, b| a == b)
}

fn all_pairs<T>(declared: &[T], live: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    let mut pairs = declared.iter().zip(live);
    declared.len() == live.len() && pairs.all(|(declared, live)| is_same(declared, live))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::App;

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
    fn rule(name: Option<&str>, silent: bool) -> Rule {
        let mut ring = vec![group(true, name)];
        let apps = RingTarget::Apps {
            app: App::Mobile,
            of: None,
        };
        ring.extend(silent.then(|| RingGroup {
            targets: vec![apps],
            ..group(false, None)
        }));
        Rule {
            name: "Rule".to_owned(),
            enabled: Some(true),
            conditions: Some(Conditions::default()),
            queue_calls_included: None,
            dispatching: Some(Dispatching {
                kind: Some(DispatchType::RingInOrder),
                ring: Some(ring),
                no_answer: Some(Destination::Voicemail {
                    of: None,
                    greeting: name.map(|id| crate::model::Greeting::Preset(id.to_owned())),
                }),
                ..Dispatching::default()
            }),
        }
    }

    #[test]
    fn what_the_service_adds_is_no_difference() {
        let live = rule(Some("Cell"), true);
        assert!(live.plainly_meets(&rule(None, false)));
        assert!(live.plainly_meets(&rule(Some("Cell"), false)));
        let amended = Rule {
            conditions: None,
            dispatching: None,
            ..live.clone()
        };
        assert!(live.plainly_meets(&amended));
        assert!(
            !amended.plainly_meets(&amended),
            "there is no rule like this"
        );
    }

    #[test]
    fn each_part_counts() {
        let live = rule(Some("Cell"), false);
        let changes: [fn(&mut Rule); 7] = [
            |rule| rule.name.push('!'),
            |rule| rule.enabled = Some(false),
            |rule| rule.queue_calls_included = Some(true),
            |rule| rule.conditions.as_mut().unwrap().called_numbers = vec!["+1".to_owned()],
            |rule| rule.dispatching.as_mut().unwrap().kind = Some(DispatchType::RingAtOnce),
            |rule| rule.dispatching.as_mut().unwrap().ring = Some(vec![group(true, Some("Home"))]),
            |rule| {
                rule.dispatching.as_mut().unwrap().at_once = Some(Destination::Extension(
                    crate::model::ExtensionId("1".to_owned()),
                ))
            },
        ];
        for change in changes {
            let mut declared = live.clone();
            change(&mut declared);
            assert!(!live.plainly_meets(&declared), "{declared:?}");
        }
    }
}
