//! The domain model: what a configuration means.
//!
//! Each idea has one normal form, so that two values are equal exactly if they mean the same to a
//! caller. The model does not depend on the API's JSON; only [`to_yaml`] writes YAML.
//!
//! The same types describe desired and live configuration: a part that is `None` is not declared,
//! or does not exist on the account.

mod call_time;
mod conditions;
mod desired;
mod directory;
mod dispatching;
mod handling;
mod name_index;
mod name_pattern;
mod rule;
mod satisfies;
mod schedule;
mod selector;
mod shard;
mod time;
pub mod to_yaml;

pub use call_time::CallTime;
pub use conditions::{CallerId, RuleConditions};
pub use desired::{DesiredRule, DesiredState, DesiredUser, PrunePolicy, UnmanagedPolicy};
pub use directory::{AccountExtension, ExtensionDirectory, ExtensionId};
pub use dispatching::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, DispatchType,
    GreetingSetting, GreetingSource, RingGroup, RingTarget,
};
pub use handling::{CallHandling, LiveRule, StateRule};
pub use name_index::{
    GreetingUsage, NameIndex, NameListKey, NamedResource, find_by_name, is_valid_name,
};
pub use name_pattern::NamePattern;
pub use rule::{RuleDefinition, StateId, StateSchedule, StateSettings};
pub use schedule::{CallSchedule, DayOfWeek, WeeklyTimes};
pub use selector::UserSelector;
pub use shard::{ShardParseError, UserShard};
pub use time::{DateRange, LocalDateTime, RANGE_DASHES, TimeOfDay, TimeParseError, TimeSpan};
