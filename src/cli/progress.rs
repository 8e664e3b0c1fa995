//! Progress of long phases: a bar on a terminal, otherwise a line every 30 seconds.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Zoned};

use super::ui;
use crate::client::ApiClient;

/// The time between two redraws of a bar.
const REDRAW_INTERVAL: Duration = Duration::from_millis(200);

/// The time between two lines without a terminal. A shorter phase prints no line.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// The time before a rate is shown. During the first rate-limit window, the rate is that of a
/// burst.
const RATE_AFTER: Duration = Duration::from_mins(1);

/// The longest remaining time that is shown in seconds. A longer time is shown as the time of day.
const ETA_AS_CLOCK_AFTER: Duration = Duration::from_secs(90);

/// The terminal area of progress bars. Log lines must be written through it while a bar is visible.
#[derive(Debug, Clone, Default)]
pub(super) struct ProgressRoot(MultiProgress);

/// The progress of one phase of a run, such as reading users.
pub(super) struct PhaseProgress<'a> {
    client: &'a ApiClient,
    label: &'static str,
    total: usize,
    done: AtomicUsize,
    started: Instant,
    requests_before: u64,
    bar: Option<ProgressBar>,
}

impl ProgressRoot {
    /// Starts a phase of `total` steps.
    pub(super) fn start_phase<'a>(
        &self,
        label: &'static str,
        total: usize,
        client: &'a ApiClient,
    ) -> PhaseProgress<'a> {
        let bar = is_interactive(io::stderr().is_terminal(), |name| std::env::var(name).ok());
        PhaseProgress {
            client,
            label,
            total,
            done: AtomicUsize::new(0),
            started: Instant::now(),
            requests_before: client.requests_made(),
            bar: bar.then(|| self.0.add(create_bar(label, total))),
        }
    }
}

/// Writes log lines to standard error, above the bars.
impl Write for ProgressRoot {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(text))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Returns whether to draw bars: only on a terminal, and not with `CI` or `NO_COLOR`.
fn is_interactive(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    is_terminal && !is_set("CI") && !is_set("NO_COLOR")
}

/// Creates a bar of `total` steps.
fn create_bar(label: &'static str, total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}  {wide_bar}  {pos}/{len}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ");
    let bar = ProgressBar::new(total as u64).with_prefix(label);
    bar.with_style(style)
}

impl PhaseProgress<'_> {
    /// Counts one completed step.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs the work, and reports progress until it ends.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let interval = if self.bar.is_some() {
            REDRAW_INTERVAL
        } else {
            LOG_INTERVAL
        };
        loop {
            tokio::select! {
                result = &mut work => {
                    if let Some(bar) = &self.bar {
                        bar.finish_and_clear();
                    }
                    return result;
                }
                () = tokio::time::sleep(interval) => self.report(),
            }
        }
    }

    /// Updates the bar, or prints a line.
    fn report(&self) {
        let snapshot = self.snapshot();
        let details = snapshot.details(&Zoned::now());
        match &self.bar {
            Some(bar) => {
                bar.set_position(snapshot.done as u64);
                bar.set_message(details.join(", "));
            }
            None => {
                // A closed standard error must not end the work.
                let _ = ui::status(&snapshot.line(self.label, &details));
            }
        }
    }

    /// Collects the current numbers of the phase and the client.
    fn snapshot(&self) -> ProgressSnapshot {
        let limits = self.client.observed_rate_limits();
        let busiest = limits.iter().max_by_key(|limit| limit.sent);
        ProgressSnapshot {
            done: self.done.load(Ordering::Relaxed),
            total: self.total,
            elapsed: self.started.elapsed(),
            requests: self.client.requests_made() - self.requests_before,
            wait: self.client.rate_limit_wait(),
            is_unreachable: self.client.is_unreachable(),
            throughput: busiest.map(|limit| ApiThroughput {
                per_request: limit.window.div_f64(limit.requests.max(1) as f64),
                burst_left: (limit.requests as u64).saturating_sub(limit.sent),
            }),
        }
    }
}

/// The progress of a phase at one moment.
#[derive(Debug, Clone, Copy)]
struct ProgressSnapshot {
    done: usize,
    total: usize,
    elapsed: Duration,
    /// The number of API requests that the phase has made.
    requests: u64,
    /// The time until the rate limit permits the next request.
    wait: Option<Duration>,
    /// Whether RingCentral can't be reached, which makes the remaining time unknown.
    is_unreachable: bool,
    throughput: Option<ApiThroughput>,
}

/// The long-term rate that the rate limit permits.
#[derive(Debug, Clone, Copy)]
struct ApiThroughput {
    /// The average time between two requests.
    per_request: Duration,
    /// The number of requests that can be sent before the first wait.
    burst_left: u64,
}

impl ProgressSnapshot {
    /// Returns the rate, the current wait and the expected end, as far as they are known.
    fn details(&self, now: &Zoned) -> Vec<String> {
        if self.is_unreachable {
            return vec!["waiting: RingCentral can't be reached".to_owned()];
        }
        let mut parts = Vec::new();
        if self.elapsed >= RATE_AFTER {
            let rate = self.done as f64 * 60.0 / self.elapsed.as_secs_f64();
            parts.push(format!("{rate:.0} per minute"));
        }
        if let Some(wait) = self.wait.filter(|wait| wait.as_secs() > 0) {
            parts.push(format!("waiting {} s (rate limit)", wait.as_secs()));
        }
        match self.time_left() {
            Some(left) if left > ETA_AS_CLOCK_AFTER => {
                let end = SignedDuration::try_from(left)
                    .ok()
                    .and_then(|left| now.checked_add(left).ok());
                parts.extend(end.map(|end| format!("done about {}", end.strftime("%H:%M"))));
            }
            Some(left) => parts.push(format!("about {} s left", left.as_secs().max(1))),
            None => {}
        }
        parts
    }

    /// Formats one line: `Reading users: 20 of 500, about 60 s left`.
    fn line(&self, label: &str, details: &[String]) -> String {
        let mut parts = vec![format!("{label}: {} of {}", self.done, self.total)];
        parts.extend_from_slice(details);
        format!("{}\n", parts.join(", "))
    }

    /// Estimates the remaining time: the longest of the estimates from the speed so far, from the
    /// rate limit, and of the current wait.
    ///
    /// After a burst the speed is too optimistic, and with a slow service the rate limit is.
    /// Returns `None` before the first step is done.
    fn time_left(&self) -> Option<Duration> {
        if self.done == 0 {
            return None;
        }
        let remaining_ratio = self.total.saturating_sub(self.done) as f64 / self.done as f64;
        let by_speed = self.elapsed.as_secs_f64() * remaining_ratio;
        let by_limit = self.throughput.map_or(0.0, |throughput| {
            let requests = self.requests as f64 * remaining_ratio - throughput.burst_left as f64;
            throughput.per_request.as_secs_f64() * requests.max(0.0)
        });
        let left = Duration::try_from_secs_f64(by_speed.max(by_limit)).ok()?;
        Some(left.max(self.wait.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn noon() -> Zoned {
        let noon = jiff::civil::date(2026, 11, 21).at(12, 0, 0, 0);
        noon.to_zoned(jiff::tz::TimeZone::UTC).unwrap()
    }

    /// Returns the state of reading 500 users with two requests each, at 40 requests per minute.
    fn snapshot() -> ProgressSnapshot {
        ProgressSnapshot {
            done: 20,
            total: 500,
            elapsed: seconds(3),
            requests: 40,
            wait: None,
            is_unreachable: false,
            throughput: Some(ApiThroughput {
                per_request: Duration::from_millis(1500),
                burst_left: 0,
            }),
        }
    }

    #[test]
    fn estimate_uses_rate_limit_during_first_burst() {
        let waiting = ProgressSnapshot {
            wait: Some(seconds(57)),
            ..snapshot()
        };
        assert_eq!(
            waiting.line("Reading users", &waiting.details(&noon())),
            "Reading users: 20 of 500, waiting 57 s (rate limit), done about 12:24\n"
        );
    }

    #[test]
    fn unreachable_service_has_no_estimate() {
        let unreachable = ProgressSnapshot {
            wait: Some(seconds(6)),
            is_unreachable: true,
            ..snapshot()
        };
        assert_eq!(
            unreachable.details(&noon()),
            ["waiting: RingCentral can't be reached"]
        );
    }

    #[test]
    fn estimate_uses_speed_of_slow_service() {
        let slow = ProgressSnapshot {
            done: 50,
            elapsed: seconds(1200),
            ..snapshot()
        };
        assert_eq!(slow.details(&noon()), ["2 per minute", "done about 15:00"]);
    }

    #[test]
    fn estimate_subtracts_rest_of_burst_and_needs_one_step() {
        let short = ProgressSnapshot {
            done: 5,
            total: 15,
            requests: 10,
            throughput: Some(ApiThroughput {
                per_request: Duration::from_millis(1500),
                burst_left: 30,
            }),
            ..snapshot()
        };
        assert_eq!(short.details(&noon()), ["about 6 s left"]);
        let without_step = ProgressSnapshot { done: 0, ..short };
        assert!(without_step.details(&noon()).is_empty());
    }

    #[test]
    fn estimate_is_at_least_the_current_wait() {
        let nearly = ProgressSnapshot {
            done: 49,
            total: 50,
            elapsed: seconds(10),
            wait: Some(seconds(40)),
            ..snapshot()
        };
        assert_eq!(
            nearly.details(&noon()),
            ["waiting 40 s (rate limit)", "about 40 s left"]
        );
    }

    #[test]
    fn bars_need_terminal_without_ci_and_no_color() {
        let unset = |_: &str| None;
        assert!(is_interactive(true, unset));
        assert!(!is_interactive(false, unset));
        for name_set in ["CI", "NO_COLOR"] {
            let variable = |name: &str| (name == name_set).then(|| "1".to_owned());
            assert!(!is_interactive(true, variable), "{name_set}");
            let empty = |name: &str| (name == name_set).then(String::new);
            assert!(is_interactive(true, empty), "{name_set}");
        }
    }
}
