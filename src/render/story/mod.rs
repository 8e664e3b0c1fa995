//! The story of a call: which rule takes it, why, and where it ends.

mod because;
mod json;
mod note;
mod text;
mod way;

pub use json::json;
pub use note::{Note, notes};
pub use text::text;

pub(super) use json::trace;
pub(super) use note::note;
pub(super) use text::{decision, heading};

use super::say::Say;
use super::shown;
use crate::model::words::Words;
use crate::model::{Catalogue, Directory, Extension, ExtensionId};
use crate::simulate::{Hop, Story};

/// A story with all that it takes to tell it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The story.
    pub story: &'a Story<'a>,
    /// Where the call goes on to.
    pub hops: &'a [Hop<'a>],
    /// The names of people and queues.
    pub directory: &'a Directory,
    /// The names of greetings and devices.
    pub catalogue: &'a Catalogue,
    /// The user's time zone, where it is known.
    pub zone: Option<&'a str>,
    /// What else is to be noted of the call.
    pub remarks: &'a [Note],
}

impl<'a> Told<'a> {
    pub(super) fn say(&self) -> Say<'a> {
        Say {
            directory: self.directory,
            catalogue: self.catalogue,
        }
    }

    pub(super) fn words(&self) -> Words<'a> {
        Words::new(self.directory).with_names(self.catalogue, &self.story.known.user)
    }

    fn person(&self, id: &ExtensionId) -> Option<&'a Extension> {
        self.directory.by_id(id)
    }

    /// How somebody is called, with name and number where both are known: `Alex Morgan · 101`.
    fn label(&self, id: &ExtensionId) -> String {
        match self.person(id) {
            Some(Extension {
                name,
                number: Some(number),
                ..
            }) if !name.is_empty() => format!("{} · {number}", shown::name(name)),
            Some(extension) => shown::name(extension.label()).into_owned(),
            None => id.to_string(),
        }
    }
}
