//! Whatever happens: limits kept, penalties kept, and nobody left waiting.

use proptest::prelude::*;

use super::tests::{EXTENSIONS, headers, kind, seconds};
use super::*;

/// What may happen next, in a world of one group that a client shares with others.
#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    Ask,
    /// The answer to one of the requests under way.
    Taken {
        which: usize,
        limit: usize,
        remaining: usize,
        window: u64,
    },
    Throttled {
        which: usize,
        after: Option<u64>,
        with_headers: bool,
    },
    Lost {
        which: usize,
        unsent: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (0..20_000u64).prop_map(Event::Pass),
        8 => Just(Event::Ask),
        4 => (0..9usize, 1..8usize, 0..9usize, 1..120u64).prop_map(|(which, limit, remaining, window)| {
            Event::Taken { which, limit, remaining, window }
        }),
        1 => (0..9usize, proptest::option::of(0..90u64), any::<bool>())
            .prop_map(|(which, after, with_headers)| Event::Throttled { which, after, with_headers }),
        1 => (0..9usize, any::<bool>()).prop_map(|(which, unsent)| Event::Lost { which, unsent }),
    ]
}

proptest! {
    /// The model keeps nothing but the plain list of sends, the end of the last penalty, and who
    /// probes after it.
    #[test]
    fn no_window_overflows_no_penalty_is_broken_and_nobody_waits_for_ever(
        events in proptest::collection::vec(event(), 1..200)
    ) {
        let (mut limits, mut now) = (Limits::default(), Instant::now());
        let (mut limit, mut window) = (40, seconds(60));
        let mut sent: Vec<(u64, Instant)> = Vec::new();
        let mut flying: Vec<Ticket> = Vec::new();
        let (mut penalty, mut after_penalty) = (now, None::<Option<u64>>);

        for event in events {
            match event {
                Event::Pass(millis) => now += Duration::from_millis(millis),
                Event::Ask => if let Decision::Go(ticket) = limits.ask(kind(EXTENSIONS), now) {
                    prop_assert!(now >= penalty, "sent inside a penalty");
                    if let Some(probe) = &mut after_penalty {
                        prop_assert_eq!(*probe, None, "a second request before the probe's answer");
                        *probe = Some(ticket.id);
                    }
                    sent.push((ticket.id, now));
                    let held = sent.iter().filter(|(_, at)| now - *at < window).count();
                    prop_assert!(held <= limit, "{} sends in a window of {}", held, limit);
                    flying.push(ticket);
                    // As many as a 429 can find on their way.
                    prop_assert!(flying.len() <= (limit / 4).max(2), "{} under way", flying.len());
                },
                Event::Taken { which, limit: new, remaining, window: span } if which < flying.len() => {
                    let ticket = flying.remove(which);
                    (limit, window) = (new, seconds(span));
                    let told = RateHeaders { window: Some(window), ..headers("medium", limit, remaining) };
                    limits.settle(&ticket, &Verdict::Taken(&told), now);
                    if after_penalty == Some(Some(ticket.id)) {
                        after_penalty = None;
                    }
                }
                Event::Throttled { which, after, with_headers } if which < flying.len() => {
                    let ticket = flying.remove(which);
                    let told = if with_headers { headers("medium", limit, 0) } else { RateHeaders::default() };
                    let told = RateHeaders { window: told.window.map(|_| window), ..told };
                    limits.settle(&ticket, &Verdict::Throttled(&told, after.map(seconds)), now);
                    penalty = penalty.max(now + seconds(after.unwrap_or(30)));
                    after_penalty = Some(None);
                }
                Event::Lost { which, unsent } if which < flying.len() => {
                    let ticket = flying.remove(which);
                    let verdict = if unsent { Verdict::Unsent } else { Verdict::Unanswered };
                    if unsent {
                        sent.retain(|(id, _)| *id != ticket.id);
                    }
                    limits.settle(&ticket, &verdict, now);
                    if after_penalty == Some(Some(ticket.id)) {
                        after_penalty = Some(None);
                    }
                }
                _ => {}
            }
        }

        // With nothing under way, waiting as told must lead to a send.
        for ticket in flying.drain(..) {
            limits.settle(&ticket, &Verdict::Unanswered, now);
        }
        let mut rounds = 0;
        while let Decision::Wait { until, .. } = limits.ask(kind(EXTENSIONS), now) {
            prop_assert!(until > now, "told to wait for the past");
            now = until;
            rounds += 1;
            prop_assert!(rounds < 10, "waits again and again");
        }
    }
}
