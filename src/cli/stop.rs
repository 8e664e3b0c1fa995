//! Ctrl-C and SIGTERM: before the first write the run ends at once, after it soon and in order.

use std::future::Future;
use std::io;
use std::pin::pin;

use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::output;

/// From here on a signal does not end the program by itself: it cancels `stopper`, by which all work ends
/// soon. A second one does end it, whatever is under way.
pub(super) fn in_order(stopper: &CancellationToken) -> io::Result<()> {
    for mut signal in signals::listen()? {
        let stopper = stopper.clone();
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                if stopper.is_cancelled() {
                    output::remark("Ended at once: a write under way may have been carried out.\n");
                    // As for any run that left something undone.
                    std::process::exit(3);
                }
                stopper.cancel();
            }
        });
    }
    Ok(())
}

/// Work that writes nothing is dropped where it stands.
pub(super) async fn before_writes<T>(
    stopper: &CancellationToken,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::select! {
        done = work => done,
        () = stopper.cancelled() => Err(Error::Stopped),
    }
}

/// Work that writes ends by itself when it is to stop; that takes a moment, and is told.
pub(super) async fn told_while<T>(stopper: &CancellationToken, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let done = tokio::select! {
        done = &mut work => Some(done),
        () = stopper.cancelled() => None,
    };
    // It may have ended by it in the same moment.
    if stopper.is_cancelled() {
        output::remark(
            "Stopping: what is under way is finished, and nothing more is sent. Another signal ends it at once.\n",
        );
    }
    match done {
        Some(done) => done,
        None => work.await,
    }
}

#[cfg(unix)]
mod signals {
    use std::io;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// From here on these do not end the program by themselves. One that whoever began the program has
    /// switched off stays so: Ctrl-C for what runs in the background of a script, a lost terminal under
    /// `nohup`. Where that cannot be known, a lost terminal is left to the system.
    pub(super) fn listen() -> io::Result<Vec<Signal>> {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let ignored = status.as_deref().and_then(ignored);
        let is_off =
            |kind: SignalKind| ignored.map(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1);
        let mut kinds = vec![SignalKind::terminate()];
        if is_off(SignalKind::interrupt()) != Some(true) {
            kinds.push(SignalKind::interrupt());
        }
        if is_off(SignalKind::hangup()) == Some(false) {
            kinds.push(SignalKind::hangup());
        }
        kinds.into_iter().map(signal).collect()
    }

    /// The signals that a process ignores, a bit each, as Linux tells them.
    fn ignored(status: &str) -> Option<u64> {
        let mut lines = status.lines();
        let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn linux_tells_what_is_ignored() {
            let status = "Name:\tcallrules\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001003\n";
            assert_eq!(super::ignored(status), Some(0x1003));
            assert_eq!(super::ignored("Name:\tcallrules\n"), None);
        }
    }
}

#[cfg(windows)]
mod signals {
    use std::io;

    use tokio::signal::windows::{CtrlC, ctrl_c};

    pub(super) fn listen() -> io::Result<Vec<CtrlC>> {
        Ok(vec![ctrl_c()?])
    }
}
