//! Diffs states and their rules, which are only updated: the service creates and deletes them
//! \[docs\].

use super::change::PlannedChange;
use super::change_builder::ChangeBuilder;
use super::live_user::LiveUser;
use super::merge::{decode_state, merge_dispatching, merge_state};
use super::problem::{DiffDiagnostic, DiffSubject};
use crate::api::StateRuleRecord;
use crate::api::encode::{self, EncodeError, RequiredPartsMode};
use crate::model::{CallHandling, DesiredState, DesiredUser, StateId, StateRule, StateSchedule};

/// The changes and notes for a user's states.
#[derive(Default)]
pub(super) struct StateDiff {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) notes: Vec<String>,
}

/// Compares the declared states with the live ones.
pub(super) fn diff_states(
    desired: &DesiredUser,
    live: &LiveUser,
    builder: ChangeBuilder<'_>,
    diagnostics: &mut Vec<DiffDiagnostic>,
) -> StateDiff {
    let mut diff = StateDiff::default();
    let after_hours = AfterHoursEffect::from_desired(desired, live.handling());
    diff.notes.extend(after_hours.note());
    diff.notes
        .extend(undeclared_switches(desired, live.handling()));
    for declared in &desired.states {
        let id = &declared.id;
        let mut live_rules = live.state_rules().iter().zip(live.handling().states());
        let live_rule = live_rules.find(|(_, state)| state.id == *id);
        let change = match (live_rule, after_hours, id.as_str()) {
            (Some(_), AfterHoursEffect::Disappears, StateId::AFTER_HOURS) => Err(missing_state(id)),
            (None, AfterHoursEffect::Appears, StateId::AFTER_HOURS) | (Some(_), ..) => {
                update_state_rule(builder, declared, live_rule)
                    .map_err(|error| incomplete_state(id, error))
            }
            (None, ..) => Err(missing_state(id)),
        };
        match change {
            Ok(change) => diff.changes.extend(change),
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                continue;
            }
        }
        let Some((record, live_state)) = live_rule else {
            continue;
        };
        let before = &live_state.state;
        let body = encode::state_body(id, &record.body, &declared.state, builder.owner);
        let after = merge_state(before, &decode_state(&body));
        if after == *before {
            continue;
        }
        if declared.state.enabled == Some(true) {
            diff.notes.push(format!(
                "while {id} is on, no phone rings: every direct call follows its rule immediately"
            ));
        }
        diff.changes
            .push(builder.update_state(id.as_str(), before, &after, body));
    }
    diff
}

/// Returns a note for each switch that is on, although the file leaves it to the user: it overrides
/// everything that the file declares for direct calls.
pub fn undeclared_switches(desired: &DesiredUser, live: &CallHandling) -> Vec<String> {
    let is_declared = |id: &str| {
        let mut states = desired.states.iter();
        states.any(|state| state.id.as_str() == id && state.state.enabled.is_some())
    };
    let switches = [
        (
            StateId::FORWARD_ALL_CALLS,
            "every call of this user is being forwarded",
        ),
        (StateId::DND, "no phone of this user rings"),
    ];
    let is_on = |id: &str| {
        live.state(id)
            .is_some_and(|state| state.state.enabled == Some(true))
    };
    let notes = switches
        .into_iter()
        .filter(|(id, _)| is_on(id) && !is_declared(id))
        .map(|(id, effect)| format!("{effect}: {id} is on, which the file leaves to the user"));
    notes.collect()
}

/// Returns the update of a state's rule, if it differs from the declaration.
fn update_state_rule(
    builder: ChangeBuilder<'_>,
    declared: &DesiredState,
    live: Option<(&StateRuleRecord, &StateRule)>,
) -> Result<Option<PlannedChange>, EncodeError> {
    let Some(dispatching) = &declared.dispatching else {
        return Ok(None);
    };
    let (id, owner) = (&declared.id, builder.owner);
    let body = live.map(|(record, _)| &record.body);
    let before = live.map(|(_, state)| &state.dispatching);
    if before == Some(&merge_dispatching(id, body, dispatching, owner)?) {
        return Ok(None);
    }
    let body = encode::state_rule_body(id, body, dispatching, owner, RequiredPartsMode::Add)?;
    Ok(Some(builder.update_state_rule(id.as_str(), before, body)))
}

/// Returns the warning about a state that the user does not have.
fn missing_state(id: &StateId) -> DiffDiagnostic {
    let (message, help) = match id.as_str() {
        StateId::AGENT => (
            "this user is not in a call queue and has no state `agent`".to_owned(),
            "add the user to a queue, or remove this part; until then it has no effect",
        ),
        StateId::AFTER_HOURS => (
            "work hours are 24/7, so there is no after-hours handling".to_owned(),
            "set `work-hours.schedule`, or remove this part; until then it has no effect",
        ),
        id => (
            format!("this user has no state `{id}`"),
            "remove this part; it has no effect",
        ),
    };
    DiffDiagnostic::warning(DiffSubject::State(id.clone()), message, help)
}

/// Returns the problem of a declaration that is incomplete for a request body.
fn incomplete_state(id: &StateId, error: EncodeError) -> DiffDiagnostic {
    let (message, help) = match error {
        EncodeError::MissingTerminate => (
            error.to_string(),
            "add `terminate:`, such as `terminate: voicemail`",
        ),
        EncodeError::GreetingNotPlayed | EncodeError::UnreadDispatching => {
            (error.to_string(), "set the `type`, or remove this part")
        }
        EncodeError::MissingConditions | EncodeError::MissingDispatching => (
            "this plan creates the state, which needs a `dispatching` with a `type`".to_owned(),
            "add `type:` to its `dispatching:`",
        ),
    };
    DiffDiagnostic::error(DiffSubject::State(id.clone()), message, help)
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
    fn from_desired(desired: &DesiredUser, live: &CallHandling) -> Self {
        let mut states = desired.states.iter();
        let work_hours = states.find(|state| state.id.as_str() == StateId::WORK_HOURS);
        let after = work_hours.and_then(|state| state.state.schedule.as_ref());
        let before = live.state(StateId::WORK_HOURS);
        let Some(StateSchedule::Own(hours)) = after else {
            return AfterHoursEffect::Unchanged;
        };
        if before.is_some_and(|before| before.state.schedule.as_ref() == after) {
            return AfterHoursEffect::Unchanged;
        }
        let exists = live.state(StateId::AFTER_HOURS).is_some();
        match (exists, hours.is_always()) {
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
