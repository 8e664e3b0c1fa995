//! The `callrules` program: parse, run, exit code.

use std::process::ExitCode;

/// A run asks for many small pieces of memory, and gives most of them back on another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    callrules::cli::run()
}
