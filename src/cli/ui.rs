//! Writes to standard output and standard error. All other modules print through this one.

use std::borrow::Cow;
use std::io::{self, Write};

use clap::ValueEnum;
use terminal_size::{Height, Width, terminal_size_of};

use crate::render::sanitize;
use crate::render::wrap::wrap;

/// The output format of commands that print text or one JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Human-readable text for a terminal
    Human,
    /// One JSON document, for scripts
    Json,
}

/// Writes a document for scripts to standard output, neither sanitized nor wrapped.
pub(super) fn print_raw(text: &str) -> io::Result<()> {
    ignore_broken_pipe(anstream::stdout().lock().write_all(text.as_bytes()))
}

/// Writes human-readable text to standard output, sanitized and wrapped to the terminal.
pub(super) fn print(text: &str) -> io::Result<()> {
    print_raw(&fit_to_width(text, stdout_size()))
}

/// Writes human-readable text to standard error, sanitized and wrapped to the terminal.
pub(super) fn status(text: &str) -> io::Result<()> {
    let text = fit_to_width(text, terminal_size_of(io::stderr()));
    ignore_broken_pipe(anstream::stderr().lock().write_all(text.as_bytes()))
}

/// Prints results of writes to standard output, or to standard error if standard output is closed.
pub(super) fn print_or_status(text: &str, format: OutputFormat) {
    let text = match format {
        OutputFormat::Human => fit_to_width(text, stdout_size()),
        OutputFormat::Json => Cow::Borrowed(text),
    };
    let print = || {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    };
    if print().is_err() {
        status_best_effort(&text);
    }
}

/// Writes human-readable text to standard error, ignoring errors.
pub(super) fn status_best_effort(text: &str) {
    // A closed standard error must not change the work or the exit code.
    let _ = status(text);
}

/// Returns the size of the terminal on standard output. `None` if it is not a terminal.
pub(super) fn stdout_size() -> Option<(Width, Height)> {
    terminal_size_of(io::stdout())
}

/// Sanitizes human-readable text, and wraps it if there is a terminal.
pub(super) fn fit_to_width(text: &str, terminal_size: Option<(Width, Height)>) -> Cow<'_, str> {
    let sanitized = sanitize::sanitize_text(text);
    match terminal_size {
        Some((Width(width), _)) => Cow::Owned(wrap(&sanitized, width.into())),
        None => sanitized,
    }
}

/// Treats a broken pipe as success: in `callrules plan | head`, `head` ends early.
pub(super) fn ignore_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
