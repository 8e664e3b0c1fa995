//! Access to an account. Reading and writing are two traits, so that code that plans cannot write.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use serde_json::Value;

pub use super::change::{WriteMethod, WriteRequest};
use crate::api::{InteractionRuleRecord, StateRuleRecord};
use crate::model::{ExtensionDirectory, ExtensionId, GreetingUsage, NamedResource};

/// The devices of an account by their extension.
pub type DeviceLists = Arc<HashMap<ExtensionId, Vec<NamedResource>>>;

/// Reads the directory, rules, states and name lists of an account.
pub trait AccountReader {
    /// The error of a failed read.
    type Error: std::error::Error + Clone + Send + Sync + 'static;

    /// Returns the id of the account that the credentials belong to.
    fn account_id(&self) -> impl Future<Output = Result<String, Self::Error>>;

    /// Returns all extensions of the account.
    fn directory(&self) -> impl Future<Output = Result<ExtensionDirectory, Self::Error>>;

    /// Returns the standard greetings for one usage.
    fn greetings(
        &self,
        usage: GreetingUsage,
    ) -> impl Future<Output = Result<Vec<NamedResource>, Self::Error>>;

    /// Returns the devices of all extensions that have any. They are read at most once.
    fn devices(&self) -> impl Future<Output = Result<DeviceLists, Self::Error>>;

    /// Returns a user's interaction rules, each with its dispatching.
    fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> impl Future<Output = Result<Vec<InteractionRuleRecord>, Self::Error>>;

    /// Returns a user's state rules, each with its state and schedule.
    fn state_rules(
        &self,
        user: &ExtensionId,
    ) -> impl Future<Output = Result<Vec<StateRuleRecord>, Self::Error>>;
}

/// Writes rules and states of an account.
pub trait AccountWriter {
    /// The error of a failed write.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Sends one request and returns the response body, if there is one.
    fn send(
        &self,
        request: &WriteRequest,
    ) -> impl Future<Output = Result<Option<Value>, Self::Error>>;

    /// Returns whether a write with this error may have succeeded nevertheless.
    fn is_outcome_unknown(error: &Self::Error) -> bool;

    /// Returns whether the request was not sent because the run is canceled. No later request is
    /// sent either.
    fn is_canceled(error: &Self::Error) -> bool;

    /// Returns whether the request was not sent because the service cannot be used for a long time,
    /// such as during a long penalty. No later request is sent either.
    fn is_retry_later(error: &Self::Error) -> bool;

    /// Returns whether the request was not carried out because the account stayed locked for longer
    /// than a run waits. No later write is sent either.
    fn is_lock_timeout(error: &Self::Error) -> bool;

    /// Waits before the next lookup of a write with this error, after `lookups` lookups without a
    /// result. Returns false if the write had enough time to arrive, so that another lookup is
    /// useless.
    fn delay_before_lookup(&self, error: &Self::Error, lookups: u32) -> impl Future<Output = bool>;

    /// Returns whether a write with this error may still complete later.
    fn may_complete_late(error: &Self::Error) -> bool;

    /// Waits until requests without a response had enough time to complete.
    fn wait_for_in_flight(&self) -> impl Future<Output = ()>;
}

/// The error type of an account.
pub type AccountErrorOf<A> = <A as AccountReader>::Error;

/// An account for reading and writing with one error type.
pub trait ReadWriteAccount:
    AccountReader + AccountWriter<Error = <Self as AccountReader>::Error>
{
}

impl<A> ReadWriteAccount for A where
    A: AccountReader + AccountWriter<Error = <A as AccountReader>::Error>
{
}

/// Returns whether a text is safe as one segment of a path. Ids come from the service and from
/// files that anyone may edit.
pub fn is_path_segment(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"/?#%\\".contains(c);
    !matches!(text, "" | "." | "..") && text.chars().all(plain)
}
