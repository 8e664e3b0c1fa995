//! The `callrules` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    callrules::cli::run()
}
