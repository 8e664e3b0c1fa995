//! The names of standard greetings and devices.
//!
//! The directory is read in every run. These lists are read only if a file refers to one of their
//! names.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::to_yaml::DEFAULT_VOICEMAIL_GREETING;
use super::{
    CallDestination, CallDispatching, ExtensionId, GreetingSetting, GreetingSource, RingTarget,
};

/// A list of named resources.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NameListKey {
    /// The standard greetings for one usage.
    Greetings(GreetingUsage),
    /// The devices of an extension.
    Devices(ExtensionId),
}

/// Where a standard greeting is played. Each usage has its own greetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GreetingUsage {
    /// Welcome greeting, before ringing.
    Greeting,
    /// Message while the call is connected.
    ConnectingMessage,
    /// Music or ring tone while the call is connected.
    ConnectingAudio,
    /// Greeting before a voicemail is recorded.
    Voicemail,
    /// Announcement instead of an answer.
    Announcement,
}

impl GreetingUsage {
    /// All usages, in the order of a call.
    pub const ALL: [GreetingUsage; 5] = [
        GreetingUsage::Greeting,
        GreetingUsage::ConnectingMessage,
        GreetingUsage::ConnectingAudio,
        GreetingUsage::Voicemail,
        GreetingUsage::Announcement,
    ];

    /// Returns the key for this usage in files.
    pub fn as_str(self) -> &'static str {
        match self {
            GreetingUsage::Greeting => "greeting",
            GreetingUsage::ConnectingMessage => "connectingMessage",
            GreetingUsage::ConnectingAudio => "connectingAudio",
            GreetingUsage::Voicemail => "voicemail",
            GreetingUsage::Announcement => "announcement",
        }
    }
}

/// A resource with a stable id and a name that can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedResource {
    /// The id on the account.
    pub id: String,
    /// The display name; empty if there is none.
    pub name: String,
}

/// The name lists that were read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(
    from = "Vec<(NameListKey, Vec<NamedResource>)>",
    into = "Vec<(NameListKey, Vec<NamedResource>)>"
)]
pub struct NameIndex(BTreeMap<NameListKey, Vec<NamedResource>>);

impl FromIterator<(NameListKey, Vec<NamedResource>)> for NameIndex {
    fn from_iter<I: IntoIterator<Item = (NameListKey, Vec<NamedResource>)>>(lists: I) -> Self {
        NameIndex(lists.into_iter().collect())
    }
}

impl From<Vec<(NameListKey, Vec<NamedResource>)>> for NameIndex {
    fn from(lists: Vec<(NameListKey, Vec<NamedResource>)>) -> Self {
        NameIndex::from_iter(lists)
    }
}

impl From<NameIndex> for Vec<(NameListKey, Vec<NamedResource>)> {
    fn from(name_index: NameIndex) -> Self {
        name_index.0.into_iter().collect()
    }
}

impl NameIndex {
    /// Returns a list; `None` if it was not read.
    pub fn get(&self, list: &NameListKey) -> Option<&[NamedResource]> {
        self.0.get(list).map(Vec::as_slice)
    }

    /// Returns the name of a resource, if no other resource of its list has the same name.
    pub fn unique_name(&self, list: &NameListKey, id: &str) -> Option<&str> {
        let all = self.get(list)?;
        let name = all.iter().find(|named| named.id == id)?.name.trim();
        let found = find_by_name(all, name, |named| &named.name);
        (is_valid_name(name) && found.len() == 1).then_some(name)
    }

    /// Returns the name of a standard greeting, if it is known and unique.
    pub fn greeting_name(&self, id: &str) -> Option<&str> {
        self.find_name(id, |list| matches!(list, NameListKey::Greetings(_)))
    }

    /// Returns the name of a device, if it is known and unique.
    pub fn device_name(&self, id: &str) -> Option<&str> {
        self.find_name(id, |list| matches!(list, NameListKey::Devices(_)))
    }

    /// Returns the unique name of a resource in the lists that pass the filter.
    fn find_name(&self, id: &str, is_wanted: impl Fn(&NameListKey) -> bool) -> Option<&str> {
        let mut lists = self.0.keys().filter(|list| is_wanted(list));
        lists.find_map(|list| self.unique_name(list, id))
    }
}

/// Returns whether a text can be a name. A text that starts like a number is a name only if it
/// contains adjacent letters: `3rd floor` is a name, `1O2` is a mistyped number. Booleans are not
/// names, even in quotes.
pub fn is_valid_name(text: &str) -> bool {
    let text = text.trim();
    let begins_like_a_number = text.starts_with(|c: char| c.is_ascii_digit());
    let letters = || text.chars().map(char::is_alphabetic);
    let mut pairs = letters().zip(letters().skip(1));
    let has_letters = if begins_like_a_number {
        pairs.any(|pair| pair == (true, true))
    } else {
        letters().any(|is_letter| is_letter)
    };
    let is_truth = ["true", "false"]
        .iter()
        .any(|truth| text.eq_ignore_ascii_case(truth));
    let is_odd = is_truth || text.starts_with("id:") || text.starts_with('+');
    has_letters && !is_odd && !text.contains(char::is_control)
}

/// Returns the items with this name, or else those whose name differs only in case.
pub fn find_by_name<'a, T>(
    things: impl IntoIterator<Item = &'a T>,
    name: &str,
    name_of: impl Fn(&T) -> &str,
) -> Vec<&'a T> {
    let name = name.trim();
    let lower = name.to_lowercase();
    let mut found: Vec<&T> = things
        .into_iter()
        .filter(|thing| name_of(thing).trim().to_lowercase() == lower)
        .collect();
    if found.iter().any(|thing| name_of(thing).trim() == name) {
        found.retain(|thing| name_of(thing).trim() == name);
    }
    found
}

impl CallDispatching {
    /// Returns the lists with the names of the greetings and devices of this dispatching. `owner`
    /// is the called user.
    pub fn referenced_name_lists(&self, owner: &ExtensionId) -> BTreeSet<NameListKey> {
        let prompts = [
            (GreetingUsage::Greeting, &self.greeting),
            (GreetingUsage::ConnectingMessage, &self.connecting_message),
            (GreetingUsage::ConnectingAudio, &self.connecting_audio),
        ];
        let prompts = prompts.into_iter().filter_map(|(usage, prompt)| {
            matches!(prompt, Some(GreetingSetting::On(GreetingSource::Preset(_)))).then_some(usage)
        });
        let ends = [&self.no_answer, &self.terminate].into_iter().flatten();
        let ends = ends.filter_map(|end| match end {
            CallDestination::Voicemail {
                greeting: Some(GreetingSource::Preset(id)),
                ..
            } if id != DEFAULT_VOICEMAIL_GREETING => Some(GreetingUsage::Voicemail),
            CallDestination::Announcement {
                greeting: Some(GreetingSource::Preset(_)),
            } => Some(GreetingUsage::Announcement),
            _ => None,
        });
        let groups = self.ring.iter().flatten();
        let devices = groups
            .flat_map(|group| &group.targets)
            .filter_map(|target| match target {
                RingTarget::Device { owner: of, .. } => {
                    Some(NameListKey::Devices(of.as_ref().unwrap_or(owner).clone()))
                }
                _ => None,
            });
        let greetings = prompts.chain(ends).map(NameListKey::Greetings);
        greetings.chain(devices).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, name: &str) -> NamedResource {
        NamedResource {
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn is_valid_name_requires_letters_and_no_number() {
        for name in [
            "Acoustic",
            "3rd floor",
            "24/7 Support",
            "#1 X",
            "Zoë",
            "电话",
            " Desk ",
        ] {
            assert!(is_valid_name(name), "{name}");
        }
        for other in [
            "",
            " ",
            "102",
            "1O2",
            "102x",
            "+1650 x y",
            "(650) 555-0100",
            "id:7",
            "a\nb",
            "True",
        ] {
            assert!(!is_valid_name(other), "{other}");
        }
    }

    #[test]
    fn find_by_name_prefers_exact_name() {
        let all = [
            named("1", "Desk"),
            named("2", "desk "),
            named("3", "DESK"),
            named("4", "Zoë"),
        ];
        let ids = |name: &str| -> Vec<&str> {
            let found = find_by_name(&all, name, |named| &named.name);
            found.into_iter().map(|named| named.id.as_str()).collect()
        };
        assert_eq!(ids("Desk"), ["1"]);
        assert_eq!(ids("desk"), ["2"]);
        assert_eq!(ids("deSk"), ["1", "2", "3"]);
        assert_eq!(ids("ZOË"), ["4"]);
        assert_eq!(ids("Des"), [""; 0]);
    }

    #[test]
    fn unique_name_returns_only_names_that_find_the_resource() {
        let list = NameListKey::Greetings(GreetingUsage::Greeting);
        let all = vec![
            named("1", "Default"),
            named("2", "Twin"),
            named("3", "Twin"),
            named("4", "404"),
            named("5", ""),
            named("6", "twin"),
        ];
        let name_index = NameIndex::from_iter([(list.clone(), all)]);
        let names = ["1", "2", "4", "5", "6", "7"].map(|id| name_index.unique_name(&list, id));
        assert_eq!(
            names,
            [Some("Default"), None, None, None, Some("twin"), None]
        );
        let elsewhere = NameListKey::Greetings(GreetingUsage::Voicemail);
        assert_eq!(name_index.unique_name(&elsewhere, "1"), None);
        assert_eq!(
            (name_index.greeting_name("1"), name_index.device_name("1")),
            (Some("Default"), None)
        );
    }
}
