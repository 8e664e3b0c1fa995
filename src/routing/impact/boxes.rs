//! Classes of calls that end alike, put together: the fewest boxes that cover exactly these calls.

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
    found: IndexMap<(Pair, bool, usize, usize), Set>,
    times: usize,
}

/// Every mixture of some callers, dialled numbers and times.
pub(super) struct Merged {
    pub(super) outcomes: Pair,
    pub(super) through: Through,
    pub(super) callers: Set,
    pub(super) called: Set,
    pub(super) times: Set,
}

impl Tiles {
    /// None yet, out of so many times.
    pub(super) fn new(times: usize) -> Self {
        Tiles {
            found: IndexMap::new(),
            times,
        }
    }

    pub(super) fn add(
        &mut self,
        pair: Pair,
        queue: bool,
        caller: usize,
        called: usize,
        time: usize,
    ) {
        let none = || Set::with_capacity(self.times);
        let tile = self.found.entry((pair, queue, caller, called));
        tile.or_insert_with(none).insert(time);
    }

    /// Puts together what differs in one part alone: first callers, then dialled numbers, then the way
    /// in.
    pub(super) fn merge(self) -> Vec<Merged> {
        let mut by_caller: IndexMap<_, Set> = IndexMap::new();
        for ((pair, queue, caller, called), times) in self.found {
            let callers = by_caller.entry((pair, queue, called, times));
            insert(callers.or_default(), caller);
        }
        let mut by_called: IndexMap<_, Set> = IndexMap::new();
        for ((pair, queue, called, times), callers) in by_caller {
            let all = by_called.entry((pair, queue, times, callers));
            insert(all.or_default(), called);
        }
        let mut by_way: IndexMap<_, Through> = IndexMap::new();
        for ((pair, queue, times, callers), called) in by_called {
            let way = if queue {
                Through::Queue
            } else {
                Through::Direct
            };
            let both = by_way.entry((pair, times, callers, called));
            both.and_modify(|through| *through = Through::Any)
                .or_insert(way);
        }
        let boxes = by_way.into_iter();
        boxes
            .map(|((outcomes, times, callers, called), through)| Merged {
                outcomes,
                through,
                callers,
                called,
                times,
            })
            .collect()
    }
}

fn insert(set: &mut Set, class: usize) {
    set.grow(class + 1);
    set.insert(class);
}
