//! Resolves standard greetings and devices by id or name.

use std::collections::BTreeSet;

use super::FileResolver;
use super::closest_names::closest_names;
use super::extensions::resolve_owner;
use crate::config::types::{DeviceRef, PresetRef, UserFile, is_id};
use crate::config::{ConfigFinding, ReferencedFiles};
use crate::diagnostic::DiagnosticCode;
use crate::model::{
    AccountExtension, ExtensionDirectory, ExtensionId, GreetingUsage, NameIndex, NameListKey,
    NamedResource, find_by_name,
};
use crate::yaml::YamlPath;

/// Returns the lists of greetings and devices that a file needs to be resolved. A file that uses
/// only ids needs none.
pub fn name_lists(
    file: &UserFile,
    shared: &ReferencedFiles,
    directory: &ExtensionDirectory,
) -> BTreeSet<NameListKey> {
    let empty_index = NameIndex::default();
    let mut resolver = FileResolver::new(shared, directory, &empty_index, None);
    resolver.owner = resolve_owner(file, directory);
    resolver.resolve_dispatchings(file);
    resolver.missing_lists.into_keys().collect()
}

impl FileResolver<'_> {
    pub(super) fn resolve_preset(
        &mut self,
        preset: &PresetRef,
        usage: GreetingUsage,
        at: &YamlPath,
    ) -> String {
        self.resolve_named_id(&preset.0, NameListKey::Greetings(usage), at)
    }

    /// Resolves a device of an extension. If the owner is unknown, that is already reported, and
    /// the text is returned unchanged.
    pub(super) fn resolve_device(
        &mut self,
        device: &DeviceRef,
        owner: Option<&ExtensionId>,
        at: &YamlPath,
    ) -> String {
        match owner.filter(|owner| self.directory.by_id(owner).is_some()) {
            Some(owner) => {
                self.resolve_named_id(&device.0, NameListKey::Devices(owner.clone()), at)
            }
            None => device.0.clone(),
        }
    }

    fn resolve_named_id(&mut self, text: &str, list: NameListKey, at: &YamlPath) -> String {
        if is_id(text) {
            return text.to_owned();
        }
        let list_name = match &list {
            NameListKey::Greetings(usage) => {
                format!("the standard greetings for `{}`", usage.as_str())
            }
            NameListKey::Devices(owner) => {
                let owner = self
                    .directory
                    .by_id(owner)
                    .map_or("", AccountExtension::label);
                format!("the devices of {owner}")
            }
        };
        let Some(all) = self.name_index.get(&list) else {
            let message = format!("{list_name} were not read from the account");
            let finding = ConfigFinding::new(DiagnosticCode::UnknownName, at.value(), message);
            self.findings.push(finding);
            self.missing_lists
                .entry(list)
                .or_default()
                .push(text.to_owned());
            return String::new();
        };
        let finding = match find_by_name(all, text, |named| &named.name)[..] {
            [one] => return one.id.clone(),
            [] => {
                let message = format!("`{text}` is not among {list_name}");
                let finding = ConfigFinding::new(DiagnosticCode::UnknownName, at.value(), message);
                finding.with_help(similar_names(text, all))
            }
            ref several => {
                let count = several.len();
                let message = format!("`{text}` matches {count} of {list_name}");
                let finding =
                    ConfigFinding::new(DiagnosticCode::AmbiguousName, at.value(), message);
                finding.with_help(format!(
                    "use the id of one of these: {}",
                    describe_named(several, ", ")
                ))
            }
        };
        self.findings.push(finding);
        // Findings discard the result, so this value is never used.
        String::new()
    }
}

/// Returns a suggestion from the list: the closest names, or all names of a short list.
fn similar_names(name: &str, all: &[NamedResource]) -> String {
    const MAX_LISTED: usize = 8;
    let closest = closest_names(name, all.iter().map(|named| (named.name.clone(), named)));
    if !closest.is_empty() {
        return format!("did you mean {}?", describe_named(&closest, " or "));
    }
    match all {
        [] => "the account has none".to_owned(),
        _ if all.len() <= MAX_LISTED => {
            let listed: Vec<&NamedResource> = all.iter().collect();
            format!("available: {}", describe_named(&listed, ", "))
        }
        _ => format!("none of the {} available names is similar", all.len()),
    }
}

/// Formats greetings or devices with their ids, such as `Acoustic (66310), Beautiful (66311)`.
fn describe_named(resources: &[&NamedResource], separator: &str) -> String {
    let labels: Vec<String> = resources
        .iter()
        .map(|NamedResource { id, name }| format!("{name} ({id})").trim().to_owned())
        .collect();
    labels.join(separator)
}
