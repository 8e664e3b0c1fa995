//! Progress of long phases: a bar on a terminal, otherwise a line every 30 seconds.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::{Duration, Instant};

use callrules::client::format_minutes;
use callrules::{Account, RunPhase, RunProgress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Zoned};

use super::Ui;

/// The time between two looks at the progress of a run, and between two redraws of a bar.
const REFRESH_INTERVAL: Duration = Duration::from_millis(200);

/// The time between two lines without a terminal. A shorter phase prints no line.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// The time before a rate is shown. During the first rate-limit window, the rate is that of a
/// burst.
const RATE_AFTER: Duration = Duration::from_mins(1);

/// The longest remaining time that is shown in seconds. A longer time is shown as the time of day.
const ETA_AS_CLOCK_AFTER: Duration = Duration::from_secs(90);

/// The terminal area of progress bars. Log lines must be written through it while a bar is visible.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProgressArea(MultiProgress);

impl Ui {
    /// Runs the work, and shows its progress and messages until it ends.
    pub(crate) async fn watch<T>(
        &self,
        account: &Account,
        progress: &RunProgress,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = pin!(work);
        let mut display = ProgressDisplay {
            ui: self,
            account,
            progress,
            phase: None,
        };
        loop {
            tokio::select! {
                result = &mut work => {
                    display.finish();
                    return result;
                }
                () = tokio::time::sleep(REFRESH_INTERVAL) => display.refresh(),
            }
        }
    }
}

/// Shows the progress of a run.
struct ProgressDisplay<'a> {
    ui: &'a Ui,
    account: &'a Account,
    progress: &'a RunProgress,
    phase: Option<PhaseDisplay>,
}

/// Shows the progress of one phase of a run, such as reading users.
struct PhaseDisplay {
    phase: RunPhase,
    started: Instant,
    requests_before: u64,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl ProgressDisplay<'_> {
    /// Prints new messages, and updates the bar or prints a line if it is time.
    fn refresh(&mut self) {
        self.print_notes();
        let phase = self.progress.phase();
        if self.phase.as_ref().map(|display| display.phase) != phase {
            self.clear_bar();
            self.phase = phase.map(|phase| self.start_phase(phase));
        }
        let Some(display) = &mut self.phase else {
            return;
        };
        // Without a bar, the client announces the wait for a locked account.
        let is_line_due = display.last_line.elapsed() >= LOG_INTERVAL
            && self.account.client().locked_for().is_none();
        if display.bar.is_none() && !is_line_due {
            return;
        }
        let snapshot = display.snapshot(self.account, self.progress.steps_done());
        let details = snapshot.details(&Zoned::now());
        match &display.bar {
            Some(bar) => {
                bar.set_position(snapshot.done as u64);
                bar.set_message(details.join(", "));
            }
            None => {
                display.last_line = Instant::now();
                self.ui
                    .try_status(&snapshot.line(display.phase.label, &details));
            }
        }
    }

    /// Removes the bar, and prints the last messages.
    fn finish(&mut self) {
        self.clear_bar();
        self.print_notes();
    }

    fn start_phase(&self, phase: RunPhase) -> PhaseDisplay {
        let has_bar = !super::uses_json_lines()
            && is_interactive(io::stderr().is_terminal(), |name| std::env::var(name).ok());
        let ProgressArea(area) = &self.ui.progress_area;
        PhaseDisplay {
            phase,
            started: Instant::now(),
            requests_before: self.account.requests_made(),
            last_line: Instant::now(),
            bar: has_bar.then(|| area.add(create_bar(phase))),
        }
    }

    fn print_notes(&self) {
        let ProgressArea(area) = &self.ui.progress_area;
        for note in self.progress.take_notes() {
            area.suspend(|| self.ui.try_status(&format!("{note}\n")));
        }
    }

    fn clear_bar(&self) {
        if let Some(PhaseDisplay { bar: Some(bar), .. }) = &self.phase {
            bar.finish_and_clear();
        }
    }
}

impl PhaseDisplay {
    /// Collects the current numbers of the phase and the client.
    fn snapshot(&self, account: &Account, done: usize) -> ProgressSnapshot {
        let client = account.client();
        let limits = client.observed_rate_limits();
        let busiest = limits.iter().max_by_key(|limit| limit.sent);
        ProgressSnapshot {
            done,
            total: self.phase.steps,
            elapsed: self.started.elapsed(),
            requests: client.requests_made() - self.requests_before,
            wait: client.rate_limit_wait(),
            is_unreachable: client.is_unreachable(),
            locked_for: client.locked_for(),
            throughput: busiest.map(|limit| ApiThroughput {
                per_request: limit.window.div_f64(limit.requests.max(1) as f64),
                burst_left: (limit.requests as u64).saturating_sub(limit.sent),
            }),
        }
    }
}

/// Writes log lines to standard error, above the bars.
impl Write for ProgressArea {
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

/// Creates the bar of a phase.
fn create_bar(phase: RunPhase) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}  {wide_bar}  {pos}/{len}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸ ");
    let bar = ProgressBar::new(phase.steps as u64).with_prefix(phase.label);
    bar.with_style(style)
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
    /// How long writes have been waiting for a locked account.
    locked_for: Option<Duration>,
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
        if let Some(duration) = self.locked_for {
            let duration = format_minutes(duration.as_secs());
            return vec![format!(
                "the account is being edited elsewhere; waiting ({duration} so far)"
            )];
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
            locked_for: None,
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
    fn locked_account_is_named_with_the_time_so_far() {
        let locked = |seconds| ProgressSnapshot {
            locked_for: Some(Duration::from_secs(seconds)),
            ..snapshot()
        };
        assert_eq!(
            locked(150).details(&noon()),
            ["the account is being edited elsewhere; waiting (2 min so far)"]
        );
        assert_eq!(
            locked(45).details(&noon()),
            ["the account is being edited elsewhere; waiting (45 s so far)"]
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
