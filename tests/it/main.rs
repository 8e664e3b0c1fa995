//! Behaviour, over real HTTP.

mod client;
mod contract;
mod editor;
mod sandbox;
mod schema;
