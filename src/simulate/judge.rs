//! Whether a call becomes what a test expects.

use super::rests::{Part, Rest};
use super::story::Story;
use crate::config::{Expected, Handler as Expects};
use crate::model::{Destination, ExtensionId, RingTarget};
use crate::routing::{Flow, Handler};

/// A call of a test, and where it differs from what is expected.
#[derive(Debug)]
pub struct Judged<'k> {
    /// What became of the call.
    pub story: Story<'k>,
    /// What is not as expected; nothing where the test passes.
    pub missed: Vec<Missed<'k>>,
}

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Missed<'k> {
    /// Something else takes the call.
    HandledBy,
    /// It ends elsewhere.
    EndsAt,
    /// Others ring, or in another order.
    Rings,
    /// What is expected rests on what the file leaves open: it would pass by luck.
    RestsOn(Rest<'k>),
}

impl<'k> Judged<'k> {
    /// Holds a story against what is expected.
    pub fn new(story: Story<'k>, expected: &Expected) -> Self {
        let Expected {
            handled_by,
            ends_at,
            rings,
        } = expected;
        let mut missed = Vec::new();
        if let Some(expects) = handled_by
            && !takes(&story, expects)
        {
            missed.push(Missed::HandledBy);
        }
        let flows = story.flows();
        let user = &story.known.user;
        // Where nobody can say which way a call takes, each way must be as expected.
        let each = |fits: &dyn Fn(&Flow) -> bool| !flows.is_empty() && flows.iter().all(fits);
        if let Some(end) = ends_at
            && !each(&|flow| flow.end.as_ref().is_some_and(|is| ends(is, end, user)))
        {
            missed.push(Missed::EndsAt);
        }
        // Where a queue goes on, nothing of this user's rings.
        if let Some(targets) = rings
            && !(flows.is_empty() && targets.is_empty() || each(&|flow| are_rung(flow, targets)))
        {
            missed.push(Missed::Rings);
        }
        let counts = |rest: &&Rest<'_>| match rest {
            Rest::Part(Part::All) => ends_at.is_some() || rings.is_some(),
            Rest::Part(Part::Rings) => rings.is_some(),
            Rest::Part(Part::End) => ends_at.is_some(),
            rest => !rest.is_granted(),
        };
        missed.extend(
            story
                .rests
                .iter()
                .filter(counts)
                .map(|rest| Missed::RestsOn(*rest)),
        );
        Judged { story, missed }
    }

    /// Whether all is as expected.
    pub fn is_passed(&self) -> bool {
        self.missed.is_empty()
    }
}

fn takes(story: &Story<'_>, expects: &Expects) -> bool {
    match (&story.handler, expects) {
        (Handler::Rule(held), Expects::Rule(key)) => story.known.key(held) == Some(key),
        (Handler::State(state), Expects::State(id)) => state.id == *id,
        (Handler::QueueSkips(_), Expects::QueueSkips) => true,
        _ => false,
    }
}

/// Whether a call ends where it is expected to. A greeting counts where the test says one, and what people
/// call a number never does.
fn ends(is: &Destination, expected: &Destination, user: &ExtensionId) -> bool {
    let own = |of: &Option<ExtensionId>| of.clone().filter(|of| of != user);
    match (is, expected) {
        (
            Destination::Voicemail { of, greeting },
            Destination::Voicemail {
                of: wanted,
                greeting: heard,
            },
        ) => own(of) == own(wanted) && (heard.is_none() || heard == greeting),
        (Destination::Announcement { greeting }, Destination::Announcement { greeting: heard }) => {
            heard.is_none() || heard == greeting
        }
        (
            Destination::PhoneNumber { number, .. },
            Destination::PhoneNumber { number: wanted, .. },
        ) => number == wanted,
        (is, expected) => is == expected,
    }
}

/// Whether exactly these ring, each counted once. What rings together has no order.
fn are_rung(flow: &Flow, expected: &[RingTarget]) -> bool {
    let mut left = once(expected.iter().map(nameless));
    let mut seen: Vec<RingTarget> = Vec::new();
    for stage in stages(flow) {
        let new = once(stage.into_iter().map(nameless));
        let new: Vec<RingTarget> = { new.into_iter() }
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

/// Who begins to ring at the same time, in the order of those times.
fn stages(flow: &Flow) -> Vec<Vec<&RingTarget>> {
    let mut stages: Vec<(u64, Vec<&RingTarget>)> = vec![(0, flow.rings_always.iter().collect())];
    for ring in &flow.rings {
        match stages.iter_mut().find(|(after, _)| *after == ring.after) {
            Some((_, together)) => together.extend(&ring.targets),
            None => stages.push((ring.after, ring.targets.iter().collect())),
        }
    }
    stages.into_iter().map(|(_, together)| together).collect()
}

fn once(targets: impl Iterator<Item = RingTarget>) -> Vec<RingTarget> {
    let mut all: Vec<RingTarget> = Vec::new();
    for target in targets {
        if !all.contains(&target) {
            all.push(target);
        }
    }
    all
}

fn nameless(target: &RingTarget) -> RingTarget {
    match target {
        RingTarget::PhoneNumber { number, .. } => RingTarget::PhoneNumber {
            number: number.clone(),
            name: None,
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{App, DispatchType, Dispatching, RingGroup};

    fn apps(app: App) -> RingTarget {
        RingTarget::Apps { app, of: None }
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
    fn what_rings_together_has_no_order_and_everything_counts_once() {
        let (mobile, desktop) = (apps(App::Mobile), apps(App::Desktop));
        let hotdesk = RingTarget::Hotdesk;
        let flow = |kind| {
            Flow::of(&Dispatching {
                kind: Some(kind),
                ring: Some(vec![
                    group(&[mobile.clone(), hotdesk.clone()], 0),
                    group(&[mobile.clone(), desktop.clone()], 30),
                ]),
                ..Dispatching::default()
            })
        };
        for kind in [DispatchType::RingInOrder, DispatchType::Custom] {
            let flow = flow(kind);
            let rung = |expected: &[&RingTarget]| {
                let expected: Vec<RingTarget> = expected.iter().map(|t| (*t).clone()).collect();
                are_rung(&flow, &expected)
            };
            assert!(rung(&[&mobile, &hotdesk, &desktop]));
            assert!(rung(&[&hotdesk, &mobile, &mobile, &desktop]));
            assert!(!rung(&[&mobile, &desktop, &hotdesk]));
            assert!(!rung(&[&mobile, &hotdesk]));
            assert!(!rung(&[]));
        }
        let together = flow(DispatchType::RingAtOnce);
        assert!(are_rung(&together, &[desktop, hotdesk, mobile]));
    }

    #[test]
    fn a_greeting_counts_where_it_is_said_and_ones_own_box_is_ones_own() {
        let user = ExtensionId("#101".to_owned());
        let other = ExtensionId("#102".to_owned());
        let voicemail = |of: Option<&ExtensionId>, greeting: Option<&str>| Destination::Voicemail {
            of: of.cloned(),
            greeting: greeting.map(|id| crate::model::Greeting::Preset(id.to_owned())),
        };
        let long = voicemail(None, Some("Long"));
        assert!(ends(&long, &voicemail(None, None), &user));
        assert!(ends(&long, &voicemail(Some(&user), None), &user));
        assert!(ends(&long, &long, &user));
        assert!(!ends(&long, &voicemail(None, Some("Short")), &user));
        assert!(!ends(&long, &voicemail(Some(&other), None), &user));
        assert!(!ends(&voicemail(None, None), &long, &user));
    }
}
