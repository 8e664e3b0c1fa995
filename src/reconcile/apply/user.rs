//! Applies the changes of one user: reads the user again, then sends change by change.

use serde_json::Value;

use super::create;
use super::order::in_safe_order;
use super::outcome::{AcceptedWrite, CreatedRule, UserOutcome};
use super::read_back::{find_mismatch, read_back, stored_body};
use super::report::{ChangeFailure, ChangeOutcome, ChangeResult, UserRefusal};
use super::{ApplyObserver, ApplyRun, WriteVerification};
use crate::api::decode;
use crate::api::encode::RuleOwner;
use crate::model::StateId;
use crate::model::to_yaml::YamlWriter;
use crate::reconcile::account::{AccountErrorOf, ReadWriteAccount};
use crate::reconcile::change::{ChangeAction, PlannedChange, ResourceKind, WriteMethod};
use crate::reconcile::change_builder::ChangeBuilder;
use crate::reconcile::fetch::fetch_user;
use crate::reconcile::live_user::{FetchRequest, LiveUser};
use crate::reconcile::merge::differences_from_request;
use crate::reconcile::plan::UserPlan;
use crate::reconcile::snapshot::UserSnapshot;

/// Applies the changes of one user.
pub(super) async fn apply_user<'a, A: ReadWriteAccount, W: ApplyObserver>(
    run: &ApplyRun<'_, A, W>,
    user: &'a UserPlan,
) -> UserOutcome<'a, AccountErrorOf<A>> {
    let mut writer = UserApplier {
        run,
        user,
        live: LiveUser::default(),
        created_rules: Vec::new(),
    };
    let mut results = Vec::with_capacity(user.changes.len());
    let mut blocker = writer.verify_user().await.err();
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
    let mut outcome = UserOutcome {
        results,
        prior_rule_ids: rules.map(|rule| rule.id.clone()).collect(),
        created_rules: writer.created_rules,
    };
    if run.verification == WriteVerification::ReadBack {
        read_back(run, user, &mut outcome).await;
    }
    outcome
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
struct UserApplier<'r, 'a, A: ReadWriteAccount, W> {
    run: &'r ApplyRun<'r, A, W>,
    user: &'a UserPlan,
    /// The user before the first write.
    live: LiveUser,
    created_rules: Vec<CreatedRule>,
}

impl<A: ReadWriteAccount, W: ApplyObserver> UserApplier<'_, '_, A, W> {
    /// Reads the user again and checks that its changes may be sent.
    async fn verify_user(&mut self) -> Result<(), UserBlocker<AccountErrorOf<A>>> {
        if self.run.is_finished() {
            return Err(UserBlocker::Skipped);
        }
        self.verify_unchanged().await?;
        self.verify_plan().map_err(UserBlocker::Refused)
    }

    /// Reads the user again and checks that it is unchanged since the plan.
    async fn verify_unchanged(&mut self) -> Result<(), UserBlocker<AccountErrorOf<A>>> {
        let seen = &self.user.snapshot;
        if seen.is_empty() {
            return Err(UserBlocker::Refused(UserRefusal::NoSnapshot));
        }
        let request = seen.fetch_request(&self.user.id);
        let read = fetch_user(self.run.account, &request).await;
        self.live = read.map_err(|error| {
            self.run.note_error(&error);
            if A::is_canceled(&error) {
                UserBlocker::Skipped
            } else {
                UserBlocker::ReadFailed(error)
            }
        })?;
        let now = UserSnapshot::capture(&request, &self.live, &self.user.changes);
        match seen.diff(&now) {
            Some(diff) => Err(UserBlocker::Refused(UserRefusal::Drifted(diff))),
            None => Ok(()),
        }
    }

    /// Checks that the plan, which may come from an edited file, shows what it sends.
    fn verify_plan(&self) -> Result<(), UserRefusal> {
        let builder = ChangeBuilder {
            owner: RuleOwner::for_comparison(&self.user.id),
            yaml_writer: YamlWriter::new(self.run.directory),
        };
        let is_shown =
            |change: &PlannedChange| builder.rebuild(change, &self.live).as_ref() == Some(change);
        // A body from a file can have parts that nothing shows. What was planned in this run has
        // them from the account, or from the journal of a rollback.
        let is_reproducible = |change: &PlannedChange| {
            !self.user.is_from_file || builder.is_reproducible(change, &self.live)
        };
        let mut changes = self.user.changes.iter();
        match changes.find(|change| !(is_shown(change) && is_reproducible(change))) {
            Some(change) => Err(UserRefusal::PlanMismatch {
                resource: change.resource,
                name: change.name.clone(),
            }),
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
        if outcome.is_applied() && change.action == ChangeAction::Create {
            self.created_rules.push(CreatedRule {
                change_index: index,
                id: after.as_ref().and_then(response_id),
                was_resent,
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
                let created = self.created_rules.iter();
                let created_ids = created.filter_map(|rule| rule.id.as_deref());
                let known_ids = live_ids.chain(created_ids).collect();
                create::create_rule(self.run, &self.user.id, change, known_ids).await
            }
            WriteMethod::Patch | WriteMethod::Delete => {
                let sent = match self.run.account.send(&change.request).await {
                    Err(error) if A::is_outcome_unknown(&error) => {
                        self.look_up_outcome(change, error).await
                    }
                    sent => sent.map_err(ChangeFailure::Write),
                };
                sent.map(|response| AcceptedWrite {
                    response,
                    was_resent: false,
                })
            }
        };
        if let Err(ChangeFailure::Write(error) | ChangeFailure::OutcomeUnknown(error)) = &sent {
            self.run.note_error(error);
        }
        match sent {
            Ok(AcceptedWrite {
                response: after,
                was_resent,
            }) => {
                let body = after.as_ref().and_then(Value::as_object);
                let differences_from_request = body
                    .map(|body| differences_from_request(change, &self.user.id, body))
                    .unwrap_or_default();
                (
                    ChangeOutcome::Applied {
                        differences_from_request,
                    },
                    after,
                    was_resent,
                )
            }
            Err(ChangeFailure::Write(error) | ChangeFailure::OutcomeUnknown(error))
                if A::is_canceled(&error) =>
            {
                (ChangeOutcome::NotAttempted, None, false)
            }
            Err(ChangeFailure::Write(error)) if A::is_lock_timeout(&error) => {
                // Only the first error is reported.
                let _ = self.run.lock_error.set(error);
                (ChangeOutcome::NotAttempted, None, false)
            }
            Err(failure) => (ChangeOutcome::Failed(failure), None, false),
        }
    }

    /// Looks up whether an update or delete with an unknown outcome was carried out. Returns the
    /// stored resource if it was.
    async fn look_up_outcome(
        &self,
        change: &PlannedChange,
        error: AccountErrorOf<A>,
    ) -> Result<Option<Value>, ChangeFailure<AccountErrorOf<A>>> {
        let request = FetchRequest::for_changes(&self.user.id, [change]);
        let rule_id = change.rule_id.as_deref();
        let mut lookups = 0;
        while self.run.account.delay_before_lookup(&error, lookups).await {
            let stored = match fetch_user(self.run.account, &request).await {
                Ok(stored) => stored,
                Err(read_error) => {
                    self.run.note_error(&read_error);
                    return Err(ChangeFailure::OutcomeUnknown(error));
                }
            };
            if find_mismatch(self.user, change, rule_id, &stored).is_none() {
                let body = stored_body(change, rule_id, &stored);
                return Ok(body.cloned().map(Value::Object));
            }
            lookups += 1;
        }
        Err(if lookups > 0 && !A::may_complete_late(&error) {
            ChangeFailure::NotCarriedOut(error)
        } else {
            ChangeFailure::OutcomeUnknown(error)
        })
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
    decode::text_or_number(response.get("id"))
}
