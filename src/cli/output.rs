//! The one way to the two streams.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;
use terminal_size::{Height, Width, terminal_size_of};

use crate::render::shown;
use crate::render::wrap::wrap;

/// For whom something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For eyes
    Human,
    /// For scripts
    Json,
}

/// Writes to standard output, as it is: documents for scripts.
pub(super) fn out(text: &str) -> io::Result<()> {
    quiet(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Writes text for people to standard output, as it can be shown there.
pub(super) fn tell(text: &str) -> io::Result<()> {
    out(&fitted(text, screen()))
}

/// Writes text for people to standard error, as it can be shown there.
pub(super) fn err(text: &str) -> io::Result<()> {
    let text = fitted(text, terminal_size_of(io::stderr()));
    quiet(anstream::stderr().lock().write_all(text.as_bytes()))
}

/// Tells what became of writes: on standard output, or on standard error where that is gone.
pub(super) fn outcome(text: &str, format: Format) {
    let text = match format {
        Format::Human => fitted(text, screen()),
        Format::Json => Cow::Borrowed(text),
    };
    let told = || {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    };
    if told().is_err() {
        remark(&text);
    }
}

/// Writes text to standard error, if anybody is there.
pub(super) fn remark(text: &str) {
    // The work and the exit code do not depend on who listens.
    let _ = err(text);
}

/// The terminal that standard output is, where it is one.
pub(super) fn screen() -> Option<(Width, Height)> {
    terminal_size_of(io::stdout())
}

/// Text for people, with nothing in it that steers the terminal, and in lines that fit into it.
pub(super) fn fitted(text: &str, screen: Option<(Width, Height)>) -> Cow<'_, str> {
    let text = shown::text(text);
    match screen {
        Some((Width(width), _)) => Cow::Owned(wrap(&text, width.into())),
        None => text,
    }
}

/// A reader that has seen enough (`callrules plan | head`) is no error.
pub(super) fn quiet(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
