//! Explains unknown keys that have another name here, or that belong into a map of their own.

use super::suggestions::suggest;
use super::types::{DaysKey, SpanText};
use crate::model::is_similar;
use crate::yaml::{SourceSpan, YamlError, YamlErrorKind};

/// Words for a key that people know from the app or from other programs, in lower case.
const SYNONYMS: &[(&str, &str)] = &[
    ("number", "phoneNumber"),
    ("number", "extension"),
    ("phone", "phoneNumber"),
    ("phone", "device"),
    ("user", "coworker"),
    ("user", "extension"),
    ("extension", "coworker"),
    ("coworker", "extension"),
    ("queue", "extension"),
    ("person", "coworker"),
    ("person", "extension"),
    ("from", "start"),
    ("from", "callerIds"),
    ("since", "start"),
    ("begin", "start"),
    ("to", "end"),
    ("to", "calledNumbers"),
    ("until", "end"),
    ("duration", "seconds"),
    ("time", "seconds"),
    ("timeout", "seconds"),
    ("rules", "interactionRules"),
    ("customrules", "interactionRules"),
    ("callers", "callerIds"),
    ("caller", "callerIds"),
    ("hours", "schedule"),
    ("days", "weekly"),
    ("dates", "ranges"),
    ("holidays", "calendar"),
    ("forward", "terminate"),
    ("destination", "terminate"),
    ("business-hours", "work-hours"),
    ("office-hours", "work-hours"),
    ("do-not-disturb", "dnd"),
];

/// The keys of ring targets that no ring group has.
pub(super) const TARGET_KEYS: [&str; 9] = [
    "coworker",
    "phoneNumber",
    "device",
    "mobileAppsOf",
    "desktopAppsOf",
    "imsPhoneNumber",
    "fmcPhoneNumber",
    "integration",
    "cloudConnector",
];

/// Suggests what an unknown key may mean.
pub(super) fn suggest_key(span: &SourceSpan, key: &str, expected: &[String]) -> String {
    if is_target_in_group(key, expected) {
        return format!(
            "write the target in the list of a group: `{{ targets: [{{ {key}: … }}], seconds: 20 }}`"
        );
    }
    let is_days = DaysKey::try_from(key.to_owned()).is_ok();
    if is_days && expected.iter().any(|expected| expected == "weekly") {
        return format!("days belong below `weekly`: `weekly: {{ {key}: … }}`");
    }
    if SpanText::try_from(key.to_owned()).is_ok() {
        return format!(
            "put all time spans in brackets: `[…, {}]`",
            span.text().trim()
        );
    }
    match known_name(key, expected) {
        Some(name) => format!("did you mean `{name}`?"),
        None => suggest(key, expected),
    }
}

/// Returns the expected key that an unknown one certainly means.
fn known_name<'e>(key: &str, expected: &'e [String]) -> Option<&'e str> {
    let lower = key.to_lowercase();
    let find = |name: &str| expected.iter().find(|expected| *expected == name);
    let mut synonyms = SYNONYMS.iter().filter(|(word, _)| *word == lower);
    let name = synonyms.find_map(|(_, name)| find(name));
    name.map(String::as_str)
}

/// Returns whether an unknown key of a ring group is a key of a target.
fn is_target_in_group(key: &str, expected: &[String]) -> bool {
    TARGET_KEYS.contains(&key) && expected.iter().any(|expected| expected == "targets")
}

/// Removes errors that only follow from an unknown key: that the key that it means is missing, and
/// that the other keys of a ring target in the place of a group are unknown.
pub(super) fn drop_follow_up_errors(errors: &mut Vec<YamlError>) {
    let unknown_keys: Vec<(SourceSpan, String, Vec<String>)> = errors
        .iter()
        .filter_map(|error| match &error.kind {
            YamlErrorKind::UnknownKey { key, expected } => {
                Some((error.span.clone(), key.clone(), expected.clone()))
            }
            _ => None,
        })
        .collect();
    let maps: Vec<SourceSpan> = errors
        .iter()
        .filter(|error| matches!(&error.kind, YamlErrorKind::MissingKey(key) if key == "targets"))
        .map(|error| error.span.clone())
        .collect();
    errors.retain(|error| match &error.kind {
        YamlErrorKind::MissingKey(missing) => {
            let mut inside = unknown_keys
                .iter()
                .filter(|(span, ..)| error.span.contains(span));
            !inside.any(|(_, key, expected)| {
                let is_meant = known_name(key, expected) == Some(missing)
                    || is_similar(key, missing) && expected.contains(missing);
                is_meant || (missing == "targets" && is_target_in_group(key, expected))
            })
        }
        YamlErrorKind::UnknownKey { key, expected } => {
            let is_other_target_key = ["name", "extension"].contains(&key.as_str());
            let map = maps.iter().find(|map| map.contains(&error.span));
            let has_target = |map: &SourceSpan| {
                unknown_keys.iter().any(|(span, key, expected)| {
                    map.contains(span) && is_target_in_group(key, expected)
                })
            };
            let belongs_to_target = expected.iter().any(|expected| expected == "targets")
                && map.is_some_and(has_target);
            !(is_other_target_key && belongs_to_target)
        }
        _ => true,
    });
}

#[cfg(test)]
mod tests {
    use super::super::parse_diagnostics::diagnostics_from_errors;
    use super::super::types::UserFile;
    use crate::yaml::{self, SourceFile};

    /// Returns the text at each error of a dispatching, with its help.
    fn explain(dispatching: &str) -> Vec<(String, String)> {
        let text = format!("states: {{ work-hours: {{ {dispatching} }} }}\n");
        let (node, _) = yaml::parse(&SourceFile::new("", text.clone()));
        let node = node.unwrap();
        let errors = yaml::deserialize_lenient::<UserFile>(&node).errors;
        let all = diagnostics_from_errors(errors, Some(&node)).into_iter();
        all.map(|found| {
            let place = text[found.span.unwrap().bytes].to_owned();
            (place, found.help.unwrap_or_default())
        })
        .collect()
    }

    #[test]
    fn target_in_the_place_of_a_group_is_reported_once() {
        for target in [
            "coworker: \"102\"",
            "phoneNumber: \"+14082324343\", name: Cell",
            "device: Desk, seconds: 20",
        ] {
            let key = target.split_once(':').unwrap().0;
            let help = format!(
                "write the target in the list of a group: `{{ targets: [{{ {key}: … }}], seconds: 20 }}`"
            );
            let actual = explain(&format!("dispatching: {{ ring: [{{ {target} }}] }}"));
            assert_eq!(actual, [(key.to_owned(), help)], "{target}");
        }
    }

    #[test]
    fn misnamed_key_is_not_reported_as_missing() {
        for (part, key, name) in [
            (
                "ring: [{ target: [mobileApps], seconds: 20 }]",
                "target",
                "targets",
            ),
            (
                "ring: [{ targets: [mobileApps], duration: 20 }]",
                "duration",
                "seconds",
            ),
            (
                "noAnswer: { number: \"+14082324343\" }",
                "number",
                "phoneNumber",
            ),
            ("noAnswer: { queue: Support }", "queue", "extension"),
        ] {
            let expected = (key.to_owned(), format!("did you mean `{name}`?"));
            assert_eq!(explain(&format!("dispatching: {{ {part} }}")), [expected]);
        }
    }

    #[test]
    fn days_and_times_in_the_place_of_keys_are_explained() {
        for (schedule, key, help) in [
            (
                "mon-fri: 08:00-16:00",
                "mon-fri",
                "days belong below `weekly`: `weekly: { mon-fri: … }`",
            ),
            (
                "daily: 08:00-12:00, 13:00-16:00",
                "13:00-16:00",
                "put all time spans in brackets: `[…, 13:00-16:00]`",
            ),
        ] {
            let actual = explain(&format!("schedule: {{ {schedule} }}"));
            let found = actual.iter().find(|(place, _)| place == key);
            assert_eq!(
                found,
                Some(&(key.to_owned(), help.to_owned())),
                "{actual:?}"
            );
        }
    }
}
