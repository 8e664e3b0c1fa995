//! Runs many futures with a limit on how many run at the same time.

use futures::stream::{self, StreamExt};

/// Runs up to `limit` futures at a time and returns their outputs in order. A future that hangs
/// blocks only its own slot.
pub(super) async fn run_bounded<F: Future>(
    limit: usize,
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let numbered = futures
        .into_iter()
        .enumerate()
        .map(|(index, future)| async move { (index, future.await) });
    let mut outputs: Vec<(usize, F::Output)> = stream::iter(numbered)
        .buffer_unordered(limit)
        .collect()
        .await;
    outputs.sort_unstable_by_key(|(index, _)| *index);
    outputs.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn run_bounded_keeps_order_and_is_not_blocked_by_one_slow_future() {
        let ended = Cell::new(0);
        let work = async |number: usize| {
            // The second one waits until all others are done.
            while number == 1 && ended.get() < 19 {
                tokio::task::yield_now().await;
            }
            ended.set(ended.get() + 1);
            number
        };
        let all = run_bounded(3, (0..20).map(work));
        let all = tokio::time::timeout(Duration::from_secs(5), all).await;
        assert_eq!(all.unwrap(), (0..20).collect::<Vec<_>>());
    }
}
