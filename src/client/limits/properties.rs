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
    /// No answer, or that of a gateway: it arrived at any time until now, or never.
    Lost {
        which: usize,
        by: Loss,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Loss {
    Unsent,
    Unanswered,
    Page,
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
        1 => (0..9usize, prop_oneof![Just(Loss::Unsent), Just(Loss::Unanswered), Just(Loss::Page)])
            .prop_map(|(which, by)| Event::Lost { which, by }),
    ]
}

proptest! {
    /// The model keeps nothing but the plain list of sends, the last penalty, and who probes after it. A
    /// request that was under way when the penalty began, and is lost, begins it again at the worst time.
    #[test]
    fn no_window_overflows_no_penalty_is_broken_and_nobody_waits_for_ever(
        events in proptest::collection::vec(event(), 1..200)
    ) {
        let (mut limits, mut now) = (Limits::default(), Instant::now());
        let (mut limit, mut window) = (40, seconds(60));
        let mut sent: Vec<(u64, Instant)> = Vec::new();
        let mut flying: Vec<Ticket> = Vec::new();
        let (mut penalty, mut after_penalty) = (now, None::<Option<u64>>);
        let (mut punished_at, mut punished_for) = (now, seconds(0));

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
                    let asked = seconds(after.unwrap_or(30));
                    if penalty < now + asked {
                        (penalty, punished_for) = (now + asked, asked);
                    }
                    punished_at = now;
                    after_penalty = Some(None);
                }
                Event::Lost { which, by } if which < flying.len() => {
                    let ticket = flying.remove(which);
                    let (id, at) = (ticket.id, ticket.at);
                    let verdict = match by {
                        Loss::Unsent => Verdict::Unsent,
                        Loss::Unanswered => Verdict::Unanswered,
                        Loss::Page => Verdict::Page,
                    };
                    if by == Loss::Unsent {
                        sent.retain(|(sent, _)| *sent != id);
                    }
                    limits.settle(&ticket, &verdict, now);
                    if by != Loss::Unsent && after_penalty.is_some() && at <= punished_at {
                        penalty = penalty.max(now + punished_for);
                        after_penalty = Some(None);
                    }
                    if after_penalty == Some(Some(id)) {
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
