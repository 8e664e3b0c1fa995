//! Diffs states and their rules, which are only updated: the service creates and deletes them
//! \[docs\].

use serde_json::Value;

use super::account::{WriteMethod, WriteRequest};
use super::diff::{DiffDiagnostic, DiffSubject};
use super::field_diff;
use super::plan::{ChangeAction, FieldChange, PlannedChange, ResourceKind};
use crate::api::encode::{self, EncodeError, RequiredFields};
use crate::api::{RawBody, StateRuleRecord, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    self, CallDispatching, DesiredState, DesiredUser, ExtensionId, StateId, StateSchedule,
    StateSettings,
};

/// The changes and notes for a user's states.
#[derive(Default)]
pub(super) struct StateDiff {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) notes: Vec<String>,
}

/// A live state rule with its decoded form.
#[derive(Clone, Copy)]
pub(super) struct DecodedStateRule<'a> {
    pub(super) record: &'a StateRuleRecord,
    /// The decoded state rule.
    pub(super) model: &'a model::StateRule,
}

/// Compares the declared states with the live ones.
pub(super) fn diff_states(
    desired: &DesiredUser,
    live: Vec<DecodedStateRule<'_>>,
    words: YamlWriter<'_>,
    diagnostics: &mut Vec<DiffDiagnostic>,
) -> StateDiff {
    let builder = StateChangeBuilder {
        owner: &desired.id,
        yaml_writer: words,
    };
    let mut diff = StateDiff::default();
    let after_hours = AfterHoursEffect::from_desired(desired, &live);
    diff.notes.extend(after_hours.note());
    for wanted in &desired.states {
        let live_rule = live.iter().find(|live| live.model.id == wanted.id).copied();
        let is_after_hours = wanted.id.as_str() == StateId::AFTER_HOURS;
        let change = match live_rule {
            Some(_) if is_after_hours && after_hours == AfterHoursEffect::Disappears => {
                Err(StateDiffError::NoSuchState)
            }
            None if is_after_hours && after_hours == AfterHoursEffect::Appears => {
                builder.update_state_rule(wanted, None)
            }
            Some(live_rule) => builder.update_state_rule(wanted, Some(live_rule)),
            None => Err(StateDiffError::NoSuchState),
        };
        match change {
            Ok(change) => diff.changes.extend(change),
            Err(error) => {
                diagnostics.push(error.into_diagnostic(&wanted.id));
                continue;
            }
        }
        if let Some(live_rule) = live_rule {
            let change = builder.update_state(wanted, live_rule);
            if change.is_some() && wanted.state.enabled == Some(true) {
                let id = &wanted.id;
                diff.notes.push(format!(
                    "while {id} is on, no phone rings: every direct call follows its rule immediately"
                ));
            }
            diff.changes.extend(change);
        }
    }
    diff
}

/// Why a declared state cannot be compared.
enum StateDiffError {
    /// The user does not have this state.
    NoSuchState,
    /// The declaration is incomplete for a request body.
    Encode(EncodeError),
}

impl From<EncodeError> for StateDiffError {
    fn from(error: EncodeError) -> Self {
        StateDiffError::Encode(error)
    }
}

impl StateDiffError {
    /// Converts the error into a diagnostic about the state.
    fn into_diagnostic(self, id: &StateId) -> DiffDiagnostic {
        let subject = DiffSubject::State(id.clone());
        let (message, help, is_warning) = match (self, id.as_str()) {
            (StateDiffError::NoSuchState, StateId::AGENT) => (
                "this user is not in a call queue and has no state `agent`".to_owned(),
                "add the user to a queue, or remove this part; until then it has no effect",
                true,
            ),
            (StateDiffError::NoSuchState, StateId::AFTER_HOURS) => (
                "work hours are 24/7, so there is no after-hours handling".to_owned(),
                "set `work-hours.schedule`, or remove this part; until then it has no effect",
                true,
            ),
            (StateDiffError::NoSuchState, id) => (
                format!("this user has no state `{id}`"),
                "remove this part; it has no effect",
                true,
            ),
            (StateDiffError::Encode(EncodeError::MissingTerminate), _) => (
                EncodeError::MissingTerminate.to_string(),
                "add `terminate:`, such as `terminate: voicemail`",
                false,
            ),
            (
                StateDiffError::Encode(
                    error @ (EncodeError::GreetingNotPlayed | EncodeError::UnreadDispatching),
                ),
                _,
            ) => (
                error.to_string(),
                "set the `type`, or remove this part",
                false,
            ),
            (StateDiffError::Encode(_), _) => (
                "this plan creates the state, which needs a `dispatching` with a `type`".to_owned(),
                "add `type:` to its `dispatching:`",
                false,
            ),
        };
        DiffDiagnostic {
            subject,
            key: None,
            message,
            help: Some(help.to_owned()),
            is_warning,
        }
    }
}

/// The effect of a change of work hours on the after-hours state, which the service creates and
/// removes by itself \[docs\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterHoursEffect {
    Unchanged,
    Appears,
    Disappears,
}

impl AfterHoursEffect {
    /// Determines the effect of the declared work hours.
    fn from_desired(desired: &DesiredUser, live: &[DecodedStateRule<'_>]) -> Self {
        let is_work_hours = |state: &&DesiredState| state.id.as_str() == StateId::WORK_HOURS;
        let work_hours = desired.states.iter().find(is_work_hours);
        let Some(StateSchedule::Own(wanted)) =
            work_hours.and_then(|state| state.state.schedule.as_ref())
        else {
            return AfterHoursEffect::Unchanged;
        };
        let mut states = live.iter().map(|live| live.model);
        let exists = live
            .iter()
            .any(|live| live.model.id.as_str() == StateId::AFTER_HOURS);
        let hours = states.find(|state| state.id.as_str() == StateId::WORK_HOURS);
        let before = hours.and_then(|hours| hours.state.schedule.as_ref());
        if matches!(before, Some(StateSchedule::Own(before)) if before == wanted) {
            return AfterHoursEffect::Unchanged;
        }
        match (exists, wanted.is_always()) {
            (false, false) => AfterHoursEffect::Appears,
            (true, true) => AfterHoursEffect::Disappears,
            _ => AfterHoursEffect::Unchanged,
        }
    }

    /// Returns the note to show for this effect.
    fn note(self) -> Option<String> {
        let note = match self {
            AfterHoursEffect::Unchanged => return None,
            AfterHoursEffect::Appears => {
                "after-hours handling now applies, because work hours are no longer 24/7"
            }
            AfterHoursEffect::Disappears => {
                "after-hours handling and its rule are removed, because work hours become 24/7"
            }
        };
        Some(note.to_owned())
    }
}

/// Builds the changes of one user's states.
pub(super) struct StateChangeBuilder<'a> {
    pub(super) owner: &'a ExtensionId,
    pub(super) yaml_writer: YamlWriter<'a>,
}

impl StateChangeBuilder<'_> {
    /// Returns the update of a state's rule, if it differs from the declaration.
    fn update_state_rule(
        &self,
        wanted: &DesiredState,
        live: Option<DecodedStateRule<'_>>,
    ) -> Result<Option<PlannedChange>, StateDiffError> {
        let Some(dispatching) = &wanted.dispatching else {
            return Ok(None);
        };
        let body = live.map(|live| &live.record.body);
        let encoded = |required: RequiredFields| {
            encode::state_rule_body(&wanted.id, body, dispatching, self.owner, required)
        };
        let read = |body: &RawBody| decode::state_dispatching(body, self.owner);
        let before = live.map(|live| &live.model.dispatching);
        // Most state rules match; those need no request body.
        let is_met = |before: &CallDispatching| before.satisfies(dispatching);
        if before.is_some_and(is_met) || Some(&read(&encoded(RequiredFields::Omit)?)) == before {
            return Ok(None);
        }
        Ok(Some(self.state_rule_from_body(
            &wanted.id,
            encoded(RequiredFields::Add)?,
            before,
        )))
    }

    /// Builds the update of a state's rule to this body.
    pub(super) fn state_rule_from_body(
        &self,
        id: &StateId,
        body: RawBody,
        before: Option<&CallDispatching>,
    ) -> PlannedChange {
        let after = decode::state_dispatching(&body, self.owner);
        let in_yaml = |dispatching: &CallDispatching| serde_json::json!({ "dispatching": self.yaml_writer.dispatching(dispatching) });
        let fields = match before {
            Some(before) => field_diff::diff_fields(&in_yaml(before), &in_yaml(&after)),
            None => field_diff::fields_of_new(&in_yaml(&after)),
        };
        self.build_change(ResourceKind::StateRule, id, fields, body)
    }

    /// Returns the update of a state, if it differs from the declaration.
    fn update_state(
        &self,
        wanted: &DesiredState,
        live: DecodedStateRule<'_>,
    ) -> Option<PlannedChange> {
        let before = &live.model.state;
        let StateSettings { enabled, schedule } = &wanted.state;
        let after = StateSettings {
            enabled: enabled.or(before.enabled),
            schedule: schedule.clone().or_else(|| before.schedule.clone()),
        };
        if after == *before {
            return None;
        }
        let body = encode::state_body(&wanted.id, &live.record.body, &wanted.state);
        Some(self.state_from_body(&wanted.id, body, before, &after))
    }

    /// Builds the update of a state to this body.
    pub(super) fn state_from_body(
        &self,
        id: &StateId,
        body: RawBody,
        before: &StateSettings,
        after: &StateSettings,
    ) -> PlannedChange {
        let fields = field_diff::diff_fields(
            &self.yaml_writer.state(before),
            &self.yaml_writer.state(after),
        );
        self.build_change(ResourceKind::State, id, fields, body)
    }

    /// Builds an update from its fields and body.
    fn build_change(
        &self,
        resource: ResourceKind,
        id: &StateId,
        fields: Vec<FieldChange>,
        body: RawBody,
    ) -> PlannedChange {
        PlannedChange {
            action: ChangeAction::Update,
            resource,
            name: id.to_string(),
            rule_id: None,
            reason: None,
            fields,
            request: WriteRequest {
                method: WriteMethod::Patch,
                path: resource.url_path(self.owner, Some(id.as_str())),
                body: Some(Value::Object(body)),
            },
        }
    }
}
