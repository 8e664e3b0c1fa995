//! Random faults: the seed decides which requests they affect.

use super::{outcomes, start_with_fault_seed};
use crate::sandbox::ALEX_PATH;

/// Makes forty requests and returns their outcomes.
async fn run_requests(seed: u64) -> Vec<(u16, Option<&'static str>)> {
    let api = start_with_fault_seed(&["503 rate=0.3", "not-json rate=0.3 path=rules"], seed).await;
    for _ in 0..10 {
        for part in [
            "states",
            "states/dnd",
            "voice/state-rules",
            "voice/interaction-rules",
        ] {
            api.get(&format!("{ALEX_PATH}/{part}")).await;
        }
    }
    outcomes(&api)
}

#[tokio::test]
async fn same_seed_repeats_the_same_faults() {
    let first = run_requests(7).await;
    assert_eq!(first, run_requests(7).await);
    assert_ne!(first, run_requests(8).await);
    for name in ["503", "not-json"] {
        let affected = first.iter().filter(|(_, fault)| *fault == Some(name));
        assert!((2..25).contains(&affected.count()), "{name}: {first:?}");
    }
}
