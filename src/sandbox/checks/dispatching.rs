//! Checks of a dispatching: its type, its actions, and the dependencies between them.

use super::BodyPart;
use super::targets::{check_greeting, check_ring_target, check_terminating_target, own_target};
use crate::sandbox::defaults::{
    ANNOUNCEMENT, OWN_APPS, VOICEMAIL, is_greeting_action, target_type_key,
};

/// The parts that a dispatching may contain in an interaction rule or in the rule of a state.
#[derive(Clone, Copy)]
pub(crate) struct DispatchingLimits {
    /// Dispatching types that are allowed.
    pub(crate) types: &'static [&'static str],
    /// Whether greeting and screening actions are allowed.
    pub(crate) allows_greetings: bool,
    /// Whether a target for unanswered calls (`Ringing`) is allowed.
    pub(crate) allows_no_answer: bool,
    /// Whether a target without ringing (`Terminating`) is allowed.
    pub(crate) allows_terminate: bool,
    /// Whether every dispatching type requires both target types, as in after hours and in new
    /// interaction rules. \[docs\]
    pub(crate) requires_both_targets: bool,
    /// Whether this is the rule of a state. It always lists the announcement target, has all
    /// targets that it allows, and ignores `callTypes`. \[docs, spec\]
    pub(crate) is_state_rule: bool,
}

/// The limits of interaction rules, which may contain all parts. \[spec\]
pub(crate) const INTERACTION_LIMITS: DispatchingLimits = DispatchingLimits {
    types: &["RingAtOnce", "RingInOrder", "Terminate", "Custom"],
    allows_greetings: true,
    allows_no_answer: true,
    allows_terminate: true,
    requires_both_targets: false,
    is_state_rule: false,
};

/// The limits of interaction rules that are created.
pub(crate) const NEW_RULE_LIMITS: DispatchingLimits = DispatchingLimits {
    requires_both_targets: true,
    ..INTERACTION_LIMITS
};

impl DispatchingLimits {
    /// Returns whether ring groups are allowed. Then those of the user's own devices and apps are
    /// required.
    fn allows_ringing(&self) -> bool {
        self.types.contains(&"RingAtOnce")
    }

    /// Returns whether rules with these limits have a `TerminatingAction`: all except that of the
    /// agent state. \[docs\]
    fn has_terminating_action(&self) -> bool {
        self.allows_no_answer || self.allows_terminate
    }
}

/// Checks a complete dispatching.
pub(crate) fn check(dispatching: &BodyPart, limits: &DispatchingLimits) {
    if dispatching.require_object().is_none() {
        return;
    }
    check_type(&dispatching.get("type"), limits);
    check_call_types(dispatching.get("callTypes"));
    let list = dispatching.get("actions");
    let Some(actions) = list.require_array(1) else {
        return;
    };
    for action in &actions {
        check_action(action, limits, dispatching.kind());
    }
    if limits.allows_ringing() {
        check_own_targets(&list, &actions);
    }
    let is_terminating = |action: &&BodyPart| action.kind() == "TerminatingAction";
    let terminating_actions = actions.iter().filter(is_terminating).count();
    if limits.has_terminating_action() {
        match terminating_actions {
            0 => refuse_without_voicemail(&list),
            1 => {}
            _ => list.invalid("exactly one TerminatingAction is required"),
        }
    }
}

/// Checks the dispatching type. An unknown type is accepted only if it is unchanged.
fn check_type(kind: &BodyPart, limits: &DispatchingLimits) {
    let is_unchanged = kind.as_str().is_some_and(|name| {
        kind.check.live["dispatching"]["type"] == name && !INTERACTION_LIMITS.types.contains(&name)
    });
    if !is_unchanged {
        kind.require_one_of(limits.types);
    }
}

fn check_call_types(call_types: BodyPart) {
    let Some(call_types) = call_types.if_present() else {
        return;
    };
    if call_types.require_object().is_none() {
        return;
    }
    let included = call_types.get("queueCallsIncluded");
    let is_available = call_types.check.account.account.queue_calls_in_rules;
    if included.require_boolean() == Some(true) && !is_available {
        included.unavailable("queue calls in interaction rules are not available on this account");
    }
}

/// Checks one action of a dispatching of type `kind`.
fn check_action(action: &BodyPart, limits: &DispatchingLimits, kind: &str) {
    let name = action.kind();
    let reject = |message: &str| action.get("type").invalid(message);
    let is_allowed = match name {
        "ScreeningAction" => limits.allows_greetings,
        "RingGroupAction" | "RingAlwaysGroupAction" => limits.allows_ringing(),
        "TerminatingAction" => limits.has_terminating_action(),
        _ => limits.allows_greetings || !is_greeting_action(name),
    };
    match name {
        _ if !is_allowed => reject("this action is not allowed here"),
        "ScreeningAction" => check_screening(action),
        "RingGroupAction" => check_ring_group(action),
        "RingAlwaysGroupAction" => check_ring_always(action),
        "TerminatingAction" => check_terminating(action, limits, kind),
        _ if is_greeting_action(name) => check_greeting_action(action, kind),
        _ if action.is_live() => {}
        _ => reject("no such action"),
    }
}

fn check_greeting_action(action: &BodyPart, kind: &str) {
    let enabled = action.get("enabled");
    let rings = matches!(kind, "RingAtOnce" | "RingInOrder");
    if enabled.require_boolean() == Some(true) && !rings {
        enabled.invalid("greetings are played only with RingAtOnce or RingInOrder");
    }
    check_greeting(&action.get("greeting"));
}

fn check_screening(action: &BodyPart) {
    action.get("enabled").require_boolean();
    let screening = action.get("screening");
    screening.require_one_of(&["NoCallerId", "UnknownCallerId", "Always"]);
    if let Some(result) = action.get("screeningResult").if_present() {
        result.require_one_of(&["AskToAnswer", "PlayCallerNameOnly"]);
    }
}

fn check_ring_group(action: &BodyPart) {
    action.get("enabled").require_boolean();
    action.get("duration").require_number(1);
    if let Some(offset) = action.get("customStartOffset").if_present() {
        offset.require_number(0);
    }
    let targets = action.get("targets").require_array(1);
    targets.iter().flatten().for_each(check_ring_target);
}

fn check_ring_always(action: &BodyPart) {
    action.get("enabled").require_boolean();
    let list = action.get("targets");
    let Some(targets) = list.require_array(1) else {
        return;
    };
    if targets.len() > 2 {
        list.invalid("at most two targets");
    }
    for target in &targets {
        if OWN_APPS.contains(&target.kind()) {
            check_ring_target(target);
        } else if !target.is_live() {
            let message = "AllDesktopRingTarget or AllMobileRingTarget is required";
            target.get("type").invalid(message);
        }
    }
}

/// Requires each of the user's own apps and desk phones exactly once in all ring groups, switched
/// off with `enabled: false` where it doesn't ring. [docs, field]
fn check_own_targets(list: &BodyPart, actions: &[BodyPart]) {
    let is_ring_group =
        |action: &&BodyPart| matches!(action.kind(), "RingGroupAction" | "RingAlwaysGroupAction");
    let ring_groups = actions.iter().filter(is_ring_group);
    let targets = ring_groups.flat_map(|action| action.get("targets").items());
    let own_targets: Vec<(&str, BodyPart)> = targets
        .filter_map(|target| Some((own_target(&target)?, target)))
        .collect();
    let devices = list
        .check
        .user
        .ringing_devices()
        .map(|device| device.id.as_str());
    for own in devices.chain(OWN_APPS) {
        if !own_targets.iter().any(|(listed, _)| *listed == own) {
            refuse_without_own_target(list, own);
        }
    }
    for (index, (own, target)) in own_targets.iter().enumerate() {
        if own_targets[..index].iter().any(|(listed, _)| listed == own) {
            let message = format!("{own} is already in another ring group, or twice in this one");
            target.refuse(own_target_code(own, "CMN-101"), message);
        }
    }
}

fn refuse_without_own_target(list: &BodyPart, own: &str) {
    let message = if OWN_APPS.contains(&own) {
        format!("{own} is required in a ring group; silence it with enabled: false")
    } else {
        format!("missedDevice: {own}; each of the user's devices must be in a ring group")
    };
    list.refuse(own_target_code(own, "CMN-100"), message);
}

/// Returns the code of errors about an app, or `device_code` for a device. \[field\]
fn own_target_code(own: &str, device_code: &'static str) -> &'static str {
    match own {
        "AllMobileRingTarget" => "CHF-211",
        "AllDesktopRingTarget" => "CHF-212",
        _ => device_code,
    }
}

/// Adds the error of a rule without voicemail, with RingCentral's text. \[field\]
fn refuse_without_voicemail(list: &BodyPart) {
    let message = format!("Must have Terminating Action with {VOICEMAIL}");
    list.refuse("CMN-101", message);
}

/// Checks a `TerminatingAction` with its targets, in a dispatching of type `kind`.
fn check_terminating(action: &BodyPart, limits: &DispatchingLimits, kind: &str) {
    const UNSUPPORTED: &str = "this state does not support targets of this kind";
    let list = action.get("targets");
    let Some(targets) = list.require_array(1) else {
        return;
    };
    let requires_both = limits.requires_both_targets;
    let rings = requires_both || matches!(kind, "RingAtOnce" | "RingInOrder" | "Custom");
    let terminates = requires_both || kind == "Terminate";
    let modes = [
        ("Ringing", limits.allows_no_answer, rings),
        ("Terminating", limits.allows_terminate, terminates),
    ];
    for target in &targets {
        check_terminating_target(target);
        let mode = target.get("dispatchingType");
        let is_misplaced =
            |(name, is_allowed, _): &(&str, bool, _)| !is_allowed && mode.as_str() == Some(name);
        if modes.iter().any(is_misplaced) && !target.is_live() {
            mode.invalid(UNSUPPORTED);
        }
    }
    let is_listed = |name: &str| targets.iter().any(|target| target.kind() == name);
    if !is_listed(VOICEMAIL) {
        refuse_without_voicemail(&list);
    }
    if limits.is_state_rule && !is_listed(ANNOUNCEMENT) {
        list.invalid(format_args!("{ANNOUNCEMENT} must be listed"));
    }
    for (mode, is_allowed, is_required) in modes {
        let name = action.get(target_type_key(mode));
        match name.value {
            None if is_allowed && is_required => name.invalid("must name a listed target"),
            None => {}
            Some(_) if !is_allowed => name.invalid(UNSUPPORTED),
            Some(_) if !names_listed_target(&targets, &name, mode) => {
                name.invalid(format_args!("must name a target that is listed for {mode}"));
            }
            Some(_) => {}
        }
    }
}

/// Returns whether a target of this type is listed for this mode. Voicemail counts for both modes.
/// \[docs\]
fn names_listed_target(targets: &[BodyPart], name: &BodyPart, mode: &str) -> bool {
    let Some(name) = name.as_str() else {
        return false;
    };
    targets.iter().any(|target| {
        let target_mode = target.get("dispatchingType").as_str();
        let has_mode = name == VOICEMAIL || target_mode == Some(mode);
        target.get("type").as_str() == Some(name) && has_mode
    })
}

#[cfg(test)]
mod tests;
