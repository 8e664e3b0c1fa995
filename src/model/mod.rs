//! What a configuration means.
//!
//! One normal form for each idea, so that two values are equal exactly when they mean the same to
//! a caller. Nothing here knows how the API says it; how YAML says it stands in [`words`] alone.
//!
//! The same types say what is wanted and what is there: a part that is `None` was not declared, or
//! does not exist on the account.

mod at;
mod catalogue;
mod conditions;
mod desired;
mod directory;
mod dispatching;
mod handling;
mod ignore;
mod meets;
mod rule;
mod schedule;
mod selector;
mod shard;
mod time;
pub mod words;

pub use at::At;
pub use catalogue::{Catalogue, GreetingPlace, NameList, Named, called, is_name};
pub use conditions::{CallerId, Conditions};
pub use desired::{DesiredRule, DesiredState, DesiredUser, Ownership, Prune};
pub use directory::{Directory, Extension, ExtensionId};
pub use dispatching::{
    App, CloudConnector, Destination, DispatchType, Dispatching, Greeting, Prompt, RingGroup,
    RingTarget, Screening,
};
pub use handling::{CallHandling, HeldRule, StateRule};
pub use ignore::NamePattern;
pub use rule::{Rule, State, StateId, StateSchedule};
pub use schedule::{Day, Schedule, Week};
pub use selector::Selector;
pub use shard::{NoShard, Shard};
pub use time::{DASHES, DateRange, DateTime, NotATime, TimeOfDay, TimeSpan};
