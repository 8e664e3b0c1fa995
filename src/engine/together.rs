//! Works through many things, several at once.

use futures::stream::{self, StreamExt};

/// Does so many of these works at a time, and gives what came of each, in the order given. One that hangs
/// keeps one place and no more: all others go on.
pub(super) async fn together<F: Future>(
    at_once: usize,
    works: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let works = works.into_iter().enumerate();
    let works = works.map(|(place, work)| async move { (place, work.await) });
    let under_way = stream::iter(works).buffer_unordered(at_once);
    let mut ended: Vec<(usize, F::Output)> = under_way.collect().await;
    ended.sort_unstable_by_key(|(place, _)| *place);
    ended.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_that_hangs_stops_nobody_and_the_order_stays() {
        let ended = Cell::new(0);
        let work = async |number: usize| {
            // The second one waits until all others are done.
            while number == 1 && ended.get() < 19 {
                tokio::task::yield_now().await;
            }
            ended.set(ended.get() + 1);
            number
        };
        let all = together(3, (0..20).map(work));
        let all = tokio::time::timeout(Duration::from_secs(5), all).await;
        assert_eq!(all.unwrap(), (0..20).collect::<Vec<_>>());
    }
}
