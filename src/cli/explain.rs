//! `callrules explain`

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValue;
use terminal_size::Width;

use super::error::Error;
use super::offered::Offered;
use super::{Global, help, output};
use crate::diagnostic::Code;
use crate::render::pages;
use crate::render::wrap::wrap;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code of a warning or error, such as `W0102`, or its name, such as `shadowed`
    ///
    /// May be repeated. Without one, all codes are listed.
    #[arg(value_name = "CODE", value_parser = CODES, hide_possible_values = true)]
    codes: Vec<Code>,
}

/// A shell offers the codes, and says what each is.
const CODES: Offered<Code> = Offered {
    read: code,
    offers: || {
        let all = Code::ALL.iter();
        all.map(|code| {
            PossibleValue::new(code.as_str()).help(code.sentence().trim_end_matches('.'))
        })
        .collect()
    },
};

fn code(text: &str) -> Result<Code, String> {
    Code::find(text).ok_or_else(|| "`callrules explain` lists all codes and their names".to_owned())
}

pub(super) fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let screen = output::screen();
    let told = |code: &Code| {
        let section = format!("{}\n", pages::section(*code));
        match screen {
            Some(_) => pages::unfenced(&pages::flowing(&section)),
            None => pages::unfenced(&section),
        }
    };
    let text = match &arguments.codes[..] {
        [] => pages::all(),
        codes => codes.iter().map(told).collect::<Vec<_>>().join("\n"),
    };
    match screen {
        Some((Width(width), _)) => global.page(&wrap(&text, width.min(help::WIDEST).into()))?,
        None => output::out(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
