//! Lays one file over another, key by key.

use std::sync::Arc;

use crate::yaml::{Node, Value};

/// What a part of a user file is, and so how two of them become one.
///
/// Rules merge by name and states by id; in them, and in their conditions and dispatching, key by key.
/// Whatever stands deeper says one thing together (a schedule, a destination, a list), and is taken
/// from above as a whole. Name patterns that are ignored add up, and warnings that are allowed: nobody's
/// rules lose their protection because somebody adds a pattern.
#[derive(Clone, Copy)]
enum Part {
    File,
    Rules,
    Rule,
    States,
    State,
    Keys,
    Whole,
    Sum,
}

impl Part {
    fn below(self, key: &str) -> Part {
        match (self, key) {
            (Part::File, "interactionRules") => Part::Rules,
            (Part::File, "states") => Part::States,
            (Part::File, "ignore" | "allow") => Part::Sum,
            (Part::Rules, _) => Part::Rule,
            (Part::States, _) => Part::State,
            (Part::Rule, "conditions" | "dispatching") | (Part::State, "dispatching") => Part::Keys,
            _ => Part::Whole,
        }
    }
}

/// A key and its value.
type Entry = (Arc<Node>, Arc<Node>);

/// A user file or profile, laid over another. Every part keeps the place where it was written.
pub(super) fn lay(upper: &Arc<Node>, lower: &Arc<Node>) -> Arc<Node> {
    merge(Part::File, upper, lower)
}

fn merge(part: Part, upper: &Arc<Node>, lower: &Arc<Node>) -> Arc<Node> {
    match (part, &upper.value, &lower.value) {
        (Part::Sum, Value::List(more), Value::List(items)) => {
            let all = items.iter().chain(more).cloned().collect();
            Node::new(Value::List(all), upper.place.clone())
        }
        (Part::Whole | Part::Sum, ..) => upper.clone(),
        (_, Value::Map(over), Value::Map(under)) => {
            // In the order of the upper file, then what only the lower one has.
            let mut entries = Vec::with_capacity(over.len() + under.len());
            let named = |entries: &[Entry], key: &Node| {
                let same = |(other, _): &&Entry| key.text().is_some() && key.text() == other.text();
                entries.iter().find(same).map(|(_, value)| value.clone())
            };
            for (key, value) in over {
                let below = part.below(key.text().unwrap_or_default());
                let value = match named(under, key) {
                    Some(lower) => merge(below, value, &lower),
                    None => value.clone(),
                };
                entries.push((key.clone(), value));
            }
            let inherited = under.iter().filter(|(key, _)| named(over, key).is_none());
            entries.extend(inherited.cloned());
            Node::new(Value::Map(entries), upper.place.clone())
        }
        _ => upper.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Source};
    use serde_json::{Value as Json, json};

    fn laid(upper: &str, lower: &str) -> Json {
        let node = |text: &str| yaml::parse(&Source::new("", text.to_owned())).0.unwrap();
        lay(&node(upper), &node(lower)).to_json()
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
            laid(user, profile),
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
    fn ignored_names_add_up_and_other_lists_do_not() {
        assert_eq!(
            laid(
                "{ignore: [b], profiles: [y]}",
                "{ignore: [a], profiles: [x]}"
            ),
            json!({ "ignore": ["a", "b"], "profiles": ["y"] })
        );
    }

    #[test]
    fn what_is_of_another_kind_replaces() {
        assert_eq!(
            laid("{states: []}", "{states: {dnd: {}}}"),
            json!({ "states": [] })
        );
        assert_eq!(
            laid(
                "{interactionRules: {A: {}}}",
                "{interactionRules: {A: null}}"
            ),
            json!({ "interactionRules": { "A": {} } })
        );
    }
}
