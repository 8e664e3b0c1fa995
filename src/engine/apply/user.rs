//! One user: read again, then written change by change.

use std::collections::HashSet;

use serde_json::Value;

use super::create::{self, Created};
use super::order::in_safe_order;
use super::repeated::Repeated;
use super::report::{Failure, Outcome, Refusal, Settled};
use super::{Run, Watch, answer, shown};
use crate::engine::account::{Account, ErrorOf, Method};
use crate::engine::fetch;
use crate::engine::live::LiveUser;
use crate::engine::plan::{Change, Resource, UserPlan};
use crate::engine::seen::Seen;
use crate::model::StateId;

/// What became of a user.
pub(super) struct Ended<'a, E> {
    pub(super) settled: Vec<Settled<'a, E>>,
    /// Creates that were confirmed, and of which it is not clear yet whether they were carried out twice.
    pub(super) repeated: Vec<Repeated>,
    /// The ids of the rules that were there before the first write.
    pub(super) known: HashSet<String>,
}

pub(super) async fn apply<'a, A: Account, W: Watch>(
    run: &Run<'_, A, W>,
    user: &'a UserPlan,
) -> Ended<'a, ErrorOf<A>> {
    let mut writer = Writer {
        run,
        user,
        live: LiveUser::default(),
        own: HashSet::new(),
        repeated: Vec::new(),
    };
    let mut settled = Vec::with_capacity(user.changes.len());
    let mut obstacle = writer.read_again().await.err();
    let changes = in_safe_order(user, writer.live.rules());
    for change in changes {
        let outcome = match obstacle {
            None => writer.carry_out(change, settled.len()).await,
            Some(ref mut obstacle) => {
                let outcome = obstacle.take();
                writer.tell(change, None, None, &outcome);
                outcome
            }
        };
        if obstacle.is_none() && !outcome.is_as_asked() {
            obstacle = Some(Obstacle::Left);
        }
        settled.push(Settled {
            user,
            change,
            outcome,
        });
    }
    let rules = writer.live.rules().iter();
    Ended {
        settled,
        repeated: writer.repeated,
        known: rules.map(|rule| rule.id.clone()).collect(),
    }
}

/// What keeps the changes of a user from being sent.
enum Obstacle<E> {
    Refused(Refusal),
    Unread(E),
    /// A change before failed or is not as it was asked to be, or the run is over.
    Left,
}

impl<E> Obstacle<E> {
    /// What becomes of the next change. A failure is told once.
    fn take(&mut self) -> Outcome<E> {
        match std::mem::replace(self, Obstacle::Left) {
            Obstacle::Refused(refusal) => {
                *self = Obstacle::Refused(refusal.clone());
                Outcome::Refused(refusal)
            }
            Obstacle::Unread(error) => Outcome::Failed(Failure::Read(error)),
            Obstacle::Left => Outcome::NotTried,
        }
    }
}

struct Writer<'r, 'a, A, W> {
    run: &'r Run<'r, A, W>,
    user: &'a UserPlan,
    /// The user as it was before the first write.
    live: LiveUser,
    /// The ids of the rules that were created here.
    own: HashSet<String>,
    repeated: Vec<Repeated>,
}

impl<A: Account, W: Watch> Writer<'_, '_, A, W> {
    /// Holds the account against what the plan saw.
    async fn read_again(&mut self) -> Result<(), Obstacle<ErrorOf<A>>> {
        let UserPlan {
            seen, id, changes, ..
        } = self.user;
        if self.run.is_over() {
            return Err(Obstacle::Left);
        }
        if seen.is_empty() {
            return Err(Obstacle::Refused(Refusal::Unseen));
        }
        let wanted = seen.wanted(id);
        let read = fetch::user_of(self.run.account, &wanted).await;
        self.live = read.map_err(|error| {
            if self.run.is_stop(&error) {
                Obstacle::Left
            } else {
                Obstacle::Unread(error)
            }
        })?;
        let now = Seen::of(&wanted, &self.live, changes);
        if let Some(moved) = seen.moved(&now) {
            return Err(Obstacle::Refused(Refusal::Moved(moved)));
        }
        match shown::first_untrue(self.user, &self.live, self.run.directory) {
            Some(change) => Err(Obstacle::Refused(Refusal::Untrue {
                resource: change.resource,
                name: change.name.clone(),
            })),
            None => Ok(()),
        }
    }

    /// Sends a change, which is the one at `place` of its user, and tells what became of it.
    async fn carry_out(&mut self, change: &Change, place: usize) -> Outcome<ErrorOf<A>> {
        let before = self.before(change);
        let announced = || {
            let after_hours = self.after_hours(change);
            let watch = self.run.watch;
            let told = watch.about_to(self.user, change, before.as_ref(), after_hours.as_ref());
            self.run.heard(told)
        };
        let (outcome, after, is_repeated) = if self.run.is_over() || !announced() {
            (Outcome::NotTried, None, false)
        } else {
            self.send(change).await
        };
        self.tell(change, before.as_ref(), after.as_ref(), &outcome);
        if is_repeated {
            self.repeated.push(Repeated { place, after });
        }
        outcome
    }

    /// What became of a change, what the account answered, and whether that has to be looked at again.
    async fn send(&mut self, change: &Change) -> (Outcome<ErrorOf<A>>, Option<Value>, bool) {
        let sent = match change.request.method {
            Method::Post => {
                let known = self.live.rules().iter().map(|rule| rule.id.as_str());
                let known = known.chain(self.own.iter().map(String::as_str)).collect();
                create::create(self.run, &self.user.id, change, known).await
            }
            Method::Patch | Method::Delete => {
                let sent = self.run.account.send(&change.request).await;
                let sent = sent.map(|answer| Created {
                    answer,
                    is_repeated: false,
                });
                sent.map_err(|error| match A::is_unclear(&error) {
                    true => Failure::Unknown(error),
                    false => Failure::Write(error),
                })
            }
        };
        match sent {
            Ok(Created {
                answer: after,
                is_repeated,
            }) => {
                let otherwise = { after.as_ref() }
                    .map(|after| answer::differences(change, &self.user.id, after))
                    .unwrap_or_default();
                if let (Method::Post, Some(after)) = (change.request.method, &after) {
                    self.own.extend(answer::id(after));
                }
                (Outcome::Done { otherwise }, after, is_repeated)
            }
            Err(Failure::Write(error) | Failure::Unknown(error)) if self.run.is_stop(&error) => {
                (Outcome::NotTried, None, false)
            }
            Err(failure) => (Outcome::Failed(failure), None, false),
        }
    }

    fn tell(
        &self,
        change: &Change,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &Outcome<ErrorOf<A>>,
    ) {
        let watch = self.run.watch;
        let told = watch.settled(self.user, change, before, after, outcome);
        self.run.heard(told);
    }

    /// What a change changes, as it was before the first write.
    fn before(&self, change: &Change) -> Option<Value> {
        let rule = || {
            let id = change.rule_id.as_ref()?;
            self.live.rules().iter().find(|rule| rule.id == *id)
        };
        match change.resource {
            Resource::InteractionRule => rule().map(|rule| Value::Object(rule.body.clone())),
            Resource::StateRule | Resource::State => self.state_rule(&change.name),
        }
    }

    fn after_hours(&self, change: &Change) -> Option<Value> {
        let moves_hours = change.resource == Resource::State && change.name == StateId::WORK_HOURS;
        moves_hours
            .then(|| self.state_rule(StateId::AFTER_HOURS))
            .flatten()
    }

    fn state_rule(&self, id: &str) -> Option<Value> {
        let rule = self.live.state_rules().iter().find(|rule| rule.id == id)?;
        Some(Value::Object(rule.body.clone()))
    }
}
