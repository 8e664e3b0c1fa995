//! `callrules explain`: explains warnings and errors.

use std::process::ExitCode;

use clap::Args;
use clap::builder::PossibleValue;
use terminal_size::Width;

use crate::cli::args::completable::CompletableParser;
use crate::cli::context::CommandContext;
use crate::cli::help::{self, CommandHelp};
use crate::cli::ui;
use callrules::RunError;
use callrules::diagnostic::DiagnosticCode;
use callrules::render::code_docs;
use callrules::render::wrap::wrap;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# List all codes
callrules explain

# Explain codes, given by code or by name
callrules explain W0102
callrules explain shadowed expired",
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ExplainArgs {
    /// The code of a warning or error, such as `W0102`, or its name, such as `shadowed`
    ///
    /// May be repeated. Without a code, all codes are listed.
    #[arg(value_name = "CODE", value_parser = CODE_PARSER, hide_possible_values = true)]
    codes: Vec<DiagnosticCode>,
}

/// Parses a code or name. A shell completes the codes, each with its summary.
const CODE_PARSER: CompletableParser<DiagnosticCode> = CompletableParser {
    parse: parse_code,
    suggestions: || {
        DiagnosticCode::ALL
            .iter()
            .map(|code| {
                PossibleValue::new(code.as_str()).help(code.description().trim_end_matches('.'))
            })
            .collect()
    },
};

/// Parses a code such as `W0102`, or a name such as `shadowed`.
fn parse_code(text: &str) -> Result<DiagnosticCode, String> {
    DiagnosticCode::find(text)
        .ok_or_else(|| "run `callrules explain` to list all codes and names".to_owned())
}

pub(crate) fn run(context: &CommandContext, arguments: &ExplainArgs) -> Result<ExitCode, RunError> {
    let terminal_size = ui::stdout_size();
    let render = |code: &DiagnosticCode| {
        let section = format!("{}\n", code_docs::section_for(*code));
        match terminal_size {
            Some(_) => code_docs::indent_fences(&code_docs::reflow(&section)),
            None => code_docs::indent_fences(&section),
        }
    };
    let text = match &arguments.codes[..] {
        [] => code_docs::list_codes(),
        codes => codes.iter().map(render).collect::<Vec<_>>().join("\n"),
    };
    match terminal_size {
        Some((Width(width), _)) => {
            context
                .ui
                .print_paged(&wrap(&text, width.min(help::MAX_WIDTH).into()))?;
        }
        None => context.ui.print_raw(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
