//! Merges classes of calls with the same effect into few regions that cover exactly these calls.

use std::hash::Hash;

use fixedbitset::FixedBitSet;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The source of calls: direct or through a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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

/// All combinations of some callers and called numbers, with the value that they share.
pub(super) struct MergedRegion<K> {
    pub(super) value: K,
    pub(super) through: CallSource,
    /// Indexes of caller classes.
    pub(super) callers: FixedBitSet,
    /// Indexes of called classes.
    pub(super) called: FixedBitSet,
}

/// The calls of one source, one called class and one caller class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RegionClass {
    pub(super) queue: bool,
    pub(super) called: usize,
    pub(super) caller: usize,
}

impl<K> MergedRegion<K> {
    /// Returns whether the region includes a class.
    pub(super) fn contains(&self, class: &RegionClass) -> bool {
        self.through.covers(class.queue)
            && self.called.contains(class.called)
            && self.callers.contains(class.caller)
    }
}

/// Merges regions that differ in one part: first callers, then called numbers, then the source.
pub(super) fn merge_regions<K: Eq + Hash>(
    classes: impl IntoIterator<Item = (K, RegionClass)>,
) -> Vec<MergedRegion<K>> {
    let mut by_caller: IndexMap<_, FixedBitSet> = IndexMap::new();
    for (value, class) in classes {
        let callers = by_caller.entry((value, class.queue, class.called));
        callers.or_default().grow_and_insert(class.caller);
    }
    let mut by_called: IndexMap<_, FixedBitSet> = IndexMap::new();
    for ((value, queue, called), callers) in by_caller {
        let all = by_called.entry((value, queue, callers));
        all.or_default().grow_and_insert(called);
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
