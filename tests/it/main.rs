//! Behaviour, over real HTTP.

mod client;
mod contract;
mod docs;
mod examples;
mod generate;
mod properties;
mod reconcile;
mod sandbox;
mod support;
mod validate;
