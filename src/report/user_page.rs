//! Builds the page of one user.

use super::calendar::{CallCalendar, EntryTimes, build_calendar};
use super::decision_order::{DecisionOrder, build_decision_order};
use super::legend::{CallLegend, LegendEntry, describe_handlers};
use super::{ReportUser, YamlHumanizer};
use crate::model::to_yaml::YamlWriter;
use crate::model::{LocalDateTime, StateId};
use crate::reconcile::{ImpactBuilder, ImpactNumbers};
use crate::render::impact;
use crate::routing::{CallClass, CallSource, TimeSlot, has_unknown, partition_calls};
use crate::simulate::{PartialHandling, UndeclaredPart};

/// The number of callers that a title names. A longer list of exceptions becomes "everyone else".
const MAX_NAMED: usize = 3;
/// Longer lists of callers are cut and counted.
const MAX_CALLERS: usize = 12;

/// The page of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPage {
    /// Sentences about what is not known.
    pub undeclared: Vec<&'static str>,
    /// All outcomes that callers notice.
    pub legend: Vec<LegendEntry>,
    /// Groups of callers that are handled in the same way; callers whom no rule names come first.
    pub groups: Vec<CallGroup>,
    /// The decision order of the user.
    pub decision_order: DecisionOrder,
    /// Whether the page compares the account with the files.
    pub is_compared: bool,
    /// Whether the file declares everything that handles calls on the account.
    pub is_fully_declared: bool,
}

/// Calls that are handled in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct CallGroup {
    /// The title: the callers of the group.
    pub title: String,
    /// The callers one by one; empty if the title names them all.
    pub callers: Vec<String>,
    /// The calendar on the account, if it differs.
    pub before: Option<CallCalendar>,
    /// The calendar according to the files.
    pub after: CallCalendar,
    /// The legend entries of the group, with times and handlers.
    pub uses: Vec<LegendUse>,
}

/// A legend entry that occurs for these callers.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendUse {
    /// The index of the legend entry.
    pub entry: usize,
    /// When it occurs on the account; `None` if never.
    pub before: Option<LegendOccurrence>,
    /// When it occurs according to the files; `None` if never.
    pub after: Option<LegendOccurrence>,
}

/// The times and handlers of a legend entry.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendOccurrence {
    /// The times in words.
    pub when: String,
    /// The handlers in words.
    pub handlers: String,
}

/// How the files differ from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageDifference {
    /// There is no difference.
    None,
    /// Callers notice no difference while the switches are as they are.
    Unnoticed,
    /// Callers will notice a difference.
    Noticed,
}

impl UserPage {
    /// Builds the page of a user.
    pub fn build(
        user: &ReportUser<'_>,
        yaml_writer: YamlWriter<'_>,
        humanizer: &YamlHumanizer<'_>,
    ) -> Self {
        let before = user.live.as_ref().unwrap_or(&user.desired);
        let after = &user.desired;
        let today = user.now.date().at(0, 0, 0, 0);
        let mut classes = partition_calls(&before.handling, &after.handling, today);
        let rank = |class: &CallClass<'_>| {
            let is_for_all = class.callers.others && class.called.others;
            (class.through == CallSource::Queue, !is_for_all)
        };
        classes.sort_by_key(rank);
        let has_queue_calls = classes
            .iter()
            .any(|class| class.through != CallSource::Direct);
        let mut builder = PageBuilder {
            before,
            after,
            impact: ImpactBuilder::new(&before.handling, &after.handling, yaml_writer),
            humanizer,
            legend: CallLegend::default(),
            has_queue_calls,
            is_compared: user.live.is_some(),
        };
        let groups = classes
            .iter()
            .map(|class| builder.build_group(class))
            .collect();
        UserPage {
            undeclared: undeclared_sentences(before, after),
            legend: builder.legend.entries,
            groups,
            decision_order: build_decision_order(before, after, yaml_writer, humanizer),
            is_compared: user.live.is_some(),
            is_fully_declared: user.undeclared_handling.is_empty() && user.problems.is_empty(),
        }
    }

    /// Returns what an ordinary caller gets for a direct call at a moment; on the account, if it
    /// was read.
    pub fn handling_at(&self, moment: LocalDateTime) -> Option<&LegendEntry> {
        let group = self.groups.first()?;
        let calendar = group.before.as_ref().unwrap_or(&group.after);
        self.legend.get(calendar.entry_at(moment)?)
    }

    /// Returns how the files differ from the account; `None` if it was not read.
    pub fn difference(&self) -> Option<PageDifference> {
        let DecisionOrder {
            switches,
            rules,
            hours,
            agent,
        } = &self.decision_order;
        let mut steps = switches.iter().chain(rules).chain(hours).chain(agent);
        let difference = if self.groups.iter().any(|group| group.before.is_some()) {
            PageDifference::Noticed
        } else if steps.any(|step| !step.is_same()) {
            PageDifference::Unnoticed
        } else {
            PageDifference::None
        };
        self.is_compared.then_some(difference)
    }
}

struct PageBuilder<'d> {
    before: &'d PartialHandling,
    after: &'d PartialHandling,
    impact: ImpactBuilder<'d>,
    humanizer: &'d YamlHumanizer<'d>,
    legend: CallLegend,
    has_queue_calls: bool,
    is_compared: bool,
}

impl PageBuilder<'_> {
    /// Builds a group of calls.
    fn build_group(&mut self, class: &CallClass<'_>) -> CallGroup {
        let before = self.legend_entries(&class.before, self.before);
        let after = self.legend_entries(&class.after, self.after);
        let is_same = before.len() == after.len()
            && before.iter().all(|(entry, slot)| {
                after
                    .iter()
                    .any(|(e, s)| e == entry && s.times == slot.times)
            });
        let shown = |slots: &[(usize, &TimeSlot<'_>)], other: &[(usize, &TimeSlot<'_>)]| {
            let times: Vec<EntryTimes<'_>> = slots.iter().map(|(e, s)| (*e, &s.times)).collect();
            let other: Vec<EntryTimes<'_>> = other.iter().map(|(e, s)| (*e, &s.times)).collect();
            build_calendar(&times, if is_same { &[] } else { &other })
        };
        let (title, callers) = self.describe_callers(class);
        CallGroup {
            title,
            callers,
            before: (self.is_compared && !is_same).then(|| shown(&before, &after)),
            after: shown(&after, &before),
            uses: self.legend_uses(&before, &after),
        }
    }

    /// Returns the legend entries of these slots.
    fn legend_entries<'s>(
        &mut self,
        slots: &'s [TimeSlot<'s>],
        side: &PartialHandling,
    ) -> Vec<(usize, &'s TimeSlot<'s>)> {
        slots
            .iter()
            .map(|slot| {
                let entry = self
                    .legend
                    .entry_for(slot, side, &self.impact, self.humanizer);
                (entry, slot)
            })
            .collect()
    }

    /// Returns the times and handlers of each legend entry.
    fn legend_uses(
        &self,
        before: &[(usize, &TimeSlot<'_>)],
        after: &[(usize, &TimeSlot<'_>)],
    ) -> Vec<LegendUse> {
        let occurrence = |slots: &[(usize, &TimeSlot<'_>)], entry: usize| {
            let (_, slot) = slots.iter().find(|(other, _)| *other == entry)?;
            let when =
                impact::times::describe_times(self.humanizer, &self.impact.times(&slot.times));
            Some(LegendOccurrence {
                when: when.unwrap_or_else(|| "always".to_owned()),
                handlers: describe_handlers(&slot.by),
            })
        };
        let mut entries: Vec<usize> = after.iter().map(|(entry, _)| *entry).collect();
        entries.extend(before.iter().map(|(entry, _)| *entry));
        entries.sort_unstable();
        entries.dedup();
        let uses = entries.into_iter().map(|entry| LegendUse {
            entry,
            before: occurrence(before, entry),
            after: occurrence(after, entry),
        });
        uses.collect()
    }

    /// Describes the callers of a group: a title, and a list if the title is too short for it.
    fn describe_callers(&self, class: &CallClass<'_>) -> (String, Vec<String>) {
        let callers = self.impact.callers(&class.callers);
        let called = self.impact.called(&class.called);
        let who = match impact::describe_callers(self.humanizer, &callers) {
            // The titles of the other groups name the exceptions, if those are several lists.
            _ if callers.others
                && callers.of_rules.is_empty()
                && callers.except.len() > MAX_NAMED =>
            {
                "everyone else".to_owned()
            }
            Some(who) => who,
            None => "every caller".to_owned(),
        };
        let called = match impact::describe_called_numbers(self.humanizer, &called) {
            _ if called.others && !class.called.is_everyone() => Some("to any other number".into()),
            called => called,
        };
        let way = match class.through {
            CallSource::Queue => Some("queue calls".to_owned()),
            CallSource::Direct if self.has_queue_calls => Some("direct calls".to_owned()),
            CallSource::Any => Some("direct calls and queue calls".to_owned()),
            CallSource::Direct => None,
        };
        let parts: Vec<String> = [Some(who), called, way].into_iter().flatten().collect();
        (capitalize(&parts.join(" · ")), self.list_callers(&callers))
    }

    /// Lists the callers one by one.
    fn list_callers(&self, callers: &ImpactNumbers) -> Vec<String> {
        let all = match callers.listed.len() {
            0..=MAX_NAMED => &[][..],
            _ => &callers.listed[..],
        };
        let mut listed: Vec<String> = all
            .iter()
            .take(MAX_CALLERS)
            .map(|caller| self.humanizer.describe_value("caller", caller))
            .collect();
        if all.len() > MAX_CALLERS {
            listed.push(format!("and {} more", all.len() - MAX_CALLERS));
        }
        listed
    }
}

/// Capitalizes the first letter.
fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Returns a sentence for each kind of unknown part, each once.
fn undeclared_sentences(before: &PartialHandling, after: &PartialHandling) -> Vec<&'static str> {
    let mut sentences: Vec<&'static str> = Vec::new();
    for sentence in after.undeclared.iter().filter_map(undeclared_sentence) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let mut rules = [before, after]
        .into_iter()
        .flat_map(|side| side.handling.rules());
    if rules.any(|user_rule| user_rule.rule.conditions.as_ref().is_some_and(has_unknown)) {
        sentences.push(
            "A rule has a condition that callrules does not know. callrules assumes that it does not \
             match.",
        );
    }
    sentences
}

/// Returns the sentence for an unknown part. Switches and states are marked in the decision order
/// instead.
fn undeclared_sentence(open: &UndeclaredPart) -> Option<&'static str> {
    match open {
        UndeclaredPart::Rules => Some(
            "The files do not declare interaction rules. The account may have some, which handle calls before \
             what is shown here.",
        ),
        UndeclaredPart::OtherRules => Some(
            "Interaction rules that are not declared stay on the account. They are not shown here.",
        ),
        UndeclaredPart::Schedule(StateId::WORK_HOURS) => Some(
            "The files do not set the work hours. They are assumed to be 24/7, as for a new user.",
        ),
        UndeclaredPart::Agent => Some(
            "The files do not set whether this user is in a call queue, and how queue calls are handled.",
        ),
        UndeclaredPart::Dispatching(StateId::WORK_HOURS | StateId::AFTER_HOURS) => {
            Some("Parts that the files do not set are as on the account and marked.")
        }
        UndeclaredPart::Dispatching(_)
        | UndeclaredPart::Schedule(_)
        | UndeclaredPart::Switch(_) => None,
    }
}
