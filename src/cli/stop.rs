//! Ctrl-C and SIGTERM while something is written: not at once, but soon and in order.

use std::io;

use tokio_util::sync::CancellationToken;

use super::output;

/// Carries work out to its end. A signal to stop is passed on to `stopper`, and the work ends by itself.
pub(super) async fn in_order<T>(
    stopper: CancellationToken,
    work: impl Future<Output = T>,
) -> io::Result<T> {
    let signals = Signals::listen()?;
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return Ok(done),
        () = signals.any() => stopper.cancel(),
    }
    output::err("Stopping: what is under way is finished, and nothing more is sent.\n")?;
    Ok(work.await)
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
