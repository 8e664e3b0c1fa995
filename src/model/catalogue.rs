//! What people name besides each other: the standard greetings of the service, and devices.
//!
//! The account's directory is read in every run. These lists are read only where a file names
//! something in them.

use std::collections::{BTreeMap, BTreeSet};

use super::words::STANDARD_VOICEMAIL;
use super::{Destination, Dispatching, ExtensionId, Greeting, Prompt, RingTarget};

/// A list of things with names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameList {
    /// The standard greetings for one place.
    Greetings(GreetingPlace),
    /// The devices of an extension.
    Devices(ExtensionId),
}

/// Where a standard greeting is played: each place has greetings of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GreetingPlace {
    /// Before it rings.
    Greeting,
    /// Spoken while the call is being connected.
    ConnectingMessage,
    /// Music or ring tone while the call is being connected.
    ConnectingAudio,
    /// Before a message is recorded.
    Voicemail,
    /// Instead of an answer.
    Announcement,
}

impl GreetingPlace {
    /// The key under which a file says it.
    pub fn as_str(self) -> &'static str {
        match self {
            GreetingPlace::Greeting => "greeting",
            GreetingPlace::ConnectingMessage => "connectingMessage",
            GreetingPlace::ConnectingAudio => "connectingAudio",
            GreetingPlace::Voicemail => "voicemail",
            GreetingPlace::Announcement => "announcement",
        }
    }
}

/// Something with a name, which people may change, and an id, which stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The account's id for it.
    pub id: String,
    /// What people call it; empty where the account has no name.
    pub name: String,
}

/// The lists that were read.
#[derive(Debug, Default)]
pub struct Catalogue(BTreeMap<NameList, Vec<Named>>);

impl FromIterator<(NameList, Vec<Named>)> for Catalogue {
    fn from_iter<I: IntoIterator<Item = (NameList, Vec<Named>)>>(lists: I) -> Self {
        Catalogue(lists.into_iter().collect())
    }
}

impl Catalogue {
    /// What is in a list; `None` where it was not read.
    pub fn list(&self, list: &NameList) -> Option<&[Named]> {
        self.0.get(list).map(Vec::as_slice)
    }

    /// The name under which this thing, and nothing else of its list, is found again.
    pub fn name_for(&self, list: &NameList, id: &str) -> Option<&str> {
        let all = self.list(list)?;
        let name = all.iter().find(|named| named.id == id)?.name.trim();
        let found = called(all, name, |named| &named.name);
        (is_name(name) && found.len() == 1).then_some(name)
    }

    /// The name of a standard greeting, where it is known and leads back to it.
    pub fn greeting(&self, id: &str) -> Option<&str> {
        self.name(id, |list| matches!(list, NameList::Greetings(_)))
    }

    /// The name of a device, where it is known and leads back to it.
    pub fn device(&self, id: &str) -> Option<&str> {
        self.name(id, |list| matches!(list, NameList::Devices(_)))
    }

    fn name(&self, id: &str, is_wanted: impl Fn(&NameList) -> bool) -> Option<&str> {
        let mut lists = self.0.keys().filter(|list| is_wanted(list));
        lists.find_map(|list| self.name_for(list, id))
    }
}

/// Whether a text can be a name. What begins like a number is one only where letters stand together:
/// `3rd floor` is a name, `1O2` a number with a slip in it. What is a truth value without quotes is none
/// with them.
pub fn is_name(text: &str) -> bool {
    let text = text.trim();
    let begins_like_a_number = text.starts_with(|c: char| c.is_ascii_digit());
    let letters = || text.chars().map(char::is_alphabetic);
    let mut pairs = letters().zip(letters().skip(1));
    let has_letters = match begins_like_a_number {
        true => pairs.any(|pair| pair == (true, true)),
        false => letters().any(|is_letter| is_letter),
    };
    let is_truth = ["true", "false"]
        .iter()
        .any(|truth| text.eq_ignore_ascii_case(truth));
    let is_odd = is_truth || text.starts_with("id:") || text.starts_with('+');
    has_letters && !is_odd && !text.contains(char::is_control)
}

/// The things of this name; where there is none, those that differ from it in case only.
pub fn called<'a, T>(
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

impl Dispatching {
    /// The lists in which the standard greetings and devices of this dispatching have their names.
    /// `owner` is the user whose calls these are.
    pub fn name_lists(&self, owner: &ExtensionId) -> BTreeSet<NameList> {
        let prompts = [
            (GreetingPlace::Greeting, &self.greeting),
            (GreetingPlace::ConnectingMessage, &self.connecting_message),
            (GreetingPlace::ConnectingAudio, &self.connecting_audio),
        ];
        let prompts = prompts.into_iter().filter_map(|(place, prompt)| {
            matches!(prompt, Some(Prompt::On(Greeting::Preset(_)))).then_some(place)
        });
        let ends = [&self.no_answer, &self.at_once].into_iter().flatten();
        let ends = ends.filter_map(|end| match end {
            Destination::Voicemail {
                greeting: Some(Greeting::Preset(id)),
                ..
            } if id != STANDARD_VOICEMAIL => Some(GreetingPlace::Voicemail),
            Destination::Announcement {
                greeting: Some(Greeting::Preset(_)),
            } => Some(GreetingPlace::Announcement),
            _ => None,
        });
        let groups = self.ring.iter().flatten();
        let devices = groups
            .flat_map(|group| &group.targets)
            .filter_map(|target| match target {
                RingTarget::Device { of, .. } => {
                    Some(NameList::Devices(of.as_ref().unwrap_or(owner).clone()))
                }
                _ => None,
            });
        let greetings = prompts.chain(ends).map(NameList::Greetings);
        greetings.chain(devices).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: &str, name: &str) -> Named {
        Named {
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn a_name_has_letters_and_does_not_look_like_a_number() {
        for name in [
            "Acoustic",
            "3rd floor",
            "24/7 Support",
            "#1 X",
            "Zoë",
            "电话",
            " Desk ",
        ] {
            assert!(is_name(name), "{name}");
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
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn the_exact_name_comes_before_others_of_its_letters() {
        let all = [
            named("1", "Desk"),
            named("2", "desk "),
            named("3", "DESK"),
            named("4", "Zoë"),
        ];
        let ids = |name: &str| -> Vec<&str> {
            let found = called(&all, name, |named| &named.name);
            found.into_iter().map(|named| named.id.as_str()).collect()
        };
        assert_eq!(ids("Desk"), ["1"]);
        assert_eq!(ids("desk"), ["2"]);
        assert_eq!(ids("deSk"), ["1", "2", "3"]);
        assert_eq!(ids("ZOË"), ["4"]);
        assert_eq!(ids("Des"), [""; 0]);
    }

    #[test]
    fn only_a_name_that_leads_back_to_the_thing_is_one_for_it() {
        let list = NameList::Greetings(GreetingPlace::Greeting);
        let all = vec![
            named("1", "Default"),
            named("2", "Twin"),
            named("3", "Twin"),
            named("4", "404"),
            named("5", ""),
            named("6", "twin"),
        ];
        let catalogue = Catalogue::from_iter([(list.clone(), all)]);
        let names = ["1", "2", "4", "5", "6", "7"].map(|id| catalogue.name_for(&list, id));
        assert_eq!(
            names,
            [Some("Default"), None, None, None, Some("twin"), None]
        );
        let elsewhere = NameList::Greetings(GreetingPlace::Voicemail);
        assert_eq!(catalogue.name_for(&elsewhere, "1"), None);
        assert_eq!(
            (catalogue.greeting("1"), catalogue.device("1")),
            (Some("Default"), None)
        );
    }
}
