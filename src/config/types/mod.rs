//! The configuration files as typed by users.
//!
//! The doc comments of these types become the hover texts of editors and the reference of keys, so
//! they address a phone administrator. Unknown keys are errors. A key that is not set leaves that
//! part of the account unchanged.

mod allow;
mod calendar;
mod conditions;
mod contacts;
mod dispatching;
mod names;
mod scalars;
mod schedule;
mod settings;
mod shorthand;
mod tests;
mod user;

pub use allow::WarningName;
pub use calendar::{CalendarDates, CalendarDatesSpec, CalendarFile};
pub(super) use conditions::CONDITIONS_WITH_WORDS;
pub use conditions::{CallerIdForm, CallerIdSpec, ConditionState, ConditionsSpec};
pub use contacts::{ContactForm, ContactSpec, ContactsFile};
pub(super) use dispatching::ACTIONS_WITH_WORDS;
pub use dispatching::{
    CloudConnectorForm, DestinationForm, DestinationKeyword, DestinationSpec, DispatchTypeSpec,
    DispatchingSpec, GreetingForm, IntegrationSpec, PromptKeyword, PromptSpec, RingGroupSpec,
    RingTargetForm, RingTargetKeyword, RingTargetSpec, ScreeningForm, ScreeningResult,
    ScreeningSpec, ScreeningWhen, VoicemailForm,
};
pub use names::{DeviceRef, PersonRef, PresetRef};
pub(super) use names::{differ, is_id};
pub use scalars::{
    AccountId, AnyText, DateOrTime, Email, ExtensionNumber, FileName, GreetingId, Id, PhoneNumber,
    PhonePrefix, SpanText,
};
pub use schedule::{DateRangeForm, DateRangeSpec, DaysKey, ScheduleSpec, SpanList, WeeklySpans};
pub use settings::{PruneSetting, RepositorySettings};
pub use shorthand::{OneOrMany, RawJson, Shorthand};
pub use tests::{CallTimeText, ExpectationSpec, TestCall, TestFile, TestRow, TestSpec, UserRef};
pub use user::{
    InteractionRuleSpec, StateScheduleKeyword, StateScheduleSpec, StateSpec, StatesSpec, UserFile,
};
