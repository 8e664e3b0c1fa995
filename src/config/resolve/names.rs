//! What is meant: standard greetings and devices by id or name.

use std::collections::BTreeSet;

use super::Resolver;
use super::nearest::nearest;
use super::people::identify;
use crate::config::types::{DeviceRef, PresetRef, UserFile, is_id};
use crate::config::{Finding, Shared};
use crate::diagnostic::Code;
use crate::model::{
    Catalogue, Directory, Extension, ExtensionId, GreetingPlace, NameList, Named, called,
};
use crate::yaml::Path;

/// The lists that must be read before a file can be resolved: those in which it names something. A
/// file that says ids alone needs none.
pub fn name_lists(file: &UserFile, shared: &Shared, directory: &Directory) -> BTreeSet<NameList> {
    let nothing = Catalogue::default();
    let mut resolver = Resolver::new(shared, directory, &nothing, None);
    resolver.owner = identify(file, directory);
    resolver.dispatchings(file);
    resolver.unread.into_keys().collect()
}

impl Resolver<'_> {
    pub(super) fn preset(&mut self, said: &PresetRef, place: GreetingPlace, at: &Path) -> String {
        self.id_of(&said.0, NameList::Greetings(place), at)
    }

    /// A device of an extension. Without an owner, that the owner is nobody has been told already.
    pub(super) fn device(
        &mut self,
        said: &DeviceRef,
        owner: Option<&ExtensionId>,
        at: &Path,
    ) -> String {
        match owner.filter(|owner| self.directory.by_id(owner).is_some()) {
            Some(owner) => self.id_of(&said.0, NameList::Devices(owner.clone()), at),
            None => said.0.clone(),
        }
    }

    fn id_of(&mut self, said: &str, list: NameList, at: &Path) -> String {
        if is_id(said) {
            return said.to_owned();
        }
        let list_name = match &list {
            NameList::Greetings(place) => {
                format!("the standard greetings for `{}`", place.as_str())
            }
            NameList::Devices(owner) => {
                let owner = self.directory.by_id(owner).map_or("", Extension::label);
                format!("the devices of {owner}")
            }
        };
        let Some(all) = self.catalogue.list(&list) else {
            let message = format!("the names of {list_name} were not read");
            let finding = Finding::new(Code::UnknownName, at.value(), message);
            self.found.push(finding);
            self.unread.entry(list).or_default().push(said.to_owned());
            return String::new();
        };
        let finding = match called(all, said, |named| &named.name)[..] {
            [one] => return one.id.clone(),
            [] => {
                let message = format!("none of {list_name} is called `{said}`");
                let finding = Finding::new(Code::UnknownName, at.value(), message);
                finding.help(alike(said, all))
            }
            ref several => {
                let count = several.len();
                let message = format!("`{said}` is the name of {count} of {list_name}");
                let finding = Finding::new(Code::AmbiguousName, at.value(), message);
                finding.help(format!("say which one by its id: {}", introduce(several)))
            }
        };
        self.found.push(finding);
        // Noted as a finding: the value is never used.
        String::new()
    }
}

/// What else is in the list: the nearest names, or all where these are few.
fn alike(said: &str, all: &[Named]) -> String {
    const FEW: usize = 8;
    let near = nearest(said, all.iter().map(|named| (named.name.clone(), named)));
    match (near.is_empty(), all) {
        (false, _) => format!("the nearest are {}", introduce(&near)),
        (true, []) => "there are none".to_owned(),
        (true, [one]) => format!("there is {}", introduce(&[one])),
        (true, all) if all.len() <= FEW => {
            format!("there are {}", introduce(&all.iter().collect::<Vec<_>>()))
        }
        (true, all) => format!("there are {}, and none is like it", all.len()),
    }
}

/// How things are told apart: `Acoustic (66310), Beautiful (66311)`.
fn introduce(things: &[&Named]) -> String {
    let things = things.iter();
    let told = things.map(|Named { id, name }| format!("{name} ({id})").trim().to_owned());
    told.collect::<Vec<_>>().join(", ")
}
