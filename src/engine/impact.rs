//! What callers will notice of a user's changes, in the words of the YAML files.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::flow::flow_in_words;
use super::plan::Change;
use super::worlds;
use crate::model::words::Words;
use crate::model::{CallHandling, CallerId, DateRange, DateTime, Directory, ExtensionId, Week};
use crate::routing::{
    self, Effect, Except, Given, Outcome, Pattern, People, Switches, Through, Times,
};

/// Calls that will be handled otherwise, all in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Impact {
    /// What is supposed of the user.
    pub given: Supposed,
    /// Which way the calls come in.
    pub calls: Calls,
    /// Who calls.
    pub callers: Numbers,
    /// The numbers dialled.
    pub called: Numbers,
    /// When.
    pub times: When,
    /// What happens to the calls now.
    pub before: Value,
    /// What will happen to them.
    pub after: Value,
}

/// What is supposed of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Supposed {
    /// How the user's switches stand.
    pub switches: Switched,
    /// Whether it is within working hours; told where the states were not read.
    pub working: Option<bool>,
    /// Whether conditions that callrules does not know hold; told where there are any.
    pub unknown_conditions: Option<bool>,
    /// Whether it is told of calls alone that no interaction rule takes, since these were not read.
    pub no_rule: bool,
}

/// How the switches of a user stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Switched {
    /// As they are set.
    AsSet,
    /// Neither forward-all-calls nor do not disturb is on.
    BothOff,
    /// Forward-all-calls is on.
    ForwardAllCalls,
    /// Do not disturb is on.
    Dnd,
}

/// Which way calls come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum Calls {
    Direct,
    Queue,
    Any,
}

/// Some phone numbers. A partial number stands for all that begin so; the longest one decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Numbers {
    /// These; with names where they have some.
    pub listed: Vec<Value>,
    /// All that are neither listed nor excepted.
    pub others: bool,
    /// Not these.
    pub except: Vec<Value>,
    /// The rules that list exactly these numbers, or the excepted ones where there are others.
    pub of_rules: Vec<String>,
}

/// Some times, local to the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct When {
    /// From here on.
    pub from: String,
    /// These times of every week.
    pub weekly: Value,
    /// The rest of the week, where that is sooner said.
    pub outside: Option<Value>,
    /// Dates at which it is otherwise.
    pub except: Vec<Dates>,
}

/// Dates that are not like every week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dates {
    /// The first second of them, or the first day.
    pub start: String,
    /// The last second of them, or the last day.
    pub end: String,
    /// Which times of them are meant: `never`, `always`, or times of the week.
    pub times: Value,
}

/// What callers of a user will notice of these changes from `now` on, local to the user.
pub fn impact(
    before: &CallHandling,
    user: &ExtensionId,
    changes: &[Change],
    directory: &Directory,
    now: DateTime,
) -> Vec<Impact> {
    if changes.is_empty() {
        return Vec::new();
    }
    let after = worlds::after(before.clone(), user, changes);
    let teller = Teller::new(before, &after, Words::new(directory));
    let effects = routing::impact(before, &after, now);
    effects.iter().map(|effect| teller.effect(effect)).collect()
}

/// Says what routing found out of two worlds, in the words of the YAML files.
#[derive(Debug)]
pub struct Teller<'a> {
    words: Words<'a>,
    /// The names of callers, by number.
    names: HashMap<&'a str, &'a CallerId>,
    /// What each rule lists, by its name.
    lists: Vec<(&'a str, BTreeSet<&'a str>, BTreeSet<&'a str>)>,
}

impl<'a> Teller<'a> {
    /// Knows the rules of both worlds, and the names that they give to callers.
    pub fn new(before: &'a CallHandling, after: &'a CallHandling, words: Words<'a>) -> Self {
        let mut names = HashMap::new();
        let mut lists = Vec::new();
        for held in after.rules().iter().chain(before.rules()) {
            let Some(conditions) = &held.rule.conditions else {
                continue;
            };
            for caller in &conditions.caller_ids {
                names.entry(caller.number.as_str()).or_insert(caller);
            }
            let callers = conditions.caller_ids.iter().map(|id| id.number.as_str());
            let called = conditions.called_numbers.iter().map(String::as_str);
            let list = (held.rule.name.as_str(), callers.collect(), called.collect());
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        Teller {
            words,
            names,
            lists,
        }
    }

    fn effect(&self, effect: &Effect) -> Impact {
        Impact {
            given: supposed(effect.given),
            calls: match effect.through {
                Through::Direct => Calls::Direct,
                Through::Queue => Calls::Queue,
                Through::Any => Calls::Any,
            },
            callers: self.callers(&effect.callers),
            called: self.called(&effect.called),
            times: self.when(&effect.times),
            before: self.outcome(&effect.before),
            after: self.outcome(&effect.after),
        }
    }

    /// Who calls.
    pub fn callers(&self, people: &People) -> Numbers {
        self.numbers(people, |(_, callers, _)| callers)
    }

    /// The numbers dialled.
    pub fn called(&self, people: &People) -> Numbers {
        self.numbers(people, |(_, _, called)| called)
    }

    fn numbers(
        &self,
        people: &People,
        list: impl for<'l> Fn(
            &'l (&'a str, BTreeSet<&'a str>, BTreeSet<&'a str>),
        ) -> &'l BTreeSet<&'a str>,
    ) -> Numbers {
        let said = |number: &String| match self.names.get(number.as_str()) {
            Some(caller) => self.words.caller_id(caller),
            None => json!(number),
        };
        // Numbers beside others are said by what they are not.
        let told = match people.others {
            true => &people.except,
            false => &people.listed,
        };
        let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
        let mut of_rules: Vec<String> = Vec::new();
        for rule in self
            .lists
            .iter()
            .filter(|rule| !told.is_empty() && *list(rule) == told)
        {
            if !of_rules.iter().any(|name| name == rule.0) {
                of_rules.push(rule.0.to_owned());
            }
        }
        Numbers {
            listed: people.listed.iter().map(said).collect(),
            others: people.others,
            except: people.except.iter().map(said).collect(),
            of_rules,
        }
    }

    /// When.
    pub fn when(&self, times: &Times) -> When {
        let spans = |week: &Week| {
            week.runs()
                .iter()
                .map(|(_, _, spans)| spans.len())
                .sum::<usize>()
        };
        let rest = times.weekly.complement();
        let is_sooner_said = !rest.is_empty() && spans(&rest) < spans(&times.weekly);
        let dates = |except: &Except| Dates {
            start: DateRange::start_to_words(except.start),
            end: DateRange::end_to_words(except.end),
            times: match &except.pattern {
                Pattern::Never => json!("never"),
                Pattern::Always => json!("always"),
                Pattern::Weekly(week) => self.words.week(week),
            },
        };
        When {
            from: DateRange::start_to_words(times.from),
            weekly: self.words.week(&times.weekly),
            outside: is_sooner_said.then(|| self.words.week(&rest)),
            except: times.except.iter().map(dates).collect(),
        }
    }

    /// What callers notice.
    pub fn outcome(&self, outcome: &Outcome) -> Value {
        match outcome {
            Outcome::Flow(flow) => flow_in_words(self.words, flow),
            Outcome::Ambiguous(flows) => {
                let flows: Vec<Value> = flows
                    .iter()
                    .map(|flow| flow_in_words(self.words, flow))
                    .collect();
                json!({ "either": flows })
            }
            Outcome::QueueSkips(_) => json!("queueSkips"),
            Outcome::UnreadStates => json!("states"),
            Outcome::NoState(id) => json!({ "default": id }),
        }
    }
}

fn supposed(given: Given) -> Supposed {
    Supposed {
        switches: match given.switches {
            Switches::AsSet => Switched::AsSet,
            Switches::BothOff => Switched::BothOff,
            Switches::ForwardAllCalls => Switched::ForwardAllCalls,
            Switches::Dnd => Switched::Dnd,
        },
        working: given.working,
        unknown_conditions: given.unknown_conditions,
        no_rule: given.no_rule,
    }
}
