//! Long texts go through a pager, where somebody sits at a terminal.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use terminal_size::Height;

use super::output::{self, fitted, quiet, screen};

/// Writes text for people to standard output, through a pager where it is longer than the screen.
pub(super) fn page(text: &str, is_wanted: bool) -> io::Result<()> {
    let Some((width, Height(height))) = screen().filter(|_| is_wanted) else {
        return output::tell(text);
    };
    let text = fitted(text, Some((width, Height(height))));
    // The prompt of the shell takes a line too.
    let is_long = text.lines().count() >= height.into();
    let words = words(|name| std::env::var(name).ok()).filter(|_| is_long);
    let Some([program, arguments @ ..]) = words.as_deref() else {
        return output::out(&text);
    };
    let mut pager = Command::new(program);
    pager.args(arguments).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // As git has it: it ends where all fits on the screen, keeps colours, and leaves the text there.
        pager.env("LESS", "FRX");
    }
    let Ok(mut pager) = pager.spawn() else {
        return output::out(&text);
    };
    // Ctrl-C is for the pager, which the terminal would otherwise be left to. It ends the program again
    // nowhere after this: what follows is short.
    let deaf = tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
    let text = match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text.into_owned(),
    };
    let written = match pager.stdin.take() {
        Some(mut input) => quiet(input.write_all(text.as_bytes())),
        None => Ok(()),
    };
    // However it ended, its end is what was waited for.
    let ended = pager.wait();
    deaf.abort();
    written.and(ended.map(|_| ()))
}

/// The pager and its arguments; none where none is wanted.
fn words(variable: impl Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let is_ci = variable("CI").is_some_and(|value| !value.is_empty());
    if is_ci || variable("TERM").is_some_and(|term| term == "dumb") {
        return None;
    }
    let said = variable("CALLRULES_PAGER").or_else(|| variable("PAGER"));
    let words = shlex::split(said.as_deref().unwrap_or("less"))?;
    (!words.is_empty() && words != ["cat"]).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            let mut variables = variables.iter();
            variables
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        words(variable).map_or("none".to_owned(), |words| words.join("|"))
    }

    #[test]
    fn our_own_variable_goes_before_the_usual_one() {
        for (variables, pager) in [
            (&[][..], "less"),
            (&[("PAGER", "most")], "most"),
            (
                &[("PAGER", "most"), ("CALLRULES_PAGER", "less -S")],
                "less|-S",
            ),
            (&[("CALLRULES_PAGER", "'my pager' --all")], "my pager|--all"),
        ] {
            assert_eq!(chosen(variables), pager);
        }
    }

    #[test]
    fn there_is_none_where_none_is_wanted() {
        for variables in [
            &[("PAGER", "most"), ("CALLRULES_PAGER", "")][..],
            &[("CALLRULES_PAGER", "cat")],
            &[("PAGER", "")],
            &[("CI", "true")],
            &[("TERM", "dumb")],
            &[("PAGER", "it's not closed")],
        ] {
            assert_eq!(chosen(variables), "none", "{variables:?}");
        }
        assert_eq!(chosen(&[("CI", ""), ("TERM", "xterm")]), "less");
    }
}
