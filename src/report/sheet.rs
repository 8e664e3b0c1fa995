//! What stands on the page of one user.

use super::calendar::{Calendar, Shown, calendar};
use super::chain::{Chain, chain};
use super::declared::Open;
use super::legend::{Entry, Kind, Legend, takers};
use super::world::World;
use super::{Person, Say};
use crate::engine::{Numbers, Teller};
use crate::model::words::Words;
use crate::model::{DateTime, StateId};
use crate::render::impact;
use crate::routing::{Slot, Through, View, has_unknown, survey};

/// Up to so many callers are named in a title; everyone but more than this is everyone else.
const NAMED: usize = 3;
/// More callers than this are told by their count.
const CALLERS: usize = 12;

/// The page of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What nobody knows, in sentences.
    pub open: Vec<&'static str>,
    /// All that callers notice.
    pub legend: Vec<Entry>,
    /// Callers who are treated alike; those whom no rule names first.
    pub groups: Vec<Group>,
    /// Who is asked to take a call.
    pub chain: Chain,
    /// Whether the live account stands beside the files.
    pub is_paired: bool,
}

/// Calls that are treated alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Whose calls.
    pub title: String,
    /// Who that is, one by one; nobody where the title says it.
    pub callers: Vec<String>,
    /// What becomes of them on the account, where that differs.
    pub before: Option<Calendar>,
    /// What becomes of them as the files say.
    pub after: Calendar,
    /// Each thing that they notice, with when and by what.
    pub uses: Vec<Use>,
}

/// Something that these callers notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// What, by number in the legend.
    pub entry: usize,
    /// When, on the account; none where it never happens there.
    pub before: Option<Told>,
    /// When, as the files say.
    pub after: Option<Told>,
}

/// When something happens, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// When.
    pub when: String,
    /// What takes the calls.
    pub by: String,
}

/// What callers notice at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Glance {
    /// What takes the call, roughly.
    pub kind: Kind,
    /// What callers notice.
    pub text: String,
}

/// How the files differ from the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Not at all.
    None,
    /// In nothing that callers notice while the switches are as they are.
    Unnoticed,
    /// Callers will notice.
    Noticed,
}

impl Sheet {
    /// What is to be told of a person.
    pub fn of(person: &Person<'_>, words: Words<'_>, say: &Say<'_>) -> Self {
        let before = person.live.as_ref().unwrap_or(&person.desired);
        let after = &person.desired;
        let today = person.now.date().at(0, 0, 0, 0);
        let mut views = survey(before.handling(), after.handling(), today);
        let rank = |view: &View<'_>| {
            let is_for_all = view.callers.others && view.called.others;
            (view.through == Through::Queue, !is_for_all)
        };
        views.sort_by_key(rank);
        let has_queue_calls = views.iter().any(|view| view.through != Through::Direct);
        let mut drawer = Drawer {
            before,
            after,
            teller: Teller::new(before.handling(), after.handling(), words),
            say,
            legend: Legend::default(),
            has_queue_calls,
            is_paired: person.live.is_some(),
        };
        let groups = views.iter().map(|view| drawer.group(view)).collect();
        Sheet {
            open: told_open(before, after),
            legend: drawer.legend.entries,
            groups,
            chain: chain(before, after, words, say),
            is_paired: person.live.is_some(),
        }
    }

    /// What a caller whom no rule names notices of a direct call; on the account, where it was read.
    pub fn at(&self, moment: DateTime) -> Option<Glance> {
        let group = self.groups.first()?;
        let calendar = group.before.as_ref().unwrap_or(&group.after);
        let entry = &self.legend[calendar.at(moment)?];
        Some(Glance {
            kind: entry.kind,
            text: entry.text.clone(),
        })
    }

    /// How the files differ from the account; nothing where it was not read.
    pub fn difference(&self) -> Option<Difference> {
        let Chain {
            switches,
            rules,
            hours,
            agent,
        } = &self.chain;
        let mut steps = switches.iter().chain(rules).chain(hours).chain(agent);
        let difference = if self.groups.iter().any(|group| group.before.is_some()) {
            Difference::Noticed
        } else if steps.any(|step| !step.is_same()) {
            Difference::Unnoticed
        } else {
            Difference::None
        };
        self.is_paired.then_some(difference)
    }
}

struct Drawer<'d> {
    before: &'d World,
    after: &'d World,
    teller: Teller<'d>,
    say: &'d Say<'d>,
    legend: Legend,
    has_queue_calls: bool,
    is_paired: bool,
}

impl Drawer<'_> {
    fn group(&mut self, view: &View<'_>) -> Group {
        let before = self.entries(&view.before, self.before);
        let after = self.entries(&view.after, self.after);
        let is_same = before.len() == after.len() && { before.iter() }.all(|(entry, slot)| {
            after
                .iter()
                .any(|(e, s)| e == entry && s.times == slot.times)
        });
        let shown = |slots: &[(usize, &Slot<'_>)], other: &[(usize, &Slot<'_>)]| {
            let times: Vec<Shown<'_>> = slots.iter().map(|(e, s)| (*e, &s.times)).collect();
            let other: Vec<Shown<'_>> = other.iter().map(|(e, s)| (*e, &s.times)).collect();
            calendar(&times, if is_same { &[] } else { &other })
        };
        let (title, callers) = self.callers(view);
        Group {
            title,
            callers,
            before: (self.is_paired && !is_same).then(|| shown(&before, &after)),
            after: shown(&after, &before),
            uses: self.uses(&before, &after),
        }
    }

    fn entries<'s>(&mut self, slots: &'s [Slot<'s>], world: &World) -> Vec<(usize, &'s Slot<'s>)> {
        let slots = slots.iter();
        slots
            .map(|slot| {
                let entry = self.legend.entry(slot, world, &self.teller, self.say);
                (entry, slot)
            })
            .collect()
    }

    fn uses(&self, before: &[(usize, &Slot<'_>)], after: &[(usize, &Slot<'_>)]) -> Vec<Use> {
        let told = |slots: &[(usize, &Slot<'_>)], entry: usize| {
            let (_, slot) = slots.iter().find(|(other, _)| *other == entry)?;
            let when = impact::times::told(self.say, &self.teller.when(&slot.times));
            Some(Told {
                when: when.unwrap_or_else(|| "at every time".to_owned()),
                by: takers(&slot.by),
            })
        };
        let mut entries: Vec<usize> = { after.iter() }.map(|(entry, _)| *entry).collect();
        entries.extend(before.iter().map(|(entry, _)| *entry));
        entries.sort_unstable();
        entries.dedup();
        let uses = entries.into_iter().map(|entry| Use {
            entry,
            before: told(before, entry),
            after: told(after, entry),
        });
        uses.collect()
    }

    /// Whose calls these are: a title, and the list where the title is too short for it.
    fn callers(&self, view: &View<'_>) -> (String, Vec<String>) {
        let callers = self.teller.callers(&view.callers);
        let called = self.teller.called(&view.called);
        let who = match impact::callers(self.say, &callers) {
            // Who that is the titles of the others say, where it is no one list.
            _ if callers.others && callers.of_rules.is_empty() && callers.except.len() > NAMED => {
                "everyone else".to_owned()
            }
            Some(who) => who,
            None => "every caller".to_owned(),
        };
        let dialled = match impact::called(self.say, &called) {
            _ if called.others && !view.called.is_everybody() => Some("to any other number".into()),
            dialled => dialled,
        };
        let way = match view.through {
            Through::Queue => Some("queue calls".to_owned()),
            Through::Direct if self.has_queue_calls => Some("direct calls".to_owned()),
            Through::Any => Some("direct calls and queue calls".to_owned()),
            Through::Direct => None,
        };
        let parts: Vec<String> = [Some(who), dialled, way].into_iter().flatten().collect();
        (capital(&parts.join(" · ")), self.listed(&callers))
    }

    fn listed(&self, callers: &Numbers) -> Vec<String> {
        let all = match callers.listed.len() {
            0..=NAMED => &[][..],
            _ => &callers.listed[..],
        };
        let mut listed: Vec<String> = { all.iter() }
            .take(CALLERS)
            .map(|caller| self.say.value("caller", caller))
            .collect();
        if all.len() > CALLERS {
            listed.push(format!("and {} more", all.len() - CALLERS));
        }
        listed
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// What nobody knows, each in a sentence that is said once.
fn told_open(before: &World, after: &World) -> Vec<&'static str> {
    let mut told: Vec<&'static str> = Vec::new();
    for sentence in after.open().iter().filter_map(sentence) {
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    let rules = [before, after].into_iter();
    let mut rules = rules.flat_map(|world| world.handling().rules());
    if rules.any(|held| held.rule.conditions.as_ref().is_some_and(has_unknown)) {
        told.push(
            "A rule has a condition that callrules does not know. It is taken not to match, whatever it asks \
             for.",
        );
    }
    told
}

/// What nobody knows, in a sentence. Switches and states are told where they stand in the chain.
fn sentence(open: &Open) -> Option<&'static str> {
    match open {
        Open::Rules => Some(
            "The files say nothing of interaction rules. The account may have some, which take calls before \
             what is shown here.",
        ),
        Open::OtherRules => Some(
            "Interaction rules beside the declared ones are left alone. The account may have some, which are \
             not shown here.",
        ),
        Open::WorkHours => Some(
            "The files do not say when work hours are. They are taken as around the clock, as for a new \
             user.",
        ),
        Open::Agent => Some(
            "The files do not say whether this user takes queue calls as an agent, and what becomes of them.",
        ),
        Open::State(StateId::WORK_HOURS | StateId::AFTER_HOURS) => {
            Some("What the files do not say is as on the account, and marked so.")
        }
        Open::State(_) | Open::Switch(_) => None,
    }
}
