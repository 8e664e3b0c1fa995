//! Validates the dispatching of interaction rules and states.

use super::conditions::check_raw_items;
use super::targets::{
    validate_destination, validate_greeting, validate_ring_always, validate_ring_target,
    voicemails_conflict,
};
use crate::config::ConfigFinding;
use crate::config::state_capabilities::StateCapabilities;
use crate::config::types::{
    ACTIONS_WITH_WORDS, DispatchTypeSpec, DispatchingSpec, PromptSpec, RingGroupSpec,
};
use crate::diagnostic::DiagnosticCode;
use crate::yaml::YamlPath;

/// Validates the dispatching of an interaction rule, which may have any part that fits its type.
pub(super) fn validate_rule_dispatching(
    declared: &DispatchingSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    validate_parts(declared, at, findings);
    require_terminate_destination(declared, at, findings);
}

/// Validates the dispatching of a state, including what the state supports.
pub(super) fn validate_state_dispatching(
    declared: &DispatchingSpec,
    capabilities: &StateCapabilities,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    validate_parts(declared, at, findings);
    require_terminate_destination(declared, at, findings);
    let id = capabilities.id;
    if let Some(kind) = declared.kind
        && !capabilities.dispatch_types.contains(&kind)
    {
        let allowed: Vec<String> = capabilities
            .dispatch_types
            .iter()
            .map(|kind| format!("`{kind:?}`"))
            .collect();
        let message = format!("`{id}` does not support dispatching of type `{kind:?}`");
        let finding = ConfigFinding::new(DiagnosticCode::NotInState, at.key("type"), message);
        findings.push(finding.with_help(format!("supported: {}", allowed.join(", "))));
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
            let finding = ConfigFinding::new(DiagnosticCode::NotInState, at.key(key), message);
            findings.push(finding.with_label(reason).with_help("remove the key"));
        }
    }
}

fn require_terminate_destination(
    declared: &DispatchingSpec,
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    if declared.kind == Some(DispatchTypeSpec::Terminate) && declared.terminate.is_none() {
        findings.push(
            ConfigFinding::new(
                DiagnosticCode::NoDestination,
                at.key("terminate"),
                "type `Terminate` requires a destination",
            )
            .with_help("add `terminate:`, for example `terminate: voicemail`")
            .with_related(at.key("type")),
        );
    }
}

/// Validates the parts that rules and states have in common.
fn validate_parts(declared: &DispatchingSpec, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    validate_prompts(declared, at, findings);
    if let Some(groups) = &declared.ring {
        validate_ring(groups, &at.key("ring"), findings);
        validate_ring_for_type(declared, groups, at, findings);
    }
    if let Some(targets) = &declared.ring_always {
        validate_ring_always(targets, declared.ring.as_deref(), at, findings);
    }
    for (key, spec) in [
        ("noAnswer", &declared.no_answer),
        ("terminate", &declared.terminate),
    ] {
        if let Some(spec) = spec {
            validate_destination(spec, &at.key(key), findings);
        }
    }
    if let (Some(a), Some(b)) = (&declared.no_answer, &declared.terminate)
        && voicemails_conflict(a, b)
    {
        findings.push(conflicting_voicemail_finding(at));
    }
    if let Some(actions) = &declared.actions {
        check_raw_items("actions", actions, ACTIONS_WITH_WORDS, at, findings);
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

fn validate_prompts(declared: &DispatchingSpec, at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    let prompts = [
        ("greeting", &declared.greeting),
        ("connectingMessage", &declared.connecting_message),
        ("connectingAudio", &declared.connecting_audio),
    ];
    for (key, spec) in prompts {
        let Some(PromptSpec::Form(form)) = spec else {
            continue;
        };
        validate_greeting(form, &at.key(key), findings);
        // [docs]
        if let Some(kind @ (DispatchTypeSpec::Terminate | DispatchTypeSpec::Custom)) = declared.kind
        {
            let message = format!("type `{kind:?}` does not support `{key}`");
            let finding = ConfigFinding::new(DiagnosticCode::NotWithType, at.key(key), message);
            let help = "only `RingAtOnce` and `RingInOrder` support it; remove the key";
            findings.push(finding.with_help(help).with_related(at.key("type")));
        }
    }
}

fn validate_ring(groups: &[RingGroupSpec], at: &YamlPath, findings: &mut Vec<ConfigFinding>) {
    if groups.is_empty() {
        findings.push(
            ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), "`ring` is empty").with_help(
                "add a group; to forward calls without ringing use type `Terminate` and `terminate:`",
            ),
        );
    }
    for (index, group) in groups.iter().enumerate() {
        let at = at.item(index);
        if group.seconds == 0 {
            let message = "a group must ring for at least one second";
            let finding = ConfigFinding::new(DiagnosticCode::BadValue, at.key("seconds"), message);
            findings.push(finding.with_help("to disable a group write `enabled: false`"));
        }
        let at = at.key("targets");
        if group.targets.is_empty() {
            let message = "this group has no targets";
            let finding = ConfigFinding::new(DiagnosticCode::EmptyList, at.clone(), message);
            findings.push(finding.with_help("add at least one target"));
        }
        for (index, target) in group.targets.iter().enumerate() {
            validate_ring_target(target, &at.item(index), findings);
        }
    }
}

/// Validates the ring groups against the declared dispatching type.
fn validate_ring_for_type(
    declared: &DispatchingSpec,
    groups: &[RingGroupSpec],
    at: &YamlPath,
    findings: &mut Vec<ConfigFinding>,
) {
    let Some(kind) = declared.kind else { return };
    for (index, group) in groups.iter().enumerate() {
        if kind != DispatchTypeSpec::Custom && group.start_offset.is_some_and(|offset| offset > 0) {
            let offset = at.key("ring").item(index).key("startOffset");
            let message = format!("type `{kind:?}` does not support `startOffset`");
            let finding = ConfigFinding::new(DiagnosticCode::NotWithType, offset, message);
            let help = "only `Custom` supports it; remove the key";
            findings.push(finding.with_help(help).with_related(at.key("type")));
        }
    }
    let always = declared
        .ring_always
        .as_ref()
        .is_some_and(|apps| !apps.is_empty());
    let silent = groups.iter().all(|group| group.enabled == Some(false));
    if kind != DispatchTypeSpec::Terminate && silent && !always && !groups.is_empty() {
        findings.push(
            ConfigFinding::new(
                DiagnosticCode::NobodyRings,
                at.key("ring"),
                "no phone rings: every group is disabled",
            )
            .with_help(
                "callers go straight to `noAnswer`; if that is intended, use type `Terminate`",
            ),
        );
    }
}
