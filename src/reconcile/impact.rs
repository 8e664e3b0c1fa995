//! Describes what callers will notice of a user's changes, in the words of the YAML files.

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extent::UserExtent;
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    CallHandling, CallScreening, CallerId, DateRange, ExtensionDirectory, GreetingSource,
    GreetingUsage, LocalDateTime, RingTarget, UserRule, WeeklyTimes,
};
use crate::routing::{
    self, CallFlow, CallOutcome, CallSource, DateException, EffectAssumptions, NumberSet,
    RoutingEffect, TimeSet, WeekPattern,
};

/// Calls that will be handled differently, all in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallImpact {
    /// Assumptions about the user under which this applies.
    pub given: EffectAssumptions,
    /// Direct calls, queue calls, or both.
    pub calls: CallSource,
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

/// Returns what callers will notice of a change of the call handling `from` this time on, in the
/// user's time zone, and how far it reaches. `closures` are the dates of the calendars.
pub fn describe_impact(
    before: &CallHandling,
    after: &CallHandling,
    directory: &ExtensionDirectory,
    from: LocalDateTime,
    closures: &[DateRange],
) -> (Vec<CallImpact>, UserExtent) {
    if before == after {
        return Default::default();
    }
    let builder = ImpactBuilder::new(before, after, YamlWriter::new(directory));
    let effects = routing::compute_impact(before, after, from);
    let impact = effects.iter().map(|effect| builder.build_impact(effect));
    (
        impact.collect(),
        UserExtent::from_effects(&effects, closures),
    )
}

/// The name of a rule, with its caller IDs and called numbers.
type RuleNumbers<'a> = (&'a str, BTreeSet<&'a str>, BTreeSet<&'a str>);

/// Describes routing effects in the words of the YAML files.
#[derive(Debug)]
pub struct ImpactBuilder<'a> {
    yaml_writer: YamlWriter<'a>,
    /// The names of callers, by number.
    caller_names: HashMap<&'a str, &'a CallerId>,
    /// The numbers of each rule, each combination once.
    rule_numbers: IndexSet<RuleNumbers<'a>>,
}

impl<'a> ImpactBuilder<'a> {
    /// Collects the names and lists of the rules before and after the change.
    pub fn new(
        before: &'a CallHandling,
        after: &'a CallHandling,
        yaml_writer: YamlWriter<'a>,
    ) -> Self {
        let mut caller_names = HashMap::new();
        let mut rule_numbers = IndexSet::new();
        for UserRule { rule, .. } in after.rules().iter().chain(before.rules()) {
            let Some(conditions) = &rule.conditions else {
                continue;
            };
            for caller in conditions.caller_ids.iter() {
                let name = caller_names.entry(caller.number.as_str());
                name.or_insert(caller);
            }
            let callers = conditions.caller_ids.iter().map(|id| id.number.as_str());
            let called = conditions.called_numbers.iter().map(String::as_str);
            rule_numbers.insert((rule.name.as_str(), callers.collect(), called.collect()));
        }
        ImpactBuilder {
            yaml_writer,
            caller_names,
            rule_numbers,
        }
    }

    /// Describes one effect of the changes.
    fn build_impact(&self, effect: &RoutingEffect) -> CallImpact {
        CallImpact {
            given: effect.given,
            calls: effect.through,
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
        list: impl for<'l> Fn(&'l RuleNumbers<'a>) -> &'l BTreeSet<&'a str>,
    ) -> ImpactNumbers {
        let with_name = |number: &String| match self.caller_names.get(number.as_str()) {
            Some(caller) => self.yaml_writer.caller_id(caller),
            None => json!(number),
        };
        // A set that includes all other numbers is described by its exceptions.
        let list_shown = if numbers.others {
            &numbers.except
        } else {
            &numbers.listed
        };
        let shown: BTreeSet<&str> = list_shown.iter().map(String::as_str).collect();
        let rules = self.rule_numbers.iter();
        let of_rules: IndexSet<&str> = rules
            .filter(|rule| !shown.is_empty() && *list(rule) == shown)
            .map(|(name, ..)| *name)
            .collect();
        ImpactNumbers {
            listed: numbers.listed.iter().map(with_name).collect(),
            others: numbers.others,
            except: numbers.except.iter().map(with_name).collect(),
            of_rules: of_rules.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Describes a set of times.
    pub fn times(&self, times: &TimeSet) -> ImpactTimes {
        let span_count = |week: &WeeklyTimes| {
            let runs = week.day_runs();
            runs.iter().map(|(_, _, spans)| spans.len()).sum::<usize>()
        };
        let rest = times.weekly.complement();
        let is_rest_shorter = !rest.is_empty() && span_count(&rest) < span_count(&times.weekly);
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
        let describe = |flow| flow_to_yaml(self.yaml_writer, flow);
        match outcome {
            CallOutcome::Flow(flow) => describe(flow),
            CallOutcome::Ambiguous(flows) => {
                json!({ "either": flows.iter().map(describe).collect::<Vec<_>>() })
            }
            CallOutcome::QueueSkips(_) => json!("queueSkips"),
            CallOutcome::UnreadStates => json!("states"),
            CallOutcome::NoState(id) => json!({ "default": id }),
        }
    }
}

/// Returns what a caller notices of a call as a map: prompts, `rings`, `ringsAlways`, `endsAt`.
pub fn flow_to_yaml(yaml_writer: YamlWriter<'_>, flow: &CallFlow) -> Value {
    let greeting = |usage, greeting: &Option<GreetingSource>| {
        let greeting = greeting.as_ref();
        greeting.map(|greeting| yaml_writer.greeting(usage, greeting))
    };
    let targets = |targets: &[RingTarget]| -> Value {
        let targets = targets.iter();
        targets
            .map(|target| yaml_writer.ring_target(target))
            .collect()
    };
    let screening = flow.screening.as_ref().map(|(when, result)| {
        yaml_writer.screening(&CallScreening::On {
            when: when.clone(),
            result: result.clone(),
        })
    });
    let rings = flow.rings.iter().map(|ring| {
        json!({
            "targets": targets(&ring.targets),
            "after": ring.after,
            "seconds": ring.seconds,
        })
    });
    let parts = [
        (
            "greeting",
            greeting(GreetingUsage::Greeting, &flow.greeting),
        ),
        (
            "connectingMessage",
            greeting(GreetingUsage::ConnectingMessage, &flow.connecting_message),
        ),
        (
            "connectingAudio",
            greeting(GreetingUsage::ConnectingAudio, &flow.connecting_audio),
        ),
        ("screening", screening),
        ("rings", (!flow.rings.is_empty()).then(|| rings.collect())),
        (
            "ringsAlways",
            (!flow.rings_always.is_empty()).then(|| targets(&flow.rings_always)),
        ),
        (
            "endsAt",
            flow.end.as_ref().map(|end| yaml_writer.destination(end)),
        ),
        (
            "actions",
            (!flow.other.is_empty()).then(|| flow.other.clone().into()),
        ),
    ];
    parts
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}
