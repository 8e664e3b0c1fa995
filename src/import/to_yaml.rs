//! Converts the live rules and states of a user to YAML, without settings that equal the defaults
//! of RingCentral or callrules.

use serde_json::{Map, Value, json};

use super::STATES;
use crate::api::InteractionRuleRecord;
use crate::api::encode::DEFAULT_OWN_SECONDS;
use crate::config::types::{StatesSpec, UserFile};
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    AccountExtension, AppPlatform, CallDestination, CallDispatching, DispatchType,
    ExtensionDirectory, GreetingSource, RingGroup, RingTarget, RuleDefinition, StateId, StateRule,
    StateSchedule,
};
use crate::reconcile::LiveUser;

/// A live interaction rule, converted to YAML.
pub struct ImportedRule {
    /// The key of the rule in the file.
    pub key: String,
    /// The name of the rule on the account.
    pub name: String,
    /// The id of the rule on the account.
    pub id: String,
    /// The rule in its short form.
    pub yaml: Value,
}

/// Chooses the identifiers of a new file: the id, which protects against a number that is given to
/// another user, after the extension number if that is valid and unique.
pub(super) fn choose_identity(
    user: &AccountExtension,
    directory: &ExtensionDirectory,
) -> Map<String, Value> {
    let is_valid = |number: &&String| {
        directory.by_number(number).len() == 1
            && (1..=8).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    };
    let number = user.number.as_ref().filter(is_valid);
    let number = number.map(|number| ("extension".to_owned(), json!(number)));
    let id = ("id".to_owned(), json!(user.id.0));
    number.into_iter().chain([id]).collect()
}

/// Returns the identifiers of an existing file, with the id of the user.
pub(super) fn identity_from_file(file: &UserFile, user: &AccountExtension) -> Map<String, Value> {
    let identifiers = [
        ("extension", file.extension.as_ref().map(|number| &number.0)),
        ("email", file.email.as_ref().map(|email| &email.0)),
        ("id", Some(&user.id.0)),
    ];
    identifiers
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), json!(value?))))
        .collect()
}

/// Returns the live rules with unique keys. Rules that share a name also get their ids.
pub fn rules_to_yaml(live: &LiveUser, writer: YamlWriter<'_>) -> Vec<ImportedRule> {
    let count = |name: &str| {
        live.rules()
            .iter()
            .filter(|rule| rule.display_name == name)
            .count()
    };
    let mut imported: Vec<ImportedRule> = Vec::new();
    let named = live.rules().iter().zip(live.handling().rules());
    for (rule, live_rule) in named.filter(|(rule, _)| has_name(rule)) {
        let name = rule.display_name.clone();
        let mut value = rule_to_yaml(&live_rule.rule, live.phones().unwrap_or_default(), writer);
        let mut key = name.clone();
        if count(&name) > 1 {
            value["id"] = json!(rule.id);
            if imported.iter().any(|other| other.key == key) {
                value["name"] = json!(name);
                // Another rule may even have this generated name.
                while count(&key) > 0 {
                    key = format!("{key} ({})", rule.id);
                }
            }
        }
        imported.push(ImportedRule {
            key,
            name,
            id: rule.id.clone(),
            yaml: value,
        });
    }
    imported
}

/// Returns a rule in its short form. `phones` are the user's own.
pub fn rule_to_yaml(rule: &RuleDefinition, phones: &[String], writer: YamlWriter<'_>) -> Value {
    let mut rule = rule.clone();
    if let Some(dispatching) = &mut rule.dispatching {
        simplify_ring(dispatching, phones);
    }
    simplify_rule(writer.rule(&rule))
}

/// Returns the handling of calls in a state in its short form. `phones` are the user's own.
pub fn state_dispatching_to_yaml(
    dispatching: &CallDispatching,
    phones: &[String],
    writer: YamlWriter<'_>,
) -> Value {
    let mut dispatching = dispatching.clone();
    dispatching.collapse_desk_phones(phones);
    simplify_dispatching(writer.dispatching(&dispatching))
}

/// Returns whether a rule has a name, without which no file can declare it.
fn has_name(rule: &InteractionRuleRecord) -> bool {
    !rule.display_name.trim().is_empty()
}

/// Returns one note for each rule without a name.
pub(super) fn unnamed_rule_notes(live: &LiveUser) -> Vec<String> {
    let unnamed = live.rules().iter().filter(|rule| !has_name(rule));
    let notes = unnamed.map(|rule| {
        format!(
            "the rule with the id {} is omitted, because it has no name; give it one in the \
             RingCentral app and import again",
            rule.id
        )
    });
    notes.collect()
}

/// Returns one note for each name that several rules share.
pub(super) fn duplicate_name_notes(rules: &[ImportedRule]) -> Vec<String> {
    let count = |name: &str| rules.iter().filter(|rule| rule.name == name).count();
    let counts = rules
        .iter()
        .filter(|rule| rule.key == rule.name)
        .map(|rule| (&rule.name, count(&rule.name)));
    counts
        .filter(|(_, count)| *count > 1)
        .map(|(name, count)| {
            format!(
                "{count} rules are named `{name}` and distinguished by their ids: rename all but one"
            )
        })
        .collect()
}

/// Returns the live states that a file can declare, with their ids.
///
/// `previous` is the file that is overwritten: the states that it declares are written even if they
/// are as in a new user.
pub(super) fn states_to_yaml(
    live: &LiveUser,
    previous: Option<&UserFile>,
    writer: YamlWriter<'_>,
) -> Vec<(String, Value)> {
    let declared = previous.and_then(|file| file.states.as_ref());
    let is_declared = |state: &StateRule| {
        let mut declared = declared.into_iter().flat_map(StatesSpec::declared);
        declared.any(|(capabilities, _)| capabilities.id == state.id.as_str())
    };
    let states = STATES.iter().filter_map(|id| live.handling().state(id));
    states
        .filter(|state| is_declared(state) || !is_unset_switch(state))
        .map(|live_state| {
            let mut state = live_state.state.clone();
            if has_unreadable_schedule(live_state) {
                state.schedule = None;
            }
            let mut value = writer.state(&state);
            // Users turn states on and off in the app, so the file does not set it.
            if let Some(map) = value.as_object_mut() {
                map.shift_remove("enabled");
            }
            let phones = live.phones().unwrap_or_default();
            value["dispatching"] =
                state_dispatching_to_yaml(&live_state.dispatching, phones, writer);
            (live_state.id.to_string(), value)
        })
        .collect()
}

/// Returns whether a part of a state's schedule cannot be read.
fn has_unreadable_schedule(state: &StateRule) -> bool {
    matches!(&state.state.schedule, Some(StateSchedule::Own(schedule)) if !schedule.other.is_empty())
}

/// Returns one note for each state whose schedule cannot be read.
pub(super) fn unreadable_schedule_notes(live: &LiveUser) -> Vec<String> {
    let states = STATES.iter().filter_map(|id| live.handling().state(id));
    let unreadable = states.filter(|state| has_unreadable_schedule(state));
    let notes = unreadable.map(|state| {
        format!(
            "the schedule of the state `{}` is omitted and left alone, because a part of it is in a \
             form that callrules can't read",
            state.id
        )
    });
    notes.collect()
}

/// Returns whether forwarding of all calls or do-not-disturb is as in a new user: a file that set
/// it would override what a profile sets.
fn is_unset_switch(state: &StateRule) -> bool {
    let is_default_end = match &state.dispatching.terminate {
        None
        | Some(CallDestination::Voicemail {
            owner: None,
            greeting: None,
        }) => true,
        Some(
            CallDestination::Voicemail {
                owner: None,
                greeting: Some(GreetingSource::Preset(id)),
            }
            | CallDestination::Announcement {
                greeting: Some(GreetingSource::Preset(id)),
            },
        ) => DEFAULT_SWITCH_GREETINGS.contains(&id.as_str()),
        Some(_) => false,
    };
    let is_default_time = state.state.schedule.is_none() || state.state.is_always();
    let is_switch = matches!(state.id.as_str(), StateId::FORWARD_ALL_CALLS | StateId::DND);
    is_switch && is_default_end && is_default_time && state.state.enabled != Some(true)
}

/// The greetings of the destinations that a new user has \[seed, field\]: voicemail, announcement.
const DEFAULT_SWITCH_GREETINGS: [&str; 2] = ["590080", "66560"];

/// Removes the default settings of a rule.
fn simplify_rule(mut yaml: Value) -> Value {
    let mut drop = |key: &str, default: Value| {
        if yaml.get(key) == Some(&default)
            && let Some(map) = yaml.as_object_mut()
        {
            map.shift_remove(key);
        }
    };
    drop("enabled", json!(true));
    drop("queueCallsIncluded", json!(false));
    if let Some(dispatching) = yaml.get_mut("dispatching") {
        *dispatching = simplify_dispatching(dispatching.take());
        let can_ring = dispatching.get("type") != Some(&json!("Terminate"));
        if let Some(map) = dispatching.as_object_mut()
            && !can_ring
        {
            // `noAnswer` has no effect if nothing rings.
            if map.get("noAnswer") == Some(&json!("voicemail")) {
                map.shift_remove("noAnswer");
            }
        }
    }
    yaml
}

/// Removes disabled prompts from a dispatching.
fn simplify_dispatching(mut yaml: Value) -> Value {
    const SWITCHED_OFF: [&str; 4] = [
        "greeting",
        "connectingMessage",
        "connectingAudio",
        "screening",
    ];
    if let Some(map) = yaml.as_object_mut() {
        for key in SWITCHED_OFF {
            if map.get(key) == Some(&json!("none")) {
                map.shift_remove(key);
            }
        }
    }
    yaml
}

/// Removes the silent groups that callrules adds to a new rule: those of the user's own apps and
/// phones at the end.
fn simplify_ring(dispatching: &mut CallDispatching, phones: &[String]) {
    let Some(groups) = &mut dispatching.ring else {
        return;
    };
    let is_default = |group: &RingGroup| {
        !group.enabled
            && group.seconds == Some(DEFAULT_OWN_SECONDS)
            && matches!(&group.targets[..], [target] if target.is_own())
    };
    let apps = AppPlatform::ALL.map(|platform| RingTarget::Apps {
        platform,
        owner: None,
    });
    let phones_listed = phones.iter().map(|id| RingTarget::Device {
        id: id.clone(),
        owner: None,
    });
    let own: Vec<RingTarget> = apps.into_iter().chain(phones_listed).collect();
    let equals_added = |kept: &usize| {
        let (kept, rest) = groups.split_at(*kept);
        let is_listed =
            |target: &&RingTarget| kept.iter().any(|group| group.targets.contains(target));
        let added = own.iter().filter(|target| !is_listed(target));
        rest.iter().all(is_default) && rest.iter().map(|group| &group.targets[0]).eq(added)
    };
    // Without `ring`, a new rule that rings rings the user's apps, so one group remains.
    let never_rings = dispatching.dispatch_type == Some(DispatchType::Terminate);
    let fewest = usize::from(!never_rings);
    match (fewest..groups.len()).find(equals_added) {
        Some(0) => dispatching.ring = None,
        Some(kept) => groups.truncate(kept),
        None => {}
    }
    dispatching.collapse_desk_phones(phones);
}
