//! Measures how long the scheduler ran nothing: checks by time are unreliable after a long stall.

use std::cell::Cell;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(5);

/// The longest stall of the task while other work runs in it.
#[derive(Debug, Default)]
pub(super) struct StallMonitor {
    longest: Cell<Duration>,
}

impl StallMonitor {
    /// Runs the work and measures stalls until it is finished.
    pub(super) async fn measure<T>(&self, work: impl Future<Output = T>) -> T {
        let ticks = async {
            loop {
                let start = Instant::now();
                tokio::time::sleep(TICK).await;
                let delay = start.elapsed().saturating_sub(TICK);
                self.longest.set(self.longest.get().max(delay));
            }
        };
        tokio::select! {
            result = work => result,
            never = ticks => never,
        }
    }

    /// Returns the longest stall so far.
    pub(super) fn longest(&self) -> Duration {
        self.longest.get()
    }
}
