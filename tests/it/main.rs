//! Behaviour, over real HTTP.

mod client;
mod contract;
mod sandbox;
