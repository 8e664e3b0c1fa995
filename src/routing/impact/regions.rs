//! Merges classes of calls with the same effect into few regions that cover exactly these calls.

use std::hash::Hash;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;

/// The source of calls: direct or through a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallSource {
    /// Direct calls to the user.
    Direct,
    /// Calls to a queue that the user is in.
    Queue,
    /// Direct and queue calls.
    Any,
}

impl CallSource {
    /// Returns whether a direct or queue call is included.
    pub fn covers(self, queue: bool) -> bool {
        match self {
            CallSource::Direct => !queue,
            CallSource::Queue => queue,
            CallSource::Any => true,
        }
    }
}

/// The ids of the outcomes before and after.
type BeforeAfterOutcome = (usize, usize);

/// A set of class indexes.
type IndexSet = FixedBitSet;

/// Collects the classes of calls with a difference.
pub(super) struct RegionBuilder {
    /// The times for each outcome pair and class.
    times_by_class: IndexMap<(BeforeAfterOutcome, RegionClass), IndexSet>,
    moment_count: usize,
}

/// All combinations of some callers and called numbers, with the value that they share.
pub(super) struct MergedRegion<K> {
    pub(super) value: K,
    pub(super) through: CallSource,
    pub(super) callers: IndexSet,
    pub(super) called: IndexSet,
}

/// The calls of one caller class, one called class and one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RegionClass {
    pub(super) queue: bool,
    pub(super) caller: usize,
    pub(super) called: usize,
}

impl RegionBuilder {
    /// Creates an empty builder for this many moments.
    pub(super) fn new(moment_count: usize) -> Self {
        RegionBuilder {
            times_by_class: IndexMap::new(),
            moment_count,
        }
    }

    /// Adds a moment at which a class has this outcome pair.
    pub(super) fn add(&mut self, pair: BeforeAfterOutcome, class: RegionClass, time: usize) {
        let none = || IndexSet::with_capacity(self.moment_count);
        let times = self.times_by_class.entry((pair, class));
        times.or_insert_with(none).insert(time);
    }

    /// Merges the classes; the value of a region is the outcome pair and its moments.
    pub(super) fn merge_regions(self) -> Vec<MergedRegion<(BeforeAfterOutcome, IndexSet)>> {
        merge_regions(
            self.times_by_class
                .into_iter()
                .map(|((pair, class), times)| ((pair, times), class)),
        )
    }
}

/// Merges regions that differ in one part: first callers, then called numbers, then the source.
pub(super) fn merge_regions<K: Eq + Hash>(
    classes: impl IntoIterator<Item = (K, RegionClass)>,
) -> Vec<MergedRegion<K>> {
    let mut by_caller: IndexMap<_, IndexSet> = IndexMap::new();
    for (value, class) in classes {
        let callers = by_caller.entry((value, class.queue, class.called));
        insert_index(callers.or_default(), class.caller);
    }
    let mut by_called: IndexMap<_, IndexSet> = IndexMap::new();
    for ((value, queue, called), callers) in by_caller {
        let all = by_called.entry((value, queue, callers));
        insert_index(all.or_default(), called);
    }
    let mut by_source: IndexMap<_, CallSource> = IndexMap::new();
    for ((value, queue, callers), called) in by_called {
        let source = if queue {
            CallSource::Queue
        } else {
            CallSource::Direct
        };
        let both = by_source.entry((value, callers, called));
        both.and_modify(|through| *through = CallSource::Any)
            .or_insert(source);
    }
    by_source
        .into_iter()
        .map(|((value, callers, called), through)| MergedRegion {
            value,
            through,
            callers,
            called,
        })
        .collect()
}

/// Adds an index to a set, which grows as needed.
fn insert_index(set: &mut IndexSet, class: usize) {
    set.grow(class + 1);
    set.insert(class);
}
