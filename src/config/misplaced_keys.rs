//! Explains keys that are known, but on another level of a file.

use super::source_lines::SourceLine;
use crate::model::ALL_STATES;
use crate::yaml::{SourceSpan, YamlError, YamlErrorKind};

/// The keys at the left margin of user files, in the order in which an import writes them.
pub(crate) const FILE_KEYS: [&str; 9] = [
    "extension",
    "email",
    "id",
    "profiles",
    "prune",
    "ignore",
    "allow",
    "interactionRules",
    "states",
];
/// The keys of rules and states that contain further keys, with those keys.
const NESTED_KEYS: [(&str, &[&str]); 3] = [
    ("schedule", &["daily", "weekly", "ranges", "calendar"]),
    (
        "conditions",
        &["callerIds", "calledNumbers", "schedule", "state"],
    ),
    (
        "dispatching",
        &[
            "type",
            "greeting",
            "connectingMessage",
            "connectingAudio",
            "screening",
            "ring",
            "ringAlways",
            "noAnswer",
            "terminate",
        ],
    ),
];

/// The keys of interaction rules that no other map has.
const RULE_KEYS: [&str; 4] = [
    "conditions",
    "dispatching",
    "queueCallsIncluded",
    "renamedFrom",
];

/// The keys whose value is always a list.
pub(super) const LIST_KEYS: [&str; 11] = [
    "profiles",
    "ignore",
    "allow",
    "callerIds",
    "calledNumbers",
    "ranges",
    "ring",
    "ringAlways",
    "targets",
    "tests",
    "calls",
];

/// The keys below those of [`NESTED_KEYS`] and in tests.
const OTHER_KEYS: [&str; 22] = [
    "prune",
    "enabled",
    "id",
    "name",
    "start",
    "end",
    "targets",
    "seconds",
    "startOffset",
    "coworker",
    "phoneNumber",
    "device",
    "contacts",
    "preset",
    "custom",
    "when",
    "result",
    "user",
    "call",
    "calls",
    "expect",
    "handledBy",
];

/// Returns whether a word is a key or the name of a state.
pub(super) fn is_known_key(word: &str) -> bool {
    let nested = NESTED_KEYS
        .iter()
        .flat_map(|(container, keys)| std::iter::once(container).chain(*keys));
    let known = FILE_KEYS
        .iter()
        .chain(nested)
        .chain(&RULE_KEYS)
        .chain(&OTHER_KEYS);
    known.copied().any(|key| key == word) || ALL_STATES.iter().any(|state| state.id == word)
}

/// The keys that occur in the same map.
const SIBLING_KEYS: [&[&str]; 3] = [
    &[
        "conditions",
        "dispatching",
        "enabled",
        "queueCallsIncluded",
        "renamedFrom",
    ],
    &["schedule", "dispatching", "enabled"],
    GROUP_KEYS,
];

/// The keys of ring groups.
const GROUP_KEYS: &[&str] = &["targets", "seconds", "startOffset", "enabled"];

/// Returns whether two keys occur in the same map.
pub(super) fn are_siblings(one: &str, other: &str) -> bool {
    let nested = NESTED_KEYS.iter().map(|(_, keys)| *keys);
    let mut maps = nested.chain(SIBLING_KEYS).chain([&FILE_KEYS[..]]);
    one != other && maps.any(|keys| keys.contains(&one) && keys.contains(&other))
}

/// Explains a key that is indented too far: below another key of its map. Keys of a ring group can
/// belong to another group.
pub(super) fn column_of_sibling(line: &SourceLine<'_>) -> Option<String> {
    let key = line.key()?;
    let mut parents = std::iter::successors(line.parent_line(), SourceLine::parent_line);
    let mut is_in_group = false;
    let sibling = parents.find_map(|parent| {
        let name = parent.key_in_item()?;
        is_in_group |= ["ring", "ringAlways"].contains(&name) && GROUP_KEYS.contains(&key);
        let is_deeper = line.indent() > parent.key_column();
        (is_deeper && !is_in_group && are_siblings(key, name)).then_some((name, parent))
    });
    let (name, number) = sibling.map(|(name, parent)| (name, parent.number()))?;
    Some(format!(
        "`{key}` should start in the same column as `{name}` (line {number})"
    ))
}

/// A rule or state on the wrong level: the line that it should be aligned with or that it belongs
/// under, and help.
struct MisplacedSection<'a> {
    reference: Option<SourceLine<'a>>,
    help: String,
}

/// Explains a rule or state that is at the left margin, or inside another rule or state.
fn misplaced_section<'a>(
    span: &'a SourceSpan,
    key: &str,
    expected: &[String],
) -> Option<MisplacedSection<'a>> {
    let line = SourceLine::at_span(span);
    let is_expected = |name: &str| expected.iter().any(|expected| expected == name);
    let is_state = ALL_STATES.iter().any(|state| state.id == key);
    let next_line = line.next_line().filter(|_| line.text.ends_with(':'));
    let first_key = next_line.and_then(|next| next.key());
    let is_rule = first_key.is_some_and(|first| RULE_KEYS.contains(&first));
    if line.indent() == 0 && is_expected("interactionRules") && (is_state || is_rule) {
        let section = if is_state {
            "states"
        } else {
            "interactionRules"
        };
        let reference = line
            .lines_above()
            .find(|above| above.key() == Some(section));
        let help = match &reference {
            Some(above) => {
                let number = above.number();
                format!("indent it, and the lines below it, under `{section}` (line {number})")
            }
            None => format!("indent it below a line with `{section}:`"),
        };
        return Some(MisplacedSection { reference, help });
    }
    let is_nested = is_expected("dispatching") && (is_state || first_key.is_some_and(is_expected));
    let reference = line.parent_line().filter(|_| is_nested)?;
    let (name, number) = (reference.key()?, reference.number());
    // The section itself is indented too far.
    if ["interactionRules", "states"].contains(&name) {
        return None;
    }
    let help = format!("`{key}` should start in the same column as `{name}` (line {number})");
    Some(MisplacedSection {
        reference: Some(reference),
        help,
    })
}

/// Removes errors that only follow from a rule or state on the wrong level: its keys look like
/// duplicates, and the key that it belongs under has no value.
pub(super) fn drop_follow_up_errors(errors: &mut Vec<YamlError>) {
    let causes: Vec<YamlError> = errors.clone();
    errors.retain(|error| {
        let is_follow_up = |cause: &YamlError| {
            let YamlErrorKind::UnknownKey { key, expected } = &cause.kind else {
                return false;
            };
            let Some(section) = misplaced_section(&cause.span, key, expected) else {
                return false;
            };
            let line = SourceLine::at_span(&error.span);
            let header = SourceLine::at_span(&cause.span);
            match error.kind {
                YamlErrorKind::DuplicateKey { .. } => {
                    let mut above = line.lines_above();
                    let mut map = above
                        .by_ref()
                        .take_while(|above| above.indent() >= line.indent());
                    line.indent() == header.indent() && map.any(|above| above.start == header.start)
                }
                YamlErrorKind::MissingValue => {
                    let reference = section.reference;
                    reference.is_some_and(|reference| reference.start == line.start)
                }
                _ => false,
            }
        };
        !causes
            .iter()
            .filter(|cause| cause.span.is_same_file(&error.span))
            .any(is_follow_up)
    });
}

/// Returns help for a key that is known, but one level further up or down.
pub(super) fn wrong_level_help(
    span: &SourceSpan,
    key: &str,
    expected: &[String],
) -> Option<String> {
    let line = SourceLine::at_span(span);
    let is_expected = |name: &str| expected.iter().any(|expected| expected == name);
    if let Some(section) = misplaced_section(span, key, expected) {
        return Some(section.help);
    }
    let parent = line.parent_line();
    let parent_key = parent.as_ref().and_then(SourceLine::key);
    // A key of the file that is indented too far looks like the name of a rule or state.
    let is_section = |key: &&str| ["interactionRules", "states"].contains(key);
    let is_indented = parent.as_ref().is_some_and(|parent| parent.indent() > 0);
    if let Some(section) = parent_key.filter(is_section).filter(|_| is_indented) {
        return Some(format!("`{section}` belongs at the left margin"));
    }
    // Shorter names are keys of other levels too.
    if line.indent() > 0 && key != "id" && key != "extension" && FILE_KEYS.contains(&key) {
        return Some(format!("`{key}` belongs at the left margin"));
    }
    let is_container = |key: &str| NESTED_KEYS.iter().any(|(container, _)| *container == key);
    // A map in braces can be on the line of its key.
    let enclosing_key = line.key().filter(|name| *name != key).or(parent_key);
    let holder = NESTED_KEYS.iter().find(|(container, keys)| {
        enclosing_key == Some(*container) && is_expected(container) && keys.contains(&key)
    });
    if let Some((container, _)) = holder {
        return Some(format!(
            "indent `{container}` below the name of its rule or state"
        ));
    }
    if is_container(key) && is_expected("work-hours") {
        return Some(format!("indent `{key}` below the name of its state"));
    }
    let mut containers = NESTED_KEYS
        .iter()
        .filter(|(container, keys)| is_expected(container) && keys.contains(&key));
    if let Some((container, _)) = containers.next() {
        return Some(format!("indent `{key}` below `{container}`"));
    }
    column_of_sibling(&line)
}

#[cfg(test)]
mod tests {
    use super::super::parse_diagnostics::diagnostics_from_errors;
    use super::super::types::UserFile;
    use crate::yaml::{self, SourceFile};

    /// Returns the line, message and help of each error in a user file.
    fn explain(text: &str) -> Vec<(usize, String, String)> {
        let (node, mut errors) = yaml::parse(&SourceFile::new("", text.to_owned()));
        let node = node.unwrap();
        errors.extend(yaml::deserialize_lenient::<UserFile>(&node).errors);
        let all = diagnostics_from_errors(errors, Some(&node)).into_iter();
        let lines = all.map(|found| {
            let line = found.span.unwrap().line_column().0;
            (line, found.message, found.help.unwrap_or_default())
        });
        lines.collect()
    }

    #[test]
    fn section_inside_another_is_reported_once_with_its_column() {
        let states = "states:\n  work-hours:\n    dispatching: { type: RingAtOnce }\n\
                      \x20   after-hours:\n    dispatching: { type: Terminate }\n";
        let rules = "interactionRules:\n  VIP:\n    conditions: { state: dnd }\n\
                     \x20   Other:\n    conditions: { state: dnd }\n    enabled: true\n";
        for (text, key, above) in [
            (states, "after-hours", "work-hours"),
            (rules, "Other", "VIP"),
        ] {
            let expected = (
                4,
                format!("unknown key `{key}`"),
                format!("`{key}` should start in the same column as `{above}` (line 2)"),
            );
            let actual = explain(text);
            let unknown = actual.iter().find(|(line, ..)| *line == 4);
            assert_eq!(unknown, Some(&expected), "{actual:?}");
            let duplicate = actual
                .iter()
                .find(|(_, text, _)| text.starts_with("duplicate"));
            assert_eq!(duplicate, None);
        }
    }

    #[test]
    fn duplicate_key_next_to_a_misplaced_section_is_still_reported() {
        let text = "states:\n  dnd:\n    enabled: true\n    enabled: true\n    agent:\n\
                    \x20   dispatching: { type: RingAtOnce }\n";
        let lines: Vec<usize> = explain(text).iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [4, 5]);
    }

    #[test]
    fn section_at_the_left_margin_names_the_key_that_it_belongs_under() {
        let rule = "VIP calls:\n  conditions: { state: dnd }\n";
        let help = "indent it, and the lines below it, under `interactionRules` (line 1)";
        let alone = "indent it below a line with `interactionRules:`";
        for (text, line, help) in [
            (format!("interactionRules:\n{rule}"), 2, help),
            (rule.to_owned(), 1, alone),
        ] {
            let expected = (line, "unknown key `VIP calls`".to_owned(), help.to_owned());
            assert_eq!(explain(&text), [expected], "{text}");
        }
        let state = explain("states:\nwork-hours:\n  enabled: true\n");
        let help = "indent it, and the lines below it, under `states` (line 1)";
        assert_eq!(state[0].2, help);
    }
}
