//! Ctrl-C and SIGTERM while something is written: not at once, but soon and in order.

use std::io;

use tokio_util::sync::CancellationToken;

use super::output;

/// From here on a signal does not end the program by itself: it is told, and passed on to `stopper`, by
/// which all work ends soon.
pub(super) fn in_order(stopper: CancellationToken) -> io::Result<()> {
    let signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.any().await;
        stopper.cancel();
        // Where standard error is gone the work ends all the same.
        let _ = output::err("Stopping: what is under way is finished, and nothing more is sent.\n");
    });
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on they do not end the program by themselves.
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn any(mut self) {
        self.0.recv().await;
    }
}
