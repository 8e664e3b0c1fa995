//! Merges user files and profiles, key by key.

use std::sync::Arc;

use crate::yaml::{MapEntry, YamlNode, YamlValue};

/// How two values of the same part of a user file merge.
///
/// Rules merge by name and states by id. Rules and states, their conditions and their dispatching
/// merge key by key. Deeper values (a schedule, a destination, a list) only make sense as a whole,
/// so the upper file's value replaces the lower one. Ignored name patterns and allowed warnings add
/// up, so that a new pattern never removes the protection of another rule.
#[derive(Clone, Copy)]
enum MergeStrategy {
    File,
    Rules,
    Rule,
    States,
    State,
    Keys,
    Replace,
    Append,
}

impl MergeStrategy {
    fn child_strategy(self, key: &str) -> MergeStrategy {
        match (self, key) {
            (MergeStrategy::File, "interactionRules") => MergeStrategy::Rules,
            (MergeStrategy::File, "states") => MergeStrategy::States,
            (MergeStrategy::File, "ignore" | "allow") => MergeStrategy::Append,
            (MergeStrategy::Rules, _) => MergeStrategy::Rule,
            (MergeStrategy::States, _) => MergeStrategy::State,
            (MergeStrategy::Rule, "conditions" | "dispatching")
            | (MergeStrategy::State, "dispatching") => MergeStrategy::Keys,
            _ => MergeStrategy::Replace,
        }
    }
}

/// Merges a user file or profile on top of another. Every node keeps its original span.
pub(super) fn merge_profile(upper: &Arc<YamlNode>, lower: &Arc<YamlNode>) -> Arc<YamlNode> {
    merge_entry(MergeStrategy::File, upper, lower)
}

fn merge_entry(
    strategy: MergeStrategy,
    upper: &Arc<YamlNode>,
    lower: &Arc<YamlNode>,
) -> Arc<YamlNode> {
    match (strategy, &upper.value, &lower.value) {
        (MergeStrategy::Append, YamlValue::List(more), YamlValue::List(items)) => {
            let all = items.iter().chain(more).cloned().collect();
            YamlNode::new(YamlValue::List(all), upper.span.clone())
        }
        (MergeStrategy::Replace | MergeStrategy::Append, ..) => upper.clone(),
        (_, YamlValue::Map(over), YamlValue::Map(under)) => {
            // Keeps the order of the upper file, followed by the keys that only the lower file has.
            let mut entries = Vec::with_capacity(over.len() + under.len());
            let find = |entries: &[MapEntry], key: &YamlNode| {
                let same = |(other, _): &&MapEntry| {
                    key.as_str().is_some() && key.as_str() == other.as_str()
                };
                entries.iter().find(same).map(|(_, value)| value.clone())
            };
            for (key, value) in over {
                let child_strategy = strategy.child_strategy(key.as_str().unwrap_or_default());
                let value = match find(under, key) {
                    Some(lower) => merge_entry(child_strategy, value, &lower),
                    None => value.clone(),
                };
                entries.push((key.clone(), value));
            }
            let inherited = under.iter().filter(|(key, _)| find(over, key).is_none());
            entries.extend(inherited.cloned());
            YamlNode::new(YamlValue::Map(entries), upper.span.clone())
        }
        _ => upper.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, SourceFile};
    use serde_json::{Value as Json, json};

    fn merged(upper: &str, lower: &str) -> Json {
        let node = |text: &str| {
            yaml::parse(&SourceFile::new("", text.to_owned()))
                .0
                .unwrap()
        };
        merge_profile(&node(upper), &node(lower)).to_json()
    }

    #[test]
    fn rules_and_states_merge_by_name_and_key_by_key() {
        let profile = "\
interactionRules:
  Holiday:
    conditions: {schedule: {ranges: [2026-12-25]}}
    dispatching: {type: Terminate, terminate: {phoneNumber: '+16505550100'}}
  Old: {enabled: false}
states:
  work-hours: {schedule: {weekly: {mon-fri: '08:00-16:00'}}, dispatching: {noAnswer: voicemail}}
";
        let user = "\
interactionRules:
  Holiday:
    conditions: {callerIds: ['+1650']}
    dispatching: {terminate: {extension: '900'}}
  Old: null
states:
  work-hours: {schedule: {weekly: {mon-thu: '09:00-17:00'}}}
";
        assert_eq!(
            merged(user, profile),
            json!({
                "interactionRules": {
                    "Holiday": {
                        "conditions": { "callerIds": ["+1650"], "schedule": { "ranges": ["2026-12-25"] } },
                        "dispatching": { "type": "Terminate", "terminate": { "extension": "900" } },
                    },
                    "Old": null,
                },
                "states": { "work-hours": {
                    "schedule": { "weekly": { "mon-thu": "09:00-17:00" } },
                    "dispatching": { "noAnswer": "voicemail" },
                } },
            })
        );
    }

    #[test]
    fn ignore_lists_are_joined_and_other_lists_replaced() {
        assert_eq!(
            merged(
                "{ignore: [b], profiles: [y]}",
                "{ignore: [a], profiles: [x]}"
            ),
            json!({ "ignore": ["a", "b"], "profiles": ["y"] })
        );
    }

    #[test]
    fn value_of_another_type_replaces_the_lower_value() {
        assert_eq!(
            merged("{states: []}", "{states: {dnd: {}}}"),
            json!({ "states": [] })
        );
        assert_eq!(
            merged(
                "{interactionRules: {A: {}}}",
                "{interactionRules: {A: null}}"
            ),
            json!({ "interactionRules": { "A": {} } })
        );
    }
}
