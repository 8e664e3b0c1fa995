//! The terminal: standard output, standard error, prompts and progress. All output goes through
//! [`Ui`].

mod pager;
mod progress;
pub(crate) mod signals;

use std::borrow::Cow;
use std::error::Error as _;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};
use callrules::render::wrap::wrap;
use callrules::render::{diagnostics, sanitize};
use callrules::{InvalidConfiguration, RunError, RunErrorCause};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;
use terminal_size::{Height, Width, terminal_size_of};

pub(crate) use progress::ProgressArea;

use super::clock;

/// The output format of commands that print text or one JSON document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Human-readable text for a terminal
    Human,
    /// One JSON document, for scripts
    Json,
}

const ERROR_STYLE: Style = AnsiColor::Red.on_default().bold();
const HELP_STYLE: Style = AnsiColor::Cyan.on_default().bold();

/// The terminal of a run.
#[derive(Debug, Default)]
pub(crate) struct Ui {
    /// Whether long output may go through a pager.
    pub(crate) use_pager: bool,
    pub(crate) progress_area: ProgressArea,
}

#[expect(
    clippy::unused_self,
    reason = "commands print through the value that they are given"
)]
impl Ui {
    /// Writes a document for scripts to standard output, neither sanitized nor wrapped.
    pub(crate) fn print_raw(&self, text: &str) -> io::Result<()> {
        ignore_broken_pipe(anstream::stdout().lock().write_all(text.as_bytes()))
    }

    /// Writes a JSON document to standard output.
    pub(crate) fn print_json(&self, document: &impl Serialize) -> Result<(), RunError> {
        let text = serde_json::to_string_pretty(document)?;
        Ok(self.print_raw(&format!("{text}\n"))?)
    }

    /// Writes human-readable text to standard output, sanitized and wrapped to the terminal.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        self.print_raw(&fit_to_width(text, stdout_size()))
    }

    /// Writes human-readable text to standard output, through a pager if it exceeds the screen.
    pub(crate) fn print_paged(&self, text: &str) -> io::Result<()> {
        match stdout_size().filter(|_| self.use_pager) {
            Some(size) => pager::print_paged(self, text, size),
            None => self.print(text),
        }
    }

    /// Writes human-readable text to standard error, sanitized and wrapped to the terminal.
    pub(crate) fn status(&self, text: &str) -> io::Result<()> {
        status(text)
    }

    /// Writes human-readable text to standard error, ignoring errors: a closed standard error must
    /// not change the work or the exit code.
    pub(crate) fn try_status(&self, text: &str) {
        let _ = status(text);
    }

    /// Writes an error that doesn't end the run to standard error.
    pub(crate) fn error(&self, message: &str) -> io::Result<()> {
        self.status(&format!("error: {message}\n"))
    }

    /// Writes a warning to standard error.
    pub(crate) fn warning(&self, message: &str) -> io::Result<()> {
        self.status(&format!("warning: {message}\n"))
    }

    /// Writes a hint to standard error.
    pub(crate) fn hint(&self, message: &str) -> io::Result<()> {
        self.status(&format!("help: {message}\n"))
    }

    /// Prints results of writes to standard output, or to standard error if standard output is
    /// closed. Returns whether standard output has them.
    pub(crate) fn print_or_status(&self, text: &str, format: OutputFormat) -> bool {
        let text = match format {
            OutputFormat::Human => fit_to_width(text, stdout_size()),
            OutputFormat::Json => Cow::Borrowed(text),
        };
        let print = || {
            let mut stdout = anstream::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            stdout.flush()
        };
        let is_printed = print().is_ok();
        if !is_printed {
            self.try_status(&text);
        }
        is_printed
    }

    /// Returns whether a question can be answered.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Asks a question, and returns whether the answer is `yes`.
    ///
    /// The blocking read has its own thread, so that Ctrl-C works without answering first.
    pub(crate) async fn confirm(&self, question: String) -> io::Result<bool> {
        let (sender, answer) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let ask = || {
                status(&format!("{question} Type `yes` to confirm: "))?;
                read_confirmation(io::stdin().lock())
            };
            // The receiver is dropped if the run was canceled.
            let _ = sender.send(ask());
        });
        answer.await.unwrap_or(Ok(false))
    }

    /// Prints an error with its causes and hint to standard error, and returns the exit code 1.
    pub(crate) fn report_error(&self, error: RunError) -> ExitCode {
        let mut text = format!("{ERROR_STYLE}error{ERROR_STYLE:#}: {error}\n");
        let mut cause = error.source();
        while let Some(error) = cause {
            text += &format!("  caused by: {error}\n");
            cause = error.source();
        }
        if let Some(hint) = error.hint() {
            text += &format!("{HELP_STYLE}help{HELP_STYLE:#}: {hint}\n");
        }
        if let RunErrorCause::Configuration(InvalidConfiguration {
            mut diagnostics,
            file_count,
        }) = error.into_cause()
        {
            // Errors come before warnings; the sort keeps the order of files.
            diagnostics.sort_by_key(|diagnostic| !diagnostic.is_error());
            text = diagnostics::render_human(&diagnostics, file_count);
        }
        self.try_status(&text);
        ExitCode::from(1)
    }
}

/// Whether standard error has one JSON object per line. Set once, at the start of the run.
static USES_JSON_LINES: AtomicBool = AtomicBool::new(false);

/// Returns whether every line on standard error is a JSON object.
fn uses_json_lines() -> bool {
    USES_JSON_LINES.load(Ordering::Relaxed)
}

/// Makes every line on standard error a JSON object, as with `--log-format json`.
pub(crate) fn use_json_lines() {
    USES_JSON_LINES.store(true, Ordering::Relaxed);
}

/// Writes human-readable text to standard error, sanitized and wrapped to the terminal, or as one
/// JSON object in the form of the log lines.
fn status(text: &str) -> io::Result<()> {
    if uses_json_lines() {
        let message = strip_str(&sanitize::sanitize_text(text)).to_string();
        let line = json!({
            "timestamp": clock::now_rfc3339(),
            "level": match message.split([':', '[']).next() {
                Some("error") => "ERROR",
                Some("warning") => "WARN",
                _ => "INFO",
            },
            "fields": { "message": message.trim_end() },
            "target": "callrules",
        });
        return ignore_broken_pipe(writeln!(io::stderr().lock(), "{line}"));
    }
    let fitted = fit_to_width(text, terminal_size_of(io::stderr()));
    ignore_broken_pipe(anstream::stderr().lock().write_all(fitted.as_bytes()))
}

/// Returns the size of the terminal on standard output. `None` if it is not a terminal.
pub(crate) fn stdout_size() -> Option<(Width, Height)> {
    terminal_size_of(io::stdout())
}

/// Sanitizes human-readable text, and wraps it if there is a terminal.
pub(crate) fn fit_to_width(text: &str, terminal_size: Option<(Width, Height)>) -> Cow<'_, str> {
    let sanitized = sanitize::sanitize_text(text);
    match terminal_size {
        Some((Width(width), _)) => Cow::Owned(wrap(&sanitized, width.into())),
        None => sanitized,
    }
}

/// Treats a broken pipe as success: in `callrules plan | head`, `head` ends early.
fn ignore_broken_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Reads one line and returns whether it is `yes`. The end of input counts as no.
fn read_confirmation(mut input: impl BufRead) -> io::Result<bool> {
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmation_accepts_only_yes() {
        for yes in ["yes\n", "yes\r\n", " yes \nno\n", "yes"] {
            assert!(read_confirmation(yes.as_bytes()).unwrap(), "{yes:?}");
        }
        for no in ["", "\n", "y\n", "Yes\n", "no\n", "\nyes\n", "yes please\n"] {
            assert!(!read_confirmation(no.as_bytes()).unwrap(), "{no:?}");
        }
        assert!(read_confirmation(&b"\xff\n"[..]).is_err());
    }
}
