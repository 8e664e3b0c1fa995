//! Writes model values in the words of the YAML files.
//!
//! Used wherever a value is shown, so that a plan uses the language of the files. Extensions are
//! written by number, using the directory; greetings and devices by id, or by name if the names are
//! known.

use serde_json::{Map, Value, json};

use super::{
    AppPlatform, CallDestination, CallDispatching, CallSchedule, CallScreening, CallerId,
    CloudConnector, DateRange, ExtensionDirectory, ExtensionId, GreetingSetting, GreetingSource,
    GreetingUsage, NameIndex, NameListKey, RingGroup, RingTarget, RuleConditions, RuleDefinition,
    StateSchedule, StateSettings, TimeSpan, WeeklyTimes,
};

/// Writes model values in the words of the YAML files.
#[derive(Debug, Clone, Copy)]
pub struct YamlWriter<'a> {
    directory: &'a ExtensionDirectory,
    names: Option<(&'a NameIndex, &'a ExtensionId)>,
}

/// Builds a map without absent values.
#[derive(Default)]
struct YamlMapBuilder(Map<String, Value>);

impl YamlMapBuilder {
    fn insert(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    fn insert_list(self, key: &str, items: &[Value]) -> Self {
        let value = (!items.is_empty()).then(|| items.to_vec());
        self.insert(key, value)
    }
}

impl<'a> YamlWriter<'a> {
    /// Creates a writer that uses the extension numbers of the directory.
    pub fn new(directory: &'a ExtensionDirectory) -> Self {
        YamlWriter {
            directory,
            names: None,
        }
    }

    /// Adds names of greetings and devices, which are used if they are unique. `owner` is the
    /// called user.
    pub fn with_names(self, catalogue: &'a NameIndex, owner: &'a ExtensionId) -> Self {
        YamlWriter {
            names: Some((catalogue, owner)),
            ..self
        }
    }

    /// Writes an interaction rule without its name, which is the key of its entry.
    pub fn rule(&self, rule: &RuleDefinition) -> Value {
        let conditions = rule.conditions.as_ref().map(|c| self.conditions(c));
        let dispatching = rule.dispatching.as_ref().map(|d| self.dispatching(d));
        let words = YamlMapBuilder::default()
            .insert("enabled", rule.enabled)
            .insert("conditions", conditions)
            .insert("queueCallsIncluded", rule.queue_calls_included)
            .insert("dispatching", dispatching);
        Value::Object(words.0)
    }

    /// Writes the switch and schedule of a state.
    pub fn state(&self, state: &StateSettings) -> Value {
        let schedule = state.schedule.as_ref().map(|schedule| match schedule {
            StateSchedule::Own(schedule) => self.schedule(schedule),
            StateSchedule::Inherited(id) => json!(id.as_str()),
        });
        let words = YamlMapBuilder::default()
            .insert("enabled", state.enabled)
            .insert("schedule", schedule);
        Value::Object(words.0)
    }

    /// Writes how a call is handled.
    pub fn dispatching(&self, dispatching: &CallDispatching) -> Value {
        let groups = |groups: &Vec<RingGroup>| -> Value {
            groups.iter().map(|group| self.ring_group(group)).collect()
        };
        let targets = |targets: &Vec<RingTarget>| -> Value {
            targets
                .iter()
                .map(|target| self.ring_target(target))
                .collect()
        };
        let kind = dispatching
            .dispatch_type
            .as_ref()
            .map(super::dispatching::DispatchType::as_str);
        let prompt = |place: GreetingUsage, prompt: &Option<GreetingSetting>| {
            prompt
                .as_ref()
                .map(|prompt| self.greeting_setting(place, prompt))
        };
        let words = YamlMapBuilder::default()
            .insert("type", kind)
            .insert(
                "greeting",
                prompt(GreetingUsage::Greeting, &dispatching.greeting),
            )
            .insert(
                "connectingMessage",
                prompt(
                    GreetingUsage::ConnectingMessage,
                    &dispatching.connecting_message,
                ),
            )
            .insert(
                "connectingAudio",
                prompt(
                    GreetingUsage::ConnectingAudio,
                    &dispatching.connecting_audio,
                ),
            )
            .insert(
                "screening",
                dispatching.screening.as_ref().map(screening_to_yaml),
            )
            .insert("ring", dispatching.ring.as_ref().map(groups))
            .insert("ringAlways", dispatching.ring_always.as_ref().map(targets))
            .insert(
                "noAnswer",
                dispatching.no_answer.as_ref().map(|d| self.destination(d)),
            )
            .insert(
                "terminate",
                dispatching.terminate.as_ref().map(|d| self.destination(d)),
            )
            .insert_list("actions", &dispatching.other);
        Value::Object(words.0)
    }

    /// Writes the conditions of a rule.
    pub fn conditions(&self, conditions: &RuleConditions) -> Value {
        let caller_ids: Vec<Value> = conditions
            .caller_ids
            .iter()
            .map(caller_id_to_yaml)
            .collect();
        let called: Vec<Value> = conditions.called_numbers.iter().map(|n| json!(n)).collect();
        let words = YamlMapBuilder::default()
            .insert_list("callerIds", &caller_ids)
            .insert_list("calledNumbers", &called)
            .insert(
                "schedule",
                conditions.schedule.as_ref().map(|s| self.schedule(s)),
            )
            .insert(
                "state",
                conditions.state.as_ref().map(super::rule::StateId::as_str),
            )
            .insert_list("other", &conditions.other);
        Value::Object(words.0)
    }

    /// Writes a schedule in its shortest form.
    pub fn schedule(&self, schedule: &CallSchedule) -> Value {
        let mut words = YamlMapBuilder::default()
            .insert("start", schedule.start.map(DateRange::format_start))
            .insert("end", schedule.end.map(DateRange::format_end));
        if let Some(week) = &schedule.week {
            words = match week.same_every_day() {
                Some(day) if !day.is_empty() => words.insert("daily", Some(spans_to_yaml(day))),
                _ => words.insert("weekly", Some(week_to_yaml(week))),
            };
        }
        let ranges: Vec<Value> = schedule.ranges.iter().map(date_range_to_yaml).collect();
        let words = words
            .insert_list("ranges", &ranges)
            .insert_list("other", &schedule.other);
        Value::Object(words.0)
    }

    /// Writes a ring group.
    fn ring_group(&self, group: &RingGroup) -> Value {
        let targets: Vec<Value> = group.targets.iter().map(|t| self.ring_target(t)).collect();
        let offset = (group.start_offset != 0).then_some(group.start_offset);
        let words = YamlMapBuilder::default()
            .insert("targets", Some(targets))
            .insert("seconds", group.seconds)
            .insert("startOffset", offset)
            .insert("enabled", (!group.enabled).then_some(false));
        Value::Object(words.0)
    }

    /// Writes weekly times as runs of days.
    pub fn week(&self, week: &WeeklyTimes) -> Value {
        week_to_yaml(week)
    }

    /// Writes a caller ID.
    pub fn caller_id(&self, caller: &CallerId) -> Value {
        caller_id_to_yaml(caller)
    }

    /// Writes a ring target.
    pub fn ring_target(&self, target: &RingTarget) -> Value {
        match target {
            RingTarget::Apps {
                platform: AppPlatform::Mobile,
                owner: None,
            } => json!("mobileApps"),
            RingTarget::Apps {
                platform: AppPlatform::Desktop,
                owner: None,
            } => json!("desktopApps"),
            RingTarget::Apps {
                platform: AppPlatform::Mobile,
                owner: Some(id),
            } => {
                json!({ "mobileAppsOf": self.extension_selector(id) })
            }
            RingTarget::Apps {
                platform: AppPlatform::Desktop,
                owner: Some(id),
            } => {
                json!({ "desktopAppsOf": self.extension_selector(id) })
            }
            RingTarget::Coworker(id) => json!({ "coworker": self.extension_selector(id) }),
            RingTarget::PhoneNumber { number, name } => phone_number_to_yaml(number, name.as_ref()),
            RingTarget::Device { id, owner: of } => {
                let device = self.resource_name(id, |owner| {
                    NameListKey::Devices(of.as_ref().unwrap_or(owner).clone())
                });
                let of = of.as_ref().map(|of| self.extension_selector(of));
                let words = YamlMapBuilder::default().insert("device", Some(device));
                Value::Object(words.insert("extension", of).0)
            }
            RingTarget::Hotdesk => json!("hotdesk"),
            RingTarget::ImsPhoneNumber(number) => json!({ "imsPhoneNumber": number }),
            RingTarget::FmcPhoneNumber(number) => json!({ "fmcPhoneNumber": number }),
            RingTarget::Integration(kind) => json!({ "integration": kind }),
            RingTarget::CloudConnector(connector) => cloud_connector_to_yaml(connector),
            RingTarget::Other(raw) => raw.clone(),
        }
    }

    /// Writes the destination of a call.
    pub fn destination(&self, destination: &CallDestination) -> Value {
        match destination {
            CallDestination::Voicemail {
                owner: of,
                greeting,
            } => {
                let of = of.as_ref().map(|of| self.extension_selector(of));
                self.destination_with_greeting(GreetingUsage::Voicemail, greeting.as_ref(), of)
            }
            CallDestination::Announcement { greeting } => {
                self.destination_with_greeting(GreetingUsage::Announcement, greeting.as_ref(), None)
            }
            CallDestination::Extension(id) => json!({ "extension": self.extension_selector(id) }),
            CallDestination::PhoneNumber { number, name } => {
                phone_number_to_yaml(number, name.as_ref())
            }
            CallDestination::CloudConnector(connector) => cloud_connector_to_yaml(connector),
            CallDestination::Other(raw) => raw.clone(),
        }
    }

    /// Writes an extension by number, or by id if it has none; offline as the files refer to it.
    fn extension_selector(&self, id: &ExtensionId) -> String {
        let known = self.directory.by_id(id);
        match known.and_then(|extension| extension.number.as_ref()) {
            Some(number) => number.clone(),
            None if id.is_account_id() => format!("id:{id}"),
            None => id.0.clone(),
        }
    }

    /// Returns the name of a resource if it is unique in its list, otherwise the id.
    fn resource_name<'s>(&self, id: &'s str, list: impl Fn(&ExtensionId) -> NameListKey) -> &'s str
    where
        'a: 's,
    {
        let name = self
            .names
            .and_then(|(catalogue, owner)| catalogue.unique_name(&list(owner), id));
        name.unwrap_or(id)
    }

    /// Writes the setting of a prompt.
    fn greeting_setting(&self, place: GreetingUsage, prompt: &GreetingSetting) -> Value {
        match prompt {
            GreetingSetting::Off => json!("none"),
            GreetingSetting::On(on) => Value::Object(self.greeting_map(place, on)),
        }
    }

    /// Writes the setting of call screening.
    pub fn screening(&self, screening: &CallScreening) -> Value {
        self::screening_to_yaml(screening)
    }

    /// Writes a greeting for a usage.
    pub fn greeting_value(&self, place: GreetingUsage, greeting: &GreetingSource) -> Value {
        Value::Object(self.greeting_map(place, greeting))
    }

    /// Returns the map form of a greeting.
    fn greeting_map(&self, place: GreetingUsage, greeting: &GreetingSource) -> Map<String, Value> {
        let (key, said) = match greeting {
            GreetingSource::Preset(id) => (
                "preset",
                self.resource_name(id, |_| NameListKey::Greetings(place)),
            ),
            GreetingSource::Custom(id) => ("custom", id.as_str()),
        };
        YamlMapBuilder::default().insert(key, Some(said)).0
    }

    /// Writes a destination with its greeting.
    fn destination_with_greeting(
        &self,
        place: GreetingUsage,
        recording: Option<&GreetingSource>,
        extension: Option<String>,
    ) -> Value {
        let is_standard = |greeting: &&GreetingSource| {
            **greeting == GreetingSource::Preset(DEFAULT_VOICEMAIL_GREETING.to_owned())
        };
        let recording = recording.filter(|greeting| !is_standard(greeting));
        let details = recording.map(|greeting| self.greeting_map(place, greeting));
        let details = YamlMapBuilder(details.unwrap_or_default()).insert("extension", extension);
        let word = place.as_str();
        if details.0.is_empty() {
            json!(word)
        } else {
            json!({ word: details.0 })
        }
    }
}

/// The default voicemail greeting \[seed\], which is not written.
pub(super) const DEFAULT_VOICEMAIL_GREETING: &str = "590080";

/// Writes the setting of call screening.
fn screening_to_yaml(screening: &CallScreening) -> Value {
    match screening {
        CallScreening::Off => json!("none"),
        CallScreening::On { when, result } => {
            let words = YamlMapBuilder::default().insert("when", Some(when.as_str()));
            Value::Object(words.insert("result", result.as_deref()).0)
        }
    }
}

/// Writes a phone number with its name.
fn phone_number_to_yaml(number: &str, name: Option<&String>) -> Value {
    let words = YamlMapBuilder::default().insert("phoneNumber", Some(number));
    Value::Object(words.insert("name", name.map(String::as_str)).0)
}

/// Writes the contact of a cloud connector.
fn cloud_connector_to_yaml(connector: &CloudConnector) -> Value {
    let words = YamlMapBuilder::default()
        .insert("integrationId", Some(connector.integration_id.as_str()))
        .insert("extensionNumber", connector.extension_number.as_deref())
        .insert("phoneNumber", connector.phone_number.as_deref())
        .insert("name", connector.name.as_deref());
    json!({ "cloudConnector": words.0 })
}

/// Writes a caller ID.
fn caller_id_to_yaml(caller: &CallerId) -> Value {
    match &caller.name {
        Some(name) => json!({ "phoneNumber": caller.number, "name": name }),
        None => json!(caller.number),
    }
}

/// Writes the spans of a day.
fn spans_to_yaml(spans: &[TimeSpan]) -> Value {
    match spans {
        [one] => json!(one.to_string()),
        many => many.iter().map(TimeSpan::to_string).collect(),
    }
}

/// Writes weekly times as runs of days.
fn week_to_yaml(week: &WeeklyTimes) -> Value {
    let mut days = Map::new();
    for (first, last, times) in week.day_runs() {
        let key = if first == last {
            first.short_name().to_owned()
        } else {
            format!("{}-{}", first.short_name(), last.short_name())
        };
        days.insert(key, spans_to_yaml(times));
    }
    Value::Object(days)
}

/// Writes whole days without their times.
fn date_range_to_yaml(range: &DateRange) -> Value {
    let (start, end) = (
        range.start.map(DateRange::format_start),
        DateRange::format_end(range.end),
    );
    if start.as_ref() == Some(&end) {
        json!(end)
    } else {
        Value::Object(
            YamlMapBuilder::default()
                .insert("start", start)
                .insert("end", Some(end))
                .0,
        )
    }
}
