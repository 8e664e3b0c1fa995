//! One user's call handling with its undeclared parts.

use serde_json::json;

use crate::model::{
    CallDispatching, CallHandling, DesiredRule, DesiredState, DesiredUser, DispatchType,
    ExtensionId, PrunePolicy, StateId, StateRule, StateSchedule, StateSettings, UserRule,
};
use crate::routing::CallHandler;

/// One user's call handling, as a file declares it or as it is on the account.
///
/// Parts that the file does not declare stay as they are on the account, which is unknown here.
/// Where a value is needed anyway, the service's default for a new user is assumed.
#[derive(Debug)]
pub struct PartialHandling {
    /// The extension id of the user.
    pub user: ExtensionId,
    /// The call handling. An undeclared dispatching of a state is a placeholder.
    pub handling: CallHandling,
    /// The path of the declaring file; `None` if the handling was read from the account.
    pub file: Option<String>,
    /// The parts that the file does not set.
    pub undeclared: Vec<UndeclaredPart>,
    /// The key under which each rule is declared, in the order of the rules.
    keys: Vec<String>,
}

/// A part of a user's call handling that the file does not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndeclaredPart {
    /// The whole list of interaction rules.
    Rules,
    /// Interaction rules other than the declared ones.
    OtherRules,
    /// Whether this state is enabled; assumed off.
    Switch(&'static str),
    /// The schedule of this state; assumed to be `work-hours` for `agent`, otherwise 24/7.
    Schedule(&'static str),
    /// The dispatching of this state.
    Dispatching(&'static str),
    /// Whether the user is a queue agent; assumed not.
    Agent,
}

impl PartialHandling {
    /// Builds the call handling that a file declares.
    pub fn from_declaration(desired: &DesiredUser, file: &str) -> Self {
        let mut undeclared = Vec::new();
        let policy = &desired.unmanaged_policy;
        if desired.rules.is_none() {
            undeclared.push(UndeclaredPart::Rules);
        } else if policy.prune == PrunePolicy::None || !policy.ignore.is_empty() {
            undeclared.push(UndeclaredPart::OtherRules);
        }
        let (keys, rules) = desired
            .rules
            .iter()
            .flatten()
            .filter_map(|rule| match rule {
                DesiredRule::Present { key, rule, id, .. } => {
                    let rule = (**rule).clone();
                    let id = id.clone();
                    Some((key.clone(), UserRule { id, rule }))
                }
                DesiredRule::Absent { .. } => None,
            })
            .unzip();
        let states = default_states(&desired.states, &mut undeclared);
        PartialHandling {
            user: desired.id.clone(),
            handling: CallHandling {
                rules: Some(rules),
                states: Some(states),
            },
            file: Some(file.to_owned()),
            undeclared,
            keys,
        }
    }

    /// Wraps the call handling that was read from the account; nothing is undeclared.
    pub fn from_live(user: ExtensionId, handling: CallHandling) -> Self {
        let names = handling.rules().iter();
        PartialHandling {
            user,
            keys: names.map(|rule| rule.rule.name.clone()).collect(),
            handling,
            file: None,
            undeclared: Vec::new(),
        }
    }

    /// Adds an agent state of unknown dispatching if the file declares none but has rules for queue
    /// calls, which an agent of an unknown queue receives.
    #[must_use]
    pub fn with_possible_agent(mut self) -> Self {
        let has_queue_rules = self
            .handling
            .rules()
            .iter()
            .any(|rule| rule.rule.queue_calls_included == Some(true));
        if has_queue_rules && self.is_undeclared(UndeclaredPart::Agent) {
            let agent = state_rule(StateId::AGENT, None, &mut self.undeclared);
            self.handling.states.get_or_insert_default().push(agent);
        }
        self
    }

    /// Returns the keys under which these rules are declared, in their order. A key is the name of
    /// its rule, unless another rule has the same name.
    pub fn declaration_keys(&self, rules: &[&UserRule]) -> Vec<&str> {
        let mut unused: Vec<(&String, &UserRule)> =
            self.keys.iter().zip(self.handling.rules()).collect();
        let next_key = |rule: &&UserRule| {
            let index = unused.iter().position(|(_, other)| other == rule)?;
            let (key, _) = unused.remove(index);
            Some(key.as_str())
        };
        rules.iter().filter_map(next_key).collect()
    }

    /// Returns the name that the user's rules give to a caller with this number.
    pub fn name_of(&self, number: &str) -> Option<&str> {
        self.handling
            .rules()
            .iter()
            .filter_map(|rule| rule.rule.conditions.as_ref())
            .flat_map(|conditions| conditions.caller_ids.iter())
            .filter(|caller| caller.number == number)
            .find_map(|caller| caller.name.as_deref())
    }

    /// Returns whether the file does not set this part.
    pub fn is_undeclared(&self, part: UndeclaredPart) -> bool {
        self.undeclared.contains(&part)
    }

    /// Returns whether the file does not declare how calls are handled in this state.
    pub fn leaves_undeclared(&self, state: &StateId) -> bool {
        self.undeclared
            .iter()
            .any(|part| matches!(part, UndeclaredPart::Dispatching(id) if *id == state.as_str()))
    }

    /// Returns whether the file leaves out a part of what a handler does with calls.
    pub fn is_partially_declared(&self, handler: &CallHandler<'_>) -> bool {
        let is_agent =
            matches!(handler, CallHandler::State(state) if state.id.as_str() == StateId::AGENT);
        self.file.is_some()
            && handler.dispatching().is_some_and(|dispatching| {
                !undeclared_parts(Some(dispatching), is_agent).is_empty()
            })
    }
}

/// A part of a dispatching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DispatchingPart {
    /// The dispatching as a whole.
    All,
    /// The targets that ring.
    Rings,
    /// The destination of the call.
    End,
}

/// Returns the parts of a dispatching that a file does not set. An agent's calls need no
/// destination: they go back to their queue.
pub(super) fn undeclared_parts(
    dispatching: Option<&CallDispatching>,
    is_agent: bool,
) -> Vec<DispatchingPart> {
    let Some(dispatching) = dispatching else {
        return vec![DispatchingPart::All];
    };
    match &dispatching.dispatch_type {
        None => vec![DispatchingPart::All],
        Some(DispatchType::Other(_)) => vec![],
        Some(DispatchType::Terminate) => match dispatching.terminate {
            Some(_) => vec![],
            None => vec![DispatchingPart::End],
        },
        Some(_) => {
            let rings = dispatching.ring.is_some() || dispatching.ring_always.is_some();
            let ends = is_agent || dispatching.no_answer.is_some();
            let parts = [
                (rings, DispatchingPart::Rings),
                (ends, DispatchingPart::End),
            ];
            parts
                .into_iter()
                .filter(|(is_declared, _)| !is_declared)
                .map(|(_, part)| part)
                .collect()
        }
    }
}

/// Returns the declared states; undeclared ones have the default of a new user: work hours 24/7,
/// forward-all-calls and dnd off, no queue agent. After hours exist only if the work hours are not
/// 24/7.
fn default_states(
    declared: &[DesiredState],
    undeclared: &mut Vec<UndeclaredPart>,
) -> Vec<StateRule> {
    let find = |id: &str| declared.iter().find(|state| state.id.as_str() == id);
    for id in [StateId::FORWARD_ALL_CALLS, StateId::DND] {
        if find(id).is_none_or(|state| state.state.enabled.is_none()) {
            undeclared.push(UndeclaredPart::Switch(id));
        }
    }
    for id in [
        StateId::FORWARD_ALL_CALLS,
        StateId::WORK_HOURS,
        StateId::AGENT,
    ] {
        match find(id) {
            None if id == StateId::AGENT => undeclared.push(UndeclaredPart::Agent),
            Some(state) if state.state.schedule.is_some() => {}
            _ => undeclared.push(UndeclaredPart::Schedule(id)),
        }
    }
    let work_hours = find(StateId::WORK_HOURS).and_then(|state| state.state.schedule.as_ref());
    let is_always_open = match work_hours {
        Some(StateSchedule::Own(schedule)) => schedule.is_always(),
        Some(StateSchedule::Inherited(_)) => false,
        None => true,
    };
    let mut states = Vec::new();
    for (id, exists) in [
        (StateId::FORWARD_ALL_CALLS, true),
        (StateId::DND, true),
        (StateId::WORK_HOURS, true),
        (StateId::AFTER_HOURS, !is_always_open),
        (StateId::AGENT, find(StateId::AGENT).is_some()),
    ] {
        if exists {
            states.push(state_rule(id, find(id), undeclared));
        }
    }
    states
}

/// Returns a state as declared. If its dispatching is not, it is a placeholder that differs from
/// the one of every other state and that no file can declare.
fn state_rule(
    id: &'static str,
    declared: Option<&DesiredState>,
    undeclared: &mut Vec<UndeclaredPart>,
) -> StateRule {
    let mut state = declared.map_or_else(StateSettings::default, |state| state.state.clone());
    if id == StateId::AGENT && declared.is_some() && state.schedule.is_none() {
        let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
        state.schedule = Some(inherited);
    }
    let dispatching = declared.and_then(|state| state.dispatching.clone());
    if dispatching.is_none() {
        undeclared.push(UndeclaredPart::Dispatching(id));
    }
    StateRule {
        id: StateId::from(id),
        state,
        dispatching: dispatching.unwrap_or_else(|| CallDispatching {
            other: vec![json!({ "asOnTheAccount": id })],
            ..CallDispatching::default()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CallSchedule, RuleDefinition, UnmanagedPolicy};

    fn desired(rules: Option<Vec<DesiredRule>>, states: Vec<DesiredState>) -> DesiredUser {
        DesiredUser {
            id: ExtensionId("#101".to_owned()),
            rules,
            unmanaged_policy: UnmanagedPolicy {
                prune: PrunePolicy::All,
                ignore: Vec::new(),
            },
            states,
        }
    }

    fn state(id: &str, enabled: Option<bool>, schedule: Option<StateSchedule>) -> DesiredState {
        DesiredState {
            id: StateId::from(id),
            state: StateSettings { enabled, schedule },
            dispatching: Some(CallDispatching::default()),
        }
    }

    #[test]
    fn empty_file_leaves_all_parts_undeclared() {
        let known = PartialHandling::from_declaration(&desired(None, Vec::new()), "users/a.yaml");
        let all = [
            UndeclaredPart::Rules,
            UndeclaredPart::Switch(StateId::FORWARD_ALL_CALLS),
            UndeclaredPart::Switch(StateId::DND),
            UndeclaredPart::Schedule(StateId::FORWARD_ALL_CALLS),
            UndeclaredPart::Schedule(StateId::WORK_HOURS),
            UndeclaredPart::Agent,
            UndeclaredPart::Dispatching(StateId::FORWARD_ALL_CALLS),
            UndeclaredPart::Dispatching(StateId::DND),
            UndeclaredPart::Dispatching(StateId::WORK_HOURS),
        ];
        assert_eq!(known.undeclared, all);
        assert_eq!(known.handling.rules(), []);
        for absent in [StateId::AFTER_HOURS, StateId::AGENT] {
            assert!(known.handling.state(absent).is_none());
        }
    }

    #[test]
    fn declared_parts_are_not_undeclared_and_agent_inherits_work_hours() {
        let always = || Some(StateSchedule::Own(Box::new(CallSchedule::always())));
        let states = vec![
            state(StateId::FORWARD_ALL_CALLS, Some(true), always()),
            state(StateId::DND, Some(false), None),
            state(StateId::AGENT, None, None),
            state(StateId::WORK_HOURS, None, always()),
        ];
        let known =
            PartialHandling::from_declaration(&desired(Some(Vec::new()), states), "users/a.yaml");
        assert_eq!(known.undeclared, [UndeclaredPart::Schedule(StateId::AGENT)]);
        let agent = known.handling.state(StateId::AGENT).unwrap();
        let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
        assert_eq!(agent.state.schedule, Some(inherited));
    }

    /// Two rules of a user may have the same name; the keys distinguish them.
    #[test]
    fn declaration_keys_distinguish_rules_with_the_same_name() {
        let rule = |key: &str| DesiredRule::Present {
            key: key.to_owned(),
            rule: Box::new(RuleDefinition {
                name: "Twin".to_owned(),
                ..RuleDefinition::default()
            }),
            id: None,
            renamed_from: None,
        };
        let absent = DesiredRule::Absent {
            name: "Gone".to_owned(),
        };
        let rules = Some(vec![rule("Twin"), absent, rule("Twin (2)")]);
        let known = PartialHandling::from_declaration(&desired(rules, Vec::new()), "users/a.yaml");
        let rules: Vec<&UserRule> = known.handling.rules().iter().collect();
        assert_eq!(known.declaration_keys(&rules), ["Twin", "Twin (2)"]);
    }
}
