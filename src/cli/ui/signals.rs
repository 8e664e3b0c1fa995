//! Ctrl-C and SIGTERM: before the first write the run ends immediately, later it ends gracefully.

use std::io;
use std::pin::pin;

use callrules::RunError;
use tokio_util::sync::CancellationToken;

use super::Ui;

/// Installs handlers for termination signals. The first signal cancels the token, which ends all
/// work gracefully. The second signal ends the process immediately.
pub(crate) fn install_handlers(cancellation: &CancellationToken) -> io::Result<()> {
    for mut signal in platform::listen()? {
        let cancellation = cancellation.clone();
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                if cancellation.is_cancelled() {
                    // If standard error is closed, the exit code is still correct.
                    let _ = super::status(
                        "Stopped immediately: the write in progress may have been made.\n",
                    );
                    // The exit code of a partly completed run.
                    std::process::exit(3);
                }
                cancellation.cancel();
            }
        });
    }
    Ok(())
}

/// Runs work that writes nothing. On cancellation, drops it and returns an error.
pub(crate) async fn or_canceled<T>(
    cancellation: &CancellationToken,
    work: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    tokio::select! {
        result = work => result,
        () = cancellation.cancelled() => {
            Err(RunError::new("stopped before the first write: nothing was changed"))
        }
    }
}

/// Runs work that writes. On cancellation, prints a notice and waits for the work to end by itself.
pub(crate) async fn drain_with_notice<T>(
    ui: &Ui,
    cancellation: &CancellationToken,
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    let result = tokio::select! {
        result = &mut work => Some(result),
        () = cancellation.cancelled() => None,
    };
    // Also printed if the work ends at the moment of cancellation.
    if cancellation.is_cancelled() {
        ui.try_status(
            "Stopping: requests in progress are finished, and nothing more is sent. \
             A second signal, such as another Ctrl-C, stops immediately.\n",
        );
    }
    match result {
        Some(result) => result,
        None => work.await,
    }
}

#[cfg(unix)]
mod platform {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Returns streams of the signals to handle.
    ///
    /// A signal that the parent process ignores stays ignored: SIGINT for background jobs of a
    /// script, SIGHUP under `nohup`. If the ignored signals are unknown, SIGHUP is not handled.
    pub(super) fn listen() -> io::Result<Vec<Signal>> {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let ignored = status.as_deref().and_then(ignored_signals);
        let is_ignored =
            |kind: SignalKind| ignored.map(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1);
        let mut kinds = vec![SignalKind::terminate()];
        if is_ignored(SignalKind::interrupt()) != Some(true) {
            kinds.push(SignalKind::interrupt());
        }
        if is_ignored(SignalKind::hangup()) == Some(false) {
            kinds.push(SignalKind::hangup());
        }
        kinds.into_iter().map(signal).collect()
    }

    /// Parses the mask of ignored signals, one bit each, from `/proc/self/status`.
    fn ignored_signals(status: &str) -> Option<u64> {
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn ignored_signals_parses_mask_of_linux() {
            let status = "Name:\tcallrules\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\n";
            assert_eq!(super::ignored_signals(status), Some(0x1003));
            assert_eq!(super::ignored_signals("Name:\tcallrules\n"), None);
        }
    }
}

#[cfg(windows)]
mod platform {
    use std::io;

    use tokio::signal::windows::{CtrlC, ctrl_c};

    /// Returns the stream of Ctrl-C events.
    pub(super) fn listen() -> io::Result<Vec<CtrlC>> {
        Ok(vec![ctrl_c()?])
    }
}
