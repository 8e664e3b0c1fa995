//! How a model value is said in YAML: the words that a person would write in a user file.
//!
//! Used wherever a value is shown, so that a plan speaks the language of the files. Extensions are
//! said by number, which takes the directory; greetings and devices by id, or by name where names are
//! at hand.

use serde_json::{Map, Value, json};

use super::{
    App, CallerId, Catalogue, CloudConnector, Conditions, DateRange, Destination, Directory,
    Dispatching, ExtensionId, Greeting, GreetingPlace, NameList, Prompt, RingGroup, RingTarget,
    Rule, Schedule, Screening, State, StateSchedule, TimeSpan, Week,
};

/// Says model values in YAML words.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    directory: &'a Directory,
    names: Option<(&'a Catalogue, &'a ExtensionId)>,
}

/// A map in the making, which leaves out what is not there.
#[derive(Default)]
struct Entries(Map<String, Value>);

impl Entries {
    fn say(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    fn list(self, key: &str, items: &[Value]) -> Self {
        let value = (!items.is_empty()).then(|| items.to_vec());
        self.say(key, value)
    }
}

impl<'a> Words<'a> {
    /// Speaks with the extension numbers of `directory`.
    pub fn new(directory: &'a Directory) -> Self {
        Words {
            directory,
            names: None,
        }
    }

    /// Says greetings and devices by the names of `catalogue`, where a name means one thing. `owner` is
    /// the user whose calls are spoken of.
    pub fn with_names(self, catalogue: &'a Catalogue, owner: &'a ExtensionId) -> Self {
        Words {
            names: Some((catalogue, owner)),
            ..self
        }
    }

    /// An interaction rule without its name, which is the key that it stands under.
    pub fn rule(&self, rule: &Rule) -> Value {
        let conditions = rule.conditions.as_ref().map(|c| self.conditions(c));
        let dispatching = rule.dispatching.as_ref().map(|d| self.dispatching(d));
        let words = Entries::default()
            .say("enabled", rule.enabled)
            .say("conditions", conditions)
            .say("queueCallsIncluded", rule.queue_calls_included)
            .say("dispatching", dispatching);
        Value::Object(words.0)
    }

    /// A state's switch and schedule.
    pub fn state(&self, state: &State) -> Value {
        let schedule = state.schedule.as_ref().map(|schedule| match schedule {
            StateSchedule::Own(schedule) => self.schedule(schedule),
            StateSchedule::Inherited(id) => json!(id.as_str()),
        });
        let words = Entries::default()
            .say("enabled", state.enabled)
            .say("schedule", schedule);
        Value::Object(words.0)
    }

    /// What happens to a call.
    pub fn dispatching(&self, dispatching: &Dispatching) -> Value {
        let groups = |groups: &Vec<RingGroup>| -> Value {
            groups.iter().map(|group| self.ring_group(group)).collect()
        };
        let targets = |targets: &Vec<RingTarget>| -> Value {
            targets
                .iter()
                .map(|target| self.ring_target(target))
                .collect()
        };
        let kind = dispatching.kind.as_ref().map(|kind| kind.as_str());
        let prompt = |place: GreetingPlace, prompt: &Option<Prompt>| {
            prompt.as_ref().map(|prompt| self.prompt(place, prompt))
        };
        let words = Entries::default()
            .say("type", kind)
            .say(
                "greeting",
                prompt(GreetingPlace::Greeting, &dispatching.greeting),
            )
            .say(
                "connectingMessage",
                prompt(
                    GreetingPlace::ConnectingMessage,
                    &dispatching.connecting_message,
                ),
            )
            .say(
                "connectingAudio",
                prompt(
                    GreetingPlace::ConnectingAudio,
                    &dispatching.connecting_audio,
                ),
            )
            .say("screening", dispatching.screening.as_ref().map(screening))
            .say("ring", dispatching.ring.as_ref().map(groups))
            .say("ringAlways", dispatching.ring_always.as_ref().map(targets))
            .say(
                "noAnswer",
                dispatching.no_answer.as_ref().map(|d| self.destination(d)),
            )
            .say(
                "terminate",
                dispatching.at_once.as_ref().map(|d| self.destination(d)),
            )
            .list("actions", &dispatching.other);
        Value::Object(words.0)
    }

    /// Which calls a rule takes.
    pub fn conditions(&self, conditions: &Conditions) -> Value {
        let caller_ids: Vec<Value> = conditions.caller_ids.iter().map(caller_id).collect();
        let called: Vec<Value> = conditions.called_numbers.iter().map(|n| json!(n)).collect();
        let words = Entries::default()
            .list("callerIds", &caller_ids)
            .list("calledNumbers", &called)
            .say(
                "schedule",
                conditions.schedule.as_ref().map(|s| self.schedule(s)),
            )
            .say(
                "state",
                conditions.state.as_ref().map(|state| state.as_str()),
            )
            .list("other", &conditions.other);
        Value::Object(words.0)
    }

    /// When something holds.
    pub fn schedule(&self, schedule: &Schedule) -> Value {
        let mut words = Entries::default()
            .say("start", schedule.start.map(DateRange::start_to_words))
            .say("end", schedule.end.map(DateRange::end_to_words));
        if let Some(week) = &schedule.week {
            words = match week.same_every_day() {
                Some(day) if !day.is_empty() => words.say("daily", Some(spans(day))),
                _ => words.say("weekly", Some(weekly(week))),
            };
        }
        let ranges: Vec<Value> = schedule.ranges.iter().map(date_range).collect();
        let words = words.list("ranges", &ranges).list("other", &schedule.other);
        Value::Object(words.0)
    }

    fn ring_group(&self, group: &RingGroup) -> Value {
        let targets: Vec<Value> = group.targets.iter().map(|t| self.ring_target(t)).collect();
        let offset = (group.start_offset != 0).then_some(group.start_offset);
        let words = Entries::default()
            .say("targets", Some(targets))
            .say("seconds", group.seconds)
            .say("startOffset", offset)
            .say("enabled", (!group.enabled).then_some(false));
        Value::Object(words.0)
    }

    /// The times of a week.
    pub fn week(&self, week: &Week) -> Value {
        weekly(week)
    }

    /// Someone who calls.
    pub fn caller_id(&self, caller: &CallerId) -> Value {
        caller_id(caller)
    }

    /// Something that rings.
    pub fn ring_target(&self, target: &RingTarget) -> Value {
        match target {
            RingTarget::Apps {
                app: App::Mobile,
                of: None,
            } => json!("mobileApps"),
            RingTarget::Apps {
                app: App::Desktop,
                of: None,
            } => json!("desktopApps"),
            RingTarget::Apps {
                app: App::Mobile,
                of: Some(id),
            } => {
                json!({ "mobileAppsOf": self.person(id) })
            }
            RingTarget::Apps {
                app: App::Desktop,
                of: Some(id),
            } => {
                json!({ "desktopAppsOf": self.person(id) })
            }
            RingTarget::Coworker(id) => json!({ "coworker": self.person(id) }),
            RingTarget::PhoneNumber { number, name } => phone_number(number, name.as_ref()),
            RingTarget::Device { id, of } => {
                let device = self.name(id, |owner| {
                    NameList::Devices(of.as_ref().unwrap_or(owner).clone())
                });
                let of = of.as_ref().map(|of| self.person(of));
                let words = Entries::default().say("device", Some(device));
                Value::Object(words.say("extension", of).0)
            }
            RingTarget::Hotdesk => json!("hotdesk"),
            RingTarget::ImsPhoneNumber(number) => json!({ "imsPhoneNumber": number }),
            RingTarget::FmcPhoneNumber(number) => json!({ "fmcPhoneNumber": number }),
            RingTarget::Integration(kind) => json!({ "integration": kind }),
            RingTarget::CloudConnector(connector) => cloud_connector(connector),
            RingTarget::Other(raw) => raw.clone(),
        }
    }

    /// Where a call ends.
    pub fn destination(&self, destination: &Destination) -> Value {
        match destination {
            Destination::Voicemail { of, greeting } => {
                let of = of.as_ref().map(|of| self.person(of));
                self.with_greeting(GreetingPlace::Voicemail, greeting.as_ref(), of)
            }
            Destination::Announcement { greeting } => {
                self.with_greeting(GreetingPlace::Announcement, greeting.as_ref(), None)
            }
            Destination::Extension(id) => json!({ "extension": self.person(id) }),
            Destination::PhoneNumber { number, name } => phone_number(number, name.as_ref()),
            Destination::CloudConnector(connector) => cloud_connector(connector),
            Destination::Other(raw) => raw.clone(),
        }
    }

    /// An extension by number, or by id where it has none; without an account as files call it.
    fn person(&self, id: &ExtensionId) -> String {
        let known = self.directory.by_id(id);
        match known.and_then(|extension| extension.number.as_ref()) {
            Some(number) => number.clone(),
            None if id.is_given() => format!("id:{id}"),
            None => id.0.clone(),
        }
    }

    /// The name of something with this id, where it has one of its own in its list; else the id.
    fn name<'s>(&self, id: &'s str, list: impl Fn(&ExtensionId) -> NameList) -> &'s str
    where
        'a: 's,
    {
        let name = self
            .names
            .and_then(|(catalogue, owner)| catalogue.name_for(&list(owner), id));
        name.unwrap_or(id)
    }

    fn prompt(&self, place: GreetingPlace, prompt: &Prompt) -> Value {
        match prompt {
            Prompt::Off => json!("none"),
            Prompt::On(on) => Value::Object(self.greeting(place, on)),
        }
    }

    /// Whether callers must say their name.
    pub fn screening(&self, screening: &Screening) -> Value {
        self::screening(screening)
    }

    /// A recording that is played at `place`.
    pub fn recording(&self, place: GreetingPlace, greeting: &Greeting) -> Value {
        Value::Object(self.greeting(place, greeting))
    }

    fn greeting(&self, place: GreetingPlace, greeting: &Greeting) -> Map<String, Value> {
        let (key, said) = match greeting {
            Greeting::Preset(id) => ("preset", self.name(id, |_| NameList::Greetings(place))),
            Greeting::Custom(id) => ("custom", id.as_str()),
        };
        Entries::default().say(key, Some(said)).0
    }

    fn with_greeting(
        &self,
        place: GreetingPlace,
        recording: Option<&Greeting>,
        extension: Option<String>,
    ) -> Value {
        let is_standard =
            |greeting: &&Greeting| **greeting == Greeting::Preset(STANDARD_VOICEMAIL.to_owned());
        let recording = recording.filter(|greeting| !is_standard(greeting));
        let details = recording.map(|greeting| self.greeting(place, greeting));
        let details = Entries(details.unwrap_or_default()).say("extension", extension);
        let word = place.as_str();
        if details.0.is_empty() {
            json!(word)
        } else {
            json!({ word: details.0 })
        }
    }
}

/// The greeting that every voicemail begins with \[seed\]: not worth a word.
pub(super) const STANDARD_VOICEMAIL: &str = "590080";

fn screening(screening: &Screening) -> Value {
    match screening {
        Screening::Off => json!("none"),
        Screening::On { when, result } => {
            let words = Entries::default().say("when", Some(when.as_str()));
            Value::Object(words.say("result", result.as_deref()).0)
        }
    }
}

fn phone_number(number: &str, name: Option<&String>) -> Value {
    let words = Entries::default().say("phoneNumber", Some(number));
    Value::Object(words.say("name", name.map(String::as_str)).0)
}

fn cloud_connector(connector: &CloudConnector) -> Value {
    let words = Entries::default()
        .say("integrationId", Some(connector.integration_id.as_str()))
        .say("extensionNumber", connector.extension_number.as_deref())
        .say("phoneNumber", connector.phone_number.as_deref())
        .say("name", connector.name.as_deref());
    json!({ "cloudConnector": words.0 })
}

fn caller_id(caller: &CallerId) -> Value {
    match &caller.name {
        Some(name) => json!({ "phoneNumber": caller.number, "name": name }),
        None => json!(caller.number),
    }
}

fn spans(spans: &[TimeSpan]) -> Value {
    match spans {
        [one] => json!(one.to_string()),
        many => many.iter().map(TimeSpan::to_string).collect(),
    }
}

fn weekly(week: &Week) -> Value {
    let mut days = Map::new();
    for (first, last, times) in week.runs() {
        let key = if first == last {
            first.short().to_owned()
        } else {
            format!("{}-{}", first.short(), last.short())
        };
        days.insert(key, spans(times));
    }
    Value::Object(days)
}

/// Whole days are said without their times.
fn date_range(range: &DateRange) -> Value {
    let (start, end) = (
        range.start.map(DateRange::start_to_words),
        DateRange::end_to_words(range.end),
    );
    if start.as_ref() == Some(&end) {
        json!(end)
    } else {
        Value::Object(
            Entries::default()
                .say("start", start)
                .say("end", Some(end))
                .0,
        )
    }
}
