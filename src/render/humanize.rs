//! Formats YAML values for people: phone numbers with spaces, weekday names, seconds with a unit.

use serde_json::{Map, Value};

use super::sanitize;
use crate::model::{ExtensionDirectory, NameIndex};

/// The longest list that is printed on one line; longer lists are cut.
pub(super) const MAX_INLINE_ITEMS: usize = 6;

/// A formatter of YAML values that adds the names of extensions, greetings and devices if they are
/// known.
#[derive(Debug, Clone, Copy)]
pub struct YamlHumanizer<'a> {
    /// The extensions of the account.
    pub directory: &'a ExtensionDirectory,
    /// The names of greetings and devices.
    pub name_index: &'a NameIndex,
}

impl YamlHumanizer<'_> {
    /// Formats the value at `path` of a rule or state.
    pub fn describe_value(&self, path: &str, value: &Value) -> String {
        let last_segment = path.rsplit('.').next().unwrap_or(path);
        let key = last_segment.split('[').next().unwrap_or(last_segment);
        match (key, value) {
            // Ring groups have the key `enabled` only if it is false.
            ("enabled", Value::Null) | ("enabled" | "queueCallsIncluded", Value::Bool(true)) => {
                "yes".to_owned()
            }
            (_, Value::Null) => "–".to_owned(),
            ("enabled" | "queueCallsIncluded", Value::Bool(false)) => "no".to_owned(),
            ("seconds" | "startOffset", Value::Number(n)) => format!("{n} s"),
            ("schedule", schedule) => self.describe_schedule(schedule),
            ("daily", times) => format!("daily {}", format_times(times)),
            ("weekly", Value::Object(days)) => format_weekly(days),
            ("ranges", Value::Array(ranges)) => {
                join_truncated(ranges.iter().map(format_date_range))
            }
            ("callerIds", Value::Array(callers)) => self.describe_callers(callers),
            ("calledNumbers", Value::Array(numbers)) => {
                join_truncated(numbers.iter().map(|n| self.describe(n)))
            }
            ("ring", Value::Array(groups)) => join(
                groups.iter().map(|g| self.describe_ring_group(g)),
                ", then ",
            ),
            ("targets" | "ringAlways", Value::Array(targets)) => self.describe_targets(targets),
            ("greeting" | "connectingMessage" | "connectingAudio", prompt) => {
                self.describe_greeting(prompt)
            }
            ("screening", Value::Object(screening)) => describe_screening(screening),
            (_, value) => self.describe(value),
        }
    }

    /// Formats a rule's conditions on one line. `part` returns the value at a path.
    pub fn describe_conditions(&self, part: impl Fn(&str) -> Option<Value>) -> String {
        let mut parts = Vec::new();
        if let Some(Value::Array(callers)) = part("conditions.callerIds") {
            parts.push(self.describe_callers(&callers));
        }
        if let Some(numbers) = part("conditions.calledNumbers") {
            parts.push(format!(
                "to {}",
                self.describe_value("calledNumbers", &numbers)
            ));
        }
        if let Some(schedule) = part("conditions.schedule") {
            parts.push(self.describe_schedule(&schedule));
        }
        if let Some(state) = part("conditions.state") {
            parts.push(plain_text(&state));
        }
        if let Some(Value::Array(other)) = part("conditions.other") {
            parts.push(self.describe_targets(&other));
        }
        parts.join(" · ")
    }

    /// Formats what happens to calls on one line. `part` returns the value at a path.
    pub fn describe_dispatching(&self, part: impl Fn(&str) -> Option<Value>) -> String {
        let destination = |key: &str| part(key).map(|value| self.describe(&value));
        let mut parts = Vec::new();
        if let Some(greeting) = part("dispatching.greeting").filter(|g| *g != "none") {
            parts.push(format!("play {}", self.describe_greeting(&greeting)));
        }
        for (key, word) in [
            ("screening", "ask for a name"),
            ("connectingMessage", "then play"),
            ("connectingAudio", "play while connecting"),
        ] {
            if let Some(value) =
                part(&format!("dispatching.{key}")).filter(|value| *value != "none")
            {
                parts.push(format!("{word}: {}", self.describe_value(key, &value)));
            }
        }
        let kind = part("dispatching.type")
            .map(|kind| plain_text(&kind))
            .unwrap_or_default();
        if kind == "Terminate" {
            let target = part("dispatching.terminate").unwrap_or_default();
            let described = self.describe(&target);
            parts.push(if target.get("announcement").is_some() {
                format!("play {described} and hang up")
            } else {
                format!("straight to {described}")
            });
        } else {
            let is_ringing = |group: &&Value| group.get("enabled") != Some(&Value::Bool(false));
            let ring = part("dispatching.ring").unwrap_or_default();
            let groups = ring.as_array().into_iter().flatten().filter(is_ringing);
            let separator = if kind == "RingInOrder" {
                ", then "
            } else {
                " with "
            };
            let targets = join(
                groups.map(|group| self.describe_ring_group(group)),
                separator,
            );
            if targets.is_empty() {
                parts.push("no phone rings".to_owned());
            } else {
                parts.push(format!("ring {targets}"));
            }
            if let Some(Value::Array(always)) = part("dispatching.ringAlways") {
                parts.push(format!("{} throughout", self.describe_targets(&always)));
            }
            if let Some(no_answer) = destination("dispatching.noAnswer") {
                parts.push(format!("no answer: {no_answer}"));
            }
        }
        parts.join(" · ")
    }

    fn describe_callers(&self, callers: &[Value]) -> String {
        match callers {
            [caller] => format!("calls from {}", self.describe_caller(caller)),
            [first, second] => format!(
                "calls from {} or {}",
                self.describe_caller(first),
                self.describe_caller(second)
            ),
            many => format!("{} callers", format_count(many.len())),
        }
    }

    /// Formats a caller. A number of up to 8 characters is a prefix.
    pub(super) fn describe_caller(&self, caller: &Value) -> String {
        let number = caller.get("phoneNumber").unwrap_or(caller).as_str();
        match number {
            Some(prefix) if prefix.len() <= 8 => format!("numbers that start with {prefix}"),
            _ => self.describe(caller),
        }
    }

    fn describe_ring_group(&self, group: &Value) -> String {
        let targets = group
            .get("targets")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let seconds = group
            .get("seconds")
            .map(|s| format!(" {s} s"))
            .unwrap_or_default();
        let suffix = if group.get("enabled") == Some(&Value::Bool(false)) {
            " (doesn't ring)"
        } else {
            ""
        };
        format!("{}{seconds}{suffix}", self.describe_targets(targets))
    }

    fn describe_targets(&self, targets: &[Value]) -> String {
        join(targets.iter().map(|target| self.describe(target)), " + ")
    }

    /// Formats a target, destination or number, whose format doesn't depend on its key.
    pub(super) fn describe(&self, value: &Value) -> String {
        match value {
            Value::Object(map) => self.describe_map(map),
            Value::String(word) => match word.as_str() {
                "mobileApps" => "mobile apps".to_owned(),
                "desktopApps" => "desktop apps".to_owned(),
                "hotdesk" => "hot desk".to_owned(),
                word => format_phone_number(word),
            },
            Value::Array(items) => self.describe_targets(items),
            other => plain_text(other),
        }
    }

    fn describe_map(&self, map: &Map<String, Value>) -> String {
        let Some((key, value)) = map.iter().next() else {
            return "nothing".to_owned();
        };
        let name = map.get("name").and_then(Value::as_str);
        let name = name.filter(|name| !name.is_empty());
        match key.as_str() {
            "phoneNumber" | "imsPhoneNumber" | "fmcPhoneNumber" => {
                let number = format_phone_number(&plain_text(value));
                match name {
                    Some(name) => format!("{number} ({})", sanitize::sanitize_inline(name)),
                    None => number,
                }
            }
            "extension" => format!("extension {}", self.describe_extension(value)),
            "coworker" => match self.describe_extension(value) {
                // A bare number would be mistaken for a phone number or for seconds.
                number if number == plain_text(value) => format!("extension {number}"),
                named => named,
            },
            "mobileAppsOf" => format!("mobile apps of {}", self.describe_extension(value)),
            "desktopAppsOf" => format!("desktop apps of {}", self.describe_extension(value)),
            "voicemail" => {
                let mailbox = match value.get("extension") {
                    Some(owner) => format!("voicemail of {}", self.describe_extension(owner)),
                    None => "voicemail".to_owned(),
                };
                match (value.get("preset"), value.get("custom")) {
                    (None, None) => mailbox,
                    _ => format!("{mailbox} ({})", self.describe_greeting(value)),
                }
            }
            "announcement" => format!("announcement ({})", self.describe_greeting(value)),
            "preset" | "custom" => self.describe_greeting(&Value::Object(map.clone())),
            "device" => {
                let id = plain_text(value);
                let name = self.name_index.device_name(&id).unwrap_or(&id);
                format!("device {}", sanitize::sanitize_inline(name))
            }
            "integration" => plain_text(value),
            "cloudConnector" => {
                let name = value.get("name").map(plain_text).unwrap_or_default();
                format!("cloud connector {name}")
            }
            _ => Value::Object(map.clone()).to_string(),
        }
    }

    fn describe_greeting(&self, value: &Value) -> String {
        let preset = value.get("preset").map(|id| {
            let id = plain_text(id);
            let name = self.name_index.greeting_name(&id).unwrap_or(&id);
            format!("preset {}", sanitize::sanitize_inline(name))
        });
        let custom = value
            .get("custom")
            .map(|id| format!("recording {}", plain_text(id)));
        preset.or(custom).unwrap_or_else(|| plain_text(value))
    }

    fn describe_extension(&self, reference: &Value) -> String {
        let number = plain_text(reference);
        match self.directory.by_number(&number)[..] {
            [extension] if !extension.name.is_empty() => {
                format!("{number} ({})", sanitize::sanitize_inline(&extension.name))
            }
            _ => number,
        }
    }

    fn describe_schedule(&self, schedule: &Value) -> String {
        let Value::Object(parts) = schedule else {
            return plain_text(schedule);
        };
        if parts.is_empty() {
            return "–".to_owned();
        }
        let times = ["daily", "weekly", "ranges", "other"]
            .iter()
            .filter_map(|key| parts.get(*key).map(|part| self.describe_value(key, part)));
        let mut text = join(times, ", ");
        for (key, word) in [("start", "from"), ("end", "until")] {
            if let Some(bound) = parts.get(key) {
                text += &format!(" {word} {}", format_date(bound));
            }
        }
        text
    }
}

/// Describes which callers are asked for their name, and what happens then: `unknown callers (the
/// user decides)`.
fn describe_screening(screening: &Map<String, Value>) -> String {
    let when = screening.get("when").map(plain_text).unwrap_or_default();
    let callers = match when.as_str() {
        "NoCallerId" => "callers without a number",
        "UnknownCallerId" => "unknown callers",
        "Always" => "all callers",
        other => other,
    };
    let result = screening.get("result").map(plain_text);
    match result.as_deref() {
        Some("AskToAnswer") => format!("{callers} (the user decides)"),
        Some("PlayCallerNameOnly") => format!("{callers} (their name is announced)"),
        Some(other) => format!("{callers} ({other})"),
        None => callers.to_owned(),
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => sanitize::sanitize_inline(text).into_owned(),
        other => sanitize::sanitize_inline(&other.to_string()).into_owned(),
    }
}

/// Formats a count with thousands separators: `5,000`.
pub fn format_count(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", format_count(number / 1000), number % 1000),
    }
}

/// Formats a count with its noun: `1 user`, `5,000 users`.
pub fn pluralize(number: usize, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {singular}{plural}", format_count(number))
}

/// Returns `is` or `are`, to follow a count.
pub fn is_or_are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Joins items with commas. Long lists are cut after the first few items.
fn join_truncated(mut items: impl ExactSizeIterator<Item = String>) -> String {
    if items.len() <= MAX_INLINE_ITEMS {
        return join(items, ", ");
    }
    let first = join(items.by_ref().take(MAX_INLINE_ITEMS - 1), ", ");
    format!("{first} and {} more", format_count(items.len()))
}

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// Formats an E.164 number with spaces. Other text, and numbers whose digits would change, stay as
/// they are.
pub(super) fn format_phone_number(text: &str) -> String {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    if !text.starts_with('+') || text.len() <= 8 {
        return sanitize::sanitize_inline(text).into_owned();
    }
    phonenumber::parse(None, text)
        .ok()
        .map(|number| {
            number
                .format()
                .mode(phonenumber::Mode::International)
                .to_string()
        })
        .filter(|formatted| digits(formatted) == digits(text))
        .unwrap_or_else(|| sanitize::sanitize_inline(text).into_owned())
}

fn format_times(times: &Value) -> String {
    let span = |span: &Value| match plain_text(span).as_str() {
        "all-day" => "all day".to_owned(),
        span => span.replace('-', "–"),
    };
    match times {
        Value::Array(spans) => join(spans.iter().map(span), " and "),
        single => span(single),
    }
}

fn format_weekly(days: &Map<String, Value>) -> String {
    let day = |day: &str| {
        let mut letters = day.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let entries = days.iter().map(|(key, times)| {
        let days = join(key.split('-').map(day), "–");
        format!("{days} {}", format_times(times))
    });
    join(entries, ", ")
}

fn format_date(value: &Value) -> String {
    plain_text(value).replace('T', " ")
}

fn format_date_range(range: &Value) -> String {
    match (range.get("start"), range.get("end")) {
        (Some(start), Some(end)) => format!("{} to {}", format_date(start), format_date(end)),
        (None, Some(end)) => format!("until {}", format_date(end)),
        _ => format_date(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pluralize_agrees_with_count() {
        let phrase = |number| format!("{} {}", pluralize(number, "user"), is_or_are(number));
        assert_eq!(
            [0, 1, 2, 12_345].map(phrase),
            [
                "0 users are",
                "1 user is",
                "2 users are",
                "12,345 users are"
            ]
        );
    }
}
