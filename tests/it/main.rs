//! Behaviour, over real HTTP against the sandbox.

mod client;
