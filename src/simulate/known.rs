//! One user's call handling, with what is not known of it.

use crate::model::{
    CallHandling, DesiredRule, DesiredState, DesiredUser, ExtensionId, HeldRule, Prune, State,
    StateId, StateRule, StateSchedule,
};

/// One user's call handling as a file declares it, or as it is on the account.
#[derive(Debug)]
pub struct Known {
    /// Whose it is.
    pub user: ExtensionId,
    /// How calls are handled. What is not declared is as the service has it for a new user.
    pub handling: CallHandling,
    /// The file that declares it; none where it was read from the account, which leaves nothing open.
    pub file: Option<String>,
    /// What the file leaves open.
    pub(super) open: Vec<Open>,
    /// What each rule is declared under, in the order of the rules.
    keys: Vec<String>,
}

/// A part of a user's call handling that the file leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// Which interaction rules there are at all.
    Rules,
    /// Which others there are beside the declared ones.
    OtherRules,
    /// Whether this state is switched on; it is taken as off.
    Switch(&'static str),
    /// When this state holds.
    Schedule(&'static str),
    /// Whether the user is an agent; taken as none.
    Agent,
}

impl Known {
    /// What a file declares.
    pub fn declared(desired: &DesiredUser, file: &str) -> Self {
        let mut open = Vec::new();
        if desired.rules.is_none() {
            open.push(Open::Rules);
        } else if desired.ownership.prune == Prune::None || !desired.ownership.ignore.is_empty() {
            open.push(Open::OtherRules);
        }
        let rules = desired.rules.iter().flatten();
        let rules = rules.filter_map(|rule| match rule {
            DesiredRule::Present { key, rule, id, .. } => {
                let rule = (**rule).clone();
                let id = id.clone();
                Some((key.clone(), HeldRule { id, rule }))
            }
            DesiredRule::Absent { .. } => None,
        });
        let (keys, rules) = rules.unzip();
        let states = states(&desired.states, &mut open);
        Known {
            user: desired.id.clone(),
            handling: CallHandling {
                rules: Some(rules),
                states: Some(states),
            },
            file: Some(file.to_owned()),
            open,
            keys,
        }
    }

    /// What the account has.
    pub fn live(user: ExtensionId, handling: CallHandling) -> Self {
        let names = handling.rules().iter();
        Known {
            user,
            keys: names.map(|held| held.rule.name.clone()).collect(),
            handling,
            file: None,
            open: Vec::new(),
        }
    }

    /// What one of the user's rules is declared under: its name, unless another rule has that.
    pub fn key(&self, held: &HeldRule) -> Option<&str> {
        let mut rules = self.keys.iter().zip(self.handling.rules());
        let (key, _) = rules.find(|(_, other)| std::ptr::eq(*other, held))?;
        Some(key)
    }

    /// The name that somebody who calls from this number has in the user's rules.
    pub fn name_of(&self, number: &str) -> Option<&str> {
        let conditions = self.handling.rules().iter();
        let conditions = conditions.filter_map(|held| held.rule.conditions.as_ref());
        let mut callers = conditions.flat_map(|conditions| &conditions.caller_ids);
        callers.find_map(|caller| {
            let name = caller.name.as_deref();
            name.filter(|_| caller.number == number)
        })
    }

    pub(super) fn leaves_open(&self, part: Open) -> bool {
        self.open.contains(&part)
    }
}

/// The states that decide about calls, where one is not declared as the service has it for a new user:
/// work hours around the clock, both switches off, nobody an agent.
fn states(declared: &[DesiredState], open: &mut Vec<Open>) -> Vec<StateRule> {
    let find = |id: &str| declared.iter().find(|state| state.id.as_str() == id);
    let rule = |id: &str| {
        let state = find(id);
        StateRule {
            id: StateId::from(id),
            state: state.map_or_else(State::default, |state| state.state.clone()),
            dispatching: { state.and_then(|state| state.dispatching.clone()) }.unwrap_or_default(),
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
            open.push(Open::Switch(id));
        }
    }
    if forwarding.state.schedule.is_none() {
        open.push(Open::Schedule(StateId::FORWARD_ALL_CALLS));
    }
    states.extend([forwarding, dnd]);

    if find(StateId::AGENT).is_some() {
        let mut agent = rule(StateId::AGENT);
        if agent.state.schedule.is_none() {
            open.push(Open::Schedule(StateId::AGENT));
            let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
            agent.state.schedule = Some(inherited);
        }
        states.push(agent);
    } else {
        open.push(Open::Agent);
    }

    let working = rule(StateId::WORK_HOURS);
    if working.state.schedule.is_none() {
        open.push(Open::Schedule(StateId::WORK_HOURS));
    }
    states.push(working);
    states.push(rule(StateId::AFTER_HOURS));
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ownership, Rule, Schedule};

    fn desired(rules: Option<Vec<DesiredRule>>, states: Vec<DesiredState>) -> DesiredUser {
        DesiredUser {
            id: ExtensionId("#101".to_owned()),
            rules,
            ownership: Ownership {
                prune: Prune::All,
                ignore: Vec::new(),
            },
            states,
        }
    }

    fn state(id: &str, enabled: Option<bool>, schedule: Option<StateSchedule>) -> DesiredState {
        DesiredState {
            id: StateId::from(id),
            state: State { enabled, schedule },
            dispatching: None,
        }
    }

    #[test]
    fn a_file_that_says_nothing_leaves_everything_open() {
        let known = Known::declared(&desired(None, Vec::new()), "users/a.yaml");
        let all = [
            Open::Rules,
            Open::Switch(StateId::FORWARD_ALL_CALLS),
            Open::Switch(StateId::DND),
            Open::Schedule(StateId::FORWARD_ALL_CALLS),
            Open::Agent,
            Open::Schedule(StateId::WORK_HOURS),
        ];
        assert_eq!(known.open, all);
        assert_eq!(known.handling.rules(), []);
        assert!(known.handling.state(StateId::AGENT).is_none());
    }

    #[test]
    fn what_is_declared_is_not_open_and_an_agent_works_in_work_hours() {
        let always = || Some(StateSchedule::Own(Box::new(Schedule::always())));
        let states = vec![
            state(StateId::FORWARD_ALL_CALLS, Some(true), always()),
            state(StateId::DND, Some(false), None),
            state(StateId::AGENT, None, None),
            state(StateId::WORK_HOURS, None, always()),
        ];
        let known = Known::declared(&desired(Some(Vec::new()), states), "users/a.yaml");
        assert_eq!(known.open, [Open::Schedule(StateId::AGENT)]);
        let agent = known.handling.state(StateId::AGENT).unwrap();
        let inherited = StateSchedule::Inherited(StateId::from(StateId::WORK_HOURS));
        assert_eq!(agent.state.schedule, Some(inherited));
    }

    /// Two rules of a user may have one name; the keys tell them apart.
    #[test]
    fn a_rule_is_known_by_its_key() {
        let rule = |key: &str| DesiredRule::Present {
            key: key.to_owned(),
            rule: Box::new(Rule {
                name: "Twin".to_owned(),
                ..Rule::default()
            }),
            id: None,
            renamed_from: None,
        };
        let gone = DesiredRule::Absent {
            name: "Gone".to_owned(),
        };
        let rules = Some(vec![rule("Twin"), gone, rule("Twin (2)")]);
        let known = Known::declared(&desired(rules, Vec::new()), "users/a.yaml");
        let keys = known.handling.rules().iter().map(|held| known.key(held));
        assert_eq!(keys.collect::<Vec<_>>(), [Some("Twin"), Some("Twin (2)")]);
    }
}
