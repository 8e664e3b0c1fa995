//! Faults by chance: the same seed gives the same ones.

use super::{log, seeded};
use crate::sandbox::ALEX;

/// What became of forty requests.
async fn run(seed: u64) -> Vec<(u16, Option<&'static str>)> {
    let api = seeded(&["503 rate=0.3", "not-json rate=0.3 path=rules"], seed).await;
    for _ in 0..10 {
        for part in [
            "states",
            "states/dnd",
            "voice/state-rules",
            "voice/interaction-rules",
        ] {
            api.get(&format!("{ALEX}/{part}")).await;
        }
    }
    log(&api)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let first = run(7).await;
    assert_eq!(first, run(7).await);
    assert_ne!(first, run(8).await);
    for name in ["503", "not-json"] {
        let struck = first.iter().filter(|(_, fault)| *fault == Some(name));
        assert!((2..25).contains(&struck.count()), "{name}: {first:?}");
    }
}
