//! What callers notice, each thing with a letter and a look of its own.

use serde_json::Value;

use super::Say;
use super::world::World;
use crate::engine::Teller;
use crate::model::Destination;
use crate::render::impact;
use crate::routing::{Handler, Outcome, Slot};

/// What takes a call, roughly: this has a colour and a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something rings.
    Rings,
    /// Voicemail.
    Voicemail,
    /// Another phone number.
    Number,
    /// Another extension.
    Extension,
    /// An announcement.
    Announcement,
    /// The queue goes on to its next member.
    QueueGoesOn,
    /// Nobody can say which of two rules.
    Unclear,
    /// The files do not say.
    Open,
    /// Anything else.
    Other,
}

impl Kind {
    fn of(outcome: &Outcome) -> Self {
        let flow = match outcome {
            Outcome::Flow(flow) => flow,
            Outcome::Ambiguous(_) => return Kind::Unclear,
            Outcome::QueueSkips(_) => return Kind::QueueGoesOn,
            Outcome::UnreadStates | Outcome::NoState(_) => return Kind::Open,
        };
        match &flow.end {
            _ if !(flow.rings.is_empty() && flow.rings_always.is_empty()) => Kind::Rings,
            Some(Destination::Voicemail { .. }) => Kind::Voicemail,
            Some(Destination::PhoneNumber { .. } | Destination::CloudConnector(_)) => Kind::Number,
            Some(Destination::Extension(_)) => Kind::Extension,
            Some(Destination::Announcement { .. }) => Kind::Announcement,
            Some(Destination::Other(_)) | None => Kind::Other,
        }
    }

    /// The name of its look in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Kind::Rings => "rings",
            Kind::Voicemail => "voicemail",
            Kind::Number => "number",
            Kind::Extension => "extension",
            Kind::Announcement => "announcement",
            Kind::QueueGoesOn => "goes-on",
            Kind::Unclear => "unclear",
            Kind::Open => "open",
            Kind::Other => "other",
        }
    }
}

/// Something that callers notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `A`, `B`, and after `Z` `AA`.
    pub letter: String,
    /// What takes the call, roughly.
    pub kind: Kind,
    /// How many of this kind come before it: each has another shade.
    pub shade: usize,
    /// The whole of it in words.
    pub text: String,
}

/// All that callers of one user notice, in the order in which it is met.
#[derive(Debug, Default)]
pub(super) struct Legend {
    known: Vec<(Outcome, bool)>,
    pub(super) entries: Vec<Entry>,
}

impl Legend {
    /// The number of what callers notice in a slot.
    pub(super) fn entry(
        &mut self,
        slot: &Slot<'_>,
        world: &World,
        teller: &Teller<'_>,
        say: &Say<'_>,
    ) -> usize {
        let is_open = world.is_open(&slot.by);
        let same =
            |(known, open): &(Outcome, bool)| *open == is_open && !known.differs(&slot.outcome);
        if let Some(at) = self.known.iter().position(same) {
            return at;
        }
        let (kind, text) = if is_open {
            let state = takers(&slot.by).to_lowercase();
            let text = format!("as on the account ({state}): the files do not say");
            (Kind::Open, text)
        } else {
            let mut text = told(say, &teller.outcome(&slot.outcome));
            if slot.by.iter().any(|handler| world.is_partial(handler)) {
                text += " (what the files do not say stays as on the account)";
            }
            (Kind::of(&slot.outcome), text)
        };
        let alike = self.entries.iter().filter(|entry| entry.kind == kind);
        self.entries.push(Entry {
            letter: letter(self.entries.len()),
            kind,
            shade: alike.count(),
            text,
        });
        self.known.push((slot.outcome.clone(), is_open));
        self.known.len() - 1
    }
}

/// What callers notice, and what they hear before.
fn told(say: &Say<'_>, outcome: &Value) -> String {
    let mut text = impact::outcome(say, outcome);
    for (key, word) in [
        ("greeting", "first plays"),
        ("connectingMessage", "then says"),
        ("connectingAudio", "meanwhile plays"),
        ("screening", "screens callers"),
    ] {
        if let Some(value) = outcome.get(key) {
            text += &format!("; {word} {}", say.value(key, value));
        }
    }
    text
}

fn letter(number: usize) -> String {
    let last = u8::try_from(number % 26).unwrap_or_default();
    let last = char::from(b'A' + last);
    match number / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// What takes the calls of a slot, for people.
pub(super) fn takers(by: &[Handler<'_>]) -> String {
    let mut takers: Vec<String> = Vec::new();
    for handler in by {
        let taker = taker(handler);
        if !takers.contains(&taker) {
            takers.push(taker);
        }
    }
    takers.join("; ")
}

fn taker(handler: &Handler<'_>) -> String {
    match handler {
        Handler::Rule(held) => format!("rule “{}”", held.rule.name),
        Handler::Ambiguous(either) => {
            let names = either.iter().map(|held| format!("“{}”", held.rule.name));
            let names = names.collect::<Vec<_>>().join(" or ");
            format!("rules {names}: they have one priority, and nobody can say which")
        }
        Handler::State(state) => super::chain::state_name(state.id.as_str()).to_owned(),
        Handler::QueueSkips(_) => "the user takes no queue calls then".to_owned(),
        Handler::UnreadStates => "the states".to_owned(),
        Handler::NoState(id) => super::chain::state_name(id).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_the_last() {
        let letters = [0, 1, 25, 26, 27, 52].map(letter);
        assert_eq!(letters, ["A", "B", "Z", "AA", "AB", "BA"]);
    }
}
