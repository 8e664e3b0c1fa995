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
enum MergeRule {
    File,
    Rules,
    Rule,
    States,
    State,
    Keys,
    Replace,
    Append,
}

impl MergeRule {
    fn child_rule(self, key: &str) -> MergeRule {
        match (self, key) {
            (MergeRule::File, "interactionRules") => MergeRule::Rules,
            (MergeRule::File, "states") => MergeRule::States,
            (MergeRule::File, "ignore" | "allow") => MergeRule::Append,
            (MergeRule::Rules, _) => MergeRule::Rule,
            (MergeRule::States, _) => MergeRule::State,
            (MergeRule::Rule, "conditions" | "dispatching") | (MergeRule::State, "dispatching") => {
                MergeRule::Keys
            }
            _ => MergeRule::Replace,
        }
    }
}

/// Merges a user file or profile on top of another. Every node keeps its original span.
pub(super) fn merge_profile(upper: &Arc<YamlNode>, lower: &Arc<YamlNode>) -> Arc<YamlNode> {
    merge_entry(MergeRule::File, upper, lower)
}

fn merge_entry(
    merge_rule: MergeRule,
    upper: &Arc<YamlNode>,
    lower: &Arc<YamlNode>,
) -> Arc<YamlNode> {
    match (merge_rule, &upper.value, &lower.value) {
        (MergeRule::Append, YamlValue::List(more), YamlValue::List(items)) => {
            let all = items.iter().chain(more).cloned().collect();
            YamlNode::new(YamlValue::List(all), upper.span.clone())
        }
        (MergeRule::Replace | MergeRule::Append, ..) => upper.clone(),
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
                let child_rule = merge_rule.child_rule(key.as_str().unwrap_or_default());
                let value = match find(under, key) {
                    Some(lower) => merge_entry(child_rule, value, &lower),
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
