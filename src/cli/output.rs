//! The one way to the two streams.

use std::io::{self, Write};

use clap::ValueEnum;

/// For whom something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For eyes
    Human,
    /// For scripts
    Json,
}

/// Writes text to standard output, without styles where they cannot be shown.
pub(super) fn out(text: &str) -> io::Result<()> {
    quiet(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Writes text to standard error, without styles where they cannot be shown.
pub(super) fn err(text: &str) -> io::Result<()> {
    quiet(anstream::stderr().lock().write_all(text.as_bytes()))
}

/// Tells what became of writes: on standard output, or on standard error where that is gone.
pub(super) fn outcome(text: &str) {
    let told = || {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    };
    if told().is_err() {
        remark(text);
    }
}

/// Writes text to standard error, if anybody is there.
pub(super) fn remark(text: &str) {
    // The work and the exit code do not depend on who listens.
    let _ = err(text);
}

/// A reader that has seen enough (`callrules plan | head`) is no error.
fn quiet(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
