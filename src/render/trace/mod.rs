//! The trace of a call: which rule handles it, why, and where the call ends.

mod assumptions;
mod call_path;
mod destination;
mod json;
mod reasons;
mod text;

pub use assumptions::{TraceNote, assumption_notes};
pub use json::{SimulateDocument, TraceEntry, document};
pub use text::render_text;

pub(super) use assumptions::assumption_note;
pub(super) use json::trace_entries;
pub(super) use text::{heading, render_decision};

use super::humanize::YamlHumanizer;
use super::sanitize;
use crate::model::to_yaml::YamlWriter;
use crate::model::{AccountExtension, ExtensionDirectory, ExtensionId, NameIndex};
use crate::simulate::{CallTrace, ForwardedCall};

/// A trace with the names and notes that its output needs.
#[derive(Debug, Clone, Copy)]
pub struct TraceView<'a> {
    /// The trace of the call at the called user.
    pub trace: &'a CallTrace<'a>,
    /// The extensions that the call is forwarded to, in order.
    pub forwards: &'a [ForwardedCall<'a>],
    /// The names of users and queues.
    pub directory: &'a ExtensionDirectory,
    /// The names of greetings and devices.
    pub name_index: &'a NameIndex,
    /// The user's time zone, if it is known.
    pub time_zone: Option<&'a str>,
    /// Notes that don't come from the trace.
    pub extra_notes: &'a [TraceNote],
}

impl<'a> TraceView<'a> {
    /// Returns a humanizer with the names of this trace.
    pub(super) fn humanizer(&self) -> YamlHumanizer<'a> {
        YamlHumanizer {
            directory: self.directory,
            name_index: self.name_index,
        }
    }

    /// Returns a YAML writer that identifies extensions as the user's file does.
    pub(super) fn yaml_writer(&self) -> YamlWriter<'a> {
        YamlWriter::new(self.directory).with_names(self.name_index, &self.trace.known.user)
    }

    /// Returns the name and number of an extension, if both are known: `Alex Morgan · 101`.
    fn label(&self, id: &ExtensionId) -> String {
        match self.directory.by_id(id) {
            Some(AccountExtension {
                name,
                number: Some(number),
                ..
            }) if !name.is_empty() => format!("{} · {number}", sanitize::sanitize_inline(name)),
            Some(extension) => sanitize::sanitize_inline(extension.label()).into_owned(),
            None => id.to_string(),
        }
    }
}
