//! One user's call handling with its undeclared parts.

use crate::model::{
    CallHandling, DesiredRule, DesiredState, DesiredUser, ExtensionId, LiveRule, PrunePolicy,
    StateId, StateRule, StateSchedule, StateSettings,
};

/// One user's call handling, as a file declares it or as it is on the account.
#[derive(Debug)]
pub struct PartialHandling {
    /// The extension id of the user.
    pub user: ExtensionId,
    /// The call handling. Undeclared parts have the service's default for a new user.
    pub handling: CallHandling,
    /// The path of the declaring file; `None` if the handling was read from the account.
    pub file: Option<String>,
    /// The parts that the file does not set.
    pub(super) undeclared: Vec<UndeclaredPart>,
    /// The key under which each rule is declared, in the order of the rules.
    keys: Vec<String>,
}

/// A part of a user's call handling that the file does not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UndeclaredPart {
    /// The whole list of interaction rules.
    Rules,
    /// Interaction rules other than the declared ones.
    OtherRules,
    /// Whether this state is enabled; assumed off.
    Switch(&'static str),
    /// The schedule of this state.
    Schedule(&'static str),
    /// Whether the user is a queue agent; assumed not.
    Agent,
}

impl PartialHandling {
    /// Builds the call handling that a file declares.
    pub fn from_declaration(desired: &DesiredUser, file: &str) -> Self {
        let mut undeclared = Vec::new();
        if desired.rules.is_none() {
            undeclared.push(UndeclaredPart::Rules);
        } else if desired.unmanaged_policy.prune == PrunePolicy::None
            || !desired.unmanaged_policy.ignore.is_empty()
        {
            undeclared.push(UndeclaredPart::OtherRules);
        }
        let rules = desired.rules.iter().flatten();
        let rules = rules.filter_map(|rule| match rule {
            DesiredRule::Present { key, rule, id, .. } => {
                let rule = (**rule).clone();
                let id = id.clone();
                Some((key.clone(), LiveRule { id, rule }))
            }
            DesiredRule::Absent { .. } => None,
        });
        let (keys, rules) = rules.unzip();
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

    /// Returns the key under which a rule is declared: its name, unless another rule has the same
    /// name.
    pub fn declaration_key(&self, rule: &LiveRule) -> Option<&str> {
        let mut rules = self.keys.iter().zip(self.handling.rules());
        let (key, _) = rules.find(|(_, other)| std::ptr::eq(*other, rule))?;
        Some(key)
    }

    /// Returns the name that the user's rules give to a caller with this number.
    pub fn name_of(&self, number: &str) -> Option<&str> {
        let conditions = self.handling.rules().iter();
        let conditions = conditions.filter_map(|rule| rule.rule.conditions.as_ref());
        let mut callers = conditions.flat_map(|conditions| &conditions.caller_ids);
        callers.find_map(|caller| {
            let name = caller.name.as_deref();
            name.filter(|_| caller.number == number)
        })
    }

    /// Returns whether the file does not set this part.
    pub(super) fn is_undeclared(&self, part: UndeclaredPart) -> bool {
        self.undeclared.contains(&part)
    }
}

/// Returns the declared states; undeclared ones have the default of a new user: work hours 24/7,
/// forward-all-calls and dnd off, no queue agent.
fn default_states(
    declared: &[DesiredState],
    undeclared: &mut Vec<UndeclaredPart>,
) -> Vec<StateRule> {
    let find = |id: &str| declared.iter().find(|state| state.id.as_str() == id);
    let rule = |id: &str| {
        let state = find(id);
        StateRule {
            id: StateId::from(id),
            state: state.map_or_else(StateSettings::default, |state| state.state.clone()),
            dispatching: state
                .and_then(|state| state.dispatching.clone())
                .unwrap_or_default(),
        }
    };
    let mut states = Vec::new();

    let forwarding = rule(StateId::FORWARD_ALL_CALLS);
    let dnd = rule(StateId::DND);
    for (id, switch) in [
        (StateId::FORWARD_ALL_CALLS, &forwarding.state),
        (StateId::DND, &dnd.state),
    ] {
        if switch.enabled.is_none() {
            undeclared.push(UndeclaredPart::Switch(id));
        }
    }
    if forwarding.state.schedule.is_none() {
        undeclared.push(UndeclaredPart::Schedule(StateId::FORWARD_ALL_CALLS));
    }
    states.extend([forwarding, dnd]);

    if find(StateId::AGENT).is_some() {
        let mut agent = rule(StateId::AGENT);
        if agent.state.schedule.is_none() {
            undeclared.push(UndeclaredPart::Schedule(StateId::AGENT));
            let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
            agent.state.schedule = Some(inherited);
        }
        states.push(agent);
    } else {
        undeclared.push(UndeclaredPart::Agent);
    }

    let working = rule(StateId::WORK_HOURS);
    if working.state.schedule.is_none() {
        undeclared.push(UndeclaredPart::Schedule(StateId::WORK_HOURS));
    }
    states.push(working);
    states.push(rule(StateId::AFTER_HOURS));
    states
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
            dispatching: None,
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
            UndeclaredPart::Agent,
            UndeclaredPart::Schedule(StateId::WORK_HOURS),
        ];
        assert_eq!(known.undeclared, all);
        assert_eq!(known.handling.rules(), []);
        assert!(known.handling.state(StateId::AGENT).is_none());
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
    fn declaration_key_distinguishes_rules_with_the_same_name() {
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
        let keys = known
            .handling
            .rules()
            .iter()
            .map(|rule| known.declaration_key(rule));
        assert_eq!(keys.collect::<Vec<_>>(), [Some("Twin"), Some("Twin (2)")]);
    }
}
