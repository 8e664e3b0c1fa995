//! Lets requests pass as the limits allow: the thin shell that waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::endpoints::Kind;
use super::limits::{Decision, Limit, Limits, Rests, Ticket, Verdict};
use super::patience::Patience;

/// Where all tasks wait together: the limits are shared, so a pause must be too.
#[derive(Debug, Default)]
pub(super) struct Gate {
    limits: Mutex<Limits>,
    settled: Notify,
    /// From then on nothing passes.
    closed: CancellationToken,
    /// Until when the task that was last told to wait does so.
    waits_until: Mutex<Option<Instant>>,
}

/// The request must not be sent.
#[derive(Debug)]
pub(super) enum Closed {
    /// The run is stopped.
    Stopped,
    /// The service wants nothing for so long.
    Shut(Duration),
    /// It could not be reached for so long.
    Away(Duration),
}

/// The permission to send one request.
///
/// Dropped without a verdict (a task that was given up) it counts as sent and unanswered, so that
/// nobody waits for it for ever.
#[derive(Debug)]
pub(super) struct Pass<'g> {
    gate: &'g Gate,
    ticket: Option<Ticket>,
}

impl Gate {
    pub(super) fn new(patience: Patience, closed: CancellationToken) -> Gate {
        Gate {
            limits: Mutex::new(Limits::new(patience)),
            closed,
            ..Gate::default()
        }
    }

    /// Waits until a request of this kind may be sent, or the gate is closed.
    pub(super) async fn pass(&self, kind: Kind) -> Result<Pass<'_>, Closed> {
        loop {
            if self.closed.is_cancelled() {
                return Err(Closed::Stopped);
            }
            // Listening begins before asking, or an answer in between would be missed.
            let settled = self.settled.notified();
            tokio::pin!(settled);
            settled.as_mut().enable();
            let decision = self.limits().ask(kind, Instant::now());
            match decision {
                Decision::Go(ticket) => {
                    self.note_wait(None);
                    return Ok(Pass {
                        gate: self,
                        ticket: Some(ticket),
                    });
                }
                Decision::Wait { until, announce } => {
                    if let Some((group, wait)) = announce {
                        let seconds = wait.as_secs_f64().ceil();
                        tracing::info!(group, seconds, "waiting: the rate limit is used up");
                    }
                    self.note_wait(Some(until));
                    tokio::select! {
                        () = tokio::time::sleep_until(until.into()) => {}
                        () = settled => {}
                        () = self.closed.cancelled() => {}
                    }
                }
                Decision::Shut(until) => {
                    return Err(Closed::Shut(until - Instant::now()));
                }
                Decision::Away(since) => return Err(Closed::Away(since.elapsed())),
                Decision::AfterAnswer => tokio::select! {
                    () = settled => {}
                    () = self.closed.cancelled() => {}
                },
            }
        }
    }

    /// Waits, unless the gate is closed: then there is nothing to wait for.
    pub(super) async fn pause(&self, span: Duration) {
        tokio::select! {
            () = tokio::time::sleep(span) => {}
            () = self.closed.cancelled() => {}
        }
    }

    /// The limits that the service has told.
    pub(super) fn told(&self) -> Vec<Limit> {
        self.limits().told()
    }

    /// How long nothing will be sent from now on, as far as is known.
    pub(super) fn wait(&self) -> Option<Duration> {
        let until = *self
            .waits_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until?.checked_duration_since(Instant::now())
    }

    /// Whether the service cannot be reached.
    pub(super) fn is_away(&self) -> bool {
        self.limits().is_away()
    }

    fn note_wait(&self, until: Option<Instant>) {
        *self
            .waits_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn settle(&self, ticket: &Ticket, verdict: &Verdict<'_>) {
        let rests = self.limits().settle(ticket, verdict, Instant::now());
        if let Some(Rests { group, span }) = rests {
            let group = group.as_deref().unwrap_or("all");
            let seconds = span.as_secs();
            tracing::info!(group, seconds, "the service asks to slow down, for so long");
        }
        self.settled.notify_waiters();
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        // Every change is made in one step, so a panic elsewhere leaves nothing half done.
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The request was not sent after all.
    pub(super) fn unsent(self) {
        self.settle(&Verdict::Unsent);
    }

    pub(super) fn settle(mut self, verdict: &Verdict<'_>) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(&ticket, verdict);
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(&ticket, &Verdict::Unanswered);
        }
    }
}
