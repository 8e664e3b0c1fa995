//! Behaviour, over real HTTP.

mod client;
mod contract;
mod docs;
mod sandbox;
