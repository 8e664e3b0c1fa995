//! Shows long output in a pager if standard output is a terminal.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use terminal_size::{Height, Width};

use super::{Ui, fit_to_width, ignore_broken_pipe};

/// Writes human-readable text to standard output, through a pager if it exceeds the screen.
pub(super) fn print_paged(
    ui: &Ui,
    text: &str,
    (width, Height(height)): (Width, Height),
) -> io::Result<()> {
    let fitted = fit_to_width(text, Some((width, Height(height))));
    // The prompt of the shell needs a line too.
    let exceeds_screen = fitted.lines().count() >= height.into();
    let words = pager_command(|name| std::env::var(name).ok()).filter(|_| exceeds_screen);
    let Some([program, arguments @ ..]) = words.as_deref() else {
        return ui.print_raw(&fitted);
    };
    let mut pager = Command::new(program);
    pager.args(arguments).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // The defaults of git: quit if the text fits on the screen, keep colors, don't clear the
        // screen.
        pager.env("LESS", "FRX");
    }
    let Ok(mut pager) = pager.spawn() else {
        return ui.print_raw(&fitted);
    };
    // Ctrl-C must not end this process while the pager runs, because then the pager and the shell
    // would both read from the terminal.
    let ignore_ctrl_c = tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let output = match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => strip_str(&fitted).to_string(),
        _ => fitted.into_owned(),
    };
    let write_result = match pager.stdin.take() {
        Some(mut input) => ignore_broken_pipe(input.write_all(output.as_bytes())),
        None => Ok(()),
    };
    // The exit status of the pager is irrelevant.
    let wait_result = pager.wait();
    ignore_ctrl_c.abort();
    write_result.and(wait_result.map(|_| ()))
}

/// Returns the pager and its arguments. `None` if no pager should be used.
fn pager_command(variable: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let is_ci = variable("CI").is_some_and(|value| !value.is_empty());
    if is_ci || variable("TERM").is_some_and(|term| term == "dumb") {
        return None;
    }
    let command = variable("CALLRULES_PAGER").or_else(|| variable("PAGER"));
    let words = shlex::split(command.as_deref().unwrap_or("less"))?;
    (!words.is_empty() && words != ["cat"]).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pager_for(variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        };
        pager_command(variable).map_or("none".to_owned(), |words| words.join("|"))
    }

    #[test]
    fn callrules_pager_overrides_pager() {
        for (variables, pager) in [
            (&[][..], "less"),
            (&[("PAGER", "most")], "most"),
            (
                &[("PAGER", "most"), ("CALLRULES_PAGER", "less -S")],
                "less|-S",
            ),
            (&[("CALLRULES_PAGER", "'my pager' --all")], "my pager|--all"),
        ] {
            assert_eq!(pager_for(variables), pager);
        }
    }

    #[test]
    fn pager_is_off_for_empty_value_cat_ci_and_dumb_terminal() {
        for variables in [
            &[("PAGER", "most"), ("CALLRULES_PAGER", "")][..],
            &[("CALLRULES_PAGER", "cat")],
            &[("PAGER", "")],
            &[("CI", "true")],
            &[("TERM", "dumb")],
            &[("PAGER", "it's not closed")],
        ] {
            assert_eq!(pager_for(variables), "none", "{variables:?}");
        }
        assert_eq!(pager_for(&[("CI", ""), ("TERM", "xterm")]), "less");
    }
}
