//! The `callrules` program.
fn main() {}
