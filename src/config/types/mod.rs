//! The configuration files as typed by users.
//!
//! The doc comments of these types become the hover texts of editors and the reference of keys, so
//! they address a phone administrator. Unknown keys are errors. A key that is not set leaves that
//! part of the account unchanged.

mod conditions;
pub(super) mod constraints;
mod dispatching;
mod names;
mod number_help;
mod scalars;
mod schedule;
mod settings;
mod shorthand;
mod test_files;
mod time_help;
mod user;

pub(super) use conditions::CONDITION_TYPES_WITH_KEYS;
pub use conditions::{
    CallerIdForm, CallerIdSpec, ConditionState, ConditionsSpec, ContactForm, ContactSpec,
    ContactsFile,
};
pub(super) use dispatching::ACTION_TYPES_WITH_KEYS;
pub use dispatching::{
    CloudConnectorForm, DestinationForm, DestinationKeyword, DestinationSpec, DispatchTypeSpec,
    DispatchingSpec, GreetingForm, IntegrationSpec, PromptKeyword, PromptSpec, RingGroupSpec,
    RingTargetForm, RingTargetKeyword, RingTargetSpec, ScreeningForm, ScreeningResult,
    ScreeningSpec, ScreeningWhen, VoicemailForm,
};
pub use names::{DeviceRef, ExtensionRef, PresetRef};
pub(super) use names::{differ, is_id};
pub(super) use scalars::is_email;
pub use scalars::{
    AccountId, AnyText, DateOrTime, Email, ExtensionNumber, FileName, GreetingId, Id, PhoneNumber,
    PhonePrefix, SpanText, WholeDay,
};
pub use schedule::{
    CalendarDates, CalendarDatesSpec, CalendarFile, DateRangeForm, DateRangeSpec, DaysKey,
    ScheduleSpec, SpanList, WeeklySpans,
};
pub use settings::{
    LimitSettings, PruneSetting, RepositorySettings, UnmanagedUsersSetting, WarningName,
};
pub use shorthand::{OneOrMany, RawJson, Shorthand};
pub use test_files::{
    CallTimeText, ExpectationSpec, LoadedTests, TestCall, TestFile, TestRow, TestSpec, UserRef,
};
pub use user::{
    InteractionRuleSpec, LoadedUser, StateScheduleKeyword, StateScheduleSpec, StateSpec,
    StatesSpec, UserFile,
};
