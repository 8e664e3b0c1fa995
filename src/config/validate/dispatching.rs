//! Validates the dispatching of interaction rules and states.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::RangeInclusive;

use super::helpers::Place;
use super::targets::{
    validate_destination, validate_greeting, validate_ring_always, validate_ring_target,
    voicemails_conflict,
};
use crate::config::ConfigFinding;
use crate::config::types::{
    ACTION_TYPES_WITH_KEYS, DispatchTypeSpec, DispatchingSpec, PromptSpec, RingGroupSpec,
    RingTargetKeyword, RingTargetSpec, Shorthand,
};
use crate::diagnostic::DiagnosticCode;
use crate::model::StateCapabilities;
use crate::yaml::YamlPath;

/// The ring times that the RingCentral app offers, in seconds and in steps of a ring \[field\].
const OFFERED_SECONDS: RangeInclusive<u32> = RING_SECONDS..=60;
const RING_SECONDS: u32 = 5;

/// Validates the dispatching of a state, including what the state supports.
pub(super) fn validate_state_dispatching(
    declared: &DispatchingSpec,
    capabilities: &StateCapabilities,
    at: &mut Place<'_>,
) {
    validate_rule_dispatching(declared, at);
    let id = capabilities.id;
    if let Some(kind) = declared.kind
        && !capabilities.dispatch_types.contains(&kind.into())
    {
        let allowed = capabilities.dispatch_types.iter();
        let allowed: Vec<String> = allowed.map(|kind| format!("`{}`", kind.as_str())).collect();
        let message = format!("`{id}` does not support dispatching of type `{kind:?}`");
        at.key("type")
            .report(DiagnosticCode::NotInState, message)
            .help(format!("supported: {}", allowed.join(", ")));
    }
    let settings = [
        ("greeting", declared.greeting.is_some()),
        ("connectingMessage", declared.connecting_message.is_some()),
        ("connectingAudio", declared.connecting_audio.is_some()),
        ("screening", declared.screening.is_some()),
        ("ring", declared.ring.is_some()),
        ("ringAlways", declared.ring_always.is_some()),
        ("noAnswer", declared.no_answer.is_some()),
        ("terminate", declared.terminate.is_some()),
    ];
    for (key, is_set) in settings {
        if is_set && let Some(reason) = capabilities.rejection_reason(key) {
            let message = format!("`{id}` does not support `{key}`");
            at.key(key)
                .report(DiagnosticCode::NotInState, message)
                .label(reason)
                .help("remove the key");
        }
    }
}

/// Validates the dispatching of an interaction rule, which may have any part that fits its type.
pub(super) fn validate_rule_dispatching(declared: &DispatchingSpec, at: &mut Place<'_>) {
    let kind_path = at.path().key("type");
    validate_prompts(declared, at);
    if let Some(groups) = &declared.ring {
        validate_ring(groups, &mut at.key("ring"));
        validate_ring_for_type(declared, groups, at);
    }
    if let Some(targets) = &declared.ring_always {
        validate_ring_always(targets, declared.ring.as_deref(), at);
    }
    let destinations = [
        ("noAnswer", &declared.no_answer),
        ("terminate", &declared.terminate),
    ];
    for (key, spec) in destinations {
        if let Some(spec) = spec {
            validate_destination(spec, &mut at.key(key));
        }
    }
    if let (Some(a), Some(b)) = (&declared.no_answer, &declared.terminate)
        && voicemails_conflict(a, b)
    {
        at.extend([conflicting_voicemail_finding(&at.path())]);
    }
    at.validate_raw_items(
        "actions",
        declared.actions.as_deref(),
        ACTION_TYPES_WITH_KEYS,
    );
    if declared.kind == Some(DispatchTypeSpec::Terminate) && declared.terminate.is_none() {
        let message = "type `Terminate` requires a destination";
        at.key("terminate")
            .report(DiagnosticCode::NoDestination, message)
            .help("add `terminate:`, for example `terminate: voicemail`")
            .related(kind_path);
    }
}

/// Returns the finding for two different voicemails. Name resolution reports it too, because some
/// conflicts show only on the account.
pub(in crate::config) fn conflicting_voicemail_finding(at: &YamlPath) -> ConfigFinding {
    let message = "`noAnswer` and `terminate` set different voicemails";
    ConfigFinding::new(DiagnosticCode::Contradiction, at.key("terminate"), message)
        .with_label("RingCentral has one voicemail setting for both")
        .with_related(at.key("noAnswer"))
}

fn validate_prompts(declared: &DispatchingSpec, at: &mut Place<'_>) {
    let kind_path = at.path().key("type");
    let prompts = [
        ("greeting", &declared.greeting),
        ("connectingMessage", &declared.connecting_message),
        ("connectingAudio", &declared.connecting_audio),
    ];
    for (key, spec) in prompts {
        let Some(PromptSpec::Map(form)) = spec else {
            continue;
        };
        let mut at = at.key(key);
        validate_greeting(form, &mut at);
        // [docs]
        if let Some(kind @ (DispatchTypeSpec::Terminate | DispatchTypeSpec::Custom)) = declared.kind
        {
            let message = format!("type `{kind:?}` does not support `{key}`");
            at.report(DiagnosticCode::NotWithType, message)
                .help("only `RingAtOnce` and `RingInOrder` support it; remove the key")
                .profile_help(format!(
                    "only `RingAtOnce` and `RingInOrder` support it; write `{key}: none` next to `type` in \
                     the user's file"
                ))
                .related(kind_path.clone());
        }
    }
}

fn validate_ring(groups: &[RingGroupSpec], at: &mut Place<'_>) {
    if groups.is_empty() {
        at.report(DiagnosticCode::Empty, "`ring` is empty").help(
            "add a group; to forward calls without ringing use type `Terminate` and `terminate:`",
        );
    }
    for (index, group) in groups.iter().enumerate() {
        let mut at = at.item(index);
        if group.seconds == 0 {
            let message = "a group must ring for at least one second";
            at.key("seconds")
                .report(DiagnosticCode::BadValue, message)
                .help("to disable a group write `enabled: false`");
        } else if !OFFERED_SECONDS.contains(&group.seconds) || group.seconds % RING_SECONDS != 0 {
            let message = format!("RingCentral's app does not offer {} seconds", group.seconds);
            at.key("seconds")
                .report(DiagnosticCode::UnusualSeconds, message)
                .label("one ring takes 5 seconds")
                .help(
                    "write 5 to 60 seconds in steps of 5; another time may be refused or rounded",
                );
        }
        let mut at = at.key("targets");
        if group.targets.is_empty() {
            at.report(DiagnosticCode::Empty, "this group has no targets")
                .help("add at least one target");
        }
        for (index, target) in group.targets.iter().enumerate() {
            validate_ring_target(target, &mut at.item(index));
        }
    }
    validate_own_targets_listed_once(groups, at);
}

/// Reports own apps and phones that several groups list. RingCentral accepts each only once
/// \[field\].
fn validate_own_targets_listed_once(groups: &[RingGroupSpec], at: &mut Place<'_>) {
    let mut first_paths: HashMap<String, YamlPath> = HashMap::new();
    for (index, group) in groups.iter().enumerate() {
        for (item, target) in group.targets.iter().enumerate() {
            if !is_own_target(target) {
                continue;
            }
            let mut group_at = at.item(index);
            let mut at = group_at.key_item("targets", item);
            match first_paths.entry(format!("{target:?}")) {
                Entry::Occupied(first) => {
                    let first = first.get().clone();
                    at.report(DiagnosticCode::Contradiction, "this target is listed twice")
                        .label("RingCentral accepts each app and phone of the user only once")
                        .help("remove it from one of the groups")
                        .related(first);
                }
                Entry::Vacant(entry) => {
                    entry.insert(at.path());
                }
            }
        }
    }
}

/// Returns whether a target is an app or phone of the user.
fn is_own_target(target: &RingTargetSpec) -> bool {
    match target {
        Shorthand::Keyword(keyword) => *keyword != RingTargetKeyword::Hotdesk,
        Shorthand::Map(form) => form.device.is_some() && form.extension.is_none(),
        Shorthand::Raw(_) => false,
    }
}

/// Validates the ring groups against the declared dispatching type.
fn validate_ring_for_type(
    declared: &DispatchingSpec,
    groups: &[RingGroupSpec],
    at: &mut Place<'_>,
) {
    let Some(kind) = declared.kind else { return };
    let kind_path = at.path().key("type");
    for (index, group) in groups.iter().enumerate() {
        if kind != DispatchTypeSpec::Custom && group.start_offset.is_some_and(|offset| offset > 0) {
            let message = format!("type `{kind:?}` does not support `startOffset`");
            at.key_item("ring", index)
                .key("startOffset")
                .report(DiagnosticCode::NotWithType, message)
                .help("only `Custom` supports it; remove the key")
                .profile_help(
                    "only `Custom` supports it; write the groups without it as `ring:` in the user's file",
                )
                .related(kind_path.clone());
        }
    }
    let always = declared.ring_always.as_deref().unwrap_or_default();
    let silent = groups.iter().all(|group| group.enabled == Some(false));
    let rings = kind != DispatchTypeSpec::Terminate && !groups.is_empty();
    if rings && silent && always.is_empty() {
        let message = "no phone rings: every group is disabled";
        at.key("ring")
            .report(DiagnosticCode::RingGroupsDisabled, message)
            .help("callers go straight to `noAnswer`; if that is intended, use type `Terminate`");
    }
}
