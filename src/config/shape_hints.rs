//! Explains values of the wrong shape by the key that they belong to, and shows the right form.

use super::misnamed_keys::TARGET_KEYS;
use super::suggestions::suggest;
use super::types::{DateOrTime, DaysKey, PhoneNumber, SpanText, is_email};
use crate::model::is_valid_name;

/// What a key expects, and help that shows the right form.
pub(super) struct ShapeHint {
    pub(super) expected: &'static str,
    pub(super) help: String,
}

/// Explains a value of the wrong type of a key, or an item of its list. `expected` is the type,
/// `found` describes the value, and `source` is its text in the file.
pub(super) fn explain_shape(
    key: &str,
    expected: &str,
    found: &str,
    source: &str,
) -> Option<ShapeHint> {
    let text = found
        .trim_start_matches("the text ")
        .trim_matches(['`', '"']);
    let (expected, help) = match (key, expected) {
        ("interactionRules", "a map") => (
            "rules by name",
            "write the name of each rule as a key, without a dash: `VIP calls:`".to_owned(),
        ),
        ("states", "a map") => (
            "states by name",
            "write the name of each state as a key, without a dash: `work-hours:`".to_owned(),
        ),
        ("weekly", _) => ("days with their times", weekly_help(text)),
        ("schedule", "a map") => ("a schedule", schedule_help(text)),
        ("ring", "a list") if found == "a map" => ("a list of ring groups", group_help(source)),
        ("ring", "a list") => ("a list of ring groups", ring_help(text, true)),
        ("ring", "a map") => ("a ring group", ring_help(text, false)),
        ("voicemail", "a map") if found != "a list" => ("a greeting or an owner", box_help(text)),
        ("announcement", "a map") if found != "a list" => ("a recording", recording_help(text)),
        ("terminate" | "noAnswer", "a map") if found == "a list" => (
            "one destination",
            "write it without brackets and dashes, such as `voicemail`".to_owned(),
        ),
        (_, "a list") if found == "a map" => ("a list", list_of_map_help(source)),
        (_, "a number") if text.parse::<f64>().is_ok() && found.starts_with('`') => (
            "a whole number",
            "write it with digits only, such as `20`".to_owned(),
        ),
        (_, "one word") if found == "a list" => (
            "one word",
            "write it without brackets and dashes".to_owned(),
        ),
        (_, "a map") if found == "a list" => (
            "keys with their values",
            format!("write the keys of `{key}` without dashes"),
        ),
        _ => return None,
    };
    Some(ShapeHint { expected, help })
}

fn weekly_help(text: &str) -> String {
    match days_with_times(text) {
        Some(days) => format!("write `{days}`"),
        None if DaysKey::try_from(text.to_owned()).is_ok() => {
            format!("add the times: `{{ {text}: 08:00-16:00 }}`")
        }
        None => "write the times by day: `{ mon-fri: 08:00-16:00 }`".to_owned(),
    }
}

fn schedule_help(text: &str) -> String {
    if let Some(days) = days_with_times(text) {
        format!("write `{{ weekly: {days} }}`")
    } else if SpanText::try_from(text.to_owned()).is_ok() {
        format!("write `{{ daily: {text} }}`")
    } else if DateOrTime::try_from(text.to_owned()).is_ok() {
        format!("write `{{ ranges: [{text}] }}`")
    } else {
        "write the times by day: `{ weekly: { mon-fri: 08:00-16:00 } }`".to_owned()
    }
}

/// Converts `mon-fri 08:00-16:00` to a map.
fn days_with_times(text: &str) -> Option<String> {
    let spaces = text.match_indices([' ', ':']);
    let mut maps = spaces.filter_map(|(at, _)| {
        let (days, times) = text.split_at(at);
        let times = times.trim_start_matches([' ', ':']);
        let is_valid = DaysKey::try_from(days.to_owned()).is_ok()
            && SpanText::try_from(times.to_owned()).is_ok();
        is_valid.then(|| format!("{{ {days}: {times} }}"))
    });
    maps.next()
}

/// Returns help for a map in the place of a list of ring groups: a group, or a target.
fn group_help(source: &str) -> String {
    let inner = source
        .trim()
        .trim_start_matches('{')
        .trim_end_matches('}')
        .trim();
    let (first_key, _) = inner.split_once(':').unwrap_or_default();
    if TARGET_KEYS.contains(&first_key.trim()) && !inner.contains('\n') {
        format!(
            "write the target in the list of a group: `[{{ targets: [{{ {inner} }}], seconds: 20 }}]`"
        )
    } else {
        list_of_map_help(source)
    }
}

/// Returns help for a map in the place of a list.
fn list_of_map_help(source: &str) -> String {
    let source = source.trim();
    if source.contains('\n') {
        "put a dash and a space in front of the first line, and indent the others as far".to_owned()
    } else if source.starts_with('{') {
        format!("write a list, even for one item: `[{source}]`")
    } else {
        format!("write a list, even for one item: `- {source}`")
    }
}

/// Returns help for the value of the destination `voicemail`.
fn box_help(text: &str) -> String {
    let is_number = text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || is_person(text) {
        format!("for the voicemail of another user write `{{ extension: \"{text}\" }}`")
    } else {
        recording_help(text)
    }
}

fn ring_help(text: &str, is_list: bool) -> String {
    if ["none", "off", "false", "no"].contains(&text) {
        return "to forward calls without ringing, write `type: Terminate` and `terminate:`"
            .to_owned();
    }
    let is_word = ["mobileApps", "desktopApps", "deskPhones", "hotdesk"].contains(&text);
    let target = if is_word {
        text.to_owned()
    } else {
        target_map(text).unwrap_or_else(|| "desktopApps".to_owned())
    };
    let group = format!("{{ targets: [{target}], seconds: 20 }}");
    if is_list {
        format!("write a list of groups with their targets and seconds: `[{group}]`")
    } else {
        format!("write a group with its targets and seconds: `{group}`")
    }
}

/// Suggests a replacement for an unknown word at a key, including maps that express it.
pub(super) fn suggest_word(word: &str, key: &str, expected: &[String]) -> String {
    let suggestion = suggest(word, expected);
    let is_allowed = |word: &str| expected.iter().any(|expected| expected == word);
    let is_similar = suggestion.starts_with("did you mean");
    let form = if is_allowed("voicemail") {
        destination_help(word, is_similar)
    } else if is_allowed("mobileApps") {
        target_help(word, is_similar, expected)
    } else if is_allowed("Terminate") {
        type_help(word, is_similar)
    } else if is_allowed("all") && key == "prune" && !is_similar {
        Some("expected `all` (delete rules that are in no file) or `none` (keep them)".to_owned())
    } else if is_allowed("work-hours") && key == "schedule" && !is_similar {
        Some(schedule_help(word))
    } else if is_allowed("none") && expected.len() == 1 && !is_similar {
        Some(prompt_help(word, key))
    } else {
        None
    };
    form.unwrap_or(suggestion)
}

fn type_help(word: &str, is_similar: bool) -> Option<String> {
    let lower = word.to_lowercase();
    match lower.as_str() {
        "voicemail" | "announcement" => {
            Some(format!("write `type: Terminate` and `terminate: {lower}`"))
        }
        _ if is_similar => None,
        _ => Some(
            "expected `RingAtOnce` (all targets ring together), `RingInOrder` (one group after the \
             other), `Custom` (each group at its own time) or `Terminate` (nothing rings)"
                .to_owned(),
        ),
    }
}

fn destination_help(word: &str, is_similar: bool) -> Option<String> {
    let proposal = number_help(word, "extension");
    if proposal.is_some() || is_similar {
        return proposal;
    }
    Some(if is_person(word) {
        format!("did you mean `{{ extension: \"{word}\" }}`?")
    } else {
        "expected `voicemail`, `announcement`, or a map: `{ extension: \"102\" }`, \
         `{ phoneNumber: \"+14082324343\" }`"
            .to_owned()
    })
}

fn target_help(word: &str, is_similar: bool, expected: &[String]) -> Option<String> {
    let lower = word.to_lowercase();
    let proposal = number_help(word, "coworker").or_else(|| missing_comma_help(word, expected));
    if proposal.is_some() || is_similar {
        return proposal;
    }
    Some(if lower.starts_with("mobile") {
        "did you mean `mobileApps`?".to_owned()
    } else if lower.starts_with("desktop") {
        "did you mean `desktopApps`?".to_owned()
    } else if lower.contains("phone") || lower.contains("desk") {
        "for a phone write its name: `{ device: \"Reception phone\" }`; the phone that the user has \
         logged into is `hotdesk`"
            .to_owned()
    } else if lower == "voicemail" {
        "voicemail does not ring: write `noAnswer: voicemail`".to_owned()
    } else if is_person(word) {
        format!("did you mean `{{ coworker: \"{word}\" }}`?")
    } else {
        "expected `mobileApps`, `desktopApps`, `hotdesk`, or a map: `{ coworker: \"102\" }`, \
         `{ phoneNumber: \"+14082324343\" }`, `{ device: \"Reception phone\" }`"
            .to_owned()
    })
}

/// Returns help for a bare number. `key` is that of a map with an extension number.
fn number_help(word: &str, key: &str) -> Option<String> {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let phone = |number: String| {
        let is_valid = PhoneNumber::try_from(number.clone()).is_ok();
        is_valid.then(|| format!("`{{ phoneNumber: \"{number}\" }}`"))
    };
    if word.starts_with('+') {
        return phone(word.to_owned()).map(|map| format!("did you mean {map}?"));
    }
    match word.len() {
        _ if !is_number => None,
        1..=8 => Some(format!("did you mean `{{ {key}: \"{word}\" }}`?")),
        10 if !word.starts_with('0') => {
            let map = phone(format!("+1{word}"))?;
            Some(format!(
                "put the country code in front; for North America: {map}"
            ))
        }
        11.. => {
            let map = phone(format!("+{word}"))?;
            Some(format!("if it starts with the country code: {map}"))
        }
        _ => None,
    }
}

/// Returns the ring target that a bare number, address or name certainly means.
fn target_map(text: &str) -> Option<String> {
    let is_number = (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || is_person(text) {
        Some(format!("{{ coworker: \"{text}\" }}"))
    } else {
        let number = PhoneNumber::try_from(text.to_owned()).ok()?;
        Some(format!("{{ phoneNumber: \"{}\" }}", number.0))
    }
}

/// Returns help for words of a list that are separated by spaces only.
fn missing_comma_help(text: &str, expected: &[String]) -> Option<String> {
    let mut words = text.split_whitespace();
    let is_expected = |word: &str| expected.iter().any(|expected| expected == word);
    let second = words.clone().nth(1)?;
    words
        .all(is_expected)
        .then(|| format!("a comma is missing before `{second}`"))
}

/// Returns whether a text looks like the name or e-mail address of a person.
fn is_person(text: &str) -> bool {
    let is_name = is_valid_name(text)
        && text.starts_with(char::is_uppercase)
        && !text.contains(|c: char| c.is_ascii_digit() || c == ':');
    is_name || is_email(text)
}

/// Returns help for the value of a key that accepts `none` or a map.
fn prompt_help(word: &str, key: &str) -> String {
    if ["off", "no", "false", "disabled"].contains(&word.to_lowercase().as_str()) {
        "write `none`".to_owned()
    } else if key == "screening" {
        "expected `none`, or a map: `{ when: Always, result: AskToAnswer }`".to_owned()
    } else {
        recording_help(word)
    }
}

/// Returns help for a recording that is not a map.
fn recording_help(word: &str) -> String {
    let is_file = [".mp3", ".wav"]
        .iter()
        .any(|extension| word.to_lowercase().ends_with(extension));
    if is_file {
        "upload the recording in the app, and refer to it by its id: `{ custom: \"5072424004\" }`"
            .to_owned()
    } else if is_valid_name(word) {
        format!("for a standard greeting write `{{ preset: \"{word}\" }}`")
    } else {
        "write a map: `{ preset: \"Acoustic\" }` or `{ custom: \"5072424004\" }`".to_owned()
    }
}

/// Returns help for a key without a value inside brackets: `mon, wed: 08:00-16:00` or `a:1`.
pub(super) fn missing_value_help(name: &str, parent: &str) -> Option<String> {
    if ["voicemail", "announcement"].contains(&name) && ["terminate", "noAnswer"].contains(&parent)
    {
        return Some(format!("write it without brackets: `{parent}: {name}`"));
    }
    if let Some((key, value)) = name.split_once(':').filter(|(_, value)| !value.is_empty()) {
        return Some(format!("add a space after the colon: `{key}: {value}`"));
    }
    let is_days = parent == "weekly" && DaysKey::try_from(name.to_owned()).is_ok();
    is_days.then(|| {
        format!(
            "give each day its own times, `{name}: 08:00-16:00`, or write a range of days, \
             `mon-fri: 08:00-16:00`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn value_of_wrong_shape_shows_the_form_of_its_key() {
        for (key, expected, found, help) in [
            (
                "weekly",
                "a map",
                "`mon-fri 08:00-16:00`",
                "write `{ mon-fri: 08:00-16:00 }`",
            ),
            (
                "weekly",
                "a map",
                "`mon-fri`",
                "add the times: `{ mon-fri: 08:00-16:00 }`",
            ),
            (
                "weekly",
                "a map",
                "`soon 8`",
                "write the times by day: `{ mon-fri: 08:00-16:00 }`",
            ),
            (
                "schedule",
                "a map",
                "`mon-fri 09:00-17:00`",
                "write `{ weekly: { mon-fri: 09:00-17:00 } }`",
            ),
            (
                "schedule",
                "a map",
                "`09:00-17:00`",
                "write `{ daily: 09:00-17:00 }`",
            ),
            (
                "schedule",
                "a map",
                "`2026-12-24`",
                "write `{ ranges: [2026-12-24] }`",
            ),
            (
                "ring",
                "a map",
                "`mobileApps`",
                "write a group with its targets and seconds: \
                 `{ targets: [mobileApps], seconds: 20 }`",
            ),
            (
                "ring",
                "a list",
                "`102`",
                "write a list of groups with their targets and seconds: \
                 `[{ targets: [{ coworker: \"102\" }], seconds: 20 }]`",
            ),
            (
                "interactionRules",
                "a map",
                "a list",
                "write the name of each rule as a key, without a dash: `VIP calls:`",
            ),
            (
                "conditions",
                "a map",
                "a list",
                "write the keys of `conditions` without dashes",
            ),
        ] {
            let hint = explain_shape(key, expected, found, "").unwrap();
            assert_eq!(hint.help, help, "{key}: {found}");
            assert_ne!(hint.expected, expected, "{key}: {found}");
        }
        assert!(explain_shape("seconds", "a number", "`x`", "").is_none());
    }

    #[test]
    fn unknown_destination_suggests_maps_and_unknown_type_its_key() {
        let destinations = words(&["voicemail", "announcement"]);
        for (word, expected) in [
            (
                "extension 102",
                "expected `voicemail`, `announcement`, or a map: `{ extension: \"102\" }`, \
                 `{ phoneNumber: \"+14082324343\" }`",
            ),
            ("900", "did you mean `{ extension: \"900\" }`?"),
            (
                "+14082324343",
                "did you mean `{ phoneNumber: \"+14082324343\" }`?",
            ),
            (
                "4082324343",
                "put the country code in front; for North America: \
                 `{ phoneNumber: \"+14082324343\" }`",
            ),
            (
                "14082324343",
                "if it starts with the country code: `{ phoneNumber: \"+14082324343\" }`",
            ),
            ("Priya Rao", "did you mean `{ extension: \"Priya Rao\" }`?"),
            ("voicmail", "did you mean `voicemail`?"),
        ] {
            assert_eq!(suggest_word(word, "terminate", &destinations), expected);
        }
        let types = words(&["RingAtOnce", "RingInOrder", "Custom", "Terminate"]);
        assert_eq!(
            suggest_word("Voicemail", "type", &types),
            "write `type: Terminate` and `terminate: voicemail`"
        );
        assert_eq!(
            suggest_word("terminate", "type", &types),
            "did you mean `Terminate`?"
        );
    }

    #[test]
    fn unknown_ring_target_suggests_what_it_may_mean() {
        let targets = words(&["mobileApps", "desktopApps", "hotdesk"]);
        for (word, expected) in [
            ("102", "did you mean `{ coworker: \"102\" }`?"),
            ("Priya Rao", "did you mean `{ coworker: \"Priya Rao\" }`?"),
            (
                "priya@acme.example",
                "did you mean `{ coworker: \"priya@acme.example\" }`?",
            ),
            ("mobile", "did you mean `mobileApps`?"),
            ("hotdesc", "did you mean `hotdesk`?"),
            (
                "desktopApps mobileApps",
                "a comma is missing before `mobileApps`",
            ),
        ] {
            assert_eq!(suggest_word(word, "targets", &targets), expected);
        }
        for phone in ["deskphone", "desk phone", "phone"] {
            let help = suggest_word(phone, "targets", &targets);
            assert!(help.contains("`{ device: "), "{help}");
        }
    }

    #[test]
    fn unknown_prompt_shows_presets_and_recordings() {
        let none = words(&["none"]);
        let help = suggest_word("hello.mp3", "greeting", &none);
        assert!(
            help.ends_with("by its id: `{ custom: \"5072424004\" }`"),
            "{help}"
        );
        assert_eq!(
            suggest_word("Acoustic", "connectingAudio", &none),
            "for a standard greeting write `{ preset: \"Acoustic\" }`"
        );
        assert!(suggest_word("Always", "screening", &none).contains("when: Always"));
        let prune = words(&["all", "none"]);
        assert_eq!(
            suggest_word("everything", "prune", &prune),
            "expected `all` (delete rules that are in no file) or `none` (keep them)"
        );
    }

    #[test]
    fn key_without_value_in_brackets_shows_where_the_value_goes() {
        assert_eq!(
            missing_value_help("mon-fri:08:00-16:00", "weekly").as_deref(),
            Some("add a space after the colon: `mon-fri: 08:00-16:00`")
        );
        let help = missing_value_help("mon", "weekly").unwrap();
        assert!(help.contains("`mon: 08:00-16:00`"), "{help}");
        assert_eq!(missing_value_help("state", "conditions"), None);
    }
}
