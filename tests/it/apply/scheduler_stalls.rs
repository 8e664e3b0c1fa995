//! How long the machine has stood still: what is judged by the time may be judged wrongly then.

use std::cell::Cell;
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(5);

/// Watches while something else goes on beside it, in the same task.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    longest: Cell<Duration>,
}

impl Standstill {
    /// Gives what the work gives.
    pub(super) async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let watch = async {
            loop {
                let begun = Instant::now();
                tokio::time::sleep(TICK).await;
                let late = begun.elapsed().saturating_sub(TICK);
                self.longest.set(self.longest.get().max(late));
            }
        };
        tokio::select! {
            done = work => done,
            never = watch => never,
        }
    }

    /// The longest that nothing went on.
    pub(super) fn longest(&self) -> Duration {
        self.longest.get()
    }
}
