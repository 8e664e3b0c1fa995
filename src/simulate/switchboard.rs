//! Everybody of whom something is known, and how calls go from one to the other.

use std::cell::OnceCell;
use std::collections::HashMap;

use jiff::ToSpan;

use super::known::Known;
use super::story::Story;
use crate::model::{Destination, ExtensionId};
use crate::routing::{Call, Table};

/// Users whose call handling is known, ready for calls.
#[derive(Debug)]
pub struct Switchboard<'k> {
    users: HashMap<&'k ExtensionId, (&'k Known, OnceCell<Table<'k>>)>,
}

/// The next one whom a call reaches.
#[derive(Debug)]
pub struct Hop<'k> {
    /// Who.
    pub to: ExtensionId,
    /// What happens there.
    pub next: Next<'k>,
}

/// What happens to a call that was forwarded.
#[derive(Debug)]
pub enum Next<'k> {
    /// This.
    Story(Box<Story<'k>>),
    /// Nobody knows: no file describes this extension.
    Unknown,
    /// The call has been there before, and goes round.
    Loop,
}

impl<'k> Switchboard<'k> {
    /// Makes users ready.
    pub fn new(users: impl IntoIterator<Item = &'k Known>) -> Self {
        let users = users.into_iter();
        let users = users.map(|known| (&known.user, (known, OnceCell::new())));
        Switchboard {
            users: users.collect(),
        }
    }

    /// The story of a call for a user; none where nothing is known of the user.
    pub fn call(&self, user: &ExtensionId, call: Call) -> Option<Story<'k>> {
        let (known, table) = self.users.get(user)?;
        let table = table.get_or_init(|| Table::new(&known.handling));
        Some(Story::of(known, table, call))
    }

    /// Where a call goes on to, from one extension to the next, at the same local time. That somebody else
    /// may live in another time zone, no file says.
    pub fn follow(&self, story: &Story<'k>) -> Vec<Hop<'k>> {
        let mut seen = vec![story.known.user.clone()];
        let mut hops = Vec::new();
        let mut next = onwards(story);
        while let Some((to, call)) = next.take() {
            let there = match seen.contains(&to) {
                true => Next::Loop,
                false => match self.call(&to, call) {
                    Some(story) => Next::Story(Box::new(story)),
                    None => Next::Unknown,
                },
            };
            if let Next::Story(story) = &there {
                next = onwards(story);
            }
            seen.push(to.clone());
            hops.push(Hop { to, next: there });
        }
        hops
    }
}

/// The call as it comes in at the extension where it ends. It rang somewhere first, for so long.
fn onwards(story: &Story<'_>) -> Option<(ExtensionId, Call)> {
    let Some(Destination::Extension(to)) = story.end() else {
        return None;
    };
    let rang = story.flows().first().map(|flow| flow.seconds());
    let rang = i64::try_from(rang.unwrap_or_default()).unwrap_or_default();
    let call = Call {
        from: story.call.from.clone(),
        to: None,
        at: story.call.at.saturating_add(rang.seconds()),
        queue: false,
    };
    Some((to, call))
}
