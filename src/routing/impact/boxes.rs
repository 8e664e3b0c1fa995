//! Classes of calls that end alike, put together: few boxes that cover exactly these calls.

use std::hash::Hash;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

/// Which way calls come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Through {
    /// Calls to the user.
    Direct,
    /// Calls to a queue that the user is in.
    Queue,
    /// Both.
    Any,
}

impl Through {
    /// Whether a call that comes so is meant.
    pub fn covers(self, queue: bool) -> bool {
        match self {
            Through::Direct => !queue,
            Through::Queue => queue,
            Through::Any => true,
        }
    }
}

/// What it was, and what it will be, by number.
type Pair = (usize, usize);

/// A set of classes.
type Set = FixedBitSet;

/// Calls that are handled otherwise than before, by class.
pub(super) struct Tiles {
    /// The times for each caller, dialled number and way in.
    found: IndexMap<(Pair, Class), Set>,
    times: usize,
}

/// Every mixture of some callers and dialled numbers, of which the same is so.
pub(super) struct Merged<K> {
    pub(super) what: K,
    pub(super) through: Through,
    pub(super) callers: Set,
    pub(super) called: Set,
}

/// Calls of one class of callers and of dialled numbers, that come in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    pub(super) queue: bool,
    pub(super) caller: usize,
    pub(super) called: usize,
}

impl Tiles {
    /// None yet, out of so many times.
    pub(super) fn new(times: usize) -> Self {
        Tiles {
            found: IndexMap::new(),
            times,
        }
    }

    pub(super) fn add(&mut self, pair: Pair, class: Class, time: usize) {
        let none = || Set::with_capacity(self.times);
        let tile = self.found.entry((pair, class));
        tile.or_insert_with(none).insert(time);
    }

    /// What was, what will be, and when: for the fewest mixtures.
    pub(super) fn merge(self) -> Vec<Merged<(Pair, Set)>> {
        let found = self.found.into_iter();
        merge(found.map(|((pair, class), times)| ((pair, times), class)))
    }
}

/// Puts together what differs in one part alone: first callers, then dialled numbers, then the way in.
pub(super) fn merge<K: Eq + Hash>(found: impl IntoIterator<Item = (K, Class)>) -> Vec<Merged<K>> {
    let mut by_caller: IndexMap<_, Set> = IndexMap::new();
    for (what, class) in found {
        let callers = by_caller.entry((what, class.queue, class.called));
        insert(callers.or_default(), class.caller);
    }
    let mut by_called: IndexMap<_, Set> = IndexMap::new();
    for ((what, queue, called), callers) in by_caller {
        let all = by_called.entry((what, queue, callers));
        insert(all.or_default(), called);
    }
    let mut by_way: IndexMap<_, Through> = IndexMap::new();
    for ((what, queue, callers), called) in by_called {
        let way = if queue {
            Through::Queue
        } else {
            Through::Direct
        };
        let both = by_way.entry((what, callers, called));
        both.and_modify(|through| *through = Through::Any)
            .or_insert(way);
    }
    let boxes = by_way.into_iter();
    boxes
        .map(|((what, callers, called), through)| Merged {
            what,
            through,
            callers,
            called,
        })
        .collect()
}

fn insert(set: &mut Set, class: usize) {
    set.grow(class + 1);
    set.insert(class);
}
