//! What became of the calls of test files, and what was expected.

mod json;
mod junit;
mod text;

pub use json::{Document, document};
pub use junit::junit;
pub use text::{failures, summary};

use serde_json::{Map, Value, json as value};

use super::story::{Told, note};
use crate::config::{Case, Expected, Handler as Expects};
use crate::engine::flow_in_words;
use crate::routing::Handler;
use crate::simulate::Missed;

/// A call of a test file, and what became of it.
#[derive(Debug)]
pub struct Tested<'a> {
    /// The call, and what is expected of it.
    pub case: &'a Case,
    /// Its file.
    pub file: &'a str,
    /// Its line in the file, counted from 1; none where the file has gone since.
    pub line: Option<usize>,
    /// What became of it.
    pub told: Told<'a>,
    /// What is not as expected.
    pub missed: &'a [Missed<'a>],
}

/// What a case is about, said of what was expected and of what happened alike.
const HANDLED_BY: &str = "handledBy";
const ENDS_AT: &str = "endsAt";
const RINGS: &str = "rings";

impl Tested<'_> {
    fn is_passed(&self) -> bool {
        self.missed.is_empty()
    }

    /// The name of the test, with the number of the call where it has several.
    fn name(&self) -> String {
        match self.case.line {
            Some(line) => format!("{}, call {line}", self.case.test),
            None => self.case.test.clone(),
        }
    }

    /// `tests/vip.yaml:8`.
    fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.to_owned(),
        }
    }

    /// What is expected, in the words of the files.
    fn expected(&self) -> Map<String, Value> {
        let Expected {
            handled_by,
            ends_at,
            rings,
        } = &self.case.expected;
        let words = self.told.words();
        let handled_by = handled_by.as_ref().map(|handler| match handler {
            Expects::Rule(key) => key.as_str(),
            Expects::State(id) => id.as_str(),
            Expects::QueueSkips => QUEUE_SKIPS,
        });
        let rings = rings.as_ref().map(|targets| -> Value {
            let targets = targets.iter();
            targets.map(|target| words.ring_target(target)).collect()
        });
        let all = [
            (HANDLED_BY, handled_by.map(Value::from)),
            (ENDS_AT, ends_at.as_ref().map(|end| words.destination(end))),
            (RINGS, rings),
        ];
        let said = all.into_iter();
        said.filter_map(|(key, said)| Some((key.to_owned(), said?)))
            .collect()
    }

    /// What happened to that which was expected something of.
    fn got(&self) -> Map<String, Value> {
        let expected = self.expected();
        let all = [
            (HANDLED_BY, self.taker()),
            (ENDS_AT, self.each_way("endsAt")),
            (RINGS, self.each_way("rings")),
        ];
        let asked = all
            .into_iter()
            .filter(|(key, _)| expected.contains_key(*key));
        asked.map(|(key, got)| (key.to_owned(), got)).collect()
    }

    fn taker(&self) -> Value {
        let story = self.told.story;
        let key = |held| story.known.key(held).unwrap_or_default();
        match &story.handler {
            Handler::Rule(held) => value!(key(held)),
            Handler::State(state) => value!(state.id.as_str()),
            Handler::NoState(id) => value!(id),
            Handler::QueueSkips(_) => value!(QUEUE_SKIPS),
            Handler::UnreadStates => Value::Null,
            Handler::Ambiguous(either) => {
                let keys: Vec<&str> = either.iter().map(|held| key(held)).collect();
                value!({ "ambiguous": keys })
            }
        }
    }

    /// A part of the way of the call; where it may take several ways, that of each.
    fn each_way(&self, part: &str) -> Value {
        let words = self.told.words();
        let flows = self.told.story.flows();
        let parts = flows.iter().map(|flow| match part {
            RINGS => {
                let all = flow.everybody().into_iter();
                all.map(|target| words.ring_target(target)).collect()
            }
            part => value!(flow_in_words(words, flow).get(part)),
        });
        let mut parts: Vec<Value> = parts.collect();
        match (parts.len(), part) {
            (0, RINGS) => value!([]),
            (0, _) => Value::Null,
            (1, _) => parts.remove(0),
            _ => value!({ "either": parts }),
        }
    }

    /// Why it failed, a line for each reason, beside what differs.
    fn reasons(&self) -> Vec<String> {
        let file = self.told.story.known.file.as_deref().unwrap_or_default();
        let reasons = self.missed.iter().map(|missed| match missed {
            Missed::HandledBy => format!("`{HANDLED_BY}` is not as expected"),
            Missed::EndsAt => format!("`{ENDS_AT}` is not as expected"),
            Missed::Rings => format!("`{RINGS}` is not as expected"),
            Missed::RestsOn(rest) => note(*rest, file).message,
        });
        reasons.collect()
    }
}

/// How tests say that a queue passes the user over.
const QUEUE_SKIPS: &str = "queue skips";
