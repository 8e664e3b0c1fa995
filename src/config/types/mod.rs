//! What a person types.
//!
//! The doc comments of these types are the hover texts of an editor: they speak to the person who
//! keeps the files. Keys that are not listed are mistakes; a key that is not written leaves that part
//! of the account as it is.

mod allow;
mod calendar;
mod conditions;
mod contacts;
mod dispatching;
mod names;
mod schedule;
mod settings;
mod shape;
mod tests;
mod text;
mod user;

pub use allow::WarningName;
pub use calendar::{Calendar, CalendarDates, CalendarDatesSpec};
pub(super) use conditions::CONDITIONS_WITH_WORDS;
pub use conditions::{CallerIdForm, CallerIdSpec, ConditionState, Conditions};
pub use contacts::{ContactForm, ContactSpec, Contacts};
pub(super) use dispatching::ACTIONS_WITH_WORDS;
pub use dispatching::{
    CloudConnectorForm, DestinationForm, DestinationSpec, DestinationWord, DispatchType,
    Dispatching, GreetingForm, Integration, PromptSpec, PromptWord, RingGroup, RingTargetForm,
    RingTargetSpec, RingTargetWord, ScreeningForm, ScreeningResult, ScreeningSpec, ScreeningWhen,
    VoicemailForm,
};
pub use names::{DeviceRef, PersonRef, PresetRef};
pub(super) use names::{differ, is_id};
pub use schedule::{DateRangeForm, DateRangeSpec, DaysKey, Schedule, Spans, Weekly};
pub use settings::{Prune, Settings};
pub use shape::{Api, OneOrMany, Shape};
pub use tests::{CallTime, Expectation, Test, TestCall, TestFile, TestRow, UserRef};
pub use text::{
    AccountId, AnyText, DateOrTime, Email, ExtensionNumber, FileName, GreetingId, Id, PhoneNumber,
    PhonePrefix, SpanText,
};
pub use user::{InteractionRule, State, StateScheduleSpec, StateScheduleWord, States, UserFile};
