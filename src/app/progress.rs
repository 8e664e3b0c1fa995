//! The progress of a run, for a display in another task.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The progress of a run: the current phase and its completed steps, and messages on the way.
///
/// The run updates it; a display reads it as often as it likes. Nothing is printed here.
#[derive(Debug, Default)]
pub struct RunProgress {
    phase: Mutex<Option<RunPhase>>,
    steps_done: AtomicUsize,
    notes: Mutex<Vec<String>>,
}

/// A phase of a run, such as reading users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunPhase {
    /// What the phase does, such as `Reading users`.
    pub label: &'static str,
    /// The number of steps.
    pub steps: usize,
}

impl RunProgress {
    /// Starts a phase of some steps. It replaces the previous phase.
    pub(crate) fn start_phase(&self, label: &'static str, steps: usize) {
        self.steps_done.store(0, Ordering::Relaxed);
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(RunPhase { label, steps });
    }

    /// Counts one completed step.
    pub(crate) fn step(&self) {
        self.steps_done.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds a message for the person who watches the run: one line of text without a line end.
    pub(crate) fn note(&self, text: String) {
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
    }

    /// Returns the current phase. `None` before the first one.
    pub fn phase(&self) -> Option<RunPhase> {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many steps of the current phase are done.
    pub fn steps_done(&self) -> usize {
        self.steps_done.load(Ordering::Relaxed)
    }

    /// Removes and returns the messages since the last call.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
