//! Simulates clients of the same user that share one limit, with a simulated clock.

use super::tests::{EXTENSIONS, endpoint_class, headers};
use super::*;

const LIMIT: usize = 40;
const WINDOW: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(100);
/// The number of tasks of a run.
const TASKS: usize = 8;

/// A server with a sliding window, and a penalty that each further request restarts.
struct SimulatedServer {
    arrivals: Vec<Instant>,
    penalty: Option<Instant>,
    accepted: usize,
    rejected: usize,
}

impl SimulatedServer {
    fn new() -> SimulatedServer {
        SimulatedServer {
            arrivals: Vec::new(),
            penalty: None,
            accepted: 0,
            rejected: 0,
        }
    }

    /// Handles a request that arrives now.
    fn arrive(&mut self, now: Instant) -> SimulatedResponse {
        self.arrivals.retain(|arrival| now < *arrival + WINDOW);
        let is_penalized = self.penalty.is_some_and(|until| now < until);
        if is_penalized || self.arrivals.len() >= LIMIT {
            self.penalty = Some(now + WINDOW);
            self.rejected += 1;
            return SimulatedResponse::RateLimited;
        }
        self.arrivals.push(now);
        self.accepted += 1;
        SimulatedResponse::Accepted(LIMIT - self.arrivals.len())
    }
}

/// A callrules client that always has something to send.
struct SimulatedClient {
    limits: RateLimitState,
    round_trip: Duration,
    random_state: u64,
    in_flight: Vec<SimulatedRequest>,
    accepted: usize,
}

/// A response of the simulated server.
#[derive(Clone, Copy)]
enum SimulatedResponse {
    /// Success, with the number of remaining requests.
    Accepted(usize),
    /// Status 429, with a wait of a whole window.
    RateLimited,
}

struct SimulatedRequest {
    reservation: SendReservation,
    arrives_at: Instant,
    /// The response of the server; `None` until the request has arrived.
    response: Option<SimulatedResponse>,
    responds_at: Instant,
}

impl SimulatedClient {
    fn new(milliseconds: u64) -> SimulatedClient {
        SimulatedClient {
            limits: RateLimitState::default(),
            round_trip: Duration::from_millis(milliseconds),
            random_state: milliseconds,
            in_flight: Vec::new(),
            accepted: 0,
        }
    }

    fn advance(&mut self, server: &mut SimulatedServer, now: Instant) {
        for request in &mut self.in_flight {
            if request.response.is_none() && request.arrives_at <= now {
                request.response = Some(server.arrive(now));
            }
        }
        let is_answered = |request: &mut SimulatedRequest| {
            request.response.is_some() && request.responds_at <= now
        };
        for request in self.in_flight.extract_if(.., is_answered) {
            let remaining = match request.response {
                Some(SimulatedResponse::Accepted(remaining)) => Some(remaining),
                _ => None,
            };
            let rate_headers = headers("medium", LIMIT, remaining.unwrap_or(0));
            let outcome = if remaining.is_some() {
                SendOutcome::Accepted(&rate_headers)
            } else {
                SendOutcome::RateLimited(&rate_headers, Some(WINDOW))
            };
            self.accepted += usize::from(remaining.is_some());
            self.limits
                .record_outcome(&request.reservation, &outcome, now);
        }
        while self.in_flight.len() < TASKS
            && let Ok(reservation) = self.limits.try_acquire(endpoint_class(EXTENSIONS), now)
        {
            // The round trip varies from 0.5 to 1.5 times the usual one, and the arrival is
            // anywhere in between: worse than in practice.
            let mut random = || {
                self.random_state = self
                    .random_state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (self.random_state >> 40) as f64 / f64::from(1 << 24)
            };
            let trip = self.round_trip.mul_f64(0.5 + random());
            self.in_flight.push(SimulatedRequest {
                reservation,
                arrives_at: now + trip.mul_f64(random()),
                response: None,
                responds_at: now + trip,
            });
        }
    }
}

/// Returns the used share of the allowed requests, and the number of refused ones.
fn simulate(clients: &mut [SimulatedClient]) -> (f64, usize) {
    const WINDOWS: u32 = 12;
    let start = Instant::now();
    let mut server = SimulatedServer::new();
    let mut now = start;
    while now < start + WINDOW * WINDOWS {
        for client in &mut *clients {
            client.advance(&mut server, now);
        }
        clients.rotate_left(1);
        now += TICK;
    }
    let allowed = LIMIT * WINDOWS as usize;
    (server.accepted as f64 / allowed as f64, server.rejected)
}

#[test]
fn single_client_uses_the_whole_limit() {
    for trip in [400, 1000] {
        let (used, refused) = simulate(&mut [SimulatedClient::new(trip)]);
        assert!(used > 0.97, "{trip}: {used}");
        assert_eq!(refused, 0, "{trip}");
    }
}

#[test]
fn two_independent_clients_share_the_limit() {
    for trip in [200, 400, 700, 1000, 2000] {
        let mut clients = [SimulatedClient::new(trip), SimulatedClient::new(trip + 7)];
        let (used, refused) = simulate(&mut clients);
        assert!(used > 0.89, "{trip}: {used}");
        assert_eq!(refused, 0, "{trip}");
        let [one, other] = clients.map(|client| client.accepted);
        assert!(one.min(other) * 2 > one.max(other), "{one} and {other}");
    }
}
