//! Describes what callers will notice of a user's changes, in the words of the YAML files.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call_flow::flow_to_yaml;
use super::plan::PlannedChange;
use super::projection;
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    CallHandling, CallerId, DateRange, ExtensionDirectory, ExtensionId, LocalDateTime, WeeklyTimes,
};
use crate::routing::{
    self, CallOutcome, CallSource, DateException, EffectAssumptions, NumberSet, RoutingEffect,
    TimeSet, ToggleState, WeekPattern,
};

/// Calls that will be handled differently, all in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallImpact {
    /// Assumptions about the user under which this applies.
    pub given: ImpactAssumptions,
    /// Direct calls, queue calls, or both.
    pub calls: ImpactCallSource,
    /// The callers that are affected.
    pub callers: ImpactNumbers,
    /// The affected called numbers.
    pub called: ImpactNumbers,
    /// The times that are affected.
    pub times: ImpactTimes,
    /// How the calls are handled now.
    pub before: Value,
    /// How the calls will be handled.
    pub after: Value,
}

/// Assumptions about a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactAssumptions {
    /// The positions of the user's switches.
    pub switches: ImpactToggles,
    /// Whether it is work hours; set only if the states were not read.
    pub working: Option<bool>,
    /// Whether unknown conditions are met; set only if there are any.
    pub unknown_conditions: Option<bool>,
    /// Whether this covers only calls that match no interaction rule, because the rules were not
    /// read.
    pub no_rule: bool,
}

/// The positions of a user's switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ImpactToggles {
    /// As they are on the account.
    AsSet,
    /// Neither forward-all-calls nor do not disturb is on.
    BothOff,
    /// Forward-all-calls is on, do not disturb is off.
    ForwardAllCalls,
    /// Do not disturb is on.
    Dnd,
}

/// The source of calls: direct or through a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub enum ImpactCallSource {
    Direct,
    Queue,
    Any,
}

/// A set of phone numbers. A partial number matches all numbers with this prefix; the longest
/// prefix decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactNumbers {
    /// The numbers in the set, with names if they have any.
    pub listed: Vec<Value>,
    /// Whether all numbers that are neither listed nor excepted are in the set.
    pub others: bool,
    /// Numbers that are not in the set.
    pub except: Vec<Value>,
    /// Rules that list exactly these numbers, or exactly the excepted ones.
    pub of_rules: Vec<String>,
}

/// A set of times in the user's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactTimes {
    /// The start of the set.
    pub from: String,
    /// The times of each week.
    pub weekly: Value,
    /// The rest of the week, if that is shorter.
    pub outside: Option<Value>,
    /// Dates that differ from the weekly times.
    pub except: Vec<ImpactDateException>,
}

/// A span of dates that differs from the weekly times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactDateException {
    /// The first second or the first day.
    pub start: String,
    /// The last second or the last day.
    pub end: String,
    /// The times in the span: `never`, `always`, or weekly times.
    pub times: Value,
}

/// Returns what callers will notice of these changes from `now` on, in the user's time zone.
pub fn compute_impact(
    before: &CallHandling,
    user: &ExtensionId,
    changes: &[PlannedChange],
    directory: &ExtensionDirectory,
    now: LocalDateTime,
) -> Vec<CallImpact> {
    if changes.is_empty() {
        return Vec::new();
    }
    let after = projection::project(before.clone(), user, changes);
    let builder = ImpactBuilder::new(before, &after, YamlWriter::new(directory));
    let effects = routing::compute_impact(before, &after, now);
    effects
        .iter()
        .map(|effect| builder.build_impact(effect))
        .collect()
}

/// Describes routing effects in the words of the YAML files.
#[derive(Debug)]
pub struct ImpactBuilder<'a> {
    yaml_writer: YamlWriter<'a>,
    /// The names of callers, by number.
    caller_names: HashMap<&'a str, &'a CallerId>,
    /// The caller IDs and called numbers of each rule, with its name.
    rule_numbers: Vec<(&'a str, BTreeSet<&'a str>, BTreeSet<&'a str>)>,
}

impl<'a> ImpactBuilder<'a> {
    /// Collects the names and lists of the rules before and after the change.
    pub fn new(before: &'a CallHandling, after: &'a CallHandling, words: YamlWriter<'a>) -> Self {
        let mut names = HashMap::new();
        let mut lists = Vec::new();
        for live_rule in after.rules().iter().chain(before.rules()) {
            let Some(conditions) = &live_rule.rule.conditions else {
                continue;
            };
            for caller in &conditions.caller_ids {
                names.entry(caller.number.as_str()).or_insert(caller);
            }
            let callers = conditions.caller_ids.iter().map(|id| id.number.as_str());
            let called = conditions.called_numbers.iter().map(String::as_str);
            let list = (
                live_rule.rule.name.as_str(),
                callers.collect(),
                called.collect(),
            );
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        ImpactBuilder {
            yaml_writer: words,
            caller_names: names,
            rule_numbers: lists,
        }
    }

    /// Describes one effect of the changes.
    fn build_impact(&self, effect: &RoutingEffect) -> CallImpact {
        CallImpact {
            given: impact_assumptions(effect.given),
            calls: match effect.through {
                CallSource::Direct => ImpactCallSource::Direct,
                CallSource::Queue => ImpactCallSource::Queue,
                CallSource::Any => ImpactCallSource::Any,
            },
            callers: self.callers(&effect.callers),
            called: self.called(&effect.called),
            times: self.times(&effect.times),
            before: self.outcome(&effect.before),
            after: self.outcome(&effect.after),
        }
    }

    /// Describes a set of callers.
    pub fn callers(&self, numbers: &NumberSet) -> ImpactNumbers {
        self.numbers(numbers, |(_, callers, _)| callers)
    }

    /// Describes a set of called numbers.
    pub fn called(&self, numbers: &NumberSet) -> ImpactNumbers {
        self.numbers(numbers, |(_, _, called)| called)
    }

    /// Describes a set of numbers and finds the rules that list exactly these.
    fn numbers(
        &self,
        numbers: &NumberSet,
        list: impl for<'l> Fn(
            &'l (&'a str, BTreeSet<&'a str>, BTreeSet<&'a str>),
        ) -> &'l BTreeSet<&'a str>,
    ) -> ImpactNumbers {
        let with_name = |number: &String| match self.caller_names.get(number.as_str()) {
            Some(caller) => self.yaml_writer.caller_id(caller),
            None => json!(number),
        };
        // A set that includes all other numbers is described by its exceptions.
        let shown = if numbers.others {
            &numbers.except
        } else {
            &numbers.listed
        };
        let shown: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
        let mut of_rules: Vec<String> = Vec::new();
        for rule in self
            .rule_numbers
            .iter()
            .filter(|rule| !shown.is_empty() && *list(rule) == shown)
        {
            if !of_rules.iter().any(|name| name == rule.0) {
                of_rules.push(rule.0.to_owned());
            }
        }
        ImpactNumbers {
            listed: numbers.listed.iter().map(with_name).collect(),
            others: numbers.others,
            except: numbers.except.iter().map(with_name).collect(),
            of_rules,
        }
    }

    /// Describes a set of times.
    pub fn times(&self, times: &TimeSet) -> ImpactTimes {
        let spans = |week: &WeeklyTimes| {
            week.day_runs()
                .iter()
                .map(|(_, _, spans)| spans.len())
                .sum::<usize>()
        };
        let rest = times.weekly.complement();
        let is_rest_shorter = !rest.is_empty() && spans(&rest) < spans(&times.weekly);
        let dates = |except: &DateException| ImpactDateException {
            start: DateRange::format_start(except.start),
            end: DateRange::format_end(except.end),
            times: match &except.pattern {
                WeekPattern::Never => json!("never"),
                WeekPattern::Always => json!("always"),
                WeekPattern::Weekly(week) => self.yaml_writer.week(week),
            },
        };
        ImpactTimes {
            from: DateRange::format_start(times.from),
            weekly: self.yaml_writer.week(&times.weekly),
            outside: is_rest_shorter.then(|| self.yaml_writer.week(&rest)),
            except: times.except.iter().map(dates).collect(),
        }
    }

    /// Describes what callers notice.
    pub fn outcome(&self, outcome: &CallOutcome) -> Value {
        match outcome {
            CallOutcome::Flow(flow) => flow_to_yaml(self.yaml_writer, flow),
            CallOutcome::Ambiguous(flows) => {
                let flows: Vec<Value> = flows
                    .iter()
                    .map(|flow| flow_to_yaml(self.yaml_writer, flow))
                    .collect();
                json!({ "either": flows })
            }
            CallOutcome::QueueSkips(_) => json!("queueSkips"),
            CallOutcome::UnreadStates => json!("states"),
            CallOutcome::NoState(id) => json!({ "default": id }),
        }
    }
}

/// Converts the assumptions of a routing effect.
fn impact_assumptions(given: EffectAssumptions) -> ImpactAssumptions {
    ImpactAssumptions {
        switches: match given.switches {
            ToggleState::AsSet => ImpactToggles::AsSet,
            ToggleState::BothOff => ImpactToggles::BothOff,
            ToggleState::ForwardAllCalls => ImpactToggles::ForwardAllCalls,
            ToggleState::Dnd => ImpactToggles::Dnd,
        },
        working: given.working,
        unknown_conditions: given.unknown_conditions,
        no_rule: given.no_rule,
    }
}
