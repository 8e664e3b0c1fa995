//! Applies the changes of one user: reads the user again, then sends change by change.

use std::collections::HashSet;

use serde_json::Value;

use super::create::{self, CreatedRule};
use super::order::in_safe_order;
use super::report::{ChangeFailure, ChangeOutcome, ChangeResult, UserRefusal};
use super::{ApplyObserver, ApplyRun};
use crate::model::StateId;
use crate::model::to_yaml::YamlWriter;
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::change::{PlannedChange, ResourceKind, WriteMethod};
use crate::reconcile::change_builder::ChangeBuilder;
use crate::reconcile::fetch::fetch_user;
use crate::reconcile::live_user::LiveUser;
use crate::reconcile::merge::response_differences;
use crate::reconcile::plan::UserPlan;
use crate::reconcile::snapshot::UserSnapshot;

/// The results of one user.
pub(super) struct UserOutcome<'a, E> {
    pub(super) results: Vec<ChangeResult<'a, E>>,
    /// Resent creates that must be checked for duplicates.
    pub(super) resent_creates: Vec<ResentCreate>,
    /// The ids of the rules that existed before the first write.
    pub(super) prior_rule_ids: HashSet<String>,
}

/// A create that was sent again and then confirmed.
pub(super) struct ResentCreate {
    /// The index of the change in the order of sending.
    pub(super) change_index: usize,
    /// The id of the confirmed rule.
    pub(super) confirmed_id: Option<String>,
}

/// Applies the changes of one user.
pub(super) async fn apply_user<'a, A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    user: &'a UserPlan,
) -> UserOutcome<'a, AccountErrorOf<A>> {
    let mut writer = UserApplier {
        run,
        user,
        live: LiveUser::default(),
        created_ids: HashSet::new(),
        resent_creates: Vec::new(),
    };
    let mut results = Vec::with_capacity(user.changes.len());
    let mut blocker = writer.verify_unchanged().await.err();
    let changes = in_safe_order(user, writer.live.rules());
    for change in changes {
        let outcome = match blocker {
            None => writer.apply_change(change, results.len()).await,
            Some(ref mut blocker) => {
                let outcome = blocker.next_outcome();
                writer.notify_observer(change, None, None, &outcome);
                outcome
            }
        };
        if blocker.is_none() && !outcome.matches_request() {
            blocker = Some(UserBlocker::Skipped);
        }
        results.push(ChangeResult {
            user,
            change,
            outcome,
        });
    }
    let rules = writer.live.rules().iter();
    UserOutcome {
        results,
        resent_creates: writer.resent_creates,
        prior_rule_ids: rules.map(|rule| rule.id.clone()).collect(),
    }
}

/// Why the remaining changes of a user are not sent.
enum UserBlocker<E> {
    Refused(UserRefusal),
    ReadFailed(E),
    /// An earlier change failed or differs from its request, or the run has ended.
    Skipped,
}

impl<E> UserBlocker<E> {
    /// Returns the outcome of the next change. A read error is reported once.
    fn next_outcome(&mut self) -> ChangeOutcome<E> {
        match std::mem::replace(self, UserBlocker::Skipped) {
            UserBlocker::Refused(refusal) => {
                *self = UserBlocker::Refused(refusal.clone());
                ChangeOutcome::Refused(refusal)
            }
            UserBlocker::ReadFailed(error) => ChangeOutcome::Failed(ChangeFailure::Reread(error)),
            UserBlocker::Skipped => ChangeOutcome::NotAttempted,
        }
    }
}

/// Applies changes to one user.
struct UserApplier<'r, 'a, A, W> {
    run: &'r ApplyRun<'r, A, W>,
    user: &'a UserPlan,
    /// The user before the first write.
    live: LiveUser,
    /// The ids of the rules that this run created.
    created_ids: HashSet<String>,
    resent_creates: Vec<ResentCreate>,
}

impl<A: ReadWriteAccount, W: ApplyObserver> UserApplier<'_, '_, A, W> {
    /// Checks that the user is unchanged since the plan, and that the plan shows what it sends.
    async fn verify_unchanged(&mut self) -> Result<(), UserBlocker<AccountErrorOf<A>>> {
        let UserPlan {
            snapshot: seen,
            id,
            changes,
            ..
        } = self.user;
        if self.run.is_finished() {
            return Err(UserBlocker::Skipped);
        }
        if seen.is_empty() {
            return Err(UserBlocker::Refused(UserRefusal::NoSnapshot));
        }
        let request = seen.fetch_request(id);
        let read = fetch_user(self.run.account, &request).await;
        self.live = read.map_err(|error| {
            if self.run.record_error(&error) {
                UserBlocker::Skipped
            } else {
                UserBlocker::ReadFailed(error)
            }
        })?;
        let now = UserSnapshot::capture(&request, &self.live, changes);
        if let Some(diff) = seen.diff(&now) {
            return Err(UserBlocker::Refused(UserRefusal::Drifted(diff)));
        }
        // A plan may come from an edited file.
        let builder = ChangeBuilder {
            owner: id,
            yaml_writer: YamlWriter::new(self.run.directory),
        };
        let mut changes = changes.iter();
        match changes.find(|change| builder.rebuild(change, &self.live).as_ref() != Some(*change)) {
            Some(change) => Err(UserBlocker::Refused(UserRefusal::PlanMismatch {
                resource: change.resource,
                name: change.name.clone(),
            })),
            None => Ok(()),
        }
    }

    /// Sends a change and returns its outcome. `index` is its position in the order of sending.
    async fn apply_change(
        &mut self,
        change: &PlannedChange,
        index: usize,
    ) -> ChangeOutcome<AccountErrorOf<A>> {
        let before = self.prior_body(change);
        let notify_before = || {
            let after_hours = self.prior_after_hours(change);
            let observed = self.run.observer.before_write(
                self.user,
                change,
                before.as_ref(),
                after_hours.as_ref(),
            );
            self.run.record_observer_result(observed)
        };
        let (outcome, after, was_resent) = if self.run.is_finished() || !notify_before() {
            (ChangeOutcome::NotAttempted, None, false)
        } else {
            self.send_change(change).await
        };
        self.notify_observer(change, before.as_ref(), after.as_ref(), &outcome);
        if was_resent {
            self.resent_creates.push(ResentCreate {
                change_index: index,
                confirmed_id: after.as_ref().and_then(response_id),
            });
        }
        outcome
    }

    /// Sends a change. Returns its outcome, the response body, and whether a create was resent.
    async fn send_change(
        &mut self,
        change: &PlannedChange,
    ) -> (ChangeOutcome<AccountErrorOf<A>>, Option<Value>, bool) {
        let sent = match change.request.method {
            WriteMethod::Post => {
                let live_ids = self.live.rules().iter().map(|rule| rule.id.as_str());
                let created_ids = self.created_ids.iter().map(String::as_str);
                let known_ids = live_ids.chain(created_ids).collect();
                create::create_rule(self.run, &self.user.id, change, known_ids).await
            }
            WriteMethod::Patch | WriteMethod::Delete => {
                let sent = self.run.account.send(&change.request).await;
                let sent = sent.map(|answer| CreatedRule {
                    response: answer,
                    was_resent: false,
                });
                sent.map_err(|error| {
                    if A::is_outcome_unknown(&error) {
                        ChangeFailure::OutcomeUnknown(error)
                    } else {
                        ChangeFailure::Write(error)
                    }
                })
            }
        };
        match sent {
            Ok(CreatedRule {
                response: after,
                was_resent,
            }) => {
                let body = after.as_ref().and_then(Value::as_object);
                let response_differences = body
                    .map(|body| response_differences(change, &self.user.id, body))
                    .unwrap_or_default();
                if let (WriteMethod::Post, Some(after)) = (change.request.method, &after) {
                    self.created_ids.extend(response_id(after));
                }
                (
                    ChangeOutcome::Applied {
                        response_differences,
                    },
                    after,
                    was_resent,
                )
            }
            Err(ChangeFailure::Write(error) | ChangeFailure::OutcomeUnknown(error))
                if self.run.record_error(&error) =>
            {
                (ChangeOutcome::NotAttempted, None, false)
            }
            Err(failure) => (ChangeOutcome::Failed(failure), None, false),
        }
    }

    /// Notifies the observer of an outcome.
    fn notify_observer(
        &self,
        change: &PlannedChange,
        before: Option<&Value>,
        after: Option<&Value>,
        outcome: &ChangeOutcome<AccountErrorOf<A>>,
    ) {
        let observed = self
            .run
            .observer
            .after_write(self.user, change, before, after, outcome);
        self.run.record_observer_result(observed);
    }

    /// Returns the resource of a change before the first write.
    fn prior_body(&self, change: &PlannedChange) -> Option<Value> {
        match change.resource {
            ResourceKind::InteractionRule => {
                let rule = self.live.rule(change.rule_id.as_ref()?)?;
                Some(Value::Object(rule.body.clone()))
            }
            ResourceKind::StateRule | ResourceKind::State => self.prior_state_rule(&change.name),
        }
    }

    /// Returns the after-hours rule before a change of work hours.
    fn prior_after_hours(&self, change: &PlannedChange) -> Option<Value> {
        let changes_hours =
            change.resource == ResourceKind::State && change.name == StateId::WORK_HOURS;
        changes_hours
            .then(|| self.prior_state_rule(StateId::AFTER_HOURS))
            .flatten()
    }

    /// Returns a state rule before the first write.
    fn prior_state_rule(&self, id: &str) -> Option<Value> {
        let rule = self.live.state_rule(id)?;
        Some(Value::Object(rule.body.clone()))
    }
}

/// Returns the id of a created rule from the response.
fn response_id(response: &Value) -> Option<String> {
    response.get("id")?.as_str().map(str::to_owned)
}
