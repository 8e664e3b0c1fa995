//! A value parser for clap that also suggests values for shell completion.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, Error};

/// A function that parses a value, and one that returns the values that a shell completes.
#[derive(Clone)]
pub(crate) struct CompletableParser<T> {
    pub(crate) parse: fn(&str) -> Result<T, String>,
    pub(crate) suggestions: fn() -> Vec<PossibleValue>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for CompletableParser<T> {
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, text: &OsStr) -> Result<T, Error> {
        self.parse.parse_ref(command, arg, text)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.suggestions)().into_iter()))
    }
}
