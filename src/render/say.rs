//! YAML words as a manager reads them: numbers with spaces, days with names, seconds with their unit.

use serde_json::{Map, Value};

use super::shown;
use crate::model::{Catalogue, Directory};

/// Longer lists than this are cut where they stand in a line.
pub(super) const ITEMS: usize = 6;

/// Says words aloud, with the names of the people that they mention, and of greetings and devices where
/// these are known.
#[derive(Debug, Clone, Copy)]
pub struct Say<'a> {
    /// The people.
    pub directory: &'a Directory,
    /// The greetings and devices that are known.
    pub catalogue: &'a Catalogue,
}

impl Say<'_> {
    /// A value that stands at `path` of a rule or state.
    pub fn value(&self, path: &str, value: &Value) -> String {
        let key = path.rsplit('.').next().unwrap_or(path);
        let key = key.split('[').next().unwrap_or(key);
        match (key, value) {
            // In a list of groups only silence is said.
            ("enabled", Value::Null) => "yes".to_owned(),
            (_, Value::Null) => "–".to_owned(),
            ("enabled" | "queueCallsIncluded", Value::Bool(true)) => "yes".to_owned(),
            ("enabled" | "queueCallsIncluded", Value::Bool(false)) => "no".to_owned(),
            ("seconds" | "startOffset", Value::Number(n)) => format!("{n} s"),
            ("schedule", schedule) => self.schedule(schedule),
            ("daily", times) => format!("daily {}", times_of_day(times)),
            ("weekly", Value::Object(days)) => weekly(days),
            ("ranges", Value::Array(ranges)) => shortened(ranges.iter().map(date_range)),
            ("callerIds", Value::Array(callers)) => self.callers(callers),
            ("calledNumbers", Value::Array(numbers)) => {
                shortened(numbers.iter().map(|n| self.thing(n)))
            }
            ("ring", Value::Array(groups)) => {
                joined(groups.iter().map(|g| self.ring_group(g)), ", then ")
            }
            ("targets" | "ringAlways", Value::Array(targets)) => self.together(targets),
            ("greeting" | "connectingMessage" | "connectingAudio", prompt) => {
                self.recording(prompt)
            }
            ("screening", Value::Object(screening)) => joined(screening.values().map(plain), ", "),
            (_, value) => self.thing(value),
        }
    }

    /// A rule's conditions, in one line.
    pub fn when(&self, part: impl Fn(&str) -> Option<Value>) -> String {
        let mut parts = Vec::new();
        if let Some(Value::Array(callers)) = part("conditions.callerIds") {
            parts.push(self.callers(&callers));
        }
        if let Some(numbers) = part("conditions.calledNumbers") {
            parts.push(format!("to {}", self.value("calledNumbers", &numbers)));
        }
        if let Some(schedule) = part("conditions.schedule") {
            parts.push(self.schedule(&schedule));
        }
        if let Some(state) = part("conditions.state") {
            parts.push(plain(&state));
        }
        if let Some(Value::Array(other)) = part("conditions.other") {
            parts.push(self.together(&other));
        }
        parts.join(" · ")
    }

    /// What happens to calls, in one line.
    pub fn then(&self, part: impl Fn(&str) -> Option<Value>) -> String {
        let destination = |key: &str| part(key).map(|value| self.thing(&value));
        let mut parts = Vec::new();
        if let Some(greeting) = part("dispatching.greeting").filter(|g| *g != "none") {
            parts.push(format!("play {}", self.recording(&greeting)));
        }
        for (key, word) in [
            ("screening", "screen callers"),
            ("connectingMessage", "then say"),
            ("connectingAudio", "meanwhile play"),
        ] {
            if let Some(value) =
                part(&format!("dispatching.{key}")).filter(|value| *value != "none")
            {
                parts.push(format!("{word}: {}", self.value(key, &value)));
            }
        }
        let kind = part("dispatching.type")
            .map(|kind| plain(&kind))
            .unwrap_or_default();
        if kind == "Terminate" {
            let at_once = destination("dispatching.terminate").unwrap_or_default();
            parts.push(format!("at once to {at_once}"));
        } else {
            let rings = |group: &&Value| group.get("enabled") != Some(&Value::Bool(false));
            let groups = part("dispatching.ring").unwrap_or_default();
            let groups = groups.as_array().into_iter().flatten().filter(rings);
            let separator = if kind == "RingInOrder" {
                ", then "
            } else {
                " with "
            };
            let who = joined(groups.map(|group| self.ring_group(group)), separator);
            if who.is_empty() {
                parts.push("nobody rings".to_owned());
            } else {
                parts.push(format!("ring {who}"));
            }
            if let Some(Value::Array(always)) = part("dispatching.ringAlways") {
                parts.push(format!("{} throughout", self.together(&always)));
            }
            if let Some(no_answer) = destination("dispatching.noAnswer") {
                parts.push(format!("no answer: {no_answer}"));
            }
        }
        parts.join(" · ")
    }

    fn callers(&self, callers: &[Value]) -> String {
        match callers {
            [one] => format!("calls from {}", self.caller(one)),
            [one, two] => format!("calls from {} or {}", self.caller(one), self.caller(two)),
            many => format!("{} callers", count(many.len())),
        }
    }

    /// A short number is the beginning of many.
    pub(super) fn caller(&self, caller: &Value) -> String {
        let number = caller.get("phoneNumber").unwrap_or(caller).as_str();
        match number {
            Some(prefix) if prefix.len() <= 8 => format!("numbers that begin with {prefix}"),
            _ => self.thing(caller),
        }
    }

    fn ring_group(&self, group: &Value) -> String {
        let targets = group
            .get("targets")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let seconds = group
            .get("seconds")
            .map(|s| format!(" {s} s"))
            .unwrap_or_default();
        let silent = if group.get("enabled") == Some(&Value::Bool(false)) {
            " (silent)"
        } else {
            ""
        };
        format!("{}{seconds}{silent}", self.together(targets))
    }

    fn together(&self, targets: &[Value]) -> String {
        joined(targets.iter().map(|target| self.thing(target)), " + ")
    }

    /// A target, destination, number or anything else that stands for itself.
    pub(super) fn thing(&self, value: &Value) -> String {
        match value {
            Value::Object(map) => self.map(map),
            Value::String(word) => match word.as_str() {
                "mobileApps" => "mobile apps".to_owned(),
                "desktopApps" => "desktop apps".to_owned(),
                "hotdesk" => "hot desk".to_owned(),
                word => phone_number(word),
            },
            Value::Array(items) => self.together(items),
            other => plain(other),
        }
    }

    fn map(&self, map: &Map<String, Value>) -> String {
        let Some((key, value)) = map.iter().next() else {
            return "nothing".to_owned();
        };
        let name = map.get("name").and_then(Value::as_str);
        let name = name.filter(|name| !name.is_empty());
        match key.as_str() {
            "phoneNumber" | "imsPhoneNumber" | "fmcPhoneNumber" => {
                let number = phone_number(&plain(value));
                match name {
                    Some(name) => format!("{number} ({})", shown::name(name)),
                    None => number,
                }
            }
            "extension" => format!("extension {}", self.person(value)),
            "coworker" => match self.person(value) {
                // A number among numbers and seconds would be read as one of them.
                number if number == plain(value) => format!("extension {number}"),
                named => named,
            },
            "mobileAppsOf" => format!("mobile apps of {}", self.person(value)),
            "desktopAppsOf" => format!("desktop apps of {}", self.person(value)),
            "voicemail" => {
                let of = value
                    .get("extension")
                    .map(|of| format!("voicemail of {}", self.person(of)));
                let of = of.unwrap_or_else(|| "voicemail".to_owned());
                match (value.get("preset"), value.get("custom")) {
                    (None, None) => of,
                    _ => format!("{of} ({})", self.recording(value)),
                }
            }
            "announcement" => format!("announcement ({})", self.recording(value)),
            "preset" | "custom" => self.recording(&Value::Object(map.clone())),
            "device" => {
                let id = plain(value);
                let name = self.catalogue.device(&id).unwrap_or(&id);
                format!("device {}", shown::name(name))
            }
            "integration" => plain(value),
            "cloudConnector" => {
                let name = value.get("name").map(plain).unwrap_or_default();
                format!("cloud connector {name}")
            }
            _ => Value::Object(map.clone()).to_string(),
        }
    }

    fn recording(&self, value: &Value) -> String {
        let preset = value.get("preset").map(|id| {
            let id = plain(id);
            let name = self.catalogue.greeting(&id).unwrap_or(&id);
            format!("preset {}", shown::name(name))
        });
        let custom = value
            .get("custom")
            .map(|id| format!("recording {}", plain(id)));
        preset.or(custom).unwrap_or_else(|| plain(value))
    }

    fn person(&self, reference: &Value) -> String {
        let number = plain(reference);
        match self.directory.by_number(&number)[..] {
            [one] if !one.name.is_empty() => {
                format!("{number} ({})", shown::name(&one.name))
            }
            _ => number,
        }
    }

    fn schedule(&self, schedule: &Value) -> String {
        let Value::Object(parts) = schedule else {
            return plain(schedule);
        };
        if parts.is_empty() {
            return "–".to_owned();
        }
        let when = ["daily", "weekly", "ranges", "other"];
        let when = when
            .iter()
            .filter_map(|key| parts.get(*key).map(|part| self.value(key, part)));
        let mut said = joined(when, ", ");
        for (key, word) in [("start", "from"), ("end", "until")] {
            if let Some(bound) = parts.get(key) {
                said = format!("{said} {word} {}", date(bound));
            }
        }
        said
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => shown::name(text).into_owned(),
        other => shown::name(&other.to_string()).into_owned(),
    }
}

/// A count with its thousands apart: `5,000`.
pub fn count(number: usize) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", count(number / 1000), number % 1000),
    }
}

/// So many of them: `1 user`, `5,000 users`.
pub fn counted(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", count(number))
}

/// The verb behind a number.
pub fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// As many as a line can bear: longer lists are told by their first items.
fn shortened(mut items: impl ExactSizeIterator<Item = String>) -> String {
    if items.len() <= ITEMS {
        return joined(items, ", ");
    }
    let first = joined(items.by_ref().take(ITEMS - 1), ", ");
    format!("{first} and {} more", count(items.len()))
}

fn joined(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// A number with its parts apart, as people read it, and with every digit that is dialled; what is no
/// full number stays as it is.
pub(super) fn phone_number(text: &str) -> String {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    if !text.starts_with('+') || text.len() <= 8 {
        return shown::name(text).into_owned();
    }
    let parsed = phonenumber::parse(None, text).ok();
    parsed
        .map(|number| {
            number
                .format()
                .mode(phonenumber::Mode::International)
                .to_string()
        })
        .filter(|shown| digits(shown) == digits(text))
        .unwrap_or_else(|| shown::name(text).into_owned())
}

fn times_of_day(times: &Value) -> String {
    let span = |span: &Value| match plain(span).as_str() {
        "all-day" => "all day".to_owned(),
        span => span.replace('-', "–"),
    };
    match times {
        Value::Array(spans) => joined(spans.iter().map(span), " and "),
        one => span(one),
    }
}

fn weekly(days: &Map<String, Value>) -> String {
    let day = |day: &str| {
        let mut letters = day.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let runs = days.iter().map(|(run, times)| {
        let run = joined(run.split('-').map(day), "–");
        format!("{run} {}", times_of_day(times))
    });
    joined(runs, ", ")
}

fn date(value: &Value) -> String {
    plain(value).replace('T', " ")
}

fn date_range(range: &Value) -> String {
    match (range.get("start"), range.get("end")) {
        (Some(start), Some(end)) => format!("{} to {}", date(start), date(end)),
        _ => date(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_agrees_with_what_is_counted() {
        let told = |number| format!("{} {}", counted(number, "user"), are(number));
        let told = [0, 1, 2, 12_345].map(told);
        assert_eq!(
            told,
            [
                "0 users are",
                "1 user is",
                "2 users are",
                "12,345 users are"
            ]
        );
    }
}
