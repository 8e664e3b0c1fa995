//! How far a long phase is: a bar on a terminal, elsewhere a line now and then. What is soon done says
//! nothing.

use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Zoned};

use super::output;
use crate::client::Client;

/// How often a bar is drawn.
const BLINK: Duration = Duration::from_millis(200);

/// How often a line is written where nobody watches. A phase that is shorter writes none.
const SILENCE: Duration = Duration::from_secs(30);

/// Before one window of the limit is over, a rate is that of its first burst.
const RATE_AFTER: Duration = Duration::from_secs(60);

/// Up to here the time that is left is told in seconds, and then as a time of day.
const SOON: Duration = Duration::from_secs(90);

/// Where bars are drawn. Everything else that is written while one stands goes through it.
#[derive(Debug, Clone, Default)]
pub(super) struct Screen(MultiProgress);

/// One phase of a run.
pub(super) struct Progress<'a> {
    client: &'a Client,
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    began: Instant,
    requests_before: u64,
    bar: Option<ProgressBar>,
}

impl Screen {
    /// Begins a phase of so many steps.
    pub(super) fn progress<'a>(
        &self,
        what: &'static str,
        total: usize,
        client: &'a Client,
    ) -> Progress<'a> {
        let bar = is_watched(io::stderr().is_terminal(), |name| std::env::var(name).ok());
        Progress {
            client,
            what,
            total,
            done: AtomicUsize::new(0),
            began: Instant::now(),
            requests_before: client.requests_made(),
            bar: bar.then(|| self.0.add(bar_of(what, total))),
        }
    }
}

/// Standard error, for the log: a bar makes room for each line.
impl Write for Screen {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(text))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Whether a person watches who wants to see things move.
fn is_watched(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    is_terminal && !is_set("CI") && !is_set("NO_COLOR")
}

fn bar_of(what: &'static str, total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}  {wide_bar}  {pos}/{len}  {msg}");
    // A template that does not parse would show the library's own bar.
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let style = style.progress_chars("━╸ ");
    let bar = ProgressBar::new(total as u64).with_prefix(what);
    bar.with_style(style)
}

impl Progress<'_> {
    /// One more step is done.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells how far the work is for as long as it takes.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let pause = if self.bar.is_some() { BLINK } else { SILENCE };
        loop {
            tokio::select! {
                outcome = &mut work => {
                    if let Some(bar) = &self.bar {
                        bar.finish_and_clear();
                    }
                    return outcome;
                }
                () = tokio::time::sleep(pause) => self.tell(),
            }
        }
    }

    fn tell(&self) {
        let standing = self.standing();
        let detail = standing.detail(&Zoned::now());
        match &self.bar {
            Some(bar) => {
                bar.set_position(standing.done as u64);
                bar.set_message(detail.join(", "));
            }
            None => {
                // Where standard error is gone the work goes on all the same.
                let _ = output::err(&standing.line(self.what, &detail));
            }
        }
    }

    fn standing(&self) -> Standing {
        let limits = self.client.limits();
        let busiest = limits.iter().max_by_key(|limit| limit.sent);
        Standing {
            done: self.done.load(Ordering::Relaxed),
            total: self.total,
            elapsed: self.began.elapsed(),
            requests: self.client.requests_made() - self.requests_before,
            wait: self.client.waits(),
            is_away: self.client.is_away(),
            pace: busiest.map(|limit| Pace {
                request: limit.window.div_f64(limit.requests.max(1) as f64),
                free: (limit.requests as u64).saturating_sub(limit.sent),
            }),
        }
    }
}

/// How far a phase is.
#[derive(Debug, Clone, Copy)]
struct Standing {
    done: usize,
    total: usize,
    elapsed: Duration,
    /// How many requests it took until now.
    requests: u64,
    /// How long the rate limit keeps us waiting.
    wait: Option<Duration>,
    /// Whether the service cannot be reached: nobody knows how long that will last.
    is_away: bool,
    pace: Option<Pace>,
}

/// What the rate limit allows in the long run.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// The time between two requests.
    request: Duration,
    /// How many may still be sent before the first wait.
    free: u64,
}

impl Standing {
    /// The rate, the wait and the expected end, as far as there is something to say.
    fn detail(&self, now: &Zoned) -> Vec<String> {
        if self.is_away {
            return vec!["waiting for the service, which cannot be reached".to_owned()];
        }
        let mut parts = Vec::new();
        if self.elapsed >= RATE_AFTER {
            let rate = self.done as f64 * 60.0 / self.elapsed.as_secs_f64();
            parts.push(format!("{rate:.0} a minute"));
        }
        if let Some(wait) = self.wait.filter(|wait| wait.as_secs() > 0) {
            parts.push(format!("waiting {} s (rate limit)", wait.as_secs()));
        }
        match self.left() {
            Some(left) if left > SOON => {
                let end = SignedDuration::try_from(left).ok();
                let end = end.and_then(|left| now.checked_add(left).ok());
                parts.extend(end.map(|end| format!("done about {}", end.strftime("%H:%M"))));
            }
            Some(left) => parts.push(format!("about {} s left", left.as_secs().max(1))),
            None => {}
        }
        parts
    }

    fn line(&self, what: &str, detail: &[String]) -> String {
        let count = format!("{what}: {} of {}", self.done, self.total);
        let parts = std::iter::once(&count).chain(detail);
        format!("{}\n", parts.cloned().collect::<Vec<_>>().join(", "))
    }

    /// The longest of what our own speed says, what the limit allows, and the wait that has begun: a burst
    /// knows nothing of the waits that follow it, and the limit nothing of a slow service.
    fn left(&self) -> Option<Duration> {
        if self.done == 0 {
            return None;
        }
        let steps = self.total.saturating_sub(self.done) as f64 / self.done as f64;
        let by_speed = self.elapsed.as_secs_f64() * steps;
        let by_limit = self.pace.map_or(0.0, |pace| {
            let requests = self.requests as f64 * steps - pace.free as f64;
            pace.request.as_secs_f64() * requests.max(0.0)
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

    /// 500 users, two requests each, at 40 a minute.
    fn standing() -> Standing {
        Standing {
            done: 20,
            total: 500,
            elapsed: seconds(3),
            requests: 40,
            wait: None,
            is_away: false,
            pace: Some(Pace {
                request: Duration::from_millis(1500),
                free: 0,
            }),
        }
    }

    #[test]
    fn the_limit_tells_the_end_while_the_speed_is_that_of_the_first_burst() {
        let waiting = Standing {
            wait: Some(seconds(57)),
            ..standing()
        };
        assert_eq!(
            waiting.line("Reading users", &waiting.detail(&noon())),
            "Reading users: 20 of 500, waiting 57 s (rate limit), done about 12:24\n"
        );
    }

    #[test]
    fn of_a_service_that_is_away_no_end_is_told() {
        let away = Standing {
            wait: Some(seconds(6)),
            is_away: true,
            ..standing()
        };
        assert_eq!(
            away.detail(&noon()),
            ["waiting for the service, which cannot be reached"]
        );
    }

    #[test]
    fn a_slow_service_is_believed() {
        let slow = Standing {
            done: 50,
            elapsed: seconds(1200),
            ..standing()
        };
        assert_eq!(slow.detail(&noon()), ["2 a minute", "done about 15:00"]);
    }

    #[test]
    fn what_the_window_still_holds_needs_no_wait() {
        let short = Standing {
            done: 5,
            total: 15,
            requests: 10,
            pace: Some(Pace {
                request: Duration::from_millis(1500),
                free: 30,
            }),
            ..standing()
        };
        assert_eq!(short.detail(&noon()), ["about 6 s left"]);
        let begun = Standing { done: 0, ..short };
        assert!(begun.detail(&noon()).is_empty());
    }

    #[test]
    fn nothing_ends_before_the_wait_does() {
        let nearly = Standing {
            done: 49,
            total: 50,
            elapsed: seconds(10),
            wait: Some(seconds(40)),
            ..standing()
        };
        assert_eq!(
            nearly.detail(&noon()),
            ["waiting 40 s (rate limit)", "about 40 s left"]
        );
    }

    #[test]
    fn bars_are_for_people_who_watch() {
        let nothing = |_: &str| None;
        assert!(is_watched(true, nothing));
        assert!(!is_watched(false, nothing));
        for set in ["CI", "NO_COLOR"] {
            let variable = |name: &str| (name == set).then(|| "1".to_owned());
            assert!(!is_watched(true, variable), "{set}");
            let empty = |name: &str| (name == set).then(String::new);
            assert!(is_watched(true, empty), "{set}");
        }
    }
}
