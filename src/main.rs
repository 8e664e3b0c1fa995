//! The `callrules` program: parses the command line, runs the command, returns the exit code.

mod cli;

use std::process::ExitCode;

/// Runs make many small allocations and free most of them on another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
