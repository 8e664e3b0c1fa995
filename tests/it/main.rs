//! Behaviour, over real HTTP against the sandbox.

mod contract;
mod sandbox;
