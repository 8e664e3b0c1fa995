//! What the engine needs of an account: reading and writing are two traits, so that what plans
//! cannot write.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Directory, ExtensionId, GreetingPlace, Named};
use crate::wire::{InteractionRule, StateRule};

/// Reads an account.
pub trait Read {
    /// Why something could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The id of the account that the credentials open.
    fn account_id(&self) -> impl Future<Output = Result<String, Self::Error>>;

    /// Every extension of the account.
    fn directory(&self) -> impl Future<Output = Result<Directory, Self::Error>>;

    /// The standard greetings for one place.
    fn greetings(
        &self,
        place: GreetingPlace,
    ) -> impl Future<Output = Result<Vec<Named>, Self::Error>>;

    /// The devices of an extension.
    fn devices(&self, owner: &ExtensionId)
    -> impl Future<Output = Result<Vec<Named>, Self::Error>>;

    /// A user's interaction rules, each with its dispatching.
    fn interaction_rules(
        &self,
        user: &ExtensionId,
    ) -> impl Future<Output = Result<Vec<InteractionRule>, Self::Error>>;

    /// A user's state rules, each with its state and that state's schedule.
    fn state_rules(
        &self,
        user: &ExtensionId,
    ) -> impl Future<Output = Result<Vec<StateRule>, Self::Error>>;
}

/// Writes to an account.
pub trait Write {
    /// Why a write did not succeed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Carries out one request; gives the body of the answer where there is one.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Option<Value>, Self::Error>>;

    /// Whether a write that failed so may have been carried out all the same.
    fn is_unclear(error: &Self::Error) -> bool;

    /// Whether nothing was sent because the run was stopped before. It is so for all that follows.
    fn is_stop(error: &Self::Error) -> bool;

    /// Whether nothing was sent, and nothing will be for long, though nobody stopped the run. It is so for
    /// all that follows.
    fn is_shut(error: &Self::Error) -> bool;

    /// Waits before somebody looks for what came of a write that failed so, after so many looks that found
    /// nothing. False where no further look is worth it: what could still arrive has had the time to.
    fn wait_to_look(&self, error: &Self::Error, looks: u32) -> impl Future<Output = bool>;

    /// Whether a write that failed so may be carried out even later.
    fn may_still_land(error: &Self::Error) -> bool;

    /// Waits until what was sent before, and given up, has had its time to arrive.
    fn wait_for_the_late(&self) -> impl Future<Output = ()>;
}

/// Why a call on an account failed.
pub type ErrorOf<A> = <A as Read>::Error;

/// An account that is read again before it is written, and fails in one way.
pub trait Account: Read + Write<Error = <Self as Read>::Error> {}

impl<A> Account for A where A: Read + Write<Error = <A as Read>::Error> {}

/// One write, as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The path below the server's address, beginning with `/restapi`.
    pub path: String,
    /// The complete body; none for a delete.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Value>,
}

/// The verbs that change something. PUT is not one of these resources' verbs \[spec\].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Creates an interaction rule.
    Post,
    /// Replaces a rule or a state.
    Patch,
    /// Deletes an interaction rule.
    Delete,
}

/// Whether a text can stand between two slashes of a path and lead nowhere else. Ids come from the
/// service, and from files that people may edit.
pub fn is_segment(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"/?#%\\".contains(c);
    !matches!(text, "" | "." | "..") && text.chars().all(plain)
}
