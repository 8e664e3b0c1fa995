//! Writes model values in the words of the YAML files.
//!
//! Used wherever a value is shown, so that a plan uses the language of the files. Extensions are
//! written by number, using the directory; greetings and devices by id, or by name if the names are
//! known.

use serde_json::{Value, json};

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
    pub fn with_names(self, name_index: &'a NameIndex, owner: &'a ExtensionId) -> Self {
        YamlWriter {
            names: Some((name_index, owner)),
            ..self
        }
    }

    /// Writes an interaction rule without its name, which is the key of its entry.
    pub fn rule(&self, rule: &RuleDefinition) -> Value {
        let conditions = rule.conditions.as_ref().map(|c| self.conditions(c));
        let dispatching = rule.dispatching.as_ref().map(|d| self.dispatching(d));
        yaml_map([
            ("enabled", rule.enabled.map(Value::from)),
            ("conditions", conditions),
            (
                "queueCallsIncluded",
                rule.queue_calls_included.map(Value::from),
            ),
            ("dispatching", dispatching),
        ])
    }

    /// Writes the switch and schedule of a state.
    pub fn state(&self, state: &StateSettings) -> Value {
        let schedule = state.schedule.as_ref().map(|schedule| match schedule {
            StateSchedule::Own(schedule) => self.schedule(schedule),
            StateSchedule::Inherited(id) => json!(id.as_str()),
        });
        yaml_map([
            ("enabled", state.enabled.map(Value::from)),
            ("schedule", schedule),
        ])
    }

    /// Writes how a call is handled.
    pub fn dispatching(&self, dispatching: &CallDispatching) -> Value {
        let CallDispatching {
            dispatch_type,
            greeting,
            connecting_message,
            connecting_audio,
            screening,
            ring,
            ring_always,
            no_answer,
            terminate,
            // What the absence of `ring` means.
            only_own_targets_ring: _,
            other,
        } = dispatching;
        let prompt = |usage: GreetingUsage, setting: &Option<GreetingSetting>| {
            let setting = setting.as_ref();
            setting.map(|setting| match setting {
                GreetingSetting::Off => json!("none"),
                GreetingSetting::On(greeting) => self.greeting(usage, greeting),
            })
        };
        let groups = ring.as_ref();
        let targets = ring_always.as_ref();
        let destination = |end: &Option<CallDestination>| end.as_ref().map(|d| self.destination(d));
        yaml_map([
            (
                "type",
                dispatch_type.as_ref().map(|kind| json!(kind.as_str())),
            ),
            ("greeting", prompt(GreetingUsage::Greeting, greeting)),
            (
                "connectingMessage",
                prompt(GreetingUsage::ConnectingMessage, connecting_message),
            ),
            (
                "connectingAudio",
                prompt(GreetingUsage::ConnectingAudio, connecting_audio),
            ),
            ("screening", screening.as_ref().map(|s| self.screening(s))),
            (
                "ring",
                groups.map(|groups| groups.iter().map(|group| self.ring_group(group)).collect()),
            ),
            (
                "ringAlways",
                targets.map(|targets| targets.iter().map(|t| self.ring_target(t)).collect()),
            ),
            ("noAnswer", destination(no_answer)),
            ("terminate", destination(terminate)),
            ("actions", non_empty_list(other.iter().cloned())),
        ])
    }

    /// Writes the conditions of a rule.
    pub fn conditions(&self, conditions: &RuleConditions) -> Value {
        let RuleConditions {
            caller_ids,
            called_numbers,
            schedule,
            state,
            other,
        } = conditions;
        let callers = caller_ids.iter().map(|caller| self.caller_id(caller));
        let called = called_numbers.iter().map(|number| json!(number));
        yaml_map([
            ("callerIds", non_empty_list(callers)),
            ("calledNumbers", non_empty_list(called)),
            ("schedule", schedule.as_ref().map(|s| self.schedule(s))),
            ("state", state.as_ref().map(|state| json!(state.as_str()))),
            ("other", non_empty_list(other.iter().cloned())),
        ])
    }

    /// Writes a schedule in its shortest form.
    pub fn schedule(&self, schedule: &CallSchedule) -> Value {
        let CallSchedule {
            start,
            end,
            week,
            ranges,
            other,
        } = schedule;
        let (daily, weekly) = match week.as_ref().map(|week| (week, week.same_every_day())) {
            None => (None, None),
            Some((_, Some(day))) if !day.is_empty() => (Some(spans_to_yaml(day)), None),
            Some((week, _)) => (None, Some(self.week(week))),
        };
        yaml_map([
            (
                "start",
                start.map(|start| json!(DateRange::format_start(start))),
            ),
            ("end", end.map(|end| json!(DateRange::format_end(end)))),
            ("daily", daily),
            ("weekly", weekly),
            (
                "ranges",
                non_empty_list(ranges.iter().map(date_range_to_yaml)),
            ),
            ("other", non_empty_list(other.iter().cloned())),
        ])
    }

    /// Writes a ring group.
    fn ring_group(&self, group: &RingGroup) -> Value {
        let targets = group.targets.iter().map(|target| self.ring_target(target));
        let offset = (group.start_offset != 0).then_some(group.start_offset);
        yaml_map([
            ("targets", Some(targets.collect())),
            ("seconds", group.seconds.map(Value::from)),
            ("startOffset", offset.map(Value::from)),
            ("enabled", (!group.enabled).then_some(json!(false))),
        ])
    }

    /// Writes weekly times as runs of days.
    pub fn week(&self, week: &WeeklyTimes) -> Value {
        let runs = week.day_runs().into_iter().map(|(first, last, times)| {
            let (first, last) = (first.short_name(), last.short_name());
            let key = if first == last {
                first.to_owned()
            } else {
                format!("{first}-{last}")
            };
            (key, spans_to_yaml(times))
        });
        Value::Object(runs.collect())
    }

    /// Writes a caller ID.
    pub fn caller_id(&self, caller: &CallerId) -> Value {
        match &caller.name {
            Some(name) => json!({ "phoneNumber": caller.number, "name": name }),
            None => json!(caller.number),
        }
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
                yaml_map([
                    ("device", Some(json!(device))),
                    (
                        "extension",
                        of.as_ref().map(|of| json!(self.extension_selector(of))),
                    ),
                ])
            }
            RingTarget::DeskPhones => json!("deskPhones"),
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
            CallDestination::Voicemail { owner, greeting } => self.destination_with_greeting(
                GreetingUsage::Voicemail,
                greeting.as_ref(),
                owner.as_ref(),
            ),
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
        let extension = self.directory.by_id(id);
        match extension.and_then(|extension| extension.number.as_ref()) {
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
            .and_then(|(name_index, owner)| name_index.unique_name(&list(owner), id));
        name.unwrap_or(id)
    }

    /// Writes the setting of call screening.
    pub fn screening(&self, screening: &CallScreening) -> Value {
        match screening {
            CallScreening::Off => json!("none"),
            CallScreening::On { when, result } => yaml_map([
                ("when", Some(json!(when))),
                ("result", result.as_ref().map(|result| json!(result))),
            ]),
        }
    }

    /// Writes a greeting for a usage.
    pub fn greeting(&self, usage: GreetingUsage, greeting: &GreetingSource) -> Value {
        match greeting {
            GreetingSource::Preset(id) => {
                let name = self.resource_name(id, |_| NameListKey::Greetings(usage));
                json!({ "preset": name })
            }
            GreetingSource::Custom(id) => json!({ "custom": id }),
        }
    }

    /// Writes a destination with its greeting, unless that is the default.
    fn destination_with_greeting(
        &self,
        usage: GreetingUsage,
        greeting: Option<&GreetingSource>,
        owner: Option<&ExtensionId>,
    ) -> Value {
        let default = GreetingSource::Preset(DEFAULT_VOICEMAIL_GREETING.to_owned());
        let mut details = match greeting.filter(|greeting| **greeting != default) {
            Some(greeting) => self.greeting(usage, greeting),
            None => json!({}),
        };
        if let Some(owner) = owner {
            details["extension"] = json!(self.extension_selector(owner));
        }
        if details == json!({}) {
            json!(usage.as_str())
        } else {
            json!({ usage.as_str(): details })
        }
    }
}

/// The default voicemail greeting \[seed\], which is not written.
pub(super) const DEFAULT_VOICEMAIL_GREETING: &str = "590080";

/// Returns a map of the values that exist.
pub(crate) fn yaml_map<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let entries = entries.into_iter();
    let present = entries.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(present.collect())
}

/// Returns a list, unless it is empty.
pub(crate) fn non_empty_list(items: impl Iterator<Item = Value>) -> Option<Value> {
    let items: Vec<Value> = items.collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

/// Writes a phone number with its name.
fn phone_number_to_yaml(number: &str, name: Option<&String>) -> Value {
    yaml_map([
        ("phoneNumber", Some(json!(number))),
        ("name", name.map(|name| json!(name))),
    ])
}

/// Writes the contact of a cloud connector.
fn cloud_connector_to_yaml(connector: &CloudConnector) -> Value {
    let optional = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    let contact = yaml_map([
        ("integrationId", Some(json!(connector.integration_id))),
        ("extensionNumber", optional(&connector.extension_number)),
        ("phoneNumber", optional(&connector.phone_number)),
        ("name", optional(&connector.name)),
    ]);
    json!({ "cloudConnector": contact })
}

/// Writes the spans of a day.
fn spans_to_yaml(spans: &[TimeSpan]) -> Value {
    match spans {
        [one] => json!(one.to_string()),
        many => many.iter().map(TimeSpan::to_string).collect(),
    }
}

/// Writes whole days without their times.
fn date_range_to_yaml(range: &DateRange) -> Value {
    let start = range.start.map(DateRange::format_start);
    let end = DateRange::format_end(range.end);
    if start.as_ref() == Some(&end) {
        return json!(end);
    }
    yaml_map([("start", start.map(Value::from)), ("end", Some(json!(end)))])
}
