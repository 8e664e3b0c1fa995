//! The domain model: what a configuration means.
//!
//! Times and schedules have one normal form. Names and numbers are compared by their keys
//! ([`name_key`], [`number_key`]), and lists whose order has no meaning keep the order that they
//! were written or read in. So a live value is compared with a declaration by encoding the
//! declaration over it (`reconcile::merge`), not by equality.
//!
//! The model does not depend on the API's JSON; only [`to_yaml`] writes YAML.
//!
//! The same types describe desired and live configuration: a part that is `None` is not declared,
//! or does not exist on the account.

mod call_time;
mod desired;
mod directory;
mod dispatching;
mod lookalikes;
mod name_index;
mod normal_form;
mod rule;
mod schedule;
mod selector;
mod similarity;
mod state_capabilities;
mod time;
pub mod to_yaml;

pub use call_time::CallTime;
pub use desired::{DesiredRule, DesiredState, DesiredUser, PrunePolicy, UnmanagedPolicy};
pub(crate) use directory::numeric_order;
pub use directory::{AccountExtension, ExtensionDirectory, ExtensionId};
pub use dispatching::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, DispatchType,
    GreetingSetting, GreetingSource, RingGroup, RingTarget,
};
pub use lookalikes::{code_point, find_foreign_letter, find_invisible, is_invisible, joins};
pub use name_index::{
    GreetingUsage, NameIndex, NameListKey, NamedResource, find_by_name, is_valid_name,
};
pub use normal_form::{is_cut_name, name_key, number_key};
pub use rule::{
    CallHandling, CallerId, RuleConditions, RuleDefinition, StateId, StateRule, StateSchedule,
    StateSettings, UserRule,
};
pub use schedule::{CallSchedule, DayOfWeek, WeeklyTimes};
pub use selector::{NamePattern, UserSelector};
pub use similarity::{is_similar, max_typos, typo_count};
pub use state_capabilities::{ALL_STATES, AllowedSchedules, NO_ENABLED_SWITCH, StateCapabilities};
pub use time::{DateRange, LocalDateTime, RANGE_DASHES, TimeOfDay, TimeParseError, TimeSpan};
