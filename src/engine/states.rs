//! States and their rules: updated, never created or deleted by us \[docs\].

use serde_json::Value;

use super::account::{Method, Request};
use super::diff::{Problem, Subject};
use super::fields;
use super::plan::{Action, Change, FieldChange, Resource};
use crate::model::words::Words;
use crate::model::{
    self, DesiredState, DesiredUser, Dispatching, ExtensionId, State, StateId, StateSchedule,
};
use crate::wire::lay::{self, Fill, Gap};
use crate::wire::{Body, StateRule, convert};

/// What is done about a user's states.
#[derive(Default)]
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<String>,
}

/// A state rule of the account.
#[derive(Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) rule: &'a StateRule,
    /// What it means.
    pub(super) says: &'a model::StateRule,
}

pub(super) fn diff(
    desired: &DesiredUser,
    live: Vec<Live<'_>>,
    words: Words<'_>,
    problems: &mut Vec<Problem>,
) -> Found {
    let differ = Differ {
        owner: &desired.id,
        words,
    };
    let mut found = Found::default();
    let after_hours = AfterHours::of(desired, &live);
    found.notes.extend(after_hours.note());
    for wanted in &desired.states {
        let held = live.iter().find(|live| live.says.id == wanted.id).copied();
        let is_after_hours = wanted.id.as_str() == StateId::AFTER_HOURS;
        let settled = match held {
            Some(_) if is_after_hours && after_hours == AfterHours::Disappears => {
                Err(Trouble::Absent)
            }
            None if is_after_hours && after_hours == AfterHours::Appears => {
                differ.state_rule(wanted, None)
            }
            Some(held) => differ.state_rule(wanted, Some(held)),
            None => Err(Trouble::Absent),
        };
        match settled {
            Ok(change) => found.changes.extend(change),
            Err(trouble) => {
                problems.push(trouble.about(&wanted.id));
                continue;
            }
        }
        if let Some(held) = held {
            let change = differ.state(wanted, held);
            if change.is_some() && wanted.state.enabled == Some(true) {
                let id = &wanted.id;
                found.notes.push(format!(
                    "while {id} is on, every direct call follows its rule at once, and nothing rings"
                ));
            }
            found.changes.extend(change);
        }
    }
    found
}

/// Why a state cannot be settled.
enum Trouble {
    /// The user has no such state: nothing can be done, and nothing is wrong with the rest.
    Absent,
    Gap(Gap),
}

impl From<Gap> for Trouble {
    fn from(gap: Gap) -> Self {
        Trouble::Gap(gap)
    }
}

impl Trouble {
    fn about(self, id: &StateId) -> Problem {
        let subject = Subject::State(id.clone());
        let (message, help, is_warning) = match (self, id.as_str()) {
            (Trouble::Absent, StateId::AGENT) => (
                "this user is in no call queue, and so has no state `agent`".to_owned(),
                "add the user to a queue, or remove this part; until then it does nothing",
                true,
            ),
            (Trouble::Absent, StateId::AFTER_HOURS) => (
                "there is no time after hours: work hours are around the clock".to_owned(),
                "set `work-hours.schedule`, or remove this part; until then it does nothing",
                true,
            ),
            (Trouble::Absent, id) => (
                format!("this user has no state `{id}`"),
                "remove this part; it does nothing",
                true,
            ),
            (Trouble::Gap(Gap::AtOnce), _) => (
                Gap::AtOnce.to_string(),
                "add `terminate:`, such as `terminate: voicemail`",
                false,
            ),
            (Trouble::Gap(gap @ (Gap::Greeting | Gap::Unread)), _) => (
                gap.to_string(),
                "say the `type`, or remove this part",
                false,
            ),
            (Trouble::Gap(_), _) => (
                "the state appears with this plan, and needs a `dispatching` with a `type`"
                    .to_owned(),
                "add `type:` to its `dispatching:`",
                false,
            ),
        };
        Problem {
            subject,
            key: None,
            message,
            help: Some(help.to_owned()),
            is_warning,
        }
    }
}

/// What a change of the work hours does to the after-hours state, which the service makes and removes
/// by itself \[docs\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterHours {
    Stays,
    Appears,
    Disappears,
}

impl AfterHours {
    fn of(desired: &DesiredUser, live: &[Live<'_>]) -> Self {
        let is_work_hours = |state: &&DesiredState| state.id.as_str() == StateId::WORK_HOURS;
        let work_hours = desired.states.iter().find(is_work_hours);
        let Some(StateSchedule::Own(wanted)) =
            work_hours.and_then(|state| state.state.schedule.as_ref())
        else {
            return AfterHours::Stays;
        };
        let mut states = live.iter().map(|live| live.says);
        let exists = live
            .iter()
            .any(|live| live.says.id.as_str() == StateId::AFTER_HOURS);
        let hours = states.find(|state| state.id.as_str() == StateId::WORK_HOURS);
        let before = hours.and_then(|hours| hours.state.schedule.as_ref());
        if matches!(before, Some(StateSchedule::Own(before)) if before == wanted) {
            return AfterHours::Stays;
        }
        match (exists, wanted.is_always()) {
            (false, false) => AfterHours::Appears,
            (true, true) => AfterHours::Disappears,
            _ => AfterHours::Stays,
        }
    }

    fn note(self) -> Option<String> {
        let note = match self {
            AfterHours::Stays => return None,
            AfterHours::Appears => {
                "the state after-hours will appear: work hours are no longer around the clock"
            }
            AfterHours::Disappears => {
                "the state after-hours will disappear, with its rule: work hours are around the clock"
            }
        };
        Some(note.to_owned())
    }
}

/// Makes the changes of one user's states.
pub(super) struct Differ<'a> {
    pub(super) owner: &'a ExtensionId,
    pub(super) words: Words<'a>,
}

impl Differ<'_> {
    fn state_rule(
        &self,
        wanted: &DesiredState,
        live: Option<Live<'_>>,
    ) -> Result<Option<Change>, Trouble> {
        let Some(dispatching) = &wanted.dispatching else {
            return Ok(None);
        };
        let body = live.map(|live| &live.rule.body);
        let lay = |fill: Fill| lay::state_rule(&wanted.id, body, dispatching, self.owner, fill);
        let read = |body: &Body| convert::state_dispatching(body, self.owner);
        let before = live.map(|live| &live.says.dispatching);
        // As with rules, most are as they shall be.
        let is_met = |before: &Dispatching| before.plainly_meets(dispatching);
        if before.is_some_and(is_met) || Some(&read(&lay(Fill::Nothing)?)) == before {
            return Ok(None);
        }
        Ok(Some(self.state_rule_with(
            &wanted.id,
            lay(Fill::Mandatory)?,
            before,
        )))
    }

    /// The update of a state's rule to this body.
    pub(super) fn state_rule_with(
        &self,
        id: &StateId,
        body: Body,
        before: Option<&Dispatching>,
    ) -> Change {
        let after = convert::state_dispatching(&body, self.owner);
        let told = |dispatching: &Dispatching| serde_json::json!({ "dispatching": self.words.dispatching(dispatching) });
        let fields = match before {
            Some(before) => fields::between(&told(before), &told(&after)),
            None => fields::of_new(&told(&after)),
        };
        self.change(Resource::StateRule, id, fields, body)
    }

    fn state(&self, wanted: &DesiredState, live: Live<'_>) -> Option<Change> {
        let before = &live.says.state;
        let State { enabled, schedule } = &wanted.state;
        let after = State {
            enabled: enabled.or(before.enabled),
            schedule: schedule.clone().or_else(|| before.schedule.clone()),
        };
        if after == *before {
            return None;
        }
        let body = lay::state(&wanted.id, &live.rule.body, &wanted.state);
        Some(self.state_with(&wanted.id, body, before, &after))
    }

    /// The update of a state with this body.
    pub(super) fn state_with(
        &self,
        id: &StateId,
        body: Body,
        before: &State,
        after: &State,
    ) -> Change {
        let fields = fields::between(&self.words.state(before), &self.words.state(after));
        self.change(Resource::State, id, fields, body)
    }

    fn change(
        &self,
        resource: Resource,
        id: &StateId,
        fields: Vec<FieldChange>,
        body: Body,
    ) -> Change {
        Change {
            action: Action::Update,
            resource,
            name: id.to_string(),
            rule_id: None,
            reason: None,
            fields,
            request: Request {
                method: Method::Patch,
                path: resource.path(self.owner, Some(id.as_str())),
                body: Some(Value::Object(body)),
            },
        }
    }
}
