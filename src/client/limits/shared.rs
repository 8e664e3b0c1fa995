//! One limit that we share with others of the same user, played with a made-up clock.

use super::tests::{EXTENSIONS, headers, kind};
use super::*;

const LIMIT: usize = 40;
const WINDOW: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(100);
/// As many tasks as a run has.
const TASKS: usize = 8;

/// The service: a sliding window, and a penalty that each request in it begins again.
struct Service {
    hits: Vec<Instant>,
    penalty: Option<Instant>,
    taken: usize,
    refused: usize,
}

impl Service {
    fn new() -> Service {
        Service {
            hits: Vec::new(),
            penalty: None,
            taken: 0,
            refused: 0,
        }
    }

    /// How many places remain, or nothing where it is a 429.
    fn arrive(&mut self, now: Instant) -> Option<usize> {
        self.hits.retain(|hit| now < *hit + WINDOW);
        let punished = self.penalty.is_some_and(|until| now < until);
        if punished || self.hits.len() >= LIMIT {
            self.penalty = Some(now + WINDOW);
            self.refused += 1;
            return None;
        }
        self.hits.push(now);
        self.taken += 1;
        Some(LIMIT - self.hits.len())
    }
}

/// A client of ours, who always has something to send.
struct Client {
    limits: Limits,
    trip: Duration,
    dice: u64,
    flying: Vec<Flight>,
    taken: usize,
}

struct Flight {
    ticket: Ticket,
    arrives: Instant,
    /// What was answered, once it has arrived.
    answer: Option<Option<usize>>,
    answered: Instant,
}

impl Client {
    fn new(milliseconds: u64) -> Client {
        Client {
            limits: Limits::default(),
            trip: Duration::from_millis(milliseconds),
            dice: milliseconds,
            flying: Vec::new(),
            taken: 0,
        }
    }

    fn tick(&mut self, service: &mut Service, now: Instant) {
        for flight in &mut self.flying {
            if flight.answer.is_none() && flight.arrives <= now {
                flight.answer = Some(service.arrive(now));
            }
        }
        let is_answered = |flight: &mut Flight| flight.answer.is_some() && flight.answered <= now;
        for flight in self.flying.extract_if(.., is_answered) {
            let remaining = flight.answer.flatten();
            let told = headers("medium", LIMIT, remaining.unwrap_or(0));
            let verdict = match remaining {
                Some(_) => Verdict::Taken(&told),
                None => Verdict::Throttled(&told, Some(WINDOW)),
            };
            self.taken += usize::from(remaining.is_some());
            self.limits.settle(&flight.ticket, &verdict, now);
        }
        while self.flying.len() < TASKS
            && let Decision::Go(ticket) = self.limits.ask(kind(EXTENSIONS), now)
        {
            // Half of the usual trip to one and a half, and the arrival anywhere in between: worse than life.
            let mut chance = || {
                self.dice = self
                    .dice
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (self.dice >> 40) as f64 / (1 << 24) as f64
            };
            let trip = self.trip.mul_f64(0.5 + chance());
            self.flying.push(Flight {
                ticket,
                arrives: now + trip.mul_f64(chance()),
                answer: None,
                answered: now + trip,
            });
        }
    }
}

/// The part of what is allowed that was used, and how many were refused.
fn play(clients: &mut [Client]) -> (f64, usize) {
    const WINDOWS: u32 = 12;
    let start = Instant::now();
    let mut service = Service::new();
    let mut now = start;
    while now < start + WINDOW * WINDOWS {
        for client in &mut *clients {
            client.tick(&mut service, now);
        }
        clients.rotate_left(1);
        now += TICK;
    }
    let allowed = LIMIT * WINDOWS as usize;
    (service.taken as f64 / allowed as f64, service.refused)
}

#[test]
fn one_alone_uses_it_all() {
    for trip in [400, 1000] {
        let (used, refused) = play(&mut [Client::new(trip)]);
        assert!(used > 0.97, "{trip}: {used}");
        assert_eq!(refused, 0, "{trip}");
    }
}

#[test]
fn two_who_do_not_know_of_each_other_share_it() {
    for trip in [400, 1000] {
        let mut two = [Client::new(trip), Client::new(trip + 7)];
        let (used, refused) = play(&mut two);
        assert!(used > 0.89, "{trip}: {used}");
        assert_eq!(refused, 0, "{trip}");
        let [one, other] = two.map(|client| client.taken);
        assert!(one.min(other) * 2 > one.max(other), "{one} and {other}");
    }
}
